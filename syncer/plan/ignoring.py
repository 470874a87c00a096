"""What is left to others: fields that would be changed, were they not ignored."""

from collections.abc import Mapping
from typing import Any

from syncer.model.state import Entry, LiveObject
from syncer.plan.diff import view_of_live, view_of_target
from syncer.plan.digest import canonical
from syncer.plan.target import make_target


def left_to_others(
    entry: Entry, live: LiveObject, ignored: frozenset[str], write_only: frozenset[str]
) -> tuple[str, ...]:
    """The names, sorted; no secret that the service never returns, no categories of which the entry says nothing."""
    unsaid = {"categories"} if entry.categories is None else set()
    names = ignored - unsaid - write_only
    if not names:
        return ()
    before, after = view_of_live(live), view_of_target(make_target(entry, live, frozenset()))
    return tuple(sorted(name for name in names if _value(before, name) != _value(after, name)))


def _value(view: Mapping[str, Any], name: str) -> str:
    """To the letter, whether syncer knows the field or not."""
    return canonical([view.get(name), view.get("extra", {}).get(name)])
