"""The messages of the Devices service in their order: requests with what goes ahead of them and what answers them."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from syncer.errors import SyncerError, some, visible
from syncer.learn import documented
from syncer.learn.leaves import plain
from syncer.learn.places import FIELDS
from syncer.model.recording import Conversation, Direction, Frame, Recording

_MOST_WAITING = 100  # requests without an answer, of which a message without `src` may be one
_ANSWER_NAMES = ("Result", "Response", "Reply", "Answer", "Done", "Ok", "Ack", "Error", "Failed")


@dataclass(frozen=True, slots=True)
class Heard:
    """A message at its place among all messages of the service."""

    at: int
    conversation: int
    frame: Frame

    @property
    def message(self) -> Mapping[str, Any]:
        """What was said."""
        return self.frame.message

    @property
    def mt(self) -> str:
        """Its message type."""
        return str(self.frame.message["mt"])


@dataclass(slots=True)
class Exchange:
    """A request that no document names, the pieces of values that went ahead of it, and its answer."""

    request: Heard
    pieces: list[Heard] = field(default_factory=list)
    reply: Heard | None = None
    by_src: bool = True

    @property
    def numbers(self) -> tuple[int, ...]:
        """Of the request."""
        return (self.request.frame.number,)


@dataclass(frozen=True, slots=True)
class Traffic:
    """All that was heard of one Devices service."""

    url: str
    heard: tuple[Heard, ...]
    exchanges: tuple[Exchange, ...]
    remarks: tuple[str, ...]


def traffic_of(recordings: Sequence[Recording], wanted: str | None = None) -> Traffic:
    """The traffic with one Devices service; `wanted` is a part of its url where several were recorded.

    SyncerError where there is none, or several.
    """
    remarks = [remark for recording in recordings for remark in recording.remarks]
    talks = [talk for recording in recordings for talk in recording.conversations]
    found = [talk for talk in talks if _is_devices(talk)]
    url, chosen = _of_one_service(found, talks, wanted)
    if len(chosen) > 1:
        remarks.append(f"{len(chosen)} connections to the service were recorded; all of them were used")
    heard, unclear = _in_order(chosen)
    if unclear:
        remarks.append(
            f"of {len(unclear)} messages the recording does not say who sent them, so they were left out "
            f"({_some(unclear)}); save a HAR of the network tab instead"
        )
    if undocumented := sorted({one.mt for one in heard if _is_other_read(one)}):
        remarks.append(f"set aside as reads: {_some(undocumented)}")
    return Traffic(url, heard, tuple(_exchanges(heard)), tuple(remarks))


def _is_devices(talk: Conversation) -> bool:
    return any(frame.message.get("mt") in documented.DEVICES_ONLY for frame in talk.frames)


def _is_other_read(one: Heard) -> bool:
    is_sent = one.frame.direction is Direction.SENT
    return is_sent and one.mt not in documented.DOCUMENTED and bool(documented.READ_VERB.match(one.mt))


def _some(names: Sequence[str], most: int = 6) -> str:
    return some(names, most, lambda name: visible(name, 60))


def _shown(url: str) -> str:
    """Without what may be secret in it."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else ""
    except ValueError:
        return ""


def _of_one_service(
    found: Sequence[Conversation], talks: Sequence[Conversation], wanted: str | None
) -> tuple[str, list[Conversation]]:
    by_url: dict[str, list[Conversation]] = {}
    for talk in found:
        by_url.setdefault(_shown(talk.url), []).append(talk)
    if wanted is not None:
        by_url = {url: talks_of_one for url, talks_of_one in by_url.items() if wanted in url}
    if not by_url:
        others = sorted({_shown(talk.url) for talk in talks} - {""})
        heard = f" to {_some(others)}" if others else ""
        raise SyncerError(
            f"there is no talk with a Devices service in the recording; it has {len(talks)} connections{heard}; "
            "open the Devices App itself while you record"
        )
    if len(by_url) > 1:
        raise SyncerError(f"several Devices services were recorded; say which with --url: {_some(sorted(by_url))}")
    return next(iter(by_url.items()))


def _in_order(talks: Sequence[Conversation]) -> tuple[tuple[Heard, ...], list[str]]:
    """By time where every message has one, else as recorded; the types of messages without a direction."""
    known: list[tuple[int, Frame]] = []
    unclear: list[str] = []
    for number, talk in enumerate(talks):
        for frame in _with_directions(talk.frames):
            if frame.direction is None:
                unclear.append(str(frame.message.get("mt")))
            else:
                known.append((number, frame))
    if len(talks) > 1 and all(frame.time is not None for _, frame in known):
        known.sort(key=lambda one: one[1].time or 0.0)
    return tuple(Heard(at, number, frame) for at, (number, frame) in enumerate(known)), unclear


