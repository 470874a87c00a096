"""Live state as YAML files and scripts beside them, rendered piece by piece for whoever keeps them."""

import io
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Generic, Protocol, TypeVar

from syncer.errors import SyncerError
from syncer.files.describe import Description, describe, describe_categories, sayable
from syncer.files.emit import LITERAL_AT_MOST, block, flow, text
from syncer.files.names import Names
from syncer.files.shapes import Shape
from syncer.files.sources import MAX_YAML, MIB
from syncer.model.address import Address, Kind
from syncer.model.fields import Field, Wire, config_types, fields_of
from syncer.model.state import LiveDomain, LiveObject

SCRIPTS = "scripts"
_LONG_LINE = 2000  # characters; a script with longer lines than this is no reading for YAML
_PIECE = MIB  # characters


class Keeps(Protocol):
    """Takes the files of a rendering, each once; the scripts of a domain come before its YAML file."""

    def keep(self, name: str, text: str | Iterable[str], /) -> None:
        """Take a file; `name` is a path with slashes, the text may come in pieces, to be taken once or more often."""


_Keeper = TypeVar("_Keeper", bound=Keeps)
Scratch = Callable[[], IO[str]]  # a new place for a text that is under way, gone once it is closed


class TooLarge(SyncerError):
    """A domain's YAML file would be larger than one may be."""


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable that an exported file refers to, and the secret that belongs into it."""

    name: str
    address: Address
    field: str


@dataclass(frozen=True, slots=True)
class Inside:
    """What is in a domain. `configs` are taken one by one, once; `twins`: addresses that several of them have."""

    categories: Sequence[LiveObject]
    configs: Iterable[LiveObject]
    twins: Container[Address]


def twins_among(objects: Iterable[LiveObject]) -> frozenset[Address]:
    """The addresses that several objects have, so that only ids tell them apart."""
    counted = Counter(one.address for one in objects)
    return frozenset(address for address, count in counted.items() if count > 1)


def category_ids(categories: Iterable[LiveObject]) -> Mapping[str, list[int]]:
    """Ids of the categories that a file can name, by name."""
    names: dict[str, list[int]] = {}
    for one in categories:
        if one.address.name and sayable(one.address.name):
            names.setdefault(one.address.name, []).append(one.id)
    return names


@dataclass(frozen=True, slots=True)
class Scripts:
    """The folder of one domain's scripts, and the names in it."""

    folder: str
    names: Names = field(default_factory=Names)


