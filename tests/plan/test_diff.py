"""Field-level differences."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.model.address import Kind
from syncer.model.fields import config_types, fields_of
from syncer.model.plan import HIDDEN, FieldDiff
from syncer.model.state import CategoryRef
from syncer.model.values import Secret
from syncer.plan.diff import differences, same, view_of_live
from tests import strategies
from tests.plan import factories as make

View = dict[str, Any]
NONE: frozenset[str] = frozenset()


def diff(before: View, after: View, config_type: str = "PHONE", hidden: frozenset[str] = NONE) -> list[FieldDiff]:
    return list(differences(before, after, Kind.CONFIG, config_type, hidden))


def told(found: list[FieldDiff]) -> list[tuple[str, Any, Any]]:
    return [(one.path, one.before, one.after) for one in found]


def extra(before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    return told(diff({"extra": {"new": before}}, {"extra": {"new": after}}))


def test_nothing_differs() -> None:
    view = {"desc": "x", "categories": ["a"], "gk1": "1", "extra": {"new": [1, {"a": None}]}}
    assert diff(view, copy.deepcopy(view)) == []


def test_the_order_is_that_of_the_schema_with_unknown_fields_last() -> None:
    after = {
        "extra": {"zz": 1, "aa": 2},
        "dialTone": 1,
        "coder": "G722",
        "gk2": "b",
        "gk1": "a",
        "categories": ["x"],
        "desc": "d",
    }
    paths = [one.path for one in diff({}, after)]
    assert paths == ["desc", "categories", "gk1", "gk2", "coder", "dialTone", "extra.aa", "extra.zz"]


def test_unset_is_none_on_both_sides() -> None:
    found = told(diff({"gk1": "a", "exclusive": True}, {"gk2": "b"}))
    assert found == [("gk1", "a", None), ("gk2", None, "b"), ("exclusive", True, None)]


def test_labels_stand_for_numbers() -> None:
    found = told(diff({"dialTone": 0, "srtpKey": 4}, {"dialTone": 15, "srtpKey": 0, "srtpCipher": 1}))
    assert found == [
        ("srtpKey", "No encryption", "SDES-DTLS"),
        ("srtpCipher", None, "AES128/80"),
        ("dialTone", "EUROPE-PBX", "GERMANY"),
    ]


def test_a_number_without_a_label_stands_for_itself() -> None:
    assert told(diff({"dialTone": 99}, {"dialTone": 26})) == [("dialTone", 99, "BRAZIL")]


def test_bytes_are_written_as_hex() -> None:
    found = told(diff({"tosRtp": 0xB8}, {"tosRtp": 0, "tosSig": 8}, "MEDIA"))
    assert found == [("tosRtp", "0xb8", "0x00"), ("tosSig", None, "0x08")]


def test_a_value_that_fits_no_type_is_shown_as_it_came() -> None:
    found = told(diff({"gk1": {"a": [1, 2]}, "dialTone": "loud"}, {"gk1": {"a": [1, 3]}, "dialTone": 0}))
    assert found == [("dialTone", "loud", "EUROPE-PBX"), ("gk1.a[1]", 2, 3)]
    assert told(diff({"gk1": [1]}, {"gk1": "x"})) == [("gk1", [1], "x")]


def test_categories_are_shown_as_whole_lists() -> None:
    assert told(diff({"categories": ["a", "b"]}, {"categories": []})) == [("categories", ["a", "b"], [])]
    assert told(diff({}, {"categories": []})) == [("categories", None, [])]


def test_categories_are_compared_as_a_set_of_names() -> None:
    a, b = make.live_category("a", 1), make.live_category("b", 2)
    one = view_of_live(make.live_config("PHONE", "x", 1, categories=[b, a, a]))
    other = view_of_live(make.live_config("PHONE", "x", 1, categories=[a, b]))
    assert same(one, other)
    assert one["categories"] == ["a", "b"]


def test_a_category_that_is_not_there_shows_its_id() -> None:
    view = view_of_live(make.live_config("PHONE", "x", 1, categories=[CategoryRef(77, None)]))
    assert view["categories"] == ["#77"]


def test_no_desc_is_unset() -> None:
    assert "desc" not in view_of_live(make.live_config("PHONE", "", 1))
    assert told(diff({"desc": "x"}, {})) == [("desc", "x", None)]


@pytest.mark.parametrize("kind", [Kind.DOMAIN, Kind.CATEGORY])
def test_a_rename_is_a_difference_of_the_name(kind: Kind) -> None:
    found = differences({"name": "a"}, {"name": "b"}, kind, "", NONE)
    assert told(list(found)) == [("name", "a", "b")]


def test_unknown_fields_are_compared_deeply() -> None:
    assert extra({"a": [1, {"b": 2}], "c": 3}, {"a": [1, {"b": 4}], "d": 3}) == [
        ("extra.new.a[1].b", 2, 4),
        ("extra.new.c", 3, None),
        ("extra.new.d", None, 3),
    ]
    assert extra([1, 2], [1]) == [("extra.new[1]", 2, None)]
    assert extra([1, 2, 3], [0, 1, 2, 3]) == [
        ("extra.new[0]", 1, 0),
        ("extra.new[1]", 2, 1),
        ("extra.new[2]", 3, 2),
        ("extra.new[3]", None, 3),
    ]


def test_a_whole_structure_that_comes_goes_or_changes_its_kind() -> None:
    assert told(diff({"extra": {"a": {"b": 1}}}, {})) == [("extra.a", {"b": 1}, None)]
    assert extra({"b": 1}, [1]) == [("extra.new", {"b": 1}, [1])]
    assert extra({"b": 1}, "x") == [("extra.new", {"b": 1}, "x")]


@pytest.mark.parametrize(
    "before, after",
    [(1, True), (1, 1.0), (0, False), (True, 1.0), ("1", 1), (2**53, float(2**53)), ("a", "a "), ("", [])],
)
def test_unknown_values_are_compared_to_the_letter(before: object, after: object) -> None:
    assert extra(before, after) == [("extra.new", before, after)]
    assert type(extra(before, after)[0][1]) is type(before)
    assert extra([before], [after]) == [("extra.new[0]", before, after)]
    assert extra({"k": before}, {"k": after}) == [("extra.new.k", before, after)]


def test_zero_and_minus_zero_differ() -> None:
    assert extra(0.0, -0.0) == [("extra.new", 0.0, -0.0)]
    assert extra([0.0], [-0.0]) == [("extra.new", [0.0], [-0.0])]


def test_a_null_inside_that_comes_or_goes_shows_the_whole() -> None:
    assert extra([1], [1, None]) == [("extra.new", [1], [1, None])]
    assert extra({"a": None, "b": 1}, {"b": 2}) == [("extra.new", {"a": None, "b": 1}, {"b": 2})]
    assert extra({"a": None}, {"a": 1}) == [("extra.new.a", None, 1)]


@pytest.mark.parametrize("key", ["__private", "_x", "root['a']", "a.b", "[0]", "", "'", '"', "a\nb", "*", "None", "1"])
def test_no_key_is_overlooked_and_each_has_its_own_path(key: str) -> None:
    nested = extra({key: 1, "ab": 1}, {key: 2, "ab": 2})
    flat = diff({"extra": {key: 1, "ab": 1}}, {"extra": {key: 2, "ab": 2}})
    assert len({path for path, _, _ in nested}) == 2
    assert len({one.path for one in flat}) == 2


def test_paths_cannot_be_mistaken() -> None:
    before = {"extra": {"a": {"b": 1, "0": [1]}, "a.b": 1, "a[0]": 1, "ä-x": 1}}
    after = {"extra": {"a": {"b": 2, "0": [2]}, "a.b": 2, "a[0]": 2, "ä-x": 2}}
    assert [one.path for one in diff(before, after)] == [
        "extra.a.b",
        'extra.a["0"][0]',
        "extra.ä-x",
        'extra["a.b"]',
        'extra["a[0]"]',
    ]


@pytest.mark.parametrize("depth", [50, 400])
def test_deep_structures(depth: int) -> None:
    before: Any = 1
    after: Any = 2
    for _ in range(depth):
        before, after = {"k": [before]}, {"k": [after]}
    found = extra(before, after)
    assert len(found) == 1
    assert found[0][0].startswith("extra.new")


@pytest.mark.parametrize("config_type, name", [("ALARM_SERVER", "logPassword"), ("MEDIA", "turnPassword")])
def test_a_secret_never_shows(config_type: str, name: str) -> None:
    one, other = {name: Secret("hunter2")}, {name: Secret("correct horse")}
    assert told(diff(one, other, config_type)) == [(name, HIDDEN, HIDDEN)]
    assert told(diff({}, one, config_type)) == [(name, None, HIDDEN)]
    assert told(diff(one, {}, config_type)) == [(name, HIDDEN, None)]
    assert diff(one, {name: Secret("hunter2", raw="beef")}, config_type) == []


def test_a_secret_that_cannot_be_read_differs_from_every_other() -> None:
    unreadable = {"logPassword": Secret(None, raw="zz")}
    assert told(diff(unreadable, {"logPassword": Secret("x")}, "ALARM_SERVER")) == [("logPassword", HIDDEN, HIDDEN)]
    assert not same(unreadable, {"logPassword": Secret(None, raw="zz")})
    assert same(unreadable, dict(unreadable))


def test_masked_fields_show_only_that_they_changed() -> None:
    hidden = frozenset({"script", "new", "desc", "categories"})
    before = {"desc": "old", "categories": ["a"], "script": "hunter2", "extra": {"new": {"p": "hunter2"}, "b": 1}}
    after = {"desc": "now", "categories": ["b"], "extra": {"new": {"p": "hunter3"}, "b": 2}}
    found = told(diff(before, after, "EXPERT", hidden))
    assert found == [
        ("desc", HIDDEN, HIDDEN),
        ("categories", HIDDEN, HIDDEN),
        ("script", HIDDEN, None),
        ("extra.b", 1, 2),
        ("extra.new", HIDDEN, HIDDEN),
    ]


def test_a_masked_field_that_is_the_same_is_no_difference() -> None:
    hidden = frozenset({"gk1", "new"})
    before = {"gk1": "a", "gk2": "a", "extra": {"new": 1}}
    assert told(diff(before, {**before, "gk2": "b"}, hidden=hidden)) == [("gk2", "a", "b")]


def test_a_masked_unknown_field_is_compared_to_the_letter() -> None:
    found = diff({"extra": {"new": 1}}, {"extra": {"new": True}}, hidden=frozenset({"new"}))
    assert told(found) == [("extra.new", HIDDEN, HIDDEN)]


def test_mask_extra_hides_all_unknown_fields() -> None:
    found = diff({"extra": {"new": 1}}, {"extra": {"new": 2, "b": 1}}, hidden=frozenset({"extra"}))
    assert told(found) == [("extra.b", None, HIDDEN), ("extra.new", HIDDEN, HIDDEN)]


def test_hiding_does_not_share_one_value() -> None:
    found = diff({"gk1": "a"}, {"gk1": "b"}, hidden=frozenset({"gk1"}))
    assert found[0].before is not HIDDEN
    assert found[0].before == HIDDEN


@pytest.mark.parametrize("end", ["y", ""])
def test_long_scripts_are_one_difference(end: str) -> None:
    script = "config change TEL1 /on\n" * 230_000  # 5 MB
    assert len(diff({"script": script}, {"script": script[1:] + end}, "EXPERT")) == 1
    assert len(diff({"extra": {"s": [script]}}, {"extra": {"s": [script[1:] + end]}}, "OTHER")) == 1


def _views(config_type: str) -> st.SearchStrategy[View]:
    known = strategies.known_fields(Kind.CONFIG, config_type)
    names = st.lists(st.sampled_from(strategies.CATEGORIES), max_size=2)
    return st.builds(
        lambda fields, extra, listed: {
            "desc": "x",
            "categories": listed,
            **fields,
            **({"extra": extra} if extra else {}),
        },
        known,
        strategies.extras(),
        names,
    )


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_there_are_differences_if_and_only_if_two_are_not_the_same(data: st.DataObject) -> None:
    config_type = data.draw(st.sampled_from((*config_types(), "OTHER")))
    before = data.draw(_views(config_type))
    after = data.draw(_views(config_type) | st.just(copy.deepcopy(before)))
    hidden = data.draw(st.frozensets(st.sampled_from(("gk1", "script", "newField", "categories", "extra"))))
    found = differences(before, after, Kind.CONFIG, config_type, hidden)
    assert bool(found) == (not same(before, after))
    assert len({one.path for one in found}) == len(found)
    assert [one.path for one in found] == [
        one.path for one in differences(after, before, Kind.CONFIG, config_type, hidden)
    ]
    json.dumps([[one.before, one.after] for one in found])
    assert not any(
        one.path in fields_of(Kind.CONFIG, config_type) and one.before == one.after
        for one in found
        if one.before != HIDDEN
    )


@settings(max_examples=100, deadline=None)
@given(strategies.json_values(), strategies.json_values())
def test_unknown_values_differ_if_and_only_if_their_texts_do(one: Any, other: Any) -> None:
    texts = {json.dumps(value, sort_keys=True) for value in (one, other)}
    assert bool(extra(one, other)) == (len(texts) == 2)
