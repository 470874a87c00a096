"""Differences in the reasons of outcomes, for people; what must not be shown is not."""

from collections.abc import Iterable

from syncer.errors import visible
from syncer.model.plan import FieldDiff
from syncer.plan.undo import Left

_SHOWN = 5


def moved(diffs: tuple[FieldDiff, ...]) -> str:
    """What somebody else made of an object."""
    return _listed(f"{visible(d.path)}: {_value(d.before)} -> {_value(d.after)}" for d in diffs)


def otherwise(diffs: tuple[FieldDiff, ...]) -> str:
    """What is live in place of what was meant."""
    return _listed(f"{visible(d.path)} is {_value(d.after)} instead of {_value(d.before)}" for d in diffs)


def left(one: Left) -> str:
    """Why something is not rolled back, with what others made of it."""
    return f"{one.why} ({moved(one.diff)})" if one.diff else one.why


def _listed(texts: Iterable[str]) -> str:
    every = list(texts)
    more = [f"and {len(every) - _SHOWN} more"] if len(every) > _SHOWN else []
    return ", ".join(every[:_SHOWN] + more) or "something that syncer does not show"


def _value(value: object) -> str:
    if value is None:
        return "(unset)"
    if isinstance(value, list):
        return visible("[" + ", ".join(map(_value, value)) + "]", 120)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "(secret)" if isinstance(value, dict) and "secret" in value else visible(value, 60)
