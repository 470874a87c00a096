"""Of wire profiles, traces and recordings what people are shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncer.model.recording import Direction


@dataclass(frozen=True, slots=True)
class Spelling:
    """One operation of a profile; `response` None awaits nothing, `sends` and `unset` None say nothing."""

    operation: str
    request: Mapping[str, Any]
    response: Mapping[str, str] | None
    sends: str | None = None
    unset: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """The operations that were proven on a server; `is_current`: with this edition of the profile."""

    url: str
    date: str
    operations: tuple[str, ...]
    is_current: bool


@dataclass(frozen=True, slots=True)
class ProfileView:
    """A wire profile; `lacking` are the operations that it has no words for, `text` is the file."""

    name: str
    origin: str
    source: str
    digest: str
    max_message_bytes: int
    category_refs: str
    operations: tuple[Spelling, ...]
    lacking: tuple[str, ...]
    unset: Mapping[str, Mapping[str, Any]]
    write_only: tuple[str, ...]
    proofs: tuple[Proof, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Passed:
    """A message in a trace: `message` as masked there, or None and in `broken` why it was none; `size` in bytes."""

    time: str
    connection: int | None
    direction: Direction
    size: int
    message: Mapping[str, Any] | None
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """What became of a connection; `what` is a url or a reason."""

    time: str
    connection: int | None
    event: str
    what: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A line of a trace that could not be read, and why."""

    line: int
    why: str


TraceEntry = Passed | Happened | Unread


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """A recording without its secrets: `masked` has how many values of each field are placeholders now."""

    path: str
    format: str
    messages: int
    connections: int
    masked: Mapping[str, int]
    remarks: tuple[str, ...]
