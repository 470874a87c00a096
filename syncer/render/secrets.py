"""What `syncer secret check` found, for people and for programs. Never a value."""

from collections.abc import Mapping

from syncer.errors import plural
from syncer.model.doctor import Status
from syncer.model.secrets import SecretCheck, SecretReport
from syncer.render.document import as_json
from syncer.render.terminal import Page, Style
from syncer.render.values import LONGEST_PROSE, harmless, one_line

FORMAT = "syncer-secrets/1"
_COLOURS: Mapping[Status, Style] = {Status.OK: Style.GREEN, Status.WARNING: Style.YELLOW, Status.FAILED: Style.LOUD}
_STATUS = max(map(len, Status)) + 2
_HINT = "=> "


def render_check(report: SecretReport, *, width: int | None = None, color: bool = False) -> str:
    """Two lines a secret, and what to do where that is something; counts below."""
    page = Page(width, color)
    for check in report.checks:
        _put(page, check)
    if not report.checks:
        page.line(("The files name no secrets.", Style.PLAIN))
        return page.text
    page.gap()
    failed = report.count(Status.FAILED)
    counts = ", ".join(f"{count} {status}" for status in Status if (count := report.count(status)))
    page.put(
        ("", Style.PLAIN), f"{plural(len(report.checks), 'secret')}: {counts}.", Style.LOUD if failed else Style.BOLD
    )
    if report.age_keys and any(check.reference == "age" for check in report.checks):
        told = "A ciphertext does not name the age keys that it is sealed for: their number is all that was compared."
        page.put(("", Style.PLAIN), told, Style.DIM)
    return page.text


def _put(page: Page, check: SecretCheck) -> None:
    lead = f"{check.status:{_STATUS}}"
    page.put((lead, _COLOURS[check.status]), f"{one_line(check.owner)} {check.field}", Style.BOLD)
    indent = " " * len(lead)
    told = f"{harmless(check.place, LONGEST_PROSE)}: {check.reference}: {harmless(check.what, LONGEST_PROSE)}"
    page.put((indent, Style.PLAIN), told)
    if check.hint:
        page.put((f"{indent}{_HINT}", Style.PLAIN), harmless(check.hint, LONGEST_PROSE), Style.CYAN)


def document(report: SecretReport) -> str:
    """All secrets as JSON, with counts by status; `ok`: each can be had."""
    return as_json(
        {
            "format": FORMAT,
            "ok": not report.count(Status.FAILED),
            "recipients": report.recipients,
            "summary": {str(status): report.count(status) for status in _COLOURS},
            "secrets": [_document(check) for check in report.checks],
        }
    )


def _document(check: SecretCheck) -> dict[str, str | int]:
    return {
        "address": check.owner,
        "field": check.field,
        "file": check.place.file,
        "line": check.place.line,
        "column": check.place.column,
        "reference": str(check.reference),
        "status": str(check.status),
        "what": check.what,
        "hint": check.hint,
    }
