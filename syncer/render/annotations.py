"""Annotations of GitHub: workflow commands, one a line.

The runner obeys lines that begin with `::` (blanks before it are skipped), and in all others `##[command]` wherever it
stands: so every line here is a command of ours. Escapes as in actions/toolkit, packages/core/src/command.ts.
"""

from collections import Counter

from syncer.errors import plural
from syncer.render.change import Spot
from syncer.render.phrases import shortened

MOST = {"error": 10, "warning": 10, "notice": 8}  # GitHub shows 10 of each in a step; two notices are about the whole
_MOST_LINES = 20  # of a message
_LONGEST_LINE, _LONGEST_TITLE = 500, 200


def has_room(used: Counter[str], level: str, most: int) -> bool:
    """Whether there is room for one more of a level, which is then used."""
    is_free = used[level] < most
    used[level] += is_free
    return is_free


def command(level: str, title: str, lines: list[str], spot: Spot | None = None) -> str:
    """One annotation; GitHub shows the lines of its message as they are."""
    left = len(lines) - _MOST_LINES
    shown = [shortened(line, _LONGEST_LINE) for line in lines[:_MOST_LINES]] + [
        f"… and {plural(left, 'more line')}"
    ] * (left > 0)
    at = f"file={_property(spot.file)},line={spot.line},col={spot.column}," if spot else ""
    return f"::{level} {at}title={_property(shortened(title, _LONGEST_TITLE))}::{_data(chr(10).join(shown))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
