"""Plans as Markdown."""

from syncer.model.plan import Plan


def render_plan(plan: Plan, *, expand: bool = False) -> str:
    """The whole plan."""
    raise NotImplementedError
