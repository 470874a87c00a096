"""The history of a server in git, in real repositories."""

import itertools
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.errors import Locked, SyncerError
from syncer.files import history_swap
from syncer.files.history import Commit, History, open_history
from syncer.files.history_tree import WorkTree
from syncer.files.load import load_desired
from syncer.files.locks import Holder
from syncer.files.rendering import Exporter, twins_among
from syncer.files.settings import load_settings
from syncer.model.backup import Counts
from syncer.model.state import Entry, LiveDomain
from tests.files.conftest import SETTINGS
from tests.files.lives import domains

URL = "wss://apps.example.com/example.com/devices/innovaphone-devices-api"
NOW = datetime(2026, 11, 25, 2, 0, 1, tzinfo=UTC)
HOLDER = Holder(os.getpid(), "alice", "nightly", "syncer backup", "2026-11-25T02:00:00+00:00")
ENVIRON = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": os.devnull}
PERSON = ("-c", "user.name=Alice", "-c", "user.email=alice@example.com")
TRAILERS = f"Server: production ({URL})\nTime: 2026-11-25T02:00:01+00:00\n"
Files = Mapping[str, str]
needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="hooks and modes are of POSIX")


class Backups:
    """Makes backups in a folder, and looks at what git has then."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder, self.environ = folder, ENVIRON | environ
        self.notes: tuple[str, ...] = ()

    @contextmanager
    def open(self, name: str = "production", url: str = URL) -> Iterator[History]:
        with open_history(self.folder, name, url, self.environ, HOLDER) as history:
            yield history

    def run(self, files: Files, name: str = "production", url: str = URL) -> Commit | None:
        with self.open(name, url) as history:
            for file, text in files.items():
                history.keep(file, text)
            commit = history.commit(NOW, Counts(domains=len(files), configs=2))
            self.notes = history.notes
        return commit

    def message(self, files: Files) -> str:
        """Of the commit that it makes."""
        assert self.run(files) is not None
        return self.git("log", "-1", "--encoding=UTF-8", "--format=%B").removesuffix("\n")

    def told(self, files: Files | None = None, name: str = "production", url: str = URL) -> str:
        with pytest.raises(SyncerError) as caught:
            self.run(files or ONE, name, url)
        assert caught.value.exit_code == 1
        return str(caught.value).replace(str(self.folder), "DIR")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *PERSON, *arguments],
            cwd=self.folder,
            env=ENVIRON,
            check=True,
            capture_output=True,
            encoding="utf-8",
        )
        return done.stdout

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        return path

    def commit(self) -> None:
        """As a person would."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message=by hand")

    @property
    def commits(self) -> int:
        return len(self.git("log", "--format=%h").split())

    @property
    def status(self) -> str:
        return self.git("status", "--porcelain", "--untracked-files=all")

    @property
    def there(self) -> dict[str, bytes]:
        """Everything in the folder but git's own and ours."""
        paths = (path for path in self.folder.rglob("*") if path.is_file())
        names = {path.relative_to(self.folder).as_posix(): path for path in paths}
        return {name: path.read_bytes() for name, path in names.items() if not name.startswith((".git/", ".syncer/"))}


def document(*configs: str, name: str = "example.com") -> str:
    return f"domain: {name}\nconfigs:\n" + "".join(f"  - {{categories: [], {config}}}\n" for config in configs)


ONE = {"example.com.yaml": document("type: NTP, desc: time, ntp1: a", "type: PHONE, desc: HQ, gk1: b, coder: G711A")}
OTHER = {"example.com.yaml": document("type: NTP, desc: time, ntp1: z", "type: PHONE, desc: HQ, gk1: b, coder: G711A")}


@pytest.fixture
def backups(tmp_path: Path) -> Backups:
    return Backups(tmp_path / "history")


@pytest.fixture
def kept(backups: Backups) -> Backups:
    """With one backup in it."""
    assert backups.run(ONE) is not None
    return backups


