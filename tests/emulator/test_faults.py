"""When, and what: every action at every kind of moment, seen from a raw client."""

import asyncio
import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, ConnectionClosedError

from syncer.emulator import Moment, Running, Store, When
from syncer.emulator.faults import (
    Action,
    AfterNext,
    Binary,
    Close,
    Delay,
    Double,
    Drop,
    Endless,
    Garbage,
    Ignore,
    Misdirect,
    Nested,
    NoEffect,
    OtherEffect,
    Oversized,
    Postpone,
    Refuse,
    Stall,
)
from tests.emulator.conftest import Serve
from tests.emulator.rawclient import Client, connected, logged_in

DELETE = '{"mt":"DeleteDeviceConfig","domainId":1,"id":1,"src":"x"}'
DELETES = When("DeleteDeviceConfig")


async def nothing_more(client: Client) -> None:
    """Nothing comes, not even for a probe."""
    await client.send('{"mt":"GetUnassignedDevicesCount"}')
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await client.recv()


@pytest.mark.parametrize("abrupt", [False, True])
@pytest.mark.parametrize("at", Moment)
async def test_close(admin: Client, running: Running, at: Moment, abrupt: bool) -> None:
    running.emulator.faults.add(Close(at, abrupt=abrupt), DELETES)
    await admin.send(DELETE)
    if at is Moment.REPLIED:
        assert (await admin.recv())["mt"] == "DeleteDeviceConfigResult"
    with pytest.raises(ConnectionClosedError) as closed:
        await admin.recv()
    assert (closed.value.rcvd is None) is abrupt
    assert (running.emulator.store.config(1) is None) is (at is not Moment.BEFORE)


@pytest.mark.parametrize("at", Moment)
async def test_stall(admin: Client, running: Running, at: Moment) -> None:
    running.emulator.faults.add(Stall(at), DELETES)
    await admin.ask('{"mt":"GetDomains","recvUpdates":true}')
    await admin.send(DELETE)
    if at is Moment.REPLIED:
        assert (await admin.recv())["mt"] == "DeleteDeviceConfigResult"
    await nothing_more(admin)
    running.emulator.store.update_domain(2, {"deployAdminPasswords": False})
    await nothing_more(admin)
    assert (running.emulator.store.config(1) is None) is (at is not Moment.BEFORE)
    async with logged_in(running.url) as other:
        assert await other.pending() == []


async def test_done_later(admin: Client, running: Running) -> None:
    running.emulator.faults.add(Postpone(0.05), DELETES)
    await admin.send(DELETE)
    assert await admin.pending() == []
    assert running.emulator.store.config(1) is not None
    await asyncio.sleep(0.1)
    assert await admin.pending() == []
    assert running.emulator.store.config(1) is None


@pytest.mark.parametrize("src, by, told", [("7", -1, "6"), ("7", 1, "8"), ("x", 1, "x")])
async def test_a_reply_with_the_number_of_another_request(
    admin: Client, running: Running, src: str, by: int, told: str
) -> None:
    running.emulator.faults.add(Misdirect(by), DELETES)
    reply = await admin.ask(DELETE.replace('"x"', f'"{src}"'))
    assert (reply["mt"], reply["src"]) == ("DeleteDeviceConfigResult", told)


@pytest.mark.parametrize("action, gone", [(Drop(), True), (Ignore(), False)])
async def test_lost_replies_and_lost_requests(admin: Client, running: Running, action: Action, gone: bool) -> None:
    running.emulator.faults.add(action, DELETES)
    await admin.send(DELETE)
    assert await admin.pending() == []
    assert (running.emulator.store.config(1) is None) is gone


async def test_double(admin: Client, running: Running) -> None:
    running.emulator.faults.add(Double(), DELETES)
    await admin.send(DELETE)
    assert await admin.pending() == 2 * [{"mt": "DeleteDeviceConfigResult", "src": "x"}]


async def test_after_the_next(admin: Client, running: Running) -> None:
    running.emulator.faults.add(AfterNext(), When("GetDeviceConfig", nth=1))
    await admin.send('{"mt":"GetDeviceConfig","id":3,"src":"a"}', '{"mt":"KeepAlive"}')
    await admin.send('{"mt":"GetDeviceConfig","id":1,"src":"b"}', '{"mt":"GetDeviceConfig","id":1,"src":"c"}')
    messages = await admin.pending()
    assert [message["src"] for message in messages] == ["b", "a", "a", "c"]


async def test_delay_lets_others_overtake(admin: Client, running: Running) -> None:
    running.emulator.faults.add(Delay(0.05), When("GetDeviceConfig"))
    await admin.send('{"mt":"GetDeviceConfig","id":1,"src":"slow"}')
    assert await admin.pending() == []
    assert (await admin.recv())["src"] == "slow"


