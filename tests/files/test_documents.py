"""YAML text to data, held against ruamel.yaml's own safe loader."""

import io
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from syncer.files.documents import parse, plain, position

LIKE_OTHERS = re.findall(
    r"\S+",
    "~ null Null NULL nULL true True TRUE tRUE false False yes no on off y n 0 1 -1 +1 012 0o17 017 08 0x1F 0X1F 0b101 "
    "1_000 _1 1_ 0_ 0. .5 -.5 +.5 1.5 1. 1.e3 1e3 1e+3 1E-3 1.5e3 .5e3 .5e+3 1e 1e+ e3 . .. -- + 1-2 12:30 190:20:30 "
    "1.2.3 172.16.0.1 0xg 0o8 0b2 a 1a ~a nulls = 2024-1-1 20240101 2024 .infinity",
)


def _theirs(text: str) -> Any:
    return YAML(typ="safe", pure=False).load(io.StringIO(text))


@pytest.mark.parametrize("scalar", LIKE_OTHERS)
def test_plain_scalars_read_as_ruamel_reads_them(scalar: str) -> None:
    parsed = parse(f"a: {scalar}")

    assert parsed.mistakes == []
    ours = parsed.documents[0]["a"]
    try:
        theirs = _theirs(f"a: {scalar}")["a"]
    except YAMLError:  # it knows `=` and then does not know what to make of it
        assert scalar == ours == "="
        return
    assert ours == theirs
    assert type(ours) is type(theirs)


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)),
        max_leaves=20,
    ),
    st.booleans(),
)
def test_what_ruamel_writes_reads_as_it_was(value: Any, flow: bool) -> None:
    yaml = YAML(typ="safe", pure=False)
    yaml.default_flow_style = flow
    stream = io.StringIO()
    yaml.dump({"value": value}, stream)

    parsed = parse(stream.getvalue(), located=True)

    assert parsed.mistakes == []
    assert json.dumps(parsed.documents[0], sort_keys=True) == json.dumps({"value": value}, sort_keys=True)


@given(st.text("ab:-[]{},'\"\n #&*!|>%@`?\t~<.0", max_size=30))
def test_any_text_is_read_or_told(text: str) -> None:
    parsed = parse(text)

    try:
        theirs = list(YAML(typ="safe", pure=False).load_all(io.StringIO(text)))
    except Exception:  # noqa: BLE001  (its constructors raise what they like)
        return
    if not parsed.mistakes:
        assert plain(parsed.documents) == theirs


@given(st.text())
def test_nothing_but_a_result_comes_of_any_text(text: str) -> None:
    parsed = parse(text, located=True)

    assert parsed.complete or parsed.mistakes


TEXT = """\
domain: x
configs:
  - type: PHONE
    gk1:  "a"
    categories: [A, 'B']
  - {type: NTP,
     tz: CET}
---
extra: {a: {b: [1, 2]}}
"""


@pytest.mark.parametrize(
    "steps, of_key, place",
    [
        ((0,), False, (1, 1)),
        ((0, "domain"), False, (1, 9)),
        ((0, "domain"), True, (1, 1)),
        ((0, "configs"), False, (3, 3)),
        ((0, "configs", 0), False, (3, 5)),
        ((0, "configs", 0, "gk1"), False, (4, 11)),
        ((0, "configs", 0, "gk1"), True, (4, 5)),
        ((0, "configs", 0, "categories", 1), False, (5, 21)),
        ((0, "configs", 1, "tz"), False, (7, 10)),
        ((1, "extra", "a", "b", 1), False, (9, 20)),
        ((0, "configs", 0, "missing"), False, (3, 5)),  # the nearest thing around it
        ((0, "nowhere", "at all"), False, (1, 1)),
        ((5,), False, (1, 1)),
    ],
)
def test_places(steps: tuple[str | int, ...], of_key: bool, place: tuple[int, int]) -> None:
    assert position(parse(TEXT, located=True).documents, steps, of_key=of_key) == place


def test_each_mapping_knows_its_place_without_being_asked() -> None:
    configs = parse(TEXT).documents[0]["configs"]

    assert [(one.line, one.column) for one in configs] == [(3, 5), (6, 5)]
    assert configs[0].places is None


def test_a_text_that_breaks_off_keeps_what_was_complete() -> None:
    parsed = parse("a: 1\nb:\n  - c: 2\n  - d: 'x\n")

    assert parsed.documents == [{"a": 1, "b": [{"c": 2}]}]
    assert not parsed.complete
    assert len(parsed.mistakes) == 1


def test_keys_are_one_object() -> None:
    first, second = parse("- {some_key: 1}\n- {some_key: 2}").documents[0]

    assert next(iter(first)) is next(iter(second))
