"""The Containerfile. Nothing here can build it, so what it says is checked one by one, and its install step is run."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.ci.shell import CI, needs_bash

_LINES = re.sub(r"\\\n\s*", "", (CI / "Containerfile").read_text("utf-8")).splitlines()
STEPS = [line.partition(" ")[::2] for line in _LINES if line and not line.startswith("#")]
PROJECT = tomllib.loads((CI.parents[1] / "pyproject.toml").read_text("utf-8"))["project"]


def said(instruction: str) -> list[str]:
    """What an instruction is given, each time."""
    return [given for name, given in STEPS if name == instruction]


def test_only_instructions_that_there_are() -> None:
    known = {"ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "FROM", "LABEL", "RUN", "USER", "WORKDIR"}
    assert {name for name, _ in STEPS} == known


def test_the_base_is_pinned_and_the_same_in_both_stages() -> None:
    assert re.fullmatch(r"BASE=docker\.io/library/python:3\.\d+\.\d+-slim-bookworm", said("ARG")[0])
    assert said("FROM") == ["${BASE} AS install", "${BASE}"]


def test_it_runs_syncer_as_nobody_in_particular() -> None:
    (entrypoint,) = json.loads(said("ENTRYPOINT")[0])
    assert entrypoint in PROJECT["scripts"]
    (user,) = said("USER")
    assert int(user) > 0
    assert f"useradd --uid {user} " in said("RUN")[1]
    names = [name for name, _ in STEPS]
    assert names.index("USER") > max(n for n, name in enumerate(names) if name in ("RUN", "COPY"))


def test_git_is_inside_and_nothing_is_left_of_its_installation() -> None:
    second = said("RUN")[1]
    assert "apt-get install --yes --no-install-recommends git &&" in second
    assert "rm -rf /var/lib/apt/lists/*" in second


def test_nothing_but_wheels_gets_in() -> None:
    ignored = (CI / ".containerignore").read_text("utf-8").splitlines()
    assert [line for line in ignored if not line.startswith("#")] == ["*", "!Containerfile", "!*.whl"]
    assert said("COPY") == ["Containerfile *.whl /wheels/", "--from=install /opt/syncer /opt/syncer"]


@needs_bash
@pytest.mark.parametrize("wheel", [True, False])
def test_a_wheel_goes_before_the_release(tmp_path: Path, wheel: bool) -> None:
    """The step itself, with a pip that says what it would install."""
    pip = tmp_path / "bin" / "pip"
    pip.parent.mkdir()
    pip.write_text('#!/bin/sh\necho "$@"\n')
    pip.chmod(0o755)
    (tmp_path / "wheels").mkdir()
    if wheel:
        (tmp_path / "wheels" / "innovaphone_syncer-9-py3-none-any.whl").touch()
    script = said("RUN")[0].replace("python -m venv /opt/syncer", "true")
    script = script.replace("/opt/syncer/bin", str(pip.parent)).replace("/wheels", str(tmp_path / "wheels"))
    environ = {**os.environ, **dict([said("ARG")[1].split("=")])}
    printed = subprocess.check_output(["sh", "-c", script], env=environ, encoding="utf-8")
    release = f"{PROJECT['name']}=={environ['VERSION']}"
    expected = str(tmp_path / "wheels" / "innovaphone_syncer-9-py3-none-any.whl") if wheel else release
    assert printed == f"install --no-cache-dir {expected}\n"
