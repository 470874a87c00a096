"""How a YAML text is laid out: a tree of what stands there, each comment and blank line with what it belongs to.

ruamel's round trip hangs comments onto the token before them, so that they go astray once keys change places. Here
a comment above a key or an item belongs to it, one behind it too; at the end of a block the comment's column decides.
"""

import re
from dataclasses import dataclass, field

_HEADER = re.compile(r"([|>])([-+]?)([1-9]?)([-+]?)[ \t]*(#.*)?")


class NotLaidOut(Exception):
    """A text that is to be left alone; line from 1, 0 for all of it."""

    def __init__(self, line: int, what: str) -> None:
        self.line, self.what = line, what
        super().__init__(what)


@dataclass(slots=True)
class Line:
    """A comment in a line of its own, or an empty line ("")."""

    text: str
    column: int = 0


@dataclass(slots=True, kw_only=True)
class Node:
    """A value; `properties` are its anchor and tag, `comment` stands behind it on its last line."""

    start: int = 0
    end: int = 0
    properties: str = ""
    comment: str = ""


@dataclass(slots=True, kw_only=True)
class Scalar(Node):
    """A text, number, … `style` is one of `'"|>`, or "" for a plain one; `raw` is how it is written."""

    value: str
    style: str = ""
    raw: str = ""
    indent: int = 0  # of a block scalar's lines


@dataclass(slots=True, kw_only=True)
class Alias(Node):
    """`*name`."""

    name: str


@dataclass(slots=True)
class Item:
    """A key with its value, or an item of a list (`key` None). `lead` stands above it, `under` above its value.

    `comment` stands behind the key or the dash, `tail` below a value that is empty.
    """

    value: Node
    key: Node | None = None
    lead: list[Line] = field(default_factory=list)
    comment: str = ""
    under: list[Line] = field(default_factory=list)
    tail: list[Line] = field(default_factory=list)

    @property
    def name(self) -> str | None:
        """The key's text."""
        return self.key.value if isinstance(self.key, Scalar) else None


@dataclass(slots=True, kw_only=True)
class Collection(Node):
    """A mapping or a list. `comment` stands behind the properties of a block, behind the bracket of a flow."""

    mapping: bool
    flow: bool
    items: list[Item] = field(default_factory=list)
    head: list[Line] = field(default_factory=list)
    foot: list[Line] = field(default_factory=list)
    raw: str = ""  # of a flow
    column: int = 0  # of a block; of a flow, that of the block around it
    odd: bool = False  # a flow with comments, or keys without values: to be kept to the letter
    inside: list[Line] = field(default_factory=list)  # comments of a flow that stand behind none of its values

    def item(self, name: str) -> Item | None:
        """The key and value of that name."""
        return next((item for item in self.items if item.name == name), None)


@dataclass(slots=True)
class Document:
    """`marker` is its `---` with directives, "" where it has none; `foot` what follows a value that is no block."""

    above: list[Line]
    marker: str
    comment: str
    root: Node
    head: list[Line] = field(default_factory=list)
    foot: list[Line] = field(default_factory=list)
    end: str = ""  # `...`, with the comment behind it


@dataclass(slots=True)
class Layout:
    """A whole text; `foot` is what stands below its last document."""

    documents: list[Document]
    foot: list[Line]


def unified(text: str) -> str:
    """The text without a BOM, its lines ended by a newline as YAML itself reads them."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a block scalar."""

    style: str
    chomping: str
    indicator: int
    comment: str


def header(raw: str) -> Header:
    """Taken apart."""
    found = _HEADER.match(raw)
    assert found is not None  # noqa: S101  (libyaml says that it is one)
    return Header(found[1], found[2] or found[4], int(found[3] or 0), (found[5] or "").rstrip())
