"""What answers tell: whether something failed, and where that and a new id stand."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syncer.learn.leaves import Path, is_number, leaves, plain, pointer
from syncer.learn.places import FIELDS, numbers, only_best

if TYPE_CHECKING:
    from syncer.learn.samples import Sample

_FAILS = re.compile(r"^(?:err|fail(?!over)|fault|reason|refus|denied|problem|why)|(?:Error|Fail(?:ed|ure)?|Fault)$")
_SUCCESS = re.compile(r"^(?:ok|success|succeeded|done)$", re.IGNORECASE)
_CODE = re.compile(r"^(?:status|code|statusCode|httpStatus)$")
_FIRST_BAD_CODE = 400
DOCUMENTED_ERROR = "/error"  # where every reply of the API document has it


def failure_of(reply: Mapping[str, Any]) -> Path | None:
    """Where a reply says that something failed, in a way that a wire profile can name; None where it does not."""
    for path, value in plain(reply):
        if value and isinstance(value, str | int) and _speaks_of_failure(path):
            return path
    return None


def says_no(reply: Mapping[str, Any]) -> str:
    """How a reply tells a failure that no wire profile can name: `ok: false`, `status: 403`; "" if it does not."""
    for path, value in leaves(reply):
        key = str(path[-1])
        is_no = _SUCCESS.search(key) and value in (False, 0) and not isinstance(value, str)
        is_bad = _CODE.search(key) and is_number(value) and value >= _FIRST_BAD_CODE
        in_list = bool(value) and _speaks_of_failure(path)
        if is_no or is_bad or in_list:
            return pointer(path)
    return ""


def _speaks_of_failure(path: Path) -> bool:
    return any(_FAILS.search(str(step)) for step in path if step not in FIELDS)


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
        found.append({path for path, value in numbers(one.exchange.reply.message, one.kind) if value == one.number})
    return only_best(set.intersection(*found), samples[0].kind) if found else None


def _likely(usual: Path | None, answered: Sequence["Sample"]) -> Path | None:
    """Where this operation's replies would tell a failure if they do it like another's."""
    if usual is None or len(usual) == 1:
        return usual
    replies = [one.exchange.reply.message for one in answered if one.exchange.reply]
    if all(isinstance(reply.get(str(usual[0])), dict) for reply in replies):
        return usual
    inside = {key for reply in replies for key, value in reply.items() if isinstance(value, dict)}
    return (inside.pop(), *usual[1:]) if len(inside) == 1 else None
