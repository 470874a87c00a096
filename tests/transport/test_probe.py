"""The way to a server, step by step: what a person reads where a step fails, and that no login is sent on the way."""

import asyncio
import socket
from datetime import UTC, datetime
from typing import NoReturn

import pytest

from syncer.errors import SilentServer, UnreachableServer
from syncer.transport import probe
from syncer.transport.probe import Upgrade, place_of, proxy_of, reach, resolve, upgrade
from tests.transport.scripted import PASSWORD, PATH, SHOWN, Pause, endpoint_at, plain_server, scripted
from tests.transport.test_dial import free_port

HTTP_DATE = "Tue, 24 Nov 2026 18:18:18 GMT"
MOMENT = datetime(2026, 11, 24, 18, 18, 18, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "https_proxy", "http_proxy", "all_proxy", "wss_proxy", "ws_proxy", "socks_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class TestPlace:
    """Host and port."""

    @pytest.mark.parametrize(
        "url, place",
        [
            ("wss://phones.example/a/b/c", ("phones.example", 443)),
            ("ws://phones.example/a/b/c", ("phones.example", 80)),
            ("wss://phones.example:8443/a/b/c", ("phones.example", 8443)),
            ("wss://[::1]:1/a/b/c", ("::1", 1)),
        ],
    )
    def test_place(self, url: str, place: tuple[str, int]) -> None:
        assert place_of(url) == place


class TestDns:
    """Addresses of the host."""

    async def test_all_addresses_each_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def answer(host: str, port: int, **_: object) -> list[object]:
            found = [(2, 1, 6, "", (address, port)) for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1")]
            return [*found, (10, 1, 6, "", ("2001:db8::1", port, 0, 0))]

        monkeypatch.setattr(socket, "getaddrinfo", answer)
        assert await resolve(endpoint_at(f"wss://phones.example{PATH}")) == ("192.0.2.1", "192.0.2.2", "2001:db8::1")

    async def test_an_address_is_one(self) -> None:
        assert await resolve(endpoint_at(f"ws://127.0.0.1:1{PATH}")) == ("127.0.0.1",)
        assert await resolve(endpoint_at(f"ws://[::1]:1{PATH}")) == ("::1",)

    async def test_unknown_host(self) -> None:
        with pytest.raises(UnreachableServer) as caught:
            await resolve(endpoint_at(f"wss://phones.invalid{PATH}"))
        assert caught.value.what.startswith("unknown host phones.invalid: ")
        assert caught.value.hint == "check the url, and this machine's DNS"

    async def test_a_name_that_cannot_be_one(self) -> None:
        with pytest.raises(UnreachableServer) as caught:
            await resolve(endpoint_at(f"wss://{'a' * 64}.example{PATH}"))
        assert "cannot be looked up" in caught.value.what

    async def test_dns_that_does_not_answer_holds_nobody_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Neither here nor at the end of the loop."""
        import threading

        is_over = threading.Event()

        def hang(*_: object, **__: object) -> list[object]:
            is_over.wait(30)
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

        monkeypatch.setattr(socket, "getaddrinfo", hang)
        try:
            with pytest.raises(SilentServer) as caught:
                await resolve(endpoint_at(f"wss://phones.example{PATH}", timeout=0.1))
        finally:
            is_over.set()
        assert caught.value.what == "DNS did not say within 0.1 s where phones.example is"

    def test_it_takes_ten_seconds_at_most(self) -> None:
        assert probe.patience(endpoint_at(f"wss://phones.example{PATH}", timeout=60)) == 10
        assert probe.patience(endpoint_at(f"wss://phones.example{PATH}", timeout=3)) == 3


class TestTcp:
    """Every address is tried."""

    async def test_each_address_tells_its_own(self) -> None:
        async with plain_server(b"") as port:
            good, bad = await reach(endpoint_at(f"ws://127.0.0.1:{port}{PATH}"), ("127.0.0.1", "127.0.0.2"))
        assert good.address == "127.0.0.1"
        assert good.seconds is not None
        assert good.why == ""
        assert (bad.address, bad.seconds, bad.why, bad.is_local) == ("127.0.0.2", None, "refused", False)

    async def test_silence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def hang(*_: object, **__: object) -> NoReturn:
            await asyncio.Event().wait()
            raise AssertionError

        monkeypatch.setattr(asyncio, "open_connection", hang)
        (tried,) = await reach(endpoint_at(f"ws://192.0.2.1{PATH}", timeout=0.1), ("192.0.2.1",))
        assert (tried.seconds, tried.why) == (None, "no answer within 0.1 s")

    async def test_no_way_there_from_here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def fail(*_: object, **__: object) -> NoReturn:
            raise OSError(101, "Connect call failed ('2001:db8::1', 443)")

        monkeypatch.setattr(asyncio, "open_connection", fail)
        (tried,) = await reach(endpoint_at(f"ws://[2001:db8::1]{PATH}"), ("2001:db8::1",))
        assert (tried.why, tried.is_local) == ("Network is unreachable", True)


class TestProxy:
    """Which one is used, without its password."""

    @pytest.mark.parametrize(
        "proxy, shown",
        [
            (f"http://user:{PASSWORD}@proxy.example:3128", "http://proxy.example:3128"),
            (f"http://user:p@{PASSWORD}@proxy.example:3128", "http://proxy.example:3128"),
            ("http://proxy.example:3128", "http://proxy.example:3128"),
        ],
    )
    def test_named_by_the_environment(self, monkeypatch: pytest.MonkeyPatch, proxy: str, shown: str) -> None:
        monkeypatch.setenv("https_proxy", proxy)
        assert proxy_of(endpoint_at(f"wss://phones.example{PATH}")) == shown
        assert proxy_of(endpoint_at(f"wss://127.0.0.1{PATH}")) is None
        monkeypatch.setenv("no_proxy", "phones.example")
        assert proxy_of(endpoint_at(f"wss://phones.example{PATH}")) is None

    def test_none(self) -> None:
        assert proxy_of(endpoint_at(f"wss://phones.example{PATH}")) is None


class TestUpgrade:
    """The websocket's handshake."""

    async def test_it_opens_and_says_nothing(self) -> None:
        async with scripted([Pause(0)]) as server:  # any frame would be wrong
            opened = await upgrade(server.endpoint())
        assert opened.failure is None
        assert opened.date is not None
        assert abs((datetime.now(UTC) - opened.date).total_seconds()) < 60

    @pytest.mark.parametrize(
        "status, hint",
        [
            (
                "404 Not Found",
                "no such app is there; correct the host or the path of the url: wss://HOST/DOMAIN/INSTANCE/APP",
            ),
            ("503 Down", "the app does not run, or a reverse proxy does not find it; start it"),
            ("302 Found", "a login follows no redirect; write the url where the app really is"),
            ("200 OK", "the url must be that of the app's websocket: wss://HOST/DOMAIN/INSTANCE/APP"),
        ],
    )
    async def test_an_http_answer_tells_its_status_and_the_time(self, status: str, hint: str) -> None:
        answer = f"HTTP/1.1 {status}\r\nDate: {HTTP_DATE}\r\nContent-Length: 0\r\n\r\n"
        opened = await self._answered(answer.encode())
        assert opened.date == MOMENT
        assert opened.failure is not None
        assert (type(opened.failure), opened.failure.server) == (UnreachableServer, SHOWN)
        assert opened.failure.what == f"an HTTP answer (status {status[:3]}) instead of a websocket"
        assert opened.failure.hint == hint

    @pytest.mark.parametrize(
        "headers",
        [
            "",
            "Date: yesterday\r\n",
            "Date: \r\n",
            "Date: Tue, 24 Nov 99999 18:18:18 GMT\r\n",
            "Date: Tue, 24 Nov 2026 18:18:18 +9999\r\n",
            f"Date: {HTTP_DATE}\r\nDate: {HTTP_DATE}\r\n",
        ],
    )
    async def test_no_usable_date(self, headers: str) -> None:
        opened = await self._answered(f"HTTP/1.1 404 No\r\n{headers}Content-Length: 0\r\n\r\n".encode())
        assert opened.date is None

    async def test_a_date_without_its_zone_is_utc(self) -> None:
        answer = b"HTTP/1.1 404 No\r\nDate: Tue, 24 Nov 2026 18:18:18 -0000\r\nContent-Length: 0\r\n\r\n"
        assert (await self._answered(answer)).date == MOMENT

    async def test_no_http_at_all(self) -> None:
        opened = await self._answered(b"SSH-2.0-OpenSSH_9.6\r\n")
        assert opened.date is None
        assert opened.failure is not None
        assert opened.failure.what == "what answers there speaks no websocket"
        assert opened.failure.hint.endswith("where the server speaks TLS, the url begins with wss:")

    async def test_refused(self) -> None:
        opened = await upgrade(endpoint_at(f"ws://127.0.0.1:{free_port()}{PATH}"))
        assert opened.failure is not None
        assert opened.failure.what == "the connection was refused"

    @staticmethod
    async def _answered(answer: bytes) -> Upgrade:
        async with plain_server(answer) as port:
            return await upgrade(endpoint_at(f"ws://127.0.0.1:{port}{PATH}"))
