"""What a connection tells about itself to whoever keeps a trace of it. Masking and keeping it is not its business."""

from typing import Protocol


class Tap(Protocol):
    """The life of one connection; frames come in the order in which they went. None of these may raise."""

    def sent(self, frame: str) -> None:
        """A frame was handed over to the network."""

    def received(self, frame: str | bytes) -> None:
        """A frame came; it may be garbage."""

    def lost(self, reason: str) -> None:
        """It ended, and nobody here wanted that; no more than the first end counts."""

    def closed(self) -> None:
        """It was ended by us."""


class Trace(Protocol):
    """A trace of connections."""

    def opened(self, url: str) -> Tap:
        """A websocket is open; `url` is the one that people configured."""

    def failed(self, url: str, reason: str) -> None:
        """No websocket could be opened."""
