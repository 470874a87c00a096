"""Whose a difference is: what files and server once agreed on tells which of them moved since."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from syncer.model.address import Action, Address, Kind
from syncer.model.fields import fields_of
from syncer.model.plan import HIDDEN, Change, FieldDiff, Whose
from syncer.model.record import Fingerprint
from syncer.model.state import Desired, Entry, Live
from syncer.model.values import Secret
from syncer.plan.diff import (
    NOTHING,
    PathStep,
    alike,
    as_shown,
    by_field,
    steps_of,
    value_at,
    view_of_live,
    view_of_target,
)
from syncer.plan.planner import Planned
from syncer.plan.record import fingerprint_of, is_digest
from syncer.plan.steps import Masked, Step, masking
from syncer.plan.target import make_target
from syncer.plan.third import Names, ThirdSide

_View = Mapping[str, Any]


def told_whose(planned: Planned, third: ThirdSide, desired: Desired, live: Live) -> Planned:
    """The same plan, each difference with whose it is."""
    masked = masking(desired.policy, {one.domain.id: one.name for one in live.domains})
    teller = _Teller(third, Names(third, desired), masked, live.write_only, _ids(_addressed(live)))
    steps = tuple(replace(step, change=teller.told(step)) for step in planned.steps)
    plan = replace(
        planned.plan,
        changes=tuple(step.change for step in steps),
        notes=(*planned.plan.notes, *sorted(teller.notes)),
        since=third.since,
    )
    return replace(planned, plan=plan, steps=steps)


def _addressed(live: Live) -> Iterator[tuple[str, int | None]]:
    return ((str(one.address), one.id) for one in live.objects)


def _ids(addressed: Iterable[tuple[str, int | None]]) -> Mapping[str, set[int]]:
    """By the text of an address, the ids that stand beside it."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for text, number in addressed:
        if number is not None:
            found[text].add(number)
    return found


