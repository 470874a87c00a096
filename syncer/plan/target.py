"""What an entry makes of a live object: field by field what is written, unset, or left alone."""

from dataclasses import replace
from typing import Any

from syncer.model.address import Kind
from syncer.model.fields import fields_of
from syncer.model.state import CategoryRef, Entry, LiveObject, Target

_ON_CREATE = {"config": True}  # a category that is made is used for configs, unless the file says otherwise


def make_target(entry: Entry, live: LiveObject | None, ignored: frozenset[str]) -> Target:
    """The object as it is to be. Optional fields that the entry leaves out are unset, others are left alone."""
    keeps_refs = "categories" in ignored and live is not None
    return Target(
        entry.address,
        _fields(entry, live, ignored),
        _extra(entry, live, ignored),
        () if keeps_refs else tuple(sorted(set(entry.categories or ()))),
        live.categories if keeps_refs and live is not None else (),
    )


def _fields(entry: Entry, live: LiveObject | None, ignored: frozenset[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, field in fields_of(entry.address.kind, entry.address.type).items():
        if name in ignored and live is not None:
            value = live.fields.get(name)
        elif name in entry.fields:
            value = entry.fields[name]
        elif field.optional:
            value = None
        elif live is not None:
            value = live.fields.get(name)
        else:
            value = _ON_CREATE.get(name) if entry.address.kind is Kind.CATEGORY else None
        if value is not None:
            values[name] = value
    return values


def _extra(entry: Entry, live: LiveObject | None, ignored: frozenset[str]) -> dict[str, Any]:
    extra = dict(live.extra) if live else {}
    for name, value in entry.extra.items():
        if name in ignored and live is not None:
            continue
        if value is None:
            extra.pop(name, None)
        else:
            extra[name] = value
    return extra


def renamed(live: LiveObject, names: dict[int, str]) -> LiveObject:
    """The live config as it reads once the categories in `names` (id to new name) are renamed."""
    refs = tuple(CategoryRef(r.id, names.get(r.id, r.name)) if r.id is not None else r for r in live.categories)
    return live if refs == live.categories else replace(live, categories=refs)
