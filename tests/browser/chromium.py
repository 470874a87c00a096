"""Headless Chromium, driven over its DevTools protocol: clicks, keys, pictures, and a recording of what it sent.

The protocol: https://chromedevtools.github.io/devtools-protocol/. One socket to the browser, one session for each page.
"""

import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.browser.har import Har

PATIENCE = 30.0  # seconds; a browser that starts on a busy machine takes its time
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
    """Chromium on this machine, None where there is none."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


class BrowserError(Exception):
    """The browser did not do what it was told, or a page did not come to be as it was waited for."""


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
            start_new_session=True,
        )
        try:
            self._wire = _Wire(self._debugger())
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

    def page(self, url: str, *, dark: bool = False) -> "Page":
        """A new page in a profile of its own, loaded."""
        return Page(self._wire, url, dark=dark)


class _Wire:
    """The socket to the browser: calls and their results, events to whom they concern."""

    def __init__(self, url: str) -> None:
        self._socket: ClientConnection = connect(url, max_size=None, compression=None, ping_interval=None)
        self._changed = threading.Condition()
        self._results: dict[int, dict[str, Any]] = {}
        self._pages: dict[str, Page] = {}
        self._count = 0
        self._open = True
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """The result of one method; BrowserError if it fails."""
        with self._changed:
            self._count += 1
            number = self._count
        message = {"id": number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message if session is None else {**message, "sessionId": session}))
        with self._changed:
            came = self._changed.wait_for(lambda: number in self._results or not self._open, PATIENCE)
            answer = self._results.pop(number, None)
        if not came or answer is None:
            raise BrowserError(f"{method}: no answer")
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error'].get('message')}")
        result: dict[str, Any] = answer["result"]
        return result

    def attend(self, session: str, page: "Page") -> None:
        """From now on `page` gets the events of its session."""
        self._pages[session] = page

    def close(self) -> None:
        """End the connection, and with it the thread that reads."""
        self._socket.close()
        self._reader.join(PATIENCE)

    def _read(self) -> None:
        try:
            for frame in self._socket:
                message = json.loads(frame)
                with self._changed:
                    if "id" in message:
                        self._results[message["id"]] = message
                    elif page := self._pages.get(message.get("sessionId", "")):
                        page.on_event(message["method"], message["params"])
                    self._changed.notify_all()
        except ConnectionClosed:
            pass
        with self._changed:
            self._open = False
            self._changed.notify_all()


class Page:
    """One page: `har` has what went over its network, `complaints` what its console and the browser's log said."""

    def __init__(self, wire: _Wire, url: str, *, dark: bool) -> None:
        self._wire = wire
        self.har = Har()
        self.complaints: list[str] = []
        self._context: str = wire.call("Target.createBrowserContext")["browserContextId"]
        target = wire.call("Target.createTarget", url="about:blank", browserContextId=self._context)["targetId"]
        self._session: str = wire.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        wire.attend(self._session, self)
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")
        self._call("Emulation.setDeviceMetricsOverride", width=1280, height=800, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", features=[scheme])
        self._call("Emulation.setFocusEmulationEnabled", enabled=True)
        self.go(url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: type[BaseException] | None, _exc: object, _where: TracebackType | None) -> None:
        self._wire.call("Target.disposeBrowserContext", browserContextId=self._context)

    def go(self, url: str) -> None:
        """Load a page, and wait until it is."""
        failed = self._call("Page.navigate", url=url).get("errorText")
        if failed:
            raise BrowserError(f"{url}: {failed}")
        self.wait_for("document.readyState === 'complete'")

    def on_event(self, method: str, event: Mapping[str, Any]) -> None:
        """What the browser tells of this page."""
        if method == "Log.entryAdded":
            self.complaints.append(event["entry"]["text"])
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(" ".join(str(one.get("value", one.get("description"))) for one in event["args"]))
        elif method == "Runtime.exceptionThrown":
            details = event["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))
        elif method.startswith("Network."):
            self.har.on_event(method, event)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, as JSON has it."""
        result = self._call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise BrowserError(f"{expression}: {result['exceptionDetails'].get('exception', {}).get('description')}")
        return result["result"].get("value")

    def wait_for(self, condition: str, seconds: float = PATIENCE) -> None:
        """Until a JavaScript condition holds; BrowserError, with what the page says, if it does not."""
        until = time.monotonic() + seconds
        while not self.evaluate(f"Boolean({condition})"):
            if time.monotonic() > until:
                said = self.evaluate("document.body.innerText")
                raise BrowserError(f"never: {condition}\n{said[:2000]}\n{self.complaints}")
            time.sleep(0.01)

    def click(self, selector: str) -> None:
        """A click with the mouse on the middle of an element, as soon as that is where it would arrive."""
        found = f"document.querySelector({json.dumps(selector)})"
        middle = f"(r => [r.x + r.width / 2, r.y + r.height / 2])({found}.getBoundingClientRect())"
        self.wait_for(f"{found} && !{found}.disabled && !{found}.closest('[inert]')")
        self.evaluate(f"{found}.scrollIntoView({{block: 'center'}})")
        self.wait_for(f"(p => {found}.contains(document.elementFromPoint(...p)))({middle})")
        x, y = self.evaluate(middle)
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def type(self, selector: str, text: str) -> None:
        """Put text into a field in place of what it says, as pasting does."""
        found = f"document.querySelector({json.dumps(selector)})"
        self.wait_for(found)
        self.evaluate(f"({found}.focus(), {found}.select())")
        if text:
            self._call("Input.insertText", text=text)
        else:
            self.press("Delete")

    def choose(self, selector: str, value: str) -> None:
        """Choose from a select by the value of its option."""
        found = f"document.querySelector({json.dumps(selector)})"
        self.wait_for(found)
        self.evaluate(
            f"(e => {{ e.focus(); e.value = {json.dumps(value)};"
            f" e.dispatchEvent(new Event('change', {{bubbles: true}})); }})({found})"
        )

    def check(self, selector: str, on: bool = True) -> None:
        """Set a check box, by a click if it is not so already."""
        if self.evaluate(f"document.querySelector({json.dumps(selector)}).checked") != on:
            self.click(selector)

    def press(self, key: str) -> None:
        """One key, like Enter, Escape, Tab or Delete."""
        code = {"Enter": 13, "Escape": 27, "Tab": 9, "Delete": 46}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        common = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self._call("Input.dispatchKeyEvent", type="keyDown", **common, **text)
        self._call("Input.dispatchKeyEvent", type="keyUp", **common)

    def text(self, selector: str) -> str:
        """What an element says."""
        self.wait_for(f"document.querySelector({json.dumps(selector)})")
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)}).textContent"))

    def screenshot(self, path: Path) -> None:
        """The page as it looks, as PNG."""
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"]))

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._wire.call(method, self._session, **parameters)
