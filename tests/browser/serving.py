"""An emulator in a thread of its own, for tests that wait for a browser meanwhile."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from syncer.emulator import Emulator, Running, Store
from syncer.wire.profile import Profile

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Served:
    """An emulator that listens, and its thread's loop."""

    running: Running
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        """Of the page."""
        return self.running.page

    def ask(self, question: Callable[[Emulator], _Value]) -> _Value:
        """What the emulator, in its own thread, answers to `question`."""

        async def answer() -> _Value:
            return question(self.running.emulator)

        return asyncio.run_coroutine_threadsafe(answer(), self.loop).result()


@contextmanager
def served(profile: Profile | None = None, fill: Callable[[Store], object] | None = None) -> Iterator[Served]:
    """An emulator while the context lasts, over an installation that `fill` makes."""
    started: Future[tuple[Served, asyncio.Event]] = Future()

    async def serve() -> None:
        with Store() as store:
            if fill is not None:
                fill(store)
            stop = asyncio.Event()
            async with Emulator(store, profile=profile).start() as running:
                started.set_result((Served(running, asyncio.get_running_loop()), stop))
                await stop.wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as exc:
            if not started.done():
                started.set_exception(exc)
            raise

    with ThreadPoolExecutor(1) as thread:
        ended = thread.submit(run)
        one, stop = started.result()
        try:
            yield one
        finally:
            one.loop.call_soon_threadsafe(stop.set)
            ended.result()
