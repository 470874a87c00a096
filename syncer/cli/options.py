"""Options that commands share, and the context that they make of them."""

import math
import os
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from syncer.workflow import Context

_Function = TypeVar("_Function", bound=Callable[..., Any])

DEFAULT_TIMEOUT = 30.0


def option(*names: str, said_each_time: bool = False, **settings: Any) -> Callable[[_Function], _Function]:
    """An option that also reads SYNCER_NAME, unless a person must say it each time."""
    long = next(name for name in names if name.startswith("--")).removeprefix("--").partition("/")[0]
    if not said_each_time:
        settings["envvar"] = f"SYNCER_{long.replace('-', '_').upper()}"
    return click.option(*names, **settings)


class Glob(click.types.StringParamType):
    """An address glob; where it comes from the environment it is one a line, since addresses have blanks."""

    name = "glob"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """One a line."""
        return rv.splitlines()


class Seconds(click.FloatRange):
    """A number of seconds; `nan` is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Above the minimum, and comparable."""
        seconds: float = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail("nan is no number of seconds", param, ctx)
        return seconds


def repository_options(function: _Function, *, by_environment: bool = True) -> _Function:
    """-C, --server and --timeout; they may stand before or after the command.

    Only those before it read the environment, so that what is typed always wins.
    """
    for decorate in (
        option(
            "--timeout",
            type=Seconds(min=0.1),
            metavar="SECONDS",
            help="Deadline of one answer.  [30]",
            said_each_time=not by_environment,
        ),
        option("--server", metavar="NAME", help="Which server of syncer.yaml.", said_each_time=not by_environment),
        option(
            "--directory",
            "-C",
            metavar="DIR",
            help="Configuration repository.  [upwards from here]",
            said_each_time=not by_environment,
        ),
    ):
        function = decorate(function)
    return function


def with_context(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the repository options, and hands the command a `Context` instead of them."""

    @wraps(function)
    def command(directory: str | None, server: str | None, timeout: float | None, **rest: Any) -> Any:
        outer = click.get_current_context().find_root().obj or {}
        named = directory or outer.get("directory")
        server = server or outer.get("server")
        context = make_context(Path(named or "."), server, timeout or outer.get("timeout"), upwards=not named)
        try:
            return function(context, **rest)
        finally:
            context.progress.close()

    return repository_options(command, by_environment=False)


def make_context(
    start: Path, server: str | None = None, timeout: float | None = None, *, upwards: bool = False
) -> "Context":
    """The real world as a use case gets it."""
    from syncer.cli.progress import Bars
    from syncer.workflow import Context

    return Context(
        start=start,
        upwards=upwards,
        server=server,
        environ=os.environ,
        now=lambda: datetime.now(UTC),
        random=secrets.token_bytes,
        clock=time.monotonic,
        progress=Bars(),
        warn=lambda text: click.echo(f"warning: {text}", err=True),
        timeout=timeout or DEFAULT_TIMEOUT,
    )
