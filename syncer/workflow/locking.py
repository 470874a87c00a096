"""One apply at a time for each server of a repository on a machine."""

import getpass
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager

from syncer.files.locks import Holder, lock_server
from syncer.workflow.context import Context, Repository


@contextmanager
def locked(context: Context, repository: Repository, command: str) -> Iterator[None]:
    """Hold the lock of the repository's server; Locked, with who holds it, where another does."""
    server = repository.server
    with lock_server(repository.root, server.name, holder(context, command), place=server.url):
        yield


def holder(context: Context, command: str) -> Holder:
    """This process, as those who are held up by it are told of it."""
    now = context.now().isoformat(timespec="seconds")
    return Holder(os.getpid(), _user(), platform.node(), f"syncer {command}", now)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may have no name for its user
        return "an unknown user"
