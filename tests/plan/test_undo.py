"""The way back, as a plan: what is taken back, what is left to others, and what is as it was already."""

from dataclasses import replace
from typing import Any

import pytest

from syncer.model.address import Action, Address, category_address
from syncer.model.state import LiveObject, Target
from syncer.plan.digest import base_of, keyed
from syncer.plan.steps import Maker
from syncer.plan.undo import Left, Touched, Undo, plan_undo
from tests.plan.factories import live, live_category, live_config, live_domain

KEY = b"k" * 32
MAKER = Maker(KEY, lambda _target, _live: frozenset())
WAS = live_config("NTP", "time", 7, ntp1="old")
IS = live_config("NTP", "time", 7, ntp1="new")
THEIRS = live_config("NTP", "time", 7, ntp1="theirs")


def state(one: LiveObject) -> str:
    return keyed(KEY, base_of(one, frozenset()))


def touched(action: Action, before: LiveObject | None, address: Address | None = None, **known: Any) -> Touched:
    where = address or (before.address if before else WAS.address)
    return Touched(0, action, where, before, domain_id=1, **known)


def undo(*changes: Touched, there: tuple[LiveObject, ...] = (), assume: bool = False) -> Undo:
    numbered = [replace(one, number=number) for number, one in enumerate(changes)]
    return plan_undo(numbered, live(live_domain(*there)), MAKER, assume=assume)


def told(found: Undo) -> list[str]:
    return [f"{step.change.action} {step.change.address}" for _, step in found.steps]


@pytest.mark.parametrize(
    "change, there, expected",
    [
        (touched(Action.UPDATE, WAS, state=state(IS)), [IS], "update config[example.com/NTP/time]"),
        (touched(Action.CREATE, None, state=state(IS), id=7), [IS], "delete config[example.com/NTP/time]"),
        (touched(Action.DELETE, WAS), [], "create config[example.com/NTP/time]"),
    ],
)
def test_each_action_has_its_way_back(change: Touched, there: list[LiveObject], expected: str) -> None:
    assert told(undo(change, there=tuple(there))) == [expected]


@pytest.mark.parametrize(
    "change, there",
    [
        (touched(Action.UPDATE, WAS), [WAS]),
        (touched(Action.CREATE, None), []),
        (touched(Action.DELETE, WAS), [WAS]),
        (touched(Action.DELETE, WAS), [replace(WAS, id=99)]),  # made again
    ],
)
def test_nothing_to_do(change: Touched, there: list[LiveObject]) -> None:
    found = undo(change, there=tuple(there))
    assert (found.steps, dict(found.left)) == ((), {})
    assert found.as_it_was == {0}


@pytest.mark.parametrize(
    "change, there, why",
    [
        (touched(Action.UPDATE, WAS, state=state(IS), seen=IS), [THEIRS], "somebody changed it since"),
        (touched(Action.UPDATE, WAS), [], "it is gone"),
        (touched(Action.CREATE, None, state=state(IS), id=7), [THEIRS], "somebody changed it since"),
        (touched(Action.DELETE, WAS), [replace(THEIRS, id=99)], "somebody created it meanwhile (id 99)"),
        (touched(Action.CREATE, None), [IS, replace(IS, id=8)], "2 are live at its address (id 7, id 8)"),
        (touched(Action.CREATE, None, stray="it may be elsewhere"), [], "it may be elsewhere"),
    ],
)
def test_what_is_left(change: Touched, there: list[LiveObject], why: str) -> None:
    found = undo(change, there=tuple(there))
    assert found.steps == ()
    assert found.left[0].why.startswith(why)
    assert found.left[0].final


def test_both_values_are_named() -> None:
    change = touched(Action.UPDATE, WAS, state=state(IS), seen=IS)
    (one,) = undo(change, there=(THEIRS,)).left[0].diff
    assert (one.path, one.before, one.after) == ("ntp1", "new", "theirs")


