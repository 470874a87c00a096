"""What a watch sees, as lines for people and for programs. No text ends in a newline."""

from collections.abc import Iterator, Mapping

from syncer.errors import plural
from syncer.model.address import Action
from syncer.model.plan import Change, Plan
from syncer.model.watch import About, Remark, Sighting, to_event
from syncer.render.change import Row, view_change
from syncer.render.document import as_json
from syncer.render.phrases import line_counts
from syncer.render.terminal import Page, Span, Style
from syncer.render.values import LONGEST_PROSE, harmless, one_line
from syncer.render.viewpoint import DRIFT

REMARK_FORMAT = "syncer-watch/1"
_MOST_LINES = 100  # of one sighting
_MOST_FIELDS = 3
_ONLY_HERE: Mapping[Action, str] = {
    Action.DELETE: "missing: the files have it, live there is none",
    Action.CREATE: "not in the files: live it is there",
}
_GOOD = frozenset({About.BACK, About.COMPARABLE, About.APPLIED})


def render_sighting(sighting: Sighting, *, color: bool = False) -> str:
    """A line for all that drifted and for all that is in step again; one for the whole where nothing is drifted."""
    page = Page(None, color)
    lines = list(_lines(sighting))
    for lead, text in lines[:_MOST_LINES]:
        _line(page, sighting.at, lead, text)
    if len(lines) > _MOST_LINES:
        more = f"and {len(lines) - _MOST_LINES} more; `syncer drift` shows all that is drifted"
        _line(page, sighting.at, ("", Style.PLAIN), more)
    return page.text


def render_remark(remark: Remark, *, color: bool = False) -> str:
    """A line, however many the text has."""
    page = Page(None, color)
    lines = "; ".join(line.strip() for line in remark.text.splitlines())
    text = harmless(lines.replace(":; ", ": "), LONGEST_PROSE)
    _line(page, remark.at, ("", Style.PLAIN), text, Style.GREEN if remark.about in _GOOD else Style.RED)
    return page.text


def sighting_as_json(sighting: Sighting) -> str:
    """The event (schemas/drift.schema.json) on one line."""
    return as_json(to_event(sighting), indent=None)


def remark_as_json(remark: Remark) -> str:
    """A remark (schemas/watch.schema.json) on one line."""
    told = {"format": REMARK_FORMAT, "time": remark.at, "event": str(remark.about), "message": remark.text}
    return as_json(told, indent=None)


def _line(page: Page, at: str, lead: Span, text: str, style: Style = Style.PLAIN) -> None:
    word, painted = lead
    page.line((f"{one_line(at)} ", Style.DIM), (f"{word}: " if word else "", painted), (text, style))


def _lines(sighting: Sighting) -> Iterator[tuple[Span, str]]:
    changes = {change.address: change for change in reversed(DRIFT.seen(sighting.plan).changes)}
    for address in sighting.new:
        yield ("drifted", Style.YELLOW), _drifted(changes[address])
    for address in sighting.gone:
        yield ("in step again", Style.GREEN), one_line(address)
    if not changes:
        yield ("in step", Style.GREEN), _in_step(sighting.plan)


def _in_step(plan: Plan) -> str:
    return f"{plan.summary.unchanged} unchanged, {plan.summary.unmanaged} unmanaged"


def _drifted(change: Change) -> str:
    view = view_change(change, viewpoint=DRIFT)
    whose = f" ({DRIFT.meaning(view.whose_told)})" if view.whose else ""
    if change.action is not Action.UPDATE:
        return f"{view.address}: {_ONLY_HERE[change.action]}{whose}"
    fields = [_field(row) for row in view.rows[:_MOST_FIELDS]]
    if len(view.rows) > _MOST_FIELDS:
        fields.append(f"and {plural(len(view.rows) - _MOST_FIELDS, 'more field')}")
    former = f" (live {view.former})" if view.former else ""
    return f"{view.address}{former}: {'; '.join(fields)}{whose}"


def _field(row: Row) -> str:
    return f"{row.path}: {row.told or f'the files say {row.before}, live {row.after}'}{line_counts(row)}"