@pytest.mark.parametrize("mt", ["AppChallenge", "AppLogin", "GetDomains", "GetDeviceConfigs", "DeleteDeviceConfig"])
@pytest.mark.parametrize("action", [Garbage(), Garbage("[1]"), Garbage(""), Binary(), Nested(), Oversized(2_000_000)])
async def test_broken_frames_in_place_of_a_reply(running: Running, mt: str, action: Action) -> None:
    frames = {
        "GetDomains": '{"mt":"GetDomains","src":"x"}',
        "GetDeviceConfigs": '{"mt":"GetDeviceConfigs","src":"x"}',
        "DeleteDeviceConfig": DELETE,
    }
    running.emulator.faults.add(action, When(mt))
    async with connected(running.url) as client:
        if mt == "AppChallenge":
            await client.send('{"mt":"AppChallenge"}')
        elif mt == "AppLogin":
            await client.ask('{"mt":"AppChallenge"}')
            await client.send('{"mt":"AppLogin"}')
        else:
            await client.login()
            await client.send(frames[mt])
        frame = await client.socket.recv()
        match action:
            case Garbage():
                assert frame == action.text
            case Binary():
                assert frame == action.data
            case Nested():
                assert isinstance(frame, str)
                assert frame.startswith(f'{{"mt":"{mt}Result"')
                assert "[" * 100_000 + "]" * 100_000 + "}" in frame
                with pytest.raises(RecursionError):
                    json.loads(frame)
            case _:
                assert len(frame) > 2_000_000
                assert json.loads(frame)["mt"] == f"{mt}Result"


@pytest.mark.parametrize("handled", [False, True])
async def test_an_error_whether_it_was_done_or_not(admin: Client, running: Running, handled: bool) -> None:
    running.emulator.faults.add(Refuse("no", handled=handled), DELETES)
    assert await admin.ask(DELETE) == {"mt": "DeleteDeviceConfigResult", "src": "x", "error": "no"}
    assert (running.emulator.store.config(1) is None) is handled


@pytest.mark.parametrize("frame", ['{"mt":"GetDomains","src":"s"}', '{"mt":"GetDeviceConfig","id":1,"src":"s"}'])
async def test_an_error_for_a_read(admin: Client, running: Running, frame: str) -> None:
    running.emulator.faults.add(Refuse("busy"))
    assert await admin.ask(frame) == {"mt": frame.split('"')[3] + "Result", "src": "s", "error": "busy"}


async def test_a_refused_login_and_messages_without_replies(running: Running) -> None:
    running.emulator.faults.add(Refuse("not today"), When("AppLogin"))
    async with connected(running.url) as client:
        reply = await client.login()
        assert (reply["ok"], reply["errorText"]) == (False, "not today")
    running.emulator.faults.clear()
    async with logged_in(running.url) as client:
        running.emulator.faults.add(Refuse(), When("KeepAlive"))
        running.emulator.faults.add(Refuse(), When(operation="send_value"))
        await client.send('{"mt":"KeepAlive"}', '{"mt":"SetDeviceConfigValue","src":"a","name":"n","value":"v"}')
        assert await client.pending() == []


async def test_an_endless_list(serve: Serve) -> None:
    async with serve(page_size=2) as running, logged_in(running.url) as client:
        running.emulator.faults.add(Endless(), When("GetDeviceConfigs"))
        await client.send('{"mt":"GetDeviceConfigs","src":"x"}')
        replies = [await client.recv() for _ in range(50)]
        assert {reply["last"] for reply in replies} == {False}
        assert [[config["id"] for config in reply["configs"]] for reply in replies[:4]] == [[1, 2], [3, 4], [5], [1, 2]]
        async with logged_in(running.url) as other:
            assert await other.pending() == []


async def test_endless_pieces(serve: Serve) -> None:
    async with serve(chunk_size=40) as running, logged_in(running.url) as client:
        running.emulator.faults.add(Endless(), When("GetDeviceConfig"))
        await client.send('{"mt":"GetDeviceConfig","id":3,"src":"x"}')
        replies = [await client.recv() for _ in range(50)]
        assert {reply["mt"] for reply in replies} == {"GetDeviceConfigValueResult"}


@pytest.mark.parametrize(
    "frame, reply",
    [
        (DELETE, {"mt": "DeleteDeviceConfigResult", "src": "x"}),
        ('{"mt":"AddDomain","name":"new.com","src":"x"}', {"mt": "AddDomainResult", "src": "x", "id": 4}),
        ('{"mt":"DeleteProvisioningCategory","domainId":1,"id":1}', {"mt": "DeleteProvisioningCategoryResult"}),
    ],
)
async def test_done_without_effect(admin: Client, running: Running, frame: str, reply: Any) -> None:
    store = running.emulator.store
    before = (store.domains(), store.categories(1), store.configs(1))
    await admin.ask('{"mt":"GetDomains","recvUpdates":true}')
    running.emulator.faults.add(NoEffect())
    assert await admin.ask(frame) == reply
    assert (store.domains(), store.categories(1), store.configs(1)) == before
    assert await admin.pending() == []


