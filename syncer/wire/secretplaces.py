"""Where a message names a field as a value, and what of it is then meant."""

import re
from collections.abc import Mapping
from typing import Any, TypeGuard

from syncer.wire.secretnames import is_secret_name, is_surely_secret, known_fields, script_fields

OWN = {"mt", "src"}
CONTENT = {"desc", "categories"}  # of a config; what is called like a field there means none
VALUES = {"value", "values", "v", "val", "chunk", "text", "data", "part", "content", "piece", "payload"}
_NO_NAMES = OWN | VALUES | {"code", "error", "errortext"}  # of what a value belongs to
_LONGEST = 500  # characters of a path
_PATH = re.compile(r"[\w.:$/\[\]'\"-]+")


def belongs_to(value: Mapping[str, Any]) -> str:
    """The name of the field that an object's value belongs to; "" where there is none, or where it may be told."""
    if VALUES.isdisjoint(map(str.lower, value)):
        return ""
    names = [
        _field_of(inner) for key, inner in value.items() if key.lower() not in _NO_NAMES and isinstance(inner, str)
    ]
    secret = next((one for one in names if is_secret_name(one)), "")
    if secret or any(one.lower() in known_fields() - script_fields() for one in names):
        return secret
    return next((one for one in names if one), "")


def _field_of(path: str) -> str:
    """The last name of a path."""
    parts = re.split(r"[^\w-]+", re.sub(r"\[\d+\]", "", path))
    return next((one.strip("-") for one in reversed(parts) if one.strip("-")), "")


def about_of(value: Mapping[str, Any]) -> str:
    """The secret or script that it names in a text, as the name or path of a field; "" if none, secrets first."""
    left: list[object] = [inner for key, inner in value.items() if key not in OWN | CONTENT]
    script = ""
    while left:
        one = left.pop()
        if isinstance(one, Mapping):
            left += [inner for key, inner in one.items() if key not in CONTENT]
        elif isinstance(one, list | tuple):
            left += [inner for inner in one if not is_of_its_own(inner)]
        elif isinstance(one, str) and len(one) <= _LONGEST and _PATH.fullmatch(one.strip(" \t\r\n=")):
            name = _field_of(one)
            if name.lower() in script_fields():
                script = name
            elif is_surely_secret(name):
                return name
    return script


def is_of_its_own(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether an entry of a list is an object of the service, whose name says nothing of the others."""
    return isinstance(value, Mapping) and "id" in value
