"""Texts of ours for people to look at: what may be a secret that somebody wrote out is masked, and `policy.mask`."""

import re
from collections.abc import Iterable, Iterator, Set
from functools import cache
from itertools import chain
from typing import Any

from syncer.files.documents import parse
from syncer.files.laying import lay_out
from syncer.files.layout import Alias, Collection, Item, Node, Scalar
from syncer.model.address import Kind
from syncer.model.fields import config_types, fields_of
from syncer.model.state import Policy

MASK = "(secret)"
_REFERENCE = frozenset({"env", "file", "age"})
_COMMENT = re.compile(r"#.*")
_COMMENT_LINE = re.compile(r"([ \t]*#+)([ \t]*)(.*)")
_IN_URL = re.compile(r"(?<=//)[^/@\s]+(?=@)")
_VARIABLE = re.compile(r"\$\{vars\.([\w-]+)\}")


@cache
def secret_names() -> frozenset[str]:
    """Every key that takes a secret."""
    fields = (field for config_type in config_types() for field in fields_of(Kind.CONFIG, config_type).values())
    return frozenset({"password", *(field.name for field in fields if field.secret)})


class Discretion:
    """What is not shown of a repository's files.

    A field that `policy.mask` names is hidden in every entry: which addresses a line is for may depend on baselines,
    variables and renames. `texts` are all files, since a variable may stand in another one than what it lends to.
    """

    def __init__(self, policy: Policy, texts: Iterable[str]) -> None:
        self._names = secret_names().union(*policy.mask.values())
        self._lenders = _lent(self._names, chain.from_iterable(map(_documents, texts)))
        names = "|".join(map(re.escape, sorted(self._names)))
        self._named = re.compile(rf"((?<![\w-])(?:{names})[\"']?[ \t]*:[ \t]*)(?![ \t{{#]).+")
        self._opened = re.compile(rf"(?<![\w-])(?:{names})[\"']?[ \t]*:(?:[ \t]+[|>].*)?[ \t]*$")

    @property
    def hides_scripts(self) -> bool:
        """Whether files that fields are read from are not to be shown."""
        fields = (field for config_type in config_types() for field in fields_of(Kind.CONFIG, config_type).values())
        return any(field.from_file and field.name in self._names for field in fields)

    def masked(self, text: str) -> str:
        """A text that can be laid out, with a mask in place of what is hidden; also in comments, and in urls."""
        pieces, end = [], 0
        for node in sorted(self._hidden(text), key=lambda node: node.start):
            pieces += [text[end : node.start], MASK]
            end = node.end
        lines = "".join([*pieces, text[end:]]).split("\n")
        return _IN_URL.sub(MASK, "\n".join(self._without_comments(lines)))

    def _without_comments(self, lines: Iterable[str]) -> Iterator[str]:
        """A commented-out value may go on in deeper comments below its key."""
        depth: int | None = None
        for line in lines:
            comment = _COMMENT_LINE.fullmatch(line)
            if comment and depth is not None and (len(comment[2]) > depth or not comment[3]):
                yield f"{comment[1]}{comment[2]}{MASK}" if comment[3] else line
                continue
            depth = len(comment[2]) if comment and self._opened.search(comment[3]) else None
            yield _COMMENT.sub(lambda comment: self._named.sub(rf"\1{MASK}", comment[0]), line)

    def hidden(self, text: str) -> list[str]:
        """The values that are masked in a text."""
        return [node.value for node in self._hidden(text)]

    def _hidden(self, text: str) -> list[Scalar]:
        """The values that are written out under such a key, and what lends them there by an anchor or a variable."""
        items = [item for document in lay_out(text).documents for item in _items(document.root)]
        lenders = set(self._lenders)
        found: dict[int, Scalar] = {}
        done: set[int] = set()
        reached = [item for item in items if item.name in self._names and not _is_apart(item.value)]
        reached += [item for item in items if _lends(item, lenders)]
        while reached:
            done.update(map(id, reached))
            nodes = [node for item in reached for node in _nodes(item.value)]
            found |= {id(node): node for node in nodes if isinstance(node, Scalar) and node.raw}
            lenders.update(_lenders(nodes))
            reached = [item for item in items if id(item) not in done and _lends(item, lenders)]
        return list(found.values())


def _is_apart(value: Node) -> bool:
    """A reference to a secret, or a document's list of entries, whose key a field may have too."""
    if not isinstance(value, Collection):
        return False
    names = {item.name for item in _items(value)}
    return names <= _REFERENCE if value.mapping else any(isinstance(item.value, Collection) for item in value.items)


def _lends(item: Item, lenders: Set[str]) -> bool:
    return item.name in lenders or any(part[1:] in lenders for part in item.value.properties.split() if part[0] == "&")


def _lenders(nodes: Iterable[Node]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, Alias):
            yield node.name
        elif isinstance(node, Scalar):
            yield from _VARIABLE.findall(node.value)


def _documents(text: str) -> list[Any]:
    """Those that may use variables."""
    return parse(text.removeprefix("\ufeff")).documents if "${vars." in text else []


def _lent(names: Set[str], documents: Iterable[Any]) -> frozenset[str]:
    """The variables that values of such keys are made of, directly or through others."""
    pairs = [pair for document in documents for pair in _pairs(document)]
    found: set[str] = set()
    reached = {name for key, value in pairs if key in names for name in _variables(value)}
    while reached:
        found |= reached
        reached = {name for key, value in pairs if key in reached for name in _variables(value)} - found
    return frozenset(found)


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its value, those of lists of entries apart."""
    if isinstance(value, dict):
        for key, inside in value.items():
            if not isinstance(inside, list) or not any(isinstance(one, dict) for one in inside):
                yield key, inside
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for inside in inner:
        yield from _pairs(inside)


def _variables(value: Any) -> Iterator[str]:
    """Those that a value names."""
    if isinstance(value, str):
        yield from _VARIABLE.findall(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for inside in inner:
        yield from _variables(inside)


def _items(node: Node) -> Iterator[Item]:
    if isinstance(node, Collection):
        for item in node.items:
            yield item
            yield from _items(item.value)


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    yield from (item.value for item in _items(node))
