"""What `syncer doctor` finds out: one check a line, in the order in which one thing rests on another."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How a check ended. SKIPPED: it could not be tried; the check says why."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


class Area(StrEnum):
    """What is checked, in this order."""

    SETTINGS = "settings"
    URL = "url"
    DNS = "dns"
    TCP = "tcp"
    TLS = "tls"
    WEBSOCKET = "websocket"
    LOGIN = "login"
    RIGHTS = "rights"
    CLOCK = "clock"
    API = "api"
    PROFILE = "profile"
    RECEIPT = "receipt"
    FILES = "files"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was found, and what to do about it ("" where nothing is to be done). Texts may be hostile."""

    area: Area
    status: Status
    what: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All checks, in order; name and url of the server are None where the settings do not tell them."""

    server: str | None
    url: str | None
    checks: Sequence[Check]

    def count(self, status: Status) -> int:
        """How many checks ended like that."""
        return sum(check.status is status for check in self.checks)

    @property
    def is_sound(self) -> bool:
        """Whether nothing failed."""
        return not self.count(Status.FAILED)
