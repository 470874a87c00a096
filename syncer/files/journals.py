"""Journals on disk: a file an apply, a JSON line an entry (schemas/journal.schema.json), written so that a crash at any
moment leaves all whole lines and at most one torn one, which is left out when it is read.
"""

import contextlib
import errno
import json
import os
import threading
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

from syncer.errors import JournalFailed, Place, Problem, ProblemsError, SyncerError, visible
from syncer.files.plans import no_zip, strict_json, sync_folder
from syncer.files.schemas import in_words, inlined, validator
from syncer.files.sources import MIB, Unreadable, read_bytes
from syncer.files.wording import shown
from syncer.model.journal import Before, Begun, Ended, Entry, History, Opened, from_line, to_line
from syncer.model.plan import Ending

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

ENDING = ".jsonl"
MAX_WRITTEN = 256 * MIB  # bytes; what tells how it came out may go beyond
MAX_READ = 2 * MAX_WRITTEN
_ENTRIES = ("opened", "before", "begun", "ended", "closed")
_LAST_LINE = 4096  # bytes, far more than the entry that closes a journal takes
_KEEP_IT = "keep it, since it may tell what was written; see where things stand with `syncer plan`"
_NOTHING_WRITTEN = "nothing was written to a server under it, so it may be deleted"
_FLAGS = os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_ROOM = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})


class JournalFile:
    """A journal that is being written. `append` belongs to one thread; `sync` may run beside it in another."""

    def __init__(self, path: Path, descriptor: int, size: int) -> None:
        self._path, self._descriptor = path, descriptor
        self._size = size  # of the whole lines
        self._is_torn = False  # whether something that is no whole line may follow them
        self._lost: JournalFailed | None = None
        self._open = threading.Lock()  # held while the descriptor must not be closed

    @classmethod
    def create(cls, folder: Path, name: str) -> Self:
        """A new journal `name` (without ending), its owner's only, in a folder that is made if need be.

        JournalFailed if there is one of that name, or none can be made.
        """
        path = folder / f"{name}{ENDING}"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600)
        except (OSError, ValueError) as exc:
            raise _failed(path, "made", exc) from exc
        sync_folder(folder)
        sync_folder(folder.parent)
        return cls(path, descriptor, 0)

    @classmethod
    def reopen(cls, path: Path) -> Self:
        """A journal to go on with, once `read_journal` accepted it; a torn last line is cut off for good.

        The caller sees to it that nobody else writes it. JournalFailed if it cannot be written.
        """
        try:
            content = read_bytes(path, MAX_READ)
            descriptor = os.open(path, os.O_WRONLY | _FLAGS)
        except Unreadable as exc:
            raise JournalFailed(path, f"cannot be opened: {exc.what}", exc.hint) from exc
        except OSError as exc:
            raise _failed(path, "opened", exc) from exc
        whole, rest = _parted(content)
        journal = cls(path, descriptor, len(whole) + len(rest))
        try:
            journal._mend(lacks_its_end=bool(rest))
        except JournalFailed:
            journal.close()
            raise
        return journal

    @property
    def path(self) -> Path:
        """Its file."""
        return self._path

    def append(self, entry: Entry) -> None:
        """One entry more, whole or not at all; JournalFailed if it cannot be written, after which one may try again."""
        line = self._line(entry)
        if isinstance(entry, Opened | Before | Begun) and self._size + len(line) > MAX_WRITTEN:
            what = f"would be larger than {MAX_WRITTEN // 2**20} MiB"
            raise JournalFailed(self._path, what, "apply it in parts with --only")
        self._write(line)

    def sync(self) -> None:
        """All that was appended before survives a power cut from now on.

        JournalFailed if that is not sure, and ever after: the system forgets what it could not write.
        """
        with self._open:
            self._check_open()
            if self._lost is None:
                try:
                    os.fsync(self._descriptor)
                except OSError as exc:
                    self._lost = _failed(self._path, "written", exc)
            if self._lost is not None:
                raise self._lost

    def close(self) -> None:
        """Nothing more is written; not a `sync`."""
        with self._open:
            if self._descriptor >= 0:
                os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: type[BaseException] | None, _exc: object, _where: TracebackType | None) -> None:
        self.close()

    def _line(self, entry: Entry) -> bytes:
        try:
            return json.dumps(to_line(entry), ensure_ascii=True, allow_nan=False).encode("ascii") + b"\n"
        except (ValueError, RecursionError) as exc:  # the service gave something that no file could give back
            what = "cannot keep an object as it was: it is nested too deeply, or holds what is no number"
            raise JournalFailed(self._path, what) from exc

    def _check_open(self) -> None:
        if self._descriptor < 0:
            raise JournalFailed(self._path, "is closed")

    def _write(self, line: bytes) -> None:
        self._check_open()
        try:
            if self._is_torn:
                self._cut()
            self._is_torn = True
            _write_all(self._descriptor, line)
        except OSError as exc:
            with contextlib.suppress(OSError):  # the next one tries again; until then a reader leaves the torn line out
                self._cut()
            raise _failed(self._path, "written", exc) from exc
        self._size += len(line)
        self._is_torn = False

    def _cut(self) -> None:
        os.ftruncate(self._descriptor, self._size)
        self._is_torn = False

    def _mend(self, *, lacks_its_end: bool) -> None:
        try:
            self._cut()
        except OSError as exc:
            raise _failed(self._path, "written", exc) from exc
        if lacks_its_end:
            self._write(b"\n")


