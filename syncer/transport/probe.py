"""The way to a server, step by step: DNS, TCP and the websocket's handshake. No login is ever sent from here."""

import asyncio
import contextlib
import errno
import os
import socket
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from websockets.exceptions import InvalidMessage, InvalidStatus, InvalidURI
from websockets.proxy import get_proxy
from websockets.uri import parse_uri

from syncer.errors import ServerError, SilentServer, UnreachableServer, visible
from syncer.transport.dial import FAREWELL, Endpoint, dial, is_loopback

_LONGEST = 10.0  # seconds for DNS, TCP and TLS, each
_MOST_ADDRESSES = 16  # of one host that are tried
# An address of the other Internet Protocol is nothing to worry about on a machine that has only one of them.
_NO_SUCH_NETWORK = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
_OTHER_SCHEME = "check host and port of the url; where the server speaks TLS, the url begins with wss:"
_HTTP_HINTS = {
    404: "no such app is there; correct the host or the path of the url: wss://HOST/DOMAIN/INSTANCE/APP",
    401: "something before the server asks for a login of its own; let websockets through to the app",
    403: "the server, or something before it, refuses this way in; allow it, or correct the url",
    **dict.fromkeys((301, 302, 303, 307, 308), "a login follows no redirect; write the url where the app really is"),
    **dict.fromkeys((502, 503, 504), "the app does not run, or a reverse proxy does not find it; start it"),
}


@dataclass(frozen=True, slots=True)
class Tried:
    """A TCP connection to an address. `seconds` None: it failed, `why` says how; `is_local`: on this machine's side."""

    address: str
    seconds: float | None
    why: str = ""
    is_local: bool = False


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The websocket's handshake: how long it took, the answer's Date if it has one, and what prevented it."""

    seconds: float
    date: datetime | None
    failure: ServerError | None = None


def place_of(url: str) -> tuple[str, int]:
    """Host and port of a url."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "wss" else 80)


def patience(endpoint: Endpoint) -> float:
    """Seconds that each of DNS, TCP and TLS may take."""
    return min(endpoint.timeout, _LONGEST)


def proxy_of(endpoint: Endpoint) -> str | None:
    """Scheme, host and port of the proxy that the environment names for the url; never its password.

    UnreachableServer where what it names is none.
    """
    if is_loopback(endpoint.url):
        return None
    try:
        proxy = get_proxy(parse_uri(endpoint.url))
    except InvalidURI:  # dialling tells it
        return None
    if proxy is None:
        return None
    try:
        scheme = urlsplit(proxy).scheme
    except ValueError as exc:
        what, hint = "the proxy that the environment names is no url", "correct HTTPS_PROXY, or unset it"
        raise UnreachableServer(endpoint.shown, what, hint) from exc
    _, at, rest = proxy.rpartition("@")
    return f"{scheme}://{rest}" if at else proxy


async def resolve(endpoint: Endpoint) -> tuple[str, ...]:
    """All addresses of the host; ServerError where it has none, or where DNS does not answer."""
    host, port = place_of(endpoint.url)
    longest = patience(endpoint)
    try:
        async with asyncio.timeout(longest):
            found = await _look_up(host, port)
    except TimeoutError as exc:
        what = f"DNS did not say within {longest:g} s where {visible(host)} is"
        raise SilentServer(endpoint.shown, what, "check this machine's DNS") from exc
    except socket.gaierror as exc:
        what = f"unknown host {visible(host)}: {visible(exc.strerror)}"
        raise UnreachableServer(endpoint.shown, what, "check the url, and this machine's DNS") from exc
    except (OSError, ValueError) as exc:  # ValueError: UnicodeError of a label that is too long
        what = f"{visible(host)} cannot be looked up: {visible(exc)}"
        raise UnreachableServer(endpoint.shown, what, "correct the url") from exc
    return tuple(dict.fromkeys(found))


async def _look_up(host: str, port: int) -> list[str]:
    """In a thread that nobody waits for at the end, as asyncio's own would be: DNS may take minutes to give up."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def tell(found: list[str] | Exception) -> None:
        if answer.done():
            return
        if isinstance(found, Exception):
            answer.set_exception(found)
        else:
            answer.set_result(found)

    def ask() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found: list[str] | Exception = [str(info[4][0]) for info in infos]
        except (OSError, ValueError) as exc:
            found = exc
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, found)

    threading.Thread(target=ask, daemon=True).start()
    return await answer


async def reach(endpoint: Endpoint, addresses: tuple[str, ...]) -> list[Tried]:
    """A TCP connection to each address, all at once, and what came of it; in the order of the addresses."""
    port = place_of(endpoint.url)[1]
    longest = patience(endpoint)
    return list(await asyncio.gather(*(_connect(one, port, longest) for one in addresses[:_MOST_ADDRESSES])))


async def _connect(address: str, port: int, longest: float) -> Tried:
    now = asyncio.get_running_loop().time
    started = now()
    try:
        async with asyncio.timeout(longest):
            _, writer = await asyncio.open_connection(address, port)
    except TimeoutError:
        return Tried(address, None, f"no answer within {longest:g} s")
    except ConnectionRefusedError:
        return Tried(address, None, "refused")
    except OSError as exc:
        is_local = exc.errno in _NO_SUCH_NETWORK
        return Tried(address, None, visible(os.strerror(exc.errno) if exc.errno else exc), is_local)
    took = now() - started
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return Tried(address, took)


async def upgrade(endpoint: Endpoint) -> Upgrade:
    """Open a websocket as a login would, its certificate checked, and close it again without one."""
    now = asyncio.get_running_loop().time
    started = now()
    try:
        opened = await dial(endpoint)
    except ServerError as exc:
        date, hint = _told_by(exc.__cause__, endpoint)
        return Upgrade(now() - started, date, UnreachableServer(exc.server, exc.what, hint) if hint else exc)
    took = now() - started
    date = _date(opened.response.headers.get_all("Date")) if opened.response else None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FAREWELL + 0.5):
            await opened.close()
    opened.transport.abort()
    await opened.wait_closed()
    return Upgrade(took, date)


def _told_by(cause: BaseException | None, endpoint: Endpoint) -> tuple[datetime | None, str]:
    """What an answer that opens no websocket tells: its time, and what to do ("": nothing in particular)."""
    if isinstance(cause, InvalidStatus):
        answer = cause.response
        return _date(answer.headers.get_all("Date")), _HTTP_HINTS.get(answer.status_code, "")
    is_plain = isinstance(cause, InvalidMessage) and endpoint.url.startswith("ws:")
    return None, _OTHER_SCHEME if is_plain else ""


def _date(headers: list[str]) -> datetime | None:
    """The time that an HTTP answer was made at (RFC 9110, section 6.6.1); None for what is no such time."""
    if len(headers) != 1:
        return None
    try:
        date = parsedate_to_datetime(headers[0])
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
