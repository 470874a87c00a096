"""A page in the browser, used as people use it: clicks and keys; waiting is for a condition, never for a time."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.browser.devtools import PATIENCE, BrowserError, Wire
from tests.browser.har import Har

_KEYS = {"Enter": 13, "Escape": 27, "Tab": 9, "Delete": 46}
_PROMISE = """new Promise((done) => {{
  const end = performance.now() + {milliseconds};
  const look = () => (({condition}) ? done(true) : performance.now() > end ? done(false) : setTimeout(look, 5));
  look();
}})"""


class Page:
    """One page: `har` has what went over its network, `complaints` what its console and the browser's log said."""

    def __init__(self, wire: Wire, url: str, *, dark: bool) -> None:
        self._wire = wire
        self.har = Har()
        self.complaints: list[str] = []
        self._context: str = wire.call("Target.createBrowserContext")["browserContextId"]
        target = wire.call("Target.createTarget", url="about:blank", browserContextId=self._context)["targetId"]
        self._session: str = wire.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        wire.attend(self._session, self._on_event)
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")
        self.resize(1280, 800)
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

    def resize(self, width: int, height: int) -> None:
        """Make the window that large, in pixels."""
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def _on_event(self, method: str, event: Mapping[str, Any]) -> None:
        """What the browser tells of this page."""
        if method == "Log.entryAdded":
            self.complaints.append(event["entry"]["text"])
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(" ".join(str(one.get("value", one.get("description"))) for one in event["args"]))
        elif method == "Runtime.exceptionThrown":
            details = event["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Page.javascriptDialogOpening":
            self.complaints.append(f"a dialog: {event['message']}")
        elif method.startswith("Network."):
            self.har.on_event(method, event)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, as JSON has it."""
        result = self._call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise BrowserError(f"{expression}: {result['exceptionDetails'].get('exception', {}).get('description')}")
        return result["result"].get("value")

    def wait_for(self, condition: str, seconds: float = PATIENCE / 2) -> None:
        """Until a JavaScript condition holds; BrowserError, with what the page says, if it does not."""
        if not self.evaluate(_PROMISE.format(condition=condition, milliseconds=seconds * 1000)):
            said = self.evaluate("document.body.innerText")
            raise BrowserError(f"never: {condition}\n{said[:2000]}\n{self.complaints}")

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
        self.enter(text) if text else self.press("Delete")

    def enter(self, text: str) -> None:
        """Put text where the focus is."""
        self._call("Input.insertText", text=text)

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
        """One key, like Enter, Escape, Tab, Delete, or one that types a character."""
        code = _KEYS.get(key) or ord(key.upper())
        text = {"text": "\r" if key == "Enter" else key} if key == "Enter" or len(key) == 1 else {}
        common = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self._call("Input.dispatchKeyEvent", type="keyDown", **common, **text)
        self._call("Input.dispatchKeyEvent", type="keyUp", **common)

    def text(self, selector: str) -> str:
        """What an element says."""
        self.wait_for(f"document.querySelector({json.dumps(selector)})")
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)}).textContent"))

    def screenshot(self, path: Path) -> None:
        """The page as it looks, as PNG."""
        self.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"]))

    def printed(self) -> bytes:
        """The page on paper, as PDF."""
        return base64.b64decode(self._call("Page.printToPDF", printBackground=True)["data"])

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._wire.call(method, self._session, **parameters)
