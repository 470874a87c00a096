"""Names of files and variables, made of names that a server may spell as it likes."""

import re
import unicodedata
from collections.abc import Iterable

_LONGEST = 120  # bytes; file systems take 255
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})
_VARIABLE_PREFIX = "SYNCER_SECRET"  # no option reads such a variable


class Names:
    """Gives each name once, also where case and Unicode forms do not count."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._counts: dict[str, int] = {}  # up to which the names after one are taken

    def file(self, wanted: str, otherwise: str) -> str:
        """A safe file name without ending; `otherwise` where nothing of `wanted` can be used."""
        return self._unique(_safe(wanted) or otherwise, "-")

    def variable(self, parts: Iterable[str]) -> str:
        """An environment variable's name."""
        return self._unique("_".join(filter(None, (_VARIABLE_PREFIX, *map(_upper, parts))))[:_LONGEST], "_")

    def take(self, name: str) -> None:
        """A name that somebody else has."""
        self._taken.add(_folded(name))

    def _unique(self, name: str, joint: str) -> str:
        candidate, count = name, 1
        if _folded(name) in self._taken:
            count = self._counts.get(name, 1)
            while _folded(candidate) in self._taken:
                count += 1
                candidate = f"{name}{joint}{count}"
            self._counts[name] = count
        self._taken.add(_folded(candidate))
        return candidate


def _safe(wanted: str) -> str:
    """Letters and digits of any script, dots, dashes, underscores; no dot in front, no name that Windows reserves."""
    kept = "".join(c if c.isalnum() or c in "._-" else "-" for c in unicodedata.normalize("NFC", wanted))
    name = re.sub("-{2,}", "-", kept).encode()[:_LONGEST].decode("utf-8", "ignore").strip(".-")
    return f"x-{name}" if name.partition(".")[0].lower() in _RESERVED else name


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _upper(part: str) -> str:
    """`turnPassword` as TURN_PASSWORD."""
    ascii_only = unicodedata.normalize("NFKD", part).encode("ascii", "ignore").decode()
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", ascii_only)
    return re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").upper()
