"""Baselines: which domains they are for, and what they give them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from syncer.errors import visible
from syncer.files.documents import BROKEN, Map
from syncer.files.sources import Spot
from syncer.files.variables import Said, has_variables, literal, read_variables
from syncer.files.wording import did_you_mean, kind_of
from syncer.model.address import Kind, glob_pattern

LISTS = {Kind.CATEGORY: "categories", Kind.CONFIG: "configs"}
_KEYS = ("baseline", "domains", "vars", *LISTS.values())
_EXCLUSION = "!"
MAX_GIVEN = 10_000_000  # values that a baseline may give all its domains together
_GLOBS = 'write globs, like domains: ["*.example.com", "!test.example.com"]'
_NULL_LIST = "write [] if there are to be none, or leave the key out"


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """An entry of a baseline, as written; `varies`: it uses variables."""

    kind: Kind
    node: Map
    spot: Spot
    varies: bool


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """What one baseline document says; `covers` and `excludes` match names of domains."""

    spot: Spot
    covers: tuple[re.Pattern[str], ...]
    excludes: tuple[re.Pattern[str], ...]
    variables: Mapping[str, Said]
    given: tuple[Given, ...]

    def matches(self, domain: str) -> bool:
        """Whether it is for the domain: a glob names it, and no exclusion does."""
        is_named = any(glob.fullmatch(domain) for glob in self.covers)
        return is_named and not any(glob.fullmatch(domain) for glob in self.excludes)

    def variables_for(self, domain: str) -> Mapping[str, Said]:
        """Its variables, problems with which are told for the domain."""
        return {name: Said(value, replace(spot, domain=domain)) for name, (value, spot) in self.variables.items()}


_ENTRY = {
    "categories": "begin it with `name: `, as in `- name: Phones HQ`",
    "configs": "begin it with `type: `, as in `- type: PHONE`",
}


def listed(document: Map, key: str, spot: Spot) -> list[tuple[Map, Spot]] | None:
    """The mappings in a list of a document; None where it has no such list."""
    if key not in document:
        return None
    entries, below = document[key], spot.at(key)
    if not isinstance(entries, list):
        if entries is None:
            below.problem(f"nothing stands after {key}", _NULL_LIST, of_key=True)
        elif entries is not BROKEN:
            below.problem(f"{key} is {kind_of(entries)}, not a list", "begin each entry with a dash")
        return None
    for index, entry in enumerate(entries):
        if not isinstance(entry, Map) and entry is not BROKEN:
            below.at(index).problem(f"an entry is a mapping, not {kind_of(entry)}", _ENTRY[key])
    return [(entry, below.at(index)) for index, entry in enumerate(entries) if isinstance(entry, Map)]


def read_baseline(document: Map, spot: Spot) -> Baseline | None:
    """What a baseline document says; None where it cannot be known for which domains."""
    for key in document.keys() - set(_KEYS):
        spot.at(key).problem(*_unknown(key), of_key=True)
    name = document["baseline"]
    if name is not BROKEN and not (isinstance(name, str) and name):
        what = "nothing stands after baseline" if name is None else f"baseline is {kind_of(name)}, not a name"
        spot.at("baseline").problem(what, "give it a name that says what it is for", of_key=name is None)
    globs = _globs(document, spot)
    variables = read_variables(document, spot)
    given = tuple(one for kind in LISTS for one in _given(kind, document, spot))
    if globs is None:
        return None
    covers = tuple(glob_pattern(glob) for glob in globs if not glob.startswith(_EXCLUSION))
    excludes = tuple(glob_pattern(glob[1:]) for glob in globs if glob.startswith(_EXCLUSION))
    return Baseline(spot, covers, excludes, variables, given)


def _unknown(key: str) -> tuple[str, str]:
    what = f"unknown key {visible(key, 60)} in a baseline"
    if key == "domain":
        return what, "a document is a domain's or a baseline's; divide two with ---"
    return what, did_you_mean(key, _KEYS) or f"known here: {', '.join(_KEYS)}"


def _globs(document: Map, spot: Spot) -> list[str] | None:
    if "domains" not in document:
        spot.problem("the baseline does not say its domains", _GLOBS)
        return None
    globs, below = document["domains"], spot.at("domains")
    if not isinstance(globs, list) or not globs:
        _tell_no_globs(globs, below)
        return None
    read = [_glob(glob, below.at(index)) for index, glob in enumerate(globs)]
    if BROKEN not in read and all(glob.startswith(_EXCLUSION) for glob in read):
        below.problem("domains has only exclusions, so it names none", 'put a glob before them, like "*"')
        return None
    return read if BROKEN not in read else None


def _tell_no_globs(said: Any, spot: Spot) -> None:
    if said is None:
        spot.problem("nothing stands after domains", _GLOBS, of_key=True)
    elif said is not BROKEN:
        spot.problem("domains is empty" if said == [] else f"domains is {kind_of(said)}, not a list", _GLOBS)


def _glob(glob: Any, spot: Spot) -> Any:
    if glob is BROKEN:
        return BROKEN
    if isinstance(glob, str) and glob.removeprefix(_EXCLUSION):
        return literal(glob, spot, "a glob")
    what = "an empty text" if isinstance(glob, str) else kind_of(glob)
    spot.problem(f"{what} is no glob", "write the name of a domain, * for any text in it, ? for one character")
    return BROKEN


def _given(kind: Kind, document: Map, spot: Spot) -> Iterator[Given]:
    for node, where in listed(document, LISTS[kind], spot) or ():
        if "id" in node:
            hint = "an id is of one object: put it on the domain's own entry"
            where.at("id").problem("an id in a baseline", hint, of_key=True)
        yield Given(kind, node, where, has_variables(node))


def usable(baselines: Iterable[Baseline], domains: Iterable[str]) -> list[Baseline]:
    """Those that are for some of the domains, and not for too many; tells the others.

    One that is for nobody is a slip: what it says would silently be missing everywhere.
    """
    names = list(domains)
    return [one for one in baselines if _is_usable(one, sum(map(one.matches, names)))]


def _is_usable(baseline: Baseline, count: int) -> bool:
    spot = baseline.spot.at("domains")
    values = sum(_size(given.node) for given in baseline.given)
    if count and values * count <= MAX_GIVEN:
        return True
    if count:
        spot.problem(f"the baseline gives {count} domains {values} values each, which is too much", "divide it")
    else:
        hint = "correct its globs, or leave it out of these files"
        spot.problem("the baseline is for no domain that the files name", hint)
    return False


def _size(value: Any) -> int:
    """How many values there are in one, aliases counted with all that they stand for."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_size, inside))