class TestTheFirst:
    def test_makes_folder_and_repository(self, tmp_path: Path) -> None:
        backups = Backups(tmp_path / "new" / "history")
        commit = backups.run({**ONE, "scripts/example.com/a.txt": "mod cmd\r\n"})
        assert commit is not None
        assert backups.git("rev-parse", "HEAD").strip() == commit.id
        assert commit.subject == "first backup of production: 2 domains, 2 configs"
        assert commit.body == TRAILERS
        assert backups.git("log", "-1", "--format=%B") == f"{commit.subject}\n\n{commit.body}\n"
        assert backups.git("ls-files").split() == [
            "domains/.gitattributes",
            "domains/.syncer-history.json",
            "domains/example.com.yaml",
            "domains/scripts/example.com/a.txt",
        ]
        assert backups.git("show", "HEAD:domains/scripts/example.com/a.txt") == "mod cmd\n"  # as Python reads it
        assert backups.there["domains/scripts/example.com/a.txt"] == b"mod cmd\r\n"
        assert backups.status == ""

    def test_in_an_empty_folder(self, tmp_path: Path) -> None:
        assert Backups(tmp_path).run(ONE) is not None

    def test_in_a_repository_with_other_things(self, backups: Backups) -> None:
        backups.write("README.md", "mine")
        subprocess.run(["git", "init", "-q"], cwd=backups.folder, env=ENVIRON, check=True)
        backups.commit()
        assert backups.run(ONE) is not None
        assert backups.commits == 2

    def test_in_a_folder_of_a_repository(self, tmp_path: Path) -> None:
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, env=ENVIRON, check=True)
        backups = Backups(tmp_path / "customers" / "a [b]*")
        assert backups.run(ONE) is not None
        assert backups.run(OTHER) is not None
        assert not (backups.folder / ".git").exists()
        assert "customers/a [b]*/domains/example.com.yaml" in backups.git(
            "ls-tree", "-rz", "--name-only", "HEAD", "--full-tree"
        )
        assert backups.status == ""

    def test_in_a_folder_that_the_repository_around_it_ignores(self, tmp_path: Path) -> None:
        around = Backups(tmp_path)
        around.write(".gitignore", "/backups/\n")
        around.git("init", "-q")
        backups = Backups(tmp_path / "backups" / "history")
        assert backups.run(ONE) is not None
        assert backups.run(ONE) is None
        assert (backups.folder / ".git").is_dir()
        assert around.status == "?? .gitignore\n"
        full = Backups(tmp_path / "backups" / "full")
        full.write("a.txt", "mine")
        assert full.told() == (
            "DIR has files and is no git repository, or the one around it ignores them; "
            "name an empty folder with --git, or make it a repository: git init DIR"
        )

    @needs_posix
    def test_is_readable_by_its_owner_only(self, kept: Backups) -> None:
        assert kept.folder.stat().st_mode & 0o777 == 0o700
        files = [path for path in kept.folder.rglob("*") if path.is_file()]
        with_content = [path for path in files if "domains" in path.parts or "objects" in path.parts]
        assert len(with_content) > 6
        assert [path for path in with_content if path.stat().st_mode & 0o077] == []

    def test_can_be_the_files_of_a_configuration_repository(self, kept: Backups) -> None:
        kept.write("syncer.yaml", SETTINGS)
        repository = load_settings(kept.folder)
        desired = load_desired(repository, repository.server(None), {})
        assert [str(one.address) for one in desired.entries] == [
            "domain[example.com]",
            "config[example.com/NTP/time]",
            "config[example.com/PHONE/HQ]",
        ]


class TestNothingChanged:
    def test_makes_no_commit(self, kept: Backups) -> None:
        before = kept.there
        assert kept.run(ONE) is None
        assert (kept.commits, kept.status, kept.there) == (1, "", before)

    def test_whatever_git_makes_of_line_ends(self, backups: Backups) -> None:
        files = {**ONE, "scripts/example.com/a.txt": "a\r\nb\nc\r\n"}
        backups.folder.mkdir()
        backups.git("init", "-q")
        backups.git("config", "core.autocrlf", "input")
        backups.run(files)
        assert backups.run(files) is None
        raw = subprocess.run(
            ["git", "show", "HEAD:domains/scripts/example.com/a.txt"],
            cwd=backups.folder,
            env=ENVIRON,
            capture_output=True,
        )
        assert raw.stdout == b"a\r\nb\nc\r\n"

    def test_for_git_that_is_told_to_look_past_it(self, kept: Backups) -> None:
        attributes = kept.folder / ".git" / "info" / "attributes"
        attributes.parent.mkdir(exist_ok=True)
        attributes.write_text("*.yaml text eol=lf\n")
        assert kept.run({name: text.replace("\n", "\r\n") for name, text in ONE.items()}) is None
        assert (kept.commits, kept.status) == (1, "")


