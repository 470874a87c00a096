"""Bars on a terminal, late and gone in time; a line for each change everywhere; and nothing fails for them."""

import asyncio
import io
import json
import os
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from syncer.cli import progress
from syncer.cli.output import lasting_stderr
from syncer.cli.progress import Bars, rate
from syncer.emulator import Emulator, Running, Store, When
from syncer.emulator.faults import Refuse
from tests.cli.running import PASSWORD, repository, syncer


class Terminal(io.StringIO):
    """A person is there."""

    def isatty(self) -> bool:
        return True


class Gone(Terminal):
    """A person was there."""

    def write(self, _text: str) -> int:
        raise OSError(5, "Input/output error")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(progress, "_QUIET_FOR", 0.1)
    return Terminal()


def count(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, seconds: float) -> str:
    """What is shown of ten things in that time, before `close`."""
    monkeypatch.setattr(sys, "stderr", stream)
    with lasting_stderr():
        bars = Bars()
        tick = bars.phase("reading", 20)
        for _ in range(10):
            tick(1)
            time.sleep(seconds / 10)
        shown = stream.getvalue()
        bars.close()
        bars.close()
    return shown


def test_how_far_and_how_fast(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = count(terminal, monkeypatch, 1.0)
    assert "reading" in shown
    assert "/20" in shown
    assert "/s" in shown


def test_what_is_done_may_be_called_anything(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only what rich would take for its markup, as a name of a file may be."""
    monkeypatch.setattr(sys, "stderr", terminal)
    with lasting_stderr():
        bars = Bars()
        bars.phase("reading a[/b].har [red]x", 20)
        assert bars._progress is not None
        bars._progress.start()
        bars.close()
    assert "reading a[/b].har [red]x" in terminal.getvalue()


def test_nothing_at_first(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_QUIET_FOR", 30)
    assert count(terminal, monkeypatch, 0.2) == ""
    assert terminal.getvalue() == ""


def test_nothing_where_nobody_is(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = io.StringIO()
    assert count(nobody, monkeypatch, 0.3) == ""
    assert nobody.getvalue() == ""


def test_a_terminal_that_is_gone(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[object] = []
    monkeypatch.setattr("threading.excepthook", failed.append)
    count(Gone(), monkeypatch, 0.5)
    assert failed == []


@pytest.mark.parametrize("speed, shown", [(None, ""), (0, "0.0/s"), (12.34, "12.3/s"), (1234.5, "1234.5/s")])
def test_rates(speed: float | None, shown: str) -> None:
    assert rate(speed) == shown


def told_while_shown(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, *lines: str) -> str:
    """What there is in the end, of lines that are told while the bars are there."""
    monkeypatch.setattr(sys, "stderr", stream)
    with lasting_stderr():
        bars = Bars()
        tick = bars.phase("applying", len(lines))
        if bars._progress:
            bars._show(bars._progress)  # as the timer does
        for line in lines:
            tick(1)
            bars.say(line)
        bars.close()
    return stream.getvalue()


def test_lines_stay_above_the_bars(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    long = "(2/2) ~ updated  config[" + "x" * 300 + "]"
    shown = told_while_shown(terminal, monkeypatch, "(1/2) \x1b[32m+ created\x1b[0m  config[[bold]a[/bold]]", long)
    lines = shown.replace("\r", "\n").split("\n")
    assert any("applying" in line and "/2" in line for line in lines)
    assert any("\x1b[32m+ created\x1b[0m  config[[bold]a[/bold]]" in line for line in lines)
    assert any(long in line for line in lines)  # not wrapped, and nothing of it cut


def test_lines_where_nobody_is(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told_while_shown(io.StringIO(), monkeypatch, "one", "two") == "one\ntwo\n"


def test_lines_to_a_terminal_that_is_gone(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told_while_shown(Gone(), monkeypatch, "one") == ""


DOCUMENT = """\
domain: example.com
configs:
  - {type: NTP, desc: "time\\e[2J", categories: [], ntp1: ptb}
  - {type: NTP, desc: clock, categories: [], ntp1: new}
  - {type: NTP, desc: old, state: absent}
"""
UPDATED, CREATED, DELETED = (
    "~ updated  config[example.com/NTP/clock]",
    "+ created  config[example.com/NTP/time\\x1b[2J]",
    "- deleted  config[example.com/NTP/old]",
)


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    with Store(":memory:", password=PASSWORD) as store:
        for desc in ("clock", "old", "other"):
            store.add_config(1, {"type": "NTP", "desc": desc, "ntp1": "ptb"})
        async with Emulator(store).start() as service:
            yield service


async def apply_on_a_terminal(repo: Path, **environ: str) -> tuple[int, str]:
    """The exit code, and what a terminal gets of stderr."""
    here, there = os.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "syncer.cli.main", "apply", "--yes", "--unverified-wire", "--confirm-deletes", "1"),
        cwd=repo,
        env=os.environ | {"SYNCER_PASSWORD": PASSWORD, "PYTHONUTF8": "1", "TERM": "xterm"} | environ,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=there,
    )
    os.close(there)
    told = await asyncio.to_thread(all_of, here)
    return await process.wait(), told


def all_of(terminal: int) -> str:
    """What is written there until nobody is left who writes."""
    with open(terminal, "rb", buffering=0) as stream:
        pieces = []
        with suppress(OSError):  # what Linux says at the end
            while piece := stream.read(65536):
                pieces.append(piece)
    return b"".join(pieces).decode()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
@pytest.mark.parametrize("colours", [True, False])
async def test_each_change_on_a_terminal(tmp_path: Path, running: Running, colours: bool) -> None:
    repo = repository(tmp_path / "repo", running.url, DOCUMENT)
    code, told = await apply_on_a_terminal(repo, **({} if colours else {"NO_COLOR": "1"}))
    assert code == 0, told
    plain = re.sub(r"\x1b\[[0-9;]*m", "", told)
    for count, line in enumerate((UPDATED, CREATED, DELETED), 1):
        assert f"({count}/3) {line}" in plain
    assert ("\x1b[32m+ created  \x1b[0m" in told) == colours


async def test_each_change_in_the_log_of_a_pipeline(tmp_path: Path, running: Running) -> None:
    repo = repository(tmp_path / "repo", running.url, DOCUMENT)
    done = await syncer(
        *("apply", "--yes", "--unverified-wire", "--confirm-deletes", "1", "--format", "json"), cwd=repo
    )
    assert (done.code, done.err) == (0, f"(1/3) {UPDATED}\n(2/3) {CREATED}\n(3/3) {DELETED}\n")
    assert json.loads(done.out)["ending"] == "applied"


async def test_a_change_that_fails_in_its_own_words(tmp_path: Path, running: Running) -> None:
    running.emulator.faults.add(Refuse("no\x1b[2J way"), When(operation="create_config"))
    repo = repository(tmp_path / "repo", running.url, DOCUMENT)
    done = await syncer("apply", "--yes", "--unverified-wire", "--confirm-deletes", "1", cwd=repo)
    assert done.code == 5
    lines = done.err.splitlines()
    assert lines[0] == f"(1/3) {UPDATED}"
    assert lines[1].startswith("(2/3) + refused  config[example.com/NTP/time\\x1b[2J]: create_config was refused: no")
    assert "\x1b" not in done.err
    assert lines[2:4] == ["Rolling back 1 change:", f"(1/1) ~ rolled back  {UPDATED.split('  ')[1]}"]
    assert lines[4].startswith("failed: ")
    assert len(lines) == 5


async def test_what_cannot_be_taken_back_is_told_when_it_turns_out(tmp_path: Path, running: Running) -> None:
    running.emulator.faults.add(Refuse("no way"), When(operation="create_config"))
    running.emulator.faults.add(Refuse("nor back"), When(operation="update_config", nth=2))
    repo = repository(tmp_path / "repo", running.url, DOCUMENT)
    done = await syncer("apply", "--yes", "--unverified-wire", "--confirm-deletes", "1", cwd=repo)
    assert done.code == 6
    lines = done.err.splitlines()
    assert lines[2] == "Rolling back 1 change:"
    assert lines[3].startswith(f"(1/1) ~ not rolled back  {UPDATED.split('  ')[1]}: ")
    assert "nor back" in lines[3]


async def test_where_nothing_came_of_anything_nothing_is_taken_back(tmp_path: Path, running: Running) -> None:
    running.emulator.faults.add(Refuse("no way"), When(operation="update_config"))
    repo = repository(tmp_path / "repo", running.url, DOCUMENT)
    done = await syncer("apply", "--yes", "--unverified-wire", "--confirm-deletes", "1", cwd=repo)
    assert done.code == 5
    assert "Rolling back" not in done.err


async def test_a_stderr_that_is_closed_is_in_no_apply_s_way(tmp_path: Path, running: Running) -> None:
    repo = repository(tmp_path / "repo", running.url, DOCUMENT)
    command = [sys.executable, "-m", "syncer.cli.main", "apply", "--yes", "--unverified-wire", "--confirm-deletes", "1"]
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", 'exec "$@" 2>&-', "sh", *command),
        cwd=repo,
        env=os.environ | {"SYNCER_PASSWORD": PASSWORD},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert (process.returncode, out.decode().splitlines()[-1]) == (0, "Applied: 1 created, 1 updated, 1 deleted.")
