"""Differences of texts side by side: what was on the left, what is to be on the right."""

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from syncer.render.textdiff import DiffLine

Pair = tuple[DiffLine | None, DiffLine | None]


def side_by_side(lines: Iterable[DiffLine]) -> Iterator[Pair]:
    """Lines that replace each other beside each other, None where there is none; what is for both stands on both."""
    left: list[DiffLine] = []
    right: list[DiffLine] = []
    side: list[DiffLine] | None = None
    for line in lines:
        side = _side(line, left, right, side)
        if side is None or (line.sign == "-" and right):
            yield from zip_longest(left, right)
            left.clear()
            right.clear()
        if side is None:
            yield line, line
        else:
            side.append(line)
    yield from zip_longest(left, right)


def _side(
    line: DiffLine, left: list[DiffLine], right: list[DiffLine], last: list[DiffLine] | None
) -> list[DiffLine] | None:
    """Where a line belongs, None for both; a remark stays with the line before it."""
    return {"-": left, "+": right, "\\": last}.get(line.sign)
