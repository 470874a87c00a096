"""The planner: desired and live state in, a finished plan out. Nothing here talks to anything."""

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from syncer.errors import Place, Problem, ProblemsError, some, visible
from syncer.model.address import LEVELS, Action, Address, Kind
from syncer.model.fields import config_types, fields_of
from syncer.model.plan import Ignored, Plan, Summary
from syncer.model.rules import broken_rules
from syncer.model.state import Desired, DesiredDomain, Entry, Live, LiveDomain, LiveObject, Policy
from syncer.plan.choosing import cut_off, is_chosen, is_named, refuse_globs_of_nothing
from syncer.plan.diff import steps_of
from syncer.plan.digest import derive_key, files_of, keyed
from syncer.plan.ignoring import left_to_others
from syncer.plan.match import Matched, Pair, former_key, key_of, match
from syncer.plan.order import rank
from syncer.plan.renames import Search
from syncer.plan.steps import Maker, Step, masking
from syncer.plan.target import found_at, make_target, renamed

_NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and its steps, in the same order, and the key of its digests; `search` is for likely renames."""

    plan: Plan
    steps: tuple[Step, ...]
    key: bytes = field(repr=False)
    search: Search | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where and when a plan is made; `salt` is 16 random bytes in hex, `now` RFC 3339."""

    server_name: str
    server_url: str
    password: str = field(repr=False)
    profile_digest: str
    now: str
    salt: str


@dataclass(slots=True)
class _Draft:
    """What planning collects on its way."""

    maker: Maker
    policy: Policy
    write_only: frozenset[str]
    held: bool  # by a service once, so that no rules of files are asked of it
    domain_names: Mapping[int, str]  # as they are live, whatever the files rename them to
    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    spared: list[Address] = field(default_factory=list)  # protected, and not in files that manage their kind
    unchanged: list[Address] = field(default_factory=list)
    unmanaged: list[LiveObject] = field(default_factory=list)
    deleted: list[LiveObject] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    renamed: set[Address] = field(default_factory=set)  # what says itself under which name it may be live
    spent: list[Address] = field(default_factory=list)  # with a `renamed_from`, and live under the new name


def reads_content(desired: Desired) -> Callable[[LiveObject], bool]:
    """Which domains must be read with what they hold: those that an entry may mean, and those that may be pruned."""
    entries = [domain.entry for domain in desired.domains]
    names = {name for entry in entries for name in (entry.address.domain, entry.renamed_from)}
    everything = Kind.DOMAIN in desired.policy.prune
    return lambda domain: everything or domain.address.domain in names


def wants(desired: Desired) -> Callable[[LiveObject], bool]:
    """Which configs must be read completely: those that an entry may mean, and those that may be pruned."""
    named: set[tuple[str, str, str]] = set()
    pruned: set[str] = set()
    for domain in desired.domains:
        names = {name for name in (domain.name, domain.entry.renamed_from) if name is not None}
        if domain.manages(Kind.CONFIG) and Kind.CONFIG in desired.policy.prune:
            pruned |= names
        keys = {key for entry in domain.configs or () for key in (key_of(entry), former_key(entry)) if key is not None}
        named |= {(name, *key) for name in names for key in keys}
    return lambda head: head.address.domain in pruned or (head.address.domain, *key_of(head)) in named


def make_plan(
    desired: Desired, live: Live, origin: Origin, only: Sequence[str] = (), *, files_digest: str | None = None
) -> Planned:
    """The plan from live to desired; ProblemsError with everything that stands in its way.

    `files_digest`: that of another plan of the same files and salt, since to make it takes as long as all the rest.
    """
    key = derive_key(origin.password, origin.salt)
    names = {domain.domain.id: domain.name for domain in live.domains}
    draft = _Draft(Maker(key, masking(desired.policy, names)), desired.policy, live.write_only, desired.held, names)
    _plan_domains(draft, desired, live)
    if draft.problems:
        raise ProblemsError(draft.problems)
    refuse_globs_of_nothing(only, desired, live)
    steps = sorted(draft.steps, key=_position)
    chosen = tuple(step for step in steps if is_chosen(step.change, only))
    problems = [
        Problem(None, f"--only leaves out {needed.shown}, which {one.shown} needs", "widen --only")
        for one, needed in cut_off(chosen, steps)
    ]
    if problems:
        raise ProblemsError(problems)
    plan = Plan(
        server_name=origin.server_name,
        server_url=origin.server_url,
        created=origin.now,
        salt=origin.salt,
        files_digest=files_digest or keyed(key, files_of(desired, origin.profile_digest)),
        only=tuple(only),
        summary=Summary(),
        changes=tuple(step.change for step in chosen),
        notes=(*draft.notes, *_spared(draft.spared, desired.called), *_spent(draft.spent)),
    )
    creates = (s for s in chosen if s.change.action is Action.CREATE and s.change.address not in draft.renamed)
    search = Search(tuple(creates), (*draft.unmanaged, *draft.deleted), tuple(steps), live)
    return Planned(_with_what_stays(plan, draft), chosen, key, None if desired.held else search)


