"""The page without a browser: what an HTTP client gets on the port of the websockets."""

import asyncio
import http.client
import json
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from syncer.emulator import APP, Emulator, Running, Store
from syncer.emulator import page as page_module
from syncer.wire.profile import builtin, load
from tests.emulator.conftest import Serve
from tests.emulator.rawclient import connected, logged_in

PLACE = "/example.com/devices/"
FOLDER = Path(page_module.__file__).parent / "page"
FILES = {file.name: file.read_bytes() for file in FOLDER.iterdir()}
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
MINE = """
format: syncer-wire/1
name: mine
origin: learned
operations:
  update_config:
    request: {mt: Set, n: $id, $merge: $config}
    response: none
    sends: changed
    unset: "null"
"""
UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\n"


@dataclass(frozen=True, slots=True)
class Got:
    """A response."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def get(
    running: Running, path: str, *, method: str = "GET", more: str = "", tls: ssl.SSLContext | None = None
) -> Got:
    """One request, sent to the letter; everything up to the end of the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port, ssl=tls)
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n{more}\r\n".encode("latin-1"))
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    status, *lines = head.decode().split("\r\n")
    pairs = (line.split(": ", 1) for line in lines)
    return Got(int(status.split()[1]), {name.lower(): value for name, value in pairs}, body)


async def test_the_root_leads_to_the_page(running: Running) -> None:
    assert running.page == f"http://127.0.0.1:{running.port}{PLACE}"
    for path, to in (("/", PLACE), ("/?x", PLACE), ("/a/b", "/a/b/"), ("/a/b?q=1", "/a/b/?q=1")):
        got = await get(running, path)
        assert (got.status, got.headers["location"]) == (302, to)


@pytest.mark.parametrize("name", sorted(FILES))
async def test_each_file_is_given_with_its_type(running: Running, name: str) -> None:
    got = await get(running, PLACE + name)
    assert (got.status, got.body) == (200, FILES[name])
    assert got.headers["content-type"].startswith(TYPES[Path(name).suffix])
    assert got.headers["content-length"] == str(len(got.body))


async def test_what_the_browser_is_forbidden(running: Running) -> None:
    for path in (PLACE, PLACE + "profile.json", "/nothing", "/"):
        headers = (await get(running, path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert (
            policy["default-src"]
            == policy["frame-ancestors"]
            == policy["base-uri"]
            == policy["form-action"]
            == "'none'"
        )
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["require-trusted-types-for"] == "'script'"
        assert "unsafe" not in headers["content-security-policy"]


def test_nothing_of_the_page_is_inline_or_from_elsewhere() -> None:
    for name, content in FILES.items():
        assert b"innerHTML" not in content, name
        assert b"https://" not in content, name
    index = FILES["index.html"].decode()
    assert "style=" not in index
    assert "<style" not in index
    assert " on" not in "".join(part.partition(">")[0] for part in index.split("<")[1:])
    assert index.count("<script") == index.count('<script type="module" src="app.js"></script>') == 1


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        PLACE + "nothing.js",
        PLACE + "page.py",
        PLACE + "../server.py",
        PLACE + "..%2fserver.py",
        PLACE + "%2e%2e/server.py",
        PLACE + "page/app.js",
        PLACE + "app.js/",
        PLACE + "APP.JS",
        PLACE + "app.js%00",
        "/a/../app.js",
        "/../../app.js",
        "//example.com/devices/",
        "/\\example.com/devices",
        "/a\\b/c",
        "/a/b\rX:y",
        "http://example.com/",
        "*",
        "?",
    ],
)
async def test_odd_paths_are_not_found(running: Running, path: str) -> None:
    got = await get(running, path)
    assert (got.status, got.body) == (404, b"There is no such page here.\n")


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
async def test_only_get(running: Running, method: str) -> None:
    got = await get(running, PLACE, method=method)
    assert (got.status, got.headers["allow"]) == (405, "GET")
    assert got.body == (b"" if method == "HEAD" else b"Only GET.\n")


async def test_the_app_is_for_websockets_and_the_page_for_browsers(running: Running) -> None:
    assert (await get(running, PLACE + APP)).status == 426
    assert (await get(running, PLACE, more=UPGRADE)).body == b"There is no such app here.\n"
    async with logged_in(running.url) as client:
        assert (await get(running, PLACE)).status == 200
        assert await client.pending() == []


