"""`syncer doctor` against everything that may be wrong, in the words that a person reads."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from syncer.cli.options import make_context
from syncer.emulator import Emulator, Options, Running, Store, When
from syncer.emulator.faults import Action, Close, Delay, Garbage, Ignore, Refuse
from syncer.files.journals import JournalFile
from syncer.files.locks import Holder, lock_server
from syncer.model.doctor import Area, Check, Diagnosis, Status
from syncer.model.journal import Closed, Entry
from syncer.model.plan import Ending, Result
from syncer.transport.certificates import Tls
from syncer.wire.profile import builtin
from syncer.workflow import doctor_service
from syncer.workflow.context import Context
from syncer.workflow.doctor import examine
from syncer.workflow.doctor_network import Heard, check_clock, check_tls
from syncer.workflow.findings import Findings
from tests.cli.running import PASSWORD, repository
from tests.model.journals import beginning, write_of
from tests.transport.scripted import endpoint_at, plain_server
from tests.transport.test_dial import free_port

DOCUMENT = "domain: example.com\nconfigs:\n  - {type: NTP, desc: time, categories: []}\n"
LOOPBACK = "127.0.0.1"
APP_PATH = "/example.com/devices/innovaphone-devices-api"
NETWORK = [Area.DNS, Area.TCP, Area.TLS, Area.WEBSOCKET, Area.LOGIN, Area.RIGHTS, Area.CLOCK, Area.API]
NEEDED = ("GetProvisioningCategories", "GetDeviceConfigs", "GetDevices")
PATIENCE = 1.0  # seconds, where a deadline has to pass


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "https_proxy", "http_proxy", "all_proxy", "wss_proxy", "ws_proxy", "socks_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(":memory:", password=PASSWORD) as store:
        store.add_domain("customer.com", {}, password="customer-pw")
        yield store


@pytest.fixture
async def running(store: Store) -> AsyncIterator[Running]:
    async with Emulator(store).start() as service:
        yield service


@asynccontextmanager
async def served_by(store: Store, leaf: trustme.LeafCert) -> AsyncIterator[Running]:
    """The emulator with a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    async with Emulator(store).start(ssl=context) as service:
        yield service


def context_at(folder: Path, *, timeout: float = 5.0, server: str | None = None, password: str = PASSWORD) -> Context:
    return replace(make_context(folder, server, timeout), environ={"SYNCER_PASSWORD": password})


async def doctored(context: Context) -> Diagnosis:
    """All checks; each was told as it came, and none twice."""
    told: list[Check] = []
    found = await examine(context, told.append)
    context.progress.close()
    assert told == list(found.checks)
    order = list(dict.fromkeys(check.area for check in told))
    assert order == list(Area), order  # every area, in its order
    for check in told:
        assert PASSWORD not in check.what + check.hint
        if check.status in (Status.FAILED, Status.WARNING):
            assert check.hint, check
    return found


async def at(folder: Path, url: str, *, more: str = "", document: str = DOCUMENT, **settings: object) -> Diagnosis:
    """The checks of a new repository with one server."""
    repo = repository(folder / "repo", url, document, more=more)
    return await doctored(context_at(repo, **settings))  # type: ignore[arg-type]


def of(found: Diagnosis, area: Area) -> list[tuple[str, str]]:
    """Status and text of an area's checks."""
    return [(str(check.status), check.what) for check in found.checks if check.area is area]


def hint(found: Diagnosis, area: Area) -> str:
    """The first hint of an area."""
    return next(check.hint for check in found.checks if check.area is area and check.hint)


def skipped(found: Diagnosis, because: Area, *areas: Area) -> None:
    """These were not tried, since that failed."""
    for area in areas:
        assert of(found, area) == [("skipped", f"not tried, since {because} failed")], area


