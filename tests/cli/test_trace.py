"""`--trace` on commands that connect: every message is there, and no secret of any of them."""

import asyncio
import base64
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from syncer.emulator import Emulator, Store
from syncer.resources import directory
from tests.cli.running import PASSWORD, Done, repository, syncer

TURN, SCRIPTED = "t0p s3cret ä", "s3cret-in-a-script"
LINES = "".join(f"mod cmd UP{number} /password {SCRIPTED}\n" for number in range(4000))  # several messages
DOCUMENT = """\
domain: example.com
categories:
  - {name: HQ, config: true}
configs:
  - {type: NTP, desc: clock, categories: [HQ], ntp1: time.example.com}
  - type: MEDIA
    desc: media
    categories: [HQ]
    turnServer: turn
    turnUser: turn-user
    turnPassword: {env: TURN_PASSWORD}
  - {type: EXPERT, desc: script, categories: [HQ], script: {file: script.txt}}
"""


@dataclass
class Relay:
    """Stands between syncer and the emulator, and notes what passes: direction and size."""

    to: str
    url: str = ""
    passed: list[tuple[str, int]] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)

    async def handle(self, client: ServerConnection) -> None:
        """One connection."""
        async with connect(self.to, compression=None, ping_interval=None, max_size=None) as service:
            tasks = [
                asyncio.create_task(self._pass(client, service, "sent")),
                asyncio.create_task(self._pass(service, client, "received")),
            ]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.gather(client.close(), service.close())
            await asyncio.gather(*tasks)

    async def _pass(self, one: Any, other: Any, direction: str) -> None:
        try:
            async for frame in one:
                self.frames.append(frame)
                self.passed.append((direction, len(frame.encode())))
                await other.send(frame)
        except ConnectionClosed:
            pass


@asynccontextmanager
async def _relay(to: str) -> AsyncIterator[Relay]:
    relay = Relay(to)
    server = await serve(relay.handle, "127.0.0.1", 0, compression=None, ping_interval=None, max_size=None)
    async with server:
        port = server.sockets[0].getsockname()[1]
        relay.url = f"ws://127.0.0.1:{port}/example.com/devices/innovaphone-devices-api"
        yield relay


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(":memory:", password=PASSWORD) as store:
        yield store


@pytest.fixture
async def relay(store: Store) -> AsyncIterator[Relay]:
    async with Emulator(store).start() as service, _relay(service.url) as relay:
        yield relay


@pytest.fixture
def repo(tmp_path: Path, relay: Relay) -> Path:
    repo = repository(tmp_path / "repo", relay.url, DOCUMENT)
    (repo / "domains" / "script.txt").write_text(LINES, encoding="utf-8")
    return repo


async def _run(repo: Path, *args: str) -> Done:
    return await syncer(*args, cwd=repo, environ={"TURN_PASSWORD": TURN})


def _lines(path: Path) -> list[dict[str, Any]]:
    assert path.stat().st_mode & 0o777 == 0o600
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _messages(path: Path) -> list[tuple[str, int]]:
    found = [one for one in _lines(path) if "direction" in one]
    assert all(one["time"].endswith("Z") and "message" in one and "connection" in one for one in found)
    return [(one["direction"], one["size"]) for one in found]


def _of(direction: str, passed: list[tuple[str, int]]) -> list[int]:
    return [size for way, size in passed if way == direction]


def _assert_all_of_it(path: Path, relay: Relay) -> None:
    """Of each direction all that passed, in its order, with its size."""
    for direction in ("sent", "received"):
        assert _of(direction, _messages(path)) == _of(direction, relay.passed)


def _spellings(secret: str) -> set[str]:
    """What a secret may look like: as it is, and as any of its encodings."""
    raw = secret.encode()
    packed = base64.b64encode(raw).decode().rstrip("=")
    return {secret, json.dumps(secret)[1:-1], raw.hex(), raw.hex().upper(), packed, secret[::-1]}


def _on_the_wire(relay: Relay) -> set[str]:
    """Challenges, digests, keys and ciphertexts that passed."""
    found: set[str] = set()
    for frame in relay.frames:
        message = json.loads(frame)
        found |= {message[name] for name in ("challenge", "digest", "key") if message.get(name)}
        config = message.get("config")
        found |= {config["turnPassword"]} if isinstance(config, dict) and config.get("turnPassword") else set()
    return found


def _assert_no_secret(path: Path, relay: Relay) -> None:
    text = path.read_text("utf-8")
    for secret in (PASSWORD, TURN, SCRIPTED, "turn-user"):
        for spelled in _spellings(secret):
            assert spelled not in text
    on_the_wire = _on_the_wire(relay)
    assert len(on_the_wire) >= 3
    for spelled in on_the_wire:
        assert spelled not in text


