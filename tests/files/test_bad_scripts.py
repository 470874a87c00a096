"""Scripts that a file names and syncer does not take."""

from pathlib import Path

import pytest

from syncer.files import secrets
from tests.files.conftest import Repository

ENTRY = "type: EXPERT\ncategories: []\nscript: {{file: {}}}"
OUTSIDE = "outside the repository; name a file inside it, relative to this one"


def _told(repository: Repository, name: str) -> list[str]:
    return repository.config_problems(ENTRY.format(name))


@pytest.mark.parametrize("name", ["../../x.txt", "/etc/hostname", "../scripts/../../x.txt"])
def test_outside(repository: Repository, name: str) -> None:
    assert _told(repository, name) == [f"domains/a.yaml:5:13: the file {name} is {OUTSIDE}"]


def test_outside_by_a_symbolic_link(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "x.txt"
    elsewhere.write_text("secret")
    (repository.root / "domains" / "x.txt").symlink_to(elsewhere)

    assert _told(repository, "x.txt") == [f"domains/a.yaml:5:13: the file x.txt is {OUTSIDE}"]


def test_missing(repository: Repository) -> None:
    told = "domains/a.yaml:5:13: the file ../scripts/x.txt: there is no such file; correct the name"

    assert _told(repository, "../scripts/x.txt") == [told]


def test_no_file(repository: Repository) -> None:
    assert _told(repository, ".") == ["domains/a.yaml:5:13: the file .: not a file; name a file"]


def test_no_text(repository: Repository) -> None:
    repository.write("domains/x.txt", b"fine\nnot \xe4 fine")

    told = "domains/a.yaml:5:13: the file x.txt: no UTF-8 text at 2:5; save it as UTF-8"
    assert _told(repository, "x.txt") == [told]


def test_too_large(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "MAX_SCRIPT", 1024 * 1024)
    repository.write("domains/x.txt", b"x" * (1024 * 1024 + 1))

    assert _told(repository, "x.txt") == ["domains/a.yaml:5:13: the file x.txt: larger than 1 MiB; split it"]


def test_a_link_that_leads_back_to_itself(repository: Repository) -> None:
    link = Path(repository.root / "domains" / "x.txt")
    link.symlink_to("x.txt")

    told = "domains/a.yaml:5:13: the file x.txt: a symbolic link that leads back to itself; point it to a file"
    assert _told(repository, "x.txt") == [told]


@pytest.mark.parametrize(
    "value, told",
    [
        ("{path: x.txt}", "script is a mapping, not a text or {file: PATH}"),
        ("{file: ''}", "script is a mapping, not a text or {file: PATH}"),
        ("[a]", "script is a list, not a text or {file: PATH}"),
        ("12", "script is a number, not a text or {file: PATH}; put it in quotes"),
    ],
)
def test_a_script_of_another_kind(repository: Repository, value: str, told: str) -> None:
    found = repository.config_problems(f"type: EXPERT\ncategories: []\nscript: {value}")

    assert found == [f"domains/a.yaml:5:13: {told}"]
