"""The live state as files."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from syncer.errors import SyncerError, visible
from syncer.files.sources import find_files
from syncer.workflow.connecting import connect
from syncer.workflow.context import Context, Repository, open_repository
from syncer.workflow.planning import read_server

if TYPE_CHECKING:
    from syncer.files.export import Exported


async def export(context: Context, out: Path | None, *, force: bool = False) -> "Exported":
    """The live state as files; a plan right after it is empty, unless a note says that other files are in the way."""
    from syncer.files.export import export as write_files

    repository = open_repository(context)
    async with connect(context, repository) as connected:
        live = await read_server(context, connected, lambda _: True, lambda _: True)
    folder = out or default_folder(repository)
    context.progress.phase("writing files", None)
    exported = write_files(live.domains, folder, root=repository.root, force=force, write_only=live.write_only)
    return replace(exported, notes=exported.notes + tuple(_files_in_the_way(repository, exported.files)))


def _files_in_the_way(repository: Repository, written: Sequence[Path]) -> Iterator[str]:
    """What makes the next plan say something else than was just written."""
    found, _ = find_files(repository.root, repository.files, lambda _: repository.server.place)
    read = {path.resolve() for path in found}
    documents = {path.resolve() for path in written if path.suffix in (".yaml", ".yml")}
    if documents - read:
        yield f"{visible(min(documents - read))} is not among `files` of syncer.yaml, so no plan reads it"
    for path in sorted(read - documents):
        yield f"{visible(path)} is read too; remove what it repeats of the files that were written"


def default_folder(repository: Repository) -> Path:
    """Where files of new domains belong."""
    folder = next(
        (p for p in repository.files if not any(c in p for c in "*?[") and not p.endswith((".yaml", ".yml"))), None
    )
    if folder is None:
        raise SyncerError("syncer.yaml names no folder to export to; say one with --out DIR")
    return repository.root / folder
