"""Planning: files and a service in, a guarded plan out; plans saved and read again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from syncer.devices.snapshot import read_live
from syncer.errors import Problem, ProblemsError, visible
from syncer.files.plans import read_json, write_plan
from syncer.files.sealing import Sealer
from syncer.model.plan import Guard, Plan, from_document, to_document
from syncer.model.state import Desired, Live, LiveObject, Policy
from syncer.plan import guards
from syncer.plan.digest import files_of, keyed
from syncer.plan.planner import Origin, Planned, make_plan, reads_content, wants
from syncer.plan.reversal import reversal_notes
from syncer.plan.saved import refuse_edited, seal_of
from syncer.plan.steps import Maker, Step, masking
from syncer.plan.whose import told_whose
from syncer.workflow.connecting import Connected, connect
from syncer.workflow.context import Context, Repository, open_repository
from syncer.workflow.counting import count_devices
from syncer.workflow.proofs import irreversible, unproven
from syncer.workflow.since import read_third, refuse_two
from syncer.workflow.suggesting import with_renames


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What to plan: `only` these address globs, with the devices that each change reaches or without.

    At most one of `since`, a record of what was last applied, and `base`, a git revision, tells whose a difference is.
    """

    only: Sequence[str] = ()
    reach: bool = True
    since: Path | None = None
    base: str | None = None


_EVERYTHING = PlanOptions()


@dataclass(frozen=True, slots=True)
class Fitted:
    """A desired state made for what is live, and what a person should know of that."""

    desired: Desired
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Goal:
    """What a server is to become. `fit` completes `desired` once it is known what is live; None: it is complete.

    Digests of the goal are over `desired` alone, so that they say the same whatever is live. `called`: what says it.
    `restores`: the backup that it is, for people.
    """

    desired: Desired
    fit: Callable[[Live], Fitted] | None = None
    called: str = "the files"
    restores: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan ready to be applied, with the live state it was computed from.

    `left` are steps that a saved plan does not hold, so they are not going to be carried out.
    """

    planned: Planned
    live: Live
    desired: Desired
    left: tuple[Step, ...] = ()

    @property
    def plan(self) -> Plan:
        """The plan's document form."""
        return self.planned.plan


def load_files(context: Context, repository: Repository) -> Desired:
    """Every file of the repository; ProblemsError with every problem."""
    from syncer.files.load import load_desired

    done = context.progress.phase("reading files", None)
    desired = load_desired(repository.settings, repository.server, context.environ, cache=context.cache)
    done(1)
    return desired


def goal_of_files(context: Context, repository: Repository) -> Goal:
    """The server is to become what the files say; ProblemsError with every problem."""
    return Goal(load_files(context, repository))


GoalOf = Callable[[Context, Repository], Goal]


async def plan(context: Context, options: PlanOptions = _EVERYTHING, goal_of: GoalOf = goal_of_files) -> Plan:
    """What an apply would do, sealed. Never writes to the server."""
    refuse_two(options.since, options.base)
    repository = open_repository(context)
    third = read_third(context, repository, options.since, options.base)
    goal = goal_of(context, repository)
    async with connect(context, repository) as connected:
        draft = await make_fresh(context, repository, connected, goal, options.only)
        if third is not None:
            told = told_whose(draft.planned, third(connected.password), draft.desired, draft.live)
            draft = replace(draft, planned=told)
        prepared = await with_guards(context, repository, connected, draft, reach=options.reach)
        return replace(prepared.plan, seal=seal_of(prepared.plan, prepared.planned.key))


async def make_fresh(
    context: Context, repository: Repository, connected: Connected, goal: Goal, only: Sequence[str]
) -> Prepared:
    """The draft of a new plan, which suggests renames."""
    draft = await make_draft(context, repository, connected, goal, only, context.random(16).hex())
    return replace(draft, planned=await with_renames(connected.service, draft.planned))


async def make_draft(
    context: Context,
    repository: Repository,
    connected: Connected,
    goal: Goal,
    only: Sequence[str],
    salt: str,
) -> Prepared:
    """Everything but guards and suggestions."""
    live = await read_server(context, connected, reads_content(goal.desired), wants(goal.desired))
    origin = Origin(
        server_name=repository.server.name,
        server_url=repository.server.url,
        password=connected.password,
        profile_digest=connected.profile.digest,
        now=context.now().isoformat(timespec="seconds"),
        salt=salt,
    )
    if goal.fit is None:
        return Prepared(make_plan(goal.desired, live, origin, only), live, goal.desired)
    fitted = goal.fit(live)
    planned = make_plan(fitted.desired, live, origin, only)
    digest = keyed(planned.key, files_of(goal.desired, origin.profile_digest))
    notes = (*fitted.notes, *planned.plan.notes)
    plan = replace(planned.plan, files_digest=digest, notes=notes, restores=goal.restores)
    return Prepared(replace(planned, plan=plan), live, fitted.desired)


async def with_guards(
    context: Context, repository: Repository, connected: Connected, prepared: Prepared, *, reach: bool
) -> Prepared:
    """The same with its guards, with its devices counted if `reach`, and with notes on what no rollback restores."""
    planned, desired = prepared.planned, prepared.desired
    counted = await count_devices(context.progress, connected.service, planned.steps, prepared.live, reach=reach)
    steps, live = counted.steps, counted.live
    found = find_guards(repository, connected, steps, live, desired.policy)
    can_seal = Sealer(repository.settings.age_recipients, context.environ).can_seal
    maker = Maker(planned.key, masking(desired.policy, {one.domain.id: one.name for one in live.domains}))
    notes = reversal_notes(planned.steps, maker, live.write_only, can_seal=can_seal)
    stuck = irreversible(repository, connected, planned.steps)
    plan = replace(
        planned.plan,
        changes=tuple(step.change for step in steps),
        guards=found,
        notes=(*planned.plan.notes, *counted.notes, *notes, *stuck),
    )
    return replace(prepared, planned=replace(planned, plan=plan, steps=steps), live=live)


def find_guards(
    repository: Repository, connected: Connected, steps: Sequence[Step], live: Live, policy: Policy
) -> tuple[Guard, ...]:
    """What holds the steps back; `live` must tell the devices that guards depend on."""
    found = guards.check(steps, live, policy)
    if missing := unproven(repository, connected, steps, live):
        return (*found, guards.unverified_wire(missing, connected.profile.name))
    return found


async def read_server(
    context: Context,
    connected: Connected,
    choose: Callable[[LiveObject], bool],
    wanted: Callable[[LiveObject], bool],
) -> Live:
    """The live state, read with a progress bar; `choose` and `wanted` as for `read_live`."""
    context.progress.phase("reading the server", None)
    return await read_live(
        connected.service, choose, wanted, lambda total: context.progress.phase("reading configs", total)
    )


def read_plan(path: Path, *, to_apply: bool = False) -> Plan:
    """A saved plan; ProblemsError for a file that is none. `to_apply`: StalePlan where it shows that it was edited."""
    document = read_json(path, "plan", "the saved plan", "make it anew with `syncer plan --out`")
    try:
        found = from_document(document)
    except ValueError as exc:
        raise ProblemsError([Problem(None, f"{visible(path)}: {exc}", "make the plan anew")]) from exc
    if to_apply:
        refuse_edited(document)
    return found


def save_plan(path: Path, plan: Plan) -> None:
    """Write a plan for a later apply; 0600, since it holds what the server says."""
    import json

    write_plan(path, json.dumps(to_document(plan), indent=2, ensure_ascii=True) + "\n")
