"""What is wrong with a write, in words, after it was answered and read back; and what to do about it."""

from collections.abc import Collection

from syncer.errors import visible
from syncer.model.state import LiveObject
from syncer.selftest.attempts import Attempt, Look, Reply, Stands, named

AGAIN = "try again when the connection holds"

Problem = tuple[str, str]  # how it came out, and what to do


def learn_again(what: str) -> str:
    """The advice where a part of the profile is wrong."""
    return f"correct {what} in the wire profile, or learn it again with `syncer wire learn`"


def problem(attempt: Attempt, reply: Reply, look: Look, blamed: str, tells_id: Collection[str]) -> Problem | None:
    """The worst of all that is wrong; None where it is exactly what was meant. `blamed` is an operation."""
    return _of_what_is_there(reply, look, blamed) or _of_reply(attempt, reply, look.now, tells_id)


def _of_what_is_there(reply: Reply, look: Look, blamed: str) -> Problem | None:
    learn = learn_again(blamed)
    said = reply.told or "the server reported no error"
    if look.damages:
        first = look.damages[0]
        what = f"{first.shown} is not ours, and {first.how}"
        return f"{said}; but {what}", "whether somebody else did it cannot be known; see what is named below"
    if look.unsteady:
        what = f"{visible(look.unsteady)} was not set, and read otherwise before"
        return f"{said}; but {look.told}; {what}", "no wire profile can say what this service makes up anew each time"
    if look.stands is not Stands.AS_MEANT:
        lost = reply.lost and look.stands is Stands.AS_IT_WAS
        return f"{said}; {'' if reply.told else 'but '}{look.told}", AGAIN if lost else learn
    if look.others:
        return f"{said}; but {look.others}", learn
    if look.strangers:
        stranger = look.strangers[0]
        what = f"{named(stranger.address, stranger.id)} is new, which we did not make"
        return f"{said}; but {what}", "run it again when nobody else works on this domain"
    return None


def _of_reply(attempt: Attempt, reply: Reply, now: LiveObject | None, tells_id: Collection[str]) -> Problem | None:
    operation = attempt.write.operation
    if reply.refusal or reply.silence:
        return f"{reply.told}; yet it was done", learn_again(f"the response of {operation}")
    if now is None or attempt.key is not None or reply.lost or reply.id == now.id:
        return None
    if reply.id is None and operation not in tells_id:
        return None
    told = f"the reply tells id {reply.id}" if reply.id is not None else "the reply has no id where it should be"
    return f"{told}, but {named(now.address, now.id)} is the new one", learn_again(f"response/id of {operation}")
