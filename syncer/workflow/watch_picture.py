"""What is drifted at one time, and how that differs from another."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from syncer.model.address import Address
from syncer.model.plan import HIDDEN, Change, Plan
from syncer.model.watch import Sighting

Picture = Mapping[Address, Any]  # what drifted there; only good for being compared


def picture_of(changes: Iterable[Change]) -> Picture:
    """Where there is drift, and what it is."""
    found: dict[Address, list[Any]] = defaultdict(list)
    for change in changes:
        found[change.address].append(_content(change))
    return dict(found)


def _content(change: Change) -> tuple[Any, ...]:
    """What makes drift another drift: not where the files say it; of what is hidden, only a digest tells."""
    diff = tuple((one.path, one.before, one.after) for one in change.diff)
    is_hidden = any(value == HIDDEN for one in change.diff for value in (one.before, one.after))
    digests = (change.base, change.fingerprint) if is_hidden else ()
    return (change.action, change.former, change.id, diff, *digests)


def seen(at: str, plan: Plan, before: Picture) -> Sighting:
    """What is seen now, where `before` was seen last."""
    now = picture_of(plan.changes)
    new = tuple(address for address in now if before.get(address) != now[address])
    return Sighting(at, plan, new, tuple(address for address in before if address not in now))
