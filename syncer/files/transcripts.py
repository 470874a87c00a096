"""Messages in a text: pasted from a console, one a line as JSON, or in a trace of ours."""

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TextIO

from syncer.files.frames import (
    MAX_MESSAGE,
    NO_JSON,
    NO_TYPE,
    TOO_LARGE,
    Full,
    Gathering,
    decoder,
    from_base64,
)
from syncer.model.recording import Direction

MAX_LINE = 8 * MAX_MESSAGE  # characters of a line, or of lines that are one message together: JSON in JSON has escapes
_MAX_TRIES = 16  # braces of one line that may begin a message; a console's own notation is full of them
_MAX_READ_AGAIN = 32 << 20  # characters that are looked at again, where what seemed to begin a message did not
_LAST_WORDS = 200  # characters before a message in which its direction is looked for

_OBJECT = re.compile(r'\{(?=\s*(?:"|\}|$))')
_STRUCTURE = re.compile(r"[\s\[\],;]*")  # what may stand between messages without saying anything
_LOGGED_BY = re.compile(r"\w+://\S+|\S+\.(?:[cm]?[jt]sx?|html?|vue)\b\S*", re.IGNORECASE)
_SENT = r"client\s*(?:->|→|=>|to)\s*server|send(?:s|ing)?|sent|gesendet|outgoing|outbound|tx|out(?=\s*[\]:)|>])"
_RECEIVED = (
    r"server\s*(?:->|→|=>|to)\s*client|recv|rcvd|receive[sd]?|receiving|empfangen|incoming|inbound|rx"
    r"|on_?message|in(?=\s*[\]:)|>])"
)
_WORDS = re.compile(rf"(?<![\w-])(?:({_SENT})|{_RECEIVED})(?![\w-])", re.IGNORECASE)
_ARROWS = re.compile(r"(--?>|[→⟶➡⬆↑▲]|>>>?|>(?=\s*$))|(?:<--?|[←⟵⬅⬇↓▼]|<<<?|<(?=\s*$))")
_AFTER_MARKER = re.compile(r"[\s:\ufe0f]*")
_STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?")

_PAYLOADS = ("message", "data", "payload", "payloadData", "msg", "text", "body")
_WAYS = ("direction", "type", "dir", "method", "event")
_TIMES = ("time", "timestamp", "ts", "wallTime")
_SENT_WAYS = ("send", "sent", "out", "outgoing", "outbound", "tx", "up")
_RECEIVED_WAYS = ("receive", "received", "recv", "in", "incoming", "inbound", "rx", "down")


