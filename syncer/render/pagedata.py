"""The changes of a plan as the page's script reads them; what is empty is left out.

A text is a string, or a list in which a list of one stands out: `["port ", ["80"]]`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from syncer.model.address import Action
from syncer.model.plan import Coverage
from syncer.render.change import ChangeView, Row
from syncer.render.phrases import whose
from syncer.render.sides import Pair, side_by_side
from syncer.render.textdiff import DiffLine, TextDiff
from syncer.render.view import PlanView
from syncer.render.viewpoint import PLAN, Viewpoint
from syncer.render.words import Pieces, marked


def page_data(view: PlanView) -> dict[str, Any]:
    """All groups, and the words that are not those of a plan."""
    groups = [{"domain": one.domain, "changes": [*map(_change, one.changes)]} for one in view.groups]
    return {"groups": groups} | ({} if view.viewpoint is PLAN else {"words": _words(view.viewpoint)})


def _words(viewpoint: Viewpoint) -> Mapping[str, Any]:
    return {
        "change": viewpoint.change,
        "verbs": viewpoint.verbs,
        "counts": viewpoint.counts,
        "reaches": viewpoint.reaches,
        "former": viewpoint.former,
        "held": viewpoint.held,
        "labels": viewpoint.labels,
        "sides": viewpoint.sides,
    }


def _change(change: ChangeView) -> Mapping[str, Any]:
    reach = change.devices
    return _filled(
        action=change.action,
        kind=change.kind,
        type=change.type,
        address=change.address,
        former=change.former,
        source=change.source,
        whose=change.whose_told,
        held=change.held,
        reach=change.reach,
        everyone=change.everyone,
        devices=reach and [_devices(reach.before), _devices(reach.after)],
        rows=[_row(row, change.action) for row in change.rows],
    )


def _devices(coverage: Coverage) -> tuple[int | None, int | None]:
    return coverage.devices, coverage.online


def _row(row: Row, action: Action) -> Mapping[str, Any]:
    old, new = _values(row, action)
    return _filled(
        path=row.path,
        told=row.told,
        old=old,
        new=new,
        diff=row.diff and _diff(row.diff),
        whose=row.whose,
        whose_told=whose(row) + ("; the server since then:" if row.moved else ""),
        moved=row.moved and _diff(row.moved),
        source=row.source,
    )


def _values(row: Row, action: Action) -> tuple[Any, Any]:
    """Of what is new or goes there is but one."""
    if row.told:
        return None, None
    match action:
        case Action.CREATE:
            return None, row.after
        case Action.DELETE:
            return row.before, None
        case Action.UPDATE:
            return (row.before, row.after) if row.diff else _both(row.before, row.after)


def _both(before: str, after: str) -> tuple[Any, Any]:
    old, new = marked(before, after)
    return _text(old), _text(new)


def _text(pieces: Pieces) -> str | list[str | list[str]]:
    if not any(differs for _, differs in pieces):
        return "".join(text for text, _ in pieces)
    return [[text] if differs else text for text, differs in pieces]


def _diff(diff: TextDiff) -> Mapping[str, Any]:
    """`lines`: a left and a right one each, of which one may be null; or one alone for both sides."""
    if not diff.lines:
        return {"rest": diff.rest}
    return _filled(
        counts=f"{diff.removed} removed, {diff.added} added",
        lines=[list(_pair(pair)) for pair in side_by_side(diff.lines)],
        rest=diff.rest,
    )


def _pair(pair: Pair) -> Iterator[tuple[str, Any] | None]:
    """Signs and texts of both sides."""
    left, right = pair
    if left is not None and left is right:
        yield left.sign, left.text
    elif left and right and (left.sign, right.sign) == ("-", "+"):
        old, new = _both(left.text, right.text)
        yield "-", old
        yield "+", new
    else:
        yield from (_line(line) for line in pair)


def _line(line: DiffLine | None) -> tuple[str, str] | None:
    return None if line is None else (line.sign, line.text)


def _filled(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", False, (), [])}
