"""From the mappings of domain documents to entries: one document at a time, each problem told where it stands."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from syncer.errors import Place
from syncer.files.baselines import LISTS, Given, listed
from syncer.files.documents import BROKEN, Map, Steps
from syncer.files.inheritance import Inheritance, Inherited, Key
from syncer.files.secrets import References
from syncer.files.shapes import CATEGORIES, EVERY_DEVICE, Checked, Shape
from syncer.files.sources import Spot
from syncer.files.variables import Scope, has_variables, literal
from syncer.files.wording import kind_of
from syncer.model.address import Address, Kind, category_address, config_address, domain_address
from syncer.model.fields import config_types
from syncer.model.rules import broken_rules
from syncer.model.state import Entry

_APART = frozenset({"domain", "vars", *LISTS.values()})  # keys of a domain document that are read on their own


class Found(NamedTuple):
    """An entry, and where more can be told about it."""

    entry: Entry
    spot: Spot


@dataclass(slots=True)
class Part:
    """What one document says about its domain, `said` by path. Not `sure`: some of its categories were not read.

    `inherited` gives what baselines add of a kind, but for what has one of the keys.
    """

    domain: Found
    said: Mapping[Steps, Any]
    inherited: Callable[[Kind, frozenset[Key]], list[Found]]
    categories: list[Found] | None = None
    configs: list[Found] | None = None
    sure: bool = True


@dataclass(slots=True)
class Reader:
    """Reads domain documents; keeps what it learned about values from one to the next."""

    references: References
    _shapes: dict[tuple[Kind, str], Shape] = field(default_factory=dict)
    _shared: dict[Given, Found | None] = field(default_factory=dict)  # of baselines, the same for every domain

    def part(self, document: Map, spot: Spot, inheritance: Inheritance) -> Part | None:
        """What a document says about its domain; None where it does not say rightly which one that is."""
        if "domain" not in document:
            spot.problem("the document does not say its domain", "begin it with domain: NAME")
        domain, where = self._domain(document, spot, inheritance.scope)
        part = Part(domain, where, partial(self._inherited, inheritance))
        part.categories = self._list(document, Kind.CATEGORY, spot, inheritance)
        part.configs = self._list(document, Kind.CONFIG, spot, inheritance)
        part.sure = "categories" not in document or part.categories is not None
        return part if inheritance.scope.domain else None

    def _domain(self, document: Map, spot: Spot, scope: Scope) -> tuple[Found, Mapping[Steps, Any]]:
        own = Map(document.line, document.column)
        own.update((key, value) for key, value in document.items() if key not in _APART)
        node, where = scope.resolve(own, spot)
        if "domain" in document:
            node["domain"] = scope.domain or _no_name(document["domain"])
        checked = self._shape(Kind.DOMAIN).read(node, where, self.references)
        return Found(_entry(domain_address(scope.domain), node, checked, where), where), dict(_said(checked))

    def _list(self, document: Map, kind: Kind, spot: Spot, inheritance: Inheritance) -> list[Found] | None:
        entries = listed(document, LISTS[kind], spot)
        if entries is None:
            return None
        domain = inheritance.scope.domain
        found = [self._read(kind, domain, *inheritance.lay_under(kind, *entry)) for entry in entries]
        return [entry for entry in found if entry is not None]

    def _read(self, kind: Kind, domain: str, node: Map, spot: Spot) -> Found | None:
        return self._category(node, domain, spot) if kind is Kind.CATEGORY else self._config(node, domain, spot)

    def _inherited(self, inheritance: Inheritance, kind: Kind, taken: frozenset[Key]) -> list[Found]:
        domain = inheritance.scope.domain
        found = [self._given(one, domain) for one in inheritance.rest(kind, taken)]
        return [entry for entry in found if entry is not None]

    def _given(self, inherited: Inherited, domain: str) -> Found | None:
        """What is the same for every domain is read only once."""
        given = inherited.given
        if given.varies:
            return self._read(given.kind, domain, inherited.node, inherited.spot)
        if given not in self._shared:
            self._shared[given] = self._read(given.kind, "", given.node, given.spot)
        found = self._shared[given]
        if found is None:
            return None
        return Found(replace(found.entry, address=replace(found.entry.address, domain=domain)), inherited.spot)

    def _category(self, node: Map, domain: str, spot: Spot) -> Found | None:
        checked = self._shape(Kind.CATEGORY).read(node, spot, self.references)
        if "name" not in node:
            spot.problem("a category without a name", "add name: NAME")
        if "name" not in checked.common:
            return None
        return Found(_entry(category_address(domain, checked.common["name"]), node, checked, spot), spot)

    def _config(self, node: Map, domain: str, spot: Spot) -> Found | None:
        config_type = node.get("type")
        if not config_type or not isinstance(config_type, str):
            self._no_type(node, spot)
            return None
        known = config_type if config_type in config_types() else ""
        checked = self._shape(Kind.CONFIG, known).read(node, spot, self.references)
        if "desc" in node and "desc" not in checked.common:
            return None
        entry = _entry(config_address(domain, config_type, checked.common.get("desc") or ""), node, checked, spot)
        if entry.categories is None and not entry.absent and CATEGORIES not in entry.ignore and CATEGORIES not in node:
            spot.problem("a config must say its categories", EVERY_DEVICE)
        for names, what in broken_rules(entry.fields):
            spot.at(next(name for name in names if name in node)).problem(what, "change one of them")
        return Found(entry, spot)

    @staticmethod
    def _no_type(node: Map, spot: Spot) -> None:
        types = ", ".join(config_types())
        if "type" not in node:
            spot.problem("a config without a type", f"add type: one of {types}")
        elif node["type"] is not BROKEN:
            what = "nothing" if not node["type"] else kind_of(node["type"])
            spot.at("type").problem(f"type is {what}, not a text", f"write one of {types}")

    def _shape(self, kind: Kind, config_type: str = "") -> Shape:
        shape = self._shapes.get((kind, config_type))
        if shape is None:
            shape = self._shapes[kind, config_type] = Shape(kind, config_type)
        return shape


def name_of(document: Map, spot: Spot) -> str:
    """The domain that a document is of, "" where it does not say it rightly."""
    name = document.get("domain")
    literally = literal(name, spot.at("domain"), "a domain's name") if isinstance(name, str) else BROKEN
    return "" if literally is BROKEN else str(literally)


def _no_name(said: Any) -> Any:
    """What a document has in place of its domain's name; BROKEN where that was told."""
    return BROKEN if has_variables(said) else said


