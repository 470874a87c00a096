"""Every write of the conventional profile to the letter, and what its reply comes to."""

import json
from dataclasses import replace
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from syncer.devices.encode import Unspellable
from syncer.devices.interface import Write
from syncer.errors import ConnectionLost, RequestRefused, SilentServer
from syncer.model.address import Action, Address, Kind, category_address, config_address, domain_address
from syncer.model.state import CategoryRef, LiveObject, Target
from syncer.model.values import Secret
from syncer.wire.profile import load
from tests.devices.played import played
from tests.devices.test_reads import told
from tests.transport.scripted import LOGIN_AGAIN, SHOWN, Close, Do, Drop, Get, Say

DOMAIN = domain_address("example.com")
PHONES = category_address("example.com", "Phones")
NTP = config_address("example.com", "NTP", "time")
CATEGORY = LiveObject(PHONES, 3, 1, {"config": True})


def create(
    address: Address, fields: dict[str, Any] | None = None, extra: dict[str, Any] | None = None, *categories: str
) -> Write:
    """A new object in domain 1; the only category that there is is Phones."""
    target = Target(address, fields or {}, extra or {}, categories)
    number = None if address.kind is Kind.DOMAIN else 1
    return Write(Action.CREATE, address, number, target=target, categories={"Phones": CATEGORY})


def delete(address: Address) -> Write:
    return Write(Action.DELETE, address, 1, 7, before=LiveObject(address, 7, 1))


DELETE = delete(NTP)
DELETE_FRAME = Get('{"mt":"DeleteDeviceConfig","domainId":1,"id":7,"src":"1"}')


