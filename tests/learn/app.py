"""Someone who clicks through a Devices App, and what the browser recorded of it.

The messages go over a real websocket to the emulator; what is recorded are the frames, as a browser sees them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from syncer.devices import decode
from syncer.devices.encode import encode
from syncer.devices.interface import Write
from syncer.emulator import Emulator, Store
from syncer.emulator.faults import Refuse, When
from syncer.model.address import Action, category_address, config_address, domain_address
from syncer.model.state import LiveObject, Target
from syncer.model.values import Secret
from syncer.wire.profile import Profile
from tests.emulator.rawclient import APP, DOMAIN, NO_GUID, PASSWORD, sha256

SCRIPT = "".join(f"# line {number}: ä 😀\n" for number in range(4000))
TIMES = {"ntp1": "time.example.com", "ntp2": "time2.example.com"}
_FENCE = "fence"


@dataclass
class App:
    """A Devices App in a browser tab."""

    socket: ClientConnection
    profile: Profile
    url: str
    frames: list[tuple[str, str]] = field(default_factory=list)
    key: str = ""
    _src: int = 0

    async def say(self, message: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Send one message, and take all that comes of it."""
        text = json.dumps(message, ensure_ascii=False)
        self.frames.append(("send", text))
        await self.socket.send(text)
        return await (self.hear(_FENCE) if self.key else self.hear(f"{message['mt']}Result"))

    async def hear(self, until: str) -> list[dict[str, Any]]:
        """What comes up to a message: once we are logged in, the answer to a question that is not recorded."""
        if until == _FENCE:
            await self.socket.send(json.dumps({"mt": "GetUserInfo", "src": _FENCE}))
        heard: list[dict[str, Any]] = []
        while True:
            text = str(await self.socket.recv())
            message = json.loads(text)
            if message.get("src") == _FENCE:
                return heard
            self.frames.append(("receive", text))
            heard.append(message)
            if message["mt"] == until:
                return heard

    def src(self) -> str:
        """A fresh one."""
        self._src += 1
        return f"{self._src}"

    async def ask(self, mt: str, **fields: Any) -> list[dict[str, Any]]:
        """A documented request."""
        return await self.say({"mt": mt, "src": self.src(), **fields})

    async def log_in(self) -> None:
        """As the vendor's password login does."""
        challenge = (await self.say({"mt": "AppChallenge"}))[0]["challenge"]
        digest = sha256(":".join([APP, DOMAIN, APP, NO_GUID, "Admin", challenge, PASSWORD]))
        who = {"app": APP, "domain": DOMAIN, "sip": APP, "guid": NO_GUID, "dn": "Admin", "pbxObj": APP}
        assert (await self.say({"mt": "AppLogin", **who, "digest": digest}))[-1]["ok"]
        self.key = sha256(f"innovaphoneAppSessionKey:{challenge}:{PASSWORD}")

    async def open(self, domain_id: int) -> None:
        """The lists of a domain; what changes is told by events from then on."""
        await self.ask("GetUserInfo")
        await self.ask("GetDomains", recvUpdates=True)
        await self.ask("GetProvisioningCategories", domainId=domain_id)
        await self.ask("GetDeviceConfigs", domainId=domain_id, recvUpdates=True)
        await self.ask("GetDevices", domainIds=str(domain_id), recvUpdates=True)

    async def write(self, write: Write) -> None:
        """As the profile spells it, the pieces first, all with one `src`."""
        encoded = encode(write, self.profile, self.key)
        src = {"src": self.src()}
        for message in (*encoded.pieces, encoded.message):
            await self.say({**message, **src})

    async def show(self, domain_id: int, number: int) -> LiveObject:
        """Open a config."""
        heard = await self.ask("GetDeviceConfig", domainId=domain_id, id=number)
        values: dict[str, str] = {}
        for one in heard[:-1]:
            if one["mt"] == "GetDeviceConfigValueResult":
                values[one["name"]] = values.get(one["name"], "") + one["value"]
        found = next(one["config"] for one in heard if one["mt"] == "GetDeviceConfigResult")
        return decode.config(found, values, DOMAIN, domain_id, self.key, self.profile)


