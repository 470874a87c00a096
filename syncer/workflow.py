"""The use cases, composed: files and a service in, plans and reports out. Nothing here prints.

What comes from outside (environment, clock, randomness) comes in with `Context`.
"""

import asyncio
import contextlib
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from syncer import resources
from syncer.apply.carry import write_of
from syncer.apply.execute import Executor, OnOutcome
from syncer.devices.client import DevicesClient, open_devices
from syncer.devices.interface import Tick
from syncer.devices.snapshot import count_devices, read_live
from syncer.errors import Declined, Problem, ProblemsError, StalePlan, SyncerError, visible
from syncer.files.plans import read_json, write_private
from syncer.files.receipts import read_receipts
from syncer.files.settings import Server, Settings, find_root, load_settings, read_password
from syncer.files.sources import Unreadable, find_files, read_text
from syncer.model.plan import Plan, Report, from_document, to_document
from syncer.model.state import Desired, Live, LiveObject
from syncer.plan import guards
from syncer.plan.confirm import Confirmed as Confirmed  # for the command line
from syncer.plan.confirm import let_through, refuse_held
from syncer.plan.planner import Origin, Planned, make_plan, reads_content, wants
from syncer.plan.saved import check_origin, select
from syncer.transport.dial import Endpoint
from syncer.wire.login import Credentials
from syncer.wire.profile import Profile, builtin
from syncer.wire.profile import load as load_profile

if TYPE_CHECKING:
    from syncer.files.export import Exported

_MEMORY = ":memory:"
_PROFILE_BYTES = 1 << 20


class Progress(Protocol):
    """Told what takes time; `phase` gives what counts up to `total` (None: not known)."""

    def phase(self, name: str, total: int | None) -> Tick:
        """Start counting something."""

    def close(self) -> None:
        """Take everything off the screen that is not a result."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a use case runs in. `timeout` in seconds; `random` gives that many bytes; `warn` tells people something."""

    start: Path
    upwards: bool  # whether the repository may be above `start`
    server: str | None
    environ: Mapping[str, str] = field(repr=False)
    now: Callable[[], datetime]
    random: Callable[[int], bytes]
    clock: Callable[[], float]
    progress: Progress
    warn: Callable[[str], None]
    timeout: float = 30.0
    window: int = 64


@dataclass(frozen=True, slots=True)
class Repository:
    """A configuration repository and the server of it that is meant."""

    settings: Settings
    server: Server

    @property
    def root(self) -> Path:
        """Its folder."""
        return self.settings.root

    @property
    def files(self) -> tuple[str, ...]:
        """The folders, files and globs that describe the server."""
        return self.server.files or self.settings.files


