"""What the applies of the matrix start from, and what they shall come to: told in full, without the planner's help.

All nine operations are needed to come from BEFORE to AFTER. Fields that begin with `x` are none that syncer knows.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncer.emulator import PASSWORD, Store

HOME, NEW, OLD, MOVED, FORMER, FOREIGN = (
    "example.com",
    "new.example.net",
    "old.example.net",
    "moved.example.net",
    "former.example.net",
    "foreign.example.net",
)
ENVIRON = {"SYNCER_PASSWORD": PASSWORD, "TURN_PASSWORD": "correct horse", "TURN_PASSWORD_NEW": "battery staple"}
DELETES = 3  # of the plan

_SCRIPT = "! \N{BELL} a line of a script\n" * 60  # larger than a message of the wire profile
_NEW_SCRIPT = "! another line\n" * 120
_UNKNOWN = {"xNested": {"list": [1, 2.5, None], "flag": False}, "xEmpty": ""}

_KEPT_CONFIGS: list[dict[str, Any]] = [
    {"type": "PHONE", "desc": "foreign", "categories": ["Foreign"], "gk1": "172.16.9.9", **_UNKNOWN},
    {"type": "NTP", "desc": "time", "categories": [], "ntp1": "ptbtime1.ptb.de", "xOffset": 0},
]
_KEPT_CATEGORIES = [{"name": "Foreign", "config": False, "xColour": "red"}, {"name": "Lobby", "config": True}]
_DEVICES = [
    {"hwId": "0090330001", "name": "one", "product": "IP112", "categories": ["Phones HQ"], "online": True},
    {"hwId": "0090330002", "name": "two", "product": "IP112", "categories": ["Lobby", "Foreign"], "online": True},
]
_FOREIGN_DOMAIN: dict[str, Any] = {
    "name": FOREIGN,
    "deployAdminPasswords": True,
    "xTenant": "theirs",
    "categories": [{"name": "Theirs", "config": True}],
    "configs": [{"type": "PHONE", "desc": "theirs", "categories": ["Theirs"], **_UNKNOWN}],
    "devices": [{"hwId": "0090330003", "name": "three", "product": "IP112", "categories": ["Theirs"]}],
}

BEFORE: list[dict[str, Any]] = [
    {
        "name": HOME,
        "deployAdminPasswords": False,
        "xTenant": {"number": 7},
        "categories": [
            *_KEPT_CATEGORIES,
            {"name": "Phones HQ", "config": True, "xColour": "blue"},
            {"name": "Unused", "config": True, "xColour": "grey"},
        ],
        "configs": [
            *_KEPT_CONFIGS,
            {
                "type": "PHONE",
                "desc": "HQ phones",
                "categories": ["Phones HQ"],
                "gk1": "172.16.0.1",
                "coder": "OPUS-WB",
                **_UNKNOWN,
            },
            {"type": "PHONE", "desc": "old name", "categories": ["Lobby", "Phones HQ"], "gk1": "172.16.0.3"},
            {"type": "EXPERT", "desc": "script", "categories": ["Lobby"], "script": _SCRIPT, **_UNKNOWN},
            {"type": "FUTURE", "desc": "unknown", "categories": ["Phones HQ"], "xLevel": 1, **_UNKNOWN},
            {
                "type": "MEDIA",
                "desc": "old media",
                "categories": ["Phones HQ"],
                "turnServer": "turn.example.com",
                "turnUser": "old",
                "turnPassword": "Tr0ub4dor",
                **_UNKNOWN,
            },
        ],
        "devices": _DEVICES,
    },
    {"name": OLD, "deployAdminPasswords": False, "xTenant": "old", "categories": [], "configs": [], "devices": []},
    {
        "name": FORMER,
        "deployAdminPasswords": False,
        "xTenant": "former",
        "categories": [{"name": "Site", "config": True}],
        "configs": [{"type": "NTP", "desc": "site", "categories": ["Site"], "ntp1": "ntp.example.net"}],
        "devices": [],
    },
    _FOREIGN_DOMAIN,
]

AFTER: list[dict[str, Any]] = [
    {
        "name": HOME,
        "deployAdminPasswords": False,
        "xTenant": {"number": 7},
        "categories": [
            *_KEPT_CATEGORIES,
            {"name": "Phones Main", "config": True, "xColour": "blue"},
            {"name": "New phones", "config": True},
        ],
        "configs": [
            *_KEPT_CONFIGS,
            {
                "type": "PHONE",
                "desc": "HQ phones",
                "categories": ["Phones Main"],
                "gk1": "172.16.0.2",
                "coder": "OPUS-WB",
                **_UNKNOWN,
            },
            {"type": "PHONE", "desc": "new name", "categories": ["Lobby", "New phones"], "gk1": "172.16.0.3"},
            {"type": "EXPERT", "desc": "script", "categories": ["Lobby"], "script": _NEW_SCRIPT, **_UNKNOWN},
            {"type": "FUTURE", "desc": "unknown", "categories": ["Phones Main"], **_UNKNOWN, "xLevel": 2},
            {"type": "EXPERT", "desc": "new script", "categories": ["New phones"], "script": _SCRIPT},
            {
                "type": "MEDIA",
                "desc": "new media",
                "categories": ["New phones"],
                "turnServer": "turn.example.com",
                "turnUser": "syncer",
                "turnPassword": ENVIRON["TURN_PASSWORD_NEW"],
            },
        ],
        "devices": [{**_DEVICES[0], "categories": ["Phones Main"]}, _DEVICES[1]],
    },
    {
        "name": MOVED,
        "deployAdminPasswords": True,
        "xTenant": "former",
        "categories": [{"name": "Site", "config": True}],
        "configs": [{"type": "NTP", "desc": "site", "categories": ["Site"], "ntp1": "ntp.example.net"}],
        "devices": [],
    },
    {
        "name": NEW,
        "deployAdminPasswords": False,
        "categories": [],
        "configs": [{"type": "NTP", "desc": "new", "categories": [], "ntp1": "ntp.example.net"}],
        "devices": [],
    },
    _FOREIGN_DOMAIN,
]

_SETTINGS = """
version: 1
servers:
  production:
    url: {url}
    password: {{env: SYNCER_PASSWORD}}
    wire_profile: wire/profile.yaml
