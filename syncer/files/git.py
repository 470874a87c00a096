"""git as a program: run with nothing of a surrounding hook, its words told for people."""

import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from syncer.errors import SyncerError, visible

_OF_A_HOOK = (  # git sets them where a hook runs syncer, maybe one of another repository
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_QUARANTINE_PATH",
    "GIT_SHALLOW_FILE",
    "GIT_PREFIX",
)
_OF_NAMES = ("GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS")
_NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false")  # nothing is run by merely looking
_IN_ENGLISH = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
_OWNER_ONLY = 0o077
_ENDS_WITHIN = 10.0  # seconds, once it is told to


def without_hook(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for git, which finds its repository by itself, reads names as usual and speaks English."""
    return {name: value for name, value in environ.items() if name not in _OF_A_HOOK + _OF_NAMES} | _IN_ENGLISH


@dataclass(frozen=True, slots=True)
class Git:
    """git in a folder; `missing` tells what to do where there is none."""

    root: Path
    environ: Mapping[str, str] = field(repr=False)
    missing: str

    def run(self, *arguments: str, more: Mapping[str, str] | None = None, said: str = "", hooks: bool = False) -> str:
        """What git says; SyncerError with its own words if it fails."""
        done = self.done(*arguments, more=more, said=said, hooks=hooks)
        if done.returncode:
            raise SyncerError(f"git {arguments[0]} failed: {last_line(done.stderr)}")
        return done.stdout

    def done(
        self, *arguments: str, more: Mapping[str, str] | None = None, said: str = "", hooks: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """What became of it, good or bad; `said` is its input. What it writes is for its owner's eyes only."""
        try:
            child = subprocess.Popen(  # noqa: S603  (a list, no shell)
                ["git", *(() if hooks else _NO_HOOKS), *arguments],  # noqa: S607  (the one on the path, as for a person)
                cwd=self.root,
                env={**self.environ, **(more or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="surrogateescape",
                umask=_OWNER_ONLY,
            )
            return _ended(child, said)
        except FileNotFoundError as exc:
            raise SyncerError(f"git is not installed, {self.missing}") from exc
        except (OSError, ValueError) as exc:  # ValueError: a NUL in the name
            raise SyncerError(f"git could not be started: {visible(exc)}") from exc


def _ended(child: subprocess.Popen[str], said: str) -> subprocess.CompletedProcess[str]:
    """Wait for it; where we are ended it is told to end, since if it were killed its locks would stay."""
    with child:
        try:
            out, err = child.communicate(said)
        except BaseException:
            child.terminate()
            with suppress(subprocess.TimeoutExpired):
                child.wait(_ENDS_WITHIN)
            child.kill()
            raise
    return subprocess.CompletedProcess(child.args, child.returncode, out, err)


def last_line(said: str) -> str:
    """The end of what git said, where it gives its reason."""
    lines = [line for line in said.splitlines() if line.strip()]
    return visible(lines[-1].strip()) if lines else "it does not say why"
