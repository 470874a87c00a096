"""Progress on stderr: only on a terminal, and only once something takes over a second."""

import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from syncer.cli.output import is_terminal

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_QUIET_FOR = 1.0  # seconds


class Bars:
    """A line a phase. `close` takes them away before results are printed."""

    def __init__(self) -> None:
        self._shown = is_terminal(sys.stderr)
        self._progress: Progress | None = None
        self._timer: threading.Timer | None = None

    def phase(self, name: str, total: int | None) -> Callable[[int], None]:
        """Count up to `total`; None where that is not known."""
        if not self._shown:
            return lambda _: None
        progress = self._bars()
        task: TaskID = progress.add_task(name, total=total)
        for earlier in progress.task_ids[:-1]:
            if progress.tasks[earlier].total is None:
                progress.update(earlier, visible=False)
        return lambda count: progress.advance(task, count)

    def close(self) -> None:
        """Take the lines away."""
        if self._timer:
            self._timer.cancel()
        if self._progress:
            self._progress.stop()
        self._progress = self._timer = None

    def _bars(self) -> "Progress":
        if self._progress is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
            self._timer = threading.Timer(_QUIET_FOR, self._progress.start)
            self._timer.daemon = True
            self._timer.start()
        return self._progress
