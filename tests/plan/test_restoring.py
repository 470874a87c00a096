"""What a backup holds as a goal, and that goal fitted to what is live."""

import pytest

from syncer.errors import Place, ProblemsError
from syncer.model.address import Kind
from syncer.model.state import CategoryRef, Desired, Live, LiveDomain, Policy
from syncer.model.values import Secret
from syncer.plan.fitting import fit
from syncer.plan.planner import Planned
from syncer.plan.restore_notes import mentions, notes_on
from syncer.plan.restoring import Held, desired_of, moved
from tests.plan.factories import live, live_category, live_config, live_domain, planned, policy, told

FILE = Place("night.zip")
PRUNE = policy(prune=[Kind.CATEGORY, Kind.CONFIG])
HQ = live_category("HQ", 5)


def wanted(
    *domains: LiveDomain, allowed: Policy | None = None, only: tuple[str, ...] = (), **held: frozenset[str]
) -> Desired:
    """The goal that a backup with these domains is."""
    return desired_of(Held(FILE, domains, **held), allowed or Policy(), only)


def restored(goal: Desired, there: Live, *only: str) -> Planned:
    """The plan of a restore."""
    return planned(fit(goal, there).desired, there, *only)


def changed(result: Planned) -> dict[str, list[tuple[str, object, object]]]:
    """The differences by address."""
    return {str(one.address): [(d.path, d.before, d.after) for d in one.diff] for one in result.plan.changes}


def refusal(*domains: LiveDomain, only: tuple[str, ...] = ()) -> list[str]:
    """What stands in the way of restoring these."""
    with pytest.raises(ProblemsError) as caught:
        wanted(*domains, only=only)
    return [str(problem) for problem in caught.value.problems]


def test_names_decide_and_ids_do_not() -> None:
    held = live_domain(HQ, live_config("PHONE", "phones", 11, categories=[HQ]), number=1)
    other = live_category("HQ", 95, domain_id=9)
    there = live_domain(other, live_config("PHONE", "phones", 5, domain_id=9, categories=[other]), number=9)
    result = restored(wanted(held), live(there))
    assert result.plan.changes == ()
    assert result.plan.summary.unchanged == 3


def test_a_restore_is_exact() -> None:
    """Fields that the backup does not have go, whether they are optional, not optional, or unknown."""
    held = live_domain(live_config("PHONE", "phones", 11, gk1="172.16.0.1", extra={"old": 1}))
    there = live_domain(
        live_config("PHONE", "phones", 11, coder="G711A", gk2="172.16.0.2", extra={"new": [1], "old": 1}),
        deployAdminPasswords=True,
    )
    assert changed(restored(wanted(held), live(there))) == {
        "domain[example.com]": [("deployAdminPasswords", True, None)],
        "config[example.com/PHONE/phones]": [
            ("gk1", None, "172.16.0.1"),
            ("gk2", "172.16.0.2", None),
            ("coder", "G711A", None),
            ("extra.new", [1], None),
        ],
    }


def test_what_is_live_and_not_in_the_backup_is_left_alone() -> None:
    held = live_domain(HQ)
    there = live_domain(HQ, live_category("New", 6), live_config("NTP", "new", 12), live_config("ZZ", "new", 13))
    result = restored(wanted(held), live(there, live_domain(name="b.example.com", number=2)))
    assert (result.plan.changes, result.plan.summary.unmanaged) == ((), 4)


def test_prune_deletes_it_but_no_domain_and_no_type_that_syncer_does_not_know() -> None:
    held = live_domain(HQ)
    there = live_domain(HQ, live_category("New", 6), live_config("NTP", "new", 12), live_config("ZZ", "new", 13))
    result = restored(wanted(held, allowed=PRUNE), live(there, live_domain(name="b.example.com", number=2)))
    assert told(result) == [
        ("delete", "config[example.com/NTP/new]"),
        ("delete", "category[example.com/New]"),
    ]
    assert result.plan.summary.unmanaged == 2


