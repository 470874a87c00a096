"""Options that commands share, and the context that they make of them."""

import os
import secrets
import time
from collections.abc import Callable
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


def repository_options(function: _Function) -> _Function:
    """-C, --server and --timeout; they may stand before or after the command."""
    for decorate in (
        option("--timeout", type=click.FloatRange(min=0.1), metavar="SECONDS", help="Deadline of one answer.  [30]"),
        option("--server", metavar="NAME", help="Which server of syncer.yaml."),
        option("--directory", "-C", metavar="DIR", help="Configuration repository.  [upwards from here]"),
    ):
        function = decorate(function)
    return function


def with_context(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the repository options, and hands the command a `Context` instead of them."""

    @wraps(function)
    def command(directory: str | None, server: str | None, timeout: float | None, **rest: Any) -> Any:
        outer = click.get_current_context().find_root().obj or {}
        start = Path(directory or outer.get("directory") or ".")
        context = make_context(start, server or outer.get("server"), timeout or outer.get("timeout"))
        try:
            return function(context, **rest)
        finally:
            context.progress.close()

    return repository_options(command)


def make_context(start: Path, server: str | None = None, timeout: float | None = None) -> "Context":
    """The real world as a use case gets it."""
    from syncer.cli.progress import Bars
    from syncer.workflow import Context

    return Context(
        start=start,
        server=server,
        environ=os.environ,
        now=lambda: datetime.now(UTC),
        random=secrets.token_bytes,
        clock=time.monotonic,
        progress=Bars(),
        warn=lambda text: click.echo(f"warning: {text}", err=True),
        timeout=timeout or DEFAULT_TIMEOUT,
    )
