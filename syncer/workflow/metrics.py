"""The state of a watch as metrics that Prometheus scrapes.

They are served by the event loop that the watch runs in, so that a loop that hangs answers no probe.
"""

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge
from prometheus_client.exposition import choose_encoder

from syncer import __version__
from syncer.errors import SyncerError, UsageProblem, visible
from syncer.model.watch import Gauges

_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]*):(\d{1,5})")
_HEAD_BYTES = 1 << 14
_PATIENCE = 5.0  # seconds that a request may take to come, and its answer to go
_AT_ONCE = 32  # requests


class Silence:
    """Gauges that nobody reads."""

    def connected(self, *, is_connected: bool) -> None:
        """Nothing."""

    def checked(self, at: float, drifted: int) -> None:
        """Nothing."""

    def devices(self, total: int, online: int) -> None:
        """Nothing."""

    def heard(self) -> None:
        """Nothing."""

    def files(self, *, are_sound: bool) -> None:
        """Nothing."""

    def applied(self, *, succeeded: bool) -> None:
        """Nothing."""

    def told(self, *, succeeded: bool) -> None:
        """Nothing."""


class Metrics:
    """Gauges that Prometheus reads. No label holds what a server or a file said."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._connected = self._gauge("connected", "1 while there is a connection to the server.")
        self._drifted = self._gauge("drifted_addresses", "How many addresses are not as the files say.")
        self._last_check = self._gauge("last_check_timestamp_seconds", "When server and files were last compared.")
        self._devices = self._gauge("devices", "How many devices the watched domains have.")
        self._online = self._gauge("devices_online", "How many of them are online.")
        self._sound = self._gauge("files_sound", "1 while the files can be read.")
        self._connections = self._counter("connections", "Connections that were made.")
        self._events = self._counter("events", "Events that came from the server.")
        self._applies = self._results("applies", "Times that drift was taken back, or could not be.")
        self._tellings = self._results("tellings", "Tries to tell somebody of drift, by command or webhook.")
        info = Gauge("syncer_build_info", "Always 1; the version of syncer.", ["version"], registry=self.registry)
        info.labels(__version__).set(1)

    def _gauge(self, name: str, about: str) -> Gauge:
        return Gauge(f"syncer_{name}", about, registry=self.registry)

    def _counter(self, name: str, about: str) -> Counter:
        return Counter(f"syncer_{name}", about, registry=self.registry)

    def _results(self, name: str, about: str) -> dict[bool, Counter]:
        """By whether it succeeded; both are there from the beginning, at 0."""
        counter = Counter(f"syncer_{name}", about, ["result"], registry=self.registry)
        return {True: counter.labels("succeeded"), False: counter.labels("failed")}

    def connected(self, *, is_connected: bool) -> None:
        """Whether there is a connection; each new one is counted."""
        self._connected.set(is_connected)
        if is_connected:
            self._connections.inc()

    def checked(self, at: float, drifted: int) -> None:
        """The server was compared with the files."""
        self._last_check.set(at)
        self._drifted.set(drifted)

    def devices(self, total: int, online: int) -> None:
        """How many devices there are."""
        self._devices.set(total)
        self._online.set(online)

    def heard(self) -> None:
        """An event came."""
        self._events.inc()

    def files(self, *, are_sound: bool) -> None:
        """Whether the files could be read."""
        self._sound.set(are_sound)

    def applied(self, *, succeeded: bool) -> None:
        """Drift was taken back, or could not be."""
        self._applies[succeeded].inc()

    def told(self, *, succeeded: bool) -> None:
        """Somebody was told of drift, or could not be."""
        self._tellings[succeeded].inc()


@asynccontextmanager
async def open_gauges(address: str | None) -> AsyncIterator[Gauges]:
    """Gauges that are served at `[HOST]:PORT` while the context lasts; of no address, gauges that nobody reads.

    No host: on every interface. UsageProblem for an address that is none, SyncerError where it cannot be had.
    """
    if address is None:
        yield Silence()
        return
    host, port = parse_address(address)
    metrics = Metrics()
    page = _Page(metrics.registry)
    try:
        server = await _listen(page, host, port)
    except OSError as exc:
        why = os.strerror(exc.errno) if exc.errno and exc.errno > 0 else visible(exc.strerror or exc)
        raise SyncerError(f"--metrics: cannot listen on {visible(address)}: {why}; choose another address") from exc
    try:
        yield metrics
    finally:
        server.close()
        await page.end()
        await server.wait_closed()


async def _listen(page: "_Page", host: str | None, port: int) -> asyncio.Server:
    try:
        return await asyncio.start_server(page.serve, host, port, limit=_HEAD_BYTES)
    except OSError:
        if host is not None:
            raise
    return await asyncio.start_server(page.serve, "0.0.0.0", port, limit=_HEAD_BYTES)  # noqa: S104  (without IPv6)


def parse_address(address: str) -> tuple[str | None, int]:
    """Host, None for every interface, and port of `[HOST]:PORT`; UsageProblem for what is no such thing."""
    match = _ADDRESS.fullmatch(address)
    if match is None or not 0 < int(match[2]) < 65536:
        raise UsageProblem(f"--metrics: {visible(address)} is no address such as :9464 or 127.0.0.1:9464")
    return match[1].strip("[]") or None, int(match[2])


class _Page:
    """Answers requests for /metrics, each on a connection of its own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._serving: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request; whoever takes long, or asks while many do, is hung up on."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  (asyncio made one)
        self._serving.add(task)
        try:
            if len(self._serving) <= _AT_ONCE:
                await self._exchange(reader, writer)
        finally:
            writer.close()
            self._serving.discard(task)

    async def end(self) -> None:
        """Hang up on everybody."""
        for task in self._serving:
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_PATIENCE):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                writer.write(self._answer(head))
                await writer.drain()

    def _answer(self, head: str) -> bytes:
        request, *lines = head.split("\r\n")
        method, _, target = request.rpartition(" ")[0].partition(" ")
        if target.partition("?")[0] != "/metrics":
            return _response("404 Not Found", "text/plain; charset=utf-8", b"The metrics are at /metrics.\n")
        if method not in ("GET", "HEAD"):
            return _response("405 Method Not Allowed", "text/plain; charset=utf-8", b"GET is what there is.\n")
        accepted = next((line[7:].strip() for line in lines if line.lower().startswith("accept:")), "")
        encode, content_type = choose_encoder(accepted)
        response = _response("200 OK", content_type, encode(self._registry))
        return response if method == "GET" else response.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def _response(status: str, content_type: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + body
