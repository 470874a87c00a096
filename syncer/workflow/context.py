"""What a use case runs in: the world outside, handed in, and the repository that is meant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from syncer.devices.interface import Tick
from syncer.errors import SyncerError
from syncer.files.local import private_folder as private_folder
from syncer.files.settings import Server, Settings, find_root, load_settings
from syncer.workflow.tracing import Tracing


class Progress(Protocol):
    """Told what takes time; `phase` gives what counts up to `total` (None: not known), `say` tells what is done."""

    def phase(self, name: str, total: int | None) -> Tick:
        """Start counting something."""

    def say(self, line: str) -> None:
        """A harmless line that stays, painted where that is wanted."""

    def close(self) -> None:
        """Take everything off the screen that is not a result."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a use case runs in. `random` gives that many bytes; `warn` tells people something.

    In seconds: `timeout` is the deadline of one answer, `reconnect_for` how long a lost connection is tried again.
    """

    start: Path
    upwards: bool  # whether the repository may be above `start`
    server: str | None
    environ: Mapping[str, str] = field(repr=False)
    now: Callable[[], datetime]
    random: Callable[[int], bytes]
    clock: Callable[[], float]
    progress: Progress
    warn: Callable[[str], None]
    timeout: float = 30.0
    reconnect_for: float = 10.0
    window: int = 64
    trace: Tracing | None = None


@dataclass(frozen=True, slots=True)
class Repository:
    """A configuration repository and the server of it that is meant."""

    settings: Settings
    server: Server

    @property
    def root(self) -> Path:
        """Its folder."""
        return self.settings.root

    @property
    def files(self) -> tuple[str, ...]:
        """The folders, files and globs that describe the server."""
        return self.server.files or self.settings.files


def folder_in_git(context: Context) -> str:
    """From the top of the git work tree to the repository, with a slash at its end; "" where they are the same."""
    try:
        root = find_root(context.start, upwards=context.upwards)
    except SyncerError:
        return ""
    top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
    return "" if top == root else f"{root.relative_to(top).as_posix()}/"


def open_repository(context: Context, server: str | None = None) -> Repository:
    """The repository at `context.start`, or the one that it is in, and the server that is meant."""
    settings = load_settings(find_root(context.start, upwards=context.upwards))
    return Repository(settings, settings.server(context.server or server))
