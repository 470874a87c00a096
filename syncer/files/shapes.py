"""What may stand in the mapping of a domain, a category or a config: judges it and gives its normal form.

jsonschema judges each distinct value of a field once: ten thousand phones that share a coder ask it once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncer.errors import visible
from syncer.files.documents import BROKEN, Map, plain
from syncer.files.schemas import Judge, in_words, inlined
from syncer.files.secrets import References
from syncer.files.sources import Spot
from syncer.files.wording import did_you_mean, kind_of, shown
from syncer.model.address import Kind
from syncer.model.fields import OWN_KEYS, Field, Wire, config_types, fields_of

CATEGORIES = "categories"  # the one common key that may be ignored
EVERY_DEVICE = "name them, or write categories: [] for every device of the domain"
_APART = frozenset((Kind.DOMAIN, key) for key in ("vars", "categories", "configs"))  # read on their own
_MESSAGE_KEYS = frozenset({"mt", "src"})  # of the message that an object travels in
_SPELT_OUT = {"yes": "write true", "on": "write true", "no": "write false", "off": "write false"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A mapping in two parts: known fields in normal form, and the common keys. What was wrong is in neither."""

    fields: dict[str, Any]
    common: dict[str, Any]


class Shape:
    """The keys of one kind, or of one config type ("" for all that syncer does not know)."""

    def __init__(self, kind: Kind, config_type: str = "") -> None:
        known = fields_of(kind, config_type)
        where = _pointer(kind, config_type)
        self.kind, self.config_type = kind, config_type
        self.known = tuple(inlined("domain", where))  # in the schema's order
        common = [name for name in self.known if name not in known and (kind, name) not in _APART]
        self._fields = {name: FieldCheck(field, inlined("domain", f"{where}/{name}")) for name, field in known.items()}
        self._common = {name: CommonCheck(name, inlined("domain", f"{where}/{name}")) for name in common}
        self.not_extra = known.keys() | OWN_KEYS[kind] | _MESSAGE_KEYS

    def read(self, node: Map, spot: Spot, references: References) -> Checked:
        """Both parts of a mapping; problems are told at their places."""
        fields: dict[str, Any] = {}
        common: dict[str, Any] = {}
        for key, value in node.items():
            if (field := self._fields.get(key)) is not None:
                normal = field.read(value, spot, references)
                if normal is not BROKEN:
                    fields[key] = normal
            elif (check := self._common.get(key)) is not None:
                accepted = check.read(value, spot)
                if accepted is not BROKEN:
                    common[key] = accepted
            elif key not in self.known:
                spot.at(key).problem(*self._unknown(key, node), of_key=True)
        if "extra" in common:
            common["extra"] = self._extra(common["extra"], spot.at("extra"))
        if "ignore" in common:
            self._check_ignored(common["ignore"], node, spot.at("ignore"))
        return Checked(fields, common)

    def _extra(self, extra: Mapping[str, Any], spot: Spot) -> dict[str, Any]:
        for key in extra.keys() & self.not_extra:
            what = f"{key} is known to syncer, so it cannot stand under extra"
            hint = "write it beside extra" if key in self.known else "leave it out"
            spot.at(key).problem(what, hint, of_key=True)
        copy: dict[str, Any] = plain(extra)
        return copy

    def _check_ignored(self, names: tuple[str, ...], node: Map, spot: Spot) -> None:
        if self.kind is Kind.CONFIG and not self.config_type:
            return
        extra = node.get("extra")
        may = [*self._fields, *(extra if isinstance(extra, dict) else ())]
        if self.kind is Kind.CONFIG:
            may.append(CATEGORIES)
        for index, name in enumerate(names):
            if name not in may:
                hint = did_you_mean(name, may) or f"known here: {visible(', '.join(may))}"
                spot.at(index).problem(f"ignore: there is no field {visible(name, 60)}", hint)

    def _unknown(self, key: str, node: Map) -> tuple[str, str]:
        what = f"unknown field {visible(key, 60)}"
        if self.kind is Kind.CONFIG and not self.config_type:
            close = did_you_mean(node["type"], config_types())
            what += f": the type {visible(node['type'], 60)} is not known to syncer"
            return what, f"{close} Else its fields stand under extra:" if close else "its fields stand under extra:"
        owners = [name for name in config_types() if key in fields_of(Kind.CONFIG, name)]
        if owners and self.kind is Kind.CONFIG:
            return f"{what}: it belongs to {' and '.join(owners)}", "leave it out"
        return what, did_you_mean(key, self.known) or "a field that syncer does not know stands under extra:"