async def test_apply_with_secrets_and_large_values(repo: Path, relay: Relay, store: Store) -> None:
    done = await _run(repo, "apply", "--yes", "--unverified-wire", "--trace", "a.trace")
    assert done.code == 0, done.err
    assert len(store.configs(1)) == 3
    assert any(SCRIPTED in frame for frame in relay.frames)
    assert sum('"mt":"SetDeviceConfigValue"' in frame for frame in relay.frames) > 1
    _assert_all_of_it(repo / "a.trace", relay)
    _assert_no_secret(repo / "a.trace", relay)
    assert done.err.count("a.trace") == 0


async def test_before_the_command_and_by_the_environment(repo: Path, relay: Relay) -> None:
    """What is typed last wins; each command makes its trace anew."""
    done = await _run(repo, "--trace", "a.trace", "plan")
    assert done.code == 0, done.err
    _assert_all_of_it(repo / "a.trace", relay)
    _assert_no_secret(repo / "a.trace", relay)
    relay.passed.clear()
    environ = {"TURN_PASSWORD": TURN, "SYNCER_TRACE": "b.trace"}
    for args, name in ((("plan",), "b.trace"), (("--trace", "c.trace", "plan", "--trace", "a.trace"), "a.trace")):
        assert (await syncer(*args, cwd=repo, environ=environ)).code == 0
        _assert_all_of_it(repo / name, relay)
        relay.passed.clear()
    assert not (repo / "c.trace").exists()


async def test_export(repo: Path, relay: Relay) -> None:
    assert (await _run(repo, "apply", "--yes", "--unverified-wire")).code == 0
    relay.passed.clear()
    done = await _run(repo, "export", "--out", "live", "--trace", "a.trace")
    assert done.code == 0, done.err
    _assert_all_of_it(repo / "a.trace", relay)
    _assert_no_secret(repo / "a.trace", relay)


@pytest.mark.parametrize("args", [("demo", "--trace", "a.trace"), ("--trace", "a.trace", "demo")])
async def test_demo(tmp_path: Path, args: tuple[str, ...]) -> None:
    done = await syncer(*args, cwd=tmp_path)
    assert done.code == 0, done.err
    opened = [one for one in _lines(tmp_path / "a.trace") if one.get("event") == "opened"]
    assert [one["connection"] for one in opened] == [1, 2, 3, 4, 5, 6]
    assert len(_messages(tmp_path / "a.trace")) > 500
    secrets = [path.read_text("utf-8").strip() for path in (directory("examples") / "secrets").iterdir()]
    assert secrets
    for secret in secrets:
        assert secret not in (tmp_path / "a.trace").read_text("utf-8")


async def test_a_refused_login(repo: Path, relay: Relay) -> None:
    done = await syncer(
        "plan", "--trace", "a.trace", cwd=repo, environ={"SYNCER_PASSWORD": "wr0ng", "TURN_PASSWORD": TURN}
    )
    assert done.code == 1
    _assert_all_of_it(repo / "a.trace", relay)
    assert _lines(repo / "a.trace")[-1]["event"] == "lost"
    assert "wr0ng" not in (repo / "a.trace").read_text()


async def test_a_full_disk_ends_the_trace_and_nothing_else(repo: Path, store: Store) -> None:
    """A limit on the size of files, which is hit before the journal's would be, stands for the disk."""
    (repo / "a.trace").write_text('{"time":"2026-05-04T09:30:00Z","event":"opened"}\n')
    environ = os.environ | {"SYNCER_PASSWORD": PASSWORD, "TURN_PASSWORD": TURN, "PYTHONUTF8": "1"}
    script = 'ulimit -f 1; exec "$0" -m syncer.cli.main plan --trace a.trace'
    process = await asyncio.create_subprocess_exec(
        "sh",
        "-c",
        script,
        sys.executable,
        cwd=repo,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = (text.decode() for text in await process.communicate())
    assert (process.returncode, "Traceback" in err) == (0, False), err
    assert "create  config[example.com/NTP/clock]" in out
    assert err.count("a.trace cannot be written any more, so the trace ends there: File too large") == 1


async def test_a_place_that_cannot_be_written_is_told_before_anything(repo: Path, relay: Relay) -> None:
    done = await _run(repo, "plan", "--trace", "syncer.yaml")
    assert (done.code, relay.passed) == (1, [])
    assert "the trace syncer.yaml cannot be written: it exists, and is no trace" in done.err
    assert (repo / "syncer.yaml").read_text().startswith("version: 1")


async def test_commands_without_a_connection_leave_none(repo: Path) -> None:
    assert (await _run(repo, "--trace", "a.trace", "validate")).code == 0
    assert not (repo / "a.trace").exists()
