"""The fields that syncer knows, read from schemas/domain.schema.json, and the normal form of their values.

Normal form: None for unset; bool, int or str by the field's type; an int for labelled fields and hex bytes; a Secret
for secrets. A value that fits no field's type passes through as it is, so that nothing of a newer service is lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

from syncer import resources
from syncer.model.address import Kind
from syncer.model.values import Secret, is_unset

REFERENCE = "{env: NAME}, {file: PATH} or {age: CIPHERTEXT}"  # to a secret


class Wire(StrEnum):
    """How a value is spelled on the wire."""

    PLAIN = "plain"
    NUMBER = "number"  # labels in files, a number on the wire
    NUMBER_STRING = "number-string"  # labels in files, a number as a string on the wire
    HEX_BYTE = "hex-byte"  # "0xb8"
    PIECES = "pieces"  # a text that may exceed a message


class Holds(StrEnum):
    """What a text means to the devices; any text is legal in a file, but not every one can be meant."""

    ANYTHING = "anything"
    HOST = "host"
    ICE_SERVER = "ice-server"  # of STUN or TURN: a host, with or without a scheme before it and a transport behind
    URL = "url"
    TZ = "tz"  # a POSIX TZ string
    SCRIPT = "script"  # lines that devices carry out


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind or type, as its schema describes it."""

    name: str
    type: str  # string, boolean, integer
    optional: bool
    wire: Wire = Wire.PLAIN
    minimum: int | None = None
    maximum: int | None = None
    labels: Mapping[str, int] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    seed: str | None = None  # of a secret: the field whose value seeds its encryption
    from_file: bool = False
    holds: Holds = Holds.ANYTHING
    longest_line: int | None = None  # bytes
    examples: tuple[Any, ...] = ()

    @property
    def secret(self) -> bool:
        """Whether the value must never be shown."""
        return self.seed is not None

    @property
    def by_number(self) -> bool:
        """Whether the normal form is a number, whatever the spelling."""
        return self.wire in (Wire.NUMBER, Wire.NUMBER_STRING, Wire.HEX_BYTE)

    def normal(self, value: Any) -> Any:
        """The normal form of a value as files or the wire spell it."""
        if is_unset(value):
            return None
        if self.secret:
            return value
        if self.by_number:
            value = self._number(value)
        elif isinstance(value, float) and value.is_integer() and self.type == "integer":
            value = int(value)
        return None if value == 0 and self.zero_is_unset and not isinstance(value, str) else value

    @property
    def zero_is_unset(self) -> bool:
        """0 means unset where it is outside the range."""
        return self.type == "integer" and not self.labels and self.minimum is not None and self.minimum > 0

    def _number(self, value: Any) -> Any:
        if isinstance(value, str):
            if value in self.labels:
                return self.labels[value]
            try:
                return int(value, 16 if self.wire is Wire.HEX_BYTE else 10)
            except ValueError:
                return value
        return int(value) if isinstance(value, float) and value.is_integer() else value

    def wire_form(self, value: Any) -> Any:
        """A normal form as the API document spells it; secrets are encrypted elsewhere."""
        if not isinstance(value, int) or isinstance(value, bool):
            return value
        match self.wire:
            case Wire.NUMBER_STRING:
                return str(value)
            case Wire.HEX_BYTE:
                return hex_byte(value)
            case _:
                return value

    def file_form(self, value: Any) -> Any:
        """A normal form as people write it: labels rather than numbers."""
        if isinstance(value, int) and not isinstance(value, bool):
            if self.labels:
                return next((label for label, number in self.labels.items() if number == value), value)
            if self.wire is Wire.HEX_BYTE:
                return hex_byte(value)
        return value

    def accepts(self, value: Any) -> bool:
        """Whether a normal form is one that a file may say."""
        if value is None:
            return True
        if self.secret:
            return isinstance(value, Secret)
        if self.labels:
            return not isinstance(value, bool) and value in self.labels.values()
        if self.wire is Wire.HEX_BYTE:
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 0xFF
        if self.type == "boolean":
            return value is True
        if self.type == "integer":
            return isinstance(value, int) and not isinstance(value, bool) and self._in_range(value)
        return isinstance(value, str) and (not self.choices or value in self.choices)

    def _in_range(self, value: int) -> bool:
        return (self.minimum is None or value >= self.minimum) and (self.maximum is None or value <= self.maximum)

    @property
    def expected(self) -> str:
        """What a file may say, for people."""
        if self.secret:
            return f"a reference to a secret: {REFERENCE}"
        if self.labels:
            return "one of " + ", ".join(f"{label} ({number})" for label, number in self.labels.items())
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if self.wire is Wire.HEX_BYTE:
            return 'a byte from 0x00 to 0xff, like 0xb8 or "0xb8"'
        if self.type == "boolean":
            return "true or false"
        if self.type == "integer":
            top = f"from {self.minimum} to {self.maximum}" if self.maximum is not None else f"from {self.minimum} up"
            return f"a whole number {top}"
        return "a text or {file: PATH}" if self.from_file else "a text"


