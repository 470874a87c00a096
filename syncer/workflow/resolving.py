"""What the files say in the end; no network."""

from syncer.workflow.context import Context, open_repository


def show_resolved(context: Context, wanted: str | None) -> str:
    """The effective documents of the domains that a glob names, or of all, as YAML."""
    from syncer.files.resolved import resolved_text

    repository = open_repository(context)
    return resolved_text(repository.settings, repository.server, wanted, context.cache)
