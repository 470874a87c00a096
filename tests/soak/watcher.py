"""`syncer watch` as a process of its own: what it tells, what its metrics say, and how much memory it has."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_LONGEST_LINE = 1 << 26
SYNCER = (sys.executable, "-c", "from syncer.cli.main import main; main()")
Picture = list[str]  # a line a change, in a fixed order


def picture_of(plan: Mapping[str, Any]) -> Picture:
    """What would be changed, without what differs from plan to plan."""
    changes = [{key: change[key] for key in ("action", "address", "diff")} for change in plan["changes"]]
    return sorted(json.dumps(change, sort_keys=True) for change in changes)


@dataclass
class Watch:
    """A watch under way."""

    process: asyncio.subprocess.Process
    metrics: int
    errors: Path
    picture: Picture = field(default_factory=list)
    sightings: int = 0
    remarks: list[str] = field(default_factory=list)
    is_ready: asyncio.Event = field(default_factory=asyncio.Event)
    pending: dict[str, float] = field(default_factory=dict)  # when a token was written
    latencies: list[float] = field(default_factory=list)  # seconds from its writing to its report
    is_incomparable: bool = False

    @classmethod
    async def start(cls, folder: Path, environ: Mapping[str, str], metrics: int) -> "Watch":
        """Begin to watch the server that is reached through the proxy."""
        errors = folder / "watch.err"
        command = ("--server", "watched", "--timeout", "5s", "watch", "--format", "json")
        process = await asyncio.create_subprocess_exec(
            *SYNCER,
            *command,
            "--metrics",
            f"127.0.0.1:{metrics}",
            "--exec",
            "exec cat > /dev/null",
            cwd=folder / "repo",
            env=environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            limit=_LONGEST_LINE,
        )
        return cls(process, metrics, errors)

    async def listen(self) -> None:
        """Take in what it tells, to its end."""
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            event = json.loads(line)
            if event["format"] == "syncer-drift/1":
                self.sightings += 1
                self.picture = picture_of(event["plan"])
                self._measure(line.decode(), time.monotonic())
                self.is_ready.set()
            else:
                self.remarks.append(event["event"])
                if event["event"] in ("comparable", "incomparable"):
                    self.is_incomparable = event["event"] == "incomparable"

    def _measure(self, line: str, now: float) -> None:
        for token in [token for token in self.pending if token in line]:
            self.latencies.append(now - self.pending.pop(token))

    async def scrape(self) -> dict[str, float]:
        """Its metrics; empty where it does not answer."""
        try:
            async with asyncio.timeout(10):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.metrics)
                writer.write(b"GET /metrics HTTP/1.1\r\n\r\n")
                text = (await reader.read()).decode()
                writer.close()
        except OSError:
            return {}
        lines = [line.split(" ") for line in text.splitlines() if line.startswith("syncer_")]
        return {name: float(value) for name, value in lines}

    @property
    def memory(self) -> float:
        """Resident, in MiB."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        except OSError:
            return 0.0
        return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0.0)

    async def end(self) -> int:
        """As systemd does it; its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(30):
                return await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            return -signal.SIGKILL
