"""`syncer validate`."""

from typing import TYPE_CHECKING

import click

from syncer.cli.options import with_context

if TYPE_CHECKING:
    from syncer.workflow import Context


@click.command()
@with_context
def validate(context: "Context") -> None:
    """Check every file, without talking to any server."""
    from syncer import workflow

    repository = workflow.open_repository(context)
    desired = workflow.load_files(context, repository, needs_key=False)
    categories = sum(len(domain.categories or ()) for domain in desired.domains)
    configs = sum(len(domain.configs or ()) for domain in desired.domains)
    click.echo(f"valid: {len(desired.domains)} domains, {categories} categories, {configs} configs")
