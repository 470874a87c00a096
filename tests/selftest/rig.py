"""What the tests of the self-test work on: a repository, an emulator beside it, and whether what was told is true."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from syncer.cli.options import make_context
from syncer.emulator import Emulator, Running, Store, When
from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.faults import Action, Faults
from syncer.emulator.service import Service
from syncer.errors import SyncerError
from syncer.model.selftest import Intent, Passed, SelfTest
from syncer.resources import wire_profile
from syncer.wire.messages import encode
from syncer.wire.profile import load as load_profile
from syncer.workflow import Context
from syncer.workflow.verifying import Trial, verify
from tests.cli.running import PASSWORD, repository

HOME, OTHER = "example.com", "other.example.com"
TIMEOUT = 10.0  # seconds; where nothing is lost nobody waits for it
SHORT = 0.4  # where something is
HERE = Path(__file__).parent.parent
PROFILES = {
    "conventional": str(wire_profile("conventional")),
    **{
        path.stem: path.read_text("utf-8")
        for folder in ("apply", "learn")
        for path in sorted((HERE / folder / "profiles").glob("*.yaml"))
    },
}
PLAIN = Trial()
NOW = datetime(2026, 1, 1, tzinfo=UTC)

State = dict[tuple[str, int], Any]


def fill(store: Store) -> None:
    """What others have: categories with devices, configs with and without categories, another domain."""
    phones = store.add_category(1, "Phones", True, {})
    store.add_category(1, "syncer", False, {"colour": "red"})
    store.add_device(1, {"hwId": "009033000001", "name": "Ann"}, (phones,))
    store.add_config(1, {"type": "PHONE", "desc": "HQ", "gk1": "172.16.0.1", "coder": "OPUS-WB"}, [phones])
    store.add_config(1, {"type": "ALARM_SERVER", "desc": "log", "url": "https://log", "logPassword": "geheim"}, [])
    store.add_config(1, {"type": "TRUST_LIST", "desc": "newer", "list": [{"a": 1}]}, [phones])
    other = store.add_domain(OTHER, {}, password="other")
    store.add_category(other, "Phones", True, {})
    store.add_config(other, {"type": "NTP", "desc": "time", "ntp1": "ptb"}, [])


def state(store: Store) -> State:
    """All that the store holds, by kind and id."""
    found: State = {}
    for domain in store.domains():
        found["domain", domain.id] = domain
        found |= {("category", one.id): one for one in store.categories(domain.id)}
        found |= {("config", one.id): one for one in store.configs(domain.id)}
        found |= {("device", one.id): one for one in store.devices(domain.id)}
    return found


class Counting(Faults):
    """Faults, and how many messages came; what was sent in them."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, str | None]] = []
        self.texts: list[str] = []

    def answer(self, call: Call, service: Service) -> Answer:
        """Note it, then as ever."""
        self.seen.append((call.mt, call.write.operation if call.write else None))
        self.texts.append(encode(call.message))
        return super().answer(call, service)


def misspelt(change: Callable[[dict[str, Any]], object], profile: str = PROFILES["conventional"]) -> str:
    """A profile with other operations."""
    document = YAML(typ="safe", pure=True).load(profile)
    change(document["operations"])
    return json.dumps(document)


@dataclass(frozen=True, slots=True)
class WrongId:
    """The reply tells an id that is somebody else's."""

    id: int = 1

    def __call__(self, call: Call, handle: Handler, service: Service, /) -> Answer:
        answer = handle(call)
        if call.write is None:
            return answer
        told = service.profile.reply(call.write.operation, id=self.id, error=None, src=call.message.get("src"))
        return replace(answer, frames=() if told is None else (told,))


