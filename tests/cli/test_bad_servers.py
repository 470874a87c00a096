"""Servers that close, stall, send garbage or too much: one line, exit code 1, no hang, bounded memory."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from syncer.emulator import Emulator, Running, Store, When
from syncer.emulator.faults import Action, Binary, Close, Endless, Garbage, Nested, Oversized, Refuse, Stall
from tests.cli.running import PASSWORD, repository, syncer

DOCUMENT = "domain: example.com\nconfigs:\n  - {type: NTP, desc: time, categories: []}\n"


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    with Store(":memory:", password=PASSWORD) as store:
        store.add_config(1, {"type": "NTP", "desc": "time"})
        async with Emulator(store).start() as service:
            yield service


FAULTS: list[tuple[Action, str, str]] = [
    (Close(), "GetDeviceConfig", "the connection was lost during GetDeviceConfig"),
    (Stall(), "GetDomains", "no answer to GetDomains within 1 s; try again, or give it more time with --timeout"),
    (Stall(), "AppLogin", "the login was not answered within 1 s"),
    (Close(), "AppLogin", "the connection was lost during the login"),
    (Garbage(), "GetDeviceConfigs", "a broken message came during GetDeviceConfigs: not JSON"),
    (Binary(), "GetDeviceConfigs", "a broken message came during GetDeviceConfigs: a binary frame"),
    (Nested(), "GetDeviceConfig", "a broken message came during GetDeviceConfig: nested too deeply"),
    (Oversized(100 << 20), "GetDeviceConfig", "a message of more than 1048576 bytes came during GetDeviceConfig"),
    (Refuse("no \x1b[31mright"), "GetDomains", "GetDomains was refused: no \\x1b[31mright"),
    (Refuse("locked"), "GetDeviceConfig", "config[example.com/NTP/time] (id 1) was refused: locked"),
    (Endless(), "GetDeviceConfigs", "a broken message came during GetDeviceConfigs: the list of"),
]


@pytest.mark.parametrize("action,mt,said", FAULTS, ids=lambda v: v if isinstance(v, str) else type(v).__name__)
async def test_a_bad_server_is_told_in_a_line(
    tmp_path: Path, running: Running, action: Action, mt: str, said: str
) -> None:
    running.emulator.faults.add(action, When(mt=mt))
    repo = repository(tmp_path / "r", running.url, DOCUMENT)
    timeout = "1" if isinstance(action, Stall) else "30"  # which only there is waited for
    done = await syncer("--timeout", timeout, "--reconnect-for", "1", "plan", cwd=repo)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"error: {running.url}: {said}"), done.err
    assert done.err.count("\n") == 1
    assert "\x1b" not in done.err


async def test_a_wrong_password(tmp_path: Path, running: Running) -> None:
    repo = repository(tmp_path / "r", running.url, DOCUMENT)
    done = await syncer("plan", cwd=repo, environ={"SYNCER_PASSWORD": "guess"})
    assert done.code == 1
    assert done.err.startswith(f"error: {running.url}: the login to innovaphone-devices-api of example.com was refused")
    assert "guess" not in done.err


async def test_a_missing_password_variable(tmp_path: Path, running: Running) -> None:
    repo = repository(tmp_path / "r", running.url, DOCUMENT)
    done = await syncer("plan", cwd=repo, environ={"SYNCER_PASSWORD": ""})
    assert done.code == 1
    assert done.err.startswith("syncer.yaml:5:")
    assert "SYNCER_PASSWORD" in done.err
