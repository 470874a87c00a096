"""Traces read again, whoever wrote them and wherever they end."""

import os
from pathlib import Path

import pytest

from syncer.errors import ProblemsError
from syncer.files import tracelines
from syncer.files.tracelines import read_trace
from syncer.model.recording import Direction
from syncer.model.wire import Happened, Passed, TraceEntry, Unread

TIME = "2026-05-04T09:30:00.000000Z"
OPENED = f'{{"time":"{TIME}","connection":1,"event":"opened","url":"wss://a/"}}'
SENT = f'{{"time":"{TIME}","connection":1,"direction":"sent","size":10,"message":{{"mt":"A"}}}}'
HINT = "name a file that a command wrote with --trace"


def read(folder: Path, content: str | bytes) -> list[TraceEntry]:
    path = folder / "a.trace"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_trace(path))


def refusal(path: Path) -> str:
    with pytest.raises(ProblemsError) as caught:
        list(read_trace(path))
    return str(caught.value).removeprefix(f"{path}: ")


def test_every_kind_of_line(tmp_path: Path) -> None:
    broken = SENT.replace('"message":{"mt":"A"}', '"broken":"not JSON"').replace("sent", "received")
    failed = f'{{"time":"{TIME}","event":"failed","url":"wss://a/","reason":"unknown host"}}'
    assert read(tmp_path, f"{OPENED}\n{SENT}\n{broken}\n{failed}\n") == [
        Happened(TIME, 1, "opened", "wss://a/"),
        Passed(TIME, 1, Direction.SENT, 10, {"mt": "A"}),
        Passed(TIME, 1, Direction.RECEIVED, 10, None, "not JSON"),
        Happened(TIME, None, "failed", "wss://a/ unknown host"),
    ]


@pytest.mark.parametrize("end", range(1, len(SENT), 9))
def test_a_last_line_that_is_cut_off(tmp_path: Path, end: int) -> None:
    *_, last = read(tmp_path, f"{OPENED}\n{SENT[:end]}")
    assert last == Unread(2, "cut off, as when syncer was killed or the disk was full")


def test_a_first_line_that_is_cut_off(tmp_path: Path) -> None:
    assert isinstance(read(tmp_path, OPENED[:30])[0], Unread)


def test_lines_that_are_none_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracelines, "MAX_LINE", 1 << 20)
    long = SENT.replace('"A"', f'"{"x" * (5 << 20)}"')
    lines = [
        OPENED,
        "x",
        long,
        '{"time":5}',
        "[" * 50_000,
        SENT.replace("10", '"10"'),
        SENT.replace("sent", "up"),
        SENT.replace('{"mt":"A"}', "[1]"),
        SENT.replace("10", "9" * 4300),
        SENT.replace("10", "-1"),
        SENT.replace("10", "true"),
        SENT.replace("2026-05-04T", "\\n#1 closed "),
        SENT,
    ]
    first, *others, last = read(tmp_path, "\n".join(lines) + "\n")
    assert others == [
        Unread(2, "no JSON"),
        Unread(3, "longer than 1 MiB"),
        Unread(4, "no line of a trace"),
        Unread(5, "no JSON"),
        Unread(6, "no line of a trace"),
        *(Unread(number, "no line of a trace") for number in range(7, 13)),
    ]
    assert (type(first), type(last)) == (Happened, Passed)


def test_a_number_of_a_connection_that_is_none(tmp_path: Path) -> None:
    for number in ("9" * 4300, "-1", "true", '"1"'):
        (entry,) = read(tmp_path, SENT.replace('"connection":1', f'"connection":{number}'))
        assert isinstance(entry, Passed)
        assert entry.connection is None


@pytest.mark.parametrize("content", ["version: 1\n", "{}\n", '{"log":{}}', '{"mt":"A"}\n', "\x89PNG\n\0"])
def test_what_is_no_trace(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.trace").write_text(content)
    assert refusal(tmp_path / "a.trace") == f"it is no trace; {HINT}"


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "empty") == f"it is empty: no connection was tried; {HINT}"
    assert refusal(tmp_path / "none") == "there is no such file; correct the name"
    assert refusal(tmp_path) == refusal(tmp_path / "pipe") == f"not a file; {HINT}"
