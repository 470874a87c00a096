"""Planning: files and a service in, a guarded plan out; plans saved and read again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from syncer.devices.snapshot import find_devices, read_live
from syncer.errors import Problem, ProblemsError, visible
from syncer.files.plans import read_json, write_private
from syncer.files.sealing import Sealer
from syncer.model.plan import Guard, Plan, from_document, to_document
from syncer.model.state import Desired, Live, LiveObject, Policy
from syncer.plan import guards
from syncer.plan.planner import Origin, Planned, make_plan, reads_content, wants
from syncer.plan.reversal import reversal_notes
from syncer.plan.steps import Maker, Step, masking
from syncer.workflow.connecting import Connected, connect
from syncer.workflow.context import Context, Repository, open_repository
from syncer.workflow.proofs import irreversible, unproven


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
class Prepared:
    """A plan ready to be applied, with the live state it was computed from."""

    planned: Planned
    live: Live
    desired: Desired

    @property
    def plan(self) -> Plan:
        """The plan's document form."""
        return self.planned.plan


def load_files(context: Context, repository: Repository) -> Desired:
    """Every file of the repository; ProblemsError with every problem."""
    from syncer.files.load import load_desired

    done = context.progress.phase("reading files", None)
    desired = load_desired(repository.settings, repository.server, context.environ)
    done(1)
    return desired


async def plan(context: Context, options: PlanOptions = _EVERYTHING) -> Plan:
    """What an apply would do. Never writes to the server."""
    repository = open_repository(context)
    desired = load_files(context, repository)
    async with connect(context, repository) as connected:
        draft = await make_draft(context, repository, connected, desired, options.only, context.random(16).hex())
        return (await with_guards(context, repository, connected, draft)).plan


async def make_draft(
    context: Context,
    repository: Repository,
    connected: Connected,
    desired: Desired,
    only: Sequence[str],
    salt: str,
) -> Prepared:
    """Everything but the guards."""
    live = await read_server(context, connected, reads_content(desired), wants(desired))
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


async def with_guards(context: Context, repository: Repository, connected: Connected, prepared: Prepared) -> Prepared:
    """The same with its guards, and with notes on what a rollback could not restore."""
    planned, desired = prepared.planned, prepared.desired
    live, found = await find_guards(repository, connected, planned.steps, prepared.live, desired.policy)
    can_seal = Sealer(repository.settings.age_recipients, context.environ).can_seal
    maker = Maker(planned.key, masking(desired.policy, {one.domain.id: one.name for one in live.domains}))
    notes = reversal_notes(planned.steps, maker, live.write_only, can_seal=can_seal)
    stuck = irreversible(repository, connected, planned.steps)
    plan = replace(planned.plan, guards=found, notes=(*planned.plan.notes, *notes, *stuck))
    return Prepared(replace(planned, plan=plan), live, desired)


async def find_guards(
    repository: Repository, connected: Connected, steps: Sequence[Step], live: Live, policy: Policy
) -> tuple[Live, tuple[Guard, ...]]:
    """What holds the steps back, and the live state with the devices that had to be asked for."""
    asked = guards.devices_to_find(steps, live)
    live = replace(live, devices=await find_devices(connected.service, asked))
    found = guards.check(steps, live, policy)
    if missing := unproven(repository, connected, steps, live):
        found = (*found, guards.unverified_wire(missing, connected.profile.name))
    return live, found


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
