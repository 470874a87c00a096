"""Whether a wire profile says what it means, as far as its words tell: nothing is sent to find out."""

from collections.abc import Iterator, Mapping
from typing import Any

from syncer.learn import documented
from syncer.learn.leaves import Path, in_words, is_number, leaves
from syncer.learn.places import owner
from syncer.model.address import Kind

_KINDS = {str(kind): kind for kind in Kind}


def speaks_of_its_kind(operation: str, request: Mapping[str, Any]) -> bool:
    """Whether the words of a message are about the operation's kind of object, and no other."""
    words = (leaf for path, leaf in leaves(request) if path == ("mt",) or _is_constant(leaf))
    return {kind for word in words if (kind := documented.noun(str(word)))} == {_kind(operation)}


def misplaced(operation: str, request: Mapping[str, Any]) -> Iterator[str]:
    """Ids that stand where one of another kind belongs, or that are always the same, in words."""
    kind = _kind(operation)
    for path, leaf in leaves(request):
        if kind and _is_fixed(operation, kind, path, leaf):
            yield f"{operation} puts {leaf} at {in_words(path)}, always the same id, whichever object is meant"
        meant = {"$id": kind, "$domain_id": Kind.DOMAIN}.get(leaf) if isinstance(leaf, str) else None
        said = owner(path)
        if meant and said and said is not meant:
            yield f"{operation} puts {leaf} at {in_words(path)}, which speaks of a {said}"


def _is_fixed(operation: str, kind: Kind, path: Path, leaf: Any) -> bool:
    """Whether a number stands where an id belongs: of its own object in an update or delete, of any other always."""
    key, said = str(path[-1]).lower(), owner(path)
    is_id = key in ("id", "ids") or (said is not None and key.endswith(("id", "ids", str(said), "categories")))
    is_own = said in (None, kind)
    return is_number(leaf) and leaf > 0 and is_id and not (is_own and operation.startswith("create"))


def _kind(operation: str) -> Kind | None:
    return _KINDS.get(operation.rpartition("_")[2])


def _is_constant(leaf: Any) -> bool:
    return isinstance(leaf, str) and not leaf.startswith("$")
