"""The order of an apply."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model.address import Action, Address, category_address, config_address, domain_address
from syncer.plan.order import level, levels, rank

CREATE, UPDATE, DELETE = Action.CREATE, Action.UPDATE, Action.DELETE
DOMAIN = domain_address("example.com")
CATEGORY = category_address("example.com", "a")
CONFIG = config_address("example.com", "PHONE", "a")

IN_ORDER = [
    (UPDATE, DOMAIN),
    (CREATE, DOMAIN),
    (UPDATE, CATEGORY),
    (CREATE, CATEGORY),
    (UPDATE, CONFIG),
    (CREATE, CONFIG),
    (DELETE, CONFIG),
    (DELETE, CATEGORY),
    (DELETE, DOMAIN),
]


@given(st.permutations(IN_ORDER))
def test_makers_of_names_come_first_and_deletes_last_the_other_way_round(mixed: list[tuple[Action, Address]]) -> None:
    assert sorted(mixed, key=lambda one: rank(*one)) == IN_ORDER


def test_each_of_them_is_a_level_of_its_own() -> None:
    assert len({level(action, address) for action, address in IN_ORDER}) == len(IN_ORDER)


def test_a_level_is_in_the_order_of_its_addresses() -> None:
    addresses = (
        config_address("a.example", "NTP", "z"),
        config_address("a.example", "PHONE", ""),
        config_address("a.example", "PHONE", "a"),
        config_address("b.example", "NTP", "a"),
    )
    backwards = addresses[::-1]
    assert tuple(sorted(backwards, key=lambda one: rank(UPDATE, one))) == addresses


def test_levels_hold_what_does_not_depend_on_each_other() -> None:
    other = config_address("example.com", "PHONE", "b")
    steps = [*((action, address, n) for n, (action, address) in enumerate(reversed(IN_ORDER))), (CREATE, other, 99)]
    assert levels(steps) == [[8], [7], [6], [5], [4], [3, 99], [2], [1], [0]]
    assert levels([]) == []


def test_an_unknown_kind_raises() -> None:
    with pytest.raises(KeyError):
        rank(CREATE, Address("device", "example.com"))  # type: ignore[arg-type]
