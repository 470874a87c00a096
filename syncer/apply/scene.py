"""What the changes of one apply share."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from syncer.apply.fresh import Fresh
from syncer.devices.interface import Service
from syncer.model.address import Action, Address, Kind
from syncer.model.state import LiveObject
from syncer.plan.steps import Step


@dataclass(slots=True)
class Scene:
    """The service, and ids of domains and categories, which grow as those are created."""

    service: Service
    fresh: Fresh
    key: bytes = field(repr=False)
    masked: Callable[[Step], frozenset[str]]
    domain_ids: dict[str, int] = field(default_factory=dict)
    categories: dict[int, dict[str, LiveObject]] = field(default_factory=dict)  # by the domain's id, then by name
    known: frozenset[tuple[Kind, int]] = frozenset()  # what was live before the apply, by kind and id
    planned: frozenset[tuple[Kind, str, str]] = frozenset()  # places that it fills, by kind, type and name
    beside: Mapping[Address, frozenset[int]] = field(default_factory=dict)  # ids of what stays where others come or go
    several: frozenset[Address] = frozenset()  # where more than one is made
    pauses: tuple[float, ...] = ()  # seconds before each further look for a write of which nothing is seen
    sent: bool = False  # whether any write has left
    _made: defaultdict[Address, set[int]] = field(default_factory=lambda: defaultdict(set))
    _listed: Sequence[LiveObject] = ()
    _by_name: defaultdict[str, list[LiveObject]] = field(default_factory=lambda: defaultdict(list))
    _turns: defaultdict[Address, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    def explains(self, one: LiveObject) -> bool:
        """Whether an object was there before, or is where this apply makes one."""
        address = one.address
        name = address.name if address.kind is not Kind.DOMAIN else address.domain
        return (address.kind, one.id) in self.known or (address.kind, address.type, name) in self.planned

    def domain_id(self, step: Step) -> int | None:
        """The id of the change's domain, also of one that this apply created."""
        return step.domain_id if step.domain_id is not None else self.domain_ids.get(step.change.address.domain)

    def categories_of(self, step: Step) -> dict[str, LiveObject]:
        """The categories of the change's domain by name."""
        domain_id = self.domain_id(step)
        return {} if domain_id is None else self.categories.get(domain_id, {})

    def turn(self, step: Step) -> AbstractAsyncContextManager[Any]:
        """To be held while a change is carried out: of several that make one address, each knows what was made."""
        address = step.change.address
        is_one_of_several = step.change.action is Action.CREATE and address in self.several
        return self._turns[address] if is_one_of_several else nullcontext()

    def expected_at(self, address: Address) -> frozenset[int]:
        """Ids of what may be where a change makes another: it was there and stays, or this apply made it."""
        return self.beside.get(address, frozenset()) | self._made[address]

    def named_alike(self, step: Step, listed: Sequence[LiveObject]) -> Sequence[LiveObject]:
        """Those of a listing that have the name of a change's object: thousands of creates ask it of one listing."""
        if listed is not self._listed:
            self._listed, self._by_name = listed, defaultdict(list)
            for one in listed:
                self._by_name[one.address.name].append(one)
        return self._by_name.get(step.change.address.name, ())

    def made(self, step: Step, now: LiveObject) -> None:
        """What came of a create, as meant or not: where more are made it is no stranger."""
        self._made[step.change.address].add(now.id)

    def remember(self, step: Step, now: LiveObject) -> None:
        """New domains and categories are what later changes refer to."""
        match step.change.address.kind:
            case Kind.DOMAIN:
                self.domain_ids[step.change.address.domain] = now.id
            case Kind.CATEGORY:
                self._remember_category(step, now)
            case Kind.CONFIG:
                pass

    def _remember_category(self, step: Step, now: LiveObject) -> None:
        of_domain = self.categories.setdefault(now.domain_id, {})
        former = step.change.former
        if former is not None and former.name in of_domain and of_domain[former.name].id == now.id:
            del of_domain[former.name]  # unless another category has taken that name
        of_domain[step.change.address.name] = now
