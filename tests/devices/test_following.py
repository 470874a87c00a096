"""What is followed is what a fresh reading would give: frame by frame, and after any edits at any moment."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.devices import events, following
from syncer.devices.client import DevicesClient, open_devices
from syncer.devices.following import Follower
from syncer.devices.snapshot import read_live
from syncer.emulator import Emulator, Running, Store
from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.service import Service
from syncer.emulator.state import StateError
from syncer.errors import RequestRefused
from syncer.model.state import Live, LiveObject
from syncer.transport.dial import Endpoint
from syncer.wire.login import Credentials
from tests.devices.played import CONVENTIONAL
from tests.transport.scripted import LOGIN, Get, Say, Script, Step, scripted
from tests.waiting import Clock

PASSWORD = "instance-pw"
OURS = ("example.com", "a.example.com", "new.example.com")


def ours(domain: LiveObject) -> bool:
    return domain.address.domain in OURS


def known(config: LiveObject) -> bool:
    return config.address.type != "MEDIA"


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sooner than a scripted service loses its patience."""
    monkeypatch.setattr(following, "PAUSE", 1.0)


# Recorded frames.

INFO = (Get('{"mt":"GetUserInfo","src":"1"}'), Say('{"mt":"GetUserInfoResult","src":"1","admin":true}'))
HOME = '{"id":1,"name":"example.com","isInstanceDomain":true,"categories":[{"id":3,"name":"HQ","config":true}]}'
THEIRS = '{"id":2,"name":"their.example.com","categories":[]}'
DOMAINS = (
    Get('{"mt":"GetDomains","recvUpdates":true,"src":"2"}'),
    Say(f'{{"mt":"GetDomainsResult","src":"2","last":true,"domains":[{HOME},{THEIRS}]}}'),
)


def categories(src: int) -> tuple[Step, ...]:
    return (
        Get(f'{{"mt":"GetProvisioningCategories","domainId":1,"src":"{src}"}}'),
        Say(f'{{"mt":"GetProvisioningCategoriesResult","src":"{src}","last":true,"categories":[]}}'),
    )


def configs(src: int, *listed: str, before_last: Sequence[Step] = ()) -> tuple[Step, ...]:
    shown = ",".join(f'{{"id":{one},"type":"NTP","desc":"time {one}","categories":[]}}' for one in listed)
    return (
        Get(f'{{"mt":"GetDeviceConfigs","domainId":1,"recvUpdates":true,"src":"{src}"}}'),
        Say(f'{{"mt":"GetDeviceConfigsResult","src":"{src}","configs":[{shown}]}}'),
        *before_last,
        Say(f'{{"mt":"GetDeviceConfigsResult","src":"{src}","configs":[],"last":true}}'),
    )


def config(src: int, number: int, ntp1: str = "ptb") -> tuple[Step, ...]:
    shown = f'{{"id":{number},"type":"NTP","desc":"time {number}","categories":[],"ntp1":"{ntp1}"}}'
    return (
        Get(f'{{"mt":"GetDeviceConfig","domainId":1,"id":{number},"src":"{src}"}}'),
        Say(f'{{"mt":"GetDeviceConfigResult","src":"{src}","config":{shown}}}'),
    )


def devices(src: int, *online: str) -> tuple[Step, ...]:
    listed = ",".join(f'{{"id":{i},"domainId":1,"online":{one}}}' for i, one in enumerate(online, start=1))
    return (
        Get(f'{{"mt":"GetDevices","domainIds":"1","recvUpdates":true,"src":"{src}"}}'),
        Say(f'{{"mt":"GetDevicesResult","src":"{src}","last":true,"devices":[{listed}]}}'),
    )


FIRST = (*INFO, *DOMAINS, *categories(3), *configs(4, "7"), *config(5, 7))


