"""YAML text to plain data, in one pass over libyaml's events: only what JSON can say, each mapping with its place.

ruamel's safe loader makes nodes, then objects of them, and takes many times as long as the events alone. Working on
events also stops deep nesting and multiplying aliases before anything grows, and knows the place of every mistake.
"""

import math
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from syncer.files.syntax import Mistake, syntax_error

MAX_DEPTH = 100
MAX_ALIASED = 1_000_000  # values that the aliases of one file may stand for

Position = tuple[int, int]  # line and column, from 1
Steps = tuple[str | int, ...]  # index of the document, then keys and indexes

# What YAML 1.2 reads as something other than a text, as ruamel.yaml has it.
_SPECIAL = re.compile(
    r"""(?P<null>~|null|Null|NULL|)
    |(?P<bool>true|True|TRUE|false|False|FALSE)
    |(?P<int>[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9_]+))
    |(?P<float>[-+]?[0-9][0-9_]*(?:\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?
        |[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))
    |(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}
        (?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)""",
    re.VERBOSE,
)
_MAY_BE_SPECIAL = frozenset("~nNtTfF-+.0123456789")
_BASES = {"0b": 2, "0o": 8, "0x": 16}
_TAGS = frozenset({None, "!", *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))})


class _Marker:
    """A value that no file can hold."""


BROKEN: Final = _Marker()  # a value that was told as a mistake already
_NO_KEY: Final = _Marker()
_MERGE: Final = _Marker()


class Map(dict[str, Any]):
    """A mapping that knows where it stands; `places` (of key and value, by key) only where they were asked for."""

    __slots__ = ("column", "line", "places")

    def __init__(self, line: int, column: int) -> None:
        super().__init__()
        self.line, self.column = line, column
        self.places: dict[str, tuple[Position, Position]] | None = None


class Items(list[Any]):
    """A list; `places` of its items only where they were asked for."""

    __slots__ = ("places",)

    def __init__(self) -> None:
        super().__init__()
        self.places: list[Position] | None = None


@dataclass(slots=True)
class Parsed:
    """What a text holds. Not `complete`: reading broke off, and the last document is what stood before that.

    Texts are as they stand there; `variables`: one of them holds a `${`. `aliased`: how many values aliases stand for.
    """

    documents: Items = field(default_factory=Items)
    mistakes: list[Mistake] = field(default_factory=list)
    complete: bool = True
    variables: bool = False
    aliased: int = 0


def parse(text: str, *, located: bool = False) -> Parsed:
    """The documents of a YAML text; `located`: with all places."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    builder = _Builder(located)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an anchor given twice is legal
            builder.build(YAML(typ="safe", pure=False).parse(text))
    except _TooMuch:
        builder.break_off()
    except YAMLError as exc:
        builder.parsed.mistakes.append(syntax_error(exc, text))
        builder.break_off()
    return builder.parsed


def is_special(text: str) -> bool:
    """Whether a text without quotes stands for something else: nothing, true, a number, a date."""
    return _SPECIAL.fullmatch(text) is not None


def plain(value: Any) -> Any:
    """The same data in dicts and lists of its own, that know no places."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def position(documents: Items, steps: Steps, *, of_key: bool = False) -> Position:
    """Where the value at `steps` (or its key) stands in located documents; else the nearest thing around it."""
    here: Any = documents
    places: tuple[Position, Position] = ((1, 1), (1, 1))  # of key and value
    for step in steps:
        if isinstance(here, Map) and here.places and step in here:
            places = here.places[str(step)]
        elif isinstance(here, Items) and here.places and isinstance(step, int) and step < len(here):
            places = (here.places[step], here.places[step])
        else:
            return places[1]
        here = here[step]
    return places[0] if of_key else places[1]


class _TooMuch(Exception):
    """The rest of the text is not read; the mistake was noted."""


class _Frame:
    """A container that is being filled."""

    __slots__ = ("anchor", "before", "height", "into", "key", "key_place", "mapping", "mark", "merged")

    def __init__(self, into: Any, event: Any, before: int) -> None:
        self.into = into
        self.mapping = isinstance(into, Map)
        self.key: Any = _NO_KEY
        self.key_place: Position = (0, 0)
        self.merged: list[Map] | None = None
        self.mark = event.start_mark if event is not None else None
        self.anchor = event.anchor if event is not None else None
        self.before = before
        self.height = 0  # of the highest container in it


