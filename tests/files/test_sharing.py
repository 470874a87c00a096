"""Recordings written again."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.files.recordings import read_recording
from syncer.files.sharing import as_har, as_lines, shared
from syncer.model.recording import Conversation, Direction, Frame, Recording
from tests.files.test_har import message, text, websocket

WRITERS = {"recording.har": as_har, "recording.jsonl": as_lines}


def _same(message: Mapping[str, Any]) -> Mapping[str, Any]:
    return message


def _frames(conversation: Conversation) -> list[tuple[Direction | None, Mapping[str, Any], int, float | None]]:
    return [(one.direction, one.message, one.size, one.time) for one in conversation.frames]


@pytest.mark.parametrize("name", WRITERS)
@given(
    data=st.lists(
        st.tuples(
            st.sampled_from([*Direction, None]),
            st.dictionaries(st.sampled_from(["src", "x", "ä"]), st.text() | st.integers() | st.none() | st.booleans()),
            st.none() | st.integers(0, 4_000_000_000).map(lambda tenth: tenth / 10),
            st.sampled_from([(",", ":"), (", ", ": ")]),
            st.booleans(),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_recording_reads_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, name: str, data: Any) -> None:
    """Also the size of each message, however its JSON was written."""
    path = tmp_path_factory.mktemp("shared") / name
    frames = tuple(
        Frame(
            number,
            direction,
            said := {"mt": "A", **fields},
            len(json.dumps(said, separators=separators, ensure_ascii=ascii_only).encode()),
            time,
        )
        for number, (direction, fields, time, separators, ascii_only) in enumerate(data, 1)
    )
    recording = Recording(str(path), (Conversation("wss://a/b", frames),))
    path.write_text(WRITERS[name](shared(recording, _same, str)))
    assert read_recording(path) == recording


@pytest.mark.parametrize("name", WRITERS)
def test_connections_and_numbers_stay(tmp_path: Path, name: str) -> None:
    source, path = tmp_path / "a.har", tmp_path / name
    a, b, c = (message(f'{{"mt":"{mt}"}}') for mt in "ABC")
    source.write_text(text(websocket(a, b, url="wss://one/"), websocket(c, url="")))
    path.write_text(WRITERS[name](shared(read_recording(source), _same, str)))
    found = read_recording(path)
    assert found.conversations == read_recording(source).conversations
    assert [one.url for one in found.conversations] == ["wss://one/", ""]


def test_only_messages_are_written(tmp_path: Path) -> None:
    """Whatever else a browser saved: cookies, headers, bodies, queries, other requests, comments."""
    path = tmp_path / "a.har"
    cookie = {"name": "Cookie", "value": "s3cret"}
    page = {
        "request": {"url": "https://s3cret/", "headers": [cookie], "postData": {"text": "s3cret"}},
        "comment": "s3cret",
    }
    entry = websocket(message('{"mt":"A"}'), message("s3cret"), url="wss://u:s3cret@h/p?s3cret#s3cret")
    entry["request"] |= {"headers": [cookie], "cookies": [cookie], "queryString": [cookie]}
    entry["response"] = {"headers": [{"name": "Authorization", "value": "s3cret"}], "content": {"text": "s3cret"}}
    path.write_text(text(page, entry, page, pages=[{"title": "s3cret"}], creator={"name": "s3cret"}))
    recording = shared(read_recording(path), _same, str)
    for write in WRITERS.values():
        assert "s3cret" not in write(recording)


def test_sizes_are_those_of_what_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.har"
    path.write_text(text(websocket(message('{"mt": "A", "password": "0123456789"}'))))
    recording = shared(read_recording(path), lambda _: {"mt": "A", "password": "x"}, str)
    assert recording.conversations[0].frames[0].size == len('{"mt": "A", "password": "x"}')
    assert '{\\"mt\\": \\"A\\", \\"password\\": \\"x\\"}' in as_har(recording)


def test_halves_of_pairs_can_be_written(tmp_path: Path) -> None:
    path, again = tmp_path / "a.txt", tmp_path / "b.har"
    path.write_text('{"mt":"A","x":"\\ud83d ä"}\n', "utf-8")
    recording = read_recording(path)
    again.write_text(as_har(shared(recording, _same, str)))
    assert read_recording(again).conversations == recording.conversations
