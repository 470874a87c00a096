"""The executor: levels in order, the first write of each alone, then several at a time; the first failure stops it."""

import asyncio
from collections.abc import Callable, Sequence

from syncer.apply.carry import Moved, carry, write_of
from syncer.apply.fresh import Fresh
from syncer.apply.scene import Scene
from syncer.devices.interface import Service
from syncer.errors import StalePlan, SyncerError
from syncer.model.plan import Outcome, Report, Result
from syncer.model.state import Live, LiveObject, Policy
from syncer.plan.order import levels
from syncer.plan.planner import Planned, Step
from syncer.plan.target import found_at

OnOutcome = Callable[[Outcome], None]


class Executor:
    """Carries out a plan once. `stop` set from outside ends it after what is under way."""

    def __init__(
        self,
        service: Service,
        planned: Planned,
        live: Live,
        policy: Policy,
        *,
        parallelism: int,
        clock: Callable[[], float],
        on_outcome: OnOutcome,
    ) -> None:
        self._steps = planned.steps
        self._parallelism = parallelism
        self._on_outcome = on_outcome
        self._outcomes: dict[int, Outcome] = {}
        self._stopped = False
        self._under_way: set[int] = set()
        self.interrupted = False
        names = {domain.domain.id: domain.name for domain in live.domains}
        self._scene = Scene(
            service,
            Fresh(service, clock),
            planned.key,
            lambda step: policy.masked(step.change.address, *(found_at(step.live, names) if step.live else ())),
            {domain.name: domain.domain.id for domain in live.domains},
            _categories_by_name(live),
        )

    def stop(self) -> None:
        """A person wants it to end: start no further write."""
        self.interrupted = self._stopped = True

    async def run(self) -> Report:
        """StalePlan if the first object to be written is not what was planned; else what became of every change."""
        self._check_all()
        try:
            for level in levels((s.change.action, s.change.address, s) for s in self._steps):
                await self._one(level[0])  # alone: were the wire profile wrong, one object tells
                await self._several(level[1:])
        except asyncio.CancelledError:  # a person would not wait for what is under way
            if not self._scene.sent:
                raise
            self.interrupted = True
        return Report(tuple(map(self._outcome, self._steps)))

    def _outcome(self, step: Step) -> Outcome:
        address, action = step.change.address, step.change.action
        if id(step) in self._under_way:
            return Outcome(address, action, Result.UNKNOWN, "interrupted while it was under way")
        return self._outcomes.get(id(step)) or Outcome(address, action, Result.NOT_TRIED)

    def _check_all(self) -> None:
        """What the wire profile cannot say is told before anything is sent."""
        for step in self._steps:
            write = write_of(step, self._scene.domain_id(step), step.live, self._scene.categories_of(step))
            self._scene.service.check(write)

    async def _several(self, steps: Sequence[Step]) -> None:
        waiting = iter(steps)

        async def work() -> None:
            for step in waiting:
                try:
                    await self._one(step)
                except BaseException:
                    self._stopped = True
                    raise

        workers = (work() for _ in range(min(self._parallelism, len(steps))))
        ended = await asyncio.gather(*workers, return_exceptions=True)  # what is under way finishes, whatever happens
        for failure in ended:
            if failure is not None:
                raise failure

    async def _one(self, step: Step) -> None:
        if self._stopped:
            return
        self._under_way.add(id(step))
        try:
            outcome = await carry(step, self._scene)
        except (Moved, SyncerError) as exc:
            if self._scene.sent:
                outcome = Outcome(step.change.address, step.change.action, Result.NOT_TRIED, str(exc))
            elif isinstance(exc, SyncerError):
                raise
            else:
                what = f"{step.change.address.shown}: {exc}; nothing was written. Plan again and review it"
                raise StalePlan(what) from exc
        if outcome.result is not Result.APPLIED:
            self._stopped = True
        self._under_way.discard(id(step))
        self._outcomes[id(step)] = outcome
        self._on_outcome(outcome)


def _categories_by_name(live: Live) -> dict[int, dict[str, LiveObject]]:
    """Live categories by the id of their domain, then by name."""
    return {
        domain.domain.id: {category.address.name: category for category in domain.categories} for domain in live.domains
    }
