"""What answers tell: whether something failed, and where that and a new id stand."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syncer.learn.leaves import Path, is_number, plain, pointer

if TYPE_CHECKING:
    from syncer.learn.samples import Sample

_FAILS = re.compile(r"err|fail|fault|reason|refus|denied|problem|why", re.IGNORECASE)
DOCUMENTED_ERROR = "/error"  # where every reply of the API document has it


def failure_of(reply: Mapping[str, Any]) -> Path | None:
    """Where a reply says that something failed, None where it does not."""
    for path, value in plain(reply):
        is_told = isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
        if is_told and value and any(_FAILS.search(str(step)) for step in path):
            return path
    return None


def response_of(
    samples: Sequence["Sample"], errors: Mapping[str, Path], usual_error: Path | None
) -> tuple[Any, list[str]]:
    """The profile's `response` of an operation, and why. `errors`: where replies of a type told a failure."""
    answered = [one for one in samples if one.exchange.reply is not None]
    if not answered:
        return "none", ["no reply came; it will be read back"]
    types = sorted({one.exchange.reply.mt for one in answered if one.exchange.reply})
    mt = types[0]
    response: dict[str, Any] = {"mt": mt}
    why = [f"answered by {mt}" + ("" if len(types) == 1 else f", sometimes by {', '.join(types[1:])}")]
    if samples[0].action == "create":
        place = _id_place(answered)
        why.append(f"the new id is at {pointer(place)}" if place else "the reply has no id; it will be looked for")
        if place:
            response["id"] = pointer(place)
    told = errors.get(mt) or _likely(usual_error, answered)
    response["error"] = pointer(told) if told else DOCUMENTED_ERROR
    where = (
        "" if mt in errors else " of another operation" if told == usual_error else " of another operation at its like"
    )
    why.append(f"an error{where} was at {pointer(told)}" if told else "no error was seen; the API document has /error")
    if not all(one.exchange.by_src for one in answered):
        response["match"] = "mt"
        why.append("the reply bears no src")
    return response, why


def _id_place(samples: Sequence["Sample"]) -> Path | None:
    """Where all replies have the id of what was made."""
    found: list[set[Path]] = []
    for one in samples:
        if one.number is None or one.failed or one.exchange.reply is None:
            continue
        found.append({p for p, v in plain(one.exchange.reply.message) if is_number(v) and v == one.number})
    common = set.intersection(*found) if found else set()
    return max(common, key=lambda path: (path[-1] == "id", -len(path), str(path)), default=None)


def _likely(usual: Path | None, answered: Sequence["Sample"]) -> Path | None:
    """Where this operation's replies would tell a failure if they do it like another's."""
    if usual is None or len(usual) == 1:
        return usual
    replies = [one.exchange.reply.message for one in answered if one.exchange.reply]
    if all(isinstance(reply.get(str(usual[0])), dict) for reply in replies):
        return usual
    inside = {key for reply in replies for key, value in reply.items() if isinstance(value, dict)}
    return (inside.pop(), *usual[1:]) if len(inside) == 1 else None
