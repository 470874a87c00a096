"""The installation in examples/, read with nothing of syncer's but its schemas."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from syncer import resources

EXAMPLES = resources.directory("examples")
FILES = sorted((EXAMPLES / "domains").glob("*.yaml"))
BASELINES = sorted((EXAMPLES / "baselines").glob("*.yaml"))
KNOWN_TYPES = {"ALARM_SERVER", "EXPERT", "FXS_PHONE", "MEDIA", "NTP", "PHONE", "TLS_PROFILE"}
DEVICE_TYPES = {"VA", "GW", "PHONE", "DECT", "APP_PLATFORM"}


@dataclass
class Domain:
    """What the files, or the installation, say of one domain."""

    categories: list[Any] = field(default_factory=list)
    configs: list[Any] = field(default_factory=list)
    devices: list[Any] = field(default_factory=list)

    @property
    def category_names(self) -> list[str]:
        return [category["name"] for category in self.categories]

    @property
    def config_keys(self) -> list[tuple[str, str]]:
        return [(config["type"], config["desc"]) for config in self.configs]


def load(path: Path) -> list[Any]:
    """Every document of a YAML file."""
    return list(YAML(typ="safe", pure=True).load_all(path.read_text("utf-8")))


def desired() -> dict[str, Domain]:
    """The domains of the files, the documents of one laid together."""
    domains: dict[str, Domain] = {}
    for document in (document for path in FILES for document in load(path)):
        domain = domains.setdefault(document["domain"], Domain())
        domain.categories += document.get("categories", [])
        domain.configs += document.get("configs", [])
    return domains


def installation() -> list[Any]:
    """Every document that the emulator loads."""
    return [json.loads(path.read_text("utf-8")) for path in sorted((EXAMPLES / "installation").glob("*.json"))]


def live() -> dict[str, Domain]:
    """The domains of the installation."""
    found = [domain for document in installation() for domain in document.get("domains", [])]
    assert len({domain["name"] for domain in found}) == len(found)
    return {one["name"]: Domain(one["categories"], one["configs"], one["devices"]) for one in found}


def devices() -> list[Any]:
    """All devices, unassigned ones included."""
    unassigned = [device for document in installation() for device in document.get("unassigned", [])]
    return [*(device for domain in live().values() for device in domain.devices), *unassigned]


def referenced(value: Any) -> Iterator[str]:
    """Every path that `{file: …}` names."""
    if isinstance(value, dict):
        if value.keys() == {"file"}:
            yield value["file"]
        for inner in value.values():
            yield from referenced(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from referenced(inner)


def subschema(name: str) -> Draft202012Validator:
    """One definition of the domain schema."""
    schema = resources.schema("domain")
    return Draft202012Validator({"$defs": schema["$defs"], **schema["$defs"][name]})


def messages(validator: Draft202012Validator, value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def test_syncer_yaml_is_valid_and_needs_nothing_but_the_emulator() -> None:
    (root,) = load(EXAMPLES / "syncer.yaml")
    assert messages(Draft202012Validator(resources.schema("syncer")), root) == []
    assert {name: server["url"] for name, server in root["servers"].items()} == {
        "local": "emulator:.syncer/emulator.sqlite"
    }


@pytest.mark.parametrize("path", [*FILES, *BASELINES], ids=lambda path: path.stem)
def test_documents_are_valid(path: Path) -> None:
    for document in load(path):
        assert messages(Draft202012Validator(resources.schema("domain")), document) == []
        for config in document.get("configs", []):
            name = config["type"] if config["type"] in KNOWN_TYPES else "other"
            assert messages(subschema(f"config_{name}"), config) == []


def test_counts_are_as_promised() -> None:
    domains = desired().values()
    assert len(domains) == 3
    assert sum(len(domain.categories) for domain in domains) == 8
    assert sum(len(domain.configs) for domain in domains) == 40
    assert len(devices()) == 200


def test_every_type_and_every_feature_is_shown() -> None:
    configs = [config for domain in desired().values() for config in domain.configs]
    types = Counter(config["type"] for config in configs)
    assert types.keys() - KNOWN_TYPES == {"TRUST_LIST"}
    assert types.keys() >= KNOWN_TYPES
    assert len([config for config in configs if config.get("categories") == []]) == 1
    assert [config["desc"] for config in configs if config.get("state") == "absent"] == ["DCF77 clock"]
    assert [config["renamed_from"] for config in configs if "renamed_from" in config] == ["Meeting rooms"]
    assert any("extra" in config for config in configs if config["type"] in KNOWN_TYPES)
    assert {isinstance(config["script"], str) for config in configs if "script" in config} == {True, False}
    assert len(FILES) == 4  # three domains, one in two files


@pytest.mark.parametrize("side", [desired, live], ids=["files", "installation"])
def test_addresses_are_unique_and_categories_exist(side: Any) -> None:
    for domain in side().values():
        assert len(set(domain.category_names)) == len(domain.categories)
        assert len(set(domain.config_keys)) == len(domain.configs)
        for config in domain.configs:
            assert config.get("state") == "absent" or set(config["categories"]) <= set(domain.category_names)
        for device in domain.devices:
            assert set(device["categories"]) <= set(domain.category_names)


def test_devices_are_believable() -> None:
    found = devices()
    assert len({device["hwId"] for device in found}) == len(found)
    assert all(device["hwId"].startswith("009033") and len(device["hwId"]) == 12 for device in found)
    assert {device["type"] for device in found} == DEVICE_TYPES
    addresses = [eth["ipv4"] for device in found for eth in device["ethIfs"]]
    assert len(set(addresses)) == len(addresses)
    assert 0 < sum(not device["online"] for device in found) < 30


def test_files_that_are_named_exist_and_no_others() -> None:
    named = {
        (path.parent / name).resolve() for path in FILES for document in load(path) for name in referenced(document)
    }
    there = {path.resolve() for folder in ("scripts", "secrets") for path in (EXAMPLES / folder).iterdir()}
    assert named == there


def test_first_plan_has_something_of_everything() -> None:
    """By address alone; what else differs, the planner's own tests tell."""
    created: list[Any] = []
    deleted: list[Any] = []
    unmanaged: list[Any] = []
    here = live()
    assert here.keys() == desired().keys()
    for name, domain in desired().items():
        there = here[name]
        created += set(domain.category_names) - set(there.category_names)
        assert set(there.category_names) <= set(domain.category_names)
        left = set(there.config_keys)
        for config in domain.configs:
            key = (config["type"], config["desc"])
            former = (config["type"], config.get("renamed_from"))
            match = key if key in left else former if former in left else None
            if match is not None:
                left.discard(match)
            if config.get("state") == "absent":
                assert match is not None
                deleted.append(key)
            elif match is None:
                created.append(key)
        unmanaged += left
    assert (len(created), len(deleted), len(unmanaged)) == (6, 1, 2)


def test_nobody_has_to_scroll_sideways() -> None:
    for path in (EXAMPLES / "syncer.yaml", *FILES, *BASELINES):
        text = path.read_text("utf-8")
        assert max(map(len, text.splitlines())) <= 120
