"""Plans as Markdown, for a comment on a merge request at GitHub or GitLab.

Nothing of a plan may act there: no mention, reference, link, image, tag, quick action. So whatever comes from it is
code: in spans, in fenced blocks, and in `<code>` where a line is HTML. No line begins with it, since GitLab looks for
quick actions and includes line by line, before it knows what is code.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from syncer.errors import plural
from syncer.model.address import Action
from syncer.model.plan import Plan
from syncer.render.change import ChangeView, Row
from syncer.render.phrases import counted, facts, field, held_addresses, others, shortened, suggestion
from syncer.render.textdiff import TextDiff
from syncer.render.view import Group, GuardView, PlanView, view_plan
from syncer.render.viewpoint import PLAN, Viewpoint

LIMIT = 60_000  # bytes; GitHub takes 65,536 characters, and a comment may have a few words around the plan
_FEW = 60  # lines, about, of all changes that are told unfolded
_MOST_LISTED = 10  # of what stands above the changes, but for guards
_ROOM_OF_LIST = 5_000  # bytes
_ROOM_OF_GUARDS = 15_000
_LONGEST = 600  # bytes of a text above the changes, but for guards
_BRIEF = 80  # bytes of a text of a guard, if there are too many for all their words
_LEAST_ROOM = 4_000  # for a change, if there are many
_ROOM_AT_END = 500  # for what is said of the rest
_ROOM_OF_A_LINE = 100
_SHARE_IN_FULL = 0.75  # of the room, where not all changes can be told in full; the rest is for names
_BACKTICKS = re.compile("`+")
_RUN_OF_BLANKS = re.compile(r"(?<=\S) {2,}(?=\S)")
_COMMAND = re.compile(r"(?<= ):(?=:)")  # what GitHub's runner obeys in a log at a line's beginning, after blanks


def render_plan(plan: Plan, viewpoint: Viewpoint = PLAN, *, expand: bool = False) -> str:
    """What will happen and what holds it back, then the changes, the gravest first; at most LIMIT bytes of UTF-8.

    `expand`: equal changes are told one by one.
    """
    view = view_plan(plan, viewpoint, expand=expand)
    whose = code(view.whose) if plan.since else view.whose  # a third side has a name
    above = _blocks(_above(view, whose))
    changes = sorted(view.changes, key=lambda change: change.rank)
    return _blocks([above, *_changes(changes, LIMIT - _size(above) - _ROOM_AT_END, viewpoint)])


def code(text: str) -> str:
    """A text of one line as a code span, whatever it is."""
    ticks = "`" * (_longest_run(text) + 1)
    needs_blanks = text.startswith("`") or text.endswith("`") or (text.strip(" ") and text[0] == text[-1] == " ")
    inside = f" {text} " if needs_blanks else text or " "  # one blank on both sides is taken away again
    return f"{ticks}{_RUN_OF_BLANKS.sub(_escaped, inside)}{ticks}"


def _escaped(blanks: re.Match[str]) -> str:
    """All but the first, of which a browser shows no more."""
    return " " + "\\x20" * (len(blanks[0]) - 1)


def _longest_run(text: str) -> int:
    return max(map(len, _BACKTICKS.findall(text)), default=0)


def _short(text: str) -> str:
    return code(shortened(text, _LONGEST))


def _brief(text: str) -> str:
    return code(shortened(text, _BRIEF))


def _size(text: str) -> int:
    return len(text.encode())


def _fitting(texts: Iterable[str], room: int) -> list[str]:
    """The first ones that there is room for, each with two newlines; no more of them are made than that."""
    shown: list[str] = []
    for text in texts:
        room -= _size(text) + 2
        if room < 0:
            break
        shown.append(text)
    return shown


def _blocks(texts: Iterable[str]) -> str:
    return "\n\n".join(filter(None, texts))


def _above(view: PlanView, whose: str) -> Iterator[str]:
    yield f"### {view.title} {code(view.server)}"
    yield f"**{view.summary}**"
    yield whose
    yield _guards(view.guards, view.viewpoint)
    yield _list("Limited to:", [_short(glob) for glob in view.only])
    yield _domains(view)
    yield _list("Renamed?", [suggestion(rename, _short) for rename in view.renames])
    yield _list("To be noted:", [_short(note) for note in view.notes])


def _domains(view: PlanView) -> str:
    if view.domains < 2:
        return ""
    elsewhere = view.domains - len(view.groups)
    told = f"In {view.domains:,} domains, {elsewhere:,} of them told with others:"
    return _list(told if elsewhere else "In these domains:", [_group(group) for group in view.groups])


def _group(group: Group) -> str:
    return f"{_short(group.domain)}: {group.counts}"


def _list(title: str, items: Sequence[str]) -> str:
    """As many items as there is room for; nothing for none."""
    shown = _fitting(items[:_MOST_LISTED], _ROOM_OF_LIST)
    left = len(items) - len(shown)
    return _titled(title, [*shown, *([f"… and {left:,} more"] if left else [])])


def _titled(title: str, items: Sequence[str]) -> str:
    return "\n".join([f"**{title}**", "", *(f"- {item}" for item in items)]) if items else ""


def _guards(guards: Sequence[GuardView], viewpoint: Viewpoint) -> str:
    """All of them; if there are very many, in few words, and the last ones only counted."""
    items = _fitting(map(_guard, guards), _ROOM_OF_GUARDS)
    if len(items) < len(guards):
        items = _fitting((_guard_in_brief(guard) for guard in guards), _ROOM_OF_GUARDS)
    left = guards[len(items) :]
    names = Counter(guard.name for guard in left).most_common(3)
    rest = f"… and {len(left):,} more: {', '.join(f'{count:,} {_brief(name)}' for name, count in names)}"
    return _titled(f"{viewpoint.held.capitalize()}:", [*items, *([rest] if left else [])])


def _guard(guard: GuardView) -> str:
    addresses = [held_addresses(guard, code)] if guard.addresses else []
    return "\n  - ".join([f"{code(guard.name)}: {code(guard.message)}", *addresses, code(guard.remedy)])


def _guard_in_brief(guard: GuardView) -> str:
    return f"{_brief(guard.name)}: {_brief(guard.message)}: {_brief(guard.remedy)}"


def _changes(changes: Sequence[ChangeView], room: int, viewpoint: Viewpoint) -> list[str]:
    """All of them in full if there is room; else the gravest as far as each has room, of others the names."""
    is_open = sum(map(_lines, changes)) <= _FEW
    full = _fitting((_change(change, 2 * LIMIT, is_open=is_open) for change in changes), room)
    if len(full) == len(changes):
        return full
    each = max(_LEAST_ROOM, room // len(changes))
    cut = _fitting((_change(change, each, is_open=is_open) for change in changes), room)
    if len(cut) == len(changes):
        return [*cut, _rest((), viewpoint)]
    cut = _fitting(cut, int(room * _SHARE_IN_FULL))
    by_name = changes[len(cut) :]
    names = _fitting(map(_name, by_name), room - _size(_blocks(cut)))
    return [*cut, _titled("There is not room for all; by name:", names), _rest(by_name[len(names) :], viewpoint)]


def _lines(change: ChangeView) -> int:
    return 2 + change.lines


def _rest(left: Sequence[ChangeView], viewpoint: Viewpoint) -> str:
    counts: Counter[Action] = Counter()
    for change in left:
        counts[change.action] += 1 + len(change.also)
    told = f"{viewpoint.whole}: `{viewpoint.again}`"
    return f"… and {counted(counts, viewpoint)}; {told}" if left else f"{told[0].upper()}{told[1:]}"


def _name(change: ChangeView) -> str:
    also = f", {change.also_told}" if change.also else ""
    return f"{change.verb}{change.viewpoint.colon} {code(change.address)}{also}"


def _change(change: ChangeView, room: int, *, is_open: bool) -> str:
    """A change below a line of HTML; its fields are cut where they have more than their room."""
    top = f"<details{' open' * is_open}>\n<summary>{_headline(change)}</summary>"
    source = [f"in {code(change.source)}"] if change.source else []
    known = [f"- {fact}" for fact in (*source, *facts(change, code))]
    also = [f"- {others(change, _short)}"] if change.also else []
    around = _size("\n".join([top, *known, *also, "</details>"])) + _ROOM_OF_A_LINE
    inside = "\n".join([*known, *_fields(change, room - around), *also])
    return _blocks([top, inside.rstrip("\n"), "</details>"])


def _headline(change: ChangeView) -> str:
    reach = f", {change.reaches} {_html(change.reach)}" if change.reach else ""
    asides = [*([change.viewpoint.held] if change.held else []), *([change.whose_told] if change.whose else [])]
    also = f"; {change.also_told}" if change.also else ""
    return f"<b>{change.verb}</b> {_html(change.address)}{reach}{''.join(f' ({one})' for one in asides)}{also}"


def _html(text: str) -> str:
    return f"<code>{escape(text, quote=False)}</code>"


def _fields(change: ChangeView, room: int) -> Iterator[str]:
    """As many as there is room for; a diff that is too long for it is cut."""
    for i, row in enumerate(change.rows):
        diff = _diff(row.diff, room // 2) if row.diff else ""
        told = f"- {field(row, change, code)}{diff}{_moved(row, room // 4)}"
        room -= _size(told) + 1
        if room < 0:
            yield f"- … and {plural(len(change.rows) - i, 'more field')}"
            return
        yield told


def _moved(row: Row, room: int) -> str:
    """What the server did to a text since the third side, on which files and server moved apart."""
    return f"\n- {code(row.path)}, the server since then{_diff(row.moved, room)}" if row.moved else ""


def _diff(diff: TextDiff, room: int) -> str:
    """A fenced block below its field."""
    if not diff.lines:
        return ", too many to compare" if diff.removed + diff.added else ", no difference"
    shown = _fitting((_inert(line.unified) for line in diff.lines), room)
    left = diff.left_out + sum(line.sign in "+- " for line in diff.lines[len(shown) :])
    ticks = "`" * max(3, _longest_run("\n".join(shown)) + 1)
    rest = [f"… {plural(left, 'more line')}"] if left else []
    return "\n".join(["\n", f"{ticks}diff", *shown, *rest, f"{ticks}\n"])


def _inert(line: str) -> str:
    return _COMMAND.sub(r"\\x3a", line, count=1) if line.lstrip(" ").startswith("::") else line
