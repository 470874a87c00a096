"""What the README shows is true."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from syncer import resources
from syncer.cli.demo import _set_up
from syncer.cli.main import cli

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def block_after(marker: str) -> str:
    match = re.search(re.escape(f"<!-- {marker} -->") + r"\n```\w+\n(.*?)```\n", README, re.DOTALL)
    assert match, marker
    return match[1]


def run(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("SYNCER_")} | {"PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "syncer.cli.main", *args]
    return subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, encoding="utf-8", timeout=60)


def test_the_plan_is_a_real_one(tmp_path: Path) -> None:
    shown = block_after("checked by tests/test_readme.py")
    command, expected = shown.split("\n", 1)
    assert command == "$ syncer plan --only 'config[example.com/*'"
    _set_up(tmp_path / "demo")
    done = run("plan", "--only", "config[example.com/*", cwd=tmp_path / "demo")
    assert (done.stdout, done.stderr, done.returncode) == (expected, "", 0)


def test_the_first_repository_works(tmp_path: Path) -> None:
    folder = tmp_path
    for line in block_after("first repository").splitlines():
        words = line.split()
        if words[0] == "cd":
            folder = folder / words[1]
            continue
        assert words[0] == "syncer"
        done = run(*words[1:], cwd=folder)
        assert done.returncode == 0, (line, done.stdout, done.stderr)


@pytest.mark.parametrize("marker", ["syncer", "domain", "syncer, age"])
def test_shown_files_are_valid(marker: str) -> None:
    document = YAML(typ="safe").load(block_after(f"schema: {marker}"))
    name = marker.partition(",")[0]
    assert not [
        e.message for e in Draft202012Validator(resources.schema(name)).iter_errors(json.loads(json.dumps(document)))
    ]


def test_commands_and_options_are_those_that_there_are() -> None:
    table = re.search(r"\| command \| does \|\n\| --- \| --- \|\n(.*?)\n\n", README, re.DOTALL)
    assert table
    rows = dict(re.findall(r"^\| `syncer (\w+)([^`]*)`", table[1], re.MULTILINE))
    context = cli.make_context("syncer", [], resilient_parsing=True)
    assert list(rows) == cli.list_commands(context)
    for name, usage in rows.items():
        command = cli.get_command(context, name)
        assert command is not None
        own = {o for p in command.params for o in p.opts if o.startswith("--")} - {
            "--directory",
            "--server",
            "--timeout",
            "--reconnect-for",
        }
        if name != "emulator":
            assert set(re.findall(r"--[\w-]+", usage)) == own, name


def test_exit_codes_are_those_of_the_errors() -> None:
    from syncer import errors

    told = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.SyncerError)]
    assert {c.exit_code for c in classes} | {0, 2} == told
