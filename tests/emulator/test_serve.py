"""`syncer emulator serve`, as a person or a script meets it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from click.testing import CliRunner

from syncer.cli.emulator import emulator
from syncer.errors import SyncerError
from tests.emulator.conftest import names
from tests.emulator.rawclient import logged_in

PROFILE = """
format: syncer-wire/1
name: mine
origin: learned
operations:
  create_domain: {request: {mt: Make, name: $name}, response: {mt: Made, id: /id}}
"""


@asynccontextmanager
async def serving(
    *options: str, end: int = signal.SIGTERM, environ: Mapping[str, str] = {}
) -> AsyncIterator[tuple[Any, str]]:
    """The command in a process of its own: its line on stdout, and its process, which must end well."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "syncer.cli.main", "emulator", "serve", *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={**os.environ, **environ},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), 10)
        ready = json.loads(line)
        yield ready, ready["url"]
    finally:
        process.send_signal(end)
        out, err = await asyncio.wait_for(process.communicate(), 10)
    assert (process.returncode, out) == (0, b""), err
    assert b"Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_its_url_and_serves_until_it_is_told_to_end(tmp_path: Path, end: int) -> None:
    data, load, profile = tmp_path / "e.sqlite", tmp_path / "load", tmp_path / "mine.yaml"
    load.mkdir()
    (load / "a.json").write_text('{"domains": [{"name": "a.com"}]}')
    profile.write_text(PROFILE)
    options = ("--data", str(data), "--load", str(load), "--wire-profile", str(profile), "--password", "pw")
    async with serving(*options, "--page-size", "1", end=end) as (ready, url):
        assert list(ready) == ["url"]
        assert url.startswith("ws://127.0.0.1:")
        async with logged_in(url, password="pw") as client:
            assert (await client.ask('{"mt":"Make","name":"b.com"}'))["mt"] == "Made"
            pages = await client.pages('{"mt":"GetDomains"}')
            assert [page["domains"][0]["name"] for page in pages] == ["example.com", "a.com", "b.com"]
    assert names(tmp_path) == ["e.sqlite", "load", "mine.yaml"]


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
async def test_options_are_read_from_the_environment_too(tmp_path: Path) -> None:
    pair = trustme.CA().issue_cert("127.0.0.1")
    pair.private_key_pem.write_to_path(tmp_path / "key.pem")
    pair.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    environ = {
        "SYNCER_CERTIFICATE": str(tmp_path / "cert.pem"),
        "SYNCER_KEY": str(tmp_path / "key.pem"),
        "SYNCER_LATENCY": "1ms",
        "SYNCER_PORT": "0",
    }
    async with serving(environ=environ) as (_, url):
        assert url.startswith("wss://")


def failing(*options: str) -> str:
    """What the command says when it cannot start."""
    result = CliRunner().invoke(emulator, ["serve", *options])
    assert isinstance(result.exception, SyncerError), result.output
    assert result.stdout == ""
    return str(result.exception)


def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_text("mt: [")
    (tmp_path / "bad.json").write_text("{")
    assert f"{bad}: not usable as an emulator's data" in failing("--data", str(bad))
    assert failing("--data", str(tmp_path)).startswith(f"{tmp_path}: cannot be opened")
    assert failing("--load", str(tmp_path)).startswith(f"{tmp_path / 'bad.json'}:1:2: not JSON")
    assert failing("--wire-profile", str(bad)).startswith(f"{bad}:")
    none = tmp_path / "none"
    assert failing("--wire-profile", str(none)) == f"{none}: cannot be read: No such file or directory"
    assert failing("--certificate", str(bad), "--key", str(bad)) == f"{bad}, {bad}: cannot be used: not a pair in PEM"
    assert "cannot listen on 192.0.2.1:" in failing("--host", "192.0.2.1")


@pytest.mark.parametrize(
    "options",
    [
        ["--port", "70000"],
        ["--latency", "20"],
        ["--latency", "-1ms"],
        ["--page-size", "0"],
        ["--chunk-size", "x"],
        ["--key", "key.pem"],
        ["extra"],
    ],
)
def test_wrong_usage(options: list[str]) -> None:
    result = CliRunner().invoke(emulator, ["serve", *options])
    assert result.exit_code == 2  # click's own; the command line's entry makes it 64
    assert "Error:" in result.stderr
