"""Which live object an entry means."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from syncer.model.state import Entry, LiveObject
from syncer.plan.match import Matched, match
from tests.plan import factories as make


def pairs(matched: Matched) -> list[tuple[str, int | None]]:
    """(name in the files, live id)."""
    return [(pair.entry.address.name, pair.live.id if pair.live else None) for pair in matched.pairs]


def unmatched(matched: Matched) -> list[int]:
    return [one.id for one in matched.unmatched]


def problems(matched: Matched) -> str:
    return "\n".join(map(str, matched.problems))


def phone(desc: str, number: int) -> LiveObject:
    return make.live_config("PHONE", desc, number)


def wanted(desc: str, **said: Any) -> Entry:
    return make.config("PHONE", desc, **said)


def test_by_address() -> None:
    found = match([wanted("a"), wanted("b")], [phone("b", 2), phone("a", 1), phone("c", 3)])
    assert pairs(found) == [("a", 1), ("b", 2)]
    assert unmatched(found) == [3]
    assert not found.problems


def test_the_type_is_part_of_the_address() -> None:
    found = match([wanted("a")], [make.live_config("FXS_PHONE", "a", 1)])
    assert pairs(found) == [("a", None)]
    assert unmatched(found) == [1]


@pytest.mark.parametrize("other", ["A", "a ", " a", "ä"])
def test_likeness_is_no_match(other: str) -> None:
    assert pairs(match([wanted("a")], [phone(other, 1)])) == [("a", None)]


def test_a_config_without_a_desc_is_the_one_without_a_desc() -> None:
    assert pairs(match([wanted("")], [phone("x", 1), phone("", 2)])) == [("", 2)]


def test_domains_are_told_apart_by_their_names() -> None:
    entries = [make.domain("b.example").entry, make.domain("c.example").entry]
    live = [make.live_domain(name="a.example", number=1).domain, make.live_domain(name="b.example", number=2).domain]
    found = match(entries, live)
    assert [(p.entry.address.domain, p.live.id if p.live else None) for p in found.pairs] == [
        ("b.example", 2),
        ("c.example", None),
    ]


def test_two_live_with_one_address_are_an_error_that_lists_them() -> None:
    found = match([wanted("a")], [phone("a", 7), phone("a", 12)])
    assert found.pairs == ()
    assert problems(found) == (
        "domains/example.yaml:3:5: config[example.com/PHONE/a] is live 2 times: id 7, id 12; "
        "say which one is meant with `id: N`"
    )


def test_two_live_with_one_address_and_none_meant_are_no_error() -> None:
    found = match([wanted("b")], [phone("a", 7), phone("a", 12)])
    assert unmatched(found) == [7, 12]
    assert not found.problems


def test_ids_tell_two_apart() -> None:
    found = match([wanted("a", id=12), wanted("a", id=7)], [phone("a", 7), phone("a", 12)])
    assert pairs(found) == [("a", 12), ("a", 7)]
    assert unmatched(found) == []


def test_an_id_on_one_of_two_leaves_the_other() -> None:
    found = match([wanted("a", id=12)], [phone("a", 7), phone("a", 12)])
    assert pairs(found) == [("a", 12)]
    assert unmatched(found) == [7]


def test_an_entry_without_an_id_does_not_mean_what_another_names_by_id() -> None:
    found = match([wanted("a"), wanted("a", id=12)], [phone("a", 7), phone("a", 12)])
    assert pairs(found) == [("a", 7), ("a", 12)]


def test_an_id_that_is_right_but_not_needed() -> None:
    assert pairs(match([wanted("a", id=7)], [phone("a", 7)])) == [("a", 7)]


@pytest.mark.parametrize(
    "there, told, absent",
    [
        ([phone("a", 7)], "id 8 is not live at this address (live there: id 7)", False),
        ([phone("b", 8)], "id 8 is not live at this address (nothing is live there)", False),
        ([phone("b", 8)], "id 8 is not live at this address (nothing is live there)", True),
        ([], "id 8 is not live at this address (nothing is live there)", False),
    ],
)
def test_an_id_that_is_not_live_there_is_an_error_and_no_create(
    there: Sequence[LiveObject], told: str, absent: bool
) -> None:
    found = match([wanted("a", id=8, absent=absent)], there)
    assert found.pairs == ()
    assert told in problems(found)


@pytest.mark.parametrize("there", [[], [phone("a", 7)]])
def test_an_absent_id_that_is_gone_is_done(there: list[LiveObject]) -> None:
    found = match([wanted("a", id=8, absent=True)], there)
    assert (pairs(found), problems(found)) == ([("a", None)], "")
    assert found.unmatched == tuple(there)


def test_renamed() -> None:
    found = match([wanted("new", renamed_from="old")], [phone("old", 1)])
    assert pairs(found) == [("new", 1)]
    assert unmatched(found) == []


def test_renamed_from_no_desc_at_all() -> None:
    assert pairs(match([wanted("new", renamed_from="")], [phone("", 1)])) == [("new", 1)]


def test_a_rename_keeps_the_type() -> None:
    found = match([wanted("new", renamed_from="old")], [make.live_config("FXS_PHONE", "old", 1)])
    assert pairs(found) == [("new", None)]


def test_a_rename_that_has_been_done() -> None:
    assert pairs(match([wanted("new", renamed_from="old")], [phone("new", 1)])) == [("new", 1)]


def test_a_rename_where_both_are_live_means_the_new_one() -> None:
    found = match([wanted("new", renamed_from="old")], [phone("old", 1), phone("new", 2)])
    assert pairs(found) == [("new", 2)]
    assert unmatched(found) == [1]


def test_a_rename_where_neither_is_live_is_a_create() -> None:
    assert pairs(match([wanted("new", renamed_from="old")], [])) == [("new", None)]


def test_a_rename_from_a_desc_that_two_have() -> None:
    found = match([wanted("new", renamed_from="old")], [phone("old", 1), phone("old", 2)])
    assert "config[example.com/PHONE/old] is live 2 times: id 1, id 2" in problems(found)


def test_a_rename_by_id() -> None:
    found = match([wanted("new", renamed_from="old", id=2)], [phone("old", 1), phone("old", 2)])
    assert pairs(found) == [("new", 2)]


def test_a_rename_never_takes_what_another_names_by_id() -> None:
    entries = [wanted("new", renamed_from="old"), wanted("old", id=1)]
    assert pairs(match(entries, [phone("old", 1), phone("old", 2)])) == [("new", 2), ("old", 1)]
    assert pairs(match(entries, [phone("old", 1)])) == [("new", None), ("old", 1)]


@pytest.mark.parametrize(
    "entries",
    [
        [wanted("old"), wanted("new", renamed_from="old")],
        [wanted("new", renamed_from="old"), wanted("old")],
        [wanted("new", renamed_from="old"), wanted("newer", renamed_from="old")],
        [wanted("new", renamed_from="old"), wanted("old", absent=True)],
    ],
)
def test_two_entries_that_mean_one_object_are_an_error_with_both_places(entries: list[Entry]) -> None:
    placed = [replace(entry, place=replace(entry.place, line=line)) for line, entry in enumerate(entries, 1)]
    found = match(placed, [phone("old", 1)])
    assert "both mean the same live object" in problems(found)
    assert ":1:5" in problems(found)
    assert ":2:5" in problems(found)


def test_swapping_two_names_changes_nothing() -> None:
    entries = [wanted("a", renamed_from="b"), wanted("b", renamed_from="a")]
    found = match(entries, [phone("a", 1), phone("b", 2)])
    assert pairs(found) == [("a", 1), ("b", 2)]
    assert not found.problems


def test_a_chain_of_renames_is_never_guessed() -> None:
    entries = [wanted("b", renamed_from="a"), wanted("c", renamed_from="b")]
    assert "both mean the same live object" in problems(match(entries, [phone("a", 1), phone("b", 2)]))


def test_every_problem_is_told() -> None:
    entries = [wanted("a"), wanted("b", id=9), wanted("c")]
    found = match(entries, [phone("a", 1), phone("a", 2), phone("c", 3), phone("c", 4)])
    assert len(found.problems) == 3


def test_absent_means_what_is_live() -> None:
    found = match([wanted("a", absent=True), wanted("b", absent=True)], [phone("a", 1)])
    assert pairs(found) == [("a", 1), ("b", None)]
