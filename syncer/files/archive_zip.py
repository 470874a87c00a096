"""The zip of a backup, opened with suspicion: what it says of itself is bounded before anything is unpacked."""

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile, ZipInfo

from syncer.errors import Place, Problem, ProblemsError, some, visible
from syncer.files.archive_names import folded, wrong_name
from syncer.files.plans import NAMES
from syncer.files.sources import MIB, Unreadable, why_unreadable
from syncer.model.backup import MANIFEST

MAX_MANIFEST = 64 * MIB
MAX_ENTRIES = 300_000
MAX_TOTAL = 64 * 1024 * MIB  # unpacked
ANOTHER = "name another file"
DAMAGED = "take another copy of it, or make it anew"
_MAX_DIRECTORY = MAX_MANIFEST  # for each of its files a manifest says more than the zip's directory
_MOST_SHOWN = 5
_HEAD = 200  # bytes in which a format of ours is told
_OURS = re.compile(rb'"syncer-([a-z]{1,20})/[0-9]{1,9}"')

# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.12 to 4.3.16
_LOCAL = b"PK\x03\x04"
_EMPTY = b"PK\x05\x06"
_ENTRY = struct.Struct("<4s24x3H12x")  # and the lengths of what follows it
_END = struct.Struct("<4s6xHII2x")
_END64 = struct.Struct("<4s28xQQQ")
_LOCATOR = struct.Struct("<4s16x")
_PACKED_BETTER = 1032  # times, than deflate can
_FLAGS_ENCRYPTED = 0x1 | 0x40 | 0x2000


BAD = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error, UnicodeDecodeError)


@contextmanager
def open_zip(path: Path) -> Iterator[ZipFile]:
    """A zip of entries that are harmless and as many as we can bear; ProblemsError for anything else."""
    with told_of(path):
        file = _open(path)
    with file:
        with told_of(path):
            _check_end(file)
            opened = ZipFile(file)
            _check(opened, path)
        with opened:
            yield opened


@contextmanager
def told_of(path: Path) -> Iterator[None]:
    """What goes wrong while a zip is read, as problems of that file."""
    try:
        yield
    except Unreadable as exc:
        raise ProblemsError([Problem(Place(str(path)), exc.what, exc.hint)]) from exc
    except OSError as exc:
        raise ProblemsError([Problem(Place(str(path)), *why_unreadable(exc))]) from exc
    except BAD as exc:
        raise ProblemsError([Problem(Place(str(path)), f"the backup is damaged: {visible(exc)}", DAMAGED)]) from exc


def _open(path: Path) -> BinaryIO:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe that nobody writes to would wait for ever
            raise Unreadable("not a file", "name a file")
        return path.open("rb")
    except ValueError as exc:  # a NUL in the name
        raise Unreadable(*why_unreadable(exc)) from exc


def _check_end(file: BinaryIO) -> None:
    """That it ends as a zip does, and that its directory is one that we can hold."""
    head, whole = file.read(_HEAD), os.fstat(file.fileno()).st_size
    if not head.startswith((_LOCAL, _EMPTY)):
        raise Unreadable(*_no_zip(head))
    file.seek(max(0, whole - _END64.size - _LOCATOR.size - _END.size))
    count, size, start, length = _end_of(file.read())
    if start + size + length != whole:
        raise Unreadable("the backup is cut off, or something was added to it", DAMAGED)
    if count > MAX_ENTRIES or size > _MAX_DIRECTORY:
        raise Unreadable(f"it has more than {MAX_ENTRIES} files, which no backup has", ANOTHER)
    file.seek(start)
    _check_directory(file.read(size))
    file.seek(0)


