"""What may prevent a websocket, in the words that a person reads."""

import asyncio
import socket
import ssl
import tracemalloc
from pathlib import Path

import pytest
import trustme

from syncer.errors import ServerError, SilentServer, UnreachableServer, UntrustedCertificate
from syncer.transport.connection import Connection
from syncer.transport.dial import Endpoint, dial
from tests.transport.conftest import Tls
from tests.transport.scripted import LOGIN, PASSWORD, PATH, SHOWN, Close, endpoint_at, plain_server, scripted

CHECK_URL = "check host and port of the server's url"
WRONG_ACCEPT = (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n"
)
NO_WEBSOCKET = f"{SHOWN}: what answers there speaks no websocket; {CHECK_URL}"


async def failure(endpoint: Endpoint) -> ServerError:
    """What dialling fails with: one line, without the password."""
    with pytest.raises(ServerError) as caught:
        await dial(endpoint)
    assert "\n" not in str(caught.value)
    for text in (str(caught.value), repr(caught.value), repr(endpoint.credentials)):
        assert PASSWORD not in text
    assert caught.value.server == SHOWN
    assert caught.value.exit_code == 1
    return caught.value


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


class TestAddress:
    """Nothing there, or not what was meant."""

    async def test_unknown_host(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for scheme in ("ws", "wss"):
            exc = await failure(endpoint_at(f"{scheme}://phones.invalid{PATH}"))
            assert type(exc) is UnreachableServer
            assert str(exc) == f"{SHOWN}: unknown host phones.invalid; check the url, and this machine's DNS"

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    async def test_refused_port(self, host: str) -> None:
        exc = await failure(endpoint_at(f"ws://{host}:{free_port()}{PATH}"))
        assert type(exc) is UnreachableServer
        assert str(exc) == f"{SHOWN}: the connection was refused; {CHECK_URL}"

    async def test_refused_at_each_of_several_addresses(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """asyncio makes one exception of several, without a number."""
        both = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, free_port()))
            for address in ("127.0.0.1", "127.0.0.2")
        ]

        async def resolve(*_: object, **__: object) -> list[object]:
            return list(both)

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
        exc = await failure(endpoint_at(f"ws://localhost{PATH}"))
        assert str(exc) == f"{SHOWN}: the connection was refused; {CHECK_URL}"

    @pytest.mark.parametrize(
        "url, why",
        [
            ("https://127.0.0.1/x", "scheme isn't ws or wss"),
            ("127.0.0.1/x", "scheme isn't ws or wss"),
            ("ws:///x", "hostname isn't provided"),
            ("ws://127.0.0.1/x#y", "fragment identifier is meaningless"),
            (f"https://admin:{PASSWORD}@127.0.0.1/x", "scheme isn't ws or wss"),
            (f"ws://:{PASSWORD}@/x", "hostname isn't provided"),
            ("ws://127.0.0.1:99999/x", "Port out of range 0-65535"),
            ("wss://127.0.0.1:99999/x", "Port out of range 0-65535"),
            ("ws://[::1/x", "Invalid IPv6 URL"),
            ("wss://[::1/x", "Invalid IPv6 URL"),
        ],
    )
    async def test_a_url_that_cannot_be_used(self, url: str, why: str) -> None:
        exc = await failure(endpoint_at(url))
        assert type(exc) is UnreachableServer
        assert str(exc) == f"{SHOWN}: the url cannot be used: {why}; correct it in syncer.yaml"

    async def test_a_host_name_that_cannot_be_one(self) -> None:
        exc = await failure(endpoint_at(f"ws://{'a' * 64}.invalid{PATH}"))
        assert str(exc).startswith(f"{SHOWN}: ")
        assert type(exc) is UnreachableServer


