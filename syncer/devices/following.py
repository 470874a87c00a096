"""The live state, read once and kept current: after an event exactly what it may have changed is read again.

Subscriptions come with the lists, so nothing that happens between the parts of a list is missed. A config that an
event names is read by its id; whether more than that has changed its domain's list says, which is read again later.
Where an event does not say enough everything is read again, at most once in a while.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard

from syncer.devices.client import DevicesClient
from syncer.devices.events import Unread
from syncer.devices.interface import DomainHead
from syncer.devices.presence import Presence
from syncer.devices.snapshot import with_names
from syncer.errors import RequestRefused
from syncer.model.address import config_address
from syncer.model.state import Live, LiveDomain, LiveObject

PAUSE = 10.0  # seconds from one reading of everything to the next, unless a person or a timer asks
_LONGEST_PAUSE = 300.0  # seconds, where events that nobody knows come all the time and mean nothing
_SINGLY = 64  # configs of a domain that are read by their ids; where more are named its list is read at once
_TRIES = 3  # of a reading in which something goes between its list and itself

Choice = Callable[[LiveObject], bool]


@dataclass(slots=True)
class _Inside:
    """What is known of a domain that is followed: its configs as listed, and by id those that were read."""

    domain: LiveObject
    categories: tuple[LiveObject, ...] = ()
    heads: tuple[LiveObject, ...] | None = None
    found: dict[int, LiveObject] = field(default_factory=dict)

    def named(self, id_: int) -> LiveObject:
        """What stands for a config that is known by its id alone."""
        domain = self.domain
        return LiveObject(config_address(domain.address.domain, "", ""), id_, domain.id, complete=False)

    def take(self, found: Mapping[int, LiveObject]) -> None:
        """Configs that were read by their ids; what no list has shown yet comes last."""
        if found:
            self.found.update(found)
            fresh = {id_: replace(one, fields={}, extra={}, complete=False) for id_, one in found.items()}
            known = {one.id: fresh.pop(one.id, one) for one in self.heads or ()}
            self.heads = (*known.values(), *fresh.values())

    def drop(self, ids: Set[int]) -> None:
        """Configs that are there no more."""
        if ids:
            self.heads = tuple(one for one in self.heads or () if one.id not in ids)


class Follower:
    """Follows one connection: hand it every notice, and ask for what is `current` when something is `due`.

    After an exception it is of no more use, as is its connection. `woken` is set when something became due.
    `presence` counts devices, where that is wanted.
    """

    def __init__(self, *, counts_devices: bool = False) -> None:
        self.woken = asyncio.Event()
        self.presence = Presence() if counts_devices else None
        self._unread = Unread(everything=True)
        self._read_at = -math.inf  # when everything was
        self._strange_pause = PAUSE  # doubled by each reading for events that nobody knows which shows nothing new
        self._last: tuple[LiveDomain, ...] = ()
        self._admin = False
        self._heads: tuple[DomainHead, ...] = ()
        self._inside: dict[int, _Inside] = {}
        self._unsure: set[int] = set()  # domains whose lists are to be read again
        self._unsure_at = -math.inf  # since when

    def note(self, message: Mapping[str, Any]) -> None:
        """Take an event. What tells how it is with a device needs nothing to be read."""
        if self.presence is None or not self.presence.note(message):
            self._unread.note(message)
        if self.due() is not None:
            self.woken.set()

    def forget(self) -> None:
        """Everything is to be read again, at once."""
        self._unread.everything = True
        self._read_at = -math.inf
        if self.presence is not None:
            self.presence.forget()

    def due(self) -> float | None:
        """The loop's time from which there is something to read; None while there is nothing."""
        unread = self._unread
        if unread.domains or unread.lists or unread.configs:
            return -math.inf
        pauses = [self._read_at + self._pause(unread)] if unread.everything else []
        if self._unsure:
            pauses.append(self._unsure_at + PAUSE)
        if self.presence is not None and self.presence.is_stale:
            pauses.append(self.presence.read_at + PAUSE)
        return min(pauses, default=None)

    async def current(self, service: DevicesClient, choose: Choice, wanted: Choice) -> Live:
        """The live state as `read_live` gives it. What happens meanwhile is due afterwards."""
        unread = taken = self._take()
        for tries_left in reversed(range(_TRIES)):
            try:
                await self._catch_up(service, unread, choose, wanted)
                break
            except RequestRefused:  # it was there when it was listed
                if not tries_left:
                    raise
                unread = Unread(everything=True)
        if self.presence is not None:
            await self.presence.read(service, tuple(self._inside), PAUSE)
        domains = tuple(self._domains())
        if taken.everything and taken.is_strange:
            means_nothing = domains == self._last
            self._strange_pause = min(2 * self._strange_pause, _LONGEST_PAUSE) if means_nothing else PAUSE
        self._last = domains
        return Live(domains, self._admin, service.write_only)

    def _pause(self, unread: Unread) -> float:
        return self._strange_pause if unread.is_strange else PAUSE

    def _take(self) -> Unread:
        """What is due; an event that does not say enough may have to wait."""
        self.woken.clear()
        taken, now = self._unread.take(), asyncio.get_running_loop().time()
        if taken.everything and now < self._read_at + self._pause(taken):
            self._unread.everything, self._unread.vague, self._unread.strange = True, taken.vague, taken.strange
            taken.everything = False
        elif taken.everything:
            self._read_at = now
        return taken

    async def _catch_up(self, service: DevicesClient, unread: Unread, choose: Choice, wanted: Choice) -> None:
        if unread.everything:
            self._inside.clear()
            self._admin = (await service.user_info()).admin
        names_strangers = not unread.lists <= {head.domain.id for head in self._heads}
        is_listed_anew = unread.everything or unread.domains or names_strangers
        if is_listed_anew:  # asked with the flag each time: without it a service might take it for the end of interest
            self._heads = tuple(await service.domains(follow=True))
        chosen = [head for head in self._heads if choose(head.domain)]
        strange = {head.domain.id for head in chosen if not self._is_known(head)}
        self._inside = {head.domain.id: self._entered(head) for head in chosen}
        await self._read_categories(service, [one for one in chosen if is_listed_anew or one.domain.id in strange])
        read = await self._read_named(service, {one for one in unread.configs if one[0] not in strange}, unread.gone)
        unfound = unread.configs - read
        listed = strange | {domain_id for domain_id, _ in unfound} | self._overdue()
        changed = await self._read_lists(service, [head for head in chosen if head.domain.id in listed])
        self._doubt({domain_id for domain_id, _ in read} - listed)
        await self._read_configs(service, changed | unfound, wanted)
        if not is_listed_anew and self._names_unknown_category(read):  # no event of their own is known of
            await self._catch_up(service, Unread(domains=True), choose, wanted)

    def _names_unknown_category(self, read: Set[tuple[int, int]]) -> bool:
        """Whether configs that were just read are for categories that are newer than their domain's list."""
        for domain_id, id_ in read:
            inside = self._inside[domain_id]
            config = inside.found.get(id_)
            if config and {one.id for one in config.categories} - {one.id for one in inside.categories} - {None}:
                return True
        return False

    def _is_known(self, head: DomainHead) -> bool:
        """A domain under another name has other addresses in it."""
        inside = self._inside.get(head.domain.id)
        return inside is not None and inside.domain.address == head.domain.address

    def _entered(self, head: DomainHead) -> _Inside:
        inside = self._inside[head.domain.id] if self._is_known(head) else _Inside(head.domain)
        inside.domain = head.domain
        return inside

    async def _read_categories(self, service: DevicesClient, heads: Sequence[DomainHead]) -> None:
        for head, categories in zip(heads, await service.categories(heads), strict=True):
            self._inside[head.domain.id].categories = categories

    async def _read_named(
        self, service: DevicesClient, named: Set[tuple[int, int]], gone: Set[tuple[int, int]]
    ) -> set[tuple[int, int]]:
        """Read those (domain id, config id) without asking for lists.

        Which of them were there and told whole, or are `gone` as was said.
        """
        counts = Counter(domain_id for domain_id, _ in named)
        asked = [one for one in sorted(named) if one[0] in self._inside and counts[one[0]] <= _SINGLY]
        answers = await service.configs([self._inside[domain_id].named(id_) for domain_id, id_ in asked])
        told = dict(zip(asked, answers, strict=True))
        found = {one: config for one, config in told.items() if _is_told_whole(config)}
        refused = {one for one, config in told.items() if isinstance(config, RequestRefused)} & gone
        for number, inside in self._inside.items():
            inside.take({one[1]: config for one, config in found.items() if one[0] == number})
            inside.drop({one[1] for one in refused if one[0] == number})
        return refused.union(found)

    def _doubt(self, domain_ids: Set[int]) -> None:
        """Their lists may show more than what was named; that is for later, out of the way of what is told now."""
        if domain_ids and not self._unsure:
            self._unsure_at = asyncio.get_running_loop().time()
        self._unsure |= domain_ids

    def _overdue(self) -> set[int]:
        """Domains whose lists have waited long enough."""
        if asyncio.get_running_loop().time() < self._unsure_at + PAUSE:
            return set()
        overdue, self._unsure = self._unsure, set()
        return overdue

    async def _read_lists(self, service: DevicesClient, heads: Sequence[DomainHead]) -> set[tuple[int, int]]:
        """List configs; those (domain id, config id) that are listed otherwise than before."""
        changed: set[tuple[int, int]] = set()
        for head, listed in zip(heads, await service.config_heads(heads, follow=True), strict=True):
            inside = self._inside[head.domain.id]
            before = {one.id: one for one in inside.heads or ()}
            changed |= {(head.domain.id, one.id) for one in listed if before.get(one.id) != one}
            inside.heads = listed
        return changed

    async def _read_configs(self, service: DevicesClient, changed: set[tuple[int, int]], wanted: Choice) -> None:
        """Keep what is wanted and unchanged, read what is wanted and missing."""
        missing: list[LiveObject] = []
        for number, inside in self._inside.items():
            asked = [head for head in inside.heads or () if wanted(head)]
            kept = {one.id: inside.found.get(one.id) for one in asked if (number, one.id) not in changed}
            inside.found = {id_: one for id_, one in kept.items() if one is not None}
            missing += [head for head in asked if head.id not in inside.found]
        for config in await service.configs(missing):
            if isinstance(config, RequestRefused):
                raise config
            self._inside[config.domain_id].found[config.id] = config

    def _domains(self) -> Iterator[LiveDomain]:
        for head in self._heads:
            inside = self._inside.get(head.domain.id)
            if inside is None:
                yield LiveDomain(head.domain, head.is_instance, (), (), is_read=False)
                continue
            names = {category.id: category.address.name for category in inside.categories}
            configs = (with_names(inside.found.get(one.id, one), names) for one in inside.heads or ())
            yield LiveDomain(head.domain, head.is_instance, inside.categories, tuple(configs))


def _is_told_whole(answer: LiveObject | RequestRefused) -> TypeGuard[LiveObject]:
    """Whether a config says all that a list would say of it, and is of the domain that it was asked for in."""
    if isinstance(answer, RequestRefused) or answer.raw.get("categories") is None:
        return False
    return bool(answer.raw.get("domainId", answer.domain_id) == answer.domain_id)
