"""The journal as an apply writes it: what it announces is on the disk before the write is sent."""

import asyncio
import contextlib
from typing import Protocol

from syncer.errors import JournalFailed
from syncer.model.journal import Begun, Ended, Entry, Phase


class Writer(Protocol):
    """Where entries go; `sync` makes all that was appended last, and may be called from another thread."""

    def append(self, entry: Entry) -> None:
        """One entry more; JournalFailed if it cannot be kept."""

    def sync(self) -> None:
        """JournalFailed if it cannot be made to last."""


class Journal:
    """Announces and tells. Several announcements share one `sync`, since disks are slow at it."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._turn = asyncio.Lock()
        self._appended = self._durable = 0
        self.failure: JournalFailed | None = None  # the first

    async def announce(self, entry: Begun) -> None:
        """Returns once the entry would survive a power cut.

        JournalFailed where it cannot be kept; a rollback goes on all the same, since what it takes back was announced.
        """
        try:
            self._append(entry)
            await self.settle()
        except JournalFailed:
            if entry.phase is not Phase.ROLLBACK:
                raise

    def tell(self, entry: Ended) -> None:
        """What came of it. It is a help, and no more: what became of a write is found out by reading."""
        with contextlib.suppress(JournalFailed):
            self._append(entry)

    async def settle(self) -> None:
        """All that was appended survives a power cut from now on."""
        mine = self._appended
        async with self._turn:
            if self._durable >= mine:
                return
            upto = self._appended
            try:
                await asyncio.to_thread(self._writer.sync)
            except JournalFailed as exc:
                self.failure = self.failure or exc
                raise
            self._durable = upto

    def _append(self, entry: Entry) -> None:
        try:
            self._writer.append(entry)
        except JournalFailed as exc:
            self.failure = self.failure or exc
            raise
        self._appended += 1
