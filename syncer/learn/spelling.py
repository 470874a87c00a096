"""From a message to the template that it was made of."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncer.learn.constants import Common, Constants, Unsayable, constants_of, envelope, steady
from syncer.learn.leaves import Path, at, has, in_words, is_number, leaves
from syncer.learn.places import CONFIG_KEYS, id_rank, listed, numbers, owner, paths_to
from syncer.learn.samples import Sample
from syncer.learn.world import World
from syncer.model.address import Action, Kind

_CATEGORIES = re.compile(r"categ", re.IGNORECASE)
_ENVELOPE = ("id", "domainId")
FLAGS: Mapping[Kind, str] = {Kind.CATEGORY: "config", Kind.DOMAIN: "deployAdminPasswords"}


@dataclass(frozen=True, slots=True)
class Places:
    """Where the id, the domain's id and a config's categories stand in the messages of an operation.

    `steady`: what has the same value in messages about different objects; `envelope`: about those of different kinds.
    """

    id: Path | None = None
    domain: Path | None = None
    categories: Path | None = None
    steady: frozenset[Path] = frozenset()
    envelope: frozenset[Path] = frozenset()


def domain_places(samples: Sequence[Sample]) -> frozenset[Path]:
    """Where the domain's id stands although no key speaks of it: in several operations, or for several domains."""
    found: dict[Path, set[tuple[str, int]]] = {}
    for sample in samples:
        if sample.domain_id is not None and sample.kind is not Kind.DOMAIN and sample.action is Action.CREATE:
            for path, value in numbers(sample.message, Kind.DOMAIN):
                if value == sample.domain_id and owner(path) is None:
                    found.setdefault(path, set()).add((sample.operation, value))
    return frozenset(path for path, uses in found.items() if len(uses) > 1)


def places_of(samples: Sequence[Sample], world: World, silent: frozenset[Path], common: Common) -> Places:
    """The places that fit all messages of one operation; Unsayable where two fit alike.

    `silent`: those of `domain_places`. `common`: what messages say, and about which objects.
    """
    kind, action = samples[0].kind, samples[0].action
    domain = None
    if kind is not Kind.DOMAIN:
        domain = _best(samples, lambda one: _domains(one, silent), lambda path: int(owner(path) is Kind.DOMAIN))
    number = None
    if action is not Action.CREATE:
        taken = {domain} if domain else set()
        number = _best(samples, lambda one: _ids(one) - taken, lambda path: id_rank(path, kind))
    categories = _categories(samples, world) if kind is Kind.CONFIG and action is not Action.DELETE else None
    return Places(number, domain, categories, steady(samples, common), envelope(samples, common))


def _best(
    samples: Sequence[Sample], candidates: Callable[[Sample], set[Path]], rank: Callable[[Path], int]
) -> Path | None:
    """Of the places that all have which have any."""
    found = [places for one in samples if (places := candidates(one))]
    best = sorted(set.intersection(*found), key=lambda path: (-rank(path), path)) if found else []
    if len(best) > 1 and rank(best[0]) == rank(best[1]):
        raise Unsayable(
            f"{in_words(best[0])} and {in_words(best[1])} have the same number, so which is which cannot be told; "
            "record it again in a domain whose number is another"
        )
    return best[0] if best else None


def _ids(sample: Sample) -> set[Path]:
    in_lists = listed(sample.message, sample.kind) if sample.action is Action.DELETE else ()
    return {path for path, value in (*numbers(sample.message, sample.kind), *in_lists) if value == sample.number}


def _domains(sample: Sample, silent: frozenset[Path]) -> set[Path]:
    """Places of the domain's id: under a key that says so, or known for it."""
    return {
        path
        for path, value in numbers(sample.message, Kind.DOMAIN)
        if sample.domain_id in (None, value)
        if owner(path) is Kind.DOMAIN or (sample.domain_id is not None and path in silent)
    }


def _categories(samples: Sequence[Sample], world: World) -> Path | None:
    """Where they stand if not among the config's fields."""
    if any("categories" in sample.fields for sample in samples):
        return None
    ids, names = world.ids(Kind.CATEGORY), world.names(Kind.CATEGORY)
    for sample in samples:
        for path, value in _lists(sample.message):
            is_known = bool(value) and all(_is_category(one, ids, names) for one in value)
            if is_known or _CATEGORIES.search(str(path[-1])):
                return path
    return None


def _is_category(one: Any, ids: frozenset[int], names: frozenset[str]) -> bool:
    number = one.get("id") if isinstance(one, dict) else one
    return number in ids if is_number(number) else isinstance(one, str) and one in names


def _lists(value: Any, path: Path = ()) -> Iterable[tuple[Path, list[Any]]]:
    if isinstance(value, dict):
        for key, part in value.items():
            if isinstance(part, list):
                yield (*path, key), part
            else:
                yield from _lists(part, (*path, key))


