"""Whether an object reads back as it was written, and what the service makes of fields that were not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from syncer.model.address import Address, Kind
from syncer.model.fields import Field, fields_of
from syncer.model.plan import FieldDiff
from syncer.model.selftest import ReadsBack
from syncer.model.state import LiveObject, Target
from syncer.model.values import is_unset
from syncer.plan.diff import differences

_NOT_THERE = object()


@dataclass(slots=True)
class Measured:
    """What was seen so far: raw values of unset fields by type, and secrets that came back or did not."""

    unset: dict[str, dict[str, Any]] = field(default_factory=dict)
    plain: set[tuple[str, str]] = field(default_factory=set)  # type and field that read as nothing where unset
    returned: set[str] = field(default_factory=set)
    withheld: set[str] = field(default_factory=set)

    def is_unset(self, kind: str, name: str, raw: Any) -> bool:
        """Whether it is what an unset field was seen to read as."""
        known = self.unset.get(kind, {})
        return name in known and _same_json(known[name], raw)

    def without_unset(self, live: LiveObject) -> dict[str, Any]:
        """The known fields of a config, but for those that only read so because they are unset."""
        kind = live.address.type
        return {
            name: value
            for name, value in live.fields.items()
            if not (name in live.raw and self.is_unset(kind, name, live.raw[name]))
        }

    def completes(self, unset: Mapping[str, Mapping[str, Any]], write_only: frozenset[str]) -> ReadsBack | None:
        """A profile's `reads_back` as it ought to be; None where it says what was seen."""
        kinds = unset.keys() | self.unset.keys()
        should = {kind: dict(self._should(kind, unset.get(kind, {}))) for kind in sorted(kinds)}
        should = {kind: values for kind, values in should.items() if values}
        withheld = (write_only - self.returned) | (self.withheld - self.returned)
        is_so = _same_json(should, {kind: dict(values) for kind, values in unset.items() if values})
        return None if is_so and withheld == write_only else ReadsBack(should, withheld)

    def _should(self, kind: str, said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        seen, fields = self.unset.get(kind, {}), fields_of(Kind.CONFIG, kind)
        for name, value in said.items():
            means_something = name in fields and fields[name].normal(value) is not None
            if name not in seen and not (means_something and (kind, name) in self.plain):
                yield name, value
        yield from seen.items()


def _same_json(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


@dataclass(frozen=True, slots=True)
class Meant:
    """What an object is to be. `refs`: the ids of a config's categories. `before`: as it was, None for a new one."""

    target: Target
    refs: frozenset[int | str]
    before: LiveObject | None
    tag: str


def wrong(meant: Meant, now: LiveObject, refs: frozenset[int | str], measured: Measured) -> tuple[FieldDiff, ...]:
    """Differences between what was written and what is live; `measured` learns what no difference is."""
    kind, address = meant.target.address.kind, meant.target.address
    should, found = dict(_named(meant.target.address)), dict(_named(now.address))
    if kind is Kind.CONFIG:
        should["categories"], found["categories"] = sorted(map(str, meant.refs)), sorted(map(str, refs))
    for one in fields_of(kind, address.type).values():
        want, got = _field(one, meant, now, measured)
        should |= {} if want is _NOT_THERE else {one.name: want}
        found |= {} if got is _NOT_THERE else {one.name: got}
    if meant.before is not None:
        should["extra"], found["extra"] = _unknown(meant.target.extra), _unknown(now.extra)
    return differences(should, found, kind, address.type, frozenset())


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


def _field(one: Field, meant: Meant, now: LiveObject, measured: Measured) -> tuple[Any, Any]:
    """What a field should be and what it is, _NOT_THERE for unset; both _NOT_THERE where there is nothing to say."""
    want = meant.target.fields.get(one.name)
    if one.secret:
        return _secret(one, want, now, measured)
    got = one.normal(now.raw.get(one.name))
    if not is_unset(want):
        return want, _NOT_THERE if got is None else got
    is_new_default = meant.before is None and not one.optional
    if got is None:
        if one.optional and now.address.kind is Kind.CONFIG:
            measured.plain.add((now.address.type, one.name))
        return _NOT_THERE, _NOT_THERE
    if now.address.kind is Kind.CONFIG and (is_new_default or _may_mean_unset(one, got, meant, now, measured)):
        return _NOT_THERE, _NOT_THERE
    return _NOT_THERE, got


def _secret(one: Field, want: Any, now: LiveObject, measured: Measured) -> tuple[Any, Any]:
    got = now.fields.get(one.name)
    if is_unset(want):
        return _NOT_THERE, _NOT_THERE if got is None else got
    if got is None:
        measured.withheld.add(one.name)
        return _NOT_THERE, _NOT_THERE
    measured.returned.add(one.name)
    return want, got


def _may_mean_unset(one: Field, got: Any, meant: Meant, now: LiveObject, measured: Measured) -> bool:
    """Whether a value that nobody wrote can be the service's way to say that there is none."""
    raw, kind = now.raw[one.name], now.address.type
    if measured.is_unset(kind, one.name, raw):
        return True
    stayed = meant.before is not None and one.normal(meant.before.raw.get(one.name)) == got
    is_ours = isinstance(raw, str) and meant.tag in raw
    is_other = one.name in measured.unset.get(kind, {})
    if not one.optional or one.type == "boolean" or stayed or is_ours or is_other or isinstance(raw, dict | list):
        return False
    measured.unset.setdefault(kind, {})[one.name] = raw
    return True
