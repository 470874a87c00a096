"""One logged-in connection: frames in and out of a Session, deadlines, and errors for people."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from syncer.errors import (
    BrokenMessage,
    ConnectionLost,
    LoginRefused,
    ServerError,
    SilentServer,
    visible,
)
from syncer.transport.dial import FAREWELL, Endpoint, dial
from syncer.wire.messages import MalformedMessage
from syncer.wire.session import Expect, LoggedIn, LoginFailed, Notice, ProtocolError, Reply, Send, Session

_TICK = 0.25  # seconds between looks at the deadlines
_TOO_BIG = 1009  # websocket close code, RFC 6455 section 7.4.1


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply, and the session key that its ciphertexts belong to."""

    reply: Reply
    key: str


Outcome = Answer | ServerError
Done = Callable[[Outcome], None]
OnNotice = Callable[[Mapping[str, Any]], None]


class Connection:
    """Requests on one connection. Once `failure` is set it is of no more use.

    `is_silent`: a request on it was not answered before its deadline.
    """

    def __init__(self, endpoint: Endpoint, socket: ClientConnection, on_notice: OnNotice | None) -> None:
        self._endpoint, self._socket, self._on_notice = endpoint, socket, on_notice
        self._loop = asyncio.get_running_loop()
        self._session = Session(endpoint.credentials, endpoint.limits)
        self._tap = endpoint.trace.opened(endpoint.shown) if endpoint.trace else None
        self._receive: Callable[[], Awaitable[str | bytes]] = self._traced_receive if self._tap else socket.recv
        self._done: dict[str, Done] = {}
        self._names: dict[str, str] = {}
        self._reader: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._sending = 0  # frames that are being sent, and how many were
        self._sent = self._sent_before = 0
        self._moved_at = self._loop.time()
        self.failure: ServerError | None = None
        self.is_silent = False

    @classmethod
    async def open(cls, endpoint: Endpoint, on_notice: OnNotice | None = None) -> "Connection":
        """Dial and log in; ServerError for whatever prevents it."""
        try:
            socket = await dial(endpoint)
        except ServerError as exc:
            if endpoint.trace:
                endpoint.trace.failed(endpoint.shown, exc.what)
            raise
        connection = cls(endpoint, socket, on_notice)
        try:
            async with asyncio.timeout(endpoint.timeout):
                await connection._log_in()
        except TimeoutError as exc:
            what = f"the login was not answered within {endpoint.timeout:g} s"
            connection._tell_lost(what)
            await connection.close()
            raise SilentServer(endpoint.shown, what, "check that the url names a Devices app") from exc
        except BaseException as exc:
            if isinstance(exc, ServerError):
                connection._tell_lost(exc.what)
            await connection.close()
            raise
        connection._reader = asyncio.create_task(connection._read())
        connection._tick()
        return connection

    @property
    def key(self) -> str:
        """The session key of field encryption."""
        return self._session.key

    @property
    def is_usable(self) -> bool:
        """Whether a frame that is sent now, before anything else happens, is handed over to the network."""
        return self.failure is None and self._socket.state is State.OPEN

    async def settled(self) -> ServerError:
        """What ended it, waited for where the other side's farewell has come and the end has not."""
        if self.failure is None and self._reader:
            await asyncio.wait([self._reader], timeout=FAREWELL)
            self._fail(ConnectionLost(self._endpoint.shown, f"the connection was lost during {self._waiting_for()}"))
        assert self.failure is not None  # noqa: S101  (just set)
        return self.failure

    async def ended(self) -> ServerError:
        """Wait for its end; what ended it."""
        if self._reader:
            await asyncio.wait([self._reader])
        return await self.settled()

    def new_src(self) -> str:
        """A fresh `src`, for messages that belong together."""
        return self._session.new_src()

    async def submit(self, message: Mapping[str, Any], expect: Expect, done: Done, *, src: str | None = None) -> None:
        """Send a request; `done` is called once, with the answer or with what prevented it."""
        if self.failure is not None:
            done(self.failure)
            return
        src, frame = self._session.request(message, expect, self._loop.time(), self._endpoint.timeout, src)
        self._done[src] = done
        self._names[src] = str(message.get("mt"))
        await self._send(frame)

    async def post(self, message: Mapping[str, Any]) -> None:
        """Send a message that awaits nothing."""
        if self.failure is None:
            await self._send(self._session.frame(message, self._loop.time()))
        if self.failure is not None:
            raise self.failure

    async def give_up(self) -> None:
        """End it without a farewell, which nobody may hear; whatever still waits is told that it is lost."""
        self.failure = None
        what = "the connection was given up, since nothing was heard on it"
        self._fail(ConnectionLost(self._endpoint.shown, what, "try again"))
        self._socket.transport.abort()
        await self.close()

    async def close(self) -> None:
        """End it; whatever still waits is told that the connection is lost."""
        if self._timer:
            self._timer.cancel()
        if self._reader:
            self._reader.cancel()
        if self._tap:
            self._tap.closed()
        self._fail(ConnectionLost(self._endpoint.shown, "the connection was closed"))
        try:
            async with asyncio.timeout(FAREWELL + 0.5):
                await self._socket.close()
        except TimeoutError:  # a server that reads nothing does not even take a farewell
            pass
        finally:  # also where nobody waits for the farewell any more
            self._socket.transport.abort()
        await self._socket.wait_closed()
        if self._reader:
            await asyncio.wait([self._reader])
            if not self._reader.cancelled():
                self._reader.result()  # raises what whoever listens to notices or answers failed with

    async def _log_in(self) -> None:
        await self._send(self._session.open(self._loop.time()))
        while True:
            event = await self._next_event()
            match event:
                case Send(text):
                    await self._send(text)
                case LoggedIn():
                    return
                case LoginFailed(reason):
                    who = self._endpoint.credentials
                    what = f"the login to {visible(who.app)} of {visible(who.domain)} was refused"
                    said = f" ({visible(reason)})" if reason else ""
                    hint = "check the password, and app and domain in syncer.yaml"
                    raise LoginRefused(self._endpoint.shown, what + said, hint)
                case Reply() | Notice() | None:
                    pass

    async def _next_event(self) -> object:
        try:
            return self._session.receive(await self._receive(), self._loop.time())
        except (ConnectionClosed, MalformedMessage, ProtocolError, EOFError) as exc:
            raise self._explained(exc, during="the login") from exc

    async def _send(self, frame: str) -> None:
        self._sending += 1
        if self._tap and self._socket.state is State.OPEN:  # before it is sent, so that no answer comes before it
            self._tap.sent(frame)
        try:
            await self._socket.send(frame)
        except ConnectionClosed as exc:
            self._fail(self._explained(exc))
        finally:
            self._sending -= 1
            self._sent += 1

    async def _read(self) -> None:
        receive, session, now = self._receive, self._session.receive, self._loop.time
        try:
            while True:
                event = session(await receive(), now())
                if isinstance(event, Reply):
                    self._names.pop(event.src, None)
                    if done := self._done.pop(event.src, None):  # None: sending found out first that it is lost
                        done(Answer(event, self._session.key))
                elif isinstance(event, Notice) and self._on_notice:
                    self._on_notice(event.message)
        except (ConnectionClosed, MalformedMessage, ProtocolError) as exc:
            self._fail(self._explained(exc))
            await self._socket.close()
        finally:  # whatever ended it, nobody waits for what nobody reads
            self._fail(ConnectionLost(self._endpoint.shown, "the connection was closed"))

    async def _traced_receive(self) -> str | bytes:
        frame = await self._socket.recv()
        if self._tap:
            self._tap.received(frame)
        return frame

    def _tell_lost(self, why: str) -> None:
        if self._tap:
            self._tap.lost(why)

    def _tick(self) -> None:
        """Look at the deadlines, and keep an idle connection alive."""
        if self.failure is not None:
            return
        now = self._loop.time()
        if self._is_stuck(now):
            what = f"it took nothing more for {self._endpoint.timeout:g} s, during {self._waiting_for()}"
            self.is_silent = True
            self._fail(SilentServer(self._endpoint.shown, what, "try again, or give it more time with --timeout"))
            self._socket.transport.abort()
            return
        for src, name in self._session.expired(now):
            self.is_silent = True
            self._names.pop(src, None)
            what = f"no answer to {visible(name)} within {self._endpoint.timeout:g} s"
            self._done.pop(src)(
                SilentServer(self._endpoint.shown, what, "try again, or give it more time with --timeout")
            )
        if frame := self._session.keep_alive(now):
            task = asyncio.create_task(self._send(frame))
            self._background.add(task)
            task.add_done_callback(self._background.discard)
        self._timer = self._loop.call_later(min(_TICK, self._endpoint.timeout / 4), self._tick)

    def _is_stuck(self, now: float) -> bool:
        """Whether a frame of ours waits to be sent since the deadline; no reply's deadline counts before it is sent."""
        if not self._sending or self._sent != self._sent_before:
            self._sent_before, self._moved_at = self._sent, now
        return now - self._moved_at >= self._endpoint.timeout

    def _fail(self, failure: ServerError) -> None:
        self.failure = self.failure or failure
        self._tell_lost(self.failure.what)
        waiting, self._done = self._done, {}
        self._names.clear()
        for done in waiting.values():
            done(self.failure)

    def _explained(self, exc: Exception, during: str = "") -> ServerError:
        where = self._endpoint.shown
        during = during or self._waiting_for()
        if isinstance(exc, ConnectionClosed):
            if exc.sent is not None and exc.rcvd is None and exc.sent.code == _TOO_BIG:
                most = self._endpoint.limits.frame_bytes
                return BrokenMessage(where, f"a message of more than {most} bytes came during {during}")
            if exc.sent is not None and exc.rcvd is None and exc.sent.code in (1002, 1007):
                return BrokenMessage(where, f"what came during {during} is no websocket message")
            said = (
                f" (code {exc.rcvd.code} {visible(self._session.shown(exc.rcvd.reason))})".replace(" )", ")")
                if exc.rcvd
                else ""
            )
            return ConnectionLost(where, f"the connection was lost during {during}{said}", "try again")
        hint = "what answers there may be no Devices service, or a newer one"
        return BrokenMessage(where, f"a broken message came during {during}: {exc}", hint)

    def _waiting_for(self) -> str:
        oldest = next(iter(self._names.values()), None)
        return visible(oldest) if oldest else "a pause"
