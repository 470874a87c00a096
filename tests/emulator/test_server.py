"""The server itself: where it listens, and what it does with hostile clients."""

import asyncio
import json
import ssl

import pytest
import trustme
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from syncer.emulator import APP, Emulator, Running, Store
from syncer.errors import SyncerError
from tests.emulator.rawclient import Client, connected, logged_in


async def test_url(running: Running) -> None:
    assert running.url == f"ws://127.0.0.1:{running.port}/example.com/devices/innovaphone-devices-api"


async def test_an_app_of_another_name(store: Store) -> None:
    async with Emulator(store, app="my-devices").start() as running:
        assert running.url.endswith("/example.com/devices/my-devices")
        async with connected(running.url) as client:
            assert (await client.login(app="my-devices"))["ok"] is True
            assert (await client.login(app=APP))["ok"] is False


async def test_other_paths_are_not_found(running: Running) -> None:
    for path in ("", "/example.com/devices/innovaphone-users-api", "/innovaphone-devices-api/"):
        with pytest.raises(InvalidStatus, match="404"):
            await connect(f"ws://127.0.0.1:{running.port}{path}")
    async with logged_in(running.url + "?x=1") as client:
        assert await client.pending() == []


async def test_wss_with_a_given_certificate(store: Store) -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    async with Emulator(store).start(ssl=server) as running:
        assert running.url.startswith("wss://127.0.0.1:")
        async with connected(running.url, trust) as client:
            assert (await client.login())["ok"] is True
        with pytest.raises(ssl.SSLCertVerificationError):
            await connect(running.url, ssl=ssl.create_default_context())


async def test_a_port_in_use(store: Store, running: Running) -> None:
    with pytest.raises(SyncerError, match=f"cannot listen on 127.0.0.1:{running.port}: .*address already in use"):
        async with Emulator(store).start(port=running.port):
            pass


async def test_stopping_disconnects_clients_and_frees_the_port(store: Store) -> None:
    async with Emulator(store).start() as running:
        socket = await connect(running.url)
    with pytest.raises(ConnectionClosed):
        await socket.recv()
    async with Emulator(store).start(port=running.port) as again:
        assert again.port == running.port


async def test_a_client_that_stops_reading_does_not_hold_up_the_end(store: Store) -> None:
    for _ in range(200):
        store.add_config(3, {"type": "EXPERT", "script": "x" * 60_000})
    loop = asyncio.get_running_loop()
    async with Emulator(store).start() as running, connected(running.url) as client:
        await client.login()
        for number in range(7, 207):
            await client.send(f'{{"mt":"GetDeviceConfig","domainId":3,"id":{number}}}')
        async with logged_in(running.url) as other:
            assert await other.pending() == []
        start = loop.time()
    assert loop.time() - start < 3


@pytest.mark.parametrize(
    "frame",
    [
        b'{"mt":"GetDomains"}',
        "",
        "null",
        "[]",
        '"mt"',
        "{}",
        '{"mt":5}',
        '{"mt":null,"src":"x"}',
        '{"mt":"GetDomains"',
        '{"mt":"GetDomains","x":NaN}',
        '{"mt":"GetDomains","x":1e999}',
        '{"mt":"GetDomains","x":' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"mt":"GetDomains","x":' + "1" * 10_000 + "}",
        '{"mt":"GetDomains","x":"' + "x" * (1 << 20) + '"}',
    ],
    ids=lambda frame: str(frame[:30]),
)
@pytest.mark.parametrize("before_login", [True, False])
async def test_what_is_no_message_closes(running: Running, frame: str | bytes, before_login: bool) -> None:
    async with connected(running.url) as client:
        if not before_login:
            await client.login()
        await client.send(frame)
        with pytest.raises(ConnectionClosed):
            await client.recv()
    async with logged_in(running.url) as client:
        assert await client.pending() == []


async def test_messages_up_to_the_limit_are_taken(admin: Client) -> None:
    frame = '{"mt":"GetDomains","src":"s","x":"' + "x" * ((1 << 20) - 100) + '"}'
    assert (await admin.ask(frame))["src"] == "s"


