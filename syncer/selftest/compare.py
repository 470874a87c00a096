"""Whether an object reads back as it was written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from syncer.model.address import Address, Kind
from syncer.model.fields import Field, fields_of
from syncer.model.plan import FieldDiff
from syncer.model.state import LiveObject, Target
from syncer.model.values import is_unset
from syncer.plan.diff import differences
from syncer.selftest.measuring import Glimpse, Measured, can_be_kept

_NOT_THERE = object()


@dataclass(frozen=True, slots=True)
class Meant:
    """What an object is to be. `refs`: the ids of a config's categories. `before`: as it was, None for a new one."""

    target: Target
    refs: frozenset[int | str]
    before: LiveObject | None
    tag: str


def wrong(
    meant: Meant, now: LiveObject, refs: frozenset[int | str], measured: Measured
) -> tuple[tuple[FieldDiff, ...], Glimpse]:
    """Differences between what was written and what is live; and what is seen that is none."""
    kind, address = meant.target.address.kind, meant.target.address
    seen = Glimpse(now.address.type, f"{'update' if meant.before else 'create'}_{kind}")
    should, found = dict(_named(meant.target.address)), dict(_named(now.address))
    if kind is Kind.CONFIG:
        should["categories"], found["categories"] = sorted(map(str, meant.refs)), sorted(map(str, refs))
    for one in fields_of(kind, address.type).values():
        want, got = _field(one, meant, now, measured, seen)
        should |= {} if want is _NOT_THERE else {one.name: want}
        found |= {} if got is _NOT_THERE else {one.name: got}
    if meant.before is not None:
        should["extra"], found["extra"] = _unknown(meant.target.extra), _unknown(now.extra)
    return differences(should, found, kind, address.type, frozenset()), seen


def unsteady(diffs: tuple[FieldDiff, ...], meant: Meant, measured: Measured) -> str:
    """Fields that are not set and read otherwise than before, in words; "" if that is not all that is wrong."""
    known = measured.unset.get(meant.target.address.type, {})
    made_up = [one.path for one in diffs if one.path in known and is_unset(meant.target.fields.get(one.path))]
    return ", ".join(made_up) if len(made_up) == len(diffs) else ""


def _named(address: Address) -> Iterator[tuple[str, Any]]:
    if address.kind is not Kind.DOMAIN:
        yield "domain", address.domain
    if address.kind is Kind.CONFIG:
        yield "type", address.type
    yield (
        "desc" if address.kind is Kind.CONFIG else "name",
        address.name or (address.domain if address.kind is Kind.DOMAIN else ""),
    )


def _unknown(extra: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in extra.items() if value is not None}


def _field(one: Field, meant: Meant, now: LiveObject, measured: Measured, seen: Glimpse) -> tuple[Any, Any]:
    """What a field should be and what it is, _NOT_THERE for unset; both _NOT_THERE where there is nothing to say."""
    want = meant.target.fields.get(one.name)
    if one.secret:
        return _secret(one, want, now, measured, seen)
    got = one.normal(now.raw.get(one.name))
    if not is_unset(want):
        return want, _NOT_THERE if got is None else got
    is_new_default = meant.before is None and not one.optional
    if got is None:
        if one.optional and now.address.kind is Kind.CONFIG:
            seen.plain.add(one.name)
        return _NOT_THERE, _NOT_THERE
    if now.address.kind is Kind.CONFIG and is_new_default:
        return _NOT_THERE, _NOT_THERE
    if now.address.kind is Kind.CONFIG and _may_mean_unset(one, got, meant, now, measured):
        if meant.before is None or one.name in meant.before.fields:  # else the update may have sent it back as it was
            seen.unset[one.name] = now.raw[one.name]
        return _NOT_THERE, _NOT_THERE
    return _NOT_THERE, got


def _secret(one: Field, want: Any, now: LiveObject, measured: Measured, seen: Glimpse) -> tuple[Any, Any]:
    """One that came back before, and does not now, is lost."""
    got = now.fields.get(one.name)
    if is_unset(want):
        return _NOT_THERE, _NOT_THERE if got is None else got
    if got is None and (now.address.type, one.name) not in measured.returned:
        seen.withheld.add(one.name)
        return _NOT_THERE, _NOT_THERE
    if got is None:
        return want, _NOT_THERE
    seen.returned.add(one.name)
    return want, got


def _may_mean_unset(one: Field, got: Any, meant: Meant, now: LiveObject, measured: Measured) -> bool:
    """Whether a value that nobody wrote can be the service's way to say that there is none."""
    raw, kind = now.raw[one.name], now.address.type
    if measured.is_unset(kind, one.name, raw):
        return True
    stayed = meant.before is not None and one.normal(meant.before.raw.get(one.name)) == got
    is_ours = isinstance(raw, str) and meant.tag in raw
    is_other = one.name in measured.unset.get(kind, {})
    return one.optional and one.type != "boolean" and can_be_kept(raw) and not (stayed or is_ours or is_other)
