"""Differences of texts of several lines, as bounded unified diffs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from io import StringIO
from itertools import islice, zip_longest

from syncer.errors import plural
from syncer.render.values import clipped, line_pair

CONTEXT = 3
MOST_LINES = 200  # shown of one text
_MOST_COMPARED = 5000  # lines; difflib takes quadratic time, so more are only counted
_EXACT = 250_000  # pairs of lines up to which difflib looks at frequent lines, too
_NO_NEWLINE = "no newline at the end"
_Span = tuple[str, int, int, int, int]


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line; `sign` is as in a unified diff: `+`, `-`, a space, `@` for where, a backslash for a remark."""

    sign: str
    text: str

    @property
    def mark(self) -> str:
        """What it begins with."""
        return {"@": "", "\\": "\\ "}.get(self.sign, self.sign)

    @property
    def unified(self) -> str:
        """The whole line."""
        return self.mark + self.text


@dataclass(frozen=True, slots=True)
class TextDiff:
    """`lines` may be empty where there is too much to compare; `left_out` lines of the diff are not among them."""

    lines: tuple[DiffLine, ...]
    left_out: int
    removed: int
    added: int

    @property
    def rest(self) -> str:
        """What is to be said below its lines; "" for nothing."""
        if self.left_out:
            return f"… {plural(self.left_out, 'more line')}"
        if self.lines:
            return ""
        if not self.removed + self.added:
            return "no difference"
        return f"{plural(self.removed, 'line')} removed, {self.added} added: too many to compare"


def line_count(text: str) -> int:
    """Lines of a text, the last one counted without its newline, too."""
    return text.count("\n") + (not text.endswith("\n") and text != "")


def text_diff(before: str, after: str) -> TextDiff:
    """What becomes of a text; "" for none."""
    old, new = _lines(before), _lines(after)
    start = _common_start(old, new)
    end = _common_start(old[start:][::-1], new[start:][::-1])
    removed, added = len(old) - start - end, len(new) - start - end
    if removed and added and removed + added > _MOST_COMPARED:
        return TextDiff((), 0, removed, added)
    top, bottom = max(0, start - CONTEXT), max(0, end - CONTEXT)
    return _compared(old[top : len(old) - bottom], new[top : len(new) - bottom], top)


def _lines(text: str) -> list[str]:
    """Lines with their newline, at `\\n` only: a diff must not hide which line ends a script has."""
    return list(StringIO(text, newline="\n"))


def _common_start(one: list[str], other: list[str]) -> int:
    for i, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return i
    return min(len(one), len(other))


def _compared(old: list[str], new: list[str], offset: int) -> TextDiff:
    matcher = SequenceMatcher(None, old, new, autojunk=len(old) * len(new) > _EXACT)
    groups = list(matcher.get_grouped_opcodes(CONTEXT))
    spans = [span for group in groups for span in group]
    changed = [span for span in spans if span[0] != "equal"]
    removed, added = sum(i2 - i1 for _, i1, i2, _, _ in changed), sum(j2 - j1 for *_, j1, j2 in changed)
    context = sum(i2 - i1 for tag, i1, i2, _, _ in spans if tag == "equal")
    shown = tuple(islice(_diff_lines(groups, old, new, offset), MOST_LINES))
    return TextDiff(shown, context + removed + added - sum(line.sign in "+- " for line in shown), removed, added)


def _diff_lines(groups: Iterable[list[_Span]], old: list[str], new: list[str], offset: int) -> Iterator[DiffLine]:
    for group in groups:
        (_, i1, _, j1, _), (_, _, i2, _, j2) = group[0], group[-1]
        where = f"@@ -{_range(i1 + offset, i2 - i1)} +{_range(j1 + offset, j2 - j1)} @@"
        if old and new:
            yield DiffLine("@", where)
        for tag, a1, a2, b1, b2 in group:
            if tag == "equal":
                yield from _signed(" ", [clipped(line.removesuffix("\n")) for line in old[a1:a2]], old[a1:a2])
            else:
                yield from _replaced(old[a1:a2], new[b1:b2])


def _range(start: int, count: int) -> str:
    return f"{start + (count > 0)}" if count == 1 else f"{start + (count > 0)},{count}"


def _replaced(old: list[str], new: list[str]) -> Iterator[DiffLine]:
    """Lines that replace each other are cut around what differs in them; of many, some of both sides are shown."""
    most = MOST_LINES // 2 if old and new else MOST_LINES
    pairs = [_shown_pair(one, other) for one, other in zip_longest(old[:most], new[:most])]
    yield from _signed("-", [shown for shown, _ in pairs[: len(old)]], old[:most])
    if len(old) > most and new:
        yield DiffLine("\\", f"and {len(old) - most} more removed")
    yield from _signed("+", [shown for _, shown in pairs[: len(new)]], new[:most])
    if len(new) > most and old:
        yield DiffLine("\\", f"and {len(new) - most} more added")


def _shown_pair(one: str | None, other: str | None) -> tuple[str, str]:
    if one is None or other is None:
        shown = clipped((one or other or "").removesuffix("\n"))
        return shown, shown
    return line_pair(one.removesuffix("\n"), other.removesuffix("\n"))


def _signed(sign: str, shown: list[str], lines: list[str]) -> Iterator[DiffLine]:
    for text, line in zip(shown, lines, strict=True):
        yield DiffLine(sign, text)
        if not line.endswith("\n"):
            yield DiffLine("\\", _NO_NEWLINE)
