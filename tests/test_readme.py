"""What the README shows is true."""

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import click
import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from syncer import resources
from syncer.cli.main import cli
from tests.browser.pictures import PICTURES, fill
from tests.browser.serving import served
from tests.edited import COMMAND, prepare
from tests.learn.frames import URL
from tests.learn.vocabularies import clicked, har_of

_COMMON = {"--directory", "--server", "--timeout", "--reconnect-for", "--trace"}
README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def block_after(marker: str) -> str:
    match = re.search(re.escape(f"<!-- {marker} -->") + r"\n```\w+\n(.*?)```\n", README, re.DOTALL)
    assert match, marker
    return match[1]


def run(*args: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environ = (
        {k: v for k, v in os.environ.items() if not k.startswith("SYNCER_") or k == "SYNCER_CACHE_DIR"}
        | {"PYTHONUTF8": "1"}
        | more
    )
    command = [sys.executable, "-m", "syncer.cli.main", *args]
    return subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, encoding="utf-8", timeout=60)


def test_the_plan_is_a_real_one(tmp_path: Path) -> None:
    shown = block_after("checked by tests/test_readme.py")
    command, expected = shown.split("\n", 1)
    assert command == f"$ syncer {' '.join(COMMAND)}"
    folder = tmp_path / "demo"
    prepare(folder, lambda *args: run(*args, cwd=folder).check_returncode())
    done = run(*COMMAND, cwd=folder)
    assert done.returncode == 0
    assert _undated(done.stdout + done.stderr) == _undated(expected)


def test_the_drift_is_a_real_one(tmp_path: Path) -> None:
    command, expected = block_after("drift, checked by tests/test_readme.py").split("\n", 1)
    folder = tmp_path / "demo"
    prepare(folder, lambda *args: run(*args, cwd=folder).check_returncode())
    done = run(*shlex.split(command)[2:], cwd=folder)
    assert done.returncode == 2
    assert _undated(done.stdout + done.stderr) == _undated(expected)


def _undated(text: str) -> str:
    """Without the time of the record."""
    return re.sub(r"(?<=applied\.json \()[^)]+|(?<=the apply of )[^(]+", "…", text)


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


@pytest.mark.parametrize("marker", ["syncer", "domain", "domain, baseline", "syncer, age"])
def test_shown_files_are_valid(marker: str) -> None:
    document = YAML(typ="safe").load(block_after(f"schema: {marker}"))
    name = marker.partition(",")[0]
    assert not [
        e.message for e in Draft202012Validator(resources.schema(name)).iter_errors(json.loads(json.dumps(document)))
    ]


def _commands() -> dict[str, click.Command]:
    """All commands as one types them; a group whose commands are told in one row is one."""
    context = cli.make_context("syncer", [], resilient_parsing=True)
    found: dict[str, click.Command] = {}
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        if name == "wire":
            assert isinstance(command, click.Group)
            inner = {one: command.get_command(context, one) for one in command.list_commands(context)}
            found |= {f"wire {one}": what for one, what in inner.items() if what}
        else:
            found[name] = command
    return found


def test_commands_and_options_are_those_that_there_are() -> None:
    table = re.search(r"\| command \| does \|\n\| --- \| --- \|\n(.*?)\n\n", README, re.DOTALL)
    assert table
    rows = dict(re.findall(r"^\| `syncer (wire \w+|\w+)([^`]*)`", table[1], re.MULTILINE))
    commands = _commands()
    assert list(rows) == list(commands)
    for name, usage in rows.items():
        own = {o for p in commands[name].params for o in p.opts if o.startswith("--")} - _COMMON
        if name == "wire show":
            own.add("--trace")  # the file that it reads
        if name != "emulator":
            assert set(re.findall(r"--[\w-]+", usage)) == own, name


def test_exit_codes_are_those_of_the_errors() -> None:
    from syncer import errors

    told = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.SyncerError)]
    assert {c.exit_code for c in classes} | {0, 2} == told


@pytest.fixture(scope="module")
def ten_minutes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each command of the story prints, in order, against an emulator; by the marker of its block."""
    folder = tmp_path_factory.mktemp("story")
    har_of(folder, replace(clicked("conventional"), url=URL))
    with served(None, fill) as service:
        more = "    wire_profile: wire/production.yaml\n"
        settings = (
            f"servers:\n  production:\n    url: {service.running.url}\n    password: {{env: SYNCER_PASSWORD}}\n{more}"
        )
        assert run("init", ".", cwd=folder).returncode == 0
        (folder / "syncer.yaml").write_text(f"version: 1\n{settings}files: [domains]\n", "utf-8")
        told = {}
        for marker, before in (
            ("wire learn", ""),
            ("doctor", ""),
            ("wire verify", ""),
            ("wire show --trace", "plan --trace bug.trace"),
        ):
            for line in filter(None, (before, block_after(marker).partition("\n")[0].removeprefix("$ syncer "))):
                done = run(*line.split(), cwd=folder, SYNCER_PASSWORD="emulator")
                assert done.returncode == 0, (line, done.stdout, done.stderr)
            told[marker] = done.stderr + done.stdout
    return told


@pytest.mark.parametrize("marker", ["wire learn", "doctor", "wire verify", "wire show --trace"])
def test_the_ten_minutes_are_real(marker: str, ten_minutes: dict[str, str]) -> None:
    """Each part between `…` is printed like that, but for times, random names and sizes that differ by run."""
    _, shown = block_after(marker).split("\n", 1)
    printed = _same_each_time(ten_minutes[marker])
    place = 0
    for part in _same_each_time(shown).split("…\n"):
        found = printed.find(part, place)
        assert found >= 0, part
        place = found + len(part)
    assert place == len(printed)


def _same_each_time(text: str) -> str:
    text = re.sub(r"syncer-verify-[0-9a-f]{8}", "syncer-verify-f11477cd", text)
    text = re.sub(r"\d\d:\d\d:\d\d\.\d{6}", "13:00:00.000000", text)
    return re.sub(r"\d+ ms|\(\d+ bytes\)", "1", text)


def test_pictures_are_there() -> None:
    shown = set(re.findall(r"\.github/pictures/([\w-]+\.png)", README))
    assert shown == {path.name for path in PICTURES.iterdir()}
