"""The file in a history that says whose it is and which files syncer wrote (schemas/history.schema.json)."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from syncer.errors import SyncerError, visible
from syncer.files.plans import read_json

MARKER = ".syncer-history.json"
_FORMAT = "syncer-history/1"
_WHAT = "the mark of the history"
_REMEDY = "restore it from git"
_SHOWN_AT_MOST = 60  # characters of a name
_NAME = re.compile(r"[^./\\\0][^/\\\0]*(/[^./\\\0][^/\\\0]*)*")  # below the folder: no `..`, nothing hidden


@dataclass(frozen=True, slots=True)
class Marker:
    """Whose history it is; `files` are those that syncer wrote, without this one."""

    server_name: str
    server_url: str
    files: frozenset[str] = frozenset()

    def text(self, files: Iterable[str]) -> str:
        """The file that names these; the same for the same, so that nothing changed is no change in git."""
        server = {"name": self.server_name, "url": self.server_url}
        return json.dumps({"format": _FORMAT, "server": server, "files": sorted(files)}, indent=2) + "\n"

    def check(self, mine: "Marker", path: Path) -> None:
        """SyncerError unless it is of the same server."""
        if self.server_url != mine.server_url:
            raise SyncerError(
                f"{visible(path.parent)} holds the history of another server: {self.shown}, not {mine.shown}; "
                "give each a folder of its own, or, if it is the same at a new url, "
                f"correct `url` in {visible(path)} and commit that"
            )

    @property
    def shown(self) -> str:
        """The server, for people."""
        return f"{visible(self.server_name, _SHOWN_AT_MOST)} ({visible(self.server_url)})"


def read_marker(path: Path) -> Marker:
    """What it says; ProblemsError for a file that is no such mark."""
    document = read_json(path, "history", _WHAT, _REMEDY)
    server = document["server"]
    return Marker(server["name"], server["url"], frozenset(filter(is_name, document["files"])))


def is_name(name: str) -> bool:
    """Whether a name can only be that of a file below the folder."""
    return _NAME.fullmatch(name) is not None
