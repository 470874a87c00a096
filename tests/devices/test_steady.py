"""Everything as it is at one time: frame by frame, with events at the worst moments, and beside another writer."""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from syncer.devices.client import DevicesClient, open_devices
from syncer.devices.events import Unread
from syncer.devices.interface import Device, DeviceFilter, Tick
from syncer.devices.keeping import kept
from syncer.devices.snapshot import read_live
from syncer.devices.steady import Steady, Told, read_steady
from syncer.emulator import PASSWORD, Emulator, Store
from syncer.errors import ConnectionLost, RequestRefused, SyncerError
from syncer.model.state import LiveObject
from syncer.transport.dial import Endpoint
from syncer.wire.login import Credentials
from tests.devices.played import CONVENTIONAL
from tests.devices.test_reads import told
from tests.transport.scripted import LOGIN, LOGIN_AGAIN, SHOWN, Do, Drop, Get, Say, Script, Step, scripted

AT_ONCE = (0.0,) * 4  # four rounds, without pauses
DOMAIN = '{"id":1,"name":"example.com"}'
EDITED = '{"mt":"DeviceConfigEdited","src":"4","config":{"id":7,"domainId":1}}'


@dataclass(slots=True)
class Kept:
    """A keeper in memory. `on_keep` is called each time, for tests that change something meanwhile."""

    on_keep: Callable[[], None] = lambda: None
    lines: dict[tuple[int, int], Any] = field(default_factory=dict)
    devices: list[Any] = field(default_factory=list)
    anew: list[str] = field(default_factory=list)
    totals: list[int | None] = field(default_factory=list)

    def keep(self, config: LiveObject) -> int:
        self.lines[config.domain_id, config.id] = kept(config, None, plaintext=True)
        self.on_keep()
        return 100

    def drop(self, domain_id: int, config_id: int) -> None:
        self.lines.pop((domain_id, config_id), None)

    def keep_devices(self, devices: Sequence[Device]) -> None:
        self.devices = [one.raw for one in devices]

    def clear(self) -> None:
        self.lines.clear()
        self.devices.clear()

    def told(self) -> Told:
        def configs(total: int | None) -> Tick:
            self.totals.append(total)
            return lambda _: None

        return Told(configs, self.anew.append)


async def reading(*scripts: Script, keeper: Kept, pauses: Sequence[float] = AT_ONCE) -> Steady:
    """Read from a service that plays a script a connection, each after its login."""
    unread = Unread()
    logins = (LOGIN, *(LOGIN_AGAIN,) * (len(scripts) - 1))
    whole = [(*login, *script) for login, script in zip(logins, scripts, strict=True)]
    async with (
        scripted(*whole) as server,
        open_devices(server.endpoint(), CONVENTIONAL, unread.note) as client,
    ):
        return await read_steady(client, unread, keeper, keeper.told(), pauses)


def info(*, admin: bool = False) -> Script:
    """The first request of a connection."""
    said = "true" if admin else "false"
    return (Get('{"mt":"GetUserInfo","src":"1"}'), Say(f'{{"mt":"GetUserInfoResult","src":"1","admin":{said}}}'))


def lists(src: int, *configs: str, events: Sequence[str] = (), domains: str = DOMAIN) -> Script:
    """What each round begins with; `events` come before the list of configs is complete."""
    return (
        *domain_list(src, domains),
        Get(f'{{"mt":"GetProvisioningCategories","domainId":1,"src":"{src + 1}"}}'),
        Say(f'{{"mt":"GetProvisioningCategoriesResult","src":"{src + 1}","last":true,"categories":[]}}'),
        Get(f'{{"mt":"GetDeviceConfigs","domainId":1,"recvUpdates":true,"src":"{src + 2}"}}'),
        *map(Say, events),
        Say(f'{{"mt":"GetDeviceConfigsResult","src":"{src + 2}","last":true,"configs":[{",".join(configs)}]}}'),
    )


def domain_list(src: int, domains: str = DOMAIN) -> Script:
    return (
        Get(f'{{"mt":"GetDomains","recvUpdates":true,"src":"{src}"}}'),
        Say(f'{{"mt":"GetDomainsResult","src":"{src}","last":true,"domains":[{domains}]}}'),
    )


