"""Opening a websocket, and what went wrong in words for people."""

import ipaddress
import socket
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    InvalidHandshake,
    InvalidMessage,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
    ProxyError,
    WebSocketException,
)

from syncer.errors import ServerError, SilentServer, UnreachableServer, UntrustedCertificate, visible
from syncer.transport.tracing import Trace
from syncer.wire.login import Credentials
from syncer.wire.session import Limits

FAREWELL = 2.0  # seconds for the closing handshake

_CHECK_URL = "check host and port of the server's url"
_CHECK_PROXY = "check the proxy of this machine's environment, or name the host in NO_PROXY"
_WRONG_NAME = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH and _IP_ADDRESS_MISMATCH of OpenSSL


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and as whom to log in; `shown` is the url that people configured.

    In seconds: `timeout` is the deadline of one answer, `reconnect_for` how long a lost connection is tried again.
    """

    url: str
    shown: str
    credentials: Credentials
    ca_file: Path | None = None
    timeout: float = 30.0
    window: int = 64
    limits: Limits = field(default_factory=Limits)
    reconnect_for: float = 10.0
    trace: Trace | None = field(default=None, repr=False, compare=False)


class _Direct(connect):
    """A connection that follows no redirect: a login must not wander to another server."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def dial(endpoint: Endpoint) -> ClientConnection:
    """An open websocket; ServerError for whatever prevents it."""
    try:
        return await _Direct(
            endpoint.url,
            ssl=tls_context(endpoint),
            compression=None,  # messages are small and many; the processor is the bottleneck
            max_size=endpoint.limits.frame_bytes,
            max_queue=endpoint.window,
            open_timeout=endpoint.timeout,
            close_timeout=FAREWELL,
            ping_interval=None,  # deadlines of requests and KeepAlive do this, in the service's own words
            proxy=None if is_loopback(endpoint.url) else True,
        )
    except (OSError, WebSocketException, ValueError, ImportError) as exc:  # ImportError: a SOCKS proxy
        raise _explained(exc, endpoint) from exc


def tls_context(endpoint: Endpoint) -> ssl.SSLContext | None:
    """What a `wss:` connection is checked by; UntrustedCertificate if ca_file cannot be used."""
    if urlsplit(endpoint.url).scheme != "wss":
        return None
    if endpoint.ca_file is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=str(endpoint.ca_file))
    except OSError as exc:  # ssl.SSLError is one of them
        what = f"ca_file {visible(endpoint.ca_file)} cannot be used: {visible(exc.strerror or exc)}"
        raise UntrustedCertificate(endpoint.shown, what, "it must hold certificates in PEM form") from exc


def is_loopback(url: str) -> bool:
    """Whether a url means this machine, where no proxy is asked."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return False


def _refused(exc: OSError) -> bool:
    # asyncio folds the failures of several addresses of one host into an OSError without a number
    return isinstance(exc, ConnectionRefusedError) or (exc.errno is None and "Connect call failed" in str(exc))


def _without_url(exc: Exception) -> str:
    """A url may hold a password, and these exceptions quote it."""
    return visible(exc.msg if isinstance(exc, InvalidURI | InvalidProxy) else exc)


def _explained(exc: Exception, endpoint: Endpoint) -> ServerError:
    where = endpoint.shown
    match exc:
        case ssl.SSLCertVerificationError() if exc.verify_code in _WRONG_NAME:
            hint = "use the host name that the certificate was made for"
            return UntrustedCertificate(where, f"its certificate is another's: {visible(exc.verify_message)}", hint)
        case ssl.SSLCertVerificationError():
            hint = "to trust it, save the certificate of its CA as PEM and name that file in ca_file"
            return UntrustedCertificate(where, f"its certificate is not trusted: {visible(exc.verify_message)}", hint)
        case ssl.SSLError():
            return UntrustedCertificate(where, f"no TLS there: {visible(exc.reason or exc)}", _CHECK_URL)
        case socket.gaierror():
            host = visible(urlsplit(endpoint.url).hostname)
            return UnreachableServer(where, f"unknown host {host}", "check the url, and this machine's DNS")
        case OSError() if _refused(exc):
            return UnreachableServer(where, "the connection was refused", _CHECK_URL)
        case TimeoutError():
            return SilentServer(where, f"no connection within {endpoint.timeout:g} s", _CHECK_URL)
        case InvalidStatus():
            what = f"an HTTP answer (status {exc.response.status_code}) instead of a websocket"
            hint = "the url must be that of the app's websocket: wss://HOST/DOMAIN/INSTANCE/APP"
            return UnreachableServer(where, what, hint)
        case ProxyError() | InvalidProxy() | ImportError():
            return UnreachableServer(where, f"the proxy cannot be used: {_without_url(exc)}", _CHECK_PROXY)
        case InvalidMessage() | InvalidHandshake():
            return UnreachableServer(where, "what answers there speaks no websocket", _CHECK_URL)
        case InvalidURI() | ValueError():
            return UnreachableServer(where, f"the url cannot be used: {_without_url(exc)}", "correct it in syncer.yaml")
        case _:
            return UnreachableServer(where, f"no connection: {visible(exc)}", _CHECK_URL)
