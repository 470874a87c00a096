"""What a watch tells, line by line."""

import json
from dataclasses import replace

import pytest

from syncer.model.address import Action, config_address
from syncer.model.plan import HIDDEN, Change, FieldDiff, Plan, Summary, Whose
from syncer.model.watch import About, Remark, Sighting
from syncer.render.sightings import remark_as_json, render_remark, render_sighting, sighting_as_json

AT = "2026-01-01T00:00:00+00:00"
PHONES = config_address("example.com", "PHONE", "phones")
CHANGE = Change(
    Action.UPDATE, PHONES, None, 7, "b", "f", (FieldDiff("gk1", "10.0.0.9", "10.0.0.1"),), None, "a.yaml:1:1"
)
PLAN = Plan("production", "wss://x", AT, "00", "d", (), Summary(unchanged=3, unmanaged=1), ())


def seen(*changes: Change) -> Sighting:
    return Sighting(AT, replace(PLAN, changes=changes), tuple(change.address for change in changes), ())


def told(change: Change) -> str:
    return render_sighting(seen(change)).removeprefix(f"{AT} drifted: {change.address}")


def test_in_step() -> None:
    assert render_sighting(seen()) == f"{AT} in step: 3 unchanged, 1 unmanaged"


def test_drift_that_is_gone() -> None:
    sighting = Sighting(AT, replace(PLAN, changes=(CHANGE,)), (), (config_address("example.com", "NTP", "x"),))
    assert render_sighting(sighting) == f"{AT} in step again: config[example.com/NTP/x]"


def test_fields() -> None:
    assert told(CHANGE) == ": gk1: the files say 10.0.0.1, live 10.0.0.9"


def test_texts_of_as_many_lines() -> None:
    assert told(replace(CHANGE, diff=(FieldDiff("script", "a\nb\n", "a\nc\n"),))) == (
        ": script: the files say 2 lines, live 2 lines (1 removed, 1 added)"
    )


def test_only_the_first_fields() -> None:
    diff = tuple(FieldDiff(f"f{number}", None, number) for number in range(5))
    assert told(replace(CHANGE, diff=diff)) == (
        ": f0: the files say 0, live (unset); f1: the files say 1, live (unset); f2: the files say 2, live (unset); "
        "and 2 more fields"
    )


def test_what_is_hidden_stays_so() -> None:
    assert told(replace(CHANGE, diff=(FieldDiff("turnPassword", HIDDEN, HIDDEN),))) == (
        ": turnPassword: (secret differs)"
    )
    assert told(replace(CHANGE, diff=(FieldDiff("turnPassword", None, HIDDEN),))) == (
        ": turnPassword: (secret, only in the files)"
    )
    assert (
        told(replace(CHANGE, diff=(FieldDiff("turnPassword", HIDDEN, None),))) == ": turnPassword: (secret, only live)"
    )


@pytest.mark.parametrize(
    "action, text",
    [
        (Action.CREATE, ": missing: the files have it, live there is none"),
        (Action.DELETE, ": not in the files: live it is there"),
    ],
)
def test_what_is_there_on_one_side(action: Action, text: str) -> None:
    assert told(replace(CHANGE, action=action)) == text


def test_another_name_and_whose() -> None:
    former = config_address("example.com", "PHONE", "old")
    change = replace(CHANGE, former=former, whose=Whose.DRIFT)
    assert told(change) == (f" (live {former}): gk1: the files say 10.0.0.1, live 10.0.0.9 (drift (the server moved))")


def test_hostile_texts() -> None:
    name = config_address("example.com", "PHONE", "a\x1b[2J\n::error::x")
    shown = render_sighting(seen(replace(CHANGE, address=name, diff=(FieldDiff("gk1", "\u202e\n", None),))))
    assert shown.isprintable()
    assert "\n" not in shown
    remark = render_remark(Remark(AT, About.LOST, "a\x1b[2J\n  b\u202e"))
    assert remark == f"{AT} a\\x1b[2J; b\\u202e"


def test_a_text_of_several_lines_is_one() -> None:
    remark = render_remark(Remark(AT, About.HELD, "held back:\n  one; why\n  two"))
    assert remark == f"{AT} held back: one; why; two"


def test_a_flood_is_cut() -> None:
    many = [replace(CHANGE, address=config_address("example.com", "PHONE", f"{number}")) for number in range(10_000)]
    lines = render_sighting(seen(*many)).splitlines()
    assert len(lines) == 101
    assert lines[-1] == f"{AT} and 9900 more; `syncer drift` shows all that is drifted"


def test_colours() -> None:
    assert "\x1b[33mdrifted: \x1b[0m" in render_sighting(seen(CHANGE), color=True)
    assert "\x1b[32mconnected again\x1b[0m" in render_remark(Remark(AT, About.BACK, "connected again"), color=True)
    assert "\x1b[31mgone\x1b[0m" in render_remark(Remark(AT, About.LOST, "gone"), color=True)


def test_for_programs() -> None:
    line = sighting_as_json(seen(CHANGE))
    assert "\n" not in line
    assert json.loads(line)["drifted"] == [str(PHONES)]
    remark = remark_as_json(Remark(AT, About.LOST, "a\nb\x7f"))
    assert json.loads(remark) == {"format": "syncer-watch/1", "time": AT, "event": "lost", "message": "a\nb\x7f"}
    assert remark.isprintable()
