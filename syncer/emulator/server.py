"""The emulator on a socket: connections in, answers and events out."""

import asyncio
import logging
import secrets
import ssl as tls
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from syncer.emulator import page
from syncer.emulator.defaults import ACCEPTED_BYTES, APP, HOST, INSTANCE, WAITING_ANSWERS, Options
from syncer.emulator.events import events
from syncer.emulator.exchange import Answer, Ending
from syncer.emulator.faults import Faults
from syncer.emulator.outbox import Outbox
from syncer.emulator.service import Service
from syncer.emulator.state import Happening
from syncer.emulator.store import Store
from syncer.errors import SyncerError, visible
from syncer.wire.messages import MalformedMessage, decode
from syncer.wire.profile import BUILT_IN, Profile, builtin

_CLOSE_SECONDS = 1.0  # for a client's part of the closing handshake
_LOGGER = logging.getLogger("syncer.emulator")
# A client that breaks off, or that talks no websocket, is no error of ours; a handler that failed is.
_LOGGER.addFilter(lambda record: record.msg == "connection handler failed")


@dataclass(frozen=True, slots=True)
class Running:
    """An emulator that listens."""

    url: str
    port: int
    emulator: "Emulator"
    page: str  # the address of the page for browsers


class Emulator:
    """A Devices service over a store, which stays the caller's to close."""

    def __init__(
        self,
        store: Store,
        *,
        profile: Profile | None = None,
        app: str = APP,
        options: Options = Options(),  # noqa: B008  # frozen
        clock: Callable[[], float] = time.time,
        token: Callable[[int], str] = secrets.token_hex,
    ) -> None:
        self.store, self.app, self.options = store, app, options
        self.faults = Faults(options.latency)
        self.service = Service(store, profile or builtin(BUILT_IN), app, options, clock=clock, token=token)
        self._connections: set[Connection] = set()

    @asynccontextmanager
    async def start(self, host: str = HOST, port: int = 0, ssl: tls.SSLContext | None = None) -> AsyncIterator[Running]:
        """Listen while the context lasts; SyncerError if that is not possible. Port 0 takes a free one."""
        try:
            server = await serve(
                self._serve,
                host,
                port,
                ssl=ssl,
                process_request=self._check_path,
                compression=None,
                max_size=ACCEPTED_BYTES,
                ping_interval=None,
                close_timeout=_CLOSE_SECONDS,
                logger=_LOGGER,
            )
        except OSError as exc:
            raise SyncerError(f"cannot listen on {visible(host)}:{port}: {exc.strerror or exc}") from exc
        unlisten = self.store.listen(self._announce)
        try:
            bound = next(iter(server.sockets)).getsockname()[1]
            place, s = _place(host, bound), "" if ssl is None else "s"
            url = f"ws{s}://{place}/{self.store.instance.name}/{INSTANCE}/{self.app}"
            yield Running(url, bound, self, f"http{s}://{place}{page.path(self.store.instance.name)}")
        finally:
            unlisten()
            server.close()
            await server.wait_closed()

    def _check_path(self, connection: ServerConnection, request: Request) -> Response | None:
        """Of DOMAIN/INSTANCE/APP, only the app must be ours; who wants no websocket gets the page."""
        is_tls = connection.transport.get_extra_info("sslcontext") is not None
        if not page.is_own(request, "" if is_tls else connection.local_address[0]):
            return connection.respond(HTTPStatus.FORBIDDEN, "Another site may not use this service.\n")
        if request.path.split("?")[0].rpartition("/")[2] == self.app:
            return None
        if page.is_upgrade(request):
            return connection.respond(HTTPStatus.NOT_FOUND, "There is no such app here.\n")
        return page.answer(request, domain=self.store.instance.name, app=self.app, profile=self.service.profile)

    async def _serve(self, socket: ServerConnection) -> None:
        connection = Connection(socket, self)
        self._connections.add(connection)
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)

    def _announce(self, happening: Happening) -> None:
        for connection in self._connections:
            connection.announce(happening)


def _place(host: str, port: int) -> str:
    """Host and port as a client on this machine names them."""
    reachable = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{reachable}]:{port}" if ":" in reachable else f"{reachable}:{port}"


class Connection:
    """One client: its session, and what waits to be sent to it."""

    def __init__(self, socket: ServerConnection, emulator: Emulator) -> None:
        self._socket, self._emulator = socket, emulator
        self._session = emulator.service.session()
        self._outbox = Outbox(socket, interleave=emulator.options.interleave)

    async def run(self) -> None:
        """Serve the client until one side closes."""
        sending = asyncio.create_task(self._outbox.run())
        try:
            await self._receive()
        except ConnectionClosed:
            pass
        finally:
            sending.cancel()
            await asyncio.wait({sending})

    async def _receive(self) -> None:
        while True:
            frame = await self._socket.recv()
            if self._outbox.ended:
                continue  # closing or stalled: read, so that the client's part of the handshake gets through
            self._outbox.put(self._answer(frame), self._emulator.faults.latency)
            await self._outbox.room()

    def _answer(self, frame: str | bytes) -> Answer:
        service = self._emulator.service
        try:
            message = decode(frame)
        except MalformedMessage:
            return Answer(ending=Ending.CLOSE)
        return self._emulator.faults.answer(service.call(self._session, message), service)

    def announce(self, happening: Happening) -> None:
        """Send the events that the client gets of a change."""
        service = self._emulator.service
        for event in events(self._session, happening, service.store, service.options):
            self._outbox.put(Answer((event,)), self._emulator.faults.latency)
        if self._outbox.waiting > WAITING_ANSWERS:
            self._socket.transport.abort()