def _entry(address: Address, node: Map, checked: Checked, spot: Spot) -> Entry:
    common: Mapping[str, Any] = checked.common
    entry = Entry(
        address,
        Place(spot.source.name, node.line, node.column),
        checked.fields,
        common.get("extra", {}),
        common.get(CATEGORIES),
        int(common["id"]) if "id" in common else None,  # YAML's 5.0 is a whole number too
        common.get("renamed_from"),
        common.get("state") == "absent",
        frozenset(common.get("ignore", ())),
        spot if spot.origins else None,
    )
    if entry.renamed_from is not None:
        _check_rename(entry, spot.at("renamed_from"))
    return entry


def _said(checked: Checked) -> Iterator[tuple[Steps, Any]]:
    """What two documents of one domain must not say differently."""
    for name, value in checked.fields.items():
        yield (name,), value
    for name in ("id", "renamed_from", "state"):
        if name in checked.common:
            yield (name,), checked.common[name]
    for name, value in checked.common.get("extra", {}).items():
        yield ("extra", name), value


def _check_rename(entry: Entry, spot: Spot) -> None:
    if entry.absent:
        spot.problem("renamed_from together with state: absent", "leave one of them out", of_key=True)
    elif entry.former == entry.address:
        spot.problem("renamed_from is the name that it has", "write the former one, or leave it out")
