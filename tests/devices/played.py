"""A Devices client that talks to a script, and objects to ask it about."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from syncer.devices.client import DevicesClient, open_devices
from syncer.devices.interface import DomainHead
from syncer.model.address import config_address, domain_address
from syncer.model.state import LiveObject
from syncer.wire.profile import Profile, builtin
from tests.transport.scripted import LOGIN, Script, Step, scripted

CONVENTIONAL = builtin("conventional")


@asynccontextmanager
async def played(
    *steps: Step,
    again: Script = (),
    profile: Profile = CONVENTIONAL,
    timeout: float = 5.0,  # noqa: ASYNC109
) -> AsyncIterator[DevicesClient]:
    """A client after the recorded login; these steps follow, and `again` on a second connection.

    `timeout`: seconds until a request that is not answered fails.
    """
    scripts = [(*LOGIN, *steps), again] if again else [(*LOGIN, *steps)]
    async with scripted(*scripts) as server, open_devices(server.endpoint(timeout=timeout), profile) as client:
        yield client


def domain(number: int = 1, name: str = "example.com") -> DomainHead:
    """A domain of which only name and id matter."""
    return DomainHead(LiveObject(domain_address(name), number, number), False, ())


def head(number: int, kind: str = "PHONE", desc: str = "phones", domain_id: int = 1) -> LiveObject:
    """A config of which only the common fields were read."""
    return LiveObject(config_address("example.com", kind, desc), number, domain_id, complete=False)


def plain(thing: LiveObject) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What a live object holds: known fields, unknown fields."""
    return dict(thing.fields), dict(thing.extra)
