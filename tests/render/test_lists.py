"""What is left alone, and each change as it is done: texts that nothing from a server can fake."""

from dataclasses import replace

import pytest

from syncer.model.address import Action, category_address, config_address, domain_address
from syncer.model.plan import Ignored, Outcome, Result
from syncer.render.lists import IGNORED, UNMANAGED, render_lists, render_outcome, render_undone
from tests.render.plans import make_plan

EVIL = config_address("example.com", "PHONE", "x]\n  config[fake]\x1b[2J\u202e")
SHOWN = "config[example.com/PHONE/x]\\n \\x20config[fake]\\x1b[2J\\u202e]"
PLAN = replace(
    make_plan(),
    unmanaged=(domain_address("b.example"), EVIL),
    ignored=(Ignored(category_address("a.example", "HQ"), ("config", "new\nfield")),),
)


def test_addresses_line_by_line() -> None:
    assert render_lists(PLAN, [UNMANAGED, IGNORED, UNMANAGED]) == (
        "Unmanaged (live, not in the files, left alone): 2\n"
        "  domain[b.example]\n"
        f"  {SHOWN}\n"
        "\n"
        "Ignored (differs from the files, left to others): 1\n"
        "  category[a.example/HQ]: config, new\\nfield"
    )


def test_none() -> None:
    assert render_lists(make_plan(), [IGNORED]) == "Ignored (differs from the files, left to others): none"


def test_narrow() -> None:
    lines = render_lists(PLAN, [UNMANAGED], width=30).splitlines()
    assert lines[:2] == ["Unmanaged (live, not in the", "files, left alone): 2"]
    assert lines[2:4] == ["domain[b.example]", "config[example.com/PHONE/x]\\n"]
    assert all(line.startswith("    ") for line in lines[4:])


@pytest.mark.parametrize(
    "action, result, reason, shown",
    [
        (Action.CREATE, Result.APPLIED, "", "( 3/12) + created  {}"),
        (Action.UPDATE, Result.APPLIED, "", "( 3/12) ~ updated  {}"),
        (Action.DELETE, Result.APPLIED, "", "( 3/12) - deleted  {}"),
        (Action.CREATE, Result.REFUSED, "no\nway\x1b", "( 3/12) + refused  {}: no\\nway\\x1b"),
        (Action.UPDATE, Result.NOT_TRIED, "it moved", "( 3/12) ~ not tried  {}: it moved"),
    ],
)
def test_a_change_that_is_done(action: Action, result: Result, reason: str, shown: str) -> None:
    assert render_outcome(Outcome(EVIL, action, result, reason), 3, 12) == shown.format(SHOWN)


@pytest.mark.parametrize("back, sign", [(Action.CREATE, "-"), (Action.UPDATE, "~"), (Action.DELETE, "+")])
def test_a_change_that_is_taken_back_has_the_sign_of_the_plan(back: Action, sign: str) -> None:
    undone = Outcome(EVIL, back, Result.APPLIED)
    assert render_undone(undone, 3, 12) == f"( 3/12) {sign} rolled back  {SHOWN}"
    left = Outcome(EVIL, back, Result.REFUSED, "no\nway\x1b")
    assert render_undone(left, 3, 12) == f"( 3/12) {sign} not rolled back  {SHOWN}: no\\nway\\x1b"


def test_more_than_was_expected() -> None:
    assert render_outcome(Outcome(EVIL, Action.DELETE, Result.APPLIED), 4, 3) == f"(4) - deleted  {SHOWN}"


def test_colours_only_where_they_are_wanted() -> None:
    assert render_lists(make_plan(), [UNMANAGED], color=True) == (
        "\x1b[1mUnmanaged (live, not in the files, left alone): none\x1b[0m"
    )
    outcome = Outcome(domain_address("a.example"), Action.CREATE, Result.FAILED, "lost")
    assert render_outcome(outcome, 1, 1, color=True) == (
        "\x1b[2m(1/1) \x1b[0m\x1b[1;31m+ failed   \x1b[0mdomain[a.example]: lost"
    )