class Following:
    """A follower of a scripted service, which goes on when it is told to."""

    def __init__(self, client: DevicesClient, follower: Follower) -> None:
        self.client, self.follower = client, follower

    async def read(self) -> Live:
        return await self.follower.current(self.client, ours, known)

    async def heard(self) -> None:
        """Wait for something that makes something due."""
        async with asyncio.timeout(5):
            await self.follower.woken.wait()


@asynccontextmanager
async def followed(*steps: Step, counts_devices: bool = False) -> AsyncIterator[Following]:
    follower = Follower(counts_devices=counts_devices)
    async with (
        scripted((*LOGIN, *steps)) as server,
        open_devices(server.endpoint(), CONVENTIONAL, follower.note) as client,
    ):
        yield Following(client, follower)


def ntp1(live: Live) -> dict[int, Any]:
    return {one.id: one.fields.get("ntp1") for one in live.domains[0].configs}


@pytest.mark.usefixtures("_soon")
async def test_a_config_is_read_again_and_later_its_list() -> None:
    event = Say('{"mt":"DeviceConfigEdited","src":"4","config":{"id":7,"domainId":1}}')
    async with followed(*FIRST, event, *config(6, 7, "dcf77"), *configs(7, "7")) as one:
        live = await one.read()
        assert [(domain.name, domain.is_read) for domain in live.domains] == [
            ("example.com", True),
            ("their.example.com", False),
        ]
        assert ntp1(live) == {7: "ptb"}
        await one.heard()
        live = await one.read()
        assert ntp1(live) == {7: "dcf77"}
        due, loop = one.follower.due(), asyncio.get_running_loop()
        assert due is not None
        assert loop.time() < due <= loop.time() + following.PAUSE
        await asyncio.sleep(due - loop.time())
        assert await one.read() == live
        assert one.follower.due() is None


@pytest.mark.parametrize(
    "answer",
    [
        '"error":"unknown config"',
        '"config":{"id":8,"type":"NTP","desc":"theirs","categories":[],"domainId":2}',
        '"config":{"id":8,"type":"NTP","desc":"of whom?"}',
    ],
)
async def test_a_config_that_does_not_say_enough(answer: str) -> None:
    """Its domain is listed at once, which may show more."""
    event = Say('{"mt":"DeviceConfigEdited","src":"4","config":{"id":8,"domainId":1}}')
    read = (
        Get('{"mt":"GetDeviceConfig","domainId":1,"id":8,"src":"6"}'),
        Say(f'{{"mt":"GetDeviceConfigResult","src":"6",{answer}}}'),
    )
    asked, listed, *more = configs(7, "7")
    renamed = Say(str(listed.frame).replace("time 7", "clock")) if isinstance(listed, Say) else listed
    async with followed(*FIRST, event, *read, asked, renamed, *more, *config(8, 7, "dcf77")) as one:
        await one.read()
        await one.heard()
        assert ntp1(await one.read()) == {7: "dcf77"}
        assert one.follower.due() is None


async def test_of_many_configs_the_list_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_SINGLY", 1)
    async with followed(*FIRST, *configs(6, "7"), *config(7, 7, "dcf77")) as one:
        await one.read()
        for number in (7, 8):
            one.follower.note({"mt": "DeviceConfigEdited", "config": {"id": number, "domainId": 1}})
        assert ntp1(await one.read()) == {7: "dcf77"}


async def test_an_event_within_the_first_list() -> None:
    event = Say('{"mt":"DeviceConfigAdded","src":"4","id":8,"domainId":1}')
    steps = (*INFO, *DOMAINS, *categories(3), *configs(4, "7", before_last=[event]), *config(5, 7))
    async with followed(*steps, *config(6, 8)) as one:
        assert ntp1(await one.read()) == {7: "ptb"}
        assert one.follower.due() == -math.inf
        assert ntp1(await one.read()) == {7: "ptb", 8: "ptb"}