class _Builder:
    """Takes events in, gives documents out."""

    def __init__(self, located: bool) -> None:
        self.parsed = Parsed()
        self._located = located
        self._frame = _Frame(self.parsed.documents, None, 0)
        self._above: list[_Frame] = []
        self._keys: dict[str, str] = {}  # one object for a key that stands ten thousand times
        self._anchors: dict[str, tuple[Any, int, int]] = {}  # value, how many values it is, its height
        self._values = 0  # aliases counted with all that they stand for
        if located:
            self.parsed.documents.places = []

    def build(self, events: Iterable[Any]) -> None:
        """Feed all events."""
        for event in events:
            handler = _HANDLERS.get(type(event).__name__)
            if handler is not None:
                handler(self, event)

    def break_off(self) -> None:
        """Keep of the open document what is complete: its keys, and the entries of its open list."""
        self.parsed.complete = False
        everything, *open_frames = [*self._above, self._frame]
        into = open_frames[0].into if open_frames else None
        entries = open_frames[1].into if len(open_frames) > 1 else None
        if isinstance(into, Map) and entries and all(isinstance(entry, Map) for entry in entries):
            self._frame = open_frames[0]
            self._put(entries, open_frames[1].mark)
        everything.into.append(into if isinstance(into, Map) else None)
        if self._located:
            everything.into.places.append((1, 1) if not isinstance(into, Map) else (into.line, into.column))

    def mistake(self, mark: Any, what: str, hint: str) -> Any:
        """Note a mistake; the value to go on with."""
        self.parsed.mistakes.append(Mistake(mark.line + 1, mark.column + 1, what, hint))
        return BROKEN

    def document(self, _event: Any) -> None:
        """A document starts."""
        self._anchors = {}

    def scalar(self, event: Any) -> None:
        """A text, or what stands for something else."""
        value = event.value
        if event.implicit[0]:
            if value == "<<" and self._frame.key is _NO_KEY and self._frame.mapping:
                value = _MERGE
            elif not value or value[0] in _MAY_BE_SPECIAL:
                value = self._resolved(event)
        elif event.tag not in _TAGS:
            value = self.mistake(event.start_mark, *_UNKNOWN_TAG)
        if value.__class__ is str and "${" in value:
            self.parsed.variables = True
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1, 0)
        self._values += 1
        self._put(value, event.start_mark)

    def _resolved(self, event: Any) -> Any:
        match = _SPECIAL.fullmatch(event.value)
        if match is None:
            return event.value
        try:
            value = _RESOLVE[str(match.lastgroup)](event.value)
        except ValueError:  # `0x_`, or more digits than Python reads
            return self.mistake(event.start_mark, "a number that cannot be read", "put it in quotes if it is a text")
        if value is BROKEN:
            return self.mistake(event.start_mark, "YAML reads this as a date", "put it in quotes")
        if isinstance(value, float) and not math.isfinite(value):
            return self.mistake(event.start_mark, "no finite number", "put it in quotes if it is a text")
        return value

    def mapping_start(self, event: Any) -> None:
        """A mapping begins."""
        mark = event.start_mark
        into = Map(mark.line + 1, mark.column + 1)
        if self._located:
            into.places = {}
        self._open(into, event)

    def sequence_start(self, event: Any) -> None:
        """A list begins."""
        into = Items()
        if self._located:
            into.places = []
        self._open(into, event)

    def _open(self, into: Any, event: Any) -> None:
        if event.tag not in _TAGS:
            self.mistake(event.start_mark, *_UNKNOWN_TAG)
        self._above.append(self._frame)
        self._check_depth(event, 0)
        self._values += 1
        self._frame = _Frame(into, event, self._values)

    def _check_depth(self, event: Any, height: int) -> None:
        if len(self._above) + height > MAX_DEPTH:
            self.mistake(event.start_mark, f"nested more than {MAX_DEPTH} levels deep", "flatten it")
            raise _TooMuch

    def end(self, _event: Any) -> None:
        """A container is complete."""
        frame, self._frame = self._frame, self._above.pop()
        height = frame.height + 1
        if height > self._frame.height:
            self._frame.height = height
        if frame.merged is not None:
            _merge(frame.into, frame.merged)
        if frame.anchor is not None:
            self._anchors[frame.anchor] = (frame.into, self._values - frame.before + 1, height)
        self._put(frame.into, frame.mark)

    def alias(self, event: Any) -> None:
        """A value that stands elsewhere already."""
        if event.anchor not in self._anchors:
            hint = "name one that stands before it, or put the text in quotes"
            return self._put(self.mistake(event.start_mark, "an alias without its anchor", hint), event.start_mark)
        value, size, height = self._anchors[event.anchor]
        self._check_depth(event, height)
        self._frame.height = max(self._frame.height, height)
        self._values += size
        self.parsed.aliased += size
        if self.parsed.aliased > MAX_ALIASED:
            self.mistake(event.start_mark, f"aliases stand for more than {MAX_ALIASED} values", "write them out")
            raise _TooMuch
        return self._put(value, event.start_mark)

    def _put(self, value: Any, mark: Any) -> None:
        frame = self._frame
        if not frame.mapping:
            frame.into.append(value)
            if self._located:
                frame.into.places.append((mark.line + 1, mark.column + 1))
        elif frame.key is _NO_KEY:
            frame.key = self._key(frame, value, mark)
        else:
            self._set(frame, value, mark)

    def _key(self, frame: _Frame, key: Any, mark: Any) -> Any:
        if self._located:
            frame.key_place = (mark.line + 1, mark.column + 1)
        if key.__class__ is str:
            if key not in frame.into:
                return self._keys.setdefault(key, key)
            return self.mistake(mark, "the same key twice in one mapping", "keep one of them")
        if key is _MERGE:
            return key if frame.merged is None else self.mistake(mark, "<< twice in one mapping", "merge a list")
        return key if key is BROKEN else self.mistake(mark, "a key that is no text", "put it in quotes")

    def _set(self, frame: _Frame, value: Any, mark: Any) -> None:
        key, frame.key = frame.key, _NO_KEY
        if key is _MERGE:
            frame.merged = self._mergeable(value, mark)
        elif key is not BROKEN:
            frame.into[key] = value
            if self._located:
                frame.into.places[key] = (frame.key_place, (mark.line + 1, mark.column + 1))

    def _mergeable(self, value: Any, mark: Any) -> list[Map]:
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, Map) for source in sources):
            self.mistake(mark, "<< takes mappings only", "name the anchor of one")
        return [source for source in sources if isinstance(source, Map)]


