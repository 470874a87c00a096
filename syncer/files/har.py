"""HAR files as browsers save them, streamed: only messages of websockets are kept of what may be hundreds of MB."""

from typing import Any, Protocol

import ijson

from syncer.files.frames import Full, Gathering
from syncer.model.recording import Direction

_BLOCK = 1 << 16  # bytes at a time
_MAX_NESTING = 1000  # levels of the file itself; a HAR has some ten
_ENTRY, _PART, _MESSAGE = 4, 5, 6  # levels of log.entries[], of what is in one, and of one message
WAYS = {Direction.SENT: "send", Direction.RECEIVED: "receive"}
_DIRECTIONS = {way: direction for direction, way in WAYS.items()} | {str(direction): direction for direction in WAYS}
TEXT, _BINARY = 1, 2  # opcodes, RFC 6455 section 5.2
_SCALARS = {"string", "number", "boolean", "null"}
_FIELDS = {"type", "time", "opcode", "data"}


class Readable(Protocol):
    """Bytes in UTF-8, a block at a time."""

    def read(self, size: int, /) -> bytes:
        """At most so many; none at the end."""


class Har:
    """Takes what a JSON parser meets in a HAR, and gathers the messages."""

    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering
        self._level = 0
        self._keys: list[Any] = [None] * (_MESSAGE + 1)
        self._message: dict[str, Any] = {}
        self._url = ""
        self._has_messages = False
        self.entries = self.websockets = self.messages = 0
        self.is_har = False

    def read(self, file: Readable) -> None:
        """All of it, or what comes before it is cut off or broken, or before there is too much; that is remarked."""
        try:
            for event, value in ijson.basic_parse(file, use_float=True, buf_size=_BLOCK):
                self._take(event, value)
                if self._level > _MAX_NESTING:
                    raise ijson.JSONError("nested too deeply")
        except Full:
            self._gathering.remarks.append(f"too much for one: only the first {self._gathering.messages} were read")
        except (ijson.JSONError, ValueError, OverflowError):
            where = f"in entry {self.entries} of `log.entries`" if self.entries else "at its beginning"
            self._gathering.remarks.append(f"the HAR is cut off or broken {where}: only what comes before was read")
        finally:
            self._close_entry()

    def _take(self, event: str, value: Any) -> None:
        if event == "map_key":
            if self._level <= _MESSAGE:
                self._keys[self._level] = value
        elif event in _SCALARS:
            if _PART <= self._level <= _MESSAGE:
                self._scalar(value)
        elif event in ("start_map", "start_array"):
            self._level += 1
            if self._level <= _MESSAGE:
                self._keys[self._level] = None
                self._opened()
        else:
            if self._level == _MESSAGE and self._in_messages():
                self._finish_message()
            elif self._level == _ENTRY and self._in_entries():
                self._close_entry()
            self._level -= 1

    def _in_entries(self) -> bool:
        return bool(self._keys[1] == "log" and self._keys[2] == "entries")

    def _in_messages(self) -> bool:
        return self._keys[_ENTRY] == "_webSocketMessages" and self._in_entries()

    def _opened(self) -> None:
        if self._level == 3 and self._in_entries():
            self.is_har = True
        elif self._level == _ENTRY and self._in_entries():
            self.entries += 1
        elif self._level == _MESSAGE and self._in_messages():
            self._message = {}

    def _scalar(self, value: Any) -> None:
        key = self._keys[self._level]
        if self._level == _MESSAGE:
            if key in _FIELDS and self._in_messages():
                self._message[key] = value
        elif key == "url" and self._keys[_ENTRY] == "request" and self._in_entries() and isinstance(value, str):
            self._url = value

    def _close_entry(self) -> None:
        """Where it went may be told before or after its messages."""
        self.websockets += self._url.startswith(("ws:", "wss:"))
        if self._has_messages and self._url:
            self._gathering.tell_url(self.entries, self._url)
        self._url, self._has_messages = "", False

    def _finish_message(self) -> None:
        self.messages += 1
        message, self._message = self._message, {}
        self._has_messages = True
        data, way = message.get("data"), message.get("type")
        self._gathering.add(
            self.entries,
            data if isinstance(data, str) else "",
            _DIRECTIONS.get(way) if isinstance(way, str) else None,
            message.get("time"),
            binary=message.get("opcode") == _BINARY,
        )
