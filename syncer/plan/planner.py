"""The planner: desired and live state in, a finished plan out. Nothing here talks to anything."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from syncer.errors import Problem, ProblemsError, visible
from syncer.model.address import Action, Address, Kind, domain_address
from syncer.model.fields import config_types
from syncer.model.plan import Change, Coverage, Plan, Reach, Summary
from syncer.model.rules import broken_rules
from syncer.model.state import Desired, DesiredDomain, Entry, Live, LiveDomain, LiveObject, Policy, Target
from syncer.plan.diff import differences, same, view_of_live, view_of_target
from syncer.plan.digest import base_of, derive_key, files_of, keyed, target_of
from syncer.plan.match import Matched, Pair, former_key, key_of, match
from syncer.plan.order import rank
from syncer.plan.target import make_target, renamed


@dataclass(frozen=True, slots=True)
class Step:
    """A change together with what carrying it out needs; never written anywhere, since it holds secrets."""

    change: Change
    domain_id: int | None  # None: the domain is created by this plan
    live: LiveObject | None
    target: Target | None
    ignored: frozenset[str]


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and its steps, in the same order, and the key of its digests."""

    plan: Plan
    steps: tuple[Step, ...]
    key: bytes = field(repr=False)


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

    key: bytes
    policy: Policy
    write_only: frozenset[str]
    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unchanged: int = 0
    unmanaged: int = 0


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
        if domain.configs is not None and Kind.CONFIG in desired.policy.prune:
            pruned |= names
        keys = {key for entry in domain.configs or () for key in (key_of(entry), former_key(entry)) if key is not None}
        named |= {(name, *key) for name in names for key in keys}
    return lambda head: head.address.domain in pruned or (head.address.domain, *key_of(head)) in named


def make_plan(desired: Desired, live: Live, origin: Origin, only: Sequence[str] = ()) -> Planned:
    """The plan from live to desired; ProblemsError with everything that stands in its way."""
    key = derive_key(origin.password, origin.salt)
    draft = _Draft(key, desired.policy, live.write_only)
    _plan_domains(draft, desired, live)
    if draft.problems:
        raise ProblemsError(draft.problems)
    steps = sorted(draft.steps, key=lambda step: rank(step.change.action, step.change.address))
    chosen = tuple(step for step in steps if _is_chosen(step.change, only))
    _refuse_cut_off(chosen, steps)
    counts = {action: sum(step.change.action is action for step in chosen) for action in Action}
    plan = Plan(
        server_name=origin.server_name,
        server_url=origin.server_url,
        created=origin.now,
        salt=origin.salt,
        files_digest=keyed(key, files_of(desired, origin.profile_digest)),
        only=tuple(only),
        summary=Summary(
            counts[Action.CREATE], counts[Action.UPDATE], counts[Action.DELETE], draft.unchanged, draft.unmanaged
        ),
        changes=tuple(step.change for step in chosen),
        notes=tuple(draft.notes),
    )
    return Planned(plan, chosen, key)


def _plan_domains(draft: _Draft, desired: Desired, live: Live) -> None:
    by_id = {domain.domain.id: domain for domain in live.domains}
    matched = match([domain.entry for domain in desired.domains], [domain.domain for domain in live.domains])
    draft.problems.extend(matched.problems)
    content = {domain.entry.address: domain for domain in desired.domains}
    for pair in matched.pairs:
        if pair.live is None and not pair.entry.absent and not live.admin:
            draft.problems.append(_no_right(pair.entry))
            continue
        draft.problems.extend(_outlives(content[pair.entry.address]))
        _plan_pair(draft, pair, None)
        _plan_content(draft, content[pair.entry.address], by_id[pair.live.id] if pair.live else None)
    _leave_or_prune(draft, Kind.DOMAIN, matched, managed=True)


def _no_right(entry: Entry) -> Problem:
    what = f"{entry.address.shown} is not there, or the login has no right to it"
    return Problem(entry.place, what, "log in with the instance's password, or with that of this domain")


def _outlives(domain: DesiredDomain) -> Iterator[Problem]:
    """A domain that is to be absent cannot hold anything that is to be present."""
    if domain.entry.absent:
        for entry in (*(domain.categories or ()), *(domain.configs or ())):
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
    _leave_or_prune(draft, Kind.CATEGORY, matched, managed=desired.categories is not None)
    new_names = {pair.live.id: pair.entry.address.name for pair in matched.pairs if pair.live and not pair.entry.absent}
    known = _known_names(desired, categories, new_names)
    _plan_configs(draft, desired, [renamed(config, new_names) for config in configs], known, domain_id)


def _moved(objects: Iterable[LiveObject], domain: str) -> list[LiveObject]:
    """Objects of a domain that may be renamed, at the addresses that they have then."""
    return [
        one if one.address.domain == domain else replace(one, address=replace(one.address, domain=domain))
        for one in objects
    ]


