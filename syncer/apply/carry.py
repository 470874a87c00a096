"""One change: precondition, write, reply, read-back. What comes back is a typed outcome."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from syncer.apply.fresh import Fresh, name_refs
from syncer.devices.interface import Service, Write
from syncer.errors import ConnectionLost, ServerError, SilentServer, visible
from syncer.model.address import Action, Kind
from syncer.model.fields import fields_of
from syncer.model.plan import FieldDiff, Outcome, Result
from syncer.model.state import LiveObject, Target
from syncer.plan.diff import differences, same, view_of_live, view_of_target
from syncer.plan.digest import base_of, keyed
from syncer.plan.planner import Step

_SHOWN_DIFFERENCES = 5


class Moved(Exception):
    """The object is not what the plan was computed from; nothing was sent for it."""


@dataclass(slots=True)
class Scene:
    """What the changes of one apply share; ids of domains and categories grow as they are created."""

    service: Service
    fresh: Fresh
    key: bytes = field(repr=False)
    masked: Callable[[Step], frozenset[str]]
    domain_ids: dict[str, int] = field(default_factory=dict)
    categories: dict[str, dict[str, LiveObject]] = field(default_factory=dict)
    sent: bool = False  # whether any write has left

    def domain_id(self, step: Step) -> int | None:
        """The id of the change's domain, also of one that this apply created."""
        return step.domain_id if step.domain_id is not None else self.domain_ids.get(step.change.address.domain)

    def categories_of(self, step: Step) -> dict[str, LiveObject]:
        """The categories of the change's domain by name."""
        return self.categories.get(step.change.address.domain, {})


def write_of(step: Step, domain_id: int | None, before: LiveObject | None, named: Mapping[str, LiveObject]) -> Write:
    """The write that a step stands for; `before` is the object as it was just read."""
    change = step.change
    return Write(change.action, change.address, domain_id, change.id, before, step.target, named)


async def carry(step: Step, scene: Scene) -> Outcome:
    """Carry one change out. Moved where the precondition is gone; ServerError where reading it failed."""
    before = await _precondition(step, scene)
    domain_id = scene.domain_id(step)
    named = scene.categories_of(step)
    missing = [name for name in (step.target.categories if step.target else ()) if name not in named]
    if missing:
        raise Moved(f"its category {visible(missing[0])} is not there")
    scene.sent = True
    try:
        number = await scene.service.write(write_of(step, domain_id, before, named))
        lost = ""
    except (ConnectionLost, SilentServer) as exc:
        number, lost = None, f"{exc.what}; "
    except ServerError as exc:
        return _outcome(step, Result.FAILED, str(exc))
    try:
        return await _read_back(step, scene, number, lost)
    except ServerError as exc:
        return _outcome(step, Result.UNKNOWN, f"{lost}reading it back failed: {exc}")


def _outcome(step: Step, result: Result, reason: str = "") -> Outcome:
    return Outcome(step.change.address, step.change.action, result, reason)


async def _precondition(step: Step, scene: Scene) -> LiveObject | None:
    """The object as it is now, if that is what the plan was computed from."""
    change, domain_id = step.change, scene.domain_id(step)
    if change.action is Action.CREATE:
        if change.address.kind is not Kind.DOMAIN and domain_id is None:
            raise Moved("its domain is not there")
        taken = [one for one in await scene.fresh.recent_listing(change.address, domain_id) if _same_place(one, step)]
        if taken:
            raise Moved(f"somebody created it meanwhile (id {taken[0].id})")
        return None
    if change.id is None:
        raise Moved("the plan has no id for it")
    now = await scene.fresh.read(change.former or change.address, domain_id, change.id)
    if now is None:
        raise Moved("it is gone")
    if keyed(scene.key, base_of(now, step.ignored)) != change.base:
        raise Moved(f"it was changed meanwhile: {_told(_moves(step, now, scene))}")
    return now


def _same_place(live: LiveObject, step: Step) -> bool:
    address = step.change.address
    if address.kind is Kind.DOMAIN:
        return live.address.domain == address.domain
    return (live.address.type, live.address.name) == (address.type, address.name)


