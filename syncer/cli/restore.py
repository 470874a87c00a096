"""`syncer restore`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncer.cli.loop import run
from syncer.cli.nextstep import Said, next_step
from syncer.cli.options import Glob, option, with_context
from syncer.cli.output import show_plan
from syncer.cli.writing import RECONNECT_FOR, ByChange, agree, conclude, confirmed, writing_options
from syncer.errors import UsageProblem, visible
from syncer.model.plan import Plan, Report

if TYPE_CHECKING:
    from syncer.workflow import Context, Restoring, Wishes


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.argument("plan", metavar="[PLAN.json]", required=False, type=click.Path(path_type=Path))
@option("--only", type=Glob(), multiple=True, metavar="GLOB", help="Only these addresses; may be said more than once.")
@option(
    "--into",
    multiple=True,
    metavar="OLD=NEW",
    said_each_time=True,
    help="Only this domain, under another name; may be said more than once.",
)
@option("--prune", is_flag=True, said_each_time=True, help="Delete what is live and not in the backup.")
@option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PLAN.json",
    said_each_time=True,
    help="Only plan, and save the plan for a restore.",
)
@option("--no-reach", is_flag=True, help="Do not ask which devices the changes reach.")
@writing_options
@with_context(reconnect_for=RECONNECT_FOR)
def restore(
    context: "Context",
    file: Path,
    plan: Path | None,
    only: tuple[str, ...],
    into: tuple[str, ...],
    prune: bool,
    out: Path | None,
    no_reach: bool,
    **said: Any,
) -> int:
    """Make a server what a backup holds: plan, ask, and apply; or apply exactly a plan of --out.

    Names decide, ids differ. What is live and not in the backup is left alone. What fails is rolled back.
    """
    from syncer import workflow

    if plan is not None and (only or out):
        raise UsageProblem(f"{'--only' if only else '--out'} is for a new plan; a saved one is restored as it is")
    if out is not None and said["yes"]:
        raise UsageProblem("--out only plans, and --yes has nothing to agree to; say one of them")
    restoring = workflow.Restoring(file, only, workflow.names_of(into), prune)
    if out is not None:
        return _save(context, restoring, out, said, reach=not no_reach)
    saved = workflow.read_plan(plan, to_apply=True) if plan else None
    if saved is not None:
        restoring = replace(restoring, only=saved.only)
    wishes = workflow.Wishes(
        confirmed(said), only, said["parallelism"], workflow.OnError(said["on_error"]), reach=not no_reach
    )
    report = run(_apply(context, restoring, saved, wishes, said))
    context.progress.close()
    return conclude(report, said["form"])


async def _apply(
    context: "Context", restoring: "Restoring", saved: Plan | None, wishes: "Wishes", said: dict[str, Any]
) -> Report:
    from syncer import workflow

    told = ByChange(context)

    def agreed(plan: Plan) -> bool:
        return agree(context, plan, said, f"Restore this to {visible(plan.server_name)}?", told, compared=True)

    goal_of = workflow.goal_of_backup(restoring)
    return await workflow.apply(context, saved, wishes, agreed, told, told.rolling_back, goal_of)


def _save(context: "Context", restoring: "Restoring", out: Path, said: dict[str, Any], *, reach: bool) -> int:
    from syncer import workflow

    options = workflow.PlanOptions(restoring.only, reach)
    made = run(workflow.plan(context, options, workflow.goal_of_backup(restoring)))
    context.progress.close()
    show_plan(made, said["form"], expand=said["expand"], compared=True)
    workflow.save_plan(out, made)
    click.echo(f"saved: {visible(out)}", err=True)
    if said["form"] == "text":
        directory = None if context.upwards else str(context.start)
        next_said = Said(directory, context.server, reach=reach, file=out, command=_command(restoring))
        click.echo(f"\n{next_step(made, next_said)}", err=True)
    return 0


def _command(restoring: "Restoring") -> tuple[str, ...]:
    """What restores a saved plan, but for that: --into and --prune are no part of it, and a person says them again."""
    renames = (part for old, new in restoring.into.items() for part in ("--into", f"{old}={new}"))
    return ("restore", *renames, *(["--prune"] if restoring.prune else []), str(restoring.file))
