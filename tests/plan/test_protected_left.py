"""A protected object that the files do not name (any more) is told: nothing else would show that it went missing."""

from typing import Any

import pytest

from syncer.model.address import Kind
from syncer.model.state import Desired
from tests.plan import factories as make
from tests.plan.factories import HQ, PHONES, THERE, planned


def files(*protect: str, prune: tuple[Kind, ...] = (), **said: Any) -> Desired:
    return make.desired(make.domain(**said), policy=make.policy(protect=protect, prune=prune))


def test_where_the_files_manage_its_kind() -> None:
    (note,) = planned(files("*", categories=[], configs=[]), make.live(THERE)).plan.notes
    assert note == (
        "2 protected objects are not in the files and left alone: "
        "category[example.com/HQ], config[example.com/PHONE/phones]"
    )


@pytest.mark.parametrize("said", [{}, {"categories": []}, {"configs": [make.config("NTP", "x")]}])
def test_only_what_is_protected_and_managed(said: dict[str, Any]) -> None:
    notes = planned(files("config[*/PHONE/*]", **said), make.live(THERE)).plan.notes
    one = "1 protected object is not in the files and left alone: config[example.com/PHONE/phones]"
    assert notes == ((one,) if "configs" in said else ())


def test_what_the_files_name_is_not_missing() -> None:
    there = make.live(make.live_domain(PHONES, HQ))
    wanted = files("*", categories=[make.category("HQ")], configs=[make.config("PHONE", "phones", categories=["HQ"])])
    assert planned(wanted, there).plan.notes == ()
    absent = files("*", categories=[make.category("HQ")], configs=[make.config("PHONE", "phones", absent=True)])
    assert planned(absent, there).plan.notes == ()


def test_with_prune_it_is_a_delete_that_is_held_back() -> None:
    result = planned(files("*", configs=[], prune=(Kind.CONFIG,)), make.live(THERE))
    assert (result.plan.notes, result.plan.summary.delete) == ((), 1)


def test_what_prune_leaves_alone_is_told_all_the_same() -> None:
    dect = make.live_config("DECT", "by hand", 12)
    result = planned(files("*", configs=[], prune=(Kind.CONFIG,)), make.live(make.live_domain(dect)))
    assert result.plan.notes == (
        "1 protected object is not in the files and left alone: config[example.com/DECT/by hand]",
    )


def test_other_domains_are_no_concern() -> None:
    """The files have no key by which they would manage all domains."""
    there = make.live(THERE, make.live_domain(name="b.example", number=2))
    assert planned(files("domain[*]"), there).plan.notes == ()


def test_many_are_one_note() -> None:
    clocks = [make.live_config("NTP", f"clock {number}", number) for number in range(9, 0, -1)]
    (note,) = planned(files("config[*/NTP/*]", configs=[]), make.live(make.live_domain(*clocks))).plan.notes
    assert note == (
        "9 protected objects are not in the files and left alone: config[example.com/NTP/clock 1], "
        "config[example.com/NTP/clock 2], config[example.com/NTP/clock 3], config[example.com/NTP/clock 4], "
        "config[example.com/NTP/clock 5] and 4 more"
    )


def test_either_name_of_a_renamed_domain_protects() -> None:
    for glob in ("config[example.com/*]", "config[new.example/*]"):
        document = make.domain("new.example", renamed_from="example.com", configs=[])
        wanted = make.desired(document, policy=make.policy(protect=[glob]))
        (note,) = planned(wanted, make.live(THERE)).plan.notes
        assert note.endswith("config[new.example/PHONE/phones]")


def test_a_name_cannot_obey_the_terminal() -> None:
    there = make.live(make.live_domain(make.live_config("NTP", "\x1b[2J", 1)))
    (note,) = planned(files("*", configs=[]), there).plan.notes
    assert note.endswith(r"config[example.com/NTP/\x1b[2J]")
