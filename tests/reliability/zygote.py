"""`syncer` in processes of its own that cost a fork, not a start: what is killed must be a process, and often.

The zygote imports everything once, then forks a child for each command line that it is told, and says how it ended.
"""

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NoReturn, Self

ROOT = Path(__file__).parents[2]
LIMIT = 60.0  # seconds that a command may take
_CHEAP = {"n": 2, "r": 1, "p": 1}  # of scrypt: its cost is for those who guess passwords


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit code (negative: the signal), and what it printed."""

    code: int
    out: str
    err: str

    @property
    def killed(self) -> bool:
        """Whether SIGKILL ended it."""
        return self.code == -signal.SIGKILL


class Child:
    """A command under way."""

    def __init__(self, zygote: "Zygote", pid: int, stem: Path, alive: int) -> None:
        self._zygote, self.pid, self._stem, self._alive = zygote, pid, stem, alive
        self._done: Done | None = None

    def kill(self) -> None:
        """At once, as by `kill -9`. The pid is its own until somebody waited for it."""
        if self._done is None:
            os.kill(self.pid, signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        """A signal that it may handle."""
        if self._done is None:
            os.kill(self.pid, number)

    def wait(self) -> Done:
        """Until it ended; one that hangs is killed, and fails the test."""
        if self._done is None:
            os.close(self._alive)
            code = self._zygote.wait(self.pid)
            files = [self._stem.with_suffix(end) for end in (".out", ".err")]
            # one that was killed at once did not even get to making them
            out, err = (file.read_text("utf-8") if file.exists() else "" for file in files)
            assert "Traceback" not in err, err
            self._done = Done(code, out, err)
        return self._done

    async def ended(self) -> Done:
        """The same, for a test in whose event loop its service runs."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._alive, over.set)
        try:
            async with asyncio.timeout(LIMIT):
                await over.wait()
        except TimeoutError:
            self.kill()
            raise
        finally:
            loop.remove_reader(self._alive)
        return self.wait()


class Zygote:
    """Starts commands. One thread at a time may talk to it."""

    def __init__(self) -> None:
        self._outputs = tempfile.TemporaryDirectory(prefix="syncer-zygote-")
        self._count = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONUTF8": "1"},
        )
        assert self._read(LIMIT) == "ready"

    def start(
        self,
        *args: str,
        environ: Mapping[str, str],
        largest: int | None = None,
        cwd: Path = ROOT,
        stdin: str = "",
    ) -> Child:
        """Begin `syncer ARGS`; `environ` is all that it has of SYNCER_ variables.

        `largest`: how many bytes a file may have that it writes, as on a full disk; what it prints is not kept then.
        """
        self._count += 1
        stem = Path(self._outputs.name) / str(self._count)
        stem.with_suffix(".in").write_text(stdin, "utf-8")
        os.mkfifo(stem.with_suffix(".alive"), 0o600)
        alive = os.open(stem.with_suffix(".alive"), os.O_RDONLY | os.O_NONBLOCK)
        job = {"args": args, "environ": dict(environ), "stem": str(stem), "largest": largest, "cwd": str(cwd)}
        return Child(self, int(self._ask(job, LIMIT)), stem, alive)

    def run(self, *args: str, environ: Mapping[str, str], largest: int | None = None) -> Done:
        """`syncer ARGS` to its end."""
        return self.start(*args, environ=environ, largest=largest).wait()

    def wait(self, pid: int) -> int:
        """The exit code of a child."""
        try:
            return int(self._ask({"wait": pid}, LIMIT))
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise

    def close(self) -> None:
        """Nothing is left behind."""
        self._pipe(self._process.stdin).close()
        self._pipe(self._process.stdout).close()
        self._process.wait(LIMIT)
        self._outputs.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: type[BaseException] | None, _exc: object, _where: TracebackType | None) -> None:
        self.close()

    def _ask(self, job: Mapping[str, Any], limit: float) -> str:
        pipe = self._pipe(self._process.stdin)
        pipe.write(json.dumps(job) + "\n")
        pipe.flush()
        return self._read(limit)

    def _read(self, limit: float) -> str:
        pipe = self._pipe(self._process.stdout)
        if not select.select([pipe], [], [], limit)[0]:
            raise TimeoutError(f"nothing came of it within {limit} s")
        return pipe.readline().strip()

    def _pipe(self, pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe


def _warm_up() -> None:
    """Everything that an apply imports or makes once, by an apply to an embedded service."""
    from syncer.cli.main import cli
    from syncer.plan import digest
    from syncer.transport import link

    digest._COST.clear()
    digest._COST.update(_CHEAP)
    link.BACKOFF = (0.01, 0.02, 0.02)
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as nowhere:  # noqa: PTH123
        told, sys.stdout = sys.stdout, nowhere
        (Path(folder) / "domains").mkdir()
        settings = "version: 1\nservers:\n  local: {url: 'emulator::memory:'}\nfiles: [domains]\n"
        (Path(folder) / "syncer.yaml").write_text(settings)
        content = "domain: example.com\ncategories: []\nconfigs: [{type: NTP, desc: time, categories: []}]\n"
        (Path(folder) / "domains" / "one.yaml").write_text(content)
        assert cli.main(["apply", "-C", folder, "--yes"], standalone_mode=False) == 0
        assert cli.main(["recover", "-C", folder, "--yes"], standalone_mode=False) == 0
        sys.stdout = told


def _become(job: Mapping[str, Any]) -> NoReturn:
    """The child: its own output, its own environment, and syncer's own way to exit."""
    import resource  # POSIX has it

    from syncer.cli.main import main

    code = 70
    try:
        for number, end in ((1, ".out"), (2, ".err")):
            descriptor = os.open(job["stem"] + end, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(descriptor, number)
        os.dup2(os.open(job["stem"] + ".in", os.O_RDONLY), 0)
        os.chdir(job["cwd"])
        if job["largest"] is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            resource.setrlimit(resource.RLIMIT_FSIZE, (job["largest"], job["largest"]))
        for name in [name for name in os.environ if name.startswith("SYNCER_") and name != "SYNCER_CACHE_DIR"]:
            del os.environ[name]
        os.environ.update(job["environ"])
        main(job["args"])
    except SystemExit as exc:
        code = exc.code if isinstance(exc.code, int) else 70
    except BaseException:  # noqa: BLE001  # nothing may get back into the zygote
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def serve() -> None:
    """Until stdin ends."""
    _warm_up()
    print("ready", flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        if "wait" in job:
            _, status = os.waitpid(job["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        alive = os.open(job["stem"] + ".alive", os.O_WRONLY)  # which its reader sees the end of when the child ended
        pid = os.fork()
        if pid == 0:
            _become(job)
        os.close(alive)
        print(pid, flush=True)


if __name__ == "__main__":
    serve()
