"""Plans as one page for a browser. It needs no network, and nothing but its own style and script acts in it.

What it says of the plan as a whole is there without a script; the changes are data, and made by the script.
"""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlencode

from syncer.model.address import Kind
from syncer.model.plan import Ignored, Plan
from syncer.render.change import SIGNS
from syncer.render.pagedata import page_data
from syncer.render.values import one_line
from syncer.render.view import GuardView, PlanView, RenameView, view_plan
from syncer.render.viewpoint import PLAN, Viewpoint

_FOLDER = Path(__file__).parent / "page"
_MOST_UNFOLDED = 10  # entries of a list


def render_plan(plan: Plan, viewpoint: Viewpoint = PLAN) -> str:
    """The whole plan. ASCII only, so that it means the same in whatever encoding it is written to a file."""
    view = view_plan(plan, viewpoint, expand=True)
    style, script = _asset("page.css"), _asset("change.js") + _asset("page.js")
    page = Template(_asset("page.html")).substitute(
        _head(plan, view) | _words(viewpoint),
        policy=_policy(style, script),
        style=style,
        script=script,
        guards=_guards(view.guards, viewpoint),
        renames=_renames(view.renames),
        notes=_section("Notes", "notes", _list(map(escape, view.notes), "notes")),
        hidden="" if plan.changes else " hidden",
        left_alone=_left_alone(plan),
        data=_as_data(page_data(view)),
    )
    return page.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _asset(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """Only this style and this script; trusted types make the browser refuse innerHTML and its like altogether."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _as_data(document: dict[str, Any]) -> str:
    """JSON that cannot end the element which it stands in."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _head(plan: Plan, view: PlanView) -> dict[str, str]:
    server, limits = one_line(plan.server_name), "".join(f"<li>{_code(glob)}</li>" for glob in view.only)
    return {
        "title": escape(f"{view.title} {server}"),
        "url": escape(one_line(plan.server_url)),
        "created": escape(view.created),
        "summary": escape(view.summary),
        "counts": _counts(view),
        "limits": f'<ul id="limits"><li>Limited to</li>{limits}</ul>' if limits else "",
        "whose": escape(view.whose),
    }


def _words(viewpoint: Viewpoint) -> dict[str, str]:
    """Of what the page says of any plan."""
    change = viewpoint.change
    return {"change": change, "change_title": change.capitalize(), "noun": viewpoint.noun} | {
        "again": escape(viewpoint.again),
        "before": viewpoint.before,
    }


def _counts(view: PlanView) -> str:
    """How many of each action; a click shows them."""
    counts = Counter(change.action for change in view.changes)
    return "".join(
        f'<li><a class="{action}" href="#action={action}"><b>{SIGNS[action]} {count:,}</b> '
        f"{view.viewpoint.counted(action, count)}</a></li>"
        for action in view.viewpoint.counts
        if (count := counts[action])
    )


def _guards(guards: Iterable[GuardView], viewpoint: Viewpoint) -> str:
    return _section(viewpoint.held.capitalize(), "guards", "".join(map(_guard, guards)))


def _guard(guard: GuardView) -> str:
    """Its addresses lead to their changes."""
    addresses = "".join(f"<li>{_link(address)}</li>" for address in guard.addresses)
    more = f"<li>\u2026 and {guard.left_out} more</li>" if guard.left_out else ""
    kind = "confirmable" if guard.confirmable else "final"
    return (
        f'<div class="guard"><h3>{escape(guard.name)}</h3><p>{escape(guard.message)}</p>'
        f'<ul>{addresses}{more}</ul><p class="remedy {kind}">{escape(guard.remedy)}</p></div>'
    )


def _renames(renames: Iterable[RenameView]) -> str:
    return _section("Renamed?", "renames", _list(map(_rename, renames), "likely renames"))


def _rename(rename: RenameView) -> str:
    at = f" at {_code(rename.source)}" if rename.source else ""
    why = ", so that its devices stay in it" if rename.kind is not Kind.CONFIG else ""
    return (
        f"{_link(rename.address)} looks like {_code(rename.former)}, {escape(rename.state)}. "
        f"If it is, say so{at}{why}:<pre>{escape(rename.line)}</pre>"
    )


def _left_alone(plan: Plan) -> str:
    unmanaged = [one_line(address) for address in plan.unmanaged]
    ignored = [_ignored(one) for one in plan.ignored]
    folded = _folded("unmanaged: live, and not in the files", unmanaged)
    return _section("Left alone", "left-alone", folded + _folded("with ignored fields that differ", ignored))


def _ignored(one: Ignored) -> str:
    return f"{one_line(one.address)}: {', '.join(map(one_line, one.fields))}"


def _folded(what: str, lines: list[str]) -> str:
    """A list that may be long, as one text."""
    return (
        f"<details><summary>{len(lines)} {what}</summary><pre>{escape(chr(10).join(lines))}</pre></details>"
        if lines
        else ""
    )


def _section(title: str, name: str, content: str) -> str:
    """Nothing where there is no content."""
    if not content:
        return ""
    return f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{title}</h2>{content}</section>'


def _list(entries: Iterable[str], what: str) -> str:
    """Entries in HTML; many are folded."""
    items = [f"<li>{entry}</li>" for entry in entries]
    text = f"<ul>{''.join(items)}</ul>" if items else ""
    return text if len(items) <= _MOST_UNFOLDED else f"<details><summary>{len(items)} {what}</summary>{text}</details>"


def _link(address: str) -> str:
    """To the changes that name an address."""
    return f'<a href="#{escape(urlencode({"q": address}))}">{_code(address)}</a>'


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"
