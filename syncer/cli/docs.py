"""`syncer docs`: what syncer knows of itself, as documents."""

import click

from syncer.cli.options import option
from syncer.cli.output import colours, width


@click.group()
def docs() -> None:
    """Reference documents, made from the schemas."""


@docs.command()
@option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="How to print it.",
)
def fields(form: str) -> None:
    """Every field that may be written: its values, what it means to leave it out, an example."""
    from syncer.render.reference import render_json, render_markdown, render_text
    from syncer.workflow.reference import field_reference

    reference = field_reference()
    if form == "markdown":
        click.echo(render_markdown(reference))
    elif form == "json":
        click.echo(render_json(reference))
    else:
        click.echo(render_text(reference, width=width(), color=colours()), color=True)
