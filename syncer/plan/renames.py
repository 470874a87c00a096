"""Likely renames: what is to be created looks like what is live and not wanted any more. Only suggested, never done.

A category that is deleted and created anew loses its devices; renamed it keeps them. What is merely similar, such as
another floor or another site, must not be suggested: nobody reads suggestions that are mostly wrong.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TypeVar

from syncer.model.address import Action, Address, Kind
from syncer.model.plan import Rename
from syncer.model.state import Live, LiveObject
from syncer.plan.likeness import Content, Rarity, content_of, name_likeness, said_of, words
from syncer.plan.steps import Step, by_domain
from syncer.plan.uses import Use, uses_of

_READ_AT_MOST = 200  # configs
_NAMES_AT_MOST = 2500  # pairs of categories whose names are compared
_NAME_ALONE = 0.8  # likeness at which the name of a category is enough
_NAME_WITH_CONTENT = 0.6
_NEARLY_ALL, _MOST = 0.8, 0.6  # share of the content that is the same, without and with a similar name
_SOME_EVIDENCE = 0.5
_DELETED = 0.05  # added for what would be lost

_FEW = 20  # objects with something in common that are compared one by one

_Thing = TypeVar("_Thing")
Scope = tuple[int, Kind, str]  # the domain's id, and the type of a config


@dataclass(frozen=True, slots=True)
class Search:
    """Where likely renames are looked for.

    `creates`: what is to be created, but for entries with a `renamed_from` of their own. `loose`: live objects that no
    entry means to stay, unmanaged or deleted. `steps`: all, chosen or not.
    """

    creates: tuple[Step, ...]
    loose: tuple[LiveObject, ...]
    steps: tuple[Step, ...] = field(repr=False)
    live: Live = field(repr=False)

    @property
    def unread(self) -> tuple[LiveObject, ...]:
        """Configs that must be read completely before; of very many only the first."""
        scopes = {_scope_of_create(step) for step in self.creates}
        unread = (one for one in self.loose if not one.complete and _scope(one) in scopes)
        return tuple(sorted(unread, key=lambda one: (one.address, one.id))[:_READ_AT_MOST])

    def with_read(self, read: Iterable[LiveObject]) -> "Search":
        """With what was read since."""
        found = {(one.domain_id, one.id): one for one in read}

        def completed(one: LiveObject) -> LiveObject:
            full = found.get((one.domain_id, one.id)) if one.address.kind is Kind.CONFIG else None
            # its categories have their names already, which may be new ones
            return replace(one, fields=full.fields, extra=full.extra, complete=True) if full else one

        return replace(self, loose=tuple(map(completed, self.loose)))


@dataclass(frozen=True, slots=True)
class _Pair:
    step: Step
    live: LiveObject
    score: float

    @property
    def sides(self) -> tuple[Address, tuple[Kind, int, int]]:
        """What at most one suggestion may name."""
        return self.step.change.address, (self.live.address.kind, self.live.domain_id, self.live.id)


def likely_renames(search: Search) -> tuple[Rename, ...]:
    """In the order of the creates; each create and each live object at most once, and neither of two that tie."""
    creates, loose = _by_scope(search)
    domains = {domain.domain.id: domain for domain in search.live.domains}
    deleted = {
        (step.live.address.kind, step.live.domain_id, step.live.id)
        for step in search.steps
        if step.live and step.change.action is Action.DELETE
    }
    steps, unwanted = by_domain(search.steps), _unwanted(search)
    found: defaultdict[int, list[_Pair]] = defaultdict(list)
    for scope in sorted(creates.keys() & loose.keys(), key=lambda one: one[1] is not Kind.CATEGORY):
        domain_id, kind, config_type = scope
        others = [one for one in domains[domain_id].configs if one.id not in unwanted[domain_id]]
        if kind is Kind.CATEGORY:
            uses = uses_of(steps[domain_id], others, loose[scope])
            pairs = list(_category_pairs(creates[scope], loose[scope], uses))
        else:
            configs = _Configs(config_type, others, _new_names(found[domain_id]), search.live.write_only)
            pairs = list(configs.pairs(creates[scope], loose[scope]))
        found[domain_id] += _best(
            replace(pair, score=pair.score + _DELETED * (pair.sides[1] in deleted)) for pair in pairs
        )
    by_address = {pair.step.change.address: pair for pairs in found.values() for pair in pairs}
    ordered = (by_address.get(step.change.address) for step in search.creates)
    return tuple(
        Rename(pair.step.change.address, pair.live.address, pair.step.change.source) for pair in ordered if pair
    )


def _unwanted(search: Search) -> Mapping[int, set[int]]:
    """The ids of the configs that no entry means to stay, by domain."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for one in search.loose:
        if one.address.kind is Kind.CONFIG:
            found[one.domain_id].add(one.id)
    return found


def _scope(live: LiveObject) -> Scope:
    return live.domain_id, live.address.kind, live.address.type


def _scope_of_create(step: Step) -> Scope | None:
    """None where nothing can be live yet."""
    address = step.change.address
    return None if step.domain_id is None else (step.domain_id, address.kind, address.type)


