"""What an apply did, as every renderer shows it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from syncer.model.address import Action
from syncer.model.plan import Outcome, Report, Result
from syncer.render.change import DONE
from syncer.render.values import LONGEST_PROSE, harmless, one_line


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """What became of one change."""

    action: Action
    result: Result
    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """What an apply did; `outcomes` is empty where all went well."""

    outcomes: tuple[OutcomeView, ...]
    summary: str


def view_report(report: Report) -> ReportView:
    """What an apply did, address by address unless all went well."""
    results = Counter(outcome.result for outcome in report.outcomes)
    if not results:
        return ReportView((), "Nothing to apply.")
    if set(results) == {Result.APPLIED}:
        actions = Counter(outcome.action for outcome in report.outcomes)
        done = ", ".join(f"{actions[action]} {DONE[action]}" for action in Action)
        return ReportView((), f"Applied: {done}.")
    what = "The server is as it was" if report.leaves_as_it_was else "Not all was applied"
    return ReportView(tuple(map(_outcome, report.outcomes)), f"{what}: {result_counts(results)}.")


def result_counts(results: Mapping[Result, int]) -> str:
    """How many changes came to which result, those that none came to left out."""
    return ", ".join(f"{results[result]} {result}" for result in Result if results.get(result))


def _outcome(outcome: Outcome) -> OutcomeView:
    reason = harmless(outcome.reason, LONGEST_PROSE)
    return OutcomeView(outcome.action, outcome.result, one_line(outcome.address), reason)
