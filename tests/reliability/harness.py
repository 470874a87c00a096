"""A service that can be broken, a repository on disk, and the real use cases with the exit codes of the command line.

The emulator runs in a thread and an event loop of its own and keeps its state in a file, so that it can be restarted,
and copied together with the repository.
"""

import asyncio
import os
import secrets
import shutil
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pyrage
import pytest

from syncer import workflow
from syncer.cli import writing
from syncer.devices.interface import Tick
from syncer.emulator import Emulator, Store
from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.exchange import Ending as Hangup
from syncer.emulator.faults import Action, Faults, Moment
from syncer.emulator.service import Service
from syncer.errors import SyncerError
from syncer.model.plan import Ending, Plan, Report
from syncer.plan import digest
from syncer.transport import link
from syncer.wire import profile as wire
from syncer.workflow import connecting
from tests.reliability import scenario
from tests.reliability.scenario import Contents, Things
from tests.waiting import Clock

TIMEOUT = 0.4  # seconds for an answer, where one may fail to come
PATIENT = 20.0  # where none does, however busy the machine is
RECONNECT_FOR = 1.0
DOWN = 0.08  # seconds that a restart takes
ROOT = Path(__file__).parents[2]
PROFILES = {  # in both a script goes ahead in pieces; the second neither repeats `src` nor tells ids
    "small": (ROOT / "schemas/wire/conventional.yaml").read_text("utf-8").replace("60000", "1200"),
    "changed": (ROOT / "tests/apply/profiles/changed.yaml").read_text("utf-8").replace("2000", "1200"),
}
SCRATCH = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  (where fsync costs nothing)


@contextmanager
def quick() -> Iterator[None]:
    """No long waits, keys that are cheap to derive, and the wire profile read once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digest, "_COST", {**digest._COST, "n": 2})
        patch.setattr(link, "BACKOFF", (0.01, 0.05, 0.1))
        patch.setattr(connecting, "load_profile", cache(wire.load))
        yield


@dataclass(frozen=True, slots=True)
class Message:
    """A message that the service received; `operation` of the wire profile if it is a write."""

    mt: str
    operation: str | None


class Script(Faults):
    """Faults, and a record of every message as it came in."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Message] = []

    def answer(self, call: Call, service: Service) -> Answer:
        """Note it, then as ever."""
        self.seen.append(Message(call.mt, call.write.operation if call.write else None))
        return super().answer(call, service)

    @property
    def writes(self) -> int:
        """How many writes came."""
        return sum(one.operation is not None for one in self.seen)


@dataclass
class From:
    """A fault that lasts: it begins with the message `nth`, and may be for writes alone."""

    action: Action
    nth: int
    only_writes: bool = False

    def __call__(self, call: Call, handle: Handler, service: Service, /) -> Answer:
        self.nth -= 1
        if self.nth > 0 or (self.only_writes and call.write is None):
            return handle(call)
        return self.action(call, handle, service)


@dataclass(frozen=True)
class Restart:
    """The service goes down, and comes again with its state unless it is `gone`."""

    server: "Server"
    at: Moment = Moment.BEFORE
    gone: bool = False

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        if self.at is Moment.REPLIED:
            asyncio.get_running_loop().call_later(0.005, self.server.leave, not self.gone)
            return handle(call)
        if self.at is Moment.HANDLED:
            handle(call)
        self.server.leave(again=not self.gone)
        return Answer(ending=Hangup.ABORT)


