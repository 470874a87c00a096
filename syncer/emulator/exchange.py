"""One message that came in, and what is sent for it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from syncer.emulator.session import Session
from syncer.wire.profile import Recognised

Frame = dict[str, Any] | str | bytes  # a message, or what a fault sends instead of one


class Ending(Enum):
    """What becomes of the connection after an answer."""

    CLOSE = "close"  # with the closing handshake
    ABORT = "abort"  # the TCP connection is gone at once
    STALL = "stall"  # it stays open, and nothing more comes


@dataclass(frozen=True, slots=True)
class Call:
    """A message of a session, recognised as an operation of the wire profile if it is one."""

    session: Session
    message: dict[str, Any]
    write: Recognised | None

    @property
    def mt(self) -> str:
        """The message type."""
        mt: str = self.message["mt"]
        return mt


@dataclass(frozen=True, slots=True)
class Answer:
    """Frames in their order: for ever with `repeat`, `delay` seconds late, with `hold` after the next answer."""

    frames: tuple[Frame, ...] = ()
    repeat: bool = False
    delay: float = 0.0
    hold: bool = False
    ending: Ending | None = None


Handler = Callable[[Call], Answer]
