"""The record of what was last applied, and its document (schemas/record.schema.json)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from syncer.errors import Place
from syncer.model.address import Address, Kind
from syncer.model.fields import fields_of
from syncer.model.state import Entry

FORMAT = "syncer-record/1"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Stands for a value that must not be read: its keyed digest; None where that cannot be checked any more."""

    digest: str | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry of the files as it was applied, secrets and masked fields as Fingerprints.

    `fields` that are None were unset explicitly; fields in `entry.ignore` are left to others, so they are not told.
    `prunes`: of a domain, the kinds of which the apply left nothing there that the files did not describe.
    """

    entry: Entry
    prunes: frozenset[Kind] = frozenset()


@dataclass(frozen=True, slots=True)
class Record:
    """What was last applied to a server. `check` is a keyed digest that tells whether the key is still the same.

    `complete`: it tells of all that the files described, so what it does not tell of was not in them.
    """

    server_name: str
    server_url: str
    time: str  # RFC 3339
    salt: str  # hex; with the login password the key of all digests in it
    check: str
    complete: bool
    objects: tuple[Recorded, ...] = field(default=())


def to_document(record: Record) -> dict[str, Any]:
    """The record as plain JSON data, in one order whatever that of the files is."""
    return {
        "format": FORMAT,
        "server": {"name": record.server_name, "url": record.server_url},
        "time": record.time,
        "salt": record.salt,
        "check": record.check,
        "complete": record.complete,
        "objects": [_object_document(one) for one in sorted(record.objects, key=_position)],
    }


def _position(one: Recorded) -> tuple[str, int]:
    return str(one.entry.address), one.entry.id or 0


def _object_document(one: Recorded) -> dict[str, Any]:
    entry = one.entry
    fingerprints = {**_fingerprints(entry.fields), **_fingerprints(entry.extra)}
    told = {
        "id": entry.id,
        "absent": entry.absent or None,
        "categories": None if entry.categories is None else sorted(set(entry.categories)),
        "fields": _open(entry.fields) or None,
        "extra": _open(entry.extra) or None,
        "fingerprints": fingerprints or None,
        "ignore": sorted(entry.ignore) or None,
        "prunes": sorted(map(str, one.prunes)) or None,
    }
    return {"address": str(entry.address)} | {name: value for name, value in told.items() if value is not None}


def _open(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in sorted(values) if not isinstance(values[name], Fingerprint)}


def _fingerprints(values: Mapping[str, Any]) -> dict[str, str | None]:
    return {name: values[name].digest for name in sorted(values) if isinstance(values[name], Fingerprint)}


def from_document(document: Mapping[str, Any], place: Place) -> Record:
    """A record from a document that passed its schema; ValueError for an address that is none."""
    return Record(
        document["server"]["name"],
        document["server"]["url"],
        document["time"],
        document["salt"],
        document["check"],
        document["complete"],
        tuple(_object(one, place) for one in document["objects"]),
    )


def _object(one: Mapping[str, Any], place: Place) -> Recorded:
    address = Address.parse(one["address"])
    known = fields_of(address.kind, address.type)
    hidden = {name: Fingerprint(digest) for name, digest in one.get("fingerprints", {}).items()}
    categories = one.get("categories")
    entry = Entry(
        address,
        place,
        {**one.get("fields", {}), **{name: value for name, value in hidden.items() if name in known}},
        {**one.get("extra", {}), **{name: value for name, value in hidden.items() if name not in known}},
        None if categories is None else tuple(categories),
        one.get("id"),
        absent=one.get("absent", False),
        ignore=frozenset(one.get("ignore", ())),
    )
    return Recorded(entry, frozenset(map(Kind, one.get("prunes", ()))))