class FieldCheck:
    """One field that syncer knows."""

    def __init__(self, field: Field, schema: Mapping[str, Any]) -> None:
        self.field = field
        self._judge = Judge(schema)
        self._normal: dict[tuple[type, Any], Any] = {}  # by type too, since 1 == True

    def read(self, value: Any, spot: Spot, references: References) -> Any:
        """The normal form, BROKEN once the problem was told."""
        try:
            return self._normal[value.__class__, value]
        except (KeyError, TypeError):  # not seen yet, or not hashable
            return self._read(value, spot.at(self.field.name), references)

    def _read(self, value: Any, spot: Spot, references: References) -> Any:
        if value is BROKEN or (isinstance(value, dict) and BROKEN in value.values()):
            return BROKEN
        if not self._judge.accepts(value):
            spot.problem(*wrong_value(self.field, value))
            return BROKEN
        if isinstance(value, dict):
            return self._referred(value, spot, references)
        normal = self._normal[value.__class__, value] = self.field.normal(value)
        return normal

    def _referred(self, value: Mapping[str, Any], spot: Spot, references: References) -> Any:
        if self.field.secret:
            return references.secret(value, spot)
        text = references.script(value["file"], spot)
        return text if text is BROKEN else self.field.normal(text)


class CommonCheck:
    """A key that is no field: desc, categories, id, …"""

    def __init__(self, name: str, schema: Mapping[str, Any]) -> None:
        self._name = name
        self._judge = Judge(schema)
        self._accepted: set[tuple[type, Any]] = set()

    def read(self, value: Any, spot: Spot) -> Any:
        """The value, a list as a tuple; BROKEN once the problem was told."""
        kept = tuple(value) if isinstance(value, list) else value
        try:
            if (kept.__class__, kept) in self._accepted:
                return kept
        except TypeError:
            return value if self._accepts(value, spot.at(self._name)) else BROKEN
        if not self._accepts(value, spot.at(self._name)):
            return BROKEN
        self._accepted.add((kept.__class__, kept))
        return kept

    def _accepts(self, value: Any, spot: Spot) -> bool:
        if value is BROKEN or (isinstance(value, list) and BROKEN in value):
            return False
        if value is None and self._name == CATEGORIES:
            spot.problem("nothing stands after categories", EVERY_DEVICE, of_key=True)
            return False
        told = [complaint for error in self._judge.errors(value) for complaint in in_words(error, self._name)]
        for complaint in told:
            spot.at(*complaint.path).problem(complaint.what, complaint.hint, of_key=complaint.of_key)
        return not told


def wrong_value(field: Field, value: Any) -> tuple[str, str]:
    """What is wrong with a value that the schema does not accept, and what to do."""
    name = field.name
    if field.secret:
        return _wrong_secret(field, value)
    if isinstance(value, list | dict):
        return f"{name} is {kind_of(value)}, not {field.expected}", ""
    if field.labels or field.choices:
        close = _plainer(field, value) or did_you_mean(value, field.labels or field.choices)
        return f"{name}: {shown(value)} is not {field.expected}", close
    if field.type == "string":
        return f"{name} is {kind_of(value)}, not {field.expected}", "put it in quotes"
    return f"{name}: {shown(value)} is not {field.expected}", _plainer(field, value)


def _plainer(field: Field, value: Any) -> str:
    """The same value as YAML would have to spell it."""
    if not isinstance(value, str):
        return ""
    if field.type == "boolean":
        return _SPELT_OUT.get(value.lower(), "drop the quotes" if value.lower() in ("true", "false") else "")
    return "drop the quotes" if value.isdecimal() and (field.labels or field.wire is Wire.PLAIN) else ""


def _wrong_secret(field: Field, value: Any) -> tuple[str, str]:
    """Never quotes anything of the value, not even its keys."""
    if isinstance(value, dict | list):
        return f"{field.name} is not {field.expected}", ""
    return f"{field.name} is written out, which a secret must never be", f"write {field.expected}"


def _pointer(kind: Kind, config_type: str) -> str:
    """Where the schema has the properties of a kind or type."""
    match kind:
        case Kind.DOMAIN:
            return "$defs/domain/properties"
        case Kind.CATEGORY:
            return "$defs/category/properties"
        case Kind.CONFIG:
            return f"$defs/config_{config_type or 'other'}/properties"
