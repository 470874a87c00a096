"""How many devices each change touches, before and after."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from syncer.model.fields import Hardware, hardware_of
from syncer.model.plan import Change, Coverage, Reach
from syncer.model.state import Live, LiveObject
from syncer.plan.parts import Census, Part, Scope, Sides, Wanted, told, wanted
from syncer.plan.steps import Step, by_domain


def devices_to_count(steps: Sequence[Step], live: Live) -> Wanted:
    """What tells the reach of every step."""
    return wanted(
        (part, _hardware(step.change))
        for step, sides in zip(steps, _sides(steps, live), strict=True)
        for side in sides
        for part in side
    )


def counted(steps: Sequence[Step], live: Live) -> tuple[Step, ...]:
    """The steps with the reach of their changes, as far as `live.devices` tells what `devices_to_count` names."""
    counter = _Counter(live)
    return tuple(
        replace(step, change=replace(step.change, reach=counter.reach(step.change, sides)))
        for step, sides in zip(steps, _sides(steps, live), strict=True)
    )


def uncounted(steps: Sequence[Step], live: Live) -> Iterator[str]:
    """Whose devices nobody can count, and why; what was not asked for, or refused, is no part of it."""
    census = Census(live)
    by_reason: defaultdict[str, list[Part]] = defaultdict(list)
    for sides in _sides(steps, live):
        for part in (part for side in sides for part in side):
            if why := _uncountable(part, live, census):
                by_reason[why].append(part)
    for why, parts in by_reason.items():
        yield f"the devices of {told(parts)} cannot be counted: {why}"


def _uncountable(part: Part, live: Live, census: Census) -> str:
    if not isinstance(part, LiveObject):
        return "it is not known which category that is"
    if part.address not in live.devices:
        return ""
    devices = live.devices[part.address]
    if devices is None and "," in part.address.name:
        return "the API cannot filter by a name with a comma"
    if devices is None:
        return "the API cannot filter by an empty name, or one with blanks around it"
    is_unclear = devices and census.is_ambiguous(part)
    return "the API filters by name, and several categories have this one" if is_unclear else ""


def _hardware(change: Change) -> Hardware:
    return hardware_of(change.address.type)


def _sides(steps: Sequence[Step], live: Live) -> Iterator[Sides]:
    """What each step's object reaches now and then; in a domain that is not there yet there are no devices."""
    inside = by_domain(steps)
    scopes = {d.domain.id: Scope(d, inside[d.domain.id]) for d in live.domains if d.domain.id in inside}
    for step in steps:
        scope = scopes.get(step.domain_id) if step.domain_id is not None else None
        yield scope.sides(step) if scope else ((), ())


class _Counter:
    """Counts each combination of parts once, however many configs have it."""

    def __init__(self, live: Live) -> None:
        self._census = Census(live)
        self._counts: dict[object, tuple[int | None, int | None]] = {}

    def reach(self, change: Change, sides: Sides) -> Reach:
        """With `everyone` as it was found without asking."""
        known = change.reach or Reach(Coverage(), Coverage())
        before, after = (
            Coverage(*self._count(parts, _hardware(change)), side.everyone)
            for parts, side in zip(sides, (known.before, known.after), strict=True)
        )
        return Reach(before, after)

    def _count(self, parts: Iterable[Part], hardware: Hardware) -> tuple[int | None, int | None]:
        key = (frozenset(one.address if isinstance(one, LiveObject) else one for one in parts), hardware)
        if key not in self._counts:
            devices, unknown = self._census.of(parts, hardware)
            self._counts[key] = (None, None) if unknown else (len(devices), len(devices.online))
        return self._counts[key]
