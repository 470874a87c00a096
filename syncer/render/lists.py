"""What a plan leaves alone, address by address, and each change as it is done. No text ends in a newline."""

from collections.abc import Sequence
from dataclasses import replace

from syncer.errors import plural
from syncer.model.address import Action
from syncer.model.plan import Outcome, Plan, Result
from syncer.render.change import DONE, SIGNS
from syncer.render.terminal import Page, Style, padded
from syncer.render.text import RESULT_COLOURS
from syncer.render.values import LONGEST_PROSE, harmless, one_line

UNMANAGED, IGNORED = "unmanaged", "ignored"
_TITLES = {
    UNMANAGED: "Unmanaged (live, not in the files, left alone)",
    IGNORED: "Ignored (differs from the files, left to others)",
}
_WIDEST_WORD = max(map(len, DONE.values()))
_TAKEN_BACK = {Action.CREATE: Action.DELETE, Action.UPDATE: Action.UPDATE, Action.DELETE: Action.CREATE}


def render_lists(plan: Plan, lists: Sequence[str], *, width: int | None = None, color: bool = False) -> str:
    """UNMANAGED, IGNORED or both; one address a line, of what is ignored with its fields."""
    page = Page(width, color)
    for name in dict.fromkeys(lists):
        rows = _unmanaged(plan) if name == UNMANAGED else _ignored(plan)
        page.gap()
        page.put(("", Style.PLAIN), f"{_TITLES[name]}: {len(rows) or 'none'}", Style.BOLD)
        for address, fields in rows:
            page.put(
                (page.margin, Style.PLAIN), f"{address}: {fields}" if fields else address, hang=f"{page.margin}    "
            )
    return page.text


def _unmanaged(plan: Plan) -> list[tuple[str, str]]:
    return [(one_line(address), "") for address in plan.unmanaged]


def _ignored(plan: Plan) -> list[tuple[str, str]]:
    return [(one_line(one.address), ", ".join(map(one_line, one.fields))) for one in plan.ignored]


def render_outcome(outcome: Outcome, number: int, total: int, *, color: bool = False) -> str:
    """The change that was the `number`th to come to its end: in the plan's words, or in those of what became of it."""
    done = outcome.result is Result.APPLIED
    word = DONE[outcome.action] if done else str(outcome.result)
    return _told(outcome, f"{SIGNS[outcome.action]} {padded(word, _WIDEST_WORD)}", number, total, color=color)


def render_rollback(total: int, *, color: bool = False) -> str:
    """What stands above the changes that are taken back."""
    page = Page(None, color)
    page.line((f"Rolling back {plural(total, 'change')}:", RESULT_COLOURS[Result.ROLLED_BACK]))
    return page.text


def render_undone(outcome: Outcome, number: int, total: int, *, color: bool = False) -> str:
    """The `number`th change that was taken back, or was not, with the plan's sign; `outcome` is of the way back."""
    done = outcome.result is Result.APPLIED
    shown = replace(outcome, result=Result.ROLLED_BACK) if done else outcome
    word = str(Result.ROLLED_BACK) if done else f"not {Result.ROLLED_BACK}"
    return _told(shown, f"{SIGNS[_TAKEN_BACK[outcome.action]]} {word}", number, total, color=color)


def _told(outcome: Outcome, word: str, number: int, total: int, *, color: bool) -> str:
    of_all = f"({number:>{len(str(total))}}/{total})" if number <= total else f"({number})"
    reason = f": {harmless(outcome.reason, LONGEST_PROSE)}" if outcome.reason else ""
    page = Page(None, color)
    page.line(
        (f"{of_all} ", Style.DIM),
        (f"{word}  ", RESULT_COLOURS[outcome.result]),
        (f"{one_line(outcome.address)}{reason}", Style.PLAIN),
    )
    return page.text