HOSTILE = [
    "true",
    "-1",
    "1.5",
    "99999999999999999999999",
    '"1"',
    '"\\ud800"',
    '"\\u0000"',
    "[]",
    "[1]",
    '[{"id":1}]',
    "{}",
    '{"id":{"id":1}}',
    "[" * 300 + "]" * 300,
    '{"a":' * 300 + "1" + "}" * 300,
]
PARAMETERS = {
    "GetUserInfo": [],
    "GetDomains": ["recvUpdates"],
    "GetProvisioningCategories": ["domainId", "type"],
    "GetDevices": ["recvUpdates", "unassigned", "domainIds", "categories", "subcategories"],
    "GetFilteredDevices": ["domainId", "justFxs", "types", "hwIds"],
    "GetDeviceConfigs": ["domainId", "recvUpdates"],
    "GetDeviceConfig": ["domainId", "id"],
    "GetUnassignedDevicesCount": [],
    "GetProvisioningCode": ["domainId", "category", "sip", "rollout", "administrative"],
    "GetProvisionedDevice": ["domainId", "code"],
    "AddDomain": ["name", "deployAdminPasswords", "colour"],
    "EditDomain": ["id", "name"],
    "DeleteDomain": ["id"],
    "AddProvisioningCategory": ["domainId", "name", "config", "colour"],
    "EditProvisioningCategory": ["domainId", "id", "name", "config"],
    "DeleteProvisioningCategory": ["domainId", "id"],
    "AddDeviceConfig": ["domainId", "config"],
    "EditDeviceConfig": ["domainId", "id", "config"],
    "DeleteDeviceConfig": ["domainId", "id"],
    "SetDeviceConfigValue": ["name", "value"],
    "AppChallenge": [],
    "KeepAlive": [],
    "Nonsense": ["x"],
}


@pytest.mark.parametrize("mt", PARAMETERS)
async def test_wrong_types_in_any_parameter(
    admin: Client, running: Running, mt: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing but a reply, an error or silence: the connection and the server go on."""
    valid = {"id": "1", "domainId": "1", "config": '{"type":"NTP"}', "name": '"x"', "value": '"y"'}
    for wrong in (*PARAMETERS[mt], "src"):
        for value in HOSTILE:
            fields = {name: valid[name] for name in PARAMETERS[mt] if name in valid} | {wrong: value}
            await admin.send(f'{{"mt":"{mt}",' + ",".join(f'"{name}":{text}' for name, text in fields.items()) + "}")
    for message in await admin.pending():
        assert message["mt"].startswith(mt) or message["mt"].startswith("GetDevice")
    for frame in ('{"mt":"GetDomains"}', '{"mt":"GetDevices"}', '{"mt":"GetDeviceConfigs"}'):
        await admin.pages(frame)
    assert caplog.get_records("call") == []


async def test_wrong_types_inside_a_config(admin: Client, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("type", "desc", "categories", "turnPassword", "turnServer", "id", "mt", "src"):
        for value in HOSTILE:
            fields = {"type": '"MEDIA"', "turnServer": '"s"', "turnPassword": '"00"'} | {name: value}
            config = ",".join(f'"{key}":{text}' for key, text in fields.items())
            await admin.ask(f'{{"mt":"AddDeviceConfig","config":{{{config}}}}}')
    made = (await admin.pages('{"mt":"GetDeviceConfigs"}'))[-1]["configs"]
    for config in made:
        await admin.send(f'{{"mt":"GetDeviceConfig","id":{config["id"]}}}')
        assert "error" not in (await admin.until("GetDeviceConfigResult"))[-1]
    assert caplog.get_records("call") == []


async def test_a_client_that_talks_no_websocket(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    for data in (b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01\x02\x00", b"x" * 100_000):
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(data)
        writer.write_eof()
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1 << 20)
        writer.close()
    async with logged_in(running.url) as client:
        assert await client.pending() == []
    assert caplog.get_records("call") == []


async def test_many_clients_at_once(running: Running) -> None:
    async def read_all() -> int:
        async with logged_in(running.url) as client:
            return len((await client.pages('{"mt":"GetDeviceConfigs"}'))[-1]["configs"])

    assert await asyncio.gather(*(read_all() for _ in range(20))) == [5] * 20


async def test_a_mistake_of_ours_is_logged(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    emulator = Emulator(store)
    emulator.service.handle = lambda _: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    async with emulator.start() as running, connected(running.url) as client:
        with pytest.raises(ConnectionClosed):
            await client.ask('{"mt":"AppChallenge"}')
    assert "ZeroDivisionError" in caplog.text


async def test_frames_are_compact_json(admin: Client) -> None:
    await admin.send('{"mt":"GetDomains"}')
    text = await admin.socket.recv()
    assert isinstance(text, str)
    assert text == json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
