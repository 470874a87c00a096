"""`syncer validate`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import option, with_context
from syncer.cli.output import colours, use_utf8
from syncer.errors import ProblemsError

if TYPE_CHECKING:
    from syncer.model.lint import Verdict
    from syncer.workflow import Context

_FORMATS = click.Choice(["text", "json", "github", "sarif"])


@click.command()
@option("--format", "form", type=_FORMATS, default="text", show_default=True, help="How to print it.")
@option("--strict", is_flag=True, help="Exit 1 if there are warnings, too.")
@option("--no-secrets", is_flag=True, help="Do not look for the variables, files and keys that hold secrets.")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
@with_context
def validate(context: "Context", form: str, strict: bool, no_secrets: bool, paths: tuple[Path, ...]) -> int:
    """Check every file, without talking to any server.

    What is legal and probably wrong is a warning; `syncer explain` tells more. With PATHs: the repositories that they
    are in, as a git hook names them.
    """
    from syncer import workflow

    verdict = workflow.validate_files(context, workflow.Wanted(paths, not no_secrets))
    if form == "text":
        _tell(verdict)
    else:
        use_utf8()
        click.echo(_rendered(verdict, form, workflow.folder_in_git(context)))
    return 0 if verdict.is_valid and not (strict and verdict.warnings) else 1


def _tell(verdict: "Verdict") -> None:
    """Mistakes go to stderr, as those of any command do."""
    from syncer.render.verdict import render_text

    if told := render_text(verdict, color=colours()):
        click.echo(told, color=True)
    if verdict.problems:
        raise ProblemsError(verdict.problems)


def _rendered(verdict: "Verdict", form: str, folder: str) -> str:
    match form:
        case "json":
            from syncer.render.verdict import render_json

            return render_json(verdict)
        case "github":
            from syncer.render import verdict_github

            return verdict_github.render_verdict(verdict, folder)
        case _:
            from syncer.render import sarif

            return sarif.render_verdict(verdict, folder)
