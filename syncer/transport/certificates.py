"""A server's certificate, looked at from every side: who issued it, for whom, until when, and whether it is trusted.

`ssl` tells only the first thing that is wrong, and shows no certificate that it does not trust. So where the checks of
a real connection fail, the same certificate is asked for again, with one question at a time. Nothing but handshakes is
sent: a login takes the connection that checks everything.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from syncer.errors import SilentServer, UnreachableServer, visible
from syncer.transport.dial import Endpoint, tls_context
from syncer.transport.probe import patience, place_of

_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL, for which `ssl` has no name
_WRONG_NAME = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH
_WRONG_TIME = (9, 10)  # X509_V_ERR_CERT_NOT_YET_VALID, _CERT_HAS_EXPIRED
# X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, _DEPTH_ZERO_SELF_SIGNED_CERT, _SELF_SIGNED_CERT_IN_CHAIN,
# _UNABLE_TO_GET_ISSUER_CERT_LOCALLY, _UNABLE_TO_VERIFY_LEAF_SIGNATURE
_UNKNOWN_ISSUER = (2, 18, 19, 20, 21)
_SHORT = {"commonName": "CN", "organizationName": "O", "organizationalUnitName": "OU", "countryName": "C"}
_MOST_NAMES = 8
_CHECK_URL = "check host and port of the server's url, and that TLS is spoken there"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What it says of itself; texts may be hostile. Times are UTC, None where they cannot be read."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime | None
    not_after: datetime | None


@dataclass(frozen=True, slots=True)
class Tls:
    """How a handshake went. Each text is "" where all is well.

    `untrusted`: what is wrong with the chain, its times left aside, and `is_unknown` whether it is that nobody trusted
    issued it; `wrong_name`: the host is not among its names; `wrong_time`: a certificate of the chain is out of date;
    `refused`: what else a real connection stumbles over.
    """

    protocol: str
    certificate: Certificate | None
    untrusted: str = ""
    is_unknown: bool = False
    wrong_name: str = ""
    wrong_time: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class _Shaken:
    protocol: str
    told: Mapping[str, Any]
    der: bytes


async def look_at_tls(endpoint: Endpoint, address: str) -> Tls:
    """Look at the certificate of the server at an address; ServerError where ca_file is unusable or there is no TLS."""
    real = tls_context(endpoint) or ssl.create_default_context()
    longest = patience(endpoint)
    try:
        async with asyncio.timeout(longest):
            return await _inspect(endpoint, address, real)
    except TimeoutError as exc:
        raise SilentServer(endpoint.shown, f"no TLS handshake within {longest:g} s", _CHECK_URL) from exc
    except OSError as exc:  # ssl.SSLError is one of them
        what = f"no TLS there: {_reason(exc)}"
        raise UnreachableServer(endpoint.shown, what, _CHECK_URL) from exc


async def _inspect(endpoint: Endpoint, address: str, real: ssl.SSLContext) -> Tls:
    try:
        shaken = await _shake(endpoint, address, real)
        return Tls(shaken.protocol, _certificate(shaken.told))
    except ssl.SSLCertVerificationError as exc:
        failed: OSError = exc
    except (ssl.SSLError, ConnectionError) as exc:  # some end the connection instead of telling what they dislike
        failed = exc
    seen = await _shake(endpoint, address, _unchecked())
    found = await _details(endpoint, address, seen)
    if not isinstance(failed, ssl.SSLCertVerificationError):
        return replace(found, refused=_reason(failed))
    if chain := await _verdict(endpoint, address, _any_time(real)):
        unknown = chain.verify_code in _UNKNOWN_ISSUER
        found = replace(found, untrusted=visible(chain.verify_message), is_unknown=unknown)
    told = visible(failed.verify_message)
    if failed.verify_code in _WRONG_TIME:
        return replace(found, wrong_time=told)
    return found if found.untrusted or found.wrong_name else replace(found, refused=told)


async def _details(endpoint: Endpoint, address: str, seen: _Shaken) -> Tls:
    """What the certificate says, told by trusting just this one; without that where even so it is not accepted."""
    pinned = _pinned(seen.der)
    try:
        shaken = await _shake(endpoint, address, pinned)
    except ssl.SSLError:
        return Tls(seen.protocol, None)
    pinned.check_hostname = True
    wrong = await _verdict(endpoint, address, pinned)
    is_wrong = wrong is not None and wrong.verify_code in _WRONG_NAME
    return Tls(
        seen.protocol,
        _certificate(shaken.told),
        wrong_name=visible(wrong.verify_message.rstrip(".")) if wrong is not None and is_wrong else "",
    )


async def _verdict(endpoint: Endpoint, address: str, context: ssl.SSLContext) -> ssl.SSLCertVerificationError | None:
    try:
        await _shake(endpoint, address, context)
    except ssl.SSLCertVerificationError as exc:
        return exc
    return None


def _any_time(real: ssl.SSLContext) -> ssl.SSLContext:
    """Only the chain is checked from now on."""
    real.check_hostname = False
    real.verify_flags = ssl.VerifyFlags(real.verify_flags | _NO_CHECK_TIME)
    return real


def _pinned(der: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _take_anything(context)
    context.check_hostname = False
    context.load_verify_locations(cadata=der)
    context.verify_flags = ssl.VerifyFlags(context.verify_flags | ssl.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME)
    return context


def _unchecked() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _take_anything(context)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _take_anything(context: ssl.SSLContext) -> None:
    """Weak keys and old versions are what is looked for, too."""
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")


async def _shake(endpoint: Endpoint, address: str, context: ssl.SSLContext) -> _Shaken:
    host, port = place_of(endpoint.url)
    _, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=host)
    shaken: ssl.SSLObject = writer.get_extra_info("ssl_object")
    try:
        return _Shaken(shaken.version() or "", shaken.getpeercert() or {}, shaken.getpeercert(binary_form=True) or b"")
    finally:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _certificate(told: Mapping[str, Any]) -> Certificate:
    names = tuple(str(value) for _, value in told.get("subjectAltName", ()))
    return Certificate(
        subject=_distinguished(told.get("subject", ())),
        issuer=_distinguished(told.get("issuer", ())),
        names=names[:_MOST_NAMES],
        not_before=_time(told.get("notBefore")),
        not_after=_time(told.get("notAfter")),
    )


def _distinguished(name: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    """A distinguished name as people know it, the most particular part first."""
    parts = [f"{_SHORT.get(key, key)}={value}" for relative in name for key, value in relative]
    return ", ".join(reversed(parts))


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC) if text else None
    except (ValueError, OverflowError, OSError):
        return None


def _reason(exc: OSError) -> str:
    if isinstance(exc, ssl.SSLError):
        return visible((exc.reason or str(exc)).replace("_", " ").lower())
    return "the server ended the connection during the handshake"
