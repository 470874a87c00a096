"""A login to one server that survives a lost connection for reads; writes are sent once, whatever happens."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from syncer.errors import ConnectionLost, ServerError, SilentServer, UnreachableServer
from syncer.transport.connection import Answer, Connection, OnNotice, Outcome
from syncer.transport.dial import Endpoint
from syncer.wire.session import Expect

BACKOFF = (0.2, 0.5, 1.0, 2.0, 4.0)  # seconds before each new try; after the last the read fails

Tick = Callable[[int], None]
Build = Callable[[str], tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]]


class Link:
    """Requests to one server, at most `endpoint.window` at a time."""

    def __init__(self, endpoint: Endpoint, connection: Connection, on_notice: OnNotice | None) -> None:
        self.endpoint = endpoint
        self._connection = connection
        self._on_notice = on_notice
        self._reconnecting = asyncio.Lock()
        self._is_closed = False
        self._tries = 0  # lost connections since the last answer
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

        `build` gets the session key of the connection that is written to, since ciphertexts belong to it.
        """
        if expect is not None and not expect.by_src:
            async with self._by_type.setdefault(expect.mt, asyncio.Lock()):
                try:
                    return await self._write(build, expect)
                except SilentServer:
                    await self._connection.close()  # a late answer would be taken for that of the next write
                    raise
        return await self._write(build, expect)

    async def close(self) -> None:
        """Log out; a read that is still under way fails, and does not reconnect."""
        self._is_closed = True
        await self._connection.close()

    async def _write(self, build: Build, expect: Expect | None) -> Answer | None:
        async with self._window:
            connection = self._connection
            message, pieces = build(connection.key)
            src = connection.new_src()
            for piece in pieces:
                await connection.post({**piece, "src": src})
            if expect is None:
                await connection.post({**message, "src": src})
                return None
            outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

            def done(result: Outcome) -> None:
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
            self._tries = 0
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

    async def _connected(self) -> Connection:
        async with self._reconnecting:
            while (lost := self._connection.failure) is not None:
                if not isinstance(lost, ConnectionLost) or self._tries >= len(BACKOFF) or self._is_closed:
                    raise lost
                await asyncio.sleep(BACKOFF[self._tries])
                self._tries += 1
                await self._reconnect()
            return self._connection

    async def _reconnect(self) -> None:
        await self._connection.close()
        if self._is_closed:
            return
        try:
            self._connection = await Connection.open(self.endpoint, self._on_notice)
        except (UnreachableServer, SilentServer, ConnectionLost):
            if self._tries >= len(BACKOFF):
                raise
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
