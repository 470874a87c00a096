"""`syncer show`."""

from pathlib import Path
from typing import Any

import click

from syncer.cli.nextstep import Said
from syncer.cli.showing import Look, present, showing_options, tell_next


@click.command()
@click.argument("file", metavar="PLAN.json", type=click.Path(path_type=Path))
@showing_options
def show(file: Path, **shown: Any) -> None:
    """Show a saved plan again."""
    from syncer import workflow

    look = Look(**shown)
    plan = workflow.read_plan(file)
    present(plan, look)
    before = click.get_current_context().find_root().obj or {}  # what was said before the command
    tell_next(plan, look, Said(before.get("directory"), before.get("server"), file=file))