def flag_of(samples: Sequence[Sample], kind: Kind) -> str | None:
    """Under which key the boolean of a category or domain is written: both ways, and read back as it was written."""
    sent: dict[str, set[bool]] = {}
    wrong: set[str] = set()
    for sample in samples:
        if sample.kind is kind and sample.became is not None and not sample.failed:
            is_set = bool(sample.became.get(FLAGS[kind]))
            for key, value in sample.fields.items():
                if isinstance(value, bool):
                    sent.setdefault(key, set()).add(value)
                    wrong |= {key} if value is not is_set else set()
    found = [key for key, values in sent.items() if len(values) > 1 and key not in wrong]
    return found[0] if len(found) == 1 else None


def template_of(sample: Sample, places: Places, flag: str | None, world: World) -> dict[str, Any]:
    """The message with placeholders; Unsayable where that cannot be."""
    if sample.action is not Action.CREATE and (places.id is None or not has(sample.message, places.id)):
        if sample.number is not None and any(True for _ in paths_to(sample.message, str(sample.number))):
            raise Unsayable("it spells the id as a text, which a wire profile cannot say")
        raise Unsayable("where the object's id stands cannot be told")
    template: dict[str, Any] = _Spelling(sample, places, flag, world).spell(sample.message, ())
    if sample.kind in FLAGS and sample.action is not Action.DELETE:
        _refuse_hidden_flag(sample, template, places.envelope)
    return template


def _refuse_hidden_flag(sample: Sample, template: Mapping[str, Any], outside: frozenset[Path]) -> None:
    """A boolean that is written always the same way may be the object's own."""
    name = FLAGS[sample.kind]
    constants = dict(constants_of(template))
    places = [(*sample.holder, key) for key in sample.fields]
    hidden = [place for place in places if isinstance(constants.get(place), bool) and place not in outside]
    if hidden and f"${name}" not in (leaf for _, leaf in leaves(template)):
        raise Unsayable(f"{in_words(hidden[0])} may be what the API document calls {name}; write it both ways")


class _Spelling:
    """Of one message."""

    def __init__(self, sample: Sample, places: Places, flag: str | None, world: World) -> None:
        self.sample, self.flag, self.world = sample, flag, world
        known = sample.domain_id
        if known is None and places.domain and has(sample.message, places.domain):
            known = at(sample.message, places.domain)
        self.constants = Constants(sample, known, places.steady, world)
        self.placeholders = {
            place: name
            for place, name in ((places.id, "$id"), (places.domain, "$domain_id"), (places.categories, "$categories"))
            if place is not None
        }
        self.live = world.keys(sample.kind, sample.number) if sample.number is not None else frozenset()

    def spell(self, value: Any, path: Path) -> Any:
        """One part of the message."""
        if path in self.placeholders:
            return self.placeholders[path]
        if path == ("mt",):
            self.constants.check_mt(value)
            return value
        if (*path, 0) in self.placeholders:
            return [self.placeholders[*path, 0]]
        if not isinstance(value, dict):
            self.constants.check(path, value)
            return value
        out: dict[str, Any] = {}
        merged = None
        for key, part in value.items():
            here = (*path, key)
            if here == ("src",):
                continue
            self.constants.check_key(key, path)
            if here not in self.placeholders and path == self.sample.holder and here != ("mt",):
                placeholder = self._content(key, part)
                if placeholder is not None:
                    if placeholder.startswith("$merge "):
                        merged = placeholder.removeprefix("$merge ")
                    else:
                        out[key] = placeholder
                    continue
            out[key] = self.spell(part, here)
        if merged is None:
            return out
        return "$config" if merged == "$config" and not out and path else {**out, "$merge": merged}

    def _content(self, key: str, value: Any) -> str | None:
        """The placeholder of a field of the object, `$merge …` where it goes with all the others; None: no field."""
        kind, action = self.sample.kind, self.sample.action
        if kind is Kind.CONFIG:
            is_field = key in CONFIG_KEYS or (key in self.live and key not in _ENVELOPE)
            return "$merge $config" if action is not Action.DELETE and is_field else None
        if isinstance(value, str) and (key == "name" or value in self.world.names(kind)):
            return "$name"
        flag = FLAGS[kind]
        if isinstance(value, bool) and action is not Action.DELETE and key in (flag, self.flag):
            return f"${flag}"
        is_extra = key in self.live and key not in (*_ENVELOPE, "categories") and action is not Action.DELETE
        return "$merge $extra" if is_extra else None


def merged(one: Any, other: Any, path: Path = ()) -> Any:
    """A template that says both: what only one has must be a placeholder. Unsayable where they contradict."""
    if one == other and type(one) is type(other):
        return one
    if {"$config"} & {value for value in (one, other) if isinstance(value, str)}:
        rest = other if one == "$config" else one
        if isinstance(rest, dict) and rest.get("$merge") == "$config":
            return rest
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: _merged_key((*path, key), one, other) for key in (*one, *(k for k in other if k not in one))}
    raise Unsayable(f"{in_words(path) or 'it'} differs, and is neither an id nor a field")


def _merged_key(path: Path, one: Mapping[str, Any], other: Mapping[str, Any]) -> Any:
    key = str(path[-1])
    if key in one and key in other:
        return merged(one[key], other[key], path)
    alone = one.get(key, other.get(key))
    if isinstance(alone, str) and alone.startswith("$"):
        return alone
    raise Unsayable(f"only some have {in_words(path)}")
