"""Time that nobody waits for: while all event loops of a clock have nothing to do, it goes on to the next deadline.

For tests in which an answer is awaited in vain. A deadline that is skipped is not shortened: what is under way is
waited for, on a slow machine, too. Only loops that hear of everything from each other may share a clock. While a thread
works that began after them nothing is skipped; of other processes nothing is known.
"""

import asyncio
import math
import threading
import time
from dataclasses import dataclass
from selectors import SelectorKey
from typing import Any

import pytest

_OF_EXECUTOR = "asyncio_"  # threads that stay when their job is done; their jobs are known
_IN_FLIGHT = 0.005  # seconds in which whatever the kernel carries from one socket to another arrives


@dataclass(slots=True)
class _Waiting:
    """A loop that has nothing to do: until when, since when, and when it began the last look that found nothing."""

    until: float
    since: float
    looked: float = -math.inf


class Clock:
    """The time of its event loops."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._skipped = 0.0
        self._waiting: dict[asyncio.AbstractEventLoop, _Waiting | None] = {}  # None: it has something to do
        self._threads: set[threading.Thread] = set()  # of the loops, or older; others work for one, on DNS for example

    def time(self) -> float:
        """In seconds; what a loop goes by."""
        return time.monotonic() + self._skipped

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """A loop that goes by this clock."""
        loop = asyncio.SelectorEventLoop()
        self.join(loop)
        return loop

    def join(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on a loop goes by this clock, to its end."""
        selector: Any = loop._selector  # type: ignore[attr-defined]
        select, run_in_executor = selector.select, loop.run_in_executor
        jobs: set[asyncio.Future[Any]] = set()  # what threads do for it, such as forcing a journal to the disk

        def select_and_skip(timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
            self._threads.add(threading.current_thread())
            if jobs or (timeout is not None and timeout <= 0):
                return list(select(timeout))
            waiting = _Waiting(math.inf if timeout is None else self.time() + timeout, time.monotonic())
            self._note(loop, waiting)
            ready: list[tuple[SelectorKey, int]] = []
            left = waiting.until
            while not ready and left > 0:
                looked, left = time.monotonic(), waiting.until - self.time()
                ready = select(max(0.0, min(left, _IN_FLIGHT)))
                waiting.looked = looked
                if not ready:
                    self._skip()
            self._note(loop, None)
            return ready

        def begin_job(*job: Any) -> asyncio.Future[Any]:
            begun: asyncio.Future[Any] = run_in_executor(*job)
            jobs.add(begun)
            begun.add_done_callback(jobs.discard)
            return begun

        self._threads.update(threading.enumerate())
        self._note(loop, None)
        # by setattr, since mypy has methods stay what they are
        setattr(selector, "select", select_and_skip)  # noqa: B010
        setattr(loop, "time", self.time)  # noqa: B010
        setattr(loop, "run_in_executor", begin_job)  # noqa: B010

    def _note(self, loop: asyncio.AbstractEventLoop, waiting: _Waiting | None) -> None:
        with self._lock:
            self._waiting[loop] = waiting

    def _skip(self) -> None:
        """Unless a loop is at work, or may not have heard yet of what another one sent before it came to rest."""
        with self._lock:
            self._waiting = {loop: one for loop, one in self._waiting.items() if not loop.is_closed()}
            waiting = [one for one in self._waiting.values() if one is not None]
            if any(one not in self._threads and not one.name.startswith(_OF_EXECUTOR) for one in threading.enumerate()):
                return
            if len(waiting) < len(self._waiting) or min(w.looked for w in waiting) < max(w.since for w in waiting):
                return
            until = min(one.until for one in waiting)
            if until < math.inf:
                self._skipped += max(0.0, until - self.time())


@pytest.fixture(autouse=True)
async def _nobody_waits() -> None:
    """For a conftest of tests whose client and service are in one event loop."""
    Clock().join(asyncio.get_running_loop())