class TestConventional:
    """All nine operations, frame by frame."""

    async def frames(self, write: Write, frame: str, reply: str) -> int | None:
        async with played(Get(frame), Say(reply)) as client:
            return await client.write(write)

    async def test_create_domain(self) -> None:
        frame = '{"mt":"AddDomain","name":"example.com","deployAdminPasswords":true,"src":"1"}'
        write = create(DOMAIN, {"deployAdminPasswords": True})
        assert await self.frames(write, frame, '{"mt":"AddDomainResult","src":"1","id":12}') == 12

    async def test_create_domain_with_what_syncer_does_not_know(self) -> None:
        frame = '{"quota":5,"mt":"AddDomain","name":"example.com","deployAdminPasswords":false,"src":"1"}'
        write = create(DOMAIN, {}, {"quota": 5, "id": 99, "mt": "Evil", "src": "x", "domainId": 4})
        assert await self.frames(write, frame, '{"mt":"AddDomainResult","src":"1","id":12}') == 12

    async def test_update_domain(self) -> None:
        frame = '{"quota":5,"mt":"EditDomain","id":1,"name":"new.example.com","deployAdminPasswords":false,"src":"1"}'
        before = LiveObject(DOMAIN, 1, 1, {"deployAdminPasswords": True}, {"quota": 5, "old": 1})
        target = Target(domain_address("new.example.com"), {}, {"quota": 5})
        write = Write(Action.UPDATE, target.address, 1, 1, before, target)
        assert await self.frames(write, frame, '{"mt":"EditDomainResult","src":"1"}') is None

    async def test_delete_domain(self) -> None:
        write = Write(Action.DELETE, DOMAIN, 1, 1, LiveObject(DOMAIN, 1, 1))
        frame = '{"mt":"DeleteDomain","id":1,"src":"1"}'
        assert await self.frames(write, frame, '{"mt":"DeleteDomainResult","src":"1"}') is None

    async def test_create_category(self) -> None:
        frame = '{"mt":"AddProvisioningCategory","domainId":1,"name":"Phones","config":true,"src":"1"}'
        write = create(PHONES, {"config": True})
        reply = '{"mt":"AddProvisioningCategoryResult","src":"1","id":3}'
        assert await self.frames(write, frame, reply) == 3

    async def test_update_category(self) -> None:
        frame = (
            '{"colour":"red","mt":"EditProvisioningCategory","domainId":1,"id":3,"name":"Phones \\"HQ\\"",'
            '"config":false,"src":"1"}'
        )
        target = Target(category_address("example.com", 'Phones "HQ"'), {}, {"colour": "red"})
        write = Write(Action.UPDATE, target.address, 1, 3, CATEGORY, target)
        assert await self.frames(write, frame, '{"mt":"EditProvisioningCategoryResult","src":"1"}') is None

    async def test_delete_category(self) -> None:
        write = Write(Action.DELETE, PHONES, 1, 3, CATEGORY)
        frame = '{"mt":"DeleteProvisioningCategory","domainId":1,"id":3,"src":"1"}'
        assert await self.frames(write, frame, '{"mt":"DeleteProvisioningCategoryResult","src":"1"}') is None

    async def test_create_config(self) -> None:
        """What is optional and not given is unset; what is not optional and not given is left to the service."""
        frame = (
            '{"mt":"AddDeviceConfig","domainId":1,"config":{"type":"MEDIA","desc":"m","categories":'
            '[{"id":3,"name":"Phones","config":true}],"stunServer":"","turnServer":"turn.example.com:3478",'
            '"turnUser":"","turnPassword":"736fc047025eb03530e3580682115e304d4d94","tosRtp":"0xb8","tosSig":"0x00",'
            '"setRtpPorts":true,"rtpFirst":2052,"rtpNum":128,"setNatPorts":false,"newField":[1]},"src":"1"}'
        )
        fields = {
            "turnServer": "turn.example.com:3478",
            "turnPassword": Secret("pässwörd ☎ 😀"),
            "tosRtp": 0xB8,
            "tosSig": 0,
            "setRtpPorts": True,
            "rtpFirst": 2052,
            "rtpNum": 128,
        }
        write = create(config_address("example.com", "MEDIA", "m"), fields, {"newField": [1]}, "Phones")
        assert await self.frames(write, frame, '{"mt":"AddDeviceConfigResult","src":"1","id":7}') == 7

    async def test_create_phone(self) -> None:
        frame = (
            '{"mt":"AddDeviceConfig","domainId":1,"config":{"type":"PHONE","desc":"","categories":[],'
            '"gk1":"172.16.0.1","gk2":"","gkId":"","frameSize":20,"exclusive":false,"audioOnly":false,'
            '"noCtHookOn":false,"protectCfg":false,"allowUserCfg":false,"hideCompleteCfg":false,"hideAdminCfg":false,'
            '"setRecordingUrl":false,"silenceComp":false,"noDtmfDetect":false,"noPhysicalLocation":false,'
            '"srtpKey":"1","srtpCipher":"0","recordingUrl":"","dialTone":15},"src":"1"}'
        )
        fields = {"gk1": "172.16.0.1", "frameSize": 20, "srtpKey": 1, "srtpCipher": 0, "dialTone": 15}
        write = create(config_address("example.com", "PHONE", ""), fields)
        assert await self.frames(write, frame, '{"mt":"AddDeviceConfigResult","src":"1","id":7}') == 7

    async def test_create_config_of_an_unknown_type(self) -> None:
        frame = (
            '{"mt":"AddDeviceConfig","domainId":1,"config":{"type":"CERT_TRUST","desc":"c","categories":[],'
            '"certs":["a"],"gk1":""},"src":"1"}'
        )
        write = create(config_address("example.com", "CERT_TRUST", "c"), {}, {"certs": ["a"], "gk1": "", "id": 4})
        assert await self.frames(write, frame, '{"mt":"AddDeviceConfigResult","src":"1","id":7}') == 7

    async def test_update_config(self) -> None:
        frame = (
            '{"mt":"EditDeviceConfig","domainId":1,"id":7,"config":{"type":"NTP","desc":"time","categories":'
            '[{"id":3,"name":"Phones","config":true},{"id":8,"name":"kept"}],"ntp1":"new","tz":"UTC","x":null},'
            '"src":"1"}'
        )
        raw = {"ntp1": "old", "tz": "UTC", "x": None}
        before = LiveObject(NTP, 7, 1, {"ntp1": "old", "tz": "UTC"}, {"x": None}, raw=raw)
        target = Target(NTP, {"ntp1": "new", "tz": "UTC"}, {"x": None}, ("Phones",), (CategoryRef(8, "kept"),))
        write = Write(Action.UPDATE, NTP, 1, 7, before, target, {"Phones": CATEGORY})
        assert await self.frames(write, frame, '{"mt":"EditDeviceConfigResult","src":"1"}') is None

    async def test_delete_config(self) -> None:
        assert await self.frames(DELETE, DELETE_FRAME.text, '{"mt":"DeleteDeviceConfigResult","src":"1"}') is None

    async def test_a_large_script_goes_ahead(self) -> None:
        """In pieces with the same src, no message above 60,000 bytes; the request is without it."""
        script = "mod cmd UP1 ☎\n" * 10_000
        seen: list[Any] = []

        async def note(socket: ServerConnection) -> None:
            while not seen or seen[-1]["mt"] != "AddDeviceConfig":
                text = await socket.recv(decode=True)
                assert len(text.encode()) <= 60_000
                seen.append(json.loads(text))
            await socket.send('{"mt":"AddDeviceConfigResult","src":"1","id":7}')

        async with played(Do(note)) as client:
            write = create(config_address("example.com", "EXPERT", "big"), {"script": script})
            assert client.check(write) == {"create_config", "send_value"}
            assert await client.write(write) == 7
        *pieces, message = seen
        assert 3 <= len(pieces) <= 4
        assert "".join(piece.pop("value") for piece in pieces) == script
        assert all(piece == {"mt": "SetDeviceConfigValue", "name": "script", "src": "1"} for piece in pieces)
        config = {"type": "EXPERT", "desc": "big", "categories": []}
        assert message == {"mt": "AddDeviceConfig", "domainId": 1, "config": config, "src": "1"}


