"""`syncer backup`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from syncer.cli.lazy import LazyGroup
from syncer.cli.options import option, with_context
from syncer.cli.output import FORMATS
from syncer.errors import UsageProblem

if TYPE_CHECKING:
    from syncer.model.backed_up import BackedUp
    from syncer.workflow import Context

_MOST_NOTES = 5
_COMMANDS = {"verify": "syncer.cli.backup_verify", "diff": "syncer.cli.backup_diff"}


class _Recipient(click.types.StringParamType):
    """An age recipient; where it comes from the environment it is one a line, since keys of SSH have blanks."""

    name = "age"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """One a line."""
        return rv.splitlines()


@click.command(cls=LazyGroup, commands_in=_COMMANDS, invoke_without_command=True)
@option("--out", type=click.Path(path_type=Path), metavar="FILE", help="The file to write, or to replace.")
@option("--git", type=click.Path(path_type=Path), metavar="DIR", help="Commit what changed to a git repository.")
@option(
    "--recipient",
    type=_Recipient(),
    multiple=True,
    metavar="AGE",
    help="Seal secrets for it; may be said more than once.  [age_recipients of syncer.yaml]",
)
@option("--plaintext-secrets", is_flag=True, said_each_time=True, help="Keep secrets in clear.")
@option("--format", "form", type=FORMATS, default="text", show_default=True, help="How to print what was done.")
@with_context
def backup(
    context: "Context",
    out: Path | None,
    git: Path | None,
    recipient: tuple[str, ...],
    plaintext_secrets: bool,
    form: str,
) -> int:
    """Keep everything that the login can read in one file, as it is at one moment."""
    if (group := click.get_current_context()).invoked_subcommand is not None:
        return _nothing_said(group)
    if out is None and git is None:
        raise UsageProblem("say where to: --out FILE, --git DIR, or both")
    if plaintext_secrets and recipient:
        raise UsageProblem("--recipient seals secrets, --plaintext-secrets does not; say one of the two")
    if plaintext_secrets and out is None:
        raise UsageProblem("--plaintext-secrets goes with --out; no secret is ever in git")
    from syncer import workflow

    done = workflow.back_up(context, workflow.BackingUp(out, git, recipient, plaintext_secrets))
    context.progress.close()
    _show(done, form)
    return 1 if done.history and done.history.failure else 0


def _nothing_said(group: click.Context) -> int:
    """What stands before the name of a subcommand would mean nothing to it."""
    said = [name for name in group.params if group.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if said:
        raise UsageProblem(f"options stand behind the command: syncer backup {group.invoked_subcommand} …")
    return 0


def _show(done: "BackedUp", form: str) -> None:
    from syncer.render.backed_up import backed_up_document, render_backed_up

    for warning in done.warnings:
        click.echo(f"warning: {warning}", err=True)
    for note in done.notes[:_MOST_NOTES]:
        click.echo(f"note: {note}", err=True)
    if len(done.notes) > _MOST_NOTES:
        click.echo(f"note: and {len(done.notes) - _MOST_NOTES} more; manifest.json in the backup has them", err=True)
    click.echo(backed_up_document(done) if form == "json" else render_backed_up(done))
