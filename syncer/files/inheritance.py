"""What stands behind the documents of one domain: variables, and entries of baselines that its own are laid over."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from syncer.errors import visible
from syncer.files.baselines import LISTS, Baseline, Given
from syncer.files.documents import Items, Map
from syncer.files.sources import Spot
from syncer.files.variables import Room, Said, Scope, agreed, read_variables
from syncer.model.address import Address, Kind

Key = tuple[str, str]  # type and name: what an address has besides kind and domain


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

    def given(self, address: Address) -> Map | None:
        """What a baseline says of an entry."""
        under = self._given[address.kind].get((address.type, address.name))
        return None if under is None else under.node

    def rest(self, kind: Kind, taken: frozenset[Key]) -> Iterator[Inherited]:
        """What is given and not `taken` by entries of the domain itself."""
        return (one for key, one in self._given[kind].items() if key not in taken)


def inheritance_of(
    domain: str, documents: Iterable[tuple[Map, Spot]], baselines: Iterable[Baseline], room: Room, *, sure: bool
) -> Inheritance:
    """What stands behind the documents of a domain. Not `sure`: a file could not be read, and may have said more."""
    own = agreed(read_variables(*document) for document in documents)
    there = [baseline for baseline in baselines if baseline.matches(domain)]
    others = agreed(
        ({name: said for name, said in one.variables_for(domain).items() if name not in own} for one in there),
        "say in the domain's own vars which is meant",
    )
    scope = Scope(domain, {**others, **own}, sure=sure, room=room)
    scope.check()
    return Inheritance(scope, there)


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
