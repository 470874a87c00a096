"""Whether a wire profile says what it means, as far as its words tell: nothing is sent to find out."""

from collections.abc import Iterator, Mapping
from typing import Any

from syncer.learn import documented
from syncer.learn.leaves import in_words, leaves
from syncer.learn.places import owner
from syncer.model.address import Kind

_KINDS = {str(kind): kind for kind in Kind}


def speaks_of_its_kind(operation: str, request: Mapping[str, Any]) -> bool:
    """Whether the words of a message are about the operation's kind of object, and no other."""
    words = (leaf for path, leaf in leaves(request) if path == ("mt",) or _is_constant(leaf))
    return {kind for word in words if (kind := documented.noun(str(word)))} == {_kind(operation)}


def misplaced(operation: str, request: Mapping[str, Any]) -> Iterator[str]:
    """Ids that stand where one of another kind belongs, in words."""
    kind = _kind(operation)
    for path, leaf in leaves(request):
        meant = {"$id": kind, "$domain_id": Kind.DOMAIN}.get(leaf) if isinstance(leaf, str) else None
        said = owner(path)
        if meant and said and said is not meant:
            yield f"{operation} puts {leaf} at {in_words(path)}, which speaks of a {said}"


def _kind(operation: str) -> Kind | None:
    return _KINDS.get(operation.rpartition("_")[2])


def _is_constant(leaf: Any) -> bool:
    return isinstance(leaf, str) and not leaf.startswith("$")
