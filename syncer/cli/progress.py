"""Progress on stderr: only on a terminal, and only once something takes over a second."""

import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

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
        self._showing = threading.Lock()  # the timer and `close` may come at the same time

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

    def say(self, line: str) -> None:
        """A line that stays, above the bars where there are any; painted already."""
        from rich.text import Text

        with self._showing:
            if self._progress and self._progress.live.is_started:
                self._progress.console.print(Text.from_ansi(line), soft_wrap=True)
            else:
                click.echo(line, err=True, color=True)

    def close(self) -> None:
        """Take the lines away."""
        if self._timer:
            self._timer.cancel()
        with self._showing:
            if self._progress:
                self._progress.stop()
            self._progress = self._timer = None

    def _bars(self) -> "Progress":
        if self._progress is None:
            self._progress = _new_progress()
            self._timer = threading.Timer(_QUIET_FOR, self._show, (self._progress,))
            self._timer.daemon = True
            self._timer.start()
        return self._progress

    def _show(self, progress: "Progress") -> None:
        with self._showing:
            if self._progress is progress:
                progress.start()


def _new_progress() -> "Progress":
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(rate(task.finished_speed or task.speed), style="progress.data.speed")

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)


def rate(speed: float | None) -> str:
    """So many a second; "" as long as that is not known."""
    return f"{speed:.1f}/s" if speed is not None else ""