class Server:
    """One emulator at a time, always at the same port. Start and stop it from any thread but its own."""

    def __init__(self) -> None:
        self.port = _free_port()
        self.clock = Clock()  # of client and service
        self._loop = self.clock.new_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._again = self._is_over = False
        self._leaving = asyncio.Event()
        self._serving: Any = None

    @property
    def url(self) -> str:
        """As it stands in syncer.yaml."""
        return f"ws://127.0.0.1:{self.port}/{scenario.HOME}/devices/innovaphone-devices-api"

    def start(self, data: Path, faults: Faults, profile: wire.Profile) -> None:
        """Serve the state of a file; returns when it listens."""
        ready = threading.Event()
        self._is_over = False
        self._serving = asyncio.run_coroutine_threadsafe(self._serve(data, faults, profile, ready), self._loop)
        while not ready.wait(0.05):
            if self._serving.done():
                self._serving.result()

    def stop(self) -> None:
        """Returns when the state is on the disk and nobody serves it any more."""
        if self._serving is not None:
            self._is_over = True  # a restart that comes only now is none
            self._loop.call_soon_threadsafe(self.leave, False)
            self._serving.result(20)
            self._serving = None

    def close(self) -> None:
        """Stop, and end the thread."""
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def leave(self, again: bool) -> None:
        """Break all connections off, in the server's own thread."""
        self._again = again and not self._is_over
        self._leaving.set()

    async def _serve(self, data: Path, faults: Faults, profile: wire.Profile, ready: threading.Event) -> None:
        self._again = True
        while self._again and not self._is_over:
            self._again, self._leaving = False, asyncio.Event()
            with Store(data, instance_domain=scenario.HOME) as store:
                emulator = Emulator(store, profile=profile)
                emulator.faults = faults
                async with emulator.start(port=self.port):
                    ready.set()
                    await self._leaving.wait()
                    for connection in list(emulator._connections):
                        connection._socket.transport.abort()
            if self._again:
                await asyncio.sleep(DOWN)


def _free_port() -> int:
    """Below the ports that the system gives to clients: one of those might be taken while the service is down."""
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@cache
def wire_profile(name: str) -> wire.Profile:
    """One of PROFILES."""
    return wire.load(PROFILES[name], "profile.yaml")


@dataclass(frozen=True)
class Ran:
    """What a command came to, as a person or a pipeline sees it."""

    code: int
    text: str
    report: Report | None
    writes: int  # that the service received

    @property
    def reasons(self) -> str:
        """What is told besides the list of changes."""
        return "\n".join([self.text, *(one.reason for one in (self.report.outcomes if self.report else ()))])

    @property
    def shown(self) -> str:
        """For the report of a failed case."""
        rows = [
            f"  {o.action} {o.address}: {o.result} {o.reason}" for o in (self.report.outcomes if self.report else ())
        ]
        return "\n".join([f"exit {self.code}, {self.writes} writes: {self.text}", *rows])


class Silence:
    """Progress that nobody looks at."""

    def phase(self, name: str, total: int | None) -> Tick:
        """Nothing."""
        return lambda _: None

    def say(self, line: str) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


_T = TypeVar("_T")
UseCase = Callable[[workflow.Context], Coroutine[Any, Any, Report | None]]


