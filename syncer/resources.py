"""Finds what syncer ships beside its code: `schemas/` and `examples/`, in a wheel and in a checkout."""

import json
from functools import cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parent
_SCHEMA = ".schema.json"
_VARIABLE = {"$ref": "#/$defs/variable"}


def directory(name: str) -> Path:
    """The folder `schemas` or `examples`: inside the package in a wheel, beside it in a checkout."""
    for root in (_PACKAGE, _PACKAGE.parent):
        if (root / name).is_dir():
            return root / name
    raise FileNotFoundError(f"syncer's own folder {name}/ is missing; reinstall innovaphone-syncer")


def schema_names() -> list[str]:
    """Short names of our JSON Schemas, in alphabetical order."""
    return sorted(path.name.removesuffix(_SCHEMA) for path in directory("schemas").glob(f"*{_SCHEMA}"))


def schema_text(name: str) -> str:
    """One of our JSON Schemas as it is shipped."""
    return (directory("schemas") / f"{name}{_SCHEMA}").read_text("utf-8")


@cache
def schema(name: str) -> dict[str, Any]:
    """One of our JSON Schemas by its short name, e.g. `domain` for `schemas/domain.schema.json`. Do not change it."""
    document: dict[str, Any] = json.loads(schema_text(name))
    return document


@cache
def described(name: str) -> dict[str, Any]:
    """The same without the variables that may stand for any value: what they stand for is what is judged."""
    document: dict[str, Any] = _without_variables(schema(name))
    return document


def _without_variables(part: Any) -> Any:
    if isinstance(part, list):
        return [_without_variables(item) for item in part if item != _VARIABLE]
    if not isinstance(part, dict):
        return part
    rest = {key: _without_variables(item) for key, item in part.items()}
    if _VARIABLE not in part.get("anyOf", ()) or len(rest["anyOf"]) > 1:
        return rest
    (only,) = rest.pop("anyOf")
    return rest | only


def wire_profile(name: str) -> str | None:
    """The YAML text of a built-in wire profile, None if there is none of that name."""
    path = directory("schemas") / "wire" / f"{name}.yaml"
    return path.read_text("utf-8") if path.is_file() else None
