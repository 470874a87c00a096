"""Lists in several messages, and values in pieces."""

import json
from typing import Any

import pytest

from syncer.emulator import Store
from tests.emulator.conftest import SCRIPT, Serve
from tests.emulator.rawclient import Client, logged_in

MESSAGE_BYTES = 65536  # protocol.md: one JSON message is at most 64 KiB


def joined(pieces: list[Any]) -> str:
    """Pieces joined first, surrogate pairs repaired then."""
    text: str = "".join(piece["value"] for piece in pieces)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


@pytest.mark.parametrize("size, pages", [(1, [1, 1, 1, 1, 1]), (2, [2, 2, 1]), (5, [5]), (100, [5])])
@pytest.mark.parametrize("mt, entries", [("GetDevices", "devices"), ("GetDeviceConfigs", "configs")])
async def test_pages(serve: Serve, mt: str, entries: str, size: int, pages: list[int]) -> None:
    async with serve(page_size=size) as running, logged_in(running.url) as client:
        replies = await client.pages(f'{{"mt":"{mt}"}}')
        assert [len(reply[entries]) for reply in replies] == pages
        assert [reply["last"] for reply in replies] == [False] * (len(pages) - 1) + [True]
        assert [entry["id"] for reply in replies for entry in reply[entries]] == [1, 2, 3, 4, 5]


async def test_every_list_comes_in_pages_that_carry_the_src(serve: Serve) -> None:
    async with serve(page_size=1) as running, logged_in(running.url) as client:
        for frame in (
            '{"mt":"GetDomains","src":"s"}',
            '{"mt":"GetProvisioningCategories","src":"s"}',
            '{"mt":"GetFilteredDevices","src":"s"}',
        ):
            replies = await client.pages(frame)
            assert len(replies) > 1
            assert {reply["src"] for reply in replies} == {"s"}


async def test_an_empty_list_is_one_last_page(admin: Client) -> None:
    assert await admin.pages('{"mt":"GetDeviceConfigs","domainId":3}') == [
        {"mt": "GetDeviceConfigsResult", "configs": [], "last": True}
    ]


async def test_no_page_is_larger_than_a_message(serve: Serve, store: Store) -> None:
    for number in range(60):
        store.add_config(3, {"type": "NTP", "desc": f"{number} " + "ü" * 2000})
    async with serve() as running, logged_in(running.url) as client:
        await client.send('{"mt":"GetDeviceConfigs","domainId":3}')
        count, texts = 0, []
        while count < 60:
            texts.append(await client.socket.recv())
            count += len(json.loads(texts[-1])["configs"])
        assert len(texts) == 4
        assert max(len(text.encode()) for text in texts if isinstance(text, str)) <= MESSAGE_BYTES


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
async def test_a_script_always_comes_in_pieces(serve: Serve, size: int) -> None:
    async with serve(chunk_size=size) as running, logged_in(running.url) as client:
        await client.send('{"mt":"GetDeviceConfig","id":3,"src":"s"}')
        *values, result = await client.until("GetDeviceConfigResult")
        pieces = [value for value in values if value["name"] == "script"]
        assert {(piece["mt"], piece["src"]) for piece in pieces} == {("GetDeviceConfigValueResult", "s")}
        units = [len(piece["value"].encode("utf-16-le", "surrogatepass")) // 2 for piece in pieces]
        assert max(units) <= size
        assert sum(units) == len(SCRIPT) + SCRIPT.count("😀")
        assert joined(pieces) == SCRIPT
        assert "script" not in result["config"]


async def test_a_piece_may_end_inside_a_surrogate_pair(serve: Serve, store: Store) -> None:
    script = store.add_config(3, {"type": "EXPERT", "script": "😀"})
    async with serve(chunk_size=1) as running, logged_in(running.url) as client:
        await client.send(f'{{"mt":"GetDeviceConfig","domainId":3,"id":{script}}}')
        first, second = await client.socket.recv(), await client.socket.recv()
        assert '"value":"\\ud83d"' in str(first)
        assert '"value":"\\ude00"' in str(second)


async def test_an_empty_script_is_one_empty_piece(admin: Client, store: Store) -> None:
    script = store.add_config(1, {"type": "EXPERT", "script": ""})
    piece = await admin.ask(f'{{"mt":"GetDeviceConfig","id":{script}}}')
    assert piece == {"mt": "GetDeviceConfigValueResult", "name": "script", "value": ""}
    assert "script" not in (await admin.recv())["config"]


async def test_any_long_value_comes_in_pieces(serve: Serve, store: Store) -> None:
    config = store.add_config(1, {"type": "NEW", "short": "123456", "long": "1234567", "pairs": "😀😀😀😀", "n": 5})
    async with serve(chunk_size=6) as running, logged_in(running.url) as client:
        await client.send(f'{{"mt":"GetDeviceConfig","id":{config}}}')
        *pieces, result = await client.until("GetDeviceConfigResult")
        assert {piece["name"] for piece in pieces} == {"long", "pairs"}
        assert joined([piece for piece in pieces if piece["name"] == "pairs"]) == "😀😀😀😀"
        assert (result["config"]["short"], result["config"]["n"]) == ("123456", 5)


@pytest.mark.parametrize("character", ["a", "ü", "\x01", "😀", "\ud800", '"'])
async def test_no_message_of_a_config_is_too_large(admin: Client, store: Store, character: str) -> None:
    fields = {f"field{number}": character * 3900 for number in range(30)}
    config = store.add_config(1, {"type": "NEW", "script": character * 20_000, "one": character * 50_000, **fields})
    await admin.send(f'{{"mt":"GetDeviceConfig","id":{config}}}')
    values: dict[str, str] = {}
    while True:
        text = await admin.socket.recv()
        assert isinstance(text, str)
        assert len(text.encode()) <= MESSAGE_BYTES
        message = json.loads(text)
        if message["mt"] == "GetDeviceConfigResult":
            break
        values[message["name"]] = values.get(message["name"], "") + message["value"]
    whole = {name: joined([{"value": value}]) for name, value in values.items()} | message["config"]
    assert whole["script"] == character * 20_000
    assert whole["one"] == character * 50_000
    assert all(whole[name] == value for name, value in fields.items())


async def test_pieces_of_requests_under_way_are_interleaved(serve: Serve, store: Store) -> None:
    other = store.add_config(1, {"type": "EXPERT", "script": "abcdef"})
    async with (
        serve(chunk_size=2, interleave=True, latency=0.02) as running,
        logged_in(running.url) as client,
    ):
        await client.send('{"mt":"GetDeviceConfig","id":3,"src":"a"}')
        await client.send(f'{{"mt":"GetDeviceConfig","id":{other},"src":"b"}}')
        await client.send('{"mt":"GetDeviceConfig","id":5,"src":"c"}')
        messages: list[Any] = []
        while sum(message["mt"] == "GetDeviceConfigResult" for message in messages) < 3:
            messages.append(await client.recv())
        assert [message["src"] for message in messages[:6]] == ["a", "b", "c", "a", "b", "a"]
        scripts = [message for message in messages if message.get("name") == "script"]
        assert joined([piece for piece in scripts if piece["src"] == "a"]) == SCRIPT
        assert joined([piece for piece in scripts if piece["src"] == "b"]) == "abcdef"
