"""`syncer schema`."""

from pathlib import Path

import click

from syncer.cli.options import option
from syncer.cli.output import colours, width


@click.command()
@click.argument("name", required=False)
@option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write it into this folder; without NAME, all that a repository needs.",
)
@option("--force", is_flag=True, said_each_time=True, help="Overwrite files that are no schemas of syncer's.")
def schema(name: str | None, out: Path | None, force: bool) -> None:
    """Print the JSON Schema of a file format, or write the schemas that editors check files with.

    Without NAME and --out they are listed. `syncer schema --out schemas` brings those of a repository up to date.
    """
    if out is not None:
        _write(out, name, force)
    elif name is not None:
        from syncer.workflow.schemas import schema_text

        click.echo(schema_text(name), nl=False)
    else:
        _list()


def _write(out: Path, name: str | None, force: bool) -> None:
    from syncer.workflow.schemas import publish_schemas

    for path, written in publish_schemas(out, name, force=force).items():
        click.echo(f"{written} {path}")


def _list() -> None:
    from syncer.render.reference import render_names
    from syncer.workflow.schemas import list_schemas

    click.echo(render_names(list_schemas(), width=width(), color=colours()), color=True)