@dataclass(slots=True)
class Exporter(Generic[_Keeper]):
    """Renders domains, config by config; `variables` and `notes` may be taken away at any time."""

    keeper: _Keeper
    schema_line: str
    write_only: frozenset[str]
    scratch: Scratch = io.StringIO
    variables: list[Variable] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    file_names: Names = field(default_factory=Names)
    variable_names: Names = field(default_factory=Names)
    _shapes: dict[tuple[Kind, str], Shape] = field(default_factory=dict)

    def domain(self, live: LiveDomain, twins: Container[Address]) -> None:
        """One domain's file, and the scripts beside it; `twins`: addresses that several domains have."""
        inside = Inside(live.categories, live.configs, twins_among(live.configs)) if live.is_read else None
        self.render(live.domain, inside, twins)

    def render(self, domain: LiveObject, inside: Inside | None, twins: Container[Address]) -> None:
        """The same of content that is not in memory. TooLarge: its scripts were kept, and it was not."""
        if not self.can_name(domain, domain.address.domain):
            return
        stem = self.file_names.file(domain.address.domain, "domain")
        with self.scratch() as file:
            size = 0
            for piece in self._pieces(domain, inside, twins, Scripts(stem)):
                size += len(piece.encode())
                if size <= MAX_YAML:
                    file.write(piece)
            if size > MAX_YAML:
                raise TooLarge(f"{domain.address.shown} is more than the {MAX_YAML // MIB} MiB that a file may have")
            self.keeper.keep(f"{stem}.yaml", _Pieces(file))

    def _pieces(
        self, domain: LiveObject, inside: Inside | None, twins: Container[Address], scripts: Scripts
    ) -> Iterator[str]:
        yield self.schema_line
        head = self.entry(domain, self.described(domain), twins, scripts)
        yield from (key_line(key, value) for key, value in head.items())
        if inside is not None:
            yield from list_lines("categories", self._categories(inside.categories), apart="")
            yield from list_lines("configs", self._configs(inside, scripts), apart="\n")

    def _categories(self, categories: Sequence[LiveObject]) -> Iterator[Mapping[str, str]]:
        twins = twins_among(categories)
        for one in categories:
            if self.can_name(one, one.address.name):
                yield self.entry(one, self.described(one), twins, Scripts(""))

    def _configs(self, inside: Inside, scripts: Scripts) -> Iterator[Mapping[str, str]]:
        names = category_ids(inside.categories)
        for one in inside.configs:
            if self.can_name(one, one.address.type) and self.is_complete(one):
                description = self.described(one)
                describe_categories(description, one, names)
                yield self.entry(one, description, inside.twins, scripts)

    def can_name(self, live: LiveObject, needed: str) -> bool:
        """Whether a file can hold its name; a note if not."""
        address = live.address
        can = bool(needed) and all(map(sayable, (address.domain, address.type, address.name)))
        if not can:
            self.notes.append(f"{address.shown} (id {live.id}) is left out: a file cannot hold its name")
        return can

    def is_complete(self, live: LiveObject) -> bool:
        """Whether all of it was read; a note if not."""
        if not live.complete:
            self.notes.append(f"{live.address.shown} (id {live.id}) is left out: it was not read completely")
        return live.complete

    def described(self, live: LiveObject) -> Description:
        """What an entry can say of it."""
        return describe(live, self.shape(live.address), self.write_only)

    def shape(self, address: Address) -> Shape:
        """The keys that its entry may have."""
        key = (address.kind, address.type if address.type in config_types() else "")
        if key not in self._shapes:
            self._shapes[key] = Shape(*key)
        return self._shapes[key]

    def entry(self, live: LiveObject, said: Description, twins: Container[Address], scripts: Scripts) -> dict[str, str]:
        """The keys of an entry with their values as YAML, in the schema's order."""
        self.notes += said.notes
        address = live.address
        own: dict[str, str] = {
            "type": text(address.type),
            "domain": text(address.domain),
            "name": text(address.name),
            "desc": text(address.name) if address.name else "",
            "categories": flow(said.categories) if said.categories is not None else "",
            "id": str(live.id) if address in twins else "",
            "ignore": flow(said.ignore) if said.ignore else "",
            "extra": _extra(said.extra, "      " if address.kind is not Kind.DOMAIN else "  "),
        }
        known = fields_of(address.kind, address.type)
        for name, one in known.items():
            own[name] = self.value(live, one, said, scripts)
        return {key: own[key] for key in self.shape(address).known if own.get(key)}

    def value(self, live: LiveObject, one: Field, said: Description, scripts: Scripts) -> str:
        """A field's value as YAML, empty where nothing is to be said."""
        value = said.fields.get(one.name)
        if value is None:
            # what a missing key would mean on create differs, so these two are always said
            explicit = live.address.kind is not Kind.CONFIG and one.name not in said.ignore
            return "false" if explicit else ""
        if one.secret:
            return f"{{env: {self._variable(live.address, one.name)}}}"
        if one.from_file and _is_long(value):
            return f"{{file: {text(self.script(live.address, value, scripts), in_flow=True)}}}"
        if one.wire is Wire.HEX_BYTE:
            return str(one.file_form(value))
        written = one.file_form(value)
        return block(written, "      ") if isinstance(written, str) else flow(written)

    def _variable(self, address: Address, name: str) -> str:
        variable = self.variable_names.variable((address.domain, address.type, address.name, name))
        self.variables.append(Variable(variable, address, name))
        return variable

    def script(self, address: Address, content: str, scripts: Scripts) -> str:
        """Path of a new script, from the domain's file."""
        relative = f"{SCRIPTS}/{scripts.folder}/{scripts.names.file(address.name, 'script')}.txt"
        self.keeper.keep(relative, content)
        return relative


class _Pieces:
    """What was written to a file, from its beginning each time."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            yield piece


def list_lines(key: str, entries: Iterable[Mapping[str, str]], apart: str) -> Iterator[str]:
    """The lines of a list of mappings, entry by entry."""
    before = f"{key}:\n"
    for entry in entries:
        lines = "".join("    " + key_line(name, value) for name, value in entry.items())
        yield before + "  - " + lines.removeprefix("    ")
        before = apart
    if before != apart:
        yield f"{key}: []\n"


def key_line(key: str, value: str) -> str:
    """A key with its value as YAML."""
    return f"{key}:{value}\n" if value.startswith("\n") else f"{key}: {value}\n"


def _extra(extra: Mapping[str, Any], indent: str) -> str:
    """A mapping with a line for each unknown field."""
    return "".join(f"\n{indent}{text(name)}: {flow(value)}" for name, value in extra.items())


def _is_long(script: str) -> bool:
    lines = script.split("\n")
    return len(lines) - script.endswith("\n") > LITERAL_AT_MOST or "\r" in script or max(map(len, lines)) > _LONG_LINE
