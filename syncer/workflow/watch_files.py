"""The files that a watch compares the server with: looked at now and then, loaded again once they changed."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from syncer.errors import ProblemsError, SyncerError, some
from syncer.files.load import load
from syncer.files.secrets import References
from syncer.files.settings import Server
from syncer.files.sources import SETTINGS, find_files
from syncer.model.state import Desired
from syncer.workflow.context import Context, open_repository
from syncer.workflow.since import Opened, read_third

_Signature = tuple[tuple[str, int, int, int], ...]  # path, inode, time of change in ns, bytes
_NAMED_AT_MOST = 3


class WatchedFiles:
    """The last sound files are in force. The server stays that of the start, whatever its settings become.

    `broken`: what is wrong with the files that are there now. `is_other_server`: the settings name another one.
    `variables`: of the environment, with the secrets that any files named so far.
    """

    def __init__(self, context: Context, since: Path | None) -> None:
        """Load them for the first time; SyncerError if that fails."""
        self._context, self._since = context, since
        self._named: frozenset[Path] = frozenset()  # scripts and secrets
        self.variables: frozenset[str] = frozenset()
        self._opened = self.repository = open_repository(context)
        self.broken = ""
        self.is_other_server = False
        self.desired: Desired
        self.third: Opened | None
        self._loaded: _Signature = ()
        self._load()
        self._seen: _Signature = self._loaded

    def changed(self) -> bool:
        """Look; load what changed, once it has not changed since the last look: a checkout takes a moment.

        Whether there is something to tell or to compare.
        """
        now = self._signature()
        is_still, self._seen = now == self._seen, now
        if not is_still or now == self._loaded:
            return False
        try:
            self._load()
            self.broken = ""
        except SyncerError as exc:
            self.broken = _told(exc)
        self._seen = self._loaded or now
        return True

    def _load(self) -> None:
        self._loaded = self._signature()
        self._opened = found = open_repository(self._context)
        before = self._signature()
        third = read_third(self._context, found, self._since, None)
        references = References(found.root, self._context.environ)
        try:
            desired = load(found.settings, found.server, references, cache=self._context.cache).desired
        finally:
            self._named = references.files
            self.variables |= references.variables
            after = self._signature()
            self._loaded = after if set(before) <= set(after) else ()  # what changed meanwhile is looked at again
        self.is_other_server = _where(self.repository.server) != _where(found.server)
        self.repository = replace(found, server=replace(self.repository.server, files=found.server.files))
        self.desired, self.third = desired, third

    def _signature(self) -> _Signature:
        root, settings = self._opened.root, self._opened.settings
        paths, _ = find_files(root, self._opened.files, lambda _: settings.place_of_files(None, 0))
        more = [self._since] if self._since else []
        return tuple(_signatures([root / SETTINGS, *paths, *sorted(self._named), *more]))


def _signatures(paths: list[Path]) -> Iterator[tuple[str, int, int, int]]:
    for path in paths:
        try:
            about = os.stat(path)  # noqa: PTH116  (odd names are no error there)
            yield str(path), about.st_ino, about.st_mtime_ns, about.st_size
        except (OSError, ValueError):
            yield str(path), 0, 0, -1


def _where(server: Server) -> tuple[Any, ...]:
    """What of a server decides where and as whom to log in."""
    ref = server.password
    password = (ref.env, ref.file, ref.age) if ref else None
    own = (server.name, server.url, server.app, server.domain, server.insecure, server.emulator)
    return (*own, password, server.ca_file, server.wire_profile)


def _told(exc: SyncerError) -> str:
    problems = exc.problems if isinstance(exc, ProblemsError) else (exc,)
    return some(problems, _NAMED_AT_MOST)
