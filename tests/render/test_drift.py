"""A plan seen from the server: what is out of step, in its own words."""

from typing import Any

import pytest

from syncer.model.address import Action, domain_address
from syncer.model.plan import Coverage, FieldDiff, Guard, Plan, Reach, Rename, Since, Third, Whose
from syncer.render import document, github, gitlab, html, junit, markdown, text
from syncer.render.change import view_change
from syncer.render.pagedata import page_data
from syncer.render.view import PlanView, view_plan
from syncer.render.viewpoint import DRIFT, PLAN
from tests.render.corpus import CORPUS
from tests.render.plans import config, create, delete, make_plan, update

PHONES, TIME = config("PHONE", "HQ phones"), config("NTP", "time")
MOVED = update(PHONES, FieldDiff("gk1", "172.16.0.9", "172.16.0.1"))
WORDS_OF_A_PLAN = ("to create", "to update", "to delete", "DELETE", "Plan for", "plan for", "PLAN.json")


def seen(*changes: Any, **more: Any) -> PlanView:
    return view_plan(make_plan(*changes, **more), DRIFT)


def test_before_is_what_the_files_say_and_after_what_is_live() -> None:
    (change,) = seen(MOVED).changes
    (row,) = change.rows
    assert (change.action, change.verb, row.before, row.after) == (Action.UPDATE, "differs", "172.16.0.1", "172.16.0.9")


@pytest.mark.parametrize(
    "change, verb, value",
    [
        (create(TIME, ntp1="a"), "missing", ("a", "(unset)")),
        (delete(TIME, ntp1="a"), "not in the files", ("(unset)", "a")),
    ],
)
def test_what_is_on_one_side_only(change: Any, verb: str, value: tuple[str, str]) -> None:
    (view,) = seen(change).changes
    assert (view.verb, (view.rows[0].before, view.rows[0].after)) == (verb, value)


def test_a_text_that_moved_since_is_what_the_server_has() -> None:
    diff = FieldDiff("script", "live\nx\n", "files\nx\n", Whose.BOTH, "once\nx\n")
    (row,) = view_change(DRIFT.seen(make_plan(update(PHONES, diff))).changes[0], (), DRIFT).rows
    assert row.moved is not None
    assert [line.text for line in row.moved.lines if line.sign in "+-"] == ["once", "live"]


def test_reach_is_that_of_what_is_live() -> None:
    few, all_of_them = Coverage(2, 1), Coverage(9, 8, everyone=True)
    old, new = domain_address("old.example.com"), domain_address("new.example.com")
    views = seen(
        update(new, former=old, reach=Reach(all_of_them, few)),
        create(TIME, ntp1="a", reach=Reach(Coverage(0, 0), few)),
        delete(PHONES, gk1="a", reach=Reach(few, Coverage(0, 0))),
    ).changes
    assert [f"{one.reaches} {one.reach}" for one in views] == [
        "reaches 2 devices (1 online) (files) → every device of old.example.com (9), 8 online (live)",
        "would reach 2 devices (1 online)",
        "reaches 2 devices (1 online)",
    ]


def test_the_summary() -> None:
    assert seen().summary == "In step. 40 as the files say, 2 unmanaged."
    assert seen(MOVED, create(TIME), delete(PHONES)).summary == (
        "Drift: 1 differs, 1 missing, 1 not in the files; 40 in step, 2 unmanaged."
    )
    assert seen(MOVED, MOVED).summary.startswith("Drift: 2 differ, 0 missing, 0 not in the files; ")


@pytest.mark.parametrize(
    "at, told",
    [
        ("2026-11-20T10:00:59+00:00", "the apply of 2026-11-20 10:00 UTC"),
        ("2026-11-20T12:00:00+02:00", "the apply of 2026-11-20 10:00 UTC"),
        ("2026-11-20T10:00:00Z", "the apply of 2026-11-20 10:00 UTC"),
        ("0001-01-01T00:00:00+23:00", "the apply of 0001-01-01T00:00:00+23:00"),
        ("never\x1b[2J", "the apply of never\\x1b[2J"),
    ],
)
def test_since_when(at: str, told: str) -> None:
    since = Since(Third.RECORD, "applied.json", at)
    assert seen(MOVED, since=since).whose == f"Since {told} (applied.json): of 1 it cannot be told."


