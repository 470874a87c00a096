"""How alike two objects are: by their names, and by what they hold."""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from syncer.model.address import Kind
from syncer.model.fields import fields_of
from syncer.model.state import LiveObject, Target
from syncer.model.values import Secret
from syncer.plan.digest import canonical

Content = Mapping[str, Hashable]  # comparable values by field; what is unset is not there

_LONGEST = 100  # characters of a name; the rest of a longer one is no name
_COMMON = 10  # what more objects than that have says nothing of any of them
_CHOSEN_FROM_FEW = 0.25  # a switch or a label says less than a free text
_WORDS_ALIKE = 0.6
_ENUMERATOR = 2  # characters; `Floor A`, `Site DE`


def name_likeness(one: str, other: str) -> float:
    """0 to 1; 1 for the same words. Siblings, such as two floors or two sites, are not alike at all."""
    first, second = words(one), words(other)
    if not first or not second or first == second:
        return float(first == second != [])
    return 0.0 if _are_siblings(first, second) else _ratio(" ".join(first), " ".join(second))


def words(name: str) -> list[str]:
    """Words and numbers, whatever their case and what stands between them."""
    return re.findall(r"\d+|[^\W\d_]+", name[:_LONGEST].casefold())


def _are_siblings(first: Sequence[str], second: Sequence[str]) -> bool:
    """Told apart by a number, a letter, or another word in the same place."""
    one, other = Counter(first), Counter(second)
    if any(word.isdigit() or len(word) <= _ENUMERATOR for word in (one - other) + (other - one)):
        return True
    return len(first) == len(second) and any(_ratio(a, b) < _WORDS_ALIKE for a, b in zip(first, second, strict=True))


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def content_of(thing: LiveObject | Target, categories: Iterable[str], write_only: frozenset[str]) -> Content:
    """What an object holds but for its name. A secret that cannot be read is like no other."""
    known = {name: value for name, value in thing.fields.items() if name not in write_only}
    readable = {n: v for n, v in known.items() if not isinstance(v, Secret) or v.plain is not None}
    extra = {f"extra.{name}": canonical(value) for name, value in thing.extra.items() if value is not None}
    named = frozenset(categories)
    return readable | extra | ({"categories": named} if named else {})


def said_of(live: Content, wanted: Content, config_type: str) -> Content:
    """What of a live object a new entry would not have left alone."""
    fields = fields_of(Kind.CONFIG, config_type)
    return {
        name: value
        for name, value in live.items()
        if name in wanted or name == "categories" or (name in fields and fields[name].optional)
    }


@dataclass(frozen=True, slots=True)
class Agreement:
    """How much two objects have in common: `evidence` 1 is one text that only they have; `share` is of all they say."""

    evidence: float
    share: float


class Rarity:
    """How much a value says of whom it belongs to, among the configs of one type in one domain."""

    def __init__(self, config_type: str, everyone: Iterable[Content]) -> None:
        self._counts = Counter(item for content in everyone for item in content.items())
        self._few = {
            name
            for name, field in fields_of(Kind.CONFIG, config_type).items()
            if field.type == "boolean" or field.labels or field.choices
        }

    def weight(self, name: str, value: Hashable) -> float:
        """1 for what only one object, or two that are compared, have."""
        count = self._counts[name, value]
        free = _CHOSEN_FROM_FEW if name in self._few else 1.0
        return 0.0 if count > _COMMON else free / max(1, count - 1)

    def agreement(self, one: Content, other: Content) -> Agreement:
        """What two objects have in common; values of either that the other does not have count against it."""
        equal = differing = 0.0
        for name in one.keys() | other.keys():
            weights = [self.weight(name, side[name]) for side in (one, other) if name in side]
            if name in one and name in other and one[name] == other[name]:
                equal += weights[0]
            else:
                differing += max(weights)
        return Agreement(equal, equal / (equal + differing) if equal else 0.0)
