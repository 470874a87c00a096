"""What can go wrong, one class per failure, each with its exit code.

SyncerError                   1
├── ProblemsError             1   problems of files or of a plan, all of them at once
├── UsageProblem             64
├── Declined                  1   the person said no, or could not be asked
├── Locked                    1   another apply is at work on the server
├── JournalFailed             1   the journal of an apply cannot be kept, without which nothing is written
├── ServerError               1   a server could not be talked to; names it
│   ├── UnreachableServer         unknown host, refused port, no websocket there
│   ├── UntrustedCertificate
│   ├── LoginRefused
│   ├── MissingRight              the login may not see or do this
│   ├── ConnectionLost            retried for reads
│   │   └── NotSent               a write of which nothing left us
│   ├── SilentServer              no answer before the deadline
│   ├── RequestRefused            a reply with `error`
│   └── BrokenMessage             garbage, or larger than syncer accepts
├── StalePlan                 3
├── GuardRefused              4   a guard, or an unverified wire profile
├── RolledBack                5   an apply that failed, and left the server as it was
├── ApplyFailed               6   after the first write
└── Interrupted             130

Texts may quote what a server or a file said; `visible` makes that harmless for a terminal.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

_Thing = TypeVar("_Thing")
_QUOTED_AT_MOST = 300
# Runners of CI take it from whatever is printed, wherever in a line: GitHub's, Azure's, TeamCity's.
_COMMAND = re.compile(r"##(?=(?:vso|teamcity)?\[)")


def visible(text: object, limit: int = _QUOTED_AT_MOST) -> str:
    """`text` on one line, cut to `limit`; control, format and surrogate characters are escapes.

    So is what makes a command for a runner of CI.
    """
    whole = str(text)
    shown = "".join(_escape(c) if unicodedata.category(c)[0] in "CZ" and c != " " else c for c in whole[:limit])
    shown = _COMMAND.sub(r"#\\x23", shown) if "##" in shown else shown
    return shown if len(whole) <= limit else shown + f"… ({len(whole)} characters)"


def some(things: Sequence[_Thing], most: int, show: Callable[[_Thing], str] = str) -> str:
    """The first of them, each as `show` has it, and how many more there are: `a, b and 3 more`."""
    shown = ", ".join(map(show, things[:most]))
    return shown if len(things) <= most else f"{shown} and {len(things) - most} more"


def plural(count: int, noun: str) -> str:
    """`1 device`, `2 devices`, `2 categories`."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else many}"


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in the files something stands; line and column count from 1, 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        named = visible(self.file)
        if named.lstrip(" ").startswith("::"):  # a place begins a line, and GitHub's runner obeys one that begins so
            named = f"./{named}"
        return f"{named}:{self.line}:{self.column}" if self.line else named


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where, what is wrong, what to do about it."""

    place: Place | None
    what: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.what}; {self.hint}" if self.hint else f"{where}{self.what}"


class SyncerError(Exception):
    """Root of all failures that are told to a person, never as a traceback."""

    exit_code = 1


class ProblemsError(SyncerError):
    """Every problem found, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems), key=reading_order))
        super().__init__("\n".join(map(str, self.problems)))


def reading_order(problem: Problem) -> tuple[str, int, int, str, str]:
    """What sorts problems as one meets them in the files."""
    place = problem.place or Place("")
    return (place.file, place.line, place.column, problem.what, problem.hint)


class UsageProblem(SyncerError):
    """The command line asks for something that makes no sense."""

    exit_code = 64


class Declined(SyncerError):
    """Nobody agreed, so nothing was written."""


class Locked(SyncerError):
    """Another apply is at work on the server; `command` and `holder`, where known, tell which, in words."""

    def __init__(self, server: str, command: str = "", holder: str = "") -> None:
        self.server, self.command, self.holder = server, command, holder
        who = f": {holder}" if holder else ""
        what = f"another {command or 'syncer'} is at work on {visible(server)}{who}"
        super().__init__(f"{what}; wait for it to end, or end it; nothing was written")


class JournalFailed(SyncerError):
    """The journal of an apply cannot be kept, without which nothing is written to a server; `path` is its file."""

    def __init__(self, path: object, what: str, hint: str = "") -> None:
        self.path, self.what, self.hint = path, what, hint
        super().__init__(f"the journal {visible(path)} {what}" + (f"; {hint}" if hint else ""))


class ServerError(SyncerError):
    """A server could not be talked to; `server` is its url."""

    def __init__(self, server: str, what: str, hint: str = "") -> None:
        self.server, self.what, self.hint = server, what, hint
        super().__init__(f"{visible(server)}: {what}" + (f"; {hint}" if hint else ""))


class UnreachableServer(ServerError):
    """Unknown host, refused port, or something there that is no websocket."""


class UntrustedCertificate(ServerError):
    """The server's certificate was not accepted."""


class LoginRefused(ServerError):
    """The server did not accept app, domain and password."""


class MissingRight(ServerError):
    """The login is not allowed to see or change what the files name."""


class ConnectionLost(ServerError):
    """The connection ended while something was under way."""


class NotSent(ConnectionLost):
    """A write could not be sent: nothing of it left us."""


class SilentServer(ServerError):
    """No answer came before the deadline."""


class RequestRefused(ServerError):
    """The server answered a request with `error`."""


class BrokenMessage(ServerError):
    """The server sent something that is no message, or more than syncer accepts."""


class StalePlan(SyncerError):
    """The server or the files moved on since the plan was made; nothing was written."""

    exit_code = 3


class GuardRefused(SyncerError):
    """A guard holds the plan back; nothing was written."""

    exit_code = 4


class RolledBack(SyncerError):
    """An apply failed and was rolled back; the server is as it was."""

    exit_code = 5


class ApplyFailed(SyncerError):
    """An apply failed after its first write; the server is part-way."""

    exit_code = 6


class Interrupted(SyncerError):
    """A person stopped it."""

    exit_code = 130