@dataclass
class World:
    """A repository and the state of its server, in one folder."""

    folder: Path
    server: Server
    profile: str = "small"
    faults: Script = field(default_factory=Script)

    @property
    def repo(self) -> Path:
        """The configuration repository."""
        return self.folder / "repo"

    @property
    def data(self) -> Path:
        """The service's state."""
        return self.folder / "service.sqlite"

    @classmethod
    def make(cls, folder: Path, server: Server, profile: str) -> "World":
        """The start of the scenario."""
        identity = pyrage.x25519.Identity.generate()
        world = cls(folder, server, profile)
        scenario.write_files(world.repo, server.url, str(identity.to_public()), PROFILES[profile])
        (folder / "age.key").write_text(f"{identity}\n", "utf-8")
        with Store(world.data, instance_domain=scenario.HOME) as store:
            scenario.fill(store)
        return world

    def copy(self, folder: Path) -> "World":
        """The same once more; nobody may be serving it."""
        shutil.copytree(self.folder, folder)
        return World(folder, self.server, self.profile)

    def contents(self) -> Contents:
        """What the service holds."""
        with Store(self.data, instance_domain=scenario.HOME) as store:
            return scenario.contents(store)

    def things(self) -> Things:
        """The same by ids."""
        with Store(self.data, instance_domain=scenario.HOME) as store:
            return scenario.things(store)

    @contextmanager
    def served(self) -> Iterator[None]:
        """While the service runs."""
        self.server.start(self.data, self.faults, wire_profile(self.profile))
        try:
            yield
        finally:
            self.server.stop()

    def context(self, warn: Callable[[str], None], timeout: float = PATIENT) -> workflow.Context:
        """The world outside."""
        return workflow.Context(
            start=self.repo,
            upwards=False,
            server=None,
            environ={**scenario.ENVIRON, "SYNCER_AGE_KEY_FILE": str(self.folder / "age.key")},
            now=lambda: datetime.now(UTC),
            random=secrets.token_bytes,
            clock=time.monotonic,
            progress=Silence(),
            warn=warn,
            timeout=timeout,
            reconnect_for=RECONNECT_FOR,
        )

    def apply(self, parallelism: int = 8, timeout: float = PATIENT, linger: float = 0.0) -> Ran:
        """`syncer apply --yes`; the service goes on for `linger` seconds."""
        wishes = _wishes(scenario.DELETES, parallelism)
        with self.served():
            ran = self._run(lambda c: workflow.apply(c, None, wishes, lambda _: True, lambda _: None), timeout)
            self._to_its_end(asyncio.sleep(linger))
            return ran

    def recover(self, way: workflow.Way, timeout: float = PATIENT, linger: float = 0.0) -> Ran:
        """`syncer recover --rollback` or `--resume`, with the number of deletes that a guard asks for."""
        talk = workflow.Talk(lambda _: way, lambda _: True, lambda _: None, way)
        wanted = Ending.ROLLED_BACK if way is workflow.Way.ROLLBACK else Ending.APPLIED
        with self.served():
            ran = self._run(lambda c: workflow.recover(c, None, _wishes(None, 8), talk), timeout, wanted)
            if ran.code == 4 and "--confirm-deletes " in ran.text:
                deletes = int(ran.text.split("--confirm-deletes ")[1].split()[0])
                ran = self._run(lambda c: workflow.recover(c, None, _wishes(deletes, 8), talk), timeout, wanted)
            self._to_its_end(asyncio.sleep(linger))
            return ran

    def plan(self) -> Plan:
        """`syncer plan`."""
        with self.served():
            return self._to_its_end(workflow.plan(self.context(lambda _: None)))

    def _to_its_end(self, use_case: Coroutine[Any, Any, _T]) -> _T:
        with asyncio.Runner(loop_factory=self.server.clock.new_loop) as runner:
            return runner.run(use_case)

    def _run(self, use_case: UseCase, timeout: float = PATIENT, wanted: Ending = Ending.APPLIED) -> Ran:
        """As cli/main.py does it: a failure becomes a text and an exit code."""
        told: list[str] = []
        before = self.faults.writes
        report: Report | None = None
        try:
            report = self._to_its_end(use_case(self.context(told.append, timeout)))
            code = 0 if report is None or report.ending is wanted else writing._exit_code(report)
            told.append(writing._ending(report) if report is not None else "Nothing to recover.")
        except SyncerError as exc:
            code = exc.exit_code
            told.append(str(exc))
        except Exception:  # noqa: BLE001  (a traceback would reach the person: always a failure)
            code = -1
            told.append(traceback.format_exc())
        return Ran(code, "\n".join(told), report, self.faults.writes - before)


def _wishes(deletes: int | None, parallelism: int) -> workflow.Wishes:
    return workflow.Wishes(workflow.Confirmed(deletes=deletes, unverified_wire=True), parallelism=parallelism)


def say(text: str) -> None:
    """To a person who waits."""
    print(text, file=sys.stderr, flush=True)
