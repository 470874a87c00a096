"""`syncer backup verify`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import folder_context, option
from syncer.cli.output import FORMATS, colours, width
from syncer.errors import ProblemsError

if TYPE_CHECKING:
    from syncer.model.backup import Checked


@click.command()
@click.argument("file", type=click.Path(readable=False, path_type=Path))
@option("--format", "form", type=FORMATS, default="text", show_default=True, help="How to print it.")
def verify(file: Path, form: str) -> int:
    """Check a backup: every digest, every object, and what is in it.

    Nothing is asked of any server, and no key is needed. It finds damage and careless edits, not a forgery: keep
    backups where nobody else can write.
    """
    from syncer.workflow.backup_files import verify_backup

    with folder_context(Path(), None) as context:
        checked = verify_backup(context, file)
    if form == "json":
        from syncer.render.backup_check import check_document

        click.echo(check_document(checked))
    else:
        _tell(checked)
    return 1 if checked.problems else 0


def _tell(checked: "Checked") -> None:
    """Problems go to stderr, as those of any command do."""
    from syncer.render.backup_check import render_check

    if checked.manifest:
        click.echo(render_check(checked, checked.manifest, width=width(), color=colours()), color=True)
    if checked.problems:
        raise ProblemsError(checked.problems)
