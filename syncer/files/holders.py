"""What in the files can hold a secret: servers, and the entries of configs in domain documents and baselines."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from syncer.errors import Place, Problem, ProblemsError
from syncer.files.documents import BROKEN, Items, Map, Steps, parse, position
from syncer.files.schemas import inlined
from syncer.files.settings import Server, Settings
from syncer.files.sources import MAX_YAML, SETTINGS, Unreadable, decode, find_files, read_bytes, shown_path
from syncer.model.address import Kind, config_address
from syncer.model.fields import config_types, fields_of

_BOM = "\ufeff"
_VARIABLE = re.compile(r"\$\{[^{}]*\}")
PASSWORD = "password"  # noqa: S105


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A file as it was read; `text` is without a byte order mark."""

    path: Path
    name: str
    content: bytes = field(repr=False)
    text: str = field(repr=False)
    documents: Items = field(repr=False)

    def written(self, text: str) -> bytes:
        """Another text as bytes, with the byte order mark if it had one."""
        return ((_BOM if self.content.startswith(_BOM.encode()) else "") + text).encode("utf-8")


@dataclass(frozen=True, slots=True)
class Holder:
    """A server or a config's entry; `secrets`: those that it can have; `known`: all keys in the schema's order."""

    file: YamlFile
    steps: Steps
    owner: str  # the address, or `server[NAME]`, or `baseline[NAME/TYPE/desc]`
    value: Map
    secrets: tuple[str, ...]
    known: tuple[str, ...]

    def place(self, name: str = "") -> Place:
        """Where it, or the value of one of its fields, stands."""
        steps = (*self.steps, name) if name in self.value else self.steps
        return Place(self.file.name, *position(self.file.documents, steps))


def read_holders(settings: Settings) -> list[Holder]:
    """Those of syncer.yaml and of all files of all servers; ProblemsError where a file is none that can be read."""
    paths, problems = all_files(settings)
    files = [_read(settings.root, path, problems) for path in (settings.root / SETTINGS, *paths)]
    if problems:
        raise ProblemsError(problems)
    of_settings, *others = (file for file in files if file is not None)
    return [*_servers(of_settings), *(holder for file in others for holder in _configs(file))]


def all_files(settings: Settings) -> tuple[list[Path], list[Problem]]:
    """The YAML files of all servers, and what is wrong with how they are named."""
    named: dict[Server | None, tuple[str, ...]] = {None: settings.files}
    named |= {server: server.files for server in settings.servers.values() if server.files}
    found: dict[Path, None] = {}
    problems: list[Problem] = []
    for server, patterns in named.items():
        paths, wrong = find_files(settings.root, patterns, partial(settings.place_of_files, server))
        found |= dict.fromkeys(paths)
        problems += wrong
    return list(found), problems


def _read(root: Path, path: Path, problems: list[Problem]) -> YamlFile | None:
    name = shown_path(root, path)
    try:
        content = read_bytes(path, MAX_YAML)
        text = decode(content).removeprefix(_BOM)
    except Unreadable as exc:
        problems.append(Problem(Place(name, exc.line, exc.column), exc.what, exc.hint))
        return None
    parsed = parse(text, located=True)
    problems += [Problem(Place(name, m.line, m.column), m.what, m.hint) for m in parsed.mistakes]
    return YamlFile(path, name, content, text, parsed.documents)


def _servers(file: YamlFile) -> Iterator[Holder]:
    known = tuple(inlined("syncer", "$defs/server/properties"))
    for name, value in file.documents[0]["servers"].items():
        yield Holder(file, (0, "servers", name), f"server[{name}]", value, (PASSWORD,), known)


def _configs(file: YamlFile) -> Iterator[Holder]:
    for index, document in enumerate(file.documents):
        entries = document.get("configs") if isinstance(document, Map) else None
        for number, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, Map) and isinstance(entry.get("type"), str):
                secrets, known = _names(entry["type"])
                yield Holder(file, (index, "configs", number), _owner(document, entry), entry, secrets, known)


def _owner(document: Map, entry: Map) -> str:
    desc = _text(entry.get("desc"))
    if "baseline" in document:
        return f"baseline[{_text(document['baseline'])}/{entry['type']}/{desc}]"
    return str(config_address(_text(document.get("domain")), entry["type"], desc))


def _text(value: Any) -> str:
    """A name as addresses have it; with variables it is told as it is written."""
    return value.replace("$${", "${") if isinstance(value, str) and value is not BROKEN else ""


def may_be(written: str, name: str) -> bool:
    """Whether `written` is the name once its variables, if it has any, stand for something."""
    first, *others = _VARIABLE.split(written)
    if not others:
        return written == name
    *middle, last = others
    at, end = len(first), len(name) - len(last)
    for part in middle:  # no pattern, which could take for ever
        at = name.find(part, at, end) + len(part)
        if at < len(first) + len(part):
            return False
    return at <= end and name.startswith(first) and name.endswith(last)


@cache
def _names(config_type: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of a type's secrets, and of all its keys in the schema's order."""
    if config_type not in config_types():
        return (), ()
    secrets = tuple(name for name, one in fields_of(Kind.CONFIG, config_type).items() if one.secret)
    return secrets, tuple(inlined("domain", f"$defs/config_{config_type}/properties"))


def ciphertexts(holders: Iterable[Holder]) -> dict[str, list[tuple[Holder, str]]]:
    """Who holds which `{age: …}`, by the ciphertext as it is written."""
    found: dict[str, list[tuple[Holder, str]]] = {}
    for holder in holders:
        for name in holder.secrets:
            if (ciphertext := ciphertext_of(holder.value.get(name))) is not None:
                found.setdefault(ciphertext, []).append((holder, name))
    return found


def ciphertext_of(value: Any) -> str | None:
    """What `{age: …}` holds; None for anything else."""
    sealed = value.get("age") if isinstance(value, dict) and len(value) == 1 else None
    return sealed if isinstance(sealed, str) else None
