"""What a browser recorded, as Chrome's network tab saves it ("Export HAR").

Facts, and where they are from:
- A websocket's entry has `_resourceType: "websocket"` and `_webSocketMessages`, each message with `type` ("send",
  "receive" or "error"), `time` (seconds since 1970, with a fraction), `opcode` and `data`: ChromeDevTools/
  devtools-frontend, front_end/models/har/Log.ts; an error has opcode -1: front_end/core/sdk/NetworkRequest.ts,
  addProtocolFrameError. Since Chrome 76: https://developer.chrome.com/blog/new-in-devtools-76#websocket.
- `data` is text for opcode 1, base64 for others; whole messages, no control frames:
  https://chromedevtools.github.io/devtools-protocol/tot/Network/#type-WebSocketFrame.
- "Sanitized" exports, the default of newer releases, lack cookies and Authorization headers; messages stay whole:
  devtools-frontend, commit acd96a60464188fbf7c4476ec883ec65bba3dfdf. So digests and encrypted passwords are in there.
- Edge has Chromium's DevTools, and so the same file.
- Firefox: its HAR builder (devtools/client/netmonitor/src/har/har-builder.js, as found in copies of its repository up
  to about 2021) writes no websocket messages at all; whether a newer one does could not be found out.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_TYPES = {"Network.webSocketFrameSent": "send", "Network.webSocketFrameReceived": "receive"}
_REQUEST = {"method": "GET", "httpVersion": "HTTP/1.1", "cookies": [], "headersSize": -1, "bodySize": 0}
_RESPONSE = {
    "status": 0,
    "statusText": "",
    "httpVersion": "",
    "cookies": [],
    "content": {"size": 0, "mimeType": "x-unknown"},
    "redirectURL": "",
    "headersSize": -1,
    "bodySize": -1,
    "_transferSize": 0,
    "_error": None,
}


class Har:
    """Collects events of the DevTools protocol's Network domain."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[str, Any]] = {}
        self._offsets: dict[str, float] = {}  # from the browser's own clock to that of the wall

    def on_event(self, method: str, event: Mapping[str, Any]) -> None:
        """One event."""
        match method:
            case "Network.requestWillBeSent":
                self._begin(event["requestId"], event["request"]["url"], event["type"].lower(), event["initiator"])
                self._sent(event, event["request"])
            case "Network.webSocketCreated":
                entry = self._begin(event["requestId"], event["url"], "websocket", event.get("initiator"))
                entry["_webSocketMessages"] = []
            case "Network.webSocketWillSendHandshakeRequest":
                self._sent(event, event["request"])
            case "Network.webSocketHandshakeResponseReceived" | "Network.responseReceived":
                self._answered(event)
            case "Network.webSocketFrameSent" | "Network.webSocketFrameReceived":
                frame = event["response"]
                self._message(event, _TYPES[method], frame["opcode"], frame["payloadData"])
            case "Network.webSocketFrameError":
                self._message(event, "error", -1, event["errorMessage"])

    @property
    def messages(self) -> list[dict[str, Any]]:
        """All messages of all websockets, in their order."""
        return [message for entry in list(self._entries.values()) for message in entry.get("_webSocketMessages", ())]

    def document(self) -> dict[str, Any]:
        """The whole file."""
        creator = {"name": "WebInspector", "version": "537.36"}
        return {"log": {"version": "1.2", "creator": creator, "pages": [], "entries": list(self._entries.values())}}

    def save(self, path: Path) -> None:
        """As Chrome writes it: indented by two."""
        path.write_text(json.dumps(self.document(), indent=2, ensure_ascii=False), "utf-8", "surrogatepass")

    def _begin(self, number: str, url: str, kind: str, initiator: Mapping[str, Any] | None) -> dict[str, Any]:
        query = [{"name": name, "value": value} for name, value in parse_qsl(urlsplit(url).query)]
        entry: dict[str, Any] = {
            "_initiator": {"type": (initiator or {}).get("type", "other")},
            "_priority": None if kind == "websocket" else "High",
            "_resourceType": kind,
            "cache": {},
            "request": {**_REQUEST, "url": url.split("#")[0], "headers": [], "queryString": query},
            "response": {**_RESPONSE, "headers": []},
            "serverIPAddress": "127.0.0.1",
            "startedDateTime": "",
            "time": 0,
            "timings": {"blocked": -1, "dns": -1, "ssl": -1, "connect": -1, "send": 0, "wait": 0, "receive": 0},
        }
        self._entries[number] = entry
        return entry

    def _sent(self, event: Mapping[str, Any], request: Mapping[str, Any]) -> None:
        entry = self._entries[event["requestId"]]
        self._offsets[event["requestId"]] = event["wallTime"] - event["timestamp"]
        entry["startedDateTime"] = datetime.fromtimestamp(event["wallTime"], UTC).isoformat(timespec="milliseconds")
        entry["request"]["headers"] = _pairs(request["headers"])

    def _answered(self, event: Mapping[str, Any]) -> None:
        entry, response = self._entries.get(event["requestId"]), event["response"]
        if entry is not None:
            entry["response"] |= {"status": response["status"], "statusText": response["statusText"]}
            entry["response"] |= {"httpVersion": "HTTP/1.1", "headers": _pairs(response["headers"])}

    def _message(self, event: Mapping[str, Any], kind: str, opcode: float, data: str) -> None:
        entry = self._entries.get(event["requestId"])
        if entry is not None:
            moment = event["timestamp"] + self._offsets.get(event["requestId"], 0.0)
            entry["_webSocketMessages"].append({"type": kind, "time": moment, "opcode": int(opcode), "data": data})


def _pairs(headers: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]
