"""Running the command as a person does: another process, real exit codes, nothing shared with this one."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PASSWORD = "instance-pw"


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


async def syncer(*args: str, cwd: Path, environ: Mapping[str, str] | None = None, stdin: str | None = None) -> Done:
    """Run `syncer ARGS`; fails the test where it hangs or where a traceback reaches the person."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("SYNCER_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "syncer.cli.main",
        *args,
        cwd=cwd,
        env=clean | {"SYNCER_PASSWORD": PASSWORD, "PYTHONUTF8": "1"} | dict(environ or {}),
        stdin=asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate(None if stdin is None else stdin.encode())
    done = Done(process.returncode or 0, out.decode(), err.decode())
    assert "Traceback" not in done.err, done.err
    assert PASSWORD not in done.out + done.err
    return done


def repository(folder: Path, url: str, document: str, *, more: str = "", policy: str = "") -> Path:
    """A repository with one server and one domain document."""
    (folder / "domains").mkdir(parents=True)
    (folder / "syncer.yaml").write_text(
        f"version: 1\nservers:\n  production:\n    url: {url}\n    password: {{env: SYNCER_PASSWORD}}\n{more}"
        f"files: [domains]\n{policy}",
        encoding="utf-8",
    )
    (folder / "domains" / "example.com.yaml").write_text(document, encoding="utf-8")
    return folder
