"""Reading single objects again, right before and after a write."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from syncer.devices.interface import Service
from syncer.errors import RequestRefused
from syncer.model.address import Address, Kind
from syncer.model.state import CategoryRef, LiveObject

_LISTING_AGE = 2.0  # seconds that a listing may be old when it only shows that names are free or still there

_Scope = tuple[Kind, int | None]
_Listing = asyncio.Task[tuple[LiveObject, ...]]


class Fresh:
    """The live state of single objects, as of now; `clock` counts seconds."""

    def __init__(self, service: Service, clock: Callable[[], float]) -> None:
        self._service, self._clock = service, clock
        self._recent: dict[tuple[Kind, int | None, Kind], tuple[float, _Listing]] = {}
        self._next: dict[_Scope, _Listing] = {}
        self._turns: dict[_Scope, asyncio.Lock] = {}

    async def read(self, address: Address, domain_id: int | None, number: int) -> LiveObject | None:
        """The object with that id, at the address's domain name; None where it is gone."""
        if address.kind is not Kind.CONFIG:
            listed = await self.listing(address, domain_id)
            return next((one for one in listed if one.id == number), None)
        head = LiveObject(address, number, domain_id or 0, complete=False)
        found = (await self._service.configs([head]))[0]
        if not isinstance(found, RequestRefused):
            return found
        if any(one.id == number for one in await self._next_listing(address, domain_id)):
            raise found  # it is there, and was refused for another reason
        return None

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

    async def recent_listing(self, address: Address, domain_id: int | None, before: Kind) -> tuple[LiveObject, ...]:
        """Like `listing`, but shared for two seconds by all writes to objects of the kind `before` that ask for it.

        Thousands of creates need not list each; what was written to another kind before them is in it.
        """
        scope = (address.kind, domain_id, before)
        made, task = self._recent.get(scope, (0.0, None))
        if task is None or self._clock() - made > _LISTING_AGE or (task.done() and task.exception() is not None):
            task = asyncio.create_task(self.listing(address, domain_id))
            task.add_done_callback(_looked_at)
            self._recent[scope] = (self._clock(), task)
        return await asyncio.shield(task)

    async def _next_listing(self, address: Address, domain_id: int | None) -> tuple[LiveObject, ...]:
        """Like `listing`, but shared by all that ask before it begins: thousands of deletes need not list each."""
        scope = (address.kind, domain_id)

        async def in_turn() -> tuple[LiveObject, ...]:
            async with self._turns.setdefault(scope, asyncio.Lock()):
                del self._next[scope]
                return await self.listing(address, domain_id)

        if scope not in self._next:
            self._next[scope] = asyncio.create_task(in_turn())
            self._next[scope].add_done_callback(_looked_at)
        return await asyncio.shield(self._next[scope])


def name_refs(config: LiveObject, categories: Mapping[str, LiveObject]) -> LiveObject:
    """References with the names that the categories have now."""
    return replace(config, categories=named_refs(config.categories, categories))


def named_refs(refs: Iterable[CategoryRef], categories: Mapping[str, LiveObject]) -> tuple[CategoryRef, ...]:
    """The same of references alone."""
    names = {category.id: name for name, category in categories.items()}
    return tuple(CategoryRef(r.id, names.get(r.id, r.name)) if r.id is not None else r for r in refs)


def _looked_at(task: asyncio.Task[tuple[LiveObject, ...]]) -> None:
    """Whoever asked may be gone by then; a failure is theirs to tell, and asyncio's only if it is never looked at."""
    if not task.cancelled():
        task.exception()
