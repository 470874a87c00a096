"""YAML texts as nobody should write them: the same few things laid out in every way, each comment with a number."""

from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

_TOP = ("domain", "deployAdminPasswords", "vars", "extra", "nonsense", "categories", "configs")
_ENTRY = ("type", "desc", "name", "categories", "gk1", "coder", "script", "extra", "ignore", "unknown", '"config"')
_PLAIN = ("a", "PHONE", "HQ phones", "5", "0xb8", "~", "true", "no", "1.50", "x:y", "it's", "${vars.x}:1", "a, b")
_QUOTED = ("'it''s'", '"a b"', "'yes'", '"\\u00e9\\n"', "''", '"#no"', "'a: b'", '"$${x}"')
_FLOWS = ("[]", "{}", "[a,b ]", "{b: c,  a: [1 , 2]}", "{type: NTP, desc: 'x'}", "[ 'a,b' ]", "{a: , b}", "[a: b]")
_TEXTS = ("one", "  two", "", "three  ", "# no comment", "${x}")


class Writer:
    """Writes lines by chance; `comments` is how many it wrote."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.comments = 0
        self._anchors: list[str] = []

    def document(self, number: int) -> list[str]:
        """One document of a domain."""
        self._anchors = []
        lines = [] if number == 0 and self._chance(2) else [f"---{self._behind()}"]
        lines += self._above(12)
        keys = self._draw(st.lists(st.sampled_from(_TOP), min_size=1, max_size=4, unique=True))
        for key in keys:
            lines += self._list(key, 0) if key in ("categories", "configs") else self._pair(key, 0)
            lines += self._above(0 if _may_swallow(lines) else 12)
        return lines

    def _list(self, key: str, column: int) -> Iterator[str]:
        yield f"{' ' * column}{key}:{self._behind()}"
        inner = column + self._draw(st.sampled_from((0, 2, 4)))
        yield from self._above(12)
        for _ in range(self._draw(st.integers(1, 3))):
            lines = self._item(inner)
            yield from lines
            yield from self._above(inner if _may_swallow(lines) else 12)

    def _item(self, column: int) -> list[str]:
        if self._chance(4):
            return self._pair("", column)
        keys = self._draw(st.lists(st.sampled_from(_ENTRY), min_size=1, max_size=4, unique=True))
        inner = column + self._draw(st.sampled_from((2, 4)))
        dash = " " * column + "-"
        lines: list[str] = []
        for key in keys:
            lines += self._pair(key, inner)
            if key is not keys[-1]:
                lines += self._above(inner if _may_swallow(lines) else 12)
        if self._chance(3):
            anchor = f" {self._anchor()}" if self._chance(2) else ""
            return [f"{dash}{anchor}{self._behind()}", *self._above(12), *lines]
        return [dash + lines[0][column + 1 :], *lines[1:]]

    def _pair(self, key: str, column: int) -> list[str]:
        start = " " * column + (f"{key}:" if key else "-")
        kind = self._draw(
            st.sampled_from(("plain", "quoted", "flow", "flows", "text", "lines", "below", "empty", "alias"))
        )
        anchor = f"{self._anchor()} " if kind in ("plain", "quoted", "flow", "text") and self._chance(6) else ""
        behind = "  " * (column + 2)
        match kind:
            case "empty":
                return [f"{start}{self._behind()}"]
            case "alias" if self._anchors:
                return [f"{start} *{self._draw(st.sampled_from(self._anchors))}{self._behind()}"]
            case "quoted":
                return [f"{start} {anchor}{self._one(_QUOTED)}{self._behind()}"]
            case "flow":
                return [f"{start} {anchor}{self._one(_FLOWS)}{self._behind()}"]
            case "flows":
                return [
                    f"{start} [a,{self._behind()}",
                    *self._above(9),
                    f"{behind}{{b: c}}",
                    f"{behind}]{self._behind()}",
                ]
            case "text":
                return [f"{start} {anchor}{self._header()}", *self._text(column)]
            case "lines":
                return [f'{start} "one', "", f"{behind}two", f'{behind}  three"{self._behind()}']
            case "below":
                return [f"{start}{self._behind()}", *self._above(9), f"{behind}{self._one(_QUOTED)}{self._behind()}"]
            case _:
                return [f"{start} {anchor}{self._one(_PLAIN)}{self._behind()}"]

    def _header(self) -> str:
        return f"{self._one('|>')}{self._one(('', '-', '+'))}{self._behind()}"

    def _text(self, column: int) -> list[str]:
        indent = " " * (column + self._draw(st.sampled_from((1, 2, 7))))
        lines = self._draw(st.lists(st.sampled_from(_TEXTS), max_size=3))
        return [f"{indent}first", *(f"{indent}{line}" if line else "" for line in lines)]

    def _above(self, most: int) -> list[str]:
        """Comments and empty lines."""
        kinds = self._draw(st.lists(st.sampled_from(("", "", "#")), max_size=2)) if self._chance(2) else []
        return [f"{' ' * self._draw(st.integers(0, most))}{self._comment()}" if kind else "" for kind in kinds]

    def _behind(self) -> str:
        return f"{self._one((' ', '   '))}{self._comment()}" if self._chance(3) else ""

    def _comment(self) -> str:
        self.comments += 1
        return f"#{self._one(('', ' ', ' - a: ', '# '))}c{self.comments}c"

    def _anchor(self) -> str:
        self._anchors.append(f"a{len(self._anchors)}")
        return f"&{self._anchors[-1]}"

    def _one(self, pool: Sequence[str]) -> str:
        return self._draw(st.sampled_from(pool))

    def _chance(self, one_in: int) -> bool:
        return self._draw(st.integers(1, one_in)) == 1


def _may_swallow(lines: Sequence[str]) -> bool:
    """Whether a comment that stands far right would be a line of the text above it."""
    return any("|" in line or ">" in line for line in lines)


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, int]:
    """A file, and how many comments it has: `c1c`, `c2c`, …; it may have YAML mistakes."""
    writer = Writer(draw)
    lines = [line for number in range(draw(st.integers(1, 2))) for line in writer.document(number)]
    end = draw(st.sampled_from(("\n", "\r\n")))
    text = end.join(lines) + draw(st.sampled_from(("", end, end * 3)))
    return draw(st.sampled_from(("", "", "\ufeff"))) + text, writer.comments


def comments_of(text: str) -> list[str]:
    """Everything that may be a comment, wherever it stands."""
    found: list[Any] = [line.partition("#") for line in text.splitlines()]
    return sorted(after.strip() for _, sign, after in found if sign)
