"""From a message to the template that it was made of."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncer.errors import visible
from syncer.learn.leaves import Path, has, is_number, leaves, plain
from syncer.learn.samples import CONFIG_KEYS, Sample, domain_rank, id_rank, may_be_id, paths_to
from syncer.learn.world import World
from syncer.model.address import Action, Kind

_CATEGORIES = re.compile(r"categ", re.IGNORECASE)
_SECRET = re.compile(r"pass|pwd|secret|token|digest|credential|challenge|session|(?:^|_)key$|Key$", re.IGNORECASE)
_OF_A_SESSION = re.compile(r"[0-9a-fA-F]{16,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CONSTANT = re.compile(r"[\w.:/+-]{0,100}", re.ASCII)  # names of messages and modes are short, and no prose
_ENVELOPE = ("id", "domainId")


class Unsayable(Exception):
    """A message that no wire profile can spell; the text says why."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the id, the domain's id and a config's categories stand in the messages of an operation."""

    id: Path | None = None
    domain: Path | None = None
    categories: Path | None = None


def places_of(samples: Sequence[Sample], world: World) -> Places:
    """The places that fit all messages of one operation; of several, the one that looks most like it."""
    kind, action = samples[0].kind, samples[0].action
    number = None
    if action is not Action.CREATE:
        number = _best(samples, lambda one: _equal(one, one.number), lambda path: id_rank(path, kind))
    domain = None
    if kind is not Kind.DOMAIN:
        taken = {number} if number else set()
        domain = _best(samples, lambda one: _domains(one) - taken, domain_rank)
    categories = _categories(samples, world) if kind is Kind.CONFIG and action is not Action.DELETE else None
    return Places(number, domain, categories)


def _best(
    samples: Sequence[Sample], candidates: Callable[[Sample], set[Path]], rank: Callable[[Path], int]
) -> Path | None:
    """Of the places that all have which have any."""
    found = [places for one in samples if (places := candidates(one))]
    common = set.intersection(*found) if found else set()
    return max(common, key=lambda path: (rank(path), str(path)), default=None)


def _equal(sample: Sample, number: int | None) -> set[Path]:
    if number is None:
        return set()
    return {path for path in paths_to(sample.message, number) if may_be_id(path, sample.kind)}


def _domains(sample: Sample) -> set[Path]:
    """Places of the domain's id; where the recording does not tell it, of a number under a key that says so."""
    return {
        path
        for path, value in plain(sample.message)
        if is_number(value) and may_be_id(path, Kind.DOMAIN)
        if value == sample.domain_id or (sample.domain_id is None and "domain" in str(path[-1]).lower())
    }


def _categories(samples: Sequence[Sample], world: World) -> Path | None:
    """Where they stand if not among the config's fields."""
    if any("categories" in sample.fields for sample in samples):
        return None
    ids, names = world.ids(Kind.CATEGORY), world.names(Kind.CATEGORY)
    for sample in samples:
        for path, value in _lists(sample.message):
            is_known = bool(value) and all(
                (is_number(v) and v in ids) or (isinstance(v, str) and v in names) for v in value
            )
            if is_known or _CATEGORIES.search(str(path[-1])):
                return path
    return None


def _lists(value: Any, path: Path = ()) -> Iterable[tuple[Path, list[Any]]]:
    if isinstance(value, dict):
        for key, part in value.items():
            if isinstance(part, list):
                yield (*path, key), part
            else:
                yield from _lists(part, (*path, key))


def template_of(sample: Sample, places: Places, world: World) -> dict[str, Any]:
    """The message with placeholders; Unsayable where that cannot be."""
    if sample.action is not Action.CREATE and (places.id is None or not has(sample.message, places.id)):
        if sample.number is not None and any(True for _ in paths_to(sample.message, str(sample.number))):
            raise Unsayable("it spells the id as a text, which a wire profile cannot say")
        raise Unsayable("where the object's id stands cannot be told")
    template: dict[str, Any] = _Spelling(sample, places, world).spell(sample.message, ())
    return template


