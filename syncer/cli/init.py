"""`syncer init`."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path(file_okay=False, path_type=Path))
def init(directory: Path) -> None:
    """Make a new configuration repository."""
    from syncer import workflow

    for path in workflow.init(directory):
        click.echo(f"made {path}")
    go = f"cd {directory} && " if directory != Path() else ""
    click.echo(f"\nNow try `{go}syncer plan`: it talks to a service that is built in. Your own comes into syncer.yaml.")
