"""The order of an apply: makers of names first, users of names later, deletes the other way round at the end."""

from collections.abc import Iterable
from typing import TypeVar

from syncer.model.address import LEVELS, Action, Address

_Step = TypeVar("_Step")


def rank(action: Action, address: Address) -> tuple[int, Address]:
    """Sorts changes into levels, and a level by address. Updates come before creates: a rename frees a name."""
    level = LEVELS[address.kind]
    if action is Action.DELETE:
        return (3 * len(LEVELS) - 1 - level, address)
    return (2 * level + (action is Action.CREATE), address)


def level(action: Action, address: Address) -> int:
    """Changes of one level do not depend on each other."""
    return rank(action, address)[0]


def levels(steps: Iterable[tuple[Action, Address, _Step]]) -> list[list[_Step]]:
    """Steps in their order, by level."""
    by_level: dict[int, list[_Step]] = {}
    for action, address, step in steps:
        by_level.setdefault(level(action, address), []).append(step)
    return [by_level[number] for number in sorted(by_level)]
