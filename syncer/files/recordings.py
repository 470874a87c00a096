"""Recordings of websockets: HAR files, and texts with messages. Nothing in them is ever a path or a command."""

import codecs
import io
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, NoReturn

from syncer.errors import Place, Problem, ProblemsError
from syncer.files.frames import Gathering
from syncer.files.har import Har, Readable
from syncer.files.transcripts import Transcript
from syncer.model.recording import Recording

_HEAD = 1 << 16  # bytes by which a format is recognised
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"(\xb5/\xfd": "zstd"}
_HOW_TO_RECORD = (
    "in Chrome or Edge open the network tab before the page is loaded, click through the Devices App, "
    "and save everything as HAR, with content"
)
_WHAT_TO_GIVE = "give a HAR file of a browser, or a text with one message as JSON a line"


class Format(StrEnum):
    """What a file with a recording is."""

    HAR = "HAR"
    TEXT = "text"


def read_recording(path: Path, tick: Callable[[int], None] = lambda _: None) -> Recording:
    """The messages of a HAR, of a text pasted from a console, or of a trace; its format is told by its content.

    Memory is bounded by what is kept of it, not by the size of the file. ProblemsError if there is no message in it.
    `tick` is told of bytes as they are read.
    """
    gathering = Gathering(str(path))
    with _opened(path, tick) as (file, encoding, head):
        return (_read_har if _is_har(head) else _read_text)(path, file, encoding, gathering)


def format_of(path: Path) -> Format:
    """Which format it is read as; ProblemsError for what is no text."""
    with _opened(path, lambda _: None) as (_, _, head):
        return Format.HAR if _is_har(head) else Format.TEXT


def _read_har(path: Path, file: IO[bytes], encoding: str, gathering: Gathering) -> Recording:
    har = Har(gathering)
    har.read(_as_utf8(file, encoding))
    recording = gathering.finish()
    if not recording.conversations:
        _refuse_har(path, har, recording)
    return recording


def _read_text(path: Path, file: IO[bytes], encoding: str, gathering: Gathering) -> Recording:
    try:
        with io.TextIOWrapper(file, encoding=encoding) as text:
            Transcript(text, gathering).read()
    except UnicodeDecodeError:
        _refuse(path, "no UTF-8 text", "save it as UTF-8")
    recording = gathering.finish()
    if not recording.conversations:
        _refuse(path, f"there is no message in it{_remarks(recording)}", _WHAT_TO_GIVE)
    return recording


class _Counted(io.FileIO):
    """A file that tells how much of it was read."""

    def __init__(self, path: Path, tick: Callable[[int], None]) -> None:
        super().__init__(path)
        self._tick = tick

    def readinto(self, buffer: Any, /) -> int | None:
        """Bytes into a buffer."""
        count = super().readinto(buffer)
        self._tick(count or 0)
        return count


@contextmanager
def _opened(path: Path, tick: Callable[[int], None]) -> Iterator[tuple[IO[bytes], str, str]]:
    """The file behind its byte order mark, its encoding, and how it begins; ProblemsError for what is no text."""
    with _open(path, tick) as file:
        try:
            head = file.read(_HEAD)
            encoding, mark = _encoding(head)
            _check_head(path, head[mark:], encoding)
            file.seek(mark)
            yield file, encoding, head[mark:].decode(encoding, "ignore")
        except OSError as exc:
            _refuse(path, f"cannot be read: {exc.strerror}", "check the disk")


def _open(path: Path, tick: Callable[[int], None]) -> IO[bytes]:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            _refuse(path, "a folder" if stat.S_ISDIR(mode) else "not a file", "name a file")
        return io.BufferedReader(_Counted(path, tick))
    except FileNotFoundError:
        _refuse(path, "there is no such file", "correct the name")
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the name
        why = exc.strerror if isinstance(exc, OSError) else exc
        _refuse(path, f"cannot be read: {why}", "check its name and permissions")


def _encoding(head: bytes) -> tuple[str, int]:
    """What a byte order mark says, and its length."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8", len(codecs.BOM_UTF8)
    return next(((encoding, len(mark)) for mark, encoding in _UTF16.items() if head.startswith(mark)), ("utf-8", 0))


def _check_head(path: Path, head: bytes, encoding: str) -> None:
    if not head.strip(b"\0 \t\r\n"):
        _refuse(path, "it is empty", _WHAT_TO_GIVE)
    for magic, name in _PACKED.items():
        if head.startswith(magic):
            _refuse(path, f"packed with {name}", "unpack it")
    if encoding == "utf-8" and b"\0" in head:
        _refuse(path, "no UTF-8 text", "save it as UTF-8")


def _is_har(head: str) -> bool:
    """Whether it begins as a HAR does: an object whose member `log` comes before anything that is a message."""
    text = head.lstrip()
    return text.startswith("{") and '"log"' in text and '"mt"' not in text.partition('"log"')[0]


def _as_utf8(file: IO[bytes], encoding: str) -> Readable:
    return file if encoding == "utf-8" else _Recoded(file, encoding)


class _Recoded:
    """A file in another encoding as UTF-8. (That of `codecs` has a `readinto` that does not recode.)"""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._file, self._decoder = file, codecs.getincrementaldecoder(encoding)()

    def read(self, size: int, /) -> bytes:
        """Of about so many bytes of the file; none at its end, or if none are wanted. UnicodeDecodeError."""
        text = ""
        while size and not text:
            block = self._file.read(size)
            text = self._decoder.decode(block, final=not block)
            if not block:
                break
        return text.encode("utf-8", "surrogatepass")


def _refuse_har(path: Path, har: Har, recording: Recording) -> NoReturn:
    said = _remarks(recording)
    if not har.is_har:
        _refuse(path, f"JSON, but no HAR{said}", _WHAT_TO_GIVE)
    if har.websockets and not har.messages:
        _refuse(path, f"there is a websocket in the HAR, but none of its messages{said}", _HOW_TO_RECORD)
    if har.websockets:
        what = f"there are websockets in the HAR, but no message of an AppWebsocket{said}"
        _refuse(path, what, _HOW_TO_RECORD)
    _refuse(path, f"there is no websocket in the HAR{said}", _HOW_TO_RECORD)


def _remarks(recording: Recording) -> str:
    return "".join(f"; {remark}" for remark in recording.remarks)


def _refuse(path: Path, what: str, hint: str) -> NoReturn:
    raise ProblemsError([Problem(Place(str(path)), what, hint)])
