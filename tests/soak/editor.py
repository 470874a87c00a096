"""The second client, which changes things while a watch looks on: by the API document and the wire profile alone."""

import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from tests.emulator.rawclient import Client, logged_in
from tests.soak import scene

Edit = Callable[["Editor", str], Mapping[str, Any]]  # a token to a message


class Editor:
    """One login, with what it found there."""

    def __init__(self, client: Client, draw: random.Random) -> None:
        self._client, self._draw = client, draw
        self._src = 0

    async def look(self, domain: str) -> None:
        """Find out what there is in a domain."""
        pages = await self._client.pages('{"mt":"GetDomains","src":"d"}')
        (found,) = [one for page in pages for one in page["domains"] if one["name"] == domain]
        self.domain: Mapping[str, Any] = found
        pages = await self._client.pages(json.dumps({"mt": "GetDeviceConfigs", "domainId": found["id"], "src": "c"}))
        self.configs = [one for page in pages for one in page.get("configs", ())]

    async def edit(self, token: str) -> None:
        """Change something; the token gets into it where that is possible."""
        message = self._draw.choice(EDITS)(self, token)
        for name, value in list(message.get("config", {}).items() if isinstance(message.get("config"), dict) else ()):
            if isinstance(value, str) and len(value) > 8000:
                await self._send_ahead(name, message["config"].pop(name))
        self._src += 1
        reply = await self._client.ask(json.dumps({**message, "src": f"e{self._src}"}))
        assert "error" not in reply, (message, reply)
        if message["mt"] == "AddDeviceConfig":
            self.configs.append({**message["config"], "id": reply["id"]})

    async def _send_ahead(self, name: str, value: str) -> None:
        for begin in range(0, len(value), 8000):
            piece = {"mt": "SetDeviceConfigValue", "name": name, "value": value[begin : begin + 8000]}
            await self._client.send(json.dumps({**piece, "src": f"e{self._src + 1}"}))

    def update(self, token: str) -> dict[str, Any]:
        """A phone's gatekeeper."""
        return self._write(self._one_of("PHONE"), gk1=token)

    def script(self, token: str) -> dict[str, Any]:
        """A long text."""
        head = self._one_of("EXPERT")
        return self._write(head, script=f"{token}\n{self._desired(head).get('script', '')}")

    def repair(self, _: str) -> dict[str, Any]:
        """As the files say."""
        return self._write(self._draw.choice(self.configs) if self.configs else {})

    def move(self, token: str) -> dict[str, Any]:
        """To every device, or to one category."""
        named = self._draw.choice([[], [self._draw.choice(scene.CATEGORIES)]])
        return self._write(self._one_of("PHONE"), categories=named, gk1=token)

    def create(self, token: str) -> dict[str, Any]:
        """Something that the files do not name, or that they miss."""
        there = {one.get("desc") for one in self.configs}
        missing = [one for one in scene.configs() if one["desc"] not in there]
        new = {"type": "NTP", "desc": token, "categories": [], "ntp1": token}
        return self._write({}, **(missing[0] if missing else new))

    def delete(self, _: str) -> dict[str, Any]:
        """Something, rather what was created."""
        named = {one["desc"] for one in scene.configs()}
        foreign = [one for one in self.configs if one.get("desc") not in named]
        if not self.configs:
            return self.create("nothing-is-left")
        head = self._draw.choice(foreign or self.configs)
        self.configs.remove(head)
        return {"mt": "DeleteDeviceConfig", "domainId": self.domain["id"], "id": head["id"]}

    def rename(self, token: str) -> dict[str, Any]:
        """A category, or back."""
        category = self._draw.choice(self.domain["categories"])
        free = [name for name in scene.CATEGORIES if name not in {one["name"] for one in self.domain["categories"]}]
        category["name"] = free[0] if free else f"Renamed {token}"
        own = {"domainId": self.domain["id"], "id": category["id"]}
        return {"mt": "EditProvisioningCategory", **own, "name": category["name"], "config": True}

    def passwords(self, _: str) -> dict[str, Any]:
        """Of the domain itself."""
        deploy = self._draw.choice([True, False])
        return {
            "mt": "EditDomain",
            "id": self.domain["id"],
            "name": self.domain["name"],
            "deployAdminPasswords": deploy,
        }

    def _one_of(self, type_: str) -> Mapping[str, Any]:
        found = [one for one in self.configs if one["type"] == type_]
        return self._draw.choice(found) if found else {}

    def _desired(self, head: Mapping[str, Any]) -> dict[str, Any]:
        return dict(next((one for one in scene.configs() if one["desc"] == head.get("desc")), {}))

    def _write(self, head: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
        own = {"type": "NTP", "desc": f"of no importance {self._draw.getrandbits(40):x}", "categories": []}
        known = {key: value for key, value in head.items() if key in ("type", "desc")}
        config = own | known | self._desired(head) | fields
        ids = {one["name"]: one["id"] for one in self.domain["categories"]}
        config["categories"] = [{"id": ids[name]} for name in config["categories"] if name in ids]
        mt = {"mt": "EditDeviceConfig", "id": head["id"]} if head else {"mt": "AddDeviceConfig"}
        return {**mt, "domainId": self.domain["id"], "config": config}


EDITS: tuple[Edit, ...] = (
    *[Editor.update] * 8,
    *[Editor.repair] * 4,
    *[Editor.create] * 3,
    *[Editor.delete] * 2,
    Editor.script,
    Editor.move,
    Editor.rename,
    Editor.passwords,
)


@asynccontextmanager
async def editing(port: int, draw: random.Random) -> AsyncIterator[Editor]:
    """A login past the proxy."""
    async with logged_in(f"ws://127.0.0.1:{port}/example.com/devices/innovaphone-devices-api") as client:
        editor = Editor(client, draw)
        await editor.look(draw.choice(scene.DOMAINS))
        yield editor
