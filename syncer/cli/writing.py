"""What commands that write to a server share: options, the question, the report and the exit code."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

import click

from syncer.cli.options import expand_option, option
from syncer.cli.output import FORMATS, colours, is_terminal, printed, show_plan, show_report
from syncer.errors import ApplyFailed, Declined, Interrupted, RolledBack, UsageProblem, visible
from syncer.model.plan import Ending, Outcome, Plan, Report, Result

if TYPE_CHECKING:
    from syncer.workflow import Confirmed, Context

_Function = TypeVar("_Function", bound=Callable[..., Any])

RECONNECT_FOR = 60.0  # seconds; a server that restarts in the middle of an apply is worth waiting for
_CONFIRMS = ("deletes", "updates", "unreached")


def writing_options(function: _Function) -> _Function:
    """--yes, what lets guards through, and how to write."""
    decorators = [
        option("--yes", is_flag=True, said_each_time=True, help="Do not ask."),
        *(_confirm(name) for name in _CONFIRMS),
        option(
            "--unverified-wire", is_flag=True, said_each_time=True, help="Write with a wire profile that is not proven."
        ),
        option(
            "--on-error",
            type=click.Choice(["rollback", "stop"]),
            default="rollback",
            show_default=True,
            help="What follows a failure.",
        ),
        option("--parallelism", type=click.IntRange(1, 64), default=8, show_default=True, help="Writes at a time."),
        option("--format", "form", type=FORMATS, default="text", show_default=True, help="How to print what was done."),
        expand_option,
    ]
    for decorate in reversed(decorators):
        function = decorate(function)
    return function


def _confirm(name: str) -> Callable[[_Function], _Function]:
    what = {
        "deletes": "Let N deletes through a guard.",
        "updates": "Let N updates through a guard.",
        "unreached": "Let N configs lose all their devices.",
    }[name]
    return option(f"--confirm-{name}", type=int, metavar="N", said_each_time=True, help=what)


def confirmed(said: dict[str, Any]) -> "Confirmed":
    """What a person let through, of the options of `writing_options`."""
    from syncer.workflow import Confirmed

    numbers = {name: said[f"confirm_{name}"] for name in _CONFIRMS}
    return Confirmed(**numbers, unverified_wire=said["unverified_wire"])


class ByChange:
    """Tells of each change on stderr when it has come to its end, as the `n`th of those that somebody agreed to."""

    def __init__(self, context: "Context") -> None:
        self._say = context.progress.say
        self._color = colours(sys.stderr)
        self._count = 0
        self.total = 0

    def __call__(self, outcome: Outcome) -> None:
        from syncer.render.lists import render_outcome

        self._count += 1
        self._say(render_outcome(outcome, self._count, self.total, color=self._color))

    def rolling_back(self, total: int) -> Callable[[Outcome], None]:
        """Tells that it is taken back, and then each change in turn; `total` is how many are likely to be."""
        from syncer.render.lists import render_rollback, render_undone

        if total:
            self._say(render_rollback(total, color=self._color))
        numbers = count(1)
        return lambda outcome: self._say(render_undone(outcome, next(numbers), total, color=self._color))


def agree(
    context: "Context", plan: Plan, said: dict[str, Any], question: str, told: ByChange, *, compared: bool = False
) -> bool:
    """Show the plan, and ask whether exactly that is to be done; `told` learns how much that is.

    `compared`: the plan compares something else than the files with the server.
    """
    context.progress.close()
    told.total = len(plan.changes)
    form = said["form"]
    if form == "text":
        show_plan(plan, form, expand=said["expand"], compared=compared)
    if said["yes"] or not plan.changes:
        return True
    if not is_terminal(sys.stdin):
        raise Declined("there is no terminal to ask on; say --yes to apply this; nothing was written")
    if form != "text":
        raise UsageProblem(f"--format {form} cannot ask; say --yes, or leave it out")
    return ask(f"{question} Only `yes` is taken for an answer: ") == "yes"


def ask(question: str) -> str:
    """A line from the terminal, "" at its end."""
    click.echo(f"\n{question}", nl=False, err=True)
    with _interruptible():
        return sys.stdin.readline().strip()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C at the question ends everything at once: the event loop stands still, so asyncio's handler could not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def conclude(report: Report, form: str, *, wanted: Ending = Ending.APPLIED) -> int:
    """Print what was done, and say how it ended; the exit code. `wanted` is what a person asked for."""
    if report.outcomes or form == "json":
        _show(report, form)
    if text := _ending(report):
        click.echo(text, err=True)
    return 0 if report.ending is wanted else _exit_code(report)


def _show(report: Report, form: str) -> None:
    if why := printed(lambda: show_report(report, form)):
        done = report.count(Result.APPLIED)
        of_all = f"{done} of {len(report.outcomes)} changes were applied"
        click.echo(f"{of_all}, but stdout took no report: {why}", err=True)


def _ending(report: Report) -> str:
    why = "interrupted" if report.interrupted else f"failed: {report.failure}" if report.failure else ""
    journal = visible(report.journal, 4096)
    match report.ending:
        case Ending.APPLIED:
            return f"{why}, after everything was applied" if why else ""
        case Ending.NOTHING_WRITTEN:
            return f"{why}; nothing was written"
        case Ending.ROLLED_BACK:
            return f"{why or 'rolled back'}; the server is as it was; the journal is {journal}"
        case Ending.STOPPED:
            what_now = "`syncer plan` shows what is left, `syncer recover` rolls back or goes on"
            return f"{why}; what was applied stays so: {what_now}; the journal is {journal}"
        case Ending.PART_WAY:
            return f"{why or 'rolled back'}; what is told above could not be undone; the journal is {journal}"
        case None:
            return f"{why}; the server is part-way: `syncer recover` goes on from the journal {journal}"


def _exit_code(report: Report) -> int:
    if report.interrupted and report.ending is not Ending.APPLIED:
        return Interrupted.exit_code
    match report.ending:
        case Ending.APPLIED:
            return 0
        case Ending.ROLLED_BACK | Ending.NOTHING_WRITTEN:
            return RolledBack.exit_code
        case _:
            return ApplyFailed.exit_code
