"""`syncer watch` as a process: what it prints, when it says that it is ready, and how it ends."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from syncer.emulator import Emulator, Store
from tests.cli.running import PASSWORD, repository, syncer

DOCUMENT = "domain: example.com\nconfigs:\n  - {type: NTP, desc: time, categories: [], ntp1: ptb}\n"
TIME = "config[example.com/NTP/time]"
EVIL, GOOD = {"ntp1": "\x1b[31mevil"}, {"ntp1": "ptb"}


class Service:
    """A service in step with a repository."""

    def __init__(self, store: Store, repo: Path) -> None:
        self.store, self.repo = store, repo
        self.config = store.add_config(1, {"type": "NTP", "desc": "time", **GOOD})


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    with Store(":memory:", password=PASSWORD) as store:
        async with Emulator(store).start() as running:
            repo = repository(tmp_path / "repo", running.url, DOCUMENT, more="    insecure: true\n")
            yield Service(store, repo)


@asynccontextmanager
async def begun(service: Service, *args: str, **environ: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A watch that goes on until it is told to end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "syncer.cli.main", "watch", *args),
        cwd=service.repo,
        env=os.environ | {"SYNCER_PASSWORD": PASSWORD, "PYTHONUTF8": "1"} | environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line(process: asyncio.subprocess.Process) -> str:
    """The next one that it prints, without its time."""
    assert process.stdout is not None
    async with asyncio.timeout(30):
        found = (await process.stdout.readline()).decode()
    time, _, text = found.partition(" ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", time), found
    return text.rstrip("\n")


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    """Exit code, what else was printed, stderr."""
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_a_story(service: Service) -> None:
    async with begun(service) as process:
        assert await line(process) == "in step: 2 unchanged, 0 unmanaged"
        service.store.update_config(service.config, EVIL)
        assert await line(process) == f'drifted: {TIME}: ntp1: the files say ptb, live "\\x1b[31mevil"'
        service.store.update_config(service.config, GOOD)
        assert await line(process) == f"in step again: {TIME}"
        assert await line(process) == "in step: 2 unchanged, 0 unmanaged"
        process.send_signal(signal.SIGTERM)
        code, out, err = await ended(process)
    assert (code, out) == (0, "")
    assert err.startswith("warning: ") or not err


async def test_ctrl_c(service: Service) -> None:
    async with begun(service) as process:
        await line(process)
        process.send_signal(signal.SIGINT)
        code, out, err = await ended(process)
    assert (code, out) == (130, "")
    assert err.endswith("interrupted\n")
    assert "Traceback" not in err


async def test_events_for_programs(service: Service) -> None:
    async with begun(service, "--format", "json") as process:
        first = await event(process)
        service.store.update_config(service.config, EVIL)
        drifted = await event(process)
        process.send_signal(signal.SIGTERM)
        assert (await ended(process))[:2] == (0, "")
    assert (first["format"], first["drifted"], first["new"], first["gone"]) == ("syncer-drift/1", [], [], [])
    assert (drifted["drifted"], drifted["new"], drifted["gone"]) == ([TIME], [TIME], [])
    assert drifted["plan"]["changes"][0]["diff"][0]["before"] == EVIL["ntp1"]
    (service.repo / "event.json").write_text(json.dumps(drifted["plan"]))
    shown = await syncer("show", "event.json", cwd=service.repo)
    assert TIME in shown.out


async def event(process: asyncio.subprocess.Process) -> Any:
    """The next one."""
    assert process.stdout is not None
    async with asyncio.timeout(30):
        return json.loads(await process.stdout.readline())


async def test_systemd_is_told(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(path))
        told.setblocking(False)
        async with begun(service, NOTIFY_SOCKET=str(path)) as process:
            await line(process)
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(30):
                heard = [await loop.sock_recv(told, 4096) for _ in range(2)]
            process.send_signal(signal.SIGTERM)
            assert (await ended(process))[0] == 0
            async with asyncio.timeout(30):
                heard.append(await loop.sock_recv(told, 4096))
    assert heard == [b"READY=1", b"STATUS=connected, 0 drifted", b"STOPPING=1"]


@pytest.mark.parametrize("fields, code", [(GOOD, 0), (EVIL, 2)])
async def test_once(service: Service, fields: dict[str, str], code: int) -> None:
    service.store.update_config(service.config, fields)
    assert (await syncer("watch", "--once", cwd=service.repo)).code == code


async def test_once_without_a_server(service: Service) -> None:
    done = await syncer("watch", "--once", cwd=service.repo, environ={"SYNCER_PASSWORD": "wrong"})
    assert (done.code, done.out) == (1, "")
    assert "the login to innovaphone-devices-api of example.com was refused" in done.err


@pytest.mark.parametrize("said", [("--apply",), ("--yes",), ("--once", "--apply", "--yes")])
async def test_what_must_be_said_together(service: Service, said: tuple[str, ...]) -> None:
    done = await syncer("watch", *said, cwd=service.repo)
    assert (done.code, done.out) == (64, "")


async def test_apply_is_said_each_time(service: Service) -> None:
    service.store.update_config(service.config, EVIL)
    done = await syncer("watch", "--once", cwd=service.repo, environ={"SYNCER_APPLY": "1", "SYNCER_YES": "1"})
    assert done.code == 2
    found = service.store.config(service.config)
    assert found is not None
    assert found.fields["ntp1"] == EVIL["ntp1"]
