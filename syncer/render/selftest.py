"""How a self-test of a wire profile went, for people and for programs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from syncer.model.selftest import Intent, Leftover, Passed, ReadsBack, Rehearsed, SelfTest
from syncer.render.document import as_json
from syncer.render.terminal import Page, Style
from syncer.render.values import LONGEST_PROSE, harmless, one_line, value_text

FORMAT = "syncer-verify/1"
DRY_FORMAT = "syncer-verify-dry-run/1"
_INDENT = "  "
_LABEL = 10  # columns
_SHOWN = 20  # objects of a sort; JSON has them all


def render_intent(intent: Intent, *, width: int | None = None, color: bool = False) -> str:
    """What is going to be done, before it is."""
    page = Page(width, color)
    page.put(("", Style.PLAIN), f"Self-test of the wire profile {one_line(intent.profile)}", Style.BOLD)
    _put(page, "server", f"{one_line(intent.server)} ({one_line(intent.url)})")
    _put(page, "domain", one_line(intent.domain))
    what = "categories, configs and a domain" if intent.domains else "categories and configs"
    _put(page, "makes", f"{what} named {intent.tag}…, for no device; changes them, and deletes them again")
    for one in intent.stale:
        what = f"{_named(one)}, {harmless(one.why, LONGEST_PROSE)}; {_fate(intent, one)}"
        page.put(("  left      ", Style.YELLOW), what)
    return page.text


def _fate(intent: Intent, one: Leftover) -> str:
    if intent.deletes(one):
        return "it is deleted at the end"
    options = intent.cleaning(one.address).removeprefix("syncer wire verify ")
    return f"{harmless(options, LONGEST_PROSE)} deletes it"


def render_rehearsed(steps: Sequence[Rehearsed], *, width: int | None = None, color: bool = False) -> str:
    """Every message that would be sent; long texts by their length."""
    page = Page(width, color)
    for step in steps:
        page.put(("", Style.PLAIN), harmless(step.what, LONGEST_PROSE), Style.BOLD)
        for message in step.messages:
            page.put((_INDENT, Style.PLAIN), harmless(_json(message), LONGEST_PROSE))
    page.gap()
    count = sum(len(step.messages) for step in steps)
    page.put(("", Style.PLAIN), f"{len(steps)} writes in {count} messages; nothing was sent.", Style.BOLD)
    return page.text


def rehearsed_document(steps: Sequence[Rehearsed]) -> str:
    """The same as JSON."""
    told = [{"operation": one.operation, "what": one.what, "messages": list(one.messages)} for one in steps]
    return as_json({"format": DRY_FORMAT, "writes": told})


def _json(message: Mapping[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False)


def render_step(step: Passed, *, width: int | None = None, color: bool = False) -> str:
    """A step that came out as it should."""
    page = Page(width, color)
    what = harmless(step.what, LONGEST_PROSE) + (f" ({harmless(step.note, LONGEST_PROSE)})" if step.note else "")
    page.put(("ok  ", Style.GREEN), what)
    return page.text


def render_selftest(test: SelfTest, *, width: int | None = None, color: bool = False) -> str:
    """Everything that is worth knowing afterwards, the verdict last."""
    page = Page(width, color)
    _put_failure(page, test)
    if not test.failed and not test.interrupted:
        _put_operations(page, test)
    _put_remains(page, test)
    page.gap()
    page.put(("", Style.PLAIN), _verdict(test), Style.BOLD if test.exit_code == 0 else Style.LOUD)
    return page.text


def _put_failure(page: Page, test: SelfTest) -> None:
    failed = test.failed
    if failed is None:
        return
    page.put(("FAILED  ", Style.LOUD), harmless(failed.what, LONGEST_PROSE), Style.BOLD)
    if failed.operation:
        _put(page, "wrong is", f"{failed.operation} of the wire profile {one_line(test.intent.profile)}")
    for message in failed.sent:
        _put(page, "sent", harmless(message, LONGEST_PROSE))
    _put(page, "result", harmless(failed.found, LONGEST_PROSE))
    if failed.hint:
        page.put((f"{_INDENT}=> ", Style.CYAN), harmless(failed.hint, LONGEST_PROSE), Style.CYAN)


def _put_operations(page: Page, test: SelfTest) -> None:
    for name in sorted(test.proven):
        page.put(("proven      ", Style.GREEN), name)
    for name, why in sorted(test.unproven.items()):
        page.put(("not proven  ", Style.YELLOW), f"{name}: {why}")
    for name in sorted(test.unseen):
        what = "whether it arrives at all cannot be seen by reading; set it once and check it at a device"
        page.put(("not seen    ", Style.YELLOW), f"{one_line(name)}: {what}")
    if test.receipt:
        _put(page, "receipt", harmless(test.receipt, LONGEST_PROSE))
    elif test.exit_code == 0:
        _put(page, "receipt", "none, since the embedded service needs none")
    if test.completed:
        _put(page, "profile", f"{harmless(test.completed, LONGEST_PROSE)} says now what is read back")
    if test.measured:
        page.gap()
        page.put(
            ("", Style.PLAIN), "What the service reads back for what is not set, and secrets that it never returns:"
        )
        for line in _measured(test.measured):
            page.put((_INDENT, Style.PLAIN), line)


def _measured(measured: ReadsBack) -> list[str]:
    lines = [
        f"{one_line(kind)}: " + ", ".join(f"{one_line(name)} {value_text(value)}" for name, value in values.items())
        for kind, values in measured.unset.items()
    ]
    never = ", ".join(sorted(measured.write_only))
    return [*lines, *([f"never returned: {never}"] if never else [])] or ["nothing special any more"]


def _put_remains(page: Page, test: SelfTest) -> None:
    if not test.is_clean:
        page.gap()
    _put_listed(page, "LEFT     ", [_left(one) for one in test.leftovers if one.sure])
    _put_listed(page, "NEW      ", [_left(one) for one in test.leftovers if not one.sure])
    changed = [f"{one.shown}, which is not ours: {harmless(one.how, LONGEST_PROSE)}" for one in test.damages]
    _put_listed(page, "CHANGED  ", changed)
    if test.kept:
        _put(page, "before", f"how that was before is in {harmless(test.kept, LONGEST_PROSE)}")


def _put_listed(page: Page, label: str, texts: list[str]) -> None:
    for text in texts[:_SHOWN]:
        page.put((label, Style.LOUD), text)
    if len(texts) > _SHOWN:
        page.put((" " * len(label), Style.LOUD), f"… and {len(texts) - _SHOWN} more")


def _left(one: Leftover) -> str:
    return f"{_named(one)}: {harmless(one.why, LONGEST_PROSE)}"


def _named(one: Leftover) -> str:
    return one.address.shown + (f" (id {one.id})" if one.id is not None else "")


def _verdict(test: SelfTest) -> str:
    if test.interrupted:
        return f"Interrupted; {_state(test)}"
    if test.failed or not test.is_clean:
        return f"Not proven; {_state(test)}"
    if test.refused:
        return f"No receipt, although everything went well: {harmless(test.refused, LONGEST_PROSE)}"
    return f"Proven; {_state(test)}"


def _state(test: SelfTest) -> str:
    if not test.wrote:
        return "nothing was written."
    parts = [
        f"whether everything is as it was could not be read: {harmless(test.unread, LONGEST_PROSE)}"
        * bool(test.unread),
        "the server is as it was" * test.is_clean,
        _advice(test),
    ]
    if test.may_come and not test.unread:
        cleaning = harmless(test.intent.cleaning(), LONGEST_PROSE)
        parts.append(f"should {harmless(test.may_come)} still arrive, `{cleaning}` deletes it")
    return "; ".join(filter(None, parts)) + "."


def _advice(test: SelfTest) -> str:
    """What to do about what is named."""
    if sure := [one for one in test.leftovers if one.sure]:
        commands = sorted({f"`{harmless(test.intent.cleaning(one.address), LONGEST_PROSE)}`" for one in sure})
        there = "may be" if test.unread else "is"
        return f"what is named above {there} on the server now; see to it there, or with {' and '.join(commands)}"
    if test.damages:
        before = "; the file above has it as it was" if test.kept else ""
        return f"what is named above is on the server now; put it right by hand{before}"
    return "what is named above was made meanwhile, and nothing of it was touched" if test.leftovers else ""


def _put(page: Page, label: str, text: str) -> None:
    page.put((f"{_INDENT}{label:{_LABEL}}", Style.DIM), text)


def document(test: SelfTest) -> str:
    """The same as JSON."""
    intent, failed, measured = test.intent, test.failed, test.measured
    return as_json(
        {
            "format": FORMAT,
            "server": {"name": intent.server, "url": intent.url},
            "profile": intent.profile,
            "domain": intent.domain,
            "tag": intent.tag,
            "exit_code": test.exit_code,
            "proven": sorted(test.proven),
            "unproven": dict(sorted(test.unproven.items())),
            "steps": [{"operation": one.operation, "what": one.what, "note": one.note} for one in test.steps],
            "failed": None
            if failed is None
            else {
                "operation": failed.operation,
                "what": failed.what,
                "found": failed.found,
                "hint": failed.hint,
                "sent": list(failed.sent),
            },
            "measured": None if measured is None else _reads_back(measured),
            "leftovers": [
                {"address": str(one.address), "id": one.id, "why": one.why, "sure": one.sure} for one in test.leftovers
            ],
            "damages": [
                {"address": str(one.address), "id": one.id, "device": one.device, "how": one.how}
                for one in test.damages
            ],
            "interrupted": test.interrupted,
            "may_come": test.may_come,
            "unread": test.unread,
            "unseen": sorted(test.unseen),
            "kept": test.kept,
            "receipt": test.receipt,
            "completed": test.completed,
            "refused": test.refused,
        }
    )


def _reads_back(measured: ReadsBack) -> Mapping[str, Any]:
    return {"unset": {kind: dict(values) for kind, values in measured.unset.items()}} | {
        "write_only": sorted(measured.write_only)
    }