@dataclass(frozen=True, slots=True)
class Connected:
    """A login, and what the digests of a plan need to know of it."""

    service: DevicesClient
    profile: Profile
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan ready to be applied, with the live state it was computed from."""

    planned: Planned
    live: Live
    desired: Desired

    @property
    def plan(self) -> Plan:
        """The plan's document form."""
        return self.planned.plan


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did; `interrupted` if a person ended it before its end."""

    report: Report
    interrupted: bool = False


def open_repository(context: Context, server: str | None = None) -> Repository:
    """The repository at `context.start`, or the one that it is in, and the server that is meant."""
    settings = load_settings(find_root(context.start, upwards=context.upwards))
    return Repository(settings, settings.server(context.server or server))


def load_files(context: Context, repository: Repository) -> Desired:
    """Every file of the repository; ProblemsError with every problem."""
    from syncer.files.load import load_desired

    done = context.progress.phase("reading files", None)
    desired = load_desired(repository.settings, repository.server, context.environ)
    done(1)
    return desired


async def plan(context: Context, only: Sequence[str] = ()) -> Plan:
    """What an apply would do. Never writes to the server."""
    repository = open_repository(context)
    desired = load_files(context, repository)
    async with connect(context, repository) as connected:
        draft = await _draft(context, repository, connected, desired, only, context.random(16).hex())
        return (await _guard(repository, connected, draft)).plan


async def apply(
    context: Context,
    saved: Plan | None,
    confirmed: Confirmed,
    agree: Callable[[Plan], bool],
    on_outcome: OnOutcome,
    *,
    only: Sequence[str] = (),
    parallelism: int = 8,
) -> Applied:
    """Plan, or check a saved plan against everything it relies on; guards; ask; write, each write read back.

    `agree` shows the plan and says whether a person agreed to exactly that.
    """
    repository = open_repository(context, saved.server_name if saved else None)
    desired = load_files(context, repository)
    async with connect(context, repository) as connected:
        if saved is None:
            prepared = await _draft(context, repository, connected, desired, only, context.random(16).hex())
        else:
            prepared = await _draft_saved(context, repository, connected, desired, saved)
        prepared = await _guard(repository, connected, prepared)
        if not prepared.plan.changes:
            agree(prepared.plan)
            return Applied(Report())
        refuse_held(prepared.plan, confirmed)
        if not agree(let_through(prepared.plan)):
            raise Declined("not applied: nobody agreed; nothing was written")
        return await _execute(context, connected, prepared, on_outcome, parallelism)


async def _execute(
    context: Context, connected: Connected, prepared: Prepared, on_outcome: OnOutcome, parallelism: int
) -> Applied:
    tick = context.progress.phase("applying", len(prepared.planned.steps))

    def told(outcome: Any) -> None:
        tick(1)
        on_outcome(outcome)

    executor = Executor(
        connected.service,
        prepared.planned,
        prepared.live,
        prepared.desired.policy,
        parallelism=parallelism,
        clock=context.clock,
        on_outcome=told,
    )
    with _stopped_by_signals(executor):
        report = await executor.run()
    return Applied(report, interrupted=executor.interrupted)


@contextmanager
def _stopped_by_signals(executor: Executor) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM ends an apply after what is under way; the second does as it always did."""
    loop = asyncio.get_running_loop()
    before: dict[signal.Signals, Any] = {}

    def stop(number: int, _frame: object) -> None:
        signal.signal(number, before[signal.Signals(number)])
        loop.call_soon_threadsafe(executor.stop)

    with contextlib.suppress(ValueError):  # not the main thread: signals are somebody else's business
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.getsignal(number)
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def _draft(
    context: Context,
    repository: Repository,
    connected: Connected,
    desired: Desired,
    only: Sequence[str],
    salt: str,
) -> Prepared:
    """Everything but the guards."""
    live = await _read(context, connected, reads_content(desired), wants(desired))
    origin = Origin(
        server_name=repository.server.name,
        server_url=repository.server.url,
        password=connected.password,
        profile_digest=connected.profile.digest,
        now=context.now().isoformat(timespec="seconds"),
        salt=salt,
    )
    planned = make_plan(desired, live, origin, only)
    return Prepared(planned, live, desired)


async def _guard(repository: Repository, connected: Connected, prepared: Prepared) -> Prepared:
    """The same with its guards, for which devices are counted and the wire profile's receipt is read."""
    steps = prepared.planned.steps
    live = replace(prepared.live, devices=await count_devices(connected.service, guards.devices_to_count(steps)))
    found = list(guards.check(steps, live, prepared.desired.policy))
    unproven = _unproven(repository, connected, prepared)
    if unproven:
        found.append(guards.unverified_wire(unproven, connected.profile.name))
    plan_with_guards = replace(prepared.plan, guards=tuple(found))
    return Prepared(replace(prepared.planned, plan=plan_with_guards), live, prepared.desired)


async def _draft_saved(
    context: Context, repository: Repository, connected: Connected, desired: Desired, saved: Plan
) -> Prepared:
    check_origin(saved, repository.server.url, connected.password, desired, connected.profile.digest)
    try:
        draft = await _draft(context, repository, connected, desired, saved.only, saved.salt)
    except ProblemsError as exc:
        raise StalePlan(f"the server moved on since the plan was made:\n{exc}") from exc
    return replace(draft, planned=select(saved, draft.planned))


