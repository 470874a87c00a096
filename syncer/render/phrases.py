"""Changes in phrases, a line each, for all that is no terminal.

Every text from the plan goes through `mark`, which escapes it for where it goes.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from syncer.model.address import Action, Kind
from syncer.model.plan import Whose
from syncer.render.change import ChangeView, Row
from syncer.render.values import reads_from_the_right
from syncer.render.view import GuardView, RenameView
from syncer.render.viewpoint import Viewpoint, label

MOST_FOLDED = 10  # addresses named of equal changes

Mark = Callable[[str], str]


def headline(change: ChangeView) -> str:
    """`update config[example.com/PHONE/HQ phones]`, `missing: config[example.com/NTP/time]`."""
    return f"{change.verb}{change.viewpoint.colon} {change.address}"


def about(change: ChangeView) -> Iterator[str]:
    """All that is told of a change below its headline."""
    if change.reach:
        yield f"{change.reaches} {change.reach}"
    yield from facts(change)
    if change.whose:
        yield change.viewpoint.meaning(change.whose_told)
    yield from (field(row, change) for row in change.rows)
    if change.also:
        yield others(change)


def facts(change: ChangeView, mark: Mark = str) -> Iterator[str]:
    """What it was called, and the guards that hold it back."""
    if change.former:
        yield f"{change.viewpoint.former} {mark(change.former)}"
    if change.held:
        yield f"{change.viewpoint.held}: {', '.join(map(mark, change.held))}"


def field(row: Row, change: ChangeView, mark: Mark = str) -> str:
    """`gk1: 172.16.0.1 → 172.16.0.2`; of something new or deleted its one value."""
    source = f" ({mark(row.source)})" if row.source else ""
    return f"{mark(row.path)}: {_values(row, change, mark)}{line_counts(row)}{_whose(row, mark)}{source}"


def _values(row: Row, change: ChangeView, mark: Mark) -> str:
    if row.told:
        return row.told
    match change.action:
        case Action.CREATE:
            return mark(row.after)
        case Action.DELETE:
            return mark(row.before)
        case Action.UPDATE if reads_from_the_right(row.path + row.before + row.after):
            before, after = change.viewpoint.sides
            return f"{before} {mark(row.before)}, {after} {mark(row.after)}"
        case Action.UPDATE:
            before, after = map(label, change.viewpoint.labels)
            return f"{mark(row.before)}{before} → {mark(row.after)}{after}"


def line_counts(row: Row) -> str:
    """How many lines of a text differ."""
    return f" ({row.diff.removed} removed, {row.diff.added} added)" if row.diff else ""


def _whose(row: Row, mark: Mark) -> str:
    told = whose(row, mark)
    return f" ({told})" if told else ""


def whose(row: Row, mark: Mark = str) -> str:
    """Whose a field is where those of a change are not of one mind, and what the third side has."""
    if row.whose is not Whose.BOTH:
        return str(row.whose or "")
    return f"both moved; it was {mark(row.was)}" if row.was else "both moved"


def others(change: ChangeView, mark: Mark = str) -> str:
    """Which further changes are the same."""
    return f"{change.also_told}: {_some(change.also, mark, max(0, len(change.also) - MOST_FOLDED))}"


def held_addresses(guard: GuardView, mark: Mark = str) -> str:
    """What a guard is about; empty if it is about the whole plan."""
    return _some(guard.addresses, mark, guard.left_out)


def _some(addresses: Sequence[str], mark: Mark, left: int) -> str:
    return ", ".join(map(mark, addresses[:MOST_FOLDED])) + (f" … and {left} more" if left else "")


def suggestion(rename: RenameView, mark: Mark = str) -> str:
    """What to write if it is a rename."""
    at = f" at {mark(rename.source)}" if rename.source else ""
    looks = f"{mark(rename.address)} looks like {mark(rename.former)}, {rename.state}"
    return f"{looks}; if it is, say so{at}{kept(rename)}: {mark(rename.line)}"


def kept(rename: RenameView) -> str:
    """What a rename does not lose."""
    return ", so that its devices stay in it" if rename.kind is not Kind.CONFIG else ""


def counted(left: Counter[Action], viewpoint: Viewpoint) -> str:
    """`9,412 more changes: 9,000 to update, 412 to create`, the gravest first."""
    counts = [f"{left[one]:,} {viewpoint.counted(one, left[one])}" for one in reversed(Action) if left[one]]
    return f"{left.total():,} more {viewpoint.change}{'s' * (left.total() != 1)}: {', '.join(counts)}"


def shortened(text: str, most: int) -> str:
    """A text of at most so many bytes of UTF-8; where it has more, it ends in `…`."""
    whole = text.encode()
    return text if len(whole) <= most else f"{whole[: most - 3].decode(errors='ignore')}…"
