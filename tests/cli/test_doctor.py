"""`syncer doctor` as a person meets it: what it prints, when, and its exit code."""

import asyncio
import json
import os
import ssl
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from syncer.cli.main import cli
from syncer.emulator import Emulator, Running, Store, When
from syncer.emulator.faults import Refuse
from syncer.files.journals import JournalFile
from syncer.wire.profile import builtin
from tests.cli.running import PASSWORD, repository, syncer
from tests.cli.test_progress import Terminal
from tests.model.journals import beginning, write_of
from tests.transport.scripted import plain_server
from tests.transport.test_dial import free_port

DOCUMENT = "domain: example.com\nconfigs:\n  - {type: NTP, desc: time, categories: []}\n"
APP_PATH = "/example.com/devices/innovaphone-devices-api"
AREAS = ["settings", "url", "dns", "tcp", "tls", "websocket", "login", "rights", "clock", "api"]
AREAS += ["profile", "receipt", "files", "state"]


@pytest.fixture
def repo(tmp_path: Path, running: Running) -> Path:
    """Of a server that nothing is wrong with, and that the profile is proven on."""
    repo = repository(tmp_path / "repo", running.url, DOCUMENT)
    profile = builtin("conventional")
    entry = {"profile": profile.digest, "date": "2026-11-24T18:00:00+00:00", "operations": sorted(profile.operations)}
    (repo / "wire").mkdir()
    receipt = {"format": "syncer-receipt/1", "servers": {running.url: entry}}
    (repo / "wire" / "conventional.verified.json").write_text(json.dumps(receipt))
    return repo


def lines(out: str) -> list[tuple[str, str]]:
    """Status and area of each check, and the rest of the text left aside."""
    first = [line.split() for line in out.splitlines() if line and not line.startswith(" ")]
    return [(status, area) for status, area, *_ in first[:-1]]


def flat(out: str) -> str:
    """What is wrapped, in one line."""
    return " ".join(out.split())


async def test_all_is_well(repo: Path) -> None:
    done = await syncer("doctor", cwd=repo)
    assert (done.code, done.err) == (0, "")
    checks = lines(done.out)
    assert list(dict.fromkeys(area for _, area in checks)) == AREAS
    assert {status for status, _ in checks} == {"ok"}
    assert done.out.endswith(f"\n\n{len(checks)} ok.\n")
    assert "syncer.yaml, server production ok url ws://127.0.0.1:" in flat(done.out)
    assert "ok       rights     admin: sees and may change every domain (1: example.com)\n" in done.out


async def test_a_warning_is_no_failure(repo: Path) -> None:
    (repo / "wire" / "conventional.verified.json").unlink()
    done = await syncer("doctor", cwd=repo)
    assert (done.code, done.err) == (0, "")
    assert [area for status, area in lines(done.out) if status != "ok"] == ["profile", "receipt"]
    assert done.out.count("=> ") == 2
    assert "=> prove it on this server: syncer wire verify\n" in done.out


async def test_for_programs(repo: Path) -> None:
    done = await syncer("doctor", "--format", "json", cwd=repo)
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert (found["format"], found["ok"]) == ("syncer-doctor/1", True)
    assert list(dict.fromkeys(check["name"] for check in found["checks"])) == AREAS


async def test_a_failure_for_programs(repo: Path) -> None:
    done = await syncer("doctor", "--format", "json", cwd=repo, environ={"SYNCER_PASSWORD": "wrong-pw"})
    assert (done.code, done.err) == (1, "")
    assert "wrong-pw" not in done.out
    found = json.loads(done.out)
    assert (found["ok"], found["summary"]["failed"], found["summary"]["skipped"]) == (False, 1, 2)
    (failed,) = (check for check in found["checks"] if check["status"] == "failed")
    assert failed["name"] == "login"
    assert failed["hint"] == "check the password, and app and domain in syncer.yaml"


async def test_another_format(repo: Path) -> None:
    assert (await syncer("doctor", "--format", "html", cwd=repo)).code == 64


