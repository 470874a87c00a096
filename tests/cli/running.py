"""Running the command as a person does: another process, real exit codes, nothing shared with this one."""

import atexit
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.reliability.zygote import Child, Zygote
from tests.reliability.zygote import Done as Done

PASSWORD = "instance-pw"


def begin(*args: str, cwd: Path, environ: Mapping[str, str] | None = None, stdin: str = "") -> Child:
    """Start `syncer ARGS`: a fork of a process that has imported everything, which takes longest."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("SYNCER_") or k == "SYNCER_CACHE_DIR"}
    return _zygote().start(
        *args, cwd=cwd, environ=clean | {"SYNCER_PASSWORD": PASSWORD} | dict(environ or {}), stdin=stdin
    )


async def syncer(*args: str, cwd: Path, environ: Mapping[str, str] | None = None, stdin: str | None = None) -> Done:
    """Run `syncer ARGS`; fails the test where it hangs or where a traceback reaches the person."""
    done = await begin(*args, cwd=cwd, environ=environ, stdin=stdin or "").ended()
    assert PASSWORD not in done.out + done.err
    return done


@cache
def _zygote() -> Zygote:
    """One for all tests of this process."""
    zygote = Zygote()
    atexit.register(zygote.close)
    return zygote


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
