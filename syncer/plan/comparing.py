"""What changed between two states of a server, as a plan that leads from one to the other. Nobody applies it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from syncer.errors import plural
from syncer.model.address import Action
from syncer.model.fields import fields_of
from syncer.model.plan import Plan, Summary
from syncer.model.state import LiveDomain, LiveObject, Policy, Target
from syncer.model.values import Secret
from syncer.plan.digest import keyed
from syncer.plan.match import Key, key_of
from syncer.plan.order import rank
from syncer.plan.pairing import pairs
from syncer.plan.planner import Origin
from syncer.plan.steps import Maker, Step, masking

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Side:
    """A state. `write_only`: secrets that its service never returned.

    Configs that are the same on both sides may be missing.
    """

    domains: tuple[LiveDomain, ...]
    write_only: frozenset[str] = _NOTHING


def compare(before: Side, after: Side, policy: Policy, origin: Origin, key: bytes, equal: int = 0) -> Plan:
    """The changes; `equal` objects are on both sides and in neither."""
    found = _Comparison(before, after, Maker(key, masking(policy, {})), equal)
    found.domains()
    steps = sorted(found.steps, key=lambda step: rank(step.change.action, step.change.address))
    counts = {str(action): sum(step.change.action is action for step in steps) for action in Action}
    return Plan(
        server_name=origin.server_name,
        server_url=origin.server_url,
        created=origin.now,
        salt=origin.salt,
        files_digest=keyed(key, None),
        only=(),
        summary=Summary(**counts, unchanged=found.equal),
        changes=tuple(step.change for step in steps),
        notes=tuple(_untold(found.untold)),
    )


def _untold(secrets: int) -> Iterator[str]:
    if secrets:
        why = "not on both sides, or sealed for a key that is not here"
        yield f"whether {plural(secrets, 'secret')} changed cannot be told: {why}"


@dataclass(slots=True)
class _Comparison:
    before: Side
    after: Side
    maker: Maker
    equal: int
    untold: int = 0  # secrets of which nobody can say whether they changed
    steps: list[Step] = field(default_factory=list)

    def domains(self) -> None:
        """All of them, by name."""
        old, new = ({domain.name: domain for domain in side.domains} for side in (self.before, self.after))
        for name in old.keys() | new.keys():
            was, now = old.get(name), new.get(name)
            self._objects([was.domain] if was else [], [now.domain] if now else [])
            self._objects(was.categories if was else [], now.categories if now else [])
            self._objects(was.configs if was else [], now.configs if now else [])

    def _objects(self, before: Sequence[LiveObject], after: Sequence[LiveObject]) -> None:
        old, new = _by_key(before), _by_key(after)
        for key in old.keys() | new.keys():
            self._of_one_address(old[key], new[key])

    def _of_one_address(self, before: Sequence[LiveObject], after: Sequence[LiveObject]) -> None:
        found = list(pairs(after, before, _NOTHING)) if before and after else []
        stayed = {one.id for _, one in found}
        came = {one.id for one, _ in found}
        self.steps += (self.maker.delete(one, _NOTHING, None) for one in before if one.id not in stayed)
        self.steps += (self.maker.create(_target(one), None, None) for one in after if one.id not in came)
        for now, was in found:
            step = self.maker.update(was, _target(self._with_untold_as_before(was, now)), _NOTHING, None)
            self.steps += [step] if step else []
            self.equal += step is None

    def _with_untold_as_before(self, was: LiveObject, now: LiveObject) -> LiveObject:
        secrets = (name for name, one in fields_of(now.address.kind, now.address.type).items() if one.secret)
        untold = {name: was.fields.get(name) for name in secrets if self._is_untold(name, was, now)}
        self.untold += len(untold)
        fields: dict[str, Any] = {**now.fields, **untold}
        return replace(now, fields={name: value for name, value in fields.items() if value is not None})

    def _is_untold(self, name: str, was: LiveObject, now: LiveObject) -> bool:
        """Whether it is there on one side at least, and what it is is not known of both."""
        sides = ((self.before, was.fields.get(name)), (self.after, now.fields.get(name)))
        if not any(value is not None for _, value in sides):
            return False
        never_told = any(value is None and name in side.write_only for side, value in sides)
        unread = any(isinstance(value, Secret) and value.plain is None for _, value in sides)
        return never_told or (unread and all(value is not None for _, value in sides))


def _by_key(things: Iterable[LiveObject]) -> defaultdict[Key, list[LiveObject]]:
    found: defaultdict[Key, list[LiveObject]] = defaultdict(list)
    for one in sorted(things, key=lambda one: one.id):
        found[key_of(one)].append(one)
    return found


def _target(one: LiveObject) -> Target:
    """An object as something to become, with references that mean no category."""
    names = tuple(sorted({ref.name for ref in one.categories if ref.name is not None}))
    dangling = tuple(ref for ref in one.categories if ref.name is None)
    return Target(one.address, one.fields, one.extra, names, dangling)
