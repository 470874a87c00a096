"""What an entry makes of a live object: field by field what is written, unset, or left alone."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from syncer.model.address import Address, Kind
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


def found_at(live: LiveObject, domain_names: Mapping[int, str]) -> tuple[Address, Address]:
    """Where an object is, and where it was before its domain was renamed (`domain_names`: live, by id)."""
    before = domain_names.get(live.domain_id, live.address.domain)
    return live.address, live.address if before == live.address.domain else replace(live.address, domain=before)


def renamed(live: LiveObject, new_names: Mapping[int, str], categories: Iterable[LiveObject]) -> LiveObject:
    """The live config as it reads once `categories` have their new names (by id)."""
    by_old_name = {c.address.name: new_names[c.id] for c in categories if c.id in new_names}

    def name(ref: CategoryRef) -> str | None:
        if ref.id is not None:
            return new_names.get(ref.id, ref.name)
        return ref.name if ref.name is None else by_old_name.get(ref.name, ref.name)

    refs = tuple(CategoryRef(ref.id, name(ref)) for ref in live.categories)
    return live if refs == live.categories else replace(live, categories=refs)


def means(ref: CategoryRef, category: LiveObject) -> bool:
    """Whether a live reference is one to this category."""
    return ref.id == category.id if ref.id is not None else ref.name == category.address.name


def names(target: Target, category: LiveObject) -> bool:
    """Whether the config as it is to be names the category."""
    return category.address.name in target.categories or any(means(ref, category) for ref in target.kept_refs)
