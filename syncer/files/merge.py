"""Documents of one domain made one, and what only shows when all of them are seen."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from syncer.errors import visible
from syncer.files.documents import Steps
from syncer.files.entries import Found, Part
from syncer.files.inheritance import Key
from syncer.files.sources import Spot
from syncer.files.wording import did_you_mean
from syncer.model.address import Address, Kind
from syncer.model.state import DesiredDomain, Entry


class Merged(NamedTuple):
    """A domain, and where more can be told about it and what is in it."""

    domain: DesiredDomain
    itself: Found
    categories: list[Found]
    configs: list[Found]


def merged(parts: Iterable[Part]) -> tuple[Merged, ...]:
    """The domains in the files' order; problems are told where they stand."""
    return tuple(_domain(same) for same in _grouped(parts))


def _grouped(parts: Iterable[Part]) -> list[list[Part]]:
    """Documents by domain; two domains of one name are told apart by their ids."""
    by_name: dict[Address, list[Part]] = defaultdict(list)
    for part in parts:
        by_name[part.domain.entry.address].append(part)
    groups: list[list[Part]] = []
    for same in by_name.values():
        ids = [part.domain.entry.id for part in same]
        if len({*ids} - {None}) < 2:
            groups.append(same)
        else:
            groups += _by_id(same)
    return groups


def _by_id(same: list[Part]) -> list[list[Part]]:
    groups: dict[int, list[Part]] = defaultdict(list)
    for part in same:
        entry, spot = part.domain
        if entry.id is None:
            spot.problem(f"there are several {entry.address.shown}", "say the id of this one too")
        else:
            groups[entry.id].append(part)
    return list(groups.values())


def _domain(same: list[Part]) -> Merged:
    entry = _entry(same)
    itself = Found(entry, same[0].domain.spot)
    lists = {
        Kind.CATEGORY: _together(part.categories for part in same),
        Kind.CONFIG: _together(part.configs for part in same),
    }
    for own in lists.values():
        _check_addresses(own or [])
    if entry.absent:
        _check_emptied(same[0].domain, [found for own in lists.values() for found in own or ()])
        gone = DesiredDomain(entry, _entries(lists[Kind.CATEGORY]), _entries(lists[Kind.CONFIG]))
        return Merged(gone, itself, lists[Kind.CATEGORY] or [], lists[Kind.CONFIG] or [])
    given = {kind: same[0].inherited(kind, _keys(own or ())) for kind, own in lists.items()}
    whole = {kind: [*(own or ()), *given[kind]] for kind, own in lists.items()}
    if lists[Kind.CATEGORY] is not None and all(part.sure for part in same):
        _check_references(whole[Kind.CATEGORY], whole[Kind.CONFIG])
    partial = frozenset(kind for kind, own in lists.items() if own is None and whole[kind])
    categories, configs = (
        _entries(whole[kind] if own is not None or whole[kind] else None) for kind, own in lists.items()
    )
    domain = DesiredDomain(entry, categories, configs, partial)
    return Merged(domain, itself, whole[Kind.CATEGORY], whole[Kind.CONFIG])


def _together(lists: Iterable[list[Found] | None]) -> list[Found] | None:
    """All entries; None where no document has the key."""
    there = [entries for entries in lists if entries is not None]
    return [found for entries in there for found in entries] if there else None


def _keys(entries: Iterable[Found]) -> frozenset[Key]:
    return frozenset((entry.address.type, entry.address.name) for entry, _ in entries)


def _entries(found: list[Found] | None) -> tuple[Entry, ...] | None:
    return None if found is None else tuple(entry for entry, _ in found)


def _check_addresses(entries: list[Found]) -> None:
    by_address: dict[Address, list[Found]] = defaultdict(list)
    for found in entries:
        by_address[found.entry.address].append(found)
    for same in by_address.values():
        if len(same) > 1:
            _check_told_apart(same)


def _check_told_apart(same: list[Found]) -> None:
    """One address twice is fine only where each entry has an id of its own."""
    by_id = all(found.entry.id is not None for found in same)
    hint = "remove one, or correct its id" if by_id else "remove one, or give each the id that it has on the server"
    first: dict[int | None, Found] = {}
    for found in same:
        before = first.setdefault(found.entry.id if by_id else None, found)
        if before is not found:
            found.spot.problem(f"{found.entry.address.shown} stands at {before.entry.place} already", hint)


def _check_references(categories: list[Found], configs: list[Found]) -> None:
    present = {entry.address.name for entry, _ in categories if not entry.absent}
    absent = {entry.address.name for entry, _ in categories if entry.absent}
    renamed = {entry.renamed_from: entry.address.name for entry, _ in categories if entry.renamed_from is not None}
    told: dict[str, tuple[str, str]] = {}
    for entry, spot in configs:
        if not entry.categories or entry.absent or present.issuperset(entry.categories):
            continue
        for index, name in enumerate(entry.categories):
            if name not in present:
                if name not in told:
                    told[name] = _unknown_category(name, present, absent, renamed)
                spot.at("categories", index).problem(*told[name])


def _unknown_category(name: str, present: set[str], absent: set[str], renamed: Mapping[str, str]) -> tuple[str, str]:
    shown = visible(name, 60)
    if name in absent:
        return f"the category {shown} is to be deleted (state: absent)", "name another, or keep it"
    if name in renamed:
        return f"the category {shown} has a new name", f"write {visible(renamed[name], 60)}"
    return f"unknown category {shown}", did_you_mean(name, present) or "add it to the domain's categories"


def _entry(same: list[Part]) -> Entry:
    """What all documents say of the domain itself; where two of them differ, both places are named."""
    said: dict[Steps, tuple[Any, Spot]] = {}
    for part in same:
        for path, value in part.said.items():
            spot = part.domain.spot.at(*path)
            before, where = said.setdefault(path, (value, spot))
            if before != value:
                what = f"{visible(path[-1], 60)} is not what {where.place()} says"
                spot.problem(what, "say it once, or the same twice")
    return replace(
        same[0].domain.entry,
        fields={str(path[0]): value for path, (value, _) in said.items() if path[0] == "deployAdminPasswords"},
        extra={str(path[1]): value for path, (value, _) in said.items() if path[0] == "extra"},
        id=next((part.domain.entry.id for part in same if part.domain.entry.id is not None), None),
        renamed_from=next((part.domain.entry.renamed_from for part in same if part.domain.entry.renamed_from), None),
        absent=any(part.domain.entry.absent for part in same),
        ignore=frozenset().union(*(part.domain.entry.ignore for part in same)),
    )


def _check_emptied(domain: Found, inside: list[Found]) -> None:
    staying = next((entry for entry, _ in inside if not entry.absent), None)
    if staying is not None:
        what = f"{domain.entry.address.shown} is to be deleted, but {staying.place} says that something stays in it"
        domain.spot.problem(what, "remove that, or mark it state: absent too")
