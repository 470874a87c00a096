"""`syncer export`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncer.cli.loop import run
from syncer.cli.options import option, with_context
from syncer.cli.output import colours
from syncer.errors import UsageProblem

if TYPE_CHECKING:
    from syncer.workflow import Context

_DIFFERENCES = 2


@click.command()
@option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder.  [the first of `files`]")
@option("--force", is_flag=True, said_each_time=True, help="Overwrite files that exist.")
@option("--update", is_flag=True, said_each_time=True, help="Change the files that are there, keeping their comments.")
@option("--check", is_flag=True, said_each_time=True, help="With --update: only show what would change; then exit 2.")
@with_context
def export(context: "Context", out: Path | None, force: bool, update: bool, check: bool) -> int:
    """Write the live state as files; a plan right after it is empty."""
    if check and not update:
        raise UsageProblem("--check goes with --update")
    if force and update:
        raise UsageProblem("--force replaces files, --update changes them; say one of the two")
    return write_back(context, out, check=check) if update else _export(context, out, force=force)


def _export(context: "Context", out: Path | None, *, force: bool) -> int:
    from syncer import workflow

    exported = run(workflow.export(context, out, force=force))
    context.progress.close()
    for path in exported.files:
        click.echo(f"wrote {path}")
    _tell(exported.notes, exported.variables)
    return 0


def write_back(context: "Context", out: Path | None, *, check: bool, only: Sequence[str] = ()) -> int:
    """Live values into the files, shown as differences of the files; with `check` only shown. The exit code."""
    from syncer import workflow
    from syncer.render.formatting import render_file_diff

    updated = run(workflow.update(context, out, check=check, only=only))
    context.progress.close()
    for one in updated.changed:
        click.echo(render_file_diff(one.name, one.before, one.after, one.notes, color=colours()), color=True)
    if not updated.changed:
        click.echo("nothing to write" if only or updated.notes else "the files say what is live already", err=True)
    _tell(updated.notes, updated.variables)
    return _DIFFERENCES if check and updated.changed else 0


def _tell(notes: Sequence[str], variables: Sequence[Any]) -> None:
    """What the files could not say, and the secrets that do not stand in them."""
    for note in notes:
        click.echo(f"note: {note}", err=True)
    if variables:
        click.echo("\nSet these variables to the secrets, which are never written into files:")
        for variable in variables:
            click.echo(f"  {variable.name}  ({variable.field} of {variable.address.shown})")
