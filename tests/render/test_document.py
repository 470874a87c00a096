"""Plans and reports as JSON."""

import json

import jsonschema

from syncer import resources
from syncer.model.plan import FieldDiff, Result, from_document
from syncer.render import document
from tests.render.plans import believable, config, make_plan, mixed_report, update

HOSTILE = "\x1b[31m\x7f\x9b\u202e\ud800\u2028</script>"


def test_a_plan_is_its_document() -> None:
    plan = believable()
    parsed = json.loads(document.render_plan(plan))
    jsonschema.validate(parsed, resources.schema("plan"))
    assert from_document(parsed) == plan


def test_nothing_hostile_reaches_a_terminal() -> None:
    plan = make_plan(
        update(config("PHONE", HOSTILE), FieldDiff("gk1", HOSTILE, None), source=HOSTILE), notes=(HOSTILE,)
    )
    text = document.render_plan(plan)
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert from_document(json.loads(text)) == plan


def test_no_runner_of_ci_finds_a_command_in_it() -> None:
    plan = make_plan(update(config("PHONE", "##[error]x"), FieldDiff("gk1", "###[group]", "\\##vso[x]")))
    text = document.render_plan(plan)
    assert "##" not in text
    assert from_document(json.loads(text)) == plan


def test_a_report_is_counted_and_listed() -> None:
    parsed = json.loads(document.render_report(mixed_report()))
    assert parsed["format"] == "syncer-report/1"
    assert parsed["summary"] == {str(result): 1 for result in Result}
    assert parsed["outcomes"][3] == {
        "action": "update",
        "kind": "config",
        "address": "config[example.com/PHONE/HQ phones]",
        "result": "failed",
        "reason": "gk1 reads back as 172.16.0.1, not 172.16.0.2",
    }
