"""After an apply that was cut off: where things stand, then back to what was there, or on to what was meant."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from syncer.apply import wording
from syncer.apply.execute import OnOutcome
from syncer.apply.journal import Journal
from syncer.apply.rollback import Rollback
from syncer.apply.setting import Setting
from syncer.apply.transaction import Course, OnRollback, ending_of
from syncer.errors import Declined, StalePlan, some, visible
from syncer.files.journals import JournalFile
from syncer.files.sealing import Sealer
from syncer.model.address import Action, Address, Kind
from syncer.model.journal import Before, Begun, Ended, History, Phase
from syncer.model.plan import HIDDEN, Ending, Guard, Outcome, Plan, Report, Result, Summary
from syncer.model.state import Live, LiveObject, Policy
from syncer.plan.confirm import let_through, refuse_held
from syncer.plan.diff import steps_of
from syncer.plan.digest import derive_key, keyed
from syncer.plan.guards import CATEGORY_IN_USE, DOMAIN_IN_USE
from syncer.plan.images import Unseal, object_of
from syncer.plan.resume import still_to_do
from syncer.plan.saved import check_origin, summary_of
from syncer.plan.undo import Touched, Undo, lost_of
from syncer.workflow.applying import (
    CHECK,
    Wishes,
    carry_out,
    close_journal,
    pauses,
    refusing,
    rereading,
    stopped_by_signals,
    untold,
)
from syncer.workflow.connecting import Connected, connect
from syncer.workflow.context import Context, Repository, open_repository
from syncer.workflow.counting import count_devices
from syncer.workflow.locking import locked
from syncer.workflow.planning import Goal, find_guards, load_files, make_draft, with_guards
from syncer.workflow.unfinished import Found, journal_to_recover

_NAMED_AT_MOST = 5


class Way(StrEnum):
    """What becomes of an apply that was cut off."""

    ROLLBACK = "rollback"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class Standing:
    """Journal against live: what became of each change, in words."""

    journal: str
    opened: str
    server: str
    rows: tuple[tuple[Action, Address, str], ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """How a recovery speaks with a person: `choose` is shown where things stand and says what to do about it.

    `way`: what was said before anything was known; who says resume means it where nothing was done, too.
    """

    choose: Callable[[Standing], Way | None]
    agree: Callable[[Plan], bool]
    on_outcome: OnOutcome
    way: Way | None = None
    on_rollback: OnRollback = untold


@dataclass(frozen=True, slots=True)
class _Case:
    """One recovery: what the journal says, and what is live."""

    context: Context
    repository: Repository
    connected: Connected
    found: Found
    file: JournalFile
    setting: Setting
    touched: Mapping[int, Touched]
    live: Live
    wishes: Wishes
    talk: Talk

    @property
    def history(self) -> History:
        """What the journal says."""
        return self.found.history


async def recover(context: Context, name: str | None, wishes: Wishes, talk: Talk) -> Report | None:
    """Take back or complete the apply that the journal `name` tells of, or the last one that was cut off.

    None where there is nothing to do.
    """
    repository = open_repository(context)
    with locked(context, repository, "recover"):
        found = journal_to_recover(repository, name)
        if found is None:
            return None
        with JournalFile.reopen(found.path) as file:
            if not found.history.begun and talk.way is not Way.RESUME:  # it was cut off before its first write
                close_journal(context, file, Ending.NOTHING_WRITTEN)
                return None
            async with connect(context, repository) as connected:
                case = await _look(context, repository, connected, found, file, wishes, talk)
                return await _decide(case)


async def _look(
    context: Context,
    repository: Repository,
    connected: Connected,
    found: Found,
    file: JournalFile,
    wishes: Wishes,
    talk: Talk,
) -> _Case:
    history = found.history
    key = derive_key(connected.password, history.plan.salt)
    is_same_key = keyed(key, CHECK) == history.opened.check
    if not is_same_key:
        context.warn("the password is not that of the apply, so that what others changed since cannot be told apart")
    sealer = Sealer(repository.settings.age_recipients, context.environ)
    reread = rereading(connected.service)
    told = _Told(history)
    live = await reread(told.touched(None, key, None, frozenset(), is_same_key=is_same_key))
    touched = told.touched(live, key, sealer.unseal, connected.service.write_only, is_same_key=is_same_key)
    setting = Setting(
        connected.service,
        _masking(repository.settings.policy, told, history.plan),
        key,
        Journal(file),
        reread,
        refusing(repository, connected, wishes.confirmed),
        context.clock,
        wishes.parallelism,
        sealer.seal if sealer.can_seal else None,
        pauses(context),
    )
    return _Case(context, repository, connected, found, file, setting, touched, live, wishes, talk)


def _masking(policy: Policy, told: "_Told", plan: Plan) -> Policy:
    """What the journal keeps sealed, or its plan hides, is not shown either, whatever the policy says by now."""
    hidden = {name for before in told.before.values() if before.image for name in before.image.sealed}
    paths = (one.path for change in plan.changes for one in change.diff if HIDDEN in (one.before, one.after))
    hidden |= {str(name) for path in paths for name in steps_of(path)[-1:]}
    mask = {**policy.mask, "*": tuple(sorted({*policy.mask.get("*", ()), *hidden}))}
    return replace(policy, mask=mask) if hidden else policy


async def _decide(case: _Case) -> Report | None:
    # what the wire profile is not proven for is a guard here, which a person may let through
    rollback = Rollback(replace(case.setting, refusal=lambda _: ""), case.touched, case.talk.on_outcome)
    undo = rollback.plan(case.live, assume=True)
    if not undo.steps and not undo.left and case.talk.way is not Way.RESUME:
        close_journal(case.context, case.file, Ending.ROLLED_BACK)
        return None
    match case.talk.choose(_standing(case, undo)):
        case Way.ROLLBACK:
            return await _roll_back(case, rollback, undo)
        case Way.RESUME:
            return await _resume(case, undo)
        case None:
            raise Declined("not recovered: say --rollback or --resume; nothing more was written")


def _standing(case: _Case, undo: Undo) -> Standing:
    plan = case.history.plan
    told = _Told(case.history)
    rows = []
    for number, before in sorted(told.before.items()):
        rows.append((plan.changes[number].action, before.address, _stands(number, undo, case.history)))
    return Standing(case.found.path.stem, case.history.opened.opened, plan.server_name, tuple(rows))


def _stands(number: int, undo: Undo, history: History) -> str:
    if number not in history.begun:
        return "not begun"
    if number in undo.as_it_was:
        return "begun, and as it was"
    if number in undo.left:
        return f"begun; cannot be rolled back: {wording.left(undo.left[number])}"
    return "begun, and not as it was"


async def _roll_back(case: _Case, rollback: Rollback, undo: Undo) -> Report:
    if undo.steps:
        plan = await _plan_back(case, undo)
        refuse_held(plan, case.wishes.confirmed)
        if not case.talk.agree(let_through(plan)):
            raise Declined("not rolled back: nobody agreed; nothing more was written")
    case.context.progress.phase("rolling back", None)
    interrupted = False
    with stopped_by_signals(lambda: case.context.warn("the rollback goes on; once more leaves it at once")):
        try:
            undone = await rollback.run(assume=True, agreed=(undo, case.live))
        except asyncio.CancelledError:
            undone, interrupted = rollback.so_far("interrupted"), True
    outcomes = {
        number: undone.outcome(number, outcome) if undone.concerns(number) else outcome
        for number, outcome in _outcomes(case.history).items()
    }
    report = Report(_in_order(outcomes), failure=undone.failure, interrupted=interrupted, journal=str(case.file.path))
    ending = Ending.PART_WAY if undone.undo.steps and undone.is_all_that_can_be else ending_of(report, undone)
    report = replace(report, ending=ending)
    if report.ending:
        close_journal(case.context, case.file, report.ending)
    return report


async def _plan_back(case: _Case, undo: Undo) -> Plan:
    """The way back as a plan like any other."""
    steps = [step for _, step in undo.steps]
    policy = case.repository.settings.policy
    progress, service = case.context.progress, case.connected.service
    counted = await count_devices(progress, service, steps, case.live, reach=case.wishes.reach)
    held = find_guards(case.repository, case.connected, steps, counted.live, policy)
    # one that others use by now stays, as each delete finds out right before it; that must not hold back all the rest
    in_use = [guard for guard in held if guard.name in (CATEGORY_IN_USE, DOMAIN_IN_USE)]
    takes_back = f"this takes back what the apply of {visible(case.history.opened.opened)} did"
    notes = (
        f"{case.touched[number].address.shown} is not rolled back: {wording.left(left)}"
        for number, left in sorted(undo.left.items())
    )
    return replace(
        case.history.plan,
        server_name=case.repository.server.name,
        summary=summary_of(steps, Summary(unchanged=len(undo.as_it_was))),
        changes=tuple(step.change for step in counted.steps),
        guards=tuple(guard for guard in held if guard not in in_use),
        notes=(takes_back, *notes, *(f"{_told(guard)}: it is going to stay" for guard in in_use), *counted.notes),
        only=(),
        since=None,
        renames=(),
        unmanaged=(),
        ignored=(),
    )


def _told(guard: Guard) -> str:
    return f"{guard.message} ({some(guard.addresses, _NAMED_AT_MOST, visible)})"


async def _resume(case: _Case, undo: Undo) -> Report:
    """Plan again, and apply what of the plan is still to be done; a failure rolls back all of it."""
    cut_off, context = case.history.plan, case.context
    if cut_off.restores is not None:
        what = f"a restore was cut off ({visible(cut_off.restores)}), and only backups say how it goes on"
        raise StalePlan(f"{what}: take it back with `syncer recover --rollback`, and restore again")
    desired = load_files(context, case.repository)
    check_origin(cut_off, case.repository.server.url, case.connected.password, desired, case.connected.profile.digest)
    draft = await make_draft(context, case.repository, case.connected, Goal(desired), cut_off.only, cut_off.salt)
    made = {number: one.id for number, one in case.touched.items() if one.id is not None}
    planned, numbers = still_to_do(cut_off, case.history.begun, made, undo.made_again, draft.planned)
    outcomes = _outcomes(case.history)
    if not numbers:
        close_journal(context, case.file, Ending.APPLIED)
        return Report(tuple(map(_found_done, _in_order(outcomes))))
    draft = replace(draft, planned=planned)
    prepared = await with_guards(context, case.repository, case.connected, draft, reach=case.wishes.reach)
    refuse_held(prepared.plan, case.wishes.confirmed)
    if not case.talk.agree(let_through(prepared.plan)):
        raise Declined("not resumed: nobody agreed; nothing more was written")
    course = Course(
        tuple(zip(numbers, prepared.planned.steps, strict=True)),
        case.wishes.on_error,
        kept=_Told(case.history).before,
        earlier=case.touched,
        done={number: _found_done(outcomes[number]) for number in outcomes if number not in numbers},
    )
    talk = case.talk
    return await carry_out(context, case.setting, prepared.live, course, case.file, talk.on_outcome, talk.on_rollback)


def _in_order(outcomes: Mapping[int, Outcome]) -> tuple[Outcome, ...]:
    return tuple(outcomes[number] for number in sorted(outcomes))


def _found_done(outcome: Outcome) -> Outcome:
    return replace(outcome, result=Result.APPLIED, reason="")


def _outcomes(history: History) -> dict[int, Outcome]:
    """How each change stood when the apply was cut off, as far as the journal knows."""
    found = {
        number: Outcome(change.address, change.action, Result.NOT_TRIED)
        for number, change in enumerate(history.plan.changes)
    }
    for entry in history.entries:
        if isinstance(entry, Begun) and entry.phase is Phase.APPLY:
            found[entry.change] = replace(found[entry.change], result=Result.UNKNOWN, reason="it was cut off")
        elif isinstance(entry, Ended) and entry.phase is Phase.APPLY:
            found[entry.change] = replace(found[entry.change], result=entry.result, reason=visible(entry.reason, 2000))
    return found


class _Told:
    """What a journal tells of each change."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.before: dict[int, Before] = {}
        self._last: dict[int, Begun | Ended] = {}
        self._ids: dict[int, int] = {}
        for entry in history.entries:
            match entry:
                case Before():
                    self.before.setdefault(entry.change, entry)
                case Begun(change, phase, image):
                    is_first = phase is Phase.APPLY and change not in self._last
                    if is_first and image is not None:  # as it was right before its first write
                        self.before[change] = replace(self.before[change], image=image)
                    self._last[change] = entry
                    if self._makes(phase, change):  # another one, whose id is not known yet
                        self._ids.pop(change, None)
                case Ended():
                    self._last[entry.change] = entry
                    self._note_id(entry)
                case _:
                    pass

    def _note_id(self, entry: Ended) -> None:
        """What was made, by the apply or by its rollback; what was taken away has no id any more."""
        if not self._makes(entry.phase, entry.change):
            if entry.result is Result.APPLIED:
                self._ids.pop(entry.change, None)
        elif entry.id is not None:
            self._ids[entry.change] = entry.id

    def _makes(self, phase: Phase, change: int) -> bool:
        action = self._history.plan.changes[change].action
        return action is {Phase.APPLY: Action.CREATE, Phase.ROLLBACK: Action.DELETE}[phase]

    def touched(
        self,
        live: Live | None,
        key: bytes,
        unseal: Unseal | None,
        write_only: frozenset[str],
        *,
        is_same_key: bool,
    ) -> dict[int, Touched]:
        """What may have been touched; before `live` is known, only where to look."""
        now = {} if live is None else _index(live)
        return {
            number: self._touched(number, now, key, unseal, write_only, is_same_key=is_same_key)
            for number in sorted(self._history.begun)
        }

    def _touched(
        self,
        number: int,
        now: Mapping[tuple[Kind, int] | Address, LiveObject],
        key: bytes,
        unseal: Unseal | None,
        write_only: frozenset[str],
        *,
        is_same_key: bool,
    ) -> Touched:
        kept, change, last = self.before[number], self._history.plan.changes[number], self._last[number]
        before, lost = None, frozenset[str]()
        if kept.image is not None:
            kind = kept.address.kind
            ids = [kept.image.id, *([self._ids[number]] if number in self._ids else [])]
            found = (now.get((kind, one)) for one in ids)
            # a rollback that was cut off may have made it again without telling its id
            current = next((one for one in found if one is not None), now.get(kept.image.address))
            before, lost = object_of(kept.image, current, key, unseal)
            lost |= lost_of(change.action, before, (one.path for one in change.diff), write_only)
        return Touched(
            number,
            change.action,
            kept.address,
            before,
            kept.ignored,
            kept.domain_id,
            lost,
            self._ids.get(number),
            last.state if isinstance(last, Ended) and is_same_key else None,
            beside=kept.beside,
        )


def _index(live: Live) -> dict[tuple[Kind, int] | Address, LiveObject]:
    """Everything by kind and id, and by address."""
    found: dict[tuple[Kind, int] | Address, LiveObject] = {}
    for one in live.objects:
        found[one.address] = found[one.address.kind, one.id] = one
    return found
