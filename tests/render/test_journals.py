"""Journals as people and programs read them."""

import json
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.model.address import category_address
from syncer.model.journal import Before, Closed, Ended, Entry, History, Image, Kept, Opened, Phase, Sealed
from syncer.model.plan import HIDDEN, Ending, FieldDiff, Result
from syncer.model.state import CategoryRef
from syncer.render.journals import Attempt, attempts_of, history_document, list_document, render_history, render_list
from tests.model.journals import histories, write_of
from tests.render.plans import EXAMPLE, config, create, delete, make_plan, update

PHONES, MEDIA = config("PHONE", "HQ phones"), config("MEDIA", "media")
PLAN = make_plan(
    create(category_address(EXAMPLE, "Guests"), name="Guests"),
    update(PHONES, FieldDiff("gk1", "172.16.0.1", "172.16.0.2"), source="domains/hq.yaml:14:5"),
    update(MEDIA, FieldDiff("turnPassword", dict(HIDDEN), dict(HIDDEN))),
    delete(config("NTP", "old clock"), ntp1="192.168.0.1"),
)
SEALED = {"turnPassword": Sealed("5" * 64, "QUJD"), "note": Sealed("6" * 64)}
IMAGE = Image(MEDIA, 12, 1, {"turnUser": "u"}, {"new": 1}, (CategoryRef(3, "HQ"), CategoryRef(9, None)), SEALED)
BEFORES: list[Entry] = [
    Before(0, category_address(EXAMPLE, "Guests"), None, 1, frozenset(), None),
    Before(1, PHONES, None, 1, frozenset(), Image(PHONES, 11, 1, {"gk1": "172.16.0.1"})),
    Before(2, MEDIA, None, 1, frozenset(), IMAGE),
]
CLOSED = Closed(Ending.PART_WAY, "2026-05-04T09:31:00+00:00")
WRITES: list[Entry] = [
    *write_of(0, Result.APPLIED),
    *write_of(1, Result.APPLIED),
    *write_of(2, Result.FAILED, reason="turnUser reads back as \x1b[2J"),
    *write_of(2, Result.APPLIED, Phase.ROLLBACK),
    *write_of(1, None, Phase.ROLLBACK),
    Ended(0, Phase.ROLLBACK, Result.NOT_TRIED, "the connection was lost"),
]


def _kept(*more: Entry, name: str = "20260504T093000.000000Z-1a2b3c4d") -> tuple[Kept, History]:
    history = History(Opened(PLAN, "ab" * 32, "2026-05-04T09:30:00+00:00"), (*BEFORES, *WRITES, *more))
    return Kept(name, history), history


HISTORY_90 = """\
Journal 20260504T093000.000000Z-1a2b3c4d: part-way
Plan for production (wss://apps.example.com/example.com/devices/innovaphone-devices-api)
Planned 2026-05-04T09:30:00Z, begun 2026-05-04T09:30:00+00:00, closed
2026-05-04T09:31:00+00:00

  + create  category[example.com/Guests]
      => apply     begun, applied
      => rollback  not begun, not tried
                   the connection was lost

  ~ update  config[example.com/PHONE/HQ phones]  domains/hq.yaml:14:5
      gk1  172.16.0.1 → 172.16.0.2
      => apply     begun, applied
      => rollback  begun, and what came of it is not told

  ~ update  config[example.com/MEDIA/media]
      turnPassword  (secret changed)
      => apply     begun, failed
                   turnUser reads back as \\x1b[2J
      => rollback  begun, rolled back

  - DELETE  config[example.com/NTP/old clock]
      - ntp1  192.168.0.1
      => not begun

1 applied, 1 unknown, 1 rolled back, 1 not tried."""

LIST_90 = """\
20260504T093000.000000Z-1a2b3c4d  unfinished  2026-05-04T09:30:00+00:00
    production (wss://apps.example.com/example.com/devices/innovaphone-devices-api): 1
    applied, 1 unknown, 1 rolled back, 1 not tried; run `syncer recover`
b  part-way  2026-05-04T09:30:00+00:00
    production (wss://apps.example.com/example.com/devices/innovaphone-devices-api): 1
    applied, 1 unknown, 1 rolled back, 1 not tried
a\\x1b  broken
    a.jsonl:1:1: no \\x1bJSON"""


def test_a_journal() -> None:
    assert render_history(*_kept(CLOSED), width=90) == HISTORY_90


