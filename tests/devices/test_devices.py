"""GetDevices and GetFilteredDevices, with every parameter."""

from typing import Any

import pytest

from syncer.devices.interface import DeviceFilter, devices_of
from syncer.errors import BrokenMessage, RequestRefused
from syncer.model.address import category_address, domain_address
from syncer.model.state import LiveObject
from tests.devices.played import played
from tests.devices.test_reads import NO_RIGHT, NO_SERVICE, told
from tests.transport.scripted import SHOWN, Get, Say

# The example of the API document.
DEVICE = (
    '{"id":0,"hwId":"009033280177","domainId":0,"product":"IP111","version":"13r2 sr2 [13.6146/136146/400]",'
    '"type":"PHONE","pbxActive":false,"online":true,"ethIfs":[{"if":"ETH0","ipv4":"172.16.136.105",'
    '"ipv6":"2002:91fd:9d07:136:290:33ff:fe28:177"}]}'
)


class TestGetDevices:
    """Devices by domains and categories."""

    @pytest.mark.parametrize(
        "asked, parameters",
        [
            (DeviceFilter(), ""),
            (DeviceFilter((10, 12)), ',"domainIds":"10,12"'),
            (DeviceFilter((1,), ("test1", "Test 2")), ',"domainIds":"1","categories":"test1,Test 2"'),
            (DeviceFilter(categories=("a",), subcategories=("b", "c")), ',"categories":"a","subcategories":"b,c"'),
            (DeviceFilter(unassigned=True), ',"unassigned":true'),
            (DeviceFilter((1,), unassigned=False), ',"domainIds":"1","unassigned":false'),
        ],
    )
    async def test_parameters(self, asked: DeviceFilter, parameters: str) -> None:
        none = Say('{"mt":"GetDevicesResult","src":"1","devices":[],"last":true}')
        async with played(Get(f'{{"mt":"GetDevices"{parameters},"src":"1"}}'), none) as client:
            assert await client.devices([asked]) == [()]

    async def test_of_the_api_document(self) -> None:
        answer = Say(f'{{"mt":"GetDevicesResult","src":"1","devices":[{DEVICE}],"last":true}}')
        async with played(Get('{"mt":"GetDevices","src":"1"}'), answer) as client:
            ((found,),) = await client.devices([DeviceFilter()])
        assert (found.id, found.hw_id, found.name, found.domain_id) == (0, "009033280177", "", 0)
        assert (found.product, found.version) == ("IP111", "13r2 sr2 [13.6146/136146/400]")
        assert (found.type, found.online) == ("PHONE", True)
        assert found.raw["ethIfs"][0]["if"] == "ETH0"

    async def test_several_filters_in_several_replies(self) -> None:
        steps = (
            Get('{"mt":"GetDevices","domainIds":"1","src":"1"}'),
            Get('{"mt":"GetDevices","domainIds":"2","src":"2"}'),
            Say('{"mt":"GetDevicesResult","src":"2","devices":[{"id":4}]}'),
            Say('{"mt":"GetDevicesResult","src":"1","devices":[{"id":1}]}'),
            Say('{"mt":"DeviceUpdate","device":{"id":4}}'),
            Say('{"mt":"GetDevicesResult","src":"2","devices":[{"id":5},{"id":6}],"last":true}'),
            Say('{"mt":"GetDevicesResult","src":"1","devices":[],"last":true}'),
        )
        async with played(*steps) as client:
            found = await client.devices([DeviceFilter((1,)), DeviceFilter((2,))])
        assert [[one.id for one in some] for some in found] == [[1], [4, 5, 6]]

    async def test_only_the_id_is_sure(self) -> None:
        raw = '{"id":3,"hwId":null,"name":7,"domainId":"1","online":"yes","type":[]}'
        answer = Say(f'{{"mt":"GetDevicesResult","src":"1","devices":[{raw}],"last":true}}')
        async with played(Get('{"mt":"GetDevices","src":"1"}'), answer) as client:
            ((found,),) = await client.devices([DeviceFilter()])
        assert (found.hw_id, found.name, found.domain_id, found.online, found.type) == ("", "", 0, False, "")

    @pytest.mark.parametrize("device", ["{}", "null", '{"id":"3"}', "[3]"])
    async def test_of_a_wrong_shape(self, device: str) -> None:
        answer = Say(f'{{"mt":"GetDevicesResult","src":"1","devices":[{device}],"last":true}}')
        async with played(Get('{"mt":"GetDevices","src":"1"}'), answer) as client:
            with pytest.raises(BrokenMessage) as caught:
                await client.devices([DeviceFilter()])
        assert told(caught.value) == f"{SHOWN}: GetDevicesResult holds a device without a number id; {NO_SERVICE}"

    async def test_refused(self) -> None:
        error = Say('{"mt":"GetDevicesResult","src":"1","error":"no"}')
        async with played(Get('{"mt":"GetDevices","src":"1"}'), error) as client:
            with pytest.raises(RequestRefused) as caught:
                await client.devices([DeviceFilter()])
        assert told(caught.value) == f"{SHOWN}: GetDevices was refused: no; {NO_RIGHT}"


