"""One connection of a watch: read, compare, tell; then wait for an event, for other files, or for the next look."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from syncer.devices.following import Follower
from syncer.model.state import Desired, Live
from syncer.model.watch import Gauges
from syncer.plan.planner import Origin, Planned, make_plan, reads_content, wants
from syncer.plan.whose import told_whose
from syncer.workflow.connecting import Connected, connect
from syncer.workflow.context import Context
from syncer.workflow.watch_files import WatchedFiles

DEBOUNCE = 0.1  # seconds from an event to the reading, since events seldom come alone
LOOK = 2.0  # seconds between two looks at the files
QUIET = 30.0  # seconds without a sign of the server until it is asked for one


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a session works with, which outlives it. `salt`: of all plans of a watch, so that they can be compared."""

    context: Context
    files: WatchedFiles
    gauges: Gauges
    only: tuple[str, ...]
    recheck: float
    counts_devices: bool
    salt: str


class Session:
    """A login, and what is followed by it."""

    def __init__(self, around: Surroundings, connected: Connected, follower: Follower) -> None:
        self._around, self._connected, self._follower = around, connected, follower
        self._loop = asyncio.get_running_loop()
        self._lost = asyncio.create_task(connected.service.lost())
        self._lost.add_done_callback(lambda _: follower.woken.set())
        self._checked_at = self._looked_at = -math.inf
        self._next_at = -math.inf  # before that nothing is checked again
        self._digest: tuple[Desired, str] | None = None  # of the files that were compared last
        self.heard_at = self._loop.time()

    async def check(self) -> Planned:
        """Read what is due, and compare; ServerError, or ProblemsError where they cannot be compared."""
        begun, desired = self._loop.time(), self._around.files.desired
        if self._checked_at == -math.inf:
            self._around.context.progress.phase("reading the server", None)
        if begun >= self._checked_at + self._around.recheck:
            self._follower.forget()
            self._checked_at = begun
        live = await self._follower.current(self._connected.service, reads_content(desired), wants(desired))
        self.heard_at = self._loop.time()
        try:
            return await asyncio.to_thread(self._plan, desired, live)
        finally:
            self._tell_devices()
            self._around.context.progress.close()
            now = self._loop.time()
            self._next_at = now + min(now - begun, 1.0)  # so that events without end leave the machine some rest

    def _plan(self, desired: Desired, live: Live) -> Planned:
        known = self._digest[1] if self._digest and self._digest[0] is desired else None
        planned = make_plan(desired, live, self._origin(), self._around.only, files_digest=known)
        self._digest = desired, planned.plan.files_digest
        third = self._around.files.third
        return told_whose(planned, third(self._connected.password), desired, live) if third else planned

    def _origin(self) -> Origin:
        server = self._around.files.repository.server
        now = self._around.context.now().isoformat(timespec="seconds")
        return Origin(
            server.name, server.url, self._connected.password, self._connected.profile.digest, now, self._around.salt
        )

    async def until_something(self, until: float) -> None:
        """Wait until there is something to check, or until that time of the loop; ServerError once it is lost."""
        while True:
            self._follower.woken.clear()
            if self._lost.done():
                raise self._lost.result()
            now, due = self._loop.time(), self._follower.due()
            if due is not None and due <= now:
                await asyncio.sleep(max(DEBOUNCE, self._next_at - now))
                return
            if now >= min(until, self._checked_at + self._around.recheck) or await self._have_files_changed(now):
                return
            if now >= self.heard_at + QUIET:
                await self._connected.service.user_info()
                self.heard_at = now = self._loop.time()
            times = (self._looked_at + LOOK, self.heard_at + QUIET, self._checked_at + self._around.recheck)
            await self._woken(min(until, *times, math.inf if due is None else due))

    async def _have_files_changed(self, now: float) -> bool:
        """To load many takes seconds, in which metrics are asked for and pings come."""
        if now < self._looked_at + LOOK:
            return False
        self._looked_at = now
        self._tell_devices()
        return await asyncio.to_thread(self._around.files.changed)

    def _tell_devices(self) -> None:
        presence = self._follower.presence
        if presence is not None and (counts := presence.counts) is not None:
            self._around.gauges.devices(*counts)

    async def _woken(self, until: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._follower.woken.wait()

    async def end(self) -> None:
        """Nothing is waited for any more."""
        self._lost.cancel()
        await asyncio.wait([self._lost])


@asynccontextmanager
async def open_session(around: Surroundings) -> AsyncIterator[Session]:
    """Log in; at the end log out, and with that end all subscriptions."""
    follower = Follower(counts_devices=around.counts_devices)
    session: Session | None = None

    def heard(message: Mapping[str, Any]) -> None:
        follower.note(message)
        around.gauges.heard()
        if session is not None:
            session.heard_at = asyncio.get_running_loop().time()

    async with connect(around.context, around.files.repository, heard) as connected:
        session = Session(around, connected, follower)
        try:
            yield session
        finally:
            await session.end()
