"""The history of a server in git, beside or instead of a backup in a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from syncer.workflow.context import Context, Repository
from syncer.workflow.locking import holder
from syncer.workflow.shell import environment_for

if TYPE_CHECKING:
    from syncer.files.history import Commit, History
    from syncer.model.backup import Counts


@contextmanager
def history_of(context: Context, repository: Repository, folder: Path) -> "Iterator[History]":
    """The history of the repository's server in `folder`; what is wrong with that is told before anything is read."""
    from syncer.files.history import open_history

    server = repository.server
    environ = environment_for(context, repository)  # hooks get it
    with open_history(folder, server.name, server.url, environ, holder(context, "backup")) as history:
        yield history


def commit(context: Context, history: "History", counts: "Counts") -> "Commit | None":
    """Commit what the history was given; None where nothing changed."""
    tick = context.progress.phase("comparing with the last backup", None)
    made = history.commit(context.now(), counts, tick)
    for note in history.notes:
        context.warn(note)
    return made
