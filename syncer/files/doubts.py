"""What is looked for in one domain: entries that contradict each other, and values that cannot be meant."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from syncer.errors import visible
from syncer.files.conflicts import Conflict, conflicts, ignored
from syncer.files.entries import Found
from syncer.files.merge import Merged
from syncer.files.shapes import CATEGORIES
from syncer.files.values import wrong_values
from syncer.model.address import Address, Kind
from syncer.model.fields import Field, expected_of, fields_of
from syncer.model.state import Entry, Policy
from syncer.model.values import is_unset


class Doubt(NamedTuple):
    """A warning to be, about the value at `steps` of an entry."""

    code: str
    found: Found
    what: str
    hint: str = ""
    steps: tuple[str | int, ...] = ()
    of_key: bool = False


def doubts(merged: Merged, policy: Policy) -> Iterator[Doubt]:
    """All of one domain."""
    if merged.itself.entry.absent:
        return
    yield from _spent_renames(merged)
    categories = [found for found in merged.categories if _is_known(found, "config", policy)]
    configs = [found for found in merged.configs if not found.entry.absent]
    if all(_is_known(found, CATEGORIES, policy) for found in configs):
        yield from _unused(merged, categories, configs)
    disabled = _disabled(categories)
    for found in configs:
        left = ignored(found, policy)
        yield from _reach(found, disabled, left)
        yield from _missing(found, left)
        yield from _values(found, left)
    for conflict in conflicts(configs, policy):
        yield _conflict(conflict)


def _is_known(found: Found, name: str, policy: Policy) -> bool:
    """Whether it is to be there, and a field is not left to others, who may have set it to anything."""
    return not found.entry.absent and name not in ignored(found, policy)


def _spent_renames(merged: Merged) -> Iterator[Doubt]:
    inside = [*merged.categories, *merged.configs]
    by_address = {found.entry.address: found.entry for found in inside}
    for found in inside:
        former = found.entry.former
        if former is not None and former in by_address:
            what = f"the former name {_shown(former.name)} is that of the entry at {by_address[former].place}"
            yield Doubt("spent-rename", found, what, "remove it once every server has seen it", ("renamed_from",))


def _unused(merged: Merged, categories: list[Found], configs: list[Found]) -> Iterator[Doubt]:
    """Only where all configs of the domain are in the files."""
    if merged.domain.configs is None or Kind.CONFIG in merged.domain.partial:
        return
    used = {name for found in configs for name in found.entry.categories or ()}
    for found in categories:
        name = found.entry.address.name
        if name not in used and not _is_off(found.entry):
            what = f"no config names the category {_shown(name)}"
            yield Doubt("unused-category", found, what, "name it in one, or remove it", ("name",))


def _disabled(categories: list[Found]) -> Mapping[str, Entry]:
    return {found.entry.address.name: found.entry for found in categories if _is_off(found.entry)}


def _is_off(category: Entry) -> bool:
    """Whether it says that configs do not use it; an unset flag is false, a missing one is left alone."""
    return is_unset(category.fields.get("config", True))


def _reach(found: Found, disabled: Mapping[str, Entry], left: frozenset[str]) -> Iterator[Doubt]:
    if CATEGORIES in left or found.entry.categories is None:
        return
    if not found.entry.categories:
        hint = "name categories, or say `# syncer: ignore everyone` here"
        yield Doubt("everyone", found, "every device of the domain gets this config", hint, (CATEGORIES,))
    for index, name in enumerate(found.entry.categories):
        if name in disabled:
            what = f"{_shown(name)} has config: false ({disabled[name].place}), so its devices do not get this config"
            yield Doubt("disabled-category", found, what, "say config: true there, or drop it", (CATEGORIES, index))


def _missing(found: Found, left: frozenset[str]) -> Iterator[Doubt]:
    for name in expected_of(found.entry.address.type):
        if name not in left and is_unset(found.entry.fields.get(name)):
            what = f"the {found.entry.address.type} config sets no {name}"
            example = _field(found.entry, name).examples[0]
            steps = (name,) if name in found.entry.fields else ()
            yield Doubt("missing-server", found, what, f"add {name}, for example {name}: {example}", steps)


def _values(found: Found, left: frozenset[str]) -> Iterator[Doubt]:
    entry = found.entry
    known = fields_of(Kind.CONFIG, entry.address.type)
    for name, value in entry.fields.items():
        if name in left or is_unset(value):
            continue
        field = known[name]
        for code, what, hint in wrong_values(field, value):
            yield Doubt(code, found, what, hint, (name,))
        if field.seed is not None and field.seed not in left and is_unset(entry.fields.get(field.seed)):
            what = f"{name} is encrypted with {field.seed}, which is empty"
            yield Doubt("unseeded-secret", found, what, f"add {field.seed}, or leave {name} out", (name,), of_key=True)


def _conflict(conflict: Conflict) -> Doubt:
    other, found, paths = conflict
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    twin = f"{_config(other.entry.address)} at {other.entry.place}"
    what = f"{_shown(paths[0][-1])}{more}: {twin} says otherwise, and reaches the same devices"
    return Doubt("conflict", found, what, "say it in one of them only", paths[0])


def _field(entry: Entry, name: str) -> Field:
    return fields_of(Kind.CONFIG, entry.address.type)[name]


def _config(address: Address) -> str:
    """Without its domain: of a baseline's configs the same is told once for all."""
    return f"the {visible(address.type, 60)} {_shown(address.name)}" if address.name else f"another {address.type}"


def _shown(name: str) -> str:
    return visible(name, 60)
