"""`syncer secret set` on a terminal: what is typed is shown nowhere."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.sealed import DOCUMENT, MEDIA, PLAIN, opened
from tests.cli.sealed import repo as repo

pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")

_ON_A_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "syncer.cli.main", *sys.argv[1:]])
"""


@contextmanager
def on_a_terminal(repo: Path, *args: str) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """A process whose terminal is at the other end of what is given."""
    here, there = pty.openpty()
    command = [sys.executable, "-c", _ON_A_TERMINAL, *args]
    process = subprocess.Popen(
        command, cwd=repo, stdin=there, stdout=there, stderr=there, env=os.environ | {"NO_COLOR": "1"}
    )
    os.close(there)
    try:
        yield here, process
    finally:
        process.kill()
        process.wait()
        os.close(here)


def _read_to(terminal: int, end: str) -> str:
    """What it shows up to a text; to its end, where that never comes."""
    shown = b""
    while not end or end.encode() not in shown:
        try:
            more = os.read(terminal, 4096)
        except OSError:  # Linux's way to say that the other end is closed
            break
        if not more:
            break
        shown += more
    return shown.decode()


def _type(terminal: int, text: str) -> None:
    os.write(terminal, f"{text}\n".encode())


def test_the_prompt_shows_nothing_of_what_is_typed(repo: Path) -> None:
    with on_a_terminal(repo, "secret", "set", MEDIA, "turnPassword") as (terminal, process):
        shown = _read_to(terminal, f"turnPassword of {MEDIA}: ")
        _type(terminal, PLAIN)
        shown += _read_to(terminal, "once more: ")
        _type(terminal, "another")
        shown += _read_to(terminal, "do not match")
        shown += _read_to(terminal, f"{MEDIA}: ")
        _type(terminal, PLAIN)
        shown += _read_to(terminal, "once more: ")
        _type(terminal, PLAIN)
        shown += _read_to(terminal, "")
        assert process.wait(60) == 0
    assert "correct" not in shown
    assert "another" not in shown
    assert "is sealed for 1 recipient" in shown
    assert opened(repo) == {(MEDIA, "turnPassword"): PLAIN}


def test_ctrl_c_at_the_prompt(repo: Path) -> None:
    with on_a_terminal(repo, "secret", "set", MEDIA, "turnPassword") as (terminal, process):
        _read_to(terminal, ": ")
        os.write(terminal, b"half\x03")
        shown = _read_to(terminal, "")
        assert process.wait(60) == 130
    assert "interrupted" in shown
    assert "half" not in shown
    assert (repo / "domains/a.yaml").read_text("utf-8") == DOCUMENT


def test_what_is_wrong_is_told_before_anything_is_asked(repo: Path) -> None:
    with on_a_terminal(repo, "secret", "set", MEDIA, "turnUser") as (terminal, process):
        assert _read_to(terminal, "") == "error: turnUser is no secret; its secrets: turnPassword\r\n"
        assert process.wait(60) == 1
