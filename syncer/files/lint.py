"""What the files say legally and probably wrongly, each at its place, but for what was silenced."""

from collections.abc import Iterable, Iterator, Mapping

from syncer.errors import reading_order
from syncer.files.doubts import Doubt, doubts
from syncer.files.load import Loaded
from syncer.files.silencing import Comments
from syncer.files.sources import Source, Spot, for_domains
from syncer.model.address import Address
from syncer.model.lint import LintWarning
from syncer.model.state import Policy

Silenced = Mapping[str, tuple[str, ...]]  # codes by address glob


def lint(loaded: Loaded, silenced: Silenced) -> tuple[LintWarning, ...]:
    """Every warning in the order of the files. What a baseline says is told once, with the domains that have it."""
    comments = {source: Comments(source) for source in loaded.sources}
    told: dict[LintWarning, dict[str, None]] = {}
    for doubt in _all(loaded):
        entry, spot = doubt.found
        if doubt.code in _silenced(silenced, entry.address):
            continue
        here = spot.at(*doubt.steps)
        if not _has_comment(doubt, here, comments):
            warning = LintWarning(here.place(of_key=doubt.of_key), doubt.what, doubt.hint, doubt.code)
            told.setdefault(warning, {})[here.domain] = None
    mistakes = (mistake for one in comments.values() for mistake in one.mistakes)
    return tuple(sorted([*(for_domains(*one) for one in told.items()), *mistakes], key=reading_order))


def _all(loaded: Loaded) -> Iterator[Doubt]:
    policy: Policy = loaded.desired.policy
    return (doubt for merged in loaded.domains for doubt in doubts(merged, policy))


def _silenced(by_glob: Silenced, address: Address) -> frozenset[str]:
    named = (codes for glob, codes in by_glob.items() if address.matches(glob))
    return frozenset(code for codes in named for code in codes)


def _has_comment(doubt: Doubt, here: Spot, comments: Mapping[Source, Comments]) -> bool:
    """On the line where the entry begins, or where the value or its key stands, which takes longer to find."""
    entry, spot = doubt.found
    if comments[spot.source].silence(doubt.code, entry.place.line):
        return True
    if not comments[here.source].has(doubt.code):
        return False
    return any(comments[here.source].silence(doubt.code, line) for line in _lines(here))


def _lines(spot: Spot) -> Iterable[int]:
    return (spot.place(of_key=True).line, spot.place().line)
