"""Differences of texts side by side."""

import pytest

from syncer.render.sides import side_by_side
from syncer.render.textdiff import DiffLine, text_diff


@pytest.mark.parametrize(
    "lines, pairs",
    [
        ("", ""),
        (" a", " a| a"),
        ("-a +b", "-a|+b"),
        ("-a -b +c", "-a|+c -b|"),
        ("-a +b +c", "-a|+b |+c"),
        ("+a +b", "|+a |+b"),
        ("-a  b +c", "-a|  b| b |+c"),
        ("-a +b -c +d", "-a|+b -c|+d"),
        ("@1 -a @2 +b", "@1|@1 -a| @2|@2 |+b"),
        ("-a \\n +b", "-a|+b \\n|"),
        ("-a +b \\n", "-a|+b |\\n"),
        (" a \\n", " a| a \\n|\\n"),
    ],
)
def test_pairs(lines: str, pairs: str) -> None:
    found = side_by_side(DiffLine(one[0], one[1:]) for one in _split(lines))
    assert " ".join(f"{_shown(left)}|{_shown(right)}" for left, right in found) == pairs


def _split(lines: str) -> list[str]:
    """Signs may be spaces: each line is a sign and one character."""
    return [lines[at : at + 2] for at in range(0, len(lines), 3)]


def _shown(line: DiffLine | None) -> str:
    return f"{line.sign}{line.text}" if line else ""


def test_no_line_is_lost() -> None:
    lines = text_diff("a\nb\nc\nd", "a\nB\nc\ne\nf\n").lines
    pairs = list(side_by_side(lines))
    shown = [left for left, right in pairs if left is right]
    shown += [line for pair in pairs for line in pair if line and pair[0] is not pair[1]]
    assert sorted(map(repr, shown)) == sorted(map(repr, lines))
