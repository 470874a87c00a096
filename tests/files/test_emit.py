"""Texts as YAML: in quotes where they need them, and read the same by every reader."""

import io
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from syncer.files.documents import parse
from syncer.files.emit import block, flow, text
from syncer.files.sources import Source, Spot
from syncer.files.variables import Scope
from tests.files.lives import JSON, TRICKY

SAYABLE = [one for one in TRICKY if not any("\ud800" <= c <= "\udfff" for c in one)]
TEXTS = st.one_of(st.sampled_from(SAYABLE), st.text(), st.text("a0:# -'\"\n\t\\${}[],&*!|>%@`~.", max_size=15))


@pytest.mark.parametrize(
    "value, yaml",
    [
        ("HQ phones", "HQ phones"),
        ("172.16.0.1", "172.16.0.1"),
        ("https://a.example.com:8443/x?y=1&z", "https://a.example.com:8443/x?y=1&z"),
        ("CET-1CEST-2,M3.5.0/2", "CET-1CEST-2,M3.5.0/2"),
        ("it's here!", "it's here!"),
        ("&a", '"&a"'),
        ("'a'", "\"'a'\""),
        ("1,5", '"1,5"'),
        ("../secrets/a.txt", "../secrets/a.txt"),
        ("..", '".."'),
        ("turn.example.com:3478", "turn.example.com:3478"),
        ("Büro (2nd floor)", "Büro (2nd floor)"),
        ("😀", '"😀"'),
        ("OPUS-WB", "OPUS-WB"),
        ("", '""'),
        ("yes", '"yes"'),
        ("No", '"No"'),
        ("12:30", '"12:30"'),
        ("0x1f", '"0x1f"'),
        ("2024-01-01", '"2024-01-01"'),
        ("1e3", '"1e3"'),
        ("3com", "3com"),
        ("- a", '"- a"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ('say "hi" \\', '"say \\"hi\\" \\\\"'),
        ("a\tb\r\n\x07\x85\u202e\U000e0001", '"a\\tb\\r\\n\\x07\\x85\\u202e\\U000e0001"'),
        ("${x}", '"$${x}"'),
        ("$x", '"$x"'),
    ],
)
def test_texts(value: str, yaml: str) -> None:
    assert text(value) == yaml


def test_in_a_flow_a_colon_needs_quotes() -> None:
    assert flow(["a:b", "c"]) == '["a:b", c]'
    assert flow({"a:b": {"c": None}}) == '{"a:b": {c: null}}'
    assert flow(["a,b", "a?", "../a"]) == '["a,b", "a?", ../a]'


@pytest.mark.parametrize(
    "value, yaml",
    [
        ("a\nb\n", "|\n  a\n  b\n"),
        ("a\n\n  b", "|-\n  a\n\n    b\n"),
        ("${x}\ny", "|-\n  $${x}\n  y\n"),
        (" a\nb\n", '" a\\nb\\n"\n'),
        ("a\n\n", '"a\\n\\n"\n'),
        ("a\n \nb", '"a\\n \\nb"\n'),
        ("a\tb\nc", '"a\\tb\\nc"\n'),
        ("a\n" * 11, '"' + "a\\n" * 11 + '"\n'),
        ("one line", "one line\n"),
    ],
)
def test_texts_of_several_lines(value: str, yaml: str) -> None:
    assert block(value, "  ") + "\n" == yaml


def _ours(yaml: str) -> Any:
    parsed = parse(yaml)
    assert parsed.mistakes == []
    spot = Spot(Source(Path(), Path("a.yaml")), (0,))
    return Scope("example.com", {}).resolve(parsed.documents[0], spot).value


@given(TEXTS)
def test_a_text_is_read_as_it_was(value: str) -> None:
    assert _ours(f"k: {text(value)}\nl: [{text(value, in_flow=True)}]\n") == {"k": value, "l": [value]}


@given(TEXTS)
def test_lines_are_read_as_they_were(value: str) -> None:
    assert _ours(f"a:\n  - k: {block(value, '      ')}\n    l: x\n") == {"a": [{"k": value, "l": "x"}]}


@pytest.mark.parametrize("version", [(1, 1), (1, 2)])
@given(value=TEXTS)
def test_every_version_of_yaml_reads_the_same(version: tuple[int, int], value: str) -> None:
    yaml = YAML(typ="safe", pure=version == (1, 1))
    yaml.version = version
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = yaml.load(io.StringIO(f"k: {text(value)}\n"))

    assert found == {"k": value.replace("${", "$${")}


def _is_yaml(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_yaml, (*value, *value.values()))) and all(len(text(key)) < 1000 for key in value)
    if isinstance(value, list):
        return all(map(_is_yaml, value))
    if isinstance(value, float):
        return abs(value) < float("inf")
    return not isinstance(value, str) or not any("\ud800" <= c <= "\udfff" for c in value)


@given(JSON.filter(_is_yaml))
def test_data_is_read_as_it_was(value: Any) -> None:
    assert _ours(f"k: {flow(value)}\n") == {"k": value}
