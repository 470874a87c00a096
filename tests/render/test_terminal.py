"""Plans and reports on a terminal: whole texts, colours, and texts that mean harm."""

import subprocess
import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from syncer.model.address import Action, Address, Kind
from syncer.model.plan import (
    HIDDEN,
    Change,
    Coverage,
    FieldDiff,
    Guard,
    Outcome,
    Plan,
    Reach,
    Report,
    Result,
    Summary,
)
from syncer.render import github
from syncer.render.terminal import Style
from syncer.render.text import render_guards, render_plan, render_report
from tests.render.plans import believable, config, create, delete, make_plan, update

HOSTILE = "x]\x1b[31m\x1b]0;title\x07\u202e\n- DELETE  config[a/PHONE/all]\x00\ud800[bold]hi[/bold]"
SHOWN = "x]\\x1b[31m\\x1b]0;title\\x07\\u202e\\n- DELETE {}config[a/PHONE/all]\\x00\\ud800[bold]hi[/bold]"


def test_guards_alone() -> None:
    whole = render_plan(believable(), width=100)
    assert render_guards(believable(), width=100) in whole.split("\n\n")
    assert render_guards(make_plan()) == ""


@pytest.mark.parametrize("width", [40, 60, 100, None])
def test_no_line_is_a_command_for_a_runner_of_github(width: int | None) -> None:
    """It obeys `::` at a line's beginning, blanks before it or not, and `##[` anywhere."""
    names = [f"{'x' * number}::stop-commands::y ::debug::z" for number in range(40)]
    text = "::error::a\n ::error::b\n##[group]c\n"
    plan = make_plan(
        *(
            update(config("PHONE", name), FieldDiff("gk1", name, f"{name}  ::x"), source=f"{name}:1:1")
            for name in names
        ),
        update(config("EXPERT", "##[error]x", "::error::domain"), FieldDiff("script", text, f"{text}::add-mask::a")),
        only=("::error::x",),
        guards=(Guard("::error::", "##[error]", addresses=(config("PHONE", names[0]),)),),
        notes=tuple(names),
    )
    shown = render_plan(plan, width=width)
    assert not [line for line in shown.split("\n") if line.strip().startswith("::") or "##[" in line]
    assert "\\x3a:error::domain: 1 to update" in shown
    assert max(map(cell_len, shown.split("\n"))) <= (width or 1000)


def test_what_reads_from_the_right_puts_nothing_else_in_another_order() -> None:
    hebrew = "\u05e9\u05dc\u05d5\u05dd"
    everyone = Coverage(212, 200, everyone=True)
    diffs = FieldDiff(f"extra.{hebrew}", "1", "2"), FieldDiff("gk1", hebrew, "172.16.0.1")
    change = update(config("PHONE", hebrew, hebrew), *diffs, source="1.yaml:1:1", reach=Reach(everyone, everyone))
    lines = render_plan(make_plan(change), width=100).split("\n")
    assert "      1.yaml:1:1" in lines
    assert r"      reaches every device of \u05e9\u05dc\u05d5\u05dd (212), 200 online" in lines
    assert not [line for line in lines if hebrew in line and "\u2192" in line]
    report = github.render_plan(make_plan(change))
    assert f"gk1: before {hebrew}, after 172.16.0.1" in report
    assert f'extra.{hebrew}: before "1", after "2"' in report


def test_a_long_address_is_followed_by_its_fields() -> None:
    text = render_plan(make_plan(update(config("PHONE", "x" * 120), FieldDiff("gk1", "a", "b"))), width=80)
    assert "x]\n      gk1  a \u2192 b\n" in text


def test_a_good_report_is_one_line() -> None:
    report = Report((Outcome(config("PHONE", "a"), Action.CREATE, Result.APPLIED),))
    assert render_report(report) == "Applied: 1 created, 0 updated, 0 deleted."


def test_an_empty_plan() -> None:
    assert render_plan(make_plan()) == (
        "Plan for production (wss://apps.example.com/example.com/devices/innovaphone-devices-api)\n\n"
        "No changes. 40 unchanged, 2 unmanaged."
    )


