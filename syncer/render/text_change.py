"""One change as text, with all its fields."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from syncer.model.address import Action
from syncer.model.plan import Whose
from syncer.render.change import SIGNS, ChangeView, Row
from syncer.render.phrases import MOST_FOLDED, whose
from syncer.render.sides import side_by_side
from syncer.render.terminal import Page, Span, Style, cell_len, padded, widest
from syncer.render.textdiff import DiffLine, TextDiff
from syncer.render.values import UNSET, reads_from_the_right
from syncer.render.viewpoint import label
from syncer.render.words import Pieces, marked

_ONE_LINE = 120  # a longer row is told in two lines even where width has no end
_WIDEST_PATH, _WIDEST_BEFORE = 24, 32
_ARROW = " → "
_DEEPER = "    "

_COLOURS = {Action.CREATE: Style.GREEN, Action.UPDATE: Style.YELLOW, Action.DELETE: Style.LOUD}
_WHOSE_COLOURS: Mapping[str, Style] = {Whose.YOURS: Style.DIM, Whose.DRIFT: Style.CYAN, Whose.BOTH: Style.LOUD}
_MARKS = {"-": Style.RED_MARK, "+": Style.GREEN_MARK}
_DIFF_COLOURS = {"+": Style.GREEN, "-": Style.RED, "@": Style.CYAN, " ": Style.PLAIN, "\\": Style.DIM}


def put_change(page: Page, change: ChangeView) -> None:
    """A change with all its fields, after an empty line."""
    page.gap()
    colour = _COLOURS[change.action]
    indent = f"{page.margin}    "
    lead = f"{page.margin}{SIGNS[change.action]} {change.verb}  "
    aside: list[Span] = [(f"  {change.source}", Style.DIM)] if change.source else []
    aside += [(f"  ({change.whose_told})", _WHOSE_COLOURS.get(change.whose_told, Style.CYAN))] if change.whose else []
    aside += [(f"  ({change.viewpoint.held}: {', '.join(change.held)})", Style.LOUD)] if change.held else []
    width = cell_len(lead + change.address + "".join(text for text, _ in aside))
    if width <= page.room and not reads_from_the_right(change.address):
        page.line((lead, colour), (change.address, _address_style(change)), *aside)
    else:
        page.put((lead, colour), change.address, _address_style(change))
        _put_aside(page, aside, indent)
    if change.former:
        page.put((f"{indent}{change.viewpoint.former} ", Style.PLAIN), change.former, Style.YELLOW)
    if change.reach:
        style = Style.LOUD if change.everyone else Style.PLAIN
        page.put((f"{indent}{change.reaches} ", Style.PLAIN), change.reach, style)
    _put_rows(page, change, indent)
    if change.also:
        _put_others(page, change, indent)


def _put_aside(page: Page, aside: Sequence[Span], indent: str) -> None:
    """On one line if that is enough, else each on its own; nothing for none."""
    if aside and cell_len(indent + "".join(text for text, _ in aside)) - 2 <= page.room:
        page.line(*((indent + text[2:] if not i else text, style) for i, (text, style) in enumerate(aside)))
        return
    for text, style in aside:
        page.put((indent, Style.PLAIN), text.removeprefix("  "), style)


def _put_others(page: Page, change: ChangeView, indent: str) -> None:
    left = len(change.also) - MOST_FOLDED
    page.put((indent, Style.PLAIN), f"{change.also_told}:", Style.CYAN)
    for address, reach in list(zip(change.also, change.also_reach, strict=True))[:MOST_FOLDED]:
        page.put((f"{indent}  ", Style.PLAIN), f"{address}: {reach}" if reach else address)
    if left > 0:
        page.put((f"{indent}  ", Style.PLAIN), f"… and {left} more; --expand tells each", Style.DIM)


def _address_style(change: ChangeView) -> Style:
    return Style.LOUD if change.action is Action.DELETE else Style.BOLD


def _put_rows(page: Page, change: ChangeView, indent: str) -> None:
    """Fields below each other: names, values before and arrows in columns of their own."""
    rows, action = change.rows, change.action
    sign = "" if action is Action.UPDATE else f"{SIGNS[action]} "
    paths = widest((row.path for row in rows), min(_WIDEST_PATH, page.room // 3))
    befores = widest((row.before for row in rows if not row.told and not row.diff), min(_WIDEST_BEFORE, page.room // 3))
    for row in rows:
        lead = f"{indent}{sign}{padded(row.path, paths)}  "
        if action is Action.UPDATE:
            whose_is_told = _put_update(page, row, lead, befores, f"{indent}  ", change.viewpoint.labels)
        else:
            whose_is_told = _put_value(page, row, lead, action)
        if row.source:
            page.aside(row.source, Style.DIM, f"{indent}  ")
        if row.diff is not None:
            _put_diff(page, row.diff, f"{indent}  ")
        if not whose_is_told:
            _put_whose(page, row, f"{indent}  ")


def _put_value(page: Page, row: Row, lead: str, action: Action) -> bool:
    """The one value of a field of a new or deleted object; whether with whose it is."""
    value = row.told or (row.after if action is Action.CREATE else row.before)
    style = Style.YELLOW if row.told else Style.GREEN if action is Action.CREATE else Style.RED
    page.put((lead, Style.RED if action is Action.DELETE else Style.PLAIN), value, style)
    return False


def _put_update(page: Page, row: Row, lead: str, befores: int, indent: str, labels: tuple[str, str]) -> bool:
    """Old and new value beside each other if they fit, else below each other; whether with whose it is."""
    if row.told:
        page.put((lead, Style.PLAIN), row.told, Style.YELLOW)
    elif not _is_put_on_one_line(page, row, lead, befores, indent, labels):
        old, new = _marked(row)
        page.put((indent[:-2], Style.PLAIN), f"{row.path}{_line_counts(row)}", hang=f"{indent}{_DEEPER}")
        page.put_spans((f"{indent}- ", Style.RED), [*old, *_label(labels[0])])
        page.put_spans((f"{indent}+ ", Style.GREEN), [*new, *_label(labels[1])])
    else:
        return row.whose is not Whose.BOTH
    return False


def _is_put_on_one_line(page: Page, row: Row, lead: str, befores: int, indent: str, labels: tuple[str, str]) -> bool:
    """In columns, else without; whether it fitted, with whose it is if that is one word."""
    if reads_from_the_right(row.path + row.before + row.after):
        return False
    old, new = _marked(row)
    blanks = " " * max(0, befores - cell_len(row.before)) if row.diff is None else ""
    aside = f"  ({row.whose})" if row.whose and row.whose is not Whose.BOTH else ""
    for start, gap in ((lead, blanks), (f"{indent[:-2]}{row.path}  ", "")):
        arrow, counts = (gap + _ARROW, Style.DIM), (_line_counts(row), Style.DIM)
        spans = (*old, *_label(labels[0]), arrow, *new, *_label(labels[1]), counts, (aside, _whose_style(row)))
        if cell_len(start + "".join(text for text, _ in spans)) <= min(page.room, _ONE_LINE):
            page.line((start, Style.PLAIN), *spans)
            return True
    return False


def _label(side: str) -> list[Span]:
    return [(label(side), Style.DIM)] if side else []


def _line_counts(row: Row) -> str:
    return f"  ({row.diff.removed} removed, {row.diff.added} added)" if row.diff else ""


def _put_whose(page: Page, row: Row, indent: str) -> None:
    """Below a field that is not of one mind with the others: whose it is, and what the third side has."""
    if row.whose is None:
        return
    since = "; the server since then:" if row.moved else ""
    page.put((indent, Style.PLAIN), f"({whose(row)}{since})", _whose_style(row))
    if row.moved is not None:
        _put_diff(page, row.moved, f"{indent}  ")


def _whose_style(row: Row) -> Style:
    return _WHOSE_COLOURS[row.whose] if row.whose else Style.PLAIN


def _marked(row: Row) -> tuple[list[Span], list[Span]]:
    """Both values, with the words that differ standing out."""
    old, new = marked(row.before, row.after)
    return (
        _spans(old, _side(row.before, Style.RED), Style.RED_MARK),
        _spans(new, _side(row.after, Style.GREEN), Style.GREEN_MARK),
    )


def _spans(pieces: Pieces, plain: Style, standing_out: Style) -> list[Span]:
    return [(text, standing_out if differs else plain) for text, differs in pieces]


def _side(text: str, style: Style) -> Style:
    return Style.DIM if text == UNSET else style


def _put_diff(page: Page, diff: TextDiff, indent: str) -> None:
    gutter = f"{indent}│ "
    marks = dict(_word_marks(diff.lines)) if page.color else {}
    for line in diff.lines:
        style = _DIFF_COLOURS[line.sign]
        spans = _spans(marks.get(id(line), ((line.text, False),)), style, _MARKS.get(line.sign, style))
        page.put_spans((f"{gutter}{line.mark}", style), spans, f"{gutter}  ")
    if diff.rest:
        page.put((gutter, Style.DIM), diff.rest, Style.DIM)


def _word_marks(lines: Iterable[DiffLine]) -> Iterator[tuple[int, Pieces]]:
    """Of lines that replace each other, by their identity."""
    for left, right in side_by_side(lines):
        if left and right and (left.sign, right.sign) == ("-", "+"):
            old, new = marked(left.text, right.text)
            yield from ((id(left), old), (id(right), new))
