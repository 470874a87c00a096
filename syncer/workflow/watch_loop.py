"""The loop of a watch: session after session, and what there is to tell of them."""

import asyncio
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from syncer.errors import (
    ConnectionLost,
    Interrupted,
    LoginRefused,
    ProblemsError,
    ServerError,
    SilentServer,
    SyncerError,
    UntrustedCertificate,
    some,
)
from syncer.model.address import Address
from syncer.model.plan import Plan
from syncer.model.watch import About, Remark, Sighting
from syncer.plan.planner import Planned
from syncer.plan.saved import seal_of
from syncer.transport.notify import Notifier
from syncer.workflow.telling import Teller
from syncer.workflow.watch_applying import Applier
from syncer.workflow.watch_picture import Picture, picture_of, seen
from syncer.workflow.watch_repair import Repairs, backoff
from syncer.workflow.watch_session import Session, Surroundings, open_session

_LASTING = 60.0  # seconds after which a connection counts as one that holds
_NAMED_AT_MOST = 5
_HOW_LOST: Mapping[type[SyncerError], str] = dict.fromkeys((ConnectionLost, SilentServer), "connection lost")

Report = Callable[[Sighting | Remark], None]


class Watcher:
    """Watches until it is cancelled. `applier`: who takes drift back, None where nobody is to."""

    def __init__(
        self, around: Surroundings, report: Report, teller: Teller, notifier: Notifier, applier: Applier | None
    ) -> None:
        self._around, self._report, self._teller, self._notifier = around, report, teller, notifier
        self.is_ending = False  # set by whoever wants it to end once nothing is being written
        self._applier = applier
        self._repairs = Repairs(self._fought)
        self._picture: Picture | None = None  # None: nothing was compared yet
        self._told: dict[About, str] = {}  # what is so, and was told
        self._connected_at = math.inf
        self._pauses: Iterator[float] = backoff(0.5, 60.0)
        self._slow_pauses: Iterator[float] = backoff(60.0, 600.0)

    @property
    def is_writing(self) -> bool:
        """Whether drift is being taken back, and something may be written by now."""
        return self._applier is not None and self._applier.is_writing

    @property
    def is_drifted(self) -> bool:
        """Whether files and server differed when they were compared last."""
        return bool(self._picture)

    async def once(self) -> None:
        """Compare, and tell; SyncerError where that is not possible."""
        async with open_session(self._around) as session:
            await self._compare(session)

    async def run(self) -> None:
        """Compare and tell for ever; SyncerError only before the first comparison. Interrupted: by a person."""
        while not self.is_ending:
            try:
                wanted = await self._follow()
            except SyncerError as exc:
                if self._picture is None:
                    raise
                await self._pause(exc)
            else:
                await self._put_back(wanted)

    async def _follow(self) -> Plan:
        """One session, until there is something to put back."""
        try:
            async with open_session(self._around) as session:
                self._connected_at = self._now()
                self._around.gauges.connected(is_connected=True)
                while True:
                    planned = await self._compare(session)
                    self._tell_files()
                    if (wanted := self._wanted(planned)) is not None:
                        return wanted
                    due = self._repairs.due(planned, self._now()) if planned and self._applier else math.inf
                    await session.until_something(due)
        finally:
            self._around.gauges.connected(is_connected=False)

    async def _compare(self, session: Session) -> Planned | None:
        """What differs, which is told where it is news; None where they cannot be compared, which is told once."""
        try:
            planned = await session.check()
        except ProblemsError as exc:
            if self._picture is None:
                raise
            self._is_so(About.INCOMPARABLE, f"files and server cannot be compared: {exc}")
            planned = None
        self._is_over(About.LOST, About.BACK, "connected again")
        if planned is not None:
            self._is_over(About.INCOMPARABLE, About.COMPARABLE, "files and server can be compared again")
            self._see(planned)
        return planned

    def _see(self, planned: Planned) -> None:
        context, is_first = self._around.context, self._picture is None
        sighting = seen(self._time(), planned.plan, self._picture or {})
        self._picture = picture_of(planned.plan.changes)
        if is_first or sighting.new or sighting.gone:
            sealed = replace(planned.plan, seal=seal_of(planned.plan, planned.key))
            self._report(replace(sighting, plan=sealed))
            self._teller.tell(replace(sighting, plan=sealed))
        if not self._picture:
            self._told.pop(About.HELD, None)
        self._around.gauges.checked(context.now().timestamp(), len(self._picture))
        if is_first:
            self._notifier.ready()
        self._notifier.status(f"connected, {len(self._picture)} drifted")

    def _tell_files(self) -> None:
        files = self._around.files
        self._around.gauges.files(are_sound=not files.broken)
        if files.broken:
            self._is_so(About.FILES, f"the files cannot be used, the last sound ones stay in force: {files.broken}")
        else:
            self._is_over(About.FILES, About.FILES, "the files are sound again")
        if files.is_other_server:
            self._is_so(About.SETTINGS, "the settings of the server have changed; they are used after a restart")
        else:
            self._is_over(About.SETTINGS, About.SETTINGS, "the settings of the server are the old ones again")

    def _wanted(self, planned: Planned | None) -> Plan | None:
        """Not by files that are in the middle of something, and not on another server."""
        files = self._around.files
        if planned is None or self._applier is None or files.broken or files.is_other_server:
            return None
        return self._repairs.wanted(planned, self._now())

    async def _put_back(self, plan: Plan) -> None:
        assert self._applier is not None  # noqa: S101  (or else nothing is wanted)
        try:
            await self._applier.put_back(plan)
        except Interrupted as exc:
            self._remark(About.HELD, str(exc))
            raise
        except SyncerError as exc:
            self._around.gauges.applied(succeeded=False)
            wait = self._repairs.failed(plan, exc, self._now())
            again = "left so until something else drifts: `syncer apply` has these options" if wait is None else ""
            self._is_so(About.HELD, f"drift is not taken back: {exc}; {again or 'tried again later'}")
        else:
            self._told.pop(About.HELD, None)
            self._repairs.succeeded(plan, self._now())
            self._around.gauges.applied(succeeded=True)
            self._remark(About.APPLIED, f"put back: {_named(change.address for change in plan.changes)}")

    async def _pause(self, lost: SyncerError) -> None:
        """Wait before the next try. To log in again and again with a wrong password may lock the account."""
        if self._now() >= self._connected_at + _LASTING:
            self._pauses, self._slow_pauses = backoff(0.5, 60.0), backoff(60.0, 600.0)
        self._connected_at = math.inf
        is_final = not isinstance(lost, ServerError) or isinstance(lost, LoginRefused | UntrustedCertificate)
        wait = next(self._slow_pauses if is_final else self._pauses)
        what = lost.what if isinstance(lost, ServerError) else str(lost)
        is_first = About.LOST not in self._told
        how = _HOW_LOST.get(type(lost), "the server cannot be read") if is_first else "still not connected"
        self._is_so(About.LOST, f"{how}: {what}; trying again{' now and then' if is_final else ''}")
        self._notifier.status("not connected")
        share = int.from_bytes(self._around.context.random(2)) / 0xFFFF
        await asyncio.sleep(wait * (1 + share) / 2)

    def _fought(self, addresses: Iterable[Address], wait: float) -> None:
        minutes = f"{wait / 60:g} min"
        self._remark(
            About.FOUGHT,
            f"somebody else keeps changing {_named(addresses)}; put back again in {minutes} at the soonest",
        )

    def _is_so(self, about: About, text: str) -> None:
        """Tell it, unless that was told last."""
        if self._told.get(about) != text:
            self._told[about] = text
            self._remark(about, text)

    def _is_over(self, about: About, then: About, text: str) -> None:
        """Tell that it is over, if it was so."""
        if self._told.pop(about, None) is not None:
            self._remark(then, text)

    def _remark(self, about: About, text: str) -> None:
        self._report(Remark(self._time(), about, text))

    def _time(self) -> str:
        return self._around.context.now().isoformat(timespec="seconds")

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _named(addresses: Iterable[Address]) -> str:
    return some(tuple(dict.fromkeys(addresses)), _NAMED_AT_MOST, lambda one: one.shown)
