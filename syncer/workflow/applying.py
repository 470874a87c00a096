"""Applying: check again, ask, write what the journal announced, and take it back if it fails."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from syncer.apply.execute import OnOutcome
from syncer.apply.journal import Journal
from syncer.apply.setting import Refusal, Reread, Setting, beside
from syncer.apply.transaction import Course, OnError, OnRollback, Transaction
from syncer.devices.interface import Service
from syncer.devices.snapshot import read_live
from syncer.errors import (
    ApplyFailed,
    BrokenMessage,
    Declined,
    JournalFailed,
    ProblemsError,
    SilentServer,
    StalePlan,
    visible,
)
from syncer.files.journals import JournalFile
from syncer.files.sealing import Sealer
from syncer.model.address import Action
from syncer.model.journal import Before, Closed, Opened
from syncer.model.plan import Ending, Outcome, Plan, Report
from syncer.model.state import Live, LiveObject
from syncer.plan.confirm import Confirmed, let_through, refuse_held
from syncer.plan.digest import keyed
from syncer.plan.saved import check_goal, check_origin, check_seal, keys_of, select
from syncer.plan.undo import Touched
from syncer.workflow.connecting import Connected, connect
from syncer.workflow.context import Context, Repository, open_repository
from syncer.workflow.journals import journal_folder
from syncer.workflow.locking import locked
from syncer.workflow.planning import Goal, GoalOf, Prepared, goal_of_files, make_draft, make_fresh, with_guards
from syncer.workflow.proofs import proven
from syncer.workflow.records import keep_record, open_recording
from syncer.workflow.staging import Staging, stage
from syncer.workflow.unfinished import refuse_unfinished

_PATIENCE = 5.0  # seconds; a write that arrives later than that is found by the next plan
CHECK = "syncer-journal"  # what a journal's `check` is a digest of


@dataclass(frozen=True, slots=True)
class Wishes:
    """How an apply is to be done, and what a person confirmed."""

    confirmed: Confirmed = field(default_factory=Confirmed)
    only: Sequence[str] = ()
    parallelism: int = 8
    on_error: OnError = OnError.ROLLBACK
    staging: Staging = field(default_factory=Staging)
    reach: bool = True  # count the devices of the changes
    record: Path | None = None  # where to write down what was applied


def untold(_total: int) -> OnOutcome:
    """For whom a rollback need not be told change by change."""
    return lambda _: None


async def apply(
    context: Context,
    saved: Plan | None,
    wishes: Wishes,
    agree: Callable[[Plan], bool],
    on_outcome: OnOutcome,
    on_rollback: OnRollback = untold,
    goal_of: GoalOf = goal_of_files,
) -> Report:
    """Plan, or check a saved plan against everything it relies on; guards; ask; write, each write read back.

    `agree` shows the plan and says whether a person agreed to exactly that; `on_rollback` is told if it is taken back.
    """
    repository = open_repository(context, saved.server_name if saved else None)
    with locked(context, repository, "apply"):
        refuse_unfinished(repository)
        recording = open_recording(wishes.record, repository)
        goal = goal_of(context, repository)
        async with connect(context, repository) as connected:
            prepared = await _prepare(context, repository, connected, goal, saved, wishes)
            if not prepared.plan.changes:
                agree(prepared.plan)
                keep_record(context, repository, connected, recording, prepared, Report())
                return Report()
            refuse_held(prepared.plan, wishes.confirmed)
            staged = await stage(context, repository, connected, prepared, wishes.staging)
            if not agree(let_through(prepared.plan)):
                raise Declined("not applied: nobody agreed; nothing was written")
            course = Course(tuple(enumerate(prepared.planned.steps)), wishes.on_error, staged.first, staged.gate)
            with new_journal(context, repository) as file:
                setting = make_setting(context, repository, connected, prepared, wishes, file)
                course = replace(course, kept=_begin(context, setting, prepared, file))
                report = await carry_out(context, setting, prepared.live, course, file, on_outcome, on_rollback)
            keep_record(context, repository, connected, recording, prepared, report)
            return report


async def _prepare(
    context: Context,
    repository: Repository,
    connected: Connected,
    goal: Goal,
    saved: Plan | None,
    wishes: Wishes,
) -> Prepared:
    if saved is None:
        draft = await make_fresh(context, repository, connected, goal, wishes.only)
    else:
        draft = await _draft_saved(context, repository, connected, goal, saved)
    return await with_guards(context, repository, connected, draft, reach=wishes.reach)


async def _draft_saved(
    context: Context, repository: Repository, connected: Connected, goal: Goal, saved: Plan
) -> Prepared:
    check_seal(saved, repository.server.url, connected.password)
    check_goal(saved, restores=goal.restores is not None)
    check_origin(saved, repository.server.url, connected.password, goal.desired, connected.profile.digest, goal.called)
    try:
        draft = await make_draft(context, repository, connected, goal, saved.only, saved.salt)
    except ProblemsError as exc:
        raise StalePlan(f"the server moved on since the plan was made:\n{exc}") from exc
    chosen = select(saved, draft.planned)
    wanted = set(keys_of(step.change for step in chosen.steps))
    steps = draft.planned.steps
    keys = keys_of(step.change for step in steps)
    left = tuple(step for key, step in zip(keys, steps, strict=True) if key not in wanted)
    return replace(draft, planned=chosen, left=left)


def make_setting(
    context: Context,
    repository: Repository,
    connected: Connected,
    prepared: Prepared,
    wishes: Wishes,
    file: JournalFile,
) -> Setting:
    """What an apply of a prepared plan works with."""
    sealer = Sealer(repository.settings.age_recipients, context.environ)
    return Setting(
        connected.service,
        prepared.desired.policy,
        prepared.planned.key,
        Journal(file),
        rereading(connected.service),
        refusing(repository, connected, wishes.confirmed),
        context.clock,
        wishes.parallelism,
        sealer.seal if sealer.can_seal else None,
        pauses(context),
    )


def pauses(context: Context) -> tuple[float, ...]:
    """Seconds before each further look for a write of which nothing is seen: a deadline in all, but a few seconds."""
    patience = min(context.timeout, _PATIENCE)
    return tuple(patience * share for share in (0.1, 0.3, 0.6))


def rereading(service: Service) -> Reread:
    """Reads what was touched, wherever it is now."""

    async def reread(touched: Mapping[int, Touched]) -> Live:
        choose, wanted = _choice(touched.values())
        try:
            return await read_live(service, choose, wanted)
        except (SilentServer, BrokenMessage):
            await service.renew()
            return await read_live(service, choose, wanted)

    return reread


def _choice(touched: Any) -> tuple[Callable[[LiveObject], bool], Callable[[LiveObject], bool]]:
    domain_ids, names, config_ids, places = set(), set(), set(), set()
    for one in touched:
        names.add(one.address.domain)
        domain_ids.add(one.before.domain_id if one.before else one.domain_id)
        config_ids |= {one.id, one.before.id if one.before else None}
        places |= {(a.type, a.name) for a in (one.address, one.before.address if one.before else one.address)}
    return (
        lambda domain: domain.id in domain_ids or domain.address.domain in names,
        lambda config: config.id in config_ids or (config.address.type, config.address.name) in places,
    )


def refusing(repository: Repository, connected: Connected, confirmed: Confirmed) -> Refusal:
    """A rollback, too, uses only operations that are proven on this server."""
    known = None if confirmed.unverified_wire else proven(repository, connected.profile)

    def refusal(used: frozenset[str]) -> str:
        missing = sorted(used - known) if known is not None else []
        name = visible(connected.profile.name)
        return f"the wire profile {name} is not verified here for {', '.join(missing)}" if missing else ""

    return refusal


@contextmanager
def new_journal(context: Context, repository: Repository) -> Iterator[JournalFile]:
    """A journal of its own; one that announces nothing is not left behind."""
    stem = f"{context.now():%Y%m%dT%H%M%S.%fZ}-{context.random(4).hex()}"
    with JournalFile.create(journal_folder(repository.root), stem) as file:
        yield file


def _begin(context: Context, setting: Setting, prepared: Prepared, file: JournalFile) -> dict[int, Before]:
    """The plan, and all that it is going to touch, are on the disk before anything is written."""
    try:
        return _write_down(context, setting, prepared, file)
    except BaseException:
        file.path.unlink(missing_ok=True)
        raise


def _write_down(context: Context, setting: Setting, prepared: Prepared, file: JournalFile) -> dict[int, Before]:
    opened = Opened(prepared.plan, keyed(setting.key, CHECK), context.now().isoformat(timespec="seconds"))
    file.append(opened)
    kept = {}
    there = beside(prepared.live, prepared.planned.steps)
    for number, step in enumerate(prepared.planned.steps):
        change = step.change
        image = setting.image(step.live, prepared.live) if step.live else None
        others = frozenset() if change.action is Action.UPDATE else there.get(change.address, frozenset()) - {change.id}
        kept[number] = Before(number, change.address, change.former, step.domain_id, step.ignored, image, others)
        file.append(kept[number])
    file.sync()
    return kept


async def carry_out(
    context: Context,
    setting: Setting,
    live: Live,
    course: Course,
    file: JournalFile,
    on_outcome: OnOutcome,
    on_rollback: OnRollback,
) -> Report:
    """Run it, stopped by signals, and close the journal where nothing is left to be decided."""
    forward = _counting(context, "applying", len(course.jobs), on_outcome)
    transaction = Transaction(setting, live, course, forward, _rolling_back(context, on_rollback))
    try:
        with stopped_by_signals(transaction.stop):
            report = await transaction.run()
    except BaseException as exc:
        if not transaction.has_written:
            close_journal(context, file, Ending.NOTHING_WRITTEN)
        elif isinstance(exc, Exception):  # ours, or one that nobody foresaw: what was written stays so
            name = type(exc).__name__
            what_now = f"`syncer recover` goes on from {visible(file.path)}"
            raise ApplyFailed(f"syncer itself failed ({name}) after it had begun to write; {what_now}") from exc
        raise
    if report.ending:
        close_journal(context, file, report.ending)
    return replace(report, journal=str(file.path))


def close_journal(context: Context, file: JournalFile, ending: Ending) -> None:
    """Nothing is left to be decided; a journal that cannot say so is found unfinished, and `recover` finds it done."""
    try:
        file.append(Closed(ending, context.now().isoformat(timespec="seconds")))
        file.sync()
    except JournalFailed as exc:
        context.warn(str(exc))


def _counting(context: Context, phase: str, total: int, on_outcome: OnOutcome) -> OnOutcome:
    tick = context.progress.phase(phase, total)

    def told(outcome: Outcome) -> None:
        tick(1)
        on_outcome(outcome)

    return told


def _rolling_back(context: Context, on_rollback: OnRollback) -> OnRollback:
    return lambda total: _counting(context, "rolling back", total, on_rollback(total))


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """The first Ctrl-C (and what counts as one) ends an apply after what is under way; the second does so at once."""
    loop = asyncio.get_running_loop()
    before: dict[signal.Signals, Any] = {}

    def stopped(number: int, _frame: object) -> None:
        signal.signal(number, before[signal.Signals(number)])
        loop.call_soon_threadsafe(stop)

    with contextlib.suppress(ValueError):  # not the main thread: signals are somebody else's business
        before[signal.SIGINT] = signal.getsignal(signal.SIGINT)
        signal.signal(signal.SIGINT, stopped)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
