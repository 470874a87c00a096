"""Plans as Code Quality reports of GitLab."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import example, given, settings
from jsonschema import Draft202012Validator

from syncer.model.plan import FieldDiff, Guard, Plan, Rename, Since, Third, Whose
from syncer.render.gitlab import render_plan
from tests.render.plans import believable, config, create, delete, make_plan, reach, update
from tests.render.strategies import NASTY, plans

# docs.gitlab.com/ci/testing/code_quality: what a report must have; all other keys are ignored there.
_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"pattern": "^syncer-(guard|create|update|delete|rename|note|plan)$"},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "additionalProperties": False,
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!/|\./|\.\./)[^\x00-\x1f]+$"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "additionalProperties": False,
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}

_CLOCK = config("NTP", "old clock")
SMALL = make_plan(
    update(
        config("MEDIA", "media"),
        FieldDiff("categories", ["Phones HQ"], []),
        reach=reach(before=False, after=True),
        source="domains/hq.yaml:36:5",
    ),
    delete(_CLOCK, ntp1="192.168.0.1"),
    guards=(Guard("deletes", "1 delete takes every NTP config of example.com", "deletes", 1, (_CLOCK,)),),
)
REPORT = """\
[
  {
    "description": "held back: deletes: 1 delete takes every NTP config of example.com; confirm with --confirm-deletes 1",
    "check_name": "syncer-guard",
    "fingerprint": "858a8a4915fd1a82ec555bcb220acb724c1a39b512788b1bed27bdec8ce1ba29",
    "severity": "major",
    "location": {
      "path": "conf/syncer.yaml",
      "lines": {
        "begin": 1
      }
    }
  },
  {
    "description": "DELETE config[example.com/NTP/old clock]; held back: deletes; ntp1: 192.168.0.1",
    "check_name": "syncer-delete",
    "fingerprint": "725e39e6c1c534485425c9572e5a47b2ce1899fd16d89db4cd855caa0a290cac",
    "severity": "critical",
    "location": {
      "path": "conf/syncer.yaml",
      "lines": {
        "begin": 1
      }
    }
  },
  {
    "description": "update config[example.com/MEDIA/media]; reaches the devices of its categories \\u2192 every device of example.com; categories: [Phones HQ] \\u2192 (every device)",
    "check_name": "syncer-update",
    "fingerprint": "4e4ade36b8078088808854d18c3eb8ba1503fba787f27d93fc720d2dd893365f",
    "severity": "major",
    "location": {
      "path": "conf/domains/hq.yaml",
      "lines": {
        "begin": 36
      }
    }
  },
  {
    "description": "Plan: 0 to create, 1 to update, 1 to delete; 40 unchanged, 2 unmanaged. Whether the files or the server moved cannot be told: plan --since RECORD or --base REF tells.",
    "check_name": "syncer-plan",
    "fingerprint": "874801880e81f6036ebe7b4b27c66495be3e6ea5a803de85cc7416cde597508b",
    "severity": "info",
    "location": {
      "path": "conf/syncer.yaml",
      "lines": {
        "begin": 1
      }
    }
  }
]"""  # noqa: E501


def _entries(plan: Plan, folder: str = "") -> list[dict[str, Any]]:
    report: list[dict[str, Any]] = json.loads(render_plan(plan, folder))
    return report


def _of_changes(plan: Plan) -> list[dict[str, Any]]:
    return [one for one in _entries(plan) if one["check_name"] not in ("syncer-plan", "syncer-note", "syncer-rename")]


def test_a_small_plan() -> None:
    assert render_plan(SMALL, "conf/") == REPORT


def test_the_gravest_come_first_after_the_guards() -> None:
    told = [(one["severity"], one["check_name"], one["location"]["path"]) for one in _entries(believable())]
    assert told == [
        ("major", "syncer-guard", "syncer.yaml"),
        ("blocker", "syncer-guard", "syncer.yaml"),
        ("major", "syncer-guard", "syncer.yaml"),
        ("critical", "syncer-delete", "domains/hq.yaml"),
        ("blocker", "syncer-update", "domains/hq.yaml"),
        ("major", "syncer-update", "domains/hq.yaml"),
        ("major", "syncer-create", "baselines/german.yaml"),
        ("minor", "syncer-update", "domains/hq.yaml"),
        ("minor", "syncer-update", "domains/hq.yaml"),
        ("info", "syncer-create", "b.yaml"),
        ("info", "syncer-create", "b.yaml"),
        *[("info", "syncer-note", "syncer.yaml")] * len(believable().notes),
        ("info", "syncer-plan", "syncer.yaml"),
    ]


def test_an_empty_plan_is_an_empty_report() -> None:
    assert render_plan(make_plan()) == "[]"


def test_each_domain_has_its_own_entry_at_its_own_line() -> None:
    """Folded, only the first file would get a mark."""
    changes = (create(config("NTP", "time", f"{i}.com"), ntp1="a", source=f"{i}.yaml:3:5") for i in range(5))
    assert [one["location"]["path"] for one in _of_changes(make_plan(*changes))] == [f"{i}.yaml" for i in range(5)]


def test_a_fingerprint_stays_while_the_values_move() -> None:
    before, after = (make_plan(update(_CLOCK, FieldDiff("ntp1", "a", value))) for value in "bc")
    other = make_plan(update(config("NTP", "x" * 400 + "y"), FieldDiff("ntp1", "a", "b")))
    another = make_plan(update(config("NTP", "x" * 400 + "z"), FieldDiff("ntp1", "a", "b")))
    prints = [_entries(plan)[0]["fingerprint"] for plan in (before, after, other, another)]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3


def test_a_fingerprint_does_not_depend_on_what_else_is_planned() -> None:
    whole = {one["fingerprint"] for one in _entries(believable())}
    for change in believable().changes:
        assert {one["fingerprint"] for one in _of_changes(make_plan(change))} <= whole


def test_the_plan_as_a_whole_has_entries_too() -> None:
    since = Since(Third.RECORD, "applied.json", "2026-05-01T06:00:00Z")
    rename = Rename(_CLOCK, config("NTP", "clock"), "hq.yaml:9:5")
    change = update(_CLOCK, FieldDiff("ntp1", "a", "b"), whose=Whose.DRIFT)
    told = [one["description"] for one in _entries(make_plan(change, since=since, renames=(rename,), notes=("so",)))]
    assert told[1:] == [
        (
            "renamed? config[example.com/NTP/old clock] looks like config[example.com/NTP/clock], which is live and "
            "not in the files; if it is, say so at hq.yaml:9:5: renamed_from: clock"
        ),
        "note: so",
        (
            "Plan: 0 to create, 1 to update, 0 to delete; 40 unchanged, 2 unmanaged. "
            "Since applied.json (2026-05-01T06:00:00Z): 1 drift (the server moved)."
        ),
    ]


def test_a_description_is_cut() -> None:
    fields: dict[str, Any] = {f"extra.{i}": "x" * 200 for i in range(50)}
    (entry,) = _of_changes(make_plan(create(config("EXPERT", "e"), **fields)))
    assert len(entry["description"]) < 2000
    assert entry["description"].endswith("…")


@settings(deadline=None)
@given(plans())
@example(make_plan(*(update(config(text, text, text), FieldDiff(text, text, "b")) for text in NASTY)))
@example(make_plan(*(create(config("EXPERT", text), source=f"{text}:1:1") for text in NASTY)))
@example(make_plan(*[delete(_CLOCK)] * 3, guards=(Guard("protected", "no"),) * 3))
def test_every_report_is_valid_and_tells_of_every_change(plan: Plan) -> None:
    text = render_plan(plan, "conf/")
    entries = json.loads(text)
    Draft202012Validator(_SCHEMA).validate(entries)
    assert text.isascii()
    of_all = len(plan.renames) + len(plan.notes) + bool(plan.changes)
    assert len(entries) == len(plan.changes) + len(plan.guards) + of_all
    assert len({one["fingerprint"] for one in entries}) == len(entries)
    assert {one["location"]["path"][:5] for one in entries} <= {"conf/"}
    assert text == render_plan(replace(plan, created="later"), "conf/")
