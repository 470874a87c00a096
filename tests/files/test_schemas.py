"""The loader's verdict is the schema's: what it takes, a bare jsonschema validation of the whole document takes too."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from syncer import resources
from syncer.files.documents import Items, Map, parse
from syncer.files.entries import Reader
from syncer.files.inheritance import Inheritance
from syncer.files.schemas import complaints, inlined
from syncer.files.secrets import References
from syncer.files.sources import Source, Spot
from syncer.files.variables import Scope
from syncer.model.address import Kind
from syncer.model.fields import config_types, fields_of
from tests.files.conftest import Repository

NAMES = sorted({name for config_type in config_types() for name in fields_of(Kind.CONFIG, config_type)})
NO_BASELINES = Inheritance(Scope("x", {}))
COMMON = ["desc", "categories", "id", "state", "ignore", "extra", "renamed_from", "nonsense"]
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([None, "", True, False, 0, 1, 15, 20, 80.0, 20.5, 184, 256, 2052, 70000, -1]),
    st.sampled_from(["a", "GERMANY", "germany", "G722", "strict", "0xb8", "0xB", "b8", "absent", "present", "SDES"]),
    st.sampled_from([[], ["a"], ["a", "a"], [1], {}, {"env": "X"}, {"file": "x"}, {"a": 1}, {"env": "X", "file": "x"}]),
)
CONFIG = st.fixed_dictionaries(
    {"type": st.sampled_from([*config_types(), "TRUST_LIST", "", 5])},
    optional=dict.fromkeys(COMMON, VALUES),
).flatmap(
    lambda common: st.dictionaries(st.sampled_from(_names_of(common["type"])), VALUES, max_size=4).map(
        lambda own: common | own
    )
)


def _names_of(config_type: Any) -> list[str]:
    return [*fields_of(Kind.CONFIG, str(config_type)), NAMES[0]]


class _Kept(References):
    """References as they stand, since the schema does not look behind them either."""

    def __init__(self) -> None:
        pass

    def secret(self, value: Any, spot: Spot) -> Any:
        return value

    def script(self, name: str, spot: Spot) -> Any:
        return name


@settings(max_examples=400, deadline=None)
@given(CONFIG)
def test_the_verdict_on_a_config(config: dict[str, Any]) -> None:
    document = {"domain": "x", "configs": [config]}
    source = _SourceOf(json.dumps(document))

    Reader(_Kept()).part(source.documents[0], Spot(source, (0,)), NO_BASELINES)

    schema = Draft202012Validator(resources.schema("domain"))
    beyond = (
        "a config must say",
        "goes past port",
        "overlap",
        "ignore: there",
        "renamed_from is the",
        "renamed_from tog",
        "under extra;",
    )
    told = [str(problem) for problem in source.problems if not any(one in str(problem) for one in beyond)]
    assert bool(told) is not schema.is_valid(document), told


class _SourceOf(Source):
    """A source from text."""

    def __init__(self, text: str) -> None:
        super().__init__(Path(), Path("a.yaml"))
        self.documents = parse(text, located=True).documents
        self._located: Items | None = self.documents


@pytest.mark.parametrize("name", ["domain", "syncer", "receipt", "record", "plan", "journal", "wire-profile"])
def test_references_are_written_in(name: str) -> None:
    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [one for key, item in part.items() if key != "$defs" for one in references(item)]
        return [one for item in part for one in references(item)] if isinstance(part, list) else []

    assert references(inlined(name)) == []


def test_a_reference_to_itself_is_left_to_jsonschema(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = {
        "$ref": "#/$defs/node",
        "$defs": {"node": {"type": "object", "properties": {"below": {"$ref": "#/$defs/node", "maxProperties": 1}}}},
    }
    monkeypatch.setattr(resources, "schema", lambda _: tree)
    inlined.cache_clear()

    found = [(c.path, c.what) for c in complaints("tree", {"below": {"below": {"below": 5}}})]

    inlined.cache_clear()
    assert found == [(("below", "below", "below"), "below is a number, not a mapping")]


def test_a_reader_learns_from_one_document_to_the_next(repository: Repository) -> None:
    """Values that were judged once are not judged again, whatever file they stand in."""
    reader = Reader(References(repository.root, {}))
    source = _SourceOf('{"domain": "x", "configs": [{"type": "NTP", "categories": [], "tz": "CET"}]}')
    first = reader.part(source.documents[0], Spot(source, (0,)), NO_BASELINES)
    second = reader.part(source.documents[0], Spot(source, (0,)), NO_BASELINES)

    assert first is not None
    assert second is not None
    assert first.configs == second.configs
    assert isinstance(source.documents[0], Map)
