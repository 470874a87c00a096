"""Finds what syncer ships beside its code: `schemas/` and `examples/`, in a wheel and in a checkout."""

import json
from functools import cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).parent


def directory(name: str) -> Path:
    """The folder `schemas` or `examples`: inside the package in a wheel, beside it in a checkout."""
    for root in (_PACKAGE, _PACKAGE.parent):
        if (root / name).is_dir():
            return root / name
    raise FileNotFoundError(f"syncer's own folder {name}/ is missing; reinstall innovaphone-syncer")


@cache
def schema(name: str) -> dict[str, Any]:
    """One of our JSON Schemas by its short name, e.g. `domain` for `schemas/domain.schema.json`. Do not change it."""
    document: dict[str, Any] = json.loads((directory("schemas") / f"{name}.schema.json").read_text("utf-8"))
    return document


def wire_profile(name: str) -> str | None:
    """The YAML text of a built-in wire profile, None if there is none of that name."""
    path = directory("schemas") / "wire" / f"{name}.yaml"
    return path.read_text("utf-8") if path.is_file() else None
