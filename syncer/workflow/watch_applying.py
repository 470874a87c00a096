"""Drift is taken back by an apply like any other, which somebody who watches cannot be asked about."""

from syncer.errors import ApplyFailed, Interrupted, RolledBack
from syncer.model.plan import Ending, Outcome, Plan, Report
from syncer.workflow.applying import Wishes, apply
from syncer.workflow.context import Context


class Applier:
    """Applies what was seen, and nothing else. `is_writing`: from the last moment at which it can be called off."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.is_writing = False

    async def put_back(self, plan: Plan) -> None:
        """Apply exactly that; SyncerError where it was not, or not all of it. Interrupted where a person ended it."""
        try:
            report = await apply(self._context, plan, Wishes(reach=False), self._agree, _untold)
        finally:
            self.is_writing = False
            self._context.progress.close()
        if report.interrupted:
            raise Interrupted(f"interrupted while drift was taken back: {_ended(report)}")
        if report.ending is not Ending.APPLIED:
            failure = RolledBack if report.ending in (Ending.ROLLED_BACK, Ending.NOTHING_WRITTEN) else ApplyFailed
            raise failure(f"{report.failure}: {_ended(report)}")

    def _agree(self, _: Plan) -> bool:
        """Nothing is awaited between this and the first line of the journal."""
        self.is_writing = True
        return True


def _untold(_: Outcome) -> None:
    """The next look tells what is in step again."""


def _ended(report: Report) -> str:
    match report.ending:
        case Ending.NOTHING_WRITTEN:
            return "nothing was written"
        case Ending.APPLIED:
            return "everything was put back"
        case Ending.ROLLED_BACK:
            return "the server is as it was"
        case _:
            return f"the server is part-way; `syncer recover` goes on from {report.journal}"
