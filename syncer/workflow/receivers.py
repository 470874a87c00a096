"""Who is told of drift: a command with the event on its stdin, or a url that the signed event is sent to."""

import asyncio
import contextlib
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Protocol

from syncer import __version__
from syncer.errors import visible
from syncer.model.watch import Sighting, to_event
from syncer.transport.webhook import Answer, Place, Undelivered, post, seconds_until
from syncer.workflow import shell
from syncer.workflow.context import Context

COMMAND_DEADLINE = 60.0  # seconds
POST_DEADLINE = 10.0
LONGEST_PAUSE = 900.0  # however long a server asks for
Hidden = Callable[[], Set[str]]  # variables of the environment
_LATER = frozenset({408, 425, 429})  # of the 4xx, those that mean: try again


@dataclass(frozen=True, slots=True)
class Failed:
    """Why somebody could not be told; another try makes sense `after` so many seconds, None: it makes none."""

    why: str
    after: float | None = None


class Receiver(Protocol):
    """Somebody who wants to know; `name` is for people, and harmless."""

    @property
    def name(self) -> str: ...

    async def tell(self, sighting: Sighting, id_: str) -> Failed | None:
        """Try once; `id_` is the same in each try to tell the same."""


@dataclass(frozen=True, slots=True)
class Command:
    """A shell command; what it gets to know is the event on stdin, and counts in its environment."""

    context: Context
    command: str
    environ: Mapping[str, str] = field(repr=False)
    hidden: Hidden = frozenset  # asked each time, since files may name others

    @property
    def name(self) -> str:
        """As it was typed."""
        return f"the command {visible(self.command, 60)}"

    async def tell(self, sighting: Sighting, id_: str) -> Failed | None:
        """Run it to its end, which comes after a minute at the latest."""
        self.context.progress.close()  # the command may print
        try:
            environ = {name: value for name, value in self.environ.items() if name not in self.hidden()}
            process = await shell.start(self.command, environ | _counts(sighting, id_), asyncio.subprocess.PIPE)
        except OSError as exc:
            return Failed(f"it cannot be started: {visible(exc.strerror)}")
        feeding = asyncio.create_task(_feed(process, _line(sighting)))
        try:
            async with asyncio.timeout(COMMAND_DEADLINE):
                code = await process.wait()
        except TimeoutError:
            await shell.end(process)
            return Failed(f"it did not end within {COMMAND_DEADLINE:g} s")
        except asyncio.CancelledError:
            await shell.end(process)
            raise
        finally:
            feeding.cancel()
            await asyncio.wait({feeding})
        return Failed(f"it failed (exit code {code})") if code else None


def _counts(sighting: Sighting, id_: str) -> dict[str, str]:
    """Nothing that a server said, since a shell may see it."""
    counts = {"DRIFTED": len(sighting.plan.changes), "NEW": len(sighting.new), "GONE": len(sighting.gone)}
    return {"SYNCER_EVENT_ID": id_} | {f"SYNCER_EVENT_{name}": str(count) for name, count in counts.items()}


def _line(sighting: Sighting) -> bytes:
    return json.dumps(to_event(sighting), ensure_ascii=True).encode() + b"\n"


async def _feed(process: asyncio.subprocess.Process, line: bytes) -> None:
    """A command need not read its stdin, and may leave it to something that lives longer."""
    stdin = process.stdin
    assert stdin is not None  # noqa: S101  (it is a pipe)
    try:
        with contextlib.suppress(ConnectionError):
            stdin.write(line)
            stdin.close()
            await stdin.wait_closed()
    finally:
        stdin.transport.abort()


@dataclass(frozen=True, slots=True)
class Webhook:
    """A url; without a secret what it gets is not signed."""

    context: Context
    place: Place
    secret: str = field(repr=False)

    @property
    def name(self) -> str:
        """Scheme and host alone: the rest may be a token."""
        return f"the webhook at {self.place.shown}"

    async def tell(self, sighting: Sighting, id_: str) -> Failed | None:
        """Send it once."""
        body, now = _line(sighting), self.context.now().timestamp()
        try:
            answer = await post(
                self.place,
                self._headers(body, id_, str(int(now))),
                body,
                within=POST_DEADLINE,
                environ=self.context.environ,
            )
        except Undelivered as exc:
            return Failed(str(exc), 0.0)
        return _judged(answer, now)

    def _headers(self, body: bytes, id_: str, timestamp: str) -> dict[str, str]:
        said = {
            "Content-Type": "application/json",
            "User-Agent": f"innovaphone-syncer/{__version__}",
            "Idempotency-Key": id_,
            "X-Syncer-Timestamp": timestamp,
        }
        return said | ({"X-Syncer-Signature": signature(self.secret, timestamp, body)} if self.secret else {})


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Over timestamp, a dot and the body, so that what was sent once cannot be sent again later."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _judged(answer: Answer, now: float) -> Failed | None:
    status = answer.status
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return Failed(f"it answered with a redirect (status {status}), which is not followed: name where it leads")
    is_later = status >= 500 or status in _LATER
    after = min(seconds_until(answer.retry_after, now) or 0.0, LONGEST_PAUSE) if is_later else None
    return Failed(f"it answered with status {status}", after)
