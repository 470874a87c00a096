"""Objects of a backup, one JSON line each, out of bytes that come in pieces."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from syncer.errors import SyncerError, visible
from syncer.files.plans import is_deep, unique_json
from syncer.files.sources import MIB, Unreadable

MAX_LINE = 112 * MIB  # bytes; the longest config that a client takes, each character an escape of one unit
_LONG = 8 * MIB
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_encoder = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def as_line(one: Mapping[str, Any]) -> str:
    """An object with the end of its line; SyncerError for one that could not be read again.

    Escapes keep halves of surrogate pairs, which UTF-8 cannot.
    """
    if is_deep(one):
        raise SyncerError("the server gave an object that is nested too deeply to be kept")
    line = _encoder.encode(one)
    if len(line) > MAX_LINE:
        raise SyncerError(f"the server gave an object of more than {MAX_LINE // MIB} MiB, too large to be kept")
    return line + "\n"


def objects_in(pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The object of each line; Unreadable tells the line that holds none."""
    for number, line in enumerate(_lines(pieces), 1):
        yield _object(line, number)


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Each without its end, which the last one must have, too."""
    kept: list[bytes] = []
    size = number = 0
    for piece in pieces:
        *whole, rest = piece.split(b"\n")
        for line in whole:
            yield b"".join((*kept, line))
            kept, size, number = [], 0, number + 1
        kept.append(rest)
        size += len(rest)
        if size > MAX_LINE:
            raise Unreadable(f"longer than {MAX_LINE // MIB} MiB", line=number + 1)
    if size:
        raise Unreadable("it is cut off", line=number + 1)


def _object(line: bytes, number: int) -> dict[str, Any]:
    try:
        if len(line) > _LONG and len(_STRING.sub(b"", line)) > _LONG:  # what it becomes takes 20 times that
            raise Unreadable("more values than an object can have", line=number)
        found = unique_json(line.decode("ascii"))
    except UnicodeDecodeError as exc:
        raise Unreadable("no ASCII, as which syncer writes it", line=number) from exc
    except json.JSONDecodeError as exc:
        raise Unreadable(f"no JSON: {exc.msg}", line=number, column=exc.colno) from exc
    except (ValueError, RecursionError) as exc:
        why = "nested too deeply" if isinstance(exc, RecursionError) else visible(exc)
        raise Unreadable(f"no usable JSON: {why}", line=number) from exc
    if not isinstance(found, dict):
        raise Unreadable("no JSON object", line=number)
    if is_deep(found):
        raise Unreadable("no usable JSON: nested too deeply", line=number)
    return found
