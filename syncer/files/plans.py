"""JSON documents of ours, such as plan files: read with checks, written for their owner's eyes only."""

import contextlib
import json
import math
import os
from pathlib import Path
from typing import Any, NoReturn

from syncer.errors import Place, Problem, ProblemsError, SyncerError, visible
from syncer.files.schemas import Complaint, complaints
from syncer.files.sources import MIB, Unreadable, read_text

MAX_JSON = 256 * MIB
_ATTEMPTS = 1000


def read_json(path: Path, schema: str, what: str) -> dict[str, Any]:
    """A JSON document that its schema accepts, `what` being its name for people; ProblemsError otherwise."""
    try:
        text = read_text(path, MAX_JSON)
    except Unreadable as exc:
        raise ProblemsError([Problem(Place(str(path), exc.line, exc.column), exc.what, exc.hint)]) from exc
    document = _parsed(text, path, what)
    problems = [_problem(path, what, complaint) for complaint in complaints(schema, document)]
    if problems:
        raise ProblemsError(problems)
    assert isinstance(document, dict)  # noqa: S101  (its schema says so)
    return document


def _parsed(text: str, path: Path, what: str) -> Any:
    place, hint = Place(str(path)), "make it anew"
    try:
        return strict_json(text)
    except json.JSONDecodeError as exc:
        place = Place(str(path), exc.lineno, exc.colno)
        raise ProblemsError([Problem(place, f"{what} is no JSON: {exc.msg}", hint)]) from exc
    except (ValueError, RecursionError) as exc:  # NaN, or a number of too many digits
        why = "nested too deeply" if isinstance(exc, RecursionError) else str(exc)
        raise ProblemsError([Problem(place, f"{what} is no usable JSON: {visible(why)}", hint)]) from exc


def strict_json(text: str) -> Any:
    """What a text says; ValueError (mostly JSONDecodeError) or RecursionError. JSON can write all its numbers again."""
    return _decoder.decode(text)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse("a number beyond all bounds")


_decoder = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)


def _problem(path: Path, what: str, complaint: Complaint) -> Problem:
    where = "/".join(map(str, complaint.path))
    told = f"{what}, at {visible(where)}: {complaint.what}" if where else f"{what}: {complaint.what}"
    return Problem(Place(str(path)), told, complaint.hint)


def write_private(path: Path, text: str) -> None:
    """Write a file at once or not at all, readable by its owner only; SyncerError if it cannot be written."""
    if not path.name:
        raise SyncerError("a file name is missing")
    try:
        temporary = _write_beside(path, text.encode("utf-8"))
        try:
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as exc:
        raise SyncerError(f"{visible(path)} cannot be written: {exc.strerror}") from exc


def _write_beside(path: Path, content: bytes) -> Path:
    descriptor, temporary = _create_beside(path)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _create_beside(path: Path) -> tuple[int, Path]:
    """A new file with a name that nobody else has; what an earlier crash left behind is not in the way."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    for attempt in range(_ATTEMPTS):
        temporary = path.with_name(f".syncer-{attempt}.tmp")
        with contextlib.suppress(FileExistsError):
            return os.open(temporary, flags, 0o600), temporary
    raise FileExistsError(17, "too many .syncer-*.tmp beside it")


def sync_folder(folder: Path) -> None:
    """Make new names in it last through a power cut, where folders can be opened (not on Windows)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
