"""`syncer wire scrub`, run as a person runs it."""

from pathlib import Path

import pytest

from tests.cli.running import syncer
from tests.files.test_har import message, text, websocket

LOGIN = message('{"mt":"AppLogin","app":"a","digest":"d1d1","sip":"bob"}')
HAR = text(websocket(LOGIN, message('{"mt":"Set","turnPassword":"c1c1","name":"HQ"}')), pages=[])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "devices.har"
    path.write_text(HAR)
    return path


async def test_what_it_says(tmp_path: Path, path: Path) -> None:
    done = await syncer("wire", "scrub", "devices.har", "--out", "shared.har", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "wrote shared.har: 2 messages of 1 connection, as HAR\n"
        "\n"
        "Replaced by placeholders:\n"
        "       1  digest\n"
        "       1  sip\n"
        "       1  turnPassword\n"
        "\n"
        "note: whatever is no message was dropped: other requests, headers, cookies, what follows a ? in\n"
        "      urls, console output\n"
        "note: what is secret but does not stand under the name of a secret cannot be known; names,\n"
        "      descriptions, addresses of devices and servers and domain names are as recorded: read the file\n"
        "      before you share it\n"
    )
    written = (tmp_path / "shared.har").read_text()
    assert "d1d1" not in written
    assert "c1c1" not in written
    assert "HQ" in written
    assert (tmp_path / "shared.har").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "devices.har").read_text() == HAR


async def test_refusals(tmp_path: Path, path: Path) -> None:
    (tmp_path / "no.har").write_text('{"log":{"entries":[]}}')
    for args, told in {
        ("none.har", "--out", "b"): "none.har: there is no such file; correct the name\n",
        ("devices.har", "--out", "no.har"): (
            "error: no.har exists already; name another file, or overwrite it with --force\n"
        ),
        ("devices.har", "--out", "devices.har", "--force"): (
            "error: devices.har is the recording itself; name another file\n"
        ),
        ("no.har", "--out", "b"): (
            "no.har: there is no websocket in the HAR; in Chrome or Edge open the network tab before the page is "
            "loaded, click through the Devices App, and save everything as HAR, with content\n"
        ),
    }.items():
        done = await syncer("wire", "scrub", *args, cwd=tmp_path)
        assert (done.code, done.out, done.err) == (1, "", told)
    assert (await syncer("wire", "scrub", "devices.har", cwd=tmp_path)).code == 64
    assert not (tmp_path / "b").exists()
    assert (tmp_path / "devices.har").read_text() == HAR


async def test_force(tmp_path: Path, path: Path) -> None:
    (tmp_path / "b").write_text("old")
    assert (await syncer("wire", "scrub", "devices.har", "--out", "b", "--force", cwd=tmp_path)).code == 0
    environ = {"SYNCER_FORCE": "1"}
    assert (await syncer("wire", "scrub", "devices.har", "--out", "b", cwd=tmp_path, environ=environ)).code == 1


async def test_a_trace_of_a_real_server_stays_one(tmp_path: Path) -> None:
    """With the lines that tell of its connections."""
    time = '"time":"2026-05-04T09:30:00.000000Z","connection":1'
    lines = ['"event":"opened","url":"wss://h/d/i/a"', '"direction":"sent","size":9,"message":{"mt":"A"}']
    (tmp_path / "a.trace").write_text("".join(f"{{{time},{line}}}\n" for line in lines))
    assert (await syncer("wire", "scrub", "a.trace", "--out", "b.trace", cwd=tmp_path)).code == 0
    shown = await syncer("wire", "show", "--trace", "b.trace", cwd=tmp_path)
    assert (shown.code, shown.err) == (0, "")
    assert "09:30:00.000000  #1   opened             wss://h/d/i/a\n" in shown.out
    assert "09:30:00.000000  #1   sent            9  A\n" in shown.out


@pytest.mark.parametrize("time", ["1e300", "253402300800", "-1", "253402300799.9999999"])
async def test_a_time_beyond_all_dates(tmp_path: Path, time: str) -> None:
    (tmp_path / "a.jsonl").write_text(f'{{"time":{time},"direction":"sent","message":{{"mt":"A"}}}}\n')
    done = await syncer("wire", "scrub", "a.jsonl", "--out", "b.jsonl", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")


async def test_a_trace_stays_a_trace(tmp_path: Path) -> None:
    """Shared as lines, it is one that can be shown."""
    sent = '"direction":"sent","size":9,"message":{"mt":"A","pin":"1"}'
    (tmp_path / "a.trace").write_text(f'{{"time":"2026-05-04T09:30:00.000000Z","connection":1,{sent}}}\n')
    done = await syncer("wire", "scrub", "a.trace", "--out", "b.trace", cwd=tmp_path)
    assert done.out.startswith("wrote b.trace: 1 message of 1 connection, as JSON, one line each\n")
    shown = await syncer("wire", "show", "--trace", "b.trace", cwd=tmp_path)
    assert "09:30:00.000000  #1   sent            9  A  {pin: secret-1}\n" in shown.out