async def test_how_writes_are_spelled(serve: Serve) -> None:
    async with serve(app="my-devices") as running:
        got = await get(running, PLACE + "profile.json")
    assert got.headers["content-type"] == "application/json"
    shown, profile = json.loads(got.body), builtin("conventional")
    assert (shown["name"], shown["app"], shown["domain"]) == ("conventional", "my-devices", "example.com")
    assert (shown["max_message_bytes"], shown["category_refs"]) == (60_000, "objects")
    assert {name: one["request"] for name, one in shown["operations"].items()} == {
        name: dict(one.request) for name, one in profile.operations.items()
    }
    assert shown["operations"]["create_domain"]["response"] == {
        "mt": "AddDomainResult",
        "id": "/id",
        "error": "/error",
        "match": "src",
    }
    assert shown["operations"]["send_value"]["response"] is None


async def test_another_profile(serve: Serve) -> None:
    async with serve(profile=load(MINE, "mine.yaml")) as running:
        shown = json.loads((await get(running, PLACE + "profile.json")).body)
    assert shown["operations"] == {
        "update_config": {
            "request": {"mt": "Set", "n": "$id", "$merge": "$config"},
            "response": None,
            "sends": "changed",
            "unset": "null",
        }
    }


async def test_over_tls(store: Store) -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    async with Emulator(store).start(ssl=server) as running:
        assert running.page == f"https://127.0.0.1:{running.port}{PLACE}"
        assert (await get(running, PLACE, tls=trust)).status == 200
        async with connected(running.url, trust) as client:
            assert (await client.login())["ok"] is True


async def test_a_client_of_the_standard_library(running: Running) -> None:
    def ask() -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
        try:
            connection.request("GET", PLACE)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    assert await asyncio.to_thread(ask) == (200, FILES["index.html"])


async def test_the_command_says_where_the_page_is() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "syncer.cli.main", "emulator", "serve",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        url = json.loads(await process.stdout.readline())["url"]
        said = (await process.stderr.readline()).decode().strip()
    finally:
        process.terminate()
        await process.communicate()
    assert said == f"in the browser: {url.replace('ws:', 'http:').removesuffix(APP)}"


LOOPBACKS = ("127.0.0.1", "localhost", "LOCALHOST", "[::1]", "127.1.2.3")
UPGRADE = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


async def _status(running: Running, path: str, head: str) -> int:
    """Of one request, sent to the letter."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
    status = int((await reader.readline()).split()[1])
    writer.close()
    return status


@pytest.mark.parametrize("host", LOOPBACKS)
async def test_the_page_may_connect_by_any_name_of_this_machine(running: Running, host: str) -> None:
    own = f"Host: {host}:{running.port}\r\n"
    origin = f"Origin: http://{host.lower()}:{running.port}\r\n"
    assert await _status(running, PLACE, own) == 200
    assert await _status(running, f"{PLACE}{APP}", own + UPGRADE) == 101
    assert await _status(running, f"{PLACE}{APP}", own + origin + UPGRADE) == 101


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://127.0.0.1", "null", "http://[", "http://127.0.0.1:{port}.evil.example"]
)
async def test_no_other_site_may_connect(running: Running, origin: str) -> None:
    head = f"Host: 127.0.0.1:{running.port}\r\nOrigin: {origin.format(port=running.port)}\r\n"
    assert await _status(running, f"{PLACE}{APP}", head + UPGRADE) == 403
    assert await _status(running, PLACE, head) == 403


@pytest.mark.parametrize("host", ["evil.example:{port}", "127.0.0.1.evil.example", "", "[", "10.0.0.1"])
async def test_no_other_name_leads_to_a_service_on_loopback(running: Running, host: str) -> None:
    """As where a site lets its own name lead to 127.0.0.1: to the browser, all is of one origin then."""
    host = host.format(port=running.port)
    head = f"Host: {host}\r\nOrigin: http://{host}\r\n"
    for path, more in ((PLACE, ""), (f"{PLACE}profile.json", ""), (f"{PLACE}{APP}", UPGRADE)):
        assert await _status(running, path, head + more) == 403
    assert await _status(running, PLACE, "") == 403