def _with_what_stays(plan: Plan, draft: _Draft) -> Plan:
    """With what is left alone, as far as `only` looks, and all the counts."""
    counts = {str(action): sum(change.action is action for change in plan.changes) for action in Action}
    unmanaged = [live.address for live in draft.unmanaged if is_named(plan.only, live.address)]
    unchanged = sum(is_named(plan.only, address) for address in draft.unchanged)
    ignored = (one for one in draft.ignored if is_named(plan.only, one.address))
    return replace(
        plan,
        summary=Summary(**counts, unchanged=unchanged, unmanaged=len(unmanaged)),
        unmanaged=tuple(sorted(unmanaged, key=_by_domain)),
        ignored=tuple(sorted(ignored, key=lambda one: _by_domain(one.address))),
    )


def _by_domain(address: Address) -> tuple[str, int, Address]:
    return address.domain, LEVELS[address.kind], address


def _plan_domains(draft: _Draft, desired: Desired, live: Live) -> None:
    by_id = {domain.domain.id: domain for domain in live.domains}
    matched = match([domain.entry for domain in desired.domains], [domain.domain for domain in live.domains])
    draft.problems.extend(matched.problems)
    content = {id(domain.entry): domain for domain in desired.domains}  # two domains may have one address
    for pair in matched.pairs:
        if pair.live is None and not pair.entry.absent and not live.admin:
            draft.problems.append(_no_right(pair.entry))
            continue
        domain = content[id(pair.entry)]
        draft.problems.extend(_outlives(domain))
        _plan_pair(draft, pair, None)
        _plan_content(draft, domain, by_id[pair.live.id] if pair.live else None)
    _leave_or_prune(draft, Kind.DOMAIN, matched, managed=True)


def _no_right(entry: Entry) -> Problem:
    what = f"{entry.address.shown} is not there, or the login has no right to it"
    return Problem(entry.place, what, "log in with the instance's password, or with that of this domain")


def _outlives(domain: DesiredDomain) -> Iterator[Problem]:
    """A domain that is to be absent cannot hold anything that is to be present."""
    if domain.entry.absent:
        for entry in domain.entries:
            if not entry.absent:
                what = f"{entry.address.shown} is to be present in a domain that is to be absent"
                yield Problem(entry.place, what, "remove it, or the domain's `state: absent`")


def _plan_content(draft: _Draft, desired: DesiredDomain, live: LiveDomain | None) -> None:
    """One domain's categories and configs."""
    categories = _moved(live.categories, desired.name) if live else ()
    configs = _moved(live.configs, desired.name) if live else ()
    domain_id = live.domain.id if live else None
    matched = match(desired.categories or (), categories)
    draft.problems.extend(matched.problems)
    for pair in matched.pairs:
        _plan_pair(draft, pair, domain_id)
    _leave_or_prune(draft, Kind.CATEGORY, matched, managed=desired.manages(Kind.CATEGORY))
    new_names = {
        pair.live.id: pair.entry.address.name
        for pair in matched.pairs
        if pair.live and not pair.entry.absent and pair.live.address != pair.entry.address
    }
    known = _known_names(desired, categories, new_names)
    if new_names:
        configs = [renamed(config, new_names, categories) for config in configs]
    _plan_configs(draft, desired, configs, known, domain_id)


def _moved(objects: Iterable[LiveObject], domain: str) -> list[LiveObject]:
    """Objects of a domain that may be renamed, at the addresses that they have then."""
    return [
        one if one.address.domain == domain else replace(one, address=replace(one.address, domain=domain))
        for one in objects
    ]


def _known_names(desired: DesiredDomain, live: Sequence[LiveObject], new_names: dict[int, str]) -> dict[str, int]:
    """Category names that a config may use, with how many categories have each."""
    counts = Counter(new_names.get(category.id, category.address.name) for category in live)
    for entry in desired.categories or ():
        if not entry.absent:
            counts.setdefault(entry.address.name, 1)
    return counts


def _plan_configs(
    draft: _Draft, desired: DesiredDomain, live: Sequence[LiveObject], known: dict[str, int], domain_id: int | None
) -> None:
    matched = match(desired.configs or (), live)
    draft.problems.extend(matched.problems)
    for pair in matched.pairs:
        if not pair.entry.absent:
            draft.problems.extend(_unknown_categories(draft, pair, known))
            if pair.live is None and not draft.held:
                draft.notes.extend(_unknown_type(pair.entry))
        _plan_pair(draft, pair, domain_id)
    _leave_or_prune(draft, Kind.CONFIG, matched, managed=desired.manages(Kind.CONFIG))


def _unknown_categories(draft: _Draft, pair: Pair, known: dict[str, int]) -> Iterator[Problem]:
    entry = pair.entry
    if "categories" in _ignored(draft, pair) and pair.live is not None:
        return
    if entry.categories is None:
        what = f"{entry.address.shown} does not say its categories"
        yield Problem(entry.place, what, "name them, or write categories: [] for every device of the domain")
    for name in entry.categories or ():
        if known.get(name) is None:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {visible(near[0])}?" if near else "add it to the domain's categories"
            place = entry.place_of("categories")
            yield Problem(place, f"{entry.address.shown}: there is no category {visible(name)}", hint)
        elif known[name] > 1:
            what = f"{entry.address.shown}: {known[name]} categories are named {visible(name)}"
            yield Problem(entry.place, what, "rename one of them on the server")


