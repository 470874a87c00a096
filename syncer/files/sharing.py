"""Recordings written again, with nothing in them but their messages: as a HAR, or as one JSON line each."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from syncer.files.har import TEXT, WAYS
from syncer.model.recording import Conversation, Frame, Recording

Mask = Callable[[Mapping[str, Any]], Mapping[str, Any]]

_HALVES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class _Style:
    """Of writing JSON."""

    separators: tuple[str, str]
    is_ascii: bool


_STYLES = [_Style(separators, is_ascii) for separators in ((",", ":"), (", ", ": ")) for is_ascii in (False, True)]


def shared(recording: Recording, mask: Mask, mask_url: Callable[[str], str]) -> Recording:
    """The same recording, with its messages and urls masked, and with the sizes that they have now."""
    return replace(recording, conversations=tuple(_shared(one, mask, mask_url) for one in recording.conversations))


def _shared(conversation: Conversation, mask: Mask, mask_url: Callable[[str], str]) -> Conversation:
    frames = tuple(_masked(frame, mask(frame.message)) for frame in conversation.frames)
    return replace(conversation, url=mask_url(conversation.url), frames=frames)


def _masked(frame: Frame, message: Mapping[str, Any]) -> Frame:
    """Its text is written as the old one was, so that what was not masked takes as many bytes."""
    style = _style(frame)
    return replace(frame, message=message, size=_size(_text(message, style)) if style else frame.size)


def _style(frame: Frame) -> _Style | None:
    """How its text was written, None if otherwise than by a JSON library."""
    return next((style for style in _STYLES if _size(_text(frame.message, style)) == frame.size), None)


def _text(message: Mapping[str, Any], style: _Style) -> str:
    return _HALVES.sub(_escaped, json.dumps(message, separators=style.separators, ensure_ascii=style.is_ascii))


def _size(text: str) -> int:
    return len(text.encode())


def _escaped(half: re.Match[str]) -> str:
    return f"\\u{ord(half[0]):04x}"


def as_har(recording: Recording) -> str:
    """As a browser saves it, without anything else that a browser would save."""
    entries = [_entry(one) for one in recording.conversations]
    log = {"version": "1.2", "creator": {"name": "syncer wire scrub", "version": "1"}, "pages": [], "entries": entries}
    return json.dumps({"log": log}, indent=2) + "\n"


def _entry(conversation: Conversation) -> dict[str, Any]:
    nothing = {"headers": [], "cookies": [], "headersSize": -1, "bodySize": -1}
    return {
        "_resourceType": "websocket",
        "startedDateTime": _rfc3339(_begin(conversation)),
        "time": 0,
        "request": {"method": "GET", "url": conversation.url, "httpVersion": "HTTP/1.1", "queryString": [], **nothing},
        "response": {
            "status": 101,
            "statusText": "Switching Protocols",
            "httpVersion": "HTTP/1.1",
            "content": {"size": 0, "mimeType": "x-unknown"},
            "redirectURL": "",
            **nothing,
        },
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
        "_webSocketMessages": [_har_message(frame) for frame in conversation.frames],
    }


def _har_message(frame: Frame) -> dict[str, Any]:
    data = _text(frame.message, _style(frame) or _STYLES[0])
    told = {"type": WAYS[frame.direction] if frame.direction else None, "time": frame.time}
    return {name: value for name, value in told.items() if value is not None} | {
        "opcode": TEXT,
        "data": data,
    }


def as_lines(recording: Recording) -> str:
    """As a trace has them."""
    lines = (line for number, one in enumerate(recording.conversations, 1) for line in _lines(one, number))
    return "".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in lines)


def _lines(conversation: Conversation, number: int) -> Iterator[Mapping[str, Any]]:
    if conversation.url:
        yield {"time": _rfc3339(_begin(conversation)), "connection": number, "event": "opened", "url": conversation.url}
    for frame in conversation.frames:
        told = {
            "time": None if frame.time is None else _rfc3339(frame.time),
            "connection": number,
            "direction": frame.direction,
            "size": frame.size,
        }
        yield {name: value for name, value in told.items() if value is not None} | {"message": frame.message}


def _begin(conversation: Conversation) -> float:
    """The first time that is told, 1970 if none is."""
    return next((frame.time for frame in conversation.frames if frame.time is not None), 0.0)


def _rfc3339(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
