"""Telling systemd how a service is: sd_notify, by its environment (man sd_notify, man sd_watchdog_enabled)."""

import contextlib
import os
import socket
from collections.abc import Mapping

from syncer.errors import visible

VARIABLES = frozenset({"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})


class Notifier:
    """Says nothing where nobody listens, and never fails: a service does not end because nobody hears how it is."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self.interval = _interval(environ) if self._address else None  # seconds until `alive` is wanted again

    def ready(self) -> None:
        """It does its work from now on."""
        self._send("READY=1")

    def status(self, text: str) -> None:
        """How it is, in words."""
        self._send(f"STATUS={visible(text)}")  # without newlines, after which another assignment would begin

    def alive(self) -> None:
        """It does not hang."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """It is about to end."""
        self._send("STOPPING=1")

    def _send(self, assignment: str) -> None:
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.setblocking(False)
            told.sendto(assignment.encode(errors="replace"), self._address)


def _address(said: str) -> str:
    """Of a socket in the file system, or of an abstract one; "" for anything else."""
    if not said.startswith(("/", "@")) or not hasattr(socket, "AF_UNIX"):
        return ""
    return f"\0{said[1:]}" if said.startswith("@") else said


def _interval(environ: Mapping[str, str]) -> float | None:
    """Half of the time after which systemd takes the service for dead, as it advises."""
    said, process = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    is_ours = process in ("", str(os.getpid()))
    return int(said) / 2_000_000 if said.isascii() and said.isdigit() and int(said) and is_ours else None