def listed(number: int, desc: str = "time") -> str:
    return f'{{"id":{number},"type":"NTP","desc":"{desc}","categories":[]}}'


def asked(src: int, number: int) -> Get:
    return Get(f'{{"mt":"GetDeviceConfig","domainId":1,"id":{number},"src":"{src}"}}')


def read(src: int, number: int, ntp: str, desc: str = "time") -> Script:
    """A config is asked for and given."""
    config = f'{{"id":{number},"type":"NTP","desc":"{desc}","ntp1":"{ntp}","categories":[]}}'
    return asked(src, number), Say(f'{{"mt":"GetDeviceConfigResult","src":"{src}","config":{config}}}')


def refused(src: int, number: int) -> Script:
    """A config is asked for and not given."""
    return asked(src, number), Say(f'{{"mt":"GetDeviceConfigResult","src":"{src}","error":"unknown config"}}')


def devices(src: int, *found: str) -> Script:
    """The list of a login that is no admin."""
    return (
        Get(f'{{"mt":"GetDevices","recvUpdates":true,"src":"{src}"}}'),
        Say(f'{{"mt":"GetDevicesResult","src":"{src}","last":true,"devices":[{",".join(found)}]}}'),
    )


FIRST: Script = (*info(), *lists(2, listed(7)), *read(5, 7, "a"), *devices(6))


def values(keeper: Kept) -> dict[int, str]:
    return {number: line["ntp1"] for (_, number), line in keeper.lines.items()}


async def test_a_quiet_server() -> None:
    keeper = Kept()
    found = await reading((*FIRST, *lists(7, listed(7))), keeper=keeper)
    assert values(keeper) == {7: "a"}
    assert not found.admin
    assert not found.devices_moved
    assert [head.domain.id for head in found.heads] == [1]
    assert found.categories == {1: ()}
    assert (keeper.totals, keeper.anew) == ([1], [])


async def test_an_admin_gets_unassigned_devices_too_each_once() -> None:
    keeper = Kept()
    unassigned = '{"id":0,"hwId":"00903300000a","domainId":0}'
    lost = '{"id":0,"hwId":"00903300000b","domainId":0}'  # in the document's example such a device has the id 0
    assigned = '{"id":3,"hwId":"00903300000c","domainId":1}'
    both = (
        Get('{"mt":"GetDevices","unassigned":true,"recvUpdates":true,"src":"6"}'),
        Get('{"mt":"GetDevices","recvUpdates":true,"src":"7"}'),
        Say(f'{{"mt":"GetDevicesResult","src":"6","last":true,"devices":[{lost},{unassigned}]}}'),
        Say(f'{{"mt":"GetDevicesResult","src":"7","last":true,"devices":[{assigned},{unassigned}]}}'),
    )
    first = (*info(admin=True), *lists(2, listed(7)), *read(5, 7, "a"))
    found = await reading((*first, *both, *lists(8, listed(7))), keeper=keeper)
    assert found.admin
    assert [(one["id"], one["hwId"][-1]) for one in keeper.devices] == [(0, "a"), (0, "b"), (3, "c")]


@pytest.mark.parametrize(
    "event",
    [EDITED, '{"mt":"DeviceConfigAdded","src":"4","id":7,"domainId":1}'],
)
async def test_an_event_before_the_list_is_complete(event: str) -> None:
    keeper = Kept()
    script = (
        *info(),
        *lists(2, listed(7), events=[event]),
        *read(5, 7, "a"),
        *devices(6),
        *lists(7, listed(7)),
        *read(10, 7, "b"),
        *lists(11, listed(7)),
    )
    await reading(script, keeper=keeper)
    assert values(keeper) == {7: "b"}


async def test_an_event_while_it_is_looked_whether_all_is_still() -> None:
    """The value of a config shows in no list, so nothing but the event tells of it."""
    script = (*FIRST, *lists(7, listed(7), events=[EDITED]), *lists(10, listed(7)), *read(13, 7, "b"))
    keeper = Kept()
    await reading((*script, *lists(14, listed(7))), keeper=keeper)
    assert values(keeper) == {7: "b"}


