"""Files of a history exchanged for new ones, and put back where that is not to last."""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from syncer.errors import SyncerError, visible
from syncer.files.sources import is_inside


@dataclass(frozen=True, slots=True)
class Swap:
    """New files come from `staged`, old ones go to `aside`, all three being on one file system.

    `taken` and `brought`: what went so far, and what came.
    """

    ours: Path
    staged: Path
    aside: Path
    taken: list[str] = field(default_factory=list)
    brought: list[str] = field(default_factory=list)

    def take(self, names: Iterable[str]) -> None:
        """Take these away, as far as they are there, and folders that become empty."""
        for name in names:
            if os.path.lexists(self.ours / name):
                self.taken.append(name)
                _move(self.ours / name, self.aside / name)
                _remove_empty(self.ours, (self.ours / name).parent)

    def bring(self, names: Iterable[str]) -> None:
        """Bring these; SyncerError where a symbolic link would lead one of them out."""
        for name in names:
            target = self.ours / name
            if not is_inside(self.ours, target.parent):
                raise SyncerError(
                    f"{visible(target.parent)} leads out of {visible(self.ours)}; remove the symbolic link"
                )
            self.brought.append(name)
            _move(self.staged / name, target)

    def undo(self) -> None:
        """Everything as it was, however far it got."""
        for name in self.brought:
            if os.path.lexists(self.ours / name):
                (self.ours / name).unlink()
            _remove_empty(self.ours, (self.ours / name).parent)
        for name in self.taken:
            if os.path.lexists(self.aside / name):
                _move(self.aside / name, self.ours / name)


def _move(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    path.replace(to)


def _remove_empty(top: Path, folder: Path) -> None:
    with suppress(OSError):  # the first that is not empty
        while folder.is_relative_to(top):
            folder.rmdir()
            folder = folder.parent
