"""Certificates, quick reconnects, and a look at what was left behind."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from syncer.transport import connection, dial, link
from tests.waiting import _nobody_waits

__all__ = ["_nobody_waits"]


@dataclass(frozen=True, slots=True)
class Tls:
    """A server's certificate, and the file by which to trust it."""

    context: ssl.SSLContext
    ca_file: Path


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    """A certificate authority that nobody trusts by default."""
    return trustme.CA()


@pytest.fixture(scope="session")
def tls(ca: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Tls:
    """A certificate for 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    ca_file = tmp_path_factory.mktemp("certs") / "ca.pem"
    ca.cert_pem.write_to_path(str(ca_file))
    return Tls(context, ca_file)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two new tries, one right after the other, and the last when `reconnect_for` has passed."""
    monkeypatch.setattr(link, "BACKOFF", (0.01, 0.01, 60.0))


@pytest.fixture(autouse=True)
def _short_farewells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hostile servers let every farewell take as long as it may."""
    monkeypatch.setattr(dial, "FAREWELL", 0.2)
    monkeypatch.setattr(connection, "FAREWELL", 0.2)


@pytest.fixture(autouse=True)
async def _nothing_is_left_behind() -> AsyncIterator[None]:
    """No task outlives a test; sockets and transports are ResourceWarnings, which are errors."""
    yield
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, left