async def test_an_event_for_an_unknown_domain() -> None:
    event = '{"mt":"DeviceConfigEdited","src":"4","id":3,"domainId":99}'  # whose right is new, or that is gone
    script = (*info(), *lists(2, listed(7), events=[event]), *read(5, 7, "a"), *devices(6), *lists(7, listed(7)))
    keeper = Kept()
    await reading(script, keeper=keeper)
    assert values(keeper) == {7: "a"}


@pytest.mark.parametrize(
    "event",
    [
        '{"mt":"DeviceConfigEdited","src":"4"}',
        '{"mt":"DeviceConfigDeleted","src":"4","id":"7","domainId":null}',
        '{"mt":"ProvisioningCategoryRenamed","src":"4"}',
    ],
)
async def test_after_an_event_that_says_too_little_everything_is_read_again(event: str) -> None:
    keeper = Kept()
    script = (
        *info(),
        *lists(2, listed(7), listed(8), events=[event]),
        asked(5, 7),
        asked(6, 8),
        read(5, 7, "a")[1],
        read(6, 8, "b")[1],
        *devices(7),
        *lists(8, listed(7), listed(8)),
        asked(11, 7),
        asked(12, 8),
        read(11, 7, "c")[1],
        read(12, 8, "d")[1],
        *devices(13, '{"id":5}'),
        *lists(14, listed(7), listed(8)),
    )
    await reading(script, keeper=keeper)
    assert values(keeper) == {7: "c", 8: "d"}
    assert keeper.devices == [{"id": 5}]


async def test_a_flood_costs_one_reading() -> None:
    async def flood(socket: ServerConnection) -> None:
        for number in range(10_000):
            await socket.send(f'{{"mt":"DeviceConfigEdited","src":"4","id":{number},"domainId":1}}')

    steps: list[Step] = [*info(), *lists(2, listed(7))]
    steps.insert(-1, Do(flood))
    script = (*steps, *read(5, 7, "a"), *devices(6), *lists(7, listed(7)), *read(10, 7, "b"), *lists(11, listed(7)))
    keeper = Kept()
    await reading(script, keeper=keeper)
    assert values(keeper) == {7: "b"}


async def test_a_service_that_sends_no_events() -> None:
    """What is new, gone or called otherwise shows in the lists, a change of the domain in that of domains."""
    keeper = Kept()
    script = (
        *info(),
        *lists(2, listed(7), listed(8)),
        asked(5, 7),
        asked(6, 8),
        read(5, 7, "a")[1],
        read(6, 8, "b")[1],
        *devices(7),
        *lists(8, listed(9), listed(8, "clock"), domains='{"id":1,"name":"new.example.com"}'),
        asked(11, 9),
        asked(12, 8),
        read(11, 9, "c")[1],
        read(12, 8, "d", "clock")[1],
        *lists(13, listed(9), listed(8, "clock"), domains='{"id":1,"name":"new.example.com"}'),
    )
    found = await reading(script, keeper=keeper)
    assert values(keeper) == {8: "d", 9: "c"}
    assert found.heads[0].domain.address.domain == "new.example.com"


async def test_the_order_of_categories_says_nothing() -> None:
    one, other = '{"id":3,"name":"a"}', '{"id":4,"name":"b"}'
    head = '{{"id":7,"type":"NTP","desc":"time","categories":[{},{}]}}'
    script = (
        *info(),
        *lists(2, head.format(one, other)),
        *read(5, 7, "a"),
        *devices(6),
        *lists(7, head.format(other, one)),
    )
    keeper = Kept()
    await reading(script, keeper=keeper)
    assert values(keeper) == {7: "a"}


async def test_a_config_that_does_not_say_whom_it_reaches() -> None:
    """Without the list's categories it would come back for every device."""
    head = '{"id":7,"type":"NTP","desc":"time","categories":[{"id":3,"name":"a"}]}'
    given = Say('{"mt":"GetDeviceConfigResult","src":"5","config":{"id":7,"type":"NTP","ntp1":"a"}}')
    keeper = Kept()
    await reading((*info(), *lists(2, head), asked(5, 7), given, *devices(6), *lists(7, head)), keeper=keeper)
    assert keeper.lines[1, 7]["categories"] == [{"id": 3, "name": "a"}]


