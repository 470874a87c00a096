"""`syncer drift`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from syncer.cli.export import write_back
from syncer.cli.loop import run
from syncer.cli.nextstep import Said, after_drift
from syncer.cli.options import option, with_context
from syncer.cli.showing import Look, comparing_options, present, showing_options
from syncer.errors import UsageProblem
from syncer.render.viewpoint import DRIFT

if TYPE_CHECKING:
    from syncer.workflow import Context, PlanOptions

_DIFFERENCES = 2
_OF_REPORTS = ("since", "base", "form", "expand", "lists")


@click.command()
@comparing_options
@showing_options
@option("--adopt", is_flag=True, said_each_time=True, help="Write what is live into the files, as `export --update`.")
@option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    said_each_time=True,
    help="With --adopt: folder for domains that are new.  [the first of `files`]",
)
@option("--check", is_flag=True, said_each_time=True, help="With --adopt: only show what would change; then exit 2.")
@with_context
def drift(
    context: "Context",
    only: tuple[str, ...],
    since: Path | None,
    base: str | None,
    no_reach: bool,
    adopt: bool,
    out: Path | None,
    check: bool,
    **shown: Any,
) -> int:
    """Is the server still what the files say? Exits 2 if not. Never writes to the server.

    --format json is the plan that would put the server back.
    """
    from syncer.workflow import PlanOptions

    if not adopt:
        _refuse_without_adopt(out, check=check)
        return _show(context, PlanOptions(only, not no_reach, since, base), Look(**shown))
    _refuse_with_adopt()
    return write_back(context, out, check=check, only=only)


def _refuse_with_adopt() -> None:
    """What is typed; variables that are set for reports of drift must not be in the way of what a report advises."""
    source = click.get_current_context().get_parameter_source
    if any(source(name) is ParameterSource.COMMANDLINE for name in _OF_REPORTS):
        raise UsageProblem(
            "--adopt shows what it writes into files: with it go --only, --out and --check, nothing else"
        )


def _refuse_without_adopt(out: Path | None, *, check: bool) -> None:
    if out is not None or check:
        raise UsageProblem(f"{'--check' if check else '--out'} goes with --adopt")


def _show(context: "Context", options: "PlanOptions", look: Look) -> int:
    from syncer import workflow

    found = run(workflow.drift(context, options))
    context.progress.close()
    present(found, look, workflow.folder_in_git(context), DRIFT)
    directory = None if context.upwards else str(context.start)
    if look.form == "text":
        said = Said(directory, context.server, options.only, options.reach)
        click.echo(f"\n{after_drift(found, said)}", err=True)
    return _DIFFERENCES if found.changes else 0
