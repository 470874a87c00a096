"""Plans and reports for a terminal, and for files and pipes without colour.

Texts come from the view, which made them harmless. Here they get their place: whatever is wrapped goes on to the right
of where it began, so that no text can pass for a line of the plan. Lines are painted with SGR codes of our own: rich's
`Text` takes five seconds for a plan of 10,000 changes. No text ends in a newline.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rich.cells import cell_len

from syncer.model.address import Action
from syncer.model.plan import Plan, Report
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


class Style(StrEnum):
    """How a text looks: parameters of SGR."""

    PLAIN = ""
    BOLD = "1"
    DIM = "2"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"
    LOUD = "1;31"
    TITLE = "1;4"
    CYAN = "36"


_Span = tuple[str, Style]

_COLOURS = {Action.CREATE: Style.GREEN, Action.UPDATE: Style.YELLOW, Action.DELETE: Style.LOUD}
_VERBS = {Action.CREATE: "create", Action.UPDATE: "update", Action.DELETE: "DELETE"}
_DIFF_COLOURS = {"+": Style.GREEN, "-": Style.RED, "@": Style.CYAN, " ": Style.PLAIN, "\\": Style.DIM}
_RESULT_COLOURS = {"applied": Style.GREEN, "failed": Style.LOUD, "unknown": Style.LOUD, "not tried": Style.YELLOW}


def render_plan(plan: Plan, *, width: int | None = None, color: bool = False) -> str:
    """The whole plan; `width` in cells, None: nothing is wrapped."""
    view, page = view_plan(plan), _Page(width, color)
    page.put(("Plan for ", Style.PLAIN), view.server, Style.BOLD)
    for glob in view.only:
        page.put(("Only ", Style.PLAIN), glob)
    for group in view.groups:
        _put_group(page, group)
    _put_notes(page, view.notes)
    _put_guards(page, view.guards)
    page.gap()
    page.put(("", Style.PLAIN), view.summary, Style.BOLD)
    return page.text


def render_guards(plan: Plan, *, width: int | None = None, color: bool = False) -> str:
    """Only what holds the plan back; empty if nothing does."""
    page = _Page(width, color)
    _put_guards(page, view_guards(plan.guards))
    return page.text


def render_report(report: Report, *, width: int | None = None, color: bool = False) -> str:
    """What an apply did: one line if all went well, else address by address."""
    view, page = view_report(report), _Page(width, color)
    widest = max((cell_len(outcome.result) for outcome in view.outcomes), default=0)
    for outcome in view.outcomes:
        _put_outcome(page, outcome, widest)
    page.gap()
    page.put(("", Style.PLAIN), view.summary, Style.LOUD if view.outcomes else Style.BOLD)
    return page.text


@dataclass(slots=True)
class _Page:
    """Collects painted lines of at most `width` cells."""

    width: int | None
    color: bool
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.width = _UNLIMITED if self.width is None else max(self.width, _NARROWEST)

    @property
    def room(self) -> int:
        """Cells of a line."""
        return self.width or _UNLIMITED

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

    def put(self, lead: _Span, text: str, style: Style = Style.PLAIN) -> None:
        """A text after its lead, wrapped below its own beginning."""
        hang = min(cell_len(lead[0]), self.room // 2)
        first, *more = _wrapped(text, self.room - cell_len(lead[0]), self.room - hang)
        self.line(lead, (first, style))
        for piece in more:
            self.line((" " * hang, Style.PLAIN), (piece, style))

    def _painted(self, text: str, style: Style) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.color and style and text else text


def _wrapped(text: str, first: int, others: int) -> list[str]:
    """Pieces of so many cells, broken at a space where there is one in the second half of a piece."""
    pieces: list[str] = []
    room = first
    while cell_len(text) > room:
        cut = _fitting(text, room)
        space = text.rfind(" ", cut // 2, cut + 1)
        cut, after = (space, space + 1) if space > 0 else (cut, cut)
        pieces.append(text[:cut])
        text, room = text[after:], others
    return [*pieces, text]


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


def _put_group(page: _Page, group: Group) -> None:
    page.gap()
    page.put(("", Style.PLAIN), f"{group.domain}: {group.counts}", Style.BOLD)
    for change in group.changes:
        _put_change(page, change)


def _put_change(page: _Page, change: ChangeView) -> None:
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


def _put_rows(page: _Page, rows: Sequence[Row], action: Action, indent: str) -> None:
    """Fields below each other: names, values before and arrows in columns of their own."""
    sign = "" if action is Action.UPDATE else f"{SIGNS[action]} "
    paths = min(max((cell_len(row.path) for row in rows), default=0), _WIDEST_PATH, page.room // 3)
    widths = [cell_len(row.before) for row in rows if not row.told and not row.diff]
    befores = max((width for width in widths if width <= min(_WIDEST_BEFORE, page.room // 3)), default=0)
    for row in rows:
        lead = f"{indent}{sign}{_padded(row.path, paths)}  "
        if action is Action.UPDATE:
            _put_update(page, row, lead, befores, f"{indent}  ")
        else:
            _put_value(page, row, lead, action)
        if row.diff is not None:
            _put_diff(page, row.diff, f"{indent}  ")


def _put_value(page: _Page, row: Row, lead: str, action: Action) -> None:
    """The one value of a field of a new or deleted object."""
    value = row.told or (row.after if action is Action.CREATE else row.before)
    page.put((lead, Style.RED if action is Action.DELETE else Style.PLAIN), value, _value_style(row, action))


def _value_style(row: Row, action: Action) -> Style:
    if row.told:
        return Style.YELLOW
    return Style.GREEN if action is Action.CREATE else Style.RED


def _put_update(page: _Page, row: Row, lead: str, befores: int, indent: str) -> None:
    """Old and new value beside each other if they fit, else below each other."""
    before = row.before if row.diff else _padded(row.before, befores)
    counts = f"  ({row.diff.removed} removed, {row.diff.added} added)" if row.diff else ""
    if row.told:
        page.put((lead, Style.PLAIN), row.told, Style.YELLOW)
    elif cell_len(lead + before + _ARROW + row.after + counts) <= min(page.room, _ONE_LINE):
        old, new = ((before, _side(row.before, Style.RED)), (row.after, _side(row.after, Style.GREEN)))
        page.line((lead, Style.PLAIN), old, (_ARROW, Style.DIM), new, (counts, Style.DIM))
    else:
        page.put((lead.rstrip(" "), Style.PLAIN), counts)
        page.put((f"{indent}- ", Style.RED), row.before, _side(row.before, Style.RED))
        page.put((f"{indent}+ ", Style.GREEN), row.after, _side(row.after, Style.GREEN))


def _side(text: str, style: Style) -> Style:
    return Style.DIM if text == UNSET else style


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _put_diff(page: _Page, diff: TextDiff, indent: str) -> None:
    gutter = f"{indent}│ "
    for line in diff.lines:
        sign = "" if line.sign == "@" else line.sign
        style = _DIFF_COLOURS[line.sign]
        page.put((f"{gutter}", Style.DIM), f"{sign}{line.text}", style)
    if diff.left_out:
        page.put((gutter, Style.DIM), f"… {diff.left_out} more lines", Style.DIM)
    elif not diff.lines:
        what = f"{diff.removed} lines removed, {diff.added} added: too many to compare"
        page.put((gutter, Style.DIM), what, Style.DIM)


def _put_notes(page: _Page, notes: Iterable[str]) -> None:
    for i, note in enumerate(notes):
        if not i:
            page.gap()
        page.put(("Note: ", Style.YELLOW), note)


def _put_guards(page: _Page, guards: Sequence[GuardView]) -> None:
    if guards:
        page.gap()
        page.line(("Held back:", Style.LOUD))
    for guard in guards:
        page.put((f"{page.margin}! {guard.name}: ", Style.LOUD), guard.message)
        indent = f"{page.margin}    "
        for address in guard.addresses:
            page.put((indent, Style.PLAIN), address)
        if guard.left_out:
            page.put((indent, Style.PLAIN), f"… and {guard.left_out} more", Style.DIM)
        page.put((f"{indent}=> ", Style.PLAIN), guard.remedy, Style.YELLOW if guard.confirmable else Style.LOUD)


def _put_outcome(page: _Page, outcome: OutcomeView, widest: int) -> None:
    style = _RESULT_COLOURS.get(outcome.result, Style.LOUD)
    lead = f"{_padded(outcome.result, widest)}  {SIGNS[outcome.action]} "
    page.put((lead, style), outcome.address)
    if outcome.reason:
        page.put((" " * cell_len(lead), Style.PLAIN), outcome.reason, Style.DIM)
