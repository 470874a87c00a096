"""Equal changes of many addresses, told once. Deletes are never folded: each is told with its address."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from syncer.errors import plural
from syncer.model.address import Action, Kind
from syncer.model.plan import Change, Reach
from syncer.render.change import ChangeView, reach_text, shown_diffs
from syncer.render.values import one_line

_FEWEST = 3  # of two, the second takes no more room than saying that there is one
_LONG = 5  # lines of fields; from there on it does
_PLURALS = {Kind.DOMAIN: "domains", Kind.CATEGORY: "categories", Kind.CONFIG: "configs"}


@dataclass(frozen=True, slots=True)
class Told:
    """A change, how it is shown, and the equal ones that are not shown beside it."""

    change: Change
    view: ChangeView
    others: tuple[Change, ...] = ()


def folded(changes: Iterable[Told]) -> list[Told]:
    """The first of each set of equal changes, with the others; each where the first of its set was."""
    every = list(changes)
    alike: dict[str, list[Told]] = {}
    for one in every:
        if one.change.action is not Action.DELETE:
            alike.setdefault(_signature(one.change, one.view), []).append(one)
    sets = [same for same in alike.values() if len(same) >= (2 if same[0].view.lines >= _LONG else _FEWEST)]
    firsts = {id(same[0]): _fold(same) for same in sets}
    hidden = {id(one) for same in sets for one in same[1:]}
    return [firsts.get(id(one), one) for one in every if id(one) not in hidden]


def _fold(same: Sequence[Told]) -> Told:
    first, *others = same
    changes = tuple(one.change for one in others)
    told = f"the same {_where([first.change, *changes])}{_devices(changes)}"
    also = tuple(one_line(one.address) for one in changes)
    reach = tuple(reach_text(one, first.view.viewpoint) for one in changes)
    view = replace(first.view, also=also, also_reach=reach, also_told=told)
    return Told(first.change, view, changes)


def _signature(change: Change, view: ChangeView) -> str:
    """All that is shown of a change but its address, its place and how many devices it reaches."""
    address = change.address
    diff = [[one.path, one.before, one.after, one.whose, one.was] for one in shown_diffs(change)]
    former = change.former.name if change.former else None
    about = [change.action, address.kind, address.type, former, _movement(change.reach), view.held, change.whose, diff]
    try:
        return json.dumps(about, sort_keys=True)
    except RecursionError:  # lists in lists in lists
        return str(id(change))


def _movement(reach: Reach | None) -> list[Any]:
    """What of a reach must be the same: for everyone, for none, for some or unknown, and whether it changes."""
    if reach is None:
        return []
    sides = [[side.everyone, side.devices is None, side.devices == 0] for side in (reach.before, reach.after)]
    return [*sides, reach.before == reach.after]


def _where(same: Sequence[Change]) -> str:
    """`in 38 more domains` where it is the same object in each."""
    addresses = [change.address for change in same]
    domains = {address.domain for address in addresses}
    more = len(addresses) - 1
    if len(domains) == len(addresses) and len({address.name for address in addresses}) == 1:
        return f"{'for' if addresses[0].kind is Kind.DOMAIN else 'in'} {plural(more, 'more domain')}"
    kind = _PLURALS[addresses[0].kind] if more != 1 else str(addresses[0].kind)
    where = "" if len(domains) == 1 else f" in {len(domains)} domains"
    return f"for {more} more {kind}{where}"


def _devices(others: Sequence[Change]) -> str:
    """How many more devices they reach; nothing where that is not known, or where one may be counted twice."""
    counts = [one.reach.after.devices if one.reach else None for one in others]
    known = [count for count in counts if count is not None]
    are_apart = len({one.address.domain for one in others}) == len(others)
    return f" ({plural(sum(known), 'more device')})" if are_apart and len(known) == len(counts) else ""
