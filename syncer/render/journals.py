"""Journals for people and for programs: which there are, what one says. What must not be read stays hidden."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncer.model.journal import UNFINISHED, Begun, Closed, Ended, Entry, History, Image, Kept, Phase
from syncer.model.plan import HIDDEN, Ending, Result
from syncer.render.change import ChangeView, view_change
from syncer.render.document import as_json
from syncer.render.outcome import result_counts
from syncer.render.terminal import Page, Style
from syncer.render.text import RESULT_COLOURS
from syncer.render.text_change import put_change
from syncer.render.values import LONGEST_PROSE, harmless, one_line

LIST_FORMAT = "syncer-journals/1"
HISTORY_FORMAT = "syncer-history/1"
_RECOVER = "run `syncer recover`"
_STATE_COLOURS: Mapping[str, Style] = {
    Ending.APPLIED: Style.GREEN,
    Ending.ROLLED_BACK: Style.YELLOW,
    Ending.NOTHING_WRITTEN: Style.YELLOW,
}
_PHASE_WIDTH = max(map(len, Phase)) + 2


@dataclass(frozen=True, slots=True)
class Attempt:
    """One write of a change, or one that it did not come to; `result` None: nothing is told of what came of it."""

    phase: Phase
    begun: bool
    result: Result | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _HistoryView:
    title: str
    state: str
    server: str
    times: str
    changes: tuple[tuple[ChangeView, Sequence[Attempt]], ...]
    summary: str


def render_list(journals: Iterable[Kept], *, width: int | None = None, color: bool = False) -> str:
    """Two lines a journal; `width` in cells, None: nothing is wrapped."""
    page = Page(width, color)
    for kept in journals:
        _put_kept(page, kept)
    if not page.lines:
        page.line(("There is no journal.", Style.PLAIN))
    return page.text


def render_history(kept: Kept, history: History, *, width: int | None = None, color: bool = False) -> str:
    """What one journal says, change by change in the order of the plan."""
    view, page = _view(kept, history), Page(width, color)
    page.put((view.title, Style.BOLD), view.state, _colour(kept.state))
    page.put(("Plan for ", Style.PLAIN), view.server, Style.BOLD)
    page.put(("", Style.PLAIN), view.times, Style.DIM)
    for change, attempts in view.changes:
        put_change(page, change)
        _put_attempts(page, attempts)
    page.gap()
    page.put(("", Style.PLAIN), view.summary, Style.BOLD)
    return page.text


def list_document(journals: Iterable[Kept]) -> str:
    """All journals as JSON, with counts by result."""
    return as_json({"format": LIST_FORMAT, "journals": [_kept_document(kept) for kept in journals]})


def history_document(kept: Kept, history: History) -> str:
    """One journal as JSON: each change with its object as it was, and its writes."""
    attempts = attempts_of(history)
    changes = [
        {
            "action": str(change.action),
            "kind": str(change.address.kind),
            "address": str(change.address),
            "former": str(change.former) if change.former else None,
            "result": str(history.results[number]),
            "before": _before_document(history, number),
            "writes": [_attempt_document(attempt) for attempt in attempts[number]],
        }
        for number, change in enumerate(history.plan.changes)
    ]
    return as_json({"format": HISTORY_FORMAT, **_kept_document(kept), "changes": changes})


def attempts_of(history: History) -> Sequence[Sequence[Attempt]]:
    """What was begun for each change of the plan, in order, and what came of it."""
    found: list[list[Attempt]] = [[] for _ in history.plan.changes]
    for entry in history.entries:
        if isinstance(entry, Begun):
            found[entry.change].append(Attempt(entry.phase, begun=True, result=None))
        elif isinstance(entry, Ended):
            _end(found[entry.change], entry)
    return found


def _end(attempts: list[Attempt], entry: Ended) -> None:
    last = attempts.pop() if attempts and attempts[-1].result is None and attempts[-1].phase is entry.phase else None
    attempts.append(Attempt(entry.phase, last is not None, entry.result, entry.reason))


def _put_kept(page: Page, kept: Kept) -> None:
    opened = f"  {one_line(kept.history.opened.opened)}" if kept.history else ""
    page.put((f"{one_line(kept.name)}  ", Style.BOLD), f"{one_line(kept.state)}{opened}", _colour(kept.state))
    page.put(("    ", Style.PLAIN), _told(kept))


def _told(kept: Kept) -> str:
    if kept.history is None:
        return harmless(kept.reason, LONGEST_PROSE)
    hint = f"; {_RECOVER}" if kept.state == UNFINISHED else ""
    return f"{_server(kept.history)}: {_counts(kept.history)}{hint}"


def _view(kept: Kept, history: History) -> _HistoryView:
    plan = history.plan
    closed = _closed(history)
    times = f"Planned {one_line(plan.created)}, begun {one_line(history.opened.opened)}"
    hint = f"; {_RECOVER}" if kept.state == UNFINISHED else ""
    return _HistoryView(
        f"Journal {one_line(kept.name)}: ",
        f"{one_line(kept.state)}{hint}",
        _server(history),
        f"{times}, closed {one_line(closed)}" if closed else times,
        tuple(zip(map(view_change, plan.changes), attempts_of(history), strict=True)),
        f"{_counts(history)}.",
    )


def _server(history: History) -> str:
    return f"{one_line(history.plan.server_name)} ({one_line(history.plan.server_url)})"


def _counts(history: History) -> str:
    return result_counts(Counter(history.results)) or "no changes"


def _closed(history: History) -> str | None:
    last: Entry = history.entries[-1] if history.entries else history.opened
    return last.closed if isinstance(last, Closed) else None


def _colour(state: str) -> Style:
    return _STATE_COLOURS.get(state, Style.LOUD)


def _put_attempts(page: Page, attempts: Sequence[Attempt]) -> None:
    indent = f"{page.margin}    "
    for attempt in attempts:
        lead = f"{indent}=> {attempt.phase:{_PHASE_WIDTH}}"
        page.put((lead, Style.PLAIN), _attempt_text(attempt), RESULT_COLOURS[attempt.result or Result.UNKNOWN])
        if attempt.reason:
            page.put((" " * len(lead), Style.PLAIN), harmless(attempt.reason, LONGEST_PROSE))
    if not attempts:
        page.put((f"{indent}=> ", Style.PLAIN), "not begun", RESULT_COLOURS[Result.NOT_TRIED])


def _attempt_text(attempt: Attempt) -> str:
    begun = "begun" if attempt.begun else "not begun"
    if attempt.result is None:
        return f"{begun}, and what came of it is not told"
    is_back = attempt.phase is Phase.ROLLBACK and attempt.result is Result.APPLIED
    return f"{begun}, {Result.ROLLED_BACK if is_back else attempt.result}"


def _kept_document(kept: Kept) -> dict[str, Any]:
    history = kept.history
    if history is None:
        return {"name": kept.name, "state": kept.state, "reason": kept.reason}
    return {
        "name": kept.name,
        "state": kept.state,
        "server": {"name": history.plan.server_name, "url": history.plan.server_url},
        "created": history.plan.created,
        "opened": history.opened.opened,
        "closed": _closed(history),
        "summary": {str(result): history.count(result) for result in Result},
    }


def _attempt_document(attempt: Attempt) -> dict[str, Any]:
    return {
        "phase": str(attempt.phase),
        "begun": attempt.begun,
        "result": str(attempt.result) if attempt.result else None,
        "reason": attempt.reason,
    }


def _before_document(history: History, change: int) -> dict[str, Any] | None:
    """The object as it was; null: there was none, or it is not told."""
    try:
        image = history.before(change).image
    except KeyError:
        return None
    return _image_document(image) if image else None


def _image_document(image: Image) -> dict[str, Any]:
    return {
        "address": str(image.address),
        "id": image.id,
        "fields": {**image.fields, **{name: dict(HIDDEN) for name in image.sealed}},
        "extra": dict(image.extra),
        "categories": [ref.name if ref.name is not None else ref.id for ref in image.categories],
    }
