"""JSON documents of ours, such as plan files: read with checks, written for their owner's eyes only."""

import contextlib
import hashlib
import itertools
import json
import math
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from syncer import resources
from syncer.errors import Place, Problem, ProblemsError, SyncerError, visible
from syncer.files.schemas import Complaint, complaints
from syncer.files.sources import MIB, Unreadable, decode, read_bytes

MAX_JSON = 64 * MIB  # read and checked, it takes some 14 times that in memory
_START = 200  # bytes in which the format of ours is told
_DEEPEST = 300  # levels; far more than anything of ours has, and far less than what Python can go down
_ANEW = "make it anew"
_FORMAT = re.compile(r"syncer-([a-z]{1,20})/([0-9]{1,9})")
NAMES = {
    "plan": "a saved plan",
    "journal": "the journal of an apply, for `syncer journal show`",
    "record": "a record of what was last applied, for `syncer plan --since`",
    "receipt": "the receipt of a wire profile",
    "history": "the mark of a history, which `syncer backup --git` keeps",
    "backup": "the manifest of a backup",
}


def read_json(path: Path, schema: str, what: str, remedy: str = _ANEW) -> dict[str, Any]:
    """A JSON document that its schema accepts, `what` being its name for people; ProblemsError otherwise.

    `remedy` is what to do about one that is broken.
    """
    try:
        text = decode(no_zip(read_bytes(path, MAX_JSON, remedy), what))
    except Unreadable as exc:
        raise ProblemsError([Problem(Place(str(path), exc.line, exc.column), exc.what, exc.hint)]) from exc
    document = _parsed(text.removeprefix("\ufeff"), path, what, remedy)
    problems = of_another_format(document, path, schema, what) or [
        _problem(path, what, complaint, remedy) for complaint in complaints(schema, document)
    ]
    if problems:
        raise ProblemsError(problems)
    assert isinstance(document, dict)  # noqa: S101  (its schema says so)
    return document


def no_zip(content: bytes, what: str) -> bytes:
    """The content of a file; Unreadable if it is a zip: people take a backup for other documents of ours."""
    if content.startswith(b"PK\x03\x04"):
        raise Unreadable(
            f"this is a zip, such as a backup, not {what}", "name another file; `syncer restore` takes a backup"
        )
    return content


def _parsed(text: str, path: Path, what: str, remedy: str) -> Any:
    place = Place(str(path))
    try:
        document = strict_json(text)
    except json.JSONDecodeError as exc:
        raise ProblemsError([_no_json(text, path, what, remedy, exc)]) from exc
    except (ValueError, RecursionError) as exc:  # NaN, or a number of too many digits
        why = "nested too deeply" if isinstance(exc, RecursionError) else str(exc)
        raise ProblemsError([Problem(place, f"{what} is no usable JSON: {visible(why)}", remedy)]) from exc
    if is_deep(document):
        raise ProblemsError([Problem(place, f"{what} is no usable JSON: nested too deeply", remedy)])
    return document


def _no_json(text: str, path: Path, what: str, remedy: str, exc: json.JSONDecodeError) -> Problem:
    """A file that is no JSON: nothing, half of one, one of lines, or something else."""
    if not text.strip():
        return Problem(Place(str(path)), f"{what} is empty", remedy)
    first, _, rest = text.partition("\n")
    if rest and first.startswith('{"entry"'):
        return Problem(Place(str(path)), f"this is {NAMES['journal']}, not {what}", "name another file")
    place = Place(str(path), exc.lineno, exc.colno)
    end = text.rstrip()
    if text.lstrip().startswith("{") and (not end.endswith("}") or exc.pos >= len(end)):
        return Problem(place, f"{what} is cut off", remedy)
    return Problem(place, f"{what} is no JSON: {exc.msg}", remedy)


def is_deep(document: Any) -> bool:
    """Whether it goes down so far that nothing could be done with it."""
    level, depth = [document], 0
    while level and depth <= _DEEPEST:
        level = [inside for one in level if isinstance(one, dict | list) for inside in _inside(one)]
        depth += 1
    return bool(level)