def _unknown_type(entry: Entry) -> Iterator[str]:
    if entry.address.type not in config_types():
        near = difflib.get_close_matches(entry.address.type.upper(), config_types(), 1)
        like = f"; did you mean {near[0]}?" if near else ""
        yield f"{entry.address.shown}: syncer does not know this type and creates it as written{like}"


def _leave_or_prune(draft: _Draft, kind: Kind, matched: Matched, *, managed: bool) -> None:
    """Live objects that no entry means: deleted if the policy says so and the files have the key, else left."""
    prunes = managed and kind in draft.policy.prune
    for live in matched.unmatched:
        if prunes and (kind is not Kind.CONFIG or live.address.type in config_types()):
            ignored = draft.policy.ignored(*_live_addresses(draft, live))
            draft.steps.append(draft.maker.delete(live, ignored, None))
            draft.deleted.append(live)
            continue
        draft.unmanaged.append(live)
        if managed and kind is not Kind.DOMAIN and draft.policy.protected(*_live_addresses(draft, live)):
            draft.spared.append(live.address)


def _spared(addresses: Sequence[Address], source: str) -> Iterator[str]:
    """That somebody took a protected object out of the files would show nowhere else."""
    if addresses:
        are = "objects are" if len(addresses) != 1 else "object is"
        yield f"{len(addresses)} protected {are} not in {source} and left alone: {_first(addresses)}"


def _spent(addresses: Sequence[Address]) -> Iterator[str]:
    """What the files cannot show: a rename that is done."""
    if addresses:
        yield f"renamed_from has done its work here and can go once every server has seen it: {_first(addresses)}"


def _first(addresses: Sequence[Address]) -> str:
    return some(sorted(addresses), _NAMED_AT_MOST, visible)


def _plan_pair(draft: _Draft, pair: Pair, domain_id: int | None) -> None:
    entry, live = pair.entry, pair.live
    if entry.absent:
        if live is None:
            draft.unchanged.append(entry.address)
        else:
            draft.steps.append(draft.maker.delete(live, _ignored(draft, pair), _source(draft, entry)))
            draft.deleted.append(live)
        return
    if live is not None and entry.former is not None and key_of(live) == key_of(entry):
        draft.spent.append(entry.address)
    ignored = _ignored(draft, pair)
    target = make_target(entry, live, ignored)
    draft.problems.extend(
        Problem(entry.place, f"{entry.address.shown}: {what}", "correct it")
        for names, what in (() if draft.held else broken_rules(target.fields))
        if live is None or not ignored.issuperset(names)  # what others do with their fields is theirs
    )
    if live is None:
        draft.steps.append(_with_sources(draft.maker.create(target, domain_id, _source(draft, entry)), entry))
        draft.renamed.update({entry.address} if entry.former else ())
    elif step := draft.maker.update(live, target, ignored, _source(draft, entry), unknowable=draft.write_only):
        draft.steps.append(_with_sources(step, entry))
        draft.notes.extend(_lost_when_updated(draft, entry.address, ignored))
    else:
        draft.unchanged.append(entry.address)
    if live is not None and (fields := left_to_others(entry, live, ignored, draft.write_only)):
        draft.ignored.append(Ignored(entry.address, fields))


def _source(draft: _Draft, entry: Entry) -> Place | None:
    """Where people said it; they did not say what a service held."""
    return None if draft.held else entry.place


def _with_sources(step: Step, entry: Entry) -> Step:
    """The step, its differences with the places of what a baseline or a variable says."""
    if entry.origins is None:
        return step
    places = (entry.place_of(*steps_of(one.path)) for one in step.change.diff)
    diff = tuple(
        one if place == entry.place else replace(one, source=str(place))
        for one, place in zip(step.change.diff, places, strict=True)
    )
    return replace(step, change=replace(step.change, diff=diff))


def _lost_when_updated(draft: _Draft, address: Address, ignored: frozenset[str]) -> Iterator[str]:
    for name in sorted(draft.write_only & ignored & fields_of(address.kind, address.type).keys()):
        yield f"{address.shown}: the service never returns {name}, so this update may lose it; give it here"


def _ignored(draft: _Draft, pair: Pair) -> frozenset[str]:
    return pair.entry.ignore | draft.policy.ignored(pair.entry.address, *_live_addresses(draft, pair.live))


def _live_addresses(draft: _Draft, live: LiveObject | None) -> tuple[Address, ...]:
    """Policies may name any of them."""
    return () if live is None else found_at(live, draft.domain_names)


def _position(step: Step) -> tuple[tuple[int, Address], int]:
    """Two objects with one address have their ids for order, so that no other order of files or server shows."""
    return rank(step.change.action, step.change.address), step.change.id or 0
