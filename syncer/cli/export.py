"""`syncer export`."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import option, with_context

if TYPE_CHECKING:
    from syncer.workflow import Context


@click.command()
@option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder.  [the first of `files`]")
@option("--force", is_flag=True, said_each_time=True, help="Overwrite files that exist.")
@with_context
def export(context: "Context", out: Path | None, force: bool) -> None:
    """Write the live state as files; a plan right after it is empty."""
    from syncer import workflow

    exported = asyncio.run(workflow.export(context, out, force=force))
    context.progress.close()
    for path in exported.files:
        click.echo(f"wrote {path}")
    for note in exported.notes:
        click.echo(f"note: {note}", err=True)
    if exported.variables:
        click.echo("\nSet these variables to the secrets, which are never written into files:")
        for variable in exported.variables:
            click.echo(f"  {variable.name}  ({variable.field} of {variable.address.shown})")
