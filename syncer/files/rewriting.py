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

    One that was not there is for its owner's eyes only. Where that fails or is interrupted, what was there is put back.
    SyncerError where somebody changed one meanwhile or one cannot be written; it says if some stay replaced.
    """
    waiting: dict[Path, Path] = {}
    replaced: list[Rewrite] = []
    try:
        for file in files:
            _refuse_protected(file)
            _refuse_changed(file)
            if file.after is not None:
                waiting[file.path] = _beside(file, file.after)
        for file in sorted(files, key=lambda file: file.after is None):  # what goes is the last
            replaced.append(file)
            _replace(file, waiting.get(file.path))
    except OSError as exc:
        left = _put_back(replaced)
        done = f"{left} of {len(files)} files were replaced" if left else "nothing was written"
        raise SyncerError(f"{visible(exc.filename)} cannot be written: {exc.strerror}; {done}") from exc
    except BaseException:  # somebody's Ctrl-C too
        _put_back(replaced)
        raise
    finally:
        for temporary in waiting.values():
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _beside(file: Rewrite, content: bytes) -> Path:
    """A new file beside the one that it is to replace, with its mode."""
    real = Path(os.path.realpath(file.path))
    real.parent.mkdir(parents=True, exist_ok=True)
    temporary = write_beside(real, content)
    if real.exists():
        temporary.chmod(stat.S_IMODE(real.stat().st_mode))
    return temporary


def _replace(file: Rewrite, temporary: Path | None) -> None:
    if temporary is None:
        file.path.unlink()
        return
    real = Path(os.path.realpath(file.path))
    temporary.replace(real)
    sync_folder(real.parent)


def _put_back(replaced: Sequence[Rewrite]) -> int:
    """Undo replacements; how many could not be."""
    return sum(not _is_put_back(file) for file in replaced)


def _is_put_back(file: Rewrite) -> bool:
    """Whether a file is again what it was, also if it never was anything else."""
    with contextlib.suppress(OSError, Unreadable):
        now = read_bytes(file.path, MAX_YAML) if os.path.lexists(file.path) else None
        if now == file.before:
            return True
        temporary = None if file.before is None else _beside(file, file.before)
        try:
            _replace(file, temporary)
        finally:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
        return True
    return False


def _refuse_protected(file: Rewrite) -> None:
    """Whoever may write in its folder could replace it all the same."""
    if file.path.exists() and not os.access(file.path, os.W_OK):
        raise SyncerError(f"{visible(file.path)} is write-protected; nothing was written")


def _refuse_changed(file: Rewrite) -> None:
    try:
        now = read_bytes(file.path, MAX_YAML) if file.before is not None or os.path.lexists(file.path) else None
    except Unreadable as exc:
        raise SyncerError(f"{visible(file.path)}: {exc.what}; nothing was written") from exc
    if now != file.before:
        raise SyncerError(f"{visible(file.path)} was changed meanwhile; nothing was written, run the command again")
