"""`syncer`: the group of commands, and the one place where a failure becomes a text and an exit code."""

import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn, TextIO

import click

from syncer import __version__
from syncer.cli.options import repository_options
from syncer.cli.output import drop_stdout, is_terminal
from syncer.errors import Interrupted, ProblemsError, SyncerError, UsageProblem

_COMMANDS = {
    "demo": "syncer.cli.demo",
    "init": "syncer.cli.init",
    "validate": "syncer.cli.validate",
    "export": "syncer.cli.export",
    "plan": "syncer.cli.plan",
    "show": "syncer.cli.show",
    "apply": "syncer.cli.apply",
    "emulator": "syncer.cli.emulator",
}


class _Commands(click.Group):
    """Commands in the order in which one meets them, loaded when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(_COMMANDS[cmd_name]), cmd_name)
        return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="syncer")
@repository_options
@click.pass_context
def cli(ctx: click.Context, directory: str | None, server: str | None, timeout: float | None) -> None:
    """Configuration as code for innovaphone's Devices service.

    Domains, categories and device configurations as YAML in git: plan, review, apply, verify.
    """
    ctx.obj = {"directory": directory, "server": server, "timeout": timeout}


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run a command line and exit by the table of exit codes in the README."""
    _never_fail_to_print()
    try:
        code = cli.main(args=args, prog_name="syncer", standalone_mode=False)
    except click.UsageError as exc:
        exc.show()
        code = UsageProblem.exit_code  # click itself would say 2: differences
    except click.ClickException as exc:
        exc.show()
        code = 1
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        code = Interrupted.exit_code
    except SyncerError as exc:
        is_one_line = "\n" not in str(exc) and not isinstance(exc, ProblemsError)
        click.echo(f"{_error()} {exc}" if is_one_line else str(exc), err=True)  # file:line:column begins a line
        code = exc.exit_code
    except OSError as exc:  # of stdout: other files and sockets have their own words
        drop_stdout()
        if not isinstance(exc, BrokenPipeError):  # there, whoever read us has seen enough
            click.echo(f"{_error()} stdout cannot be written: {exc.strerror}", err=True)
        code = 1
    _flush()
    sys.exit(code if isinstance(code, int) else 0)


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
