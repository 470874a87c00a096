"""What changed between two states: everything counts, but ids and what nobody can tell."""

from typing import Any

import pytest

from syncer.model.plan import Plan
from syncer.model.state import CategoryRef, LiveDomain, Policy
from syncer.model.values import Secret
from syncer.plan.comparing import Side, compare
from tests.plan.factories import ORIGIN, live_category, live_config, live_domain, policy

HQ = live_category("HQ", 5)
UNTOLD = "whether 1 secret changed cannot be told: not on both sides, or sealed for a key that is not here"


def between(before: LiveDomain, after: LiveDomain, rules: Policy | None = None, *never_told: frozenset[str]) -> Plan:
    """The plan from one to the other; `never_told` by side."""
    old, new = never_told or (frozenset(), frozenset())
    return compare(Side((before,), old), Side((after,), new), rules or Policy(), ORIGIN, b"key")


def changes(plan: Plan) -> list[str]:
    """In words."""
    return [f"{one.action} {one.address}" for one in plan.changes]


def diffs(plan: Plan) -> list[tuple[str, Any, Any]]:
    """Of all changes."""
    return [(one.path, one.before, one.after) for change in plan.changes for one in change.diff]


def test_what_nobody_manages_counts_too() -> None:
    before = live_domain(HQ, live_config("ZZ", "a", 1), live_config("NTP", "same", 2))
    after = live_domain(live_config("ZZ", "b", 8), live_config("NTP", "same", 9), deployAdminPasswords=True)
    plan = between(before, after)
    assert changes(plan) == [
        "update domain[example.com]",
        "create config[example.com/ZZ/b]",
        "delete config[example.com/ZZ/a]",
        "delete category[example.com/HQ]",
    ]
    assert (plan.summary.unchanged, plan.summary.unmanaged) == (1, 0)


def test_domains_that_came_and_went_with_all_that_is_in_them() -> None:
    old, new = (
        live_domain(HQ, name="example.com"),
        live_domain(live_config("NTP", "n", 1, domain="b"), name="b", number=2),
    )
    assert changes(between(old, new)) == [
        "create domain[b]",
        "create config[b/NTP/n]",
        "delete category[example.com/HQ]",
        "delete domain[example.com]",
    ]


def test_ids_do_not_count_and_several_at_one_address_are_told_apart_by_content() -> None:
    before = live_domain(HQ, live_config("NTP", "", 1, ntp1="a", categories=[HQ]), live_config("NTP", "", 2, ntp1="b"))
    there = live_category("HQ", 77)
    after = live_domain(
        there, live_config("NTP", "", 8, ntp1="c"), live_config("NTP", "", 9, ntp1="a", categories=[there])
    )
    assert diffs(between(before, after)) == [("ntp1", "b", "c")]


def test_a_reference_to_no_category_is_not_every_device() -> None:
    before = live_domain(live_config("NTP", "n", 1, categories=[CategoryRef(7, None)]))
    assert diffs(between(before, live_domain(live_config("NTP", "n", 1)))) == [("categories", ["#7"], [])]


@pytest.mark.parametrize(
    "before, after, shown, note",
    [
        (Secret("a"), Secret("a"), [], []),
        (Secret("a"), Secret("b"), [("logPassword", {"secret": "changed"}, {"secret": "changed"})], []),
        (Secret("a"), None, [("logPassword", {"secret": "changed"}, None)], []),
        (None, Secret(None), [("logPassword", None, {"secret": "changed"})], []),
        (Secret(None), Secret("b"), [], [UNTOLD]),
        (Secret("a"), Secret(None), [], [UNTOLD]),
        (Secret(None), Secret(None), [], [UNTOLD]),
        (None, None, [], []),
    ],
)
def test_secrets_show_as_changed_or_cannot_be_told(before: Any, after: Any, shown: Any, note: Any) -> None:
    sides = [live_domain(live_config("ALARM_SERVER", "a", 1, logPassword=one)) for one in (before, after)]
    plan = between(sides[0], sides[1])
    assert (diffs(plan), list(plan.notes)) == (shown, note)


def test_a_secret_that_a_service_never_returns_cannot_be_told() -> None:
    sides = [live_domain(live_config("ALARM_SERVER", "a", 1, logPassword=one)) for one in (Secret("a"), None)]
    nothing, password = frozenset[str](), frozenset({"logPassword"})
    assert between(sides[0], sides[1], None, nothing, password).notes == (UNTOLD,)
    assert between(sides[1], sides[0], None, password, nothing).changes == ()
    assert between(sides[1], sides[1], None, password, password).notes == ()


def test_masked_fields_show_as_changed() -> None:
    sides = [live_domain(live_config("EXPERT", "e", 1, script=text)) for text in ("a", "b")]
    hidden = {"secret": "changed"}
    rules = policy(mask={"config[*/EXPERT/*]": ("script",)})
    assert diffs(between(sides[0], sides[1], rules)) == [("script", hidden, hidden)]
