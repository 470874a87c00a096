"""Running the shell steps of CI files: with bash, on a clean environment, on a PATH where pip installs nothing."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
CI = EXAMPLES / "ci"
BASH = None if sys.platform == "win32" else shutil.which("bash")  # there it may be another system's

needs_bash = pytest.mark.skipif(BASH is None or shutil.which("git") is None, reason="needs bash and git")

_PROGRAMS = {
    "python": '[ "$1 $2" != "-m pip" ] || {{ echo "$@"; exit 0; }}\nexec "{python}" "$@"',
    "python3": 'exec python "$@"',
    "gh": 'exec "{python}" "{here}/gh.py" "$@"',
    "syncer": 'exec "{python}" -IS "{folder}/client.py" "$@"',
}


@dataclass(frozen=True)
class Step:
    """How a shell step ended."""

    code: int
    out: str
    err: str


def make_programs(folder: Path, client: str) -> Path:
    """The folder, with this Python program as `syncer`, and a pip that installs nothing."""
    (folder / "client.py").write_text(client, "utf-8")
    for name, script in _PROGRAMS.items():
        filled = script.format(python=sys.executable, here=Path(__file__).parent, folder=folder)
        (folder / name).write_text(f"#!/bin/sh\n{filled}\n", "utf-8")
        (folder / name).chmod(0o755)
    return folder


def bash(script: str, cwd: Path, path: Path, environ: Mapping[str, str]) -> Step:
    """Run it as GitHub and GitLab do: ends at the first failure, pipes included."""
    assert BASH is not None
    paths = f"{path}{os.pathsep}{os.environ['PATH']}"
    clean = {"PATH": paths, "HOME": str(path), "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", **environ}
    command = [BASH, "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, encoding="utf-8", timeout=120)
    assert "Traceback" not in done.stderr, done.stderr
    return Step(done.returncode, done.stdout, done.stderr)