def test_whose_it_is() -> None:
    revision = Since(Third.REVISION, "main", "9fceb02d0ae598e95dc970b74767f19372d61af8")
    yours = update(PHONES, FieldDiff("gk1", "a", "b", Whose.YOURS), whose=Whose.YOURS)
    assert seen(yours, since=revision).whose == (
        "Since main (commit 9fceb02d0ae5): 1 yours (the files moved, and were not applied yet)."
    )
    assert "drift --since RECORD or --base REF tells" in seen(yours).whose
    assert seen().whose == ""


def test_a_likely_rename_is_no_delete() -> None:
    former = config("PHONE", "old")
    (rename,) = seen(create(PHONES), delete(former), renames=(Rename(PHONES, former, None),)).renames
    assert rename.state == "which is live and not in the files"


def test_what_is_missing_is_told_each_by_itself() -> None:
    """As deletes of a plan are: nobody may overlook one."""
    names = [f"floor {n}" for n in range(5)]
    assert len(seen(*(create(config("PHONE", name), gk1="a") for name in names)).changes) == 5
    assert len(seen(*(delete(config("PHONE", name), gk1="a") for name in names)).changes) == 1


@pytest.mark.parametrize("plan", ["typical-edit", "renames", "guards", "same-in-many-domains", "two-thousand"])
def test_no_word_of_a_plan_is_left(plan: str) -> None:
    shown = [
        text.render_plan(CORPUS[plan], DRIFT),
        markdown.render_plan(CORPUS[plan], DRIFT),
        html.render_plan(CORPUS[plan], DRIFT).partition("<body>")[2].partition("const SIGNS")[0],
        github.render_plan(CORPUS[plan], viewpoint=DRIFT),
        gitlab.render_plan(CORPUS[plan], viewpoint=DRIFT),
        junit.render_plan(CORPUS[plan], viewpoint=DRIFT),
    ]
    assert [word for whole in shown for word in WORDS_OF_A_PLAN if word in whole] == []


def test_what_has_no_room_is_counted_as_drift() -> None:
    report = github.render_plan(CORPUS["two-thousand"], viewpoint=DRIFT)
    assert "more differences: 491 missing, 992 differ, 500 not in the files; the whole drift: syncer drift" in report
    assert markdown.render_plan(CORPUS["two-thousand"], DRIFT).endswith("; the whole drift: `syncer drift`")


def test_a_page_says_its_words_only_where_they_are_others() -> None:
    assert "words" not in page_data(view_plan(make_plan(MOVED)))
    assert page_data(seen(MOVED))["words"]["labels"] == ("files", "live")


def test_json_is_not_turned() -> None:
    assert '"before": "172.16.0.9"' in document.render_plan(make_plan(MOVED))


def test_a_guard_holds_back_an_apply() -> None:
    guard = Guard("protected", "no", addresses=(PHONES,))
    plan: Plan = make_plan(MOVED, guards=(guard,))
    assert "(apply held back: protected)" in text.render_plan(plan, DRIFT)
    assert "\n\nApply held back:\n  ! protected: no\n" in text.render_plan(plan, DRIFT)
    assert "title=apply held back%3A protected::" in github.render_plan(plan, viewpoint=DRIFT)


@pytest.mark.parametrize("viewpoint", [PLAN, DRIFT])
def test_every_word_is_there_for_every_action(viewpoint: Any) -> None:
    for words in (viewpoint.names, viewpoint.verbs, viewpoint.counts, viewpoint.reaches):
        assert set(words) == set(Action)