class TestMessage:
    def test_of_an_update(self, kept: Backups) -> None:
        both = document("type: NTP, desc: time, ntp1: z, tz: CET", "type: PHONE, desc: HQ, gk1: b, coder: G711A")
        assert kept.message({"example.com.yaml": both}) == (
            f"example.com: 1 updated\n\nupdate config[example.com/NTP/time]: ntp1, tz\n\n{TRAILERS}"
        )

    def test_of_everything_in_one_domain(self, kept: Backups) -> None:
        new = "domain: example.com\ncategories: [{name: HQ, config: true}]\nconfigs:\n"
        new += "  - {type: PHONE, desc: HQ, categories: [HQ], gk1: b, coder: G711A, extra: {newField: 1}}\n"
        assert kept.message({"example.com.yaml": new}) == (
            "example.com: 1 created, 1 updated, 1 deleted\n\n"
            "create category[example.com/HQ]\n"
            "delete config[example.com/NTP/time]\n"
            f"update config[example.com/PHONE/HQ]: categories, extra.newField\n\n{TRAILERS}"
        )

    def test_of_several_domains(self, kept: Backups) -> None:
        files = {**OTHER, "b.example.yaml": document(name="b.example").replace("configs:", "configs: []")}
        assert kept.message(files).splitlines()[:4] == [
            "2 domains: 1 created, 1 updated",
            "",
            "create domain[b.example]",
            "update config[example.com/NTP/time]: ntp1",
        ]

    def test_of_a_script(self, backups: Backups) -> None:
        config = "type: EXPERT, desc: x, script: {file: scripts/example.com/x.txt}"
        files = {"example.com.yaml": document(config), "scripts/example.com/x.txt": "a"}
        backups.run(files)
        message = backups.message({**files, "scripts/example.com/x.txt": "b"})
        assert message.splitlines()[2] == "update config[example.com/EXPERT/x]: script"

    def test_is_bounded(self, kept: Backups) -> None:
        many = [f"type: NTP, desc: t{number:04}, ntp1: a" for number in range(1000)]
        lines = kept.message({"example.com.yaml": document(*many)}).splitlines()
        assert lines[0] == "example.com: 1000 created, 2 deleted"
        assert lines[201:] == ["create config[example.com/NTP/t0199]", "and 802 more", "", *TRAILERS.splitlines()]

    def test_of_another_layout(self, kept: Backups) -> None:
        files = {name: "# rendered by a newer syncer\n" + text for name, text in ONE.items()}
        assert kept.message(files) == (
            f"nothing changed but how it is written: 1 file\n\nchange example.com.yaml\n\n{TRAILERS}"
        )

    def test_of_another_name_for_the_server(self, kept: Backups) -> None:
        commit = kept.run(ONE, name="main")
        assert commit is not None
        assert commit.subject == "nothing changed but how it is written: 1 file"
        assert commit.body.startswith("change .syncer-history.json\n\nServer: main (wss:")

    def test_where_somebody_broke_what_was_there(self, kept: Backups) -> None:
        kept.write("domains/example.com.yaml", "domain: [")
        kept.commit()
        assert kept.message({**OTHER, "b.yaml": document("type: NTP", name="b")}) == (
            "3 files changed\n\n"
            "what changed in them cannot be told: example.com.yaml:2:1: a value is missing, "
            "or a bracket before it is not closed; close it, or write the value\n"
            f"change .syncer-history.json\nadd b.yaml\nchange example.com.yaml\n\n{TRAILERS}"
        )

    def test_where_a_script_belongs_to_nothing(self, kept: Backups) -> None:
        message = kept.message({**ONE, "scripts/large/a.txt": "a"})
        assert message.splitlines()[2] == "what changed in them cannot be told: there is no large.yaml"

    def test_an_object_in_another_file_is_the_same(self, backups: Backups) -> None:
        """Names of files are given in the order of the server's list, which may change."""
        backups.run({"a.yaml": document("type: NTP", name="a"), "a-2.yaml": document("type: NTP, ntp1: x", name="A")})
        message = backups.message({"a.yaml": document("type: NTP, ntp1: x", name="A")})
        assert message.splitlines()[:4] == ["a: 2 deleted", "", "delete domain[a]", "delete config[a/NTP/]"]

    def test_an_id_that_is_no_longer_needed_is_no_change(self, backups: Backups) -> None:
        twins = document("type: NTP, desc: x, id: 7, ntp1: a", "type: NTP, desc: x, id: 8, ntp1: b")
        backups.run({"example.com.yaml": twins})
        message = backups.message({"example.com.yaml": document("type: NTP, desc: x, ntp1: a")})
        assert message.splitlines()[:3] == ["example.com: 1 deleted", "", "delete config[example.com/NTP/x]"]
        message = backups.message({"example.com.yaml": document("type: NTP, desc: x, id: 7, ntp1: a")})
        assert message.startswith("nothing changed but how it is written: 1 file\n")

    def test_twins_are_told_apart_by_id(self, backups: Backups) -> None:
        first, second = "type: NTP, desc: x, id: 7, ntp1: a", "type: NTP, desc: x, id: 8, ntp1: b"
        backups.run({"example.com.yaml": document(first, second)})
        message = backups.message({"example.com.yaml": document(second, first.replace("ntp1: a", "tz: CET"))})
        assert message.splitlines()[2] == "update config[example.com/NTP/x]: ntp1, tz"

    @pytest.mark.parametrize(
        "desc, shown",
        [
            ("x\\n\\nCo-authored-by: M <m@evil.example>", r"x\n\nCo-authored-by: M <m@evil.example>"),
            ("x\\e[2Jy\\u202ez", r"x\x1b[2Jy\u202ez"),
            ("x [skip ci]", r"x \x5bskip ci]"),
            ("Fixes #12", r"Fixes\x20#12"),
            ("closes: a/b#3", r"closes:\x20a/b#3"),
            ("phone #2", "phone #2"),
            ("# a", "# a"),
        ],
    )
    def test_takes_no_orders_from_a_server(self, kept: Backups, desc: str, shown: str) -> None:
        message = kept.message({"example.com.yaml": document(f'type: NTP, desc: "{desc}"')})
        assert f"create config[example.com/NTP/{shown}]" in message.splitlines()
        assert kept.git("log", "-1", "--format=%(trailers)") == TRAILERS + "\n"

    @pytest.mark.parametrize("name", ["# x", "a\\n\\nCo-authored-by: M <m@e>", "-x", "x" * 90, "a b", "[skip ci]"])
    def test_a_strange_domain_is_not_in_the_subject(self, kept: Backups, name: str) -> None:
        message = kept.message({**ONE, "x.yaml": f'domain: "{name}"\n'})
        assert message.splitlines()[:2] == ["1 domain: 1 created", ""]
        assert "Co-authored" not in kept.git("log", "-1", "--format=%(trailers)")

    def test_a_long_name_is_cut(self, kept: Backups) -> None:
        message = kept.message({"example.com.yaml": document(f'type: NTP, desc: "{"x" * 5000}"')})
        assert max(map(len, message.splitlines())) < 400

    def test_time_of_the_commit_is_that_of_the_backup(self, kept: Backups) -> None:
        assert kept.git("log", "-1", "--format=%aI %cI").split() == ["2026-11-25T02:00:01+00:00"] * 2

    def test_in_utf_8_whatever_git_is_told(self, kept: Backups) -> None:
        kept.git("config", "i18n.commitEncoding", "ISO-8859-1")
        message = kept.message({"example.com.yaml": document("type: NTP, desc: Büro")})
        assert "create config[example.com/NTP/Büro]" in message


