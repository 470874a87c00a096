"""Reading single objects again, right before and after a write."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from syncer.devices.interface import Service
from syncer.errors import RequestRefused
from syncer.model.address import Address, Kind
from syncer.model.state import CategoryRef, LiveObject

_LISTING_AGE = 2.0  # seconds that a listing may be old when it only shows that a new address is still free


class Fresh:
    """The live state of single objects, as of now; `clock` counts seconds."""

    def __init__(self, service: Service, clock: Callable[[], float]) -> None:
        self._service, self._clock = service, clock
        self._listings: dict[tuple[Kind, int | None], tuple[float, asyncio.Task[tuple[LiveObject, ...]]]] = {}

    async def read(self, address: Address, domain_id: int | None, number: int) -> LiveObject | None:
        """The object with that id, at the address's domain name; None where it is gone."""
        if address.kind is not Kind.CONFIG:
            listed = await self.listing(address, domain_id)
            return next((one for one in listed if one.id == number), None)
        head = LiveObject(address, number, domain_id or 0, complete=False)
        found = (await self._service.configs([head]))[0]
        return None if isinstance(found, RequestRefused) else found

    async def listing(self, address: Address, domain_id: int | None) -> tuple[LiveObject, ...]:
        """All objects of the address's kind in its domain (all domains, for a domain); configs without their values."""
        heads = await self._service.domains()
        if address.kind is Kind.DOMAIN:
            return tuple(head.domain for head in heads)
        mine = [head for head in heads if head.domain.id == domain_id]
        if not mine:
            return ()
        if address.kind is Kind.CATEGORY:
            listed = (await self._service.categories(mine))[0]
        else:
            listed = (await self._service.config_heads(mine))[0]
        return tuple(replace(one, address=replace(one.address, domain=address.domain)) for one in listed)

    async def recent_listing(self, address: Address, domain_id: int | None) -> tuple[LiveObject, ...]:
        """Like `listing`, but shared by all that ask within two seconds: thousands of creates need not list each."""
        key = (address.kind, domain_id)
        made, task = self._listings.get(key, (0.0, None))
        if task is None or self._clock() - made > _LISTING_AGE or (task.done() and task.exception() is not None):
            task = asyncio.create_task(self.listing(address, domain_id))
            self._listings[key] = (self._clock(), task)
        return await asyncio.shield(task)


def name_refs(config: LiveObject, categories: dict[str, LiveObject]) -> LiveObject:
    """References with the names that the categories have now."""
    names = {category.id: name for name, category in categories.items()}
    refs = tuple(CategoryRef(r.id, names.get(r.id, r.name)) if r.id is not None else r for r in config.categories)
    return replace(config, categories=refs)
