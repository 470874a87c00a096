"""`syncer doctor`."""

from typing import TYPE_CHECKING

import click

from syncer.cli.loop import run
from syncer.cli.options import option, with_context
from syncer.cli.output import FORMATS, colours, width

if TYPE_CHECKING:
    from syncer.model.doctor import Check
    from syncer.workflow import Context

_FAILED = 1


@click.command()
@option("--format", "form", type=FORMATS, default="text", show_default=True, help="How to print it.")
@with_context
def doctor(context: "Context", form: str) -> int:
    """Check url, TLS, login, rights, wire profile and files, one by one, with what to do.

    Exits 1 if anything failed; warnings are fine. Never writes to the server.

    In the repository it leaves the folder .syncer/ with a lock file; for a server `emulator:PATH` that has not been
    used yet, also the service's file.
    """
    from syncer.render.doctor import document, render_check, render_summary
    from syncer.workflow.doctor import examine

    columns, color = width(), colours()

    def show(check: "Check") -> None:
        context.progress.close()
        if form == "text":
            click.echo(render_check(check, width=columns, color=color), color=True)

    found = run(examine(context, show))
    context.progress.close()
    click.echo(document(found) if form == "json" else render_summary(found, width=columns, color=color), color=True)
    return 0 if found.is_sound else _FAILED
