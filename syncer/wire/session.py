"""The client's side of an AppWebsocket connection as a state machine without I/O, clock or randomness.

Call `open` for the first frame, then `receive` for each frame that comes; send what a `Send` holds. After `LoggedIn`,
`request` gives the frame to send for a request, and its reply comes out of `receive` as one `Reply`, however many
messages it took. Replies may come in any order, and notices (events of subscriptions) in between. `now` is any clock in
seconds that never runs backwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from syncer.wire.chunks import Joiner
from syncer.wire.login import Credentials, login_message, session_key
from syncer.wire.messages import decode, encode
from syncer.wire.secrettexts import Remembered

KEEP_ALIVE_AFTER = 60.0  # seconds without a frame of ours, as the vendor's client does
_LONGEST_REPLY = 20  # times the deadline: a reply that trickles in ends here
_CHALLENGE_CHARACTERS = 256  # the protocol says 16; generous, but bounded


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client accepts: bytes of a frame, characters of values, entries and bytes of a list."""

    frame_bytes: int = 1 << 20
    value_characters: int = 16 << 20
    waiting_characters: int = 128 << 20  # of all that is under way
    list_items: int = 300_000
    list_characters: int = 64 << 20


@dataclass(frozen=True, slots=True)
class Expect:
    """What answers a request.

    `items`: name of the array of a list that comes in several replies until `last`. `pieces`: message type of the value
    pieces that come before the reply. `by_src` false: the service does not echo `src`, the message type decides.
    """

    mt: str
    items: str | None = None
    pieces: str | None = None
    by_src: bool = True


@dataclass(frozen=True, slots=True)
class Send:
    """A frame that must be sent now."""

    text: str


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The login was accepted; requests may be made."""


@dataclass(frozen=True, slots=True)
class LoginFailed:
    """The login was refused; `reason` is the server's text, hostile like everything from there."""

    reason: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The complete answer to request `src`: the last message, all list items, all joined values, the error if any."""

    src: str
    message: Mapping[str, Any]
    items: list[Any]
    values: Mapping[str, str]
    error: str | None


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that answers no waiting request: an event of a subscription, a late reply, something new."""

    message: Mapping[str, Any]


Event = Send | LoggedIn | LoginFailed | Reply | Notice


class ProtocolError(Exception):
    """The server broke the protocol, or a cap; the text says how and names the message."""


class _State(Enum):
    NEW = auto()
    CHALLENGED = auto()
    LOGGING_IN = auto()
    READY = auto()
    FAILED = auto()


@dataclass(slots=True)
class _Pending:
    name: str
    expect: Expect
    timeout: float
    deadline: float
    end: float
    items: list[Any] = field(default_factory=list)
    characters: int = 0
    joiner: Joiner | None = None


