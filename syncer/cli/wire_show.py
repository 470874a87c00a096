"""`syncer wire show`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import option, with_context
from syncer.cli.output import colours, width
from syncer.errors import UsageProblem

if TYPE_CHECKING:
    from syncer.workflow import Context

_FORMATS = click.Choice(["text", "yaml", "json"])


@click.command()
@click.argument("profile", required=False)
@option("--format", "form", type=_FORMATS, default="text", show_default=True, help="How to print the profile.")
@option(
    "--trace",
    type=click.Path(path_type=Path),
    metavar="FILE",
    said_each_time=True,
    help="Show a trace instead, message by message.",
)
@with_context(traces=False)
def show(context: "Context", profile: str | None, form: str, trace: Path | None) -> None:
    """Show a wire profile, or a trace.

    PROFILE is a file or the name of a built-in one; without it, the profile of the server is shown. No network.
    """
    if trace is not None and (profile is not None or form != "text"):
        raise UsageProblem("--trace shows a trace as text, and no profile; its file is JSON already, a line a message")
    if trace is not None:
        _show_trace(trace)
    else:
        _show_profile(context, profile, form)


def _show_trace(path: Path) -> None:
    from syncer.render.wire import render_trace
    from syncer.workflow.showing import show_trace

    for line in render_trace(show_trace(path), width=width(), color=colours()):
        click.echo(line, color=True)


def _show_profile(context: "Context", wanted: str | None, form: str) -> None:
    from syncer.render.wire import profile_document, profile_text, render_profile
    from syncer.workflow.showing import show_profile

    view = show_profile(context, wanted)
    if form == "json":
        click.echo(profile_document(view))
    elif form == "yaml":
        click.echo(profile_text(view))
    else:
        click.echo(render_profile(view, width=width(), color=colours()), color=True)
