"""`syncer watch`."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.loop import run
from syncer.cli.options import Duration, Glob, option, with_context
from syncer.cli.output import FORMATS, colours, use_utf8
from syncer.cli.writing import RECONNECT_FOR
from syncer.errors import UsageProblem
from syncer.model.watch import Remark, Sighting

if TYPE_CHECKING:
    from syncer.workflow import Context

_DIFFERENCES = 2


@click.command()
@option("--once", is_flag=True, help="Compare once; exit 2 if there is drift.")
@option("--only", type=Glob(), multiple=True, metavar="GLOB", help="Only these addresses; may be said more than once.")
@option(
    "--since", type=click.Path(path_type=Path), metavar="FILE", help="Tell your changes from drift, as plan --since."
)
@option(
    "--recheck",
    type=Duration(minimum=1.0),
    default="15m",
    show_default=True,
    metavar="TIME",
    help="Read everything anew that often, whatever the events say.",
)
@option("--format", "form", type=FORMATS, default="text", show_default=True, help="How to print what is seen.")
@option("--exec", "command", metavar="COMMAND", help="Run this in a shell on drift; the event is on its stdin.")
@option("--webhook", metavar="URL", help="POST the event there, signed with SYNCER_WEBHOOK_SECRET.")
@option("--metrics", metavar="[HOST]:PORT", help="Serve Prometheus metrics; without HOST on every interface.")
@option("--apply", "apply_", is_flag=True, said_each_time=True, help="Take drift back; needs --yes.")
@option("--yes", is_flag=True, said_each_time=True, help="Do not ask before drift is taken back.")
@with_context(reconnect_for=RECONNECT_FOR)
def watch(
    context: "Context",
    once: bool,
    only: tuple[str, ...],
    since: Path | None,
    recheck: float,
    form: str,
    command: str | None,
    webhook: str | None,
    metrics: str | None,
    apply_: bool,
    yes: bool,
) -> int:
    """Follow the server and the files, and report drift as it happens, until it is ended.

    Never writes to the server, unless --apply is said.
    """
    from syncer import workflow

    if apply_ != yes:
        raise UsageProblem("--apply takes drift back without asking; say --apply --yes, or neither")
    wishes = workflow.Watching(only, since, recheck, once, apply_, workflow.Telling(command, webhook), metrics)
    if form == "json":
        use_utf8()
    is_drifted = run(workflow.watch(context, wishes, partial(_tell, context, form)))
    return _DIFFERENCES if once and is_drifted else 0


def _tell(context: "Context", form: str, seen: Sighting | Remark) -> None:
    """A line or some, at once."""
    from syncer.render import sightings

    context.progress.close()
    match seen:
        case Sighting():
            shown = (
                sightings.sighting_as_json(seen) if form == "json" else sightings.render_sighting(seen, color=colours())
            )
        case Remark():
            shown = sightings.remark_as_json(seen) if form == "json" else sightings.render_remark(seen, color=colours())
    click.echo(shown, color=True)