def _known_names(desired: DesiredDomain, live: Sequence[LiveObject], new_names: dict[int, str]) -> dict[str, int]:
    """Category names that a config may use, with how many categories have each."""
    names = [new_names.get(category.id, category.address.name) for category in live]
    counts = {name: names.count(name) for name in names}
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
            if pair.live is None:
                draft.notes.extend(_unknown_type(pair.entry))
        _plan_pair(draft, pair, domain_id)
    _leave_or_prune(draft, Kind.CONFIG, matched, managed=desired.configs is not None)


def _unknown_categories(draft: _Draft, pair: Pair, known: dict[str, int]) -> Iterator[Problem]:
    entry = pair.entry
    if "categories" in _ignored(draft, pair) and pair.live is not None:
        return
    for name in entry.categories or ():
        if known.get(name) is None:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {visible(near[0])}?" if near else "add it to the domain's categories"
            yield Problem(entry.place, f"{entry.address.shown}: there is no category {visible(name)}", hint)
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
            draft.steps.append(_delete(draft, live, None))
        else:
            draft.unmanaged += 1


def _plan_pair(draft: _Draft, pair: Pair, domain_id: int | None) -> None:
    entry, live = pair.entry, pair.live
    if entry.absent:
        if live is None:
            draft.unchanged += 1
        else:
            draft.steps.append(_delete(draft, live, str(entry.place)))
        return
    ignored = _ignored(draft, pair)
    target = make_target(entry, live, ignored)
    draft.problems.extend(Problem(entry.place, what, "correct it") for _, what in broken_rules(target.fields))
    if live is None:
        draft.steps.append(_create(draft, entry, target, domain_id))
    elif step := _update(draft, entry, live, target, ignored):
        draft.steps.append(step)
    else:
        draft.unchanged += 1


def _ignored(draft: _Draft, pair: Pair) -> frozenset[str]:
    addresses = {pair.entry.address, pair.live.address if pair.live else pair.entry.address}
    return pair.entry.ignore | draft.policy.ignored(*addresses)


def _create(draft: _Draft, entry: Entry, target: Target, domain_id: int | None) -> Step:
    address = entry.address
    hidden = draft.policy.masked(address)
    diff = differences({}, view_of_target(target), address.kind, address.type, hidden)
    change = Change(
        Action.CREATE,
        address,
        None,
        None,
        None,
        keyed(draft.key, target_of(target)),
        diff,
        _reach(None, target),
        str(entry.place),
    )
    return Step(change, domain_id, None, target, frozenset())


def _update(draft: _Draft, entry: Entry, live: LiveObject, target: Target, ignored: frozenset[str]) -> Step | None:
    address = entry.address
    before, after = view_of_live(live), view_of_target(target)
    for name in draft.write_only & after.keys() - before.keys():
        del after[name]  # the service never tells it, so whether it differs cannot be known
    if same(before, after):
        return None
    diff = differences(before, after, address.kind, address.type, draft.policy.masked(address, live.address))
    if not diff:
        return None
    change = Change(
        Action.UPDATE,
        address,
        live.address if live.address != address else None,
        live.id,
        keyed(draft.key, base_of(live, ignored)),
        keyed(draft.key, target_of(target)),
        diff,
        _reach(live, target),
        str(entry.place),
    )
    return Step(change, live.domain_id, live, target, ignored)


def _delete(draft: _Draft, live: LiveObject, source: str | None) -> Step:
    address = live.address
    diff = differences(view_of_live(live), {}, address.kind, address.type, draft.policy.masked(address))
    base = keyed(draft.key, base_of(live, frozenset()))
    change = Change(Action.DELETE, address, None, live.id, base, None, diff, _reach(live, None), source)
    return Step(change, live.domain_id, live, None, frozenset())


def _reach(live: LiveObject | None, target: Target | None) -> Reach | None:
    """Which configs apply to every device; how many devices that is comes from the service."""
    thing = live or target
    if thing is None or thing.address.kind is not Kind.CONFIG:
        return None
    before = Coverage(everyone=live is not None and not live.categories)
    after = Coverage(everyone=target is not None and not target.categories and not target.kept_refs)
    return Reach(before, after)


def _is_chosen(change: Change, only: Sequence[str]) -> bool:
    addresses = [change.address, *([change.former] if change.former else [])]
    return not only or any(address.matches(glob) for glob in only for address in addresses)


def _refuse_cut_off(chosen: Sequence[Step], steps: Sequence[Step]) -> None:
    """`--only` must not leave out a change that a chosen one needs."""
    ids = {id(step) for step in chosen}
    left_out = {s.change.address: s.change for s in steps if id(s) not in ids and s.change.action is not Action.DELETE}
    problems = [
        Problem(None, f"--only leaves out {needed.shown}, which {step.change.address.shown} needs", "widen --only")
        for step in chosen
        for needed in _needs(step)
        if needed in left_out and (left_out[needed].action is Action.CREATE or left_out[needed].former)
    ]
    if problems:
        raise ProblemsError(problems)


def _needs(step: Step) -> Iterator[Address]:
    address = step.change.address
    if address.kind is not Kind.DOMAIN and step.domain_id is None:
        yield domain_address(address.domain)
    if step.target is not None and address.kind is Kind.CONFIG:
        for name in step.target.categories:
            yield Address(Kind.CATEGORY, address.domain, name=name)