def hex_byte(value: int) -> str:
    """A byte like `0xb8`."""
    return f"0x{value:02x}"


@dataclass(frozen=True, slots=True)
class Hardware:
    """Which devices the configs of a type are for: those of these hardware types, or with FXS interfaces; else all.

    In the schema it stands as `x-devices`: the parameters of GetFilteredDevices that select them.
    """

    types: frozenset[str] = frozenset()
    fxs: bool = False

    @property
    def shown(self) -> str:
        """What it adds to the word devices."""
        if self.fxs:
            return " with FXS interfaces"
        return f" of type {' or '.join(sorted(self.types))}" if self.types else ""


@cache
def hardware_of(config_type: str) -> Hardware:
    """What a config type is for; everything for a type that does not say it, or that syncer does not know."""
    said = resources.described("domain")["$defs"].get(f"config_{config_type}", {}).get("x-devices", {})
    return Hardware(frozenset(said.get("types", ())), said.get("justFxs", False))


@cache
def expected_of(config_type: str) -> tuple[str, ...]:
    """Optional fields without which a config of that type hardly makes sense."""
    return tuple(resources.described("domain")["$defs"].get(f"config_{config_type}", {}).get("x-expected", ()))


@cache
def config_types() -> tuple[str, ...]:
    """The config types of the API document."""
    definitions = resources.described("domain")["$defs"]
    return tuple(sorted(n.removeprefix("config_") for n in definitions if n.startswith("config_") and n[7:].isupper()))


@cache
def fields_of(kind: Kind, config_type: str = "") -> Mapping[str, Field]:
    """The known fields of a kind, or of a config type (none for a type that syncer does not know)."""
    schema = resources.described("domain")
    match kind:
        case Kind.DOMAIN:
            names = {"deployAdminPasswords": schema["$defs"]["domain"]["properties"]["deployAdminPasswords"]}
        case Kind.CATEGORY:
            names = {"config": schema["$defs"]["category"]["properties"]["config"]}
        case Kind.CONFIG:
            properties = schema["$defs"].get(f"config_{config_type}", {}).get("properties", {})
            names = {
                name: schema["$defs"][f"field_{name}"]
                for name, value in properties.items()
                if value.get("$ref") == f"#/$defs/field_{name}"
            }
    return {name: _field(name, description) for name, description in names.items()}


def _field(name: str, schema: Mapping[str, Any]) -> Field:
    branches: list[Mapping[str, Any]] = [schema, *schema.get("anyOf", ())]
    labels = schema.get("x-labels", {})
    ranges = {} if labels else next((branch for branch in branches if "minimum" in branch), {})
    choices = () if labels else tuple(c for c in schema.get("enum", ()) if c)
    types = [branch.get("type") for branch in branches]
    return Field(
        name=name,
        type=next(_flat(types), "integer" if labels else "string"),
        optional=schema.get("x-optional", False),
        wire=Wire(schema.get("x-wire", "plain")),
        minimum=ranges.get("minimum"),
        maximum=ranges.get("maximum"),
        labels=labels,
        choices=choices,
        seed=schema.get("x-seed"),
        from_file=schema.get("x-file", False),
        holds=Holds(schema.get("x-holds", "anything")),
        longest_line=schema.get("x-longest-line"),
        examples=tuple(schema.get("examples", ())),
    )


def _flat(types: list[Any]) -> Any:
    for entry in types:
        for name in entry if isinstance(entry, list) else [entry]:
            if name in ("string", "boolean", "integer"):
                yield name


# Keys of the service's own objects that are identity or read-only, so neither written nor compared.
OWN_KEYS: Mapping[Kind, frozenset[str]] = {
    Kind.DOMAIN: frozenset({"id", "name", "hasRentalProducts", "isInstanceDomain", "categories"}),
    Kind.CATEGORY: frozenset({"id", "domainId", "name"}),
    Kind.CONFIG: frozenset({"id", "domainId", "desc", "type", "categories"}),
}
