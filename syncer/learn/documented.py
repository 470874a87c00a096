"""The messages that the API document and the client protocol name: none of these is a write that has to be learned."""

import re
from collections.abc import Mapping

from syncer.model.address import Kind

CONNECTION = frozenset({"AppChallenge", "AppLogin", "AppInfo", "KeepAlive"})
DEVICES_READS = frozenset(
    {
        "GetUserInfo",
        "GetLoginInfo",
        "GetProvisioningCategories",
        "GetProvisioningCode",
        "GetProvisionedDevice",
        "GetDomains",
        "GetDevices",
        "GetFilteredDevices",
        "GetDeviceConfigs",
        "GetDeviceConfig",
        "GetUnassignedDevicesCount",  # seen from a real service
    }
)
VALUE_PIECE = "GetDeviceConfigValueResult"
REQUESTS = CONNECTION | DEVICES_READS
RESULTS = frozenset(f"{name}Result" for name in REQUESTS) | {VALUE_PIECE}
EVENTS = frozenset(
    {
        "DeviceProvisioned",
        "DomainEdited",
        "DomainDeleted",
        "DomainAdded",
        "DeviceUpdate",
        "DeviceAdded",
        "DeviceRemoved",
        "DeviceConfigAdded",
        "DeviceConfigDeleted",
        "DeviceConfigEdited",
    }
)
DEVICES_ONLY = DEVICES_READS | frozenset(f"{name}Result" for name in DEVICES_READS) | EVENTS | {VALUE_PIECE}
DOCUMENTED = REQUESTS | RESULTS | EVENTS

READ_VERB = re.compile(r"(?:Get|List|Query|Search|Find|Check|Subscribe|Unsubscribe)(?![a-z])")
_PAST = re.compile(r"(Added|Created|Edited|Updated|Changed|Deleted|Removed)$")
_NOUNS: Mapping[Kind, re.Pattern[str]] = {  # in this order: a config's message may name its domain
    Kind.CONFIG: re.compile(r"conf|cfg", re.IGNORECASE),
    Kind.CATEGORY: re.compile(r"[Cc]ateg|CATEG|(?:^|[^a-zA-Z])cats?(?![a-z])|Cats?(?![a-z])"),
    Kind.DOMAIN: re.compile(r"domain", re.IGNORECASE),
}
_VERBS: Mapping[str, re.Pattern[str]] = {
    "delete": re.compile(
        r"(?:^|[^a-z])(?:del|delete|remove|drop|erase)(?![a-z])|(?:Del|Delete|Remove|Drop|Erase)(?![a-z])"
    ),
    "create": re.compile(r"(?:^|[^a-z])(?:add|create|new|insert)(?![a-z])|(?:Add|Create|New|Insert)(?![a-z])"),
    "update": re.compile(
        r"(?:^|[^a-z])(?:edit|update|change|modify|rename)(?![a-z])|(?:Edit|Update|Change|Modify|Rename)(?![a-z])"
    ),
    "set": re.compile(r"(?:^|[^a-z])(?:set|save|put|store)(?![a-z])|(?:Set|Save|Put|Store)(?![a-z])"),
}


def noun(text: str) -> Kind | None:
    """The kind that the name of a message speaks of."""
    return next((kind for kind, pattern in _NOUNS.items() if pattern.search(text)), None)


def verb(text: str) -> str | None:
    """`create`, `update`, `delete`, or `set` for either of the first two, as far as the name of a message says it."""
    return next((name for name, pattern in _VERBS.items() if pattern.search(text)), None)


def is_event(mt: str) -> bool:
    """Whether a received message is named like an event."""
    return mt in EVENTS or bool(_PAST.search(mt))


def is_end_of(mt: str) -> bool:
    """Whether an event says that something is gone."""
    return mt.endswith(("Deleted", "Removed"))
