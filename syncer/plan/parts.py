"""What makes up the reach of configs, now and once a plan is done: categories, or a whole domain."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from syncer.errors import some, visible
from syncer.model.address import Action, Address, Kind
from syncer.model.fields import Hardware
from syncer.model.state import CategoryRef, Devices, Live, LiveDomain, LiveObject, Target
from syncer.plan.steps import Step

Part = LiveObject | CategoryRef  # a category, or the domain for everyone; a reference that no live category explains
Sides = tuple[tuple[Part, ...], tuple[Part, ...]]  # what is reached before and after

_NAMED_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be asked of the service: `things` are domains and categories, `fxs` ids of domains.

    Of the former all devices, of the latter those with FXS interfaces.
    """

    things: tuple[LiveObject, ...] = ()
    fxs: tuple[int, ...] = ()

    def without(self, other: "Wanted") -> "Wanted":
        """What the other one does not ask already."""
        addresses, domains = {one.address for one in other.things}, set(other.fxs)
        return Wanted(
            tuple(one for one in self.things if one.address not in addresses),
            tuple(id_ for id_ in self.fxs if id_ not in domains),
        )


def wanted(parts: Iterable[tuple[Part, Hardware]]) -> Wanted:
    """What tells which devices of that hardware these have, each question once."""
    things: dict[Address, LiveObject] = {}
    fxs: dict[int, None] = {}
    for part, hardware in parts:
        if isinstance(part, LiveObject):
            things[part.address] = part
            fxs |= {part.domain_id: None} if hardware.fxs else {}
    return Wanted(tuple(things.values()), tuple(fxs))


def told(parts: Iterable[Part]) -> str:
    """Some of them by name, and how many more there are."""
    return some(list(dict.fromkeys(map(_told, parts))), _NAMED_AT_MOST)


def _told(part: Part) -> str:
    if isinstance(part, LiveObject):
        return part.address.shown
    return f"category {visible(part.name)}" if part.name is not None else f"the category with id {part.id}"


class Census:
    """Which devices parts have, as far as the service was asked."""

    def __init__(self, live: Live) -> None:
        self._live = live
        counts = Counter(category.address for domain in live.domains for category in domain.categories)
        # devices are asked for by the category's name, and could be any one's that has it
        self._ambiguous = frozenset(address for address, count in counts.items() if count > 1)
        self._found: dict[tuple[Address, Hardware], Devices | None] = {}

    def of(self, parts: Iterable[Part], hardware: Hardware) -> tuple[Devices, tuple[Part, ...]]:
        """The devices of that hardware that these have for certain, and those of these that may have more."""
        known: list[Devices] = []
        unknown: list[Part] = []
        for part in parts:
            found = self._of_one(part, hardware) if isinstance(part, LiveObject) else None
            if found is None:
                unknown.append(part)
            else:
                known.append(found)
        return Devices.all_of(known), tuple(unknown)

    def is_ambiguous(self, part: LiveObject) -> bool:
        """Whether other categories of its domain have its name."""
        return part.address in self._ambiguous

    def _of_one(self, part: LiveObject, hardware: Hardware) -> Devices | None:
        key = (part.address, hardware)
        if key not in self._found:
            self._found[key] = self._look(part, hardware)
        return self._found[key]

    def _look(self, part: LiveObject, hardware: Hardware) -> Devices | None:
        devices = self._live.devices.get(part.address)
        found = self._fitting(devices, part.domain_id, hardware) if devices else devices
        return None if found and part.address in self._ambiguous else found

    def _fitting(self, devices: Devices, domain_id: int, hardware: Hardware) -> Devices | None:
        """A device that does not tell its type may be of any."""
        if hardware.fxs:
            ids = self._live.fxs.get(domain_id)
            return None if ids is None else devices.only(ids)
        if hardware.types:
            return devices.only({id_ for id_, kind in devices.types.items() if not kind or kind in hardware.types})
        return devices


