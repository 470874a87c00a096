"""The files of a git revision, checked out into a temporary folder that is removed again."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from syncer.errors import Place, Problem, ProblemsError, SyncerError, visible
from syncer.files.load import load_desired
from syncer.files.sealing import Opener
from syncer.files.settings import Server, Settings, load_settings
from syncer.files.sources import SETTINGS, is_anything, named_by
from syncer.model.address import Kind
from syncer.model.state import Desired

_OF_A_HOOK = (  # git sets them where a hook runs syncer, maybe one of another repository
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_SHALLOW_FILE",
    "GIT_PREFIX",
)
_NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false")  # nothing is run by merely looking
_IN_ENGLISH = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}


@dataclass(frozen=True, slots=True)
class Revision:
    """What the files of a commit say; `commit` is its hash, `prune` what its policy let be deleted."""

    commit: str
    desired: Desired
    prune: frozenset[Kind]


def read_revision(settings: Settings, server: Server, ref: str, environ: Mapping[str, str]) -> Revision:
    """The desired state of a server at a git revision, under today's policy; a secret that is not known has no text.

    SyncerError where there is no git or no such revision, ProblemsError with all that is wrong in its files.
    """
    git = _Git(settings.root, {k: v for k, v in environ.items() if k not in _OF_A_HOOK} | _IN_ENGLISH)
    folder = git.folder()
    commit = git.commit(ref)
    with _checked_out(git, commit, folder) as root:
        if not (root / SETTINGS).is_file():
            hint = "name one that has it, or use --since with a record"
            raise SyncerError(f"{visible(ref)} ({commit[:12]}) has no {visible(folder + SETTINGS)}; {hint}")
        try:
            then = load_settings(root)
            return Revision(commit, _desired(then, settings, server, Opener(environ)), then.policy.prune)
        except ProblemsError as exc:
            raise ProblemsError(_at(ref, problem) for problem in exc.problems) from exc


def _desired(then: Settings, today: Settings, server: Server, opener: Opener) -> Desired:
    """With the settings of then for which files there are, where they have the server, and else those of today."""
    its = then.servers.get(server.name)
    patterns = (its.files or then.files) if its else (server.files or today.files)
    if submodule := next((found for one in patterns for found in _submodules(then.root, today.root, one)), None):
        what = f"{visible(submodule)} is a submodule, whose files --base cannot read"
        raise ProblemsError([Problem(None, what, "use --since with a record")])
    # git keeps no empty folders, so there may be nothing at one that the settings name
    there = tuple(pattern for pattern in patterns if is_anything(then.root, pattern))
    settings = replace(then, files=there, policy=today.policy)
    return load_desired(settings, replace(server, files=None), None, opener)


def _submodules(then: Path, today: Path, pattern: str) -> Iterator[Path]:
    """Of what a pattern names, or what that would be in, what is an empty folder then and is none today.

    Git keeps no empty folders but those of submodules.
    """
    named = then / pattern
    above = next(path for path in (named, *named.parents) if os.path.isdir(path))  # noqa: PTH112  (fails at odd names)
    inside = (Path(folder) for path in named_by(then, pattern) for folder, _, _ in os.walk(path))
    for folder in (above, *inside):
        path = folder.relative_to(then)
        if _is_empty(folder) and not _is_empty(today / path):
            yield path


def _is_empty(folder: Path) -> bool:
    return not folder.is_dir() or not any(folder.iterdir())


def _at(ref: str, problem: Problem) -> Problem:
    """The problem with its place as git names it: REF:file."""
    place = problem.place
    return replace(problem, place=replace(place, file=f"{ref}:{place.file}") if place else Place(ref))


@contextmanager
def _checked_out(git: "_Git", commit: str, folder: str) -> Iterator[Path]:
    with TemporaryDirectory(prefix="syncer-") as temporary:
        index = {"GIT_INDEX_FILE": str(Path(temporary, "index"))}
        tree = Path(temporary, "tree")
        git.run("read-tree", "--no-sparse-checkout", commit, more=index)
        git.run("checkout-index", "--all", "--quiet", f"--prefix={tree}/", more=index)
        yield tree / folder


@dataclass(frozen=True, slots=True)
class _Git:
    """git in the folder of a configuration repository, which may be one of several in a work tree."""

    root: Path
    environ: Mapping[str, str]

    def folder(self) -> str:
        """Where in the work tree it is: "", or a path that ends in a slash."""
        done = self._done("rev-parse", "--is-inside-work-tree", "--show-prefix")
        inside, _, prefix = done.stdout.partition("\n")
        if done.returncode or inside != "true":
            if "dubious ownership" in done.stderr:
                raise SyncerError(f"git does not trust {visible(self.root)}: {_last_line(done.stderr)}")
            hint = "use --since with a record, or make it one with `git init`"
            raise SyncerError(f"{visible(self.root)} is in no work tree of git, which --base needs; {hint}")
        return prefix.removesuffix("\n")

    def commit(self, ref: str) -> str:
        """The hash of the commit that is meant."""
        done = self._done("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        commit = done.stdout.strip()
        if done.returncode or not commit.isalnum():  # `^main` is a ^ and a hash
            raise SyncerError(f"git knows no revision {visible(ref) or 'without a name'}; {self._hint()}")
        return commit

    def _hint(self) -> str:
        if self.run("rev-parse", "--is-shallow-repository").strip() == "true":
            return "this clone is shallow: fetch it, such as with `fetch-depth: 0` (GitHub) or `GIT_DEPTH: 0` (GitLab)"
        return "correct it, or fetch it first"

    def run(self, *arguments: str, more: Mapping[str, str] | None = None) -> str:
        """What git says; SyncerError with its own words if it fails."""
        done = self._done(*arguments, more=more)
        if done.returncode:
            raise SyncerError(f"git {arguments[0]} failed: {_last_line(done.stderr)}")
        return done.stdout

    def _done(self, *arguments: str, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # noqa: S603  (a list, no shell)
                ["git", *_NO_HOOKS, *arguments],  # noqa: S607  (the one on the path, as for a person)
                cwd=self.root,
                env={**self.environ, **(more or {})},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="surrogateescape",
                check=False,
            )
        except FileNotFoundError as exc:
            raise SyncerError("git is not installed, which --base needs; install it, or use --since FILE") from exc
        except (OSError, ValueError) as exc:  # ValueError: a NUL in the name
            raise SyncerError(f"git could not be started: {visible(exc)}") from exc


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return visible(lines[-1].strip()) if lines else "it does not say why"
