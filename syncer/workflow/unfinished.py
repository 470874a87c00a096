"""The journals of a repository's server: those that are in the way, and the one that a recovery is about."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from syncer.errors import Declined, ProblemsError, SyncerError, visible
from syncer.files.journals import SaysNothing, ending_in, journals_of, read_journal
from syncer.model.journal import History
from syncer.model.plan import Ending
from syncer.workflow.connecting import MEMORY
from syncer.workflow.context import Repository
from syncer.workflow.journals import journal_folder


@dataclass(frozen=True, slots=True)
class Found:
    """A journal and what it says."""

    path: Path
    history: History


def refuse_unfinished(repository: Repository) -> None:
    """Declined where an apply to this server was cut off, and nobody decided yet what becomes of it."""
    if repository.server.emulator == MEMORY:  # what it did is gone with the service
        return
    for found in _unfinished(repository):
        if not found.history.begun:  # nothing was written: the disk was full, say
            continue
        what = f"an apply to {visible(repository.server.name)} did not come to its end: {visible(found.path)}"
        hint = "see what is left to be done with `syncer recover`, or move it away to leave things as they are"
        raise Declined(f"{what}; {hint}; nothing was written")


def journal_to_recover(repository: Repository, name: str | None) -> Found | None:
    """The journal that is named, or that of the last apply which was cut off or stopped; None: there is none.

    SyncerError where it belongs to another server.
    """
    if name is not None:
        return _same_server(_named(repository, name), repository)
    unfinished = list(_unfinished(repository))
    if unfinished:
        return _same_server(next((one for one in unfinished if one.history.begun), unfinished[0]), repository)
    last = next(_of_server(repository), None)
    return _same_server(last, repository) if last is not None and last.history.ending is Ending.STOPPED else None


def _named(repository: Repository, name: str) -> Found:
    folder = journal_folder(repository.root)
    for path in (folder / f"{name}.jsonl", folder / name, Path(name)):
        if os.path.isfile(path):  # noqa: PTH113  (a name that is too long is no error there)
            return Found(path, read_journal(path))
    raise SyncerError(f"there is no journal {visible(name)}; `syncer journal list` names those that there are")


def _same_server(found: Found, repository: Repository) -> Found:
    url = found.history.plan.server_url
    if url != repository.server.url:
        what = f"{visible(found.path)} is about {visible(url)}, and {visible(repository.server.name)} is"
        hint = "name the right server with --server; if that server is no more, move the journal away"
        raise SyncerError(f"{what} {visible(repository.server.url)}; {hint}")
    return found


def _unfinished(repository: Repository) -> Iterator[Found]:
    """Newest first; by name too, since the url of a server may have been changed meanwhile."""
    for path in reversed(journals_of(journal_folder(repository.root))):
        if ending_in(path) is None:
            found = _read(path)
            if found and found.history.ending is None and _is_of(found, repository):
                yield found


def _of_server(repository: Repository) -> Iterator[Found]:
    for path in reversed(journals_of(journal_folder(repository.root))):
        if ending_in(path) is not Ending.NOTHING_WRITTEN:
            found = _read(path)
            if found and _is_of(found, repository):
                yield found


def _is_of(found: Found, repository: Repository) -> bool:
    plan = found.history.plan
    return plan.server_url == repository.server.url or plan.server_name == repository.server.name


def _read(path: Path) -> Found | None:
    """None for one that was cut off before anything could have been written."""
    try:
        return Found(path, read_journal(path))
    except SaysNothing:
        return None
    except ProblemsError as exc:
        hint = "a journal that cannot be read is in the way; move it away once you know what it did"
        raise Declined(f"{exc}\n{hint}; nothing was written") from exc
