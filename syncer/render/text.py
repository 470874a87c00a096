"""Plans and reports as texts, for a terminal or for none. No text ends in a newline."""

from collections.abc import Iterable, Sequence

from syncer.model.plan import Plan, Report, Result
from syncer.render.change import SIGNS
from syncer.render.outcome import OutcomeView, view_report
from syncer.render.phrases import kept
from syncer.render.terminal import Page, Style, cell_len, padded
from syncer.render.text_change import put_change
from syncer.render.view import Group, GuardView, PlanView, RenameView, view_guards, view_plan
from syncer.render.viewpoint import PLAN, Viewpoint

_DEEPER = "    "

RESULT_COLOURS = {
    Result.APPLIED: Style.GREEN,
    Result.UNCHANGED: Style.YELLOW,
    Result.REFUSED: Style.RED,
    Result.FAILED: Style.LOUD,
    Result.UNKNOWN: Style.LOUD,
    Result.ROLLED_BACK: Style.YELLOW,
    Result.NOT_TRIED: Style.YELLOW,
}


def render_plan(
    plan: Plan,
    viewpoint: Viewpoint = PLAN,
    *,
    width: int | None = None,
    color: bool = False,
    expand: bool = False,
    compared: bool = False,
) -> str:
    """The whole plan; `width` in cells, None: nothing is wrapped. `expand`: equal changes are told one by one.

    `compared`: it was, with something else than a third side, so there is no word of one where there is none.
    """
    view, page = view_plan(plan, viewpoint, expand=expand), Page(width, color)
    _put_head(page, view)
    for group in view.groups:
        _put_group(page, group)
    _put_remarks(page, view)
    _put_guards(page, view.guards, viewpoint)
    _put_end(page, view.whose if plan.since or not compared else "", view.summary)
    return page.text


def render_whole(view: PlanView) -> str:
    """What is told of a plan as a whole, but for what holds it back; nothing is wrapped."""
    page = Page(None, color=False)
    _put_head(page, view)
    _put_remarks(page, view)
    _put_end(page, view.whose, view.summary)
    return page.text


def render_guards(plan: Plan, *, width: int | None = None, color: bool = False) -> str:
    """Only what holds the plan back; empty if nothing does."""
    page = Page(width, color)
    _put_guards(page, view_guards(plan.guards), PLAN)
    return page.text


def render_report(report: Report, *, width: int | None = None, color: bool = False) -> str:
    """What an apply did: one line if all went well, else address by address."""
    view, page = view_report(report), Page(width, color)
    widest = max((len(outcome.result) for outcome in view.outcomes), default=0)
    for outcome in view.outcomes:
        _put_outcome(page, outcome, widest)
    page.gap()
    page.put(("", Style.PLAIN), view.summary, Style.LOUD if view.outcomes else Style.BOLD)
    return page.text


def _put_head(page: Page, view: PlanView) -> None:
    page.put((f"{view.title} ", Style.PLAIN), view.server, Style.BOLD)
    for glob in view.only:
        page.put(("Limited to ", Style.PLAIN), glob)


def _put_remarks(page: Page, view: PlanView) -> None:
    for rename in view.renames:
        _put_rename(page, rename)
    _put_notes(page, view.notes)


def _put_end(page: Page, whose_told: str, summary: str) -> None:
    page.gap()
    if whose_told:
        page.put(("", Style.PLAIN), whose_told, Style.DIM)
    page.put(("", Style.PLAIN), summary, Style.BOLD)


def _put_group(page: Page, group: Group) -> None:
    page.gap()
    page.put(("", Style.PLAIN), f"{group.domain}: {group.counts}", Style.BOLD, _DEEPER * 2)
    for change in group.changes:
        put_change(page, change)


def _put_rename(page: Page, rename: RenameView) -> None:
    page.gap()
    page.put(("Renamed? ", Style.YELLOW), f"{rename.address} looks like {rename.former}, {rename.state}")
    at = f" at {rename.source}" if rename.source else ""
    page.put(("    ", Style.PLAIN), f"if it is, say so{at}{kept(rename)}:")
    page.put(("      ", Style.PLAIN), rename.line, Style.BOLD)


def _put_notes(page: Page, notes: Iterable[str]) -> None:
    for i, note in enumerate(notes):
        if not i:
            page.gap()
        page.put(("Note: ", Style.YELLOW), note)


def _put_guards(page: Page, guards: Sequence[GuardView], viewpoint: Viewpoint) -> None:
    if guards:
        page.gap()
        page.line((f"{viewpoint.held.capitalize()}:", Style.LOUD))
    for guard in guards:
        indent = f"{page.margin}    "
        page.put((f"{page.margin}! {guard.name}: ", Style.LOUD), guard.message, hang=f"{indent}  ")
        for address in guard.addresses:
            page.put((indent, Style.PLAIN), address)
        if guard.left_out:
            page.put((indent, Style.PLAIN), f"… and {guard.left_out} more", Style.DIM)
        page.put((f"{indent}=> ", Style.PLAIN), guard.remedy, Style.YELLOW if guard.confirmable else Style.LOUD)


def _put_outcome(page: Page, outcome: OutcomeView, widest: int) -> None:
    style = RESULT_COLOURS[outcome.result]
    lead = f"{padded(outcome.result, widest)}  {SIGNS[outcome.action]} "
    page.put((lead, style), outcome.address)
    if outcome.reason:
        page.put((" " * cell_len(lead), Style.PLAIN), outcome.reason)
