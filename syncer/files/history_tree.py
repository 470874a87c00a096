"""The work tree of git that a history is kept in: whether it may be, and how it stands."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from syncer.errors import SyncerError, some, visible
from syncer.files.git import Git, last_line, without_hook
from syncer.files.local import LOCAL

OURS = "domains"  # so that the folder can become a configuration repository
_MISSING = "which --git needs; install it, or use --out FILE alone"
_SHOWN_AT_MOST = 5
_MAY_REFUSE = ("pre-commit", "prepare-commit-msg", "commit-msg")
_UNDER_WAY = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "BISECT_LOG": "a bisect",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How the part of the work tree that is ours stands; names begin there.

    `tracked`: what git knows, all of it as it was committed. `strangers`: what git does not know, and does not ignore.
    """

    tracked: frozenset[str]
    strangers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkTree:
    """The folder of a history, in the work tree of a git repository or at its top. `prefix` leads to it from there."""

    folder: Path
    git: Git
    prefix: str
    git_dir: Path

    @property
    def ours(self) -> Path:
        """Where the files are."""
        return self.folder / OURS

    def standing(self) -> Standing:
        """How it stands; SyncerError where a person is at work on it."""
        self.check_idle()
        said = self.git.run(
            "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--no-renames", "--", OURS
        )
        lines = said.split("\0")
        if "# branch.head (detached)" in lines:
            raise SyncerError(
                f"{visible(self.folder)} is on no branch, so that nothing would lead to a commit; go to one: "
                f"git -C {visible(self.folder)} switch BRANCH"
            )
        if changed := list(self._changed(lines)):
            raise SyncerError(
                f"{visible(self.folder)} has changes that are not committed: {some(changed, _SHOWN_AT_MOST, visible)}; "
                f"commit them, or put them aside: git -C {visible(self.folder)} stash push -- {OURS}"
            )
        strangers = (self._below(line[2:]) for line in lines if line.startswith("? "))
        return Standing(frozenset(self._tracked()), tuple(sorted(strangers)))

    def _tracked(self) -> Iterator[str]:
        """SyncerError where git is told not to look at some: what becomes of them would never be committed."""
        listed = [line for line in self.git.run("ls-files", "-v", "-z", "--", OURS).split("\0") if line]
        if passed_over := [line[2:] for line in listed if not line.startswith("H ")]:
            raise SyncerError(
                f"git is told to pass over files of {visible(self.folder)}: "
                f"{some(passed_over, _SHOWN_AT_MOST, visible)}; end that with `git sparse-checkout disable`, "
                "`git update-index --no-skip-worktree FILE`, or the same with --no-assume-unchanged"
            )
        return (line.removeprefix(f"H {OURS}/") for line in listed)

    def check_idle(self) -> None:
        """SyncerError where git is in the middle of something."""
        if found := next((what for name, what in _UNDER_WAY.items() if (self.git_dir / name).exists()), None):
            raise SyncerError(f"{found} is under way in {visible(self.folder)}; finish or abort it, then back up again")
        lock = self.git_dir / "index.lock"
        if lock.exists():
            hint = f"wait for it, or, if it was killed, remove {visible(lock)}"
            raise SyncerError(f"another git is at work in {visible(self.folder)}; {hint}")

    def _changed(self, lines: Iterable[str]) -> Iterator[str]:
        """Names, from the folder, of what is staged, edited, removed or in conflict."""
        for line in lines:
            if line.startswith(("1 ", "u ")):
                path = line.split(" ", 8 if line.startswith("1") else 10)[-1]
                yield path.removeprefix(self.prefix)

    def _below(self, path: str) -> str:
        return path.removeprefix(f"{self.prefix}{OURS}/")

    def update_index(self, names: Iterable[str]) -> None:
        """Tell git how these files are now, be they new, changed or gone; whether it ignores them or not."""
        listed = "".join(f"{OURS}/{name}\0" for name in names)
        self.git.run("update-index", "--add", "--remove", "-z", "--stdin", said=listed)

    def is_to_be_committed(self) -> bool:
        """Whether for git anything of ours is not as it was committed: it may be told to see past line ends."""
        return self.git.done("diff", "--cached", "--quiet", "--", OURS).returncode != 0

    def commit(self, message: str, now: datetime, otherwise: tuple[str, str]) -> str:
        """Commit all of ours and nothing else, as a person would; its hash. `otherwise` commits where git knows nobody.

        SyncerError with what git, or a hook, has against it.
        """
        in_utf8 = ("-c", "i18n.commitEncoding=UTF-8")
        only_ours = ("commit", "--quiet", "--cleanup=verbatim", "--file=-", "--only", "--", OURS)
        date = now.isoformat(timespec="seconds")
        more = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date, **self._identity(*otherwise)}
        before = self.head()
        done = self.git.done(*in_utf8, *only_ours, more=more, said=message, hooks=True)
        if (made := self.head()) == before:  # a hook may end it after the commit as well
            raise SyncerError(self._refused(done.stderr or done.stdout))
        return made

    def head(self) -> str:
        """The hash of the last commit, "" where there is none."""
        return self.git.done("rev-parse", "--verify", "--quiet", "HEAD").stdout.strip()

    def _identity(self, name: str, email: str) -> dict[str, str]:
        """Variables with who commits, for each role in which git was told nobody: it would guess."""
        strictly = ("-c", "user.useConfigOnly=true", "var")
        return {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            if self.git.done(*strictly, f"GIT_{role}_IDENT").returncode
            for what, value in (("NAME", name), ("EMAIL", email))
        }

    def _refused(self, said: str) -> str:
        """That a commit was not made, with the hooks that may have had their say."""
        folder = Path(self.folder, self.git.run("rev-parse", "--git-path", "hooks", hooks=True).strip())
        hooks = [hook for hook in _MAY_REFUSE if os.access(folder / hook, os.X_OK)]
        hint = f" (there is the hook {some(hooks, len(hooks))} in {visible(folder)})" if hooks else ""
        errors = "\n".join(line for line in said.splitlines() if line.startswith("error: "))  # such as gpg's
        return f"git did not commit: {last_line(errors or said)}{hint}; nothing is changed in {visible(self.folder)}"


