"""What Prometheus scrapes, and who else may ask."""

import asyncio
import re
import socket

import pytest
from prometheus_client.parser import text_string_to_metric_families

from syncer import __version__
from syncer.errors import SyncerError, UsageProblem
from syncer.workflow.metrics import open_gauges, parse_address
from tests.transport.test_dial import free_port


@pytest.fixture
def port() -> int:
    """One that nobody uses."""
    return free_port()


async def ask(port: int, request: str, host: str = "127.0.0.1") -> str:
    """All that comes back, as text."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(request.encode())
        return (await reader.read()).decode()
    finally:
        writer.close()


async def scrape(port: int) -> dict[str, float]:
    """Each sample by its name and labels."""
    _, _, body = (await ask(port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")).partition("\r\n\r\n")
    families = text_string_to_metric_families(body)
    found = {
        one.name + "".join(f"{{{key}={value}}}" for key, value in one.labels.items()): one.value
        for family in families
        for one in family.samples
    }
    return {name: value for name, value in found.items() if not re.search("_created", name)}


async def test_all_that_there_is(port: int) -> None:
    async with open_gauges(f"127.0.0.1:{port}") as gauges:
        at_first = await scrape(port)
        for is_connected in (True, False, True):
            gauges.connected(is_connected=is_connected)
        gauges.checked(1795629630.5, 3)
        gauges.devices(200, 188)
        gauges.heard()
        gauges.files(are_sound=True)
        gauges.applied(succeeded=False)
        for succeeded in (True, True, False):
            gauges.told(succeeded=succeeded)
        found = await scrape(port)
    info = f"syncer_build_info{{version={__version__}}}"
    assert found == {
        "syncer_connected": 1,
        "syncer_drifted_addresses": 3,
        "syncer_last_check_timestamp_seconds": 1795629630.5,
        "syncer_devices": 200,
        "syncer_devices_online": 188,
        "syncer_files_sound": 1,
        "syncer_connections_total": 2,
        "syncer_events_total": 1,
        "syncer_applies_total{result=succeeded}": 0,
        "syncer_applies_total{result=failed}": 1,
        "syncer_tellings_total{result=succeeded}": 2,
        "syncer_tellings_total{result=failed}": 1,
        info: 1,
    }
    assert at_first == dict.fromkeys(found, 0) | {info: 1}


async def test_what_a_probe_and_a_person_get(port: int) -> None:
    async with open_gauges(f"127.0.0.1:{port}"):
        assert (await ask(port, "GET /metrics?x=y HTTP/1.1\r\n\r\n")).startswith("HTTP/1.1 200 OK\r\n")
        openmetrics = "GET /metrics HTTP/1.1\r\nACCEPT: application/openmetrics-text;version=1.0.0\r\n\r\n"
        assert "Content-Type: application/openmetrics-text" in await ask(port, openmetrics)
        head = await ask(port, "HEAD /metrics HTTP/1.1\r\n\r\n")
        assert head.startswith("HTTP/1.1 200 OK\r\n")
        assert head.endswith("\r\n\r\n")
        assert (await ask(port, "GET / HTTP/1.1\r\n\r\n")).endswith("\r\n\r\nThe metrics are at /metrics.\n")
        assert (await ask(port, "POST /metrics HTTP/1.1\r\n\r\n")).startswith("HTTP/1.1 405 ")


@pytest.mark.parametrize("request_", ["GET /metrics", "\r\n" * 100, "x" * 100_000, "\r\n\r\n"])
async def test_who_asks_strangely_is_hung_up_on(port: int, request_: str) -> None:
    async with open_gauges(f"127.0.0.1:{port}"):
        try:
            answer = await ask(port, request_)
        except ConnectionError:
            answer = ""
        assert answer.startswith("HTTP/1.1 404 ") or answer == ""
        assert "syncer_connected" in await scrape(port)


async def test_many_who_say_nothing_keep_nobody_out_for_long(port: int) -> None:
    async with open_gauges(f"127.0.0.1:{port}"):
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(100)]
        for reader, writer in silent:
            assert await reader.read() == b""
            writer.close()
        assert "syncer_connected" in await scrape(port)


async def test_the_end_waits_for_nobody(port: int) -> None:
    async with open_gauges(f"127.0.0.1:{port}"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await ask(port, "GET / HTTP/1.1\r\n\r\n")
    assert await reader.read() == b""
    writer.close()


async def test_every_interface(port: int) -> None:
    async with open_gauges(f":{port}"):
        assert "syncer_connected" in await scrape(port)
        addresses = socket.getaddrinfo(socket.gethostname(), port, socket.AF_INET, socket.SOCK_STREAM)
        assert "200 OK" in await ask(port, "GET /metrics HTTP/1.1\r\n\r\n", str(addresses[0][4][0]))


async def test_a_port_in_use(port: int) -> None:
    async with open_gauges(f"127.0.0.1:{port}"):
        for address in (f"127.0.0.1:{port}", f":{port}"):
            with pytest.raises(SyncerError) as caught:
                async with open_gauges(address):
                    pass
            expected = f"--metrics: cannot listen on {address}: Address already in use; choose another address"
            assert str(caught.value) == expected
            assert caught.value.exit_code == 1


async def test_a_host_that_is_another(port: int) -> None:
    with pytest.raises(SyncerError) as caught:
        async with open_gauges(f"192.0.2.1:{port}"):
            pass
    assert "Cannot assign requested address; choose another address" in str(caught.value)


@pytest.mark.parametrize(
    "said, meant",
    [
        (":9464", (None, 9464)),
        ("127.0.0.1:9464", ("127.0.0.1", 9464)),
        ("[::1]:9464", ("::1", 9464)),
        ("localhost:80", ("localhost", 80)),
    ],
)
def test_addresses(said: str, meant: tuple[str | None, int]) -> None:
    assert parse_address(said) == meant


@pytest.mark.parametrize("said", ["", "9464", "::1:9464", ":0", ":65536", ":x", "http://a:1", "[::1]", "a:1\n"])
def test_what_is_no_address(said: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        parse_address(said)
    assert str(caught.value).endswith("is no address such as :9464 or 127.0.0.1:9464")


async def test_without_an_address_nobody_reads_them() -> None:
    async with open_gauges(None) as gauges:
        gauges.connected(is_connected=True)
        gauges.checked(0, 0)
        gauges.devices(0, 0)
        gauges.heard()
        gauges.files(are_sound=True)
        gauges.applied(succeeded=True)
        gauges.told(succeeded=True)
