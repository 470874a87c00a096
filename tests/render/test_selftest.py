"""The self-test's report: whole texts, and nothing in it that a terminal obeys."""

import json
from dataclasses import replace

import pytest

from syncer.model.address import category_address, config_address
from syncer.model.selftest import Damage, Failed, Intent, Leftover, Passed, ReadsBack, Rehearsed, SelfTest
from syncer.render.selftest import (
    document,
    rehearsed_document,
    render_intent,
    render_rehearsed,
    render_selftest,
    render_step,
)

LATE = "still arrive, `syncer wire verify --clean` deletes it."
TAG = "syncer-verify-01234567"
INTENT = Intent("production", "wss://host/example.com/devices/app", "learned", "example.com", TAG, False)
FAILED = Failed(
    "create_config",
    "create a config of type EXPERT with an empty script",
    "the server reported no error; but it reads back otherwise: categories is [] instead of [4]",
    "correct create_config in the wire profile",
    ('{"mt": "NewConfig"}', '{"mt": "Piece"}'),
)
LEFT = Leftover(category_address("example.com", TAG), 4, "devices are in it")
DAMAGE = Damage(config_address("example.com", "NTP", "time"), 9, "ntp1: a -> b")
HOSTILE = "\x1b[2J\u202e\nok  "


def test_what_is_going_to_be_done() -> None:
    stale = replace(LEFT, why="of an earlier self-test")
    assert render_intent(replace(INTENT, domains=True, stale=(stale,))) == (
        "Self-test of the wire profile learned\n"
        "  server    production (wss://host/example.com/devices/app)\n"
        "  domain    example.com\n"
        f"  makes     categories, configs and a domain named {TAG}…, for no device; "
        "changes them, and deletes them again\n"
        f"  left      category[example.com/{TAG}] (id 4), of an earlier self-test; --clean deletes it"
    )
    assert render_intent(replace(INTENT, stale=(stale,), cleans=True)).endswith("; it is deleted at the end")


def test_a_step() -> None:
    assert render_step(Passed("create_config", "create it")) == "ok  create it"
    assert render_step(Passed("", "create it", "lost; found by reading"), color=True) == (
        "\x1b[32mok  \x1b[0mcreate it (lost; found by reading)"
    )


def test_proven() -> None:
    test = SelfTest(
        INTENT,
        proven=frozenset({"update_config", "create_config"}),
        unproven={"create_domain": "not tried without --domains"},
        measured=ReadsBack({"PHONE": {"frameSize": 0, "coder": ""}}, frozenset({"logPassword"})),
        receipt="wire/learned.verified.json",
        completed="wire/learned.yaml",
    )
    assert test.exit_code == 0
    assert render_selftest(test) == (
        "proven      create_config\n"
        "proven      update_config\n"
        "not proven  create_domain: not tried without --domains\n"
        "  receipt   wire/learned.verified.json\n"
        "  profile   wire/learned.yaml says now what is read back\n"
        "\n"
        "What the service reads back for what is not set, and secrets that it never returns:\n"
        '  PHONE: frameSize 0, coder ""\n'
        "  never returned: logPassword\n"
        "\n"
        "Proven; the server is as it was."
    )


def test_failed_with_leftovers_and_damage() -> None:
    test = SelfTest(INTENT, failed=FAILED, leftovers=(LEFT,), damages=(DAMAGE,), kept=f".syncer/verify/{TAG}.json")
    assert test.exit_code == 6
    assert render_selftest(test) == (
        "FAILED  create a config of type EXPERT with an empty script\n"
        "  wrong is  create_config of the wire profile learned\n"
        '  sent      {"mt": "NewConfig"}\n'
        '  sent      {"mt": "Piece"}\n'
        "  result    the server reported no error; but it reads back otherwise: categories is [] instead of [4]\n"
        "  => correct create_config in the wire profile\n"
        "\n"
        f"LEFT     category[example.com/{TAG}] (id 4): devices are in it\n"
        "CHANGED  config[example.com/NTP/time] (id 9), which is not ours: ntp1: a -> b\n"
        f"  before    how that was before is in .syncer/verify/{TAG}.json\n"
        "\n"
        "Not proven; what is named above is on the server now; see to it there, or with `syncer wire verify --clean`."
    )


@pytest.mark.parametrize(
    "changes, code, verdict",
    [
        ({}, 0, "Proven; the server is as it was."),
        ({"failed": FAILED}, 5, "Not proven; the server is as it was."),
        ({"failed": FAILED, "wrote": False}, 1, "Not proven; nothing was written."),
        (
            {"failed": FAILED, "may_come": "config[x]"},
            5,
            f"Not proven; the server is as it was; should config[x] {LATE}",
        ),
        ({"interrupted": True}, 130, "Interrupted; the server is as it was."),
        ({"interrupted": True, "wrote": False}, 130, "Interrupted; nothing was written."),
        ({"refused": "no room"}, 1, "No receipt, although everything went well: no room"),
    ],
)
def test_verdicts(changes: dict[str, object], code: int, verdict: str) -> None:
    test = replace(SelfTest(INTENT), **changes)  # type: ignore[arg-type]
    assert test.exit_code == code
    assert render_selftest(test).splitlines()[-1] == verdict


def test_json_says_the_same() -> None:
    told = json.loads(document(SelfTest(INTENT, failed=FAILED, leftovers=(LEFT,), damages=(DAMAGE,))))
    assert told["format"] == "syncer-verify/1"
    assert told["exit_code"] == 6
    assert told["failed"]["operation"] == "create_config"
    assert told["failed"]["sent"] == list(FAILED.sent)
    assert told["leftovers"] == [
        {"address": f"category[example.com/{TAG}]", "id": 4, "why": "devices are in it", "sure": True}
    ]
    assert told["damages"] == [{"address": "config[example.com/NTP/time]", "id": 9, "how": "ntp1: a -> b"}]


def test_hostile_texts_stay_on_their_line() -> None:
    hostile = replace(FAILED, what=HOSTILE, found=HOSTILE, hint=HOSTILE, sent=(HOSTILE,))
    left = Leftover(category_address(HOSTILE, HOSTILE), 1, HOSTILE)
    test = SelfTest(
        replace(INTENT, profile=HOSTILE, server=HOSTILE, url=HOSTILE, domain=HOSTILE, stale=(left,)),
        failed=hostile,
        leftovers=(left,),
        damages=(Damage(left.address, 1, HOSTILE),),
        may_come=HOSTILE,
    )
    steps = (Rehearsed("create_config", HOSTILE, ({"mt": HOSTILE},)),)
    for text in (
        render_selftest(test),
        render_intent(test.intent),
        render_step(Passed("", HOSTILE, HOSTILE)),
        render_rehearsed(steps),
        document(test),
        rehearsed_document(steps),
    ):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert not [line for line in text.splitlines() if line.startswith("ok  ") and "\\x1b" not in line]


def test_what_would_be_sent() -> None:
    steps = (
        Rehearsed("create_category", "create it", ({"mt": "New", "name": "ä"},)),
        Rehearsed("delete_category", "delete it", ({"mt": "Piece"}, {"mt": "Old", "id": "<id of x>"})),
    )
    assert render_rehearsed(steps) == (
        'create it\n  {"mt": "New", "name": "ä"}\n'
        'delete it\n  {"mt": "Piece"}\n  {"mt": "Old", "id": "<id of x>"}\n'
        "\n2 writes in 3 messages; nothing was sent."
    )
    assert json.loads(rehearsed_document(steps))["writes"][0]["messages"] == [{"mt": "New", "name": "ä"}]