@pytest.mark.usefixtures("_soon")
async def test_what_is_deleted_is_gone() -> None:
    event = Say('{"mt":"DeviceConfigDeleted","src":"4","id":7,"domainId":1}')
    gone = (
        Get('{"mt":"GetDeviceConfig","domainId":1,"id":7,"src":"6"}'),
        Say('{"mt":"GetDeviceConfigResult","src":"6","error":"unknown config"}'),
    )
    async with followed(*FIRST, event, *gone, *configs(7)) as one:
        await one.read()
        await one.heard()
        assert ntp1(await one.read()) == {}
        due, loop = one.follower.due(), asyncio.get_running_loop()
        assert due is not None
        await asyncio.sleep(due - loop.time())
        assert ntp1(await one.read()) == {}


@pytest.mark.usefixtures("_soon")
@pytest.mark.parametrize(
    "event",
    [
        '{"mt":"DeviceConfigEdited","src":"4"}',
        '{"mt":"DeviceConfigEdited","src":"4","config":{"id":7}}',
        '{"mt":"ProvisioningCategoryEdited","src":"2"}',
    ],
)
async def test_an_event_that_does_not_say_enough(event: str) -> None:
    """Everything is read again, but not at once where that has just been done; and it is not forgotten."""
    again = (*_again(6), *categories(8), *configs(9, "7"), *config(10, 7, "dcf77"))
    steps = (*FIRST, Say(event), Say(event), *again)
    async with followed(*steps) as one:
        await one.read()
        await one.heard()
        due = one.follower.due()
        assert due is not None
        loop = asyncio.get_running_loop()
        assert loop.time() < due <= loop.time() + following.PAUSE
        assert ntp1(await one.read()) == {7: "ptb"}  # not yet
        assert one.follower.due() == due
        await asyncio.sleep(due - loop.time())
        assert ntp1(await one.read()) == {7: "dcf77"}
        assert one.follower.due() is None


async def test_a_category_that_is_newer_than_its_domains_list() -> None:
    """No event of a category is known of, so a config that names it is what tells."""
    event = Say('{"mt":"DeviceConfigEdited","src":"4","config":{"id":7,"domainId":1}}')
    changed = '{"id":7,"type":"NTP","desc":"time 7","categories":[{"id":9}],"ntp1":"ptb"}'
    home = HOME.replace("}]}", '},{"id":9,"name":"Lab","config":true}]}')
    again = (
        Get('{"mt":"GetDeviceConfig","domainId":1,"id":7,"src":"6"}'),
        Say(f'{{"mt":"GetDeviceConfigResult","src":"6","config":{changed}}}'),
        Get('{"mt":"GetDomains","recvUpdates":true,"src":"7"}'),
        Say(f'{{"mt":"GetDomainsResult","src":"7","last":true,"domains":[{home},{THEIRS}]}}'),
        *categories(8),
    )
    async with followed(*FIRST, event, *again) as one:
        await one.read()
        await one.heard()
        assert [ref.name for ref in (await one.read()).domains[0].configs[0].categories] == ["Lab"]


@pytest.mark.usefixtures("_soon")
async def test_strange_events_that_mean_nothing_are_read_for_more_and_more_seldom() -> None:
    """What changes by them is still noticed, and a vague event that everybody knows waits no longer than ever."""
    strange, vague = '{"mt":"Heartbeat"}', "DeviceConfigEdited"

    def again(src: int, value: str = "ptb") -> tuple[Step, ...]:
        return (*_again(src), *categories(src + 2), *configs(src + 3, "7"), *config(src + 4, 7, value))

    steps = (*FIRST, Say(strange), *again(6), Say(strange), *again(11), Say(strange), *again(16, "dcf77"))
    loop = asyncio.get_running_loop()
    async with followed(*steps) as one:
        await one.read()
        for factor in (1, 2, 4):
            await one.heard()
            due = one.follower.due()
            assert due is not None
            assert factor / 2 * following.PAUSE < due - loop.time() <= factor * following.PAUSE
            if factor == 4:
                one.follower.note({"mt": vague})
                due = one.follower.due()
                assert due is not None
                assert due - loop.time() <= following.PAUSE
            await asyncio.sleep(due - loop.time())
            live = await one.read()
        assert ntp1(live) == {7: "dcf77"}
        one.follower.note({"mt": "Heartbeat"})
        again_due = one.follower.due()
        assert again_due is not None
        assert again_due - loop.time() > following.PAUSE  # what changed was told by the other


