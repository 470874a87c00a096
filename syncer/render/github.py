"""Plans as annotations of GitHub."""

from syncer.model.plan import Plan


def render_plan(plan: Plan, folder: str = "") -> str:
    """The whole plan."""
    raise NotImplementedError
