"""`${vars.x}` and `${domain.name}` in what is said of one domain: what they stand for, and where that was said."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from syncer.errors import visible
from syncer.files.documents import BROKEN, Items, Map
from syncer.files.sources import Spot
from syncer.files.wording import kind_of, nearest

DOMAIN_NAME = "domain.name"
MAX_TEXT = 1 << 20  # characters that the variables in a text may make of it
MAX_MADE = 1 << 28  # characters of all texts that variables stand in, of all domains
MAX_CHAIN = 50  # variables that lead from one to the next
_TOKEN = re.compile(r"\$\$\{|\$\{(?:([^{}]*)\})?")  # a literal `${`, or a variable; without group 1 it is not closed
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_VARIABLE = re.compile(rf"vars\.({_NAME.pattern})")
_LITERAL = "$${ for a literal ${"
_SAY_ONCE = "say it once, or the same twice"


class Said(NamedTuple):
    """A value, and where it was said."""

    value: Any
    spot: Spot


_UNSAYABLE: Final = None  # a variable of which a problem was told


def has_variables(value: Any) -> bool:
    """Whether any text in a value, keys included, holds a `${`."""
    if isinstance(value, str):
        return "${" in value
    if isinstance(value, dict):
        return any("${" in key for key in value) or any(map(has_variables, value.values()))
    return isinstance(value, list) and any(map(has_variables, value))


def literal(text: str, spot: Spot, what: str, *, of_key: bool = False) -> Any:
    """A text that `what` for people cannot be made of variables; BROKEN once a bare `${` was told."""
    if any(match[0] != "$${" for match in _TOKEN.finditer(text)):
        spot.problem(f"no variable can stand in {what}", f"write it out, or {_LITERAL}", of_key=of_key)
        return BROKEN
    return text.replace("$${", "${")


def read_variables(document: Map, spot: Spot) -> dict[str, Said]:
    """The `vars` of a document; those that cannot be used are told and BROKEN."""
    if "vars" not in document or document["vars"] is BROKEN:
        return {}
    found, below = document["vars"], spot.at("vars")
    if not isinstance(found, Map):
        what = "nothing stands after vars" if found is None else f"vars is {kind_of(found)}, not a mapping"
        below.problem(what, "write NAME: VALUE below it, or leave it out", of_key=found is None)
        return {}
    return {name: Said(_checked(name, value, below.at(name)), below.at(name)) for name, value in found.items()}


def _checked(name: str, value: Any, spot: Spot) -> Any:
    if not _NAME.fullmatch(name):
        what = f"{visible(name, 60)} cannot be the name of a variable"
        spot.problem(what, "begin with a letter or _, go on with letters, digits, _ and -", of_key=True)
    if isinstance(value, dict):
        spot.problem(f"vars.{visible(name, 60)} is a mapping", "a variable is a text, a number, true, false or a list")
        return BROKEN
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict | list):
                what = f"an item of vars.{visible(name, 60)} is {kind_of(item)}"
                spot.at(index).problem(what, "write texts or numbers")
                return BROKEN
    return value


def agreed(several: Iterable[Mapping[str, Said]], hint: str = _SAY_ONCE) -> dict[str, Said]:
    """Variables of several documents together; where two of them differ, both places are named."""
    together: dict[str, Said] = {}
    for variables in several:
        for name, said in variables.items():
            before = together.setdefault(name, said)
            if before is not said and not _is_same(before.value, said.value):
                said.spot.problem(f"vars.{visible(name, 60)} is not what {before.spot.place()} says", hint)
    return together


def _is_same(one: Any, other: Any) -> bool:
    """To the letter: 1 is neither true nor 1.0 here."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    return type(one) is type(other) and bool(one == other)


@dataclass(slots=True)
class Room:
    """How many characters may still be made of variables."""

    left: int = MAX_MADE

    def take(self, count: int, spot: Spot) -> bool:
        """Whether there was room; the first time that there was none is told."""
        had, self.left = self.left, self.left - count
        if had >= 0 > self.left:
            spot.problem(f"variables make more than {MAX_MADE} characters of these files", "use fewer of them")
        return self.left >= 0


