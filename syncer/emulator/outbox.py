"""What waits to be sent on one connection: in order, each at its time."""

import asyncio
import heapq
from collections import deque
from collections.abc import Iterator
from itertools import count, cycle

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from syncer.emulator.exchange import Answer, Ending, Frame
from syncer.wire.messages import encode

_MUCH = 10_000  # waiting answers, at which no further message is read
_POLICY_VIOLATION = 1008


class Outbox:
    """Sends answers. Nothing that is put in after an answer that ends the connection is sent."""

    def __init__(self, socket: ServerConnection, *, interleave: bool) -> None:
        self._socket = socket
        self._interleave = interleave
        self._ready: deque[tuple[Iterator[Frame], Answer]] = deque()
        self._later: list[tuple[float, int, Answer]] = []
        self._held: list[Answer] = []
        self._number = count()  # keeps answers of one time in order
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self.ended = False

    @property
    def waiting(self) -> int:
        """How many answers are not sent yet."""
        return len(self._ready) + len(self._later)

    async def room(self) -> None:
        """Wait while there is much to send, so that a client that does not read is not read from either."""
        while self.waiting > _MUCH and not self.ended:
            self._room.clear()
            await self._room.wait()

    def put(self, answer: Answer, delay: float = 0.0) -> None:
        """Send an answer in `delay` seconds, and after it those that were held back until the next."""
        if self.ended:
            return
        if answer.hold:
            self._held.append(answer)
            return
        self.ended = answer.ending is not None
        self._enqueue(answer, delay)
        if self._held and answer.frames:
            held, self._held = self._held, []
            for one in held:
                self._enqueue(one, delay)
        self._work.set()

    def _enqueue(self, answer: Answer, delay: float) -> None:
        delay += answer.delay
        if delay:
            due = asyncio.get_running_loop().time() + delay
            heapq.heappush(self._later, (due, next(self._number), answer))
        else:
            self._make_ready(answer)

    def _make_ready(self, answer: Answer) -> None:
        self._ready.append((cycle(answer.frames) if answer.repeat else iter(answer.frames), answer))

    async def run(self) -> None:
        """Send until an answer ends the connection, or the connection ends itself."""
        try:
            await self._run()
        except ConnectionClosed:
            pass
        finally:
            self.ended = True
            self._room.set()

    async def _run(self) -> None:
        while True:
            if self._later:
                self._take_due()
            if not self._ready:
                self._room.set()
                await self._rest()
                continue
            frames, answer = self._ready[0]
            frame = next(frames, None)
            if frame is not None:
                await self._socket.send(encode(frame) if isinstance(frame, dict) else frame)
                if self._interleave:
                    self._ready.rotate(-1)
                if answer.repeat:
                    await asyncio.sleep(0)  # sending does not wait by itself, and others want their turn
                continue
            self._ready.popleft()
            if answer.ending is not None:
                await self._end(answer.ending)
                return

    def _take_due(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._later and self._later[0][0] <= now:
            self._make_ready(heapq.heappop(self._later)[2])

    async def _rest(self) -> None:
        self._work.clear()
        due = self._later[0][0] if self._later else None
        try:
            async with asyncio.timeout_at(due):
                await self._work.wait()
        except TimeoutError:
            pass

    async def _end(self, ending: Ending) -> None:
        if ending is Ending.CLOSE:
            await self._socket.close(_POLICY_VIOLATION)
        elif ending is Ending.ABORT:
            self._socket.transport.abort()
