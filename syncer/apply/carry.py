"""One change: precondition, write, reply, read-back. What comes back is a typed outcome."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from syncer.apply import wording
from syncer.apply.fresh import name_refs
from syncer.apply.scene import Scene
from syncer.apply.vacant import occupied
from syncer.apply.verify import outcome_of, read_back, same_place, without
from syncer.devices.interface import Write
from syncer.errors import RequestRefused, ServerError, visible
from syncer.model.address import Action, Kind, category_address
from syncer.model.plan import FieldDiff, Outcome, Result
from syncer.model.state import LiveObject
from syncer.plan.diff import differences, view_of_live
from syncer.plan.digest import base_of, keyed
from syncer.plan.planner import Step


class Moved(Exception):
    """The object is not what the plan was computed from; nothing was sent for it."""


def write_of(step: Step, domain_id: int | None, before: LiveObject | None, named: Mapping[str, LiveObject]) -> Write:
    """The write that a step stands for; `before` is the object as it was just read."""
    change = step.change
    return Write(change.action, change.address, domain_id, change.id, before, step.target, named)


async def carry(step: Step, scene: Scene) -> Outcome:
    """Carry one change out. Moved where the precondition is gone, SyncerError where nothing could be sent."""
    before = await _precondition(step, scene)
    step = _with_ignored_as_live(step, before)
    await _refuse_missing_categories(step, scene)
    write = write_of(step, scene.domain_id(step), before, scene.categories_of(step))
    scene.service.check(write)  # what the profile has no words for is no write that was sent
    scene.sent = True
    number, lost = None, ""
    try:
        number = await scene.service.write(write)
    except RequestRefused as exc:
        return await _after_refusal(step, scene, exc.what)
    except ServerError as exc:  # a garbled reply, too, says nothing of what became of the write
        lost = exc.what
    try:
        return await read_back(step, scene, number, lost)
    except ServerError as exc:
        what = [
            lost,
            f"reading it back failed: {exc.what}" if exc.what != lost else "",
            "whether it was done is not known",
        ]
        return outcome_of(step, Result.UNKNOWN, "; ".join(filter(None, what)))


async def _after_refusal(step: Step, scene: Scene, refusal: str) -> Outcome:
    """The server said no; that it did nothing is for reading to show."""
    try:
        landed = (await read_back(step, scene, None, "")).result is Result.APPLIED
    except ServerError:
        landed = False
    return outcome_of(step, Result.FAILED, f"{refusal}; yet it was done" if landed else refusal)


async def _precondition(step: Step, scene: Scene) -> LiveObject | None:
    """The object as it is now, if that is what the plan was computed from."""
    change, domain_id = step.change, scene.domain_id(step)
    if change.action is Action.CREATE:
        if change.address.kind is not Kind.DOMAIN and domain_id is None:
            raise Moved("its domain is not there")
        listed = await scene.fresh.recent_listing(change.address, domain_id, change.address.kind)
        taken = [one for one in listed if same_place(one, step)]
        if taken:
            raise Moved(f"somebody created it meanwhile (id {taken[0].id})")
        return None
    if change.id is None:
        raise Moved("the plan has no id for it")
    now = await scene.fresh.read(change.former or change.address, domain_id, change.id)
    if now is None:
        raise Moved("it is gone")
    if keyed(scene.key, base_of(now, step.ignored)) != change.base:
        raise Moved(f"it was changed meanwhile: {wording.moved(_moves(step, now, scene))}")
    if change.action is Action.DELETE and (occupant := await occupied(now, scene.service, scene.fresh)):
        raise Moved(f"it must not be deleted: {occupant}")
    return now


def _moves(step: Step, now: LiveObject, scene: Scene) -> tuple[FieldDiff, ...]:
    if step.live is None:
        return ()
    address = step.change.address
    planned, found = (
        without(view_of_live(replace(one, extra=without(one.extra, step.ignored))), step.ignored)
        for one in (step.live, name_refs(now, scene.categories_of(step)))
    )
    return differences(planned, found, address.kind, address.type, scene.masked(step))


def _with_ignored_as_live(step: Step, before: LiveObject | None) -> Step:
    """Ignored fields as they were just read: to write what they were would undo what others did to them since."""
    if before is None or step.target is None:
        return step
    target = replace(
        step.target,
        fields=_laid_over(step.target.fields, before.fields, step.ignored),
        extra=_laid_over(step.target.extra, before.extra, step.ignored),
        kept_refs=before.categories if "categories" in step.ignored else (),
    )
    return replace(step, target=target)


def _laid_over(planned: Mapping[str, Any], live: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return without(planned, names) | {name: value for name, value in live.items() if name in names}


async def _refuse_missing_categories(step: Step, scene: Scene) -> None:
    """A service might take a category that is gone for none, and none is every device."""
    if step.target is None or not step.target.categories:
        return
    named = scene.categories_of(step)
    address = category_address(step.change.address.domain, "")
    listed = await scene.fresh.recent_listing(address, scene.domain_id(step), Kind.CONFIG)
    there = {one.id for one in listed}
    for name in step.target.categories:
        if name not in named or named[name].id not in there:
            raise Moved(f"its category {visible(name)} is not there")
