"""A server on loopback that takes POSTs and answers to the letter."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

OK = b"HTTP/1.1 204 No Content\r\n\r\n"
SILENCE = b""
CUT_OFF = b"HTTP/1.1 20"


def status(code: int, *fields: str) -> bytes:
    """An answer with nothing in it."""
    return "\r\n".join([f"HTTP/1.1 {code} Whatever", *fields, "Content-Length: 0", "", ""]).encode()


@dataclass
class Hooked:
    """What came, and what is still to be answered; the last answer is given again and again."""

    answers: list[bytes]
    port: int = 0
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: set[asyncio.Task[None] | None] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/drift?token=s3cret"

    def header(self, name: str, of: int = -1) -> str:
        """A field of a request's head."""
        fields = dict(line.split(": ", 1) for line in self.heads[of].split("\r\n")[1:] if line)
        return fields[name]

    async def until(self, count: int) -> None:
        """So many requests came."""
        while len(self.bodies) < count:
            self.came.clear()
            await self.came.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        self.under_way.add(asyncio.current_task())
        with contextlib.suppress(ConnectionError, EOFError):
            await self._exchange(reader, writer)
        writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("Content-L")), 0)
        self.heads.append(head)
        self.bodies.append(await reader.readexactly(length))
        self.came.set()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == SILENCE:
            await reader.read()  # until the other side has had enough
        writer.write(answer)
        await writer.drain()


@asynccontextmanager
async def hooked(*answers: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[Hooked]:
    """It listens while the context lasts."""
    there = Hooked(list(answers))
    server = await asyncio.start_server(there.serve, "127.0.0.1", 0, ssl=tls)
    there.port = server.sockets[0].getsockname()[1]
    try:
        yield there
    finally:
        server.close()
        await server.wait_closed()
        if tasks := {task for task in there.under_way if task is not None}:
            await asyncio.wait(tasks)


@asynccontextmanager
async def proxied(refuse: bool = False) -> AsyncIterator[Hooked]:
    """A proxy for CONNECT, whatever name it is asked for: the port is on this machine."""
    asked = Hooked([])
    pumps: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        if refuse:
            writer.write(status(407))
            writer.close()
            return
        port = int(asked.heads[-1].split()[1].rpartition(":")[2])
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        for one in (pump(reader, inner_writer), pump(inner_reader, writer)):
            pumps.add(asyncio.create_task(one))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    asked.port = server.sockets[0].getsockname()[1]
    try:
        yield asked
    finally:
        server.close()
        await server.wait_closed()
        if pumps:
            await asyncio.wait(pumps)
