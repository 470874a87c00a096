"""Texts to layouts: libyaml's events say what a text means, and what stands between two of them is read here."""

import re
import warnings
from collections.abc import Iterator
from typing import Any

from syncer.files.layout import Alias, Collection, Document, Item, Layout, Line, Node, NotLaidOut, Scalar, header

_PROPERTIES = re.compile(r"[&!]\S*(?:[ \t]+[&!]\S*)?")
_BETWEEN = re.compile(
    "(?P<blank>[ \t]+)|(?P<end>[\n\x85\u2028\u2029])|(?P<comment>#[^\n\x85\u2028\u2029]*)|(?P<sign>[-?:,])"
)
_ENDS = ("MappingEndEvent", "SequenceEndEvent")


def lay_out(text: str) -> Layout:
    """The layout of a `unified` text that `documents.parse` reads without mistakes; NotLaidOut if there is none."""
    from ruamel.yaml import YAML

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an anchor given twice is legal
        events = list(YAML(typ="safe", pure=False).parse(text))
    return _Reader(text, events).layout()


class _Dash:
    """Where an item of a list begins."""

    def __init__(self, column: int) -> None:
        self.column = column


class _Reader:
    """Goes through events and the text between them at once."""

    def __init__(self, text: str, events: list[Any]) -> None:
        self._text, self._events, self._at = text, events, 0
        self._waiting: list[Line | _Dash] = []  # read already, but not yet known whose
        self._columns = [-1]  # of the blocks that are open

    def layout(self) -> Layout:
        """All documents."""
        self._take()
        self._after(0, at_line_start=True)
        documents = []
        while type(self._events[self._at]).__name__ != "StreamEndEvent":
            documents.append(self._document())
        return Layout(documents, self._lines())

    def _document(self) -> Document:
        above, event = self._lines(), self._take()
        marker = self._text[event.start_mark.index : event.end_mark.index] if event.explicit else ""
        at = event.end_mark.index if event.explicit else event.start_mark.index
        document = Document(above, marker, self._after(at, at_line_start=not event.explicit), Node())
        if not event.explicit:
            document.above, self._waiting = [], [*above, *self._waiting]
        document.head = [] if self._is_block() else self._lines()
        document.root = self._node()
        document.foot = self._lines()
        event = self._take()
        if event.explicit:
            document.end = self._text[event.start_mark.index : event.end_mark.index]
            comment = self._after(event.end_mark.index)
            document.end += f"  {comment}" if comment else ""
        return document

    def _node(self) -> Node:
        event = self._take()
        start = event.start_mark.index
        match type(event).__name__:
            case "ScalarEvent":
                return self._scalar(event, start)
            case "AliasEvent":
                end = event.end_mark.index
                return Alias(name=event.anchor, start=start, end=end, comment=self._after(end))
            case kind:
                mapping = kind == "MappingStartEvent"
                read = self._flow if event.flow_style else self._block
                return read(event, start, mapping)

    def _scalar(self, event: Any, start: int) -> Scalar:
        properties, at = self._properties(event, start)
        style, end = event.style or "", event.end_mark.index
        node = Scalar(value=event.value, style=style, start=start, end=end, properties=properties)
        node.raw = self._text[at:end]
        if style not in ("|", ">"):
            node.comment = self._after(end)
            return node
        node.indent = _indent(node.raw, self._columns[-1])
        node.raw = _without_end(node.raw, node.indent)
        node.end = at + len(node.raw)
        self._after(node.end, at_line_start=node.raw.endswith("\n"))
        return node

    def _properties(self, event: Any, start: int) -> tuple[str, int]:
        """Anchor and tag of a value, and where what follows them begins."""
        if event.anchor is None and event.tag is None:
            return "", start
        found = _PROPERTIES.match(self._text, start)
        if found is None:  # a tag that was not written
            return "", start
        at = found.end()
        if type(event).__name__ == "ScalarEvent":
            at = self._past_blanks(at, event.end_mark.index)
        return " ".join(found[0].split()), at

    def _past_blanks(self, at: int, end: int) -> int:
        while at < end and self._text[at] in " \t\n":
            at += 1
        if at < end and self._text[at] == "#":
            raise NotLaidOut(self._line(at), "a comment between an anchor or tag and its text")
        return at

    def _block(self, event: Any, start: int, mapping: bool) -> Collection:
        properties, at = self._properties(event, start)
        node = Collection(mapping=mapping, flow=False, start=start, properties=properties)
        node.comment = self._after(at)
        node.head = self._lines()
        dash = self._waiting[0] if self._waiting else None
        node.column = dash.column if isinstance(dash, _Dash) else self._event.start_mark.column
        self._columns.append(node.column)
        ending = "MappingEndEvent" if mapping else "SequenceEndEvent"
        while type(self._event).__name__ != ending:
            node.items.append(self._pair(node.column) if mapping else self._entry(node.column))
        self._take()
        self._columns.pop()
        node.foot = self._belonging(node.column, self._columns[-1])
        return node

    def _pair(self, column: int) -> Item:
        lead = self._lines()
        key = self._node()
        if not isinstance(key, Scalar | Alias) or (isinstance(key, Scalar) and "\n" in key.raw):
            raise NotLaidOut(self._line(key.start), "a key over several lines")
        comment, key.comment = key.comment, ""
        under = [] if self._is_block() else self._lines()
        return self._with_tail(Item(self._node(), key, lead, comment, under), column)

    def _entry(self, column: int) -> Item:
        lead = self._lines()
        self._waiting.pop(0)  # the dash
        comment = ""
        if self._waiting and isinstance(first := self._waiting[0], Line) and first.column < 0:
            comment = first.text
            self._waiting.pop(0)
        under = [] if self._is_block() else self._lines()
        return self._with_tail(Item(self._node(), None, lead, comment, under), column)

    def _with_tail(self, item: Item, column: int) -> Item:
        if isinstance(item.value, Scalar) and not item.value.raw:
            item.tail = self._belonging(column + 1, column)
        return item

    def _belonging(self, column: int, outer: int) -> list[Line]:
        """The lines that wait and stand in a block, by the column of their first comments."""
        count = 0
        for number, line in enumerate(self._waiting, 1):
            if isinstance(line, _Dash) or (line.text and (line.column < column or line.column <= outer)):
                break
            count = number if line.text else count
        found, self._waiting = self._waiting[:count], self._waiting[count:]
        return [line for line in found if isinstance(line, Line)]

    def _flow(self, event: Any, start: int, mapping: bool) -> Collection:
        properties, at = self._properties(event, start)
        node = Collection(mapping=mapping, flow=True, start=start, properties=properties, column=self._columns[-1])
        opening = next((at for at in range(at, len(self._text)) if not self._text[at].isspace()), at)
        in_brackets = self._text[opening] in "{["  # else `[key: value]`
        first = self._after(opening + in_brackets)
        while type(self._event).__name__ not in _ENDS:
            key = self._node() if mapping else None
            node.items.append(Item(self._node(), key))
        ending = self._take()
        node.inside = [line for line in (Line(first), *self._lines()) if line.text]
        if in_brackets:
            node.end = ending.end_mark.index
            node.raw = self._text[opening : node.end]
            node.comment = self._after(node.end)
        node.odd = bool(node.inside) or "\n" in node.raw or not in_brackets or any(map(_is_odd, node.items))
        return node

    @property
    def _event(self) -> Any:
        return self._events[self._at]

    def _take(self) -> Any:
        self._at += 1
        return self._events[self._at - 1]

    def _is_block(self) -> bool:
        return getattr(self._event, "flow_style", None) is False

    def _lines(self) -> list[Line]:
        """The lines that wait, up to where an item begins."""
        count = next((n for n, line in enumerate(self._waiting) if isinstance(line, _Dash)), len(self._waiting))
        found, self._waiting = self._waiting[:count], self._waiting[count:]
        return [line for line in found if isinstance(line, Line)]

    def _after(self, start: int, *, at_line_start: bool = False) -> str:
        """Read on to the next event that stands somewhere; the comment in the line that `start` is in."""
        found = list(self._between(start, self._next_start(), at_line_start))
        if found and isinstance(first := found[0], Line) and first.column < 0:
            self._waiting += found[1:]
            return first.text
        self._waiting += found
        return ""

    def _next_start(self) -> int:
        """Where the next event is that has a place: ends of blocks, and documents without marks, have none."""
        for number in range(self._at, len(self._events)):
            event = self._events[number]
            start: int = event.start_mark.index
            if type(event).__name__ in _ENDS:
                has_place = event.end_mark.index > start
            else:
                has_place = type(event).__name__ != "DocumentEndEvent" or event.explicit
            if has_place:
                return start
        return len(self._text)

    def _between(self, start: int, end: int, at_line_start: bool) -> Iterator[Line | _Dash]:
        """Comments, empty lines and dashes; the column is -1 of a comment that stands behind something."""
        begin = self._text.rfind("\n", 0, start) + 1
        is_empty, behind = at_line_start, not at_line_start
        while start < end:
            found = _BETWEEN.match(self._text, start, end)
            if found is None:
                raise NotLaidOut(self._line(start), "something that fmt cannot lay out")
            match found.lastgroup:
                case "end":
                    if is_empty:
                        yield Line("")
                    is_empty, behind, begin = True, False, found.end()
                case "comment":
                    is_empty = False
                    yield Line(found[0].rstrip(), -1 if behind else start - begin)
                case "sign":
                    is_empty, behind = False, True
                    if found[0] == "-":
                        yield _Dash(start - begin)
            start = found.end()

    def _line(self, offset: int) -> int:
        return self._text.count("\n", 0, offset) + 1


def _is_odd(item: Item) -> bool:
    """What one line of a flow can be made from anew: plain keys with values."""
    odd_value = isinstance(item.value, Scalar) and not item.value.raw
    odd_key = item.key is not None and not (isinstance(item.key, Scalar) and item.key.raw)
    return odd_key or odd_value or (isinstance(item.value, Collection) and item.value.odd)


def _indent(raw: str, column: int) -> int:
    """Of a block scalar's lines, in a block at that column."""
    if indicator := header(raw).indicator:
        return max(column, 0) + indicator
    texts = (line for line in raw.split("\n")[1:] if line.strip(" "))
    return next((len(line) - len(line.lstrip(" ")) for line in texts), 0)


def _without_end(raw: str, indent: int) -> str:
    """A block scalar without the empty lines at its end, unless they are its own."""
    if header(raw).chomping == "+":
        return raw
    lines = raw.split("\n")
    while len(lines) > 1 and not lines[-1].strip(" ") and (len(lines[-1]) <= indent or not indent):
        lines.pop()
    return "\n".join(lines)