class TestGetFilteredDevices:
    """Devices of one domain by what they are."""

    @pytest.mark.parametrize(
        "options, parameters",
        [
            ({}, ""),
            ({"domain_id": 0}, ',"domainId":0'),
            ({"domain_id": 12, "just_fxs": True}, ',"domainId":12,"justFxs":true'),
            ({"types": ("GW", "VA")}, ',"types":["GW","VA"]'),
            ({"hw_ids": ["009033090909", "009033090910"]}, ',"hwIds":"009033090909,009033090910"'),
        ],
    )
    async def test_parameters(self, options: dict[str, Any], parameters: str) -> None:
        asked = Get(f'{{"mt":"GetFilteredDevices"{parameters},"src":"1"}}')
        pages = (
            Say(f'{{"mt":"GetFilteredDevicesResult","src":"1","devices":[{DEVICE}]}}'),
            Say('{"mt":"GetFilteredDevicesResult","src":"1","devices":[{"id":9}],"last":true}'),
        )
        async with played(asked, *pages) as client:
            found = await client.filtered_devices(**options)
        assert [(one.id, one.hw_id) for one in found] == [(0, "009033280177"), (9, "")]

    async def test_of_a_wrong_shape(self) -> None:
        answer = Say('{"mt":"GetFilteredDevicesResult","src":"1","devices":[1],"last":true}')
        async with played(Get('{"mt":"GetFilteredDevices","src":"1"}'), answer) as client:
            with pytest.raises(BrokenMessage) as caught:
                await client.filtered_devices()
        assert told(caught.value) == (
            f"{SHOWN}: GetFilteredDevicesResult holds a device without a number id; {NO_SERVICE}"
        )

    async def test_refused(self) -> None:
        error = Say('{"mt":"GetFilteredDevicesResult","src":"1","error":"no"}')
        async with played(Get('{"mt":"GetFilteredDevices","src":"1"}'), error) as client:
            with pytest.raises(RequestRefused) as caught:
                await client.filtered_devices()
        assert told(caught.value) == f"{SHOWN}: GetFilteredDevices was refused: no; {NO_RIGHT}"


@pytest.mark.parametrize(
    "thing, asked",
    [
        (LiveObject(domain_address("a"), 4, 4), DeviceFilter((4,))),
        (LiveObject(category_address("a", "Phones HQ"), 9, 4), DeviceFilter((4,), ("Phones HQ",))),
        (LiveObject(category_address("a", "x,y"), 9, 4), None),
        (LiveObject(category_address("a", ""), 9, 4), None),
        (LiveObject(category_address("a", " x"), 9, 4), None),
        (LiveObject(category_address("a", "x\t"), 9, 4), None),
    ],
)
def test_devices_of(thing: LiveObject, asked: DeviceFilter | None) -> None:
    """A name with a comma would ask for other categories, an empty one for all; one with blanks may be trimmed."""
    assert devices_of(thing) == asked
