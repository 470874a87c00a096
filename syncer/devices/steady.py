"""Everything that a login can read, as it is at one time, though others change it meanwhile.

All lists are subscribed to. After the first reading they are read again, together with what events named, until one
round finds nothing new and no event came. Lists are compared, so that only values rest on a service which sends every
event. Devices that come and go, events of unknown names, and counters in fields of lists that nobody knows may never
keep still: they count as changes in the first rounds only.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from syncer.devices.client import DevicesClient
from syncer.devices.events import Unread
from syncer.devices.interface import Device, DeviceFilter, DomainHead, Tick
from syncer.devices.seen import Seen
from syncer.errors import ConnectionLost, RequestRefused, ServerError, SyncerError, some
from syncer.model.state import LiveObject

PAUSES = (0.0, 0.2, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0)  # seconds before each round, so that late events have come
_TRIES = 3  # of a reading in which the connection was lost
_DOMAINS_AT_ONCE = 16  # whose lists of configs are in memory
_CHARACTERS_AT_ONCE = 8 << 20  # of configs
_CONFIGS_AT_ONCE = (32, 1024)  # at least, and at most
_SHOWN = 5
_ROUNDS = 2  # in which more is read for the sake of what may move all the time, of each sort

ConfigKey = tuple[int, int]  # ids of the domain and of the config


class Keeper(Protocol):
    """Takes what was read; a later reading takes the place of an earlier one."""

    def keep(self, config: LiveObject) -> int:
        """Take a config that was read whole; its size in characters."""

    def drop(self, domain_id: int, config_id: int) -> None:
        """A config is gone, if it ever came."""

    def keep_devices(self, devices: Sequence[Device]) -> None:
        """Take the list of devices, in the order of their ids."""

    def clear(self) -> None:
        """It is begun anew."""


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told of a reading: `configs` how many come (None: not known yet), `anew` why it is begun anew."""

    configs: Callable[[int | None], Tick]
    anew: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Steady:
    """What was read, but for what the keeper has; all in the order of ids.

    What did not keep still is that of a moment shortly before: `devices_moved`, the list of devices; `fields_moved`,
    fields of lists that nobody knows; `strange`, what events of these names tell of.
    """

    admin: bool
    heads: tuple[DomainHead, ...]
    categories: Mapping[int, tuple[LiveObject, ...]]
    devices_moved: bool = False
    fields_moved: bool = False
    strange: tuple[str, ...] = ()


async def read_steady(
    service: DevicesClient, unread: Unread, keeper: Keeper, told: Told, pauses: Sequence[float] = PAUSES
) -> Steady:
    """Read all of it; `unread` must hear the notices of `service`.

    SyncerError where something changes in every round; ConnectionLost where the connection is lost again and again.
    """
    for tries_left in reversed(range(_TRIES)):
        keeper.clear()
        try:
            return await _Reading(service, unread, keeper, told).read(pauses)
        except _LostMeanwhile as exc:
            if not tries_left:
                what = f"the connection was lost in each of {_TRIES} readings, at last: {exc.lost.what}"
                raise ConnectionLost(exc.lost.server, what, "try again at a quieter time") from exc
            told.anew(f"{exc.lost.what}: what changed since is not known, so everything is read again")
    raise AssertionError


class _LostMeanwhile(Exception):
    """The connection was lost, and with it the subscriptions."""

    def __init__(self, lost: ServerError) -> None:
        self.lost = lost
        super().__init__(lost.what)


