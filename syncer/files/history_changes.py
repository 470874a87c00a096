"""What two renderings of a server say differently, entry by entry."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

from syncer.errors import Place, SyncerError, visible
from syncer.files.load import load_desired
from syncer.files.settings import Server, Settings
from syncer.model.address import LEVELS, Action, Address
from syncer.model.state import Entry, Policy

_Facts = Mapping[str, bytes]  # digests of what an entry says, by field
_Known = tuple[int | None, _Facts]  # with its id, where the files have one
_NOBODY = Server("", "", None, None, None, None, "", insecure=False, files=None, place=Place(""))


@dataclass(frozen=True, slots=True)
class Told:
    """What became of an object; `fields` of an update, in the order of the files."""

    action: Action
    address: Address
    fields: tuple[str, ...] = ()


def changes(old: Path, new: Path, files: Iterable[str], tick: Callable[[int], None]) -> list[Told]:
    """What the files of two folders say differently, file by file; SyncerError where they cannot be read.

    Where a file is in one only, the other says nothing. A secret is a reference, so its value is not seen to change.
    """
    compared = _Compared()
    for name in files:
        if not ((old / name).is_file() or (new / name).is_file()):
            raise SyncerError(f"there is no {visible(name)}")
        compared.add(_entries(old, name), _entries(new, name))
        tick(1)
    return sorted(compared.told(), key=_reading_order)


def _entries(folder: Path, name: str) -> Iterable[Entry]:
    if not (folder / name).is_file():
        return ()
    return load_desired(Settings(folder, {}, (name,), Policy()), _NOBODY, None).entries


@dataclass(frozen=True, slots=True)
class _Compared:
    """What differs so far, by address, on both sides: an object may move from one file to another."""

    before: defaultdict[Address, list[_Known]] = field(default_factory=lambda: defaultdict(list))
    after: defaultdict[Address, list[_Known]] = field(default_factory=lambda: defaultdict(list))

    def add(self, before: Iterable[Entry], after: Iterable[Entry]) -> None:
        """Look at one more file; what is the same in both is forgotten at once."""
        old, new = _by_identity(before), _by_identity(after)
        same = {identity for identity in old.keys() & new.keys() if old[identity] == new[identity]}
        for side, found in ((self.before, old), (self.after, new)):
            for (address, number), facts in found.items():
                if (address, number) not in same:
                    side[address].append((number, facts))

    def told(self) -> Iterator[Told]:
        """What became of every object that differs."""
        for address in self.before.keys() | self.after.keys():
            for before, after in _pairs(self.before.get(address, ()), self.after.get(address, ())):
                if before is None or after is None:
                    yield Told(Action.CREATE if before is None else Action.DELETE, address)
                elif fields := tuple(one for one in {**before, **after} if before.get(one) != after.get(one)):
                    yield Told(Action.UPDATE, address, fields)


def _by_identity(entries: Iterable[Entry]) -> dict[tuple[Address, int | None], _Facts]:
    return {(entry.address, entry.id): _facts(entry) for entry in entries}


def _pairs(before: Sequence[_Known], after: Sequence[_Known]) -> Iterator[tuple[_Facts | None, _Facts | None]]:
    """Those with one id, then the others in their order: an id goes as soon as nothing else has that address."""
    old, new = dict(before), dict(after)
    both = old.keys() & new.keys()
    yield from ((old[number], new[number]) for number in both)
    yield from zip_longest(*([facts for number, facts in side.items() if number not in both] for side in (old, new)))


def _facts(entry: Entry) -> _Facts:
    said: dict[str, Any] = {
        "absent": entry.absent or None,
        "categories": entry.categories and sorted(entry.categories),
        "ignore": sorted(entry.ignore),
        **entry.fields,
        **{f"extra.{name}": value for name, value in entry.extra.items()},
    }
    return {name: _digest(value) for name, value in said.items()}


def _digest(value: object) -> bytes:
    """Of a text, which may be large: what differs is only named. All secrets are alike."""
    return hashlib.blake2b(repr(value).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _reading_order(told: Told) -> tuple[str, int, str, str]:
    address = told.address
    return address.domain, LEVELS[address.kind], address.type, address.name
