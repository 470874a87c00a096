"""The message of a commit in a history: what changed on the server.

What a server named stands in the middle of a line, so that none of it can pass for a trailer or a comment of git's.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from syncer.errors import SyncerError, plural, some, visible
from syncer.files.history_changes import Told
from syncer.files.history_marker import Marker
from syncer.model.address import Action
from syncer.model.backup import Counts

_LINES_AT_MOST = 200
_FIELDS_AT_MOST = 20
_SHOWN_AT_MOST = 60  # characters of a name
_SIMPLE_NAME = re.compile(r"[^\W_][\w.-]{0,59}")
_DONE = {Action.CREATE: "created", Action.UPDATE: "updated", Action.DELETE: "deleted"}
# What forges do when they meet it in a message: pass over a pipeline, close an issue.
_SKIPS = re.compile(r"\[(?=(?:skip|no|ci|actions)[ -])", re.IGNORECASE)
_CLOSES = re.compile(r"\b((?:close|fix|resolve|implement)\w*:?) +(?=\S*(?:#|GH-|/)\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Files:
    """Which files a commit adds, changes and removes."""

    added: Sequence[str]
    changed: Sequence[str]
    removed: Sequence[str]

    @property
    def all(self) -> list[str]:
        """Their names, in order."""
        return sorted({*self.added, *self.changed, *self.removed})

    @property
    def lines(self) -> list[str]:
        """A line for each."""
        does = dict.fromkeys(self.added, "add") | dict.fromkeys(self.removed, "remove")
        return [f"{does.get(name, 'change')} {visible(name)}" for name in self.all]


@dataclass(frozen=True, slots=True)
class Message:
    """A subject, and the lines below it."""

    subject: str
    lines: Sequence[str] = ()

    def text(self, marker: Marker, now: datetime) -> str:
        """All of it: bounded, and at its end the server and the time as trailers."""
        more = len(self.lines) - _LINES_AT_MOST
        lines = [*self.lines[:_LINES_AT_MOST], *([f"and {more} more"] if more > 0 else [])]
        trailers = f"Server: {marker.shown}\nTime: {now.isoformat(timespec='seconds')}\n"
        paragraphs = [self.subject, *(["\n".join(lines)] if lines else []), trailers]
        return _without_orders("\n\n".join(paragraphs))


def first_message(server_name: str, counts: Counts) -> Message:
    """Of the first commit."""
    domains, configs = plural(counts.domains, "domain"), plural(counts.configs, "config")
    return Message(f"first backup of {visible(server_name, _SHOWN_AT_MOST)}: {domains}, {configs}")


def message_of_changes(changes: Sequence[Told], files: Files) -> Message:
    """Of what changed on the server; where that is nothing, the files are only written in another way."""
    if not changes:
        return Message(f"nothing changed but how it is written: {plural(len(files.all), 'file')}", files.lines)
    domains = {one.address.domain for one in changes}
    (name, *_) = domains
    whose = name if len(domains) == 1 and _SIMPLE_NAME.fullmatch(name) else plural(len(domains), "domain")
    counts = Counter(one.action for one in changes)
    done = ", ".join(f"{counts[action]} {word}" for action, word in _DONE.items() if counts[action])
    return Message(f"{whose}: {done}", [_line(one) for one in changes])


def message_of_files(files: Files, why: SyncerError) -> Message:
    """Where the files cannot be compared as configuration."""
    told = visible(str(why).partition("\n")[0])
    subject = f"{plural(len(files.all), 'file')} changed"
    return Message(subject, [f"what changed in them cannot be told: {told}", *files.lines])


def _line(told: Told) -> str:
    fields = some(told.fields, _FIELDS_AT_MOST, lambda name: visible(name, _SHOWN_AT_MOST))
    return f"{told.action} {told.address.shown}" + (f": {fields}" if fields else "")


def _without_orders(text: str) -> str:
    return _CLOSES.sub(r"\1\\x20", _SKIPS.sub(r"\\x5b", text))
