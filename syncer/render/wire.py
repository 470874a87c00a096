"""Wire profiles, traces and scrubbed recordings for people; profiles for programs, too."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from syncer.errors import plural
from syncer.model.recording import Direction
from syncer.model.wire import Happened, Passed, ProfileView, Proof, Scrubbed, Spelling, TraceEntry, Unread
from syncer.render.document import as_json
from syncer.render.terminal import Page, Style, cut
from syncer.render.values import LONGEST_PROSE, harmless, one_line, value_text

FORMAT = "syncer-wire-profile/1"
_ORIGINS = {"conventional": "conventional, a guess from the names of the documented events", "learned": "learned"}
_KEY = 12  # columns
_INDENT = "  "
_WAY = max(map(len, Direction)) + 2
_LEAST = 20  # cells of a message that are shown, however narrow the terminal is
_DIRECTION_COLOURS = {Direction.SENT: Style.CYAN, Direction.RECEIVED: Style.GREEN}


def render_profile(view: ProfileView, *, width: int | None = None, color: bool = False) -> str:
    """A wire profile, operation by operation, and where it is proven."""
    page = Page(width, color)
    page.put(("Wire profile ", Style.BOLD), one_line(view.name), Style.BOLD)
    for key, told in _facts(view):
        _put(page, "", key, told)
    for one in view.operations:
        page.gap()
        page.line((one.operation, Style.BOLD))
        for key, told in _spelled(one):
            _put(page, _INDENT, key, told)
    if view.lacking:
        page.gap()
        page.put(("It has no words for ", Style.YELLOW), ", ".join(view.lacking), Style.YELLOW)
    page.gap()
    for proof in view.proofs:
        page.put((f"{one_line(proof.url)}: ", Style.PLAIN), *_proof_text(proof, view))
    if not view.proofs:
        page.put(("", Style.PLAIN), "Not verified on any server; run `syncer wire verify`.", Style.YELLOW)
    return page.text


def _put(page: Page, indent: str, key: str, told: str) -> None:
    page.put((f"{indent}{key:{_KEY}}", Style.DIM), told)


def _facts(view: ProfileView) -> Iterator[tuple[str, str]]:
    yield "source", one_line(view.source)
    yield "origin", _ORIGINS.get(view.origin, one_line(view.origin))
    yield "digest", view.digest
    yield "messages", f"at most {view.max_message_bytes} bytes; longer values go ahead in pieces"
    yield "categories", f"of a config: written as {view.category_refs}"
    if view.unset:
        yield "reads back", f"unset fields as {value_text(view.unset)}"
    if view.write_only:
        yield "write only", harmless(", ".join(view.write_only))


def _spelled(one: Spelling) -> Iterator[tuple[str, str]]:
    yield "request", value_text(one.request)
    yield "response", "none is awaited" if one.response is None else value_text(one.response)
    if one.sends:
        yield "sends", "every field" if one.sends == "whole" else "what changed"
    if one.unset:
        yield "unset", one.unset


def _proof_text(proof: Proof, view: ProfileView) -> tuple[str, Style]:
    when = one_line(proof.date, 40)
    if not proof.is_current:
        return f"another edition of it was verified ({when}); run `syncer wire verify`", Style.YELLOW
    lacking = [one.operation for one in view.operations if one.operation not in proof.operations]
    which = f"verified but for {', '.join(lacking)}" if lacking else "verified"
    return f"{which} ({when})", Style.YELLOW if lacking else Style.GREEN


def profile_document(view: ProfileView) -> str:
    """The same as JSON."""
    return as_json(
        {
            "format": FORMAT,
            "name": view.name,
            "origin": view.origin,
            "source": view.source,
            "digest": view.digest,
            "max_message_bytes": view.max_message_bytes,
            "category_refs": view.category_refs,
            "operations": {
                one.operation: {
                    "request": dict(one.request),
                    "response": dict(one.response) if one.response else None,
                    "sends": one.sends,
                    "unset": one.unset,
                }
                for one in view.operations
            },
            "lacking": list(view.lacking),
            "reads_back": {"unset": dict(view.unset), "write_only": list(view.write_only)},
            "verified": {
                one.url: {"date": one.date, "current": one.is_current, "operations": list(one.operations)}
                for one in view.proofs
            },
        }
    )


def profile_text(view: ProfileView) -> str:
    """The file itself, without a newline at its end; what a terminal would obey is an escape."""
    return "\n".join(harmless(line, max(len(line), 1)) for line in view.text.splitlines())


def render_trace(entries: Iterable[TraceEntry], *, width: int | None = None, color: bool = False) -> Iterator[str]:
    """A line each, as they come, then a summary; a new day gets a line of its own."""
    day = ""
    sizes: Counter[Direction] = Counter()
    messages: Counter[Direction] = Counter()
    connections: set[int] = set()
    for entry in entries:
        if isinstance(entry, Unread):
            yield _line(color, (f"line {entry.line} was left out: {harmless(entry.why)}", Style.YELLOW))
            continue
        if entry.time[:10] != day:
            day = entry.time[:10]
            yield _line(color, (one_line(day, 10), Style.BOLD))
        if entry.connection is not None:
            connections.add(entry.connection)
        if isinstance(entry, Passed):
            messages[entry.direction] += 1
            sizes[entry.direction] += entry.size
        yield _entry_line(entry, width, color)
    told = ", ".join(f"{messages[one]} {one} ({sizes[one]} bytes)" for one in Direction)
    yield _line(color, (f"\nMessages: {told}; connections: {len(connections)}.", Style.BOLD))


def _entry_line(entry: Passed | Happened, width: int | None, color: bool) -> str:
    number = "-" if entry.connection is None else f"{entry.connection}"
    lead = f"{one_line(entry.time[11:].removesuffix('Z'), 15):15}  #{cut(number, 6):2}  "
    if isinstance(entry, Happened):
        style = Style.DIM if entry.event in ("opened", "closed") else Style.LOUD
        event = one_line(entry.event, 20)
        return _line(color, (f"{lead}{event:{_WAY}}{' ' * 9}", style), (_fitting(entry.what, lead, width), style))
    way = (f"{entry.direction:{_WAY}}", _DIRECTION_COLOURS[entry.direction])
    told = _message_text(entry.message) if entry.message is not None else f"(no message: {entry.broken})"
    return _line(
        color,
        (lead, Style.DIM),
        way,
        (f"{_size(entry.size):>7}  ", Style.DIM),
        (_fitting(told, lead, width), Style.PLAIN),
    )


def _fitting(text: str, lead: str, width: int | None) -> str:
    shown = harmless(text, LONGEST_PROSE)
    return shown if width is None else cut(shown, max(width - len(lead) - _WAY - 9, _LEAST))


def _message_text(message: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in message.items() if key != "mt"}
    mt = one_line(message.get("mt", "(no type)"), 60)
    return f"{mt}  {value_text(rest)}" if rest else mt


def _size(size: int) -> str:
    return f"{size}" if abs(size) < 10**7 else f"{size:.0e}" if abs(size) < 10**18 else "huge"


def _line(color: bool, *spans: tuple[str, Style]) -> str:
    page = Page(None, color)
    page.line(*spans)
    return page.text


def render_scrubbed(done: Scrubbed, *, width: int | None = None, color: bool = False) -> str:
    """What was written, what is no longer in it, and what cannot be known."""
    page = Page(width, color)
    of = f"{plural(done.messages, 'message')} of {plural(done.connections, 'connection')}"
    page.put((f"wrote {one_line(done.path)}: ", Style.BOLD), f"{of}, as {done.format}", Style.BOLD)
    page.gap()
    page.line(
        ("Replaced by placeholders:" if done.masked else "There was nothing to replace by placeholders.", Style.PLAIN)
    )
    for field, count in sorted(done.masked.items(), key=lambda one: (-one[1], one[0])):
        page.put((f"{count:>8}  ", Style.PLAIN), one_line(field))
    page.gap()
    for remark in (*done.remarks, _DROPPED, _KEPT):
        page.put(("note: ", Style.PLAIN), harmless(remark, LONGEST_PROSE))
    return page.text


_DROPPED = (
    "whatever is no message was dropped: other requests, headers, cookies, what follows a ? in urls, console output"
)
_KEPT = (
    "what is secret but does not stand under the name of a secret cannot be known; names, descriptions, addresses of "
    "devices and servers and domain names are as recorded: read the file before you share it"
)
