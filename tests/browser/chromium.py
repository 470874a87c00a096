"""Headless Chromium, started and ended: one socket to the browser, one session for each page."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.browser.devtools import PATIENCE, BrowserError, Wire
from tests.browser.page import Page

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--window-size=1280,800",
    "--remote-debugging-port=0",
)


def program() -> str | None:
    """Chromium on this machine, `$CHROMIUM` before all others; None where there is none."""
    names = (os.environ.get("CHROMIUM", ""), *_NAMES)
    return next((found for name in names if name and (found := shutil.which(name))), None)


class Chromium:
    """A browser as long as the context lasts."""

    def __enter__(self) -> Self:
        path = program()
        if path is None:
            raise BrowserError("there is no Chromium on this machine")
        self._folder = tempfile.TemporaryDirectory(prefix="syncer-chromium-", ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [path, *_FLAGS, f"--user-data-dir={self._folder.name}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": self._folder.name},  # killed, it would leave folders of its own behind
            start_new_session=True,
        )
        try:
            self._wire = Wire(self._debugger())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, _type: type[BaseException] | None, _exc: object, _where: TracebackType | None) -> None:
        self._wire.close()
        self._end()

    def _debugger(self) -> str:
        """Where the browser listens: it says so in a file of its folder."""
        file = Path(self._folder.name) / "DevToolsActivePort"
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._process.poll() is None:
            lines = file.read_text().splitlines() if file.exists() else []
            if len(lines) == 2:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
            time.sleep(0.02)
        raise BrowserError("Chromium did not start")

    def _end(self) -> None:
        if os.name == "posix":
            os.killpg(self._process.pid, signal.SIGKILL)  # the whole of its own session: it is many processes
        else:
            self._process.kill()
        self._process.wait(PATIENCE)
        self._folder.cleanup()

    def page(self, url: str, *, dark: bool = False) -> Page:
        """A new page in a profile of its own, loaded."""
        return Page(self._wire, url, dark=dark)
