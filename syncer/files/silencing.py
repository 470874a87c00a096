"""`# syncer: ignore CODE, CODE` at the end of a line: which warnings are not to be told of what stands there."""

import re
import warnings
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from syncer.errors import Place, visible
from syncer.files.sources import Source
from syncer.files.wording import did_you_mean
from syncer.model.lint import SILENCEABLE, UNKNOWN_CODE, LintWarning

_MARK = "syncer:"
_COMMENT = re.compile(r"(?:^|(?<=\s))#\s*syncer:[ \t]*(\S+)[ \t]*([\w-]+(?:[ \t]*,[ \t]*[\w-]+)*)?")
_WORD = re.compile(r"[\w-]+")
_IGNORE = "ignore"
_STYLES = frozenset("\"'|>")
_BLOCK = frozenset("|>")
_EXAMPLE = "write # syncer: ignore CODE, or several with commas between"


class Comments:
    """Those of one file."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def silence(self, code: str, line: int) -> bool:
        """Whether a comment on the line names the code."""
        return code in self._codes.get(line, ())

    def has(self, code: str) -> bool:
        """Whether any comment names the code."""
        return any(code in codes for codes in self._codes.values())

    @property
    def mistakes(self) -> Iterable[LintWarning]:
        """Comments of ours that mean nothing."""
        for line, match in self._matches.items():
            if match[1] != _IGNORE or not match[2]:
                what = f"{visible(match[0].strip(), 60)} says nothing to syncer"
                yield self._mistake(line, match.start() + 1, what, _EXAMPLE)
                continue
            for word in _WORD.finditer(match[2]):
                if word[0] not in SILENCEABLE:
                    hint = did_you_mean(word[0], SILENCEABLE) or "`syncer explain` lists them all"
                    column = match.start(2) + word.start() + 1
                    yield self._mistake(line, column, f"there is no warning {visible(word[0], 60)} to ignore", hint)

    def _mistake(self, line: int, column: int, what: str, hint: str) -> LintWarning:
        return LintWarning(Place(self._source.name, line, column), what, hint, UNKNOWN_CODE)

    @cached_property
    def _matches(self) -> Mapping[int, re.Match[str]]:
        text = self._source.text
        if _MARK not in text:
            return {}
        lines = ((number, line) for number, line in enumerate(text.splitlines()) if _MARK in line)
        found = [(number, match) for number, line in lines for match in _COMMENT.finditer(line)]
        quoted = list(_quoted(text)) if found else []
        outside = [(number, match) for number, match in found if not _is_within(quoted, (number, match.start()))]
        return {number + 1: match for number, match in reversed(outside)}  # the first of a line counts

    @cached_property
    def _codes(self) -> Mapping[int, frozenset[str]]:
        said = {line: match[2] for line, match in self._matches.items() if match[1] == _IGNORE and match[2]}
        return {line: frozenset(_WORD.findall(codes)) for line, codes in said.items()}


def _quoted(text: str) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Line and column, from 0, where each text begins and ends in which `#` begins no comment; one may follow a `|`."""
    from ruamel.yaml import YAML

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for event in YAML(typ="safe", pure=False).parse(text):
            style = getattr(event, "style", None)
            if style in _STYLES:
                start = event.start_mark
                begin = (start.line + 1, 0) if style in _BLOCK else (start.line, start.column)
                yield begin, (event.end_mark.line, event.end_mark.column)


def _is_within(quoted: list[tuple[tuple[int, int], tuple[int, int]]], position: tuple[int, int]) -> bool:
    index = bisect(quoted, position, key=lambda one: one[0]) - 1
    return index >= 0 and position < quoted[index][1]
