"""Where in messages ids stand."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from syncer.learn import documented
from syncer.learn.leaves import Path, at, is_number, leaves, plain
from syncer.model.address import Kind
from syncer.model.fields import config_types, fields_of

FIELDS = frozenset(name for one in config_types() for name in fields_of(Kind.CONFIG, one))
CONFIG_KEYS = FIELDS | {"type", "desc", "categories"}
HINT = 100  # rank of a place whose key speaks of an id, less its depth
_SPOKEN = 2 * HINT  # above it the key says `id`, or the kind of its object
_NO_IDS = ("version", "api", "count", "type", "mode", "flag", "index", "limit", "page", "time", "last")


def owner(path: Path) -> Kind | None:
    """The kind that the nearest step of a path speaks of: an `id` in a `domain` is the domain's."""
    return next((kind for step in reversed(path) if (kind := documented.noun(str(step)))), None)


def may_be_id(path: Path, kind: Kind) -> bool:
    """Whether a number at this place may be the id of an object of that kind."""
    return path[-1] not in FIELDS and not is_never_id(path) and owner(path) in (None, kind)


def is_never_id(path: Path) -> bool:
    """Whether a number at this place counts or chooses something."""
    return _key(path).startswith(_NO_IDS)


def _key(path: Path) -> str:
    """The key that a value, or the list that it is in, stands under."""
    return next((step.lower() for step in reversed(path) if isinstance(step, str)), "")


def id_rank(path: Path, kind: Kind) -> int:
    """How much a place looks like that of an object's id; from `HINT` on its key says so."""
    key = _key(path)
    hints = (owner(path) is kind, key in ("id", "ids"), key.endswith(("id", "ids")))
    return next((HINT * (4 - place) for place, is_so in enumerate(hints) if is_so), 0) - len(path)


def is_spoken(path: Path, kind: Kind) -> bool:
    """Whether a place can be nothing but that of the id."""
    return id_rank(path, kind) > _SPOKEN


def only_best(paths: Iterable[Path], kind: Kind) -> Path | None:
    """The place that looks most like that of an id; None if there is none, or several look alike."""
    best = sorted(paths, key=lambda path: -id_rank(path, kind))
    is_tie = len(best) > 1 and id_rank(best[0], kind) == id_rank(best[1], kind)
    return best[0] if best and not is_tie else None


def numbers(message: Mapping[str, Any], kind: Kind) -> Iterator[tuple[Path, int]]:
    """All numbers of a message that may be ids of objects of that kind."""
    return ((path, value) for path, value in plain(message) if is_number(value) and may_be_id(path, kind))


def listed(message: Mapping[str, Any], kind: Kind) -> Iterator[tuple[Path, int]]:
    """Numbers that are alone in a list, and may be ids: where several could be told, one is."""
    for path, value in leaves(message):
        is_first = isinstance(path[-1], int) and path[-1] == 0
        if is_first and is_number(value) and may_be_id(path[:-1], kind) and len(at(message, path[:-1])) == 1:
            yield path, value


def paths_to(message: Any, value: Any) -> Iterator[Path]:
    """Where a value stands."""
    return (path for path, leaf in plain(message) if type(leaf) is type(value) and leaf == value)
