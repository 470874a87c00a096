"""What a Devices App does in all its writes of configs: how categories, unset fields and large values are written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncer.learn.leaves import at, has, is_number
from syncer.learn.places import FIELDS
from syncer.learn.samples import Sample
from syncer.learn.spelling import Places
from syncer.learn.world import World
from syncer.model.address import Action, Kind
from syncer.model.fields import Field, fields_of
from syncer.model.learned import Confidence, Side

UNKNOWN = "something else"
_OBJECT = frozenset({"id", "name", "config", "domainId"})
_NO_LIST = object()  # is of no style


@dataclass(frozen=True, slots=True)
class Habit:
    """A setting of a profile (None: its default) and why."""

    value: str | None
    evidence: str
    confidence: Confidence = Confidence.SHOWN


def category_refs(
    samples: Sequence[Sample], places: Mapping[str, Places], world: World
) -> tuple[str | None, tuple[Side, ...]]:
    """objects, ids or names; None where no config with a category was written, or where it cannot be told.

    The sides where it cannot.
    """
    seen: dict[str, list[int]] = {}
    for sample in samples:
        for one in _references(sample, places):
            seen.setdefault(_style(one, world), []).extend(sample.exchange.numbers)
    sides = tuple(Side(style, tuple(dict.fromkeys(numbers))) for style, numbers in sorted(seen.items()))
    is_clear = len(sides) == 1 and sides[0].told != UNKNOWN
    return (sides[0].told, ()) if is_clear else (None, sides)


def says_categories(samples: Sequence[Sample], places: Mapping[str, Places]) -> bool:
    """Whether any of them has a category, so that it is known where they stand."""
    return any(_references(sample, places) for sample in samples)


def _references(sample: Sample, places: Mapping[str, Places]) -> Sequence[Any]:
    if sample.kind is not Kind.CONFIG or sample.action is Action.DELETE:
        return ()
    apart = places[sample.operation].categories if sample.operation in places else None
    named = at(sample.message, apart) if apart and has(sample.message, apart) else sample.fields.get("categories")
    if named is None:
        return ()
    return named if isinstance(named, list) else [_NO_LIST]


def _style(one: Any, world: World) -> str:
    """As a profile says it; ids that are written as texts must not pass for names."""
    if isinstance(one, dict) and is_number(one.get("id")):
        return "objects" if one.keys() <= _OBJECT | world.keys(Kind.CATEGORY, one["id"]) else UNKNOWN
    if is_number(one):
        return "ids"
    if isinstance(one, str) and (one in world.names(Kind.CATEGORY) or one not in map(str, world.ids(Kind.CATEGORY))):
        return "names"
    return UNKNOWN


def sends(samples: Sequence[Sample], world: World) -> Habit:
    """Whether updates send the whole object."""
    if samples[0].kind is not Kind.CONFIG:
        return _sends_of_few(samples)
    for sample in samples:
        before = world.whole_before(Kind.CONFIG, sample.number or 0, sample.exchange.request.at)
        kept = _set_fields(before.raw) if before else {}
        unsent = (
            kept.keys()
            - sample.fields.keys()
            - {name for piece in sample.exchange.pieces for name in _texts(piece.message)}
        )
        if unsent and _still_set(sample, unsent, world):
            return Habit("changed", f"{min(unsent)} was set, was not sent, and it stayed")
        if any(sample.fields.get(name) == value for name, value in kept.items() if name in sample.fields):
            same = min(name for name, value in kept.items() if sample.fields.get(name) == value)
            return Habit("whole", f"{same} was sent although it did not change")
    return Habit(None, "whether an update sends every field cannot be told; it is taken for so", Confidence.SENT)


def _sends_of_few(samples: Sequence[Sample]) -> Habit:
    """Of a category or domain: whether all messages have all that some have."""
    keys = [frozenset(sample.fields) for sample in samples]
    if len(set(keys)) > 1:
        return Habit("changed", "messages have the name, the flag, or both")
    return Habit("whole", "every message has the same fields")


def _set_fields(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The known fields that are set; secrets are written differently each time, so they tell nothing."""
    fields = fields_of(Kind.CONFIG, str(raw.get("type")))
    return {
        name: raw[name]
        for name, field in fields.items()
        if name in raw and not field.secret and field.normal(raw[name]) is not None
    }


def _still_set(sample: Sample, unsent: frozenset[str] | set[str], world: World) -> bool:
    after = world.after(Kind.CONFIG, sample.number or 0, sample.exchange.request.at)
    return any(unsent & _set_fields(seen.raw).keys() for seen in after if seen.whole)


def _texts(message: Mapping[str, Any]) -> Iterator[str]:
    return (value for value in message.values() if isinstance(value, str) and value in FIELDS)


def unset(samples: Sequence[Sample], config_types: Mapping[int, str]) -> Habit:
    """How fields that are not set are written."""
    nulls, blanks, zeros, absent = [], [], [], []
    for sample in samples:
        kind = sample.fields.get("type") or config_types.get(sample.number or 0)
        for field in fields_of(Kind.CONFIG, str(kind)).values():
            if field.secret:
                continue
            if field.name not in sample.fields:
                absent.extend([field.name] if field.optional else [])
            elif sample.fields[field.name] is None:
                nulls.append(field.name)
            elif sample.fields[field.name] == "":
                blanks.append(field.name)
            elif _is_zero(field, sample.fields[field.name]):
                zeros.append(field.name)
    if nulls:
        return Habit("null", f"{min(nulls)}: null was sent")
    if zeros:
        return Habit("empty", f"{min(zeros)}: 0 was sent")
    if blanks:
        return Habit(None, f'{min(blanks)}: "" was sent')
    if absent:
        return Habit("omit", f"{min(absent)} was left out")
    return Habit(None, "every field was set, so it cannot be told; texts are written empty", Confidence.SENT)


def cleared(samples: Sequence[Sample]) -> Habit:
    """How a field is written that is to be unset, where only differences are sent."""
    for sample in samples:
        for field, value in sample.fields.items():
            if field in FIELDS and value is None:
                return Habit("null", f"{field}: null was sent")
            if field in FIELDS and value == "":
                return Habit(None, f'{field}: "" was sent')
    return Habit(None, "no field was emptied; texts are written empty", Confidence.SENT)


def _is_zero(field: Field, value: Any) -> bool:
    return is_number(value) and value == 0 and field.zero_is_unset