class _Reading:
    """One reading on one connection."""

    def __init__(self, service: DevicesClient, unread: Unread, keeper: Keeper, told: Told) -> None:
        self._service, self._unread, self._keeper, self._told = service, unread, keeper, told
        self._seen = Seen()
        self._admin = False
        self._heads: tuple[DomainHead, ...] = ()
        self._categories: dict[int, tuple[LiveObject, ...]] = {}
        self._refused: set[ConfigKey] = set()
        self._left = dict.fromkeys(("devices", "fields", "strange"), _ROUNDS)
        self._at_once = 2 * _CONFIGS_AT_ONCE[0]
        self._lost: asyncio.Task[ServerError] | None = None

    async def read(self, pauses: Sequence[float]) -> Steady:
        """Rounds until one finds all as it was."""
        self._admin = (await self._service.user_info()).admin  # on a new connection, if the last one was lost
        self._lost = asyncio.create_task(self._service.lost())
        self._unread.everything = True
        try:
            for pause in pauses:
                await asyncio.sleep(pause)
                await self._round()
                self._check_connection()
                if self._is_still():
                    return self._result()
        finally:
            self._lost.cancel()
        shown = some(list(self._seen.moved), _SHOWN) or "what an event told of"
        raise SyncerError(
            f"the server does not keep still: after {len(pauses)} rounds of reading this had changed again: {shown}; "
            "try again while nobody changes anything"
        )

    def _result(self) -> Steady:
        unread, seen = self._unread, self._seen
        strange = tuple(sorted(unread.ignored))
        return Steady(self._admin, self._heads, self._categories, unread.devices, seen.overlooked, strange)

    def _is_still(self) -> bool:
        """Events of domains say nothing here: the lists of domains and categories are compared each time."""
        unread = self._unread
        self._seen.overlooked |= self._is_too_often("fields", self._seen.restless)
        if self._is_too_often("strange", bool(unread.strange)):
            unread.ignored |= unread.strange
        moved = unread.devices and not self._is_too_often("devices", unread.devices)
        return not (self._seen.moved or unread.everything or unread.lists or unread.configs or moved)

    def _is_too_often(self, what: str, is_so: bool, /) -> bool:
        self._left[what] -= is_so
        return self._left[what] < 0

    def _check_connection(self) -> None:
        if self._lost is not None and self._lost.done():
            raise _LostMeanwhile(self._lost.result())

    async def _round(self) -> None:
        """Read what is not known, and what may have changed."""
        self._seen.begin()
        stale = self._unread.take()
        heads = await self._service.domains(follow=True)  # the flag each time: without it, interest might end
        heads = sorted({head.domain.id: head for head in heads}.values(), key=lambda head: head.domain.id)
        try:
            await self._read_round(heads, stale)
        except RequestRefused:
            if not await self._have_moved(heads):
                raise
            self._remember(stale)

    async def _have_moved(self, heads: Sequence[DomainHead]) -> bool:
        """Whether there are other domains now: what is in one that is gone is refused."""
        now = await self._service.domains(follow=True)
        if {head.domain.id for head in now} == {head.domain.id for head in heads}:
            return False
        self._seen.note("the list of domains")
        return True

    def _remember(self, stale: Unread) -> None:
        """What was not read in a round is still to be read."""
        self._unread.everything |= stale.everything
        self._unread.devices |= stale.devices
        self._unread.configs |= stale.configs

    async def _read_round(self, heads: Sequence[DomainHead], stale: Unread) -> None:
        self._take_domains(heads, await self._service.categories(heads))
        for start in range(0, len(heads), _DOMAINS_AT_ONCE):
            part = heads[start : start + _DOMAINS_AT_ONCE]
            lists = await self._service.config_heads(part, follow=True)
            wanted = [one for head, listed in zip(part, lists, strict=True) for one in self._new(head, listed, stale)]
            del lists  # or else it is in memory while configs are
            await self._read_configs(wanted, is_all=len(heads) <= _DOMAINS_AT_ONCE)
        if stale.devices or stale.everything:
            self._keeper.keep_devices(await self._read_devices())

    def _take_domains(self, heads: Sequence[DomainHead], categories: Sequence[tuple[LiveObject, ...]]) -> None:
        for domain_id, config_ids in self._seen.domains(heads, categories).items():
            for config_id in config_ids:
                self._keeper.drop(domain_id, config_id)
        self._heads = tuple(heads)
        self._categories = {head.domain.id: inside for head, inside in zip(heads, categories, strict=True)}

    def _new(self, head: DomainHead, listed: Sequence[LiveObject], stale: Unread) -> Sequence[LiveObject]:
        """What is to be read of a domain; what its list has no more is dropped."""
        number = head.domain.id
        changed, gone = self._seen.configs(number, listed)
        for config_id in gone:
            self._keeper.drop(number, config_id)
        if stale.everything:
            return listed
        ids = {one.id for one in changed} | {id_ for domain_id, id_ in stale.configs if domain_id == number}
        return [one for one in listed if one.id in ids]

    async def _read_configs(self, heads: Sequence[LiveObject], *, is_all: bool) -> None:
        """Read them in portions that memory can hold."""
        if not heads:
            return
        tick = self._told.configs(len(heads) if is_all else None)
        start = 0
        while start < len(heads):
            portion = heads[start : start + self._at_once]
            answers = await self._service.configs(portion, tick)
            self._check_connection()
            size = sum(map(self._take_config, portion, answers))
            least, most = _CONFIGS_AT_ONCE
            self._at_once = max(least, min(most, _CHARACTERS_AT_ONCE * len(portion) // (size + 1)))
            start += len(portion)

    def _take_config(self, head: LiveObject, answer: LiveObject | RequestRefused) -> int:
        key = (head.domain_id, head.id)
        self._seen.note(head.address.shown)
        if isinstance(answer, RequestRefused):
            if key in self._refused:  # it was listed again after the first time
                raise answer
            self._refused.add(key)
            self._seen.refused(head)
            self._keeper.drop(*key)
            return 0
        self._refused.discard(key)
        self._seen.read(head)
        return self._keeper.keep(_with_categories(answer, head))

    async def _read_devices(self) -> list[Device]:
        """All devices: the document has all in a list without a filter, which a service may read in its own way."""
        filters = [DeviceFilter(unassigned=True)] if self._admin else []
        lists = await self._service.devices([*filters, DeviceFilter()], follow=True)  # the last one is subscribed to
        found = {(one.id, one.hw_id): one for listed in lists for one in listed}
        return [found[key] for key in sorted(found)]


def _with_categories(config: LiveObject, head: LiveObject) -> LiveObject:
    """A config that does not say whom it reaches has what its list says: nothing there would mean everybody."""
    if config.raw.get("categories") is not None or head.raw.get("categories") is None:
        return config
    return replace(config, raw={**config.raw, "categories": head.raw["categories"]})