class Scope:
    """What makes up the reach of a domain's configs, now and once the steps are done.

    A category that is not used for configs is no part of it. Nor is a new one, which has no devices. One that is
    deleted stays here: to delete it under a config, or with devices, is not allowed anyway.
    """

    def __init__(self, domain: LiveDomain, steps: Iterable[Step]) -> None:
        self._everyone = domain.domain
        self._configs = {config.id: config for config in domain.configs}
        self._by_id = {category.id: category for category in domain.categories}
        self._by_name: defaultdict[str | None, list[LiveObject]] = defaultdict(list)
        self._by_new_name: defaultdict[str, list[LiveObject | None]] = defaultdict(list)  # None: a new category
        of_categories = [step for step in steps if step.change.address.kind is Kind.CATEGORY]
        targets = {step.live.id if step.live else None: step.target for step in of_categories if step.target}
        for category in domain.categories:
            target = targets.get(category.id)
            self._by_name[category.address.name].append(category)
            self._by_new_name[(target or category).address.name].append(category)
        for step in of_categories:
            if step.change.action is Action.CREATE:
                self._by_new_name[step.change.address.name].append(None)
        self._used = {one.id for one in domain.categories if one.fields.get("config")}
        self._then_used = {one.id for one in domain.categories if (targets.get(one.id) or one).fields.get("config")}

    @property
    def use_changes(self) -> bool:
        """Whether any category is no longer used for configs."""
        return bool(self._used - self._then_used)

    def now(self, refs: Sequence[CategoryRef]) -> tuple[Part, ...]:
        """What live references reach."""
        return self._parts(refs, self._used) if refs else (self._everyone,)

    def then(self, refs: Sequence[CategoryRef]) -> tuple[Part, ...]:
        """What live references reach once the steps are done."""
        return self._parts(refs, self._then_used) if refs else (self._everyone,)

    def then_of(self, config: LiveObject, step: Step | None) -> tuple[Part, ...]:
        """What a live config reaches once the steps are done, `step` being its own."""
        if step is None or step.target is None or "categories" in step.ignored:
            return self.then(config.categories)
        return self._then_named(step.target)

    def sides(self, step: Step) -> Sides:
        """What a step's object reaches before and after; nothing where it is not there."""
        if step.live is None:
            makes_config = step.change.address.kind is Kind.CONFIG
            return (), self._then_named(step.target) if step.target and makes_config else ()
        before, after = self._sides_of_live(step.live, step)
        return before, after if step.target else ()

    def _sides_of_live(self, live: LiveObject, step: Step) -> Sides:
        match live.address.kind:
            case Kind.DOMAIN:
                return (self._everyone,), (self._everyone,)
            case Kind.CATEGORY:
                return self._sides_of_category(CategoryRef(live.id, None))
            case Kind.CONFIG:
                config = self._configs.get(live.id, live)  # as it is live, whatever the steps rename
                return self.now(config.categories), self.then_of(config, step)

    def _sides_of_category(self, itself: CategoryRef) -> Sides:
        """Its devices as configs reach them, where that changes; else all that it has, such as when it is deleted."""
        if (itself.id in self._used) is (itself.id in self._then_used):
            return self._meant(itself), self._meant(itself)
        return self.now((itself,)), self.then((itself,))

    def _then_named(self, target: Target) -> tuple[Part, ...]:
        if not target.categories and not target.kept_refs:
            return (self._everyone,)
        named = tuple(part for name in target.categories for part in self._called(name))
        return named + self._parts(target.kept_refs, self._then_used)

    def _parts(self, refs: Sequence[CategoryRef], used: set[int]) -> tuple[Part, ...]:
        meant = (part for ref in refs for part in self._meant(ref))
        return tuple(part for part in meant if not isinstance(part, LiveObject) or part.id in used)

    def _meant(self, ref: CategoryRef) -> tuple[Part, ...]:
        if ref.id is None:
            return tuple(self._by_name.get(ref.name, ())) or (ref,)
        return (self._by_id.get(ref.id, ref),)

    def _called(self, name: str) -> Iterator[Part]:
        owners: Sequence[LiveObject | None] = self._by_new_name.get(name, ())
        owners = owners or self._by_name.get(name, ())  # a rollback writes configs before it renames back
        if len(owners) != 1:  # a plan has no such names; what is not certain is not known
            yield CategoryRef(None, name)
        elif owners[0] is not None and owners[0].id in self._then_used:
            yield owners[0]