async def test_the_trace_has_no_secret(repo: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace.jsonl"
    done = await syncer("doctor", "--trace", str(trace), cwd=repo)
    assert done.code == 0
    assert "AppLogin" in trace.read_text()
    assert PASSWORD not in trace.read_text()


def _url(repo: Path, url: str) -> None:
    settings = repo / "syncer.yaml"
    old = next(line for line in settings.read_text().splitlines() if "url:" in line)
    settings.write_text(settings.read_text().replace(old, f"    url: {url}"))


def _no_settings(repo: Path) -> None:
    (repo / "syncer.yaml").unlink()


def _no_dns(repo: Path) -> None:
    _url(repo, f"wss://phones.invalid{APP_PATH}")


def _wrong_port(repo: Path) -> None:
    _url(repo, f"ws://127.0.0.1:{free_port()}{APP_PATH}")


def _another_app(repo: Path) -> None:
    settings = repo / "syncer.yaml"
    settings.write_text(settings.read_text().replace("innovaphone-devices-api", "another-app"))


def _no_tls(repo: Path) -> None:
    settings = repo / "syncer.yaml"
    settings.write_text(settings.read_text().replace("ws://", "wss://"))


def _no_profile(repo: Path) -> None:
    settings = repo / "syncer.yaml"
    settings.write_text(settings.read_text().replace("files:", "    wire_profile: wire/none.yaml\nfiles:"))


def _broken_receipt(repo: Path) -> None:
    (repo / "wire" / "conventional.verified.json").write_text("{")


def _broken_file(repo: Path) -> None:
    (repo / "domains" / "example.com.yaml").write_text("domain: example.com\nconfigs:\n")


def _unfinished(repo: Path) -> None:
    url = next(line for line in (repo / "syncer.yaml").read_text().splitlines() if "url:" in line).split()[1]
    with JournalFile.create(repo / ".syncer" / "journal", "20261123T195622.123456Z-1a2b3c4d") as journal:
        for entry in (*beginning(1, server_name="production", server_url=url), *write_of(0, None)):
            journal.append(entry)


@pytest.mark.parametrize(
    "damage, area, said, hint",
    [
        (_no_settings, "settings", "no syncer.yaml in", "run `syncer init` to begin a repository"),
        (_no_dns, "dns", "unknown host phones.invalid", "check the url, and this machine's DNS"),
        (_wrong_port, "tcp", "refused", "check host and port"),
        (_no_tls, "tls", "no TLS there", "check host and port of the server's url, and that TLS is spoken there"),
        (
            _another_app,
            "websocket",
            "an HTTP answer (status 404)",
            "no such app is there; correct the host or the path",
        ),
        (_no_profile, "profile", "wire_profile /", "correct the name"),
        (_broken_receipt, "receipt", "the receipt is cut off", "move it away, and prove the profile again"),
        (_broken_file, "files", "domains/example.com.yaml:2:", "write [] if there are to be none"),
        (_unfinished, "state", "an apply did not come to its end", "see what is left to be done: syncer recover"),
    ],
    ids=["settings", "dns", "tcp", "tls", "websocket", "profile", "receipt", "files", "state"],
)
async def test_what_failed(repo: Path, damage: Callable[[Path], None], area: str, said: str, hint: str) -> None:
    damage(repo)
    done = await syncer("-C", str(repo), "doctor", cwd=repo)
    assert (done.code, done.err) == (1, "")
    assert [found for status, found in lines(done.out) if status == "failed"] == [area]
    _, failed, after = flat(done.out).partition(f"failed {area} ")
    what, arrow, after = after.partition(" => ")
    assert failed
    assert arrow
    assert said in what
    assert after.startswith(hint)
    assert done.out.count(f"not tried, since {area} failed") == done.out.count("\nskipped")
    assert "1 failed" in done.out.splitlines()[-1]


@pytest.mark.parametrize("mt, area", [("AppLogin", "login"), ("GetDomains", "rights"), ("GetDevices", "api")])
async def test_what_the_server_refuses(repo: Path, running: Running, mt: str, area: str) -> None:
    running.emulator.faults.add(Refuse("\x1b[2J\x07no"), When(mt=mt))
    done = await syncer("doctor", cwd=repo)
    assert (done.code, done.err) == (1, "")
    assert [found for status, found in lines(done.out) if status == "failed"] == [area]
    assert r"\x1b[2J\x07no" in done.out
    assert "\x1b" not in done.out


async def test_an_expired_certificate(tmp_path: Path) -> None:
    ca, now = trustme.CA(), datetime.now(UTC)
    leaf = ca.issue_cert("127.0.0.1", not_before=now - timedelta(days=30), not_after=now - timedelta(days=3, hours=1))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    with Store(":memory:", password=PASSWORD) as store:
        async with Emulator(store).start(ssl=context) as service:
            repo = repository(tmp_path / "repo", service.url, DOCUMENT, more="    ca_file: ca.pem\n")
            ca.cert_pem.write_to_path(str(repo / "ca.pem"))
            done = await syncer("doctor", cwd=repo)
    assert (done.code, done.err) == (1, "")
    assert f"the certificate expired on {now - timedelta(days=3, hours=1):%Y-%m-%d}, 3 days ago\n" in done.out
    assert f"{' ' * 20}=> renew the certificate on the server\n" in done.out
    assert "skipped  login      not tried, since tls failed\n" in done.out


async def test_each_line_comes_as_soon_as_it_is_known(tmp_path: Path) -> None:
    """A server that takes its time keeps nobody from what is known already."""
    seen = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        await seen.wait()

    async with plain_server(hold) as port:
        repo = repository(tmp_path / "repo", f"ws://127.0.0.1:{port}{APP_PATH}", DOCUMENT)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "syncer.cli.main", "-C", str(repo), "doctor", "--timeout", "10m"),
            env=os.environ | {"SYNCER_PASSWORD": PASSWORD},
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        async with asyncio.timeout(60):
            while not (await process.stdout.readline()).startswith(b"ok       tls "):
                pass
            seen.set()
            rest = await process.stdout.read()
        assert await process.wait() == 1
    assert rest.startswith(b"failed   websocket")


@pytest.mark.parametrize("no_color", ["", "1"])
def test_colours_only_where_they_are_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_color: str) -> None:
    repo = repository(tmp_path / "repo", "'emulator::memory:'", DOCUMENT)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr(sys, "stdout", screen := Terminal())
    assert cli.main(["-C", str(repo), "doctor"], standalone_mode=False) == 0
    assert ("\x1b[32mok " in screen.getvalue()) is (no_color == "")
    assert ("\x1b" in screen.getvalue()) is (no_color == "")
    assert screen.getvalue().endswith("16 ok.\n" if no_color else "16 ok.\x1b[0m\n")
