"""The canonical form of a YAML file of ours: order of keys, indentation and quotes; comments and meaning stay.

What is written over several lines (a text, a flow) keeps its lines, and what stands in them.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from syncer.files.documents import is_special, parse
from syncer.files.emit import written
from syncer.files.laying import lay_out
from syncer.files.layout import (
    Alias,
    Collection,
    Document,
    Item,
    Layout,
    Line,
    Node,
    NotLaidOut,
    Scalar,
    header,
    unified,
)
from syncer.files.order import arrange

_STEP = 2  # columns


def formatted(text: str, schema: str) -> str:
    """The canonical form of a text that has no YAML mistakes; `schema` is `domain` or `syncer`.

    NotLaidOut rather than another meaning: what was read before and after is compared.
    """
    for in_order in (True, False):  # a text may end in empty lines of its own, which others must not follow
        layout = lay_out(unified(text))
        if in_order:
            arrange(layout, schema)
        after = rendered(layout)
        if same_meaning(text, after):
            return after
    raise NotLaidOut(0, "its canonical form would mean something else")


def same_meaning(before: str, after: str) -> bool:
    """Whether two texts hold the same documents, with no mistake in either."""
    one, other = parse(before), parse(after)
    return not one.mistakes and not other.mistakes and _canonical(one.documents) == _canonical(other.documents)


def _canonical(documents: Any) -> str:
    """JSON tells 1 from true and from 1.0."""
    return json.dumps(documents, sort_keys=True)


def rendered(layout: Layout) -> str:
    """The text of a layout."""
    lines: list[str] = []
    for document in layout.documents:
        lines += _document(document)
    lines += _trivia(layout.foot, 0)
    return "".join(f"{line}\n" for line in _without_spare(lines))


def _without_spare(lines: Iterable[str]) -> list[str]:
    """No empty line at the top or the end, never two of them; those within texts are not lines of their own here."""
    kept: list[str] = []
    for line in lines:
        is_spare = not line and (not kept or not kept[-1] or kept[-1].endswith("\n"))
        if not is_spare:
            kept.append(line)
    return kept[:-1] if kept and not kept[-1] else kept


def _document(document: Document) -> Iterator[str]:
    yield from _trivia(document.above, 0)
    root, marker, comment = document.root, document.marker, document.comment
    block = root if isinstance(root, Collection) and not root.flow else None
    if block is not None and block.properties:
        marker, comment = f"{marker or '---'} {block.properties}", comment or block.comment
    if marker:
        yield _behind(marker, comment)
    yield from _trivia(document.head, 0)
    if block is not None:
        yield from _block(block, 0)
    elif text := _value(root, -_STEP):
        yield _behind(text, root.comment)
    elif root.comment:
        yield root.comment
    yield from _trivia(document.foot, 0)
    if document.end:
        yield document.end


def _block(node: Collection, column: int) -> Iterator[str]:
    yield from _trivia(node.head, column)
    for item in node.items:
        yield from _trivia(item.lead, column)
        yield from _item(item, column)
    yield from _trivia(node.foot, column)


def _item(item: Item, column: int) -> Iterator[str]:
    start = " " * column + (_key(item.key) if item.key is not None else "-")
    if isinstance(item.value, Collection) and not item.value.flow:
        yield from _nested(start, item, item.value, column)
        return
    text = _value(item.value, column)
    if item.comment or item.under:
        yield _behind(start, item.comment)
        yield from _trivia(item.under, column + _STEP)
        start = " " * (column + _STEP) + text
    else:
        start = f"{start} {text}" if text else start
    if start.strip():
        yield _behind(start, item.value.comment)
    yield from _trivia(item.tail, column + _STEP)


def _nested(start: str, item: Item, inner: Collection, column: int) -> Iterator[str]:
    """A block below its key; the first line of one in a list stands behind the dash, comments on it above."""
    lines = list(_block(inner, column + _STEP))
    if item.key is not None or inner.properties or item.comment:
        start = f"{start} {inner.properties}" if inner.properties else start
        comments = [comment for comment in (item.comment, inner.comment) if comment]
        yield _behind(start, comments[0] if comments else "")
        yield from _trivia(map(Line, comments[1:]), column + _STEP)
        yield from lines
        return
    first = next(number for number, line in enumerate(lines) if line and not line.lstrip().startswith("#"))
    yield from (" " * column + line.lstrip() for line in lines[:first] if line)
    yield f"{start} {lines[first].lstrip(' ')}"
    yield from lines[first + 1 :]


def _key(key: Node) -> str:
    text = _value(key, 0)
    return f"{text} :" if isinstance(key, Alias) else f"{text}:"


def _value(node: Node, column: int) -> str:
    """A value that is no block, as it stands behind a key at `column`; it may have several lines."""
    match node:
        case Alias():
            text = f"*{node.name}"
        case Scalar():
            text = _scalar(node, column)
        case Collection():
            text = _flow(node, column)
        case _:
            text = ""
    return " ".join(filter(None, (node.properties, text)))


def _scalar(node: Scalar, column: int, *, in_flow: bool = False) -> str:
    if node.style in ("|", ">"):
        return _block_scalar(node, column)
    if "\n" in node.raw:
        first, *more = node.raw.split("\n")
        indent = " " * (column + _STEP)
        lines = [first, *(f"{indent}{line.lstrip()}" if line.strip() else "" for line in more)]
        return "\n".join(lines)
    is_tagged = "!" in node.properties
    if is_tagged or (not node.style and (is_special(node.value) or node.value == "<<")):
        return node.raw
    return written(node.value, in_flow=in_flow)


def _block_scalar(node: Scalar, column: int) -> str:
    head, lines = header(node.raw), node.raw.removesuffix("\n").split("\n")[1:]
    needs_indicator = next((line for line in lines if line), "")[node.indent :].startswith(" ")
    chomping = head.chomping if not node.value or node.value.endswith("\n") else "-"
    first = f"{head.style}{_STEP if needs_indicator else ''}{chomping}"
    indent = " " * (column + _STEP)
    own = [line[node.indent :] for line in lines]
    return "\n".join([_behind(first, head.comment), *(f"{indent}{line}" if line else "" for line in own)])


def _flow(node: Collection, column: int) -> str:
    if node.odd:
        return _shifted(node.raw, column - node.column)
    inside = ", ".join(map(_flow_item, node.items))
    return f"{{{inside}}}" if node.mapping else f"[{inside}]"


def _flow_item(item: Item) -> str:
    key = f"{_flow_value(item.key)}: " if item.key is not None else ""
    return f"{key}{_flow_value(item.value)}"


def _flow_value(node: Node) -> str:
    text = _scalar(node, 0, in_flow=True) if isinstance(node, Scalar) else _value(node, 0)
    return f"{node.properties} {text}" if isinstance(node, Scalar) and node.properties else text


def _shifted(raw: str, columns: int) -> str:
    """A flow of several lines, moved with the key that it belongs to."""
    first, *more = raw.split("\n")
    return "\n".join([first, *(_moved(line, columns) for line in more)])


def _moved(line: str, columns: int) -> str:
    text = line.lstrip(" ")
    return " " * max(0, len(line) - len(text) + columns) + text if text else ""


def _behind(text: str, comment: str) -> str:
    return f"{text}  {comment}" if comment else text


def _trivia(lines: Iterable[Line], column: int) -> Iterator[str]:
    yield from (" " * column + line.text if line.text else "" for line in lines)
