"""Paths through a message: where a value stands."""

from collections.abc import Iterator
from typing import Any

from syncer.errors import visible

Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Each value that is neither object nor array, and where it stands."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from leaves(part, (*path, index))
    else:
        yield path, value


def plain(value: Any) -> Iterator[tuple[Path, Any]]:
    """The leaves of which none is in an array, without `mt` and `src`."""
    for path, leaf in leaves(value):
        if path not in (("mt",), ("src",)) and not any(isinstance(step, int) for step in path):
            yield path, leaf


def objects(value: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The message and each object in it that is in no array."""
    if isinstance(value, dict):
        yield path, value
        for key, part in value.items():
            yield from objects(part, (*path, key))


def at(value: Any, path: Path) -> Any:
    """What stands there; KeyError where nothing does."""
    for step in path:
        is_there = step in value if isinstance(value, dict) else isinstance(step, int) and isinstance(value, list)
        if not is_there or (isinstance(value, list) and step not in range(len(value))):
            raise KeyError(path)
        value = value[step]
    return value


def has(value: Any, path: Path) -> bool:
    """Whether something stands there."""
    try:
        at(value, path)
    except KeyError:
        return False
    return True


def in_words(path: Path) -> str:
    """For people."""
    return visible("/".join(map(str, path)), 60)


def pointer(path: Path) -> str:
    """As a JSON Pointer, RFC 6901."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def is_number(value: Any) -> bool:
    """Whether it may be an id."""
    return isinstance(value, int) and not isinstance(value, bool)
