"""Files of people, changed in place: all of them or none, as far as a file system can promise that."""

import contextlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from syncer.errors import SyncerError, visible
from syncer.files.plans import sync_folder, write_beside
from syncer.files.sources import MAX_YAML, Unreadable, read_bytes


class Rewrite(NamedTuple):
    """A file, what was read from it (None: there is none), and what is to stand there instead (None: it goes)."""

    path: Path
    before: bytes | None
    after: bytes | None


def rewrite(files: Sequence[Rewrite]) -> None:
    """Write all new files beside the old ones, then put each in its place, with its mode, and through links.

    One that was not there is for its owner's eyes only.

    SyncerError where somebody changed one meanwhile or one cannot be written; it says if some were replaced already.
    """
    waiting: dict[Path, Path] = {}
    going = [file.path for file in files if file.after is None]
    replaced = 0
    try:
        for file in files:
            real = Path(os.path.realpath(file.path))
            _refuse_changed(file)
            if file.after is not None:
                real.parent.mkdir(parents=True, exist_ok=True)
                waiting[real] = write_beside(real, file.after)
            if file.after is not None and file.before is not None:
                waiting[real].chmod(stat.S_IMODE(real.stat().st_mode))
        for real, temporary in waiting.items():
            temporary.replace(real)
            sync_folder(real.parent)
            replaced += 1
        for path in going:
            path.unlink()
            replaced += 1
    except OSError as exc:
        done = f"{replaced} of {len(files)} files were replaced" if replaced else "nothing was written"
        raise SyncerError(f"{visible(exc.filename)} cannot be written: {exc.strerror}; {done}") from exc
    finally:
        for temporary in waiting.values():
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _refuse_changed(file: Rewrite) -> None:
    try:
        now = read_bytes(file.path, MAX_YAML) if file.before is not None or os.path.lexists(file.path) else None
    except Unreadable as exc:
        raise SyncerError(f"{visible(file.path)}: {exc.what}; nothing was written") from exc
    if now != file.before:
        raise SyncerError(f"{visible(file.path)} was changed meanwhile; nothing was written, run the command again")