class Session:
    """One login on one connection. Not to be used again after an exception or `LoginFailed`."""

    def __init__(self, credentials: Credentials, limits: Limits | None = None) -> None:
        self._credentials = credentials
        self._limits = limits or Limits()
        self._state = _State.NEW
        self._key = ""
        self._login = Remembered()  # what a server may quote, and nobody may read
        self._login.add(credentials.password)
        self._next = 0
        self._pending: dict[str, _Pending] = {}
        self._waiting_characters = 0
        self._last_sent = 0.0

    @property
    def key(self) -> str:
        """The session key of field encryption; "" before the challenge."""
        return self._key

    @property
    def pending(self) -> int:
        """How many requests wait for their reply."""
        return len(self._pending)

    def open(self, now: float) -> str:
        """The first frame."""
        self._state = _State.CHALLENGED
        self._last_sent = now
        return encode({"mt": "AppChallenge"})

    def shown(self, text: str) -> str:
        """A text of the server without the password, and without challenge, digest and key of the login."""
        return self._login.replaced(text, lambda _: "***")

    def new_src(self) -> str:
        """A fresh `src` of this session."""
        self._next += 1
        return str(self._next)

    def request(
        self, message: Mapping[str, Any], expect: Expect, now: float, timeout: float, src: str | None = None
    ) -> tuple[str, str]:
        """Register a request: its `src` and its frame. The reply is due `timeout` seconds after the last sign of it."""
        if self._state is not _State.READY:
            raise RuntimeError("requests come after the login")
        src = src or self.new_src()
        end = now + timeout * _LONGEST_REPLY
        frame = self.frame({**message, "src": src}, now)  # first: what cannot be encoded waits for nothing
        self._pending[src] = _Pending(str(message.get("mt")), expect, timeout, now + timeout, end)
        return src, frame

    def frame(self, message: Mapping[str, Any], now: float) -> str:
        """A frame that awaits nothing."""
        self._last_sent = now
        return encode(message)

    def forget(self, src: str) -> None:
        """Nobody waits for this reply any more."""
        pending = self._pending.pop(src, None)
        if pending:
            self._waiting_characters -= pending.characters + (pending.joiner.characters if pending.joiner else 0)

    def expired(self, now: float) -> list[tuple[str, str]]:
        """(src, message type) of requests whose deadline has passed; they are forgotten."""
        late = [(src, p.name) for src, p in self._pending.items() if now >= min(p.deadline, p.end)]
        for src, _ in late:
            self.forget(src)
        return late

    def keep_alive(self, now: float) -> str | None:
        """The KeepAlive frame when it is time for one."""
        if self._state is not _State.READY or now - self._last_sent < KEEP_ALIVE_AFTER:
            return None
        return self.frame({"mt": "KeepAlive"}, now)

    def receive(self, frame: str | bytes, now: float) -> Event | None:
        """Take one frame. ProtocolError or MalformedMessage end the session; None where more has to come."""
        message = decode(frame)
        if self._state is not _State.READY:
            return self._log_in(message, now)
        src = message.get("src")
        if isinstance(src, str) and (pending := self._pending.get(src)) is not None:
            return self._answer(src, pending, message, len(frame), now)
        return self._by_type(message, len(frame), now)

    def _log_in(self, message: dict[str, Any], now: float) -> Event:
        match self._state, message["mt"]:
            case _State.CHALLENGED, "AppChallengeResult":
                challenge = message.get("challenge")
                if not isinstance(challenge, str) or not 0 < len(challenge) <= _CHALLENGE_CHARACTERS:
                    raise ProtocolError("AppChallengeResult has no usable challenge")
                self._state = _State.LOGGING_IN
                self._key = session_key(challenge, self._credentials.password)
                login = login_message(self._credentials, challenge)
                for secret in (challenge, self._key, login["digest"]):
                    self._login.add(secret)
                return Send(self.frame(login, now))
            case _State.LOGGING_IN, "AppLoginResult":
                if message.get("ok") is True:
                    self._state = _State.READY
                    return LoggedIn()
                self._state = _State.FAILED
                return LoginFailed(self.shown(str(message.get("errorText") or message.get("error") or "")))
            case _:
                return Notice(message)

    def _by_type(self, message: dict[str, Any], characters: int, now: float) -> Event | None:
        for src, pending in self._pending.items():
            if not pending.expect.by_src and pending.expect.mt == message["mt"]:
                return self._answer(src, pending, message, characters, now)
        return Notice(message)

    def _answer(
        self, src: str, pending: _Pending, message: dict[str, Any], characters: int, now: float
    ) -> Event | None:
        expect = pending.expect
        mt = message["mt"]
        if mt == expect.pieces:
            self._take_piece(pending, message, now)
            return None
        error = message.get("error")
        # the API document's example of a list of categories bears the request's own name
        if mt not in (expect.mt, pending.name) and not error:
            return Notice(message)  # an event of a subscription that this request turned on
        if expect.items is not None and not error:
            self._take_items(pending, expect.items, message, characters)
            if message.get("last") is not True:
                pending.deadline = now + pending.timeout
                return None
        self.forget(src)
        values = pending.joiner.values() if pending.joiner else {}
        return Reply(src, message, pending.items, values, self.shown(str(error)) if error else None)

    def _take_items(self, pending: _Pending, name: str, message: dict[str, Any], characters: int) -> None:
        items = message.get(name)
        if not isinstance(items, list):
            raise ProtocolError(f"{pending.expect.mt} has no array {name}")
        pending.items.extend(items)
        pending.characters += characters
        self._waiting_characters += characters
        if self._waiting_characters > self._limits.waiting_characters:
            raise ProtocolError("the lists under way are larger than syncer accepts")
        if len(pending.items) > self._limits.list_items or pending.characters > self._limits.list_characters:
            raise ProtocolError(f"the list of {pending.expect.mt} does not end")

    def _take_piece(self, pending: _Pending, message: dict[str, Any], now: float) -> None:
        name, value = message.get("name"), message.get("value")
        if not isinstance(name, str) or not isinstance(value, str):
            raise ProtocolError(f"{message['mt']} has no name or value")
        pending.joiner = pending.joiner or Joiner()
        self._waiting_characters += pending.joiner.add(name, value)
        pending.deadline = now + pending.timeout
        if (
            pending.joiner.characters > self._limits.value_characters
            or self._waiting_characters > self._limits.waiting_characters
        ):
            raise ProtocolError(f"the pieces of {message['mt']} are larger than syncer accepts")
