"""What the tests of apply work on: an emulator that keeps a record, a login to it, plans and applies without files."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from syncer.apply.execute import OnOutcome
from syncer.apply.journal import Journal
from syncer.apply.setting import Refusal, Setting
from syncer.apply.transaction import Course, OnError, Transaction
from syncer.devices.client import DevicesClient, open_devices
from syncer.devices.snapshot import read_live
from syncer.emulator import APP, PASSWORD, Emulator, Faults, Store, When
from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.faults import Action
from syncer.emulator.service import Service
from syncer.emulator.state import Category, Config
from syncer.errors import Place
from syncer.model.address import category_address, config_address, domain_address
from syncer.model.journal import Entry as JournalEntry
from syncer.model.plan import Outcome, Report, Result
from syncer.model.state import Desired, DesiredDomain, Entry, Live, Policy
from syncer.plan.planner import Origin, Planned, make_plan, reads_content, wants
from syncer.transport.dial import Endpoint
from syncer.wire.login import Credentials
from syncer.wire.profile import Profile, builtin
from syncer.wire.profile import load as load_profile
from syncer.workflow.applying import rereading

HOME = "example.com"
URL = "emulator::memory:"
SALT = "5a" * 16
PATIENCE = 10.0  # seconds; on a busy machine even a login takes its time
PLACE = Place("domains/test.yaml", 1, 1)
PROFILES = {
    "conventional": builtin("conventional"),
    **{
        path.stem: load_profile(path.read_text("utf-8"), path.name)
        for path in sorted((Path(__file__).parent / "profiles").glob("*.yaml"))
    },
}


def domain(
    name: str = HOME,
    categories: Iterable[Entry] | None = (),
    configs: Iterable[Entry] | None = (),
    **entry: Any,
) -> DesiredDomain:
    """A domain document; keywords are the entry's."""
    return DesiredDomain(
        Entry(domain_address(name), PLACE, **entry),
        None if categories is None else tuple(categories),
        None if configs is None else tuple(configs),
    )


def category(name: str, in_domain: str = HOME, **entry: Any) -> Entry:
    """A category of the files."""
    return Entry(category_address(in_domain, name), PLACE, **entry)


def config(kind: str, desc: str, fields: Mapping[str, Any] | None = None, in_domain: str = HOME, **entry: Any) -> Entry:
    """A config of the files, for every device unless `categories` are given."""
    entry.setdefault("categories", ())
    return Entry(config_address(in_domain, kind, desc), PLACE, fields or {}, **entry)


def desired(*domains: DesiredDomain, policy: Policy | None = None) -> Desired:
    """All that the files say."""
    return Desired(domains, policy or Policy())


@dataclass(frozen=True, slots=True)
class Seen:
    """A message that the service received, when, and the write that it is."""

    mt: str
    operation: str | None
    message: Mapping[str, Any]
    at: float


