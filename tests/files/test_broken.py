"""Broken files: what `syncer validate` prints of each, to the letter; and those that no repository can hold."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from syncer.files import sources
from syncer.files.documents import Parsed
from syncer.files.sources import MAX_YAML, MIB
from tests.files.broken import CASES, printed, stored, told
from tests.files.conftest import Repository

PLACED = re.compile(r"(\S+\.yaml):(\d+):(\d+): ")


@pytest.mark.parametrize("case", CASES)
def test_a_broken_file(case: str, tmp_path: Path) -> None:
    """If it is to be so: python -m tests.files.broken, and read the diff."""
    assert told(case, tmp_path) == stored()[case]


def test_every_file_is_told_and_nothing_else() -> None:
    assert list(stored()) == list(CASES)
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", CASES)
def test_each_line_names_a_place_that_is_there(case: str) -> None:
    *lines, code = stored()[case].splitlines()
    content = CASES[case].read_bytes()
    text = content.decode("utf-8", "replace").removeprefix("\ufeff").splitlines() or [""]

    assert code == "exit code 1"
    assert lines
    for line in lines:
        match = PLACED.match(line)
        assert match, line
        number, column = int(match[2]), int(match[3])
        assert number <= len(text) + 1, line
        assert number > len(text) or column <= len(text[number - 1]) + 1, line


@pytest.mark.parametrize("case", [case for case in CASES if case.startswith("secret") or "password" in case])
def test_a_secret_is_never_told(case: str) -> None:
    assert "hunter2" not in stored()[case]


def _told(repository: Repository) -> list[str]:
    *lines, code = printed(repository.root).splitlines()
    assert code == "exit code 1"
    return lines


def test_larger_than_the_limit(repository: Repository) -> None:
    with (repository.root / "domains" / "a.yaml").open("wb") as file:
        file.truncate(MAX_YAML + 1)

    assert _told(repository) == ["domains/a.yaml: larger than 64 MiB; split it"]


def test_fifty_megabytes_of_brackets(repository: Repository) -> None:
    repository.write("domains/a.yaml", b"domain: x\nextra: " + b"[" * (50 * MIB))

    assert _told(repository) == ["domains/a.yaml:2:107: nested more than 100 levels deep; flatten it"]


def test_fifty_megabytes_of_one_text(repository: Repository) -> None:
    repository.write("domains/a.yaml", b"domain: x\nid: '" + b"x" * (50 * MIB) + b"'\n")

    assert _told(repository) == ["domains/a.yaml:2:5: id is a text, not a whole number from 0 up"]


def test_links_that_lead_nowhere(repository: Repository) -> None:
    folder = repository.root / "domains"
    (folder / "a.yaml").symlink_to("b.yaml")
    (folder / "b.yaml").symlink_to("a.yaml")
    (folder / "gone.yaml").symlink_to("nowhere.yaml")
    (folder / "inside").mkdir()
    (folder / "inside" / "up").symlink_to("..")  # a folder is looked into once
    repository.write("domains/inside/x.yaml", "domain: x\n")

    assert _told(repository) == [
        "domains/a.yaml: a symbolic link that leads back to itself; point it to a file",
        "domains/b.yaml: a symbolic link that leads back to itself; point it to a file",
        "domains/gone.yaml: there is no such file; correct the name",
    ]


def test_a_pipe_is_no_file(repository: Repository) -> None:
    """Opening one would wait for a writer."""
    os.mkfifo(repository.root / "domains" / "a.yaml")

    assert _told(repository) == ["domains/a.yaml: not a file; name a file"]


def test_a_file_that_disappears_before_it_is_read(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    path = repository.write("domains/a.yaml", "domain: x\n")
    look = sources.Source.read

    def remove_and_look(self: sources.Source) -> Parsed:
        if self.path == path:
            path.unlink()
        return look(self)

    monkeypatch.setattr(sources.Source, "read", remove_and_look)

    assert _told(repository) == ["domains/a.yaml: there is no such file; correct the name"]


def test_a_file_that_disappears_while_it_is_read(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    path = repository.write("domains/a.yaml", "domain: x\n")
    real_open = Path.open

    def remove_and_open(self: Path, *args: Any, **more: Any) -> Any:
        if self == path:
            path.unlink()
        return real_open(self, *args, **more)

    monkeypatch.setattr(Path, "open", remove_and_open)

    assert _told(repository) == ["domains/a.yaml: there is no such file; correct the name"]


@pytest.mark.parametrize(
    "said, meant",
    [
        ("desc: NO", "NO"),
        ("desc: Off", "Off"),
        ("desc: y", "y"),
        ("desc: 12:30:15", "12:30:15"),  # no number to the base of 60
        ("desc: 1e", "1e"),
        ("desc: 0x", "0x"),
        ("desc: 1.2.3.4", "1.2.3.4"),
        ("desc: 2024-13", "2024-13"),
    ],
)
def test_what_looks_like_something_else_to_older_yaml_is_a_text(repository: Repository, said: str, meant: str) -> None:
    assert repository.config(f"type: PHONE\n{said}\ncategories: []").address.name == meant


@pytest.mark.parametrize(
    "said, meant", [("030", 30), ("0o36", 30), ("0x1e", 30), ("+30", 30), ("3_0", 30), ("30.0", 30)]
)
def test_a_number_in_other_spellings(repository: Repository, said: str, meant: int) -> None:
    """YAML 1.2: a leading zero does not mean base 8."""
    assert repository.config(f"type: PHONE\nframeSize: {said}\ncategories: []").fields["frameSize"] == meant
