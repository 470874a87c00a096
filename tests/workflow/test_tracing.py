"""What a trace tells of connections, good and bad, and what it never tells."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syncer.errors import ConnectionLost, LoginRefused, ServerError, SyncerError, UnreachableServer
from syncer.transport.connection import Connection
from syncer.transport.dial import Endpoint
from syncer.workflow.tracing import Tracing
from tests.transport.scripted import (
    CHALLENGED,
    KEY,
    LOGIN,
    PASSWORD,
    SHOWN,
    Close,
    Drop,
    NoUpgrade,
    Say,
    Script,
    endpoint_at,
    scripted,
)
from tests.transport.test_connection import ASK, ask
from tests.transport.test_dial import free_port

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
TIME = "2026-05-04T09:30:00.000000Z"
LOGGED_IN = [
    "opened",
    "sent AppChallenge",
    "received AppChallengeResult",
    "sent AppLogin",
    "received AppLoginResult",
]


class Traced:
    """A trace, and what is in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.warnings: list[str] = []
        self.tracing = Tracing(path, lambda: NOW, self.warnings.append)

    def on(self, endpoint: Endpoint) -> Endpoint:
        """An endpoint that is traced."""
        return replace(endpoint, trace=self.tracing.start())

    def lines(self) -> list[dict[str, Any]]:
        """All of them."""
        return [json.loads(line) for line in self.path.read_text("utf-8").splitlines()]

    def told(self) -> list[str]:
        """Each in short."""
        return [one.get("event") or f"{one['direction']} {_said(one)}" for one in self.lines()]


def _said(line: Mapping[str, Any]) -> str:
    return str(line["message"]["mt"] if "message" in line else f"({line['broken']})")


@pytest.fixture
def traced(tmp_path: Path) -> Traced:
    return Traced(tmp_path / "a.trace")


async def _talk(traced: Traced, *script: Any) -> object:
    """Log in, ask once, and close."""
    async with scripted((*LOGIN, ASK, *script)) as service:
        connection = await Connection.open(traced.on(service.endpoint()))
        outcome = await ask(connection)
        await connection.close()
        return outcome


async def _failed_login(traced: Traced, script: Script) -> ServerError:
    async with scripted(script) as service:
        with pytest.raises(ServerError) as caught:
            await Connection.open(traced.on(service.endpoint()))
    return caught.value


async def test_every_frame_with_time_connection_direction_and_size(traced: Traced) -> None:
    reply = '{"mt":"GetUserInfoResult","src":"1", "admin": true, "note":"ä"}'
    await _talk(traced, Say(reply))
    assert traced.told() == [*LOGGED_IN, "sent GetUserInfo", "received GetUserInfoResult", "closed"]
    lines = traced.lines()
    assert {line["time"] for line in lines} == {TIME}
    assert {line["connection"] for line in lines} == {1}
    assert lines[0]["url"] == SHOWN
    assert lines[5]["size"] == len('{"mt":"GetUserInfo","src":"1"}')
    assert lines[6] == {
        "time": TIME,
        "connection": 1,
        "direction": "received",
        "size": len(reply.encode()),
        "message": {"mt": "GetUserInfoResult", "src": "1", "admin": True, "note": "ä"},
    }


async def test_nothing_of_the_login_can_be_guessed_from_it(traced: Traced) -> None:
    """Neither what was sent nor what is made of it, in any spelling."""
    await _talk(traced, Say('{"mt":"GetUserInfoResult","src":"1","key":"0e6ff4c7-7a88-40c4-98eb-8c91903933e6"}'))
    text = traced.path.read_text()
    digest = "86b313a3fa40c410732cc5598a776252fcf13dcb47b9543ae7d317e66a9c31ba"
    for secret in (PASSWORD, KEY, digest, "0123456789012345", "0e6ff4c7"):
        for spelled in (secret, secret.upper(), secret.encode().hex()):
            assert spelled not in text
    assert traced.told() == [*LOGGED_IN, "sent GetUserInfo", "received GetUserInfoResult", "closed"]


async def test_a_lost_connection(traced: Traced) -> None:
    assert isinstance(await _talk(traced, Drop()), ConnectionLost)
    assert traced.told() == [*LOGGED_IN, "sent GetUserInfo", "lost"]
    assert traced.lines()[-1]["reason"] == "the connection was lost during GetUserInfo"


