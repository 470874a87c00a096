"""`syncer apply`."""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import Glob, option, with_context
from syncer.cli.output import FORMATS, drop_stdout, is_terminal, show_plan, show_report
from syncer.errors import ApplyFailed, Declined, Interrupted, UsageProblem
from syncer.model.plan import Plan, Result

if TYPE_CHECKING:
    from syncer.workflow import Applied, Context

_WHAT_NOW = "what was applied stays so, nothing was rolled back; `syncer plan` shows what is left"


@click.command()
@click.argument("file", metavar="[PLAN.json]", required=False, type=click.Path(path_type=Path))
@option("--yes", is_flag=True, said_each_time=True, help="Do not ask.")
@option("--confirm-deletes", type=int, metavar="N", said_each_time=True, help="Let N deletes through a guard.")
@option("--confirm-updates", type=int, metavar="N", said_each_time=True, help="Let N updates through a guard.")
@option("--unverified-wire", is_flag=True, said_each_time=True, help="Write with a wire profile that is not proven.")
@option("--only", type=Glob(), multiple=True, metavar="GLOB", help="Only these addresses; may be said more than once.")
@option("--parallelism", type=click.IntRange(1, 64), default=8, show_default=True, help="Writes at a time.")
@option("--format", "form", type=FORMATS, default="text", show_default=True, help="How to print what was done.")
@with_context
def apply(
    context: "Context",
    file: Path | None,
    yes: bool,
    confirm_deletes: int | None,
    confirm_updates: int | None,
    unverified_wire: bool,
    only: tuple[str, ...],
    parallelism: int,
    form: str,
) -> int:
    """Plan, ask, and apply; or apply exactly a saved plan."""
    from syncer import workflow

    if file is not None and only:
        raise UsageProblem("--only belongs to `syncer plan` where a saved plan is applied")
    applied = asyncio.run(
        workflow.apply(
            context,
            workflow.read_plan(file) if file else None,
            workflow.Confirmed(confirm_deletes, confirm_updates, unverified_wire),
            lambda plan: _agree(context, plan, yes, form),
            lambda _: None,
            only=only,
            parallelism=parallelism,
        )
    )
    context.progress.close()
    if applied.report.outcomes or form == "json":
        _show(applied, form)
    return _exit_code(applied)


def _show(applied: "Applied", form: str) -> None:
    """What was done was done, whether or not anybody reads it: a broken stdout must not change the exit code."""
    try:
        show_report(applied.report, form)
        sys.stdout.flush()
    except OSError as exc:
        drop_stdout()
        done = applied.report.count(Result.APPLIED)
        of_all = f"{done} of {len(applied.report.outcomes)} changes were applied"
        click.echo(f"{of_all}, but stdout took no report: {exc.strerror}", err=True)


def _agree(context: "Context", plan: Plan, yes: bool, form: str) -> bool:
    context.progress.close()
    if form == "text":
        show_plan(plan, form)
    if yes or not plan.changes:
        return True
    if not is_terminal(sys.stdin):
        raise Declined("there is no terminal to ask on; say --yes to apply this; nothing was written")
    if form != "text":
        raise UsageProblem(f"--format {form} cannot ask; say --yes, or leave it out")
    click.echo(f"\nApply this to {plan.server_name}? Only `yes` is taken for an answer: ", nl=False, err=True)
    with _interruptible():
        return sys.stdin.readline().strip() == "yes"


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C at the question ends everything at once: the event loop stands still, so asyncio's handler could not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _exit_code(applied: "Applied") -> int:
    if applied.interrupted:
        click.echo(f"interrupted; {_WHAT_NOW}", err=True)
        return Interrupted.exit_code
    if applied.report.count(Result.APPLIED) == len(applied.report.outcomes):
        return 0
    click.echo(f"failed part-way; {_WHAT_NOW}", err=True)
    return ApplyFailed.exit_code
