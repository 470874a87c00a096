"""What a hostile reviewer found at the command line; each test would have caught it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from syncer.emulator import Emulator, Options, Running, Store
from tests.cli.running import PASSWORD, repository, syncer

DOCUMENT = "domain: example.com\nconfigs:\n" + "".join(
    f"  - {{type: NTP, desc: time {n}, categories: [], ntp1: ptb}}\n" for n in range(30)
)
TWO = """\
version: 1
servers:
  local: {url: 'emulator:.syncer/a.sqlite'}
  production: {url: 'emulator:.syncer/b.sqlite'}
files: [domains]
"""


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    with Store(":memory:", password=PASSWORD) as store:
        async with Emulator(store, options=Options(latency=0.05)).start() as service:
            yield service


@pytest.fixture
def two(tmp_path: Path) -> Path:
    repo = repository(tmp_path / "two", "emulator::memory:", DOCUMENT)
    (repo / "syncer.yaml").write_text(TWO)
    return repo


@pytest.mark.parametrize("args", [["--server", "local", "plan"], ["plan", "--server", "local"]])
async def test_what_is_typed_beats_the_environment(two: Path, args: list[str]) -> None:
    done = await syncer(*args, cwd=two, environ={"SYNCER_SERVER": "production", "SYNCER_DIRECTORY": "/nowhere"})
    assert done.code == 1
    done = await syncer(
        "-C", str(two), *args, cwd=two, environ={"SYNCER_SERVER": "production", "SYNCER_DIRECTORY": "/"}
    )
    assert done.out.startswith("Plan for local ("), done.err
    by_environment = await syncer("plan", cwd=two, environ={"SYNCER_SERVER": "production"})
    assert by_environment.out.startswith("Plan for production (")


async def test_a_named_folder_is_the_repository_itself(two: Path) -> None:
    (two / "sub").mkdir()
    assert (await syncer("plan", cwd=two / "sub")).code == 0
    done = await syncer("-C", "sub", "plan", cwd=two)
    assert done.code == 1
    assert done.err.startswith("error: no syncer.yaml in ")


async def test_only_from_the_environment_is_a_glob_a_line(two: Path) -> None:
    done = await syncer("plan", cwd=two, environ={"SYNCER_ONLY": "config[*/time 1]\nconfig[*/time 2]"})
    assert "Plan: 2 to create" in done.out
    typo = await syncer("plan", "--only", "typo", cwd=two)
    assert (typo.code, typo.err) == (1, "--only typo names nothing in the files or on the server; correct it\n")


def test_a_broken_stdout_does_not_turn_an_apply_into_a_failure(two: Path) -> None:
    command = [sys.executable, "-m", "syncer.cli.main", "apply", "--yes", "--format", "json", "--server", "local"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, cwd=two, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writing)
    assert done.returncode == 0
    assert done.stderr.splitlines()[-1].startswith("30 of 30 changes were applied, but stdout took no report")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_stdout(two: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "syncer.cli.main", "plan", "--server", "local"]
        done = subprocess.run(command, cwd=two, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == "error: stdout cannot be written: No space left on device\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("times", [1, 2])
async def test_an_interrupted_apply_tells_what_was_written(tmp_path: Path, running: Running, times: int) -> None:
    repo = repository(tmp_path / "r", running.url, DOCUMENT)
    command = ["apply", "--yes", "--unverified-wire", "--parallelism", "2"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "syncer.cli.main", *command),
        cwd=repo,
        env=os.environ | {"SYNCER_PASSWORD": PASSWORD, "PYTHONUTF8": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        while len(running.emulator.store.configs(1)) < 4:  # noqa: ASYNC110  # it happens in another process
            await asyncio.sleep(0.01)
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            await asyncio.sleep(0.02)
        out, err = await process.communicate()
    assert process.returncode == 130
    assert b"Traceback" not in err
    told = out.decode().splitlines()
    there = len(running.emulator.store.configs(1))
    if times == 1:
        assert "interrupted; the server is as it was; the journal is " in err.decode()
        assert there == 0
        assert sum(line.startswith("rolled back") for line in told) >= 4
        return
    applied, unknown = (sum(line.startswith(word) for line in told) for word in ("applied", "unknown"))
    assert applied <= there <= applied + unknown < 30
    assert "interrupted; the server is part-way: `syncer recover` goes on from the journal " in err.decode()


async def test_folders_that_cannot_be_made(two: Path) -> None:
    (two / "syncer.yaml").write_text(TWO.replace(".syncer/a.sqlite", "syncer.yaml/a.sqlite"))
    done = await syncer("plan", "--server", "local", cwd=two)
    assert done.code == 1
    assert done.err.startswith("error: ")
    assert "cannot be made or written" in done.err


async def test_odd_values_of_options(two: Path) -> None:
    assert (await syncer("--timeout", "nan", "plan", cwd=two)).code == 64
    assert (await syncer("emulator", "serve", "--password", "", cwd=two)).code == 64
    nameless = await syncer("plan", "--server", "local", "--out", "", cwd=two)
    assert nameless.code in (1, 64)


async def test_export_names_the_files_in_its_way(two: Path) -> None:
    assert (await syncer("apply", "--yes", "--server", "local", cwd=two)).code == 0
    (two / "domains" / "more.yaml").write_text("domain: example.com\nconfigs: [{type: NTP, desc: x, categories: []}]\n")
    done = await syncer("export", "--force", "--server", "local", cwd=two)
    assert done.code == 0
    assert "more.yaml is read too; remove what it repeats of the files that were written" in done.err
    elsewhere = await syncer("export", "--out", "other", "--server", "local", cwd=two)
    assert "is not among `files` of syncer.yaml, so no plan reads it" in elsewhere.err


async def test_a_wire_profile_that_is_another_file_is_not_quoted(two: Path) -> None:
    (two / "secret.yaml").write_text("top secret\n")
    settings = TWO.replace("a.sqlite'", "a.sqlite', wire_profile: secret.yaml")
    (two / "syncer.yaml").write_text(settings)
    done = await syncer("plan", "--server", "local", cwd=two)
    assert done.code == 1
    assert "no wire profile; name a YAML file with format: syncer-wire/1" in done.err
    assert "top secret" not in done.err
