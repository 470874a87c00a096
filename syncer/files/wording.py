"""Words for what stands in a file and for what should stand there."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from syncer.errors import visible

_SHOWN_AT_MOST = 60
_READS_AS_OTHER = re.compile(r"|~|null|true|false|[-+.0-9][-+.0-9eExXoO_:]*", re.IGNORECASE)  # without quotes
_MEANT = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def shown(value: Any) -> str:
    """A scalar as it is written in YAML; never for what may be a secret."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, list | dict):
        return kind_of(value)
    text = visible(value, _SHOWN_AT_MOST)
    return f'"{text}"' if isinstance(value, str) and _READS_AS_OTHER.fullmatch(value) else text


def kind_of(value: Any) -> str:
    """What sort of thing a value is; does not show it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "a mapping"


def meant(schema: Mapping[str, Any]) -> str:
    """What a schema wants, as far as one phrase can say it."""
    if "const" in schema:
        return shown(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(shown(choice) for choice in schema["enum"])
    types = schema.get("type", "object")
    names = [types] if isinstance(types, str) else [name for name in types if name != "null"]
    return " or ".join(_MEANT[name] for name in names) + _range(schema)


def _range(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and high is None:
        return ""
    return f" from {low} up" if high is None else f" from {low} to {high}"


def nearest(name: Any, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(str(name)[:200].lower(), by_lower, n=1)
    return by_lower[close[0]] if close else None


def did_you_mean(name: Any, known: Iterable[str]) -> str:
    """`did you mean X?`, or nothing."""
    close = nearest(name, known)
    return f"did you mean {visible(close, _SHOWN_AT_MOST)}?" if close is not None else ""
