"""The live state as files."""

import os
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
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
    if folder is None:
        raise SyncerError("syncer.yaml names no folder to export to; say one with --out DIR")
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


def would_be_read(repository: Repository, folder: Path) -> bool:
    """Whether `files` name what is written in a folder, be it there already or not; one outside is not judged here."""
    file = Path(os.path.relpath(folder / "new.yaml", repository.root))
    names = [one.as_posix() for one in (file, *file.parents)]
    patterns = [posixpath.normpath(one) for one in repository.files]
    return ".." in file.parts or any(name == one or fnmatchcase(name, one) for name in names for one in patterns)


def default_folder(repository: Repository) -> Path | None:
    """Where files of new domains belong; None where `files` are single ones and globs."""
    folder = next(
        (p for p in repository.files if not any(c in p for c in "*?[") and not p.endswith((".yaml", ".yml"))), None
    )
    return None if folder is None else repository.root / folder
