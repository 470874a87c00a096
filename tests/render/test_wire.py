"""Wire profiles, traces and scrubbed recordings as people and programs read them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model.recording import Direction
from syncer.model.wire import Happened, Passed, ProfileView, Proof, Scrubbed, Spelling, TraceEntry, Unread
from syncer.render.wire import profile_document, profile_text, render_profile, render_scrubbed, render_trace

DIGEST = "ab" * 32
UPDATE = Spelling(
    "update_config",
    {"mt": "EditDeviceConfig", "id": "$id", "config": "$config"},
    {"mt": "EditDeviceConfigResult", "error": "/error"},
    "changed",
    "null",
)
VIEW = ProfileView(
    name="production",
    origin="learned",
    source="wire/production.yaml",
    digest=DIGEST,
    max_message_bytes=60000,
    category_refs="ids",
    operations=(UPDATE, Spelling("send_value", {"mt": "Set", "n": "$name", "v": "$chunk"}, None)),
    lacking=("create_domain", "delete_domain"),
    unset={"PHONE": {"frameSize": 0}},
    write_only=("logPassword",),
    proofs=(
        Proof("wss://a/", "2026-05-04T09:30:00Z", ("update_config", "send_value"), is_current=True),
        Proof("wss://b/", "2026-05-03T09:30:00Z", ("update_config",), is_current=True),
        Proof("wss://c/", "2026-05-02T09:30:00Z", ("update_config",), is_current=False),
    ),
    text="format: syncer-wire/1\n# a comment\nname: production\n",
)
SHOWN = """\
Wire profile production
source      wire/production.yaml
origin      learned
digest      abababababababababababababababababababababababababababababababab
messages    at most 60000 bytes; longer values go ahead in pieces
categories  of a config: written as ids
reads back  unset fields as {PHONE: {frameSize: 0}}
write only  logPassword

update_config
  request     {mt: EditDeviceConfig, id: $id, config: $config}
  response    {mt: EditDeviceConfigResult, error: /error}
  sends       what changed
  unset       null

send_value
  request     {mt: Set, n: $name, v: $chunk}
  response    none is awaited

It has no words for create_domain, delete_domain

wss://a/: verified (2026-05-04T09:30:00Z)
wss://b/: verified but for send_value (2026-05-03T09:30:00Z)
wss://c/: another edition of it was verified (2026-05-02T09:30:00Z); run `syncer wire verify`"""

TIME = "2026-05-04T09:30:00.123456Z"
TRACE: list[TraceEntry] = [
    Happened(TIME, 1, "opened", "wss://a/"),
    Passed(TIME, 1, Direction.SENT, 21, {"mt": "AppChallenge"}),
    Passed(TIME, 1, Direction.RECEIVED, 58, {"mt": "AppChallengeResult", "challenge": "***"}),
    Passed(TIME, 1, Direction.RECEIVED, 3, None, "not JSON"),
    Happened("2026-05-05T00:00:00Z", 1, "lost", "the connection was lost during GetUserInfo"),
    Happened("2026-05-05T00:00:01Z", None, "failed", "wss://a/ the connection was refused"),
    Unread(7, "no JSON"),
]
TRACE_80 = """\
2026-05-04
09:30:00.123456  #1   opened             wss://a/
09:30:00.123456  #1   sent           21  AppChallenge
09:30:00.123456  #1   received       58  AppChallengeResult  {challenge: ***}
09:30:00.123456  #1   received        3  (no message: not JSON)
2026-05-05
00:00:00         #1   lost               the connection was lost during GetUser…
00:00:01         #-   failed             wss://a/ the connection was refused
line 7 was left out: no JSON

Messages: 1 sent (21 bytes), 2 received (61 bytes); connections: 1."""


def test_a_profile() -> None:
    assert render_profile(VIEW, width=100) == SHOWN


def test_a_profile_that_is_not_verified() -> None:
    view = ProfileView("x", "conventional", "built in", DIGEST, 60000, "objects", (UPDATE,), (), {}, (), (), "")
    assert render_profile(view).endswith("\nNot verified on any server; run `syncer wire verify`.")
    assert "conventional, a guess from the names of the documented events" in render_profile(view)