def _parted(content: bytes) -> tuple[bytes, bytes]:
    """All whole lines, and the last one if it lacks nothing but its end; a torn one is left out."""
    start = content.rfind(b"\n") + 1
    rest = content[start:]
    return content[:start], rest if _is_json(rest) else b""


def _is_json(text: bytes) -> bool:
    try:
        strict_json(text.decode("utf-8"))
    except (ValueError, RecursionError):
        return False
    return True


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        written = os.write(descriptor, rest)
        if written == 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        rest = rest[written:]


def _failed(path: Path, verb: str, exc: OSError | ValueError) -> JournalFailed:
    number = exc.errno if isinstance(exc, OSError) else None
    why = exc.strerror if isinstance(exc, OSError) else "no file can be named so"
    if number in _NO_ROOM:
        hint = "make room for it"
    else:
        hint = "see to it that it can be written: without a journal, syncer writes nothing to a server"
    return JournalFailed(path, f"cannot be {verb}: {why}", hint)


def journals_of(folder: Path) -> list[Path]:
    """The journals in a folder, oldest first, whatever state they are in; SyncerError if it cannot be read.

    Their names begin with when they were made.
    """
    try:
        names = os.listdir(folder)  # noqa: PTH208  (names are all that is needed)
    except FileNotFoundError:
        return []
    except OSError as exc:
        raise SyncerError(f"the folder of journals {visible(folder)} cannot be read: {exc.strerror}") from exc
    return [folder / name for name in sorted(names) if name.endswith(ENDING) and not name.startswith(".")]


class SaysNothing(ProblemsError):
    """A journal that breaks off before its plan: no write was ever announced in it."""


def ending_in(path: Path) -> Ending | None:
    """How a journal says that it ended, by its last line alone; None where it does not say so, or cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LAST_LINE))
            last = file.read(_LAST_LINE).removesuffix(b"\n").rpartition(b"\n")[2]
        document = strict_json(last.decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return Ending(document["ending"]) if _validator("closed").is_valid(document) else None


def read_journal(path: Path) -> History:
    """What a journal says, a torn last line left out.

    SaysNothing if that is all there is; ProblemsError if it is broken otherwise.
    """
    try:
        content = no_zip(read_bytes(path, MAX_READ), "the journal")
    except Unreadable as exc:
        raise ProblemsError([Problem(Place(str(path)), exc.what, exc.hint)]) from exc
    whole, rest = _parted(content)
    lines = whole.split(b"\n")[:-1] + ([rest] if rest else [])
    if not lines:
        what = "the journal breaks off before its first entry is whole"
        raise SaysNothing([Problem(Place(str(path)), what, _NOTHING_WRITTEN)])
    entries = (_entry(path, number, line) for number, line in enumerate(lines, 1))
    return _history(path, entries)


def _entry(path: Path, number: int, line: bytes) -> Entry:
    try:
        document = strict_json(line.decode("utf-8"))
    except json.JSONDecodeError as exc:
        _refuse(path, number, f"no JSON: {exc.msg}", exc.colno)
    except UnicodeDecodeError:
        _refuse(path, number, "no UTF-8 text")
    except (ValueError, RecursionError) as exc:
        _refuse(path, number, "nested too deeply" if isinstance(exc, RecursionError) else visible(exc))
    _check(path, number, document)
    try:
        return from_line(document)
    except ValueError as exc:
        _refuse(path, number, str(exc))


def _check(path: Path, number: int, document: Any) -> None:
    """By the schema of its kind of entry: through `oneOf` it would take several times as long."""
    name = document.get("entry") if isinstance(document, dict) else None
    if name not in _ENTRIES:
        _refuse(path, number, f"entry: {shown(name)} is not one of {', '.join(_ENTRIES)}")
    schema = _validator(name)
    if schema.is_valid(document):
        return
    complaints = [complaint for error in schema.iter_errors(document) for complaint in in_words(error, "the entry")]
    told = [f"{visible('/'.join([name, *map(str, one.path)]))}: {one.what}" for one in complaints]
    raise ProblemsError([Problem(Place(str(path), number, 1), one, _KEEP_IT) for one in told])


@cache
def _validator(name: str) -> "Draft202012Validator":
    return validator(inlined("journal", f"$defs/{name}"))


def _history(path: Path, entries: Iterable[Entry]) -> History:
    numbered = enumerate(entries, 1)
    _, opened = next(numbered)
    if not isinstance(opened, Opened):
        _refuse(path, 1, "a journal begins with the entry opened")
    known: set[int] = set()
    rest: list[Entry] = []
    for number, entry in numbered:
        if wrong := _misplaced(entry, len(opened.plan.changes), known):
            _refuse(path, number, wrong)
        if isinstance(entry, Before):
            known.add(entry.change)
        rest.append(entry)
    return History(opened, tuple(rest))


def _misplaced(entry: Entry, changes: int, known: set[int]) -> str:
    """Why an entry cannot follow those before it; `known` are the changes whose `before` came."""
    match entry:
        case Opened():
            return "a journal is opened only once"
        case Before() | Begun() | Ended() if not isinstance(entry.change, int) or entry.change >= changes:
            return f"change: the plan has no change {visible(entry.change)}"
        case Begun() if entry.change not in known:
            return f"change {entry.change} is begun, but not told as it was before"
        case _:
            return ""


def _refuse(path: Path, line: int, what: str, column: int = 1) -> NoReturn:
    raise ProblemsError([Problem(Place(str(path), line, column), what, _KEEP_IT)])