def _unproven(repository: Repository, connected: Connected, prepared: Prepared) -> list[str]:
    """Operations that the plan needs and no receipt proves for this server; raises where the profile lacks words."""
    domain_ids = {domain.name: domain.domain.id for domain in prepared.live.domains}
    needed: set[str] = set()
    for step in prepared.planned.steps:
        domain_id = step.domain_id if step.domain_id is not None else domain_ids.get(step.change.address.domain)
        needed |= connected.service.check(write_of(step, domain_id, step.live, {}))
    if not needed or repository.server.emulator is not None:
        return []
    receipt = read_receipts(_receipt_path(repository, connected.profile)).get(repository.server.url)
    proven = receipt.operations if receipt and receipt.profile == connected.profile.digest else ()
    return sorted(needed - set(proven))


def _receipt_path(repository: Repository, profile: Profile) -> Path:
    chosen = repository.server.wire_profile
    folder = chosen.parent if isinstance(chosen, Path) else repository.root / "wire"
    return folder / f"{profile.name}.verified.json"


async def _read(
    context: Context,
    connected: Connected,
    choose: Callable[[LiveObject], bool],
    wanted: Callable[[LiveObject], bool],
) -> Live:
    context.progress.phase("reading the server", None)
    return await read_live(
        connected.service, choose, wanted, lambda total: context.progress.phase("reading configs", total)
    )


async def export(context: Context, out: Path | None, *, force: bool = False) -> "Exported":
    """The live state as files; a plan right after it is empty, unless a note says that other files are in the way."""
    from syncer.files.export import export as write_files

    repository = open_repository(context)
    async with connect(context, repository) as connected:
        live = await _read(context, connected, lambda _: True, lambda _: True)
    folder = out or _default_folder(repository)
    context.progress.phase("writing files", None)
    exported = write_files(live.domains, folder, root=repository.root, force=force, write_only=live.write_only)
    return replace(exported, notes=exported.notes + tuple(_files_in_the_way(repository, exported.files)))


def _files_in_the_way(repository: Repository, written: Sequence[Path]) -> Iterator[str]:
    """What makes the next plan say something else than was just written."""
    found, _ = find_files(repository.root, repository.files, repository.server.place)
    read = {path.resolve() for path in found}
    documents = {path.resolve() for path in written if path.suffix in (".yaml", ".yml")}
    if documents - read:
        yield f"{visible(min(documents - read))} is not among `files` of syncer.yaml, so no plan reads it"
    for path in sorted(read - documents):
        yield f"{visible(path)} is read too; remove what it repeats of the files that were written"


def _default_folder(repository: Repository) -> Path:
    folder = next(
        (p for p in repository.files if not any(c in p for c in "*?[") and not p.endswith((".yaml", ".yml"))), None
    )
    if folder is None:
        raise SyncerError("syncer.yaml names no folder to export to; say one with --out DIR")
    return repository.root / folder


def read_plan(path: Path) -> Plan:
    """A saved plan; ProblemsError for a file that is none."""
    document = read_json(path, "plan", "saved plan")
    try:
        return from_document(document)
    except ValueError as exc:
        raise ProblemsError([Problem(None, f"{visible(path)}: {exc}", "make the plan anew")]) from exc


def save_plan(path: Path, plan: Plan) -> None:
    """Write a plan for a later apply; 0600, since it holds what the server says."""
    import json

    write_private(path, json.dumps(to_document(plan), indent=2, ensure_ascii=True) + "\n")


