"""What must be true, told once more and without the planner: what files mean for what a service holds."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.reliability.scenario import Contents, Key

HOME, OTHER = "example.com", "other.example.com"
PASSWORDS = {"PW_ONE": "correct-horse", "PW_TWO": "battery-staple"}
SECRET = "turnPassword"
LEFT_ALONE = frozenset(
    {"coder", "script", "ntp1", "ntp2"}
)  # fields of configs that mean nothing where they are not written
FIELDS: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "NTP": {"ntp1": ("one", "two"), "ntp2": ("three",)},
    "PHONE": {"gk1": ("172.16.0.1", "172.16.0.2"), "coder": ("G711A", "OPUS-WB")},
    "EXPERT": {"script": ("short", "a line of a long one\n" * 80, "ä😀\n" * 400)},
    "MEDIA": {"turnServer": ("turn.example.com",), "turnUser": ("me",), SECRET: tuple(PASSWORDS)},
    "TRUST": {"xlevel": (1, 2), "xlist": ([1, {"a": None}],)},  # a type that syncer does not know
}
UNKNOWN = "TRUST"
DESCS, CATEGORIES = ("one", "two", "three"), ("red", "green", "blue")


@dataclass
class Thing:
    """An entry of a file."""

    fields: dict[str, Any] = field(default_factory=dict)
    categories: tuple[str, ...] = ()
    renamed_from: str | None = None
    absent: bool = False


@dataclass
class Document:
    """A domain's file: categories by name, configs by type and desc."""

    deploy: bool | None = None
    absent: bool = False
    categories: dict[str, Thing] = field(default_factory=dict)
    configs: dict[tuple[str, str], Thing] = field(default_factory=dict)


Files = dict[str, Document]


def text_of(name: str, one: Document) -> str:
    """The file; JSON is YAML."""
    head: dict[str, Any] = {"domain": name}
    if one.deploy is not None:
        head["deployAdminPasswords"] = one.deploy
    if one.absent:
        head["state"] = "absent"
    head["categories"] = [{"name": name, **_common(thing), **thing.fields} for name, thing in one.categories.items()]
    head["configs"] = [_config(key, thing) for key, thing in one.configs.items()]
    return json.dumps(head, ensure_ascii=False)


def _common(thing: Thing) -> dict[str, Any]:
    found: dict[str, Any] = {"state": "absent"} if thing.absent else {}
    return found | ({"renamed_from": thing.renamed_from} if thing.renamed_from else {})


def _config(key: tuple[str, str], thing: Thing) -> dict[str, Any]:
    head = {"type": key[0], "desc": key[1], **_common(thing)}
    if thing.absent:
        return head
    fields = {name: {"env": value} if name == SECRET else value for name, value in thing.fields.items()}
    return {**head, "categories": list(thing.categories), **({"extra": fields} if key[0] == UNKNOWN else fields)}


def meant(before: Contents, files: Files) -> Contents:
    """What an apply of the files makes of a state."""
    after = copy.deepcopy(before)
    for name, one in files.items():
        _rename(after, name, one)
        _fill(after, name, one)
    return after


def _rename(after: Contents, domain: str, one: Document) -> None:
    for name, thing in one.categories.items():
        old, new = ("category", domain, "", thing.renamed_from or ""), ("category", domain, "", name)
        if thing.renamed_from and old in after and new not in after:
            after[new] = after.pop(old)
            for key, found in after.items():
                if key[0] == "config" and key[1] == domain:
                    found[0][1] = sorted(name if c == thing.renamed_from else c for c in found[0][1])
    for (kind, desc), thing in one.configs.items():
        old, new = ("config", domain, kind, thing.renamed_from or ""), ("config", domain, kind, desc)
        if thing.renamed_from and old in after and new not in after:
            after[new] = after.pop(old)


def _fill(after: Contents, domain: str, one: Document) -> None:
    head = ("domain", domain, "", "")
    if one.absent:
        after.pop(head, None)
    else:
        fields = after.setdefault(head, [[{}, []]])[0][0]
        _set(fields, "deployAdminPasswords", one.deploy)
    for name, thing in one.categories.items():
        key = ("category", domain, "", name)
        if thing.absent:
            after.pop(key, None)
            continue
        fields = after.setdefault(key, [[{"config": True}, []]])[0][0]
        _set(fields, "config", thing.fields.get("config"))
    for (kind, desc), thing in one.configs.items():
        key = ("config", domain, kind, desc)
        if thing.absent:
            after.pop(key, None)
        else:
            there = after.get(key, [[{}, []]])[0][0]
            after[key] = [[_described(there, kind, thing), sorted(thing.categories)]]


def _set(fields: dict[str, Any], name: str, value: bool | None) -> None:
    """None is nothing said; false counts as unset, which contents leave out."""
    if value is not None:
        fields.pop(name, None)
        if value:
            fields[name] = True


def _described(there: Mapping[str, Any], kind: str, thing: Thing) -> dict[str, Any]:
    """Completely, but for what is left alone: unknown fields, and those that the API does not call optional."""
    kept = {name: value for name, value in there.items() if name.startswith("x") or name in LEFT_ALONE}
    return kept | {n: PASSWORDS[value] if n == SECRET else value for n, value in thing.fields.items()}


def differing(one: Contents, other: Contents, but: frozenset[Key] = frozenset()) -> Iterator[Key]:
    """Where two states are not the same."""
    for key in sorted((one.keys() | other.keys()) - but):
        if one.get(key) != other.get(key):
            yield key


def without_passwords(one: Contents) -> Contents:
    """What can be compared where nobody kept them."""

    def told(fields: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if name != SECRET}

    return {key: [[told(fields), named] for fields, named in things] for key, things in one.items()}
