"""What an entry makes of a live object."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model.address import Kind
from syncer.model.fields import Field, config_types, fields_of
from syncer.model.state import CategoryRef, Entry, LiveObject, Target
from syncer.model.values import Secret
from syncer.plan.diff import same, view_of_live, view_of_target
from syncer.plan.target import found_at, make_target, means, names, renamed
from tests import strategies
from tests.plan import factories as make

NONE: frozenset[str] = frozenset()
EVERY_FIELD = [(name, field) for name in config_types() for field in fields_of(Kind.CONFIG, name)]


def _some_value(field: Field) -> Any:
    if field.secret:
        return Secret("s")
    if field.by_number:
        return 3
    if field.type == "boolean":
        return True
    return (field.minimum or 1) if field.type == "integer" else (*field.choices, "x")[0]


def target(entry: Entry, live: LiveObject | None = None, ignored: frozenset[str] = NONE) -> Target:
    return make_target(entry, live, ignored)


def test_an_optional_field_that_is_left_out_is_unset() -> None:
    live = make.live_config("PHONE", "x", 1, gk1="172.16.0.1", exclusive=True)
    assert target(make.config("PHONE", "x"), live).fields == {}


@pytest.mark.parametrize(
    "config_type, values",
    [
        ("PHONE", {"coder": "OPUS-WB", "srtpKey": "2", "srtpCipher": "1", "dialTone": 15}),
        ("EXPERT", {"script": "mod cmd"}),
        ("NTP", {"ntp1": "a", "ntp2": "b", "tz": "CET"}),
        ("TLS_PROFILE", {"profile": "strict"}),
        ("ALARM_SERVER", {"setLogUrl": True}),
    ],
)
def test_a_field_that_is_not_optional_is_left_alone_where_it_is_left_out(
    config_type: str, values: dict[str, Any]
) -> None:
    live = make.live_config(config_type, "x", 1, **values)
    assert target(make.config(config_type, "x"), live).fields == live.fields


@pytest.mark.parametrize("config_type, name", EVERY_FIELD)
def test_every_field_left_out_is_unset_if_optional_else_left_alone(config_type: str, name: str) -> None:
    field = fields_of(Kind.CONFIG, config_type)[name]
    values: dict[str, Any] = {name: _some_value(field)}
    live = make.live_config(config_type, "x", 1, **values)
    assert live.fields
    kept = target(make.config(config_type, "x"), live).fields
    assert kept == ({} if field.optional else live.fields)
    assert target(make.config(config_type, "x")).fields == {}


@pytest.mark.parametrize("unset", [None, "", False])
def test_null_empty_and_false_unset_even_what_is_not_optional(unset: object) -> None:
    live = make.live_config("PHONE", "x", 1, gk1="1", coder="G722", srtpKey="0", dialTone=0, exclusive=True)
    entry = make.config("PHONE", "x", gk1=unset, coder=unset, srtpKey=unset, dialTone=unset, exclusive=unset)
    assert target(entry, live).fields == {}


def test_zero_is_unset_only_where_it_is_outside_the_range() -> None:
    media = make.config("MEDIA", "x", rtpFirst=0, rtpNum=0, natFirst=0, natNum=0, tosRtp=0, tosSig="0x00")
    assert target(media).fields == {"natNum": 0, "tosRtp": 0, "tosSig": 0}
    phone = make.config("PHONE", "x", frameSize=0, dialTone=0, srtpKey=0, srtpCipher="0")
    assert target(phone).fields == {"dialTone": 0, "srtpKey": 0, "srtpCipher": 0}


@given(st.data())
def test_all_spellings_of_a_value_are_one(data: st.DataObject) -> None:
    config_type, name = data.draw(st.sampled_from(EVERY_FIELD))
    field = fields_of(Kind.CONFIG, config_type)[name]
    if field.secret:
        return
    value = data.draw(strategies.normal_values(field))
    live = make.live_config(config_type, "x", 1, **{name: data.draw(strategies.spellings(field, value))})
    entry = make.config(config_type, "x", **{name: data.draw(strategies.spellings(field, value))})
    assert same(view_of_live(live), view_of_target(target(entry, live)))
    unset = make.live_config(config_type, "x", 1, **{name: data.draw(strategies.unset_spellings(field))})
    none = make.config(config_type, "x", **{name: data.draw(strategies.unset_spellings(field))})
    assert same(view_of_live(unset), view_of_target(target(none, unset)))
    assert not same(view_of_live(live), view_of_target(target(none, live)))


def test_a_category_is_made_for_configs_unless_the_file_says_otherwise() -> None:
    assert target(make.category("x")).fields == {"config": True}
    assert target(make.category("x", config=False)).fields == {}
    assert target(make.category("x", config=None)).fields == {}
    for live in (make.live_category("x", 1, config=True), make.live_category("x", 1, config=False)):
        assert target(make.category("x"), live).fields == live.fields


def test_a_domain_deploys_its_password_only_if_a_file_says_so() -> None:
    assert target(make.domain().entry).fields == {}
    assert target(make.domain(deployAdminPasswords=True).entry).fields == {"deployAdminPasswords": True}
    live = make.live_domain(deployAdminPasswords=True).domain
    assert target(make.domain().entry, live).fields == {"deployAdminPasswords": True}
    assert target(make.domain(deployAdminPasswords=False).entry, live).fields == {}


def test_an_ignored_field_stays_as_it_is_live() -> None:
    live = make.live_config("PHONE", "x", 1, gk1="theirs", extra={"new": 1})
    entry = make.config("PHONE", "x", gk1="ours", gk2="ours", extra={"new": 2, "other": 3})
    made = target(entry, live, frozenset({"gk1", "new", "recordingUrl"}))
    assert made.fields == {"gk1": "theirs", "gk2": "ours"}
    assert made.extra == {"new": 1, "other": 3}


def test_an_ignored_field_that_is_unset_live_stays_unset() -> None:
    live = make.live_config("PHONE", "x", 1)
    assert target(make.config("PHONE", "x", gk1="ours", extra={"new": 1}), live, frozenset({"gk1", "new"})).fields == {}
    assert target(make.config("PHONE", "x", extra={"new": 1}), live, frozenset({"new"})).extra == {}


def test_ignored_fields_are_written_on_create() -> None:
    ignored = frozenset({"gk1", "categories", "new"})
    made = target(make.config("PHONE", "x", gk1="ours", categories=["A"], extra={"new": 1}), None, ignored)
    assert (made.fields, made.categories, made.extra) == ({"gk1": "ours"}, ("A",), {"new": 1})


def test_ignored_categories_stay_as_they_are_live() -> None:
    live = make.live_config("PHONE", "x", 1, categories=[CategoryRef(7, "A"), CategoryRef(8, None)])
    made = target(make.config("PHONE", "x", categories=["B"]), live, frozenset({"categories"}))
    assert made.categories == ()
    assert made.kept_refs == live.categories
    assert same(view_of_live(live), view_of_target(made))


def test_categories_are_a_set() -> None:
    assert target(make.config("PHONE", "x", categories=["b", "a", "b"])).categories == ("a", "b")


def test_extra_is_left_alone_where_it_is_left_out() -> None:
    live = make.live_config("PHONE", "x", 1, extra={"new": {"deep": [1]}, "null": None})
    assert target(make.config("PHONE", "x"), live).extra == {"new": {"deep": [1]}, "null": None}


def test_extra_null_removes_and_a_value_replaces_the_whole() -> None:
    live = make.live_config("PHONE", "x", 1, extra={"a": 1, "b": {"c": 1, "d": 2}, "e": 5})
    made = target(make.config("PHONE", "x", extra={"a": None, "b": {"c": 3}, "f": False, "gone": None}), live)
    assert made.extra == {"b": {"c": 3}, "e": 5, "f": False}
    assert live.extra == {"a": 1, "b": {"c": 1, "d": 2}, "e": 5}


def test_a_null_that_the_service_tells_is_a_field_that_is_not_there() -> None:
    live = make.live_config("PHONE", "x", 1, extra={"a": None})
    assert same(view_of_live(live), view_of_target(target(make.config("PHONE", "x", extra={"a": None}), live)))


@pytest.mark.parametrize(
    "one, other", [(1, True), (0, False), (1, 1.0), (1, "1"), (0.0, -0.0), ([1], [True]), ("", None)]
)
def test_extra_is_compared_to_the_letter(one: object, other: object) -> None:
    live = make.live_config("PHONE", "x", 1, extra={"a": one})
    made = target(make.config("PHONE", "x", extra={"a": other}), live)
    assert not same(view_of_live(live), view_of_target(made))


def test_all_fields_of_an_unknown_type_are_extra() -> None:
    live = make.live_config("DECT", "x", 1, extra={"gk1": "a", "frameSize": 0})
    made = target(make.config("DECT", "x", extra={"gk1": "b"}), live)
    assert made.fields == {}
    assert made.extra == {"gk1": "b", "frameSize": 0}


def test_new_names_of_categories_reach_references_by_id_and_by_name() -> None:
    categories = [make.live_category("old", 5), make.live_category("other", 6)]
    live = make.live_config(
        "PHONE", "x", 1, categories=[CategoryRef(5, "stale"), CategoryRef(None, "old"), CategoryRef(9, None)]
    )
    assert renamed(live, {5: "new"}, categories).categories == (
        CategoryRef(5, "new"),
        CategoryRef(None, "new"),
        CategoryRef(9, None),
    )
    assert renamed(live, {6: "new"}, categories) is live


def test_a_reference_means_its_id_and_its_name_only_without_one() -> None:
    category = make.live_category("A", 5)
    assert means(CategoryRef(5, "B"), category)
    assert not means(CategoryRef(6, "A"), category)
    assert means(CategoryRef(None, "A"), category)
    assert not means(CategoryRef(None, None), category)


def test_a_target_names_a_category_also_by_what_is_kept() -> None:
    category = make.live_category("A", 5)
    live = make.live_config("PHONE", "x", 1, categories=[category])
    kept = target(make.config("PHONE", "x"), live, frozenset({"categories"}))
    assert names(kept, category)
    assert names(target(make.config("PHONE", "x", categories=["A"])), category)
    assert not names(target(make.config("PHONE", "x")), category)


def test_an_object_is_found_where_it_was_before_its_domain_was_renamed_too() -> None:
    live = make.live_config("PHONE", "x", 1, domain="new.example")
    assert [str(one) for one in found_at(live, {1: "old.example"})] == [
        "config[new.example/PHONE/x]",
        "config[old.example/PHONE/x]",
    ]
    assert found_at(live, {}) == (live.address, live.address)