def test_what_nobody_read_back_is_ours_only_if_it_is_as_meant_or_a_person_looks() -> None:
    meant = Target(IS.address, IS.fields, {})
    assert told(undo(touched(Action.UPDATE, WAS, meant=meant), there=(IS,))) == ["update config[example.com/NTP/time]"]
    unknown = undo(touched(Action.UPDATE, WAS, meant=meant), there=(THEIRS,))
    assert isinstance(unknown.left[0], Left)
    assert not unknown.left[0].final
    shown = undo(touched(Action.UPDATE, WAS, meant=meant), there=(THEIRS,), assume=True)
    assert told(shown) == ["update config[example.com/NTP/time]"]


def test_what_is_ignored_stays_as_it_is() -> None:
    before = live_config("NTP", "time", 7, ntp1="old", ntp2="before")
    now = live_config("NTP", "time", 7, ntp1="new", ntp2="theirs")
    change = touched(Action.UPDATE, before, ignored=frozenset({"ntp2"}), state=None)
    ((_, step),) = undo(change, there=(now,), assume=True).steps
    assert step.target is not None
    assert step.target.fields == {"ntp1": "old", "ntp2": "theirs"}


def test_what_cannot_be_restored_is_named_after_the_rest_is() -> None:
    change = touched(Action.UPDATE, WAS, lost=frozenset({"turnPassword"}))
    left = undo(change, there=(WAS,)).left[0]
    assert left.why == "its turnPassword cannot be restored: nobody kept what it was"


def test_the_last_level_goes_first_and_names_are_those_of_the_moment() -> None:
    """A config comes back while its categories still have their new names; one that was deleted is made again first."""
    phones, spare = live_category("phones", 1), live_category("spare", 2)
    before = live_config("NTP", "time", 7, categories=(phones, spare), ntp1="old")
    renamed = live_category("phones HQ", 1)
    now = live_config("NTP", "time", 7, categories=(renamed,), ntp1="new")
    found = undo(
        touched(Action.UPDATE, phones, category_address("example.com", "phones HQ")),
        touched(Action.UPDATE, before),
        touched(Action.DELETE, spare),
        there=(renamed, now),
        assume=True,
    )
    assert told(found) == [
        "create category[example.com/spare]",
        "update config[example.com/NTP/time]",
        "update category[example.com/phones]",
    ]
    target = found.steps[1][1].target
    assert target is not None
    assert target.categories == ("phones HQ", "spare")


def test_a_category_that_others_deleted_is_not_left_out() -> None:
    """Without it the list might be empty, which is every device."""
    gone = live_category("gone", 5)
    change = touched(Action.UPDATE, live_config("NTP", "time", 7, categories=(gone,), ntp1="old"))
    found = undo(change, there=(IS,), assume=True)
    assert found.left[0].why == "its category gone is not there any more"


def test_a_former_name_that_somebody_took_is_not_given_back() -> None:
    renamed, taken = live_config("NTP", "new name", 7, ntp1="old"), live_config("NTP", "time", 9, ntp1="theirs")
    change = touched(Action.UPDATE, WAS, renamed.address, state=state(renamed), seen=renamed)
    found = undo(change, there=(renamed, taken))
    assert found.steps == ()
    assert found.left[0] == Left("its former name is taken now (id 9)")


def test_names_that_were_exchanged_are_exchanged_back() -> None:
    other = live_config("NTP", "other", 8, ntp1="x")
    first, second = replace(WAS, address=other.address), replace(other, address=WAS.address)
    changes = (
        touched(Action.UPDATE, WAS, first.address, state=state(first), seen=first),
        touched(Action.UPDATE, other, second.address, state=state(second), seen=second),
    )
    found = undo(*changes, there=(first, second))
    assert told(found) == ["update config[example.com/NTP/time]", "update config[example.com/NTP/other]"]
    kept = undo(changes[0], there=(first, second))  # where only one of them is taken back, neither name is free
    assert kept.left[0] == Left("its former name is taken now (id 8)")
