"""The order of keys: that of the schemas. Keys that no schema knows stand at the end, as they were."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from syncer.files.layout import Alias, Collection, Item, Layout, Node, Scalar
from syncer.files.schemas import inlined
from syncer.files.shapes import Shape
from syncer.model.address import Kind
from syncer.model.fields import config_types

_MERGE = "<<"
_FIRST = ("baseline", "domains")
_LAST = ("vars", "categories", "configs")


def arrange(layout: Layout, schema: str) -> None:
    """Put the keys of all documents into their order; `schema` is `domain` or `syncer`."""
    for document in layout.documents:
        if isinstance(document.root, Collection) and document.root.mapping:
            if schema == "domain":
                _domain(document.root)
            else:
                _by_schema(document.root, inlined(schema))


def _domain(root: Collection) -> None:
    own = (name for name in known_keys(Kind.DOMAIN) if name not in _LAST)
    _sort(root, (*_FIRST, *own, *_LAST))
    for category in _entries(root, "categories"):
        _sort(category, known_keys(Kind.CATEGORY))
    configs = list(_entries(root, "configs"))
    for config in configs:
        _sort(config, known_keys(Kind.CONFIG, _type_of(config, configs)))


@cache
def known_keys(kind: Kind, config_type: str = "") -> tuple[str, ...]:
    """The keys of a kind or config type ("" for all that syncer does not know), in the schema's order."""
    return Shape(kind, config_type).known


def _entries(root: Collection, key: str) -> Iterator[Collection]:
    item = root.item(key)
    if item is not None and isinstance(item.value, Collection) and not item.value.mapping:
        values = (one.value for one in item.value.items)
        yield from (value for value in values if isinstance(value, Collection) and value.mapping)


def _type_of(config: Collection, configs: Sequence[Collection]) -> str:
    item = config.item("type")
    if item is None:  # it may come with what is merged in
        item = next((found for one in configs if _lends(one, config) if (found := one.item("type"))), None)
    value = item.value.value if item is not None and isinstance(item.value, Scalar) else ""
    return value if value in config_types() else ""


def _lends(one: Collection, config: Collection) -> bool:
    merged = config.item(_MERGE)
    return merged is not None and one is not config and set(_anchors(one)) & set(_aliases(merged.value)) != set()


def _by_schema(node: Node, schema: Mapping[str, Any]) -> None:
    if not isinstance(node, Collection):
        return
    known = schema.get("properties", {})
    if node.mapping and known:
        _sort(node, tuple(known))
    for item in node.items:
        below = known.get(item.name) or schema.get("additionalProperties" if node.mapping else "items")
        if isinstance(below, dict):
            _by_schema(item.value, below)


def _sort(node: Collection, known: Sequence[str]) -> None:
    """Sort the keys of a mapping, unless an alias would come before its anchor."""
    rank = {name: number for number, name in enumerate((_MERGE, *known))}
    wanted = sorted(node.items, key=lambda item: rank.get(item.name or "", len(rank)))
    if wanted != node.items and not node.odd and _keeps_anchors(node.items, wanted):
        node.items = wanted


def _keeps_anchors(before: Sequence[Item], after: Sequence[Item]) -> bool:
    """Whether each name is given and used in the order that it was."""
    return _uses(before) == _uses(after)


def _uses(items: Sequence[Item]) -> dict[str, list[tuple[bool, int]]]:
    """Of each anchor that the items give: what gives and what uses it, in order."""
    uses: dict[str, list[tuple[bool, int]]] = {}
    given = {name for item in items for name in _anchors(item.value)}
    for item in items:
        for name in (*_anchors(item.value), *_aliases(item.value)):
            if name in given:
                uses.setdefault(name, []).append((name in _anchors(item.value), id(item)))
    return uses


def _anchors(node: Node) -> Iterator[str]:
    for one in _nodes(node):
        yield from (part[1:] for part in one.properties.split() if part.startswith("&"))


def _aliases(node: Node) -> Iterator[str]:
    yield from (one.name for one in _nodes(node) if isinstance(one, Alias))


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Collection):
        for item in node.items:
            yield from _nodes(item.value)
            if item.key is not None:
                yield item.key
