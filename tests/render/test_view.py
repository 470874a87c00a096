"""What all renderers show."""

from dataclasses import replace
from typing import Any

import pytest

from syncer.model.address import Action, category_address, domain_address
from syncer.model.plan import HIDDEN, Coverage, FieldDiff, Guard, Outcome, Reach, Report, Result, Summary
from syncer.render.change import Row, view_change
from syncer.render.outcome import view_report
from syncer.render.view import view_guards, view_plan
from tests.render.plans import BERLIN, EXAMPLE, believable, config, create, delete, make_plan, mixed_report, update

PHONES = config("PHONE", "HQ phones")
NAMED = Coverage()
ALL = Coverage(everyone=True)


def _row(path: str, before: Any, after: Any) -> Row:
    (row,) = view_change(update(PHONES, FieldDiff(path, before, after))).rows
    return row


def test_changes_stand_by_domain_in_the_order_of_the_plan() -> None:
    groups = view_plan(believable()).groups
    assert [(group.domain, group.counts) for group in groups] == [
        (EXAMPLE, "4 to update, 1 to delete"),
        (BERLIN, "3 to create"),
    ]
    assert [change.address for change in groups[1].changes] == [
        f"category[{BERLIN}/Phones Berlin]",
        f"config[{BERLIN}/NTP/time]",
        f"config[{BERLIN}/EXPERT/welcome]",
    ]


def test_a_plan_cannot_lie_about_its_counts() -> None:
    plan = replace(make_plan(delete(PHONES)), summary=Summary(0, 0, 0, 7, 1))
    assert view_plan(plan).summary == "Plan: 0 to create, 0 to update, 1 to delete; 7 unchanged, 1 unmanaged."


def test_an_empty_plan_says_so() -> None:
    assert view_plan(make_plan()).summary == "No changes. 40 unchanged, 2 unmanaged."


@pytest.mark.parametrize(
    "before, after, told",
    [
        (None, dict(HIDDEN), "(secret set)"),
        (dict(HIDDEN), dict(HIDDEN), "(secret changed)"),
        (dict(HIDDEN), None, "(secret removed)"),
    ],
)
def test_secrets_are_told_without_a_value(before: Any, after: Any, told: str) -> None:
    assert _row("turnPassword", before, after).told == told


def test_texts_of_several_lines_are_compared_line_by_line() -> None:
    row = _row("script", "a\nb\n", None)
    assert (row.before, row.after) == ("2 lines", "(unset)")
    assert row.diff is not None
    assert row.diff.removed == 2


def test_names_stay_on_one_line() -> None:
    row = _row("desc", "a", "b\n- DELETE everything")
    assert row == Row("desc", "a", '"b\\n- DELETE everything"')


def test_an_empty_list_of_categories_is_never_silent() -> None:
    assert _row("categories", ["A"], []) == Row("categories", "[A]", "(every device)")
    assert _row("categories", None, []).after == "(every device)"
    assert _row("extra.list", ["A"], []).after == "[]"


def test_the_name_of_a_new_object_is_told_once() -> None:
    assert [row.path for row in view_change(create(PHONES, desc="HQ phones", gk1="1.1.1.1")).rows] == ["gk1"]
    assert [row.path for row in view_change(create(PHONES, desc="another")).rows] == ["desc"]
    long = config("PHONE", "x" * 200)
    assert [row.path for row in view_change(delete(long, desc="x" * 200)).rows] == ["desc"]
    assert view_change(create(domain_address("a.com"), name="a.com")).rows == ()


@pytest.mark.parametrize(
    "before, after, told",
    [
        (NAMED, NAMED, ""),
        (ALL, ALL, "every device of example.com"),
        (NAMED, ALL, "the devices of its categories → every device of example.com"),
        (ALL, NAMED, "every device of example.com → the devices of its categories"),
        (
            Coverage(1, 1),
            Coverage(212, 200, everyone=True),
            "1 device (1 online) → every device of example.com (212), 200 online",
        ),
        (Coverage(42), Coverage(42), "42 devices"),
    ],
)
def test_reach_is_told_before_and_after(before: Coverage, after: Coverage, told: str) -> None:
    view = view_change(update(PHONES, reach=Reach(before, after)))
    assert view.reach == told
    assert view.everyone == (before.everyone or after.everyone)


def test_reach_of_what_comes_and_goes() -> None:
    assert view_change(create(PHONES, reach=Reach(NAMED, ALL))).reach == "every device of example.com"
    assert view_change(delete(PHONES, reach=Reach(ALL, NAMED))).reach == "every device of example.com"


def test_a_rename_names_the_former_address() -> None:
    change = update(category_address(EXAMPLE, "new"), former=category_address(EXAMPLE, "o\nld"))
    assert view_change(change).former == "category[example.com/o\\nld]"


@pytest.mark.parametrize(
    "guard, remedy, confirmable",
    [
        (Guard("deletes", "", "deletes", 12), "confirm with --confirm-deletes 12", True),
        (Guard("unverified-wire", "", "unverified-wire"), "go on all the same with --unverified-wire", True),
        (Guard("protected", ""), "nothing overrides this", False),
    ],
)
def test_a_guard_says_what_to_do(guard: Guard, remedy: str, confirmable: bool) -> None:
    (view,) = view_guards([guard])
    assert (view.remedy, view.confirmable) == (remedy, confirmable)


def test_a_guard_names_some_addresses_and_counts_the_rest() -> None:
    (view,) = view_guards([Guard("protected", "", addresses=(PHONES,) * 12)])
    assert (len(view.addresses), view.left_out) == (10, 2)


def test_a_report_is_one_line_if_all_went_well() -> None:
    outcomes = (Outcome(PHONES, Action.UPDATE, Result.APPLIED), Outcome(PHONES, Action.DELETE, Result.APPLIED))
    view = view_report(Report(outcomes))
    assert (view.outcomes, view.summary) == ((), "Applied: 0 created, 1 updated, 1 deleted.")
    assert view_report(Report()).summary == "Nothing to apply."


def test_a_report_of_a_failure_names_every_address() -> None:
    view = view_report(mixed_report())
    assert [outcome.result for outcome in view.outcomes] == list(Result)
    assert view.summary == (
        "Not all was applied: 1 applied, 1 unchanged, 1 refused, 1 failed, 1 unknown, 1 rolled back, 1 not tried."
    )


def test_a_report_of_a_rollback_says_that_all_is_as_it_was() -> None:
    results = (Result.ROLLED_BACK, Result.REFUSED, Result.ROLLED_BACK, Result.NOT_TRIED)
    view = view_report(Report(tuple(Outcome(PHONES, Action.UPDATE, result) for result in results)))
    assert view.summary == "The server is as it was: 1 refused, 2 rolled back, 1 not tried."
