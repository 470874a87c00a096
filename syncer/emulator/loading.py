"""Filling a store from JSON files: a believable installation for a demo, or a test's own.

A file is `{"domains": [{"name", "password"?, "access"?: [names], "categories"?: [{"name", "config"}], "configs"?:
[{"type", "desc", "categories": [names], …}], "devices"?: [{"hwId", "categories": [names], …}], …}], "unassigned"?:
[devices]}`. Passwords are in clear text; one of the instance domain is ignored, the store has it. What else an
object has is kept as it is.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncer.errors import Place, Problem, ProblemsError, SyncerError, visible

if TYPE_CHECKING:
    from syncer.emulator.store import Store

Document = Mapping[str, Any]

_NAMES = {"type": "array", "items": {"type": "string"}}
_DEVICE = {"type": "object", "required": ["hwId"], "properties": {"hwId": {"type": "string"}, "categories": _NAMES}}
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "domains": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "password": {"type": "string", "minLength": 1},
                    "access": _NAMES,
                    "categories": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["name"],
                            "properties": {"name": {"type": "string", "minLength": 1}},
                        },
                    },
                    "configs": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["type", "categories"],
                            "properties": {"type": {"type": "string"}, "categories": _NAMES},
                        },
                    },
                    "devices": {"type": "array", "items": _DEVICE},
                },
            },
        },
        "unassigned": {"type": "array", "items": _DEVICE},
    },
}
_NOT_FIELDS = frozenset({"password", "access", "categories", "configs", "devices"})


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much was loaded."""

    domains: int
    categories: int
    configs: int
    devices: int

    def __str__(self) -> str:
        counts = (self.domains, self.categories, self.configs, self.devices)
        words = ("domains", "categories", "configs", "devices")
        return "loaded " + ", ".join(f"{count} {word}" for count, word in zip(counts, words, strict=True))


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing was loaded, and why."""

    reason: str

    def __str__(self) -> str:
        return f"not loaded: {self.reason}"


def load(store: "Store", directory: Path) -> Loaded | Skipped:
    """All or nothing; ProblemsError with every mistake of every file."""
    if not _is_empty(store):
        return Skipped("there is state already")
    documents = {str(path): _read(path) for path in _json_files(directory)}
    problems = [*_against_schema(documents)] or [*_dangling(documents, store.instance.name)]
    if problems:
        raise ProblemsError(problems)
    with store.transaction():
        return _fill(store, documents.values())


def _is_empty(store: "Store") -> bool:
    instance = store.instance.id
    things = (store.categories(instance), store.configs(instance), store.devices(instance), store.devices(None))
    return len(store.domains()) == 1 and not any(things)


def _json_files(directory: Path) -> list[Path]:
    if not directory.is_dir():
        raise SyncerError(f"{visible(directory)}: no such folder")
    paths = sorted(directory.glob("*.json"))
    if not paths:
        raise SyncerError(f"{visible(directory)}: no *.json files in it")
    return paths


def _read(path: Path) -> Any:
    place = Place(str(path))
    try:
        return json.loads(path.read_text("utf-8"))
    except json.JSONDecodeError as exc:
        place = Place(str(path), exc.lineno, exc.colno)
        raise ProblemsError([Problem(place, f"not JSON: {exc.msg}", "correct the syntax")]) from exc
    except (ValueError, RecursionError) as exc:
        raise ProblemsError([Problem(place, f"not readable as JSON: {exc}")]) from exc
    except OSError as exc:
        raise ProblemsError([Problem(place, f"cannot be read: {exc.strerror}")]) from exc


def _against_schema(documents: Mapping[str, Any]) -> Iterator[Problem]:
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(_SCHEMA)
    for name, document in documents.items():
        for error in validator.iter_errors(document):
            where = "/".join(map(str, error.absolute_path)) or "the file"
            yield Problem(Place(name), f"{visible(where)}: {visible(error.message)}")


def _dangling(documents: Mapping[str, Document], instance: str) -> Iterator[Problem]:
    """Names that point nowhere, and domains that are there twice."""
    everywhere = [domain["name"] for document in documents.values() for domain in document.get("domains", ())]
    twice = {name for name, count in Counter(everywhere).items() if count > 1}
    for file, document in documents.items():
        for number, domain in enumerate(document.get("domains", ())):
            where = f"domains/{number}"
            if domain["name"] in twice:
                yield Problem(Place(file), f"{where}: a domain named {visible(domain['name'])} is there twice")
            yield from _unknown(file, f"{where}/access", domain.get("access", ()), {*everywhere, instance})
            yield from _unknown_categories(file, where, domain)
        yield from _unassigned_with_categories(file, document)


def _unknown_categories(file: str, where: str, domain: Document) -> Iterator[Problem]:
    known = {category["name"] for category in domain.get("categories", ())}
    for kind in ("configs", "devices"):
        for number, thing in enumerate(domain.get(kind, ())):
            yield from _unknown(file, f"{where}/{kind}/{number}/categories", thing.get("categories", ()), known)


def _unassigned_with_categories(file: str, document: Document) -> Iterator[Problem]:
    for number, device in enumerate(document.get("unassigned", ())):
        yield from _unknown(file, f"unassigned/{number}/categories", device.get("categories", ()), set())


def _unknown(file: str, where: str, names: Iterable[str], known: set[str]) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            yield Problem(Place(file), f"{where}: there is no {visible(name)}")


def _fill(store: "Store", documents: Iterable[Document]) -> Loaded:
    documents = tuple(documents)
    domains = [domain for document in documents for domain in document.get("domains", ())]
    ids = {domain["name"]: _add_domain(store, domain) for domain in domains} | {store.instance.name: store.instance.id}
    for domain in domains:
        store.grant(ids[domain["name"]], [ids[name] for name in domain.get("access", ())])
        _fill_domain(store, ids[domain["name"]], domain)
    unassigned = [device for document in documents for device in document.get("unassigned", ())]
    for device in unassigned:
        store.add_device(None, device)
    count = {kind: sum(len(d.get(kind, ())) for d in domains) for kind in ("categories", "configs", "devices")}
    return Loaded(len(domains), count["categories"], count["configs"], count["devices"] + len(unassigned))


def _add_domain(store: "Store", domain: Document) -> int:
    fields = {key: value for key, value in domain.items() if key not in _NOT_FIELDS}
    if domain["name"] != store.instance.name:
        return store.add_domain(domain["name"], fields, password=domain.get("password"))
    store.replace_domain(store.instance.id, fields)
    return store.instance.id


def _fill_domain(store: "Store", domain_id: int, domain: Document) -> None:
    ids: dict[str, int] = {}
    for category in domain.get("categories", ()):
        extra = {key: value for key, value in category.items() if key not in {"name", "config"}}
        category_id = store.add_category(domain_id, category["name"], category.get("config", True), extra)
        ids.setdefault(category["name"], category_id)
    for config in domain.get("configs", ()):
        store.add_config(domain_id, config, [ids[name] for name in config["categories"]])
    for device in domain.get("devices", ()):
        store.add_device(domain_id, device, [ids[name] for name in device.get("categories", ())])
