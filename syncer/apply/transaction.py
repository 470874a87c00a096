"""One apply: forward, level by level; and back, if something fails."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from syncer.apply.carry import Carried, outcome_of
from syncer.apply.execute import Executor, Job, OnOutcome, state_of
from syncer.apply.rollback import Rollback, Undone
from syncer.apply.setting import Pictures, Setting
from syncer.errors import SyncerError
from syncer.model.address import Action
from syncer.model.journal import Before, Phase
from syncer.model.plan import Ending, Outcome, Report, Result
from syncer.model.state import Live
from syncer.plan.order import levels
from syncer.plan.steps import Step
from syncer.plan.undo import Touched, lost_of

Gate = Callable[[], Awaitable[str]]  # why what follows must not be done; "" if it may
OnRollback = Callable[[int], OnOutcome]  # told how many are likely to be rolled back; outcomes are of the way back


class OnError(StrEnum):
    """What follows a failure."""

    ROLLBACK = "rollback"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Course:
    """What is done, in which order, and what follows a failure.

    `first` are numbers of changes that go ahead of all others, `gate` is asked before these. `kept` is what the journal
    has of each change. `earlier` is what a former run of the same apply touched, `done` what became there of changes
    that are not to be done any more.
    """

    jobs: Sequence[Job]
    on_error: OnError = OnError.ROLLBACK
    first: frozenset[int] = frozenset()
    gate: Gate | None = None
    kept: Mapping[int, Before] = field(default_factory=dict)
    earlier: Mapping[int, Touched] = field(default_factory=dict)
    done: Mapping[int, Outcome] = field(default_factory=dict)


class Transaction:
    """Carries out a plan once. `stop` from outside ends it after what is under way."""

    def __init__(
        self, setting: Setting, live: Live, course: Course, on_outcome: OnOutcome, on_rollback: OnRollback
    ) -> None:
        self._setting, self._course = setting, course
        self._on_rollback = on_rollback
        # what an earlier run did is done: nothing that follows can say that nothing was written
        sent = bool(course.earlier)
        self._scene = setting.scene(live, (step for _, step in course.jobs), sent=sent)
        pictures = Pictures(setting, live, course.kept)
        self._executor = Executor(
            self._scene,
            setting.journal,
            Phase.APPLY,
            parallelism=setting.parallelism,
            picture=pictures.new,
            on_outcome=on_outcome,
        )
        self._stopping = asyncio.Event()

    @property
    def has_written(self) -> bool:
        """Whether any write was sent, so that the server may be otherwise than before."""
        return self._scene.sent

    def stop(self) -> None:
        """A person wants it to end: start no further write, but those of a rollback."""
        self._executor.stop()
        self._stopping.set()

    async def run(self) -> Report:
        """StalePlan if the first object to be written is not what was planned; else what became of every change."""
        try:
            failure = await self._forward()
        except asyncio.CancelledError:  # a person would not wait for what is under way
            if not self.has_written:
                raise
            return replace(self._report(), ending=None, failure="interrupted", interrupted=True)
        report = replace(self._report(), interrupted=self._stopping.is_set())
        if not failure and len(self._executor.carried) == len(self._course.jobs):
            return report
        report = replace(report, failure=failure or "interrupted")
        if not self.has_written:
            return replace(report, ending=Ending.NOTHING_WRITTEN)
        if self._course.on_error is OnError.STOP:
            return replace(report, ending=_where_it_stopped(report))
        return await self._rolled_back(report)

    async def _forward(self) -> str:
        """Why it ended before its end; "" if it did not, or a person ended it."""
        jobs = self._course.jobs
        self._executor.check([step for _, step in jobs])
        first = [job for job in jobs if job[0] in self._course.first]
        await self._executor.run(_levels(first))
        if closed := await self._pass_gate():
            return closed
        await self._executor.run(_levels(job for job in jobs if job[0] not in self._course.first))
        failed = [one.outcome for one in self._executor.carried.values() if one.outcome.result is not Result.APPLIED]
        return f"{failed[0].address.shown}: {failed[0].result}: {failed[0].reason}" if failed else ""

    async def _pass_gate(self) -> str:
        gate = self._course.gate
        if gate is None or self._executor.has_stopped:
            return ""

        async def asked() -> str:
            try:
                return await gate()
            except (SyncerError, OSError) as exc:
                return f"whether to go on could not be found out: {exc}"

        asking = asyncio.ensure_future(asked())
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            if not asking.done():
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
        return asking.result() if not asking.cancelled() else ""

    async def _rolled_back(self, report: Report) -> Report:
        touched = self.touched()
        if not touched:
            return replace(report, ending=Ending.ROLLED_BACK)
        rollback = Rollback(self._setting, touched, self._on_rollback(self._to_take_back(touched)))
        try:
            undone = await rollback.run(assume=False)
        except asyncio.CancelledError:
            outcomes = self._report(rollback.so_far(report.failure)).outcomes
            return replace(report, outcomes=outcomes, ending=None, interrupted=True)
        report = replace(report, outcomes=self._report(undone).outcomes, interrupted=self._stopping.is_set())
        return replace(report, ending=ending_of(report, undone))

    def _to_take_back(self, touched: Mapping[int, Touched]) -> int:
        """As far as is known before the server is read again."""
        carried = self._executor.carried
        return sum(number not in carried or not carried[number].outcome.is_as_it_was for number in touched)

    def touched(self) -> dict[int, Touched]:
        """What may be otherwise than before, by this run or an earlier one."""
        steps = dict(self._course.jobs)
        found = dict(self._course.earlier)
        for number, carried in self._executor.carried.items():
            if carried.outcome.result is not Result.NOT_TRIED:
                found[number] = self._touched(number, steps[number], carried, found.get(number))
        return found

    def _touched(self, number: int, step: Step, carried: Carried, earlier: Touched | None) -> Touched:
        now, change = carried.now, step.change
        # what came of none of our writes yet may come of one that is late
        is_ours = carried.outcome.result is not Result.UNCHANGED
        state = state_of(now, step.ignored, self._setting.key) if is_ours else None
        if earlier is not None:  # what was there before is what was there before the first try
            is_new = earlier.action is Action.CREATE and change.action is Action.CREATE
            made = (now.id if now is not None else None) if is_new else earlier.id
            return replace(earlier, state=state, seen=now, id=made, meant=step.target, stray=carried.stray)
        lost = lost_of(change.action, carried.before, (d.path for d in change.diff), self._setting.service.write_only)
        return Touched(
            number,
            change.action,
            change.address,
            carried.before,
            step.ignored,
            self._scene.domain_id(step),
            lost,
            now.id if now is not None and change.action is Action.CREATE else None,
            state,
            now,
            step.target,
            carried.stray,
            self._scene.beside.get(change.address, frozenset()),
        )

    def _report(self, undone: Undone | None = None) -> Report:
        carried = {number: one.outcome for number, one in self._executor.carried.items()}
        untried = {number: outcome_of(step, Result.NOT_TRIED) for number, step in self._course.jobs}
        found = {**self._course.done, **untried, **carried}
        if undone is not None:
            found |= {number: undone.outcome(number, found[number]) for number in found if undone.concerns(number)}
        return Report(tuple(found[number] for number in sorted(found)))


def _where_it_stopped(report: Report) -> Ending | None:
    if report.count(Result.UNKNOWN):
        return None
    return Ending.ROLLED_BACK if report.leaves_as_it_was else Ending.STOPPED


def ending_of(report: Report, undone: Undone) -> Ending | None:
    """None where another try may do more."""
    if not undone.is_final:
        return None
    return Ending.ROLLED_BACK if report.leaves_as_it_was else Ending.PART_WAY


def _levels(jobs: Iterable[Job]) -> list[list[Job]]:
    return levels((step.change.action, step.change.address, (number, step)) for number, step in jobs)
