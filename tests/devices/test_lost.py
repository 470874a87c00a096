"""Many reads at once: one holds up no other, and a lost connection costs only what is missing."""

import asyncio

import pytest

from syncer.devices import client as client_module
from syncer.devices.client import open_devices
from syncer.devices.interface import UserInfo
from syncer.errors import BrokenMessage, ConnectionLost, SilentServer
from syncer.model.state import LiveObject
from tests.devices.played import CONVENTIONAL, head, played
from tests.devices.test_reads import told
from tests.transport.scripted import LOGIN, LOGIN_AGAIN, SHOWN, Drop, Get, Say, Step, scripted

DOMAINS = Get('{"mt":"GetDomains","src":"1"}')


def ask(src: int, number: int) -> Get:
    return Get(f'{{"mt":"GetDeviceConfig","domainId":1,"id":{number},"src":"{src}"}}')


def answer(src: int, number: int) -> Say:
    return Say(f'{{"mt":"GetDeviceConfigResult","src":"{src}","config":{{"id":{number},"type":"NTP"}}}}')


async def test_a_request_that_the_service_does_not_know_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_FALLBACK_AFTER", 0.1)
    steps = (
        Get('{"mt":"GetUserInfo","src":"1"}'),
        Get('{"mt":"GetDomains","src":"2"}'),
        Say('{"mt":"GetDomainsResult","src":"2","domains":[],"last":true}'),
        Get('{"mt":"GetLoginInfo","src":"3"}'),
        Say('{"mt":"GetLoginInfoResult","src":"3","admin":true}'),
    )
    async with played(*steps) as client:
        info, domains = await asyncio.gather(client.user_info(), client.domains())
    assert (info, domains) == (UserInfo(admin=True), [])


async def test_no_older_name_for_a_server_that_is_broken() -> None:
    async with played(Get('{"mt":"GetUserInfo","src":"1"}'), Say("{")) as client:
        with pytest.raises(BrokenMessage):
            await client.user_info()


@pytest.mark.usefixtures("quick")
async def test_lost_in_the_middle_of_many() -> None:
    missing = list(enumerate((1, 3, 4, 5), start=1))
    before: list[Step] = [*(ask(number, number) for number in range(1, 6)), answer(2, 2), Drop()]
    after = [*LOGIN_AGAIN, *(ask(*one) for one in missing), *(answer(*one) for one in reversed(missing))]
    counted: list[int] = []
    async with played(*before, again=after) as client:
        found = await client.configs([head(number, "NTP") for number in range(1, 6)], counted.append)
    assert [one.id for one in found if isinstance(one, LiveObject)] == [1, 2, 3, 4, 5]
    assert counted == [1] * 5


@pytest.mark.usefixtures("quick")
async def test_lost_again_and_again() -> None:
    again = (*LOGIN_AGAIN, DOMAINS, Drop())
    async with scripted((*LOGIN, DOMAINS, Drop()), again, again, again) as server:
        opening = open_devices(server.endpoint(), CONVENTIONAL)
        async with opening as client:
            with pytest.raises(ConnectionLost) as caught:
                await client.domains()
    said = told(caught.value)
    assert said.startswith(f"{SHOWN}: the connection was lost during GetDomains, and reconnecting for ")
    assert said.endswith(" s did not help; try again, or give it more time with --reconnect-for")


async def test_silence() -> None:
    async with played(DOMAINS, timeout=0.2) as client:
        with pytest.raises(SilentServer) as caught:
            await client.domains()
    assert told(caught.value) == (
        f"{SHOWN}: no answer to GetDomains within 0.2 s; try again, or give it more time with --timeout"
    )


async def test_silence_ends_with_another_connection() -> None:
    answered = Say('{"mt":"GetDomainsResult","src":"1","domains":[],"last":true}')
    async with played(DOMAINS, again=(*LOGIN_AGAIN, DOMAINS, answered), timeout=0.3) as client:
        with pytest.raises(SilentServer):
            await client.domains()
        await asyncio.gather(client.renew(), client.renew())
        assert await client.domains() == []


async def test_deep_nesting_that_could_be_read_and_not_written_again() -> None:
    """JSON's own limit lets it pass; comparing, digesting or writing it would end in a traceback."""
    config = f'{{"id":7,"type":"NTP","newField":{"[" * 200}"s3cr3t"{"]" * 200}}}'
    reply = Say(f'{{"mt":"GetDeviceConfigResult","src":"1","config":{config}}}')
    async with played(ask(1, 7), reply) as client:
        with pytest.raises(BrokenMessage) as caught:
            await client.configs([head(7, "NTP")])
    assert told(caught.value) == (
        f"{SHOWN}: GetDeviceConfigResult holds a config with a value nested too deeply; "
        "what answers there may be no Devices service"
    )
