"""Which file is what, and what is told of files that are no recording."""

import codecs
import os
from pathlib import Path

import pytest

from syncer.errors import ProblemsError
from syncer.files.recordings import read_recording
from tests.files.test_har import message, text, websocket

GIVE = "give a HAR file of a browser, or a text with one message as JSON a line"


def refusal(path: Path) -> str:
    with pytest.raises(ProblemsError) as caught:
        read_recording(path)
    return str(caught.value).removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    "content,told",
    [
        (b"", f"it is empty; {GIVE}"),
        (b" \r\n\t", f"it is empty; {GIVE}"),
        (b"hello\nworld\n", f"there is no message in it; left out: 2 lines that are no message; {GIVE}"),
        (b"\x1f\x8b\x08", "packed with gzip; unpack it"),
        (b"PK\x03\x04", "packed with zip; unpack it"),
        (b"\x89PNG\r\n\x1a\n\0\0", "no UTF-8 text; save it as UTF-8"),
        (b'{"mt":"\xe4"}', "no UTF-8 text; save it as UTF-8"),
    ],
)
def test_what_is_no_recording(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "recording"
    path.write_bytes(content)
    assert refusal(path) == told


def test_what_is_no_file(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none") == "there is no such file; correct the name"
    assert refusal(tmp_path) == "a folder; name a file"
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe") == "not a file; name a file"


@pytest.mark.parametrize(
    "encoding,mark",
    [("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE)],
)
@pytest.mark.parametrize("content", [text(websocket(message('{"mt":"Ä"}'))), '{"mt":"Ä"}\n'], ids=["har", "text"])
def test_byte_order_marks_of_editors(tmp_path: Path, encoding: str, mark: bytes, content: str) -> None:
    path = tmp_path / "recording"
    path.write_bytes(mark + content.encode(encoding))
    assert read_recording(path).conversations[0].frames[0].message == {"mt": "Ä"}


def test_a_text_about_a_har_is_a_text(tmp_path: Path) -> None:
    path = tmp_path / "recording"
    path.write_text('{"mt":"A","log":{"entries":[]}}\n')
    assert read_recording(path).conversations[0].frames[0].message["mt"] == "A"


def test_what_it_says_is_only_data(tmp_path: Path) -> None:
    """No path, command or template in it does anything, and nothing in it reaches a terminal as it is."""
    hostile = '{"mt":"A","x":"$(touch hacked) {{7*7}} ../../etc/passwd \\u001b[2J"}'
    path = tmp_path / "recording"
    path.write_text(text(websocket(message(hostile)), websocket(message("x"), url="wss://\x1b[2J.example.com/")))
    found = read_recording(path)
    assert found.conversations[0].frames[0].message["x"] == "$(touch hacked) {{7*7}} ../../etc/passwd \x1b[2J"
    assert "\x1b" not in "".join(found.remarks)
    assert sorted(tmp_path.iterdir()) == [path]
