"""One change as every renderer shows it, worked out once: harmless one-line texts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from syncer.errors import plural
from syncer.model.address import Action, Address, Kind
from syncer.model.plan import Change, Coverage, FieldDiff, Reach, Whose
from syncer.render.textdiff import TextDiff, line_count, text_diff
from syncer.render.values import UNSET, from_the_left, is_hidden, one_line, pair, path_text, value_text
from syncer.render.viewpoint import PLAN, Viewpoint, label

EVERY_DEVICE = "(every device)"  # how an empty list of categories reads
_NO_DEVICE = "no device"
_LONGEST_NAME = 100  # a longer one may be cut in the address
_NAME_FIELD = {Kind.DOMAIN: "name", Kind.CATEGORY: "name", Kind.CONFIG: "desc"}

SIGNS: Mapping[Action, str] = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-"}
DONE: Mapping[Action, str] = {Action.CREATE: "created", Action.UPDATE: "updated", Action.DELETE: "deleted"}


@dataclass(frozen=True, slots=True)
class Row:
    """One field, before and after. `told` replaces both (a secret); with `diff` they are counts of lines.

    `whose` is told where the fields of the change are not of one mind, `was` where it is BOTH: the third side's value.
    `source` only where a baseline or a variable says it.
    """

    path: str
    before: str
    after: str
    told: str = ""
    diff: TextDiff | None = None
    whose: Whose | None = None
    was: str = ""
    moved: TextDiff | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the files say it; `file` as it is called, from the repository's root, and not made harmless."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change; `reach` is empty where nothing is known of it, and told wherever `everyone` is, before or after.

    `devices`: the numbers behind `reach`. `held`: names of the guards that hold it back. `also`: addresses of further
    changes that are the same, `also_reach` what each of them reaches, `also_told` how many they are, in words.
    """

    action: Action
    kind: Kind
    type: str
    domain: str
    address: str
    former: str
    reach: str
    everyone: bool
    devices: Reach | None
    source: str
    spot: Spot | None
    whose: Whose | None
    rows: tuple[Row, ...]
    viewpoint: Viewpoint = PLAN
    held: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    also_reach: tuple[str, ...] = ()
    also_told: str = ""

    @property
    def whose_told(self) -> str:
        """Whose it is in a word or three; of fields that are each of one side only it is not `both`."""
        if self.whose is not Whose.BOTH or any(row.whose is Whose.BOTH for row in self.rows):
            return str(self.whose or "")
        sides = {row.whose for row in self.rows}
        return " and ".join(whose for whose in Whose if whose in sides) or str(self.whose)

    @property
    def verb(self) -> str:
        """What it is, in a word or some."""
        return self.viewpoint.verbs[self.action]

    @property
    def reaches(self) -> str:
        """The verb before its devices."""
        return self.viewpoint.reaches[self.action]

    @property
    def lines(self) -> int:
        """How many lines its fields take, about."""
        diffs = [diff for row in self.rows for diff in (row.diff, row.moved) if diff]
        return len(self.rows) + sum(len(diff.lines) for diff in diffs)

    @property
    def rank(self) -> int:
        """Lower is what a reviewer must not miss: deletes, what is held back, what is for everyone, all others."""
        if self.action is Action.DELETE:
            return 0
        if self.held:
            return 1
        return 2 if self.everyone else 3 if self.action is Action.UPDATE else 4


def view_change(change: Change, held: tuple[str, ...] = (), viewpoint: Viewpoint = PLAN) -> ChangeView:
    """One change with all its fields, its sides as they are seen from `viewpoint`."""
    address = change.address
    rows = tuple(_row(diff, address.kind, viewpoint) for diff in shown_diffs(change))
    return ChangeView(
        action=change.action,
        kind=address.kind,
        type=one_line(address.type),
        domain=one_line(address.domain),
        address=one_line(address),
        former=one_line(change.former) if change.former else "",
        reach=reach_text(change, viewpoint),
        everyone=change.reach is not None and (change.reach.before.everyone or change.reach.after.everyone),
        devices=change.reach,
        source=one_line(change.source) if change.source else "",
        spot=_spot(change.source),
        whose=change.whose,
        rows=rows if _are_of_two_minds(change) else tuple(replace(row, whose=None) for row in rows),
        viewpoint=viewpoint,
        held=held,
    )


def shown_diffs(change: Change) -> tuple[FieldDiff, ...]:
    """Its differences, but for a name that stands in the address."""
    return tuple(diff for diff in change.diff if not _is_named_already(diff, change))


