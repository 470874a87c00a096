"""Plans and reports as JSON for programs. ASCII only, so that nothing hostile or torn reaches a terminal."""

import json
from typing import Any

from syncer.model.plan import Plan, Report, Result, to_document

REPORT_FORMAT = "syncer-report/1"


def render_plan(plan: Plan) -> str:
    """The plan document (schemas/plan.schema.json), indented, without a newline at the end."""
    return as_json(to_document(plan))


def render_report(report: Report) -> str:
    """What an apply did, change by change, with counts by result; `ending` null: `syncer recover` has to decide."""
    outcomes = [
        {
            "action": str(outcome.action),
            "kind": str(outcome.address.kind),
            "address": str(outcome.address),
            "result": str(outcome.result),
            "reason": outcome.reason,
        }
        for outcome in report.outcomes
    ]
    summary = {str(result): report.count(result) for result in Result}
    return as_json(
        {
            "format": REPORT_FORMAT,
            "ending": str(report.ending) if report.ending else None,
            "failure": report.failure,
            "interrupted": report.interrupted,
            "journal": report.journal,
            "summary": summary,
            "outcomes": outcomes,
        }
    )


def as_json(document: dict[str, Any] | list[Any], *, indent: int | None = 2) -> str:
    """Indented, or on one line with None, without a newline at the end."""
    text = json.dumps(document, indent=indent, ensure_ascii=True)
    # DEL is ASCII, and terminals obey it; as runners of CI do `##[command]`, wherever in a line it is.
    return text.replace("\x7f", "\\u007f").replace("##", "#\\u0023")
