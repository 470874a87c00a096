"""Which live object an entry of the files means: by address, `id` or former name; never by likeness."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syncer.errors import Problem, visible
from syncer.model.state import Entry, LiveObject

Key = tuple[str, str]  # a config's type and desc, a category's name, a domain's name; unique within its scope


@dataclass(frozen=True, slots=True)
class Pair:
    """An entry and the live object it means, if there is one."""

    entry: Entry
    live: LiveObject | None


@dataclass(frozen=True, slots=True)
class Matched:
    """Entries with their live objects, live objects that no entry means, and what could not be decided."""

    pairs: tuple[Pair, ...]
    unmatched: tuple[LiveObject, ...]
    problems: tuple[Problem, ...]


def key_of(thing: Entry | LiveObject) -> Key:
    """The part of the address that names an object within its domain (or a domain)."""
    address = thing.address
    return (address.type, address.name or (address.domain if address.kind == "domain" else ""))


def former_key(entry: Entry) -> Key | None:
    """The key before the rename that the entry asks for."""
    return None if entry.renamed_from is None else (entry.address.type, entry.renamed_from)


def match(entries: Sequence[Entry], live: Iterable[LiveObject]) -> Matched:
    """Match the entries of one scope: the domains, or one domain's categories or configs."""
    by_key: dict[Key, list[LiveObject]] = defaultdict(list)
    everything = list(live)
    for one in everything:
        by_key[key_of(one)].append(one)
    live_ids = {one.id for one in everything}
    by_id = {entry.id for entry in entries if entry.id is not None}
    pairs: list[Pair] = []
    problems: list[Problem] = []
    taken: dict[int, Entry] = {}
    for entry in entries:
        is_done = entry.absent and entry.id is not None and entry.id not in live_ids
        found = None if is_done else _find(entry, by_key, by_id)
        if isinstance(found, LiveObject) and found.id in taken:
            found = _claimed_twice(entry, taken[found.id])
        if isinstance(found, Problem):
            problems.append(found)
            continue
        if found is not None:
            taken[found.id] = entry
        pairs.append(Pair(entry, found))
    return Matched(tuple(pairs), tuple(one for one in everything if one.id not in taken), tuple(problems))


def _find(entry: Entry, by_key: dict[Key, list[LiveObject]], by_id: set[int]) -> LiveObject | Problem | None:
    here = by_key.get(key_of(entry), [])
    former = former_key(entry)
    there = by_key.get(former, []) if former is not None else []
    if entry.id is not None:
        found = next((one for one in (*here, *there) if one.id == entry.id), None)
        return found or _no_such_id(entry, here)
    here = [one for one in here if one.id not in by_id]
    there = [one for one in there if one.id not in by_id]
    candidates = here or there  # once the new name is live, the rename has been done
    if len(candidates) > 1:
        return _ambiguous(entry, candidates)
    return candidates[0] if candidates else None


def _no_such_id(entry: Entry, here: list[LiveObject]) -> Problem:
    live = f"live there: {_ids(here)}" if here else "nothing is live there"
    hint = "correct the id, or drop it if there is only one"
    return Problem(entry.place, f"{entry.address.shown}: id {entry.id} is not live at this address ({live})", hint)


def _ambiguous(entry: Entry, candidates: list[LiveObject]) -> Problem:
    what = f"{candidates[0].address.shown} is live {len(candidates)} times: {_ids(candidates)}"
    return Problem(entry.place, what, "say which one is meant with `id: N`")


def _claimed_twice(entry: Entry, other: Entry) -> Problem:
    what = f"{entry.address.shown} and {other.address.shown} ({other.place}) both mean the same live object"
    return Problem(entry.place, what, "remove one, or the renamed_from")


def _ids(objects: list[LiveObject]) -> str:
    return visible(", ".join(f"id {one.id}" for one in objects))