class Transcript:
    """Finds the messages of a text, line by line."""

    def __init__(self, file: TextIO, gathering: Gathering) -> None:
        self._file, self._gathering = file, gathering
        self._again: deque[str] = deque()
        self._may_read_again = _MAX_READ_AGAIN
        self._before = ""  # the last line that was no message, if none was since
        self._noise = 0  # lines

    def read(self) -> None:
        """All of it, or until there is too much, which is remarked; UnicodeDecodeError."""
        try:
            while (line := self._next()) is not None:
                self._line(line)
        except Full:
            self._gathering.remarks.append(f"too much for one: only the first {self._gathering.messages} were read")
        if self._noise:
            lines = "1 line that is" if self._noise == 1 else f"{self._noise} lines that are"
            self._gathering.remarks.append(f"left out: {lines} no message")

    def _next(self) -> str | None:
        """The next line, None at the end."""
        if self._again:
            return self._again.popleft()
        line = self._file.readline(MAX_LINE)
        if not line:
            return None
        if len(line) == MAX_LINE and not line.endswith("\n"):
            self._gathering.leave_out("", TOO_LARGE)
            while (rest := self._file.readline(MAX_LINE)) and not rest.endswith("\n"):
                pass
            return "\n"
        return line

    def _line(self, line: str) -> None:
        """Every message of a line, and of lines that belong to it."""
        done = at = tries = 0
        while tries < _MAX_TRIES and (brace := _OBJECT.search(line, at)):
            start = brace.start()
            value, end, is_unfinished = _object(line, start)
            if is_unfinished and (joined := self._joined(line[start:])):
                line, value, end = line[:start] + joined[0], joined[1], start + joined[2]
            if value is None:
                tries += 1
                at = start + 1
                continue
            direction = self._between(line[done:start], is_after=done > 0)
            self._take(value, line[start:end], direction, _stamp(line[done:start]))
            done, at, tries = 0, 0, 0
            line = "\0" + line[end:]  # a mark that something was there, so that `done` is not 0
            done = at = 1
        if not done and self._is_base64(line):
            return
        self._skip(line[done:].split("\n"), is_after=done > 0)

    def _joined(self, text: str) -> tuple[str, Mapping[str, Any], int] | None:
        """The object that begins in `text` and ends on a later line, with all that was read for it."""
        taken: list[str] = []
        length, look_at = len(text), 1  # looking at each new line would take the square of their number
        while length <= MAX_LINE and (line := self._next()) is not None:
            taken.append(line)
            length += len(line)
            if len(taken) < look_at:
                continue
            look_at *= 2
            value, end, is_unfinished = _object(whole := text + "".join(taken), 0)
            if value is not None:
                return whole, value, end
            if not is_unfinished:
                break
        else:
            value, end, _ = _object(whole := text + "".join(taken), 0)
            if value is not None:
                return whole, value, end
        self._read_again(taken)
        return None

    def _read_again(self, lines: list[str]) -> None:
        length = sum(map(len, lines))
        if length <= self._may_read_again:
            self._may_read_again -= length
            self._again.extendleft(reversed(lines))
        else:
            self._noise += len(lines)

    def _between(self, text: str, *, is_after: bool) -> Direction | None:
        """The direction that is told of a message by what stands before it, which is no message itself."""
        *lines, prefix = text.split("\n")
        self._skip(lines, is_after=is_after)
        direction = _direction(prefix)
        if direction is None and not prefix.strip() and (direction := _direction(self._before, at_end=True)):
            self._noise -= 1
        return direction

    def _skip(self, lines: list[str], *, is_after: bool) -> None:
        """Count what is no message; what stands behind one on its line, such as its size or time, does not count."""
        told = [line for line in lines[1 if is_after else 0 :] if not _STRUCTURE.fullmatch(line)]
        self._noise += len(told)
        self._before = told[-1] if told else self._before

    def _is_base64(self, line: str) -> bool:
        """Whether the last word of a line was a message in base64, and was taken."""
        *_, word = line.split() or [""]
        text = from_base64(word) if word.startswith(("ey", "ew")) else None
        if text is None or not text.lstrip().startswith("{"):
            return False
        before = line[: line.rindex(word)]
        value, _, _ = _object(text, text.index("{"))
        if value is None:
            return False
        self._take(value, text, self._between(before, is_after=False), _stamp(before))
        return True

    def _take(self, value: Mapping[str, Any], text: str, direction: Direction | None, time: float | None) -> None:
        self._before = ""
        if isinstance(value.get("mt"), str):
            size = None if "\n" in text else len(text.encode("utf-8", "surrogatepass"))
            self._gathering.add("", value, direction, time, size=size)
            return
        connection = value.get("connection")
        key = connection if isinstance(connection, int) else ""
        if "event" in value and isinstance(value.get("url"), str):
            self._gathering.tell_url(key, value["url"])
        inner = _inside(value)
        payload = next((inner[name] for name in _PAYLOADS if isinstance(inner.get(name), str | dict)), None)
        if payload is not None:
            time = next((t for name in _TIMES if (t := _time(value.get(name))) is not None), time)
            is_binary = inner.get("opcode") == 2
            direction = _way(value) or direction
            self._gathering.add(key, payload, direction, time, size=value.get("size"), binary=is_binary)
        elif "broken" in value:
            self._gathering.leave_out(key, NO_JSON)
        elif "event" not in value:
            self._gathering.leave_out(key, NO_TYPE)


def _object(text: str, start: int) -> tuple[Mapping[str, Any] | None, int, bool]:
    """The JSON object there and its end; None if there is none, and whether more text might make it one."""
    try:
        value, end = decoder.raw_decode(text, start)
    except json.JSONDecodeError as exc:
        return None, start, exc.pos >= len(text.rstrip())
    except (ValueError, RecursionError):
        return None, start, False
    return value, end, False


def _inside(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """What has the message: the object itself, or what the debugging protocol of Chrome wraps in it."""
    parameters = value.get("params")
    response = parameters.get("response") if isinstance(parameters, dict) else None
    return response if isinstance(response, dict) else value


def _way(value: Mapping[str, Any]) -> Direction | None:
    for name in _WAYS:
        word = value.get(name)
        if isinstance(word, str):
            word = word.strip().lower()
            if word in _SENT_WAYS or word.endswith("framesent"):
                return Direction.SENT
            if word in _RECEIVED_WAYS or word.endswith("framereceived"):
                return Direction.RECEIVED
    return None


def _direction(text: str, *, at_end: bool = False) -> Direction | None:
    """The last marker of a text that says which way a message went; words count more than arrows."""
    text = _LOGGED_BY.sub(" ", text[-_LAST_WORDS:])
    for markers in (_WORDS, _ARROWS):
        *_, last = [None, *_ended(markers.finditer(text), text, at_end)]
        if last is not None:
            return Direction.SENT if last[1] else Direction.RECEIVED
    return None


def _ended(found: Iterator[re.Match[str]], text: str, at_end: bool) -> Iterator[re.Match[str]]:
    return (one for one in found if not at_end or _AFTER_MARKER.fullmatch(text, one.end()))


def _stamp(text: str) -> float | None:
    found = _STAMP.search(text[-_LAST_WORDS:])
    return _time(found[0]) if found else None


def _time(value: object) -> Any:
    """Seconds since 1970 of an RFC 3339 text, UTC where it names no zone; a number as it is; None for anything else."""
    if not isinstance(value, str):
        return value if isinstance(value, int | float) else None
    with suppress(ValueError, OverflowError):
        time = datetime.fromisoformat(value.replace(",", "."))
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    return None