def _moves(step: Step, now: LiveObject, scene: Scene) -> tuple[FieldDiff, ...]:
    if step.live is None:
        return ()
    named = name_refs(now, scene.categories_of(step))
    address = step.change.address
    return differences(view_of_live(step.live), view_of_live(named), address.kind, address.type, scene.masked(step))


async def _read_back(step: Step, scene: Scene, number: int | None, lost: str) -> Outcome:
    """Compare what is live now with what was meant; `lost` says why there was no reply."""
    change, domain_id = step.change, scene.domain_id(step)
    if change.action is Action.CREATE and number is None:
        number = await _find_created(step, scene, domain_id)
    else:
        number = number if change.action is Action.CREATE else change.id
    now = await scene.fresh.read(change.address, domain_id, number) if number is not None else None
    adopted = f"{lost}found by reading" if lost else ""
    if step.target is None:
        if now is None:
            return _outcome(step, Result.APPLIED, adopted)
        return _outcome(step, Result.FAILED, f"{lost or 'the server said ok, but '}it is still there")
    if now is None:
        return _outcome(step, Result.FAILED, f"{lost or 'the server said ok, but '}it is not there")
    if wrong := _wrong(step, step.target, name_refs(now, scene.categories_of(step)), scene):
        said = lost or "the server said ok, but "
        return _outcome(step, Result.FAILED, f"{said}it reads back with other values: {_told(wrong)}")
    _remember(step, now, scene)
    return _outcome(step, Result.APPLIED, adopted)


async def _find_created(step: Step, scene: Scene, domain_id: int | None) -> int | None:
    """The id of a new object that no reply told; nothing was live at its address before."""
    found = [o for o in await scene.fresh.listing(step.change.address, domain_id) if _same_place(o, step)]
    return found[0].id if len(found) == 1 else None


def _wrong(step: Step, target: Target, now: LiveObject, scene: Scene) -> tuple[FieldDiff, ...]:
    """Differences between what was meant and what is live. What the service never returns cannot be compared."""
    meant, found = view_of_target(target), view_of_live(now)
    for name in scene.service.write_only & meant.keys() - found.keys():
        del meant[name]
    address = step.change.address
    left_out = _left_to_the_service(step, target) | step.ignored
    meant["extra"] = {k: v for k, v in target.extra.items() if k not in left_out}
    found["extra"] = {k: v for k, v in now.extra.items() if k not in left_out and (step.live or k in target.extra)}
    for name in left_out:
        meant.pop(name, None)
        found.pop(name, None)
    return () if same(meant, found) else differences(meant, found, address.kind, address.type, scene.masked(step))


def _left_to_the_service(step: Step, target: Target) -> frozenset[str]:
    """Fields that a create leaves out, and for which the service may have defaults."""
    if step.live is not None:
        return frozenset()
    fields = fields_of(target.address.kind, target.address.type)
    return frozenset(name for name, field in fields.items() if not field.optional and name not in target.fields)


def _told(diffs: tuple[FieldDiff, ...]) -> str:
    shown = [f"{visible(d.path)}: {_value(d.before)} -> {_value(d.after)}" for d in diffs[:_SHOWN_DIFFERENCES]]
    more = [f"and {len(diffs) - _SHOWN_DIFFERENCES} more"] if len(diffs) > _SHOWN_DIFFERENCES else []
    return ", ".join(shown + more) or "something that syncer does not show"


def _value(value: object) -> str:
    if value is None:
        return "(unset)"
    return "(secret)" if isinstance(value, dict) and "secret" in value else visible(value, 60)


def _remember(step: Step, now: LiveObject, scene: Scene) -> None:
    """New domains and categories are what later changes refer to."""
    address = step.change.address
    match address.kind:
        case Kind.DOMAIN:
            scene.domain_ids[address.domain] = now.id
        case Kind.CATEGORY:
            of_domain = scene.categories.setdefault(address.domain, {})
            if step.change.former is not None:
                of_domain.pop(step.change.former.name, None)
            of_domain[address.name] = now
        case Kind.CONFIG:
            pass
