"""A change together with what carrying it out needs, made of what is live and what shall be."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from syncer.errors import Place
from syncer.model.address import Action, Kind
from syncer.model.plan import Change, Coverage, Reach
from syncer.model.state import LiveObject, Policy, Target
from syncer.plan.diff import differences, same, view_of_live, view_of_target
from syncer.plan.digest import base_of, keyed, target_of
from syncer.plan.target import found_at

_NO_NAMES: frozenset[str] = frozenset()

Masked = Callable[[Target | None, LiveObject | None], frozenset[str]]  # fields that are shown only as changed


@dataclass(frozen=True, slots=True)
class Step:
    """A change together with what carrying it out needs; never written anywhere, since it holds secrets."""

    change: Change
    domain_id: int | None  # None: the domain is created by this plan
    live: LiveObject | None
    target: Target | None
    ignored: frozenset[str]


def by_domain(steps: Iterable[Step]) -> defaultdict[int | None, list[Step]]:
    """The steps of each domain, by its id."""
    found: defaultdict[int | None, list[Step]] = defaultdict(list)
    for step in steps:
        found[step.domain_id].append(step)
    return found


def masking(policy: Policy, domain_names: Mapping[int, str]) -> Masked:
    """A policy may name any address of an object; `domain_names` as they are live, by id."""

    def masked(target: Target | None, live: LiveObject | None) -> frozenset[str]:
        addresses = [target.address] if target else []
        return policy.masked(*addresses, *(found_at(live, domain_names) if live else ()))

    return masked


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the steps of one plan."""

    key: bytes = field(repr=False)
    masked: Masked

    def create(self, target: Target, domain_id: int | None, source: Place | None) -> Step:
        """What is not there yet."""
        address = target.address
        diff = differences({}, view_of_target(target), address.kind, address.type, self.masked(target, None))
        fingerprint = keyed(self.key, target_of(target, _NO_NAMES))
        reach = _reach(None, target)
        change = Change(Action.CREATE, address, None, None, None, fingerprint, diff, reach, _said(source))
        return Step(change, domain_id, None, target, _NO_NAMES)

    def update(
        self,
        live: LiveObject,
        target: Target,
        ignored: frozenset[str],
        source: Place | None,
        *,
        unknowable: frozenset[str] = _NO_NAMES,
    ) -> Step | None:
        """What is there and shall be otherwise; None where nothing differs.

        Of `unknowable` fields the service never tells the value, so whether they differ cannot be known.
        """
        address = target.address
        before, after = view_of_live(live), view_of_target(target)
        for name in unknowable & after.keys() - before.keys():
            del after[name]
        if same(before, after):
            return None
        change = Change(
            Action.UPDATE,
            address,
            live.address if live.address != address else None,
            live.id,
            keyed(self.key, base_of(live, ignored)),
            keyed(self.key, target_of(target, ignored)),
            differences(before, after, address.kind, address.type, self.masked(target, live)),
            _reach(live, target),
            _said(source),
        )
        return Step(change, live.domain_id, live, target, ignored)

    def delete(self, live: LiveObject, ignored: frozenset[str], source: Place | None) -> Step:
        """What is there and shall not be."""
        address = live.address
        diff = differences(view_of_live(live), {}, address.kind, address.type, self.masked(None, live))
        base = keyed(self.key, base_of(live, ignored))
        reach = _reach(live, None)
        change = Change(Action.DELETE, address, None, live.id, base, None, diff, reach, _said(source))
        return Step(change, live.domain_id, live, None, ignored)


def _said(source: Place | None) -> str | None:
    return None if source is None else str(source)


def _reach(live: LiveObject | None, target: Target | None) -> Reach | None:
    """Which configs apply to every device; how many devices that is comes from the service."""
    thing = live or target
    if thing is None or thing.address.kind is not Kind.CONFIG:
        return None
    before = Coverage(everyone=live is not None and not live.categories)
    after = Coverage(everyone=target is not None and not target.categories and not target.kept_refs)
    return Reach(before, after)
