"""`syncer wire verify`."""

import sys
from typing import TYPE_CHECKING

import click

from syncer.cli.loop import run
from syncer.cli.options import option, with_context
from syncer.cli.output import FORMATS, colours, is_terminal, printed, width
from syncer.cli.writing import RECONNECT_FOR, ask
from syncer.errors import Declined, UsageProblem, visible

if TYPE_CHECKING:
    from syncer.model.selftest import Intent, Passed
    from syncer.workflow import Context
    from syncer.workflow.verifying import Trial


@click.command()
@option("--domain", metavar="NAME", help="Where to make things.  [the login's domain]")
@option("--domains", is_flag=True, said_each_time=True, help="Make, change and delete a domain, too.")
@option("--clean", is_flag=True, said_each_time=True, help="Delete what an earlier run left.")
@option("--dry-run", is_flag=True, said_each_time=True, help="Show every message, without a server.")
@option("--yes", is_flag=True, said_each_time=True, help="Do not ask.")
@option("--format", "form", type=FORMATS, default="text", show_default=True, help="How to print what was done.")
@with_context(reconnect_for=RECONNECT_FOR)
def verify(
    context: "Context", domain: str | None, domains: bool, clean: bool, dry_run: bool, yes: bool, form: str
) -> int:
    """Prove the wire profile on the server, on categories and configs of its own, for no device.

    Everything is read back, and deleted again. What is proven is written into a receipt beside the profile, which
    `apply` asks for. Exits 5 if it failed and the server is as it was, 6 if something is left.
    """
    from syncer.workflow.verifying import Trial

    trial = Trial(domain, domains, clean)
    return _rehearse(context, trial, form) if dry_run else _verify(context, trial, yes, form)


def _rehearse(context: "Context", trial: "Trial", form: str) -> int:
    from syncer.render.selftest import rehearsed_document, render_rehearsed
    from syncer.workflow.rehearsing import rehearse

    steps = run(rehearse(context, trial))
    shown = rehearsed_document(steps) if form == "json" else render_rehearsed(steps, width=width(), color=colours())
    click.echo(shown, color=True)
    return 0


def _verify(context: "Context", trial: "Trial", yes: bool, form: str) -> int:
    from syncer.render.selftest import document, render_intent, render_selftest, render_step
    from syncer.workflow.verifying import verify

    columns, color = width(), colours(sys.stderr)

    def agree(intent: "Intent") -> bool:
        click.echo(render_intent(intent, width=columns, color=color), err=True, color=color)
        return yes or _asked(intent, form)

    def tell(step: "Passed") -> None:
        click.echo(render_step(step, width=columns, color=color), err=True, color=color)

    test = run(verify(context, trial, agree, tell))
    _show(document(test) if form == "json" else render_selftest(test, width=columns, color=colours()))
    return test.exit_code


def _show(text: str) -> None:
    if why := printed(lambda: click.echo(text, color=True)):
        click.echo(f"stdout took no report: {why}", err=True)


def _asked(intent: "Intent", form: str) -> bool:
    if not is_terminal(sys.stdin):
        raise Declined("there is no terminal to ask on; say --yes to do this; nothing was written")
    if form != "text":
        raise UsageProblem(f"--format {form} cannot ask; say --yes, or leave it out")
    return ask(f"Do this on {visible(intent.server)}? Only `yes` is taken for an answer: ") == "yes"
