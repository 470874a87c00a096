"""An emulator on a thread of its own, for what runs in other processes or has an event loop of its own."""

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from syncer.emulator import Emulator, Faults, Store
from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.service import Service
from syncer.wire.profile import Profile

HOME = "example.com"
PASSWORD = "instance-pw"
PATIENCE = 30.0  # seconds

_T = TypeVar("_T")

Watch = Callable[[Call, Handler], Answer]  # stands around the handling of every message


class Watched(Faults):
    """Faults, and somebody who looks on."""

    def __init__(self) -> None:
        super().__init__()
        self.watch: Watch = lambda call, handle: handle(call)

    def answer(self, call: Call, service: Service) -> Answer:
        """As ever, watched."""
        return self.watch(call, lambda call: super(Watched, self).answer(call, service))


class Served:
    """A service that listens as long as the context lasts. Its store belongs to its thread: reach it through `on`."""

    def __init__(self, profile: Profile, fill: Callable[[Store], None]) -> None:
        self._profile, self._fill = profile, fill
        self.faults = Watched()
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._ready, self._ended = threading.Event(), asyncio.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(PATIENCE)
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(self, _type: type[BaseException] | None, _exc: object, _where: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def on(self, do: Callable[[Store], _T]) -> _T:
        """Something done to the store, between two messages."""

        async def done() -> _T:
            return do(self._store)

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(PATIENCE)

    @property
    def service(self) -> Service:
        """For faults, which may do things in its place."""
        return self._emulator.service

    def settle(self) -> None:
        """Returns once every client is gone, so that all they sent was handled."""

        async def gone() -> None:
            while self._emulator._connections:  # noqa: ASYNC110  # it tells nobody
                await asyncio.sleep(0.001)

        asyncio.run_coroutine_threadsafe(asyncio.wait_for(gone(), PATIENCE), self._loop).result()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._serve())
        except BaseException as exc:  # noqa: BLE001  # told to whoever waits
            self._failure = exc
            self._ready.set()

    async def _serve(self) -> None:
        with Store(":memory:", instance_domain=HOME, password=PASSWORD) as store:
            self._store = store
            self._fill(store)
            self._emulator = Emulator(store, profile=self._profile)
            self._emulator.faults = self.faults
            async with self._emulator.start() as running:
                self.url = running.url
                self._ready.set()
                await self._ended.wait()