class Scope:
    """What variables stand for in one domain. Not `sure`: a file could not be read, and may have held more of them.

    `room` is what all domains have together.
    """

    def __init__(
        self, domain: str, variables: Mapping[str, Said], *, sure: bool = True, room: Room | None = None
    ) -> None:
        self.domain, self._room = domain, room or Room()
        self._variables = variables
        self._sure = sure
        self._known: dict[str, Said | None] = {}
        self._chain: list[str] = []
        self._depths: dict[str, int] = {}  # how many variables one leads through, itself included

    def check(self) -> None:
        """Tell what is wrong with variables, whether anything uses them or not."""
        for name, said in self._variables.items():
            self._variable(name, said.spot)

    def resolve(self, value: Any, spot: Spot) -> Said:
        """A value with its variables replaced, and where it was said: of one that is a whole variable, there.

        BROKEN once a problem was told.
        """
        if isinstance(value, str):
            return self._text(value, spot) if "${" in value else Said(value, spot)
        if not has_variables(value):
            return Said(value, spot)
        return self._items(value, spot) if isinstance(value, list) else self._mapping(value, spot)

    def _mapping(self, value: Map, spot: Spot) -> Said:
        into, origins = Map(value.line, value.column), dict(spot.origins or {})
        for key, item in value.items():
            name = literal(key, spot.at(key), "a key", of_key=True) if "${" in key else key
            if name is not BROKEN:
                into[name], origin = self.resolve(item, spot.at(key)) if has_variables(item) else (item, None)
                if origin is not None:
                    origins[name] = origin
        return Said(into, Spot(spot.source, spot.path, origins, spot.domain))

    def _items(self, value: list[Any], spot: Spot) -> Said:
        said = [self.resolve(item, spot.at(index)) for index, item in enumerate(value)]
        into = Items()
        into += [item for item, _ in said]
        return Said(into, Spot(spot.source, spot.path, dict(enumerate(where for _, where in said)), spot.domain))

    def _text(self, text: str, spot: Spot) -> Said:
        whole = _TOKEN.fullmatch(text)
        if whole and whole[1] is not None:
            return self._named(whole[1], spot) or Said(BROKEN, spot)
        pieces, end = [], 0
        for match in _TOKEN.finditer(text):
            pieces += [text[end : match.start()], self._piece(match, spot)]
            end = match.end()
        pieces.append(text[end:])
        if BROKEN in pieces:
            return Said(BROKEN, spot)
        length = sum(map(len, pieces))
        if length > MAX_TEXT:
            spot.problem(f"variables make more than {MAX_TEXT} characters of this", "use fewer of them")
            return Said(BROKEN, spot)
        return Said("".join(pieces) if self._room.take(length, spot) else BROKEN, spot)

    def _piece(self, match: re.Match[str], spot: Spot) -> Any:
        """What a token adds to the text that it stands in."""
        if match[0] == "$${":
            return "${"
        said = self._named(match[1], spot)
        if said is None or said.value is BROKEN:
            return BROKEN
        if said.value is None or isinstance(said.value, list):
            hint = "use it as the whole value, or give it a text"
            spot.problem(f"{match[1]} is {kind_of(said.value)}, which cannot stand inside a text", hint)
            return BROKEN
        return ("false", "true")[said.value] if isinstance(said.value, bool) else str(said.value)

    def _named(self, name: str | None, spot: Spot) -> Said | None:
        """What stands between `${` and `}`; nothing of it is quoted unless it is a name, since it may be a secret's."""
        if name == DOMAIN_NAME:
            return Said(self.domain, spot)
        if name is not None and (variable := _VARIABLE.fullmatch(name)):
            return self._variable(variable[1], spot)
        close = nearest(name, [DOMAIN_NAME, *(f"vars.{one}" for one in self._variables)]) if name else None
        meant = f"did you mean ${{{close}}}?" if close else "write ${vars.NAME} or ${domain.name}"
        what = "a ${ that is never closed" if name is None else "${ begins a variable, but what follows names none"
        spot.problem(what, f"{meant}, or {_LITERAL}" if not close else f"{meant} Else write {_LITERAL}")
        return _UNSAYABLE

    def _variable(self, name: str, spot: Spot) -> Said | None:
        if name not in self._variables:
            self._tell_unknown(name, spot)
            return _UNSAYABLE
        if name not in self._known:
            said = self._followed(name)
            self._known.setdefault(name, said)
        if self._chain:
            within = self._chain[-1]
            self._depths[within] = max(self._depths.get(within, 1), self._depths.get(name, 1) + 1)
        return self._known[name]

    def _tell_unknown(self, name: str, spot: Spot) -> None:
        if self._sure:
            close = nearest(name, self._variables)
            hint = f"did you mean vars.{visible(close, 60)}?" if close else "add it to the domain's vars"
            spot.problem(f"unknown variable vars.{visible(name, 60)}", hint)

    def _followed(self, name: str) -> Said | None:
        raw = self._variables[name]
        if name in self._chain:
            circle = [*self._chain[self._chain.index(name) :], name]
            way = visible(" → ".join(f"vars.{one}" for one in circle))
            raw.spot.problem(f"vars.{visible(name, 60)} leads back to itself: {way}", "give one of them a value")
            self._give_up()
            return _UNSAYABLE
        self._chain.append(name)
        said = self.resolve(raw.value, raw.spot) if len(self._chain) <= MAX_CHAIN else None
        too_long = said is None or (self._depths.get(name, 1) > MAX_CHAIN and said.value is not BROKEN)
        if too_long:
            raw.spot.problem(f"variables lead through more than {MAX_CHAIN} others", "say the value itself")
            self._give_up()
        self._chain.pop()
        return _UNSAYABLE if said is None or too_long else self._judged(name, said)

    def _give_up(self) -> None:
        """What led here is told as one problem."""
        self._known.update(dict.fromkeys(self._chain))

    def _judged(self, name: str, said: Said) -> Said | None:
        if not isinstance(said.value, list):
            return said if said.value is not BROKEN else _UNSAYABLE
        for index, item in enumerate(said.value):
            if isinstance(item, list):
                hint = f"write {name}: ${{vars.…}} without the list around it"
                self._variables[name].spot.at(index).problem("a list inside a list", hint)
                return _UNSAYABLE
        return said if BROKEN not in said.value else _UNSAYABLE
