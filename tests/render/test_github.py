"""Plans as GitHub's annotations, read back as the runner reads them."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given, settings

from syncer.model.plan import FieldDiff, Guard, Plan, Rename
from syncer.render.github import render_plan
from tests.render.plans import believable, config, create, delete, make_plan, update
from tests.render.strategies import NASTY, SOURCES, plans

BELIEVABLE = """\
::warning title=held back%3A deletes::1 deletes take every config of example.com%0Aconfig[example.com/NTP/old clock]%0Aconfirm with --confirm-deletes 1
::error title=held back%3A protected::policy.protect forbids to change or delete these%0Aconfig[example.com/EXPERT/no telnet]%0Anothing overrides this
::warning title=held back%3A unverified-wire::the wire profile conventional is not verified on this server for create_config: prove it with `syncer wire verify`%0Ago on all the same with --unverified-wire
::notice title=note::config[berlin.example.com/FAX/fax]: syncer does not know this type and creates it as written
::warning file=conf/domains/hq.yaml,line=52,col=5,title=DELETE config[example.com/NTP/old clock]::held back: deletes%0Acategories: [Phones HQ]%0Antp1: 192.168.0.1%0AlogPassword: (secret removed)
::error file=conf/domains/hq.yaml,line=31,col=5,title=update config[example.com/EXPERT/no telnet]::held back: protected%0Ascript: 5 lines → 4 lines (2 removed, 1 added)%0Aextra.note: (secret changed)
::warning file=conf/domains/hq.yaml,line=36,col=5,title=update config[example.com/MEDIA/media]::reaches the devices of its categories → every device of example.com%0Acategories: [Phones HQ] → (every device)%0AtosRtp: 0xb8 → 0x88%0AturnPassword: (secret changed)
::warning file=conf/baselines/german.yaml,line=9,col=5,title=create config[berlin.example.com/NTP/time]::reaches every device of berlin.example.com%0Acategories: (every device)%0Antp1: ptbtime1.ptb.de%0Atz: CET-1CEST-2,M3.5.0/2,M10.5.0/3
::notice file=conf/domains/hq.yaml,line=6,col=5,title=update category[example.com/Phones HQ]::renamed from category[example.com/Phones Stuttgart]%0Aname: Phones Stuttgart → Phones HQ
::notice file=conf/domains/hq.yaml,line=14,col=5,title=update config[example.com/PHONE/HQ phones]::gk1: 172.16.0.1 → 172.16.0.2%0Agk2: (unset) → 172.16.0.3%0AdialTone: GERMANY → SWITZERLAND%0AnoAnswerTimeout: 30 → (unset)%0ArecordingUrl: https://recordings.example.com/upload?site=stuttgart → https://recordings.example.com/upload?site=stuttgart&tenant=hq
::notice file=conf/b.yaml,line=4,col=5,title=create category[berlin.example.com/Phones Berlin]::config: true
::notice file=conf/b.yaml,line=12,col=5,title=create config[berlin.example.com/EXPERT/welcome]::categories: [Phones Berlin, "Guests, ground floor"]%0Ascript: 2 lines (0 removed, 2 added)%0AlogPassword: (secret set)
::notice title=plan for production (wss%3A//apps.example.com/example.com/devices/innovaphone-devices-api)::Plan: 3 to create, 4 to update, 1 to delete; 40 unchanged, 2 unmanaged.%0AWhether the files or the server moved cannot be told: plan --since RECORD or --base REF tells."""  # noqa: E501


@dataclass
class _Command:
    level: str
    properties: dict[str, str]
    message: str

    @property
    def at(self) -> str:
        return ":".join(self.properties[name] for name in ("file", "line", "col") if name in self.properties)


def _read(line: str) -> _Command:
    """As actions/runner does, src/Runner.Common/ActionCommand.cs, `TryParseV2`."""
    assert line.lstrip().startswith("::")
    info, _, message = line.lstrip()[2:].partition("::")
    level, _, properties = info.partition(" ")
    pairs = (one.strip().partition("=") for one in properties.split(",") if one.strip())
    named = {name: value.replace("%3A", ":").replace("%2C", ",") for name, _, value in pairs}
    return _Command(level, {name: _unescaped(value) for name, value in named.items()}, _unescaped(message))


def _unescaped(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def _commands(plan: Plan, folder: str = "") -> list[_Command]:
    return [_read(line) for line in render_plan(plan, folder).split("\n")]


def test_a_busy_day() -> None:
    assert render_plan(believable(), "conf/") == BELIEVABLE


def test_an_empty_plan_is_a_summary() -> None:
    (only,) = _commands(make_plan())
    assert (only.level, only.message) == ("notice", "No changes. 40 unchanged, 2 unmanaged.")


def test_values_come_back_as_they_are() -> None:
    change = update(config("PHONE", "100%, a:b"), FieldDiff("gk1", "50%0A", "a::b,c"), source="a,b:c%.yaml:7:3")
    told = _commands(make_plan(change), "x,y/")[0]
    assert told.properties["title"] == "update config[example.com/PHONE/100%, a:b]"
    assert told.message == "gk1: 50%0A → a::b,c"
    assert told.at == "x,y/a,b:c%.yaml:7:3"


@pytest.mark.parametrize("source", [*SOURCES[1:], None])
def test_a_change_without_a_place_in_the_work_tree_names_none(source: str | None) -> None:
    told = _commands(make_plan(delete(config("NTP", "a"), source=source)))[0]
    if source == "file,title=x%0A:1:1":
        assert told.at == "file,title=x%0A:1:1"
    else:
        assert told.properties == {"title": "DELETE config[example.com/NTP/a]"}


def test_a_place_is_on_a_line_that_there_is() -> None:
    assert _commands(make_plan(create(config("NTP", "a"), source="a.yaml:0:0")))[0].at == "a.yaml:1:1"


def test_what_nothing_overrides_is_an_error_at_its_line() -> None:
    clock = config("NTP", "clock")
    guard = Guard("protected", "policy.protect forbids to change or delete these", addresses=(clock,))
    whole, change, _ = _commands(make_plan(update(clock, source="a.yaml:3:5"), guards=(guard,)))
    assert (whole.level, whole.properties["title"]) == ("error", "held back: protected")
    assert whole.message.split("\n") == [
        "policy.protect forbids to change or delete these",
        "config[example.com/NTP/clock]",
        "nothing overrides this",
    ]
    assert (change.level, change.at, change.message) == ("error", "a.yaml:3:5", "held back: protected")


def test_a_likely_rename_and_a_note_are_told() -> None:
    rename = Rename(config("NTP", "new"), config("NTP", "old"), "a.yaml:3:5")
    told = _commands(make_plan(renames=(rename,), notes=("a note",)))
    assert [(one.level, one.properties["title"], one.message) for one in told[:2]] == [
        (
            "notice",
            "renamed? config[example.com/NTP/new]",
            (
                "config[example.com/NTP/new] looks like config[example.com/NTP/old], which is live and not "
                "in the files; if it is, say so at a.yaml:3:5: renamed_from: old"
            ),
        ),
        ("notice", "note", "a note"),
    ]


def _many(count: int) -> Plan:
    return make_plan(
        *(update(config("PHONE", f"phone {i}"), FieldDiff("gk1", "a", f"{i}")) for i in range(count)),
        *(delete(config("NTP", f"clock {i}")) for i in range(20)),
        guards=tuple(Guard("protected", f"{i}") for i in range(9)),
        renames=(Rename(config("NTP", "a"), config("NTP", "b"), None),) * 4,
        notes=("x",) * 5,
    )


def test_no_more_than_github_shows_and_then_the_counts() -> None:
    told = _commands(_many(9_000))
    levels = [one.level for one in told]
    assert {level: levels.count(level) for level in levels} == {"error": 5, "warning": 10, "notice": 10}
    assert told[-2].message == (
        "… and 4 more guards; 2 more likely renames; 3 more notes; 9,006 more changes: 10 to delete, 8,996 to update; "
        "the whole plan: syncer show PLAN.json"
    )
    assert told[-1].message.startswith("Plan: 0 to create, 9000 to update, 20 to delete;")


def test_a_long_message_is_cut() -> None:
    fields: dict[str, Any] = {f"extra.{i}": "x" * 1000 for i in range(50)}
    told = _commands(make_plan(create(config("EXPERT", "y" * 300), **fields)))[0]
    lines = told.message.split("\n")
    assert len(lines) == 21
    assert lines[-1] == "… and 30 more lines"
    assert max(len(line.encode()) for line in lines) <= 500
    assert len(told.properties["title"].encode()) <= 200


@settings(deadline=None)
@given(plans())
@example(make_plan(*(update(config(text, text, text), FieldDiff(text, text, "b")) for text in NASTY)))
@example(make_plan(*(create(config("EXPERT", text), source=f"{text}:1:1") for text in NASTY)))
@example(make_plan(guards=tuple(Guard(text, text, text) for text in NASTY), notes=NASTY))
def test_every_line_is_a_command_of_ours(plan: Plan) -> None:
    for line in re.split(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]", render_plan(plan, "conf/")):
        told = _read(line)
        assert told.level in ("error", "warning", "notice")
        assert set(told.properties) in ({"title"}, {"file", "line", "col", "title"})
        assert line.isprintable()
