"""A server's certificate from every side; a person must learn of each thing that is wrong, not only of the first."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from syncer.errors import ServerError, SilentServer, UnreachableServer, UntrustedCertificate
from syncer.transport.certificates import Tls, look_at_tls
from tests.transport.conftest import Tls as Own
from tests.transport.scripted import PATH, SHOWN, endpoint_at, plain_server

NOW = datetime.now(UTC).replace(microsecond=0)
LONG_AGO, YESTERDAY, TOMORROW = NOW - timedelta(days=9), NOW - timedelta(days=1), NOW + timedelta(days=1)
NEXT_YEAR = NOW + timedelta(days=365)
HOST = "127.0.0.1"


def context_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@asynccontextmanager
async def listening(context: ssl.SSLContext) -> AsyncIterator[tuple[int, bytearray]]:
    """A TLS server that takes what it hears, and gives nothing; its port, and what it heard."""
    heard = bytearray()

    async def hear(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            heard.extend(data)

    async with plain_server(hear, context) as port:
        yield port, heard


async def looked_at(context: ssl.SSLContext, ca_file: Path | None, host: str = HOST) -> Tls:
    """What is found; nothing but handshakes may have been sent for it."""
    async with listening(context) as (port, heard):
        found = await look_at_tls(endpoint_at(f"wss://{host}:{port}{PATH}", ca_file=ca_file), HOST)
    assert bytes(heard) == b""
    return found


async def test_all_is_well(ca: trustme.CA, tls: Own) -> None:
    found = await looked_at(context_of(ca.issue_cert(HOST, not_before=LONG_AGO, not_after=NEXT_YEAR)), tls.ca_file)
    assert found.protocol == "TLSv1.3"
    assert (found.untrusted, found.wrong_name, found.wrong_time, found.refused) == ("", "", "", "")
    certificate = found.certificate
    assert certificate is not None
    assert (certificate.not_before, certificate.not_after, certificate.names) == (LONG_AGO, NEXT_YEAR, (HOST,))
    assert certificate.subject.startswith("OU=Testing cert #")
    assert certificate.issuer.startswith("OU=Testing CA #")


async def test_expired(ca: trustme.CA, tls: Own) -> None:
    found = await looked_at(context_of(ca.issue_cert(HOST, not_before=LONG_AGO, not_after=YESTERDAY)), tls.ca_file)
    assert (found.untrusted, found.wrong_name, found.refused) == ("", "", "")
    assert found.wrong_time == "certificate has expired"
    assert found.certificate is not None
    assert found.certificate.not_after == YESTERDAY


async def test_not_yet_valid(ca: trustme.CA, tls: Own) -> None:
    found = await looked_at(context_of(ca.issue_cert(HOST, not_before=TOMORROW, not_after=NEXT_YEAR)), tls.ca_file)
    assert found.wrong_time == "certificate is not yet valid"
    assert found.certificate is not None
    assert found.certificate.not_before == TOMORROW


async def test_anothers(ca: trustme.CA, tls: Own) -> None:
    found = await looked_at(context_of(ca.issue_cert("other.example", "*.more.example")), tls.ca_file)
    assert found.wrong_name == "IP address mismatch, certificate is not valid for '127.0.0.1'"
    assert (found.untrusted, found.wrong_time, found.refused) == ("", "", "")
    assert found.certificate is not None
    assert found.certificate.names == ("other.example", "*.more.example")


async def test_anothers_by_name(ca: trustme.CA, tls: Own) -> None:
    found = await looked_at(context_of(ca.issue_cert("other.example")), tls.ca_file, "phones.example")
    assert found.wrong_name == "Hostname mismatch, certificate is not valid for 'phones.example'"


@pytest.mark.parametrize("by_ca_file", [True, False])
async def test_unknown_ca(tls: Own, by_ca_file: bool) -> None:
    """By the system's store, or by a file that holds another CA."""
    found = await looked_at(context_of(trustme.CA().issue_cert(HOST)), tls.ca_file if by_ca_file else None)
    assert found.untrusted == "unable to get local issuer certificate"
    assert found.is_unknown
    assert (found.wrong_name, found.wrong_time, found.refused) == ("", "", "")
    assert found.certificate is not None


async def test_everything_at_once(tls: Own) -> None:
    stranger = trustme.CA().issue_cert("other.example", not_before=LONG_AGO, not_after=YESTERDAY)
    found = await looked_at(context_of(stranger), tls.ca_file)
    assert found.is_unknown
    assert found.wrong_name != ""
    assert found.certificate is not None
    assert found.certificate.not_after == YESTERDAY


async def test_an_old_version(ca: trustme.CA, tls: Own) -> None:
    context = context_of(ca.issue_cert(HOST))
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    found = await looked_at(context, tls.ca_file)
    assert found.protocol == "TLSv1.1"
    assert found.refused


async def test_hostile_names_are_only_data(tls: Own) -> None:
    leaf = trustme.CA().issue_cert(HOST, organization_name="\x1b[2J", common_name="\u202eevil")
    found = await looked_at(context_of(leaf), tls.ca_file)
    assert found.certificate is not None
    assert "evil" in found.certificate.subject


@pytest.mark.parametrize("content", [b"", b"no certificate", None])
async def test_an_unusable_ca_file(tmp_path: Path, tls: Own, content: bytes | None) -> None:
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_bytes(content)
    with pytest.raises(UntrustedCertificate) as caught:
        await looked_at(tls.context, ca_file)
    assert caught.value.what.startswith(f"ca_file {ca_file} cannot be used: ")
    assert caught.value.hint == "it must hold certificates in PEM form"


async def failure(port: int, *, timeout: float = 5.0) -> ServerError:  # noqa: ASYNC109
    with pytest.raises(ServerError) as caught:
        await look_at_tls(endpoint_at(f"wss://{HOST}:{port}{PATH}", timeout=timeout), HOST)
    assert caught.value.server == SHOWN
    return caught.value


async def test_no_tls_there() -> None:
    async with plain_server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        exc = await failure(port)
    assert type(exc) is UnreachableServer
    assert exc.what.startswith("no TLS there: ")


async def test_the_end_instead_of_a_handshake() -> None:
    async with plain_server(b"") as port:
        exc = await failure(port)
    assert type(exc) is UnreachableServer
    assert exc.what.startswith("no TLS there: ")


async def test_silence() -> None:
    async def hold(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        while await reader.read(4096):
            pass

    async with plain_server(hold) as port:
        exc = await failure(port, timeout=0.2)
    assert type(exc) is SilentServer
    assert exc.what == "no TLS handshake within 0.2 s"
