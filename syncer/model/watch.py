"""What a watch sees, and the event that it tells of it (schemas/drift.schema.json)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from syncer.model.address import Address
from syncer.model.plan import Plan, to_document

FORMAT = "syncer-drift/1"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen at one time, where it differs from what was seen before.

    `plan` would bring the server in step with the files. `new`: addresses that drifted since, or drifted further;
    `gone`: those that are in step again.
    """

    at: str  # RFC 3339
    plan: Plan
    new: tuple[Address, ...]
    gone: tuple[Address, ...]


def to_event(sighting: Sighting) -> dict[str, Any]:
    """A sighting as plain JSON data, for programs."""
    plan = sighting.plan
    return {
        "format": FORMAT,
        "time": sighting.at,
        "server": {"name": plan.server_name, "url": plan.server_url},
        "drifted": [str(change.address) for change in plan.changes],
        "new": [str(address) for address in sighting.new],
        "gone": [str(address) for address in sighting.gone],
        "plan": to_document(plan),
    }


class About(StrEnum):
    """What a remark is about."""

    LOST = "lost"  # the connection
    BACK = "back"
    FILES = "files"
    SETTINGS = "settings"
    INCOMPARABLE = "incomparable"  # why files and server cannot be compared
    COMPARABLE = "comparable"
    HELD = "held"  # drift is not taken back
    APPLYING = "applying"
    APPLIED = "applied"
    FOUGHT = "fought"  # somebody else keeps changing what was put back


@dataclass(frozen=True, slots=True)
class Remark:
    """What else there is to tell of a watch; `text` may quote what a server or file said."""

    at: str  # RFC 3339
    about: About
    text: str


class Gauges(Protocol):
    """Told the state of a watch, for whoever measures it."""

    def connected(self, *, is_connected: bool) -> None:
        """Whether there is a connection; each new one is counted."""

    def checked(self, at: float, drifted: int) -> None:
        """The server was compared with the files at a time (seconds of the epoch): so many addresses are drifted."""

    def devices(self, total: int, online: int) -> None:
        """How many devices the watched domains have."""

    def heard(self) -> None:
        """An event came."""

    def files(self, *, are_sound: bool) -> None:
        """Whether the files could be read."""

    def applied(self, *, succeeded: bool) -> None:
        """Drift was taken back, or could not be."""

    def told(self, *, succeeded: bool) -> None:
        """Somebody was told of drift, by command or webhook."""