class Recording(Faults):
    """Faults, and a record of every message as it came in, whatever a fault made of it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Seen] = []

    def answer(self, call: Call, service: Service) -> Answer:
        """Note it, then as ever."""
        operation = call.write.operation if call.write else None
        self.seen.append(Seen(call.mt, operation, dict(call.message), asyncio.get_running_loop().time()))
        return super().answer(call, service)

    def writes(self, operation: str | None = None) -> list[Seen]:
        """The writes that came, pieces of values left out."""
        return [s for s in self.seen if s.operation not in (None, "send_value") and operation in (None, s.operation)]


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """A fault that edits the store when its message comes, as another person would, and then handles the message."""

    edit: Callable[[], object]
    afterwards: bool = False

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        if self.afterwards:
            answer = handle(call)
            self.edit()
            return answer
        self.edit()
        return handle(call)


@dataclass(slots=True)
class Bench:
    """A login to an emulator."""

    store: Store
    faults: Recording
    service: DevicesClient
    profile: Profile
    timeout: float  # of the requests of an apply, in seconds
    outcomes: list[Outcome] = field(default_factory=list)  # of the last apply, as they were told
    journal: list[JournalEntry] = field(default_factory=list)  # of the last apply
    refusal: Refusal = lambda _: ""
    pauses: tuple[float, ...] = ()

    async def plan(self, wanted: Desired, only: Sequence[str] = ()) -> tuple[Planned, Live]:
        """Read and plan, however long that takes."""
        self._wait(PATIENCE)
        live = await read_live(self.service, reads_content(wanted), wants(wanted))
        origin = Origin("test", URL, PASSWORD, self.profile.digest, "2026-01-01T00:00:00+00:00", SALT)
        return make_plan(wanted, live, origin, only), live

    def transaction(
        self,
        planned: Planned,
        live: Live,
        policy: Policy,
        parallelism: int = 8,
        on_error: OnError = OnError.STOP,
        on_outcome: OnOutcome | None = None,
    ) -> Transaction:
        """An apply that was not started yet; the record begins anew."""
        self._wait(self.timeout)
        self.faults.seen.clear()
        self.outcomes.clear()
        self.journal.clear()
        setting = Setting(
            self.service,
            policy,
            planned.key,
            Journal(self),
            rereading(self.service),
            self.refusal,
            time.monotonic,
            parallelism,
            pauses=self.pauses,
        )
        course = Course(tuple(enumerate(planned.steps)), on_error)
        return Transaction(setting, live, course, on_outcome or self.outcomes.append, lambda _: lambda _: None)

    def append(self, entry: JournalEntry) -> None:
        """The journal, in memory."""
        self.journal.append(entry)

    def sync(self) -> None:
        """Memory lasts as long as the test."""

    def _wait(self, timeout: float) -> None:
        link = self.service._link
        link.endpoint = link._connection._endpoint = replace(link.endpoint, timeout=timeout)

    async def apply(
        self,
        wanted: Desired,
        parallelism: int = 8,
        only: Sequence[str] = (),
        on_error: OnError = OnError.STOP,
    ) -> Report:
        """Plan and apply."""
        planned, live = await self.plan(wanted, only)
        return await self.transaction(planned, live, wanted.policy, parallelism, on_error).run()

    async def is_settled(self, wanted: Desired) -> bool:
        """Whether a plan is empty now."""
        planned, _ = await self.plan(wanted)
        return planned.plan.changes == ()

    def fault(
        self, action: Action, operation: str | None = None, nth: int | None = None, mt: str | None = None
    ) -> None:
        """Switch a fault on."""
        self.faults.add(action, When(mt=mt, operation=operation, nth=nth))

    def stored(self, kind: str, desc: str, in_domain: str = HOME) -> Config | None:
        """A config of the store."""
        owner = self.store.domain_named(in_domain)
        found = self.store.configs(owner.id) if owner else []
        mine = [one for one in found if (one.fields["type"], one.fields.get("desc", "")) == (kind, desc)]
        assert len(mine) < 2
        return mine[0] if mine else None

    def fields(self, kind: str, desc: str, in_domain: str = HOME) -> dict[str, Any]:
        """The fields of a config that is there, without its address."""
        found = self.stored(kind, desc, in_domain)
        assert found is not None
        return {name: value for name, value in found.fields.items() if name not in ("type", "desc")}

    def category(self, name: str, in_domain: str = HOME) -> Category | None:
        """A category of the store."""
        owner = self.store.domain_named(in_domain)
        found = self.store.categories(owner.id) if owner else []
        return next((one for one in found if one.name == name), None)

    def contents(self) -> list[Any]:
        """All that the store holds, to tell whether anything was touched."""
        domains = self.store.domains()
        inside = [(self.store.categories(d.id), self.store.configs(d.id), self.store.devices(d.id)) for d in domains]
        return [domains, inside]


@asynccontextmanager
async def open_bench(
    profile: str = "conventional",
    timeout: float = PATIENCE,  # noqa: ASYNC109
    instance: str = HOME,
    store: Store | None = None,
) -> AsyncIterator[Bench]:
    """An emulator, empty without `store`, and a login to its `instance` domain; `timeout` of an apply's requests."""
    chosen = PROFILES[profile]
    with nullcontext(store) if store else Store(":memory:", instance_domain=instance) as store:
        emulator = Emulator(store, profile=chosen)
        emulator.faults = recording = Recording()
        async with emulator.start() as running:
            endpoint = Endpoint(
                running.url,
                URL,
                Credentials(APP, instance, PASSWORD),
                timeout=PATIENCE,
                reconnect_for=max(1.0, timeout),
            )
            async with open_devices(endpoint, chosen) as service:
                yield Bench(store, recording, service, chosen, timeout)


def results(report: Report) -> dict[str, str]:
    """What became of each address."""
    return {str(outcome.address): str(outcome.result) for outcome in report.outcomes}


def reasons(report: Report) -> dict[str, str]:
    """Why."""
    return {str(outcome.address): outcome.reason for outcome in report.outcomes if outcome.reason}


def all_applied(report: Report) -> bool:
    """Whether something was done, and all of it."""
    return 0 < len(report.outcomes) == report.count(Result.APPLIED)
