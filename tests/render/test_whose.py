"""Whose each difference is, and what looks like a rename, as a person reads it."""

from dataclasses import replace

import pytest
from ruamel.yaml import YAML

from syncer.model.address import category_address, domain_address
from syncer.model.plan import HIDDEN, FieldDiff, Plan, Rename, Since, Third, Whose
from syncer.render.pagedata import page_data
from syncer.render.text import render_plan
from syncer.render.view import view_plan
from tests.render.plans import EXAMPLE, config, create, delete, make_plan, update

RECORD = Since(Third.RECORD, "applied.json", "2026-05-03T10:00:00+00:00")
COMMIT = Since(Third.REVISION, "origin/main", "0123456789abcdef0123456789abcdef01234567")
HQ = config("PHONE", "HQ phones")


def _since(plan: Plan, since: Since) -> Plan:
    return replace(plan, since=since)


def _lines(plan: Plan, width: int = 100) -> list[str]:
    return render_plan(plan, width=width).split("\n")


def test_all_of_one_mind_is_told_once() -> None:
    diff = (FieldDiff("gk1", "a", "b", Whose.YOURS), FieldDiff("gk2", "a", "b", Whose.YOURS))
    plan = _since(make_plan(update(HQ, *diff, source="a.yaml:1:1", whose=Whose.YOURS)), RECORD)
    assert _lines(plan)[4:] == [
        "  ~ update  config[example.com/PHONE/HQ phones]  a.yaml:1:1  (yours)",
        "      gk1  a → b",
        "      gk2  a → b",
        "",
        "Since applied.json (2026-05-03T10:00:00+00:00): 1 yours (the files moved).",
        "Plan: 0 to create, 1 to update, 0 to delete; 40 unchanged, 2 unmanaged.",
    ]


def test_fields_of_several_minds_and_a_conflict_with_three_values() -> None:
    diff = (
        FieldDiff("categories", [], ["HQ"], Whose.BOTH, ["Lab"]),
        FieldDiff("gk1", "172.16.0.9", "172.16.0.1", Whose.BOTH, "172.16.0.5"),
        FieldDiff("dialTone", "GERMANY", "EUROPE-PBX", Whose.DRIFT),
        FieldDiff("logPassword", dict(HIDDEN), dict(HIDDEN), Whose.BOTH, dict(HIDDEN)),
    )
    plan = _since(make_plan(update(HQ, *diff, whose=Whose.BOTH)), COMMIT)
    assert _lines(plan)[4:] == [
        "  ~ update  config[example.com/PHONE/HQ phones]  (both)",
        "      categories   (every device) → [HQ]",
        "        (both moved; it was [Lab])",
        "      gk1          172.16.0.9     → 172.16.0.1",
        "        (both moved; it was 172.16.0.5)",
        "      dialTone     GERMANY        → EUROPE-PBX  (drift)",
        "      logPassword  (secret changed)",
        "        (both moved)",
        "",
        "Since origin/main (commit 0123456789ab): 1 both (files and server moved apart).",
        "Plan: 0 to create, 1 to update, 0 to delete; 40 unchanged, 2 unmanaged.",
    ]


def test_what_cannot_be_told_is_counted() -> None:
    plan = _since(make_plan(update(HQ, FieldDiff("gk1", "a", "b"))), RECORD)
    assert view_plan(plan).whose == "Since applied.json (2026-05-03T10:00:00+00:00): of 1 it cannot be told."


def test_without_a_third_side_the_plan_says_that_it_cannot_tell() -> None:
    told = "Whether the files or the server moved cannot be told: plan --since RECORD or --base REF tells."
    assert view_plan(make_plan(update(HQ, FieldDiff("gk1", "a", "b")))).whose == told
    assert view_plan(make_plan()).whose == ""


def test_names_of_the_third_side_are_harmless() -> None:
    plan = _since(make_plan(update(HQ)), Since(Third.REVISION, "\x1b[2J\nx", "\x1b" * 40))
    assert "\x1b" not in render_plan(plan)
    assert "\nx" not in view_plan(plan).whose


def test_a_likely_rename_with_the_line_to_add() -> None:
    hq = category_address(EXAMPLE, "Phones HQ")
    rename = Rename(hq, category_address(EXAMPLE, "Phones Stuttgart"), "domains/hq.yaml:6:5")
    plan = replace(make_plan(create(hq, config=True)), renames=(rename,))
    assert _lines(plan)[7:11] == [
        "Renamed? category[example.com/Phones HQ] looks like category[example.com/Phones Stuttgart], which is",
        "         live and not in the files",
        "    if it is, say so at domains/hq.yaml:6:5, so that its devices stay in it:",
        "      renamed_from: Phones Stuttgart",
    ]


