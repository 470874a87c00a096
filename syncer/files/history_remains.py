"""An exchange of a history's files that was cut off, by a kill or a power cut, put back by the next run.

What is going to be there is noted before the first file moves: by that, what syncer brought is told from what a person
did since, which stays.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from syncer.files.history_swap import Swap
from syncer.files.plans import MAX_JSON, strict_json, write_private
from syncer.files.sources import Unreadable, is_inside, read_text

STAGED = "new"
_NOTE = "under-way.json"
_Looks = tuple[int, int]  # when a file was written, in ns, and its bytes; moving it changes neither


@dataclass(frozen=True, slots=True)
class Remains:
    """What is exchanged, and on which commit; `brings` has how each new file looks."""

    head: str
    takes: tuple[str, ...]
    brings: Mapping[str, _Looks]

    def put_back(self, ours: Path, waiting: Path) -> list[str]:
        """Put back what is as the exchange left it; those names."""
        names = [name for name in {*self.takes, *self.brings} if self._is_left(ours, name)]
        exchange(ours, waiting, names, names).undo()
        return names

    def _is_left(self, ours: Path, name: str) -> bool:
        """Whether nobody put anything else there."""
        return _looks(ours / name) in (None, self.brings.get(name)) and is_inside(ours, (ours / name).parent)


def exchange(ours: Path, waiting: Path, taken: Sequence[str] = (), brought: Sequence[str] = ()) -> Swap:
    """An exchange of the files of a history with what waits."""
    return Swap(ours, waiting / STAGED, waiting / "old", [*taken], [*brought])


def note(waiting: Path, head: str, takes: Iterable[str], brings: Iterable[str]) -> None:
    """Note an exchange that is about to begin."""
    looks = {name: found for name in brings if (found := _looks(waiting / STAGED / name))}
    write_private(waiting / _NOTE, json.dumps(asdict(Remains(head, tuple(takes), looks))))


def noted(waiting: Path) -> Remains | None:
    """The exchange that was not finished, None for none and for a note that cannot be read."""
    try:
        said = strict_json(read_text(waiting / _NOTE, MAX_JSON))
        brings = {str(name): (int(time), int(size)) for name, (time, size) in said["brings"].items()}
        return Remains(str(said["head"]), tuple(map(str, said["takes"])), brings)
    except (Unreadable, ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return None


def _looks(path: Path) -> _Looks | None:
    """None where there is nothing."""
    try:
        about = os.lstat(path)
    except (OSError, ValueError):
        return None
    return about.st_mtime_ns, about.st_size
