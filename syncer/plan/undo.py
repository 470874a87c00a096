"""What takes back an apply: from what is live now to what was there before, for what may have been touched."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from syncer.errors import visible
from syncer.model.address import Action, Address, Kind
from syncer.model.fields import fields_of
from syncer.model.plan import FieldDiff
from syncer.model.state import CategoryRef, Live, LiveDomain, LiveObject, Target
from syncer.plan.diff import differences, view_of_live, view_of_target
from syncer.plan.digest import base_of, keyed
from syncer.plan.order import level
from syncer.plan.steps import Maker, Step


@dataclass(frozen=True, slots=True)
class Touched:
    """A change of which a write may have been sent, and what is known of its object.

    `before` is the object as it was, None for a create; `lost` names what of it nobody can restore. `id` is that of an
    object that the apply (or its rollback) made, `state` a digest of the object as it was last read back after a write
    of ours, `seen` that object; None: not known. `meant` is what the change was to make of it. `beside` are ids of what
    is at its address, and not what it made.
    """

    number: int
    action: Action
    address: Address
    before: LiveObject | None
    ignored: frozenset[str] = frozenset()
    domain_id: int | None = None
    lost: frozenset[str] = frozenset()
    id: int | None = None
    state: str | None = None
    seen: LiveObject | None = None
    meant: Target | None = None
    stray: str = ""  # what may be ours in another place
    beside: frozenset[int] = frozenset()

    @property
    def level(self) -> int:
        """Its level in the apply."""
        return level(self.action, self.address)


@dataclass(frozen=True, slots=True)
class Left:
    """Why something is not taken back, with what is otherwise; `final`: nothing more can be found out about it."""

    why: str
    diff: tuple[FieldDiff, ...] = ()
    final: bool = True


@dataclass(frozen=True, slots=True)
class Undo:
    """By the numbers of the changes: steps in their order, what stays as it is, and what is as it was already.

    `made_again`: new ids of what was deleted and is there again, as far as that is known to be an earlier rollback's.
    """

    steps: tuple[tuple[int, Step], ...]
    left: Mapping[int, Left]
    as_it_was: frozenset[int]
    made_again: Mapping[int, int] = field(default_factory=dict)

    def levels(self, touched: Mapping[int, Touched]) -> list[list[tuple[int, Step]]]:
        """The steps by level, the apply's last level first."""
        numbers = sorted({touched[number].level for number, _ in self.steps}, reverse=True)
        return [[one for one in self.steps if touched[one[0]].level == number] for number in numbers]


def plan_undo(touched: Iterable[Touched], live: Live, maker: Maker, *, assume: bool) -> Undo:
    """The way back. `live` must hold the touched objects complete, wherever they are now.

    `assume`: what is neither as it was nor known to be ours is taken for ours, since a person is going to look at it.
    """
    backwards = sorted(_told_apart(list(touched)), key=lambda one: (-one.level, one.number))
    draft = _Draft(live, maker, assume, _new_names(backwards, live), _to_be_made(backwards, live))
    for one in backwards:
        draft.add(one)
    draft.leave_taken_names()
    return Undo(tuple(draft.steps), draft.left, frozenset(draft.as_it_was), draft.made_again)


def _told_apart(touched: Sequence[Touched]) -> Iterator[Touched]:
    """What one of them is known to have made is not what another made, though both may be at one address."""
    made: defaultdict[Address, set[int]] = defaultdict(set)
    for one in touched:
        if one.id is not None:
            made[one.address].add(one.id)
    for one in touched:
        yield replace(one, beside=one.beside | (made[one.address] - {one.id})) if one.address in made else one


def _new_names(touched: Iterable[Touched], live: Live) -> dict[tuple[int, str], str]:
    """How renamed categories are called now, by domain and former name."""
    there = {(domain.domain.id, one.id): one.address.name for domain in live.domains for one in domain.categories}
    return {
        (one.before.domain_id, one.before.address.name): there[one.before.domain_id, one.before.id]
        for one in touched
        if one.before is not None
        and one.address.kind is Kind.CATEGORY
        and (one.before.domain_id, one.before.id) in there
    }


