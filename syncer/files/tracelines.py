"""Trace files read again, line by line: they may be large, cut off, and of anybody."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NoReturn

from syncer.errors import Place, Problem, ProblemsError
from syncer.files.plans import strict_json
from syncer.files.traces import BEGINNING, is_trace_line
from syncer.model.recording import Direction
from syncer.model.wire import Happened, Passed, TraceEntry, Unread

MAX_LINE = 8 << 20  # bytes; a message has 64 KiB
_HINT = "name a file that a command wrote with --trace"
_MOST = 1 << 53  # that any JSON reader takes for what it is
_CUT_OFF = "cut off, as when syncer was killed or the disk was full"


def read_trace(path: Path) -> Iterator[TraceEntry]:
    """What a trace tells, in its order; ProblemsError, before anything else, for what is no trace."""
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for
            _refuse(path, "not a file", _HINT)
        with path.open("rb") as file:
            yield from _entries(path, file)
    except FileNotFoundError:
        _refuse(path, "there is no such file", "correct the name")
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the name
        why = exc.strerror if isinstance(exc, OSError) else exc
        _refuse(path, f"cannot be read: {why}", _HINT)


def _entries(path: Path, file: IO[bytes]) -> Iterator[TraceEntry]:
    number = 0
    for number, line in enumerate(_lines(file), 1):
        entry = _entry(number, line)
        if number == 1 and isinstance(entry, Unread) and entry.why != _CUT_OFF:
            _refuse(path, "it is no trace", _HINT)
        yield entry
    if not number:
        _refuse(path, "it is empty: no connection was tried", _HINT)


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Each at most a byte longer than a line may be."""
    while line := file.readline(MAX_LINE + 1):
        yield line
        while len(line) > MAX_LINE and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE + 1)


def _entry(number: int, line: bytes) -> TraceEntry:
    if len(line) > MAX_LINE:
        return Unread(number, f"longer than {MAX_LINE >> 20} MiB")
    try:
        told = strict_json(line.decode())
    except (ValueError, RecursionError):
        is_cut = line[: len(BEGINNING)] == BEGINNING[: len(line)] and not line.endswith(b"\n")
        return Unread(number, _CUT_OFF if is_cut else "no JSON")
    entry = _told(told) if is_trace_line(told) else None
    return entry or Unread(number, "no line of a trace")


def _told(told: Mapping[str, Any]) -> TraceEntry | None:
    time, number, size = told["time"], _count(told.get("connection")), _count(told.get("size"))
    if isinstance(event := told.get("event"), str):
        return Happened(time, number, event, " ".join(str(told[name]) for name in ("url", "reason") if name in told))
    message, broken = told.get("message"), told.get("broken")
    if told.get("direction") not in tuple(Direction) or size is None:
        return None
    if isinstance(message, dict):
        return Passed(time, number, Direction(told["direction"]), size, message)
    return Passed(time, number, Direction(told["direction"]), size, None, broken) if isinstance(broken, str) else None


def _count(value: object) -> int | None:
    """A number that counts something; others are of nobody's trace."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= _MOST else None


def _refuse(path: Path, what: str, hint: str) -> NoReturn:
    raise ProblemsError([Problem(Place(str(path)), what, hint)])