class TestWhoCommits:
    def who(self, backups: Backups) -> str:
        backups.run(ONE)
        return backups.git("log", "-1", "--format=%an <%ae>, %cn <%ce>").strip()

    def test_syncer_where_git_knows_nobody(self, backups: Backups) -> None:
        assert self.who(backups) == "syncer <syncer@localhost>, syncer <syncer@localhost>"

    def test_who_git_says(self, backups: Backups) -> None:
        backups.folder.mkdir()
        backups.git("init", "-q")
        backups.git("config", "user.name", "Bob")
        backups.git("config", "user.email", "bob@example.com")
        assert self.who(backups) == "Bob <bob@example.com>, Bob <bob@example.com>"

    def test_who_the_environment_says(self, tmp_path: Path) -> None:
        backups = Backups(tmp_path, GIT_AUTHOR_NAME="Eve", GIT_AUTHOR_EMAIL="eve@example.com")
        assert self.who(backups) == "Eve <eve@example.com>, syncer <syncer@localhost>"


class TestWhatIsNotOurs:
    def test_files_that_are_no_longer_rendered_go(self, backups: Backups) -> None:
        backups.run({**ONE, "b.yaml": "domain: b\n", "scripts/b/x.txt": "x"})
        assert backups.run(ONE) is not None
        assert sorted(backups.there) == [
            "domains/.gitattributes",
            "domains/.syncer-history.json",
            "domains/example.com.yaml",
        ]
        assert not (backups.folder / "domains" / "scripts").exists()
        assert backups.status == ""

    def test_what_a_person_committed_stays(self, kept: Backups) -> None:
        kept.write("domains/NOTES.md", "mine")
        kept.write("domains/c.yaml", "domain: c\n")
        kept.commit()
        assert kept.run(ONE) is None
        assert kept.run(OTHER) is not None
        assert kept.git("ls-files", "domains/NOTES.md", "domains/c.yaml") == "domains/NOTES.md\ndomains/c.yaml\n"
        assert kept.notes == ()

    def test_what_git_does_not_know_stays_and_is_told(self, kept: Backups) -> None:
        kept.write("domains/scripts/mine.txt", "mine")
        assert kept.run(ONE) is None
        assert kept.notes == ("not in git, and left alone: domains/scripts/mine.txt",)
        assert kept.run({**OTHER, "scripts/example.com/a.txt": "a"}) is not None
        assert kept.notes == ("not in git, and left alone: domains/scripts/mine.txt",)
        assert kept.there["domains/scripts/mine.txt"] == b"mine"
        assert kept.status == "?? domains/scripts/mine.txt\n"

    def test_a_file_of_ours_that_a_person_took_out_of_git_stays(self, backups: Backups) -> None:
        backups.run({**ONE, "b.yaml": "domain: b\n"})
        backups.git("rm", "--quiet", "--cached", "domains/b.yaml")
        backups.git("commit", "--quiet", "--message=by hand")
        assert backups.run(ONE) is not None
        assert backups.there["domains/b.yaml"] == b"domain: b\n"

    def test_what_git_does_not_know_is_not_replaced(self, kept: Backups) -> None:
        kept.write("domains/b.yaml", "mine")
        assert kept.told({**ONE, "b.yaml": "domain: b\n"}) == (
            "git does not know what is in the way in DIR: domains/b.yaml; move it away, or commit it"
        )
        assert (kept.there["domains/b.yaml"], kept.commits) == (b"mine", 1)

    def test_nor_what_it_ignores(self, kept: Backups) -> None:
        kept.write(".gitignore", "b.yaml\n")
        kept.write("domains/b.yaml", "mine")
        assert "domains/b.yaml" in kept.told({**ONE, "b.yaml": "domain: b\n"})
        assert kept.there["domains/b.yaml"] == b"mine"

    def test_but_what_says_the_same_is_taken(self, kept: Backups) -> None:
        kept.write("domains/b.yaml", "domain: b\n")
        assert kept.run({**ONE, "b.yaml": "domain: b\n"}) is not None
        assert (kept.status, kept.notes) == ("", ())

    def test_what_is_staged_stays_staged(self, kept: Backups) -> None:
        kept.write("notes.md", "mine")
        kept.git("add", "notes.md")
        kept.write("more.md", "mine")
        assert kept.run(OTHER) is not None
        assert kept.git("show", "--name-only", "--format=").split() == ["domains/example.com.yaml"]
        assert kept.status == "A  notes.md\n?? more.md\n"

    def test_a_gitignore_holds_nothing_of_ours_back(self, kept: Backups) -> None:
        kept.write(".gitignore", "*.txt\n.syncer-*\n")
        kept.commit()
        assert kept.run({**ONE, "scripts/example.com/a.txt": "a"}) is not None
        assert "domains/scripts/example.com/a.txt" in kept.git("ls-files")


