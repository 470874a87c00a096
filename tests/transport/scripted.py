"""A Devices service that plays a script: frames that must come, to the letter, and what it answers.

Nothing of syncer decides what is right here; the frames are those of protocol.md and of the API document.
"""

import asyncio
import base64
import contextlib
import hashlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.protocol import State

from syncer.transport.dial import Endpoint
from syncer.wire.login import Credentials
from syncer.wire.session import Limits

PATH = "/example.com/devices/innovaphone-devices-api"
SHOWN = f"wss://apps.example.com{PATH}"  # the url that people configured, and so the one that they read
PASSWORD = "instance-pw"

_PATIENCE = 5.0  # seconds that a frame may take


@dataclass(frozen=True, slots=True)
class Get:
    """This frame must come."""

    text: str


@dataclass(frozen=True, slots=True)
class Say:
    """Send a frame; bytes make a binary one."""

    frame: str | bytes


@dataclass(frozen=True, slots=True)
class Raw:
    """Send bytes past the websocket library, `times` over, or until the client has enough."""

    data: bytes
    times: int = 1


@dataclass(frozen=True, slots=True)
class Close:
    """Say farewell."""

    code: int = 1000
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """Cut the connection."""


@dataclass(frozen=True, slots=True)
class NoUpgrade:
    """Answer the handshake with an HTTP status, as a proxy does whose service is down. A script of its own."""

    status: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Deaf:
    """Read nothing more from the network until the client is gone."""


@dataclass(frozen=True, slots=True)
class Do:
    """Something that needs more than data."""

    play: Callable[[ServerConnection], Awaitable[None]]


Step = Get | Say | Raw | Close | Drop | NoUpgrade | Pause | Deaf | Do
Script = Sequence[Step]

APP_CHALLENGE = '{"mt":"AppChallenge"}'
ACCEPTED = '{"mt":"AppLoginResult","ok":true}'


def challenge(text: str) -> str:
    """What answers AppChallenge."""
    return f'{{"mt":"AppChallengeResult","challenge":"{text}"}}'


def app_login(digest: str) -> str:
    """AppLogin as the vendor's client spells it."""
    return (
        '{"mt":"AppLogin","app":"innovaphone-devices-api","domain":"example.com","sip":"innovaphone-devices-api",'
        f'"guid":"00000000000000000000000000000000","dn":"Admin","digest":"{digest}","pbxObj":"innovaphone-devices-api"}}'
    )


# The login of appwebsocket-vectors.json, "sessions", and its session key.
CHALLENGED: Script = (
    Get(APP_CHALLENGE),
    Say(challenge("0123456789012345")),
    Get(app_login("86b313a3fa40c410732cc5598a776252fcf13dcb47b9543ae7d317e66a9c31ba")),
)
LOGIN: Script = (*CHALLENGED, Say(ACCEPTED))
KEY = "a5a76e6677b5da69964d38b60b66bc44e5809103a64f9b2bcfc814f3becb95fc"

# Another session with the same password; digest and key computed by protocol.md's formulas.
LOGIN_AGAIN: Script = (
    Get(APP_CHALLENGE),
    Say(challenge("abcdef0123456789")),
    Get(app_login("491eb989fd179d17fbcf37348183fea52e00462de653ac41ddcc6bbcc04d320a")),
    Say(ACCEPTED),
)
KEY_AGAIN = "8d8cf3924ad8eea78c55b0068663e295ae068a9105f366c8a2a3ec40a22001fe"


