"""A watch under way, the service that it watches, and whoever changes things there."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syncer import workflow
from syncer.emulator import Emulator, Running, Store
from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.service import Service
from syncer.files.receipts import Receipt, write_receipt
from syncer.model.watch import About, Remark, Sighting
from syncer.plan import digest
from syncer.transport import connection
from syncer.wire.profile import builtin
from tests.cli.running import PASSWORD, repository
from tests.workflow.test_counting import Phases

DOCUMENT = """\
domain: example.com
categories:
  - name: HQ
configs:
  - {type: NTP, desc: time, categories: [], ntp1: ptb}
  - {type: PHONE, desc: phones, categories: [HQ], gk1: "172.16.0.1"}
"""
TIME, PHONES = "config[example.com/NTP/time]", "config[example.com/PHONE/phones]"
OPERATIONS = frozenset(f"{what}_{kind}" for what in ("create", "update", "delete") for kind in ("category", "config"))
_PATIENCE = 7200.0  # seconds of the loop, which skips those in which nothing happens


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys whose cost is for those who guess passwords; connections that wake up seldom, since hours pass in tests."""
    monkeypatch.setattr(digest, "_COST", {**digest._COST, "n": 2})
    monkeypatch.setattr(connection, "_TICK", 5.0)


@dataclass
class Rig:
    """A service as the files say, and the repository. `time` and `phones` are ids."""

    store: Store
    port: int
    url: str
    root: Path
    time: int = 0
    phones: int = 0
    _up: AsyncExitStack = field(default_factory=AsyncExitStack)
    running: Running = field(init=False)

    async def start(self) -> None:
        """The service listens, at the same place each time."""
        self.running = await self._up.enter_async_context(Emulator(self.store).start(port=self.port))
        self.port, self.url = self.running.port, self.running.url

    async def stop(self) -> None:
        """The service is gone."""
        await self._up.aclose()

    def cut(self) -> None:
        """Every connection is gone."""
        for client in self.running.emulator._connections:
            client._socket.transport.abort()

    def write(self, document: str) -> None:
        """Other files."""
        (self.root / "domains" / "example.com.yaml").write_text(document, "utf-8")

    def prove(self) -> None:
        """Everything that an apply may need is proven."""
        receipt = Receipt(builtin("conventional").digest, "2026-01-01T00:00:00+00:00", OPERATIONS)
        write_receipt(self.root / "wire" / "conventional.verified.json", self.url, receipt)


@asynccontextmanager
async def rigged(folder: Path, *, policy: str = "", state: str | Path = ":memory:") -> AsyncIterator[Rig]:
    """A service in step with the files."""
    with Store(state, password=PASSWORD) as store:
        rig = Rig(store, 0, "", folder / "repo")
        hq = store.add_category(1, "HQ")
        rig.time = store.add_config(1, {"type": "NTP", "desc": "time", "ntp1": "ptb"})
        rig.phones = store.add_config(1, {"type": "PHONE", "desc": "phones", "gk1": "172.16.0.1"}, [hq])
        await rig.start()
        try:
            repository(rig.root, rig.url, DOCUMENT, more="    insecure: true\n", policy=policy)
            yield rig
        finally:
            await rig.stop()


@dataclass
class Watched:
    """What a watch told so far."""

    told: list[Sighting | Remark] = field(default_factory=list)
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[bool]" = field(init=False)

    def __call__(self, seen: Sighting | Remark) -> None:
        self.told.append(seen)
        self._more.set()

    @property
    def drifted(self) -> list[str]:
        """Addresses, by the latest sighting."""
        return [str(change.address) for change in self.sightings[-1].plan.changes]

    @property
    def sightings(self) -> list[Sighting]:
        """All of them."""
        return [one for one in self.told if isinstance(one, Sighting)]

    def remarks(self, *about: About) -> list[str]:
        """Texts."""
        return [one.text for one in self.told if isinstance(one, Remark) and (not about or one.about in about)]

    async def until(self, so: Callable[["Watched"], Any]) -> None:
        """Wait for it; fails where it does not come, or the watch has ended."""
        async with asyncio.timeout(_PATIENCE):
            while not so(self):
                self._more.clear()
                if self.task.done():
                    self.task.result()
                    raise AssertionError(f"the watch is over, and told {self.told}")
                await self._more.wait()

    async def seen(self, *addresses: str) -> None:
        """Wait until exactly these are drifted."""
        await self.until(lambda one: one.sightings and sorted(one.drifted) == sorted(addresses))

    async def remarked(self, about: About, times: int = 1) -> None:
        """Wait until that was told so often."""
        await self.until(lambda one: len(one.remarks(about)) >= times)


def context_of(root: Path, timeout: float = 30.0, **environ: str) -> workflow.Context:
    """Where and how a watch runs; `timeout`: seconds until an answer is no longer awaited."""
    return workflow.Context(
        start=root,
        upwards=False,
        server=None,
        environ={"SYNCER_PASSWORD": PASSWORD, **environ},
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        random=os.urandom,
        clock=lambda: 0.0,
        progress=Phases(),
        warn=lambda _: None,
        timeout=timeout,
    )


@asynccontextmanager
async def watching(rig: Rig, context: workflow.Context | None = None, **wishes: Any) -> AsyncIterator[Watched]:
    """A watch that has told for the first time how it is; ended like by Ctrl-C, unless it ended itself."""
    watched = Watched()
    options = workflow.Watching(**{"recheck": 1e6, **wishes})
    watched.task = asyncio.create_task(workflow.watch(context or context_of(rig.root), options, watched))
    watched.task.add_done_callback(lambda _: watched._more.set())
    try:
        await watched.until(lambda one: one.sightings)
        yield watched
    finally:
        watched.task.cancel()
        await asyncio.wait([watched.task])
    if not watched.task.cancelled():
        watched.task.result()


class Count:
    """How often each message came."""

    def __init__(self, running: Running) -> None:
        self.by_type: dict[str, int] = {}
        running.emulator.faults.add(self)

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        self.by_type[call.mt] = self.by_type.get(call.mt, 0) + 1
        return handle(call)
