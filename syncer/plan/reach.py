"""Which configs stop reaching devices that they reach now, by their own categories or by what becomes of these."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from syncer.model.address import Action, Address, Kind
from syncer.model.state import CategoryRef, Live, LiveDomain, LiveObject, Target
from syncer.plan.steps import Step

Part = LiveObject | CategoryRef  # a category, or the domain for everyone; a reference that no live category explains


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A config that reaches the devices of `lost` no more, unless they are those of `kept` too."""

    address: Address
    lost: tuple[Part, ...]
    kept: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Unreached:
    """A config that reaches nobody after the plan, and the devices that it reaches now.

    With `unknown` that is not certain: of those parts nobody can tell the devices.
    """

    address: Address
    devices: frozenset[int]
    unknown: tuple[Part, ...]


def shrunk(steps: Iterable[Step], live: Live) -> tuple[Shrunk, ...]:
    """Every live config that the steps leave there, and take something of its reach from."""
    by_domain: defaultdict[int | None, list[Step]] = defaultdict(list)
    for step in steps:
        by_domain[step.domain_id].append(step)
    touched = (domain for domain in live.domains if domain.domain.id in by_domain)
    return tuple(config for domain in touched for config in _shrunk_in(domain, by_domain[domain.domain.id]))


def parts_to_ask(configs: Iterable[Shrunk]) -> Iterator[LiveObject]:
    """The categories and domains whose devices decide."""
    for config in configs:
        yield from (part for part in (*config.lost, *config.kept) if isinstance(part, LiveObject))


def unreached(configs: Iterable[Shrunk], live: Live) -> Iterator[Unreached]:
    """Those that reach devices now and none then, and those of which that cannot be told."""
    ambiguous = _ambiguous(live)
    for config in configs:
        lost, lost_unknown = _devices(config.lost, live, ambiguous)
        kept, kept_unknown = _devices(config.kept, live, ambiguous)
        if not kept and (lost or lost_unknown):
            yield Unreached(config.address, lost, kept_unknown if lost else lost_unknown + kept_unknown)


def _devices(
    parts: Iterable[Part], live: Live, ambiguous: frozenset[Address]
) -> tuple[frozenset[int], tuple[Part, ...]]:
    """The devices that these have for certain, and those of these that may have more."""
    known: frozenset[int] = frozenset()
    unknown: list[Part] = []
    for part in parts:
        devices = live.devices.get(part.address) if isinstance(part, LiveObject) else None
        if devices is None or (devices and isinstance(part, LiveObject) and part.address in ambiguous):
            unknown.append(part)
        else:
            known |= devices
    return known, tuple(unknown)


def _ambiguous(live: Live) -> frozenset[Address]:
    """Names that several categories of a domain have: devices are asked for by name, and could be any one's."""
    counts = Counter(category.address for domain in live.domains for category in domain.categories)
    return frozenset(address for address, count in counts.items() if count > 1)


def _shrunk_in(domain: LiveDomain, steps: Sequence[Step]) -> Iterator[Shrunk]:
    categories = _Categories(domain, [step for step in steps if step.change.address.kind is Kind.CATEGORY])
    own = {step.live.id: step for step in steps if step.live and step.change.address.kind is Kind.CONFIG}
    for config in domain.configs if own or categories.use_changes else ():
        step = own.get(config.id)
        if step is not None and step.change.action is Action.DELETE:
            continue
        then = _then(config, step, categories)
        lost = tuple(part for part in categories.now(config.categories) if part not in then)
        if lost and domain.domain not in then:
            yield Shrunk(step.change.address if step else config.address, lost, then)


def _then(config: LiveObject, step: Step | None, categories: "_Categories") -> tuple[Part, ...]:
    if step is None or step.target is None or "categories" in step.ignored:
        return categories.then(config.categories)
    return categories.then_of(step.target)


class _Categories:
    """What makes up the reach of a domain's configs, now and once the steps are done.

    A category that is not used for configs is no part of it. Nor is a new one, which has no devices. One that is
    deleted stays here: to delete it under a config, or with devices, is not allowed anyway.
    """

    def __init__(self, domain: LiveDomain, steps: Iterable[Step]) -> None:
        self._everyone = domain.domain
        self._by_id = {category.id: category for category in domain.categories}
        self._by_name: defaultdict[str | None, list[LiveObject]] = defaultdict(list)
        self._by_new_name: defaultdict[str, list[LiveObject | None]] = defaultdict(list)  # None: a new category
        targets = {step.live.id if step.live else None: step.target for step in steps if step.target}
        for category in domain.categories:
            target = targets.get(category.id)
            self._by_name[category.address.name].append(category)
            self._by_new_name[(target or category).address.name].append(category)
        for step in steps:
            if step.change.action is Action.CREATE:
                self._by_new_name[step.change.address.name].append(None)
        self._used = {one.id for one in domain.categories if one.fields.get("config")}
        self._then_used = {one.id for one in domain.categories if (targets.get(one.id) or one).fields.get("config")}

    @property
    def use_changes(self) -> bool:
        """Whether any is no longer used for configs."""
        return bool(self._used - self._then_used)

    def now(self, refs: Sequence[CategoryRef]) -> tuple[Part, ...]:
        """What live references reach."""
        return self._parts(refs, self._used) if refs else (self._everyone,)

    def then(self, refs: Sequence[CategoryRef]) -> tuple[Part, ...]:
        """What live references reach once the steps are done."""
        return self._parts(refs, self._then_used) if refs else (self._everyone,)

    def then_of(self, target: Target) -> tuple[Part, ...]:
        """What a config reaches that is to name these categories."""
        if not target.categories and not target.kept_refs:
            return (self._everyone,)
        named = tuple(part for name in target.categories for part in self._called(name))
        return named + self._parts(target.kept_refs, self._then_used)

    def _parts(self, refs: Sequence[CategoryRef], used: set[int]) -> tuple[Part, ...]:
        meant = (part for ref in refs for part in self._meant(ref))
        return tuple(part for part in meant if not isinstance(part, LiveObject) or part.id in used)

    def _meant(self, ref: CategoryRef) -> Sequence[Part]:
        if ref.id is None:
            return self._by_name.get(ref.name) or (ref,)
        return (self._by_id.get(ref.id, ref),)

    def _called(self, name: str) -> Iterator[Part]:
        owners: Sequence[LiveObject | None] = self._by_new_name.get(name, ())
        owners = owners or self._by_name.get(name, ())  # a rollback writes configs before it renames back
        if len(owners) != 1:  # a plan has no such names; what is not certain is not known
            yield CategoryRef(None, name)
        elif owners[0] is not None and owners[0].id in self._then_used:
            yield owners[0]
