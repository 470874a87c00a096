"""What holds an apply back, computed from a plan's steps and the live state."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from syncer.errors import plural, visible
from syncer.model.address import Action, Address, Kind
from syncer.model.fields import Hardware
from syncer.model.plan import Guard
from syncer.model.state import CategoryRef, Devices, Live, LiveDomain, LiveObject, Policy
from syncer.plan.parts import Wanted, told, wanted
from syncer.plan.reach import EVERYTHING, Unreached, parts_to_ask, shrunk, unreached
from syncer.plan.steps import Step, by_domain
from syncer.plan.target import found_at

PROTECTED = "protected"
DELETES = "deletes"
UPDATES = "updates"
UNREACHED = "unreached"
CATEGORY_IN_USE = "category-in-use"
DOMAIN_IN_USE = "domain-in-use"
UNVERIFIED_WIRE = "unverified-wire"

_Scope = tuple[Kind, int | None]  # a kind in a domain, or all domains
_PLURALS = {Kind.DOMAIN: "domains", Kind.CATEGORY: "categories", Kind.CONFIG: "configs"}


def devices_to_find(steps: Sequence[Step], live: Live) -> Wanted:
    """What a guard depends on, of categories and domains as they are live; nothing where none does."""
    by_id = {(one.address.kind, one.domain_id, one.id): one for d in live.domains for one in (d.domain, *d.categories)}
    deleted = (
        by_id.get((step.change.address.kind, step.live.domain_id, step.live.id))
        for step in steps
        if step.live is not None and step.change.action is Action.DELETE
    )
    return wanted((*((one, EVERYTHING) for one in deleted if one is not None), *parts_to_ask(shrunk(steps, live))))


def check(steps: Sequence[Step], live: Live, policy: Policy) -> tuple[Guard, ...]:
    """Every guard that holds these steps back; `live.devices` must tell what `devices_to_find` names."""
    return (
        *_protected(steps, live, policy),
        *_in_use(steps, live),
        *_unreached(steps, live),
        *_over_limit(steps, live, Action.DELETE, policy.limits.deletes, policy.limits.deletes_percent),
        *_over_limit(steps, live, Action.UPDATE, policy.limits.updates, policy.limits.updates_percent),
    )


def unverified_wire(operations: Sequence[str], profile: str) -> Guard:
    """The plan needs operations that were not proven on this server."""
    return Guard(
        UNVERIFIED_WIRE,
        f"the wire profile {profile} is not verified on this server for {', '.join(operations)}: "
        "prove it with `syncer wire verify`",
        confirm="unverified-wire",
    )


def _protected(steps: Sequence[Step], live: Live, policy: Policy) -> Iterator[Guard]:
    was = {domain.domain.id: domain.name for domain in live.domains}
    held = tuple(
        step.change.address
        for step in steps
        if step.live is not None and policy.protected(step.change.address, *found_at(step.live, was))
    ) + tuple(_protected_inside(steps, live, policy))
    if held:
        yield Guard(PROTECTED, "policy.protect forbids to change or delete these", addresses=held)


def _protected_inside(steps: Sequence[Step], live: Live, policy: Policy) -> Iterator[Address]:
    """What a domain's rename would take out of protection, since it changes the address of all that it holds."""
    renamed = {
        step.live.id: step.change.address.domain
        for step in steps
        if step.live is not None and step.change.address.kind is Kind.DOMAIN and step.change.former is not None
    }
    touched = {(step.change.address.kind, step.live.id) for step in steps if step.live is not None}
    for domain in live.domains:
        name = renamed.get(domain.domain.id)
        for one in (*domain.categories, *domain.configs) if name is not None else ():
            stays = (one.address.kind, one.id) in touched or policy.protected(replace(one.address, domain=name or ""))
            if policy.protected(one.address) and not stays:
                yield one.address


def _in_use(steps: Sequence[Step], live: Live) -> Iterator[Guard]:
    domains = {domain.domain.id: domain for domain in live.domains}
    inside = by_domain(steps)
    users: dict[int, _Users] = {}
    for step in steps:
        if step.live is None or step.change.action is not Action.DELETE or step.domain_id not in domains:
            continue
        domain, of_domain = domains[step.domain_id], inside[step.domain_id]
        if step.change.address.kind is Kind.CATEGORY:
            if step.domain_id not in users:
                users[step.domain_id] = _Users(domain, of_domain)
            yield from _category_in_use(step.live, domain, users[step.domain_id].of(step.live), live)
        elif step.change.address.kind is Kind.DOMAIN:
            yield from _domain_in_use(step.live, domain, of_domain, live)


def _category_in_use(
    category: LiveObject, domain: LiveDomain, users: tuple[Address, ...], live: Live
) -> Iterator[Guard]:
    if users:
        what = f"{category.address.shown} is deleted while configs still name it; a config left without a category "
        yield Guard(CATEGORY_IN_USE, what + "applies to every device", addresses=users)
    found = live.devices.get(replace(category.address, domain=domain.name))  # its domain may be renamed
    yield from _has_devices(CATEGORY_IN_USE, category, found, "they would lose it for good")


