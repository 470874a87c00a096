"""What a killed run leaves beside a backup: a file as large, with all that it holds, of which nobody knows.

Whoever writes one holds it, by a lock that ends with the process; so one that nobody holds is of no use any more.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from syncer.files.plans import beside

_FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def hold(temporary: Path) -> int | None:
    """Hold a file until the descriptor is closed. OSError while another process does; None where nobody can."""
    if sys.platform == "win32":
        return None
    import fcntl

    descriptor = os.open(temporary, _FLAGS)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def remove_left(path: Path) -> None:
    """Remove the temporary files of `path` that nobody holds; a file system without locks keeps them."""
    for left in beside(path):
        with suppress(OSError):
            if (held := hold(left)) is not None:
                try:
                    left.unlink()
                finally:
                    os.close(held)
