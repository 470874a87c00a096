"""Pages for a terminal, and for files and pipes without colour.

Texts were made harmless before. Here they get their place: whatever is wrapped goes on to the right of where it began,
so that no text can pass for a line of ours; nor for one that GitHub's runner obeys. Lines are painted with SGR codes of
our own: rich's `Text` takes five seconds for a plan of 10,000 changes.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from rich.cells import cell_len as cell_len  # for the other pages, which do not import rich

_UNLIMITED = 1_000_000_000
_NARROW = 60  # below this, space goes to the texts rather than to indents
_NARROWEST = 24
_LONG = 120  # cells, beyond which even a page of any width adds nothing to a line
_DEEPER = "    "
_COMMAND = "::"  # what a line must not begin with: https://docs.github.com/actions/reference/workflow-commands
_INERT = "\\x3a:"


class Style(StrEnum):
    """How a text looks: parameters of SGR."""

    PLAIN = ""
    BOLD = "1"
    DIM = "2"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"
    LOUD = "1;31"
    CYAN = "36"
    RED_MARK = "1;7;31"
    GREEN_MARK = "1;7;32"


Span = tuple[str, Style]


class Page:
    """Collects painted lines of at most `room` cells."""

    def __init__(self, width: int | None, color: bool) -> None:
        self.room = _UNLIMITED if width is None else max(width, _NARROWEST)
        self.color = color
        self.lines: list[str] = []
        self._used = 0  # cells of the last line

    @property
    def margin(self) -> str:
        """What stands before a change's headline; its fields are four cells further right."""
        return "" if self.room < _NARROW else "  "

    @property
    def text(self) -> str:
        """The page."""
        return "\n".join(self.lines)

    def gap(self) -> None:
        """An empty line, but not at the top."""
        if self.lines:
            self.lines.append("")

    def line(self, *spans: Span) -> None:
        """A line that is known to fit; a command of GitHub's is made inert, blanks before it or not."""
        if "".join(text for text, _ in spans).lstrip(" ").startswith(_COMMAND):
            at = next(i for i, (text, _) in enumerate(spans) if text.strip(" "))
            spans = (*spans[:at], (spans[at][0].replace(":", _INERT[:-1], 1), spans[at][1]), *spans[at + 1 :])
        self.lines.append("".join(self._painted(text, style) for text, style in spans).rstrip(" "))
        self._used = cell_len("".join(text for text, _ in spans))

    def aside(self, text: str, style: Style, indent: str) -> None:
        """A remark after the last line if it fits there, else on a line of its own."""
        if self._used + 2 + cell_len(text) <= min(self.room, _LONG):
            self.lines[-1] += f"  {self._painted(text, style)}"
            self._used += 2 + cell_len(text)
        else:
            self.put((indent, style), text, style)

    def put(self, lead: Span, text: str, style: Style = Style.PLAIN, hang: str | None = None) -> None:
        """A text after its lead, wrapped below its own beginning or after `hang`; a very long lead gets a line."""
        width = cell_len(lead[0])
        if width * 3 > self.room * 2:
            indent = lead[0][: min(len(lead[0]) - len(lead[0].lstrip(" ")), self.room // 3)]
            self.put((indent, Style.PLAIN), lead[0].strip(" "), lead[1], indent + _DEEPER)
            self.put((f"{indent}  ", Style.PLAIN), text, style)
            return
        hanging = " " * width if hang is None else hang
        first, *more = _wrapped(text, self.room - width, self.room - cell_len(hanging))
        self.line(lead, (first, style))
        for piece in more:
            self.line((hanging, Style.DIM), (piece, style))

    def put_spans(self, lead: Span, spans: Sequence[Span], hang: str | None = None) -> None:
        """`put` for a text of several styles."""
        whole = "".join(text for text, _ in spans)
        room = self.room - cell_len(lead[0])
        if room * 3 < self.room or len(spans) == 1:
            self.put(lead, whole, spans[0][1], hang)
            return
        hanging, start = " " * cell_len(lead[0]) if hang is None else hang, 0
        for piece in _wrapped(whole, room, self.room - cell_len(hanging)):
            begin = whole.index(piece, start)
            self.line((hanging, lead[1]) if start else lead, *_part(spans, begin, len(piece)))
            start = begin + len(piece)

    def _painted(self, text: str, style: Style) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.color and style and text else text


def _part(spans: Iterable[Span], start: int, length: int) -> Iterator[Span]:
    """The spans of a part of their text."""
    at, end = 0, start + length
    for text, style in spans:
        yield text[max(0, start - at) : max(0, end - at)], style
        at += len(text)


def _wrapped(text: str, first: int, others: int) -> list[str]:
    """Pieces of so many cells, broken at a space where there is one."""
    pieces: list[str] = []
    room = first
    while cell_len(text) > (fitting := room - _growth(text)):
        cut = _fitting(text, fitting)
        space = text.rfind(" ", len(text) - len(text.lstrip(" ")), cut + 1)
        cut, after = (space, space + 1) if space > 0 else (cut, cut)
        pieces.append(text[:cut])
        text, room = text[after:], others
    return [*pieces, text]


def _growth(text: str) -> int:
    """Cells by which `Page.line` makes it longer, if it begins a line."""
    return len(_INERT) - len(_COMMAND) if text.lstrip(" ").startswith(_COMMAND) else 0


def cut(text: str, room: int) -> str:
    """A text in so many cells; where it needs more, it ends in `…`."""
    return text if cell_len(text) <= room else f"{text[: _fitting(text, room - 1)]}…"


def _fitting(text: str, room: int) -> int:
    """How many characters fit, at least one."""
    if text.isascii():
        return max(1, room)
    used = 0
    for count, character in enumerate(text):
        used += cell_len(character)
        if used > room:
            return max(1, count)
    return len(text)


def padded(text: str, width: int) -> str:
    """A text and blanks, so many cells wide."""
    return text + " " * (width - cell_len(text))


def widest(texts: Iterable[str], most: int) -> int:
    """Width of a column for those that fit into it."""
    return max((width for width in map(cell_len, texts) if width <= most), default=0)