def test_an_unfinished_journal_says_what_to_do() -> None:
    lines = render_history(*_kept()).splitlines()
    assert lines[0] == "Journal 20260504T093000.000000Z-1a2b3c4d: unfinished; run `syncer recover`"
    assert lines[2] == "Planned 2026-05-04T09:30:00Z, begun 2026-05-04T09:30:00+00:00"


def test_the_list() -> None:
    kept = [_kept()[0], _kept(CLOSED, name="b")[0], Kept("a\x1b", None, "a.jsonl:1:1: no \x1bJSON")]
    assert render_list(kept, width=90) == LIST_90
    assert render_list([]) == "There is no journal."


def test_states_and_results_have_colours() -> None:
    text = render_history(*_kept(CLOSED), color=True)
    assert "\x1b[1;31mpart-way\x1b[0m" in text
    assert "\x1b[32mbegun, applied\x1b[0m" in text
    assert "\x1b[1;31mbegun, and what came of it is not told\x1b[0m" in text
    assert "\x1b[1;31munfinished  2026-05-04T09:30:00+00:00\x1b[0m" in render_list([_kept()[0]], color=True)


def test_the_list_for_programs() -> None:
    parsed = json.loads(list_document([_kept(CLOSED)[0], Kept("a", None, "why")]))
    assert parsed == {
        "format": "syncer-journals/1",
        "journals": [
            {
                "name": "20260504T093000.000000Z-1a2b3c4d",
                "state": "part-way",
                "server": {"name": PLAN.server_name, "url": PLAN.server_url},
                "created": "2026-05-04T09:30:00Z",
                "opened": "2026-05-04T09:30:00+00:00",
                "closed": "2026-05-04T09:31:00+00:00",
                "summary": {
                    "applied": 1,
                    "unchanged": 0,
                    "refused": 0,
                    "failed": 0,
                    "unknown": 1,
                    "rolled back": 1,
                    "not tried": 1,
                },
            },
            {"name": "a", "state": "broken", "reason": "why"},
        ],
    }


def test_a_journal_for_programs_hides_what_is_sealed() -> None:
    text = history_document(*_kept())
    parsed = json.loads(text)
    assert (parsed["format"], parsed["state"], parsed["closed"]) == ("syncer-history/1", "unfinished", None)
    assert [change["result"] for change in parsed["changes"]] == ["applied", "unknown", "rolled back", "not tried"]
    assert [change["before"] is None for change in parsed["changes"]] == [True, False, False, True]
    assert parsed["changes"][2]["before"] == {
        "address": "config[example.com/MEDIA/media]",
        "id": 12,
        "fields": {"turnUser": "u", "turnPassword": HIDDEN, "note": HIDDEN},
        "extra": {"new": 1},
        "categories": ["HQ", 9],
    }
    assert parsed["changes"][0]["writes"] == [
        {"phase": "apply", "begun": True, "result": "applied", "reason": ""},
        {"phase": "rollback", "begun": False, "result": "not tried", "reason": "the connection was lost"},
    ]
    assert "QUJD" not in text
    assert "5" * 64 not in text


def test_a_write_that_was_cut_off_stands_beside_the_next_one() -> None:
    _, history = _kept(*write_of(1, Result.APPLIED, Phase.ROLLBACK), *write_of(3, None), *write_of(3, Result.APPLIED))
    attempts = attempts_of(history)
    assert attempts[1][1:] == [
        Attempt(Phase.ROLLBACK, begun=True, result=None),
        Attempt(Phase.ROLLBACK, begun=True, result=Result.APPLIED),
    ]
    assert attempts[3] == [
        Attempt(Phase.APPLY, begun=True, result=None),
        Attempt(Phase.APPLY, begun=True, result=Result.APPLIED),
    ]


@settings(deadline=None)
@given(histories(), st.text(st.characters(exclude_categories=())), st.none() | st.integers(-5, 200))
def test_nothing_that_a_terminal_obeys_is_in_a_journal(history: History, text: str, width: int | None) -> None:
    kept = Kept(text, history)
    for shown in (
        render_history(kept, history, width=width),
        render_list([kept, Kept(text, None, text)], width=width),
        history_document(kept, history),
        list_document([kept, Kept(text, None, text)]),
    ):
        assert all(c == "\n" or unicodedata.category(c)[0] != "C" for c in shown)