class _Users:
    """Which configs of a domain name which category once its steps are done."""

    def __init__(self, domain: LiveDomain, steps: Iterable[Step]) -> None:
        self._by_id: defaultdict[int, list[Address]] = defaultdict(list)
        self._by_name: defaultdict[str | None, list[Address]] = defaultdict(list)
        of_configs = [step for step in steps if step.change.address.kind is Kind.CONFIG]
        touched = {step.live.id for step in of_configs if step.live is not None}
        for config in domain.configs:
            self._note(config.address, config.categories if config.id not in touched else ())
        for step in of_configs:
            if step.target is not None:
                named = (CategoryRef(None, name) for name in step.target.categories)
                self._note(step.change.address, (*named, *step.target.kept_refs))

    def _note(self, config: Address, refs: Iterable[CategoryRef]) -> None:
        for ref in refs:
            (self._by_name[ref.name] if ref.id is None else self._by_id[ref.id]).append(config)

    def of(self, category: LiveObject) -> tuple[Address, ...]:
        """Those that name this one."""
        by_name = self._by_name.get(category.address.name, ())
        return tuple(dict.fromkeys((*self._by_id.get(category.id, ()), *by_name)))


def _domain_in_use(domain: LiveObject, content: LiveDomain, steps: Sequence[Step], live: Live) -> Iterator[Guard]:
    if content.is_instance:
        yield Guard(DOMAIN_IN_USE, f"{domain.address.shown} is the instance's own domain", addresses=(domain.address,))
    gone = {
        (step.change.address.kind, step.live.id)
        for step in steps
        if step.live is not None and step.change.action is Action.DELETE
    }
    left = tuple(
        one.address for one in (*content.categories, *content.configs) if (one.address.kind, one.id) not in gone
    )
    if not content.is_read:
        yield Guard(DOMAIN_IN_USE, f"what {domain.address.shown} holds was not read", addresses=(domain.address,))
    if left:
        yield Guard(DOMAIN_IN_USE, f"{domain.address.shown} is deleted while it still holds these", addresses=left)
    yield from _has_devices(DOMAIN_IN_USE, domain, live.devices.get(domain.address), "they would belong to no domain")


def _has_devices(name: str, thing: LiveObject, devices: Devices | None, harm: str) -> Iterator[Guard]:
    if devices is None:
        yield Guard(name, f"whether {thing.address.shown} has devices cannot be checked", addresses=(thing.address,))
    elif devices:
        what = f"{thing.address.shown} is deleted while it has {_devices(devices)}; {harm}"
        yield Guard(name, what, addresses=(thing.address,))


def _unreached(steps: Sequence[Step], live: Live) -> Iterator[Guard]:
    found = tuple(unreached(shrunk(steps, live), live))
    certain, uncertain = [one for one in found if not one.unknown], [one for one in found if one.unknown]
    reasons = [*_silenced(certain), *_uncheckable(uncertain)]
    if reasons:
        held = tuple(one.address for one in (*certain, *uncertain))
        yield Guard(UNREACHED, "; ".join(reasons), UNREACHED, len(found), held)


def _silenced(configs: Sequence[Unreached]) -> Iterator[str]:
    by_hardware: dict[Hardware, list[Unreached]] = {}
    for one in configs:
        by_hardware.setdefault(one.hardware, []).append(one)
    for hardware, silenced in by_hardware.items():
        devices = _devices(Devices.all_of([one.devices for one in silenced]))
        yield f"{_configs(silenced)} would reach no device{hardware.shown} any more, now {devices}"


def _uncheckable(configs: Sequence[Unreached]) -> Iterator[str]:
    if configs:
        named = told(part for one in configs for part in one.unknown)
        yield f"whether {_configs(configs)} would still reach devices cannot be checked for {named}"


def _configs(configs: Sequence[Unreached]) -> str:
    return plural(len(configs), "config")


def _devices(devices: Devices) -> str:
    return plural(len(devices), "device")


def _over_limit(
    steps: Sequence[Step], live: Live, action: Action, most: int | None, percent: float | None
) -> Iterator[Guard]:
    if most is None and percent is None:
        return
    touched = [step for step in steps if step.change.action is action]
    reasons = []
    if most is not None and len(touched) > most:
        reasons.append(f"{_counted(len(touched), action)} more than the limit of {most}")
    there = _live_counts(live)
    called = {domain.domain.id: visible(domain.name) for domain in live.domains}
    for scope, count in Counter(map(_scope, touched)).items():  # in the order of the plan
        where = f" of {called[scope[1]]}" if scope[1] is not None else ""
        reasons.extend(_over_share(scope[0], where, action, count, there[scope], percent))
    if reasons:
        held = tuple(step.change.address for step in touched)
        yield Guard(f"{action}s", "; ".join(reasons), f"{action}s", len(touched), held)


def _over_share(kind: Kind, where: str, action: Action, count: int, there: int, percent: float | None) -> Iterator[str]:
    if count >= there:
        takes = "take" if action is Action.DELETE else "change"
        yield f"{count} {action}{f's {takes}' if count != 1 else f' {takes}s'} every {kind}{where}"
    elif percent is not None and count * 100 > Fraction(str(percent)) * there:  # to the letter, as it was written
        share = f"{count * 100 / there:.0f} % of the {there} {_PLURALS[kind]}{where}"
        yield f"{_counted(count, action)} {share}, over {percent:g} %"


def _counted(count: int, action: Action) -> str:
    return f"1 {action} is" if count == 1 else f"{count} {action}s are"


def _scope(step: Step) -> _Scope:
    kind = step.change.address.kind
    return (kind, None if kind is Kind.DOMAIN else step.domain_id)


def _live_counts(live: Live) -> Counter[_Scope]:
    counts: Counter[_Scope] = Counter({(Kind.DOMAIN, None): len(live.domains)})
    for domain in live.domains:
        counts[Kind.CATEGORY, domain.domain.id] = len(domain.categories)
        counts[Kind.CONFIG, domain.domain.id] = len(domain.configs)
    return counts