_UNKNOWN_TAG = ("a tag that syncer does not know", "leave it out, or put a text in quotes")
_HANDLERS: Mapping[str, Callable[[_Builder, Any], None]] = {
    "ScalarEvent": _Builder.scalar,
    "MappingStartEvent": _Builder.mapping_start,
    "SequenceStartEvent": _Builder.sequence_start,
    "MappingEndEvent": _Builder.end,
    "SequenceEndEvent": _Builder.end,
    "AliasEvent": _Builder.alias,
    "DocumentStartEvent": _Builder.document,
}


def _merge(into: Map, sources: Iterable[Map]) -> None:
    """What stands in `into` itself wins, then the earlier source."""
    for source in sources:
        for key in [key for key in source if key not in into]:  # in the order of the text
            into[key] = source[key]
            if into.places is not None and source.places is not None:
                into.places[key] = source.places[key]


def _integer(text: str) -> int:
    digits = text.replace("_", "")
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    base = _BASES.get(digits[:2])
    return sign * (int(digits[2:], base) if base else int(digits))


def _float(text: str) -> float:
    return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))


_RESOLVE: Mapping[str, Callable[[str], Any]] = {
    "null": lambda _: None,
    "bool": lambda text: text[0] in "tT",
    "int": _integer,
    "float": _float,
    "date": lambda _: BROKEN,
}
