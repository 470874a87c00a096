"""Baselines: what they give to the domains that their globs name, and how a domain's own entry is laid over it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from syncer.errors import visible
from syncer.files.documents import BROKEN, Items, Map
from syncer.files.sources import Spot
from syncer.files.variables import Said, Scope, agreed, has_variables, literal, read_variables
from syncer.files.wording import did_you_mean, kind_of
from syncer.model.address import Kind, glob_pattern

LISTS = {Kind.CATEGORY: "categories", Kind.CONFIG: "configs"}
_KEYS = ("baseline", "domains", "vars", *LISTS.values())
_EXCLUSION = "!"
_GLOBS = 'write globs, like domains: ["*.example.com", "!test.example.com"]'
_NULL_LIST = "write [] if there are to be none, or leave the key out"

Key = tuple[str, str]  # type and name: what an address has besides kind and domain


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
            below.at(index).problem(f"an entry is a mapping, not {kind_of(entry)}", "write it as key: value")
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


class Inherited(NamedTuple):
    """An entry that a baseline gives one domain, its variables replaced."""

    given: Given
    node: Map
    spot: Spot


class Inheritance:
    """What stands behind the documents of one domain: variables, and what baselines give it."""

    def __init__(self, scope: Scope, baselines: Iterable[Baseline] = ()) -> None:
        self.scope = scope
        self._given: dict[Kind, dict[Key | int, Inherited]] = {kind: {} for kind in LISTS}
        for baseline in baselines:
            for given in baseline.given:
                self._add(given)

    def _add(self, given: Given) -> None:
        spot = replace(given.spot, domain=self.scope.domain)
        node, where = self.scope.resolve(given.node, spot) if given.varies else (given.node, spot)
        key = _key(given.kind, node)
        before = self._given[given.kind].setdefault(key or id(given), Inherited(given, node, where))
        if before.given is not given and key is not None:
            shown = visible(f"{given.kind} {'/'.join(filter(None, key))}", 60)
            hint = "take it out of one of them" if before.spot.source is where.source else "exclude the domain from one"
            where.problem(f"baselines give the {shown} twice: {before.spot.place()} does too", hint)

    def lay_under(self, kind: Kind, node: Map, spot: Spot) -> tuple[Map, Spot]:
        """A domain's own entry with its variables replaced, and with what it inherits."""
        if spot.source.variables:
            node, spot = self.scope.resolve(node, spot)
        given = self._given[kind]
        under = given.get(key) if given and (key := _key(kind, node)) is not None else None
        return (node, spot) if under is None else _laid_over(under, node, spot)

    def rest(self, kind: Kind, taken: frozenset[Key]) -> Iterator[Inherited]:
        """What is given and not `taken` by entries of the domain itself."""
        return (one for key, one in self._given[kind].items() if key not in taken)


def inheritance_of(
    domain: str, documents: Iterable[tuple[Map, Spot]], baselines: Iterable[Baseline], *, sure: bool
) -> Inheritance:
    """What stands behind the documents of a domain. Not `sure`: a file could not be read, and may have said more."""
    own = agreed(read_variables(*document) for document in documents)
    there = [baseline for baseline in baselines if baseline.matches(domain)]
    others = agreed(
        ({name: said for name, said in one.variables_for(domain).items() if name not in own} for one in there),
        "say in the domain's own vars which is meant",
    )
    scope = Scope(domain, {**others, **own}, sure=sure)
    scope.check()
    return Inheritance(scope, there)


def tell_unused(baselines: Iterable[Baseline], domains: Iterable[str]) -> None:
    """A baseline that is for nobody is a slip: what it says would silently be missing everywhere."""
    names = set(domains)
    for baseline in baselines:
        if not any(map(baseline.matches, names)):
            hint = "correct its globs, or leave it out of these files"
            baseline.spot.at("domains").problem("the baseline is for no domain that the files name", hint)


def _key(kind: Kind, node: Map) -> Key | None:
    """Type and desc of a config, a category's name; None where the entry does not say them rightly."""
    config_type, name = (node.get("type"), node.get("desc") or "") if kind is Kind.CONFIG else ("", node.get("name"))
    return (config_type, name) if isinstance(config_type, str) and isinstance(name, str) else None


def _laid_over(under: Inherited, over: Map, over_spot: Spot) -> tuple[Map, Spot]:
    if over.get("state") == "absent":
        return over, over_spot
    if under.node.get("state") == "absent" and "state" not in over:
        hint = "write state: present here, or remove the entry"
        over_spot.problem(f"{under.spot.place()} says state: absent of the same", hint)
    return joined(Said(under.node, under.spot), Said(over, over_spot))


def joined(under: Said, over: Said) -> Said:
    """`over` with what it does not say itself; field by field, `extra` key by key, what is ignored together."""
    into, spot = _by_key(under, over)
    origins = dict(spot.origins or {})
    for key, join in (("extra", _by_key), ("ignore", _united)):
        if key in over.value and key in under.value:
            behind = Said(under.value[key], under.spot.at(key))
            into[key], origins[key] = join(behind, Said(over.value[key], over.spot.at(key)))
    return Said(into, replace(spot, origins=origins))


def _by_key(under: Said, over: Said) -> Said:
    if not isinstance(under.value, Map) or not isinstance(over.value, Map):
        return over
    into = Map(over.value.line, over.value.column)
    into.update({key: value for key, value in under.value.items() if key not in over.value})
    origins: dict[str | int, Spot] = {key: under.spot.at(key) for key in into}
    origins.update(over.spot.origins or {})
    into.update(over.value)
    return Said(into, replace(over.spot, origins=origins))


def _united(under: Said, over: Said) -> Said:
    if not isinstance(under.value, list) or not isinstance(over.value, list):
        return over
    into = Items()
    into += over.value
    origins: dict[str | int, Spot] = dict(over.spot.origins or {})
    for index, item in enumerate(under.value):
        if item not in over.value:
            origins[len(into)] = under.spot.at(index)
            into.append(item)
    return Said(into, replace(over.spot, origins=origins))
