"""`syncer backup --git`, as a person meets it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from syncer.emulator import Running
from tests.cli.running import PASSWORD, Done, repository, syncer
from tests.test_readme import block_after

DOCUMENT = """\
domain: example.com
categories:
  - name: HQ
configs:
  - {type: PHONE, desc: HQ phones, categories: [HQ], gk1: 172.16.0.1, coder: G711A}
  - {type: MEDIA, desc: media, categories: [HQ], turnServer: turn, turnPassword: {env: TURN}}
  - {type: EXPERT, desc: no telnet, categories: [HQ], script: mod cmd}
"""
CHANGED = DOCUMENT.replace("172.16.0.1, coder: G711A", "172.16.0.2, coder: OPUS-WB").replace(
    "  - {type: EXPERT, desc: no telnet, categories: [HQ], script: mod cmd}\n", ""
)
SHOWN_URL = "wss://apps.example.com/example.com/devices/innovaphone-devices-api"
TURN = "geheimes Kennwort"
NO_CONFIGURATION = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


@pytest.fixture
async def repo(tmp_path: Path, running: Running) -> Path:
    """A repository that was applied."""
    repo = repository(tmp_path / "repo", running.url, DOCUMENT, policy="policy: {prune: [config]}\n")
    await apply(repo, DOCUMENT)
    return repo


async def run(repo: Path, *args: str) -> Done:
    done = await syncer(*args, cwd=repo, environ={"TURN": TURN, **NO_CONFIGURATION})
    assert TURN not in done.out + done.err
    return done


async def apply(repo: Path, document: str) -> None:
    (repo / "domains" / "example.com.yaml").write_text(document, encoding="utf-8")
    done = await run(repo, "apply", "--yes", "--unverified-wire", "--confirm-deletes", "1")
    assert done.code == 0, done.err


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **NO_CONFIGURATION},
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout


async def test_a_commit_a_change(repo: Path, running: Running) -> None:
    history = repo.parent / "history"
    done = await run(repo, "backup", "--git", "../history")
    first = git(history, "rev-parse", "HEAD")[:12]
    assert done.code == 0, done.err
    assert done.out.splitlines()[-1] == f"../history: {first} first backup of production: 1 domain, 3 configs"

    done = await run(repo, "backup", "--git", "../history")
    assert (done.code, done.out.splitlines()[-1]) == (0, "../history: nothing changed, no commit")

    await apply(repo, CHANGED)
    done = await run(repo, "backup", "--git", "../history", "--format", "json")
    assert json.loads(done.out)["git"] == {
        "folder": "../history",
        "commit": git(history, "rev-parse", "HEAD").strip(),
        "subject": "example.com: 1 updated, 1 deleted",
        "failure": None,
    }
    body = git(history, "log", "-1", "--format=%b").splitlines()
    assert body[:4] == [
        "delete config[example.com/EXPERT/no telnet]",
        "update config[example.com/PHONE/HQ phones]: gk1, coder",
        "",
        f"Server: production ({running.url})",
    ]


async def test_the_log_in_the_readme_is_a_real_one(repo: Path, running: Running) -> None:
    await run(repo, "backup", "--git", "../history")
    await apply(repo, CHANGED)
    done = await run(repo, "backup", "--git", "../history")
    _, told, _, expected = block_after("checked by tests/cli/test_backup_git.py").split("\n", 3)
    log = git(repo.parent / "history", "log").replace(running.url, SHOWN_URL)
    assert _undated(done.out.splitlines()[-1]) == _undated(told)
    assert _undated(log) == _undated(expected)


def _undated(text: str) -> str:
    """Without hashes, times, and blanks at the ends of lines."""
    return re.sub(r"\b[0-9a-f]{12,40}\b|(?<=Date: ).*|(?<=Time: ).*", "…", re.sub(r"(?m) +$", "", text))


async def test_what_is_kept_is_a_repository_without_drift(repo: Path) -> None:
    assert (await run(repo, "backup", "--git", "../history")).code == 0
    domains = repo / "domains"
    (domains / "example.com.yaml").write_bytes((repo.parent / "history" / "domains" / "example.com.yaml").read_bytes())
    variable = "SYNCER_SECRET_EXAMPLE_COM_MEDIA_MEDIA_TURN_PASSWORD"
    done = await syncer("plan", "--detailed-exitcode", cwd=repo, environ={variable: TURN})
    assert (done.code, TURN in done.out) == (0, False), done.err


async def test_beside_a_file(repo: Path) -> None:
    done = await run(repo, "backup", "--git", "../history", "--out", "../full.zip")
    assert done.code == 0, done.err
    assert (repo.parent / "full.zip").is_file()
    assert git(repo.parent / "history", "log", "--format=%s") == "first backup of production: 1 domain, 3 configs\n"


async def test_what_git_does_not_know_is_told(repo: Path) -> None:
    await run(repo, "backup", "--git", "../history")
    (repo.parent / "history" / "domains" / "mine.txt").write_text("mine")
    done = await run(repo, "backup", "--git", "../history")
    assert done.code == 0
    assert "not in git, and left alone: domains/mine.txt" in done.err


async def test_a_folder_that_is_something_else_is_told_before_anything_is_read(repo: Path) -> None:
    settings = repo / "syncer.yaml"  # now of a server that is not there
    settings.write_text(
        re.sub(r"(?m)^    url: .*", "    url: ws://127.0.0.1:9/example.com/devices/x", settings.read_text())
    )
    done = await run(repo, "backup", "--git", ".")
    assert (done.code, done.out) == (1, "")
    assert "has files and is no git repository" in done.err
    assert not (repo / ".git").exists()


async def test_a_configuration_repository_is_not_overwritten(repo: Path) -> None:
    git(repo, "init", "--quiet")
    git(repo, "add", "--all")
    git(repo, "-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "--quiet", "--message=mine")
    done = await run(repo, "backup", "--git", ".")
    assert done.code == 1
    assert f"{repo / 'domains'} is there, and no history of syncer's; name another folder with --git" in done.err
    assert (repo / "domains" / "example.com.yaml").read_text() == DOCUMENT


@pytest.mark.skipif(sys.platform == "win32", reason="hooks are of POSIX")
async def test_a_hook_that_refuses_costs_no_file(repo: Path) -> None:
    history = repo.parent / "history"
    await run(repo, "backup", "--git", "../history")
    hook = history / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no tabs, please' >&2\nexit 1\n")
    hook.chmod(0o755)
    await apply(repo, CHANGED)
    done = await run(repo, "backup", "--git", "../history", "--out", "../full.zip")
    assert done.code == 1
    assert done.out.splitlines()[-1].startswith("../history: git did not commit: no tabs, please (there is the hook")
    assert git(history, "status", "--porcelain") == ""
    assert (await run(repo, "backup", "verify", "../full.zip")).code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="hooks are of POSIX")
async def test_hooks_are_told_no_password(repo: Path) -> None:
    """They come from whoever may write to the repository."""
    history = repo.parent / "history"
    await run(repo, "backup", "--git", "../history")
    hook = history / ".git" / "hooks" / "post-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nenv > env.txt\n")
    hook.chmod(0o755)
    await apply(repo, CHANGED)
    assert (await run(repo, "backup", "--git", "../history")).code == 0
    told = (history / "env.txt").read_text()
    assert "GIT_AUTHOR_NAME=syncer" in told
    assert PASSWORD not in told
