"""The files of a git revision, from real repositories."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncer.errors import ProblemsError, SyncerError
from syncer.files.revision import Revision, read_revision
from syncer.files.settings import load_settings
from syncer.model.state import Entry
from syncer.model.values import Secret

SETTINGS = "version: 1\nservers:\n  local: {url: 'emulator:.syncer/e.sqlite'}\nfiles: [domains]\n"
DOMAIN = "domain: example.com\nconfigs:\n"
AUTHOR = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}
ENVIRON = {"PATH": os.environ["PATH"], **AUTHOR}


class Work:
    """A work tree of git, the configuration repository at `folder` in it."""

    def __init__(self, top: Path, folder: str = "") -> None:
        self.top, self.root = top, top / folder
        self.root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")
        self.write("syncer.yaml", SETTINGS)

    def git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=self.top, env=ENVIRON, check=True, capture_output=True, text=True
        ).stdout.strip()

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "x")
        return self.git("rev-parse", "HEAD")

    def config(self, line: str) -> str:
        """Commit one config."""
        self.write("domains/a.yaml", f"{DOMAIN}  - {line}\n")
        return self.commit()

    def read(self, ref: str = "HEAD", **environ: str) -> Revision:
        settings = load_settings(self.root)
        return read_revision(settings, settings.server(None), ref, {**ENVIRON, **environ})

    def entry(self, ref: str = "HEAD", **environ: str) -> Entry:
        """The one config that a revision has."""
        (domain,) = self.read(ref, **environ).desired.domains
        (entry,) = domain.configs or ()
        return entry

    def told(self, ref: str = "HEAD", **environ: str) -> str:
        with pytest.raises(SyncerError) as caught:
            self.read(ref, **environ)
        assert caught.value.exit_code == 1
        return str(caught.value).replace(str(self.root), "ROOT")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files, in which nothing is left behind."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return Work(tmp_path / "work")


NTP = "{type: NTP, desc: time, categories: [], ntp1: %s}"


def test_the_files_as_they_were(work: Work) -> None:
    first = work.config(NTP % "a")
    work.config(NTP % "b")
    work.write("domains/a.yaml", "not even YAML: [")
    revision = work.read("HEAD~1")
    assert revision.commit == first
    assert work.entry("HEAD~1").fields == {"ntp1": "a"}
    assert work.entry("main").fields == {"ntp1": "b"}


def test_nothing_of_the_work_tree_is_touched(work: Work) -> None:
    work.config(NTP % "a")
    work.config(NTP % "b")
    work.write("domains/a.yaml", f"{DOMAIN}  - {NTP % 'c'}\n")
    work.git("add", "-A")
    work.write("domains/b.yaml", "")
    before = work.git("status", "--porcelain"), work.git("diff", "--cached")
    work.read("HEAD~1")
    assert (work.git("status", "--porcelain"), work.git("diff", "--cached")) == before


def test_a_repository_within_a_larger_one(tmp_path: Path) -> None:
    work = Work(tmp_path / "work", "customers/a b")
    (work.top / "huge.bin").write_text("not needed")
    work.config("{type: EXPERT, desc: x, categories: [], script: {file: ../scripts/x.txt}}")
    work.write("scripts/x.txt", "config change")
    work.commit()
    assert work.entry().fields["script"] == "config change"


def test_what_an_archive_would_leave_out(work: Work) -> None:
    work.write(".gitattributes", "*.yaml export-ignore\n")
    work.config(NTP % "a")
    assert work.entry().fields == {"ntp1": "a"}


def test_a_part_that_is_not_checked_out(work: Work) -> None:
    work.config(NTP % "a")
    work.git("config", "core.sparseCheckout", "true")
    (work.top / ".git" / "info").mkdir(exist_ok=True)
    (work.top / ".git" / "info" / "sparse-checkout").write_text("/syncer.yaml\n")
    assert work.entry().fields == {"ntp1": "a"}


def test_in_a_hook(work: Work) -> None:
    work.config(NTP % "a")
    assert work.entry(GIT_DIR="/nowhere", GIT_INDEX_FILE=".git/index.lock", GIT_PREFIX="x/").fields == {"ntp1": "a"}
    assert work.entry(GIT_COMMON_DIR="/nowhere", GIT_OBJECT_DIRECTORY="/nowhere").fields == {"ntp1": "a"}


@pytest.mark.skipif(sys.platform == "win32", reason="hooks are shell scripts")
def test_no_hook_runs(work: Work, tmp_path: Path) -> None:
    work.config(NTP % "a")
    hook = work.root / ".git" / "hooks" / "post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch '{tmp_path}/it-ran'\n")
    hook.chmod(0o755)
    assert work.entry().fields == {"ntp1": "a"}
    assert not (tmp_path / "it-ran").exists()


def test_the_server_and_the_files_of_then(work: Work) -> None:
    work.write("syncer.yaml", SETTINGS.replace("[domains]", "[before]"))
    work.write("before/a.yaml", f"{DOMAIN}  - {NTP % 'a'}\n")
    work.commit()
    work.write("syncer.yaml", SETTINGS.replace("e.sqlite'", "e.sqlite', files: [domains]"))
    work.config(NTP % "b")
    assert work.entry("HEAD~1").fields == {"ntp1": "a"}


def test_a_server_that_there_was_not_yet(work: Work) -> None:
    work.write("syncer.yaml", SETTINGS.replace("local:", "other:").replace("[domains]", "[elsewhere]"))
    work.config(NTP % "a")
    work.write("syncer.yaml", SETTINGS)
    assert work.entry().fields == {"ntp1": "a"}


def test_the_policy_is_todays(work: Work) -> None:
    work.config(NTP % "a")
    work.write("syncer.yaml", f"{SETTINGS}policy: {{prune: [config]}}\n")
    assert work.read().desired.policy == load_settings(work.root).policy


def test_a_folder_that_git_does_not_keep(work: Work) -> None:
    work.commit()
    assert work.read().desired.domains == ()


class TestSecrets:
    MEDIA = "{type: MEDIA, desc: m, categories: [], turnServer: t, turnPassword: {%s}}"

    def secret(self, work: Work, reference: str) -> Secret:
        work.config(self.MEDIA % reference)
        secret = work.entry(TURN="today's").fields["turnPassword"]
        assert isinstance(secret, Secret)
        return secret

    def test_a_variable_is_not_known(self, work: Work) -> None:
        assert self.secret(work, "env: TURN").plain is None
        assert self.secret(work, "env: NOT_SET").plain is None

    def test_a_file_elsewhere_is_not_known(self, work: Work, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("today's")
        assert self.secret(work, f"file: {tmp_path}/secret").plain is None
        assert self.secret(work, "file: ../../secret").plain is None
        assert self.secret(work, "file: nowhere").plain is None

    def test_a_file_of_the_repository_is(self, work: Work) -> None:
        work.write("domains/secret", "then\n")
        self.secret(work, "file: secret")
        work.write("domains/secret", "today's\n")
        assert work.entry().fields["turnPassword"] == Secret("then")


class TestLinks:
    def test_out_of_the_repository(self, work: Work, tmp_path: Path) -> None:
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "b.yaml").write_text("domain: stolen.example.com\n")
        (work.root / "domains").mkdir()
        (work.root / "domains" / "link").symlink_to(tmp_path / "outside")
        work.config(NTP % "a")
        assert work.told() == "HEAD:domains/link: leads out of the repository; keep it inside"

    def test_a_secret_through_one(self, work: Work, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("today's")
        (work.root / "domains").mkdir()
        (work.root / "domains" / "secret").symlink_to(tmp_path / "secret")
        work.config(TestSecrets.MEDIA % "file: secret")
        secret = work.entry().fields["turnPassword"]
        assert isinstance(secret, Secret)
        assert secret.plain is None

    def test_a_module_of_another_repository(self, work: Work, tmp_path: Path) -> None:
        other = Work(tmp_path / "other")
        commit = other.commit()
        work.config(NTP % "a")
        work.git("update-index", "--add", "--cacheinfo", f"160000,{commit},domains/module")
        work.git("commit", "-q", "-m", "x")
        assert work.entry().fields == {"ntp1": "a"}
        work.write("domains/module/b.yaml", "domain: b.example.com\n")
        told = "domains/module is a submodule, whose files --base cannot read; use --since with a record"
        assert work.told() == f"HEAD: {told}"
        for pattern in ("domains/module", "domains/module/*.yaml", "dom*"):
            work.write("syncer.yaml", SETTINGS.replace("[domains]", f"['{pattern}']"))
            work.git("commit", "-q", "-m", "x", "--", "syncer.yaml")
            assert work.told() == f"HEAD: {told}"


class TestProblems:
    def test_problems_of_its_files(self, work: Work) -> None:
        work.config("{type: NTP, desc: time}")
        assert work.told().startswith("HEAD:domains/a.yaml:3:5: a config must say its categories; ")

    def test_problems_of_its_settings(self, work: Work) -> None:
        work.write("syncer.yaml", SETTINGS + "polcy: {}\n")
        work.config(NTP % "a")
        work.write("syncer.yaml", SETTINGS)
        assert work.told("main") == "main:syncer.yaml:5:1: unknown key polcy; did you mean policy?"

    @pytest.mark.parametrize(
        "ref", ["nowhere", "", "-h", "--all", "HEAD:domains", "HEAD~99", "a\nb", "ab" * 20, "^HEAD"]
    )
    def test_no_revision(self, work: Work, ref: str) -> None:
        work.config(NTP % "a")
        told = work.told(ref)
        assert told.startswith("git knows no revision ")
        assert told.endswith("; correct it, or fetch it first")
        assert "\n" not in told

    def test_a_shallow_clone(self, work: Work, tmp_path: Path) -> None:
        first = work.config(NTP % "a")
        work.config(NTP % "b")
        work.git("clone", "-q", "--depth", "1", f"file://{work.top}", str(tmp_path / "shallow"))
        shallow = Work(tmp_path / "shallow")
        hint = "fetch it, such as with `fetch-depth: 0` (GitHub) or `GIT_DEPTH: 0` (GitLab)"
        assert shallow.told(first) == f"git knows no revision {first}; this clone is shallow: {hint}"

    def test_no_settings_there(self, work: Work) -> None:
        (work.root / "syncer.yaml").unlink()
        commit = work.commit()
        work.write("syncer.yaml", SETTINGS)
        hint = "name one that has it, or use --since with a record"
        assert work.told() == f"HEAD ({commit[:12]}) has no syncer.yaml; {hint}"

    def test_no_such_folder_there(self, tmp_path: Path) -> None:
        work = Work(tmp_path / "work", "a")
        (work.root / "syncer.yaml").unlink()
        work.commit()
        work.write("syncer.yaml", SETTINGS)
        assert " has no a/syncer.yaml; " in work.told()

    def test_no_work_tree(self, tmp_path: Path) -> None:
        (tmp_path / "syncer.yaml").write_text(SETTINGS)
        settings = load_settings(tmp_path)
        environ = {**ENVIRON, "GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
        with pytest.raises(
            SyncerError, match=r"is in no work tree of git, which --base needs; use --since with a record"
        ):
            read_revision(settings, settings.server(None), "HEAD", environ)

    def test_no_git(self, work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
        assert work.told(PATH=str(tmp_path / "nothing")) == (
            "git is not installed, which --base needs; install it, or use --since FILE"
        )

    def test_a_repository_of_somebody_else(self, work: Work) -> None:
        work.config(NTP % "a")
        told = work.told(GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
        assert told.startswith("git does not trust ROOT: ")
        assert "safe.directory" in told

    def test_an_object_that_is_missing(self, work: Work) -> None:
        work.config(NTP % "a")
        tree = work.git("rev-parse", "HEAD^{tree}")
        (work.top / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
        assert work.told().startswith("git read-tree failed: ")


def test_the_folder_is_removed_whatever_happens(work: Work, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from syncer.files import revision

    def interrupted(*_: object) -> Callable[..., object]:
        assert len(list(temporary.iterdir())) == 1
        raise KeyboardInterrupt

    work.config(NTP % "a")
    monkeypatch.setattr(revision, "_desired", interrupted)
    with pytest.raises(KeyboardInterrupt):
        work.read()


def test_all_problems_at_once(work: Work) -> None:
    work.write("domains/b.yaml", "domain: [")
    work.config("{type: NTP, desc: time}")
    with pytest.raises(ProblemsError) as caught:
        work.read()
    assert {problem.place.file for problem in caught.value.problems if problem.place} == {
        "HEAD:domains/a.yaml",
        "HEAD:domains/b.yaml",
    }