def _end_of(tail: bytes) -> tuple[int, int, int, int]:
    """(files, bytes of the directory, where it begins, bytes of the end itself)."""
    end = tail[-_END.size :]
    if len(end) < _END.size or not end.startswith(_EMPTY):
        raise Unreadable("the backup is cut off, or something was added to it", DAMAGED)
    _, count, size, start = _END.unpack(end)
    larger = tail[: _END64.size]
    if tail[_END64.size :].startswith(b"PK\x06\x07") and larger.startswith(b"PK\x06\x06"):
        _, count, size, start = _END64.unpack(larger)
        return count, size, start, len(tail)
    return count, size, start, _END.size


def _check_directory(directory: bytes) -> None:
    """What `ZipFile` makes of an entry takes far more room than the entry, so they are counted first."""
    at = count = 0
    while at < len(directory):
        _, *lengths = _ENTRY.unpack_from(directory, at)
        at, count = at + _ENTRY.size + sum(lengths), count + 1
        if count > MAX_ENTRIES:
            raise Unreadable(f"it has more than {MAX_ENTRIES} files, which no backup has", ANOTHER)


def _no_zip(head: bytes) -> tuple[str, str]:
    if not head:
        return "the backup is empty", "make it anew"
    ours = _OURS.search(head)
    name = NAMES.get(ours[1].decode()) if ours else None
    return (f"this is {name}, not a backup", ANOTHER) if name else ("this is no backup", ANOTHER)


def _check(opened: ZipFile, path: Path) -> None:
    """ProblemsError with all that is wrong with the entries."""
    entries = opened.infolist()
    told = list(_of_names(entries)) or list(_of_sizes(entries, path))
    problems = [Problem(Place(str(path)), *one) for one in told]
    if not any(one.orig_filename == MANIFEST for one in entries) and not problems:
        problems = [Problem(Place(str(path)), f"this is a zip without {MANIFEST}, so no backup", ANOTHER)]
    if problems:
        raise ProblemsError(problems)


def _of_names(entries: list[ZipInfo]) -> Iterator[tuple[str, str]]:
    """(what is wrong, what to do) for each sort of mistake."""
    found: dict[str, list[str]] = {}
    seen: set[str] = set()
    for one in entries:
        name = one.orig_filename.removesuffix("/") if is_folder(one) else one.orig_filename
        why = wrong_name(name) or _wrong_entry(one)
        if why is None and folded(one.orig_filename) in seen:
            why = "a name that is there twice"
        seen.add(folded(one.orig_filename))
        if why is not None:
            found.setdefault(why, []).append(one.orig_filename)
    for why, names in found.items():
        yield f"{why}: {some(names, _MOST_SHOWN, _quoted)}", "do not unpack it; take a backup that syncer made"


def _quoted(name: str) -> str:
    return f"`{visible(name, 100)}`"


def is_folder(one: ZipInfo) -> bool:
    """Of which syncer writes none, and other programs one for each where they pack a backup anew."""
    return one.orig_filename.endswith("/") and not one.file_size


def _wrong_entry(one: ZipInfo) -> str | None:
    if stat.S_IFMT(one.external_attr >> 16) not in (0, stat.S_IFDIR if is_folder(one) else stat.S_IFREG):
        return "no plain file"
    if one.flag_bits & _FLAGS_ENCRYPTED:
        return "encrypted with a password, as syncer never does"
    if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "packed in a way that syncer never uses"
    return None


def _of_sizes(entries: list[ZipInfo], path: Path) -> Iterator[tuple[str, str]]:
    """Entries that share their bytes, or unpack to more than they can or anybody wants."""
    packed = sum(one.compress_size for one in entries)
    if packed > path.stat().st_size or any(_is_too_good(one) for one in entries):
        yield "it is made to unpack to far more than it holds", "do not unpack it; take a backup that syncer made"
    elif sum(one.file_size for one in entries) > MAX_TOTAL:
        yield f"it would unpack to more than {MAX_TOTAL // MIB // 1024} GiB, which no backup does", ANOTHER


def _is_too_good(one: ZipInfo) -> bool:
    times = _PACKED_BETTER if one.compress_type == zipfile.ZIP_DEFLATED else 1
    return one.file_size > one.compress_size * times
