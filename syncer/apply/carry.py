"""One change: precondition, write, reply, read-back. What comes back is a typed outcome."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from syncer.apply import wording
from syncer.apply.fresh import name_refs
from syncer.apply.scene import Scene
from syncer.apply.vacant import occupied
from syncer.apply.verify import ReadBack, Stands, read_back, same_place, strangers, without
from syncer.devices.interface import Write
from syncer.errors import BrokenMessage, NotSent, RequestRefused, ServerError, SilentServer, visible
from syncer.model.address import Action, Kind, category_address
from syncer.model.plan import FieldDiff, Outcome, Result
from syncer.model.state import LiveObject
from syncer.plan.diff import differences, view_of_live
from syncer.plan.digest import base_of, keyed
from syncer.plan.steps import Step


class Moved(Exception):
    """The object is not what the plan was computed from; nothing was sent for it."""


def write_of(step: Step, domain_id: int | None, before: LiveObject | None, named: Mapping[str, LiveObject]) -> Write:
    """The write that a step stands for; `before` is the object as it was just read."""
    change = step.change
    return Write(change.action, change.address, domain_id, change.id, before, step.target, named)


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of a write: the object right before it, and as it was read back (None: not there, or not known).

    `stray`: in words, what may have been made in another place than it was meant for. `moved`: nothing was sent, since
    somebody else was there first.
    """

    outcome: Outcome
    before: LiveObject | None
    now: LiveObject | None = None
    stray: str = ""
    moved: bool = False


@dataclass(frozen=True, slots=True)
class _Reply:
    """How a write was answered: with an id perhaps, with a refusal, or not at all."""

    id: int | None = None
    refusal: str = ""
    lost: str = ""


Announce = Callable[[LiveObject | None], Awaitable[None]]  # told the object as it was just read


async def carry(step: Step, scene: Scene, announce: Announce) -> Carried:
    """Carry one change out; `announce` returns when a crash from then on could be told.

    Moved where the precondition is gone, SyncerError where nothing could be sent.
    """
    before = await _precondition(step, scene)
    step = _with_ignored_as_live(step, before)
    await _refuse_missing_categories(step, scene)
    write = write_of(step, scene.domain_id(step), before, scene.categories_of(step))
    scene.service.check(write)  # what the profile has no words for is no write that was sent
    await announce(before)
    was_first, scene.sent = not scene.sent, True
    try:
        reply = await _send(write, scene)
    except NotSent:
        scene.sent = not was_first
        raise
    try:
        back = await _read_patiently(step, scene, reply)
    except ServerError as exc:
        said = reply.refusal or reply.lost
        why = f"reading it back failed: {exc.what}" if exc.what != said else ""
        reason = "; ".join(filter(None, [said, why, "whether it was done is not known"]))
        return Carried(outcome_of(step, Result.UNKNOWN, reason), before)
    stray = back.told if back.stands is Stands.ELSEWHERE else ""
    outcome = _judged(step, reply, back)
    return Carried(outcome, before, None if outcome.result is Result.UNKNOWN else back.now, stray)


async def _send(write: Write, scene: Scene) -> _Reply:
    try:
        return _Reply(await scene.service.write(write))
    except NotSent:
        raise
    except RequestRefused as exc:
        return _Reply(refusal=exc.what)
    except ServerError as exc:  # a garbled reply, too, says nothing of what became of the write
        return _Reply(lost=exc.what)


async def _read_patiently(step: Step, scene: Scene, reply: _Reply) -> ReadBack:
    """Read it back; unless it was refused it may still be on its way, so that it is looked for more than once."""
    back = await _read_on_any(step, scene, reply.id)
    for pause in () if reply.refusal else scene.pauses:
        if back.stands is not Stands.AS_IT_WAS:
            break
        await asyncio.sleep(pause)
        back = await _read_on_any(step, scene, reply.id)
    return back


async def _read_on_any(step: Step, scene: Scene, number: int | None) -> ReadBack:
    """Read it back; where nothing can be heard or understood on the connection any more, once again on another."""
    try:
        return await read_back(step, scene, number)
    except (SilentServer, BrokenMessage):
        await scene.service.renew()
        return await read_back(step, scene, number)


def _judged(step: Step, reply: _Reply, back: ReadBack) -> Outcome:
    """The outcome is what was read; what the server said is told with it."""
    said = reply.refusal or reply.lost
    but = f"{said}; " if said else "the server reported no error, but "
    match back.stands:
        case Stands.AS_MEANT if reply.refusal:
            return outcome_of(step, Result.FAILED, f"{reply.refusal}; yet it was done")
        case Stands.AS_MEANT:
            return outcome_of(step, Result.APPLIED, f"{reply.lost}; {_found(step)}" if reply.lost else "")
        case Stands.AS_IT_WAS if reply.refusal:
            return outcome_of(step, Result.REFUSED, reply.refusal)
        case Stands.AS_IT_WAS:
            return outcome_of(step, Result.UNCHANGED, but + back.told)
        case Stands.OTHERWISE if said and step.change.action is Action.CREATE:  # somebody may have been first
            return outcome_of(step, Result.UNKNOWN, f"{but}{back.told}; whether that is ours is not known")
        case Stands.OTHERWISE:
            return outcome_of(step, Result.FAILED, but + back.told)
        case Stands.SEVERAL | Stands.ELSEWHERE:
            return outcome_of(step, Result.UNKNOWN, but + back.told)


def _found(step: Step) -> str:
    return "it is gone all the same" if step.target is None else "found by reading"


def outcome_of(step: Step, result: Result, reason: str = "") -> Outcome:
    """The outcome of a step's change."""
    return Outcome(step.change.address, step.change.action, result, reason)


async def _precondition(step: Step, scene: Scene) -> LiveObject | None:
    """The object as it is now, if that is what the plan was computed from."""
    change, domain_id = step.change, scene.domain_id(step)
    if change.action is Action.CREATE:
        if change.address.kind is not Kind.DOMAIN and domain_id is None:
            raise Moved("its domain is not there")
        listed = await scene.fresh.recent_listing(change.address, domain_id, change.address.kind)
        if taken := strangers(step, scene, listed):
            raise Moved(f"somebody created it meanwhile (id {taken[0].id})")
        return None
    if change.id is None:
        raise Moved("the plan has no id for it")
    now = await scene.fresh.read(change.former or change.address, domain_id, change.id)
    if now is None:
        raise Moved("it is gone")
    if keyed(scene.key, base_of(now, step.ignored)) != change.base:
        raise Moved(f"it was changed meanwhile: {wording.moved(_moves(step, now, scene))}")
    if change.former is not None and (taker := await _taker(step, scene)):
        raise Moved(f"somebody took its new name meanwhile (id {taker.id})")
    if change.action is Action.DELETE and (occupant := await occupied(now, scene.service, scene.fresh)):
        raise Moved(f"it must not be deleted: {occupant}")
    return now


async def _taker(step: Step, scene: Scene) -> LiveObject | None:
    """What has the new name of an object and was not there before; the planner knows all that was."""
    change = step.change
    listed = await scene.fresh.recent_listing(change.address, scene.domain_id(step), change.address.kind)
    kind = change.address.kind
    return next((one for one in listed if same_place(one, step) and (kind, one.id) not in scene.known), None)


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
