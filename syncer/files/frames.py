"""The messages of a recording as they are gathered, within bounds; what is left out is counted and told."""

import base64
import binascii
import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import urlsplit

from syncer.errors import plural, visible
from syncer.model.recording import Conversation, Direction, Frame, Recording

MAX_MESSAGE = 1 << 20  # UTF-8 bytes of one message; the protocol allows 64 KiB, a careless console adds escapes
MAX_MESSAGES = 200_000  # of one recording; an afternoon of clicking is a few thousand, a big apply some ten thousand
MAX_KEPT = 64 << 20  # bytes of all messages, with what their objects take; in memory it is several times as much
MAX_DEPTH = 64  # levels of objects and lists; messages have four, and what recurses over one has a stack of 1000

_PARAMETERS = re.compile(r";[^/]*")  # of a segment of a path, such as a session id
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_MILLISECONDS, _MICROSECONDS = 1e11, 1e14  # a time beyond is counted in these: as seconds it is the year 5138 or later
_YEAR_10000 = 253_402_300_800  # seconds since 1970, where dates end
_OBJECT_BYTES, _ENTRY_BYTES = 40, 20  # that an object or a list, and an entry of one, take at least beyond their text

NO_JSON = "of no JSON"
NO_TYPE = "without a message type"
BINARY = "in a binary form"
TOO_LARGE = f"larger than {MAX_MESSAGE >> 20} MiB"
TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"


class LeftOut(Exception):
    """Something that is no message, and why."""


class Full(Exception):
    """The recording has more messages than are kept."""


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse("a number beyond all bounds")


decoder = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)  # takes only what JSON can write again


@dataclass(slots=True)
class _Open:
    url: str = ""
    frames: list[Frame] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


class Gathering:
    """A recording in the making: conversations are opened by any key, frames come to them, and it is finished once."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._open: dict[object, _Open] = {}
        self._messages = self._kept = 0
        self.remarks: list[str] = []

    @property
    def messages(self) -> int:
        """How many there are."""
        return self._messages

    def tell_url(self, key: object, url: str) -> None:
        """Where a conversation was held; what may be secret in a url is dropped here."""
        self._open.setdefault(key, _Open()).url = _harmless(url)

    def leave_out(self, key: object, why: str) -> None:
        """Count something that is no message."""
        self._open.setdefault(key, _Open()).left_out[why] += 1

    def add(
        self,
        key: object,
        payload: str | Mapping[str, Any],
        direction: Direction | None = None,
        time: object = None,
        *,
        size: object = None,
        binary: bool = False,
    ) -> None:
        """A message, as text or as what it says; counted where it is none. Full when there are too many."""
        conversation = self._open.setdefault(key, _Open())
        try:
            message, length, cost = _decoded(payload, binary=binary)
        except LeftOut as exc:
            conversation.left_out[str(exc)] += 1
            return
        if self._messages >= MAX_MESSAGES or self._kept + cost > MAX_KEPT:
            raise Full
        self._messages += 1
        self._kept += cost
        told = size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else length
        conversation.frames.append(Frame(0, direction, message, told, seconds(time)))

    def finish(self) -> Recording:
        """The recording, its messages numbered."""
        number = 0
        conversations: list[Conversation] = []
        foreign: Counter[str] = Counter()
        left_out: Counter[str] = Counter()
        for one in self._open.values():
            if not one.frames:
                if one.url and one.left_out:
                    foreign[urlsplit(one.url).netloc] += 1
                else:
                    left_out += one.left_out
                continue
            left_out += one.left_out
            frames = [Frame(n, f.direction, f.message, f.size, f.time) for n, f in enumerate(one.frames, number + 1)]
            number += len(frames)
            conversations.append(Conversation(one.url, tuple(frames)))
        remarks = [
            *(
                f"left out: {plural(n, 'connection')} to {visible(host)}, where no message has a type `mt`"
                for host, n in foreign.items()
            ),
            *(f"left out: {plural(n, 'message')} {why}" for why, n in left_out.items()),
            *self.remarks,
        ]
        return Recording(self._source, tuple(conversations), tuple(remarks))


def seconds(time: object) -> float | None:
    """A time of a recording in seconds since 1970, None for what is none."""
    if isinstance(time, bool) or not isinstance(time, int | float):
        return None
    try:
        number = float(time)
    except OverflowError:
        return None
    if not math.isfinite(number) or number < 0:
        return None
    number /= 1e6 if number >= _MICROSECONDS else 1e3 if number >= _MILLISECONDS else 1
    return number if number < _YEAR_10000 else None


def _decoded(payload: str | Mapping[str, Any], *, binary: bool) -> tuple[Mapping[str, Any], int, int]:
    """The message, the size of its text, and what keeping it costs in bytes; LeftOut if it is none."""
    if isinstance(payload, str):
        if len(payload) > 2 * MAX_MESSAGE:  # base64 adds a third
            raise LeftOut(TOO_LARGE)
        value, text = _parsed(payload, binary=binary)
    else:
        value, text = payload, json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    length = len(text.encode("utf-8", "surrogatepass"))
    if length > MAX_MESSAGE:
        raise LeftOut(TOO_LARGE)
    if not isinstance(value, Mapping) or not isinstance(value.get("mt"), str):
        raise LeftOut(NO_TYPE)
    if _is_too_deep(value):
        raise LeftOut(TOO_DEEP)
    objects, entries = text.count("[") + text.count("{"), text.count(",")
    return value, length, length + _OBJECT_BYTES * objects + _ENTRY_BYTES * entries


def _parsed(text: str, *, binary: bool) -> tuple[Any, str]:
    """What a text says, and the text that says it: itself, or what its base64 stands for."""
    tries = [from_base64(text), text] if binary else [text, from_base64(text)]
    for one in tries:
        if one is None:
            continue
        try:
            return decoder.decode(one), one
        except RecursionError:
            raise LeftOut(TOO_DEEP) from None
        except ValueError:
            continue
    raise LeftOut(BINARY if binary else NO_JSON)


def from_base64(text: str) -> str | None:
    """The UTF-8 text that base64 (its url-safe alphabet too) stands for, None if it is none."""
    packed = "".join(text.split()) if len(text) <= 2 * MAX_MESSAGE else ""
    if len(packed) < 4 or not _BASE64.fullmatch(packed):
        return None
    packed = packed.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None


def _is_too_deep(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, Mapping) else one if isinstance(one, list) else ())
            if isinstance(inner, Mapping | list)
        ]
        if not level:
            return False
    return True


def _harmless(url: str) -> str:
    """A url without user, password, query, fragment and parameters of its path; "" for what is no url."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if not host or not parts.scheme:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{f':{port}' if port is not None else ''}{_PARAMETERS.sub('', parts.path)}"