async def test_what_a_person_asks_for_is_read_at_once() -> None:
    async with followed(*FIRST, *_again(6), *categories(8), *configs(9, "7"), *config(10, 7, "dcf77")) as one:
        await one.read()
        one.follower.forget()
        assert ntp1(await one.read()) == {7: "dcf77"}


def _again(src: int) -> tuple[Step, ...]:
    return (
        Get(f'{{"mt":"GetUserInfo","src":"{src}"}}'),
        Say(f'{{"mt":"GetUserInfoResult","src":"{src}","admin":true}}'),
        Get(f'{{"mt":"GetDomains","recvUpdates":true,"src":"{src + 1}"}}'),
        Say(f'{{"mt":"GetDomainsResult","src":"{src + 1}","last":true,"domains":[{HOME},{THEIRS}]}}'),
    )


async def test_an_event_of_a_domain_that_is_not_ours_costs_nothing() -> None:
    event = Say('{"mt":"DeviceConfigEdited","src":"4","config":{"id":9,"domainId":2}}')
    async with followed(*FIRST, event) as one:
        live = await one.read()
        await one.heard()
        assert await one.read() == live


async def test_an_event_of_an_unknown_domain_lists_the_domains() -> None:
    event = Say('{"mt":"DeviceConfigEdited","src":"4","config":{"id":9,"domainId":77}}')
    listed = (
        Get('{"mt":"GetDomains","recvUpdates":true,"src":"6"}'),
        Say(f'{{"mt":"GetDomainsResult","src":"6","last":true,"domains":[{HOME},{THEIRS}]}}'),
    )
    async with followed(*FIRST, event, *listed, *categories(7)) as one:
        live = await one.read()
        await one.heard()
        assert await one.read() == live


async def test_what_goes_between_its_list_and_itself_is_no_failure() -> None:
    gone = (
        Get('{"mt":"GetDeviceConfig","domainId":1,"id":7,"src":"5"}'),
        Say('{"mt":"GetDeviceConfigResult","src":"5","error":"unknown config"}'),
    )
    steps = (*INFO, *DOMAINS, *categories(3), *configs(4, "7"), *gone, *_again(6), *categories(8), *configs(9))
    async with followed(*steps) as one:
        assert ntp1(await one.read()) == {}


async def test_what_is_listed_and_never_there() -> None:
    def gone(src: int) -> tuple[Step, ...]:
        return (
            Get(f'{{"mt":"GetDeviceConfig","domainId":1,"id":7,"src":"{src}"}}'),
            Say(f'{{"mt":"GetDeviceConfigResult","src":"{src}","error":"unknown config"}}'),
        )

    first = (*INFO, *DOMAINS, *categories(3), *configs(4, "7"), *gone(5))
    more = (*_again(6), *categories(8), *configs(9, "7"), *gone(10))
    async with followed(*first, *more, *_again(11), *categories(13), *configs(14, "7"), *gone(15)) as one:
        with pytest.raises(RequestRefused, match=r"config\[example.com/NTP/time 7\] \(id 7\) was refused"):
            await one.read()


# Devices.

DEVICES: Script = (*FIRST, *devices(6, "true", "false"))


def device(mt: str, **fields: Any) -> Mapping[str, Any]:
    return {"mt": mt, "src": "6", "device": fields}