LEARNED = load(
    """
format: syncer-wire/1
name: learned
origin: learned
operations:
  create_config:
    request: {mt: Add, $merge: $config}
    response: {mt: Added, id: /result/0/id, error: /result/0/error, match: mt}
  delete_config:
    request: {mt: Delete, id: $id}
    response: none
""",
    "learned.yaml",
)


class TestReplies:
    """What a service says to a write."""

    @pytest.mark.parametrize(
        "rest, number",
        [
            ('"id":12', 12),
            ('"id":"12"', None),
            ('"id":true', None),
            ('"id":null', None),
            ('"x":1', None),
            ('"id":0', 0),
        ],
    )
    async def test_the_new_id(self, rest: str, number: int | None) -> None:
        frame = Get('{"mt":"AddDomain","name":"example.com","deployAdminPasswords":false,"src":"1"}')
        async with played(frame, Say(f'{{"mt":"AddDomainResult","src":"1",{rest}}}')) as client:
            assert await client.write(create(DOMAIN)) == number

    @pytest.mark.parametrize("mt", ["DeleteDeviceConfigResult", "Whatever"])
    async def test_refused(self, mt: str) -> None:
        async with played(DELETE_FRAME, Say(f'{{"mt":"{mt}","src":"1","error":"in \\u0007use"}}')) as client:
            with pytest.raises(RequestRefused) as caught:
                await client.write(DELETE)
        assert told(caught.value) == (f"{SHOWN}: delete_config was refused: in \\x07use; check the rights of the login")

    async def test_silence(self) -> None:
        async with played(DELETE_FRAME, timeout=0.1) as client:
            with pytest.raises(SilentServer) as caught:
                await client.write(DELETE)
        assert told(caught.value) == (
            f"{SHOWN}: no answer to DeleteDeviceConfig within 0.1 s; try again, or give it more time with --timeout"
        )

    async def test_lost(self) -> None:
        """It is not sent again; reading finds out what became of it."""
        read = Get('{"mt":"GetDomains","src":"1"}')
        none = Say('{"mt":"GetDomainsResult","src":"1","domains":[],"last":true}')
        async with played(DELETE_FRAME, Drop(), again=(*LOGIN_AGAIN, read, none)) as client:
            with pytest.raises(ConnectionLost) as caught:
                await client.write(DELETE)
            assert await client.domains() == []
        assert told(caught.value) == f"{SHOWN}: the connection was lost during DeleteDeviceConfig; try again"

    async def test_by_its_profile(self) -> None:
        """The id and the error where the profile says, without an echoed src."""
        add = '{{"type":"NTP","desc":"time","categories":[],"mt":"Add","src":"{}"}}'
        steps = (
            Get(add.format(1)),
            Say('{"mt":"Added","result":[{"id":7}]}'),
            Get(add.format(2)),
            Say('{"mt":"Added","result":[{"error":{"code":5}}]}'),
            Get('{"mt":"Delete","id":7,"src":"3"}'),
            Get('{"mt":"Delete","id":7,"src":"4"}'),
        )
        async with played(*steps, profile=LEARNED) as client:
            assert await client.write(create(NTP)) == 7
            with pytest.raises(RequestRefused) as caught:
                await client.write(create(NTP))
            assert await client.write(DELETE) is None
            assert await client.write(DELETE) is None
        assert told(caught.value) == (
            f"{SHOWN}: create_config was refused: {{'code': 5}}; check the rights of the login"
        )

    async def test_secrets_for_the_connection_that_is_written_to(self) -> None:
        """After a new login the same password is another ciphertext."""
        write = create(
            config_address("example.com", "ALARM_SERVER", ""),
            {"url": "https://logs.example.com/up", "logPassword": Secret("s3cr3t")},
        )
        frame = (
            '{"mt":"AddDeviceConfig","domainId":1,"config":{"type":"ALARM_SERVER","desc":"","categories":[],'
            '"url":"https://logs.example.com/up","logUrl":"","logUser":"","logPassword":"%s"},"src":"%d"}'
        )
        ok = '{"mt":"AddDeviceConfigResult","src":"%d","id":7}'
        read = Get('{"mt":"GetDomains","src":"1"}')
        none = Say('{"mt":"GetDomainsResult","src":"1","domains":[],"last":true}')
        again = (*LOGIN_AGAIN, read, none, Get(frame % ("58dbbdc3ba2b", 2)), Say(ok % 2))
        async with played(Get(frame % ("0a4ef43f0a75", 1)), Say(ok % 1), Close(), again=again) as client:
            await client.write(write)
            await client.domains()
            await client.write(write)


