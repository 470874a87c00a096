"""`--trace`: what went over the wire, masked, one JSON line each."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from syncer.files.traces import TraceFile
from syncer.wire.masking import TraceMasking, masked_text
from syncer.wire.messages import MalformedMessage, decode, encode


class Tracing:
    """The trace of one run; its file is made when the first connection is about to be.

    Lines: `{"time", "connection", "event": "opened" | "failed" | "lost" | "closed", "url" or "reason"}`,
    `{"time", "connection", "direction": "sent" | "received", "size", "message"}`, and for a frame that is no message
    `broken` (why) instead of `message`. `time` is RFC 3339 in UTC, `size` is in bytes of the frame as it travelled.
    """

    def __init__(self, path: Path, now: Callable[[], datetime], warn: Callable[[str], None]) -> None:
        self._path, self._now, self._warn = path, now, warn
        self._file: TraceFile | None = None
        self._connections = 0

    def start(self) -> "Tracing":
        """Make its file, once; SyncerError if that is not possible."""
        self._file = self._file or TraceFile(self._path, self._warn)
        return self

    def close(self) -> None:
        """Nothing is added any more."""
        if self._file:
            self._file.close()

    def opened(self, url: str) -> "_Tap":
        """A connection, numbered from 1."""
        self._connections += 1
        tap = _Tap(self, self._connections)
        tap.tell({"event": "opened", "url": masked_text(url)})
        return tap

    def failed(self, url: str, reason: str) -> None:
        """A connection that could not be opened has no number."""
        self.tell({"event": "failed", "url": masked_text(url), "reason": masked_text(reason)})

    def tell(self, what: Mapping[str, Any]) -> None:
        """Add a line."""
        if self._file:
            time = self._now().astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00")
            self._file.write(encode({"time": f"{time}Z", **what}))


class _Tap:
    def __init__(self, trace: Tracing, number: int) -> None:
        self._trace, self._number = trace, number
        self._masking = TraceMasking()  # one for all of it: what was secret once may be quoted later
        self._is_open = True

    def tell(self, what: Mapping[str, Any]) -> None:
        """Add a line about this connection."""
        self._trace.tell({"connection": self._number, **what})

    def sent(self, frame: str) -> None:
        self._message("sent", frame)

    def received(self, frame: str | bytes) -> None:
        self._message("received", frame)

    def lost(self, reason: str) -> None:
        self._ended({"event": "lost", "reason": self._masking.looked_into(reason)})

    def closed(self) -> None:
        self._ended({"event": "closed"})

    def _ended(self, what: Mapping[str, Any]) -> None:
        if self._is_open:
            self._is_open = False
            self.tell(what)

    def _message(self, direction: str, frame: str | bytes) -> None:
        size = len(frame.encode("utf-8", "surrogatepass") if isinstance(frame, str) else frame)
        what: dict[str, Any] = {"direction": direction, "size": size}
        try:
            what["message"] = self._masking.message(decode(frame))
        except MalformedMessage as exc:  # its text quotes nothing
            what["broken"] = str(exc)
        self.tell(what)