async def test_devices_are_counted_without_reading_them_again() -> None:
    async with followed(*DEVICES, counts_devices=True) as one:
        await one.read()
        presence = one.follower.presence
        assert presence is not None
        assert presence.counts == (2, 1)
        for event, counts in (
            (device("DeviceUpdate", id=2, domainId=1, online=True), (2, 2)),
            (device("DeviceUpdate", id=1, online=False), (2, 1)),  # known, so its domain need not be said
            (device("DeviceAdded", id=9, domainId=1, online=True), (3, 2)),
            (device("DeviceAdded", id=10, domainId=2, online=True), (3, 2)),  # not ours
            (device("DeviceUpdate", id=9, domainId=2, online=True), (2, 1)),  # moved away
            (device("DeviceRemoved", id=2), (1, 0)),
            (device("DeviceRemoved", id=2), (1, 0)),
        ):
            one.follower.note(event)
            assert presence.counts == counts
        assert one.follower.due() is None


@pytest.mark.usefixtures("_soon")
@pytest.mark.parametrize(
    "event",
    [
        {"mt": "DeviceUpdate"},
        device("DeviceUpdate"),
        device("DeviceUpdate", id=True, domainId=1, online=True),
        device("DeviceUpdate", id=1, domainId=1),
        device("DeviceUpdate", id=99, online=True),
        device("DeviceRemoved", hwId="x"),
    ],
)
async def test_a_device_of_which_not_enough_is_said(event: Mapping[str, Any]) -> None:
    async with followed(*DEVICES, *devices(7, "true", "true"), counts_devices=True) as one:
        await one.read()
        for _ in range(1000):
            one.follower.note(event)
        due = one.follower.due()
        assert due is not None
        await one.read()  # too early: nothing is asked
        await asyncio.sleep(due - asyncio.get_running_loop().time())
        await one.read()
        assert one.follower.presence is not None
        assert one.follower.presence.counts == (2, 2)


async def test_a_device_that_moves_while_the_list_comes() -> None:
    asked, answered = devices(6, "true", "false")
    event = Say('{"mt":"DeviceUpdate","src":"6","device":{"id":2,"domainId":1,"online":true}}')
    gone = Say('{"mt":"DeviceRemoved","src":"6","device":{"id":1,"domainId":1,"online":true}}')
    async with followed(*FIRST, asked, event, gone, answered, counts_devices=True) as one:
        await one.read()
        assert one.follower.presence is not None
        assert one.follower.presence.counts == (1, 1)


async def test_a_service_that_does_not_tell_of_devices() -> None:
    asked, _ = devices(6)
    refused = Say('{"mt":"GetDevicesResult","src":"6","error":"no right"}')
    async with followed(*FIRST, asked, refused, counts_devices=True) as one:
        assert ntp1(await one.read()) == {7: "ptb"}
        assert one.follower.presence is not None
        assert one.follower.presence.counts is None


# The law.


