"""What a use case runs in: the world outside, handed in, and the repository that is meant."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from syncer.devices.interface import Tick
from syncer.errors import Problem, SyncerError
from syncer.files.cache import Cache
from syncer.files.local import private_folder as private_folder
from syncer.files.settings import Server, Settings, find_root, load_settings
from syncer.workflow.tracing import Tracing

Told = TypeVar("Told", bound=Problem)


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
    cache_folder: Path | None = None  # None: what is parsed is not kept

    @property
    def cache(self) -> Cache | None:
        """What earlier runs parsed."""
        return Cache(self.cache_folder) if self.cache_folder else None


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
        folder = find_root(context.start, upwards=context.upwards)
    except SyncerError:  # where files name the repository
        folder = _here(context)
    top = next((one for one in (folder, *folder.parents) if (one / ".git").exists()), folder)
    return "" if top == folder else f"{folder.relative_to(top).as_posix()}/"


def _here(context: Context) -> Path:
    return Path(os.path.abspath(context.start))  # noqa: PTH100  (as typed: no symbolic link is followed)


def roots_of(context: Context, paths: Sequence[Path]) -> list[Path]:
    """The configuration repositories that paths are in, each once, of those that are in one; of no paths the usual one.

    A hook hands over files from the top of a work tree, of which the repository may be a part only.
    """
    if not paths or not context.upwards:
        return [find_root(context.start, upwards=context.upwards)]
    found: dict[Path, None] = {}
    for path in paths:
        with suppress(SyncerError):
            found[find_root(path if path.is_dir() else path.parent)] = None
    return list(found)


def prefix_of(context: Context, root: Path) -> str:
    """What stands before the names of a repository's files where it is below the folder that a person is in."""
    here = _here(context)
    return f"{root.relative_to(here).as_posix()}/" if root != here and root.is_relative_to(here) else ""


def moved(told: Iterable[Told], prefix: str) -> tuple[Told, ...]:
    """The same with places that begin where a person is."""
    if not prefix:
        return tuple(told)
    return tuple(replace(one, place=one.place and replace(one.place, file=prefix + one.place.file)) for one in told)


def open_repository(context: Context, server: str | None = None) -> Repository:
    """The repository at `context.start`, or the one that it is in, and the server that is meant."""
    settings = load_settings(find_root(context.start, upwards=context.upwards), context.cache)
    return Repository(settings, settings.server(context.server or server))