@dataclass(slots=True)
class _Teller:
    """Tells whose the changes of one plan are; `notes` collects why some cannot be told."""

    third: ThirdSide
    names: Names
    masked: Masked
    write_only: frozenset[str]
    live_ids: Mapping[str, set[int]]
    notes: set[str] = field(default_factory=set)
    third_ids: Mapping[str, set[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.third_ids = _ids(self.third.entries)

    def told(self, step: Step) -> Change:
        """The change of a step, and each of its differences, with whose it is."""
        change = step.change
        known = self._known(change)
        if self._is_unclear(change, known):
            self.notes.add(self.third.unclear)
            return _all_of(change, None)
        if known is None:
            return _all_of(change, self._of_stranger(change))
        if known.absent:
            return _all_of(change, _OF_ABSENT[change.action])
        match change.action:
            case Action.CREATE:
                return self._of_lost(step, known)
            case Action.UPDATE:
                return self._of_changed(step, known)
            case Action.DELETE:
                return self._of_doomed(step, known)

    def _known(self, change: Change) -> Entry | None:
        keys = ((text, number) for text in self.names.of(change) for number in (change.id, None))
        return next((found for key in keys if (found := self.third.entries.get(key))), None)

    def _is_unclear(self, change: Change, known: Entry | None) -> bool:
        """Whether `known` may be another object of that address; or, where it is None, the change of a known one."""
        if known is not None:
            return known.id is None and change.id is not None and len(self.live_ids.get(str(known.address), ())) > 1
        texts = set(self.names.of(change))
        there = {number for text in texts for number in self.live_ids.get(text, ())}
        then = {number for text in texts for number in self.third_ids.get(text, ())}
        return bool(then) and then.isdisjoint(there)

    def _of_stranger(self, change: Change) -> Whose | None:
        """Of an object that the third side does not tell of: the files name it now, or somebody made it."""
        if not self.third.complete:
            self.notes.add(self.third.partial)
            return None
        is_unnamed = change.action is Action.DELETE and change.source is None
        return Whose.DRIFT if is_unnamed and self._was_pruned(change.address) else Whose.YOURS

    def _was_pruned(self, address: Address) -> bool:
        """Whether it cannot have been there when files and server were last the same."""
        if address.kind is Kind.DOMAIN:
            return any(kind is Kind.DOMAIN for _, kind in self.third.pruned)
        return any((name, address.kind) in self.third.pruned for name in self.names.domains(address.domain))

    def _of_lost(self, step: Step, known: Entry) -> Change:
        """What is to be created and was there: somebody deleted it, and perhaps the files moved as well."""
        assert step.target is not None  # noqa: S101  (there is one for all but deletes)
        wanted = view_of_target(step.target)
        sides = self._sides(step, known, wanted)
        diffs = tuple(
            self._marked(one, sides, Whose.DRIFT, sides.is_same(one.path, wanted)) for one in step.change.diff
        )
        return replace(step.change, diff=diffs, whose=Whose.DRIFT if sides.agrees(wanted) else Whose.BOTH)

    def _of_doomed(self, step: Step, known: Entry) -> Change:
        """What is to be deleted and was there by the files: they moved, and perhaps the server as well."""
        assert step.live is not None  # noqa: S101  (it is there)
        there = view_of_live(step.live)
        sides = self._sides(step, known, there)
        diffs = tuple(self._marked(one, sides, Whose.YOURS, sides.is_same(one.path, there)) for one in step.change.diff)
        return replace(step.change, diff=diffs, whose=Whose.YOURS if sides.agrees(there) else Whose.BOTH)

    def _of_changed(self, step: Step, known: Entry) -> Change:
        assert step.live is not None and step.target is not None  # noqa: S101, PT018  (it is an update)
        there, wanted = view_of_live(step.live), view_of_target(step.target)
        sides = self._sides(step, known, there)
        diffs = []
        for one in step.change.diff:
            by_server, by_files = sides.is_same(one.path, there), sides.is_same(one.path, wanted)
            is_known = by_server is not None and by_files is not None
            whose = Whose.YOURS if by_server else Whose.DRIFT
            diffs.append(self._marked(one, sides, whose, (by_server or by_files) if is_known else None))
        return replace(step.change, diff=tuple(diffs), whose=_of_one_mind({one.whose for one in diffs}))

    def _marked(self, one: FieldDiff, sides: "_Sides", whose: Whose, is_same: bool | None) -> FieldDiff:
        """A difference that is `whose` if one of the two is the same as the third side, else both's."""
        if is_same is None:
            self.notes.add(self.third.blind)
            return replace(one, whose=None)
        return replace(one, whose=whose) if is_same else replace(one, whose=Whose.BOTH, was=sides.shown(one.path))

    def _sides(self, step: Step, known: Entry, beside: _View) -> "_Sides":
        """The third side's view; what it leaves to others is as it is in `beside`."""
        domain = step.change.address.domain
        names = known.categories and tuple(self.names.category(domain, name) for name in known.categories)
        target = make_target(replace(known, categories=names), step.live, step.ignored | known.ignore)
        hidden = self.masked(step.target, step.live)
        view = _left_to_others(view_of_target(target), beside, known.ignore, self.write_only if step.live else _NONE)
        return _Sides(known, view, self.third.key, hidden)


_NONE: frozenset[str] = frozenset()
# Of what was to be absent: who writes it anew, who made it by hand and now finds it in the files, who made it at all.
_OF_ABSENT = {Action.CREATE: Whose.YOURS, Action.UPDATE: Whose.BOTH, Action.DELETE: Whose.DRIFT}


def _all_of(change: Change, whose: Whose | None) -> Change:
    return replace(change, whose=whose, diff=tuple(replace(one, whose=whose) for one in change.diff))


def _of_one_mind(found: set[Whose | None]) -> Whose | None:
    """BOTH where it is sure that both moved; None where what cannot be told may speak against the rest."""
    if len(found) == 1:
        return found.pop()
    return None if None in found and len(found) == 2 and Whose.BOTH not in found else Whose.BOTH


def _left_to_others(view: _View, beside: _View, ignore: frozenset[str], write_only: frozenset[str]) -> _View:
    fields, other = by_field(view), by_field(beside)
    left = {steps for steps in fields.keys() | other.keys() if steps[-1] in ignore}
    left |= {steps for steps in fields.keys() - other.keys() if steps[-1] in write_only}  # never told by the service
    merged = {steps: value for steps, value in fields.items() if steps not in left}
    merged |= {steps: other[steps] for steps in left if steps in other}
    known = {str(steps[0]): value for steps, value in merged.items() if len(steps) == 1}
    return known | {"extra": {str(steps[1]): value for steps, value in merged.items() if len(steps) > 1}}


@dataclass(frozen=True, slots=True)
class _Sides:
    """One object as the third side has it, to be compared with views of the same object."""

    entry: Entry
    view: _View
    key: bytes | None = field(repr=False)
    masked: frozenset[str]

    def agrees(self, other: _View) -> bool:
        """Whether nothing is known to be otherwise."""
        everything = by_field(self.view).keys() | by_field(other).keys()
        return not any(self._compared(steps, other) is False for steps in everything)

    def is_same(self, path: str, other: _View) -> bool | None:
        """Whether both have the same at a path; None where nobody can say."""
        return self._compared(steps_of(path), other)

    def _compared(self, steps: tuple[PathStep, ...], other: _View) -> bool | None:
        top = steps[:2] if steps[0] == "extra" else steps[:1]
        ours, theirs = value_at(self.view, top), value_at(other, top)
        if ours is NOTHING or theirs is NOTHING:
            return ours is theirs
        if isinstance(theirs, Secret) and theirs.plain is None:
            return None
        if isinstance(ours, Fingerprint):
            return self._is_printed(ours, str(top[-1]), theirs)
        if isinstance(ours, Secret) and ours.plain is None:
            return None
        return alike(steps, value_at(self.view, steps), value_at(other, steps))

    def _is_printed(self, fingerprint: Fingerprint, name: str, value: Any) -> bool | None:
        if fingerprint.digest is None or self.key is None:
            return None
        return is_digest(fingerprint_of(self.entry, name, value, self.key), fingerprint.digest)

    def shown(self, path: str) -> Any:
        """What the third side has there, as people may see it."""
        steps = steps_of(path)
        address = self.entry.address
        fields = fields_of(address.kind, address.type)
        hidden = self.masked | {name for name, one in fields.items() if one.secret}
        value = value_at(self.view, steps[:2] if steps[0] == "extra" else steps[:1])
        if value is NOTHING:
            return None
        if isinstance(value, Fingerprint | Secret) or not hidden.isdisjoint(steps):
            return dict(HIDDEN)
        return as_shown(path, value_at(self.view, steps), address.kind, address.type)
