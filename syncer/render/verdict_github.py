"""What `syncer validate` found, as annotations of GitHub."""

from collections import Counter

from syncer.errors import Problem, plural
from syncer.model.lint import RULES, Verdict
from syncer.render.annotations import MOST, command, has_room
from syncer.render.findings import in_tree
from syncer.render.verdict import code_of, level_of, message_of


def render_verdict(verdict: Verdict, folder: str = "") -> str:
    """At the lines of the files, as many as GitHub shows; `folder` leads to them from the top of the work tree."""
    used = Counter[str]()
    found = [*verdict.problems, *verdict.warnings]
    shown = [one for one in found if has_room(used, level_of(one), MOST[level_of(one)])]
    lines = [_annotation(one, folder) for one in shown]
    if len(shown) < len(found):
        told = f"… and {plural(len(found) - len(shown), 'more finding')}; all of them: syncer validate"
        lines.append(command("notice", "and more", [told]))
    return "\n".join([*lines, command("notice", "syncer validate", [_summary(verdict)])])


def _annotation(found: Problem, folder: str) -> str:
    place = found.place
    spot = in_tree(place.file, place.line, place.column, folder) if place else None
    told = message_of(found) if spot or not place else f"{place}: {message_of(found)}"
    title = f"{code_of(found)}: {RULES[code_of(found)].title}"
    return command(level_of(found), title, [told], spot)


def _summary(verdict: Verdict) -> str:
    counts = f"{plural(len(verdict.problems), 'mistake')}, {plural(len(verdict.warnings), 'warning')}"
    return f"{'valid' if verdict.is_valid else 'invalid'}: {counts}"
