"""Recordings written by hand: what a service would say and a browser would record."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from syncer.model.recording import Conversation, Direction, Frame, Recording

URL = "wss://pbx.example.com/example.com/devices/innovaphone-devices-api"
Line = tuple[str, Mapping[str, Any]]  # ">" sent or "<" received, and the message

OPENED: Sequence[Line] = (
    (">", {"mt": "GetDomains", "recvUpdates": True, "src": "1"}),
    (
        "<",
        {
            "mt": "GetDomainsResult",
            "src": "1",
            "last": True,
            "domains": [{"id": 3, "name": "example.com", "deployAdminPasswords": False, "categories": []}],
        },
    ),
    (">", {"mt": "GetDeviceConfigs", "domainId": 3, "recvUpdates": True, "src": "2"}),
    ("<", {"mt": "GetDeviceConfigsResult", "src": "2", "last": True, "configs": []}),
)


def talk(*lines: Line, url: str = URL, first: int = 1) -> Conversation:
    """One connection."""
    frames = [
        Frame(
            number,
            Direction.SENT if way == ">" else Direction.RECEIVED,
            message,
            len(json.dumps(message)),
            1_700_000_000.0 + number,
        )
        for number, (way, message) in enumerate(lines, first)
    ]
    return Conversation(url, tuple(frames))


def recording(*lines: Line) -> Recording:
    """Of one connection, after its lists were opened."""
    return Recording("by hand", (talk(*OPENED, *lines),))


def added(number: int, desc: str, kind: str = "NTP", **fields: Any) -> Line:
    """The event of a new config."""
    return ("<", {"mt": "DeviceConfigAdded", "config": {"id": number, "type": kind, "desc": desc, **fields}})


def category_made(number: int = 8, name: str = "scratch") -> Sequence[Line]:
    """A category, made and listed."""
    return (
        (">", {"mt": "AddCategory", "domainId": 3, "name": name, "config": True, "src": "c1"}),
        ("<", {"mt": "AddCategoryResult", "src": "c1", "id": number}),
        (">", {"mt": "GetDomains", "src": "c2"}),
        (
            "<",
            {
                "mt": "GetDomainsResult",
                "src": "c2",
                "last": True,
                "domains": [
                    {"id": 3, "name": "example.com", "categories": [{"id": number, "name": name, "config": True}]}
                ],
            },
        ),
    )
