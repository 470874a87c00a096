"""Our JSON Schemas in a repository, where editors find them, and the line by which a file says which one it follows."""

import json
import os
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path

from syncer import resources
from syncer.errors import SyncerError, visible

FOLDER = "schemas"
OF_A_REPOSITORY = ("domain", "syncer", "wire-profile")  # of the files that people write
_ORIGIN = "https://innovaphone-syncer.invalid/schemas/"  # where the $id of each begins
_AT_MOST = 1 << 20  # bytes that are read of a file to see whether it is one of ours


class Written(StrEnum):
    """What became of a file."""

    MADE = "made"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


def schema_line(name: str, folder: Path, root: Path) -> str:
    """The first line of a file in `folder`, for editors; empty where the repository does not have the schema."""
    schema = schema_path(name, root / FOLDER)
    if not schema.is_file():
        return ""
    try:
        relative = Path(os.path.relpath(schema, folder)).as_posix()
    except ValueError:  # another drive
        return ""
    return f"# yaml-language-server: $schema={relative}\n"


def schema_path(name: str, folder: Path) -> Path:
    """Where a schema stands in a folder of them."""
    return folder / f"{name}.schema.json"


def write_schemas(names: Sequence[str], folder: Path, *, force: bool = False) -> dict[Path, Written]:
    """Write schemas into a folder; SyncerError, before anything is written, where what is there is none of ours."""
    paths = {schema_path(name, folder): resources.schema_text(name) for name in names}
    try:
        if not force:
            _refuse_others(paths)
        folder.mkdir(parents=True, exist_ok=True)
        return {path: _write(path, text) for path, text in paths.items()}
    except OSError as exc:
        raise SyncerError(f"{visible(exc.filename or folder)} cannot be written: {exc.strerror}") from exc


def _refuse_others(paths: Iterable[Path]) -> None:
    for path in paths:
        if os.path.lexists(path) and not _is_ours(path):
            raise SyncerError(
                f"{visible(path)} is there already and is no schema of syncer's; "
                "name another folder with --out, or overwrite it with --force"
            )


def _is_ours(path: Path) -> bool:
    if not path.is_file() or path.stat().st_size > _AT_MOST:
        return False
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and str(found.get("$id")).startswith(_ORIGIN)


def _write(path: Path, text: str) -> Written:
    content = text.encode()
    there = path.is_file()
    if there and path.read_bytes() == content:
        return Written.UNCHANGED
    path.write_bytes(content)
    return Written.UPDATED if there else Written.MADE