@pytest.mark.parametrize(
    "name, line",
    [
        ("HQ phones", "HQ phones"),
        ("no", '"no"'),
        ("12", '"12"'),
        ("a: b", '"a: b"'),
        ("#1", '"#1"'),
        (" a", '" a"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("tab\there", '"tab\\there"'),
        ("Büro 2", "Büro 2"),
        ("x\u202ey", '"x\\u202ey"'),
    ],
)
def test_the_line_to_add_is_yaml_that_means_the_name(name: str, line: str) -> None:
    plan = Rename(config("PHONE", "new"), config("PHONE", name), None)
    (view,) = view_plan(_with(plan)).renames
    assert view.line == f"renamed_from: {line}"
    assert YAML(typ="safe").load(view.line) == {"renamed_from": name}


def test_of_a_domain() -> None:
    (view,) = view_plan(_with(Rename(domain_address("b.example.com"), domain_address("a.example.com"), None))).renames
    assert view.line == "renamed_from: a.example.com"


def _with(rename: Rename) -> Plan:
    return replace(make_plan(), renames=(rename,))


def test_of_one_side_each_is_no_conflict() -> None:
    diff = (FieldDiff("gk1", "a", "b", Whose.YOURS), FieldDiff("gk2", "a", "b", Whose.DRIFT))
    plan = _since(make_plan(update(HQ, *diff, whose=Whose.BOTH)), RECORD)
    assert _lines(plan)[4:10] == [
        "  ~ update  config[example.com/PHONE/HQ phones]  (yours and drift)",
        "      gk1  a → b  (yours)",
        "      gk2  a → b  (drift)",
        "",
        "Since applied.json (2026-05-03T10:00:00+00:00): 1 yours and drift (the files moved some fields, the",
        "server others).",
    ]


def test_of_one_side_each_in_whatever_order_is_the_same() -> None:
    mine, theirs = FieldDiff("gk1", "a", "b", Whose.YOURS), FieldDiff("gk2", "a", "b", Whose.DRIFT)
    changes = [
        update(config("PHONE", f"{n}"), *diff, whose=Whose.BOTH)
        for n, diff in enumerate([(mine, theirs), (theirs, mine)])
    ]
    assert "2 yours and drift (" in render_plan(_since(make_plan(*changes), RECORD))


def test_on_the_page_it_is_no_conflict_either() -> None:
    diff = (FieldDiff("gk1", "a", "b", Whose.YOURS), FieldDiff("gk2", "a", "b", Whose.DRIFT))
    data = page_data(view_plan(make_plan(update(HQ, *diff, whose=Whose.BOTH))))
    assert data["groups"][0]["changes"][0]["whose"] == "yours and drift"


def test_a_conflict_of_which_no_field_is_shown_is_one_all_the_same() -> None:
    plan = make_plan(delete(domain_address("a"), name="a", whose=Whose.BOTH))
    assert view_plan(plan).changes[0].whose_told == "both"


def test_a_conflict_in_a_script_tells_what_the_server_made_of_it() -> None:
    diff = FieldDiff("script", "one\ntwo\n", "one\nthree\n", Whose.BOTH, "one\n")
    plan = _since(make_plan(update(config("EXPERT", "x"), diff, whose=Whose.BOTH)), RECORD)
    assert _lines(plan)[5:15] == [
        "      script  2 lines → 2 lines  (1 removed, 1 added)",
        "        │ @@ -1,2 +1,2 @@",
        "        │  one",
        "        │ -two",
        "        │ +three",
        "        (both moved; the server since then:)",
        "          │ @@ -1 +1,2 @@",
        "          │  one",
        "          │ +two",
        "",
    ]


def test_a_third_side_that_has_what_the_server_has_is_not_too_much_to_compare() -> None:
    diff = FieldDiff("script", "one\n", "one\ntwo\n", Whose.BOTH, "one\n")
    plan = _since(make_plan(update(config("EXPERT", "x"), diff, whose=Whose.BOTH)), RECORD)
    assert "          │ no difference" in _lines(plan)


def test_a_rename_of_what_this_plan_deletes() -> None:
    hq, old = category_address(EXAMPLE, "HQ"), category_address(EXAMPLE, "Old HQ")
    plan = replace(make_plan(create(hq), delete(old)), renames=(Rename(hq, old, None),))
    assert (
        "Renamed? category[example.com/HQ] looks like category[example.com/Old HQ], which this plan deletes"
        in _lines(plan)
    )
