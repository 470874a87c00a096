"""A goal that names everything by its address, made for what is live."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from syncer.model.state import Desired, DesiredDomain, Entry, Live, LiveDomain, LiveObject, Policy
from syncer.plan.match import Key, key_of
from syncer.plan.pairing import pairs


@dataclass(frozen=True, slots=True)
class Fit:
    """A goal that fits what is live, and what of it is to be made: nothing that is live is meant by it."""

    desired: Desired
    new: tuple[Entry, ...]


def fit(desired: Desired, live: Live) -> Fit:
    """The same, with live ids where an address is there several times, and without what else is live of an object."""
    there = {domain.name: domain for domain in live.domains}
    fitter = _Fitter(desired.policy)
    domains = tuple(fitter.domain(domain, there.get(domain.name)) for domain in desired.domains)
    return Fit(replace(desired, domains=domains), tuple(fitter.new))


@dataclass(slots=True)
class _Fitter:
    policy: Policy
    new: list[Entry] = field(default_factory=list)

    def domain(self, desired: DesiredDomain, live: LiveDomain | None) -> DesiredDomain:
        """One domain with all that is in it."""
        if live is None:
            self.new += desired.entries
            return desired
        return replace(
            desired,
            entry=_exact(desired.entry, live.domain),
            categories=tuple(self._entries(desired.categories or (), live.categories)),
            configs=tuple(self._entries(desired.configs or (), live.configs)),
        )

    def _entries(self, entries: Sequence[Entry], live: Iterable[LiveObject]) -> list[Entry]:
        there, said = _by_key(sorted(live, key=lambda one: one.id)), _by_key(entries)
        fitted: list[Entry] = []
        for key, of_one in said.items():
            fitted += self._of_one_address(of_one, there.get(key, []))
        return fitted

    def _of_one_address(self, entries: Sequence[Entry], live: Sequence[LiveObject]) -> list[Entry]:
        is_alone = len(entries) == 1 and len(live) <= 1
        found = {id(entry): one for entry, one in pairs(entries, live, self.policy.ignored(entries[0].address))}
        self.new += (entry for entry in entries if id(entry) not in found)
        return [
            _exact(entry, found[id(entry)], None if is_alone else found[id(entry)].id) if id(entry) in found else entry
            for entry in entries
        ]


def _by_key(things: Iterable[Entry] | Iterable[LiveObject]) -> dict[Key, list[Any]]:
    found: defaultdict[Key, list[Any]] = defaultdict(list)
    for one in things:
        found[key_of(one)].append(one)
    return found


def _exact(entry: Entry, live: LiveObject, number: int | None = None) -> Entry:
    """With the live id where that is needed to tell it; unknown fields that are live, and not said, are to go."""
    return replace(entry, id=number, extra={**dict.fromkeys(live.extra), **entry.extra})
