"""`syncer fmt`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import option, with_context
from syncer.cli.output import colours
from syncer.errors import ProblemsError

if TYPE_CHECKING:
    from syncer.workflow import Context

_DIFFERENCES = 2


@click.command()
@option("--check", is_flag=True, help="Write nothing; print a diff, and exit 2 if there is one.")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(exists=True, path_type=Path))
@with_context(traces=False)
def fmt(context: "Context", check: bool, paths: tuple[Path, ...]) -> int:
    """Bring files into their canonical form: order of keys, indentation, quotes. Comments and meaning stay.

    All of the repository's files, or those at the PATHs that are among them.
    """
    from syncer import workflow
    from syncer.render.formatting import render_file_diff

    formatted = workflow.format_files(context, paths, check=check)
    context.progress.close()
    for one in formatted.changed:
        if check:
            click.echo(render_file_diff(one.name, one.before, one.after, one.notes, color=colours()), color=True)
        else:
            click.echo(click.format_filename(one.name))
    if paths and not formatted.count and not formatted.problems:
        click.echo("none of these is a file that syncer.yaml names", err=True)
    if formatted.problems:
        raise ProblemsError(formatted.problems)
    return _DIFFERENCES if check and formatted.changed else 0