@pytest.mark.parametrize(
    "painted",
    [
        "\x1b[32m  + create  \x1b[0m\x1b[1mcategory[berlin.example.com/Phones Berlin]\x1b[0m\x1b[2m  b.yaml:4:5\x1b[0m",
        "\x1b[33m  ~ update  \x1b[0m\x1b[1mconfig[example.com/PHONE/HQ phones]\x1b[0m",
        "\x1b[1;31m  - DELETE  \x1b[0m\x1b[1;31mconfig[example.com/NTP/old clock]\x1b[0m",
        "      gk1              \x1b[31m172.16.0.1\x1b[0m\x1b[2m → \x1b[0m\x1b[32m172.16.0.2\x1b[0m\n",
        "\x1b[2m(unset)\x1b[0m\x1b[2m    → \x1b[0m\x1b[32m172.16.0.3\x1b[0m\n",
        "\x1b[32m        │ +\x1b[0m\x1b[32mmod cmd HTTP0 /force-tls\x1b[0m\x1b[1;7;32m /tls-only\x1b[0m\n",
        "\x1b[31m        │ -\x1b[0m\x1b[31mconfig write\x1b[0m\n",
        "reaches \x1b[1;31mevery device of berlin.example.com\x1b[0m\n",
        "turnPassword  \x1b[33m(secret changed)\x1b[0m\n",
        "=> \x1b[1;31mnothing overrides this\x1b[0m\n",
    ],
)
def test_colours(painted: str) -> None:
    assert painted in render_plan(believable(), width=100, color=True)


def test_colours_change_nothing_else() -> None:
    painted = render_plan(believable(), width=100, color=True)
    for style in ("0", *Style):
        painted = painted.replace(f"\x1b[{style}m", "")
    assert [line.rstrip() for line in painted.split("\n")] == render_plan(believable(), width=100).split("\n")


def test_without_a_width_nothing_is_wrapped() -> None:
    plan = make_plan(update(config("PHONE", "a"), FieldDiff("gk1", "b " * 99 + "c", None)))
    assert f"        - {'b ' * 99}c\n" in render_plan(plan)


def test_names_that_mean_harm_stay_names() -> None:
    address = Address(Kind.CONFIG, HOSTILE, HOSTILE, HOSTILE)
    change = update(address, FieldDiff("desc", HOSTILE, "b"), former=address, source=HOSTILE)
    text = render_plan(make_plan(change, only=(HOSTILE,), notes=(HOSTILE,)))
    name = SHOWN.format("\\x20")
    assert text.split("\n")[1:] == [
        f"Limited to {name}",
        "",
        f"{name}: 1 to update",
        "",
        f"  ~ update  config[{name}/{name}/{name}]  {name}",
        f"      renamed from config[{name}/{name}/{name}]",
        f'      desc  "{SHOWN.format(" ")}" → b',
        "",
        f"Note: {SHOWN.format(' ')}",
        "",
        "Whether the files or the server moved cannot be told: plan --since RECORD or --base REF tells.",
        "Plan: 0 to create, 1 to update, 0 to delete; 40 unchanged, 2 unmanaged.",
    ]


def test_no_text_can_pass_for_a_line_of_the_plan() -> None:
    """Whatever a name holds, its wrapped rest begins further right than anything of the plan itself."""
    imitation = "x " * 40 + "- DELETE  config[example.com/PHONE/all]" * 3
    plan = make_plan(
        update(
            config(imitation, imitation, imitation),
            FieldDiff(imitation, imitation, None),
            former=config("A", imitation),
        )
    )
    for width in (24, 40, 100):
        starts = [
            line for line in render_plan(plan, width=width).split("\n") if line.lstrip(" ").startswith("- DELETE")
        ]
        assert not [line for line in starts if line.startswith(("- ", "  - "))]


def test_a_script_that_imitates_a_plan_stays_behind_its_gutter() -> None:
    script = "a\n\n  ~ update  config[x]\n" + "word " * 30 + "\n"
    text = render_plan(make_plan(create(config("EXPERT", "e"), script=script)), width=60)
    assert text.split("\n")[7:14] == [
        "      + script  4 lines",
        "        │ +a",
        "        │ +",
        "        │ +  ~ update  config[x]",
        "        │ +word word word word word word word word word word",
        "        │   word word word word word word word word word",
        "        │   word word word word word word word word word",
    ]


