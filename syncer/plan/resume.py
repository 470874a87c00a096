"""Going on with an apply that was cut off: what of its plan is still to be done."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from syncer.errors import StalePlan
from syncer.model.address import Action
from syncer.model.plan import Change, Plan
from syncer.plan.planner import Planned
from syncer.plan.saved import keys_of, stale_reasons, summary_of
from syncer.plan.steps import Step


def still_to_do(
    cut_off: Plan, begun: frozenset[int], made: Mapping[int, int], made_again: Mapping[int, int], now: Planned
) -> tuple[Planned, tuple[int, ...]]:
    """The steps of `now` that the plan holds, with the numbers that they have there.

    What was begun may be anything now, and is done where it still differs, unless the object is another one by now; all
    else must be as it was planned. By the numbers of their changes: `made` are ids of what the apply is known to have
    created, `made_again` new ids of what a rollback made again before it was cut off itself. StalePlan with all that is
    not.
    """
    keys = keys_of(
        replace(change, id=made_again.get(number, change.id)) for number, change in enumerate(cut_off.changes)
    )
    steps = dict(zip(keys_of(step.change for step in now.steps), now.steps, strict=True))
    others = {str(step.change.address): step for key, step in steps.items() if key not in set(keys)}
    chosen: dict[int, Step] = {}
    stale: list[str] = []
    for number, change in enumerate(cut_off.changes):
        step = steps.get(keys[number])
        if number not in begun:
            stale += stale_reasons(change, step)
        elif step is None:
            step = others.get(str(change.address))
            stale += _replaced(change, step, made.get(number))
        if step is not None:
            chosen[number] = step
    if stale:
        told = "\n  ".join(stale)
        raise StalePlan(f"the server moved on since the apply was cut off:\n  {told}\nroll back, and plan again")
    return _only(chosen, now), tuple(chosen)


def _replaced(change: Change, step: Step | None, made: int | None) -> Iterator[str]:
    """Why a step at the address of a change is not what is left of it. A create that landed otherwise is an update."""
    if step is not None and (change.action, step.change.action) != (Action.CREATE, Action.UPDATE):
        yield f"{change.action} {change.address.shown}: it would be a {step.change.action} of another object now"
    elif step is not None and step.change.id != made:
        yield f"{change.action} {change.address.shown}: whether what is there now is ours is not known"


def _only(chosen: Mapping[int, Step], now: Planned) -> Planned:
    steps = tuple(chosen.values())
    changes = tuple(step.change for step in steps)
    plan = replace(now.plan, changes=changes, summary=summary_of(steps, now.plan.summary))
    return replace(now, plan=plan, steps=steps)