def is_new(folder: Path, environ: Mapping[str, str]) -> bool:
    """Whether a repository is still to be made at `folder`; SyncerError where neither that nor another one may be used.

    A folder that the repository around it ignores is not a part of that.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        raise SyncerError(f"{visible(folder)} is no folder; name another one with --git")
    around = next(one for one in (folder, *folder.parents) if one.is_dir())
    git = Git(around, without_hook(environ), _MISSING)
    if _is_work_tree(git, folder) and git.done("check-ignore", "--quiet", f"{folder / OURS}/").returncode:
        return False
    if around == folder and {one.name for one in folder.iterdir()} - {LOCAL}:
        raise SyncerError(
            f"{visible(folder)} has files and is no git repository, or the one around it ignores them; "
            f"name an empty folder with --git, or make it a repository: git init {visible(folder)}"
        )
    return True


def _is_work_tree(git: Git, folder: Path) -> bool:
    """Whether git has a work tree there; SyncerError for what is git's, but none, and where git does not want to."""
    done = git.done("rev-parse", "--is-inside-work-tree")
    if "dubious ownership" in done.stderr:
        told = "git does not trust it, which belongs to somebody else; make the backup as its owner, or"
        raise SyncerError(f"{visible(folder)}: {told}: {last_line(done.stderr)}")
    if not done.returncode and done.stdout.strip() != "true":
        raise SyncerError(f"{visible(folder)} is a bare repository, or within git's own; name a clone with a work tree")
    if done.returncode and "not a git repository" not in done.stderr:
        raise SyncerError(f"{visible(folder)} cannot be used, says git: {last_line(done.stderr)}")
    return not done.returncode


def work_tree(folder: Path, environ: Mapping[str, str], *, new: bool) -> WorkTree:
    """The work tree at a folder, made where it is new."""
    git = Git(folder, without_hook(environ), _MISSING)
    if new:
        git.run("init", "--quiet")
    prefix, git_dir = git.run("rev-parse", "--show-prefix", "--absolute-git-dir").split("\n")[:2]
    return WorkTree(folder, git, prefix, Path(git_dir))