async def test_a_farewell_that_quotes_a_secret(traced: Traced) -> None:
    await _talk(traced, Close(4001, "password=s3cret"))
    assert traced.lines()[-1]["reason"] == "the connection was lost during GetUserInfo (code 4001 password=***"


@pytest.mark.parametrize(
    "frame,why", [(b"\x00s3cret", "a binary frame"), ("s3cret", "not JSON"), ("[1]", "not a JSON object")]
)
async def test_garbage_is_told_but_not_quoted(traced: Traced, frame: str | bytes, why: str) -> None:
    await _talk(traced, Say(frame))
    line = next(line for line in traced.lines() if "broken" in line)
    assert line == {"time": TIME, "connection": 1, "direction": "received", "size": len(frame), "broken": why}
    assert traced.told()[-1] == "lost"
    assert "s3cret" not in traced.path.read_text()


async def test_a_refused_login(traced: Traced) -> None:
    refusal = Say('{"mt":"AppLoginResult","errorText":"no"}')
    assert isinstance(await _failed_login(traced, (*CHALLENGED, refusal)), LoginRefused)
    assert traced.told() == [*LOGGED_IN, "lost"]
    assert "was refused (no)" in traced.lines()[-1]["reason"]


async def test_a_refusal_that_quotes_the_login(traced: Traced) -> None:
    """Neither in the message, nor in what is told of the end."""
    digest = "86b313a3fa40c410732cc5598a776252fcf13dcb47b9543ae7d317e66a9c31ba"
    said = f"{digest.upper()} is wrong, 0123456789012345 was asked"
    refusal = await _failed_login(traced, (*CHALLENGED, Say(f'{{"mt":"AppLoginResult","errorText":"{said}"}}')))
    told = "*** is wrong, *** was asked"
    assert f"was refused ({told})" in refusal.what
    assert traced.lines()[-2]["message"] == {"mt": "AppLoginResult", "errorText": told}
    assert f"was refused ({told})" in traced.lines()[-1]["reason"]


async def test_a_farewell_that_quotes_the_key(traced: Traced) -> None:
    outcome = await _talk(traced, Say('{"mt":"X","key":"0e6ff4c7-7a88"}'), Close(4001, f"0e6ff4c7-7a88 {KEY}"))
    assert isinstance(outcome, ConnectionLost)
    assert KEY not in outcome.what
    assert "code 4001 *** ***" in traced.lines()[-1]["reason"]


async def test_what_cannot_be_opened(traced: Traced) -> None:
    with pytest.raises(UnreachableServer):
        await Connection.open(traced.on(endpoint_at(f"ws://127.0.0.1:{free_port()}/")))
    await _failed_login(traced, (NoUpgrade(503),))
    assert traced.lines() == [
        {"time": TIME, "event": "failed", "url": SHOWN, "reason": "the connection was refused"},
        {
            "time": TIME,
            "event": "failed",
            "url": SHOWN,
            "reason": "an HTTP answer (status 503) instead of a websocket",
        },
    ]


async def test_connections_are_numbered(traced: Traced) -> None:
    for _ in range(2):
        await _talk(traced, Say('{"mt":"GetUserInfoResult","src":"1"}'))
    assert [line["connection"] for line in traced.lines() if line.get("event") == "opened"] == [1, 2]


async def test_a_full_disk_ends_the_trace_and_nothing_else(traced: Traced, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("syncer.files.traces.os.write", full)
        outcome = await _talk(traced, Say('{"mt":"GetUserInfoResult","src":"1"}'))
    assert not isinstance(outcome, ServerError)
    assert len(traced.warnings) == 1
    assert "so the trace ends there: No space left on device" in traced.warnings[0]


def test_no_file_before_a_connection_is_tried(traced: Traced) -> None:
    traced.tracing.close()
    assert not traced.path.exists()


def test_a_place_that_cannot_be_written_is_told_first(tmp_path: Path) -> None:
    with pytest.raises(SyncerError, match=r"the trace .* cannot be written: Is a directory; name another file"):
        Traced(tmp_path).tracing.start()