files: [domains]
age_recipients: [{recipient}]
policy: {{limits: {{deletes_percent: 100}}}}
"""
_DOMAINS: list[dict[str, Any]] = [
    {
        "domain": HOME,
        "categories": [
            {"name": "Lobby"},
            {"name": "Phones Main", "renamed_from": "Phones HQ"},
            {"name": "New phones"},
            {"name": "Unused", "state": "absent"},
        ],
        "configs": [
            {"type": "PHONE", "desc": "HQ phones", "categories": ["Phones Main"], "gk1": "172.16.0.2"},
            {
                "type": "PHONE",
                "desc": "new name",
                "renamed_from": "old name",
                "categories": ["Lobby", "New phones"],
                "gk1": "172.16.0.3",
            },
            {"type": "EXPERT", "desc": "script", "categories": ["Lobby"], "script": _NEW_SCRIPT},
            {"type": "EXPERT", "desc": "new script", "categories": ["New phones"], "script": _SCRIPT},
            {"type": "FUTURE", "desc": "unknown", "categories": ["Phones Main"], "extra": {"xLevel": 2}},
            {
                "type": "MEDIA",
                "desc": "new media",
                "categories": ["New phones"],
                "turnServer": "turn.example.com",
                "turnUser": "syncer",
                "turnPassword": {"env": "TURN_PASSWORD_NEW"},
            },
            {"type": "MEDIA", "desc": "old media", "state": "absent"},
        ],
    },
    {"domain": MOVED, "renamed_from": FORMER, "deployAdminPasswords": True},
    {"domain": NEW, "configs": [{"type": "NTP", "desc": "new", "categories": [], "ntp1": "ntp.example.net"}]},
    {"domain": OLD, "state": "absent"},
]


def write_files(root: Path, url: str, recipient: str, profile: str) -> None:
    """A configuration repository that means AFTER; `profile` is the text of the server's wire profile."""
    for folder in ("domains", "wire"):
        (root / folder).mkdir(parents=True)
    (root / "syncer.yaml").write_text(_SETTINGS.format(url=url, recipient=recipient), "utf-8")
    (root / "wire" / "profile.yaml").write_text(profile, "utf-8")
    for one in _DOMAINS:  # JSON is YAML
        (root / "domains" / f"{one['domain']}.yaml").write_text(json.dumps(one, ensure_ascii=False), "utf-8")