class TestCheck:
    """Whether there are words for a write, before anything is sent."""

    async def test_the_operations_that_it_takes(self) -> None:
        async with played() as client:
            assert client.check(DELETE) == {"delete_config"}
            assert client.check(create(NTP, {}, {}, "Phones", "not live yet")) == {"create_config"}
            unknown = replace(create(PHONES), domain_id=None)  # its domain is created by the same apply
            assert client.check(unknown) == {"create_category"}

    async def test_an_operation_that_the_profile_does_not_have(self) -> None:
        async with played(profile=LEARNED) as client:
            with pytest.raises(Unspellable) as checked:
                client.check(create(DOMAIN))
            with pytest.raises(Unspellable) as written:
                await client.write(create(DOMAIN))
        for caught in (checked, written):
            assert str(caught.value) == (
                "domain[example.com]: the wire profile learned has no create_domain; learn it with `syncer wire learn`"
            )

    async def test_nothing_is_sent_of_what_cannot_be_said(self) -> None:
        """Not even pieces; and no place in the window is lost."""
        write = create(
            config_address("example.com", "CERT_TRUST", ""), {}, {"certs": ["x" * 60_000], "a": "y" * 60_000}
        )
        async with played(DELETE_FRAME, Say('{"mt":"DeleteDeviceConfigResult","src":"1"}')) as client:
            for _ in range(70):
                with pytest.raises(Unspellable) as caught:
                    await client.write(write)
            await client.write(DELETE)
        assert str(caught.value) == "config[example.com/CERT_TRUST/]: too large for a message of 60000 bytes"
