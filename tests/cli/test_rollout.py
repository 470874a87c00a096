"""A staged rollout: some first, then a wait and a check, then the rest or a rollback."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from syncer.emulator import Emulator, Running, Store, When
from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.service import Service
from tests.cli.running import PASSWORD, Done, repository, syncer

DOCUMENT = """\
domain: example.com
categories: [{name: Reception}, {name: Offices}]
configs:
  - {type: PHONE, desc: reception, categories: [Reception], gk1: new}
  - {type: PHONE, desc: offices, categories: [Offices], gk1: new}
"""
FIRST = ["--first", "config[example.com/PHONE/reception]"]


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    with Store(":memory:", password=PASSWORD) as store:
        for name in ("Reception", "Offices"):
            category = store.add_category(1, name, True)
            store.add_config(1, {"type": "PHONE", "desc": name.lower(), "gk1": "old"}, [category])
            store.add_device(1, {"hwId": f"hw-{name}", "name": f"{name} phone", "online": True}, [category])
        async with Emulator(store).start() as service:
            yield service


@pytest.fixture
def repo(running: Running, tmp_path: Path) -> Path:
    return repository(tmp_path / "repo", running.url, DOCUMENT, more="    insecure: true\n")


async def apply(repo: Path, *args: str) -> Done:
    return await syncer("apply", "--yes", "--unverified-wire", *args, cwd=repo)


def gatekeepers(running: Running) -> list[str]:
    return [str(one.fields["gk1"]) for one in running.emulator.store.configs(1)]


async def test_devices_that_stay_online(running: Running, repo: Path) -> None:
    done = await apply(repo, *FIRST, "--wait", "50ms")
    assert done.code == 0, done.err
    assert gatekeepers(running) == ["new", "new"]


class GoesOffline:
    """The phone is lost with its first update, as with a wrong gatekeeper."""

    def __call__(self, call: Call, handle: Handler, service: Service, /) -> Answer:
        answer = handle(call)
        service.store.update_device(1, {"online": False})
        return answer


async def test_a_device_that_goes_offline_takes_it_back(running: Running, repo: Path) -> None:
    running.emulator.faults.add(GoesOffline(), When(operation="update_config", nth=1))
    done = await apply(repo, *FIRST)
    assert done.code == 5, done.err
    assert gatekeepers(running) == ["old", "old"]
    assert "failed: 1 of 1 devices went offline: Reception phone; the server is as it was" in done.err
    assert "rolled back  update  config[example.com/PHONE/reception]" in " ".join(done.out.split(" ")) or (
        "rolled back" in done.out
    )


async def test_a_command_that_decides(running: Running, repo: Path) -> None:
    good = await apply(repo, *FIRST, "--check", "echo looks good")
    assert good.code == 0
    assert "looks good" in good.err  # results are for stdout alone
    assert "looks good" not in good.out


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")
async def test_a_command_gets_no_password(repo: Path) -> None:
    done = await apply(repo, *FIRST, "--check", 'test -z "$SYNCER_PASSWORD"')
    assert done.code == 0, done.err


async def test_a_command_that_says_no(running: Running, repo: Path) -> None:
    done = await apply(repo, *FIRST, "--check", "exit 3")
    assert done.code == 5
    assert "failed: the check exit 3 failed (exit code 3); the server is as it was" in done.err
    assert gatekeepers(running) == ["old", "old"]


async def test_stop_leaves_the_first_ones(running: Running, repo: Path) -> None:
    done = await apply(repo, *FIRST, "--check", "false", "--on-error", "stop")
    assert done.code == 6
    assert gatekeepers(running) == ["new", "old"]


async def test_a_check_that_cannot_be_made_is_an_error_beforehand(running: Running, repo: Path) -> None:
    running.emulator.store.update_device(1, {"online": False})
    done = await apply(repo, *FIRST)
    assert done.code == 1
    assert "none of the devices that the first changes reach is online" in done.err
    assert "say how to check with --check COMMAND" in done.err
    assert gatekeepers(running) == ["old", "old"]


async def test_globs_that_name_nothing(running: Running, repo: Path) -> None:
    done = await apply(repo, "--first", "config[nowhere*")
    assert done.code == 1
    assert "--first config[nowhere* names none of the changes; correct it" in done.err
    assert gatekeepers(running) == ["old", "old"]


async def test_what_the_first_ones_need_must_be_among_them(running: Running, repo: Path) -> None:
    more = DOCUMENT.replace("{name: Offices}", "{name: Offices}, {name: New}").replace("[Reception], gk1", "[New], gk1")
    (repo / "domains" / "example.com.yaml").write_text(more)
    done = await apply(repo, *FIRST, "--check", "true", "--confirm-unreached", "1")
    assert done.code == 1
    assert (
        "--first leaves out category[example.com/New], which config[example.com/PHONE/reception] needs; widen --first"
        in done.err
    )


@pytest.mark.parametrize("args", [["--wait", "5s"], ["--check", "true"]])
async def test_wait_and_check_belong_to_first(repo: Path, args: list[str]) -> None:
    done = await apply(repo, *args)
    assert done.code == 64
    assert "--wait and --check belong to --first" in done.err


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.parametrize("how", [["--wait", "60s", "--check", "true"], ["--check", "sleep 60"]])
async def test_an_interrupt_ends_the_wait_and_takes_it_back(running: Running, repo: Path, how: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "syncer.cli.main", "apply", "--yes", "--unverified-wire", *FIRST, *how),
        cwd=repo,
        env=os.environ | {"SYNCER_PASSWORD": PASSWORD, "PYTHONUTF8": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(20):
        while gatekeepers(running) != ["new", "old"]:  # noqa: ASYNC110  # in another process
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        _, err = await process.communicate()
    assert process.returncode == 130
    assert b"interrupted; the server is as it was" in err
    assert gatekeepers(running) == ["old", "old"]
