"""Reading back what was written: what is live now, whatever the server said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from syncer.apply import wording
from syncer.apply.fresh import name_refs, named_refs
from syncer.apply.scene import Scene
from syncer.model.address import Action, Kind
from syncer.model.fields import fields_of
from syncer.model.plan import FieldDiff
from syncer.model.state import LiveObject, Target
from syncer.plan.diff import differences, same, view_of_live, view_of_target
from syncer.plan.digest import base_of, keyed
from syncer.plan.steps import Step


class Stands(Enum):
    """How an object stands after a write."""

    AS_MEANT = "as meant"
    AS_IT_WAS = "as it was"
    OTHERWISE = "otherwise"
    SEVERAL = "several at one address"
    ELSEWHERE = "perhaps in another place"


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What was read after a write, `told` in words; `now` is the object, None where there is none."""

    stands: Stands
    told: str = ""
    now: LiveObject | None = None


def same_place(live: LiveObject, step: Step) -> bool:
    """Whether an object of the change's domain is where the change makes one."""
    address = step.change.address
    if address.kind is Kind.DOMAIN:
        return live.address.domain == address.domain
    return (live.address.type, live.address.name) == (address.type, address.name)


def strangers(step: Step, scene: Scene, listed: Sequence[LiveObject]) -> list[LiveObject]:
    """What is where the change makes an object, beside what was there before and what this apply made."""
    return [one for one in scene.named_alike(step, listed) if _is_new(step, scene, one)]


def _is_new(step: Step, scene: Scene, one: LiveObject) -> bool:
    return same_place(one, step) and one.id not in scene.expected_at(step.change.address)


async def read_back(step: Step, scene: Scene, number: int | None) -> ReadBack:
    """Compare what is live now with what was meant; `number` is a new object's id, as far as a reply told it.

    ServerError where it cannot be read.
    """
    found = await _found(step, scene, number)
    if len(found) > 1:
        ids = ", ".join(f"id {one.id}" for one in found)
        return ReadBack(Stands.SEVERAL, f"{len(found)} are live at its address now: {ids}")
    now = found[0] if found else None
    if step.target is None:
        return ReadBack(Stands.AS_MEANT) if now is None else _not_deleted(step, scene, now)
    if now is None:
        return await _not_there(step, scene)
    if wrong := _wrong(step, step.target, now, scene):
        stands = Stands.AS_IT_WAS if _is_as_it_was(step, scene, now) else Stands.OTHERWISE
        return ReadBack(stands, f"it reads back otherwise: {wording.otherwise(wrong)}", now)
    scene.remember(step, now)
    return ReadBack(Stands.AS_MEANT, "", now)


async def _not_there(step: Step, scene: Scene) -> ReadBack:
    """A service that made it under another name, and told no id, left something that nobody planned."""
    if step.change.action is not Action.CREATE:
        return ReadBack(Stands.OTHERWISE, "it is not there")
    listed = await scene.fresh.listing(step.change.address, scene.domain_id(step))
    if strays := [one for one in listed if not scene.explains(one)]:
        first = strays[0]
        return ReadBack(Stands.ELSEWHERE, f"it is not there, but {first.address.shown} is new (id {first.id})")
    return ReadBack(Stands.AS_IT_WAS, "it is not there")


def _not_deleted(step: Step, scene: Scene, now: LiveObject) -> ReadBack:
    if _is_as_it_was(step, scene, now):
        return ReadBack(Stands.AS_IT_WAS, "it is still there", now)
    return ReadBack(Stands.OTHERWISE, "it is still there, and not as it was", now)


def _is_as_it_was(step: Step, scene: Scene, now: LiveObject) -> bool:
    return step.change.base is not None and keyed(scene.key, base_of(now, step.ignored)) == step.change.base


async def _found(step: Step, scene: Scene, number: int | None) -> list[LiveObject]:
    """The object as it is now. A new one is looked for by its address where no reply told its id, or a wrong one."""
    change, domain_id = step.change, scene.domain_id(step)
    number = number if change.action is Action.CREATE else change.id
    now = await scene.fresh.read(change.address, domain_id, number) if number is not None else None
    told = [] if now is None else [now]
    if change.action is not Action.CREATE or any(_is_new(step, scene, one) for one in told):
        return told
    there = strangers(step, scene, await scene.fresh.listing(change.address, domain_id))
    if len(there) != 1:  # an id may be told of what is somebody else's, or of another change
        return there or [one for one in told if not scene.explains(one)]
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
