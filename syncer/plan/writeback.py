"""The way back: how entries of the files would have to change for a plan to be empty. Nothing here is an error."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from syncer.errors import Problem, ProblemsError
from syncer.model.address import Address, Kind
from syncer.model.state import Desired, DesiredDomain, Entry, Live, LiveDomain, LiveObject, Policy
from syncer.model.writeback import Correction, DomainCorrections, Steps
from syncer.plan.choosing import is_named
from syncer.plan.diff import NOTHING, alike, by_field, view_of_live, view_of_target
from syncer.plan.match import Key, former_key, key_of
from syncer.plan.target import found_at, make_target


class _Paired(NamedTuple):
    """Entries with what they mean, and what no entry means; `twice`: addresses that only ids tell apart."""

    pairs: list[tuple[Entry, LiveObject | None]]
    rest: list[LiveObject]
    twice: frozenset[Key]


def corrections(desired: Desired, live: Live, whole: Mapping[str, frozenset[Kind]]) -> list[DomainCorrections]:
    """Of every domain that has some. `whole`: by domain the kinds of which the files are to name all there is."""
    names = {domain.domain.id: domain.name for domain in live.domains}
    finder = _Finder(desired.policy, live.write_only, names, whole)
    by_id = {domain.domain.id: domain for domain in live.domains}
    heads = _paired([domain.entry for domain in desired.domains], [domain.domain for domain in live.domains])
    found = [
        finder.domain(domain, by_id[head.id] if head else None, heads.twice)
        for domain, (_, head) in zip(desired.domains, heads.pairs, strict=True)
    ]
    found += [DomainCorrections(None, by_id[head.id]) for head in heads.rest]
    return [one for one in found if one is not None and (not one.desired or not one.live or one.entries or one.new)]


def chosen(found: Iterable[DomainCorrections], only: Sequence[str]) -> list[DomainCorrections]:
    """What `--only` names; a domain comes or goes as a whole. ProblemsError where that is more than it names."""
    picked = (_picked(one, only) for one in found)
    return [one for one in picked if one is not None]


def _picked(one: DomainCorrections, only: Sequence[str]) -> DomainCorrections | None:
    if one.desired is None:
        return one if one.live is not None and is_named(only, one.live.domain.address) else None
    if one.live is None:
        return _gone(one, one.desired, only)
    entries = tuple(each for each in one.entries if is_named(only, *_addresses(each)))
    new = tuple(each for each in one.new if is_named(only, each.address))
    return replace(one, entries=entries, new=new) if entries or new else None


def _gone(one: DomainCorrections, desired: DesiredDomain, only: Sequence[str]) -> DomainCorrections | None:
    named = [entry.address for entry in desired.entries if is_named(only, entry.address)]
    if not named:
        return None
    if desired.entry.address not in named:
        what = f"--only leaves out {desired.entry.address.shown}, which is gone with {named[0].shown}"
        raise ProblemsError([Problem(desired.entry.place, what, "widen --only")])
    return one


def _addresses(one: Correction) -> Iterator[Address]:
    """All by which it may be named: as the files say, and as it is live."""
    yield one.entry.address
    if one.entry.former is not None:
        yield one.entry.former
    if one.live is not None:
        yield one.live.address


def _paired(entries: Sequence[Entry], live: Sequence[LiveObject]) -> _Paired:
    """By id wherever that is now, by address, by former name; where several could be meant, the first."""
    by_id = {one.id: one for one in live}
    by_key: dict[Key | None, list[LiveObject]] = defaultdict(list)
    for one in live:
        by_key[key_of(one)].append(one)
    said = {entry.id for entry in entries if entry.id is not None}
    taken = {id_ for id_ in said if id_ in by_id}
    pairs: list[tuple[Entry, LiveObject | None]] = []
    keys = {key_of(entry) for entry in entries}
    for entry in entries:
        if entry.id is not None:
            pairs.append((entry, by_id.get(entry.id)))
            continue
        former = former_key(entry)
        there = by_key.get(key_of(entry), ()) or (() if former in keys else by_key.get(former, ()))
        meant = next((one for one in there if one.id not in taken), None)
        taken |= {meant.id} if meant else set()
        pairs.append((entry, meant))
    rest = [one for one in live if one.id not in taken]
    return _Paired(pairs, rest, frozenset(key for key, same in by_key.items() if key is not None and len(same) > 1))


class _Finder:
    """Compares the entries of one domain after the other."""

    def __init__(
        self,
        policy: Policy,
        write_only: frozenset[str],
        names: Mapping[int, str],
        whole: Mapping[str, frozenset[Kind]],
    ) -> None:
        self._policy, self._write_only, self._names, self._whole = policy, write_only, names, whole

    def domain(
        self, desired: DesiredDomain, live: LiveDomain | None, twice: frozenset[Key]
    ) -> DomainCorrections | None:
        """What is to change in one domain."""
        if live is None:
            return None if desired.entry.absent else DomainCorrections(desired, None)
        entries = list(self._corrections([(desired.entry, live.domain)], twice))
        new: list[LiveObject] = []
        for kind, said, there in (
            (Kind.CATEGORY, desired.categories, live.categories),
            (Kind.CONFIG, desired.configs, live.configs),
        ):
            paired = _paired(said or (), there)
            entries += self._corrections(paired.pairs, paired.twice)
            if kind in self._whole.get(desired.name, ()):
                new += paired.rest
        return DomainCorrections(desired, live, tuple(entries), tuple(new))

    def _corrections(
        self, pairs: Iterable[tuple[Entry, LiveObject | None]], twice: frozenset[Key]
    ) -> Iterator[Correction]:
        for entry, live in pairs:
            if live is None:
                if not entry.absent:
                    yield Correction(entry, None)
                continue
            steps = tuple(self._steps(entry, live))
            id_ = live.id if entry.id is None and key_of(live) in twice else None
            if steps or entry.absent or id_ is not None:
                yield Correction(entry, live, steps, id_)

    def _steps(self, entry: Entry, live: LiveObject) -> Iterator[Steps]:
        ignored = entry.ignore | self._policy.ignored(entry.address, *found_at(live, self._names))
        before = by_field(view_of_live(live))
        after = by_field(view_of_target(make_target(entry, live, ignored)))
        for steps in dict.fromkeys((*before, *after)):
            if steps[0] in self._write_only and steps not in before:
                continue  # whether it differs cannot be known
            if not alike(steps, before.get(steps, NOTHING), after.get(steps, NOTHING)):
                yield tuple(map(str, steps))
