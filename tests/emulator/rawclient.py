"""A client written from the API document and protocol.md alone: nothing of syncer is imported here."""

import hashlib
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

APP = "innovaphone-devices-api"
DOMAIN = "example.com"
PASSWORD = "emulator"
NO_GUID = "00000000000000000000000000000000"
PROBE = '{"mt":"GetUnassignedDevicesCount","src":"probe"}'


def sha256(text: str) -> str:
    """Hex SHA-256 of the UTF-8 text."""
    return hashlib.sha256(text.encode()).hexdigest()


def rc4(key: bytes, data: bytes) -> bytes:
    """RC4 as its inventor's posting of 1994 has it."""
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def encrypt(text: str, seed: str, key: str) -> str:
    """Field encryption: key bytes `seed:sessionKey`, at most 256 of them."""
    return rc4(f"{seed}:{key}".encode()[:256], text.encode()).hex()


def decrypt(cipher: str, seed: str, key: str) -> str:
    """The way back."""
    return rc4(f"{seed}:{key}".encode()[:256], bytes.fromhex(cipher)).decode()


class Client:
    """Frames in and out, and the session key of the last login."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.key = ""

    async def send(self, *frames: str | bytes) -> None:
        """Send frames to the letter."""
        for frame in frames:
            await self.socket.send(frame)

    async def recv(self) -> Any:
        """The next message."""
        return json.loads(await self.socket.recv())

    async def ask(self, frame: str) -> Any:
        """Send one frame; the next message."""
        await self.send(frame)
        return await self.recv()

    async def pages(self, frame: str) -> list[Any]:
        """Send one frame; its replies up to the one with `last`."""
        replies = [await self.ask(frame)]
        while not replies[-1].get("last"):
            replies.append(await self.recv())
        return replies

    async def until(self, mt: str) -> list[Any]:
        """Messages up to the first of this type."""
        messages = [await self.recv()]
        while messages[-1]["mt"] != mt:
            messages.append(await self.recv())
        return messages

    async def pending(self) -> list[Any]:
        """What was sent to us until now: all that comes before the reply to a probe."""
        await self.send(PROBE)
        messages = [await self.recv()]
        while messages[-1].get("src") != "probe":
            messages.append(await self.recv())
        return messages[:-1]

    async def login(self, domain: str = DOMAIN, password: str = PASSWORD, app: str = APP, info: str = "") -> Any:
        """Challenge and login; `info` is JSON text. Gives the login's reply."""
        challenge = (await self.ask('{"mt":"AppChallenge"}'))["challenge"]
        digest = sha256(":".join([app, domain, APP, NO_GUID, "Admin", *([info] if info else []), challenge, password]))
        self.key = sha256(f"innovaphoneAppSessionKey:{challenge}:{password}")
        who = f'"app":"{app}","domain":"{domain}","sip":"{APP}","guid":"{NO_GUID}","dn":"Admin","pbxObj":"{APP}"'
        with_info = f',"info":{info}' if info else ""
        return await self.ask(f'{{"mt":"AppLogin",{who},"digest":"{digest}"{with_info}}}')


@asynccontextmanager
async def connected(url: str, trust: ssl.SSLContext | None = None) -> AsyncIterator[Client]:
    """A client that has not logged in."""
    async with connect(url, ssl=trust, compression=None, ping_interval=None, close_timeout=1, max_size=None) as socket:
        yield Client(socket)


@asynccontextmanager
async def logged_in(url: str, domain: str = DOMAIN, password: str = PASSWORD) -> AsyncIterator[Client]:
    """A client after its login."""
    async with connected(url) as client:
        assert (await client.login(domain, password))["ok"] is True
        yield client