def test_a_profile_for_programs() -> None:
    document = json.loads(profile_document(VIEW))
    assert document["format"] == "syncer-wire-profile/1"
    assert document["operations"]["send_value"] == {
        "request": {"mt": "Set", "n": "$name", "v": "$chunk"},
        "response": None,
        "sends": None,
        "unset": None,
    }
    assert document["lacking"] == ["create_domain", "delete_domain"]
    assert document["verified"]["wss://c/"] == {
        "date": "2026-05-02T09:30:00Z",
        "current": False,
        "operations": ["update_config"],
    }


def test_the_file_itself() -> None:
    assert f"{profile_text(VIEW)}\n" == VIEW.text


def test_a_trace() -> None:
    assert "\n".join(render_trace(TRACE, width=80)) == TRACE_80


def test_a_trace_comes_line_by_line() -> None:
    """A large one is shown from its beginning, not from its end."""

    def entries() -> Any:
        yield TRACE[0]
        pytest.fail("it was read on")

    lines = render_trace(entries())
    assert next(lines) == "2026-05-04"
    assert "opened" in next(lines)


HOSTILE = st.text(st.characters(categories=["L", "C", "Z", "M"]), max_size=30) | st.just("\x1b[2J\r\n\u202e\u200b")


@given(
    HOSTILE, HOSTILE, st.recursive(HOSTILE | st.integers() | st.none(), lambda inner: st.dictionaries(HOSTILE, inner))
)
def test_hostile_texts_are_harmless(one: str, other: str, value: Any) -> None:
    entries: list[TraceEntry] = [
        Passed(one, 1, Direction.SENT, 10**30, {"mt": other, one: value}),
        Passed(other, 10**30, Direction.SENT, -5, None, one),
        Happened(one, 1, other, one),
        Unread(1, one),
    ]
    for line in render_trace(entries, width=60):
        assert line.lstrip("\n").isprintable()
    view = ProfileView(
        **{
            **{name: getattr(VIEW, name) for name in VIEW.__slots__},
            "source": one,
            "proofs": (Proof(one, other, (), is_current=True),),
            "text": other,
            "operations": (Spelling("send_value", {"mt": one, "x": value}, {"mt": other}),),
        }
    )
    for line in f"{render_profile(view, width=60)}\n{profile_text(view)}".split("\n"):
        assert line.isprintable()
    done = Scrubbed(one, "HAR", 1, 1, {other: 1}, (one,))
    for line in render_scrubbed(done, width=60).split("\n"):
        assert line.isprintable()


def test_a_message_of_many_values_is_cut() -> None:
    entry = Passed(TIME, 1, Direction.SENT, 10, {"mt": "A", "x": ["y" * 100_000] * 1000})
    _, line, _ = render_trace([entry], width=80)
    assert len(line) == 80


def test_what_was_scrubbed() -> None:
    done = Scrubbed("out.har", "HAR", 86, 1, {"digest": 1, "turnPassword": 2}, ("the HAR is cut off",))
    assert render_scrubbed(done, width=80) == (
        "wrote out.har: 86 messages of 1 connection, as HAR\n"
        "\n"
        "Replaced by placeholders:\n"
        "       2  turnPassword\n"
        "       1  digest\n"
        "\n"
        "note: the HAR is cut off\n"
        "note: whatever is no message was dropped: other requests, headers, cookies, what\n"
        "      follows a ? in urls, console output\n"
        "note: what is secret but does not stand under the name of a secret cannot be\n"
        "      known; names, descriptions, addresses of devices and servers and domain\n"
        "      names are as recorded: read the file before you share it"
    )


def test_colours_only_where_they_are_wanted() -> None:
    done = Scrubbed("out.har", "HAR", 1, 1, {}, ())
    for plain, painted in (
        (render_profile(VIEW), render_profile(VIEW, color=True)),
        ("\n".join(render_trace(TRACE)), "\n".join(render_trace(TRACE, color=True))),
        (render_scrubbed(done), render_scrubbed(done, color=True)),
    ):
        assert "\x1b" not in plain
        assert "\x1b[" in painted
