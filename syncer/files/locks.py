"""One apply at a time for each server of a repository on a machine: a lock file, and beside it who holds it.

The lock is the operating system's and ends with its process. What stands beside it is for people, and decides nothing.
"""

import contextlib
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path

from syncer.errors import Locked, SyncerError, visible
from syncer.files.local import LOCAL, private_folder
from syncer.files.plans import strict_json, write_private
from syncer.files.sources import Unreadable, read_text

_HOLDER_BYTES = 64 * 1024
_SHOWN = 60  # characters of each thing that a holder says of itself
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a lock; `since` is RFC 3339, and `command` such as `syncer apply`."""

    pid: int
    user: str
    host: str
    command: str
    since: str


@contextmanager
def lock_server(root: Path, server: str, holder: Holder, *, place: str | None = None) -> Iterator[None]:
    """Hold the lock of a server of the repository at `root`; Locked, at once, while another process does.

    `place` is where the server is, by which it is known under two names, too.

    `holder` is this process, its `since` being now. SyncerError if the lock cannot be had at all.
    """
    import filelock  # here, since only what writes to a server waits for it

    folder = root / LOCAL / "locks"
    private_folder(root, folder)
    path = folder / f"{_file_name(place or server)}.lock"
    beside = path.with_suffix(".json")
    lock = filelock.FileLock(path, timeout=0, mode=0o600)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise _locked(server, _read(beside), holder) from None
    except OSError as exc:
        what = f"the lock {visible(path)} cannot be had: {visible(exc.strerror or exc)}"
        raise SyncerError(f"{what}; nothing was written") from exc
    try:
        _remove(beside)  # of a process that was killed: it must not pass for ours, not even for a moment
        write_private(beside, json.dumps(asdict(holder)))
        yield
    finally:
        _remove(beside)
        with contextlib.suppress(OSError):  # it ends with this process in any case
            lock.release()


def _file_name(server: str) -> str:
    """A name that no other server has, on any file system; the readable part is for people only."""
    readable = re.sub(r"[^a-z0-9_-]", "_", server[:40].lower())
    return f"{readable}-{hashlib.sha256(server.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _locked(server: str, other: Holder | None, mine: Holder) -> Locked:
    if other is None or _is_gone(other, mine):
        return Locked(server)
    who = f"process {other.pid} of {visible(other.user, _SHOWN)} on {visible(other.host, _SHOWN)}"
    age = _age(other.since, mine.since)
    return Locked(server, visible(other.command, _SHOWN), f"{who}, for {age}" if age else who)


def _read(path: Path) -> Holder | None:
    """Who holds a lock, None if that is not told in a way that can be used."""
    try:
        said = strict_json(read_text(path, _HOLDER_BYTES))
        holder = Holder(**said)
    except (Unreadable, ValueError, TypeError, RecursionError):
        return None
    texts = all(isinstance(getattr(holder, field.name), str) for field in fields(Holder) if field.name != "pid")
    return holder if texts and type(holder.pid) is int and 0 < holder.pid < 1 << 32 else None


def _is_gone(other: Holder, mine: Holder) -> bool:
    """Whether that process was killed, and another took the lock a moment ago without having told its name yet."""
    if other.host != mine.host or sys.platform == "win32":  # there, the signal 0 would end a process
        return False
    try:
        os.kill(other.pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # somebody else's
        return False
    return False


def _age(since: str, now: str) -> str:
    """The time between the two, in the largest unit that fits; "" if that cannot be told."""
    try:
        seconds = int((datetime.fromisoformat(now) - datetime.fromisoformat(since)).total_seconds())
    except (ValueError, TypeError, OverflowError):  # no time, or one with and one without its offset
        return ""
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= 2 * unit:
            return f"{seconds // unit} {name}"
    return f"{max(seconds, 0)} s"