def test_of_several_at_one_address_equal_ones_are_taken_for_one_another() -> None:
    held = live_domain(live_config("NTP", "", 1, ntp1="a"), live_config("NTP", "", 2, ntp1="b"))
    there = live_domain(live_config("NTP", "", 8, ntp1="b"), live_config("NTP", "", 9, ntp1="a"))
    assert restored(wanted(held), live(there)).plan.changes == ()


def test_those_that_differ_are_paired_in_the_order_of_ids() -> None:
    held = live_domain(*(live_config("NTP", "", n, ntp1=f"held{n}") for n in (1, 2)))
    there = live_domain(*(live_config("NTP", "", n, ntp1=f"live{n}") for n in (9, 8)))
    changes = restored(wanted(held), live(there)).plan.changes
    assert [(one.id, one.diff[0].before, one.diff[0].after) for one in changes] == [
        (8, "live8", "held1"),
        (9, "live9", "held2"),
    ]


def test_one_too_few_is_made_beside_the_other_and_one_too_many_is_pruned() -> None:
    two = live_domain(live_config("NTP", "", 1, ntp1="a"), live_config("NTP", "", 2, ntp1="b"))
    one = live_domain(live_config("NTP", "", 9, ntp1="b"))
    made = restored(wanted(two), live(one))
    assert told(made) == [("create", "config[example.com/NTP/]")]
    assert made.plan.changes[0].diff[1].after == "a"
    gone = restored(wanted(one, allowed=PRUNE), live(two))
    assert [(str(change.action), change.id) for change in gone.plan.changes] == [("delete", 1)]


def test_a_secret_that_is_not_in_the_backup_is_left_alone_or_to_be_set_afterwards() -> None:
    def alarms(secret: Secret | None, number: int = 1) -> LiveDomain:
        return live_domain(live_config("ALARM_SERVER", "a", number, url="https://x", logPassword=secret))

    there = live(alarms(Secret("live")))
    assert restored(wanted(alarms(Secret(None))), there).plan.changes == ()
    assert restored(wanted(alarms(None), write_only=frozenset({"logPassword"})), there).plan.changes == ()
    assert changed(restored(wanted(alarms(Secret("held"))), there)) == {
        "config[example.com/ALARM_SERVER/a]": [("logPassword", {"secret": "changed"}, {"secret": "changed"})]
    }
    assert changed(restored(wanted(alarms(None)), there)) == {
        "config[example.com/ALARM_SERVER/a]": [("logPassword", {"secret": "changed"}, None)]
    }
    empty = live(live_domain())
    found = fit(wanted(alarms(Secret(None))), empty)
    assert list(notes_on(found.new, empty, other_server=False)) == [
        (
            "set these secrets afterwards, since the backup does not tell them: "
            "config[example.com/ALARM_SERVER/a] logPassword"
        )
    ]


def test_what_the_policy_leaves_to_others_stays() -> None:
    held = live_domain(live_config("PHONE", "a", 1, gk1="held"))
    there = live(live_domain(live_config("PHONE", "a", 1, gk1="live", extra={"x": 1})))
    ignoring = policy(ignore={"config[*]": ("gk1", "x")})
    assert restored(wanted(held, allowed=ignoring), there).plan.changes == ()


def test_configs_whose_categories_are_gone_are_told_all_at_once() -> None:
    """To lose one could mean every device."""
    held = live_domain(
        HQ,
        live_config("NTP", "a", 1, categories=[CategoryRef(77, None)]),
        live_config("NTP", "b", 2, categories=[HQ, CategoryRef(None, "Gone\n")]),
        live_config("NTP", "c", 3, categories=[HQ]),
    )
    assert refusal(held) == [
        (
            "night.zip: config[example.com/NTP/a] is for the category with id 77, which is not in the backup; "
            "make this config by hand, and restore the others with --only"
        ),
        (
            "night.zip: config[example.com/NTP/b] is for category Gone\\n, which is not in the backup; "
            "make this config by hand, and restore the others with --only"
        ),
    ]
    there = live(live_domain(HQ))
    only = "config[example.com/NTP/c]"
    assert told(restored(wanted(held, only=(only,)), there, only)) == [("create", only)]


