"""A command that is told of drift: what it gets to know, and how it ends. Real processes, which take real time."""

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from syncer.workflow import receivers, shell
from syncer.workflow.context import open_repository
from syncer.workflow.receivers import Command, Failed
from syncer.workflow.telling import Telling, open_teller
from tests.workflow.telling import SECRETS, World, sighting


@pytest.fixture(autouse=True)
def _nobody_waits() -> None:
    """Of processes a clock that skips would know nothing."""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, dict(os.environ) | SECRETS | {"KEPT": "yes"})


def command(world: World, text: str) -> Command:
    return Command(world.context, text, shell.environment_for(world.context, world.repository))


async def told(world: World, text: str) -> Failed | None:
    return await command(world, text).tell(sighting("ab", new="b", gone="c"), "0123")


async def test_the_event_is_a_line_on_stdin(world: World, tmp_path: Path) -> None:
    assert await told(world, f"cat > {tmp_path}/event; test $(wc -l < {tmp_path}/event) = 1") is None
    event = json.loads((tmp_path / "event").read_text("ascii"))
    assert event["drifted"] == ["config[example.com/NTP/a]", "config[example.com/NTP/b]"]
    assert event["gone"] == ["config[example.com/NTP/c]"]


async def test_counts_in_its_environment_and_no_secret(world: World, tmp_path: Path) -> None:
    assert await told(world, f"env > {tmp_path}/env") is None
    lines = (tmp_path / "env").read_text("utf-8").splitlines()
    counts = {"DRIFTED=2", "NEW=1", "GONE=1", "ID=0123"}
    assert {f"SYNCER_EVENT_{one}" for one in counts} | {"KEPT=yes"} <= set(lines)
    assert not [line for line in lines if "hidden" in line]


async def test_no_secret_that_the_files_name(world: World, tmp_path: Path) -> None:
    """Of any server, and of the files as they are when it is told."""
    settings = world.folder / "repo" / "syncer.yaml"
    other = "servers:\n  other: {url: 'wss://b.example.com/b/devices/api', password: {env: KEPT}}\n"
    settings.write_text(settings.read_text("utf-8").replace("servers:\n", other), "utf-8")
    repository, hidden = open_repository(replace(world.context, server="production")), set[str]()
    environ = shell.environment_for(world.context, repository)
    named = Command(world.context, f"env >> {tmp_path}/env", {**environ, "TLS_KEY": "hidden"}, lambda: hidden)
    hidden.add("TLS_KEY")
    assert await named.tell(sighting("a"), "0") is None
    lines = (tmp_path / "env").read_text("utf-8").splitlines()
    assert not [line for line in lines if line.startswith(("KEPT=", "TLS_KEY=", "OWN_PASSWORD="))]


async def test_what_it_prints_goes_to_stderr(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    assert await told(world, "echo hello") is None
    assert capfd.readouterr() == ("", "hello\n")


async def test_stdin_need_not_be_read(world: World) -> None:
    long = Command(world.context, "exec true", world.environ)
    assert await long.tell(sighting("".join(map(chr, range(0x4E00, 0x6E00)))), "0") is None


async def test_it_fails(world: World) -> None:
    assert await told(world, "exit 3") == Failed("it failed (exit code 3)")
    assert command(world, "x\x1b[31m").name == r"the command x\x1b[31m"


async def test_it_hangs_with_all_that_it_started(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receivers, "COMMAND_DEADLINE", 0.3)
    monkeypatch.setattr(shell, "_GRACE", 0.3)
    failed = await told(world, f"trap '' TERM; sleep 1000 & echo $! > {tmp_path}/pid; while :; do wait; done")
    assert failed == Failed("it did not end within 0.3 s")
    pid = int((tmp_path / "pid").read_text())
    async with asyncio.timeout(30):
        while _lives(pid):  # noqa: ASYNC110  (init tells nobody when it has taken note)
            await asyncio.sleep(0.01)


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def test_it_ends_when_there_is_no_more_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncer.workflow.telling._FAREWELL", 0.1)
    telling = Telling(command="sleep 1000")
    async with open_teller(world.context, world.repository, telling, world.gauges) as teller:
        teller.tell(sighting("a", new="a"))
        await asyncio.sleep(0)
    assert world.warnings == ["the command sleep 1000 was not told of the last: no more time"]


async def test_a_failure_is_told_and_no_end_of_the_watch(world: World) -> None:
    telling = Telling(command="exit 1")
    async with open_teller(world.context, world.repository, telling, world.gauges) as teller:
        teller.tell(sighting("a", new="a"))
    (warning,) = world.warnings
    assert warning == "the command exit 1 was not told of drift: it failed (exit code 1); not tried again"
    assert world.gauges.tellings == {False: 1}
