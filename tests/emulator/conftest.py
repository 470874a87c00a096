"""A small installation, and the emulator over it.

Ids count from 1 in each table: domains 1 example.com (instance) 2 customer.com 3 partner.com; categories 1 Phones HQ
2 Old 3 Gateways (example.com) 4 Phones (customer.com); configs 1 to 5 example.com's, 6 customer.com's; devices 1 to 3
example.com's, 4 customer.com's, 5 unassigned.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from syncer.emulator import Emulator, Options, Running, Store
from tests.emulator.rawclient import Client, logged_in

SCRIPT = "mod cmd UP0 password 😀\r\n" * 3
ETHERNET = [{"if": "ETH0", "ipv4": "172.16.136.105"}]

Serve = Callable[..., AbstractAsyncContextManager[Running]]


def fill(store: Store) -> None:
    """The installation."""
    store.add_domain("customer.com", {"deployAdminPasswords": True, "hasRentalProducts": True}, password="customer-pw")
    store.add_domain("partner.com", {"newField": [1]}, password="partner-pw", access=[2])
    store.add_category(1, "Phones HQ")
    store.add_category(1, "Old", config=False, extra={"colour": "red"})
    store.add_category(1, "Gateways")
    store.add_category(2, "Phones")
    store.add_config(1, {"type": "PHONE", "desc": "HQ phones", "gk1": "172.16.0.1", "dialTone": 15}, [1])
    logs = {"url": "https://logs.example.com/up", "logUser": "syncer", "logPassword": "s3cr3t"}
    store.add_config(1, {"type": "ALARM_SERVER", "desc": "logs", **logs}, [3, 1])
    store.add_config(1, {"type": "EXPERT", "desc": "no telnet", "script": SCRIPT})
    turn = {"turnServer": "turn.example.com:3478", "turnPassword": "pässwörd ☎ 😀"}
    store.add_config(1, {"type": "MEDIA", "desc": "media", **turn})
    store.add_config(1, {"type": "TRUST_LIST", "certificates": [{"cn": "a"}, None]}, [2])
    store.add_config(2, {"type": "PHONE", "desc": "customer's", "coder": "G722"}, [4])
    store.add_device(1, {"hwId": "009033000001", "type": "PHONE", "product": "IP111", "ethIfs": ETHERNET}, [1])
    store.add_device(1, {"hwId": "009033000002", "type": "GW", "fxs": 2, "subcategories": ["Floor 1"]}, [3])
    store.add_device(1, {"hwId": "009033000003", "type": "PHONE", "subcategories": ["Floor 2"]}, [1, 3])
    store.add_device(2, {"hwId": "009033000004", "type": "PHONE", "online": True}, [4])
    store.add_device(None, {"hwId": "009033000005", "type": "PHONE"})


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def store() -> Iterator[Store]:
    """The installation, in memory."""
    with Store() as store:
        fill(store)
        yield store


@pytest.fixture
def serve(store: Store) -> Serve:
    """Start an emulator over the installation: keywords are the Emulator's, or Options."""

    @asynccontextmanager
    async def start(**keywords: Any) -> AsyncIterator[Running]:
        own = {name: keywords.pop(name) for name in ("profile", "app", "clock", "token") if name in keywords}
        async with Emulator(store, options=Options(**keywords), **own).start() as running:
            yield running

    return start


@pytest.fixture
async def running(serve: Serve) -> AsyncIterator[Running]:
    """An emulator with the defaults."""
    async with serve() as running:
        yield running


@pytest.fixture
async def admin(running: Running) -> AsyncIterator[Client]:
    """Logged in with the instance password."""
    async with logged_in(running.url) as client:
        yield client
