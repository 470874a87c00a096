"""Drift: is the server still what the files say?"""

from collections.abc import Sequence
from functools import partial

from syncer.model.plan import Plan
from syncer.plan.unnamed import notes_on_unnamed
from syncer.workflow.context import Context, Repository
from syncer.workflow.planning import Fitted, Goal, PlanOptions, load_files, plan


async def drift(context: Context, options: PlanOptions) -> Plan:
    """The plan that would put the server back, with a note on what it leaves alone. Never writes to the server."""
    return await plan(context, options, partial(_goal, options.only))


def _goal(only: Sequence[str], context: Context, repository: Repository) -> Goal:
    desired = load_files(context, repository)
    return Goal(desired, lambda live: Fitted(desired, notes_on_unnamed(desired, live, only)))
