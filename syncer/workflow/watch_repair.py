"""Taking drift back while watching: when, and when rather not."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from syncer.errors import GuardRefused, StalePlan, SyncerError
from syncer.model.address import Address
from syncer.model.plan import Plan
from syncer.plan.choosing import cut_off
from syncer.plan.planner import Planned
from syncer.plan.saved import seal_of, summary_of
from syncer.plan.steps import Step
from syncer.workflow.watch_picture import Picture, picture_of

_MINUTE, _HOUR = 60.0, 3600.0
_AT_ONCE_AGAIN = 5.0  # seconds after which a plan that was stale is tried once more
_SOON = 10 * _MINUTE  # what drifts again before that is somebody's doing
_MOST = 10_000  # addresses that are remembered

Fought = Callable[[Iterable[Address], float], None]  # told the addresses, and how many seconds they are left alone


@dataclass(slots=True)
class _Fight:
    """When an address was put back, how often in a row, and until when it is left alone."""

    put_back_at: float
    times: int = 1
    until: float = -math.inf

    @property
    def is_over_at(self) -> float:
        """From when on another drift is another story."""
        return self.put_back_at + max(_SOON, 2 * _doubled(self.times))


class Repairs:
    """Decides what is to be put back now; times are the loop's. `told` hears of somebody who keeps changing things."""

    def __init__(self, told: Fought) -> None:
        self._told = told
        self._fights: dict[Address, _Fight] = {}
        self._failures = 0
        self._not_before = -math.inf
        self._held: Picture | None = None  # a guard held back exactly that

    def wanted(self, planned: Planned, now: float) -> Plan | None:
        """What to apply now, sealed; None where there is nothing, or nothing yet."""
        self._fights = {address: one for address, one in self._fights.items() if now < max(one.until, one.is_over_at)}
        self._notice_fights(planned, now)
        steps = _needing_no_other(planned.steps, self._left_alone(now))
        if not steps or now < self._not_before or self._held == picture_of(step.change for step in steps):
            return None
        plan = planned.plan
        chosen = replace(plan, changes=tuple(one.change for one in steps), summary=summary_of(steps, plan.summary))
        return replace(chosen, seal=seal_of(chosen, planned.key))

    def due(self, planned: Planned, now: float) -> float:
        """When `wanted` may say something else of the same plan."""
        untils = [one.until for step in planned.steps if (one := self._fights.get(step.change.address))]
        return min((time for time in (self._not_before, *untils) if time > now), default=math.inf)

    def succeeded(self, plan: Plan, now: float) -> None:
        """It was put back."""
        self._failures, self._held, self._not_before = 0, None, -math.inf
        for change in plan.changes:
            fight = self._fights.pop(change.address, None)
            self._fights[change.address] = _Fight(now, fight.times + 1 if fight else 1)
        for address in list(self._fights)[:-_MOST]:
            del self._fights[address]

    def failed(self, plan: Plan, why: SyncerError | None, now: float) -> float | None:
        """It was not, which is for later; in how many seconds, None: once something else is drifted."""
        if isinstance(why, GuardRefused):
            self._held = picture_of(plan.changes)
            return None
        self._failures += 1
        wait = _AT_ONCE_AGAIN if isinstance(why, StalePlan) and self._failures == 1 else _doubled(self._failures)
        self._not_before = now + wait
        return wait

    def _notice_fights(self, planned: Planned, now: float) -> None:
        """What was put back not long ago, and is drifted again, is left alone for a while."""
        again: dict[float, list[Address]] = {}
        for address in dict.fromkeys(step.change.address for step in planned.steps):
            fight = self._fights.get(address)
            if fight is not None and fight.until == -math.inf:
                wait = _doubled(fight.times)
                fight.until = now + wait
                again.setdefault(wait, []).append(address)
        for wait, addresses in again.items():
            self._told(addresses, wait)

    def _left_alone(self, now: float) -> set[Address]:
        return {address for address, one in self._fights.items() if now < one.until}


def _needing_no_other(steps: tuple[Step, ...], left_alone: set[Address]) -> tuple[Step, ...]:
    """Steps that may be taken without those that are left alone."""
    while True:
        chosen = tuple(step for step in steps if step.change.address not in left_alone)
        more = {address for address, _ in cut_off(chosen, steps)} if len(chosen) < len(steps) else set[Address]()
        if not more:
            return chosen
        left_alone = left_alone | more


def _doubled(times: int) -> float:
    """Seconds: a minute, two, four, at most an hour."""
    return float(min(_MINUTE * 2 ** min(times - 1, 10), _HOUR))


def backoff(first: float, most: float) -> Iterator[float]:
    """Seconds between one try and the next, without end."""
    wait = first
    while True:
        yield wait
        wait = min(wait * 2, most)
