"""`syncer show`."""

from pathlib import Path

import click

from syncer.cli.options import option
from syncer.cli.output import PLAN_FORMATS, show_plan


@click.command()
@click.argument("file", metavar="PLAN.json", type=click.Path(path_type=Path))
@option("--format", "form", type=PLAN_FORMATS, default="text", show_default=True, help="How to print it.")
def show(file: Path, form: str) -> None:
    """Show a saved plan again."""
    from syncer import workflow

    show_plan(workflow.read_plan(file), form)