@dataclass(slots=True)
class Scripted:
    """A running one: what went otherwise than written, and how many connections came."""

    scripts: Sequence[Script]
    port: int = 0
    scheme: str = "ws"
    connections: int = 0
    wrong: list[str] = field(default_factory=list)

    def endpoint(
        self,
        *,
        timeout: float = 5.0,
        window: int = 64,
        limits: Limits | None = None,
        ca_file: Path | None = None,
        host: str = "127.0.0.1",
        reconnect_for: float = 1.0,
    ) -> Endpoint:
        """Where and as whom to log in."""
        url = f"{self.scheme}://{host}:{self.port}{PATH}"
        limits = limits or Limits()
        return Endpoint(url, SHOWN, credentials(), ca_file, timeout, window, limits, reconnect_for)

    def handshake(self, socket: ServerConnection, _request: Request) -> Response | None:
        """What answers it instead of a websocket."""
        step = self.scripts[self.connections][0] if self.connections < len(self.scripts) else None
        if not isinstance(step, NoUpgrade):
            return None
        self.connections += 1
        return socket.respond(step.status, "down")

    async def handle(self, socket: ServerConnection) -> None:
        """One connection, by its own script."""
        number, self.connections = self.connections, self.connections + 1
        if number >= len(self.scripts):
            self.wrong.append(f"connection {number + 1} was not expected")
            return
        script = self.scripts[number]
        left = len(script)
        try:
            for step in script:
                left -= 1
                await self._play(step, socket, number + 1)
            async for frame in socket:
                self.wrong.append(f"connection {number + 1}: nothing more was expected, but {frame!r}")
        except ConnectionClosed:
            pass  # the last step may be one that has no end of its own
        if left:
            self.wrong.append(f"connection {number + 1}: it was closed {left} steps early")

    async def _play(self, step: Step, socket: ServerConnection, number: int) -> None:
        match step:
            case Get(text):
                await self._expect(text, socket, number)
            case Say(frame):
                await socket.send(frame)
            case Raw(data, times):
                await _write(socket, data, times)
            case Close(code, reason):
                await socket.close(code, reason)
            case Drop():
                socket.transport.abort()
                await socket.wait_closed()
            case NoUpgrade():
                raise AssertionError("only instead of a connection")
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Deaf():
                socket.transport.pause_reading()
                await socket.wait_closed()
            case Do(play):
                await play(socket)

    async def _expect(self, text: str, socket: ServerConnection, number: int) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                frame = await socket.recv()
        except TimeoutError:
            frame = "nothing"
        except ConnectionClosed:
            self.wrong.append(f"connection {number}: {text!r} was expected, but it was closed")
            raise
        if frame != text:
            self.wrong.append(f"connection {number}: {text!r} was expected, but {frame!r}")
            await socket.close(4000, "not as the script says")
            raise ConnectionClosed(None, None)


def credentials() -> Credentials:
    """The login of the vectors."""
    return Credentials("innovaphone-devices-api", "example.com", PASSWORD)


async def _write(socket: ServerConnection, data: bytes, times: int) -> None:
    for _ in range(times):
        if socket.state is not State.OPEN:
            return
        socket.transport.write(data)
        await socket.drain()
        await asyncio.sleep(0)


@asynccontextmanager
async def scripted(*scripts: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Scripted]:
    """A service that plays a script a connection. At the end all must have been played, and nothing else have come."""
    playing = Scripted(scripts, scheme="wss" if tls else "ws")
    server = await serve(
        playing.handle,
        "127.0.0.1",
        0,
        process_request=playing.handshake,
        ssl=tls,
        compression=None,
        ping_interval=None,
        max_size=None,
        close_timeout=0.2,
    )
    async with server:
        playing.port = server.sockets[0].getsockname()[1]
        yield playing
    assert playing.wrong == []
    assert playing.connections == len(scripts)


Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def plain_server(answer: bytes | Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Something else that listens: it reads a request, answers with these bytes and closes. Gives its port."""

    handlers: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            if isinstance(answer, bytes):
                await reader.read(4096)
                writer.write(answer)
                await writer.drain()
            else:
                await answer(reader, writer)

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handle(reader, writer)
        finally:
            writer.close()

    def start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(asyncio.create_task(attend(reader, writer)))

    server = await asyncio.start_server(start, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]
    for handler in handlers:
        handler.cancel()
    await asyncio.gather(*handlers, return_exceptions=True)


def text_frame(text: str) -> bytes:
    """A frame of a server, RFC 6455 section 5.2."""
    data = text.encode()
    return (bytes((0x81, len(data))) if len(data) < 126 else b"\x81\x7e" + len(data).to_bytes(2, "big")) + data


async def deaf_login(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Handshake and login by hand, by a server that from then on hears nothing, not even a farewell."""
    request = await reader.readuntil(b"\r\n\r\n")
    key = next(line[19:] for line in request.decode().splitlines() if line.lower().startswith("sec-websocket-key"))
    hashed = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode(), usedforsecurity=False)
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
    writer.write(b"Sec-WebSocket-Accept: " + base64.b64encode(hashed.digest()) + b"\r\n\r\n")
    writer.write(text_frame(challenge("0123456789012345")) + text_frame(ACCEPTED))
    await writer.drain()


def endpoint_at(url: str, *, timeout: float = 5.0, ca_file: Path | None = None) -> Endpoint:
    """An endpoint at any url."""
    return Endpoint(url, SHOWN, credentials(), ca_file, timeout)
