"""The self-test's report: whole texts, and nothing in it that a terminal obeys."""

import json
from dataclasses import replace

import pytest

from syncer.model.address import category_address, config_address, domain_address
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


def test_many_things_are_told_in_short() -> None:
    strangers = tuple(Leftover(config_address("d", "NTP", str(n)), n, "leave it", sure=False) for n in range(300))
    shown = render_selftest(SelfTest(INTENT, failed=FAILED, leftovers=strangers))
    assert shown.count("NEW      config[d/NTP/") == 20
    assert "         … and 280 more\n" in shown
    assert shown.endswith("Not proven; what is named above was made meanwhile, and nothing of it was touched.")


def test_where_only_others_were_changed_no_clean_is_advised() -> None:
    shown = render_selftest(SelfTest(INTENT, failed=FAILED, damages=(DAMAGE,), kept="x.json"))
    assert shown.endswith(
        "what is named above is on the server now; put it right by hand; the file above has it as it was."
    )
    device = replace(DAMAGE, address=domain_address("example.com"), device="Ann")
    assert "CHANGED  device[example.com/Ann] (id 9), which is not ours: " in render_selftest(
        SelfTest(INTENT, failed=FAILED, damages=(device,))
    )


def test_where_the_last_comparison_failed_nothing_is_claimed() -> None:
    test = SelfTest(INTENT, failed=FAILED, unread="the connection was lost")
    assert test.exit_code == 6
    assert render_selftest(test).endswith(
        "Not proven; whether everything is as it was could not be read: the connection was lost."
    )
    left = render_selftest(replace(test, leftovers=(LEFT,)))
    assert left.endswith("may be on the server now; see to it there, or with `syncer wire verify --clean`.")


def test_the_advice_names_the_domain() -> None:
    elsewhere = Leftover(category_address("third.com", TAG), 5, "of an earlier self-test")
    intent = replace(INTENT, domain="other.com", login_domain="example.com", stale=(LEFT, elsewhere), cleans=True)
    shown = render_intent(intent)
    assert "it is deleted at the end" in shown
    assert shown.endswith("; --clean --domain third.com deletes it")
    test = SelfTest(intent, failed=FAILED, leftovers=(LEFT, elsewhere))
    assert render_selftest(test).endswith(
        "`syncer wire verify --clean --domain third.com` and `syncer wire verify --clean`."
    )


def test_secrets_that_nobody_sees_are_told() -> None:
    assert (
        "not seen    logPassword: whether it arrives at all cannot be seen by reading; "
        "set it once and check it at a device\n"
    ) in render_selftest(SelfTest(INTENT, unseen=frozenset({"logPassword"}), receipt="r"))


def test_json_says_the_same() -> None:
    told = json.loads(document(SelfTest(INTENT, failed=FAILED, leftovers=(LEFT,), damages=(DAMAGE,))))
    assert told["format"] == "syncer-verify/1"
    assert told["exit_code"] == 6
    assert told["failed"]["operation"] == "create_config"
    assert told["failed"]["sent"] == list(FAILED.sent)
    assert told["leftovers"] == [
        {"address": f"category[example.com/{TAG}]", "id": 4, "why": "devices are in it", "sure": True}
    ]
    assert told["damages"] == [
        {"address": "config[example.com/NTP/time]", "id": 9, "device": None, "how": "ntp1: a -> b"}
    ]


def test_hostile_texts_stay_on_their_line() -> None:
    hostile = replace(FAILED, what=HOSTILE, found=HOSTILE, hint=HOSTILE, sent=(HOSTILE,))
    left = Leftover(category_address(HOSTILE, HOSTILE), 1, HOSTILE)
    test = SelfTest(
        replace(INTENT, profile=HOSTILE, server=HOSTILE, url=HOSTILE, domain=HOSTILE, stale=(left,)),
        failed=hostile,
        leftovers=(left,),
        damages=(Damage(left.address, 1, HOSTILE),),
        may_come=HOSTILE,
        unread=HOSTILE,
        unseen=frozenset({HOSTILE}),
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
