"""New repositories, and the examples."""

import shutil
from pathlib import Path

from syncer import resources
from syncer.errors import SyncerError, visible
from syncer.files.publishing import FOLDER, OF_A_REPOSITORY, schema_path
from syncer.workflow.connecting import MEMORY
from syncer.workflow.context import Context, open_repository, private_folder


def init(directory: Path) -> list[Path]:
    """A new configuration repository in an empty or new folder; the files that were made."""
    starter = resources.directory("examples") / "starter"
    made = {path: directory / path.relative_to(starter) for path in sorted(starter.rglob("*")) if path.is_file()}
    shipped, folder = resources.directory("schemas"), directory / FOLDER
    schemas = {schema_path(name, shipped): schema_path(name, folder) for name in OF_A_REPOSITORY}
    taken = [path for path in (*made.values(), *schemas.values()) if path.exists()]
    if taken:
        raise SyncerError(f"{visible(taken[0])} exists already; init needs a folder without syncer's files")
    try:
        for source, target in (made | schemas).items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    except OSError as exc:
        raise SyncerError(f"{visible(directory)} cannot be written: {visible(exc.strerror)}") from exc
    return [*made.values(), *schemas.values()]


def copy_examples(directory: Path) -> None:
    """The example repository, with the installation that its service starts from."""
    leave = shutil.ignore_patterns("starter", "ci", "*.md")
    try:
        shutil.copytree(resources.directory("examples"), directory, ignore=leave, dirs_exist_ok=True)
    except OSError as exc:
        raise SyncerError(f"{visible(directory)} cannot be written: {visible(exc.strerror or exc)}") from exc


def embedded_data(context: Context) -> Path:
    """Where the repository's embedded service keeps its state."""
    repository = open_repository(context)
    path = repository.server.emulator
    if path is None or path == MEMORY:
        raise SyncerError(f"{visible(repository.server.url)} is no embedded service that keeps its state")
    private_folder(repository.root, Path(path).parent)
    return Path(path)