def _are_of_two_minds(change: Change) -> bool:
    """Whether its differences must be told apart, since not every one is of whom the change is."""
    return any(diff.whose not in (None, change.whose) or diff.whose is Whose.BOTH for diff in change.diff)


def _spot(source: str | None) -> Spot | None:
    file, *numbers = (source or "").rsplit(":", 2)
    if not file or len(numbers) < 2 or not all(n.isascii() and n.isdecimal() and len(n) < 10 for n in numbers):
        return None
    return Spot(file, int(numbers[0]), int(numbers[1]))


def _is_named_already(diff: FieldDiff, change: Change) -> bool:
    """A new or deleted object's name stands in its address."""
    address = change.address
    name = address.domain if address.kind is Kind.DOMAIN else address.name
    values = [value for value in (diff.before, diff.after) if value is not None]
    if change.action is Action.UPDATE or diff.path != _NAME_FIELD[address.kind]:
        return False
    return values == [name] and len(name) <= _LONGEST_NAME


def reach_text(change: Change, viewpoint: Viewpoint) -> str:
    """Which devices it reaches; empty where nothing is known of it."""
    if change.reach is None:
        return ""
    there = change.former or change.address
    old, new = (change.address, there) if viewpoint.from_server else (there, change.address)
    before, after = _coverage(change.reach.before, old), _coverage(change.reach.after, new)
    match change.action:
        case Action.CREATE:
            return after
        case Action.DELETE:
            return before
        case Action.UPDATE if before == after:
            return after
        case Action.UPDATE:
            unknown, labels = "the devices of its categories", [*map(label, viewpoint.labels)]
            return f"{before or unknown}{labels[0]} → {after or unknown}{labels[1]}"


def _coverage(coverage: Coverage, address: Address) -> str:
    """Which devices; empty where nothing is known that the categories do not tell."""
    count, online = coverage.devices, coverage.online
    if coverage.everyone:
        counts = "" if count is None else f" ({count})"
        of_them = "" if online is None else f", {online} online"
        return f"every device of {from_the_left(one_line(address.domain))}{counts}{of_them}"
    if not count:
        return "" if count is None else _NO_DEVICE
    return plural(count, "device") + ("" if online is None else f" ({online} online)")


def _row(diff: FieldDiff, kind: Kind, viewpoint: Viewpoint) -> Row:
    row = replace(_values(diff, kind, viewpoint), source=one_line(diff.source) if diff.source else "")
    if diff.whose is not Whose.BOTH:
        return replace(row, whose=diff.whose)
    live = diff.after if viewpoint.from_server else diff.before
    if diff.path != _NAME_FIELD[kind] and _is_text(diff.was, live):
        return replace(row, whose=diff.whose, moved=text_diff(diff.was or "", live or ""))
    return replace(row, whose=diff.whose, was=_was(diff, kind))


def _was(diff: FieldDiff, kind: Kind) -> str:
    if is_hidden(diff.was):
        return ""
    is_everyone = kind is Kind.CONFIG and diff.path == "categories" and diff.was == []
    return EVERY_DEVICE if is_everyone else value_text(diff.was)


def _values(diff: FieldDiff, kind: Kind, viewpoint: Viewpoint) -> Row:
    path, before, after = path_text(diff.path), diff.before, diff.after
    if all(value is None or is_hidden(value) for value in (before, after)):
        return Row(path, *pair(before, after), told=_told(before, after, viewpoint))
    if diff.path != _NAME_FIELD[kind] and _is_text(before, after):
        return Row(path, _line_text(before), _line_text(after), diff=text_diff(before or "", after or ""))
    if kind is Kind.CONFIG and diff.path == "categories":
        old, new = pair(before, after)
        return Row(path, EVERY_DEVICE if before == [] else old, EVERY_DEVICE if after == [] else new)
    return Row(path, *pair(before, after))


def _told(before: Any, after: Any, viewpoint: Viewpoint) -> str:
    only_after, both, only_before = viewpoint.hidden
    if before is None:
        return only_after if after is not None else UNSET
    return both if after is not None else only_before


def _is_text(before: Any, after: Any) -> bool:
    """Texts of which at least one has several lines."""
    texts = [value for value in (before, after) if value is not None]
    return all(isinstance(text, str) for text in texts) and any("\n" in text for text in texts)


def _line_text(value: str | None) -> str:
    return UNSET if value is None else plural(line_count(value), "line")
