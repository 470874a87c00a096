"""What a service makes of fields that were not written, and of secrets: believed once it is seen twice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from syncer.model.address import Kind
from syncer.model.fields import fields_of
from syncer.model.selftest import ReadsBack
from syncer.model.state import LiveObject

_LONGEST = 200  # characters of a value that is worth a place in a profile
_LARGEST = 2**53  # what every reader of numbers can hold
_ENOUGH = 2  # writes after which a value was seen

Named = tuple[str, str]  # the type of a config, and a field of it


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What one look at a config shows: raw values of unset fields, fields that read as nothing, and secrets.

    `operation`: that of the write before it.
    """

    type: str = ""
    operation: str = ""
    unset: dict[str, Any] = field(default_factory=dict)
    plain: set[str] = field(default_factory=set)
    returned: set[str] = field(default_factory=set)
    withheld: set[str] = field(default_factory=set)


NOTHING = Glimpse()


@dataclass(slots=True)
class Measured:
    """What was seen so far: raw values of unset fields by type, and secrets that came back or did not."""

    unset: dict[str, dict[str, Any]] = field(default_factory=dict)
    plain: set[Named] = field(default_factory=set)
    returned: set[Named] = field(default_factory=set)
    withheld: dict[Named, str] = field(default_factory=dict)  # and the first operation that it was written by
    times: dict[Named, int] = field(default_factory=dict)  # writes after which an unset field read so

    def learn(self, seen: Glimpse) -> None:
        """Keep what a look at a config showed that was as meant."""
        kind = seen.type
        for name, raw in seen.unset.items():
            self.unset.setdefault(kind, {}).setdefault(name, raw)
            self.times[kind, name] = self.times.get((kind, name), 0) + 1
        self.plain |= {(kind, name) for name in seen.plain}
        self.returned |= {(kind, name) for name in seen.returned}
        for name in seen.withheld:
            self.withheld.setdefault((kind, name), seen.operation)

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

    def lost_secrets(self) -> dict[Named, str]:
        """Secrets that come back, but did not after all writes of the operation."""
        return {one: operation for one, operation in sorted(self.withheld.items()) if one in self.returned}

    def unseen(self) -> frozenset[str]:
        """Secrets that never came back."""
        return frozenset(name for kind, name in self.withheld if (kind, name) not in self.returned)

    def completes(self, unset: Mapping[str, Mapping[str, Any]], write_only: frozenset[str]) -> ReadsBack | None:
        """A profile's `reads_back` as it ought to be; None where it says what was seen."""
        kinds = unset.keys() | self.unset.keys()
        should = {kind: dict(self._should(kind, unset.get(kind, {}))) for kind in sorted(kinds)}
        should = {kind: values for kind, values in should.items() if values}
        withheld = (write_only - {name for _, name in self.returned}) | self.unseen()
        is_so = _same_json(should, {kind: dict(values) for kind, values in unset.items() if values})
        return None if is_so and withheld == write_only else ReadsBack(should, withheld)

    def _should(self, kind: str, said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        fields = fields_of(Kind.CONFIG, kind)
        seen = {name: raw for name, raw in self.unset.get(kind, {}).items() if self.times[kind, name] >= _ENOUGH}
        for name, value in said.items():
            means_something = name in fields and fields[name].normal(value) is not None
            if name not in seen and not (means_something and (kind, name) in self.plain):
                yield name, value
        yield from seen.items()


def can_be_kept(raw: Any) -> bool:
    """Whether a profile can hold a value: no structures, nothing long or huge, nothing that does not print."""
    if isinstance(raw, str):
        return len(raw) <= _LONGEST and raw.isprintable()
    return isinstance(raw, int | float) and abs(raw) <= _LARGEST


def _same_json(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
