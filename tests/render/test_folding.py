"""Equal changes of many addresses are told once, and nothing is lost by it."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model.address import Action, config_address
from syncer.model.plan import Change, Coverage, FieldDiff, Guard, Plan, Reach, Whose
from syncer.render.text import render_plan
from syncer.render.view import PlanView, view_plan
from tests.render.plans import config, create, delete, make_plan, update

DOMAINS = [f"d{number}.example.com" for number in range(40)]


def _clock(domain: str, ntp1: str = "ptbtime2.ptb.de", **more: object) -> Change:
    return update(config("NTP", "time", domain), FieldDiff("ntp1", "ptbtime1.ptb.de", ntp1), **more)


def _told(view: PlanView) -> list[tuple[str, str]]:
    return [(change.address, change.also_told) for change in view.changes]


def test_the_same_in_many_domains() -> None:
    view = view_plan(make_plan(*map(_clock, DOMAINS)))
    assert _told(view) == [("config[d0.example.com/NTP/time]", "the same in 39 more domains")]
    assert view.changes[0].also[-1] == "config[d39.example.com/NTP/time]"
    assert view.summary.startswith("Plan: 0 to create, 40 to update, 0 to delete")


def test_with_the_devices_that_they_reach() -> None:
    reach = Reach(Coverage(3, 2), Coverage(3, 2))
    view = view_plan(make_plan(*(_clock(domain, reach=reach) for domain in DOMAINS[:3])))
    assert _told(view) == [("config[d0.example.com/NTP/time]", "the same in 2 more domains (6 more devices)")]


def test_devices_of_one_domain_are_not_counted_twice() -> None:
    reach = Reach(Coverage(3, 2), Coverage(3, 2))
    changes = [update(config("PHONE", f"p{n}"), FieldDiff("gk1", "a", "b"), reach=reach) for n in range(4)]
    assert _told(view_plan(make_plan(*changes))) == [("config[example.com/PHONE/p0]", "the same for 3 more configs")]


def test_in_several_domains_with_several_names() -> None:
    changes = [
        update(config("PHONE", f"p{n}", domain), FieldDiff("gk1", "a", "b")) for domain in DOMAINS[:2] for n in range(2)
    ]
    assert _told(view_plan(make_plan(*changes)))[0][1] == "the same for 3 more configs in 2 domains"


def test_two_are_told_each() -> None:
    assert [told for _, told in _told(view_plan(make_plan(*map(_clock, DOMAINS[:2]))))] == ["", ""]


def test_two_that_take_many_lines_are_told_once() -> None:
    script = "".join(f"config change PHONE{number}\n" for number in range(5))
    diff = FieldDiff("script", script, script.replace("PHONE2", "PHONE9"))
    changes = [update(config("EXPERT", "no telnet", domain), diff) for domain in DOMAINS[:2]]
    assert _told(view_plan(make_plan(*changes))) == [
        ("config[d0.example.com/EXPERT/no telnet]", "the same in 1 more domain")
    ]


def test_expanded_each_is_told() -> None:
    view = view_plan(make_plan(*map(_clock, DOMAINS)), expand=True)
    assert [change.domain for change in view.changes] == DOMAINS


def test_deletes_are_never_folded() -> None:
    view = view_plan(make_plan(*(delete(config("NTP", "time", domain), ntp1="a") for domain in DOMAINS)))
    assert [told for _, told in _told(view)] == [""] * 40


OTHERS = {
    "value": _clock("x", "time.example.com"),
    "everyone": _clock("x", reach=Reach(Coverage(), Coverage(everyone=True))),
    "whose": _clock("x", whose=Whose.DRIFT),
    "type": update(config("TLS_PROFILE", "time", "x"), FieldDiff("ntp1", "ptbtime1.ptb.de", "ptbtime2.ptb.de")),
    "rename": _clock("x", former=config("NTP", "clock", "x")),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_differs_in_anything_is_told_itself(what: str) -> None:
    view = view_plan(make_plan(*map(_clock, DOMAINS), OTHERS[what]))
    assert [told for _, told in _told(view)] == ["the same in 39 more domains", ""]


def test_what_a_guard_holds_is_told_itself() -> None:
    guard = Guard("protected", "not this one", addresses=(config_address(DOMAINS[7], "NTP", "time"),))
    view = view_plan(make_plan(*map(_clock, DOMAINS), guards=(guard,)))
    assert _told(view)[1] == ("config[d7.example.com/NTP/time]", "")


def test_a_domain_whose_changes_are_told_elsewhere_says_so() -> None:
    changes = [*map(_clock, DOMAINS), create(config("PHONE", "HQ", DOMAINS[3]), gk1="a")]
    groups = view_plan(make_plan(*changes)).groups
    assert [(group.domain, group.counts) for group in groups] == [
        ("d0.example.com", "1 to update"),
        ("d3.example.com", "1 to create, 1 to update (1 of them told above)"),
    ]


def test_what_a_person_reads() -> None:
    text = render_plan(make_plan(*map(_clock, DOMAINS)))
    assert text.split("\n")[2:20] == [
        "d0.example.com: 1 to update",
        "",
        "  ~ update  config[d0.example.com/NTP/time]",
        "      ntp1  ptbtime1.ptb.de → ptbtime2.ptb.de",
        "      the same in 39 more domains:",
        *(f"        config[{domain}/NTP/time]" for domain in DOMAINS[1:11]),
        "        … and 29 more; --expand tells each",
        "",
        "Whether the files or the server moved cannot be told: plan --since RECORD or --base REF tells.",
    ]


@st.composite
def _plans(draw: st.DrawFn) -> Plan:
    """Plans of few different changes at many addresses."""
    changes = []
    for number in range(draw(st.integers(0, 12))):
        address = config("NTP", f"time{number}", draw(st.sampled_from(DOMAINS[:3])))
        value = draw(st.sampled_from(["a", "b"]))
        make = draw(st.sampled_from([Action.CREATE, Action.UPDATE, Action.DELETE]))
        made = {
            Action.CREATE: lambda a=address, v=value: create(a, ntp1=v),
            Action.UPDATE: lambda a=address, v=value: update(a, FieldDiff("ntp1", "", v)),
            Action.DELETE: lambda a=address, v=value: delete(a, ntp1=v),
        }[make]()
        changes.append(made)
    return make_plan(*changes)


@given(_plans())
def test_every_change_is_told_exactly_once_and_in_its_order(plan: Plan) -> None:
    view = view_plan(plan)
    told = [address for change in view.changes for address in (change.address, *change.also)]
    assert Counter(told) == Counter(str(change.address) for change in plan.changes)
    for group in view.groups:
        order = [str(change.address) for change in plan.changes]
        places = [order.index(change.address) for change in group.changes]
        assert places == sorted(places)
