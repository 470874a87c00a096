"""The journal of an apply: what is about to be done, what was there before, and what came of it.

A journal tells what may have been touched; where things stand now is for the service to tell. A document of each entry
is one line of a file (schemas/journal.schema.json).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from syncer.model.address import Address, Kind
from syncer.model.plan import Ending, Plan, Result, from_document, to_document
from syncer.model.state import CategoryRef

FORMAT = "syncer-journal/1"
UNFINISHED = "unfinished"  # states of a journal without an ending
BROKEN = "broken"


class Phase(StrEnum):
    """Which way a write goes."""

    APPLY = "apply"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value that must not be read: its keyed fingerprint, and its age ciphertext if there is a recipient."""

    fingerprint: str
    ciphertext: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """An object as it was; values that must not be read are in `sealed` by the name of their field."""

    address: Address
    id: int
    domain_id: int
    fields: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    categories: tuple[CategoryRef, ...] = ()
    sealed: Mapping[str, Sealed] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opened:
    """The first entry: the plan. `check` is a digest of the key, which tells whether it is still the same."""

    plan: Plan
    check: str
    opened: str  # RFC 3339


@dataclass(frozen=True, slots=True)
class Before:
    """What a change of the plan, by its number there, is about to touch; `image` None: it is to be created.

    `beside`: ids of what is at the address already where it is made or deleted.
    """

    change: int
    address: Address
    former: Address | None
    domain_id: int | None
    ignored: frozenset[str]
    image: Image | None
    beside: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Begun:
    """A write is about to be sent. `image`: the object as it was just read, where that is not what `Before` says."""

    change: int
    phase: Phase
    image: Image | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a write. `id`: the object's; `state`: a digest of it as it was read back. None: not known."""

    change: int
    phase: Phase
    result: Result
    reason: str = ""
    id: int | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """The last entry: nothing is left to be decided."""

    ending: Ending
    closed: str  # RFC 3339


Entry = Opened | Before | Begun | Ended | Closed


def to_line(entry: Entry) -> dict[str, Any]:
    """An entry as plain JSON data."""
    match entry:
        case Opened(plan, check, opened):
            return {
                "entry": "opened",
                "format": FORMAT,
                "opened": opened,
                "check": check,
                "plan": to_document(plan),
            }
        case Before():
            return {
                "entry": "before",
                "change": entry.change,
                "address": _parts(entry.address),
                "former": _parts(entry.former) if entry.former else None,
                "domain_id": entry.domain_id,
                "ignored": sorted(entry.ignored),
                "image": _image_document(entry.image),
                **({"beside": sorted(entry.beside)} if entry.beside else {}),
            }
        case Begun(change, phase, image):
            return {"entry": "begun", "change": change, "phase": str(phase), "image": _image_document(image)}
        case Ended():
            return {
                "entry": "ended",
                "change": entry.change,
                "phase": str(entry.phase),
                "result": str(entry.result),
                "reason": entry.reason,
                "id": entry.id,
                "state": entry.state,
            }
        case Closed(ending, closed):
            return {"entry": "closed", "ending": str(ending), "closed": closed}


def _image_document(image: Image | None) -> dict[str, Any] | None:
    if image is None:
        return None
    return {
        "address": _parts(image.address),
        "id": image.id,
        "domain_id": image.domain_id,
        "fields": dict(image.fields),
        "extra": dict(image.extra),
        "categories": [{"id": ref.id, "name": ref.name} for ref in image.categories],
        "sealed": {
            name: {"fingerprint": one.fingerprint, "ciphertext": one.ciphertext} for name, one in image.sealed.items()
        },
    }


def _parts(address: Address) -> list[str]:
    """All of an address: its text would be ambiguous where a name has a slash."""
    return [str(address.kind), address.domain, address.type, address.name]


