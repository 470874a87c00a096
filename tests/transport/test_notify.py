"""What systemd hears."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.transport.notify import Notifier


@pytest.fixture(params=["file", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A socket as systemd's, and its name as it stands in the environment."""
    if request.param == "abstract" and not hasattr(os, "O_TMPFILE"):
        pytest.skip("abstract sockets are Linux's")
    name = str(tmp_path / "notify") if request.param == "file" else f"@syncer-{os.getpid()}-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(name.replace("@", "\0", 1) if request.param == "abstract" else name)
        heard.settimeout(10)
        yield heard, name


def test_all_that_is_told(listener: tuple[socket.socket, str]) -> None:
    heard, name = listener
    notifier = Notifier({"NOTIFY_SOCKET": name})
    notifier.ready()
    notifier.status("connected, 3 addresses drifted")
    notifier.alive()
    notifier.stopping()
    told = [heard.recv(1000) for _ in range(4)]
    assert told == [b"READY=1", b"STATUS=connected, 3 addresses drifted", b"WATCHDOG=1", b"STOPPING=1"]


def test_a_status_says_nothing_else(listener: tuple[socket.socket, str]) -> None:
    heard, name = listener
    Notifier({"NOTIFY_SOCKET": name}).status("a\nMAINPID=1\r\x00\udcff")
    assert heard.recv(1000) == rb"STATUS=a\nMAINPID=1\r\x00\udcff"


def test_a_status_is_not_endless(listener: tuple[socket.socket, str]) -> None:
    heard, name = listener
    Notifier({"NOTIFY_SOCKET": name}).status("x" * 100_000)
    assert len(heard.recv(100_000)) < 400


@pytest.mark.parametrize(
    "said", ["", "relative", "vsock:2:1234", "/nowhere/at/all", "@nobody-listens", "/" + "x" * 200]
)
def test_nobody_hears(said: str) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": said})
    notifier.ready()
    notifier.stopping()


def test_nobody_started_it() -> None:
    notifier = Notifier({"WATCHDOG_USEC": "30000000"})
    assert notifier.interval is None
    notifier.alive()


@pytest.mark.parametrize(
    "environ, seconds",
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
    ],
)
def test_how_often_a_sign_of_life_is_wanted(environ: dict[str, str], seconds: float | None) -> None:
    assert Notifier({"NOTIFY_SOCKET": "/run/systemd/notify", **environ}).interval == seconds


def test_a_full_queue_holds_up_nobody(listener: tuple[socket.socket, str]) -> None:
    _, name = listener
    notifier = Notifier({"NOTIFY_SOCKET": name})
    for _ in range(2000):
        notifier.alive()
