"""Messages in texts, as people paste them."""

import json
from pathlib import Path

import pytest

from syncer.files.recordings import Format, format_of, read_recording
from syncer.model.recording import Recording

A, B = '{"mt":"A"}', '{"mt":"B","x":{"y":[1]}}'


def read(folder: Path, text: str) -> Recording:
    path = folder / "pasted.txt"
    path.write_text(text, "utf-8")
    assert format_of(path) is Format.TEXT
    return read_recording(path)


def _of_the_debugging_protocol(way: str, text: str) -> str:
    return json.dumps({"method": f"Network.webSocketFrame{way}", "params": {"response": {"payloadData": text}}})


@pytest.mark.parametrize(
    "text",
    [
        f"send: {A}\nreceive: {B}",
        f"-> {A}\n<- {B}",
        f"> {A}\n< {B}",
        f"⬆ {A}\n⬇ {B}",
        f"↑\t{A}\t10\t12:30:45.100\n↓\t{B}\t24\t12:30:45.200",
        f"12:01:02.123 main.js:12 SEND {A}\r\nmain.js:13 RECV {B}\r\n",
        f"devices.js:44 client->server: {A}\nserver->client: {B}",
        f"sent\n{A}\nreceived\n{B}",
        f"gesendet {A} empfangen {B}",
        'sent\n{\n  "mt": "A"\n}\nreceived\n{\n  "mt": "B",\n  "x": {"y": [1]}\n}\n',
        '{"direction":"out","message":{"mt":"A"}}\n{"direction":"in","message":{"mt":"B","x":{"y":[1]}}}',
        '{"type":"send","data":"{\\"mt\\":\\"A\\"}"}\n{"type":"receive","data":"{\\"mt\\":\\"B\\",\\"x\\":{\\"y\\":[1]}}"}',
        _of_the_debugging_protocol("Sent", A) + _of_the_debugging_protocol("Received", B),
    ],
    ids=range(13),
)
def test_directions_as_tools_and_people_write_them(tmp_path: Path, text: str) -> None:
    (talk,) = read(tmp_path, text).conversations
    assert [(one.direction, one.message) for one in talk.frames] == [
        ("sent", {"mt": "A"}),
        ("received", {"mt": "B", "x": {"y": [1]}}),
    ]


@pytest.mark.parametrize("text", [f"{A}\n{B}\n", f"[{A},{B}]", f"{A}{B}", f"{A},\n{B},", f"eyJtdCI6IkEifQ==\n{B}"])
def test_without_directions(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert [(one.direction, one.message["mt"]) for one in found.conversations[0].frames] == [(None, "A"), (None, "B")]
    assert found.remarks == ()


def test_noise_is_counted(tmp_path: Path) -> None:
    found = read(tmp_path, f"Navigated to https://apps.example.com/\n\n{A}\nUncaught TypeError {{}}\n{{x: 1}}\n{B}\n")
    assert len(found.conversations[0].frames) == 2
    assert found.remarks == ("left out: 1 message without a message type", "left out: 2 lines that are no message")


def test_cut_off_in_a_message(tmp_path: Path) -> None:
    found = read(tmp_path, f"{A}\n{B[:-5]}")
    assert [one.message["mt"] for one in found.conversations[0].frames] == ["A"]
    assert found.remarks == ("left out: 1 line that is no message",)


def test_a_trace_of_ours(tmp_path: Path) -> None:
    """Its connections stay apart, with their urls, and the sizes are those of the frames as they travelled."""
    found = read(
        tmp_path,
        '{"time":"2026-05-04T09:30:00.5Z","connection":1,"event":"opened","url":"wss://one.example.com/a"}\n'
        '{"time":"2026-05-04T09:30:00.500000Z","connection":1,"direction":"sent","size":77,"message":{"mt":"A"}}\n'
        '{"time":"2026-05-04T09:30:00.500000Z","connection":2,"direction":"received","size":5,"broken":"not JSON"}\n'
        '{"time":"2026-05-04T09:30:01.500000Z","connection":2,"direction":"received","size":24,"message":{"mt":"B"}}\n'
        '{"time":"2026-05-04T09:30:02Z","connection":1,"event":"lost","reason":"gone"}\n',
    )
    one, two = found.conversations
    assert (one.url, two.url) == ("wss://one.example.com/a", "")
    assert (one.frames[0].direction, one.frames[0].time, one.frames[0].size) == ("sent", 1777887000.5, 77)
    assert (two.frames[0].direction, two.frames[0].time, two.frames[0].number) == ("received", 1777887001.5, 2)
    assert found.remarks == ("left out: 1 message of no JSON",)


@pytest.mark.parametrize("text", ["{" * 200_000, ("{" * 20 + "\n") * 5000, '{"a":' * 50_000, "x" * 9_000_000])
def test_hostile_texts_end(tmp_path: Path, text: str) -> None:
    """Neither a traceback nor the square of the file's size; the message behind it is found."""
    assert read(tmp_path, f"{text}\n{A}\n").conversations[0].frames[-1].message == {"mt": "A"}
