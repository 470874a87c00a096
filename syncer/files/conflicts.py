"""Configs of one type that reach the same devices by their categories and set a field differently."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

from syncer.files.entries import Found
from syncer.files.shapes import CATEGORIES
from syncer.model.address import Kind
from syncer.model.fields import Holds, fields_of
from syncer.model.state import Policy
from syncer.model.values import Secret, is_unset

_EVERYONE = None  # the category of a config that names none


class Conflict(NamedTuple):
    """What an entry says otherwise than one before it, by the names of fields; those of `extra` as a path."""

    other: Found
    found: Found
    names: list[tuple[str, ...]]


class _Said(NamedTuple):
    value: Any
    by: Found


def conflicts(configs: Iterable[Found], policy: Policy) -> Iterator[Conflict]:
    """Each config is compared with the first that says something of a field to its category, and to everyone."""
    by_type = defaultdict(list)
    for found in configs:
        if found.entry.categories is not None and CATEGORIES not in ignored(found, policy):
            by_type[found.entry.address.type].append(found)
    for same in by_type.values():
        if len(same) > 1:
            yield from _of_one_type(same, policy)


def _of_one_type(configs: list[Found], policy: Policy) -> Iterator[Conflict]:
    """Those for everyone come first, so that each of the others is compared with them."""
    first: dict[tuple[str | None, tuple[str, ...]], _Said] = {}
    for found in sorted(configs, key=lambda one: bool(one.entry.categories)):
        said = list(_said(found, policy))
        differing = [(other, path) for path, value in said for other in _others(found, path, value, first)]
        for category in found.entry.categories or (_EVERYONE,):
            for path, value in said:
                first.setdefault((category, path), _Said(value, found))
        for _, same in groupby(sorted(differing, key=lambda one: id(one[0])), key=lambda one: id(one[0])):
            pairs = list(same)
            yield Conflict(pairs[0][0], found, [path for _, path in pairs])


def _others(
    found: Found, path: tuple[str, ...], value: Any, first: dict[tuple[str | None, tuple[str, ...]], _Said]
) -> list[Found]:
    """The configs that said otherwise of the same devices, each once."""
    there = (first.get((category, path)) for category in (_EVERYONE, *(found.entry.categories or ())))
    return list({id(said.by): said.by for said in there if said is not None and said.value != value}.values())


def _said(found: Found, policy: Policy) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What it sets, but for what is left to others, scripts, which add up, and secrets that are not known."""
    entry = found.entry
    left = ignored(found, policy)
    known = fields_of(Kind.CONFIG, entry.address.type)
    for name, value in entry.fields.items():
        is_known = not isinstance(value, Secret) or value.plain is not None
        if name not in left and known[name].holds is not Holds.SCRIPT and not is_unset(value) and is_known:
            yield (name,), value
    if known:
        yield from ((("extra", name), value) for name, value in entry.extra.items() if name not in left)


def ignored(found: Found, policy: Policy) -> frozenset[str]:
    """Fields that it leaves to others."""
    return found.entry.ignore | policy.ignored(found.entry.address)
