"""Plans as annotations of GitHub."""

from collections import Counter
from collections.abc import Iterator, Mapping

from syncer.errors import plural
from syncer.model.address import Action
from syncer.model.plan import Plan
from syncer.render.annotations import MOST, command, has_room
from syncer.render.change import ChangeView, Spot
from syncer.render.findings import Gravity, gravity, place
from syncer.render.phrases import about, counted, headline, held_addresses, suggestion
from syncer.render.view import GuardView, PlanView, RenameView, view_plan
from syncer.render.viewpoint import PLAN, Viewpoint

_MOST_GUARDS = 5  # of each level, so that some changes are seen, too
_MOST_RENAMES, _MOST_TOLD = 2, 4  # notices of renames; of renames and notes
_LEVELS: Mapping[Gravity, str] = {
    Gravity.FORBIDDEN: "error",
    Gravity.DELETE: "warning",
    Gravity.RISK: "warning",
    Gravity.UPDATE: "notice",
    Gravity.CREATE: "notice",
}


def render_plan(plan: Plan, folder: str = "", viewpoint: Viewpoint = PLAN) -> str:
    """What a reviewer must not miss, at the lines of the files; then how much more there is, and the summary."""
    view, used = view_plan(plan, viewpoint), Counter[str]()
    forbidding = {guard.name for guard in view.guards if not guard.confirmable}
    guards = [guard for guard in view.guards if has_room(used, _guard_level(guard), _MOST_GUARDS)]
    renames = [rename for rename in view.renames if has_room(used, "notice", _MOST_RENAMES)]
    notes = [note for note in view.notes if has_room(used, "notice", _MOST_TOLD)]
    lines = [*(_guard(guard, viewpoint) for guard in guards), *map(_rename, renames), *map(_note, notes)]
    left = Counter[Action]()
    for change in sorted(view.changes, key=lambda one: one.rank):
        level = _LEVELS[gravity(change, is_forbidden=not forbidding.isdisjoint(change.held))]
        if has_room(used, level, MOST[level]):
            lines.append(_change(level, change, place(change, folder)))
        else:
            left[change.action] += 1 + len(change.also)
    more = {
        "more guard": len(view.guards) - len(guards),
        "more likely rename": len(view.renames) - len(renames),
        "more note": len(view.notes) - len(notes),
    }
    return "\n".join([*lines, *_rest(left, more, viewpoint), _summary(view)])


def _guard_level(guard: GuardView) -> str:
    return "warning" if guard.confirmable else "error"


def _guard(guard: GuardView, viewpoint: Viewpoint) -> str:
    addresses = held_addresses(guard)
    lines = [guard.message, *([addresses] if addresses else []), guard.remedy]
    return command(_guard_level(guard), f"{viewpoint.held}: {guard.name}", lines)


def _rename(rename: RenameView) -> str:
    return command("notice", f"renamed? {rename.address}", [suggestion(rename)])


def _note(note: str) -> str:
    return command("notice", "note", [note])


def _change(level: str, change: ChangeView, spot: Spot | None) -> str:
    return command(level, headline(change), list(about(change)) or [headline(change)], spot)


def _rest(left: Counter[Action], more: Mapping[str, int], viewpoint: Viewpoint) -> Iterator[str]:
    """How much was left out, if anything was."""
    told = [plural(count, noun) for noun, count in more.items() if count] + [counted(left, viewpoint)] * bool(left)
    if told:
        all_of_it = f"{viewpoint.whole}: {viewpoint.again}"
        yield command("notice", "and more", [f"… and {'; '.join(told)}; {all_of_it}"])


def _summary(view: PlanView) -> str:
    told = [view.summary, *([view.whose] if view.whose else [])]
    return command("notice", f"{view.title.lower()} {view.server}", told)
