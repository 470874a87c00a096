"""What holds an apply back, computed from a plan's steps and the live state."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from syncer.model.address import Action, Address, Kind
from syncer.model.plan import Guard
from syncer.model.state import Live, LiveDomain, LiveObject, Policy
from syncer.plan.planner import Step

PROTECTED = "protected"
DELETES = "deletes"
UPDATES = "updates"
CATEGORY_IN_USE = "category-in-use"
DOMAIN_IN_USE = "domain-in-use"
UNVERIFIED_WIRE = "unverified-wire"

_Scope = tuple[Kind, str]
Counts = Mapping[Address, int | None]


def devices_to_count(steps: Iterable[Step]) -> tuple[LiveObject, ...]:
    """Categories and domains whose deletion depends on whether they have devices."""
    return tuple(
        step.live
        for step in steps
        if step.live is not None and step.change.action is Action.DELETE and step.live.address.kind is not Kind.CONFIG
    )


def check(steps: Sequence[Step], live: Live, policy: Policy) -> tuple[Guard, ...]:
    """Every guard that holds these steps back; `live.devices` must count what `devices_to_count` names."""
    return (
        *_protected(steps, policy),
        *_in_use(steps, live),
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


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a person confirmed: exact numbers, and the word for an unverified wire profile."""

    deletes: int | None = None
    updates: int | None = None
    unverified_wire: bool = False

    def covers(self, guard: Guard) -> bool:
        """Whether the guard lets the plan through."""
        match guard.confirm:
            case "deletes":
                return self.deletes == guard.count
            case "updates":
                return self.updates == guard.count
            case "unverified-wire":
                return self.unverified_wire
            case _:
                return False


def _protected(steps: Sequence[Step], policy: Policy) -> Iterator[Guard]:
    touched = [step.change for step in steps if step.change.action is not Action.CREATE]
    held = tuple(c.address for c in touched if policy.protected(c.address, c.former or c.address))
    if held:
        yield Guard(PROTECTED, "policy.protect forbids to change or delete these", addresses=held)


def _in_use(steps: Sequence[Step], live: Live) -> Iterator[Guard]:
    domains = {domain.domain.id: domain for domain in live.domains}
    for step in steps:
        if step.live is None or step.change.action is not Action.DELETE or step.domain_id not in domains:
            continue
        domain = domains[step.domain_id]
        if step.change.address.kind is Kind.CATEGORY:
            yield from _category_in_use(step.live, domain, steps, live.devices)
        elif step.change.address.kind is Kind.DOMAIN:
            yield from _domain_in_use(step.live, domain, steps, live.devices)


def _category_in_use(
    category: LiveObject, domain: LiveDomain, steps: Sequence[Step], devices: Counts
) -> Iterator[Guard]:
    users = tuple(_users(category, domain, steps))
    if users:
        what = f"{category.address.shown} is deleted while configs still name it; a config left without a category "
        yield Guard(CATEGORY_IN_USE, what + "applies to every device", addresses=users)
    yield from _has_devices(CATEGORY_IN_USE, category, devices, "they would lose it for good")


def _users(category: LiveObject, domain: LiveDomain, steps: Sequence[Step]) -> Iterator[Address]:
    """Configs that name the category once the steps are done."""
    after = {step.live.id: step for step in steps if step.live is not None and step.change.address.kind is Kind.CONFIG}
    for config in domain.configs:
        step = after.get(config.id)
        if step is None:
            names = any(_means(ref.id, ref.name, category) for ref in config.categories)
        elif step.target is None:
            names = False
        else:
            kept = any(_means(ref.id, ref.name, category) for ref in step.target.kept_refs)
            names = kept or category.address.name in step.target.categories
        if names:
            yield config.address


def _means(ref_id: int | None, ref_name: str | None, category: LiveObject) -> bool:
    return ref_id == category.id if ref_id is not None else ref_name == category.address.name


def _domain_in_use(domain: LiveObject, content: LiveDomain, steps: Sequence[Step], devices: Counts) -> Iterator[Guard]:
    if content.is_instance:
        yield Guard(DOMAIN_IN_USE, f"{domain.address.shown} is the instance's own domain", addresses=(domain.address,))
    gone = {(s.change.address.kind, s.live.id) for s in steps if s.live and s.change.action is Action.DELETE}
    left = tuple(
        one.address for one in (*content.categories, *content.configs) if (one.address.kind, one.id) not in gone
    )
    if not content.is_read:
        yield Guard(DOMAIN_IN_USE, f"what {domain.address.shown} holds was not read", addresses=(domain.address,))
    if left:
        yield Guard(DOMAIN_IN_USE, f"{domain.address.shown} is deleted while it still holds these", addresses=left)
    yield from _has_devices(DOMAIN_IN_USE, domain, devices, "they would belong to no domain")


def _has_devices(name: str, thing: LiveObject, devices: Counts, harm: str) -> Iterator[Guard]:
    count = devices.get(thing.address)
    if count is None:
        yield Guard(name, f"whether {thing.address.shown} has devices cannot be checked", addresses=(thing.address,))
    elif count:
        what = f"{thing.address.shown} is deleted while it has {count} device{'s' * (count != 1)}; {harm}"
        yield Guard(name, what, addresses=(thing.address,))


def _over_limit(
    steps: Sequence[Step], live: Live, action: Action, most: int | None, percent: float | None
) -> Iterator[Guard]:
    touched = [step.change.former or step.change.address for step in steps if step.change.action is action]
    reasons = []
    if most is not None and len(touched) > most:
        reasons.append(f"{len(touched)} {action}s are more than the limit of {most}")
    there = _live_counts(live)
    for scope, count in sorted(Counter(map(_scope, touched)).items()):
        reasons.extend(_over_share(scope, action, count, there[scope], percent))
    if reasons:
        yield Guard(f"{action}s", "; ".join(reasons), f"{action}s", len(touched), tuple(touched))


def _over_share(scope: _Scope, action: Action, count: int, there: int, percent: float | None) -> Iterator[str]:
    kind, domain = scope
    where = f" of {domain}" if domain else ""
    if action is Action.DELETE and count >= there:
        yield f"{count} deletes take every {kind}{where}"
    elif percent is not None and count * 100 > percent * there:
        yield f"{count} {action}s are {count * 100 / there:.0f} % of the {there} {kind}s{where}, over {percent:g} %"


def _scope(address: Address) -> _Scope:
    return (address.kind, "" if address.kind is Kind.DOMAIN else address.domain)


def _live_counts(live: Live) -> Counter[_Scope]:
    counts: Counter[_Scope] = Counter({(Kind.DOMAIN, ""): len(live.domains)})
    for domain in live.domains:
        counts[(Kind.CATEGORY, domain.name)] = len(domain.categories)
        counts[(Kind.CONFIG, domain.name)] = len(domain.configs)
    return counts