class TestAllIsWell:
    """What a sound installation shows."""

    async def test_over_tls(self, tmp_path: Path, store: Store, ca: trustme.CA) -> None:
        end = datetime.now(UTC) + timedelta(days=365)
        async with served_by(store, ca.issue_cert(LOOPBACK, not_after=end)) as service:
            found = await _with_ca(tmp_path, service, ca)
        assert found.is_sound
        assert (found.server, found.url) == ("production", service.url)
        assert of(found, Area.SETTINGS) == [("ok", f"{tmp_path / 'repo' / 'syncer.yaml'}, server production")]
        assert of(found, Area.URL) == [("ok", service.url)]
        assert of(found, Area.DNS) == [("ok", "127.0.0.1 is an address already")]
        assert of(found, Area.TCP)[0][1].startswith(f"port {service.port} of 127.0.0.1 in ")
        seen, trusted, name, dates = of(found, Area.TLS)
        assert seen[1].startswith("TLSv1.3; certificate of OU=Testing cert #")
        assert ", issued by OU=Testing CA #" in seen[1]
        assert trusted == ("ok", f"trusted by ca_file {tmp_path / 'repo' / 'ca.pem'}")
        assert name == ("ok", "the certificate is for 127.0.0.1")
        assert dates == ("ok", f"the certificate is valid until {end:%Y-%m-%d}, for 364 days")
        assert of(found, Area.WEBSOCKET)[0][1].startswith("opened in ")
        assert of(found, Area.LOGIN) == [("ok", "accepted, to app innovaphone-devices-api of domain example.com")]
        assert of(found, Area.RIGHTS) == [
            ("ok", "admin: sees and may change every domain (2: example.com, customer.com)"),
            ("ok", "sees all domains of the files (1)"),
        ]
        assert of(found, Area.CLOCK)[0][0] == "ok"
        names = "GetProvisioningCategories, GetDeviceConfigs, GetDevices, GetFilteredDevices"
        assert of(found, Area.API) == [("ok", "GetUserInfo is answered, major 13r3"), ("ok", f"answered: {names}")]
        assert of(found, Area.FILES) == [("ok", "valid; domains: 1, categories: 0, configs: 1")]
        assert [status for status, _ in of(found, Area.STATE)] == ["ok", "ok"]

    async def test_the_embedded_service(self, tmp_path: Path) -> None:
        (tmp_path / "domains").mkdir()
        (tmp_path / "domains" / "a.yaml").write_text(DOCUMENT)
        settings = "version: 1\nservers:\n  local: {url: 'emulator:.syncer/e.sqlite'}\nfiles: [domains]\n"
        (tmp_path / "syncer.yaml").write_text(settings)
        found = await doctored(context_at(tmp_path, password=""))
        assert {check.status for check in found.checks} == {Status.OK}
        told = "embedded service: it runs inside this command, on a loopback port"
        for area in (Area.DNS, Area.TCP, Area.TLS):
            assert of(found, area) == [("ok", told)]
        assert of(found, Area.RECEIPT) == [("ok", "not needed for the embedded service")]
        assert of(found, Area.PROFILE) == [("ok", "conventional: all operations")]

    async def test_an_embedded_service_that_cannot_start(self, tmp_path: Path) -> None:
        (tmp_path / "domains").mkdir()
        (tmp_path / "e.sqlite").write_text("no database, but long enough to be looked at" * 50)
        settings = "version: 1\nservers:\n  local: {url: 'emulator:e.sqlite'}\nfiles: [domains]\n"
        (tmp_path / "syncer.yaml").write_text(settings)
        found = await doctored(context_at(tmp_path, password=""))
        assert [status for status, _ in of(found, Area.URL)] == ["ok", "failed"]
        assert "e.sqlite: not usable as an emulator's data" in of(found, Area.URL)[1][1]
        skipped(found, Area.URL, *NETWORK)

    async def test_nothing_is_written_to_the_server(self, tmp_path: Path, running: Running) -> None:
        heard: list[str] = []

        class _Listen:
            def __call__(self, call, handle, service, /):  # type: ignore[no-untyped-def]
                heard.append(call.mt)
                return handle(call)

        running.emulator.faults.add(_Listen(), When())
        found = await at(tmp_path, running.url)
        assert found.is_sound
        assert set(heard) == {
            *("AppChallenge", "AppLogin", "GetUserInfo", "GetLoginInfo", "GetDomains", "GetProvisioningCategories"),
            *("GetDevices", "GetFilteredDevices", "GetDeviceConfigs"),
        }
        assert heard.count("AppLogin") == 1


async def _with_ca(tmp_path: Path, service: Running, ca: trustme.CA) -> Diagnosis:
    repo = repository(tmp_path / "repo", service.url, DOCUMENT, more="    ca_file: ca.pem\n")
    ca.cert_pem.write_to_path(str(repo / "ca.pem"))
    return await doctored(context_at(repo))


class TestSettings:
    """syncer.yaml, and which server is meant."""

    async def test_none(self, tmp_path: Path) -> None:
        found = await doctored(context_at(tmp_path))
        assert of(found, Area.SETTINGS) == [("failed", f"no syncer.yaml in {tmp_path}")]
        assert hint(found, Area.SETTINGS).startswith("run `syncer init` to begin a repository")
        skipped(found, Area.SETTINGS, *(area for area in Area if area is not Area.SETTINGS))
        assert (found.server, found.url) == (None, None)

    async def test_every_problem_with_its_place(self, tmp_path: Path) -> None:
        repo = repository(tmp_path / "repo", "wss://phones.example/x", DOCUMENT, more="    colour: red\n")
        with (repo / "syncer.yaml").open("a") as file:
            file.write("flies: [x]\n")
        found = await doctored(context_at(repo))
        told = of(found, Area.SETTINGS)
        assert [status for status, _ in told] == ["failed", "failed"]
        assert told[0][1].startswith("syncer.yaml:6:5: ")
        assert told[1][1].startswith("syncer.yaml:8:1: ")

    async def test_a_password_in_the_url_is_not_shown(self, tmp_path: Path) -> None:
        repo = repository(tmp_path / "repo", f"wss://admin:{PASSWORD}@phones.example{APP_PATH}", DOCUMENT)
        found = await doctored(context_at(repo))  # which looks for it everywhere
        ((status, what),) = of(found, Area.SETTINGS)
        assert status == "failed"
        assert what.endswith("url holds a user name or password")

    async def test_a_server_that_is_none(self, tmp_path: Path) -> None:
        repo = repository(tmp_path / "repo", f"wss://phones.example{APP_PATH}", DOCUMENT)
        found = await doctored(context_at(repo, server="\x1b[2Jproduktion"))
        assert of(found, Area.SETTINGS) == [("failed", r"syncer.yaml has no server \x1b[2Jproduktion")]


class TestUrl:
    """Its shape."""

    @pytest.mark.parametrize("path", ["/example.com/innovaphone-devices-api", "/x/example.com/devices/app"])
    async def test_an_unusual_path(self, tmp_path: Path, path: str) -> None:
        url = f"ws://{LOOPBACK}:{free_port()}{path}"
        found = await at(tmp_path, url)
        ((status, what),) = of(found, Area.URL)
        assert status == "warning"
        assert what.startswith(f"the path of {url} is not /DOMAIN/INSTANCE/APP; the login is to app ")

    async def test_in_the_clear(self, tmp_path: Path) -> None:
        found = await at(tmp_path, f"ws://phones.invalid{APP_PATH}", more="    insecure: true\n")
        ((status, what),) = of(found, Area.URL)
        assert status == "warning"
        assert "is not encrypted: passwords and settings can be read on the way" in what

    async def test_what_the_login_will_say(self, tmp_path: Path) -> None:
        found = await at(tmp_path, f"ws://{LOOPBACK}:{free_port()}{APP_PATH}", more="    app: a\n    domain: d.com\n")
        assert of(found, Area.URL)[0][1].endswith("; the login is to app a of domain d.com")


