"""What can be made to go wrong: when, and what.

A fault fires for the messages that its `When` names, and its action stands around the handling of the message: it may
not handle it, handle something else, or send something else. Several faults that fire for one message stand around one
another, the one that was added first inmost. `AppChallenge` and `AppLogin` are messages like any other.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Protocol

from syncer.emulator.exchange import Answer, Call, Ending, Frame, Handler
from syncer.emulator.service import Service
from syncer.wire.messages import encode
from syncer.wire.profile import Recognised

DEEP = 100_000


@dataclass(frozen=True, slots=True)
class When:
    """Which messages: all that is given must be so.

    `mt` is the message type, `operation` the wire profile's name for a write, and `nth` picks one of those that match,
    over all connections, counted from 1 and from the moment the fault was added. Nothing given: every message.
    """

    mt: str | None = None
    operation: str | None = None
    nth: int | None = None

    def matches(self, call: Call) -> bool:
        """Whether a message is of the kind, whichever of them it is."""
        operation = call.write.operation if call.write else None
        return self.mt in (None, call.mt) and self.operation in (None, operation)


class Moment(Enum):
    """When in the course of a message something happens."""

    BEFORE = "before it is handled"
    HANDLED = "after it is handled, before the reply"
    REPLIED = "after the reply"


class Action(Protocol):
    """What a fault does: it is called in place of `handle`, and may call it."""

    def __call__(self, call: Call, handle: Handler, service: Service, /) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Close:
    """The connection is closed, or `abrupt`ly gone without the closing handshake."""

    at: Moment = Moment.BEFORE
    abrupt: bool = False

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        return _ended(call, handle, self.at, Ending.ABORT if self.abrupt else Ending.CLOSE)


@dataclass(frozen=True, slots=True)
class Stall:
    """The connection stays open, but nothing more is handled or sent on it."""

    at: Moment = Moment.BEFORE

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        return _ended(call, handle, self.at, Ending.STALL)


def _ended(call: Call, handle: Handler, at: Moment, ending: Ending) -> Answer:
    if at is Moment.BEFORE:
        return Answer(ending=ending)
    answer = handle(call)
    return Answer(ending=ending) if at is Moment.HANDLED else replace(answer, ending=ending)


@dataclass(frozen=True, slots=True)
class Drop:
    """The message is handled, its reply is lost."""

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        return replace(handle(call), frames=())


@dataclass(frozen=True, slots=True)
class Ignore:
    """The message is lost on its way: not handled, no reply."""

    def __call__(self, _call: Call, _handle: Handler, _service: Service, /) -> Answer:
        return Answer()


@dataclass(frozen=True, slots=True)
class Double:
    """The whole reply comes twice."""

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        answer = handle(call)
        return replace(answer, frames=answer.frames * 2)


@dataclass(frozen=True, slots=True)
class AfterNext:
    """The reply comes after that of the next message which has one."""

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        return replace(handle(call), hold=True)


@dataclass(frozen=True, slots=True)
class Delay:
    """The reply comes that many seconds later; others overtake it."""

    seconds: float

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        answer = handle(call)
        return replace(answer, delay=answer.delay + self.seconds)


@dataclass(frozen=True, slots=True)
class Postpone:
    """The message is handled that many seconds later, whatever became of its connection; its reply is lost."""

    seconds: float

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        asyncio.get_running_loop().call_later(self.seconds, handle, call)
        return Answer()


@dataclass(frozen=True, slots=True)
class Misdirect:
    """The reply bears the `src` of another request: of one so many before it, or after it."""

    by: int = -1

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        answer = handle(call)
        src = call.message.get("src")
        if not isinstance(src, str) or not src.isdecimal():
            return answer
        other = str(int(src) + self.by)
        return replace(answer, frames=tuple({**f, "src": other} if isinstance(f, dict) else f for f in answer.frames))


@dataclass(frozen=True, slots=True)
class Garbage:
    """In place of the reply comes a text that is no message."""

    text: str = '{"mt":"Get'

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        return replace(handle(call), frames=(self.text,))


@dataclass(frozen=True, slots=True)
class Binary:
    """In place of the reply comes a binary frame."""

    data: bytes = b"\x00\xff\x00\xff"

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        return replace(handle(call), frames=(self.data,))


@dataclass(frozen=True, slots=True)
class Nested:
    """The reply has a value nested that deep."""

    levels: int = DEEP

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        answer = handle(call)
        return replace(answer, frames=(*answer.frames[:-1], _with(answer, "[" * self.levels + "]" * self.levels)))


@dataclass(frozen=True, slots=True)
class Oversized:
    """The reply is at least that many bytes long."""

    size: int

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        answer = handle(call)
        return replace(answer, frames=(*answer.frames[:-1], _with(answer, '"' + "x" * self.size + '"')))


def _with(answer: Answer, value: str) -> str:
    """The last message of an answer with one field more, given as JSON text."""
    last = answer.frames[-1] if answer.frames else {}
    text = encode(last) if isinstance(last, dict) else "{}"
    return f'{text[:-1]}{"," if last else ""}"filler":{value}}}'


@dataclass(frozen=True, slots=True)
class Refuse:
    """The reply is an error, whether the message was handled or not."""

    error: str = "refused by a fault"
    handled: bool = False

    def __call__(self, call: Call, handle: Handler, service: Service, /) -> Answer:
        if self.handled:
            handle(call)
        return service.refuse(call, self.error)


@dataclass(frozen=True, slots=True)
class Endless:
    """A list, or the pieces of a value, never come to their last message: they are repeated for ever."""

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        answer = handle(call)
        return replace(answer, frames=_without_end(answer.frames), repeat=True)


def _without_end(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    if not frames:
        return frames
    *others, last = frames
    if isinstance(last, dict) and "last" in last:
        return (*others, {**last, "last": False})
    return tuple(others) or frames


@dataclass(frozen=True, slots=True)
class NoEffect:
    """The reply says that it was done, but nothing was."""

    def __call__(self, call: Call, handle: Handler, service: Service, /) -> Answer:
        with service.store.transaction(keep=False):
            return handle(call)


@dataclass(frozen=True, slots=True)
class OtherEffect:
    """A field of a write is changed on the way: a config's own, else one of the object's."""

    field: str
    value: Any

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        if call.write is None:
            return handle(call)
        variables = dict(call.write.variables)
        if isinstance(variables.get("config"), dict):
            variables["config"] = {**variables["config"], self.field: self.value}
        elif self.field in variables:
            variables[self.field] = self.value
        else:
            variables["extra"] = {**(variables.get("extra") or {}), self.field: self.value}
        return handle(replace(call, write=Recognised(call.write.operation, variables)))


def _around(handle: Handler, action: Action, service: Service) -> Handler:
    return lambda call: action(call, handle, service)


class Faults:
    """The faults that are switched on, and the latency in seconds; tests change both while the service runs."""

    def __init__(self, latency: float = 0.0) -> None:
        self.latency = latency
        self._faults: list[tuple[When, Action]] = []
        self._matched: list[int] = []

    def add(self, action: Action, when: When = When()) -> None:
        """Switch a fault on; it counts messages from now."""
        self._faults.append((when, action))
        self._matched.append(0)

    def clear(self) -> None:
        """Switch all faults off; the latency stays."""
        self._faults.clear()
        self._matched.clear()

    def answer(self, call: Call, service: Service) -> Answer:
        """Handle a message with the faults that fire for it."""
        handle: Handler = service.handle
        for action in self._firing(call):
            handle = _around(handle, action, service)
        return handle(call)

    def _firing(self, call: Call) -> Iterator[Action]:
        for number, (when, action) in enumerate(self._faults):
            if when.matches(call):
                self._matched[number] += 1
                if when.nth in (None, self._matched[number]):
                    yield action
