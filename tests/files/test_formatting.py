"""The canonical form: what becomes of nasty files, that nothing is lost on the way, and that it is reached at once."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from syncer.files.documents import parse
from syncer.files.formatting import formatted, same_meaning
from syncer.resources import directory
from tests.files.layouts import comments_of, texts

CORPUS = Path(__file__).parent / "formatting"
NAMES = sorted(path.stem for path in CORPUS.glob("*.yaml") if ".formatted" not in path.name)


def _read(name: str) -> str:
    return (CORPUS / name).read_bytes().decode()


def test_the_corpus_is_there() -> None:
    assert len(NAMES) >= 28


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_the_corpus(name: str) -> None:
    before, after = _read(f"{name}.yaml"), _read(f"{name}.formatted.yaml")

    assert formatted(before, "domain") == after
    assert formatted(after, "domain") == after
    assert same_meaning(before, after)
    assert comments_of(before) == comments_of(after)


OURS = [path for path in directory("examples").rglob("*.yaml") if "kubernetes" not in path.parts]


@pytest.mark.parametrize("path", sorted(OURS), ids=lambda path: path.name)
def test_the_examples_have_their_form(path: Path) -> None:
    text = path.read_text("utf-8")

    assert formatted(text, "syncer" if path.name == "syncer.yaml" else "domain") == text


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(texts())
def test_any_file_keeps_its_meaning_and_its_comments(written: tuple[str, int]) -> None:
    before, comments = written
    assume(not parse(before.removeprefix("\ufeff")).mistakes)

    after = formatted(before, "domain")

    assert same_meaning(before.removeprefix("\ufeff"), after)
    assert formatted(after, "domain") == after
    assert sorted(re.findall(r"#.*?c(\d+)c", after), key=int) == [str(one) for one in range(1, comments + 1)]
    assert "\r" not in after
    assert not after.startswith(("\ufeff", "\n"))
