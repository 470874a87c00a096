"""What `syncer doctor` found, for people line by line as it comes, and for programs."""

from collections.abc import Mapping

from syncer.model.doctor import Area, Check, Diagnosis, Status
from syncer.render.document import as_json
from syncer.render.terminal import Page, Style
from syncer.render.values import LONGEST_PROSE, harmless

FORMAT = "syncer-doctor/1"
_COLOURS: Mapping[Status, Style] = {
    Status.OK: Style.GREEN,
    Status.WARNING: Style.YELLOW,
    Status.FAILED: Style.LOUD,
    Status.SKIPPED: Style.DIM,
}
_STATUS = max(map(len, Status)) + 2
_AREA = max(map(len, Area)) + 2
_ROOM = 60  # columns; where there are fewer, texts get lines of their own
_HINT = "=> "
_DEEPER = "  "  # than a hint: what a server said can begin no line that looks like one


def render_check(check: Check, *, width: int | None = None, color: bool = False) -> str:
    """A line, wrapped below its text, and below it what to do."""
    page = Page(width, color)
    colour, what = _COLOURS[check.status], harmless(check.what, LONGEST_PROSE)
    if width is None or width >= _ROOM:
        indent = " " * (_STATUS + _AREA)
        page.put((f"{check.status:{_STATUS}}{check.area:{_AREA}}", colour), what, hang=indent + _DEEPER)
    else:
        indent = "  "
        page.line((f"{check.status:{_STATUS}}{check.area}", colour))
        page.put((indent, Style.PLAIN), what, hang=indent + _DEEPER)
    if check.hint:
        page.put((f"{indent}{_HINT}", Style.PLAIN), harmless(check.hint, LONGEST_PROSE), Style.CYAN)
    return page.text


def render_summary(diagnosis: Diagnosis, *, width: int | None = None, color: bool = False) -> str:
    """How many checks ended how, after an empty line."""
    page = Page(width, color)
    counts = ", ".join(_counted(count, status) for status in Status if (count := diagnosis.count(status)))
    page.put(("", Style.PLAIN), f"{counts}.", Style.BOLD if diagnosis.is_sound else Style.LOUD)
    return f"\n{page.text}"


def _counted(count: int, status: Status) -> str:
    return f"{count} {status}s" if status is Status.WARNING and count > 1 else f"{count} {status}"


def document(diagnosis: Diagnosis) -> str:
    """All checks as JSON, with counts by status; `ok`: nothing failed."""
    named = diagnosis.server is not None
    return as_json(
        {
            "format": FORMAT,
            "server": {"name": diagnosis.server, "url": diagnosis.url} if named else None,
            "ok": diagnosis.is_sound,
            "summary": {str(status): diagnosis.count(status) for status in Status},
            "checks": [
                {"name": str(one.area), "status": str(one.status), "what": one.what, "hint": one.hint}
                for one in diagnosis.checks
            ],
        }
    )
