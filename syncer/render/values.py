"""Values as texts for people: one line each, nothing in it that a terminal obeys, and different where values differ.

What a renderer says itself stands in parentheses; a value that could be taken for that, or for another type, is quoted.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from syncer.errors import visible
from syncer.model.address import Address
from syncer.model.plan import HIDDEN

UNSET = "(unset)"
SECRET = "(secret)"  # noqa: S105
LONGEST = 300  # characters of a text that are shown
LONGEST_PROSE = 2000  # of what syncer itself says, with names in it
_LONGEST_FLOW = 1000  # characters of a list or object
_DEEPEST = 20
_KEPT_ALIKE = 20  # characters shown before the first difference of two long texts
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_WORDS = frozenset({"true", "false", "null"})
_QUOTE_AT_START = tuple("([{'")
_QUOTE_ANYWHERE = re.compile(r'["\\→…]|  |^ | $| \((?:files|live|yours|drift)\)')
_QUOTE_IN_FLOW = re.compile(r"[,\[\]{}:]")
_PATH = re.compile(r'(?:[\w.#-]|\[\d+]|\["(?:[^"\\]|\\.)*"])+')
_LIKE_AN_ESCAPE = re.compile(r"\\(?=[\\abfnrtvxuUN0-7])")
_LONG_GAP = re.compile(" {4,}")
_MOST_MARKS = 2  # on one letter
_DIGEST = 8  # hex digits
# Letters, marks and symbols that show as nothing, or that change how wide the one before them is.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def harmless(text: object, limit: int = LONGEST) -> str:
    """`visible`, and what shows as nothing is an escape, too."""
    if isinstance(text, str) and len(text) <= limit and text.isascii() and text.isprintable() and "##" not in text:
        return text
    shown = visible(text, limit)
    return shown if shown.isascii() else _thinned(_UNSEEN.sub(lambda found: _ascii(found[0]), shown))


def _thinned(text: str) -> str:
    """Marks upon marks would cover the lines around: from the third on one letter, they are escapes."""
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character)[0] == "M" else 0
        kept.append(character if marks <= _MOST_MARKS else _ascii(character))
    return "".join(kept)


def one_line(text: object, limit: int = LONGEST) -> str:
    """A name on one line; runs of spaces are escaped, too, since they could push text to where it means something.

    Different addresses look different: a backslash that could begin an escape is doubled, a long one has its digest.
    """
    is_address = isinstance(text, Address)
    whole = _LIKE_AN_ESCAPE.sub(lambda _: "\\\\", str(text)) if is_address else str(text)
    shown = harmless(whole, limit)
    if is_address and len(whole) > limit:
        shown += f" #{hashlib.sha256(whole.encode('utf-8', 'surrogatepass')).hexdigest()[:_DIGEST]}"
    return re.sub("(?<= ) ", r"\\x20", shown) if "  " in shown else shown


def path_text(path: str) -> str:
    """A field's path; one that does not look like one is quoted."""
    is_plain = len(path) <= LONGEST and harmless(path) == path and "  " not in path and _PATH.fullmatch(path)
    return path if is_plain else _quoted(path)


def is_hidden(value: Any) -> bool:
    """A secret or a masked value."""
    return isinstance(value, Mapping) and value == HIDDEN


def pair(before: Any, after: Any) -> tuple[str, str]:
    """Two values, cut around their first difference; look-alikes are told apart by escapes."""
    start = _alike(before, after)
    return _told_apart(value_text(before, start), value_text(after, start))


def line_pair(before: str, after: str) -> tuple[str, str]:
    """Two lines of longer texts, in the same way but never quoted."""
    start = _alike(before, after)
    old, new = clipped(before, start), clipped(after, start)
    if old == new and before != after:  # one has the character, the other what stands for it
        old, new = (clipped(line.replace("\\", "\\\\"), start) for line in (before, after))
    return _told_apart(old, new)


def _told_apart(old: str, new: str) -> tuple[str, str]:
    return (_ascii(old), _ascii(new)) if look_alike(old, new) else (old, new)


def reads_from_the_right(text: str) -> bool:
    """Whether a viewer may set an arrow after it, and what follows that, before it."""
    return not text.isascii() and any(unicodedata.bidirectional(c) in ("R", "AL", "AN") for c in text)


def from_the_left(text: str) -> str:
    """A text after which numbers keep their order."""
    return _ascii(text) if reads_from_the_right(text) else text


def clipped(line: str, start: int = 0) -> str:
    """One line of a longer text from `start` on, cut with its length told; a space at its end is escaped."""
    shown = harmless(line[start : start + LONGEST])
    return _with_cuts(f"{shown[:-1]}\\x20" if shown.endswith(" ") else shown, line, start)


