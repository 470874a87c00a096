"""Watching: files and server compared whenever one of them changes, until somebody ends it."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from syncer.errors import Interrupted, UsageProblem
from syncer.transport.notify import Notifier
from syncer.workflow.context import Context
from syncer.workflow.metrics import open_gauges
from syncer.workflow.telling import Telling, open_teller
from syncer.workflow.watch_applying import Applier
from syncer.workflow.watch_files import WatchedFiles
from syncer.workflow.watch_loop import Report, Watcher
from syncer.workflow.watch_session import Surroundings

RECHECK = 900.0  # seconds from one reading of everything to the next


@dataclass(frozen=True, slots=True)
class Watching:
    """How to watch: `once` or for ever; `apply` takes drift back. `metrics`: where to serve them, [HOST]:PORT.

    `only` and `since` as for a plan. `recheck`: seconds after which everything is read anew.
    """

    only: tuple[str, ...] = ()
    since: Path | None = None
    recheck: float = RECHECK
    once: bool = False
    apply: bool = False
    telling: Telling = field(default_factory=Telling)
    metrics: str | None = None


async def watch(context: Context, wishes: Watching, report: Report) -> bool:
    """Compare, and tell what is drifted and what is in step again; whether something is drifted at the end.

    SIGTERM ends it, and is no failure; what is being written then comes to its end.
    """
    if wishes.once and wishes.apply:
        raise UsageProblem("--once only looks; `syncer apply --yes` takes drift back once")
    watching = replace(context, reconnect_for=0.0, warn=_once(context.warn))  # a session reconnects by beginning anew
    files = WatchedFiles(watching, wishes.since)
    notifier = Notifier(context.environ)
    async with (
        open_gauges(wishes.metrics) as gauges,
        open_teller(context, files.repository, wishes.telling, gauges, lambda: files.variables) as teller,
        _kept_alive(notifier),
    ):
        salt = context.random(16).hex()
        counts_devices = wishes.metrics is not None
        around = Surroundings(watching, files, gauges, wishes.only, wishes.recheck, counts_devices, salt)
        watcher = Watcher(around, report, teller, notifier, Applier(context) if wishes.apply else None)
        try:
            await (watcher.once() if wishes.once else _until_ended(watcher))
        finally:
            notifier.stopping()
        return watcher.is_drifted


def _once(warn: Callable[[str], None]) -> Callable[[str], None]:
    """Each connection warns anew of what a person read when the first one was made."""
    told: set[str] = set()

    def warned(text: str) -> None:
        if text not in told:
            told.add(text)
            warn(text)

    return warned


@asynccontextmanager
async def _kept_alive(notifier: Notifier) -> AsyncIterator[None]:
    """Whoever asks for it hears that the event loop turns."""

    async def tell(interval: float) -> None:
        while True:
            notifier.alive()
            await asyncio.sleep(interval)

    telling = asyncio.create_task(tell(notifier.interval)) if notifier.interval else None
    try:
        yield
    finally:
        if telling:
            telling.cancel()
            await asyncio.wait([telling])


async def _until_ended(watcher: Watcher) -> None:
    """Ctrl-C ends it like everything else; SIGTERM is how a service is ended, so that is its end as it should be."""
    work = asyncio.create_task(watcher.run())
    usual = signal.getsignal(signal.SIGINT)

    def end() -> None:
        watcher.is_ending = True
        if not watcher.is_writing:
            work.cancel()
        elif signal.getsignal(signal.SIGINT) is not usual:  # an apply is at work, which knows how to end
            signal.raise_signal(signal.SIGINT)

    with _on_sigterm(end):
        try:
            await work
        except (asyncio.CancelledError, Interrupted):
            if not watcher.is_ending:
                raise


@contextmanager
def _on_sigterm(end: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    before: Any = signal.getsignal(signal.SIGTERM)
    with contextlib.suppress(ValueError):  # not the main thread: signals are somebody else's business
        if before is not signal.SIG_IGN:
            signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(end))
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            signal.signal(signal.SIGTERM, before)