@pytest.mark.parametrize(
    "frame, field, value, changed",
    [
        ('{"mt":"AddDeviceConfig","config":{"type":"PHONE","gk1":"a"}}', "gk1", "b", {"type": "PHONE", "gk1": "b"}),
        ('{"mt":"AddDeviceConfig","config":{"type":"PHONE"}}', "new", [1], {"type": "PHONE", "new": [1]}),
        (
            '{"mt":"EditDeviceConfig","domainId":1,"id":5,"config":{"type":"NTP"}}',
            "desc",
            "x",
            {"type": "NTP", "desc": "x"},
        ),
    ],
)
async def test_another_effect_on_a_config(
    admin: Client, store: Store, running: Running, frame: str, field: str, value: Any, changed: Any
) -> None:
    running.emulator.faults.add(OtherEffect(field, value))
    assert "error" not in await admin.ask(frame)
    assert store.configs(1)[-1].fields == changed


async def test_another_effect_on_categories_and_domains(admin: Client, store: Store, running: Running) -> None:
    running.emulator.faults.add(OtherEffect("config", False), When(operation="create_category"))
    running.emulator.faults.add(OtherEffect("name", "else"), When(operation="create_category"))
    running.emulator.faults.add(OtherEffect("colour", "red"), When(operation="update_domain"))
    await admin.ask('{"mt":"AddProvisioningCategory","domainId":2,"name":"x","config":true}')
    await admin.ask('{"mt":"EditDomain","id":2,"name":"customer.com"}')
    assert store.categories(2)[-1].fields == {"name": "else", "config": False}
    assert store.domains()[1].fields["colour"] == "red"


async def test_faults_stand_around_one_another(admin: Client, store: Store, running: Running) -> None:
    faults = running.emulator.faults
    faults.add(NoEffect(), DELETES)
    faults.add(Double(), DELETES)
    faults.add(Close(Moment.REPLIED), DELETES)
    await admin.send(DELETE)
    assert [await admin.recv(), await admin.recv()] == 2 * [{"mt": "DeleteDeviceConfigResult", "src": "x"}]
    with pytest.raises(ConnectionClosed):
        await admin.recv()
    assert store.config(1) is not None


@pytest.mark.parametrize("nth", range(1, 6))
async def test_the_nth_of_all_messages(running: Running, nth: int) -> None:
    running.emulator.faults.add(Close(), When(nth=nth))
    replies = 0
    async with connected(running.url) as client:
        try:
            assert (await client.login())["ok"]
            replies = 2
            for frame in ('{"mt":"GetDomains"}', '{"mt":"GetDevices"}', '{"mt":"GetDomains"}'):
                await client.ask(frame)
                replies += 1
        except ConnectionClosed:
            pass
    assert replies == (nth - 1 if nth > 2 else 0)
    async with logged_in(running.url) as client:
        assert await client.pending() == []


async def test_the_nth_of_a_kind(admin: Client, running: Running) -> None:
    running.emulator.faults.add(Refuse("second"), When("GetDomains", nth=2))
    await admin.send(*4 * ['{"mt":"GetDomains"}', '{"mt":"KeepAlive"}', '{"mt":"GetDevices"}'])
    errors = [message.get("error") for message in await admin.pending()]
    assert errors == [None, None, "second", None, None, None, None, None]


async def test_operations_are_named_whatever_their_messages_are_called(admin: Client, running: Running) -> None:
    running.emulator.faults.add(Refuse("no"), When(operation="delete_config", nth=2))
    replies = [await admin.ask(f'{{"mt":"DeleteDeviceConfig","domainId":1,"id":{number}}}') for number in (1, 2, 3)]
    assert [reply.get("error") for reply in replies] == [None, "no", None]


@pytest.mark.parametrize("at_start", [False, True])
async def test_latency_delays_every_reply_and_overlaps(serve: Serve, at_start: bool) -> None:
    async with serve(latency=0.05 if at_start else 0.0) as running, logged_in(running.url) as client:
        running.emulator.faults.latency = 0.05
        loop = asyncio.get_running_loop()
        start = loop.time()
        await client.send(*(f'{{"mt":"GetDeviceConfig","id":1,"src":"{number}"}}' for number in range(50)))
        replies = [await client.recv() for _ in range(50)]
        took = loop.time() - start
        assert [reply["src"] for reply in replies] == [str(number) for number in range(50)]
        assert 0.05 <= took < 0.5
