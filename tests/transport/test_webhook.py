"""A POST, and every way in which it can come to nothing; what is told never has the url's token."""

import asyncio
import ssl
from collections.abc import Mapping

import pytest
import trustme

from syncer.errors import UsageProblem
from syncer.transport.webhook import Answer, Undelivered, place_of, post, seconds_until
from tests.transport.conftest import Tls
from tests.transport.hooked import CUT_OFF, OK, SILENCE, Hooked, hooked, proxied, status

HEADERS = {"Content-Type": "application/json"}


async def send(url: str, body: bytes = b"{}", environ: Mapping[str, str] | None = None) -> Answer:
    return await post(place_of(url), HEADERS, body, within=5.0, environ=environ or {})


async def why(url: str, environ: Mapping[str, str] | None = None) -> str:
    """Why it was not delivered."""
    with pytest.raises(Undelivered) as caught:
        await send(url, environ=environ)
    assert "s3cret" not in str(caught.value)
    return str(caught.value)


async def test_what_is_sent() -> None:
    async with hooked(OK) as there:
        assert await send(there.url, b'{"a": 1}') == Answer(204)
    (head,) = there.heads
    assert head == (
        "POST /hooks/drift?token=s3cret HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{there.port}\r\n"
        "Content-Type: application/json\r\nContent-Length: 8\r\nConnection: close\r\n\r\n"
    )
    assert there.bodies == [b'{"a": 1}']


async def test_user_and_password_of_the_url() -> None:
    async with hooked(OK) as there:
        await send(f"http://me:p%40ss@127.0.0.1:{there.port}")
    assert there.header("Authorization") == "Basic bWU6cEBzcw=="
    assert there.heads[0].startswith("POST / HTTP/1.1\r\n")
    assert there.header("Host") == f"127.0.0.1:{there.port}"


async def test_a_long_body_and_an_early_answer() -> None:
    async with hooked(status(413)) as there:
        assert await send(there.url, b"x" * 5_000_000) == Answer(413)


async def test_interim_answers_do_not_count() -> None:
    async with hooked(status(103, "Link: x") + status(503, "Retry-After:  7 ")) as there:
        assert await send(there.url) == Answer(503, "7")
    async with hooked(status(100) * 10) as there:
        assert await why(there.url) == "what came back is no answer of HTTP"


async def test_a_redirect_is_not_followed() -> None:
    async with hooked(OK) as elsewhere, hooked(status(307, f"Location: {elsewhere.url}")) as there:
        assert await send(there.url) == Answer(307)
        assert elsewhere.heads == []


async def test_a_huge_answer_is_not_read() -> None:
    async with hooked(OK + b"x" * 50_000_000) as there:
        assert await send(there.url) == Answer(204)


@pytest.mark.parametrize(
    "answer",
    [
        b"hello\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 \xb2\xb2\xb2\r\n\r\n",
        b"HTTP/1.1 042 x\r\n\r\n",
        CUT_OFF,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000,
    ],
)
async def test_what_is_no_answer(answer: bytes) -> None:
    async with hooked(answer) as there:
        assert await why(there.url) == "what came back is no answer of HTTP"


async def test_no_answer() -> None:
    async with hooked(SILENCE) as there:
        assert await why(there.url) == "no answer within 5 s"


async def test_nobody_listens() -> None:
    async with hooked(OK) as there:
        url = there.url
    assert (await why(url)).startswith("no connection: ")


async def test_tls_is_verified(tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    async with hooked(OK, tls=tls.context) as there:
        url = there.url.replace("http:", "https:")
        assert "no trusted TLS connection: " in await why(url)
        assert there.heads == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca_file))
        assert await send(url) == Answer(204)


async def test_no_tls_there() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        told = await why(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/s3cret")
    assert told.startswith("no trusted TLS connection: ")


@pytest.fixture
def named(ca: trustme.CA, tls: Tls, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for a name that only the proxy knows, trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("hooks.example.com").configure_cert(context)
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca_file))
    return context


