"""git as a program."""

import os
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

from syncer.files.git import Git

AT_WORK = """#!/bin/sh
trap 'rm lock; exit 1' TERM
touch lock
echo at work
while :; do sleep 0.02; done
"""


def test_what_is_interrupted_takes_its_locks_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed, git leaves index.lock, and nobody can work there until a person removes it."""
    (tmp_path / "git").write_text(AT_WORK)
    (tmp_path / "git").chmod(0o700)

    def interrupted(child: subprocess.Popen[str], _: str) -> NoReturn:
        assert child.stdout is not None
        assert child.stdout.readline() == "at work\n"
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)
    git = Git(tmp_path, {"PATH": f"{tmp_path}:{os.environ['PATH']}"}, "")
    with pytest.raises(KeyboardInterrupt):
        git.run("commit")
    assert not (tmp_path / "lock").exists()
