"""From the mappings of domain documents to entries: one document at a time, each problem told where it stands."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from syncer.errors import Place
from syncer.files.documents import BROKEN, Map, Steps
from syncer.files.secrets import References
from syncer.files.shapes import CATEGORIES, EVERY_DEVICE, Checked, Shape
from syncer.files.sources import Spot
from syncer.files.wording import kind_of
from syncer.model.address import Address, Kind, category_address, config_address, domain_address
from syncer.model.fields import config_types
from syncer.model.rules import broken_rules
from syncer.model.state import Entry

_NULL_LIST = "write [] if there are to be none, or leave the key out"
_LATER = {
    "baseline": "baselines come with a later version",
    "vars": "variables come with a later version",
}


class Found(NamedTuple):
    """An entry, and where more can be told about it."""

    entry: Entry
    spot: Spot


@dataclass(slots=True)
class Part:
    """What one document says about its domain, `said` by path. Not `sure`: some of its categories were not read."""

    domain: Found
    said: Mapping[Steps, Any]
    categories: list[Found] | None = None
    configs: list[Found] | None = None
    sure: bool = True


@dataclass(slots=True)
class Reader:
    """Reads domain documents; keeps what it learned about values from one to the next."""

    references: References
    _shapes: dict[tuple[Kind, str], Shape] = field(default_factory=dict)

    def part(self, document: Any, spot: Spot) -> Part | None:
        """The domain that a document describes; None for an empty one, and where a problem leaves nothing to go on."""
        if document is None or document is BROKEN:
            return None
        if not isinstance(document, Map):
            spot.problem(f"a document is a mapping, not {kind_of(document)}", "begin it with domain: NAME")
            return None
        later = [key for key in _LATER if key in document]
        for key in later:
            spot.at(key).problem(f"{key}: {_LATER[key]}", "leave it out", of_key=True)
        if "baseline" in document:
            return None
        if "domain" not in document:
            spot.problem("the document does not say its domain", "begin it with domain: NAME")
        return self._domain(document, spot, later)

    def _domain(self, document: Map, spot: Spot, later: list[str]) -> Part | None:
        known = Map(document.line, document.column)
        known.update((key, value) for key, value in document.items() if key not in later)
        checked = self._shape(Kind.DOMAIN).read(known, spot, self.references)
        address = domain_address(checked.common.get("domain", ""))
        part = Part(Found(_entry(address, document, checked, spot), spot), dict(_said(checked)))
        part.categories = self._list(document, "categories", spot, part, self._category)
        part.configs = self._list(document, "configs", spot, part, self._config)
        return part if "domain" in checked.common else None

    def _list(
        self, document: Map, key: str, spot: Spot, part: Part, read: Callable[[Map, str, Spot], Found | None]
    ) -> list[Found] | None:
        if key not in document:
            return None
        entries, below = document[key], spot.at(key)
        if not isinstance(entries, list):
            part.sure &= key != "categories"
            if entries is None:
                below.problem(f"nothing stands after {key}", _NULL_LIST, of_key=True)
            elif entries is not BROKEN:
                below.problem(f"{key} is {kind_of(entries)}, not a list", "begin each entry with a dash")
            return None
        found = [self._found(entry, part, below.at(index), read) for index, entry in enumerate(entries)]
        return [entry for entry in found if entry is not None]

    @staticmethod
    def _found(entry: Any, part: Part, spot: Spot, read: Callable[[Map, str, Spot], Found | None]) -> Found | None:
        if isinstance(entry, Map):
            return read(entry, part.domain.entry.address.domain, spot)
        if entry is not BROKEN:
            spot.problem(f"an entry is a mapping, not {kind_of(entry)}", "write it as key: value")
        return None

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
