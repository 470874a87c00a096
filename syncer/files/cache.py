"""What was parsed, kept from one run to the next in the user's cache folder: a way to be faster, and nothing else.

An entry is three lines: a digest of its name and of what follows; the places of all mappings; the documents, both as
JSON, since what stands in JSON is never more than data. Its name is a digest of the text and of what made the entry, so
another text or another syncer looks for another name. Whatever is not whole, or stands under the name of another, is
as if it were not there. So is a folder that cannot be used, or in which others may write.
"""

import contextlib
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from syncer import __version__
from syncer.files.documents import Items, Map, Parsed
from syncer.files.sources import MIB, Unreadable, read_bytes

FORMAT = 1  # raise it when an entry is written differently, or `parse` makes something else of a text
MOST_ENTRIES = 10_000
MOST_BYTES = 256 * MIB
_LARGEST = 128 * MIB  # of an entry
_UNFINISHED = "unfinished-"
_OURS = re.compile(rf"[0-9a-f]{{64}}|{_UNFINISHED}\w+")
_NO_ENTRY = (Unreadable, ValueError, TypeError, RecursionError)


class Cache:
    """The entries in one folder, which is made where it is missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._usable: bool | None = None

    def find(self, text: str) -> Parsed | None:
        """What `parse` made of a text in an earlier run; None where that is not known."""
        if not self._is_usable():
            return None
        name = _name(text)
        try:
            return _decoded(name, read_bytes(self._folder / name, _LARGEST))
        except _NO_ENTRY:
            return None

    def keep(self, found: Iterable[tuple[str, Parsed] | None]) -> None:
        """Keep what `parse` made of texts in which nothing at all is wrong: entries know no mistakes.

        So it is called only once all is checked, and a secret that was written out by mistake never gets here.
        """
        worth = [(text, parsed) for text, parsed in filter(None, found) if _is_worth(text, parsed)]
        with contextlib.suppress(OSError, ValueError):  # ValueError: a number of more digits than Python writes
            if worth and self._is_made():
                names = [self._write(text, parsed) for text, parsed in worth]
                if any(map(_is_time, names)):
                    self._tidy()

    def _is_usable(self) -> bool:
        if self._usable is None:
            self._usable = _is_own(self._folder)
        return self._usable

    def _is_made(self) -> bool:
        if not self._is_usable():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._usable = _is_own(self._folder)
        return self._is_usable()

    def _write(self, text: str, parsed: Parsed) -> str:
        from tempfile import mkstemp

        name = _name(text)
        content = _encoded(name, parsed)
        descriptor, temporary = mkstemp(prefix=_UNFINISHED, dir=self._folder)  # its mode is 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(temporary).replace(self._folder / name)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
        return name

    def _tidy(self) -> None:
        """Remove the oldest entries, and what was never finished, down to half of what may be there; nothing else."""
        files = [(path.stat(), path) for path in self._folder.iterdir() if _is_ours(path)]
        files.sort(key=lambda file: file[0].st_mtime_ns, reverse=True)
        if len(files) <= MOST_ENTRIES and sum(about.st_size for about, _ in files) <= MOST_BYTES:
            return
        count = size = 0
        for about, path in files:
            count, size = count + 1, size + about.st_size
            if count > MOST_ENTRIES // 2 or size > MOST_BYTES // 2:
                path.unlink(missing_ok=True)


def _is_own(folder: Path) -> bool:
    """Whether it is there, and nobody else can put anything into it."""
    try:
        about = folder.stat()
    except (OSError, ValueError):
        return False
    if os.name == "nt":
        return stat.S_ISDIR(about.st_mode)
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.geteuid() and not about.st_mode & 0o022


def _is_ours(path: Path) -> bool:
    """Whether we wrote it; SYNCER_CACHE_DIR may name a folder in which somebody keeps other files."""
    return _OURS.fullmatch(path.name) is not None and path.is_file()


def _is_time(name: str) -> bool:
    """Whether to tidy after writing this: now and then is enough."""
    return name.startswith("0")


def _is_worth(text: str, parsed: Parsed) -> bool:
    """Not where aliases stand for more than the text itself: they would be written out."""
    return parsed.aliased <= len(text)


def _name(text: str) -> str:
    return hashlib.sha256(f"{FORMAT} {__version__}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()


def _digest(name: str, content: bytes) -> bytes:
    return hashlib.sha256(name.encode() + content).hexdigest().encode()


def _encoded(name: str, parsed: Parsed) -> bytes:
    head = [parsed.variables, list(_places(parsed.documents))]
    lines = [json.dumps(part, separators=(",", ":"), allow_nan=False) for part in (head, parsed.documents)]
    content = "\n".join(lines).encode()
    return _digest(name, content) + b"\n" + content


def _decoded(name: str, entry: bytes) -> Parsed:
    digest, _, content = entry.partition(b"\n")
    if digest != _digest(name, content):
        raise ValueError("no entry of this name")
    head, _, body = content.partition(b"\n")
    variables, numbers = json.loads(head)
    each = iter(numbers)
    places = zip(each, each, strict=True)

    def mapping(found: dict[str, Any]) -> Map:
        node = Map(*next(places))
        node.update(found)
        return node

    documents = Items()
    documents += json.loads(body, object_hook=mapping)
    return Parsed(documents, variables=variables)


def _places(value: Any) -> Iterator[int]:
    """Line and column of each mapping, in the order in which JSON's reader completes them."""
    if isinstance(value, Map):
        for item in value.values():
            yield from _places(item)
        yield from (value.line, value.column)
    elif isinstance(value, list):
        for item in value:
            yield from _places(item)