def test_a_category_whose_name_says_not_which_is_told() -> None:
    held = live_domain(HQ, live_category("HQ", 6), live_config("NTP", "a", 1, categories=[HQ]))
    assert refusal(held) == [
        (
            "night.zip: config[example.com/NTP/a] is for category HQ, and 2 in the backup have that name; restore the "
            "others with --only, or give one of them another name on the server and make a new backup"
        )
    ]


def test_a_domain_that_is_there_twice_is_told() -> None:
    assert refusal(live_domain(number=1), live_domain(number=2)) == [
        "night.zip: domain[example.com] is 2 times in the backup; restore others with --only"
    ]
    assert wanted(live_domain(number=1), live_domain(number=2), only=("config[b/*",)).domains == ()


def test_what_a_service_held_is_not_doubted() -> None:
    """It breaks rules of files, has a type that nobody knows, and is likely to be a rename."""
    held = live_domain(
        live_config("MEDIA", "a", 1, rtpFirst=65535, rtpNum=128),
        live_config("PHON", "a", 2),
        live_config("NTP", "old", 3, ntp1="x"),
    )
    there = live(live_domain(live_config("NTP", "new", 4, ntp1="x")))
    result = restored(wanted(held), there)
    assert (len(result.plan.changes), result.plan.notes, result.search) == (3, (), None)
    assert all(change.source is None for change in result.plan.changes)


def test_types_that_syncer_and_perhaps_the_server_do_not_know_are_named() -> None:
    held = live_domain(live_config("TRUST_LIST", "a", 1), live_config("ZZ", "b\n", 2))
    goal = wanted(held)
    empty, one = live(live_domain()), live(live_domain(live_config("ZZ", "other", 9)))
    assert list(notes_on(fit(goal, empty).new, empty, other_server=True)) == [
        (
            "syncer does not know the config types TRUST_LIST, ZZ, and none is live here: this is another server than "
            "that of the backup, and may not know them at all; made as they were: config[example.com/TRUST_LIST/a], "
            "config[example.com/ZZ/b\\n]"
        )
    ]
    assert list(notes_on(fit(goal, one).new, one, other_server=False)) == [
        (
            "syncer does not know the config type TRUST_LIST, and none is live here: made as they were: "
            "config[example.com/TRUST_LIST/a]"
        )
    ]
    assert list(notes_on(fit(goal, live(held)).new, live(held), other_server=True)) == []


def test_what_mentions_the_old_name_of_a_domain_is_counted() -> None:
    held = live_domain(
        live_config("PHONE", "a", 1, recordingUrl="https://Old.Example/in", gk1="x"),
        live_config("ZZ", "b", 2, extra={"deep": [{"host": "pbx.old.example"}], "n": 1}),
        name="old.example",
    )
    goal = wanted(*moved([held], {"old.example": "new.example"}))
    assert list(mentions(goal, {"new.example": "old.example"})) == [
        (
            "2 fields still mention old.example and stay as they are: config[new.example/PHONE/a] recordingUrl, "
            "config[new.example/ZZ/b] deep"
        )
    ]
    assert list(mentions(wanted(held), {})) == []


def test_only_domains_with_a_new_name_are_moved() -> None:
    other = live_domain(name="b.example", number=2)
    found = moved([live_domain(HQ), other], {"example.com": "c.example"})
    assert [str(one.address) for domain in found for one in domain.objects] == [
        "domain[c.example]",
        "category[c.example/HQ]",
    ]


def test_categories_that_are_made_have_no_devices() -> None:
    there = live(live_domain())
    assert list(notes_on(fit(wanted(live_domain(HQ)), there).new, there, other_server=False)) == [
        "categories are made without devices: which device belongs to which category is to be said again by hand"
    ]
