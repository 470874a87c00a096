"""Which words of two texts differ, so that a reader need not search for the one that does in a long line."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

Pieces = tuple[tuple[str, bool], ...]  # parts of a text in their order, with whether it is they that differ

_TOKEN = re.compile(r"\w+|\s+|.", re.DOTALL)
_SHORTEST = 24  # characters; the eye finds it in shorter ones
_LONGEST = 2000
_ALIKE = 0.4  # share of the texts that must be the same, or marks would cover them


def marked(before: str, after: str) -> tuple[Pieces, Pieces]:
    """Both texts in pieces; where marks would not help, each is one piece that does not stand out."""
    plain = (((before, False),), ((after, False),))
    if max(len(before), len(after)) < _SHORTEST or max(len(before), len(after)) > _LONGEST:
        return plain
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    same = sum(len("".join(old[i1:i2])) for tag, i1, i2, _, _ in codes if tag == "equal")
    if same < _ALIKE * max(len(before), len(after)):
        return plain
    sides = (
        ((old[i1:i2], tag != "equal") for tag, i1, i2, _, _ in codes),
        ((new[j1:j2], tag != "equal") for tag, _, _, j1, j2 in codes),
    )
    return _pieces(sides[0]), _pieces(sides[1])


def _pieces(parts: Iterable[tuple[list[str], bool]]) -> Pieces:
    return tuple(("".join(tokens), differs) for tokens, differs in parts if tokens)