async def test_deleted_between_list_and_reading() -> None:
    script = (*info(), *lists(2, listed(7)), *refused(5, 7), *devices(6), *lists(7))
    keeper = Kept()
    await reading(script, keeper=keeper)
    assert keeper.lines == {}


async def test_deleted_before_it_was_read_again() -> None:
    script = (
        *info(),
        *lists(2, listed(7), events=[EDITED]),
        *read(5, 7, "a"),
        *devices(6),
        *lists(7, listed(7)),
        *refused(10, 7),
        *lists(11),
    )
    keeper = Kept()
    await reading(script, keeper=keeper)
    assert keeper.lines == {}


async def test_listed_and_never_given() -> None:
    script = (*info(), *lists(2, listed(7)), *refused(5, 7), *devices(6), *lists(7, listed(7)), *refused(10, 7))
    with pytest.raises(RequestRefused) as caught:
        await reading((*script, *domain_list(11)), keeper=Kept())
    assert told(caught.value) == (
        f"{SHOWN}: config[example.com/NTP/time] (id 7) was refused: unknown config; check the rights of the login"
    )


CATEGORIES_REFUSED: Script = (
    Get('{"mt":"GetProvisioningCategories","domainId":1,"src":"3"}'),
    Say('{"mt":"GetProvisioningCategoriesResult","src":"3","error":"unknown domain"}'),
)


async def test_a_domain_that_is_deleted_while_it_is_read() -> None:
    nothing = (*domain_list(5, ""), *devices(6))
    script = (*info(), *domain_list(2), *CATEGORIES_REFUSED, *domain_list(4, ""), *nothing)
    keeper = Kept()
    found = await reading(script, keeper=keeper)
    assert (found.heads, keeper.lines) == ((), {})


async def test_a_domain_that_may_not_be_read() -> None:
    script = (*info(), *domain_list(2), *CATEGORIES_REFUSED, *domain_list(4))
    with pytest.raises(RequestRefused) as caught:
        await reading(script, keeper=Kept())
    assert "GetProvisioningCategories was refused: unknown domain" in told(caught.value)


async def test_a_server_that_never_keeps_still() -> None:
    script = [*FIRST]
    for turn in range(3):
        script += [*lists(7 + 4 * turn, listed(7, f"time {turn}")), *read(10 + 4 * turn, 7, "b")]
    with pytest.raises(SyncerError) as caught:
        await reading(script, keeper=Kept())
    assert str(caught.value) == (
        "the server does not keep still: after 4 rounds of reading this had changed again: "
        "config[example.com/NTP/time 2]; try again while nobody changes anything"
    )


async def test_devices_that_come_and_go_all_the_time_hold_up_nothing() -> None:
    event = '{"mt":"DeviceUpdate","src":"6","device":{"id":5}}'
    script = (
        *FIRST,
        *lists(7, listed(7), events=[event]),
        *lists(10, listed(7), events=[event]),
        *devices(13, '{"id":5}'),
        *lists(14, listed(7), events=[event]),
        *devices(17, '{"id":6}'),
    )
    keeper = Kept()
    found = await reading(script, keeper=keeper)
    assert found.devices_moved
    assert keeper.devices == [{"id": 6}]


async def test_events_of_an_unknown_name_all_the_time_hold_up_nothing() -> None:
    """All is read again for the first of them; then they are told of."""
    event = '{"mt":"LicenseCount","count":5}'
    script = (*info(), *lists(2, listed(7), events=[event]), *read(5, 7, "a"), *devices(6))
    for src in (7, 12):
        script += (*lists(src, listed(7), events=[event]), *read(src + 3, 7, f"{src}"), *devices(src + 4))
    script += (*lists(17, listed(7), events=[event]), *read(20, 7, "b"), *devices(21))
    keeper = Kept()
    found = await reading((*script, *lists(22, listed(7), events=[event])), keeper=keeper, pauses=(0.0,) * 5)
    assert found.strange == ("LicenseCount",)
    assert values(keeper) == {7: "b"}


