"""Times on the command line, and the options that every command has."""

from collections.abc import Mapping
from typing import Any

import click
import pytest
from click.testing import CliRunner

from syncer.cli.main import cli
from syncer.cli.options import Duration, with_context
from syncer.workflow import Context

NOTHING: Mapping[str, str] = {}


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("90", 90),
        ("0", 0),
        ("0.5", 0.5),
        ("90s", 90),
        ("1.5s", 1.5),
        ("10m", 600),
        ("1h", 3600),
        ("1h30m", 5400),
        ("1h30m15s250ms", 5415.25),
        ("250ms", 0.25),
        (30, 30),
    ],
)
def test_times(text: Any, seconds: float) -> None:
    assert Duration().convert(text, None, None) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-1",
        "-1s",
        "nan",
        "inf",
        "1e3",
        "10 m",
        "s",
        "1m1h",
        "1h30",
        "10M",
        "\u0661s",
        "1s\n",
        "9" * 5000,
        "1..5s",
    ],
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(click.BadParameter) as caught:
        Duration().convert(text, None, None)
    assert "is no time such as 90s, 10m, 1h30m or 250ms" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_time_that_is_too_short() -> None:
    with pytest.raises(click.BadParameter, match=r"50ms is too short; at least 0\.1s"):
        Duration(minimum=0.1).convert("50ms", None, None)


def context_of(
    monkeypatch: pytest.MonkeyPatch, *args: str, usual: float | None = None, environ: Mapping[str, str] = NOTHING
) -> Context:
    """What a command gets that is called `probe`."""
    seen: list[Context] = []

    def probe(context: Context) -> None:
        seen.append(context)

    decorate = with_context if usual is None else with_context(reconnect_for=usual)
    command = click.command("probe")(decorate(probe))
    monkeypatch.setattr(cli, "get_command", lambda _ctx, _name: command)
    result = CliRunner().invoke(cli, args, env=environ, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return seen[0]


def test_reconnecting_is_longer_where_something_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    assert context_of(monkeypatch, "probe").reconnect_for == 10
    assert context_of(monkeypatch, "probe", usual=60).reconnect_for == 60


@pytest.mark.parametrize("args", [["--reconnect-for", "0", "probe"], ["probe", "--reconnect-for", "0"]])
def test_never_reconnecting(monkeypatch: pytest.MonkeyPatch, args: list[str]) -> None:
    assert context_of(monkeypatch, *args, usual=60).reconnect_for == 0


def test_what_is_typed_beats_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"SYNCER_RECONNECT_FOR": "2m", "SYNCER_TIMEOUT": "5s"}
    assert context_of(monkeypatch, "probe", environ=environ).reconnect_for == 120
    assert context_of(monkeypatch, "probe", "--reconnect-for", "7", environ=environ).reconnect_for == 7
    assert context_of(monkeypatch, "probe", environ=environ).timeout == 5
    assert context_of(monkeypatch, "probe", "--timeout", "30").timeout == 30