def value_text(value: Any, start: int = 0) -> str:
    """One value; of a text the characters, of a list the entries from `start` on."""
    if value is None:
        return UNSET
    if is_hidden(value):
        return SECRET
    if isinstance(value, str):
        return value if not start and _is_plain(value) else _quoted(value, start)
    if isinstance(value, list | tuple | Mapping):
        return _flow_text(value, start)
    return _scalar(value)


def look_alike(one: str, other: str) -> bool:
    """Whether two texts that may differ cannot be told apart by eye."""
    if one == other or (one.isascii() and other.isascii()):
        return False
    return _skeleton(one) == _skeleton(other) or _differ_in_script_only(one, other)


def _skeleton(text: str) -> str:
    composed = unicodedata.normalize("NFKC", text)
    return "".join(c for c in composed if unicodedata.category(c)[0] != "M")


def _differ_in_script_only(one: str, other: str) -> bool:
    """Letter for letter the same but for some of another script, as a Cyrillic one among Latin letters is."""
    if len(one) != len(other):
        return False
    differing = [(c, d) for c, d in zip(one, other, strict=True) if c != d]
    return all(c.isalpha() and d.isalpha() and _script(c) != _script(d) for c, d in differing)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")


def _alike(before: Any, after: Any) -> int:
    """How much of the beginning of both says nothing, since it is long and the same."""
    if isinstance(before, str) and isinstance(after, str):
        common = _common(before, after)
        return common - _KEPT_ALIKE if common > LONGEST // 2 and max(len(before), len(after)) > LONGEST else 0
    if isinstance(before, list) and isinstance(after, list):
        try:
            common = _common(before, after)
        except RecursionError:  # lists in lists in lists
            return 0
        return common if common > 3 and len(_flow_text(before, 0)) + len(_flow_text(after, 0)) > LONGEST else 0
    return 0


def _common(one: Any, other: Any) -> int:
    """Length of the common beginning; by halves, since a text may have a million characters."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _is_plain(text: str) -> bool:
    """Whether a text can stand without quotes."""
    if not text or len(text) > LONGEST or text in _WORDS or text.startswith(_QUOTE_AT_START):
        return False
    return harmless(text) == text and not _QUOTE_ANYWHERE.search(text) and not _NUMBER.fullmatch(text)


def _quoted(text: str, start: int = 0) -> str:
    shown = harmless(text[start : start + LONGEST].replace("\\", "\\\\").replace('"', '\\"'), 2 * LONGEST)
    return _with_cuts(f'"{_LONG_GAP.sub(_escaped_gap, shown)}"', text, start)


def _escaped_gap(blanks: re.Match[str]) -> str:
    """Wrapped, a long run of blanks would put what follows it wherever its author likes."""
    return " " + "\\x20" * (len(blanks[0]) - 1)


def _with_cuts(shown: str, text: str, start: int) -> str:
    if start + LONGEST < len(text):
        shown = f"{shown}… ({len(text)} characters)"
    return f"({start} alike) …{shown}" if start else shown


def _flow_text(value: Any, start: int) -> str:
    """A list or object, cut with its length told."""
    shown = ""
    for piece in _flow(value[start:] if start else value, 0):
        shown += piece
        if len(shown) > _LONGEST_FLOW:
            shown += f"… ({len(value)} entries)"
            break
    return f"[({start} alike){', ' if start < len(value) else ''}{shown[1:]}" if start else shown


def _flow(value: Any, depth: int) -> Iterator[str]:
    """A value piece by piece, so that the rest of a long one is never made."""
    if depth > _DEEPEST:
        yield "…"
    elif isinstance(value, Mapping) and not is_hidden(value):
        yield "{"
        for i, (key, inner) in enumerate(value.items()):
            yield f"{', ' if i else ''}{_in_flow(str(key))}: "
            yield from _flow(inner, depth + 1)
        yield "}"
    elif isinstance(value, list | tuple):
        yield "["
        for i, inner in enumerate(value):
            yield ", " if i else ""
            yield from _flow(inner, depth + 1)
        yield "]"
    elif isinstance(value, str):
        yield _in_flow(value)
    else:
        yield "null" if value is None else value_text(value)


def _in_flow(text: str) -> str:
    return text if _is_plain(text) and not _QUOTE_IN_FLOW.search(text) else _quoted(text)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json.dumps(value) if abs(value) < 1e300 else visible(hex(value) if isinstance(value, int) else value)
    return visible(value)