class _Spelling:
    """Of one message."""

    def __init__(self, sample: Sample, places: Places, world: World) -> None:
        self.sample, self.world = sample, world
        self.placeholders = {
            place: name
            for place, name in ((places.id, "$id"), (places.domain, "$domain_id"), (places.categories, "$categories"))
            if place is not None
        }
        self.live = world.keys(sample.kind, sample.number) if sample.number is not None else frozenset()
        self.may_hold_domain = places.domain is None and sample.kind is not Kind.DOMAIN

    def spell(self, value: Any, path: Path) -> Any:
        """One part of the message."""
        if path in self.placeholders:
            return self.placeholders[path]
        if not isinstance(value, dict):
            return self._constant(value, path)
        out: dict[str, Any] = {}
        merged = None
        for key, part in value.items():
            here = (*path, key)
            if here == ("src",):
                continue
            if key.startswith("$"):
                raise Unsayable("a key of it begins with $")
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
        flag = "config" if kind is Kind.CATEGORY else "deployAdminPasswords"
        if isinstance(value, bool) and action is not Action.DELETE and (key == flag or self._is_only_flag(key)):
            return f"${flag}"
        is_extra = key in self.live and key not in (*_ENVELOPE, "categories") and action is not Action.DELETE
        return "$merge $extra" if is_extra else None

    def _is_only_flag(self, key: str) -> bool:
        """Whether it is the one boolean among the object's fields, and no constant of the message."""
        flags = [name for name, value in self.sample.fields.items() if isinstance(value, bool)]
        return flags == [key] and key not in ("last", "recvUpdates")

    def _constant(self, value: Any, path: Path) -> Any:
        """What is the same in every message; refused where it cannot be, or must not be copied."""
        for inner, leaf in leaves(value, path):
            self._check(inner, leaf)
        return value

    def _check(self, path: Path, leaf: Any) -> None:
        where = visible("/".join(map(str, path)), 60)
        if any(_SECRET.search(str(step)) for step in path):
            raise Unsayable(f"{where} holds a secret, which a wire profile does not carry")
        if isinstance(leaf, str):
            self._check_text(where, leaf)
        elif is_number(leaf) and path != ("mt",) and self.sample.number is not None and leaf == self.sample.number:
            raise Unsayable(f"{where} repeats the id, in a place that other messages of its kind do not have")
        elif is_number(leaf) and self.may_hold_domain and may_be_id(path, Kind.DOMAIN):
            raise Unsayable(f"{where} may be the domain's id; open the domain's lists before the click, once more")

    def _check_text(self, where: str, leaf: str) -> None:
        thing = self.sample.thing
        own = {thing.name, str(thing.id)} if thing else set()
        if leaf.startswith("$"):
            raise Unsayable(f"{where} begins with $")
        if not _CONSTANT.fullmatch(leaf) or _OF_A_SESSION.fullmatch(leaf):
            raise Unsayable(f"{where} looks like a value of that session or object, which nothing stands for")
        if leaf and leaf in own:
            raise Unsayable(f"{where} repeats the object's own name or id, which a wire profile cannot say there")
        if leaf in self.world.names(Kind.DOMAIN) and self.sample.kind is not Kind.DOMAIN:
            raise Unsayable(f"{where} gives the domain by its name, which a wire profile cannot say")


def merged(one: Any, other: Any) -> Any:
    """A template that says both: what only one has must be a placeholder. Unsayable where they contradict."""
    if one == other and type(one) is type(other):
        return one
    if {"$config"} & {value for value in (one, other) if isinstance(value, str)}:
        rest = other if one == "$config" else one
        if isinstance(rest, dict) and rest.get("$merge") == "$config":
            return rest
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: _merged_key(key, one, other) for key in (*one, *(k for k in other if k not in one))}
    raise Unsayable("they differ in what is neither an id nor a field")


def _merged_key(key: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> Any:
    if key in one and key in other:
        return merged(one[key], other[key])
    alone = one.get(key, other.get(key))
    if isinstance(alone, str) and alone.startswith("$"):
        return alone
    raise Unsayable(f"only some have {visible(key, 60)}")
