"""Reading back what was written: an outcome says what is live, whatever the server said."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from syncer.apply import wording
from syncer.apply.fresh import name_refs, named_refs
from syncer.apply.scene import Scene
from syncer.model.address import Action, Kind
from syncer.model.fields import fields_of
from syncer.model.plan import FieldDiff, Outcome, Result
from syncer.model.state import LiveObject, Target
from syncer.plan.diff import differences, same, view_of_live, view_of_target
from syncer.plan.planner import Step

_NO_ERROR = "the server reported no error, but "


def outcome_of(step: Step, result: Result, reason: str = "") -> Outcome:
    """The outcome of a step's change."""
    return Outcome(step.change.address, step.change.action, result, reason)


def same_place(live: LiveObject, step: Step) -> bool:
    """Whether an object of the change's domain is where the change makes one."""
    address = step.change.address
    if address.kind is Kind.DOMAIN:
        return live.address.domain == address.domain
    return (live.address.type, live.address.name) == (address.type, address.name)


async def read_back(step: Step, scene: Scene, number: int | None, lost: str) -> Outcome:
    """Compare what is live now with what was meant; `number` is a new object's id, `lost` why there was no reply.

    ServerError where it cannot be read.
    """
    found = await _found(step, scene, number)
    but = f"{lost}; " if lost else _NO_ERROR
    if len(found) > 1:
        ids = ", ".join(f"id {one.id}" for one in found)
        return outcome_of(step, Result.UNKNOWN, f"{but}{len(found)} are live at its address now: {ids}")
    now = found[0] if found else None
    if step.target is None:
        if now is not None:
            return outcome_of(step, Result.FAILED, f"{but}it is still there")
        return outcome_of(step, Result.APPLIED, f"{lost}; it is gone all the same" if lost else "")
    if now is None:
        return outcome_of(step, Result.FAILED, f"{but}it is not there")
    if wrong := _wrong(step, step.target, now, scene):
        return outcome_of(step, Result.FAILED, f"{but}it reads back otherwise: {wording.otherwise(wrong)}")
    scene.remember(step, now)
    return outcome_of(step, Result.APPLIED, f"{lost}; found by reading" if lost else "")


async def _found(step: Step, scene: Scene, number: int | None) -> list[LiveObject]:
    """The object as it is now. A new one is looked for by its address where no reply told its id, or a wrong one."""
    change, domain_id = step.change, scene.domain_id(step)
    number = number if change.action is Action.CREATE else change.id
    now = await scene.fresh.read(change.address, domain_id, number) if number is not None else None
    told = [] if now is None else [now]
    if change.action is not Action.CREATE or (now is not None and same_place(now, step)):
        return told
    there = [one for one in await scene.fresh.listing(change.address, domain_id) if same_place(one, step)]
    if len(there) != 1:
        return there or told
    now = await scene.fresh.read(change.address, domain_id, there[0].id)
    return [] if now is None else [now]


def _wrong(step: Step, target: Target, now: LiveObject, scene: Scene) -> tuple[FieldDiff, ...]:
    """Differences between what was meant and what is live. What the service never returns cannot be compared."""
    named = scene.categories_of(step)
    left_out = _left_to_the_service(step, target) | step.ignored
    kept = named_refs(target.kept_refs, named)
    meant = view_of_target(replace(target, extra=without(target.extra, left_out), kept_refs=kept))
    extra = {name: value for name, value in now.extra.items() if step.live or name in target.extra}
    found = view_of_live(replace(name_refs(now, named), extra=without(extra, left_out)))
    left_out |= scene.service.write_only & meant.keys() - found.keys()
    left_out -= {"categories"}  # ignored, they were written back all the same: a list that is lost is every device
    meant, found = without(meant, left_out), without(found, left_out)
    address = step.change.address
    return () if same(meant, found) else differences(meant, found, address.kind, address.type, scene.masked(step))


def without(values: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """The values under all other names."""
    return {name: value for name, value in values.items() if name not in names}


def _left_to_the_service(step: Step, target: Target) -> frozenset[str]:
    """Fields that the create of a config leaves out, and for which the service may have defaults."""
    if step.live is not None or target.address.kind is not Kind.CONFIG:
        return frozenset()
    fields = fields_of(target.address.kind, target.address.type)
    return frozenset(name for name, field in fields.items() if not field.optional and name not in target.fields)