@dataclass(slots=True)
class Rig:
    """A repository whose server is an emulator, and how a self-test of it went."""

    repo: Path
    store: Store
    faults: Counting
    running: Running
    timeout: float = TIMEOUT
    reconnect_for: float = 5.0
    password: str = PASSWORD
    steps: list[Passed] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    on_passed: Callable[[Passed], None] = lambda _: None
    on_asked: Callable[[], object] = lambda: None

    @property
    def profile(self) -> Path:
        """The profile's file."""
        return self.repo / "wire" / "p.yaml"

    def fault(self, action: Action, operation: str | None = None, nth: int | None = None) -> None:
        """Switch a fault on."""
        self.faults.add(action, When(operation=operation, nth=nth))

    def as_customer(self) -> None:
        """Log in to the other domain from now on."""
        settings = self.repo / "syncer.yaml"
        settings.write_text(settings.read_text().replace("    wire_profile", f"    domain: {OTHER}\n    wire_profile"))
        self.password = "other"

    async def verify(self, trial: Trial = PLAIN, *, agrees: bool = True) -> SelfTest:
        """A self-test, agreed to."""

        def agree(intent: Intent) -> bool:
            self.intents.append(intent)
            self.on_asked()
            return agrees

        def passed(step: Passed) -> None:
            self.steps.append(step)
            self.on_passed(step)

        return await verify(context_of(self), trial, agree, passed)

    async def told(self, trial: Trial = PLAIN) -> SelfTest | SyncerError:
        """A self-test, or what prevented it; what it says of the server is true."""
        before = state(self.store)
        told: SelfTest | SyncerError
        try:
            told = await self.verify(trial)
        except SyncerError as failure:
            told = failure
        check_truth(told, before, state(self.store))
        return told


def context_of(rig: Rig) -> Context:
    """What a self-test runs in."""
    return replace(
        make_context(rig.repo, timeout=rig.timeout, reconnect_for=rig.reconnect_for),
        environ={"SYNCER_PASSWORD": rig.password},
        now=lambda: NOW,
        warn=rig.warnings.append,
    )


def check_truth(test: SelfTest | SyncerError, before: State, after: State) -> None:
    """Nothing of others was touched, unless that is told; and what is there is named."""
    if isinstance(test, SyncerError):  # before anything was written
        assert test.exit_code == 1
        assert after == before, test
        return
    damaged = {("device" if one.device is not None else str(one.address.kind), one.id) for one in test.damages}
    touched = {key for key, one in before.items() if after.get(key) != one}
    assert touched <= damaged, test
    left = {(str(one.address.kind), one.id) for one in test.leftovers}
    nameless = {str(one.address.kind) for one in test.leftovers if one.id is None}
    assert all(key in left or key[0] in nameless for key in after.keys() - before.keys()), test
    assert test.exit_code in (0, 1, 5, 6, 130)
    assert test.exit_code in (6, 130) or after == before, test


@asynccontextmanager
async def open_rig(
    folder: Path,
    profile: str = PROFILES["conventional"],
    service: str | None = None,
    *,
    url: Callable[[str], str] = lambda url: url,
) -> AsyncIterator[Rig]:
    """A repository with a profile, and an emulator that speaks it, or another one (`service`); both as texts."""
    spoken = load_profile(service or profile, "test")
    with Store(":memory:", instance_domain=HOME, password=PASSWORD) as store:
        fill(store)
        emulator = Emulator(store, profile=spoken)
        emulator.faults = counting = Counting()
        async with emulator.start() as running:
            more = "    wire_profile: wire/p.yaml\n"
            repo = repository(folder / "repo", url(running.url), "domain: example.com\n", more=more)
            (repo / "wire").mkdir()
            (repo / "wire" / "p.yaml").write_text(profile, encoding="utf-8")
            yield Rig(repo, store, counting, running)


def kept(rig: Rig, test: SelfTest) -> dict[str, Any]:
    """Damaged objects as they were, for their owner's eyes only."""
    path = rig.repo / test.kept
    assert path.stat().st_mode & 0o777 == 0o600
    document: dict[str, Any] = json.loads(path.read_text())
    return document
