"""HAR files of browsers: what is taken of them, and that the rest may be anything."""

import base64
import json
import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from syncer.errors import ProblemsError
from syncer.files import frames
from syncer.files.recordings import Format, format_of, read_recording
from syncer.model.recording import Direction, Recording

URL = "wss://apps.example.com/example.com/devices/innovaphone-devices-api"
HINT = (
    "in Chrome or Edge open the network tab before the page is loaded, click through the Devices App, "
    "and save everything as HAR, with content"
)
PAGE = {
    "request": {"method": "GET", "url": "https://apps.example.com/"},
    "response": {"content": {"text": '{"mt":"X"}'}},
}


def message(data: str, way: str = "send", time: float = 1700000000.25, opcode: float = 1) -> dict[str, Any]:
    return {"type": way, "time": time, "opcode": opcode, "data": data}


def websocket(*messages: Mapping[str, Any], url: str = URL) -> dict[str, Any]:
    return {"_resourceType": "websocket", "request": {"url": url}, "response": {}, "_webSocketMessages": list(messages)}


def text(*entries: Mapping[str, Any], **other: Any) -> str:
    return json.dumps({"log": {"version": "1.2", **other, "entries": list(entries)}})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "devices.har"


def read(path: Path, content: str | bytes) -> Recording:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    assert format_of(path) is Format.HAR
    return read_recording(path)


def refusal(path: Path, content: str) -> str:
    with pytest.raises(ProblemsError) as caught:
        read(path, content)
    return str(caught.value).removeprefix(f"{path}: ")


def mts(recording: Recording) -> list[list[str]]:
    return [[one.message["mt"] for one in talk.frames] for talk in recording.conversations]


def test_as_chrome_and_edge_save_it(path: Path) -> None:
    """The message types of the page's own content are none of the websocket."""
    sent, received = (
        message('{"mt":"GetDomains","src":"ä"}'),
        message('{"mt":"GetDomainsResult"}', "receive", 1700000001),
    )
    found = read(path, text(PAGE, websocket(sent, received), PAGE))
    (talk,) = found.conversations
    assert (found.source, found.remarks, talk.url) == (str(path), (), URL)
    first, second = talk.frames
    assert (first.number, first.direction, first.time, first.size) == (1, Direction.SENT, 1700000000.25, 30)
    assert first.message == {"mt": "GetDomains", "src": "ä"}
    assert (second.number, second.direction, second.time, second.size) == (2, Direction.RECEIVED, 1700000001, 25)


@pytest.mark.parametrize("time", [1700000000.5, 1700000000500, 1700000000500000])
def test_times_in_seconds_milliseconds_and_microseconds(path: Path, time: float) -> None:
    assert read(path, text(websocket(message('{"mt":"A"}', time=time)))).conversations[0].frames[0].time == 1700000000.5


@pytest.mark.parametrize("time", ['"x"', "null", "true", "-1", "[1]"])
def test_a_time_that_is_none(path: Path, time: str) -> None:
    har = text(websocket(message('{"mt":"A"}', time=4711))).replace("4711", time)
    assert read(path, har).conversations[0].frames[0].time is None


@pytest.mark.parametrize("way,direction", [("sent", Direction.SENT), ("received", Direction.RECEIVED), ("x", None)])
def test_other_words_for_directions(path: Path, way: str, direction: Direction | None) -> None:
    assert read(path, text(websocket(message('{"mt":"A"}', way)))).conversations[0].frames[0].direction is direction


def test_several_sessions_stay_apart(path: Path) -> None:
    """Two entries of one url are two connections; messages are numbered through."""
    one, other = websocket(message('{"mt":"A"}'), message('{"mt":"B"}')), websocket(message('{"mt":"C"}'))
    found = read(path, text(one, other))
    assert mts(found) == [["A", "B"], ["C"]]
    assert [frame.number for talk in found.conversations for frame in talk.frames] == [1, 2, 3]


def test_websockets_of_other_apps_are_told(path: Path) -> None:
    chat = websocket(message("42[]"), message("hello"), url="wss://chat.example.com/socket")
    found = read(path, text(chat, websocket(message('{"mt":"A"}')), chat))
    assert mts(found) == [["A"]]
    assert found.remarks == ("left out: 2 connections to chat.example.com, where no message has a type `mt`",)


def test_binary_frames_and_base64(path: Path) -> None:
    packed = base64.b64encode('{"mt":"A","x":"ä"}'.encode()).decode()
    found = read(
        path,
        text(
            websocket(
                message(packed, opcode=2),
                message(packed.rstrip("=")),
                message(base64.b64encode(bytes(range(256))).decode(), opcode=2),
                message("oh", "error", opcode=-1),
            )
        ),
    )
    assert mts(found) == [["A", "A"]]
    assert {frame.size for frame in found.conversations[0].frames} == {19}
    assert found.remarks == ("left out: 1 message in a binary form", "left out: 1 message of no JSON")


