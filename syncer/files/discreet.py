"""YAML texts of ours for people to look at: whatever may be a secret that somebody wrote out is masked."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from syncer.files.laying import lay_out
from syncer.files.layout import Alias, Collection, Item, Layout, Node, Scalar
from syncer.model.address import Kind
from syncer.model.fields import config_types, fields_of

MASK = "(secret)"
_REFERENCE = frozenset({"env", "file", "age"})
_IN_URL = re.compile(r"(?<=//)[^/@\s]+(?=@)")
_VARIABLE = re.compile(r"\$\{vars\.([\w-]+)\}")


@cache
def secret_names() -> frozenset[str]:
    """Every key that takes a secret."""
    fields = (field for config_type in config_types() for field in fields_of(Kind.CONFIG, config_type).values())
    return frozenset({"password", *(field.name for field in fields if field.secret)})


def masked(text: str) -> str:
    """A text that can be laid out, with a mask in place of secrets; also of those in comments, and in urls."""
    for node in sorted(_secrets(lay_out(text)), key=lambda node: node.start, reverse=True):
        text = f"{text[: node.start]}{MASK}{text[node.end :]}"
    return _IN_URL.sub(MASK, _in_comment().sub(rf"\1{MASK}", text))


@cache
def _in_comment() -> re.Pattern[str]:
    return re.compile(rf"(#.*?\b(?:{'|'.join(sorted(secret_names()))})[\"']?[ \t]*:[ \t]*)(?![ \t{{#]).+")


def _secrets(layout: Layout) -> list[Scalar]:
    """The values that are written out under a secret's key, and what lends them there by an anchor or a variable."""
    items = [item for document in layout.documents for item in _items(document.root)]
    values = [item.value for item in items if item.name in secret_names() and not _is_reference(item.value)]
    nodes = [node for value in values for node in _nodes(value)]
    found = {id(node): node for node in nodes if isinstance(node, Scalar) and node.raw}
    lenders = set(_lenders(nodes))
    for item in items:
        if item.name in lenders or any(f"&{name}" in item.value.properties.split() for name in lenders):
            found |= {id(node): node for node in _nodes(item.value) if isinstance(node, Scalar) and node.raw}
    return list(found.values())


def _lenders(nodes: Iterable[Node]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, Alias):
            yield node.name
        elif isinstance(node, Scalar):
            yield from _VARIABLE.findall(node.value)


def _is_reference(value: Node) -> bool:
    is_mapping = isinstance(value, Collection) and value.mapping
    return is_mapping and {item.name for item in _items(value)} <= _REFERENCE


def _items(node: Node) -> Iterator[Item]:
    if isinstance(node, Collection):
        for item in node.items:
            yield item
            yield from _items(item.value)


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    yield from (item.value for item in _items(node))
