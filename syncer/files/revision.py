"""The files of a git revision, checked out into a temporary folder that is removed again."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from syncer.errors import Place, Problem, ProblemsError, SyncerError, visible
from syncer.files.git import Git, last_line, without_hook
from syncer.files.load import load_desired
from syncer.files.sealing import Opener
from syncer.files.settings import Server, Settings, load_settings
from syncer.files.sources import SETTINGS, is_anything, named_by
from syncer.model.address import Kind
from syncer.model.state import Desired

_MISSING = "which --base needs; install it, or use --since FILE"


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
    git = Git(settings.root, without_hook(environ), _MISSING)
    folder = _folder(git)
    commit = _commit(git, ref)
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
def _checked_out(git: Git, commit: str, folder: str) -> Iterator[Path]:
    with TemporaryDirectory(prefix="syncer-") as temporary:
        index = {"GIT_INDEX_FILE": str(Path(temporary, "index"))}
        tree = Path(temporary, "tree")
        git.run("read-tree", "--no-sparse-checkout", commit, more=index)
        git.run("checkout-index", "--all", "--quiet", f"--prefix={tree}/", more=index)
        yield tree / folder


def _folder(git: Git) -> str:
    """Where in the work tree the configuration repository is: "", or a path that ends in a slash."""
    done = git.done("rev-parse", "--is-inside-work-tree", "--show-prefix")
    inside, _, prefix = done.stdout.partition("\n")
    if done.returncode or inside != "true":
        if "dubious ownership" in done.stderr:
            raise SyncerError(f"git does not trust {visible(git.root)}: {last_line(done.stderr)}")
        hint = "use --since with a record, or make it one with `git init`"
        raise SyncerError(f"{visible(git.root)} is in no work tree of git, which --base needs; {hint}")
    return prefix.removesuffix("\n")


def _commit(git: Git, ref: str) -> str:
    """The hash of the commit that is meant."""
    done = git.done("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    commit = done.stdout.strip()
    if done.returncode or not commit.isalnum():  # `^main` is a ^ and a hash
        raise SyncerError(f"git knows no revision {visible(ref) or 'without a name'}; {_hint(git)}")
    return commit


def _hint(git: Git) -> str:
    if git.run("rev-parse", "--is-shallow-repository").strip() == "true":
        return "this clone is shallow: fetch it, such as with `fetch-depth: 0` (GitHub) or `GIT_DEPTH: 0` (GitLab)"
    return "correct it, or fetch it first"
