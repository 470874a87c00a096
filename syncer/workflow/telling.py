"""Telling others of drift, by command and webhook: never in the watch's way, and nothing that is still true is lost.

Each receiver has a worker of its own. What waits for it is only the newest sighting; what it is told is the difference
to what it was told last, so that a sighting which was skipped, or which could not be told, is made up for by the next.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

from syncer.model.address import Address
from syncer.model.watch import Gauges, Sighting
from syncer.transport.webhook import place_of
from syncer.workflow import shell
from syncer.workflow.context import Context, Repository
from syncer.workflow.receivers import Command, Failed, Hidden, Receiver, Webhook

BACKOFF = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 120.0, 300.0)  # seconds, the last one from then on
_FAREWELL = 5.0  # seconds that what is under way or waits gets at the end


@dataclass(frozen=True, slots=True)
class Telling:
    """Who is told: a shell command that gets the event on stdin, a url that it is sent to."""

    command: str | None = None
    webhook: str | None = field(default=None, repr=False)


class Teller:
    """Tells every receiver."""

    def __init__(self, channels: tuple["_Channel", ...]) -> None:
        self._channels = channels

    def tell(self, sighting: Sighting) -> None:
        """As soon as may be; this does not wait for it."""
        for channel in self._channels:
            channel.offer(sighting)


@asynccontextmanager
async def open_teller(
    context: Context, repository: Repository, telling: Telling, gauges: Gauges, hidden: Hidden = frozenset
) -> AsyncIterator[Teller]:
    """A teller whose last words get some seconds; UsageProblem for a url that cannot be used.

    `hidden`: variables of the environment that a command is not to see, beside those that are secret anyway.
    """
    channels = tuple(_Channel(context, one, gauges) for one in _receivers(context, repository, telling, hidden))
    working = {asyncio.create_task(channel.run()): channel for channel in channels}
    try:
        yield Teller(channels)
    finally:
        await _end(working)


async def _end(working: Mapping[asyncio.Task[None], "_Channel"]) -> None:
    if not working:
        return
    for channel in working.values():
        channel.close()
    ended, late = await asyncio.wait(working, timeout=_FAREWELL)
    for task in late:
        working[task].give_up()
        task.cancel()
    if late:
        await asyncio.wait(late)
    for task in ended:
        task.result()  # a mistake of ours is not silent


def _receivers(context: Context, repository: Repository, telling: Telling, hidden: Hidden) -> list[Receiver]:
    found: list[Receiver] = []
    if telling.command:
        found.append(Command(context, telling.command, shell.environment_for(context, repository), hidden))
    if telling.webhook:
        place, secret = place_of(telling.webhook), context.environ.get(shell.WEBHOOK_SECRET, "")
        if not secret:
            context.warn(f"what is told to {place.shown} is not signed: {shell.WEBHOOK_SECRET} is not set")
        found.append(Webhook(context, place, secret))
    return found


class _Channel:
    """One receiver, and what it has to be told."""

    def __init__(self, context: Context, receiver: Receiver, gauges: Gauges) -> None:
        self._context, self._receiver, self._gauges = context, receiver, gauges
        self._newest: Sighting | None = None
        self._further: set[Address] = set()  # drifted since the last telling, or further than then
        self._told: frozenset[Address] = frozenset()  # what was drifted by the last telling
        self._woken, self._closing = asyncio.Event(), asyncio.Event()
        self._is_due = False

    def offer(self, sighting: Sighting) -> None:
        """It takes the place of an older one that waits."""
        self._newest = sighting
        self._further.update(sighting.new)
        self._is_due = True
        self._woken.set()

    def close(self) -> None:
        """Nothing more comes: what waits is tried at once, and only once."""
        self._closing.set()
        self._woken.set()

    def give_up(self) -> None:
        """It took too long."""
        self._gauges.told(succeeded=False)
        self._context.warn(f"{self._receiver.name} was not told of the last: no more time")

    async def run(self) -> None:
        """Until it is closed."""
        while self._is_due or not self._closing.is_set():
            await self._woken.wait()
            self._woken.clear()
            if self._is_due:
                await self._tell(0)

    async def _tell(self, tries: int) -> None:
        """With new tries as long as that has a point; what is newest takes over between two of them."""
        due, id_ = self._take(), self._new_id()
        while due is not None and (failed := await self._receiver.tell(due, id_)) is not None:
            self._further.update(due.new)
            if not await self._is_worth_another(failed, tries):
                return
            before, due, tries = due, self._take(), tries + 1
            id_ = id_ if due is not None and due.plan is before.plan else self._new_id()
        if due is not None:
            self._told = _drifted(due)
            self._gauges.told(succeeded=True)

    def _take(self) -> Sighting | None:
        """What is to be told now; None where nothing is different from what was told."""
        if self._newest is None:
            return None
        self._is_due, now = False, _drifted(self._newest)
        new, gone = (self._further | (now - self._told)) & now, self._told - now
        self._further.clear()
        if not new and not gone:
            return None
        return replace(self._newest, new=_sorted(new), gone=_sorted(gone))

    async def _is_worth_another(self, failed: Failed, tries: int) -> bool:
        """Tell people of a failure, and wait for the time of the next try, if there is to be one."""
        self._gauges.told(succeeded=False)
        is_last = failed.after is None or self._closing.is_set()
        pause = max(BACKOFF[min(tries, len(BACKOFF) - 1)], failed.after or 0.0)
        then = f"tried again in {pause:g} s" if not is_last else "told again with the next change"
        then = "not tried again" if self._closing.is_set() else then
        self._context.warn(f"{self._receiver.name} was not told of drift: {failed.why}; {then}")
        if is_last:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._closing.wait()
        return True

    def _new_id(self) -> str:
        return self._context.random(16).hex()


def _drifted(sighting: Sighting) -> frozenset[Address]:
    return frozenset(change.address for change in sighting.plan.changes)


def _sorted(addresses: frozenset[Address] | set[Address]) -> tuple[Address, ...]:
    return tuple(sorted(addresses, key=str))
