"""What happens in a soak: edits, trouble, and quiet moments in which the watch has to be right."""

import asyncio
import contextlib
import json
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.reliability.harness import _free_port
from tests.soak import scene
from tests.soak.editor import editing
from tests.soak.proxy import Proxy, proxy_to
from tests.soak.watcher import SYNCER, Picture, Watch, picture_of

QUIET = 2.0  # seconds after the last edit, after which the watch has to be right
OF_FILES = 7.0  # the same after an edit of files, which are looked at every two seconds and have to stay as they are
LATE = 10.0  # seconds after which a wrong picture is looked at again
PATIENCE = 180.0  # seconds in which a watch has to find back to its server
SAMPLED = 10.0  # seconds between two looks at its memory
ROOT = Path(__file__).parents[2]


@dataclass
class Found:
    """What a soak came to."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)  # MiB
    away: float = 0.0  # seconds that were waited for the watch to find back
    code: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)


class Service:
    """The service's process, which can be killed."""

    def __init__(self, data: Path) -> None:
        self.port, self._data = _free_port(), data
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Returns when it listens."""
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-m", "tests.soak.service", str(self._data), str(self.port))
        self._process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe)
        await self._expect(b"ready\n")

    async def flood(self, count: int) -> None:
        """Returns when all the devices have changed."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{count}\n".encode())
        await self._expect(b"flooded\n")

    async def _expect(self, line: bytes) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(120):
            assert await self._process.stdout.readline() == line

    async def kill(self) -> None:
        """As by the kernel, in the middle of whatever it does."""
        if self._process is not None:
            self._process.kill()
            await self._process.wait()


