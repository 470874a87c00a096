"""Live state as files: load them again and plan, and there is nothing to do."""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncer.errors import SyncerError, some, visible
from syncer.files.describe import Description, describe, describe_categories, sayable
from syncer.files.emit import LITERAL_AT_MOST, block, flow, text
from syncer.files.names import Names
from syncer.files.plans import write_private
from syncer.files.publishing import schema_line
from syncer.files.shapes import Shape
from syncer.files.sources import MAX_YAML, MIB, is_inside
from syncer.model.address import Address, Kind
from syncer.model.fields import Field, Wire, config_types, fields_of
from syncer.model.state import LiveDomain, LiveObject

SCRIPTS = "scripts"
_LONG_LINE = 2000  # characters; a script with longer lines than this is no reading for YAML
_SHOWN_PATHS = 20


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable that an exported file refers to, and the secret that belongs into it."""

    name: str
    address: Address
    field: str


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, which variables are to be set, and what the files could not say."""

    files: tuple[Path, ...]
    variables: tuple[Variable, ...]
    notes: tuple[str, ...]


def export(
    domains: Sequence[LiveDomain],
    out: Path,
    *,
    root: Path,
    force: bool = False,
    write_only: frozenset[str] = frozenset(),
) -> Exported:
    """Write one file a domain into `out`; SyncerError before anything is written where a file is there already."""
    exporter = Exporter(out, schema_line("domain", out, root), write_only)
    ids = ids_by_address(domain.domain for domain in domains)
    for domain in domains:
        exporter.domain(domain, ids)
    if not force:
        _refuse_existing(exporter.texts)
    for path, content in exporter.texts.items():
        _write(out, path, content)
    return Exported(tuple(exporter.texts), tuple(exporter.variables), tuple(exporter.notes))


def _refuse_existing(paths: Iterable[Path]) -> None:
    existing = [visible(path) for path in paths if os.path.lexists(path)]
    if existing:
        raise SyncerError(
            f"nothing was written, since these exist already: {some(existing, _SHOWN_PATHS)}; "
            "choose another folder, or say --force to replace them"
        )


def _write(out: Path, path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise SyncerError(f"{visible(path.parent)} cannot be made: {exc.strerror}") from exc
    if not is_inside(out, path.parent):
        raise SyncerError(f"{visible(path.parent)} leads out of {visible(out)}; remove the symbolic link")
    write_private(path, content)


def ids_by_address(objects: Iterable[LiveObject]) -> Mapping[Address, list[int]]:
    """Ids by address; more than one where only they tell objects apart."""
    ids: dict[Address, list[int]] = defaultdict(list)
    for live in objects:
        ids[live.address].append(live.id)
    return ids


def category_ids(live: LiveDomain) -> Mapping[str, list[int]]:
    """Ids of the categories that a file can name, by name."""
    names: dict[str, list[int]] = defaultdict(list)
    for one in live.categories:
        if one.address.name and sayable(one.address.name):
            names[one.address.name].append(one.id)
    return names


@dataclass(frozen=True, slots=True)
class Scripts:
    """The folder of one domain's scripts, and the names in it."""

    folder: str
    names: Names = field(default_factory=Names)


@dataclass(slots=True)
class Exporter:
    """Collects the texts of all files before any is written."""

    out: Path
    schema_line: str
    write_only: frozenset[str]
    texts: dict[Path, str] = field(default_factory=dict)
    variables: list[Variable] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    file_names: Names = field(default_factory=Names)
    variable_names: Names = field(default_factory=Names)
    _shapes: dict[tuple[Kind, str], Shape] = field(default_factory=dict)

    def domain(self, live: LiveDomain, ids: Mapping[Address, list[int]]) -> None:
        """One domain's file, and the scripts beside it."""
        if not self.can_name(live.domain, live.name):
            return
        stem = self.file_names.file(live.name, "domain")
        lines = [self.schema_line]
        head = self.entry(live.domain, self.described(live.domain), ids, Scripts(stem))
        lines += [key_line(key, value) for key, value in head.items()]
        path = self.out / f"{stem}.yaml"
        self.texts[path] = ""  # the domain's file stands before its scripts
        if live.is_read:
            lines += self._categories(live)
            lines += self._configs(live, Scripts(stem))
        content = "".join(lines)
        if len(content.encode()) > MAX_YAML:
            raise SyncerError(
                f"{live.domain.address.shown} is more than the {MAX_YAML // MIB} MiB that a file may have"
            )
        self.texts[path] = content

    def _categories(self, live: LiveDomain) -> list[str]:
        ids = ids_by_address(live.categories)
        entries = [
            self.entry(one, self.described(one), ids, Scripts(""))
            for one in live.categories
            if self.can_name(one, one.address.name)
        ]
        return list_lines("categories", entries, apart="")

    def _configs(self, live: LiveDomain, scripts: Scripts) -> list[str]:
        ids = ids_by_address(live.configs)
        names = category_ids(live)
        entries = []
        for one in live.configs:
            if self.can_name(one, one.address.type) and self.is_complete(one):
                description = self.described(one)
                describe_categories(description, one, names)
                entries.append(self.entry(one, description, ids, scripts))
        return list_lines("configs", entries, apart="\n")

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

    def entry(
        self, live: LiveObject, said: Description, ids: Mapping[Address, list[int]], scripts: Scripts
    ) -> dict[str, str]:
        """The keys of an entry with their values as YAML, in the schema's order."""
        self.notes += said.notes
        address = live.address
        own: dict[str, str] = {
            "type": text(address.type),
            "domain": text(address.domain),
            "name": text(address.name),
            "desc": text(address.name) if address.name else "",
            "categories": flow(said.categories) if said.categories is not None else "",
            "id": str(live.id) if len(ids[address]) > 1 else "",
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
        self.texts[self.out / relative] = content
        return relative


def list_lines(key: str, entries: Sequence[Mapping[str, str]], apart: str) -> list[str]:
    """The lines of a list of mappings."""
    if not entries:
        return [f"{key}: []\n"]
    items = []
    for entry in entries:
        lines = "".join("    " + key_line(name, value) for name, value in entry.items())
        items.append("  - " + lines.removeprefix("    "))
    return [f"{key}:\n", apart.join(items)]


def key_line(key: str, value: str) -> str:
    """A key with its value as YAML."""
    return f"{key}:{value}\n" if value.startswith("\n") else f"{key}: {value}\n"


def _extra(extra: Mapping[str, Any], indent: str) -> str:
    """A mapping with a line for each unknown field."""
    return "".join(f"\n{indent}{text(name)}: {flow(value)}" for name, value in extra.items())


def _is_long(script: str) -> bool:
    lines = script.split("\n")
    return len(lines) - script.endswith("\n") > LITERAL_AT_MOST or "\r" in script or max(map(len, lines)) > _LONG_LINE
