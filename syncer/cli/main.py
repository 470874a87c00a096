"""`syncer`: the group of commands, and the one place where a failure becomes a text and an exit code."""

import _thread
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NoReturn, TextIO

import click

from syncer import __version__
from syncer.cli.lazy import LazyGroup
from syncer.cli.options import repository_options
from syncer.cli.output import drop_stdout, is_terminal, lasting_stderr
from syncer.errors import Interrupted, ProblemsError, SyncerError, UsageProblem

_COMMANDS = {
    "demo": "syncer.cli.demo",
    "init": "syncer.cli.init",
    "validate": "syncer.cli.validate",
    "explain": "syncer.cli.explain",
    "fmt": "syncer.cli.fmt",
    "export": "syncer.cli.export",
    "plan": "syncer.cli.plan",
    "show": "syncer.cli.show",
    "apply": "syncer.cli.apply",
    "recover": "syncer.cli.recover",
    "backup": "syncer.cli.backup",
    "restore": "syncer.cli.restore",
    "drift": "syncer.cli.drift",
    "watch": "syncer.cli.watch",
    "journal": "syncer.cli.journal",
    "doctor": "syncer.cli.doctor",
    "secret": "syncer.cli.secret",
    "wire": "syncer.cli.wire",
    "emulator": "syncer.cli.emulator",
    "schema": "syncer.cli.schema",
    "docs": "syncer.cli.docs",
}


@click.command(
    cls=LazyGroup,
    commands_in=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="syncer")
@repository_options
@click.pass_context
def cli(ctx: click.Context, /, **common: Any) -> None:
    """Configuration as code for innovaphone's Devices service.

    Domains, categories and device configurations as YAML in git: plan, review, apply, verify.
    """
    ctx.obj = common


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run a command line and exit by the table of exit codes in the README."""
    _never_fail_to_print()
    with lasting_stderr(), _signals_as_ctrl_c():
        try:
            code = _run(args)
        except KeyboardInterrupt:  # another one, while the first was being told
            code = Interrupted.exit_code
        _flush()
    sys.exit(code)


def _run(args: Sequence[str] | None) -> int:
    try:
        code = cli.main(args=args, prog_name="syncer", standalone_mode=False)
    except click.UsageError as exc:
        exc.show()
        return UsageProblem.exit_code  # click itself would say 2: differences
    except click.ClickException as exc:
        exc.show()
        return 1
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return Interrupted.exit_code
    except SyncerError as exc:
        is_one_line = "\n" not in str(exc) and not isinstance(exc, ProblemsError)
        click.echo(f"{_error()} {exc}" if is_one_line else str(exc), err=True)  # file:line:column begins a line
        return exc.exit_code
    except OSError as exc:  # of stdout: other files and sockets have their own words
        drop_stdout()
        if not isinstance(exc, BrokenPipeError):  # there, whoever read us has seen enough
            click.echo(f"{_error()} stdout cannot be written: {exc.strerror}", err=True)
        return 1
    return code if isinstance(code, int) else 0


@contextmanager
def _signals_as_ctrl_c() -> Iterator[None]:
    """SIGTERM and SIGHUP do what Ctrl-C does at that moment, unless whoever started us has them ignored (nohup)."""
    before: dict[int, Any] = {}
    hook = sys.unraisablehook
    if threading.current_thread() is threading.main_thread():
        sys.unraisablehook = partial(_raise_again, hook)
        for number in (signal.SIGTERM, getattr(signal, "SIGHUP", None)):
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, _as_ctrl_c)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.unraisablehook = hook
        _forget_interrupt()


def _as_ctrl_c(number: int, _frame: object) -> None:
    if number != signal.SIGTERM:  # the end of a terminal is told more than once, and still is one
        signal.signal(number, signal.SIG_IGN)
    if callable(signal.getsignal(signal.SIGINT)):
        signal.raise_signal(signal.SIGINT)
    else:  # a job in the background has Ctrl-C ignored, which says nothing of other signals
        raise KeyboardInterrupt


def _raise_again(hook: Callable[["sys.UnraisableHookArgs"], Any], failed: "sys.UnraisableHookArgs") -> None:
    """Ctrl-C may come while Python tidies up, where it would be shown as a traceback and forgotten."""
    if isinstance(failed.exc_value, KeyboardInterrupt):
        _thread.interrupt_main()
    else:
        hook(failed)


def _forget_interrupt() -> None:
    """Python would end by SIGINT, whatever the exit code, if Ctrl-C met code that was made from text (a dataclass)."""
    eval("None")  # noqa: S307  (it notes how the latest text ended)


def _never_fail_to_print() -> None:
    """A terminal or pipe that cannot say `→` gets an escape, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _flush() -> None:
    """What was printed must be out before the exit code says that all is well."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        drop_stdout()


def _error() -> str:
    return click.style("error:", fg="red", bold=True) if _may_colour(sys.stderr) else "error:"


def _may_colour(stream: TextIO | None) -> bool:
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


if __name__ == "__main__":
    main()
