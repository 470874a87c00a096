"""What people should know of a restore before they agree to it, and what it leaves to them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from syncer.errors import some, visible
from syncer.model.address import Kind
from syncer.model.fields import config_types
from syncer.model.state import Desired, Entry, Live
from syncer.plan.choosing import is_named

_NAMED_AT_MOST = 5


def notes_on(new: Sequence[Entry], live: Live, *, other_server: bool) -> Iterator[str]:
    """Of what is going to be made."""
    yield from _unknown_types(new, live, other_server=other_server)
    yield from _secrets_to_set(new)
    if any(entry.address.kind is Kind.CATEGORY for entry in new):
        yield "categories are made without devices: which device belongs to which category is to be said again by hand"


def _unknown_types(new: Iterable[Entry], live: Live, *, other_server: bool) -> Iterator[str]:
    there = {one.address.type for one in live.objects}
    found = [
        entry.address
        for entry in new
        if entry.address.kind is Kind.CONFIG
        and entry.address.type not in config_types()
        and entry.address.type not in there
    ]
    if not found:
        return
    types = some(sorted({visible(address.type) for address in found}), _NAMED_AT_MOST)
    risk = "this is another server than that of the backup, and may not know them at all; " if other_server else ""
    what = f"syncer does not know the config type{'s' * (types.count(',') > 0)} {types}, and none is live here"
    yield f"{what}: {risk}made as they were: {_named(address.shown for address in found)}"


def _secrets_to_set(new: Iterable[Entry]) -> Iterator[str]:
    found = [f"{entry.address.shown} {name}" for entry in new for name in sorted(entry.ignore)]
    if found:
        yield f"set these secrets afterwards, since the backup does not tell them: {_named(found)}"


def mentions(desired: Desired, old_names: Mapping[str, str], only: Sequence[str] = ()) -> Iterator[str]:
    """Fields of what `only` names in which the former name of a domain stands; `old_names` by the new ones."""
    for domain in desired.domains:
        old = old_names.get(domain.name, domain.name)
        if old == domain.name:
            continue
        found = [
            f"{entry.address.shown} {visible(name)}"
            for entry in domain.entries
            if is_named(only, entry.address)
            for name, value in {**entry.fields, **entry.extra}.items()
            if _has(value, old.lower())
        ]
        if found:
            told = (
                f"1 field still mentions {visible(old)} and stays as it is"
                if len(found) == 1
                else f"{len(found)} fields still mention {visible(old)} and stay as they are"
            )
            yield f"{told}: {_named(found)}"


def _has(value: Any, text: str) -> bool:
    if isinstance(value, str):
        return text in value.lower()
    if isinstance(value, Mapping):
        return any(text in name.lower() or _has(one, text) for name, one in value.items())
    return isinstance(value, list) and any(_has(one, text) for one in value)


def _named(things: Iterable[str]) -> str:
    return some(list(things), _NAMED_AT_MOST)
