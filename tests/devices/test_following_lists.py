"""Lists that are followed ask for events, which are heard beside the answers; the end of the connection is told."""

from typing import Any

from syncer.devices.client import open_devices
from syncer.devices.interface import DeviceFilter
from syncer.errors import ConnectionLost
from tests.devices.played import CONVENTIONAL, domain, played
from tests.transport.scripted import LOGIN, Drop, Get, Say, scripted


async def test_each_list_says_so() -> None:
    heard: list[Any] = []
    steps = (
        Get('{"mt":"GetDomains","recvUpdates":true,"src":"1"}'),
        Say('{"mt":"DomainEdited","src":"1"}'),  # before the list it belongs to
        Say('{"mt":"GetDomainsResult","src":"1","domains":[],"last":true}'),
        Get('{"mt":"GetDeviceConfigs","domainId":1,"recvUpdates":true,"src":"2"}'),
        Say('{"mt":"GetDeviceConfigsResult","src":"2","configs":[]}'),
        Say('{"mt":"DeviceConfigDeleted","src":"2","id":4,"domainId":1}'),  # between two parts of it
        Say('{"mt":"GetDeviceConfigsResult","src":"2","configs":[],"last":true}'),
        Get('{"mt":"GetDevices","domainIds":"1","recvUpdates":true,"src":"3"}'),
        Say('{"mt":"GetDevicesResult","src":"3","devices":[],"last":true}'),
        Say('{"mt":"DeviceUpdate","src":"3","device":{"id":5}}'),
        Drop(),
    )
    async with (
        scripted((*LOGIN, *steps)) as server,
        open_devices(server.endpoint(reconnect_for=0), CONVENTIONAL, heard.append) as client,
    ):
        assert await client.domains(follow=True) == []
        assert await client.config_heads([domain()], follow=True) == [()]
        assert await client.devices([DeviceFilter((1,))], follow=True) == [()]
        lost = await client.lost()
    assert isinstance(lost, ConnectionLost)
    assert [one["mt"] for one in heard] == ["DomainEdited", "DeviceConfigDeleted", "DeviceUpdate"]


async def test_nobody_else_asks_for_events() -> None:
    steps = (
        Get('{"mt":"GetDomains","src":"1"}'),
        Say('{"mt":"GetDomainsResult","src":"1","domains":[],"last":true}'),
    )
    async with played(*steps) as client:
        assert await client.domains() == []