def far(there: Hooked) -> str:
    return f"https://hooks.example.com:{there.port}/x?token=s3cret"


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"])
async def test_a_proxy(named: ssl.SSLContext, name: str) -> None:
    async with hooked(OK, tls=named) as there, proxied() as proxy:
        environ = {name: f"http://me:pw@127.0.0.1:{proxy.port}"}
        assert await send(far(there), environ=environ) == Answer(204)
    place = f"hooks.example.com:{there.port}"
    assert proxy.heads == [f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\nProxy-Authorization: Basic bWU6cHc=\r\n\r\n"]
    assert there.header("Host") == place


async def test_no_proxy_to_this_machine() -> None:
    async with hooked(OK) as there:
        assert await send(there.url, environ={"http_proxy": "http://127.0.0.1:1", "all_proxy": "http://127.0.0.1:1"})


async def test_no_proxy_where_the_environment_says_so() -> None:
    async with proxied() as proxy:
        environ = {"https_proxy": f"http://127.0.0.1:{proxy.port}", "NO_PROXY": "example.invalid"}
        assert (await why("https://hooks.example.invalid/s3cret", environ)).startswith("no connection: ")
    assert proxy.heads == []


async def test_a_proxy_that_does_not_want() -> None:
    async with proxied(refuse=True) as proxy:
        told = await why("https://hooks.example.com/s3cret", {"https_proxy": f"127.0.0.1:{proxy.port}"})
    assert told == f"the proxy http://127.0.0.1:{proxy.port} does not lead there (status 407)"


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "https://127.0.0.1:1", "http://127.0.0.1:x", "http://"])
async def test_a_proxy_that_cannot_be_used(proxy: str) -> None:
    told = await why("https://hooks.example.com/s3cret", {"https_proxy": proxy})
    assert told == "the proxy of this machine's environment cannot be used: it must be http://HOST:PORT"


@pytest.mark.parametrize(
    "url, told",
    [
        ("hooks.example.com/s3cret", "--webhook wants a url of the form https://HOST/PATH"),
        ("ftp://example.com/s3cret", "--webhook wants a url of the form https://HOST/PATH"),
        ("https:///s3cret", "--webhook wants a url of the form https://HOST/PATH"),
        ("https://example.com:s3cret/", "--webhook: the url cannot be read; write https://HOST/PATH"),
        (f"https://{'x' * 64}.com/s3cret", "--webhook: the url cannot be read; write https://HOST/PATH"),
        ("https://[s3cret/", "--webhook: the url cannot be read; write https://HOST/PATH"),
        ("https://a/s3cret\r\nX: y", "--webhook: the url has a character that none can have; write it as %XX"),
        ("https://a/s3cret x", "--webhook: the url has a character that none can have; write it as %XX"),
        ("https://a/s3cret\u00e9", "--webhook: the url has a character that none can have; write it as %XX"),
        (
            "http://hooks.example.com/s3cret",
            "--webhook: hooks.example.com is another machine, and http: could be read on the way; write https:",
        ),
    ],
)
def test_urls_that_cannot_be_used(url: str, told: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        place_of(url)
    assert str(caught.value) == told


@pytest.mark.parametrize(
    "url, shown",
    [
        ("https://me:s3cret@hooks.example.com/s3cret?s3cret#s3cret", "https://hooks.example.com"),
        ("https://hooks.example.com:8443/s3cret", "https://hooks.example.com:8443"),
        ("http://[::1]:8080/s3cret", "http://[::1]:8080"),
        ("https://b\u00fccher.example/s3cret", "https://xn--bcher-kva.example"),
    ],
)
def test_what_is_told_of_a_url(url: str, shown: str) -> None:
    place = place_of(url)
    assert place.shown == shown
    assert "s3cret" not in repr(place)


@pytest.mark.parametrize(
    "said, seconds",
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Wed, 25 Nov 2026 18:00:30 GMT", 30.0),
        ("Wed, 25 Nov 2026 17:00:00 GMT", 0.0),
        ("9" * 400, 999_999_999.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("Wed, 99 Nov 99999 18:00:30 GMT", None),
    ],
)
def test_how_long_a_server_wants_to_be_left_alone(said: str, seconds: float | None) -> None:
    assert seconds_until(said, 1795629600.0) == seconds