@pytest.mark.parametrize(
    "data,why",
    [
        ('{"src":"1"}', "without a message type"),
        ('{"mt":1}', "without a message type"),
        ('["mt"]', "without a message type"),
        ('{"mt":"A","n":NaN}', "of no JSON"),
        ('{"mt":"A","n":1e999}', "of no JSON"),
        ('{"mt":"A","n":' + "9" * 5000 + "}", "of no JSON"),
        ('{"mt":"A","n":' + "[" * 70 + "]" * 70 + "}", "nested more than 64 levels deep"),
        ('{"mt":"A","n":' + "[" * 100_000 + "]" * 100_000 + "}", "nested more than 64 levels deep"),
        ('{"mt":"A","n":"' + "x" * frames.MAX_MESSAGE + '"}', "larger than 1 MiB"),
    ],
    ids=lambda value: value[:20],
)
def test_what_is_no_message_is_told(path: Path, data: str, why: str) -> None:
    found = read(path, text(websocket(message('{"mt":"A"}'), message(data))))
    assert mts(found) == [["A"]]
    assert found.remarks == (f"left out: 1 message {why}",)


def test_a_url_is_kept_without_what_may_be_secret(path: Path) -> None:
    found = read(path, text(websocket(message('{"mt":"A"}'), url="wss://u:pw@[::1]:8080/a/b?token=x#y")))
    assert found.conversations[0].url == "wss://[::1]:8080/a/b"


@pytest.mark.parametrize("url", ["", "wss://[", "wss://a:99999999/", "\x1b[2J"])
def test_a_url_that_is_none(path: Path, url: str) -> None:
    assert read(path, text(websocket(message('{"mt":"A"}'), url=url))).conversations[0].url == ""


def test_cut_off_at_any_place(path: Path) -> None:
    """What is there is used, and that it was cut is told."""
    whole = text(PAGE, websocket(message('{"mt":"A"}'), message('{"mt":"B"}')))
    end_of_first = whole.index("}", whole.index('{\\"mt\\":\\"A\\"}') + 15) + 1
    for end in range(end_of_first, len(whole) - 1, 7):
        found = read(path, whole[:end])
        assert mts(found)[0][0] == "A"
        assert found.conversations[0].url == URL
        assert found.remarks == (
            "the HAR is cut off or broken in entry 2 of `log.entries`: only what comes before was read",
        )


def test_cut_off_before_any_message(path: Path) -> None:
    whole = text(PAGE, websocket(message('{"mt":"A"}')))
    assert refusal(path, whole[: whole.index("_webSocketMessages")]) == (
        "there is a websocket in the HAR, but none of its messages; the HAR is cut off or broken in entry 2 of "
        f"`log.entries`: only what comes before was read; {HINT}"
    )


def test_without_a_websocket(path: Path) -> None:
    assert refusal(path, text(PAGE)) == f"there is no websocket in the HAR; {HINT}"


def test_without_the_messages_of_its_websocket(path: Path) -> None:
    """As browsers save it that know no `_webSocketMessages`."""
    entry = {"request": {"url": URL}, "response": {}}
    assert refusal(path, text(entry)) == f"there is a websocket in the HAR, but none of its messages; {HINT}"


def test_of_another_app(path: Path) -> None:
    assert refusal(path, text(websocket(message("hello"), url="wss://chat.example.com/"))) == (
        "there are websockets in the HAR, but no message of an AppWebsocket; left out: 1 connection to "
        f"chat.example.com, where no message has a type `mt`; {HINT}"
    )


def test_json_that_is_no_har(path: Path) -> None:
    assert refusal(path, '{"log": [1, 2]}') == (
        "JSON, but no HAR; give a HAR file of a browser, or a text with one message as JSON a line"
    )


@pytest.mark.parametrize(
    "har",
    [
        '{"log":{"entries":[' + "[" * 5000,
        '{"log":{"entries":[{"_webSocketMessages":[{"data":{"mt":"A"}},5,"x",[[]],{}],"request":5}]}}',
        '{"log":{"entries":[{"_webSocketMessages":{"a":{"data":"{\\"mt\\":1}"}},"request":{"url":7}}]}}',
        '{"log":{"entries":{"a":1}}}',
        '{"log":{"entries":[1e999]}}',
        '{"log":{"entries":[' + "9" * 5000 + "]}}",
    ],
    ids=["deep", "types", "no list", "no entries", "a number beyond all", "a long number"],
)
def test_hostile_shapes_are_refused_in_words(path: Path, har: str) -> None:
    assert refusal(path, har)


def test_too_many_messages(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_MESSAGES", 2)
    found = read(path, text(websocket(*[message('{"mt":"A"}')] * 3)))
    assert mts(found) == [["A", "A"]]
    assert found.remarks == ("too much for one: only the first 2 were read",)


def test_memory_does_not_grow_with_the_file(path: Path) -> None:
    """A quarter of it would already be more than what is kept: 40 messages of 40 MB."""
    body = json.dumps({"request": {"url": "https://x/"}, "response": {"content": {"text": "A" * 1_000_000}}})
    entries = [body, json.dumps(websocket(message('{"mt":"A"}')))] * 40
    path.write_text('{"log":{"entries":[' + ",".join(entries) + "]}}")
    read_bytes: list[int] = []
    tracemalloc.start()
    try:
        found = read_recording(path, read_bytes.append)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found.conversations) == 40
    assert most < 10_000_000
    assert sum(read_bytes) >= path.stat().st_size


def test_what_is_but_brackets_counts_for_what_it_takes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that is empty has two characters, and takes twenty times that."""
    monkeypatch.setattr(frames, "MAX_KEPT", 100_000)
    many = message(f'{{"mt":"A","a":[{",".join(["[]"] * 1000)}]}}')
    recording = read(path, text(websocket(many, many)))
    assert mts(recording) == [["A"]]
    assert recording.remarks == ("too much for one: only the first 1 were read",)
