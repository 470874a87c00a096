"""Trace files: one JSON line for each message, readable by their owner only, complete up to the latest line."""

import errno
import os
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from syncer.errors import SyncerError, visible
from syncer.files.plans import strict_json

BEGINNING = b'{"time":'  # of every line, and so of the file
_FIRST_LINE = 1 << 16  # bytes; it tells of a connection, not of a message
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)  # RFC 3339
_FLAGS = (
    os.O_RDWR
    | os.O_CREAT
    | os.O_APPEND  # so that lines stay whole even where two processes were given the same file
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a pipe that nobody reads would wait for ever
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class TraceFile:
    """A new trace in place of the last one. A disk that is full ends the trace, and nothing else."""

    def __init__(self, path: Path, warn: Callable[[str], None]) -> None:
        """SyncerError if it cannot be opened, or is no trace; `warn` is told, once, when it cannot be written on."""
        self._path, self._warn = path, warn
        self._file: int | None = _open(path)

    def write(self, line: str) -> None:
        """Add a line, without its end; it is there even if syncer is killed right after this."""
        if self._file is None:
            return
        left = memoryview(f"{line}\n".encode())
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as exc:
            self.close()
            self._warn(f"{visible(self._path)} cannot be written any more, so the trace ends there: {exc.strerror}")

    def close(self) -> None:
        """End it; may be called again."""
        if self._file is not None:
            file, self._file = self._file, None
            try:
                os.close(file)
            except OSError as exc:  # some file systems tell only now that the disk was full
                self._warn(f"{visible(self._path)} may lack its end: {exc.strerror}")


def _open(path: Path) -> int:
    try:
        file = os.open(path, _FLAGS, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise OSError(errno.EINVAL, "not a file")
            if not _is_trace(os.read(file, _FIRST_LINE)):
                raise OSError(errno.EEXIST, "it exists, and is no trace that could be replaced")
            os.ftruncate(file, 0)
            if hasattr(os, "fchmod"):
                os.fchmod(file, 0o600)  # an older file may have been readable by others
        except OSError:
            os.close(file)
            raise
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the name
        raise SyncerError(f"the trace {visible(path)} cannot be written: {_why(exc)}; name another file") from exc
    return file


def is_trace_line(told: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether it is a line of a trace as far as its time, and something that happened then."""
    if not isinstance(told, Mapping) or not isinstance(time := told.get("time"), str) or not _TIME.fullmatch(time):
        return False
    return isinstance(told.get("event"), str) or isinstance(told.get("direction"), str)


def _is_trace(beginning: bytes) -> bool:
    """Whether a file that begins like this is a trace, if an empty one."""
    try:
        return not beginning or is_trace_line(strict_json(beginning.split(b"\n")[0].decode()))
    except (ValueError, RecursionError):
        return False


def _why(exc: OSError | ValueError) -> str:
    if not isinstance(exc, OSError):
        return str(exc)
    if exc.errno == errno.ELOOP:
        return "it is a symbolic link, which is not followed"
    return "not a file" if exc.errno == errno.ENXIO else str(exc.strerror)