async def test_unknown_fields_that_count_all_the_time_hold_up_nothing() -> None:
    """Of a config, or of a category in it: it is read again at first, since they may tell of a change."""

    def counting(count: int) -> str:
        inside = f'{{"id":3,"name":"a","devices":{count}}}'
        return f'{{"id":7,"type":"NTP","desc":"time","lastSeen":{count},"categories":[{inside}]}}'

    script = [*info(), *lists(2, counting(0)), *read(5, 7, "a"), *devices(6)]
    for count in range(3):
        script += [*lists(7 + 4 * count, counting(count + 1)), *read(10 + 4 * count, 7, f"{count}")]
    keeper = Kept()
    found = await reading((*script, *lists(19, counting(9))), keeper=keeper, pauses=(0.0,) * 5)
    assert found.fields_moved
    assert values(keeper) == {7: "2"}


async def test_a_category_beside_a_count_is_still_compared() -> None:
    """What is overlooked is the unknown field alone."""

    def counting(count: int, name: str = "a") -> str:
        inside = f'{{"id":3,"name":"{name}"}}'
        return f'{{"id":7,"type":"NTP","desc":"time","lastSeen":{count},"categories":[{inside}]}}'

    script = [*info(), *lists(2, counting(0)), *read(5, 7, "a"), *devices(6)]
    for count in range(3):
        script += [*lists(7 + 4 * count, counting(count + 1)), *read(10 + 4 * count, 7, f"{count}")]
    script += [*lists(19, counting(8, "b")), *read(22, 7, "moved"), *lists(23, counting(9, "b"))]
    keeper = Kept()
    await reading(script, keeper=keeper, pauses=(0.0,) * 6)
    assert values(keeper) == {7: "moved"}


async def test_a_domain_that_is_edited_all_the_time_holds_up_nothing() -> None:
    """The latest list has it as it was then, and its categories are listed each time."""
    event = '{"mt":"DomainEdited","src":"2"}'
    domain = '{{"id":1,"name":"example.com","devices":{}}}'
    script = (*info(), *lists(2, listed(7), domains=domain.format(1)), *read(5, 7, "a"), *devices(6))
    found = await reading((*script, *lists(7, listed(7), domains=domain.format(2), events=[event])), keeper=Kept())
    assert found.heads[0].domain.raw["devices"] == 2


async def test_a_domain_that_is_listed_twice() -> None:
    twice = f"{DOMAIN},{DOMAIN}"
    script = (*info(), *lists(2, listed(7), domains=twice), *read(5, 7, "a"), *devices(6))
    found = await reading((*script, *lists(7, listed(7), domains=twice)), keeper=Kept())
    assert [head.domain.id for head in found.heads] == [1]


LOST = "the connection was lost during GetDeviceConfig"


@pytest.mark.usefixtures("quick")
async def test_a_lost_connection_in_the_middle() -> None:
    """What was read is read again, since nobody told of changes meanwhile."""
    first = (*info(), *lists(2, listed(6), listed(7)), asked(5, 6), asked(6, 7), read(5, 6, "a")[1], Drop())
    again = (
        asked(1, 7),  # what was not answered yet
        read(1, 7, "b")[1],
        Get('{"mt":"GetUserInfo","src":"2"}'),
        Say('{"mt":"GetUserInfoResult","src":"2","admin":false}'),
        *lists(3, listed(7)),
        *read(6, 7, "c"),
        *devices(7),
        *lists(8, listed(7)),
    )
    keeper = Kept()
    await reading(first, again, keeper=keeper)
    assert values(keeper) == {7: "c"}
    assert keeper.anew == [f"{LOST}: what changed since is not known, so everything is read again"]


@pytest.mark.usefixtures("quick")
async def test_a_connection_that_is_lost_each_time() -> None:
    first = (*info(), *lists(2, listed(7)), asked(5, 7), Drop())
    later = (
        *read(1, 7, "b"),
        Get('{"mt":"GetUserInfo","src":"2"}'),
        Say('{"mt":"GetUserInfoResult","src":"2","admin":false}'),
        *lists(3, listed(7)),
        asked(6, 7),
        Drop(),
    )
    with pytest.raises(ConnectionLost) as caught:
        await reading(first, later, later, read(1, 7, "b"), keeper=Kept())
    assert told(caught.value) == (
        f"{SHOWN}: the connection was lost in each of 3 readings, at last: {LOST}; try again at a quieter time"
    )


