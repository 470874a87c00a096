"""`syncer show`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncer.cli.nextstep import Said
from syncer.cli.options import option, with_context
from syncer.cli.showing import Look, present, showing_options, tell_next
from syncer.errors import UsageProblem

if TYPE_CHECKING:
    from syncer.workflow import Context


@click.command()
@click.argument("shown", metavar="PLAN.json|[DOMAIN]", required=False)
@option(
    "--resolved", is_flag=True, help="What the files say in the end of DOMAIN (a glob), or of every domain, as YAML."
)
@showing_options
@with_context
def show(context: "Context", shown: str | None, resolved: bool, **looks: Any) -> None:
    """Show a saved plan again, or with --resolved what the files say with baselines and variables."""
    look = Look(**looks)
    if resolved:
        _show_resolved(context, shown, look)
    elif shown is None:
        raise UsageProblem("name a saved plan, or say --resolved for what the files say")
    else:
        _show_plan(Path(shown), look)


def _show_resolved(context: "Context", domain: str | None, look: Look) -> None:
    from syncer.workflow.resolving import show_resolved

    if look.form != "text" or look.lists or look.expand:
        raise UsageProblem("--format, --list and --expand are for plans; --resolved prints YAML")
    click.echo(show_resolved(context, domain))


def _show_plan(file: Path, look: Look) -> None:
    from syncer import workflow

    plan = workflow.read_plan(file)
    present(plan, look)
    before = click.get_current_context().find_root().obj or {}  # what was said before the command
    tell_next(plan, look, Said(before.get("directory"), before.get("server"), file=file))