@dataclass
class Edits:
    """Somebody who edits a store, by numbers; what makes no sense there is not done."""

    store: Store

    def do(self, what: str, one: int, other: int) -> None:
        with suppress(StateError):
            getattr(self, what)(one, other)

    def add_config(self, one: int, other: int) -> None:
        domain = self._domain(one)
        kind = ("NTP", "MEDIA", "ODD")[other % 3]
        named = [category.id for category in self.store.categories(domain)][: other % 3]
        self.store.add_config(domain, {"type": kind, "desc": f"c{other}", "ntp1": str(one)}, named)

    def edit_config(self, one: int, other: int) -> None:
        self.store.update_config(self._config(one), {"ntp1": str(other)})

    def rename_config(self, one: int, other: int) -> None:
        self.store.update_config(self._config(one), {"desc": f"r{other}"})

    def retype_config(self, one: int, other: int) -> None:
        self.store.update_config(self._config(one), {"type": ("NTP", "MEDIA")[other % 2]})

    def delete_config(self, one: int, _: int) -> None:
        self.store.delete_config(self._config(one))

    def add_category(self, one: int, other: int) -> None:
        self.store.add_category(self._domain(one), f"k{other}")

    def rename_category(self, one: int, other: int) -> None:
        self.store.update_category(self._category(one), {"name": f"n{other}"})

    def delete_category(self, one: int, _: int) -> None:
        self.store.delete_category(self._category(one))

    def add_domain(self, one: int, _: int) -> None:
        self.store.add_domain(("new.example.com", "strange.example.com")[one % 2])

    def rename_domain(self, one: int, other: int) -> None:
        names = ("a.example.com", "b.example.com", "new.example.com")
        self.store.update_domain(self._domain(one), {"name": names[other % 3]})

    def delete_domain(self, one: int, _: int) -> None:
        self.store.delete_domain(self._domain(one))

    def device(self, one: int, other: int) -> None:
        found = [device.id for domain in self.store.domains() for device in self.store.devices(domain.id)]
        match other % 4:
            case 0:
                self.store.add_device(self._domain(one), {"hwId": f"{one}", "online": bool(one % 2)})
            case 1:
                self.store.update_device(found[one % len(found)] if found else 0, {"online": bool(one % 2)})
            case 2:
                self.store.move_device(found[one % len(found)] if found else 0, self._domain(one))
            case _:
                self.store.delete_device(found[one % len(found)] if found else 0)

    def _domain(self, number: int) -> int:
        domains = self.store.domains()
        return domains[number % len(domains)].id

    def _config(self, number: int) -> int:
        found = [config.id for domain in self.store.domains() for config in self.store.configs(domain.id)]
        return found[number % len(found)] if found else 0

    def _category(self, number: int) -> int:
        found = [one.id for domain in self.store.domains() for one in self.store.categories(domain.id)]
        return found[number % len(found)] if found else 0


EDITS = [name for name in vars(Edits) if not name.startswith("_") and name != "do"]
NOISE: Sequence[Mapping[str, Any]] = (
    {"mt": "DeviceConfigEdited"},
    {"mt": "DeviceConfigEdited", "config": {"id": 999, "domainId": 1}},
    {"mt": "DeviceConfigDeleted", "id": 1, "domainId": 1},
    {"mt": "DeviceConfigAdded", "id": 1, "domainId": 777},
    {"mt": "DomainDeleted", "id": 1},
    {"mt": "DomainEdited", "domain": {"id": 5, "name": "no such"}},
    {"mt": "DeviceUpdate", "device": {"id": 4}},
    {"mt": "Whatever"},
    {"mt": "GetDomainsResult", "domains": []},
)

edits = st.tuples(st.sampled_from(EDITS), st.integers(0, 5), st.integers(0, 5))
moves = st.one_of(edits, st.sampled_from(["read", "cut"]), st.sampled_from(NOISE))


class InBetween:
    """Edits that are made just when a message comes in, before or after it is handled."""

    def __init__(self, edit: Edits, planned: Mapping[int, tuple[tuple[str, int, int], bool]]) -> None:
        self._edit, self._planned, self._count = edit, planned, 0

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        edit, is_before = self._planned.get(self._count, (None, True))
        self._count += 1
        if edit and is_before:
            self._edit.do(*edit)
        answer = handle(call)
        if edit and not is_before:
            self._edit.do(*edit)
        return answer


@asynccontextmanager
async def connected(running: Running, note: Callable[[Mapping[str, Any]], None]) -> AsyncIterator[DevicesClient]:
    who = Credentials(running.emulator.app, "example.com", PASSWORD)
    async with open_devices(Endpoint(running.url, running.url, who), CONVENTIONAL, note) as client:
        yield client


async def caught_up(client: DevicesClient, follower: Follower) -> Live:
    """The live state at a moment when nothing happens: all events were heard, and nothing is due."""
    while True:
        live = await follower.current(client, ours, known)
        await client.user_info()  # its answer comes after all events
        due = follower.due()
        if due is None:
            return live
        await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(moves, max_size=25),
    st.dictionaries(st.integers(0, 60), st.tuples(edits, st.booleans()), max_size=12),
)
def test_what_is_followed_is_what_is_there(
    steps: list[Any], in_between: Mapping[int, tuple[tuple[str, int, int], bool]]
) -> None:
    with asyncio.Runner(loop_factory=Clock().new_loop) as runner:
        runner.run(_play(steps, in_between))


