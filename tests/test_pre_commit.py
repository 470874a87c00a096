"""`.pre-commit-hooks.yaml`: what pre-commit reads, and what it would run."""

import shlex
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.cli.running import Done, syncer
from tests.files.conftest import SETTINGS

MANIFEST = Path(__file__).parent.parent / ".pre-commit-hooks.yaml"
HOOKS: dict[str, dict[str, Any]] = {hook["id"]: hook for hook in YAML(typ="safe").load(MANIFEST)}
TIDY = "domain: example.com\nconfigs:\n  - type: MEDIA\n    desc: media\n    categories: [Phones]\n"
UNTIDY = TIDY.replace("    desc", "    'desc'")
FILES = ["customers/domains/example.com.yaml", "customers/syncer.yaml", ".github/workflows/ci.yaml", "README.md"]


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A git work tree with a configuration repository in a folder, and other files."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("on: push\n")
    (tmp_path / ".git").mkdir()
    (tmp_path / "customers/syncer.yaml").write_text(SETTINGS)
    (tmp_path / FILES[0]).write_text(TIDY)
    return tmp_path


async def _run(hook: str, top: Path, *files: str) -> Done:
    """As pre-commit does: the entry's words, then the files, in the top folder, without a person's environment."""
    command, *args = shlex.split(HOOKS[hook]["entry"])
    assert command == "syncer"
    return await syncer(*args, *files, cwd=top)


def test_the_manifest_says_what_pre_commit_needs() -> None:
    assert set(HOOKS) == {"syncer-validate", "syncer-fmt"}
    for hook in HOOKS.values():
        assert {"id", "name", "description", "entry", "language", "types", "require_serial"} == hook.keys()
        assert hook["language"] == "python"  # pre-commit installs this very repository
        assert hook["require_serial"] is True  # two at once would look at the same files


async def test_valid_files_pass(top: Path) -> None:
    done = await _run("syncer-validate", top, *FILES)

    assert (done.code, done.out, done.err) == (0, "valid: 1 domain, 0 categories, 1 config\n", "")


async def test_a_mistake_is_told_from_the_top(top: Path) -> None:
    (top / FILES[0]).write_text(TIDY.replace("desc:", "dsc:"))

    done = await _run("syncer-validate", top, *FILES)

    told = "customers/domains/example.com.yaml:4:5: unknown field dsc; did you mean desc?\n"
    assert (done.code, done.out, done.err) == (1, "", told)


async def test_a_file_that_another_breaks_is_told_though_only_that_is_named(top: Path) -> None:
    (top / FILES[0]).write_text(TIDY + "    dsc: x\n")

    done = await _run("syncer-validate", top, "customers/syncer.yaml")

    assert done.code == 1


async def test_secrets_of_a_pipeline_need_not_be_there(top: Path) -> None:
    secrets = "    turnServer: turn.example.com\n    turnPassword: {env: NOWHERE}\n"
    other = "  - {type: MEDIA, desc: b, categories: [B], turnServer: t, turnPassword: {file: /nowhere}}\n"
    (top / FILES[0]).write_text(TIDY + secrets + other)

    assert (await _run("syncer-validate", top, FILES[0])).code == 0


async def test_files_of_no_repository_are_nobodys_business(top: Path) -> None:
    validated = await _run("syncer-validate", top, ".github/workflows/ci.yaml")
    formatted = await _run("syncer-fmt", top, ".github/workflows/ci.yaml")

    told = "warning: none of these paths is in a configuration repository, so nothing was checked\n"
    assert (validated.code, validated.err) == (0, told)
    assert (formatted.code, formatted.err) == (0, "none of these is a file that syncer.yaml names\n")
    assert (top / ".github/workflows/ci.yaml").read_text() == "on: push\n"


async def test_files_get_their_form(top: Path) -> None:
    (top / FILES[0]).write_text(UNTIDY)

    done = await _run("syncer-fmt", top, *(name for name in FILES if name.endswith(".yaml")))

    assert (done.code, done.out, done.err) == (0, f"{FILES[0]}\n", "")
    assert (top / FILES[0]).read_text() == TIDY
    assert (await _run("syncer-fmt", top, FILES[0])).out == ""


async def test_two_repositories_of_one_work_tree(top: Path) -> None:
    (top / "own/domains").mkdir(parents=True)
    (top / "own/syncer.yaml").write_bytes((top / "customers/syncer.yaml").read_bytes())
    (top / "own/domains/a.yaml").write_text("domain: a\nconfigs:\n")

    done = await _run("syncer-validate", top, FILES[0], "own/domains/a.yaml")

    told = (
        "own/domains/a.yaml:2:1: nothing stands after configs; write [] if there are to be none, or leave the key out"
    )
    assert (done.code, done.err) == (1, f"{told}\n")
