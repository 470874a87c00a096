"""Messages of a write as people read them: long texts are told by their length."""

from collections.abc import Mapping
from typing import Any

_LONGEST = 72  # characters


def shortened(message: Mapping[str, Any], names: Mapping[int, str] | None = None) -> dict[str, Any]:
    """A message, its type first; `names` has the words that stand for numbers which are not known yet."""
    in_order = {"mt": message["mt"], **message}
    return {key: _short(value, names or {}) for key, value in in_order.items()}


def _short(value: Any, names: Mapping[int, str]) -> Any:
    if isinstance(value, dict):
        return {key: _short(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [_short(one, names) for one in value]
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"<{len(value)} characters>"
    if isinstance(value, int) and not isinstance(value, bool):
        return names.get(value, value)
    return value
