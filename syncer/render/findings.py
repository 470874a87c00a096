"""What reports for CI systems say of a change beside its view: how grave it is, and where in the work tree it is."""

from collections import defaultdict
from dataclasses import dataclass
from enum import Enum, auto

from syncer.model.address import Action, Address
from syncer.model.plan import Change, Plan
from syncer.render.change import ChangeView, Spot, view_change
from syncer.render.values import harmless
from syncer.render.view import GuardView, view_guards
from syncer.render.viewpoint import Viewpoint

_LONGEST_PATH = 1000


class Gravity(Enum):
    """How much a reviewer must look at a change."""

    FORBIDDEN = auto()  # nothing overrides the guard that holds it back
    DELETE = auto()
    RISK = auto()  # held back until it is confirmed, or for every device
    UPDATE = auto()
    CREATE = auto()


@dataclass(frozen=True, slots=True)
class Finding:
    """One change, and the guards that hold it back."""

    change: Change
    view: ChangeView
    guards: tuple[GuardView, ...]


def find(plan: Plan, viewpoint: Viewpoint) -> list[Finding]:
    """Each change by itself, in the order of the plan."""
    held: defaultdict[Address, list[GuardView]] = defaultdict(list)
    for guard, view in zip(plan.guards, view_guards(plan.guards), strict=True):
        for address in dict.fromkeys(guard.addresses):
            held[address].append(view)
    changes = viewpoint.seen(plan).changes
    return [_finding(change, tuple(held.get(change.address, ())), viewpoint) for change in changes]


def _finding(change: Change, guards: tuple[GuardView, ...], viewpoint: Viewpoint) -> Finding:
    names = tuple(dict.fromkeys(guard.name for guard in guards))
    return Finding(change, view_change(change, names, viewpoint), guards)


def gravity(change: ChangeView, *, is_forbidden: bool) -> Gravity:
    """How grave a change is; `is_forbidden`: nothing overrides a guard that holds it back."""
    if is_forbidden:
        return Gravity.FORBIDDEN
    if change.action is Action.DELETE:
        return Gravity.DELETE
    if change.held or change.everyone:
        return Gravity.RISK
    return Gravity.UPDATE if change.action is Action.UPDATE else Gravity.CREATE


def place(change: ChangeView, folder: str) -> Spot | None:
    """Where the files say it, from the top of the work tree; None where that is unknown, or no file in there."""
    return None if change.spot is None else in_tree(change.spot.file, change.spot.line, change.spot.column, folder)


def in_tree(file: str, line: int, column: int, folder: str) -> Spot | None:
    """The same for a place of the files."""
    path = f"{folder}{file}"
    is_inside = not {"", ".", ".."}.intersection(path.split("/"))
    is_plain = len(path) <= _LONGEST_PATH and harmless(path, _LONGEST_PATH) == path
    return Spot(path, max(1, line), max(1, column)) if is_inside and is_plain else None
