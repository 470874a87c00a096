"""Going on with a plan that was cut off: what is left of it, and what is none of it any more."""

from collections.abc import Mapping

import pytest

from syncer.errors import StalePlan
from syncer.model.state import LiveObject
from syncer.plan.planner import Planned
from syncer.plan.resume import still_to_do
from tests.plan.factories import config, desired, domain, live, live_config, live_domain, planned, told

CLOCK, LAST = live_config("NTP", "clock", 11, ntp1="a"), live_config("NTP", "last", 12, ntp1="a")
WANTED = desired(
    domain(
        configs=[
            config("NTP", "clock", ntp1="b"),
            config("NTP", "new", ntp1="b"),
            config("NTP", "last", absent=True),
        ]
    )
)
UPDATE, CREATE, DELETE = 0, 1, 2
ALL = frozenset({UPDATE, CREATE, DELETE})


def plan(*there: LiveObject) -> Planned:
    """What is to be done from there."""
    return planned(WANTED, live(live_domain(*there)))


def left(
    *there: LiveObject,
    begun: frozenset[int] = ALL,
    made_again: Mapping[int, int] | None = None,
    made: Mapping[int, int] | None = None,
) -> tuple[list[tuple[str, str]], tuple[int, ...]]:
    """What is left of the plan from CLOCK and LAST, with the numbers that it has there."""
    found, numbers = still_to_do(plan(CLOCK, LAST).plan, begun, made or {}, made_again or {}, plan(*there))
    return told(found), numbers


def test_all_of_it() -> None:
    assert left(CLOCK, LAST, begun=frozenset())[1] == (UPDATE, CREATE, DELETE)
    assert left(CLOCK, LAST)[1] == (UPDATE, CREATE, DELETE)


def test_nothing() -> None:
    assert left(live_config("NTP", "clock", 11, ntp1="b"), live_config("NTP", "new", 13, ntp1="b"))[1] == ()


def test_a_create_that_landed_otherwise_is_an_update() -> None:
    texts, numbers = left(CLOCK, LAST, live_config("NTP", "new", 13, ntp1="x"), made={CREATE: 13})
    assert numbers == (UPDATE, CREATE, DELETE)
    assert [action for action, _ in texts] == ["update", "update", "delete"]


@pytest.mark.parametrize("made", [{}, {1: 12}])
def test_what_is_not_known_to_be_ours_is_not_adopted(made: dict[int, int]) -> None:
    """A failure after it would roll it back, which is to delete what somebody else made."""
    with pytest.raises(StalePlan, match="whether what is there now is ours is not known"):
        left(CLOCK, LAST, live_config("NTP", "new", 13, ntp1="x"), made=made)


def test_what_a_rollback_made_again_is_deleted_again() -> None:
    again = live_config("NTP", "last", 99, ntp1="a")
    assert left(CLOCK, again, made_again={DELETE: 99})[1] == (UPDATE, CREATE, DELETE)


@pytest.mark.parametrize(
    "there, why",
    [
        ((CLOCK, live_config("NTP", "last", 99, ntp1="theirs")), "delete config[example.com/NTP/last]"),
        ((LAST,), "update config[example.com/NTP/clock]: it would be a create of another object now"),
    ],
)
def test_what_is_another_object_by_now_is_none_of_it(there: tuple[LiveObject, ...], why: str) -> None:
    with pytest.raises(StalePlan) as caught:
        left(*there)
    assert why in str(caught.value)


def test_what_was_not_begun_must_be_as_it_was() -> None:
    with pytest.raises(StalePlan, match="clock"):
        left(live_config("NTP", "clock", 11, ntp1="theirs"), LAST, begun=frozenset())