def fill(store: Store) -> None:
    """Give an empty store what there is BEFORE."""
    for one in BEFORE:
        inside = {"categories", "configs", "devices", "name"}
        own = {name: value for name, value in one.items() if name not in inside}
        if one["name"] == store.instance.name:
            owner = store.instance.id
            store.replace_domain(owner, own)
        else:
            owner = store.add_domain(one["name"], own)
        ids = {}
        for category in one["categories"]:
            extra = {name: value for name, value in category.items() if name not in ("name", "config")}
            ids[category["name"]] = store.add_category(owner, category["name"], category["config"], extra)
        for config in one["configs"]:
            store.add_config(owner, config, [ids[name] for name in config["categories"]])
        for device in one["devices"]:
            store.add_device(owner, device, [ids[name] for name in device["categories"]])


Key = tuple[str, str, str, str]  # kind, domain, type, name
Contents = dict[Key, list[Any]]  # several only where something was made twice


def contents(store: Store) -> Contents:
    """All that a store holds, by names instead of ids."""
    found: Contents = {}
    for owner in store.domains():
        names = {one.id: one.name for one in store.categories(owner.id)}
        _add(found, ("domain", owner.name, "", ""), owner.fields, ())
        for category in store.categories(owner.id):
            _add(found, ("category", owner.name, "", category.name), category.fields, ())
        for config in store.configs(owner.id):
            place = ("config", owner.name, config.fields["type"], config.fields.get("desc") or "")
            _add(found, place, config.fields, [names[number] for number in config.categories])
        for device in store.devices(owner.id):
            place = ("device", owner.name, "", device.fields["hwId"])
            _add(found, place, device.fields, [names[number] for number in device.categories])
    for device in store.devices(None):
        _add(found, ("device", "", "", device.fields["hwId"]), device.fields, ())
    return found


FORMER_NAMES = {FORMER: MOVED, "Phones HQ": "Phones Main", "old name": "new name"}  # what is renamed in place


@dataclass(frozen=True)
class Thing:
    """One object: where it is, under the name that the files give it, and all that it holds to the letter."""

    key: Key = field(compare=False)
    fields: Mapping[str, Any]
    categories: tuple[int, ...] = ()
    domain_id: int | None = None


Things = dict[tuple[str, int], Thing]  # by kind and id


def things(store: Store) -> Things:
    """All that a store holds, by ids."""
    found: Things = {}
    names = {one.id: one.name for one in store.domains()}
    for owner in store.domains():
        found["domain", owner.id] = Thing(renamed(("domain", owner.name, "", "")), owner.fields)
        for category in store.categories(owner.id):
            key = renamed(("category", owner.name, "", category.name))
            found["category", category.id] = Thing(key, category.fields, (), owner.id)
        for config in store.configs(owner.id):
            key = renamed(("config", owner.name, config.fields["type"], config.fields.get("desc") or ""))
            found["config", config.id] = Thing(key, config.fields, tuple(sorted(config.categories)), owner.id)
    for number in (*names, None):
        for device in store.devices(number):
            key = ("device", names.get(number or 0, ""), "", device.fields["hwId"])
            found["device", device.id] = Thing(key, device.fields, tuple(sorted(device.categories)), number)
    return found


def renamed(key: Key) -> Key:
    """The key under the names that the files give."""
    kind, domain, config_type, name = key
    return (kind, FORMER_NAMES.get(domain, domain), config_type, FORMER_NAMES.get(name, name))


def told(state: list[dict[str, Any]]) -> Contents:
    """The same of BEFORE or AFTER."""
    found: Contents = {}
    for one in state:
        own = {name: value for name, value in one.items() if name not in ("categories", "configs", "devices")}
        _add(found, ("domain", one["name"], "", ""), own, ())
        for category in one["categories"]:
            _add(found, ("category", one["name"], "", category["name"]), category, ())
        for config in one["configs"]:
            _add(found, ("config", one["name"], config["type"], config["desc"]), config, config["categories"])
        for device in one["devices"]:
            _add(found, ("device", one["name"], "", device["hwId"]), device, device["categories"])
    return found


_IN_KEY = {
    "domain": {"name"},
    "category": {"name"},
    "config": {"type", "desc", "categories"},
    "device": {"hwId", "categories"},
}


def _add(found: Contents, key: Key, fields: Any, categories: Any) -> None:
    known = {name: value for name, value in fields.items() if name not in _IN_KEY[key[0]]}
    # a known field that is unset may be written so, or left out
    kept = {name: value for name, value in known.items() if name.startswith("x") or value not in (None, "", False)}
    found.setdefault(key, []).append([json.loads(json.dumps(kept)), sorted(categories)])
