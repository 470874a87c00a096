"""Plans as Code Quality reports of GitLab: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""

from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from syncer.model.plan import Plan
from syncer.render.change import Spot
from syncer.render.document import as_json
from syncer.render.findings import Finding, Gravity, find, gravity, place
from syncer.render.phrases import about, headline, shortened, suggestion
from syncer.render.view import GuardView, PlanView, view_guards, view_plan
from syncer.render.viewpoint import PLAN, Viewpoint

_SEVERITIES: Mapping[Gravity, str] = {
    Gravity.FORBIDDEN: "blocker",
    Gravity.DELETE: "critical",
    Gravity.RISK: "major",
    Gravity.UPDATE: "minor",
    Gravity.CREATE: "info",
}
_LONGEST = 2000  # characters of a description


def render_plan(plan: Plan, folder: str = "", viewpoint: Viewpoint = PLAN) -> str:
    """An entry for each change, the gravest first, after what holds the plan back; then what is told of all of it."""
    somewhere = Spot(f"{folder}syncer.yaml", 1, 1)
    times = Counter[str]()
    found = sorted(find(plan, viewpoint), key=lambda one: one.view.rank)
    guards = [_guard(guard, somewhere, times, viewpoint) for guard in view_guards(plan.guards)]
    changes = [_change(one, place(one.view, folder) or somewhere, times) for one in found]
    return as_json([*guards, *changes, *_remarks(view_plan(plan, viewpoint), somewhere, times)])


def _remarks(view: PlanView, spot: Spot, times: Counter[str]) -> Iterator[dict[str, Any]]:
    """Likely renames and notes; of a plan without changes there is no more to be told."""
    remarks = [("rename", f"renamed? {suggestion(rename)}") for rename in view.renames]
    remarks += [("note", f"note: {note}") for note in view.notes]
    if view.changes:
        remarks.append((view.viewpoint.noun, " ".join(filter(None, [view.summary, view.whose]))))
    for name, told in remarks:
        yield _entry(f"syncer-{name}", "info", told, spot, _fingerprint(told, times))


def _guard(guard: GuardView, spot: Spot, times: Counter[str], viewpoint: Viewpoint) -> dict[str, Any]:
    severity = "major" if guard.confirmable else "blocker"
    told = f"{viewpoint.held}: {guard.name}: {guard.message}; {guard.remedy}"
    return _entry("syncer-guard", severity, told, spot, _fingerprint(f"guard {guard.name} {guard.message}", times))


def _change(found: Finding, spot: Spot, times: Counter[str]) -> dict[str, Any]:
    change, view = found.change, found.view
    severity = _SEVERITIES[gravity(view, is_forbidden=not all(guard.confirmable for guard in found.guards))]
    told = "; ".join([headline(view), *about(view)])
    name = view.viewpoint.names[change.action]
    fingerprint = _fingerprint(f"{name} {change.address}", times)
    return _entry(f"syncer-{name}", severity, told, spot, fingerprint)


def _fingerprint(what: str, times: Counter[str]) -> str:
    """The same in every run, and another for the second of the same."""
    times[what] += 1
    return sha256(f"{times[what]} {what}".encode("utf-8", "surrogatepass")).hexdigest()


def _entry(check: str, severity: str, told: str, spot: Spot, fingerprint: str) -> dict[str, Any]:
    return {
        "description": shortened(told, _LONGEST),
        "check_name": check,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": spot.file, "lines": {"begin": spot.line}},
    }
