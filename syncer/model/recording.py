"""What a browser, a console or syncer itself recorded of a websocket connection."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Direction(StrEnum):
    """Which way a message went, seen from the client."""

    SENT = "sent"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Frame:
    """One message. `number` counts the messages of its recording from 1, so that people can be told which is meant.

    `direction` is None where the recording does not say; `time` is in seconds, since 1970 as a rule, None where it is
    not told; `size` is in UTF-8 bytes of its text.
    """

    number: int
    direction: Direction | None
    message: Mapping[str, Any]
    size: int
    time: float | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """The messages of one connection, in their order; `url` is "" where the recording does not tell it."""

    url: str
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """What was read of one file; `remarks` say, for people, what of it was left out and why."""

    source: str
    conversations: tuple[Conversation, ...]
    remarks: tuple[str, ...] = ()
