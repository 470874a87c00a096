"""One pass over numbered steps: levels in order, the first write of each alone, then several at a time."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from syncer.apply.carry import Carried, Moved, carry, outcome_of, write_of
from syncer.apply.journal import Journal
from syncer.apply.scene import Scene
from syncer.apply.verify import same_place, strangers
from syncer.errors import ServerError, StalePlan, SyncerError
from syncer.model.address import Action, Kind
from syncer.model.journal import Begun, Ended, Image, Phase
from syncer.model.plan import Outcome, Result
from syncer.model.state import LiveObject
from syncer.plan.digest import base_of, keyed
from syncer.plan.steps import Step

OnOutcome = Callable[[Outcome], None]
Job = tuple[int, Step]  # the number of the change in the plan, and what to do
Picture = Callable[[int, LiveObject], Image | None]  # an image where the journal does not have the object like that

_HARMLESS = frozenset({Result.APPLIED, Result.UNCHANGED, Result.REFUSED, Result.NOT_TRIED})


class Executor:
    """Carries steps out; a failure ends the pass after what is under way, and so does `stop` from outside.

    A rollback goes on with others where a step only was not possible: each has its own precondition.
    """

    def __init__(
        self,
        scene: Scene,
        journal: Journal,
        phase: Phase,
        *,
        parallelism: int,
        picture: Picture,
        on_outcome: OnOutcome,
    ) -> None:
        self._scene, self._journal, self._phase = scene, journal, phase
        self._parallelism, self._picture, self._on_outcome = parallelism, picture, on_outcome
        self._stopped = False
        self._under_way: dict[int, Step] = {}
        self.carried: dict[int, Carried] = {}

    def stop(self) -> None:
        """Start no further write."""
        self._stopped = True

    @property
    def has_stopped(self) -> bool:
        """Whether it ended, or is about to end, before its last step."""
        return self._stopped

    def check(self, steps: Sequence[Step]) -> None:
        """What the wire profile cannot say is told before anything is sent."""
        for step in steps:
            self._scene.service.check(
                write_of(step, self._scene.domain_id(step), step.live, self._scene.categories_of(step))
            )

    async def run(self, levels: Sequence[Sequence[Job]]) -> None:
        """StalePlan if the first object to be written is not what was planned; `carried` tells what came of all."""
        try:
            for level in levels:
                await self._one(level[0])  # alone: were the wire profile wrong, one object tells
                await self._several(level[1:])
                await self._look_for_doubles(level)
        except asyncio.CancelledError:  # a person would not wait for what is under way
            self._stopped = True
            for number, step in self._under_way.items():
                outcome = outcome_of(step, Result.UNKNOWN, "interrupted while it was under way")
                self.carried[number] = Carried(outcome, step.live)
            raise

    async def _several(self, jobs: Sequence[Job]) -> None:
        waiting = iter(jobs)

        async def work() -> None:
            for job in waiting:
                try:
                    await self._one(job)
                except BaseException:
                    self._stopped = True
                    raise

        workers = (work() for _ in range(min(self._parallelism, len(jobs))))
        ended = await asyncio.gather(*workers, return_exceptions=True)  # what is under way finishes, whatever happens
        for failure in ended:
            if failure is not None:
                raise failure

    async def _look_for_doubles(self, level: Sequence[Job]) -> None:
        """Somebody may have made the same at the same moment, which no reading before a write can prevent."""
        made = [(number, step) for number, step in level if self._is_made(number, step)]
        by_scope: dict[tuple[int | None, bool], list[Job]] = {}
        for number, step in made:
            by_scope.setdefault((self._scene.domain_id(step), step.change.address.kind is Kind.DOMAIN), []).append(
                (number, step)
            )
        for jobs in by_scope.values():
            first = jobs[0][1]
            try:
                listed = await self._scene.fresh.listing(first.change.address, self._scene.domain_id(first))
            except ServerError:  # whatever follows meets the same, and tells
                return
            for number, step in jobs:
                if strangers(step, self._scene, listed):
                    self._tell_double(number, step, [one.id for one in listed if same_place(one, step)])

    def _is_made(self, number: int, step: Step) -> bool:
        carried = self.carried.get(number)
        is_create = step.change.action is Action.CREATE
        return is_create and carried is not None and carried.outcome.result is Result.APPLIED

    def _tell_double(self, number: int, step: Step, ids: Sequence[int]) -> None:
        told = ", ".join(f"id {one}" for one in ids)
        outcome = outcome_of(step, Result.FAILED, f"somebody made the same meanwhile: {told}")
        self.carried[number] = replace(self.carried[number], outcome=outcome)
        self._stopped = True
        self._tell(number, step, self.carried[number])

    async def _one(self, job: Job) -> None:
        async with self._scene.turn(job[1]):
            if not self._stopped:
                await self._carry_out(*job)

    async def _carry_out(self, number: int, step: Step) -> None:
        self._under_way[number] = step
        try:
            carried = await carry(step, self._scene, partial(self._announce, number))
        except (Moved, SyncerError) as exc:
            carried = Carried(self._not_tried(step, exc), step.live, moved=isinstance(exc, Moved))
        if step.change.action is Action.CREATE and carried.now is not None:
            self._scene.made(step, carried.now)
        if not self._goes_on(carried.outcome.result):
            self._stopped = True
        del self._under_way[number]
        self.carried[number] = carried
        self._tell(number, step, carried)
        self._on_outcome(carried.outcome)

    def _goes_on(self, result: Result) -> bool:
        if self._phase is Phase.ROLLBACK:
            return result in _HARMLESS
        return result is Result.APPLIED

    def _not_tried(self, step: Step, exc: Moved | SyncerError) -> Outcome:
        if self._scene.sent:
            return outcome_of(step, Result.NOT_TRIED, str(exc))
        if isinstance(exc, SyncerError):
            raise exc
        what = f"{step.change.address.shown}: {exc}; nothing was written. Plan again and review it"
        raise StalePlan(what) from exc

    async def _announce(self, number: int, before: LiveObject | None) -> None:
        image = self._picture(number, before) if before is not None else None
        await self._journal.announce(Begun(number, self._phase, image))

    def _tell(self, number: int, step: Step, carried: Carried) -> None:
        now, outcome = carried.now, carried.outcome
        state = state_of(now, step.ignored, self._scene.key)
        self._journal.tell(Ended(number, self._phase, outcome.result, outcome.reason, now.id if now else None, state))


def state_of(now: LiveObject | None, ignored: frozenset[str], key: bytes) -> str | None:
    """A digest by which it can be told later whether somebody else changed an object since."""
    return keyed(key, base_of(now, ignored)) if now is not None else None
