"""`syncer apply`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncer.cli.loop import run
from syncer.cli.options import Duration, Glob, option, with_context
from syncer.cli.writing import RECONNECT_FOR, ByChange, agree, conclude, confirmed, writing_options
from syncer.errors import UsageProblem, visible

if TYPE_CHECKING:
    from syncer.workflow import Context


@click.command()
@click.argument("file", metavar="[PLAN.json]", required=False, type=click.Path(path_type=Path))
@writing_options
@option("--only", type=Glob(), multiple=True, metavar="GLOB", help="Only these addresses; may be said more than once.")
@option("--no-reach", is_flag=True, help="Do not ask which devices the changes reach.")
@option("--first", type=Glob(), multiple=True, metavar="GLOB", help="Apply these addresses first, and check them.")
@option(
    "--wait", type=Duration(), default=0.0, metavar="TIME", help="Wait after --first, such as 10m, before the check."
)
@option("--check", metavar="COMMAND", help="Must succeed after --first.  [the devices that were online still are]")
@option("--record", type=click.Path(path_type=Path), metavar="FILE", help="Record what was applied, for plan --since.")
@with_context(reconnect_for=RECONNECT_FOR)
def apply(
    context: "Context",
    file: Path | None,
    only: tuple[str, ...],
    no_reach: bool,
    first: tuple[str, ...],
    wait: float,
    check: str | None,
    record: Path | None,
    **said: Any,
) -> int:
    """Plan, ask, and apply; or apply exactly a saved plan.

    What fails is rolled back, unless --on-error stop says otherwise.
    """
    from syncer import workflow

    if file is not None and only:
        raise UsageProblem("--only belongs to `syncer plan` where a saved plan is applied")
    wishes = workflow.Wishes(
        confirmed(said),
        only,
        said["parallelism"],
        workflow.OnError(said["on_error"]),
        workflow.Staging(first, wait, check),
        reach=not no_reach,
        record=record,
    )
    told = ByChange(context)
    report = run(
        workflow.apply(
            context,
            workflow.read_plan(file, to_apply=True) if file else None,
            wishes,
            lambda plan: agree(context, plan, said, f"Apply this to {visible(plan.server_name)}?", told),
            told,
            told.rolling_back,
        )
    )
    context.progress.close()
    return conclude(report, said["form"])
