"""jsonschema, ajv and syncer's own `validate` agree on what is good, as far as a schema can say it."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from syncer import resources
from syncer.errors import ProblemsError
from syncer.files.documents import parse, plain
from tests.files.conftest import Repository
from tests.schemas.documents import BASELINES, BROKEN_TEXTS, GOOD_TEXTS, shipped
from tests.schemas.tools import ajv, needs_ajv

EXAMPLES = resources.directory("examples")


def data(text: str) -> list[Any]:
    """The documents of a YAML text, as YAML 1.2 reads them."""
    parsed = parse(text)
    assert not parsed.mistakes
    return [plain(document) for document in parsed.documents]


def complaints(text: str) -> list[str]:
    validator = Draft202012Validator(resources.schema("domain"))
    return [error.message for document in data(text) for error in validator.iter_errors(document)]


@pytest.mark.parametrize("text", GOOD_TEXTS.values(), ids=list(GOOD_TEXTS))
def test_a_good_document(repository: Repository, text: str) -> None:
    assert complaints(text) == []
    repository.write("domains/a.yaml", text)
    repository.load({"TURN": "secret"})


@pytest.mark.parametrize("text", BROKEN_TEXTS.values(), ids=list(BROKEN_TEXTS))
def test_a_broken_document(repository: Repository, text: str) -> None:
    assert complaints(text) != []
    repository.write("domains/a.yaml", text)
    with pytest.raises(ProblemsError):
        repository.load({"TURN": "secret"})


@pytest.mark.parametrize("text", BASELINES)
def test_a_baseline(repository: Repository, text: str) -> None:
    assert complaints(text) == []
    repository.write("domains/a.yaml", f"{text}\n---\ndomain: x.a\n")
    repository.load()


@pytest.mark.parametrize("path", shipped(), ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_what_is_shipped(path: Any) -> None:
    assert complaints(path.read_text("utf-8")) == []


def told_by_ajv(texts: Sequence[tuple[str, str]]) -> list[list[str]]:
    """What ajv says to texts, each with the name of its schema."""
    documents = [data(text) for _, text in texts]
    told = iter(ajv([(name, one) for (name, _), ones in zip(texts, documents, strict=True) for one in ones]))
    return [[one for one in islice(told, len(ones)) if one is not None] for ones in documents]


@needs_ajv
def test_ajv_is_strict_and_agrees() -> None:
    good = [*GOOD_TEXTS.values(), *(path.read_text("utf-8") for path in shipped())]
    assert told_by_ajv([("domain", text) for text in good]) == [[]] * len(good)
    told = told_by_ajv([("domain", text) for text in BROKEN_TEXTS.values()])
    assert [text for text, one in zip(BROKEN_TEXTS.values(), told, strict=True) if not one] == []


@needs_ajv
def test_ajv_takes_the_other_files_too() -> None:
    texts = [
        ("syncer", (EXAMPLES / "syncer.yaml").read_text("utf-8")),
        ("syncer", (EXAMPLES / "starter/syncer.yaml").read_text("utf-8")),
        ("wire-profile", resources.wire_profile("conventional") or ""),
    ]
    assert told_by_ajv(texts) == [[]] * len(texts)
    assert [] not in told_by_ajv([(name, "{}") for name in resources.schema_names()])