@asynccontextmanager
async def emulated(store: Store, unread: Unread) -> AsyncIterator[DevicesClient]:
    credentials = Credentials("innovaphone-devices-api", "example.com", PASSWORD)
    async with Emulator(store).start() as service:
        endpoint = Endpoint(service.url, service.url, credentials)
        async with open_devices(endpoint, CONVENTIONAL, unread.note) as client:
            yield client


class Writer:
    """Somebody else, who makes a change now and then, until there is no more to do."""

    def __init__(self, store: Store, seed: int, changes: int) -> None:
        self._store, self._random, self._left = store, random.Random(seed), changes

    def maybe(self) -> None:
        if self._left and self._random.random() < 0.5:
            self._left -= 1
            self._random.choice([self._add, self._edit, self._delete, self._rename, self._device, self._domain])()

    def _some_domain(self) -> int:
        return self._random.choice(self._store.domains()).id

    def _add(self) -> None:
        fields = {"type": self._random.choice(["NTP", "EXPERT"]), "desc": f"new {self._left}", "script": "x" * 70_000}
        self._store.add_config(self._some_domain(), fields, [])

    def _some_config(self) -> int | None:
        configs = self._store.configs(self._some_domain())
        return self._random.choice(configs).id if configs else None

    def _edit(self) -> None:
        if (number := self._some_config()) is not None:
            self._store.update_config(number, {"ntp1": f"edited {self._left}", "newField": self._left})

    def _delete(self) -> None:
        if (number := self._some_config()) is not None:
            self._store.delete_config(number)

    def _rename(self) -> None:
        category = self._random.choice(self._store.categories(self._store.instance.id))
        self._store.update_category(category.id, {"name": f"renamed {self._left}"})

    def _device(self) -> None:
        self._store.add_device(self._random.choice([None, self._some_domain()]), {"hwId": f"0090330000{self._left:02}"})

    def _domain(self) -> None:
        others = [one for one in self._store.domains() if not one.instance]
        if others and self._random.random() < 0.5:
            self._store.delete_domain(others[0].id)
        else:
            self._store.add_domain(f"new{self._left}.example.com")


def filled() -> Store:
    store = Store()
    others = [store.add_domain(f"customer{number}.example.com") for number in range(3)]
    for id_ in (store.instance.id, *others):
        category = store.add_category(id_, "Phones")
        for number in range(12):
            store.add_config(id_, {"type": "NTP", "desc": f"time {number}", "ntp1": "a"}, [category])
        media = {"type": "MEDIA", "desc": "media", "turnServer": "t", "turnPassword": "hush"}
        store.add_config(id_, media, [category])
        store.add_device(id_, {"hwId": f"00903300ff{id_:02}"}, [category])
    return store


@pytest.mark.parametrize("seed", range(12))
async def test_beside_another_writer(seed: int) -> None:
    """What comes out is to the letter what the server has when the other one is done."""
    unread = Unread()
    with filled() as store:
        keeper = Kept(Writer(store, seed, 25).maybe)
        async with emulated(store, unread) as client:
            found = await read_steady(client, unread, keeper, keeper.told(), (0.0,) * 30)
            live = await read_live(client, lambda _: True, lambda _: True)
            everything = {one.hw_id for one in (await client.devices([DeviceFilter()]))[0]}
    configs = [config for domain in live.domains for config in domain.configs]
    assert keeper.lines == {(one.domain_id, one.id): kept(one, None, plaintext=True) for one in configs}
    assert [head.domain.raw for head in found.heads] == [domain.domain.raw for domain in live.domains]
    raws = [[one.raw for one in found.categories[domain.domain.id]] for domain in live.domains]
    assert raws == [[one.raw for one in domain.categories] for domain in live.domains]
    assert {one["hwId"] for one in keeper.devices} == everything