def _inside(one: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return one.values() if isinstance(one, dict) else one


def of_another_format(document: Any, path: Path, schema: str, what: str) -> list[Problem]:
    """That a document is one of ours, but of another kind, or of a syncer that is newer than this one."""
    said = document.get("format") if isinstance(document, dict) else None
    match = _FORMAT.fullmatch(said) if isinstance(said, str) else None
    if match is None or match[1] not in NAMES:
        return []
    place = Place(str(path))
    if match[1] != schema:
        return [Problem(place, f"this is {NAMES[match[1]]}, not {what}", "name another file")]
    known = str(resources.schema(schema)["properties"]["format"]["const"])
    if int(match[2]) > int(known.rpartition("/")[2]):
        return [Problem(place, f"{what} was made by a newer syncer ({said}; this one knows {known})", "update syncer")]
    return []


def strict_json(text: str) -> Any:
    """What a text says; ValueError (mostly JSONDecodeError) or RecursionError. JSON can write all its numbers again."""
    return _decoder.decode(text)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse("a number beyond all bounds")


def unique_json(text: str) -> Any:
    """As `strict_json`; ValueError for a key that an object has twice, of which readers take one or the other."""
    return _unique_decoder.decode(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has a key twice")
    return found


_decoder = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
_unique_decoder = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_once)


def _problem(path: Path, what: str, complaint: Complaint, remedy: str) -> Problem:
    where = "/".join(map(str, complaint.path))
    told = f"{what}, at {visible(where)}: {complaint.what}" if where else f"{what}: {complaint.what}"
    return Problem(Place(str(path)), told, complaint.hint or remedy)


def write_plan(path: Path, text: str) -> None:
    """Write a saved plan; SyncerError where something else is, or if it could not be read again."""
    if len(text) > MAX_JSON:
        raise SyncerError(f"the plan would be larger than {MAX_JSON // MIB} MiB; plan in parts with --only")
    if path.name and os.path.lexists(path) and not _may_be_replaced(path):
        raise SyncerError(f"{visible(path)} is there, and is no saved plan; remove it, or name another file")
    write_private(path, text)


def _may_be_replaced(path: Path) -> bool:
    """A plan of whatever version, or nothing yet."""
    try:
        start = read_bytes(path, MAX_JSON)[:_START]
    except Unreadable:
        return False
    return not start or b'"syncer-plan/' in start


def write_private(path: Path, text: str) -> None:
    """Write a file at once or not at all, readable by its owner only; SyncerError if it cannot be written."""
    if not path.name:
        raise SyncerError("a file name is missing")
    try:
        temporary = write_beside(path, text.encode("utf-8"))
        try:
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as exc:
        raise SyncerError(f"{visible(path)} cannot be written: {exc.strerror}") from exc


def write_beside(path: Path, content: bytes) -> Path:
    """A new file in the same folder, readable by its owner only: to be renamed to `path`, or removed."""
    descriptor, temporary = create_beside(path)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def create_beside(path: Path) -> tuple[int, Path]:
    """A new file with a name that nobody else has, however many there are or an earlier crash left behind."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    stem = _stem(path)
    for attempt in itertools.count():
        temporary = path.with_name(f"{stem}-{attempt}.tmp")
        with contextlib.suppress(FileExistsError):
            return os.open(temporary, flags, 0o600), temporary
    raise AssertionError


def beside(path: Path) -> list[Path]:
    """The files that `create_beside` made for it, by this process or another, and that are still there."""
    return list(path.parent.glob(f"{_stem(path)}-*.tmp"))


def _stem(path: Path) -> str:
    """Each file's own: else thousands of them seek a free name."""
    return f".syncer-{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]}"


def sync_folder(folder: Path) -> None:
    """Make new names in it last through a power cut, where folders can be opened (not on Windows)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
