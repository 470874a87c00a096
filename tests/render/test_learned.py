"""What was learned, as people and programs read it."""

import json

from syncer.model.learned import Confidence, Contradiction, Finding, Learned, Missing, Side
from syncer.render.learned import learned_document, render_guide, render_learned

EVIL = "\x1b[2J\u202e<b>"
LEARNED = Learned(
    "wss://pbx.example.com/example.com/devices/innovaphone-devices-api",
    (
        Finding(
            "create_config",
            {"request": {"mt": "AddDeviceConfig"}, "response": "none"},
            (27, 69, 83, 90),
            Confidence.SHOWN,
            ("config scratch time was seen for the first time after it (id 1)", "answered by AddDeviceConfigResult"),
        ),
        Finding("delete_config", {"request": {"mt": EVIL}, "response": "none"}, (5,), Confidence.SENT, (EVIL,)),
    ),
    {"category_refs": "ids"},
    {"category_refs": "a config's categories were written as ids"},
    (Missing("delete_category", "delete the category"),),
    (Contradiction(f"update_config: {EVIL}", (Side("one way", (1,)), Side(EVIL, (2, 3)))),),
    (f"not recognised: {EVIL}",),
)
WIDE = r"""Service  wss://pbx.example.com/example.com/devices/innovaphone-devices-api

operation      message           confidence  evidence
create_config  AddDeviceConfig   shown       messages 27, 69, 83 and 1 more: config scratch time was seen for the first
                                             time after it (id 1)
                                             answered by AddDeviceConfigResult
delete_config  \x1b[2J\u202e<b>  sent        message 5: \x1b[2J\u202e<b>

category_refs: ids  a config's categories were written as ids

contradiction: update_config: \x1b[2J\u202e<b>
    either one way
           message 1
    or     \x1b[2J\u202e<b>
           messages 2, 3

Not in the recording, and how to show it:
  delete_category  delete the category

note: not recognised: \x1b[2J\u202e<b>"""
NARROW = r"""Service  wss://pbx.example.com/example.com/devices/innovapho
         ne-devices-api

operation      message           confidence
  evidence
create_config  AddDeviceConfig   shown
    messages 27, 69, 83 and 1 more: config scratch time was
    seen for the first time after it (id 1)
    answered by AddDeviceConfigResult
delete_config  \x1b[2J\u202e<b>  sent
    message 5: \x1b[2J\u202e<b>
"""


def test_a_table_with_what_is_missing_and_what_contradicts() -> None:
    assert render_learned(LEARNED, width=120) == WIDE


def test_a_narrow_terminal() -> None:
    assert render_learned(LEARNED, width=60).startswith(NARROW)
    assert all(len(line) <= 60 for line in render_learned(LEARNED, width=60).splitlines())


def test_colours_only_where_they_are_asked_for() -> None:
    assert "\x1b" not in render_learned(LEARNED)
    assert "\x1b[32mcreate_config" in render_learned(LEARNED, color=True)
    assert "\x1b[2J" not in render_learned(LEARNED, color=True)


def test_nothing_learned() -> None:
    text = render_learned(Learned("", (), {}, {}, (), (), ()))
    assert text == "Service  (the recording does not tell its address)"


def test_json() -> None:
    document = json.loads(learned_document(LEARNED, "wire/x.yaml"))
    assert document["format"] == "syncer-learned/1"
    assert document["written"] == "wire/x.yaml"
    assert document["operations"][0] == {
        "operation": "create_config",
        "request": {"mt": "AddDeviceConfig"},
        "response": "none",
        "confidence": "shown",
        "messages": [27, 69, 83, 90],
        "evidence": list(LEARNED.findings[0].evidence),
    }
    assert document["settings"]["category_refs"]["value"] == "ids"
    assert document["missing"] == [{"what": "delete_category", "click": "delete the category"}]
    assert document["contradictions"][0]["sides"][1]["messages"] == [2, 3]
    assert json.loads(learned_document(LEARNED, None))["written"] is None


def test_the_guide_is_numbered() -> None:
    assert render_guide(["Do this.", "Do that."]) == " 1. Do this.\n 2. Do that."
