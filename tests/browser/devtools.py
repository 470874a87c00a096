"""The DevTools protocol of Chromium, over its websocket: https://chromedevtools.github.io/devtools-protocol/."""

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

PATIENCE = 30.0  # seconds; a browser that starts on a busy machine takes its time

Listener = Callable[[str, Mapping[str, Any]], None]


class BrowserError(Exception):
    """The browser did not do what it was told, or a page did not come to be as it was waited for."""


class Wire:
    """The socket to the browser: calls and their results, events to whom they concern."""

    def __init__(self, url: str) -> None:
        self._closing = ExitStack()
        connecting = connect(url, max_size=None, compression=None, ping_interval=None)
        self._socket: ClientConnection = self._closing.enter_context(connecting)
        self._changed = threading.Condition()
        self._results: dict[int, dict[str, Any]] = {}
        self._listeners: dict[str, Listener] = {}
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

    def attend(self, session: str, listener: Listener) -> None:
        """From now on `listener` gets the events of a session, by name and parameters."""
        self._listeners[session] = listener

    def close(self) -> None:
        """End the connection, and with it the thread that reads."""
        self._closing.close()
        self._reader.join(PATIENCE)

    def _read(self) -> None:
        try:
            with suppress(ConnectionClosed):
                for frame in self._socket:
                    self._take(json.loads(frame))
        finally:
            with self._changed:
                self._open = False
                self._changed.notify_all()

    def _take(self, message: dict[str, Any]) -> None:
        with self._changed:
            if "id" in message:
                self._results[message["id"]] = message
                self._changed.notify_all()
            elif listener := self._listeners.get(message.get("sessionId", "")):
                listener(message["method"], message["params"])
