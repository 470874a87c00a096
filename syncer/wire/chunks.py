"""Values that exceed a message: cut into pieces that fit, and joined again with a cap."""

from bisect import bisect_right
from collections.abc import Iterator

from syncer.wire.messages import encode, repair_pairs


class TooLarge(ValueError):
    """More was sent than is accepted."""


_PIECE_OVERHEAD = 64  # what a piece costs beside its text, so that a flood of empty ones is bounded too


class Joiner:
    """Pieces of one request's values, by name; joined in the order in which they came."""

    __slots__ = ("_pieces", "characters")

    def __init__(self) -> None:
        self._pieces: dict[str, list[str]] = {}
        self.characters = 0

    def add(self, name: str, piece: str) -> int:
        """Take a piece; returns what it adds to `characters`."""
        self._pieces.setdefault(name, []).append(piece)
        cost = len(name) + len(piece) + _PIECE_OVERHEAD
        self.characters += cost
        return cost

    def values(self) -> dict[str, str]:
        """Whole values by name. A piece may end inside a surrogate pair, so pairs are repaired after joining."""
        return {name: repair_pairs("".join(pieces)) for name, pieces in self._pieces.items()}


def split(value: str, room: int) -> Iterator[str]:
    """`value` in pieces whose JSON text has at most `room` bytes each; no piece tears a character. "" is one piece."""
    if room < len("\\ud83d\\ude00"):
        raise TooLarge("no room for a single character in a message of this size")
    start = 0
    while start < len(value) or start == 0:
        ends = range(start, min(len(value), start + room) + 1)
        end = ends[bisect_right(ends, room, key=lambda end: _json_bytes(value[start:end])) - 1]
        yield value[start:end]
        if end >= len(value):
            return
        start = end


def _json_bytes(text: str) -> int:
    return len(encode({"": text}).encode()) - len('{"":""}')
