"""What YAML's parser did not understand, in words for people. Texts never quote a value, since it may be a secret."""

import re
from dataclasses import dataclass
from typing import Any

_UNREADABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_TAB = ("a tab where only spaces may stand", "indent with spaces")
_UNCLOSED = ("a quote that is never closed", "close it")
_OUT_OF_LINE = ("something that does not fit the lines above", "check the indentation, the quotes and the colons")
_FROM_ITS_BEGINNING = {  # told where the thing begins, not where the parser gave up
    "did not find expected ',' or '}'": ("a { that is not closed", "close it, and put commas between its items"),
    "did not find expected ',' or ']'": ("a [ that is not closed", "close it, and put commas between its items"),
    "could not find expected ':'": (
        "a line without `key: value`",
        "put a blank after the colon, as in `desc: text`, or a text of several lines in quotes",
    ),
    "did not find expected alphabetic or numeric character": (
        "a text that begins with * or &, which mean something else in YAML",
        'put it in quotes, like "*"',
    ),
    "did not find expected comment or line break": (
        "a | or > with something behind it",
        "begin the text on the next line, or put it in quotes",
    ),
}
_WORDS: dict[str, tuple[str, str]] = {
    "mapping values are not allowed in this context": (
        "a colon where no value can start",
        "check the indentation, or put a text that holds a colon in quotes",
    ),
    "found unexpected ':'": ("a colon in a text inside { } or [ ]", "put the text in quotes"),
    "block sequence entries are not allowed in this context": (
        "a dash where no list can start",
        "begin the list on the next line, or put a text in quotes",
    ),
    "mapping keys are not allowed in this context": ("a question mark before a blank", "put the text in quotes"),
    "did not find expected key": _OUT_OF_LINE,
    "did not find expected '-' indicator": _OUT_OF_LINE,
    "did not find expected <document start>": _OUT_OF_LINE,
    "did not find expected node content": (
        "a value is missing, or a bracket before it is not closed",
        "close it, or write the value",
    ),
    "found unknown escape character": (
        "a backslash that means nothing in double quotes",
        "double it, or use single quotes",
    ),
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something that no file may hold, and where; line and column count from 1."""

    line: int
    column: int
    what: str
    hint: str


def syntax_error(exc: Exception, text: str) -> Mistake:
    """The mistake that a YAMLError of ruamel tells of."""
    problem = str(getattr(exc, "problem", None) or "")
    mark = getattr(exc, "problem_mark", None)
    if mark is None:
        return _unreadable(text)
    start = getattr(exc, "context_mark", None) or mark
    if problem == "found unexpected end of stream" and "quoted" in str(getattr(exc, "context", "")):
        return Mistake(start.line + 1, start.column + 1, *_UNCLOSED)
    if problem in _FROM_ITS_BEGINNING:
        return Mistake(start.line + 1, start.column + 1, *_FROM_ITS_BEGINNING[problem])
    if "tab character" in problem:
        return Mistake(mark.line + 1, mark.column + 1, *_TAB)
    if problem == "found character that cannot start any token":
        return Mistake(mark.line + 1, mark.column + 1, *_stray(mark, text))
    return Mistake(mark.line + 1, mark.column + 1, *_WORDS.get(problem, (f"no YAML: {problem}", "correct the syntax")))


def _stray(mark: Any, text: str) -> tuple[str, str]:
    line = text.splitlines()[mark.line : mark.line + 1]
    if line and line[0][mark.column : mark.column + 1] == "\t":
        return _TAB
    return "a character that no text can start with", "put the text in quotes"


def _unreadable(text: str) -> Mistake:
    """libyaml gives no line and column for a character that may not stand in a file at all."""
    match = _UNREADABLE.search(text)
    if match is None:
        return Mistake(1, 1, "no YAML", "correct the syntax")
    line, column = line_and_column(text, match.start())
    return Mistake(line, column, f"the control character U+{ord(match[0]):04X}", r'write it as an escape, like "\x07"')


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Place of an offset in a text, from 1."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
