"""`syncer wire learn`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import option, with_context
from syncer.cli.output import FORMATS, colours, width
from syncer.errors import UsageProblem, visible

if TYPE_CHECKING:
    from syncer.workflow import Context
    from syncer.workflow.learning import Lesson

_NOTHING = 1


@click.command()
@click.argument("recordings", nargs=-1, metavar="HAR...", type=click.Path(path_type=Path))
@option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The wire profile to write, say wire/production.yaml; without it, it is only shown.",
)
@option("--url", metavar="PART", help="Part of the service's address, where several were recorded.")
@option("--guide", is_flag=True, said_each_time=True, help="Only say what to click while recording, in order.")
@option("--force", is_flag=True, said_each_time=True, help="Overwrite FILE.")
@option("--format", "form", type=FORMATS, default="text", show_default=True, help="How to print it.")
@with_context(traces=False)
def learn(
    context: "Context",
    recordings: tuple[Path, ...],
    out: Path | None,
    url: str | None,
    guide: bool,
    force: bool,
    form: str,
) -> int:
    """Learn how writes are spelled from a browser's recording (HAR) of the Devices App.

    Messages pasted from the console, one a line, do too. Nothing is sent anywhere, and no secret is copied. Exits 1 if
    nothing could be learned.
    """
    if guide:
        _show_guide()
        return 0
    if not recordings:
        raise UsageProblem("name a recording; `syncer wire learn --guide` says how to make one")
    from syncer.workflow.learning import learn_profile

    lesson = learn_profile(context, recordings, out, url=url, force=force)
    context.progress.close()
    _show(lesson, form)
    return 0 if lesson.learned.findings else _NOTHING


def _show_guide() -> None:
    from syncer.render.learned import render_guide
    from syncer.workflow.learning import GUIDE

    click.echo(render_guide(GUIDE, width=width(), color=colours()), color=True)


def _show(lesson: "Lesson", form: str) -> None:
    from syncer.render.learned import learned_document, render_learned

    if form == "json":
        click.echo(learned_document(lesson.learned, str(lesson.written) if lesson.written else None))
        return
    click.echo(render_learned(lesson.learned, width=width(), color=colours()), color=True)
    if lesson.written and lesson.is_complete:
        path = visible(lesson.written)
        click.echo(f"\nWrote {path}. Read it, name it in syncer.yaml (wire_profile: {path}), and prove it:")
        click.echo("  syncer wire verify")
    elif lesson.written:
        click.echo(f"\nWrote {visible(lesson.written)}, which is not complete: record what is missing, and learn from")
        click.echo("both recordings: syncer wire learn FIRST.har SECOND.har …")
    elif not lesson.learned.findings:
        click.echo("\nNothing was learned; `syncer wire learn --guide` says what to click.", err=True)
