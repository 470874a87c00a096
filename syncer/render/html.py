"""Plans as a page."""

from syncer.model.plan import Plan


def render_plan(plan: Plan) -> str:
    """The whole plan."""
    raise NotImplementedError
