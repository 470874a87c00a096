"""`syncer secret`: secrets that are kept in the files, sealed with age."""

import sys
import warnings
from typing import TYPE_CHECKING

import click

from syncer.cli.options import option, with_context
from syncer.cli.output import FORMATS, colours, is_terminal, width
from syncer.errors import SyncerError, plural, visible

if TYPE_CHECKING:
    from syncer.workflow import Context

_MIB = 1 << 20
_UNRESOLVED = 1


@click.group()
def secret() -> None:
    """Secrets in the files, sealed with age for the recipients in syncer.yaml; no network."""


@secret.command("set", short_help="Ask for a secret, and seal it into the files.")
@click.argument("address")
@click.argument("field")
@option("--force", is_flag=True, said_each_time=True, help="Also in place of {env: NAME} or {file: PATH}.")
@with_context(traces=False)
def set_(context: "Context", address: str, field: str, force: bool) -> None:
    """Ask for a secret, and write it into the files as {age: CIPHERTEXT}.

    ADDRESS is as a plan shows it, such as 'config[example.com/MEDIA/media]' with FIELD turnPassword, or server[NAME]
    with FIELD password; 'baseline[NAME/MEDIA/media]' is an entry of a baseline. Where stdin is no terminal, the secret
    is the one line of it. Nothing else of the file changes.
    """
    from syncer.model.secrets import Reference
    from syncer.workflow.secrets import set_secret

    def ask() -> str:
        context.progress.close()
        return _prompted(f"{field} of {visible(address)}") if is_terminal(sys.stdin) else _line_of_stdin()

    done = set_secret(context, address, field, ask, force=force)
    context.progress.close()
    click.echo(f"{done.place}: {done.field} of {visible(done.owner)} is sealed for {_people(done.recipients)}")
    if done.before is Reference.LITERAL:
        click.echo("warning: a secret stood there for everyone to read: change it on the server as well", err=True)


@secret.command(short_help="Seal all secrets in the files anew.")
@with_context(traces=False)
def rotate(context: "Context") -> None:
    """Seal every {age: CIPHERTEXT} of the files anew, after `age_recipients` in syncer.yaml changed.

    Needs a key for all of them, in the file that SYNCER_AGE_KEY_FILE names. Writes all files or none.
    """
    from syncer.workflow.secrets import rotate_secrets

    done = rotate_secrets(context)
    context.progress.close()
    if not done.secrets:
        click.echo("nothing to seal anew: the files hold no {age: CIPHERTEXT}")
        return
    secrets, files = plural(done.secrets, "secret"), plural(done.files, "file")
    click.echo(f"sealed anew: {secrets} in {files} for {_people(done.recipients)}")
    click.echo("whoever could read them before still can, in git's history: change those secrets themselves", err=True)


@secret.command(short_help="Whether each secret can be had here and now.")
@option("--format", "form", type=FORMATS, default="text", show_default=True, help="How to print it.")
@with_context(traces=False)
def check(context: "Context", form: str) -> int:
    """Whether every secret that the files name can be had here and now; shows none of them.

    Exits 1 if one cannot. Also tells, as far as that can be seen, where a ciphertext is not for today's recipients.
    """
    from syncer.model.doctor import Status
    from syncer.render.secrets import document, render_check
    from syncer.workflow.secrets import check_secrets

    report = check_secrets(context)
    context.progress.close()
    text = document(report) if form == "json" else render_check(report, width=width(), color=colours())
    click.echo(text, color=True)
    return _UNRESOLVED if report.count(Status.FAILED) else 0


def _prompted(what: str) -> str:
    """Typed twice on the terminal, without an echo; where that cannot be turned off, nothing is asked."""
    from getpass import GetPassWarning

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", GetPassWarning)
            typed: str = click.prompt(what, hide_input=True, confirmation_prompt="once more", err=True)
            return typed
    except GetPassWarning:
        raise SyncerError("this terminal would show what is typed; give the secret on stdin") from None


def _line_of_stdin() -> str:
    """Bytes, so that no text of it is in an exception."""
    content = sys.stdin.buffer.read(_MIB + 2) if sys.stdin is not None else b""
    line = content.removesuffix(b"\n").removesuffix(b"\r")
    return line.decode("utf-8", "surrogateescape")


def _people(recipients: int) -> str:
    return plural(recipients, "recipient")