class Soak:
    """One run."""

    def __init__(self, folder: Path, seed: int, say: Callable[[str], None]) -> None:
        self.folder, self.say, self.draw, self.found = folder, say, random.Random(seed), Found()
        self.service = Service(folder / "service.sqlite")
        self.environ = {"PATH": "/usr/bin:/bin", "SOAK": "emulator", "SYNCER_CACHE_DIR": str(folder / "cache")}
        self.environ |= {"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
        self.proxy: Proxy
        self.watch: Watch
        self._tokens = 0
        self._done: list[str] = []  # the latest actions
        self._broken_at = 0.0  # when the connection was last broken, seconds of the epoch

    async def run(self, seconds: float) -> Found:
        """All of it."""
        async with self._begun():
            until = time.monotonic() + seconds
            deck: list[Callable[[Soak], Awaitable[None]]] = []
            while time.monotonic() < until and self.watch.process.returncode is None:
                deck = deck or self.draw.sample(ACTIONS, len(ACTIONS))  # so that nothing is left out for long
                self._done = [*self._done[-3:], deck[-1].__name__]
                await deck.pop()(self)
                if self.draw.random() < 0.6:
                    await self._check()
            await self._check()
            self.found.metrics = await self.watch.scrape()
            self.found.code = await self.watch.end()
        told = self.watch.errors.read_text("utf-8")
        if "Traceback" in told or self.found.code:
            self.found.wrong.append(f"it ended with {self.found.code}: {told[-2000:]}")
        return self.found

    @asynccontextmanager
    async def _begun(self) -> AsyncIterator[None]:
        await self.service.start()
        try:
            async with proxy_to(self.service.port) as self.proxy:
                scene.write(self.folder / "repo", self.proxy.port, self.service.port)
                await self._syncer("apply", "--yes", "--unverified-wire")
                self.watch = await Watch.start(self.folder, self.environ, _free_port())
                tasks = [asyncio.create_task(self.watch.listen())]
                try:
                    async with asyncio.timeout(60):
                        await self.watch.is_ready.wait()
                    tasks.append(asyncio.create_task(self._sample()))
                    yield
                finally:
                    await self.watch.end()
                    tasks[-1].cancel()
                    await asyncio.wait(tasks)
        finally:
            await self.service.kill()

    async def _sample(self) -> None:
        while True:
            self.found.memory.append(self.watch.memory)
            await asyncio.sleep(SAMPLED)

    async def _syncer(self, *args: str) -> tuple[int, bytes]:
        process = await asyncio.create_subprocess_exec(
            *SYNCER,
            "--server",
            "direct",
            *args,
            cwd=self.folder / "repo",
            env=self.environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return process.returncode or 0, out or err

    async def edits(self, count: int = 0, pause: float = 0.3) -> None:
        """Some changes by somebody else."""
        is_timed = pause > 0 and (await self.watch.scrape()).get("syncer_connected") == 1
        async with editing(self.service.port, self.draw) as editor:
            for _ in range(count or self.draw.choice([1, 1, 1, 2, 5, 20])):
                self._tokens += 1
                token = f"tok-{self._tokens:06}-"
                self.watch.pending = {token: time.monotonic()} if is_timed else {}
                await editor.edit(token)
                self.found.counts["edits"] += 1
                await asyncio.sleep(self.draw.random() * pause)

    async def burst(self) -> None:
        """Many changes at once."""
        await self.edits(100, 0.0)
        self.found.counts["bursts"] += 1

    async def flood(self) -> None:
        """All devices go off and on, many times."""
        count = self.draw.choice([1000, 10_000])
        await self.service.flood(count)
        self.found.counts["device events"] += count

    async def cut(self) -> None:
        """The connection is lost, and something happens before it is back."""
        self._broken()
        self.proxy.cut()
        await self.edits(pause=0.0)
        self.found.counts["cuts"] += 1

    async def restart(self) -> None:
        """The service is killed while somebody edits, and comes again."""
        editing_ = asyncio.create_task(self.edits(50, 0.0))
        await asyncio.sleep(self.draw.random() * 0.3)
        self._broken()
        await self.service.kill()
        with contextlib.suppress(Exception):  # however far it came
            await editing_
        await asyncio.sleep(self.draw.random() * 3)
        await self.service.start()
        self._broken()
        self.found.counts["restarts"] += 1

    async def freeze(self) -> None:
        """Nothing gets through for a while, and then all of it."""
        self.watch.pending = {}
        self.proxy.freeze()
        await self.edits(pause=0.0)
        await asyncio.sleep(self.draw.random() * 8)
        self.proxy.thaw()
        self.found.counts["freezes"] += 1

    async def black_hole(self) -> None:
        """Nothing gets through until the watch has noticed it, which no event tells it."""
        self.watch.pending = {}
        self.proxy.freeze()
        await self.edits(pause=0.0)
        begun = time.monotonic()
        while (await self.watch.scrape()).get("syncer_connected") != 0:
            await asyncio.sleep(0.5)
            if time.monotonic() > begun + PATIENCE:
                self.found.wrong.append("it did not notice that its connection is dead")
                break
        self.found.counts["black holes"] += 1
        self._broken()
        self.proxy.cut()
        self.proxy.thaw()

    async def files(self) -> None:
        """The files change, too."""
        self.watch.pending = {}
        for domain in scene.DOMAINS:
            scene.write_domain(self.folder / "repo", domain, f"172.16.0.{self.draw.randint(1, 9)}")
        self.found.counts["edits of files"] += 1
        await asyncio.sleep(OF_FILES - QUIET)

    def _broken(self) -> None:
        self.watch.pending = {}
        self._broken_at = time.time()

    async def _check(self) -> None:
        """A quiet moment."""
        if not await self._quiet():
            self.found.wrong.append("it did not find back to its server")
            return
        self.found.counts["checks"] += 1
        if not (differences := await self._differences()):
            return
        await asyncio.sleep(LATE)
        until = "late" if not await self._differences() else f"still so {LATE:g} s later"
        what = f"after {', '.join(self._done)}: the picture is wrong ({until})"
        self.found.wrong.append("\n".join([what, *differences[:10]]))
        self.say(self.found.wrong[-1])

    async def _differences(self) -> Picture:
        """Between what the watch told last and what a plan says now."""
        here, is_incomparable = self.watch.picture, self.watch.is_incomparable
        code, out = await self._syncer("plan", "--format", "json")
        if code:
            self.found.counts["incomparable"] += 1
            return [] if is_incomparable else [f"+ plan fails: {out.decode()[:300]}"]
        there = picture_of(json.loads(out))
        lines = [f"- {one[:300]}" for one in here if one not in there]
        return lines + [f"+ {one[:300]}" for one in there if one not in here]

    async def _quiet(self) -> bool:
        """Wait until one connection lasted for some time, and a comparison since the last one was broken."""
        begun = time.monotonic()
        while time.monotonic() < begun + PATIENCE:
            before = await self.watch.scrape()
            await asyncio.sleep(QUIET)
            after = await self.watch.scrape()
            same = [
                seen.get("syncer_connections_total") for seen in (before, after) if seen.get("syncer_connected") == 1
            ]
            if len(same) == 2 and same[0] == same[1] and after["syncer_last_check_timestamp_seconds"] > self._broken_at:
                self.found.away += time.monotonic() - begun - QUIET
                return True
        return False


ACTIONS = (
    *[Soak.edits] * 12,
    *[Soak.burst] * 2,
    *[Soak.flood] * 2,
    *[Soak.files] * 2,
    *[Soak.cut] * 2,
    *[Soak.freeze] * 2,
    Soak.restart,
    Soak.black_hole,
)