def _by_scope(search: Search) -> tuple[Mapping[Scope, list[Step]], Mapping[Scope, list[LiveObject]]]:
    """Only what `renamed_from` could name: not one of two with the same address."""
    creates, loose = defaultdict(list), defaultdict(list)
    for step in search.creates:
        if (scope := _scope_of_create(step)) and scope[1] is not Kind.DOMAIN:
            creates[scope].append(step)
    every = (one for domain in search.live.domains for one in (*domain.categories, *domain.configs))
    counts = Counter((_scope(one), one.address.name) for one in every)
    for live in search.loose:
        if live.complete and counts[_scope(live), live.address.name] == 1 and live.address.name:
            loose[_scope(live)].append(live)
    return creates, loose


def _best(pairs: Iterable[_Pair]) -> Iterator[_Pair]:
    """The likeliest first; of two that are equally likely and have one side in common, neither."""
    ranked = sorted(pairs, key=lambda pair: -round(pair.score, 6))
    taken: set[object] = set()
    for _, equals in groupby(ranked, key=lambda pair: round(pair.score, 6)):
        free = [pair for pair in equals if taken.isdisjoint(pair.sides)]
        counts = Counter(side for pair in free for side in pair.sides)
        yield from (pair for pair in free if all(counts[side] == 1 for side in pair.sides))
        taken |= counts.keys()


def _category_pairs(creates: Sequence[Step], loose: Sequence[LiveObject], uses: Mapping[int, Use]) -> Iterator[_Pair]:
    """Most of the configs that name the one now will name the other; else the name must tell."""
    compare = len(creates) * len(loose) <= _NAMES_AT_MOST
    named = {step.change.address.name: step for step in creates}
    by_words: defaultdict[object, list[Step]] = defaultdict(list)
    for step in creates:
        if said := words(step.change.address.name):
            by_words[tuple(said)].append(step)
    for live in loose:
        use, name = uses[live.id], live.address.name
        if use.stays:
            continue
        same = {one.change.address.name: one for one in _few(by_words[tuple(words(name))])}
        near = {new: named[new] for new in use.new_names if new in named}
        for new, step in (named if compare else near | same).items():
            alike = name_likeness(new, name) if compare else float(new in same)
            if use.new_names[new] * 2 > use.configs:
                yield _Pair(step, live, 1 + alike)
            elif alike == 1 or (alike >= _NAME_ALONE and not use.configs and _same_config(step, live)):
                yield _Pair(step, live, alike)


def _few(found: Sequence[_Thing]) -> Sequence[_Thing]:
    """What very many have in common says nothing of any of them, and would take ages to compare."""
    return found if len(found) <= _FEW else ()


def _same_config(step: Step, live: LiveObject) -> bool:
    return step.target is not None and step.target.fields.get("config") == live.fields.get("config")


def _new_names(pairs: Iterable[_Pair]) -> Mapping[str, str]:
    """Of categories that were likely renamed."""
    return {p.live.address.name: p.step.change.address.name for p in pairs if p.live.address.kind is Kind.CATEGORY}


class _Configs:
    """The configs of one type in one domain, as far as they are known."""

    def __init__(
        self,
        config_type: str,
        others: Iterable[LiveObject],
        new_names: Mapping[str, str],
        write_only: frozenset[str],
    ) -> None:
        self._type, self._new_names, self._write_only = config_type, new_names, write_only
        self._others = [self._live(one) for one in others if one.complete and one.address.type == config_type]

    def _live(self, live: LiveObject) -> Content:
        called = [f"#{ref.id}" if ref.name is None else ref.name for ref in live.categories]
        return content_of(live, (self._new_names.get(name, name) for name in called), self._write_only)

    def _wanted(self, step: Step) -> Content:
        return content_of(step.target, step.target.categories, self._write_only) if step.target else {}

    def pairs(self, creates: Sequence[Step], loose: Sequence[LiveObject]) -> Iterator[_Pair]:
        """What is likely the same. Only those are compared that share a value which few have, or their words."""
        contents = {live.id: self._live(live) for live in loose}
        wanted = [self._wanted(step) for step in creates]
        rarity = Rarity(self._type, (*self._others, *contents.values(), *wanted))
        index: defaultdict[object, list[LiveObject]] = defaultdict(list)
        for live in loose:
            for key in self._keys(live.address.name, contents[live.id], rarity):
                index[key].append(live)
        for step, content in zip(creates, wanted, strict=True):
            keys = self._keys(step.change.address.name, content, rarity)
            for live in {one.id: one for key in keys for one in _few(index[key])}.values():
                if score := self._score(step, live, content, contents[live.id], rarity):
                    yield _Pair(step, live, score)

    def _keys(self, name: str, content: Content, rarity: Rarity) -> list[object]:
        return [tuple(words(name)), *(item for item in content.items() if rarity.weight(*item))]

    def _score(self, step: Step, live: LiveObject, wanted: Content, there: Content, rarity: Rarity) -> float:
        """0 if it is not likely."""
        here, there_too = wanted.get("categories"), there.get("categories")
        if here != there_too and not (_names(here) & _names(there_too)):
            return 0.0  # for other devices
        alike = name_likeness(step.change.address.name, live.address.name)
        found = rarity.agreement(wanted, said_of(there, wanted, self._type))
        by_content = found.evidence >= 1 and found.share >= _NEARLY_ALL
        by_both = found.evidence >= _SOME_EVIDENCE and found.share >= _MOST and alike >= _NAME_WITH_CONTENT
        return found.share + alike if alike == 1 or by_content or by_both else 0.0


def _names(categories: object) -> frozenset[str]:
    return categories if isinstance(categories, frozenset) else frozenset()