def init(directory: Path) -> list[Path]:
    """A new configuration repository in an empty or new folder; the files that were made."""
    starter = resources.directory("examples") / "starter"
    made = {path: directory / path.relative_to(starter) for path in sorted(starter.rglob("*")) if path.is_file()}
    schemas = {
        path: directory / "schemas" / path.name
        for path in sorted(resources.directory("schemas").glob("*.schema.json"))
        if path.name in ("domain.schema.json", "syncer.schema.json", "wire-profile.schema.json")
    }
    taken = [path for path in (*made.values(), *schemas.values()) if path.exists()]
    if taken:
        raise SyncerError(f"{visible(taken[0])} exists already; init needs a folder without syncer's files")
    try:
        for source, target in (made | schemas).items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    except OSError as exc:
        raise SyncerError(f"{visible(directory)} cannot be written: {visible(exc.strerror)}") from exc
    return [*made.values(), *schemas.values()]


def copy_examples(directory: Path) -> None:
    """The example repository, with the installation that its service starts from."""
    leave = shutil.ignore_patterns("starter", "README.md")
    try:
        shutil.copytree(resources.directory("examples"), directory, ignore=leave, dirs_exist_ok=True)
    except OSError as exc:
        raise SyncerError(f"{visible(directory)} cannot be written: {visible(exc.strerror or exc)}") from exc


def embedded_data(context: Context) -> Path:
    """Where the repository's embedded service keeps its state."""
    repository = open_repository(context)
    path = repository.server.emulator
    if path is None or path == _MEMORY:
        raise SyncerError(f"{visible(repository.server.url)} is no embedded service that keeps its state")
    private_folder(repository.root, Path(path).parent)
    return Path(path)


@asynccontextmanager
async def connect(context: Context, repository: Repository) -> AsyncIterator[Connected]:
    """Log in to the repository's server; `emulator:` urls start the embedded service first."""
    server = repository.server
    profile = _profile(server)
    if server.emulator is not None:
        async with (
            _emulator(repository, profile, server.emulator) as (url, credentials),
            _log_in(context, server, url, credentials, profile) as connected,
        ):
            yield connected
        return
    if server.insecure:
        context.warn(f"{visible(server.url)} is not encrypted: passwords and settings can be read on the way")
    credentials = Credentials(server.app or "", server.domain or "", read_password(server, context.environ))
    async with _log_in(context, server, server.url, credentials, profile) as connected:
        yield connected


@asynccontextmanager
async def _log_in(
    context: Context, server: Server, url: str, credentials: Credentials, profile: Profile
) -> AsyncIterator[Connected]:
    endpoint = Endpoint(url, server.url, credentials, server.ca_file, context.timeout, context.window)
    async with open_devices(endpoint, profile) as service:
        yield Connected(service, profile, credentials.password)


@asynccontextmanager
async def _emulator(repository: Repository, profile: Profile, path: str) -> AsyncIterator[tuple[str, Credentials]]:
    from syncer import emulator

    if path != _MEMORY:
        private_folder(repository.root, Path(path).parent)
    server = repository.server
    domain = server.domain or emulator.DOMAIN
    app = server.app or emulator.APP
    with emulator.Store(path, instance_domain=domain) as store:
        async with emulator.Emulator(store, profile=profile, app=app).start() as running:
            yield running.url, Credentials(app, domain, emulator.PASSWORD)


def private_folder(root: Path, folder: Path) -> None:
    """Make a folder; `.syncer/` holds local state and is kept out of git."""
    local = root / ".syncer"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if local.is_dir() and not (local / ".gitignore").exists():
            (local / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as exc:
        raise SyncerError(f"{visible(folder)} cannot be made or written: {visible(exc.strerror)}") from exc


def _profile(server: Server) -> Profile:
    chosen = server.wire_profile
    if isinstance(chosen, str):
        try:
            return builtin(chosen)
        except KeyError:
            what = f"there is no built-in wire profile {visible(chosen)}"
            raise ProblemsError([Problem(server.place, what, "name a file, or `conventional`")]) from None
    try:
        text = read_text(chosen, _PROFILE_BYTES)
    except Unreadable as exc:
        raise ProblemsError([Problem(server.place, f"wire_profile {visible(chosen)}: {exc.what}", exc.hint)]) from exc
    return load_profile(text, str(chosen))
