"""What of a message may be believed to be the same in every message of its kind, and copied into a wire profile.

A constant that is none would write to the wrong object or domain, or somebody's values into everybody's configs.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from syncer.learn import documented
from syncer.learn.leaves import Path, in_words, is_number, leaves, plain
from syncer.learn.places import FIELDS, is_never_id, owner
from syncer.learn.samples import Sample
from syncer.learn.world import World
from syncer.model.address import Kind
from syncer.model.fields import config_types

_SECRET = re.compile(
    r"auth|bearer|challenge|cookie|cred|digest|jwt|nonce|pass|private|pwd|secret|session|sign|token"
    r"|^(?:key|pin|pw|sid)$|_key$|Key$",
    re.IGNORECASE,
)
_OF_A_SESSION = re.compile(r"[0-9a-fA-F]{16,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WORD = re.compile(r"[\w.:/+-]{0,100}", re.ASCII)  # names of messages and modes are short, and no prose
_NUMBER = re.compile(r"\d+")
_OF_CONFIGS = FIELDS | {"desc", "categories"}


Said = tuple[Path, type, Any]  # where something stands, of which type, and what; true is not 1
Common = Mapping[Said, Collection[tuple[Kind, int]]]  # what is said, and the objects that it is said about


class Unsayable(Exception):
    """A message that no wire profile can spell; the text says why."""


def said_of(samples: Sequence[Sample]) -> Common:
    """What messages say at the same place, and about which objects, whatever their operations are."""
    about: dict[Said, set[tuple[Kind, int]]] = {}
    for sample in samples:
        if sample.number is not None and not sample.failed:
            for said in _says(sample):
                about.setdefault(said, set()).add((sample.kind, sample.number))
    return about


def steady(samples: Sequence[Sample], common: Common) -> frozenset[Path]:
    """Places that have the same value in all messages of an operation, and in messages about different objects."""
    return frozenset(said[0] for said in _in_all(samples) if len(common.get(said, ())) > 1)


def envelope(samples: Sequence[Sample], common: Common) -> frozenset[Path]:
    """The same, about objects of different kinds: no field of theirs can be meant."""
    return frozenset(said[0] for said in _in_all(samples) if len({kind for kind, _ in common.get(said, ())}) > 1)


def _in_all(samples: Sequence[Sample]) -> frozenset[Said]:
    return frozenset.intersection(*map(_says, samples))


def _says(sample: Sample) -> frozenset[Said]:
    return frozenset((path, type(value), value) for path, value in plain(sample.message))


class Constants:
    """Judges what is left of one message when ids and fields are taken away."""

    def __init__(self, sample: Sample, domain_id: int | None, steady_places: frozenset[Path], world: World) -> None:
        self._sample, self._domain_id, self._steady, self._world = sample, domain_id, steady_places, world
        kinds = (kind for kind in Kind if kind is not sample.kind)
        self._others = {number: kind for kind in kinds for number in world.ids(kind)}
        self._domains = world.names(Kind.DOMAIN) | {str(number) for number in world.ids(Kind.DOMAIN)}
        thing = sample.thing
        self._own = {str(sample.number), thing.name if thing and thing.name else str(sample.number)}

    def check_mt(self, mt: str) -> None:
        """Unsayable if the name of the message is not one for all objects."""
        if set(_NUMBER.findall(mt)) & (self._own | self._domains):
            raise Unsayable("the name of the message has a number that is an id")

    def check_key(self, key: str, path: Path) -> None:
        """Unsayable if a key says what the message is about."""
        if key.startswith("$"):
            raise Unsayable("a key of it begins with $")
        if key.isdigit() or key in self._domains:
            raise Unsayable(
                f"a key in {in_words(path) or 'it'} is an id or a name, which a wire profile cannot say there"
            )

    def check(self, path: Path, value: Any) -> None:
        """Unsayable if it is not the same for all objects, or must not be copied."""
        where = in_words(path)
        if any(_SECRET.search(str(step)) for step in path):
            raise Unsayable(f"{where} holds a secret, which a wire profile does not carry")
        if isinstance(value, list):
            raise Unsayable(f"{where} has a list, of which it cannot be told what it stands for")
        if value is not None and owner(path) is Kind.DOMAIN and self._sample.kind is not Kind.DOMAIN:
            raise Unsayable(f"{where} gives the domain in a way that a wire profile cannot say")
        if self._sample.kind is Kind.CONFIG and any(step in _OF_CONFIGS for step in path):
            raise Unsayable(f"{where} is a field of a config, in a place that is none")
        if isinstance(value, str):
            self._check_text(path, where, value)
        elif is_number(value) and not is_never_id(path):
            self._check_number(path, where, value)

    def _check_number(self, path: Path, where: str, value: int) -> None:
        sample = self._sample
        if sample.kind is not Kind.DOMAIN and self._domain_id in (None, value):
            raise Unsayable(
                f"{where} may be the domain's id; record it again in a domain whose number is not {value}, "
                "and open the domain's lists before"
            )
        if value in self._others and path not in self._steady:
            raise Unsayable(f"{where} may be the id of a {self._others[value]}")
        if value in self._world.ids(Kind.CATEGORY):
            raise Unsayable(f"{where} may be the id of a category")
        if value == sample.number and path not in self._steady:
            raise Unsayable(f"{where} repeats the id, in a place that other messages of its kind do not have")
        if value not in (0, 1) and path not in self._steady:
            raise Unsayable(
                f"{where} may be a number of that object; do the same to another one, so that both are seen"
            )

    def _check_text(self, path: Path, where: str, text: str) -> None:
        if text.startswith("$"):
            raise Unsayable(f"{where} begins with $")
        if not _WORD.fullmatch(text) or _OF_A_SESSION.fullmatch(text):
            raise Unsayable(f"{where} looks like a value of that session or object, which nothing stands for")
        if text in self._own and path not in self._steady:
            raise Unsayable(f"{where} repeats the object's own name or id, which a wire profile cannot say there")
        if text in self._domains and self._sample.kind is not Kind.DOMAIN:
            raise Unsayable(f"{where} gives the domain in a way that a wire profile cannot say")
        if self._sample.kind is Kind.CONFIG and (text in FIELDS or text in config_types()):
            raise Unsayable(f"{where} names a field or a type of configs, which are not the same in all")
        is_sure = self._sample.is_shown or path in self._steady or documented.verb(text)
        if self._is_in_holder(path) or not is_sure:
            raise Unsayable(f"{where} may be a value of that object; do the same to another one, so that both are seen")

    def _is_in_holder(self, path: Path) -> bool:
        """Beside the object's own fields, where these have an object of their own."""
        holder = self._sample.holder
        return bool(holder) and path[: len(holder)] == holder and path not in self._steady


def constants_of(template: Any) -> Sequence[tuple[Path, Any]]:
    """What a template always says, besides the name of the message."""
    return [
        (path, value)
        for path, value in leaves(template)
        if path != ("mt",) and not (isinstance(value, str) and value.startswith("$"))
    ]