class TestRefused:
    def test_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        assert Backups(tmp_path / "file").told() == "DIR is no folder; name another one with --git"

    def test_a_folder_with_files(self, backups: Backups) -> None:
        backups.write("a.txt", "mine")
        assert backups.told() == (
            "DIR has files and is no git repository, or the one around it ignores them; "
            "name an empty folder with --git, or make it a repository: git init DIR"
        )
        assert sorted(backups.folder.iterdir()) == [backups.folder / "a.txt"]

    def test_files_of_somebody_else_where_ours_belong(self, backups: Backups) -> None:
        backups.write("domains/a.yaml", "mine")
        backups.git("init", "-q")
        backups.commit()
        told = "DIR/domains is there, and no history of syncer's; name another folder with --git"
        assert backups.told() == told
        assert backups.there == {"domains/a.yaml": b"mine"}

    def test_another_server(self, kept: Backups) -> None:
        assert kept.told(name="test", url="wss://test.example/x") == (
            f"DIR/domains holds the history of another server: production ({URL}), not test (wss://test.example/x); "
            "give each a folder of its own, or, if it is the same at a new url, "
            "correct `url` in DIR/domains/.syncer-history.json and commit that"
        )

    def test_a_bare_repository(self, backups: Backups) -> None:
        backups.folder.mkdir()
        backups.git("init", "-q", "--bare")
        told = "DIR is a bare repository, or within git's own; name a clone with a work tree"
        assert backups.told() == told
        assert Backups(backups.folder / "new").told() == told

    def test_the_inside_of_git(self, kept: Backups) -> None:
        assert "within git's own" in Backups(kept.folder / ".git" / "new").told()

    def test_a_repository_of_somebody_else(self, kept: Backups) -> None:
        kept.environ = {**kept.environ, "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
        assert kept.told() == (
            "DIR: git does not trust it, which belongs to somebody else; make the backup as its owner, or: "
            "git config --global --add safe.directory DIR"
        )

    def test_a_broken_repository(self, kept: Backups) -> None:
        kept.write(".git/config", "[broken\n[")
        assert kept.told() == "DIR cannot be used, says git: fatal: bad config line 1 in file .git/config"

    @pytest.mark.parametrize("edit", ["changed", "staged", "removed"])
    def test_what_is_not_committed(self, kept: Backups, edit: str) -> None:
        if edit == "removed":
            (kept.folder / "domains" / "example.com.yaml").unlink()
        else:
            kept.write("domains/example.com.yaml", "mine")
        if edit == "staged":
            kept.git("add", "--all")
        before = kept.status, kept.there
        assert kept.told() == (
            "DIR has changes that are not committed: domains/example.com.yaml; "
            "commit them, or put them aside: git -C DIR stash push -- domains"
        )
        assert (kept.status, kept.there) == before
        kept.git("stash", "push", "--", "domains")
        assert kept.run(ONE) is None

    def test_what_a_killed_backup_left(self, kept: Backups) -> None:
        """It had told git of new files, and of some that are gone."""
        kept.write("domains/b.yaml", "domain: b\n")
        (kept.folder / "domains" / "example.com.yaml").unlink()
        kept.git("add", "--all")
        assert "put them aside: git -C DIR stash push -- domains" in kept.told()
        kept.git("stash", "push", "--", "domains")
        assert kept.run({**OTHER, "b.yaml": "domain: b\n"}) is not None
        assert kept.status == ""

    @pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
    def test_what_git_is_told_to_pass_over(self, kept: Backups, flag: str) -> None:
        """A change of it would be said to be none, for ever."""
        kept.git("update-index", flag, "domains/example.com.yaml")
        before = kept.there
        assert kept.told(OTHER) == (
            "git is told to pass over files of DIR: domains/example.com.yaml; end that with `git sparse-checkout "
            "disable`, `git update-index --no-skip-worktree FILE`, or the same with --no-assume-unchanged"
        )
        assert (kept.there, kept.commits) == (before, 1)
        kept.git("update-index", flag.replace("--", "--no-"), "domains/example.com.yaml")
        assert kept.run(OTHER) is not None

    def test_what_a_sparse_checkout_leaves_out(self, kept: Backups) -> None:
        kept.write("other/x", "mine")
        kept.commit()
        kept.git("sparse-checkout", "set", "other")
        assert "git is told to pass over files of DIR: domains/.gitattributes" in kept.told(OTHER)
        kept.git("sparse-checkout", "disable")
        assert kept.run(OTHER) is not None

    def test_what_is_edited_while_the_server_is_read(self, kept: Backups) -> None:
        with kept.open() as history:
            history.keep("example.com.yaml", "new")
            kept.write("domains/example.com.yaml", "mine")
            with pytest.raises(SyncerError, match="has changes that are not committed"):
                history.commit(NOW, Counts())
        assert kept.there["domains/example.com.yaml"] == b"mine"

    def test_edits_elsewhere_are_fine(self, kept: Backups) -> None:
        kept.write("README.md", "mine")
        kept.commit()
        kept.write("README.md", "edited")
        assert kept.run(OTHER) is not None
        assert kept.status == " M README.md\n"

    def test_a_merge_under_way(self, kept: Backups) -> None:
        kept.git("switch", "--quiet", "--create", "side")
        kept.write("a.txt", "side")
        kept.commit()
        kept.git("switch", "--quiet", "-")
        kept.write("b.txt", "main")
        kept.commit()
        kept.git("merge", "--no-commit", "side")
        assert kept.told() == "a merge is under way in DIR; finish or abort it, then back up again"

    def test_no_branch(self, kept: Backups) -> None:
        kept.git("checkout", "--quiet", "--detach")
        assert kept.told() == (
            "DIR is on no branch, so that nothing would lead to a commit; go to one: git -C DIR switch BRANCH"
        )

    def test_a_lock_of_git(self, kept: Backups) -> None:
        kept.write(".git/index.lock", "")
        told = "another git is at work in DIR; wait for it, or, if it was killed, remove DIR/.git/index.lock"
        assert kept.told() == told

    def test_a_second_backup_at_once(self, kept: Backups) -> None:
        with kept.open(), pytest.raises(Locked) as caught:
            kept.run(ONE)
        assert str(caught.value).startswith("another syncer backup is at work on")

    def test_no_git(self, tmp_path: Path) -> None:
        backups = Backups(tmp_path / "history", PATH=str(tmp_path))
        assert backups.told() == "git is not installed, which --git needs; install it, or use --out FILE alone"
        assert not backups.folder.exists()

    @pytest.mark.parametrize(
        "name", ["../a.yaml", "/a.yaml", "a/../../b", ".git", "a//b", "", "a\\b", "a/.git/b", "a\0"]
    )
    def test_a_name_that_leads_away(self, kept: Backups, name: str) -> None:
        assert "is no name that a file in a history can have" in kept.told({name: "x"})

    def test_a_mark_of_a_newer_syncer(self, kept: Backups) -> None:
        marker = kept.folder / "domains" / ".syncer-history.json"
        marker.write_text(marker.read_text().replace("history/1", "history/2"))
        kept.commit()
        assert kept.told() == (
            "DIR/domains/.syncer-history.json: the mark of the history was made by a newer syncer "
            "(syncer-history/2; this one knows syncer-history/1); update syncer"
        )

    def test_a_mark_that_is_cut_off(self, kept: Backups) -> None:
        kept.write("domains/.syncer-history.json", "{")
        kept.commit()
        assert kept.told() == (
            "DIR/domains/.syncer-history.json:1:2: the mark of the history is cut off; restore it from git"
        )

    def test_a_mark_that_climbs_out(self, kept: Backups) -> None:
        """What it names is removed where git knows it, but never outside of our folder."""
        kept.write("mine.txt", "mine")
        marker = kept.folder / "domains" / ".syncer-history.json"
        marker.write_text(marker.read_text().replace('"example.com.yaml"', '"../mine.txt", "example.com.yaml"'))
        kept.commit()
        kept.run(OTHER)
        assert kept.there["mine.txt"] == b"mine"


@needs_posix
class TestHooks:
    def hook(self, backups: Backups, name: str, script: str) -> None:
        path = backups.write(f".git/hooks/{name}", f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def test_one_that_refuses(self, kept: Backups) -> None:
        self.hook(kept, "pre-commit", "echo 'no tabs, please' >&2; exit 1")
        before = kept.there
        files = {"b.yaml": "domain: b\n", **OTHER, "scripts/b/x.txt": "x"}
        assert kept.told(files) == (
            "git did not commit: no tabs, please (there is the hook pre-commit in DIR/.git/hooks); "
            "nothing is changed in DIR"
        )
        assert (kept.there, kept.status, kept.commits) == (before, "", 1)

    def test_a_signature_that_cannot_be_made(self, kept: Backups) -> None:
        kept.git("config", "commit.gpgSign", "true")
        kept.git("config", "gpg.program", "false")
        assert kept.told(OTHER).startswith("git did not commit: error: gpg failed to sign the data")
        assert kept.status == ""

    def test_one_that_refuses_a_removal(self, backups: Backups) -> None:
        backups.run({**ONE, "scripts/example.com/x.txt": "x"})
        self.hook(backups, "commit-msg", "exit 1")
        before = backups.there
        assert "git did not commit: it does not say why (there is the hook commit-msg" in backups.told(OTHER)
        assert (backups.there, backups.status, backups.commits) == (before, "", 1)

    def test_one_that_refuses_the_first(self, backups: Backups) -> None:
        backups.folder.mkdir()
        backups.git("init", "-q")
        self.hook(backups, "pre-commit", "exit 1")
        backups.told()
        assert (backups.there, backups.status) == ({}, "")
        (backups.folder / ".git" / "hooks" / "pre-commit").unlink()
        assert backups.run(ONE) is not None

    def test_one_that_publishes(self, kept: Backups, tmp_path: Path) -> None:
        self.hook(kept, "post-commit", f"git log -1 --format=%s > {tmp_path}/seen")
        kept.run(OTHER)
        assert (tmp_path / "seen").read_text() == "example.com: 1 updated\n"

    def test_one_that_ends_git_after_the_commit(self, kept: Backups) -> None:
        self.hook(kept, "post-commit", "kill -KILL $PPID")
        commit = kept.run(OTHER)
        assert commit is not None
        assert (kept.git("rev-parse", "HEAD").strip(), kept.commits, kept.status) == (commit.id, 2, "")

    def test_one_at_which_a_person_loses_patience(self, kept: Backups, monkeypatch: pytest.MonkeyPatch) -> None:
        before = kept.there

        def interrupted(*arguments: object) -> str:
            raise KeyboardInterrupt

        monkeypatch.setattr(WorkTree, "commit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            kept.run({**OTHER, "b.yaml": "domain: b\n"})
        assert (kept.there, kept.status, kept.commits) == (before, "", 1)

    def test_a_surrounding_one_misleads_nobody(self, kept: Backups, tmp_path: Path) -> None:
        other = Backups(tmp_path / "other")
        other.run(ONE)
        git_dir = str(other.folder / ".git")
        misled = {"GIT_DIR": git_dir, "GIT_INDEX_FILE": f"{git_dir}/index", "GIT_WORK_TREE": str(other.folder)}
        kept.environ = {**kept.environ, **misled, "GIT_PREFIX": "x/", "GIT_GLOB_PATHSPECS": "1"}
        assert kept.run(OTHER) is not None
        assert (kept.commits, kept.status) == (2, "")
        assert (other.commits, other.status) == (1, "")


@needs_posix
class TestSymbolicLinks:
    def test_of_our_folder(self, backups: Backups, tmp_path: Path) -> None:
        (tmp_path / "outside").mkdir()
        backups.folder.mkdir()
        backups.git("init", "-q")
        (backups.folder / "domains").symlink_to(tmp_path / "outside")
        assert backups.told() == "DIR/domains is a symbolic link; remove it"

    def test_of_what_waits(self, backups: Backups, tmp_path: Path) -> None:
        (tmp_path / "outside").mkdir()
        backups.folder.mkdir()
        (backups.folder / ".syncer").symlink_to(tmp_path / "outside")
        assert backups.told() == "DIR/.syncer leads out of DIR; remove the symbolic link"
        assert list((tmp_path / "outside").iterdir()) == []

    def test_of_a_folder_in_it(self, kept: Backups, tmp_path: Path) -> None:
        (tmp_path / "outside").mkdir()
        (kept.folder / "domains" / "scripts").symlink_to(tmp_path / "outside")
        kept.commit()
        told = kept.told({**OTHER, "scripts/x.txt": "x"})
        assert told == "DIR/domains/scripts leads out of DIR/domains; remove the symbolic link"
        assert list((tmp_path / "outside").iterdir()) == []
        assert kept.status == ""

    def test_of_a_file(self, kept: Backups, tmp_path: Path) -> None:
        outside = tmp_path / "outside.yaml"
        outside.write_text("mine")
        (kept.folder / "domains" / "example.com.yaml").unlink()
        (kept.folder / "domains" / "example.com.yaml").symlink_to(outside)
        kept.commit()
        message = kept.message(OTHER)
        assert message.splitlines()[2] == (
            "what changed in them cannot be told: example.com.yaml: leads out of the repository; keep it inside"
        )
        assert outside.read_text() == "mine"
        assert not (kept.folder / "domains" / "example.com.yaml").is_symlink()

    def test_to_the_folder_itself_are_followed(self, kept: Backups, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(kept.folder)
        assert Backups(tmp_path / "link").run(OTHER) is not None


class TestNothingIsLeftBehind:
    def waiting(self, backups: Backups) -> bool:
        return (backups.folder / ".syncer" / "history").exists()

    def test_by_a_backup_that_fails(self, kept: Backups) -> None:
        before = kept.there
        with kept.open() as history:
            history.keep("example.com.yaml", "new")
        assert (kept.there, kept.status, self.waiting(kept)) == (before, "", False)

    def test_by_one_that_succeeds(self, kept: Backups) -> None:
        assert not self.waiting(kept)
        assert kept.git("status", "--porcelain", "--ignored").split() == ["!!", ".syncer/"]

    def test_what_a_killed_one_left_is_not_kept(self, kept: Backups) -> None:
        kept.write(".syncer/history/new/b.yaml", "domain: b\n")
        kept.write(".syncer/history/new/example.com.yaml", "in the way")
        assert kept.run(ONE) is None
        assert not self.waiting(kept)

    def test_a_disk_that_fails_midway(self, kept: Backups) -> None:
        """A file stands where a folder is to be made."""
        kept.write("domains/scripts", "mine")
        before = kept.there
        told = kept.told({**OTHER, "scripts/example.com/x.txt": "x"})
        assert told.startswith("DIR/domains/scripts")
        assert "cannot be read or written" in told
        assert (kept.there, kept.status) == (before, "?? domains/scripts\n")


OLD = {**ONE, "b.yaml": "domain: b\n", "scripts/b/x.txt": "old"}
NEW = {**OTHER, "scripts/example.com/y.txt": "new"}


@needs_posix
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
class TestAKill:
    """At any moment of an exchange: the next run begins where the killed one did."""

    def killed(self, backups: Backups, files: Files, step: int) -> bool:
        """Whether a run of another process came so far; it is killed before a file is moved, or git told of it."""
        child = os.fork()
        if not child:
            count = itertools.count(1)

            def dying(call: Callable[..., Any]) -> Callable[..., Any]:
                def done(*arguments: Any, **options: Any) -> Any:
                    if next(count) == step:
                        os._exit(9)
                    return call(*arguments, **options)

                return done

            try:
                history_swap._move = dying(history_swap._move)
                for name in ("update_index", "is_to_be_committed", "commit"):
                    setattr(WorkTree, name, dying(getattr(WorkTree, name)))
                backups.run(files)
            finally:
                os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9

    def test_is_undone_by_the_next_run(self, tmp_path: Path) -> None:
        steps = []
        for step in itertools.count(1):
            backups = Backups(tmp_path / str(step))
            backups.run(OLD)
            before = backups.there
            if not self.killed(backups, NEW, step):
                break
            steps.append(backups.there != before or backups.status != "")
            assert backups.run(OLD) is None
            assert (backups.there, backups.status, backups.commits) == (before, "", 1)
        assert steps == [
            False,
            *[True] * 9,
        ]  # 4 files are taken and 3 are brought, the mark being one; then git is told thrice

    def test_is_undone_in_the_first_run(self, backups: Backups) -> None:
        assert self.killed(backups, ONE, 5)
        assert backups.status.startswith("A ")
        assert backups.run(OTHER) is not None
        assert (backups.status, sorted(backups.there)) == (
            "",
            ["domains/.gitattributes", "domains/.syncer-history.json", "domains/example.com.yaml"],
        )

    def test_leaves_what_a_person_did_since(self, backups: Backups) -> None:
        backups.run(OLD)
        assert self.killed(backups, NEW, 10)
        backups.write("domains/example.com.yaml", "mine")
        assert "DIR has changes that are not committed: domains/example.com.yaml; commit them" in backups.told(NEW)
        assert backups.there["domains/example.com.yaml"] == b"mine"
        backups.git("checkout", "HEAD", "--", "domains/example.com.yaml")
        assert backups.run(OLD) is None

    def test_after_the_commit_undoes_nothing(self, backups: Backups) -> None:
        backups.run(OLD)
        assert self.killed(backups, NEW, 10)
        backups.commit()
        there = backups.there
        assert backups.run(NEW) is None
        assert (backups.there, backups.commits) == (there, 2)

    @pytest.mark.parametrize("note", ["", "[]", "{", '{"head": "", "takes": 5, "brings": {}}', '{"brings": {"x": 1}}'])
    def test_with_a_note_that_says_nothing_is_told_as_any_change(self, backups: Backups, note: str) -> None:
        backups.run(OLD)
        assert self.killed(backups, NEW, 10)
        backups.write(".syncer/history/under-way.json", note)
        assert "put them aside: git -C DIR stash push -- domains" in backups.told(OLD)

    def test_with_a_note_that_climbs_out_touches_nothing(self, kept: Backups, tmp_path: Path) -> None:
        mine = tmp_path / "mine"
        mine.write_text("mine")
        about = mine.stat()
        names = [str(mine), "../../mine", "../../gone"]
        said = {"head": kept.git("rev-parse", "HEAD").strip(), "takes": names}
        said["brings"] = {name: [about.st_mtime_ns, about.st_size] for name in names}  # type: ignore[assignment]
        kept.write(".syncer/history/under-way.json", json.dumps(said))
        kept.write(".syncer/history/gone", "what an `old/../../gone` would bring")
        assert kept.run(ONE) is None
        assert mine.read_text() == "mine"
        assert not (tmp_path / "gone").exists()


def test_git_is_not_called_for_each_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    start = subprocess.Popen

    def counted(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        return start(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", counted)
    for count in (1, 60):
        backups = Backups(tmp_path / str(count))
        files = {f"d{number}.yaml": document("type: NTP", name=f"d{number}") for number in range(count)}
        for text in ("", "# edited\n"):
            before = len(calls)
            assert backups.run({name: text + content for name, content in files.items()}) is not None
            assert 0 < len(calls) - before < 20


def test_files_that_are_compared_are_counted(kept: Backups) -> None:
    ticks: list[int] = []
    with kept.open() as history:
        history.keep("example.com.yaml", OTHER["example.com.yaml"])
        history.keep("b.yaml", ["domain: b\n", "configs: []\n"])
        history.commit(NOW, Counts(), ticks.append)
    assert ticks == [1, 1]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(domains(), max_size=2))
def test_a_commit_holds_what_was_live(live: list[LiveDomain]) -> None:
    """And again: nothing changed."""
    with TemporaryDirectory() as folder:
        backups = Backups(Path(folder, "history"))
        assert _render(backups, live) is not None
        assert _render(backups, live) is None
        clone = Path(folder, "clone")
        backups.git("clone", "--quiet", ".", str(clone))
        assert repr(_loaded(clone)) == repr(_loaded(backups.folder))
        expected = {name: content for name, content in backups.there.items() if "domains/." not in name}
        assert {f"domains/{name}": text.encode() for name, text in _rendered(live).items()} == expected


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(domains(name="example.com"), domains(name="example.com"))
def test_every_change_makes_a_commit_that_names_it(old: LiveDomain, new: LiveDomain) -> None:
    with TemporaryDirectory() as folder:
        backups = Backups(Path(folder))
        _render(backups, [old])
        before, commit, after = _loaded(backups.folder), _render(backups, [new]), _loaded(backups.folder)
        assert (commit is None) == (_rendered([old]) == _rendered([new]))
        lines = commit.body.splitlines() if commit else []
        was, is_now = Counter(one.address.shown for one in before), Counter(one.address.shown for one in after)
        assert Counter(line.removeprefix("create ") for line in lines if line.startswith("create ")) == is_now - was
        assert Counter(line.removeprefix("delete ") for line in lines if line.startswith("delete ")) == was - is_now


def _render(backups: Backups, live: list[LiveDomain]) -> Commit | None:
    return backups.run(_rendered(live))


class _Kept(dict[str, str]):
    def keep(self, name: str, text: str | Iterable[str], /) -> None:
        self[name] = text if isinstance(text, str) else "".join(text)


def _rendered(live: list[LiveDomain]) -> dict[str, str]:
    kept = _Kept()
    exporter = Exporter(kept, "", frozenset())
    for domain in live:
        exporter.domain(domain, twins_among(one.domain for one in live))
    return kept


def _loaded(folder: Path) -> list[Entry]:
    (folder / "syncer.yaml").write_text(SETTINGS)
    repository = load_settings(folder)
    (folder / "syncer.yaml").unlink()
    return list(load_desired(repository, repository.server(None), None).entries)
