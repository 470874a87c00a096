"""Bars on a terminal, late and gone in time; nothing elsewhere, and nothing fails for them."""

import io
import sys
import time

import pytest

from syncer.cli import progress
from syncer.cli.output import lasting_stderr
from syncer.cli.progress import Bars, rate


class Terminal(io.StringIO):
    """A person is there."""

    def isatty(self) -> bool:
        return True


class Gone(Terminal):
    """A person was there."""

    def write(self, _text: str) -> int:
        raise OSError(5, "Input/output error")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(progress, "_QUIET_FOR", 0.1)
    return Terminal()


def count(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, seconds: float) -> str:
    """What is shown of ten things in that time, before `close`."""
    monkeypatch.setattr(sys, "stderr", stream)
    with lasting_stderr():
        bars = Bars()
        tick = bars.phase("reading", 20)
        for _ in range(10):
            tick(1)
            time.sleep(seconds / 10)
        shown = stream.getvalue()
        bars.close()
        bars.close()
    return shown


def test_how_far_and_how_fast(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = count(terminal, monkeypatch, 1.0)
    assert "reading" in shown
    assert "/20" in shown
    assert "/s" in shown


def test_nothing_at_first(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_QUIET_FOR", 30)
    assert count(terminal, monkeypatch, 0.2) == ""
    assert terminal.getvalue() == ""


def test_nothing_where_nobody_is(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = io.StringIO()
    assert count(nobody, monkeypatch, 0.3) == ""
    assert nobody.getvalue() == ""


def test_a_terminal_that_is_gone(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[object] = []
    monkeypatch.setattr("threading.excepthook", failed.append)
    count(Gone(), monkeypatch, 0.5)
    assert failed == []


@pytest.mark.parametrize("speed, shown", [(None, ""), (0, "0.0/s"), (12.34, "12.3/s"), (1234.5, "1234.5/s")])
def test_rates(speed: float | None, shown: str) -> None:
    assert rate(speed) == shown