class TestNetwork:
    """DNS, TCP, TLS and the handshake."""

    async def test_unknown_host(self, tmp_path: Path) -> None:
        found = await at(tmp_path, f"wss://phones.invalid{APP_PATH}")
        ((status, what),) = of(found, Area.DNS)
        assert status == "failed"
        assert what.startswith("unknown host phones.invalid: ")
        assert hint(found, Area.DNS) == "check the url, and this machine's DNS"
        skipped(found, Area.DNS, *NETWORK[1:])
        assert of(found, Area.FILES)[0][0] == "ok"  # which needs no server

    async def test_refused(self, tmp_path: Path) -> None:
        port = free_port()
        found = await at(tmp_path, f"ws://{LOOPBACK}:{port}{APP_PATH}")
        assert of(found, Area.TCP) == [("failed", f"no connection to port {port} of 127.0.0.1: refused")]
        skipped(found, Area.TCP, *NETWORK[2:])

    async def test_one_of_two_addresses(
        self, tmp_path: Path, running: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("syncer.workflow.doctor_network.resolve", _answering(LOOPBACK, "127.0.0.2"))
        found = await at(tmp_path, running.url)
        ((status, what),) = of(found, Area.TCP)
        assert status == "warning"
        assert what.endswith("; but no connection to 127.0.0.2: refused")
        assert of(found, Area.LOGIN)[0][0] == "ok"

    async def test_a_silent_port(self, tmp_path: Path) -> None:
        async with plain_server(_read_all) as port:
            found = await at(tmp_path, f"wss://{LOOPBACK}:{port}{APP_PATH}", timeout=PATIENCE)
        assert of(found, Area.TLS) == [("failed", "no TLS handshake within 1 s")]
        skipped(found, Area.TLS, *NETWORK[3:])

    async def test_a_silent_port_without_tls(self, tmp_path: Path) -> None:
        async with plain_server(_read_all) as port:
            found = await at(tmp_path, f"ws://{LOOPBACK}:{port}{APP_PATH}", timeout=PATIENCE)
        assert of(found, Area.TLS) == [("ok", "none: the url says ws:, which is not encrypted")]
        assert of(found, Area.WEBSOCKET) == [("failed", "no connection within 1 s")]
        skipped(found, Area.WEBSOCKET, Area.LOGIN, Area.RIGHTS, Area.API)

    async def test_http_but_no_websocket(self, tmp_path: Path) -> None:
        async with plain_server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi") as port:
            found = await at(tmp_path, f"ws://{LOOPBACK}:{port}{APP_PATH}")
        assert of(found, Area.WEBSOCKET) == [("failed", "an HTTP answer (status 200) instead of a websocket")]
        assert of(found, Area.CLOCK) == [("skipped", "the server's answer to the handshake tells no time (Date)")]

    async def test_another_app(self, tmp_path: Path, running: Running) -> None:
        found = await at(tmp_path, f"ws://{LOOPBACK}:{running.port}/example.com/devices/other")
        assert of(found, Area.WEBSOCKET) == [("failed", "an HTTP answer (status 404) instead of a websocket")]
        assert hint(found, Area.WEBSOCKET).startswith("no such app is there; correct the host or the path")
        assert of(found, Area.CLOCK)[0][0] == "ok"  # that answer tells the time, too

    async def test_by_a_proxy(
        self, tmp_path: Path, store: Store, ca: trustme.CA, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Names may be known to the proxy only; so what fails directly stands in nobody's way."""
        async with (
            served_by(store, ca.issue_cert("phones.invalid")) as service,
            plain_server(_tunnel_to(service.port)) as proxy,
        ):
            monkeypatch.setenv("https_proxy", f"http://user:{PASSWORD}@{LOOPBACK}:{proxy}")
            repo = repository(
                tmp_path / "repo", f"wss://phones.invalid{APP_PATH}", DOCUMENT, more="    ca_file: ca.pem\n"
            )
            ca.cert_pem.write_to_path(str(repo / "ca.pem"))
            found = await doctored(context_at(repo))
        assert found.is_sound
        by, direct = of(found, Area.DNS)
        assert by[1].startswith(f"the environment says to go by the proxy http://127.0.0.1:{proxy}; ")
        assert direct[0] == "warning"
        assert direct[1].startswith("directly: unknown host phones.invalid: ")
        assert of(found, Area.TCP) == [("skipped", "not tried directly, since dns was of no use; the proxy sees to it")]
        assert of(found, Area.WEBSOCKET)[0][1].startswith(f"opened by the proxy http://127.0.0.1:{proxy} in ")
        assert of(found, Area.LOGIN)[0][0] == "ok"

    async def test_by_a_proxy_that_is_no_url(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("https_proxy", f"http://user:{PASSWORD}@[::1")
        found = await at(tmp_path, f"wss://phones.invalid{APP_PATH}")
        assert of(found, Area.DNS) == [("failed", "the proxy that the environment names is no url")]
        assert hint(found, Area.DNS) == "correct HTTPS_PROXY, or unset it"
        assert PASSWORD not in str(found.checks)
        skipped(found, Area.DNS, Area.TCP, Area.TLS, Area.WEBSOCKET, Area.LOGIN, Area.RIGHTS, Area.API)


def _answering(*addresses: str) -> Callable[[object], object]:
    async def resolve(_: object) -> tuple[str, ...]:
        return addresses

    return resolve


async def _read_all(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    while await reader.read(4096):
        pass


def _tunnel_to(port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """An HTTP proxy that takes every CONNECT to one port of this machine."""

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        inner_reader, inner_writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
        finally:
            inner_writer.close()

    return tunnel


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(4096):
        writer.write(data)
    writer.close()


class TestCertificates:
    """Each thing that is wrong is told, and no login is sent."""

    async def _found(
        self, tmp_path: Path, store: Store, ca: trustme.CA, *names: str, since: int = -100, until: int = 365
    ) -> Diagnosis:
        now = datetime.now(UTC)
        leaf = ca.issue_cert(*names, not_before=now + timedelta(days=since), not_after=now + timedelta(days=until))
        async with served_by(store, leaf) as service:
            service.emulator.faults.add(_Never(), When(mt="AppChallenge"))
            return await _with_ca(tmp_path, service, ca)

    async def test_expired(self, tmp_path: Path, store: Store, ca: trustme.CA) -> None:
        found = await self._found(tmp_path, store, ca, LOOPBACK, until=-2)
        assert [status for status, _ in of(found, Area.TLS)] == ["ok", "ok", "ok", "failed"]
        end = datetime.now(UTC) - timedelta(days=2)
        assert of(found, Area.TLS)[3][1] == f"the certificate expired on {end:%Y-%m-%d}, 2 days ago"
        assert hint(found, Area.TLS) == "renew the certificate on the server"
        skipped(found, Area.TLS, *NETWORK[3:])

    async def test_not_yet_valid(self, tmp_path: Path, store: Store, ca: trustme.CA) -> None:
        found = await self._found(tmp_path, store, ca, LOOPBACK, since=2)
        status, what = of(found, Area.TLS)[3]
        assert status == "failed"
        assert what.startswith("the certificate is valid only from ")
        assert hint(found, Area.TLS) == "check this machine's clock, or have the certificate issued anew"

    async def test_another_name(self, tmp_path: Path, store: Store, ca: trustme.CA) -> None:
        found = await self._found(tmp_path, store, ca, "phones.example", "b.example")
        assert of(found, Area.TLS)[2] == (
            "failed",
            "the certificate is not for 127.0.0.1; it is for phones.example, b.example",
        )
        assert [status for status, _ in of(found, Area.TLS)] == ["ok", "ok", "failed", "ok"]
        skipped(found, Area.TLS, *NETWORK[3:])

    async def test_unknown_ca(self, tmp_path: Path, store: Store, ca: trustme.CA) -> None:
        async with served_by(store, ca.issue_cert(LOOPBACK)) as service:
            service.emulator.faults.add(_Never(), When(mt="AppChallenge"))
            found = await at(tmp_path, service.url)
        assert of(found, Area.TLS)[1] == (
            "failed",
            "not trusted by the system's store: unable to get local issuer certificate",
        )
        assert "name it in syncer.yaml: ca_file: certs/ca.pem" in hint(found, Area.TLS)
        skipped(found, Area.TLS, *NETWORK[3:])

    async def test_another_ca_in_the_file(self, tmp_path: Path, store: Store, ca: trustme.CA) -> None:
        async with served_by(store, trustme.CA().issue_cert(LOOPBACK)) as service:
            service.emulator.faults.add(_Never(), When(mt="AppChallenge"))
            found = await _with_ca(tmp_path, service, ca)
        file = tmp_path / "repo" / "ca.pem"
        told = f"not trusted by ca_file {file}: unable to get local issuer certificate"
        assert of(found, Area.TLS)[1] == ("failed", told)
        assert hint(found, Area.TLS) == f"put the certificate of the CA that issued it into {file}, as PEM"

    async def test_an_unreadable_ca_file(self, tmp_path: Path, store: Store, ca: trustme.CA) -> None:
        async with served_by(store, ca.issue_cert(LOOPBACK)) as service:
            found = await at(tmp_path, service.url, more="    ca_file: none.pem\n")
        file = tmp_path / "repo" / "none.pem"
        assert of(found, Area.TLS) == [("failed", f"ca_file {file} cannot be used: No such file or directory")]
        skipped(found, Area.TLS, *NETWORK[3:])

    async def test_soon(self, tmp_path: Path, store: Store, ca: trustme.CA) -> None:
        now = datetime.now(UTC)
        async with served_by(store, ca.issue_cert(LOOPBACK, not_after=now + timedelta(days=29))) as service:
            found = await _with_ca(tmp_path, service, ca)
        end = now + timedelta(days=29)
        assert of(found, Area.TLS)[3] == ("warning", f"the certificate expires on {end:%Y-%m-%d}, in 28 days")
        assert found.is_sound
        assert of(found, Area.LOGIN)[0][0] == "ok"

    async def test_an_old_version(self, tmp_path: Path, store: Store, ca: trustme.CA) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert(LOOPBACK).configure_cert(context)
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        async with Emulator(store).start(ssl=context) as service:
            found = await _with_ca(tmp_path, service, ca)
        status, what = of(found, Area.TLS)[0]
        assert status == "failed"
        assert what.startswith("TLSv1.1, which a connection refuses: ")
        assert "TLS 1.2 or newer" in hint(found, Area.TLS)
        skipped(found, Area.TLS, *NETWORK[3:])

    def test_out_of_date_though_it_cannot_be_shown(self) -> None:
        """A load balancer's next machine may have another certificate than the one that was looked at."""
        checks: list[Check] = []
        seen = Tls("TLSv1.3", None, wrong_time="certificate has expired")
        endpoint = endpoint_at(f"wss://phones.example{APP_PATH}")
        check_tls(Findings(checks.append), endpoint, seen, NOON)
        assert [str(one.status) for one in checks] == ["ok", "ok", "failed"]
        assert checks[-1].what == "a certificate of the chain is out of date: certificate has expired"

    async def test_hostile_names(self, tmp_path: Path, store: Store) -> None:
        leaf = trustme.CA().issue_cert(LOOPBACK, organization_name="\x1b[2J\x07")
        async with served_by(store, leaf) as service:
            found = await at(tmp_path, service.url)
        assert r"O=\x1b[2J\x07" in of(found, Area.TLS)[0][1]
        assert "\x1b" not in "".join(check.what + check.hint for check in found.checks)


class _Never:
    """Fails the test."""

    def __call__(self, call, handle, service, /):  # type: ignore[no-untyped-def]
        raise AssertionError("a login over a connection that was not verified")


class TestLogin:
    """The password, and what the server says to it."""

    async def test_a_missing_variable(self, tmp_path: Path, running: Running) -> None:
        repo = repository(tmp_path / "repo", running.url, DOCUMENT)
        found = await doctored(replace(context_at(repo), environ={}))
        ((status, what),) = of(found, Area.LOGIN)
        assert status == "failed"
        assert what.startswith("syncer.yaml:5:")
        assert what.endswith(": the environment variable SYNCER_PASSWORD is not set")
        assert of(found, Area.WEBSOCKET)[0][0] == "ok"
        skipped(found, Area.LOGIN, Area.RIGHTS, Area.API)
        assert of(found, Area.CLOCK)[0][0] == "ok"

    async def test_a_wrong_password(self, tmp_path: Path, running: Running) -> None:
        found = await at(tmp_path, running.url, password="wrong-pw")
        ((status, what),) = of(found, Area.LOGIN)
        assert status == "failed"
        assert what.startswith("the login to innovaphone-devices-api of example.com was refused")
        assert hint(found, Area.LOGIN) == "check the password, and app and domain in syncer.yaml"
        assert "wrong-pw" not in str(found.checks)
        skipped(found, Area.LOGIN, Area.RIGHTS, Area.API)

    async def test_hostile_words(self, tmp_path: Path, running: Running) -> None:
        running.emulator.faults.add(Refuse("\x1b]0;owned\x07"), When(mt="AppLogin"))
        found = await at(tmp_path, running.url)
        assert of(found, Area.LOGIN)[0][1].endswith(r"was refused (\x1b]0;owned\x07)")

    async def test_silence(self, tmp_path: Path, running: Running) -> None:
        running.emulator.faults.add(Ignore(), When(mt="AppLogin"))
        found = await at(tmp_path, running.url, timeout=PATIENCE)
        assert of(found, Area.LOGIN) == [("failed", "the login was not answered within 1 s")]


class TestRights:
    """What the login may see."""

    async def test_no_admin(self, tmp_path: Path, running: Running) -> None:
        url = f"ws://{LOOPBACK}:{running.port}/customer.com/devices/innovaphone-devices-api"
        found = await at(tmp_path, url, password="customer-pw", document="domain: customer.com\n")
        assert found.is_sound
        assert of(found, Area.RIGHTS) == [
            ("ok", "no admin: sees customer.com, and can neither create nor delete domains"),
            ("ok", "sees all domains of the files (1)"),
        ]

    async def test_domains_of_the_files_that_it_does_not_see(self, tmp_path: Path, running: Running) -> None:
        url = f"ws://{LOOPBACK}:{running.port}/customer.com/devices/innovaphone-devices-api"
        found = await at(tmp_path, url, password="customer-pw")
        assert of(found, Area.RIGHTS)[1] == (
            "failed",
            "the files name domains that the login does not see: example.com",
        )
        assert "log in with the instance's password" in hint(found, Area.RIGHTS)

    async def test_domains_that_an_admin_would_create(self, tmp_path: Path, running: Running) -> None:
        found = await at(tmp_path, running.url, document="domain: new.com\n---\ndomain: gone.com\nstate: absent\n")
        told = "domains of the files that do not exist yet, so that an apply creates them: new.com"
        assert of(found, Area.RIGHTS)[1] == ("ok", told)

    async def test_its_own_domain_is_not_there(self, tmp_path: Path, running: Running) -> None:
        running.emulator.faults.add(_NoDomains(), When(mt="GetDomains"))
        found = await at(tmp_path, running.url)
        assert ("warning", "the login does not see its own domain example.com") in of(found, Area.RIGHTS)

    async def test_nobody_says_who_it_is(self, tmp_path: Path, running: Running) -> None:
        for mt in ("GetUserInfo", "GetLoginInfo"):
            running.emulator.faults.add(Ignore(), When(mt=mt))
        found = await at(tmp_path, running.url, timeout=PATIENCE)
        what = "GetUserInfo: not answered within 1 s; GetLoginInfo: not answered within 1 s"
        assert of(found, Area.RIGHTS) == [("failed", f"the service does not say who is logged in: {what}")]

    async def test_domains_are_refused(self, tmp_path: Path, running: Running) -> None:
        running.emulator.faults.add(Refuse("\x1b[31mno"), When(mt="GetDomains"))
        found = await at(tmp_path, running.url)
        assert ("failed", r"GetDomains was refused: \x1b[31mno") in of(found, Area.RIGHTS)

    async def test_a_list_that_does_not_end(
        self, tmp_path: Path, running: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(doctor_service, "_LONGEST_LIST", 0.02)
        running.emulator.faults.add(_NoEnd(), When(mt="GetDomains"))
        found = await at(tmp_path, running.url, timeout=30)
        assert ("failed", "the list of domains did not end within 0.6 s") in of(found, Area.RIGHTS)
        assert hint(found, Area.RIGHTS) == "try again, or give it more time with --timeout"


@dataclass
class _Major:
    major: str

    def __call__(self, call, handle, service, /):  # type: ignore[no-untyped-def]
        answer = handle(call)
        return replace(answer, frames=tuple({**frame, "major": self.major} for frame in answer.frames))


class _NoEnd:
    def __call__(self, call, handle, service, /):  # type: ignore[no-untyped-def]
        answer = handle(call)
        return replace(answer, frames=tuple({**frame, "last": False} for frame in answer.frames))


class _NoLists:
    def __call__(self, call, handle, service, /):  # type: ignore[no-untyped-def]
        answer = handle(call)
        kept = ("mt", "src", "last")
        return replace(
            answer, frames=tuple({name: frame[name] for name in kept if name in frame} for frame in answer.frames)
        )


class _NoDomains:
    def __call__(self, call, handle, service, /):  # type: ignore[no-untyped-def]
        answer = handle(call)
        return replace(answer, frames=tuple({**frame, "domains": []} for frame in answer.frames))


NOON = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


class TestClock:
    """Only the handshake's answer tells the server's."""

    @pytest.mark.parametrize(
        "before, after, status, what",
        [
            (0.1, 0.2, "ok", "within 1 s of the server's"),
            (-0.4, 5.2, "ok", "within 6 s of the server's"),  # a slow answer: nothing better is known
            (-50, -49, "ok", "within 51 s of the server's"),
            (61, 62, "ok", "within 62 s of the server's"),  # maybe 60 s
            (62, 63, "warning", "this machine's clock is 61 s ahead of the server's"),
            (-70, -61, "warning", "this machine's clock is 61 s behind the server's"),
            (-3700, -3599.5, "warning", "this machine's clock is 60 min behind the server's"),
        ],
    )
    def test_what_can_be_known(self, before: float, after: float, status: str, what: str) -> None:
        """An answer of 12:00:00 was made somewhere in that second, and between the two times here."""
        checks: list[Check] = []
        heard = Heard(NOON, NOON + timedelta(seconds=before), NOON + timedelta(seconds=after))
        check_clock(Findings(checks.append), heard, None)
        assert [(one.status, one.what) for one in checks] == [(Status(status), what)]

    @pytest.mark.parametrize(
        "ahead, status, what",
        [
            (timedelta(hours=3), "warning", "this machine's clock is 3 h ahead of the server's"),
            (timedelta(days=-9), "warning", "this machine's clock is 9 days behind the server's"),
            (timedelta(seconds=90), "warning", "this machine's clock is "),
            (timedelta(seconds=-40), "ok", "within "),
            (timedelta(0), "ok", "within "),
        ],
    )
    async def test_against_the_servers(
        self, tmp_path: Path, running: Running, ahead: timedelta, status: str, what: str
    ) -> None:
        repo = repository(tmp_path / "repo", running.url, DOCUMENT)
        context = replace(context_at(repo), now=lambda: datetime.now(UTC) + ahead)
        ((told, text),) = of(await doctored(context), Area.CLOCK)
        assert told == status
        assert text.startswith(what)
        assert text.endswith(" the server's")


class TestApi:
    """What the service answers."""

    async def test_13r1(self, tmp_path: Path, store: Store) -> None:
        async with Emulator(store, options=Options(user_info=frozenset({"GetLoginInfo"}))).start() as service:
            found = await at(tmp_path, service.url, timeout=PATIENCE)
        assert found.is_sound
        assert of(found, Area.RIGHTS)[0][1].startswith("admin: ")
        assert of(found, Area.API)[0] == ("ok", "only GetLoginInfo is answered, not GetUserInfo, as by release 13r1")

    async def test_no_filtered_devices(self, tmp_path: Path, running: Running) -> None:
        running.emulator.faults.add(Ignore(), When(mt="GetFilteredDevices"))
        found = await at(tmp_path, running.url, timeout=PATIENCE)
        assert found.is_sound
        assert of(found, Area.API)[1:] == [
            ("ok", "answered: GetProvisioningCategories, GetDeviceConfigs, GetDevices"),
            ("warning", "GetFilteredDevices: not answered within 1 s"),
        ]

    @pytest.mark.parametrize("fault", [Ignore(), Delay(30)], ids=["silence", "late"])
    async def test_no_answers(self, tmp_path: Path, running: Running, fault: Action) -> None:
        for mt in (*NEEDED, "GetFilteredDevices"):
            running.emulator.faults.add(fault, When(mt=mt))
        found = await at(tmp_path, running.url, timeout=PATIENCE)
        silent = [("failed", f"{mt}: not answered within 1 s") for mt in NEEDED]
        assert of(found, Area.API)[1:] == [*silent, ("warning", "GetFilteredDevices: not answered within 1 s")]

    @pytest.mark.parametrize("mt", NEEDED)
    async def test_refused(self, tmp_path: Path, running: Running, mt: str) -> None:
        running.emulator.faults.add(Refuse("\x1b[31mno"), When(mt=mt))
        found = await at(tmp_path, running.url)
        failed = [what for status, what in of(found, Area.API) if status == "failed"]
        assert failed == [rf"{mt}: refused: \x1b[31mno"]
        assert hint(found, Area.API).endswith("; check the login's rights, and the release")

    async def test_answers_without_what_is_asked_for(self, tmp_path: Path, running: Running) -> None:
        for mt in NEEDED:
            running.emulator.faults.add(_NoLists(), When(mt=mt))
        found = await at(tmp_path, running.url)
        assert [what for status, what in of(found, Area.API) if status == "failed"] == [
            "GetProvisioningCategories: the answer has no array categories",
            "GetDeviceConfigs: the answer has no array configs",
            "GetDevices: the answer has no array devices",
        ]

    async def test_a_hostile_release(self, tmp_path: Path, running: Running) -> None:
        running.emulator.faults.add(_Major("\x1b[2J key=0e6ff4c7"), When(mt="GetUserInfo"))
        assert of(await at(tmp_path, running.url), Area.API)[0] == ("ok", "GetUserInfo is answered")

    @pytest.mark.parametrize("fault", [Close(), Close(abrupt=True), Garbage()], ids=["close", "abort", "garbage"])
    async def test_the_connection_ends(self, tmp_path: Path, running: Running, fault: Action) -> None:
        running.emulator.faults.add(fault, When(mt="GetDevices"))
        found = await at(tmp_path, running.url)
        assert any(status == "failed" and what.startswith("GetDevices: ") for status, what in of(found, Area.API))
        assert "rights" not in hint(found, Area.API)
        assert of(found, Area.FILES)[0][0] == "ok"


PROFILE = "format: syncer-wire/1\nname: mine\norigin: learned\noperations:\n" + "".join(
    f"  {verb}_config: {{request: {{mt: {verb}Config{more}}}, response: none}}\n"
    for verb, more in (
        ("create", ", config: $config"),
        ("update", ", id: $id, config: $config"),
        ("delete", ", id: $id"),
    )
)


class TestProfileAndReceipt:
    """What may be written, and what of that was proven."""

    async def test_a_guess(self, tmp_path: Path, running: Running) -> None:
        found = await at(tmp_path, running.url)
        ((status, what),) = of(found, Area.PROFILE)
        assert (status, what) == (
            "warning",
            "conventional: all operations; it is a guess of how a real service is written to",
        )
        assert hint(found, Area.PROFILE) == "learn your own server's from a recording: syncer wire learn"

    async def test_what_it_lacks(self, tmp_path: Path, running: Running) -> None:
        repo = self._learned(tmp_path, running)
        ((status, what),) = of(await doctored(context_at(repo)), Area.PROFILE)
        assert status == "warning"
        assert what.startswith("mine (learned): has create_config, update_config, delete_config; lacks create_domain, ")
        assert what.endswith(", send_value")

    @pytest.mark.parametrize("text", ["no: profile", "[", None])
    async def test_a_broken_one(self, tmp_path: Path, running: Running, text: str | None) -> None:
        repo = self._learned(tmp_path, running)
        profile = repo / "wire" / "mine.yaml"
        profile.write_text(text) if text is not None else profile.unlink()
        found = await doctored(context_at(repo))
        assert {status for status, _ in of(found, Area.PROFILE)} == {"failed"}
        assert "mine.yaml" in of(found, Area.PROFILE)[0][1]
        skipped(found, Area.PROFILE, Area.RECEIPT)
        assert of(found, Area.LOGIN)[0][0] == "ok"

    @pytest.mark.parametrize("is_other_edition", [False, True])
    async def test_no_guess_once_it_is_proven(self, tmp_path: Path, running: Running, is_other_edition: bool) -> None:
        digest = "0" * 64 if is_other_edition else None
        repo = self._verified(tmp_path, running.url, running.url, operations=["create_config"], digest=digest)
        ((status, what),) = of(await doctored(context_at(repo)), Area.PROFILE)
        assert (status, "it is a guess" in what) == (("warning", True) if is_other_edition else ("ok", False))

    async def test_no_receipt(self, tmp_path: Path, running: Running) -> None:
        found = await at(tmp_path, running.url)
        file = tmp_path / "repo" / "wire" / "conventional.verified.json"
        assert of(found, Area.RECEIPT) == [("warning", f"none for this server in {file}, so that apply writes nothing")]
        assert hint(found, Area.RECEIPT) == "prove it on this server: syncer wire verify"

    async def test_of_another_server(self, tmp_path: Path, running: Running) -> None:
        repo = self._verified(tmp_path, running.url, "wss://other.example/a/b/c", operations=["create_config"])
        assert of(await doctored(context_at(repo)), Area.RECEIPT)[0][1].startswith("none for this server in ")

    async def test_stale(self, tmp_path: Path, running: Running) -> None:
        repo = self._verified(tmp_path, running.url, running.url, digest="0" * 64, operations=["create_config"])
        ((status, what),) = of(await doctored(context_at(repo)), Area.RECEIPT)
        assert status == "warning"
        assert what.endswith(
            r"is about another edition of the profile, of 2026-11-24\x1b[2J, so that apply writes nothing"
        )

    @pytest.mark.parametrize(
        "lacking, status, end",
        [
            ((), "ok", r"of 2026-11-24\x1b[2J; proven: all operations of the profile"),
            (("delete_domain",), "ok", "; not proven: delete_domain (syncer wire verify --domains)"),
            (("delete_config", "delete_domain"), "warning", "; not proven: delete_domain, delete_config"),
        ],
    )
    async def test_what_is_proven(
        self, tmp_path: Path, running: Running, lacking: tuple[str, ...], status: str, end: str
    ) -> None:
        proven = [name for name in builtin("conventional").operations if name not in lacking]
        repo = self._verified(tmp_path, running.url, running.url, operations=proven)
        ((told, what),) = of(await doctored(context_at(repo)), Area.RECEIPT)
        assert told == status
        assert what.startswith(r"of 2026-11-24\x1b[2J; proven: ")
        assert what.endswith(end)
        assert ("create_category, " in what) is bool(lacking)

    async def test_a_broken_receipt(self, tmp_path: Path, running: Running) -> None:
        repo = self._verified(tmp_path, running.url, running.url, operations=[])
        (repo / "wire" / "conventional.verified.json").write_text("{")
        ((status, what),) = of(await doctored(context_at(repo)), Area.RECEIPT)
        assert status == "failed"
        assert "conventional.verified.json:1:2: the receipt is cut off" in what

    @staticmethod
    def _learned(tmp_path: Path, running: Running) -> Path:
        repo = repository(tmp_path / "repo", running.url, DOCUMENT, more="    wire_profile: wire/mine.yaml\n")
        (repo / "wire").mkdir()
        (repo / "wire" / "mine.yaml").write_text(PROFILE)
        return repo

    @staticmethod
    def _verified(
        tmp_path: Path, url: str, proven_at: str, *, operations: list[str], digest: str | None = None
    ) -> Path:
        repo = repository(tmp_path / "repo", url, DOCUMENT)
        (repo / "wire").mkdir()
        entry = {
            "profile": digest or builtin("conventional").digest,
            "date": "2026-11-24\x1b[2J",
            "operations": operations,
        }
        receipt = {"format": "syncer-receipt/1", "servers": {proven_at: entry}}
        (repo / "wire" / "conventional.verified.json").write_text(json.dumps(receipt))
        return repo


class TestFiles:
    """As `syncer validate` tells them."""

    async def test_every_problem(self, tmp_path: Path, running: Running) -> None:
        document = f"{DOCUMENT}    colour: red\n  - {{type: NTP, desc: b}}\n".replace(
            "}\n    colour", ", colour: red}\n#"
        )
        found = await at(tmp_path, running.url, document=document)
        told = of(found, Area.FILES)
        assert [status for status, _ in told] == ["failed", "failed"]
        assert all(what.startswith("domains/example.com.yaml:") for _, what in told)
        assert not any("files" in what for _, what in of(found, Area.RIGHTS))  # nothing can be compared


class TestState:
    """What is left of earlier applies."""

    async def test_an_unfinished_journal(self, tmp_path: Path, running: Running) -> None:
        path = tmp_path / "repo"
        found = await self._after(path, running.url, *write_of(0, None))
        status, what = of(found, Area.STATE)[0]
        assert status == "failed"
        assert what.startswith("an apply did not come to its end, and is in the way of the next: ")
        assert what.endswith(".jsonl")
        assert hint(found, Area.STATE) == "see what is left to be done: syncer recover"

    async def test_one_that_began_nothing(self, tmp_path: Path, running: Running) -> None:
        found = await self._after(tmp_path / "repo", running.url)
        assert of(found, Area.STATE)[0] == ("ok", "no unfinished apply")

    async def test_one_that_was_stopped(self, tmp_path: Path, running: Running) -> None:
        end = Closed(Ending.STOPPED, "2026-11-23T20:00:00+00:00")
        found = await self._after(tmp_path / "repo", running.url, *write_of(0, Result.APPLIED), end)
        assert of(found, Area.STATE)[0][0] == "warning"
        assert hint(found, Area.STATE) == "undo it, or go on with it: syncer recover"

    async def test_a_broken_one(self, tmp_path: Path, running: Running) -> None:
        repo = repository(tmp_path / "repo", running.url, DOCUMENT)
        self._journal(repo, running.url).write_text('{"entry": "\\u001b[2J"}\n')
        found = await doctored(context_at(repo))
        status, what = of(found, Area.STATE)[0]
        assert status == "failed"
        assert r".jsonl:1:1: entry: \x1b[2J is not one of" in what
        assert hint(found, Area.STATE).startswith("a journal that cannot be read is in the way; move it away")

    async def test_one_of_another_server(self, tmp_path: Path, running: Running) -> None:
        repo = repository(tmp_path / "repo", running.url, DOCUMENT)
        self._journal(repo, "wss://old.example/a/b/c", *write_of(0, None))
        status, what = of(await doctored(context_at(repo)), Area.STATE)[0]
        assert status == "failed"
        assert f"is about wss://old.example/a/b/c, and production is {running.url}" in what

    async def test_somebody_is_at_work(self, tmp_path: Path, running: Running) -> None:
        repo = repository(tmp_path / "repo", running.url, DOCUMENT)
        holder = Holder(4711, "\x1b[2Jeve", "elsewhere", "syncer apply", datetime.now(UTC).isoformat())
        with lock_server(repo, "production", holder, place=running.url):
            found = await doctored(context_at(repo))
        status, what = of(found, Area.STATE)[1]
        assert status == "warning"
        assert what.startswith(
            r"another syncer apply is at work on production: process 4711 of \x1b[2Jeve on elsewhere, for "
        )
        assert found.is_sound

    async def test_a_folder_that_is_none(self, tmp_path: Path, running: Running) -> None:
        repo = repository(tmp_path / "repo", running.url, DOCUMENT)
        (repo / ".syncer").write_text("")
        found = await doctored(context_at(repo))
        status, what = of(found, Area.STATE)[1]
        assert status == "failed"
        assert "cannot be made or written" in what

    async def _after(self, repo: Path, url: str, *more: Entry) -> Diagnosis:
        repository(repo, url, DOCUMENT)
        self._journal(repo, url, *more)
        return await doctored(context_at(repo))

    @staticmethod
    def _journal(repo: Path, url: str, *more: Entry) -> Path:
        with JournalFile.create(repo / ".syncer" / "journal", "20261123T195622.123456Z-1a2b3c4d") as journal:
            for entry in (*beginning(1, server_name="production", server_url=url), *more):
                journal.append(entry)
        return journal.path