def _to_be_made(touched: Iterable[Touched], live: Live) -> frozenset[Address]:
    """Deleted categories that are made again before anything names them."""
    there = {one.id for domain in live.domains for one in domain.categories}
    return frozenset(
        one.address
        for one in touched
        if one.action is Action.DELETE
        and one.address.kind is Kind.CATEGORY
        and one.before is not None
        and one.before.id not in there
    )


@dataclass(slots=True)
class _Draft:
    live: Live
    maker: Maker
    assume: bool
    new_names: Mapping[tuple[int, str], str]
    to_be_made: frozenset[Address]
    steps: list[tuple[int, Step]] = field(default_factory=list)
    left: dict[int, Left] = field(default_factory=dict)
    as_it_was: set[int] = field(default_factory=set)
    made_again: dict[int, int] = field(default_factory=dict)

    def add(self, one: Touched) -> None:
        """Decide on one change."""
        domain = self._domain(one)
        match one.action:
            case Action.CREATE:
                found = self._undo_create(one, domain)
            case Action.UPDATE:
                found = self._undo_update(one, domain)
            case Action.DELETE:
                found = self._undo_delete(one, domain)
        match found:
            case None:
                self.as_it_was.add(one.number)
            case Left():
                self.left[one.number] = found
            case Step():
                self.steps.append((one.number, found))

    def _domain(self, one: Touched) -> LiveDomain | None:
        """Where the object is, or was."""
        if one.address.kind is Kind.DOMAIN:
            number = one.id if one.id is not None else one.before.id if one.before else None
        else:
            number = one.before.domain_id if one.before else one.domain_id
        by_id = next((domain for domain in self.live.domains if domain.domain.id == number), None)
        return by_id or next((domain for domain in self.live.domains if domain.name == one.address.domain), None)

    def leave_taken_names(self) -> None:
        """What would get the name of another back keeps its own, unless that other one goes as well."""
        while taken := {number: found for number, step in self.steps if (found := self._occupant(step)) is not None}:
            self.steps = [one for one in self.steps if one[0] not in taken]
            self.left |= {n: Left(f"its former name is taken now (id {found.id})") for n, found in taken.items()}

    def _occupant(self, step: Step) -> LiveObject | None:
        change = step.change
        if change.action is not Action.UPDATE or change.former is None:
            return None
        leaving = {
            (other.change.address.kind, other.live.id)
            for _, other in self.steps
            if other.live is not None and (other.target is None or other.change.former is not None)
        }
        return next(
            (
                one
                for one in self.live.objects
                if one.address == change.address and one.id != change.id and (one.address.kind, one.id) not in leaving
            ),
            None,
        )

    def _undo_create(self, one: Touched, domain: LiveDomain | None) -> Step | Left | None:
        there = _at(one, domain)
        if not there:
            return Left(one.stray) if one.stray else None
        if len(there) > 1:
            ids = ", ".join(f"id {found.id}" for found in there)
            return Left(f"{len(there)} are live at its address ({ids}), and which of them is ours is not known")
        return self._not_ours(one, there[0]) or self.maker.delete(there[0], one.ignored, None)

    def _undo_update(self, one: Touched, domain: LiveDomain | None) -> Step | Left | None:
        before = _known(one)
        now = _by_id(one, domain, before.id)
        if now is None or domain is None:
            return Left("it is gone")
        return self._back(one, before, now, domain)

    def _undo_delete(self, one: Touched, domain: LiveDomain | None) -> Step | Left | None:
        before = _known(one)
        now = _by_id(one, domain, before.id) or (_by_id(one, domain, one.id) if one.id is not None else None)
        if now is not None and domain is not None:
            self.made_again |= {one.number: now.id} if now.id != before.id else {}
            return self._back(one, before, now, domain)
        there = [found for found in _at(one, domain) if found.address.kind is one.address.kind]
        if there and domain is not None:
            return self._taken(one, before, there[0], domain)
        target = self._target(one, before, None, domain)
        if isinstance(target, Left):
            return target
        return self.maker.create(
            target, domain.domain.id if domain and target.address.kind is not Kind.DOMAIN else None, None
        )

    def _taken(self, one: Touched, before: LiveObject, now: LiveObject, domain: LiveDomain) -> Left | None:
        """Something is there again that is not known to be ours; it may be what an earlier rollback made."""
        target = self._target(one, before, now, domain)
        if isinstance(target, Left):
            return target
        if self.maker.update(now, target, one.ignored, None, unknowable=self.live.write_only) is None:
            self.made_again[one.number] = now.id
            return _what_is_lost(one)
        return Left(f"somebody created it meanwhile (id {now.id})", self._diff(target, now))

    def _back(self, one: Touched, before: LiveObject, now: LiveObject, domain: LiveDomain) -> Step | Left | None:
        target = self._target(one, before, now, domain)
        if isinstance(target, Left):
            return target
        step = self.maker.update(now, target, one.ignored, None, unknowable=self.live.write_only)
        if step is None:
            return _what_is_lost(one)
        return self._not_ours(one, now) or step

    def _not_ours(self, one: Touched, now: LiveObject) -> Left | None:
        """Why what is there is not to be taken for what the apply made of it."""
        if one.state is not None:
            if keyed(self.maker.key, base_of(now, one.ignored)) == one.state:
                return None
            return Left("somebody changed it since", self._moved(one, now))
        if not _is_in_place(now, one):
            return Left("something else is there by now", self._moved(one, now))
        if self.assume or (one.meant is not None and _is_as_meant(now, one.meant)):
            return None
        return Left("what is there is neither as it was nor as meant", self._moved(one, now), final=False)

    def _moved(self, one: Touched, now: LiveObject) -> tuple[FieldDiff, ...]:
        was = one.seen or one.before
        if was is None:
            return ()
        was = replace(
            was,
            address=replace(was.address, domain=now.address.domain),
            categories=tuple(map(self._named, was.categories)),
        )
        hidden = self.maker.masked(None, was) | self.maker.masked(None, now)
        return differences(
            _without(view_of_live(was), one.ignored),
            _without(view_of_live(now), one.ignored),
            now.address.kind,
            now.address.type,
            hidden,
        )

    def _named(self, ref: CategoryRef) -> CategoryRef:
        """A reference with the name that its category has now."""
        there = (one for domain in self.live.domains for one in domain.categories if one.id == ref.id)
        return CategoryRef(ref.id, next((one.address.name for one in there), ref.name))

    def _diff(self, target: Target, now: LiveObject) -> tuple[FieldDiff, ...]:
        hidden = self.maker.masked(target, now)
        return differences(view_of_target(target), view_of_live(now), now.address.kind, now.address.type, hidden)

    def _target(
        self, one: Touched, before: LiveObject, now: LiveObject | None, domain: LiveDomain | None
    ) -> Target | Left:
        """The object as it was, at the names that its domain and categories have while it is written."""
        address = before.address
        if domain is not None and address.kind is not Kind.DOMAIN:
            address = replace(address, domain=domain.name)
        names, kept, missing = self._refs(before.categories, before.domain_id, domain, before.address.domain)
        if now is not None and "categories" in one.ignored:
            names, kept, missing = (), now.categories, ()
        if missing:
            return Left(f"its category {visible(missing[0])} is not there any more")
        return Target(
            address,
            _as_before(before.fields, now.fields if now else {}, one),
            _as_before(before.extra, now.extra if now else {}, one),
            names,
            kept,
        )

    def _refs(
        self, refs: Sequence[CategoryRef], domain_id: int, domain: LiveDomain | None, domain_name: str
    ) -> tuple[tuple[str, ...], tuple[CategoryRef, ...], tuple[str, ...]]:
        """Names as they are now, references that never had one, and names that are not there any more."""
        there = {category.id: category.address.name for category in domain.categories} if domain else {}
        names, kept, missing = set(), [], []
        for ref in refs:
            name = self.new_names.get((domain_id, ref.name), ref.name) if ref.name is not None else None
            if ref.id is not None and ref.id in there:
                names.add(there[ref.id])
            elif name is None:
                kept.append(ref)
            elif name in there.values() or Address(Kind.CATEGORY, domain_name, "", name) in self.to_be_made:
                names.add(name)
            else:
                missing.append(name)
        return tuple(sorted(names)), tuple(kept), tuple(missing)


