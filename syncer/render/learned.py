"""What a recording taught, for people and for programs. Names and texts of the recording are somebody else's."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from syncer.errors import some
from syncer.model.learned import Confidence, Contradiction, Finding, Learned, Missing
from syncer.render.document import as_json
from syncer.render.terminal import Page, Style
from syncer.render.values import LONGEST_PROSE, harmless, one_line

FORMAT = "syncer-learned/1"
_COLOURS: Mapping[Confidence, Style] = {
    Confidence.SHOWN: Style.GREEN,
    Confidence.ANSWERED: Style.YELLOW,
    Confidence.SENT: Style.LOUD,
}
_MEANING: Mapping[Confidence, str] = {
    Confidence.SHOWN: "what it did is in the recording",
    Confidence.ANSWERED: "the service answered; what it did is not in the recording",
    Confidence.SENT: "neither an answer nor what it did is in the recording",
}
_NO_ADDRESS = "(the recording does not tell its address)"
_NARROW = 80  # columns; below, the evidence has lines of its own
_HEADER = ("operation", "message", "confidence", "evidence")
_WIDEST_MESSAGE = 28
_GAP = "  "
_MANY = 3  # messages that are named


def render_learned(learned: Learned, *, width: int | None = None, color: bool = False) -> str:
    """The table of operations, what they have in common, contradictions, and what is missing with its click."""
    page = Page(width, color)
    page.put(("Service  ", Style.PLAIN), one_line(learned.url) or _NO_ADDRESS, Style.BOLD)
    if learned.findings:
        page.gap()
        _put_table(page, learned.findings)
    for name, value in learned.settings.items():
        lead = f"{name}: {value}{_GAP}"
        page.gap()
        page.put((lead, Style.BOLD), harmless(learned.setting_evidence.get(name, ""), LONGEST_PROSE))
    for contradiction in learned.contradictions:
        page.gap()
        _put_contradiction(page, contradiction)
    if learned.missing:
        page.gap()
        _put_missing(page, learned.missing)
    if learned.remarks:
        page.gap()
        for remark in learned.remarks:
            page.put(("note: ", Style.DIM), harmless(remark, LONGEST_PROSE))
    return page.text


def render_guide(steps: Iterable[str], *, width: int | None = None, color: bool = False) -> str:
    """What to do, numbered."""
    page = Page(width, color)
    for number, step in enumerate(steps, 1):
        page.put((f"{number:2}. ", Style.BOLD), step)
    return page.text


def learned_document(learned: Learned, written: str | None) -> str:
    """All of it as JSON; `written`: the file of the profile, null if there is none."""
    return as_json(
        {
            "format": FORMAT,
            "service": learned.url,
            "written": written,
            "operations": [_finding(one) for one in learned.findings],
            "settings": {
                name: {"value": value, "evidence": learned.setting_evidence.get(name, "")}
                for name, value in learned.settings.items()
            },
            "missing": [{"what": one.what, "click": one.click} for one in learned.missing],
            "contradictions": [
                {"what": one.what, "sides": [{"told": side.told, "messages": side.messages} for side in one.sides]}
                for one in learned.contradictions
            ],
            "notes": learned.remarks,
        }
    )


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "operation": one.operation,
        **one.entry,
        "confidence": str(one.confidence),
        "messages": one.messages,
        "evidence": one.evidence,
    }


def _put_table(page: Page, findings: Sequence[Finding]) -> None:
    rows = [(one.operation, _message(one), str(one.confidence)) for one in findings]
    widths = [max(len(cell) for cell in column) for column in zip(_HEADER[:3], *rows, strict=True)]
    page.put((_row(_HEADER[:3], widths), Style.DIM), _HEADER[3], Style.DIM)
    for row, finding in zip(rows, findings, strict=True):
        _put_finding(page, _row(row, widths), finding)


def _row(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "".join(f"{cell:{width}}{_GAP}" for cell, width in zip(cells, widths, strict=True))


def _put_finding(page: Page, lead: str, finding: Finding) -> None:
    """A row, its evidence beside it, or below it where there is no room."""
    first, *more = _evidence(finding)
    indent = " " * len(lead)
    if page.room < _NARROW:
        indent = " " * 4
        page.put(("", Style.PLAIN), lead.rstrip(), _COLOURS[finding.confidence])
        page.put((indent, Style.PLAIN), first)
    else:
        page.put((lead, _COLOURS[finding.confidence]), first)
    for text in more:
        page.put((indent, Style.PLAIN), text, Style.DIM)


def _message(finding: Finding) -> str:
    return one_line(finding.entry["request"]["mt"], _WIDEST_MESSAGE)


def _evidence(finding: Finding) -> Iterator[str]:
    first, *more = finding.evidence or (_MEANING[finding.confidence],)
    yield f"{_messages(finding.messages)}: {harmless(first, LONGEST_PROSE)}"
    for text in more:
        yield harmless(text, LONGEST_PROSE)


def _messages(numbers: Sequence[int]) -> str:
    return f"message{'s' * (len(numbers) != 1)} {some(numbers, _MANY)}"


def _put_contradiction(page: Page, contradiction: Contradiction) -> None:
    page.put(("contradiction: ", Style.LOUD), harmless(contradiction.what, LONGEST_PROSE))
    first = "either" if len(contradiction.sides) > 1 else "seen"
    for number, side in enumerate(contradiction.sides):
        page.put((f"    {'or' if number else first:6} ", Style.PLAIN), harmless(side.told, LONGEST_PROSE))
        page.put((" " * 11, Style.PLAIN), _messages(side.messages), Style.DIM)


def _put_missing(page: Page, missing: Sequence[Missing]) -> None:
    page.put(("", Style.PLAIN), "Not in the recording, and how to show it:", Style.BOLD)
    widest = max(len(one.what) for one in missing)
    for one in missing:
        page.put((f"  {one.what:{widest}}{_GAP}", Style.YELLOW), harmless(one.click, LONGEST_PROSE))
