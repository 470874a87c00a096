"""Plans and reports for a terminal, and for files and pipes without colour.

Texts come from the view, which made them harmless. Here they get their place: whatever is wrapped goes on to the right
of where it began, so that no text can pass for a line of the plan. Lines are painted with SGR codes of our own: rich's
`Text` takes five seconds for a plan of 10,000 changes. No text ends in a newline.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from rich.cells import cell_len

from syncer.model.address import Action
from syncer.model.plan import Plan, Report, Result
from syncer.render.textdiff import TextDiff
from syncer.render.values import UNSET
from syncer.render.view import (
    SIGNS,
    ChangeView,
    Group,
    GuardView,
    OutcomeView,
    Row,
    view_guards,
    view_plan,
    view_report,
)

_UNLIMITED = 1_000_000_000
_NARROW = 60  # below this, space goes to the texts rather than to indents
_NARROWEST = 24
_ONE_LINE = 120  # a longer row is told in two lines even where width has no end
_WIDEST_PATH, _WIDEST_BEFORE = 24, 32
_ARROW = " → "
_DEEPER = "    "


class Style(StrEnum):
    """How a text looks: parameters of SGR."""

    PLAIN = ""
    BOLD = "1"
    DIM = "2"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"
    LOUD = "1;31"
    CYAN = "36"


_Span = tuple[str, Style]

_COLOURS = {Action.CREATE: Style.GREEN, Action.UPDATE: Style.YELLOW, Action.DELETE: Style.LOUD}
_VERBS = {Action.CREATE: "create", Action.UPDATE: "update", Action.DELETE: "DELETE"}
_DIFF_COLOURS = {"+": Style.GREEN, "-": Style.RED, "@": Style.CYAN, " ": Style.PLAIN, "\\": Style.DIM}
_DIFF_SIGNS = {"@": "", "\\": "\\ "}
RESULT_COLOURS = {
    Result.APPLIED: Style.GREEN,
    Result.UNCHANGED: Style.YELLOW,
    Result.REFUSED: Style.RED,
    Result.FAILED: Style.LOUD,
    Result.UNKNOWN: Style.LOUD,
    Result.ROLLED_BACK: Style.YELLOW,
    Result.NOT_TRIED: Style.YELLOW,
}


def render_plan(plan: Plan, *, width: int | None = None, color: bool = False) -> str:
    """The whole plan; `width` in cells, None: nothing is wrapped."""
    view, page = view_plan(plan), Page(width, color)
    page.put(("Plan for ", Style.PLAIN), view.server, Style.BOLD)
    for glob in view.only:
        page.put(("Limited to ", Style.PLAIN), glob)
    for group in view.groups:
        _put_group(page, group)
    _put_notes(page, view.notes)
    _put_guards(page, view.guards)
    page.gap()
    page.put(("", Style.PLAIN), view.summary, Style.BOLD)
    return page.text


def render_guards(plan: Plan, *, width: int | None = None, color: bool = False) -> str:
    """Only what holds the plan back; empty if nothing does."""
    page = Page(width, color)
    _put_guards(page, view_guards(plan.guards))
    return page.text


def render_report(report: Report, *, width: int | None = None, color: bool = False) -> str:
    """What an apply did: one line if all went well, else address by address."""
    view, page = view_report(report), Page(width, color)
    widest = max((len(outcome.result) for outcome in view.outcomes), default=0)
    for outcome in view.outcomes:
        _put_outcome(page, outcome, widest)
    page.gap()
    page.put(("", Style.PLAIN), view.summary, Style.LOUD if view.outcomes else Style.BOLD)
    return page.text


class Page:
    """Collects painted lines of at most `room` cells."""

    def __init__(self, width: int | None, color: bool) -> None:
        self.room = _UNLIMITED if width is None else max(width, _NARROWEST)
        self.color = color
        self.lines: list[str] = []

    @property
    def margin(self) -> str:
        """What stands before a change's headline; its fields are four cells further right."""
        return "" if self.room < _NARROW else "  "

    @property
    def text(self) -> str:
        """The page."""
        return "\n".join(self.lines)

    def gap(self) -> None:
        """An empty line, but not at the top."""
        if self.lines:
            self.lines.append("")

    def line(self, *spans: _Span) -> None:
        """A line that is known to fit."""
        self.lines.append("".join(self._painted(text, style) for text, style in spans).rstrip(" "))

    def put(self, lead: _Span, text: str, style: Style = Style.PLAIN, hang: str | None = None) -> None:
        """A text after its lead, wrapped below its own beginning or after `hang`; a very long lead gets a line."""
        width = cell_len(lead[0])
        if width * 3 > self.room * 2:
            indent = lead[0][: min(len(lead[0]) - len(lead[0].lstrip(" ")), self.room // 3)]
            self.put((indent, Style.PLAIN), lead[0].strip(" "), lead[1], indent + _DEEPER)
            self.put((f"{indent}  ", Style.PLAIN), text, style)
            return
        hanging = " " * width if hang is None else hang
        first, *more = _wrapped(text, self.room - width, self.room - cell_len(hanging))
        self.line(lead, (first, style))
        for piece in more:
            self.line((hanging, Style.DIM), (piece, style))

    def _painted(self, text: str, style: Style) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.color and style and text else text


def _wrapped(text: str, first: int, others: int) -> list[str]:
    """Pieces of so many cells, broken at a space where there is one."""
    pieces: list[str] = []
    room = first
    while cell_len(text) > room:
        cut = _fitting(text, room)
        space = text.rfind(" ", len(text) - len(text.lstrip(" ")), cut + 1)
        cut, after = (space, space + 1) if space > 0 else (cut, cut)
        pieces.append(text[:cut])
        text, room = text[after:], others
    return [*pieces, text]


def cut(text: str, room: int) -> str:
    """A text in so many cells; where it needs more, it ends in `…`."""
    return text if cell_len(text) <= room else f"{text[: _fitting(text, room - 1)]}…"


def _fitting(text: str, room: int) -> int:
    """How many characters fit, at least one."""
    if text.isascii():
        return max(1, room)
    used = 0
    for count, character in enumerate(text):
        used += cell_len(character)
        if used > room:
            return max(1, count)
    return len(text)


def _put_group(page: Page, group: Group) -> None:
    page.gap()
    page.put(("", Style.PLAIN), f"{group.domain}: {group.counts}", Style.BOLD, _DEEPER * 2)
    for change in group.changes:
        put_change(page, change)


def put_change(page: Page, change: ChangeView) -> None:
    """A change with all its fields, after an empty line."""
    page.gap()
    colour = _COLOURS[change.action]
    lead = f"{page.margin}{SIGNS[change.action]} {_VERBS[change.action]}  "
    fits = cell_len(lead + change.address) + 2 + cell_len(change.source) <= page.room
    if fits:
        page.line((lead, colour), (change.address, _address_style(change)), (f"  {change.source}", Style.DIM))
    else:
        page.put((lead, colour), change.address, _address_style(change))
    indent = f"{page.margin}    "
    if change.source and not fits:
        page.put((indent, Style.PLAIN), change.source, Style.DIM)
    if change.former:
        page.put((f"{indent}renamed from ", Style.PLAIN), change.former, Style.YELLOW)
    if change.reach:
        page.put((f"{indent}applies to ", Style.PLAIN), change.reach, Style.LOUD if change.everyone else Style.PLAIN)
    _put_rows(page, change.rows, change.action, indent)


def _address_style(change: ChangeView) -> Style:
    return Style.LOUD if change.action is Action.DELETE else Style.BOLD


def _put_rows(page: Page, rows: Sequence[Row], action: Action, indent: str) -> None:
    """Fields below each other: names, values before and arrows in columns of their own."""
    sign = "" if action is Action.UPDATE else f"{SIGNS[action]} "
    paths = _widest((row.path for row in rows), min(_WIDEST_PATH, page.room // 3))
    befores = _widest(
        (row.before for row in rows if not row.told and not row.diff), min(_WIDEST_BEFORE, page.room // 3)
    )
    for row in rows:
        lead = f"{indent}{sign}{_padded(row.path, paths)}  "
        if action is Action.UPDATE:
            _put_update(page, row, lead, befores, f"{indent}  ")
        else:
            _put_value(page, row, lead, action)
        if row.diff is not None:
            _put_diff(page, row.diff, f"{indent}  ")


def _widest(texts: Iterable[str], most: int) -> int:
    """Width of a column for those that fit into it."""
    return max((width for width in map(cell_len, texts) if width <= most), default=0)


def _put_value(page: Page, row: Row, lead: str, action: Action) -> None:
    """The one value of a field of a new or deleted object."""
    value = row.told or (row.after if action is Action.CREATE else row.before)
    page.put((lead, Style.RED if action is Action.DELETE else Style.PLAIN), value, _value_style(row, action))


def _value_style(row: Row, action: Action) -> Style:
    if row.told:
        return Style.YELLOW
    return Style.GREEN if action is Action.CREATE else Style.RED


def _put_update(page: Page, row: Row, lead: str, befores: int, indent: str) -> None:
    """Old and new value beside each other if they fit, else below each other."""
    counts = f"  ({row.diff.removed} removed, {row.diff.added} added)" if row.diff else ""
    aligned, tight = (lead, _padded(row.before, 0 if row.diff else befores)), (f"{indent[:-2]}{row.path}  ", row.before)
    old, new = _side(row.before, Style.RED), _side(row.after, Style.GREEN)
    if row.told:
        page.put((lead, Style.PLAIN), row.told, Style.YELLOW)
        return
    for start, before in (aligned, tight):
        if cell_len(start + before + _ARROW + row.after + counts) <= min(page.room, _ONE_LINE):
            page.line((start, Style.PLAIN), (before, old), (_ARROW, Style.DIM), (row.after, new), (counts, Style.DIM))
            return
    page.put((indent[:-2], Style.PLAIN), f"{row.path}{counts}", hang=f"{indent}{_DEEPER}")
    page.put((f"{indent}- ", Style.RED), row.before, old)
    page.put((f"{indent}+ ", Style.GREEN), row.after, new)


def _side(text: str, style: Style) -> Style:
    return Style.DIM if text == UNSET else style


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _put_diff(page: Page, diff: TextDiff, indent: str) -> None:
    gutter = f"{indent}│ "
    for line in diff.lines:
        style = _DIFF_COLOURS[line.sign]
        page.put((f"{gutter}{_DIFF_SIGNS.get(line.sign, line.sign)}", style), line.text, style, f"{gutter}  ")
    if diff.left_out:
        page.put((gutter, Style.DIM), f"… {diff.left_out} more lines", Style.DIM)
    elif not diff.lines:
        what = f"{diff.removed} lines removed, {diff.added} added: too many to compare"
        page.put((gutter, Style.DIM), what, Style.DIM)


def _put_notes(page: Page, notes: Iterable[str]) -> None:
    for i, note in enumerate(notes):
        if not i:
            page.gap()
        page.put(("Note: ", Style.YELLOW), note)


def _put_guards(page: Page, guards: Sequence[GuardView]) -> None:
    if guards:
        page.gap()
        page.line(("Held back:", Style.LOUD))
    for guard in guards:
        indent = f"{page.margin}    "
        page.put((f"{page.margin}! {guard.name}: ", Style.LOUD), guard.message, hang=f"{indent}  ")
        for address in guard.addresses:
            page.put((indent, Style.PLAIN), address)
        if guard.left_out:
            page.put((indent, Style.PLAIN), f"… and {guard.left_out} more", Style.DIM)
        page.put((f"{indent}=> ", Style.PLAIN), guard.remedy, Style.YELLOW if guard.confirmable else Style.LOUD)


def _put_outcome(page: Page, outcome: OutcomeView, widest: int) -> None:
    style = RESULT_COLOURS[outcome.result]
    lead = f"{_padded(outcome.result, widest)}  {SIGNS[outcome.action]} "
    page.put((lead, style), outcome.address)
    if outcome.reason:
        page.put((" " * cell_len(lead), Style.PLAIN), outcome.reason)