def _known(one: Touched) -> LiveObject:
    if one.before is None:
        raise ValueError(f"{one.address.shown}: only a create has nothing before it")
    return one.before


def _what_is_lost(one: Touched) -> Left | None:
    if not one.lost:
        return None
    return Left(f"its {', '.join(map(visible, sorted(one.lost)))} cannot be restored: nobody kept what it was")


def _objects(one: Touched, domain: LiveDomain | None) -> Sequence[LiveObject]:
    if domain is None:
        return ()
    match one.address.kind:
        case Kind.DOMAIN:
            return (domain.domain,)
        case Kind.CATEGORY:
            return domain.categories
        case Kind.CONFIG:
            return domain.configs


def _by_id(one: Touched, domain: LiveDomain | None, number: int) -> LiveObject | None:
    return next((found for found in _objects(one, domain) if found.id == number), None)


def _at(one: Touched, domain: LiveDomain | None) -> list[LiveObject]:
    """What is where the change makes or made something; by its id alone where that is known."""
    objects = [found for found in _objects(one, domain) if found.id not in one.beside]
    if one.action is Action.CREATE and one.id is not None:
        return [found for found in objects if found.id == one.id]
    if one.address.kind is Kind.DOMAIN:
        return [found for found in objects if found.address.domain == one.address.domain]
    place = (one.address.type, one.address.name)
    return [found for found in objects if (found.address.type, found.address.name) == place]


