"""What an exported entry can say of a live object; what it cannot say is left to the server, with a note."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncer.errors import visible
from syncer.files.documents import MAX_DEPTH
from syncer.files.emit import text
from syncer.files.secrets import MAX_SCRIPT
from syncer.files.shapes import CATEGORIES, Shape
from syncer.model.address import Address
from syncer.model.fields import Field, fields_of
from syncer.model.rules import broken_rules
from syncer.model.state import LiveObject
from syncer.model.values import Secret

_LONGEST_KEY = 1000  # YAML reads keys of up to 1024 characters
_DEEPEST = MAX_DEPTH - 10  # below the levels that a document has itself


@dataclass(slots=True)
class Description:
    """What an entry says: known fields in normal form, unknown ones, names of categories (None: left to the server)."""

    fields: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    categories: tuple[str, ...] | None = None
    ignore: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def describe(live: LiveObject, shape: Shape, write_only: frozenset[str]) -> Description:
    """All of a live object but its categories."""
    description = Description()
    address = live.address
    for name, known in fields_of(address.kind, address.type).items():
        value = live.fields.get(name)
        why = _why_not(known, value, name in write_only)
        if why:
            _leave(description, address, name, why)
        elif value is not None:
            description.fields[name] = value
    for names, what in broken_rules(live.fields):  # with what is left as it is, too
        for name in names:
            if description.fields.pop(name, None) is not None:
                _leave(description, address, name, what)
    for name, value in live.extra.items():
        if name in shape.not_extra or not _fits({name: value}):
            description.notes.append(f"{address.shown}: {visible(name, 60)} is left out: a file cannot hold it")
        elif value is not None:  # null would mean that it is to go
            description.extra[name] = value
    return description


def describe_categories(description: Description, live: LiveObject, ids: Mapping[str, Sequence[int]]) -> None:
    """Name a config's categories; `ids` has those of the domain that a file can name, by name."""
    names: dict[str, None] = {}
    for ref in live.categories:
        same = ids.get(ref.name, ()) if ref.name is not None else ()
        if ref.name is None or len(same) != 1 or ref.id not in (None, same[0]):
            shown = f"#{ref.id}" if ref.name is None else visible(ref.name, 60)
            return _leave(description, live.address, CATEGORIES, f"no name stands for just the category {shown}")
        names[ref.name] = None
    description.categories = tuple(names)
    return None


def _leave(description: Description, address: Address, name: str, why: str) -> None:
    description.ignore.append(name)
    description.notes.append(f"{address.shown}: {name} is left as it is (ignore): {why}")


def _why_not(known: Field, value: Any, write_only: bool) -> str:
    """Why a file cannot say the value of a known field; empty if it can."""
    if known.secret:
        return "the service never tells it" if write_only else _why_not_secret(value)
    if value is None:
        return ""
    if not known.accepts(value):
        return "the service has a value that the API does not describe"
    if isinstance(value, str) and not sayable(value):
        return "it holds half a character (a lone surrogate)"
    if known.from_file and len(value.encode()) > MAX_SCRIPT:
        return f"it is larger than {MAX_SCRIPT >> 20} MiB"
    return ""


def _why_not_secret(value: Any) -> str:
    if value is None:
        return ""
    plain = value.plain if isinstance(value, Secret) else None
    if plain is None:
        return "it cannot be decrypted"
    return "" if plain and "\0" not in plain and sayable(plain) else "no environment variable can hold it"


def _fits(value: Any, depth: int = 0) -> bool:
    """Whether YAML can hold a value that came as JSON."""
    if isinstance(value, str):
        return sayable(value)
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return depth < _DEEPEST and all(_fits_key(key) and _fits(item, depth + 1) for key, item in value.items())
    if isinstance(value, list):
        return depth < _DEEPEST and all(_fits(item, depth + 1) for item in value)
    return value is None or isinstance(value, int)


def _fits_key(key: Any) -> bool:
    return isinstance(key, str) and sayable(key) and len(text(key)) <= _LONGEST_KEY


def sayable(value: str) -> bool:
    """Whether UTF-8 can hold a text: a lone surrogate is none of its characters."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
