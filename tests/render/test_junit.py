"""Plans as JUnit XML."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings

from syncer.model.plan import FieldDiff, Guard, Plan, Rename, Since, Third, Whose
from syncer.render.junit import render_plan
from syncer.render.values import one_line
from tests.render.plans import BERLIN, config, create, delete, make_plan, update
from tests.render.strategies import NASTY, plans

_CLOCK = config("NTP", "old clock")
SMALL = make_plan(
    update(
        config("EXPERT", "no telnet"),
        FieldDiff("script", "a\nconfig write\n", "a && b\nconfig write\n"),
        source="domains/hq.yaml:31:5",
    ),
    create(config("NTP", "time", BERLIN), ntp1="ptbtime1.ptb.de"),
    delete(_CLOCK, ntp1="192.168.0.1", source="domains/hq.yaml:52:5"),
    guards=(
        Guard("deletes", "1 delete takes every NTP config of example.com", "deletes", 1, (_CLOCK,)),
        Guard("unverified-wire", "the wire profile is not verified: prove it", "unverified-wire"),
    ),
)
REPORT = """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="syncer plan" tests="5" failures="2" errors="0" skipped="0" time="0">
  <testsuite name="(the whole plan)" tests="2" failures="1" errors="0" skipped="0" time="0">
    <testcase classname="(the whole plan)" name="plan for production (wss://apps.example.com/example.com/devices/innovaphone-devices-api)" time="0">
      <system-out>Plan for production (wss://apps.example.com/example.com/devices/innovaphone-devices-api)

Whether the files or the server moved cannot be told: plan --since RECORD or --base REF tells.
Plan: 1 to create, 1 to update, 1 to delete; 40 unchanged, 2 unmanaged.</system-out>
    </testcase>
    <testcase classname="(the whole plan)" name="guard unverified-wire" time="0">
      <failure message="held back: unverified-wire: the wire profile is not verified: prove it; go on all the same with --unverified-wire" type="unverified-wire">held back: unverified-wire: the wire profile is not verified: prove it; go on all the same with --unverified-wire</failure>
    </testcase>
  </testsuite>
  <testsuite name="example.com" tests="2" failures="1" errors="0" skipped="0" time="0">
    <testcase classname="example.com" name="update config[example.com/EXPERT/no telnet]" time="0" file="conf/domains/hq.yaml" line="31">
      <system-out>  ~ update  config[example.com/EXPERT/no telnet]  domains/hq.yaml:31:5
      script  2 lines → 2 lines  (1 removed, 1 added)
        │ @@ -1,2 +1,2 @@
        │ -a
        │ +a &amp;&amp; b
        │  config write</system-out>
    </testcase>
    <testcase classname="example.com" name="DELETE config[example.com/NTP/old clock]" time="0" file="conf/domains/hq.yaml" line="52">
      <failure message="held back: deletes: 1 delete takes every NTP config of example.com; confirm with --confirm-deletes 1" type="deletes">held back: deletes: 1 delete takes every NTP config of example.com; confirm with --confirm-deletes 1
  - DELETE  config[example.com/NTP/old clock]  domains/hq.yaml:52:5  (held back: deletes)
      - ntp1  192.168.0.1</failure>
    </testcase>
  </testsuite>
  <testsuite name="berlin.example.com" tests="1" failures="0" errors="0" skipped="0" time="0">
    <testcase classname="berlin.example.com" name="create config[berlin.example.com/NTP/time]" time="0">
      <system-out>  + create  config[berlin.example.com/NTP/time]
      + ntp1  ptbtime1.ptb.de</system-out>
    </testcase>
  </testsuite>
</testsuites>"""  # noqa: E501


def _parsed(plan: Plan, folder: str = "") -> ET.Element:
    return ET.fromstring(render_plan(plan, folder))  # noqa: S314 - our own


def _cases(plan: Plan) -> list[ET.Element]:
    """But for the one of the plan as a whole."""
    return list(_parsed(plan).iter("testcase"))[1:]


def test_a_small_plan() -> None:
    assert render_plan(SMALL, "conf/") == REPORT


def test_an_empty_plan_is_one_case_that_passes() -> None:
    """A file without a case is an error for some readers."""
    (case,) = _parsed(make_plan()).iter("testcase")
    assert case.find("failure") is None
    assert (case.findtext("system-out") or "").endswith("No changes. 40 unchanged, 2 unmanaged.")


def test_renames_notes_and_whose_are_told_of_the_plan_as_a_whole() -> None:
    rename = Rename(_CLOCK, config("NTP", "clock"), "hq.yaml:9:5")
    since = Since(Third.RECORD, "applied.json", "2026-05-01T06:00:00Z")
    change = update(_CLOCK, FieldDiff("ntp1", "a", "b"), whose=Whose.DRIFT)
    whole = next(_parsed(make_plan(change, notes=("so",), renames=(rename,), since=since)).iter("system-out")).text
    assert "renamed_from: clock" in str(whole)
    assert "Note: so" in str(whole)
    assert "Since applied.json (2026-05-01T06:00:00Z): 1 drift (the server moved)." in str(whole)


def test_equal_changes_are_a_case_each() -> None:
    plan = make_plan(*(create(config("NTP", "time", f"{i}.com"), ntp1="a") for i in range(5)))
    assert [one.get("classname") for one in _cases(plan)] == [f"{i}.com" for i in range(5)]


def test_a_failure_names_every_guard_that_is_about_its_change_and_no_other() -> None:
    """There may be several of one name."""
    guards = (
        Guard("category-in-use", "a is in use", addresses=(_CLOCK,)),
        Guard("category-in-use", "b is in use", addresses=(config("NTP", "other"),)),
        Guard("protected", "policy.protect forbids", addresses=(_CLOCK,)),
    )
    (failure,) = _parsed(make_plan(delete(_CLOCK), delete(config("NTP", "c")), guards=guards[::2])).iter("failure")
    assert (failure.get("type"), failure.get("message")) == (
        "category-in-use",
        "held back: category-in-use: a is in use; nothing overrides this",
    )
    assert (failure.text or "").split("\n") == [
        "held back: category-in-use: a is in use; nothing overrides this",
        "held back: protected: policy.protect forbids; nothing overrides this",
        "  - DELETE  config[example.com/NTP/old clock]  (held back: category-in-use, protected)",
    ]
    told = "".join(_parsed(make_plan(delete(_CLOCK), delete(config("NTP", "other")), guards=guards)).itertext())
    assert (told.count("a is in use"), told.count("b is in use")) == (1, 1)


def test_a_guard_about_what_stays_is_a_case_of_its_own() -> None:
    guard = Guard("category-in-use", "a is in use", addresses=(config("PHONE", "stays"),))
    case, _ = _cases(make_plan(delete(_CLOCK), guards=(guard,)))
    assert (case.get("classname"), case.get("name")) == ("(the whole plan)", "guard category-in-use")
    assert case.findtext("failure") == (
        "held back: category-in-use: a is in use; nothing overrides this\nconfig[example.com/PHONE/stays]"
    )


@pytest.mark.parametrize("source", ["../../etc:1:1", "no numbers", "/etc/passwd:1:1"])
def test_an_absurd_source_is_no_file(source: str) -> None:
    (case,) = _cases(make_plan(delete(_CLOCK, source=source)))
    assert "file" not in case.attrib
    assert source in (case.findtext("system-out") or "")


@settings(deadline=None)
@given(plans())
@example(make_plan(*(update(config(text, text, text), FieldDiff(text, text, "b")) for text in NASTY)))
@example(make_plan(*(create(config("EXPERT", text), script=f"{text}\n") for text in NASTY)))
@example(make_plan(guards=tuple(Guard(text, text, text) for text in NASTY)))
def test_every_change_is_one_case_and_the_counts_are_right(plan: Plan) -> None:
    root = _parsed(plan, "conf/")
    changed, held = {one.address for one in plan.changes}, {one for guard in plan.guards for one in guard.addresses}
    lone = sum(changed.isdisjoint(guard.addresses) for guard in plan.guards)
    _, *cases = root.iter("testcase")
    assert len(cases) == len(plan.changes) + lone
    names = sorted(str(one.get("name")).partition(" ")[2] for one in cases[lone:])
    assert names == sorted(one_line(one.address) for one in plan.changes)
    assert len(list(root.iter("failure"))) == sum(one.address in held for one in plan.changes) + lone
    for suite in (root, *root):
        assert suite.get("tests") == str(len(list(suite.iter("testcase"))))
        assert suite.get("failures") == str(len(list(suite.iter("failure"))))
    assert {one.get("file", "conf/")[:5] for one in cases} <= {"conf/"}
    assert all(one.isprintable() for text in root.itertext() for one in text.split("\n"))