@dataclass
class Clicks:
    """The guided checklist, clicked; steps may be left out by their operation's name."""

    app: App
    store: Store
    without: frozenset[str] = frozenset()
    domain_id: int = 1
    domain: str = DOMAIN

    async def all(self, emulator: Emulator) -> None:
        """From the login to the last list."""
        await self.app.log_in()
        await self.app.open(self.domain_id)
        category = await self.category()
        time = await self.create("NTP", "scratch time", TIMES, category)
        if "update_config" not in self.without:
            await self.edit(time, {"ntp1": "other.example.com"})
            await self.edit(time, {"ntp2": None})
        script = await self.create("EXPERT", "scratch script", {"script": SCRIPT}, category)
        media = await self.create(
            "MEDIA", "scratch media", {"turnServer": "turn", "turnPassword": Secret("t0p s3cret")}, category
        )
        emulator.faults.add(Refuse("not so"), When(operation="create_category"))
        await self.app.write(self._category(Action.CREATE, "scratch 3", None))
        emulator.faults.clear()
        await self.delete(category, [time, script, media])
        if "domains" not in self.without:
            await self.domains()

    async def category(self) -> LiveObject:
        """Made, renamed, its flag switched off and on."""
        await self.app.write(self._category(Action.CREATE, "scratch", None))
        made = self._live_category("scratch")
        if "update_category" in self.without:
            return made
        await self.app.write(self._category(Action.UPDATE, "scratch 2", made))
        for flag in (False, True):
            await self.app.write(self._category(Action.UPDATE, "scratch 2", self._live_category("scratch 2"), flag))
        return self._live_category("scratch 2")

    async def create(self, kind: str, desc: str, fields: Mapping[str, Any], category: LiveObject) -> LiveObject:
        """A config, opened afterwards."""
        address = config_address(self.domain, kind, desc)
        target = Target(address, fields, {}, (category.address.name,))
        named = {category.address.name: category}
        if kind != "EXPERT" or "send_value" not in self.without:
            await self.app.write(Write(Action.CREATE, address, self.domain_id, target=target, categories=named))
        number = next((c.id for c in self.store.configs(self.domain_id) if c.fields.get("desc") == desc), 0)
        return await self.app.show(self.domain_id, number) if number else LiveObject(address, 0, self.domain_id)

    async def edit(self, config: LiveObject, fields: Mapping[str, Any]) -> None:
        """Opened, changed, opened again."""
        before = await self.app.show(self.domain_id, config.id)
        after = {name: value for name, value in {**before.fields, **fields}.items() if value is not None}
        target = Target(config.address, after, before.extra, kept_refs=before.categories)
        await self.app.write(Write(Action.UPDATE, config.address, self.domain_id, config.id, before, target))
        await self.app.show(self.domain_id, config.id)

    async def delete(self, category: LiveObject, configs: Sequence[LiveObject]) -> None:
        """Everything, with a look at the lists."""
        for one in configs:
            if one.id and "delete_config" not in self.without:
                await self.app.write(Write(Action.DELETE, one.address, self.domain_id, one.id, one))
        await self.app.ask("GetDeviceConfigs", domainId=self.domain_id)
        if "delete_category" not in self.without:
            await self.app.write(Write(Action.DELETE, category.address, self.domain_id, category.id, category))
        await self.app.ask("GetDomains")

    async def domains(self) -> None:
        """One made, edited and deleted."""
        address = domain_address("scratch.invalid")
        target = Target(address, {"deployAdminPasswords": True}, {})
        await self.app.write(Write(Action.CREATE, address, target=target))
        await self.app.ask("GetDomains")
        number = next(one.id for one in self.store.domains() if one.name == "scratch.invalid")
        before = LiveObject(address, number, number, {"deployAdminPasswords": True})
        await self.app.write(Write(Action.UPDATE, address, number, number, before, replace(target, fields={})))
        await self.app.ask("GetDomains")
        await self.app.write(Write(Action.DELETE, address, number, number, before))
        await self.app.ask("GetDomains")

    def _category(self, action: Action, name: str, before: LiveObject | None, flag: bool = True) -> Write:
        address = category_address(self.domain, name)
        target = Target(address, {"config": flag}, {})
        return Write(action, address, self.domain_id, before.id if before else None, before, target)

    def _live_category(self, name: str) -> LiveObject:
        found = next(one for one in self.store.categories(self.domain_id) if one.name == name)
        flag = {"config": True} if found.fields.get("config") else {}
        return LiveObject(category_address(self.domain, name), found.id, self.domain_id, flag)


async def record(
    profile: Profile, *without: str, fill: Sequence[str] = (), domain: str | None = None, others: int = 0
) -> App:
    """A new installation, and the checklist clicked on it.

    `fill`: names of configs that are there before; `others`: how many domains of others, so that numbers differ.
    """
    with Store() as store:
        for number in range(others):
            other = store.add_domain(f"other-{number}.com", {})
            for _ in range(2):
                store.add_category(other, f"other {number}", True, {})
                for desc in ("a", "b"):
                    store.add_config(other, {"type": "PHONE", "desc": desc}, [])
        domain_id = store.add_domain(domain, {}) if domain else 1
        for name in fill:
            store.add_config(domain_id, {"type": "PHONE", "desc": name}, [])
        emulator = Emulator(store, profile=profile)
        async with (
            emulator.start() as running,
            connect(running.url, compression=None, ping_interval=None, close_timeout=1) as socket,
        ):
            app = App(socket, profile, running.url)
            await Clicks(app, store, frozenset(without), domain_id, domain or DOMAIN).all(emulator)
            return app


def har(*apps: App, entries: Sequence[Mapping[str, Any]] = ()) -> str:
    """As Chrome's network tab exports it; one app after the other."""
    sockets = [_socket(app, 1_700_000_000 + 3600 * number) for number, app in enumerate(apps)]
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "test"}, "entries": [*entries, *sockets]}})


def _socket(app: App, begin: float) -> dict[str, Any]:
    return {
        "_resourceType": "websocket",
        "request": {"method": "GET", "url": app.url, "headers": [], "cookies": []},
        "response": {"status": 101, "headers": [], "content": {}},
        "_webSocketMessages": [
            {"type": which, "time": begin + number / 100, "opcode": 1, "data": text}
            for number, (which, text) in enumerate(app.frames)
        ],
    }
