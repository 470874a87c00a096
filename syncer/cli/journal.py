"""`syncer journal`: what applies wrote down."""

from typing import TYPE_CHECKING

import click

from syncer.cli.options import option, with_context
from syncer.cli.output import FORMATS, colours, width
from syncer.errors import visible

if TYPE_CHECKING:
    from syncer.workflow import Context

_KEPT = 10


@click.group()
def journal() -> None:
    """What applies wrote down; no network."""


@journal.command("list")
@option("--format", "form", type=FORMATS, default="text", show_default=True, help="How to print it.")
@with_context
def list_(context: "Context", form: str) -> None:
    """All journals, newest first."""
    from syncer.render.journals import list_document, render_list
    from syncer.workflow.journals import list_journals

    journals = list_journals(context)
    text = list_document(journals) if form == "json" else render_list(journals, width=width(), color=colours())
    click.echo(text, color=True)


@journal.command()
@click.argument("name", required=False)
@option("--format", "form", type=FORMATS, default="text", show_default=True, help="How to print it.")
@with_context
def show(context: "Context", name: str | None, form: str) -> None:
    """One journal, by its name or its file; without one, the newest."""
    from syncer.render.journals import history_document, render_history
    from syncer.workflow.journals import show_journal

    kept, history = show_journal(context, name)
    if form == "json":
        click.echo(history_document(kept, history))
    else:
        click.echo(render_history(kept, history, width=width(), color=colours()), color=True)


@journal.command()
@option("--keep", type=click.IntRange(min=0), default=_KEPT, show_default=True, metavar="N", help="How many stay.")
@with_context
def prune(context: "Context", keep: int) -> None:
    """Delete finished journals but the newest; never one that is unfinished or broken."""
    from syncer.workflow.journals import prune_journals

    pruned = prune_journals(context, keep)
    for name in pruned.deleted:
        click.echo(f"deleted {visible(name)}")
    if not pruned.deleted:
        click.echo("nothing to delete")
    for name in pruned.unfinished:
        click.echo(f"kept {visible(name)}: it is unfinished; run `syncer recover`")
    for name in pruned.broken:
        click.echo(f"kept {visible(name)}: it is broken; see `syncer journal list`")
