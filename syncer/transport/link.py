"""A login to one server that survives a lost connection; reads are asked again, writes are sent once at most."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from syncer.errors import ConnectionLost, NotSent, ServerError, SilentServer, UnreachableServer
from syncer.transport.connection import Answer, Connection, OnNotice, Outcome
from syncer.transport.dial import Endpoint
from syncer.wire.session import Expect

BACKOFF: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0, 4.0)  # seconds before each new try; the last goes for all that follow

_PASSING = (UnreachableServer, SilentServer, ConnectionLost)  # what a server that restarts may meet us with

Tick = Callable[[int], None]
Build = Callable[[str], tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]]


@dataclass(slots=True)
class _Outage:
    """The time since a request found the connection lost, until one is answered."""

    since: float
    first: ServerError
    tries: int = 0

    def left(self, now: float, reconnect_for: float) -> float:
        """Seconds in which it is still tried."""
        return self.since + reconnect_for - now

    def pause(self) -> float:
        """Seconds before the next try."""
        return BACKOFF[min(self.tries, len(BACKOFF) - 1)]

    def ended(self, last: ServerError, now: float) -> ConnectionLost:
        """What is told when it is tried no longer."""
        what = self.first.what
        if self.tries:
            what += f", and reconnecting for {round(now - self.since, 1):g} s did not help"
        if last.what != self.first.what:
            what += f", at last: {last.what}"
        return ConnectionLost(self.first.server, what, "try again, or give it more time with --reconnect-for")


class Link:
    """Requests to one server, at most `endpoint.window` at a time.

    A lost connection is made anew for the next request, until `endpoint.reconnect_for` has passed without an answer.
    """

    def __init__(self, endpoint: Endpoint, connection: Connection, on_notice: OnNotice | None) -> None:
        self.endpoint = endpoint
        self._connection = connection
        self._on_notice = on_notice
        self._reconnecting = asyncio.Lock()
        self._is_closed = False
        self._outage: _Outage | None = None
        self._ended: ServerError | None = None  # why it is not connected again
        self._window = asyncio.Semaphore(endpoint.window)
        self._by_type: dict[str, asyncio.Lock] = {}

    async def read(self, message: Mapping[str, Any], expect: Expect) -> Answer:
        """One read request, asked again after a lost connection."""
        return (await self.read_all([message], expect))[0]

    async def read_all(
        self, messages: Sequence[Mapping[str, Any]], expect: Expect, tick: Tick | None = None
    ) -> list[Answer]:
        """Many read requests of one sort, pipelined; answers in the order of the messages. `tick` counts answers."""
        answers: list[Answer | None] = [None] * len(messages)
        waiting = list(range(len(messages)))
        while waiting:
            connection = await self._connected()
            failure = await self._burst(connection, messages, waiting, expect, answers, tick)
            if failure is not None and not isinstance(failure, ConnectionLost):
                raise failure
            waiting = [i for i in waiting if answers[i] is None]
        return [answer for answer in answers if answer is not None]

    async def write(self, build: Build, expect: Expect | None) -> Answer | None:
        """Send a write once, its pieces first with the same `src`; None where no reply is awaited.

        `build` gets the session key of the connection that is written to, since ciphertexts belong to it. NotSent where
        there is no connection to send it on; after any other error of the connection some of it may have arrived.
        """
        if expect is not None and not expect.by_src:
            async with self._by_type.setdefault(expect.mt, asyncio.Lock()):
                try:
                    return await self._write(build, expect)
                except SilentServer:
                    await self.renew()  # a late answer would be taken for that of the next write
                    raise
        return await self._write(build, expect)

    async def renew(self) -> None:
        """Give up a connection that left a request unanswered, or broke off; the next request opens another one.

        Does nothing while no request on the present connection met with silence, so that of several who saw the same
        silence only the first ends something. What is under way on it is lost; reads are asked again by themselves.
        """
        connection = self._connection
        is_lost = isinstance(connection.failure, ConnectionLost)
        is_of_no_use = connection.is_silent or connection.failure is not None
        if is_of_no_use and not is_lost and not self._is_closed:
            self._outage = None
            await connection.give_up()

    async def lost(self) -> ServerError:
        """Wait until the present connection has ended; what ended it."""
        return await self._connection.ended()

    async def close(self) -> None:
        """Log out; a read that is still under way fails, and does not reconnect."""
        self._is_closed = True
        await self._connection.close()

    async def _write(self, build: Build, expect: Expect | None) -> Answer | None:
        async with self._window:
            connection = await self._connected_to_write()
            # Nothing is awaited before the first frame, or else the connection might be lost unnoticed in between.
            message, pieces = build(connection.key)
            src = connection.new_src()
            for piece in pieces:
                await connection.post({**piece, "src": src})
            if expect is None:
                await connection.post({**message, "src": src})
                return None
            outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

            def done(result: Outcome) -> None:
                if isinstance(result, Answer):
                    self._outage = None
                if not outcome.done():  # cancelled meanwhile
                    outcome.set_result(result)

            await connection.submit(message, expect, done, src=src)
            result = await outcome
        if isinstance(result, ServerError):
            raise result
        return result

    async def _burst(
        self,
        connection: Connection,
        messages: Sequence[Mapping[str, Any]],
        waiting: Sequence[int],
        expect: Expect,
        answers: list[Answer | None],
        tick: Tick | None,
    ) -> ServerError | None:
        """Send what waits and collect answers until all came or something failed."""
        failure: ServerError | None = None
        left = len(waiting)
        finished = asyncio.Event()

        def done(index: int, outcome: Outcome) -> None:
            nonlocal failure, left
            self._window.release()
            left -= 1
            if left == 0:
                finished.set()
            if not isinstance(outcome, Answer):
                failure = failure or outcome
                return
            self._outage = None
            answers[index] = outcome
            if tick:  # last: it may fail, and must leave nobody waiting
                tick(1)

        for index in waiting:
            await self._window.acquire()
            if failure is not None:
                self._window.release()
                left -= 1
                continue
            await connection.submit(messages[index], expect, partial(done, index))
        if left:
            await finished.wait()
        return failure

    async def _connected_to_write(self) -> Connection:
        try:
            return await self._connected()
        except ServerError as exc:
            raise NotSent(exc.server, exc.what, exc.hint) from exc

    async def _connected(self) -> Connection:
        async with self._reconnecting:
            last: ServerError | None = None  # what prevented the latest try
            while not self._connection.is_usable:
                lost = await self._connection.settled()
                if self._is_closed or not isinstance(lost, ConnectionLost):
                    raise lost
                last = await self._try_again(lost, last or lost)
            return self._connection

    async def _try_again(self, lost: ServerError, last: ServerError) -> ServerError | None:
        """Wait, and open another connection; what prevented it, unless that is final."""
        if self._ended:
            raise self._ended
        now = asyncio.get_running_loop().time
        outage = self._outage = self._outage or _Outage(now(), lost)
        left = outage.left(now(), self.endpoint.reconnect_for)
        if left <= 0:
            self._ended = outage.ended(last, now())
            raise self._ended
        await asyncio.sleep(min(outage.pause(), left))  # so that the last try is at the very end
        outage.tries += 1
        try:
            await self._reconnect()
        except _PASSING as exc:
            return exc
        except ServerError as exc:  # to log in again and again with a wrong password may lock the account
            self._ended = exc
            raise
        return None

    async def _reconnect(self) -> None:
        await self._connection.close()
        if self._is_closed:
            return
        self._connection = await Connection.open(self.endpoint, self._on_notice)
        if self._is_closed:  # meanwhile
            await self._connection.close()


@asynccontextmanager
async def open_link(endpoint: Endpoint, on_notice: OnNotice | None = None) -> AsyncIterator[Link]:
    """Connect and log in; the first attempt is the only one, so that a wrong url is told at once."""
    link = Link(endpoint, await Connection.open(endpoint, on_notice), on_notice)
    try:
        yield link
    finally:
        await link.close()
