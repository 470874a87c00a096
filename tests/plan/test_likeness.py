"""How alike names and contents are."""

import pytest

from syncer.model.values import Secret
from syncer.plan.likeness import Agreement, Content, Rarity, content_of, name_likeness, said_of
from tests.plan import factories as make


@pytest.mark.parametrize(
    "one, other",
    [("HQ", "hq"), ("Phones HQ", "phones-hq"), ("Büro 1", "BÜRO / 1"), ("Floor 1", "Floor1"), ("a" * 100, "a" * 101)],
)
def test_the_same_words(one: str, other: str) -> None:
    assert name_likeness(one, other) == name_likeness(other, one) == 1


@pytest.mark.parametrize(
    "one, other",
    [
        ("", ""),
        ("", "HQ"),
        ("---", "!!!"),
        ("Floor 1", "Floor 2"),
        ("Floor", "Floor 2"),
        ("Site DE", "Site FR"),
        ("Site", "Site DE"),
        ("HQ phones", "HQ gateways"),
        ("first floor", "third floor"),
    ],
)
def test_siblings(one: str, other: str) -> None:
    assert name_likeness(one, other) == name_likeness(other, one) == 0


@pytest.mark.parametrize(
    "one, other", [("Reception", "Recption"), ("media servers", "media servers (new)"), ("Telefon", "Telefone")]
)
def test_nearly_the_same(one: str, other: str) -> None:
    assert 0.8 < name_likeness(one, other) < 1


def test_a_name_of_a_million_characters_is_no_work() -> None:
    assert name_likeness("x" * 1_000_000, "y" * 1_000_000) == 0


def test_content() -> None:
    live = make.live_config(
        "MEDIA", "m", 1, stunServer="s", turnPassword=Secret(None, "00"), extra={"a": [1], "b": None}
    )
    everything: Content = {"stunServer": "s", "extra.a": "[1]", "categories": frozenset({"HQ", "Lab"})}
    assert content_of(live, ["HQ", "Lab"], frozenset()) == everything
    assert content_of(live, [], frozenset({"stunServer"})) == {"extra.a": "[1]"}


def test_what_a_new_entry_would_have_left_alone_does_not_count() -> None:
    live: Content = {"coder": "G722", "gk1": "a", "extra.x": "1", "categories": frozenset({"HQ"})}
    own: Content = {"gk1": "a", "categories": frozenset({"HQ"})}
    assert said_of(live, {}, "PHONE") == own
    assert said_of(live, {"coder": "G722", "extra.x": "2"}, "PHONE") == live


def test_what_many_have_weighs_less() -> None:
    rarity = Rarity("PHONE", [{"gk1": "all"}] * 11 + [{"gk1": "three"}] * 3 + [{"gk1": "one", "coder": "G722"}])
    assert [rarity.weight("gk1", value) for value in ("one", "three", "all")] == [1, 0.5, 0]
    assert rarity.weight("coder", "G722") == 0.25


def test_agreement() -> None:
    one: Content = {"gk1": "a", "gk2": "b"}
    other: Content = {"gk1": "a", "gk2": "c", "gkId": "d"}
    rarity = Rarity("PHONE", [one, other])
    assert rarity.agreement(one, one) == Agreement(2, 1)
    assert rarity.agreement(one, other) == rarity.agreement(other, one) == Agreement(1, 1 / 3)
    assert rarity.agreement({}, {}) == Agreement(0, 0)
