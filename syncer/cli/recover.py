"""`syncer recover`."""

import sys
from typing import TYPE_CHECKING, Any

import click

from syncer.cli.loop import run
from syncer.cli.options import option, with_context
from syncer.cli.output import is_terminal
from syncer.cli.writing import RECONNECT_FOR, ByChange, agree, ask, conclude, confirmed, writing_options
from syncer.errors import UsageProblem, visible
from syncer.model.plan import Ending

if TYPE_CHECKING:
    from syncer.workflow import Context, Standing, Way


@click.command()
@click.argument("journal", metavar="[JOURNAL]", required=False)
@option("--rollback", is_flag=True, said_each_time=True, help="Take back what was done.")
@option("--resume", is_flag=True, said_each_time=True, help="Do what is still to be done.")
@writing_options
@with_context(reconnect_for=RECONNECT_FOR)
def recover(context: "Context", journal: str | None, rollback: bool, resume: bool, **said: Any) -> int:
    """Take back or complete an apply that was cut off.

    Shows what the journal says against what is live, and asks; a second run finds nothing to do.
    """
    from syncer import workflow

    if rollback and resume:
        raise UsageProblem("--rollback and --resume are two ways; say one of them")
    way = workflow.Way.ROLLBACK if rollback else workflow.Way.RESUME if resume else None
    chosen: list[Way | None] = []

    def choose(standing: "Standing") -> "Way | None":
        chosen.append(_choose(context, standing, way, said["form"]))
        return chosen[-1]

    told = ByChange(context)
    talk = workflow.Talk(
        choose,
        lambda plan: agree(context, plan, said, f"Do this on {visible(plan.server_name)}?", told, compared=True),
        told,
        way,
        told.rolling_back,
    )
    wishes = workflow.Wishes(
        confirmed(said), parallelism=said["parallelism"], on_error=workflow.OnError(said["on_error"])
    )
    report = run(workflow.recover(context, journal, wishes, talk))
    context.progress.close()
    if report is None:
        click.echo("Nothing to recover.", err=said["form"] != "text")
        return 0
    wanted = Ending.ROLLED_BACK if chosen == [workflow.Way.ROLLBACK] else Ending.APPLIED
    return conclude(report, said["form"], wanted=wanted)


def _choose(context: "Context", standing: "Standing", way: "Way | None", form: str) -> "Way | None":
    context.progress.close()
    opened, server = visible(standing.opened), visible(standing.server)
    click.echo(f"The apply of {opened} to {server} ({visible(standing.journal)}):", err=form != "text")
    for action, address, stands in standing.rows:
        click.echo(f"  {action} {address.shown}: {stands}", err=form != "text")
    if way is None and form == "text" and is_terminal(sys.stdin):
        return _asked()
    return way


def _asked() -> "Way | None":
    from syncer.workflow import Way

    answer = ask("Take it back, or go on? `rollback`, `resume`, or nothing: ")
    return Way(answer) if answer in set(Way) else None