def test_a_value_of_a_million_characters_is_cut() -> None:
    text = render_plan(make_plan(create(config("PHONE", "a"), gk1="x" * 1_000_000)), width=80)
    assert len(text) < 1000
    assert '"… (1000000 characters)' in text


def test_too_large_a_difference_is_counted() -> None:
    before, after = ("".join(f"{letter}{i}\n" for i in range(3000)) for letter in "ab")
    text = render_plan(make_plan(update(config("EXPERT", "e"), FieldDiff("script", before, after))), width=80)
    assert "script  3000 lines → 3000 lines  (3000 removed, 3000 added)" in text
    assert "│ 3000 lines removed, 3000 added: too many to compare" in text


def test_the_rest_of_a_long_script_is_counted() -> None:
    text = render_plan(make_plan(delete(config("EXPERT", "e"), script="x\n" * 1000)), width=80)
    assert "        │ … 800 more lines" in text


def test_the_package_is_light() -> None:
    code = "import sys, syncer.render; sys.exit(any(name.split('.')[0] in ('rich', 'difflib') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
NASTY = st.sampled_from(
    [HOSTILE, "a\nb\nc", "\u202eabc\u2066", "x" * 400, "☺\ufe0f\u200d👩", "日本語" * 40, " " * 200, "\r\n\x85"]
)
TEXT = ANY_TEXT | NASTY
SCALAR: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.just(dict(HIDDEN))
VALUE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)
ADDRESS = st.builds(Address, st.sampled_from(Kind), TEXT, TEXT, TEXT)
COUNT = st.none() | st.integers(0, 10**6)
COVERAGE = st.builds(Coverage, COUNT, COUNT, st.booleans())
CHANGE = st.builds(
    Change,
    action=st.sampled_from(Action),
    address=ADDRESS,
    former=st.none() | ADDRESS,
    id=st.none(),
    base=st.none(),
    fingerprint=st.none(),
    diff=st.lists(
        st.builds(FieldDiff, TEXT | st.sampled_from(["desc", "categories", "script"]), VALUE, VALUE), max_size=4
    ).map(tuple),
    reach=st.none() | st.builds(Reach, COVERAGE, COVERAGE),
    source=st.none() | TEXT,
)
GUARD = st.builds(Guard, TEXT, TEXT, st.none() | TEXT, COUNT, st.lists(ADDRESS, max_size=12).map(tuple))
PLAN = st.builds(
    Plan,
    server_name=TEXT,
    server_url=TEXT,
    created=TEXT,
    salt=TEXT,
    files_digest=TEXT,
    only=st.lists(TEXT, max_size=2).map(tuple),
    summary=st.builds(Summary),
    changes=st.lists(CHANGE, max_size=4).map(tuple),
    guards=st.lists(GUARD, max_size=2).map(tuple),
    notes=st.lists(TEXT, max_size=2).map(tuple),
)
REPORT = st.builds(
    Report, st.lists(st.builds(Outcome, ADDRESS, st.sampled_from(Action), st.sampled_from(Result), TEXT)).map(tuple)
)
WIDTH = st.none() | st.integers(-5, 200)


def _harmless(text: str) -> bool:
    return all(c == "\n" or unicodedata.category(c)[0] != "C" for c in text)


@settings(deadline=None)
@given(PLAN, WIDTH)
def test_nothing_that_a_terminal_obeys_is_in_a_plan(plan: Plan, width: int | None) -> None:
    text = render_plan(plan, width=width)
    assert _harmless(text)
    assert _harmless(render_guards(plan, width=width))


@settings(deadline=None)
@given(REPORT, WIDTH)
def test_nothing_that_a_terminal_obeys_is_in_a_report(report: Report, width: int | None) -> None:
    assert _harmless(render_report(report, width=width))


@settings(deadline=None)
@given(PLAN, st.integers(24, 120))
def test_no_line_is_wider_than_the_terminal(plan: Plan, width: int) -> None:
    for line in render_plan(plan, width=width).split("\n"):
        assert cell_len(line) <= width