class TestHttp:
    """A server, but no websocket."""

    @pytest.mark.parametrize("status", ["404 Not Found", "200 OK", "401 Unauthorized", "500 Oh \x1b[31mno"])
    async def test_an_http_answer(self, status: str) -> None:
        async with plain_server(f"HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\nhello".encode()) as port:
            exc = await failure(endpoint_at(f"ws://127.0.0.1:{port}{PATH}"))
        assert type(exc) is UnreachableServer
        if "\x1b" in status:
            assert str(exc) == NO_WEBSOCKET  # no HTTP either
        else:
            assert str(exc) == (
                f"{SHOWN}: an HTTP answer (status {status[:3]}) instead of a websocket; "
                "the url must be that of the app's websocket: wss://HOST/DOMAIN/INSTANCE/APP"
            )

    @pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
    async def test_a_redirect_is_not_followed(self, status: str) -> None:
        """A login must not wander to another server."""
        visits = 0

        async def count(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
            nonlocal visits
            visits += 1

        async with plain_server(count) as elsewhere:
            answer = f"HTTP/1.1 {status}\r\nLocation: ws://127.0.0.1:{elsewhere}{PATH}\r\nContent-Length: 0\r\n\r\n"
            async with plain_server(answer.encode()) as port:
                exc = await failure(endpoint_at(f"ws://127.0.0.1:{port}{PATH}"))
        assert str(exc).startswith(f"{SHOWN}: an HTTP answer (status {status[:3]}) instead of a websocket; ")
        assert visits == 0

    @pytest.mark.parametrize(
        "answer",
        [
            b"SSH-2.0-OpenSSH_9.6\r\n",
            b"\x00\xff" * 500,
            b"",
            b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
            WRONG_ACCEPT.encode(),
            b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 100_000 + b"\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000,
        ],
        ids=["ssh", "binary", "nothing", "no upgrade", "wrong accept", "a long header", "many headers"],
    )
    async def test_something_else(self, answer: bytes) -> None:
        async with plain_server(answer) as port:
            exc = await failure(endpoint_at(f"ws://127.0.0.1:{port}{PATH}"))
        assert type(exc) is UnreachableServer
        assert str(exc) == NO_WEBSOCKET

    async def test_a_page_without_end(self) -> None:
        """It is thrown away, so memory is bounded, until the deadline."""
        poured = 0

        async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal poured
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while not writer.is_closing():
                writer.write(b"x" * 65536)
                await writer.drain()
                poured += 65536

        tracemalloc.start()
        try:
            async with plain_server(pour) as port:
                exc = await failure(endpoint_at(f"ws://127.0.0.1:{port}{PATH}", timeout=0.5))
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert str(exc) == f"{SHOWN}: no connection within 0.5 s; {CHECK_URL}"
        assert poured > 4 << 20
        assert most < 8 << 20

    @pytest.mark.parametrize("trickle", [False, True])
    async def test_no_answer_to_the_handshake(self, *, trickle: bool) -> None:
        async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.read(100) or not reader.at_eof():
                while trickle and not writer.is_closing():
                    writer.write(b"H")
                    await asyncio.sleep(0.01)

        async with plain_server(stall) as port:
            exc = await failure(endpoint_at(f"ws://127.0.0.1:{port}{PATH}", timeout=0.2))
        if trickle:
            assert str(exc) in (NO_WEBSOCKET, f"{SHOWN}: no connection within 0.2 s; {CHECK_URL}")
        else:
            assert type(exc) is SilentServer
            assert str(exc) == f"{SHOWN}: no connection within 0.2 s; {CHECK_URL}"


class TestCertificates:
    """Only a certificate that was made for the host by somebody trusted will do."""

    async def test_trusted(self, tls: Tls) -> None:
        async with scripted(LOGIN, tls=tls.context) as server:
            connection = await Connection.open(server.endpoint(ca_file=tls.ca_file))
            await connection.close()

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    async def test_untrusted(self, tls: Tls, host: str) -> None:
        async with scripted(tls=tls.context) as server:
            exc = await failure(server.endpoint(host=host))
        assert type(exc) is UntrustedCertificate
        assert str(exc) == (
            f"{SHOWN}: its certificate is not trusted: unable to get local issuer certificate; "
            "to trust it, save the certificate of its CA as PEM and name that file in ca_file"
        )

    async def test_of_another_ca(self, tls: Tls, tmp_path: Path) -> None:
        trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
        async with scripted(tls=tls.context) as server:
            exc = await failure(server.endpoint(ca_file=tmp_path / "other.pem"))
        assert type(exc) is UntrustedCertificate
        assert str(exc).startswith(f"{SHOWN}: its certificate is not trusted: ")

    @pytest.mark.parametrize(
        "names, host, why",
        [
            (["127.0.0.1"], "localhost", "Hostname mismatch, certificate is not valid for 'localhost'."),
            (["phones.example.com"], "127.0.0.1", "IP address mismatch, certificate is not valid for '127.0.0.1'."),
        ],
    )
    async def test_for_another_host(self, ca: trustme.CA, tls: Tls, names: list[str], host: str, why: str) -> None:
        """Trusting the CA does not help here, so that is not what is said."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert(*names).configure_cert(context)
        async with scripted(tls=context) as server:
            exc = await failure(server.endpoint(ca_file=tls.ca_file, host=host))
        assert type(exc) is UntrustedCertificate
        assert str(exc) == (
            f"{SHOWN}: its certificate is another's: {why}; use the host name that the certificate was made for"
        )

    async def test_a_ca_file_that_is_missing(self, tmp_path: Path) -> None:
        missing = tmp_path / "ca.pem"
        exc = await failure(endpoint_at(f"wss://127.0.0.1:1{PATH}", ca_file=missing))
        assert type(exc) is UntrustedCertificate
        assert str(exc) == (
            f"{SHOWN}: ca_file {missing} cannot be used: No such file or directory; "
            "it must hold certificates in PEM form"
        )

    @pytest.mark.parametrize(
        "content",
        [b"", b"no PEM", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"\x00\xff"],
        ids=["empty", "text", "broken PEM", "binary"],
    )
    async def test_a_ca_file_without_certificates(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "ca.pem").write_bytes(content)
        exc = await failure(endpoint_at(f"wss://127.0.0.1:1{PATH}", ca_file=tmp_path / "ca.pem"))
        assert type(exc) is UntrustedCertificate
        assert str(exc).startswith(f"{SHOWN}: ca_file {tmp_path / 'ca.pem'} cannot be used: ")
        assert str(exc).endswith("; it must hold certificates in PEM form")

    async def test_tls_to_a_plain_port(self, tls: Tls) -> None:
        async with plain_server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
            exc = await failure(endpoint_at(f"wss://127.0.0.1:{port}{PATH}", ca_file=tls.ca_file))
        assert str(exc) == f"{SHOWN}: no TLS there: WRONG_VERSION_NUMBER; {CHECK_URL}"

    async def test_tls_to_a_port_that_closes(self, tls: Tls) -> None:
        async with plain_server(b"") as port:
            exc = await failure(endpoint_at(f"wss://127.0.0.1:{port}{PATH}", ca_file=tls.ca_file))
        assert str(exc).startswith(f"{SHOWN}: ")
        assert str(exc).endswith(f"; {CHECK_URL}")

    async def test_plain_to_a_tls_port(self, tls: Tls) -> None:
        async with plain_server(b"", tls=tls.context) as port:
            exc = await failure(endpoint_at(f"ws://127.0.0.1:{port}{PATH}"))
        assert type(exc) is UnreachableServer
        assert str(exc).startswith(f"{SHOWN}: ")
        assert str(exc).endswith(f"; {CHECK_URL}")


class TestProxy:
    """The environment's proxy, for all but loopback."""

    HINT = "check the proxy of this machine's environment, or name the host in NO_PROXY"

    @pytest.fixture(autouse=True)
    def _no_proxy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("no_proxy", "NO_PROXY", "https_proxy", "http_proxy", "all_proxy", "wss_proxy", "ws_proxy"):
            monkeypatch.delenv(name, raising=False)

    @pytest.mark.parametrize(
        "answer, why",
        [
            (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "proxy rejected connection: HTTP 407"),
            (b"SSH-2.0-OpenSSH_9.6\r\n", "did not receive a valid HTTP response from proxy"),
        ],
    )
    async def test_one_that_will_not(self, monkeypatch: pytest.MonkeyPatch, answer: bytes, why: str) -> None:
        async with plain_server(answer) as port:
            monkeypatch.setenv("https_proxy", f"http://user:{PASSWORD}@127.0.0.1:{port}")
            exc = await failure(endpoint_at(f"wss://phones.invalid{PATH}"))
        assert type(exc) is UnreachableServer
        assert str(exc) == f"{SHOWN}: the proxy cannot be used: {why}; {self.HINT}"

    @pytest.mark.parametrize(
        "proxy, why",
        [
            (f"ftp://user:{PASSWORD}@127.0.0.1", "scheme ftp isn't supported"),
            (f"http://user:{PASSWORD}@", "hostname isn't provided"),
        ],
    )
    async def test_one_that_is_none(self, monkeypatch: pytest.MonkeyPatch, proxy: str, why: str) -> None:
        monkeypatch.setenv("https_proxy", proxy)
        exc = await failure(endpoint_at(f"wss://phones.invalid{PATH}"))
        assert str(exc) == f"{SHOWN}: the proxy cannot be used: {why}; {self.HINT}"

    async def test_socks_without_its_library(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("https_proxy", f"socks5h://user:{PASSWORD}@127.0.0.1:1080")
        exc = await failure(endpoint_at(f"wss://phones.invalid{PATH}"))
        why = "connecting through a SOCKS proxy requires python-socks"
        assert str(exc) == f"{SHOWN}: the proxy cannot be used: {why}; {self.HINT}"

    async def test_none_for_loopback(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("http_proxy", "https_proxy", "ws_proxy", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        async with scripted((*LOGIN, Close())) as server:
            connection = await Connection.open(server.endpoint())
            await connection.close()


async def test_the_handshake_offers_no_compression() -> None:
    """Messages are small and many; and a small frame that is large in memory cannot come."""
    requests: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))

    async with plain_server(listen) as port:
        await failure(endpoint_at(f"ws://127.0.0.1:{port}{PATH}"))
    (request,) = requests
    assert request.startswith(f"GET {PATH} HTTP/1.1\r\n".encode())
    assert b"extensions" not in request.lower()
    assert PASSWORD.encode() not in request


async def test_cancelled_while_dialling() -> None:
    async def stall(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        while await reader.read(100):
            pass

    async with plain_server(stall) as port:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await dial(endpoint_at(f"ws://127.0.0.1:{port}{PATH}"))