def from_line(line: Mapping[str, Any]) -> Entry:
    """An entry of a line that passed its schema; ValueError for an address that is none."""
    match line["entry"]:
        case "opened":
            return Opened(from_document(line["plan"]), line["check"], line["opened"])
        case "before":
            return Before(
                line["change"],
                _address(line["address"]),
                _address(line["former"]) if line["former"] else None,
                line["domain_id"],
                frozenset(line["ignored"]),
                _image(line["image"]),
                frozenset(line.get("beside", ())),
            )
        case "begun":
            return Begun(line["change"], Phase(line["phase"]), _image(line["image"]))
        case "ended":
            return Ended(
                line["change"],
                Phase(line["phase"]),
                Result(line["result"]),
                line["reason"],
                line["id"],
                line["state"],
            )
        case _:
            return Closed(Ending(line["ending"]), line["closed"])


def _image(document: Mapping[str, Any] | None) -> Image | None:
    if document is None:
        return None
    return Image(
        _address(document["address"]),
        document["id"],
        document["domain_id"],
        document["fields"],
        document["extra"],
        tuple(CategoryRef(one["id"], one["name"]) for one in document["categories"]),
        {name: Sealed(one["fingerprint"], one["ciphertext"]) for name, one in document["sealed"].items()},
    )


def _address(parts: Sequence[str]) -> Address:
    kind, domain, config_type, name = parts
    return Address(Kind(kind), domain, config_type, name)


@dataclass(frozen=True)
class History:
    """What a journal says of one apply, in order; `entries` are those after `opened`."""

    opened: Opened
    entries: tuple[Entry, ...]

    @property
    def plan(self) -> Plan:
        """The plan that was applied."""
        return self.opened.plan

    @property
    def ending(self) -> Ending | None:
        """How it ended; None where that is not said, so that something may be left to be decided.

        What came after an ending (a recovery was begun) takes it back.
        """
        last = self.entries[-1] if self.entries else None
        return last.ending if isinstance(last, Closed) else None

    @cached_property
    def begun(self) -> frozenset[int]:
        """Changes of which a write may have been sent."""
        return frozenset(one.change for one in self.entries if isinstance(one, Begun))

    def before(self, change: int) -> Before:
        """What a change was about to touch, as it was right before its first write; KeyError if it is not told."""
        return self._befores[change]

    @cached_property
    def _befores(self) -> Mapping[int, Before]:
        first: dict[int, Before] = {}
        for one in self.entries:
            if isinstance(one, Before):
                first.setdefault(one.change, one)
        return first

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """What became of each change of the plan in the end, as far as the journal tells."""
        results = [Result.NOT_TRIED] * len(self.plan.changes)
        stood: dict[int, Result] = {}  # before a write of which nothing is told yet
        for one in self.entries:
            if isinstance(one, Begun):
                stood[one.change], results[one.change] = results[one.change], Result.UNKNOWN
            elif isinstance(one, Ended):
                earlier = stood.pop(one.change, results[one.change])
                results[one.change] = _came_of(one) or earlier
        return tuple(results)

    def count(self, result: Result) -> int:
        """How many changes ended so."""
        return self.results.count(result)


def _came_of(one: Ended) -> Result | None:
    """What a write made of its change; None: nothing, all stands as before."""
    if one.phase is Phase.APPLY:
        return None if one.result is Result.NOT_TRIED else one.result
    if one.result in (Result.UNCHANGED, Result.REFUSED, Result.NOT_TRIED):
        return None
    return Result.ROLLED_BACK if one.result is Result.APPLIED else one.result


@dataclass(frozen=True, slots=True)
class Kept:
    """A journal that is there, by its name: what it says, or the reason why it cannot be read."""

    name: str
    history: History | None
    reason: str = ""

    @property
    def state(self) -> str:
        """An ending, `unfinished` or `broken`."""
        if self.history is None:
            return BROKEN
        return UNFINISHED if self.history.ending is None else str(self.history.ending)