def _with_directions(frames: Sequence[Frame]) -> Iterator[Frame]:
    """Directions that a recording does not tell, concluded from names and `src`."""
    names = {str(frame.message.get("mt")) for frame in frames}
    asked: dict[Any, Mapping[str, Any]] = {}  # what was sent last under a src
    for frame in frames:
        mt, src = str(frame.message.get("mt")), frame.message.get("src")
        direction = frame.direction or _direction(mt, src if isinstance(src, str | int) else None, names, asked)
        if direction is Direction.SENT and isinstance(src, str | int):
            asked[src] = frame.message
        yield replace(frame, direction=direction)


def _direction(
    mt: str, src: str | int | None, names: set[str], asked: Mapping[Any, Mapping[str, Any]]
) -> Direction | None:
    if mt in documented.REQUESTS or f"{mt}Result" in names:
        return Direction.SENT
    if mt in documented.DOCUMENTED or mt.endswith(_ANSWER_NAMES) or documented.is_event(mt):
        return Direction.RECEIVED
    if src in asked:  # pieces go ahead of a request under its src; anything else is followed by its answer
        return Direction.SENT if _may_be_piece(asked[src]) else Direction.RECEIVED
    return Direction.SENT if src is not None or documented.verb(mt) else None


def _exchanges(heard: Sequence[Heard]) -> list[Exchange]:
    """Requests that no document names, in their order, each with its pieces and its reply."""
    made: list[Exchange] = []
    ahead: dict[int, list[Heard]] = {}  # pieces of values, by conversation, that no message followed yet
    waiting: dict[int, _Waiting] = {}
    for one in heard:
        if one.mt in documented.DOCUMENTED or _is_other_read(one):
            continue
        if one.frame.direction is not Direction.SENT:
            waiting.setdefault(one.conversation, _Waiting()).take(one)
            continue
        pieces = ahead.setdefault(one.conversation, [])
        if pieces and not _same_src(pieces[-1], one):
            made.extend(map(Exchange, pieces))
            pieces.clear()
        if _may_be_piece(one.message):
            pieces.append(one)
            continue
        made.append(Exchange(one, ahead.pop(one.conversation)))
        waiting.setdefault(one.conversation, _Waiting()).add(made[-1])
    made.extend(Exchange(piece) for pieces in ahead.values() for piece in pieces)
    return made


class _Waiting:
    """The requests of a conversation that were not answered for sure."""

    def __init__(self) -> None:
        self._by_src: dict[str | int, Exchange] = {}
        self._latest: deque[Exchange] = deque(maxlen=_MOST_WAITING)

    def add(self, exchange: Exchange) -> None:
        """One more."""
        if (src := _src(exchange.request)) is not None:
            self._by_src[src] = exchange
        self._latest.append(exchange)

    def take(self, reply: Heard) -> None:
        """Give it to the request that it answers: by `src`, else by its name, else by order.

        Of several under one `src` the one that is named like an answer counts, else the last.
        """
        src = _src(reply)
        if src is not None:
            answered = self._by_src.get(src)
            if answered and not (answered.reply and _is_answer(answered.reply, answered.request)):
                answered.reply, answered.by_src = reply, True
            return
        open_ones = [one for one in self._latest if one.reply is None]
        named = [one for one in open_ones if reply.mt.startswith(one.request.mt)]
        if not named and len(open_ones) == 1 and _may_answer(reply, open_ones[0].request):
            named = open_ones
        if named:
            named[0].reply, named[0].by_src = reply, False


def _src(one: Heard) -> str | int | None:
    src = one.message.get("src")
    return src if isinstance(src, str | int) else None


def _is_answer(reply: Heard, request: Heard) -> bool:
    return reply.mt.startswith(request.mt) or reply.mt.endswith(_ANSWER_NAMES)


def _may_answer(reply: Heard, request: Heard) -> bool:
    """Whether a message without `src` may be the answer to the one open request: it speaks of the same."""
    if documented.is_event(reply.mt) and not _is_answer(reply, request):
        return False
    return _is_answer(reply, request) or documented.noun(reply.mt) is documented.noun(request.mt) is not None


def _same_src(one: Heard, other: Heard) -> bool:
    src = _src(one)
    return src is not None and src == _src(other) and one.conversation == other.conversation


def _may_be_piece(message: Mapping[str, Any]) -> bool:
    """A text beside the name of a field, and no object."""
    texts = [leaf for _, leaf in plain(message) if isinstance(leaf, str)]
    named = [text for text in texts if text in FIELDS]
    has_object = any(isinstance(value, dict | list) for value in message.values())
    return bool(named) and len(texts) >= len(named) + 1 and not has_object and not FIELDS & message.keys()
