"""`syncer plan`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncer.cli.loop import run
from syncer.cli.nextstep import Said
from syncer.cli.options import option, with_context
from syncer.cli.showing import Look, comparing_options, present, showing_options, tell_next
from syncer.errors import visible

if TYPE_CHECKING:
    from syncer.workflow import Context

_DIFFERENCES = 2


@click.command()
@option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Save the plan for `syncer apply`.")
@showing_options
@comparing_options
@option("--detailed-exitcode", is_flag=True, help="Exit 2 if there are differences.")
@with_context
def plan(
    context: "Context",
    out: Path | None,
    only: tuple[str, ...],
    since: Path | None,
    base: str | None,
    no_reach: bool,
    detailed_exitcode: bool,
    **shown: Any,
) -> int:
    """Show what an apply would change. Never writes to the server."""
    from syncer import workflow

    look = Look(**shown)
    made = run(workflow.plan(context, workflow.PlanOptions(only, not no_reach, since, base)))
    context.progress.close()
    present(made, look, workflow.folder_in_git(context))
    if out is not None:
        workflow.save_plan(out, made)
        click.echo(f"saved: {visible(out)}", err=True)
    directory = None if context.upwards else str(context.start)
    tell_next(made, look, Said(directory, context.server, only, not no_reach, out))
    return _DIFFERENCES if detailed_exitcode and made.changes else 0
