"""The live state as a plan or an export reads it, frame by frame."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from syncer.devices.snapshot import find_devices, find_fxs, read_live, with_names
from syncer.errors import RequestRefused
from syncer.model.address import category_address, config_address, domain_address
from syncer.model.state import CategoryRef, Devices, LiveObject
from tests.devices.played import plain, played
from tests.devices.test_reads import told
from tests.transport.scripted import SHOWN, Do, Get, Say, Step

INFO = Get('{"mt":"GetUserInfo","src":"1"}')
DOMAINS = Get('{"mt":"GetDomains","src":"2"}')
ADMIN = Say('{"mt":"GetUserInfoResult","src":"1","admin":true}')
TWO_DOMAINS = Say(
    '{"mt":"GetDomainsResult","src":"2","last":true,"domains":['
    '{"id":1,"name":"example.com","isInstanceDomain":true,"categories":[{"id":3,"name":"old name","config":true}]},'
    '{"id":2,"name":"b.example.com","deployAdminPasswords":true,"categories":[{"id":4,"name":"other"}]}]}'
)
FIRST: Sequence[Step] = (INFO, DOMAINS, TWO_DOMAINS, ADMIN)
CONTENT: Sequence[Step] = (
    Get('{"mt":"GetProvisioningCategories","domainId":1,"src":"3"}'),
    Get('{"mt":"GetDeviceConfigs","domainId":1,"src":"4"}'),
    Say(
        '{"mt":"GetDeviceConfigsResult","src":"4","last":true,"configs":['
        '{"id":7,"type":"NTP","desc":"time","categories":[{"id":3,"name":"old name"}]},'
        '{"id":8,"type":"EXPERT","desc":"cmd","categories":[{"id":99,"name":"nowhere"}]}]}'
    ),
    Say(
        '{"mt":"GetProvisioningCategoriesResult","src":"3","last":true,"categories":'
        '[{"id":3,"domainId":1,"name":"Phones","config":true}]}'
    ),
)
CONFIG = Get('{"mt":"GetDeviceConfig","domainId":1,"id":7,"src":"5"}')


def first(thing: LiveObject) -> bool:
    return thing.id == 1


def ntp(thing: LiveObject) -> bool:
    return thing.address.type == "NTP"


def everything(_thing: LiveObject) -> bool:
    return True


async def test_what_was_chosen_with_its_content() -> None:
    answer = Say(
        '{"mt":"GetDeviceConfigResult","src":"5","config":{"id":7,"type":"NTP","desc":"time","ntp1":"a",'
        '"categories":[{"id":3,"name":"old name"},4,"by name"]}}'
    )
    totals: list[int] = []
    counted: list[int] = []

    def progress(total: int) -> Callable[[int], None]:
        totals.append(total)
        return counted.append

    async with played(*FIRST, *CONTENT, CONFIG, answer) as client:
        live = await read_live(client, first, ntp, progress)
    assert (live.admin, live.write_only, totals, counted) == (True, frozenset(), [1], [1])
    one, other = live.domains
    assert (one.name, one.is_instance, one.is_read) == ("example.com", True, True)
    assert [(c.address, c.id) for c in one.categories] == [(category_address("example.com", "Phones"), 3)]
    time, cmd = one.configs
    assert (time.address, time.id, time.complete) == (config_address("example.com", "NTP", "time"), 7, True)
    assert plain(time) == ({"ntp1": "a"}, {})
    assert time.categories == (CategoryRef(3, "Phones"), CategoryRef(4, None), CategoryRef(None, "by name"))
    assert (cmd.address, cmd.complete, cmd.categories) == (
        config_address("example.com", "EXPERT", "cmd"),
        False,
        (CategoryRef(99, None),),
    )
    assert (other.domain.address, other.is_read, other.categories, other.configs) == (
        domain_address("b.example.com"),
        False,
        (),
        (),
    )
    assert plain(other.domain) == ({"deployAdminPasswords": True}, {})


async def test_nothing_chosen() -> None:
    not_admin = Say('{"mt":"GetUserInfoResult","src":"1"}')
    async with played(INFO, DOMAINS, not_admin, TWO_DOMAINS) as client:
        live = await read_live(client, lambda _: False, everything)
    assert not live.admin
    assert [one.is_read for one in live.domains] == [False, False]


async def test_nothing_wanted() -> None:
    async with played(*FIRST, *CONTENT) as client:
        live = await read_live(client, first, lambda _: False)
    assert [one.complete for one in live.domains[0].configs] == [False, False]


@pytest.mark.parametrize(
    "rest, why", [('"error":"gone"', "gone"), ('"config":null', "no such config"), ('"x":1', "no such config")]
)
async def test_a_config_that_is_listed_and_cannot_be_read(rest: str, why: str) -> None:
    """To take it for gone would create it a second time."""
    refusal = Say(f'{{"mt":"GetDeviceConfigResult","src":"5",{rest}}}')
    async with played(*FIRST, *CONTENT, CONFIG, refusal) as client:
        with pytest.raises(RequestRefused) as caught:
            await read_live(client, first, ntp)
    assert told(caught.value) == (
        f"{SHOWN}: config[example.com/NTP/time] (id 7) was refused: {why}; check the rights of the login"
    )


async def test_categories_that_are_refused() -> None:
    asked = CONTENT[:2]
    refusal = Say('{"mt":"GetProvisioningCategoriesResult","src":"3","error":"no right"}')
    async with played(*FIRST, *asked, refusal) as client:
        with pytest.raises(RequestRefused) as caught:
            await read_live(client, first, everything)
    assert told(caught.value) == (
        f"{SHOWN}: GetProvisioningCategories was refused: no right; check the rights of the login"
    )


async def test_domains_that_are_refused_while_the_rights_are_still_asked() -> None:
    refusal = Say('{"mt":"GetDomainsResult","src":"2","error":"no right"}')
    async with played(INFO, DOMAINS, refusal) as client:
        with pytest.raises(RequestRefused) as caught:
            await read_live(client, first, everything)
    assert told(caught.value) == f"{SHOWN}: GetDomains was refused: no right; check the rights of the login"


async def test_the_same_id_in_two_domains() -> None:
    """Nothing says that ids are unique beyond their domain."""

    async def answer(socket: ServerConnection) -> None:
        for _ in range(6):
            asked = json.loads(await socket.recv())
            result: dict[str, Any] = {"mt": f"{asked['mt']}Result", "src": asked["src"], "last": True}
            config = {"id": 7, "type": "NTP", "ntp1": f"of {asked['domainId']}"}
            match asked["mt"]:
                case "GetDeviceConfigs":
                    result["configs"] = [{"id": 7, "type": "NTP"}]
                case "GetDeviceConfig":
                    result["config"] = config
                case _:
                    result["categories"] = []
            await socket.send(json.dumps(result))

    async with played(*FIRST, Do(answer)) as client:
        live = await read_live(client, everything, everything)
    assert [one.configs[0].fields for one in live.domains] == [{"ntp1": "of 1"}, {"ntp1": "of 2"}]
    assert [one.configs[0].address.domain for one in live.domains] == ["example.com", "b.example.com"]


@pytest.mark.parametrize(
    "refs, expected",
    [
        ((), ()),
        ((CategoryRef(3, "old"),), (CategoryRef(3, "new"),)),
        ((CategoryRef(4, "gone"),), (CategoryRef(4, None),)),
        ((CategoryRef(None, "named"),), (CategoryRef(None, "named"),)),
    ],
)
def test_with_names(refs: tuple[CategoryRef, ...], expected: tuple[CategoryRef, ...]) -> None:
    config = LiveObject(config_address("a", "NTP", ""), 7, 1, categories=refs)
    assert with_names(config, {3: "new"}).categories == expected


async def test_finding_devices() -> None:
    """One question for each, none where the API has no words for it."""
    things = [
        LiveObject(domain_address("a"), 1, 1),
        LiveObject(category_address("a", "x,y"), 5, 1),
        LiveObject(category_address("a", "Phones"), 6, 1),
    ]
    steps = (
        Get('{"mt":"GetDevices","domainIds":"1","src":"1"}'),
        Get('{"mt":"GetDevices","domainIds":"1","categories":"Phones","src":"2"}'),
        Say('{"mt":"GetDevicesResult","src":"2","devices":[],"last":true}'),
        Say('{"mt":"GetDevicesResult","src":"1","devices":[{"id":1,"type":"GW","online":true}]}'),
        Say('{"mt":"GetDevicesResult","src":"1","devices":[{"id":2}],"last":true}'),
    )
    counted: list[int] = []
    async with played(*steps) as client:
        assert await find_devices(client, things, counted.append) == {
            things[0].address: Devices({1: "GW", 2: ""}, frozenset({1})),
            things[1].address: None,
            things[2].address: Devices(),
        }
        assert await find_devices(client, things[1:2]) == {things[1].address: None}
        assert await find_devices(client, []) == {}
    assert counted == [1, 1]


async def test_finding_devices_with_fxs_interfaces() -> None:
    steps = (
        Get('{"mt":"GetFilteredDevices","domainId":3,"justFxs":true,"src":"1"}'),
        Get('{"mt":"GetFilteredDevices","domainId":0,"justFxs":true,"src":"2"}'),
        Say('{"mt":"GetFilteredDevicesResult","src":"2","devices":[],"last":true}'),
        Say('{"mt":"GetFilteredDevicesResult","src":"1","devices":[{"id":7,"type":"GW"}],"last":true}'),
    )
    counted: list[int] = []
    async with played(*steps) as client:
        assert await find_fxs(client, [3, 0], counted.append) == {3: frozenset({7}), 0: frozenset()}
        assert await find_fxs(client, []) == {}
    assert counted == [1, 1]
