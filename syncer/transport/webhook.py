"""One POST over HTTP/1.1, for which a url's owner is told no more than a status.

Nothing of an answer is read but its head, and of that no more than a bound; no redirect is followed. A url may hold a
token: what is told of it is scheme and host.
"""

import asyncio
import base64
import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed does not have it

from syncer.errors import SyncerError, UsageProblem, visible

_HEAD_BYTES = 1 << 16
_INTERIM_AT_MOST = 5  # answers such as 103 before the one that counts
_PORTS = {"http": 80, "https": 443}
_PROXY = "_proxy"


class Undelivered(SyncerError):
    """Nothing that can be understood came back."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said; `retry_after` as it stood there, "" where it did not."""

    status: int
    retry_after: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a POST goes."""

    host: str
    port: int
    is_tls: bool
    target: str = field(repr=False)  # path and query
    authorization: str = field(repr=False)  # of the url's user and password; "" without

    @property
    def authority(self) -> str:
        """Host and port as they stand in a url."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self._scheme] else f"{host}:{self.port}"

    @property
    def shown(self) -> str:
        """What may be told of it."""
        return visible(f"{self._scheme}://{self.authority}")

    @property
    def _scheme(self) -> str:
        return "https" if self.is_tls else "http"


def place_of(url: str) -> Place:
    """What a url means; UsageProblem, which does not quote it, for one that cannot be used."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
        ascii_host = host.encode("idna").decode("ascii")
    except ValueError:  # which may quote it
        raise UsageProblem("--webhook: the url cannot be read; write https://HOST/PATH") from None
    _refuse(url, parts)
    if parts.scheme == "http" and not _is_loopback(ascii_host):
        raise UsageProblem(
            f"--webhook: {visible(ascii_host)} is another machine, and http: could be read on the way; write https:"
        )
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    return Place(ascii_host, port, parts.scheme == "https", target, _authorization(parts))


def _refuse(url: str, parts: SplitResult) -> None:
    if parts.scheme not in _PORTS or not parts.hostname:
        raise UsageProblem("--webhook wants a url of the form https://HOST/PATH")
    behind_host = parts.path + parts.query
    if not (behind_host.isascii() and url.isprintable()) or " " in url:
        raise UsageProblem("--webhook: the url has a character that none can have; write it as %XX")


def _authorization(parts: SplitResult) -> str:
    if parts.username is None:
        return ""
    said = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"Basic {base64.b64encode(said.encode()).decode()}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return False


async def post(
    place: Place, headers: Mapping[str, str], body: bytes, *, within: float, environ: Mapping[str, str]
) -> Answer:
    """Send it and say what came back; Undelivered where nothing did `within` seconds.

    The proxies of `environ` are honoured, but for this machine itself.
    """
    try:
        async with asyncio.timeout(within):
            return await _exchange(place, headers, body, _proxy(place, environ))
    except TimeoutError as exc:
        raise Undelivered(f"no answer within {within:g} s") from exc
    except ssl.SSLError as exc:
        told = exc.verify_message if isinstance(exc, ssl.SSLCertVerificationError) else exc.reason
        raise Undelivered(f"no trusted TLS connection: {visible(told or 'the handshake failed')}") from exc
    except OSError as exc:
        raise Undelivered(f"no connection: {visible(exc.strerror or 'refused')}") from exc
    except (ValueError, EOFError, asyncio.LimitOverrunError) as exc:  # EOFError: cut off
        raise Undelivered("what came back is no answer of HTTP") from exc


async def _exchange(place: Place, headers: Mapping[str, str], body: bytes, proxy: Place | None) -> Answer:
    reader, writer = await _open(place, proxy)
    try:
        writer.write(_head(place, headers, len(body)) + body)  # not drained: the answer may come before all of it went
        return await _answer(reader)
    finally:
        writer.transport.abort()  # whatever the server still has to say


def _head(place: Place, headers: Mapping[str, str], length: int) -> bytes:
    fields = {"Host": place.authority, **headers, "Content-Length": str(length), "Connection": "close"}
    if place.authorization:
        fields["Authorization"] = place.authorization
    lines = [f"POST {place.target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def _open(place: Place, proxy: Place | None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    tls = ssl.create_default_context() if place.is_tls else None
    if proxy is None or tls is None:
        return await asyncio.open_connection(place.host, place.port, ssl=tls, limit=_HEAD_BYTES)
    reader, writer = await asyncio.open_connection(proxy.host, proxy.port, limit=_HEAD_BYTES)
    try:
        await _tunnel(reader, writer, place, proxy)
        await writer.start_tls(tls, server_hostname=place.host)
    except BaseException:
        writer.transport.abort()
        raise
    return reader, writer


async def _tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, place: Place, proxy: Place) -> None:
    there = f"{f'[{place.host}]' if ':' in place.host else place.host}:{place.port}"
    login = f"Proxy-Authorization: {proxy.authorization}\r\n" if proxy.authorization else ""
    writer.write(f"CONNECT {there} HTTP/1.1\r\nHost: {there}\r\n{login}\r\n".encode("latin-1"))
    answer = await _answer(reader)
    if not 200 <= answer.status < 300:
        raise Undelivered(f"the proxy {proxy.shown} does not lead there (status {answer.status})")


async def _answer(reader: asyncio.StreamReader) -> Answer:
    for _ in range(_INTERIM_AT_MOST):
        status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        version, _, rest = status.partition(" ")
        code = rest[:3]
        if not version.startswith("HTTP/1.") or not (code.isascii() and code.isdigit() and int(code) >= 100):
            break
        if int(code) >= 200:
            named = (line.partition(":") for line in lines)
            after = [value.strip() for name, _, value in named if name.lower() == "retry-after"]
            return Answer(int(code), after[0] if after else "")
    raise ValueError("no answer")


def _proxy(place: Place, environ: Mapping[str, str]) -> Place | None:
    """Only TLS leaves this machine, so a tunnel is all that is wanted of a proxy."""
    if _is_loopback(place.host):
        return None
    said = {name.lower().removesuffix(_PROXY): value for name, value in sorted(environ.items()) if _names_proxy(name)}
    chosen = said.get("https") or said.get("all")
    if not chosen or proxy_bypass_environment(place.host, said):
        return None
    try:
        parts = urlsplit(chosen if "://" in chosen else f"http://{chosen}")
        port, host = parts.port or _PORTS["http"], parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme != "http":
        raise Undelivered("the proxy of this machine's environment cannot be used: it must be http://HOST:PORT")
    return Place(host, port, is_tls=False, target="", authorization=_authorization(parts))


def _names_proxy(name: str) -> bool:
    """`https_proxy` goes before `HTTPS_PROXY`, as everywhere, and comes after it in the order of characters."""
    return name.lower().endswith(_PROXY)


def seconds_until(retry_after: str, now: float) -> float | None:
    """What a server asks for, as a number of seconds or as a date; None where it asks for nothing that can be read."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - now)
    except (ValueError, OverflowError):
        return None