async def _play(steps: list[Any], in_between: Mapping[int, tuple[tuple[str, int, int], bool]]) -> None:
    with Store(":memory:", password=PASSWORD) as store:
        edit = Edits(store)
        store.add_domain("a.example.com")
        for number in range(3):
            edit.do("add_category", number, number)
            edit.do("add_config", number, number)
            edit.do("device", number, 0)
        async with Emulator(store).start() as running:
            running.emulator.faults.add(InBetween(edit, in_between))
            left = list(steps)
            while await _session(running, edit, left):
                pass


async def _session(running: Running, edit: Edits, left: list[Any]) -> bool:
    """Until the connection is cut, or all is done and compared; whether it was cut."""
    follower = Follower(counts_devices=True)
    async with connected(running, follower.note) as client:
        while left:
            match left.pop(0):
                case "cut":
                    return True
                case "read":
                    await follower.current(client, ours, known)
                case tuple() as what:
                    edit.do(*what)
                case noise:
                    follower.note(noise)
        found = await caught_up(client, follower)
        running.emulator.faults.clear()
        async with connected(running, lambda _: None) as other:
            assert found == await read_live(other, ours, known)
            watched = [domain.domain.id for domain in found.domains if domain.is_read]
            there = [one for number in watched for one in edit.store.devices(number)]
            assert follower.presence is not None
            assert follower.presence.counts == (len(there), sum(bool(one.fields.get("online")) for one in there))
    return False


# Floods.


class Count:
    """How often each message came."""

    def __init__(self) -> None:
        self.by_type: dict[str, int] = {}

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        self.by_type[call.mt] = self.by_type.get(call.mt, 0) + 1
        return handle(call)


@pytest.mark.parametrize(
    "event",
    [
        {"mt": "DeviceConfigEdited", "config": {"id": 1, "domainId": 1}},
        {"mt": "DeviceConfigEdited", "config": {"id": 1, "domainId": 77}},
        {"mt": "DomainEdited", "domain": {"id": 1}},
        {"mt": "Unheard"},
        {"mt": "DeviceUpdate", "device": {"id": 1, "domainId": 1, "online": True}},
        {"mt": "DeviceUpdate"},
    ],
    ids=lambda event: f"{event['mt']} {len(str(event))}",
)
async def test_a_flood_costs_a_few_reads(event: Mapping[str, Any]) -> None:
    with Store(":memory:", password=PASSWORD) as store:
        store.add_config(1, {"type": "NTP", "desc": "time"})
        async with Emulator(store).start() as running:
            follower, count = Follower(counts_devices=True), Count()
            async with connected(running, follower.note) as client:
                await follower.current(client, ours, known)
                running.emulator.faults.add(count)
                for number in range(10_000):
                    follower.note(event)
                    if number % 1000 == 0:
                        await follower.current(client, ours, known)
                await follower.current(client, ours, known)
            assert sum(count.by_type.values()) <= 11 * 3


async def test_a_flood_of_all_sorts_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_MOST_CONFIGS", 100)
    monkeypatch.setattr("syncer.devices.presence._MOST", 100)
    follower = Follower(counts_devices=True)
    assert follower.presence is not None
    for number in range(10_000):
        follower.note({"mt": "DeviceConfigEdited", "id": number, "domainId": number})
        follower.note(device("DeviceAdded", id=number, domainId=1, online=True))
        follower.note(device("DeviceRemoved", id=number))
    unread, presence = follower._unread, follower.presence
    assert max(len(unread.configs), len(unread.lists), len(presence._online)) <= 100