def _as_before(before: Mapping[str, Any], now: Mapping[str, Any], one: Touched) -> dict[str, Any]:
    """Values as they were; as they are for what is left to others, and for what nobody can restore."""
    stays = one.ignored | one.lost if now else one.lost
    return {name: value for name, value in before.items() if name not in stays} | {
        name: value for name, value in now.items() if name in stays
    }


def _is_in_place(now: LiveObject, one: Touched) -> bool:
    """Whether an object is called as it was before the change, or as the change calls it."""
    if now.address.kind is Kind.DOMAIN:
        return now.address.domain in {one.address.domain, one.before.address.domain if one.before else ""}
    places = {(a.type, a.name) for a in (one.address, one.before.address if one.before else one.address)}
    return (now.address.type, now.address.name) in places


def _is_as_meant(now: LiveObject, meant: Target) -> bool:
    """Whether all that was written is there; a service may have added defaults of its own."""
    found, wanted = view_of_live(now), view_of_target(meant)
    extra = found.get("extra", {})
    wanted_extra = wanted.pop("extra", {})
    return all(found.get(name) == value for name, value in wanted.items()) and all(
        extra.get(name) == value for name, value in wanted_extra.items()
    )


def _without(values: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def lost_of(
    action: Action, before: LiveObject | None, paths: Iterable[str], write_only: frozenset[str]
) -> frozenset[str]:
    """Secrets of the object that a rollback cannot restore, because the service never tells or nobody can read them."""
    if before is None:
        return frozenset()
    fields = fields_of(before.address.kind, before.address.type)
    secrets = {name for name, one in fields.items() if one.secret}
    hidden = {name for name in secrets & before.fields.keys() if _is_unreadable(before.fields[name])}
    if action is Action.DELETE:
        return frozenset(hidden | (secrets & write_only))
    return frozenset(secrets & write_only & set(paths))


def _is_unreadable(value: Any) -> bool:
    return getattr(value, "plain", "") is None
