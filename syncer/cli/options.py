"""Options that commands share, and the context that they make of them."""

import os
import re
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from syncer.errors import visible

if TYPE_CHECKING:
    from syncer.workflow import Context

_Function = TypeVar("_Function", bound=Callable[..., Any])

DEFAULT_TIMEOUT = 30.0  # seconds, like all that follow
DEFAULT_RECONNECT_FOR = 10.0

_COMMON = ("directory", "server", "timeout", "reconnect_for", "trace")  # the repository options


def option(*names: str, said_each_time: bool = False, **settings: Any) -> Callable[[_Function], _Function]:
    """An option that also reads SYNCER_NAME, unless a person must say it each time."""
    long = next(name for name in names if name.startswith("--")).removeprefix("--").partition("/")[0]
    if not said_each_time:
        settings["envvar"] = f"SYNCER_{long.replace('-', '_').upper()}"
    return click.option(*names, **settings)


def expand_option(function: _Function) -> _Function:
    """--expand, of whatever shows a plan."""
    return option("--expand", is_flag=True, help="Show equal changes one by one.")(function)


class Glob(click.types.StringParamType):
    """An address glob; where it comes from the environment it is one a line, since addresses have blanks."""

    name = "glob"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """One a line."""
        return rv.splitlines()


class Duration(click.types.FloatParamType):
    """A time such as 90, 90s, 10m, 1h30m or 250ms, in seconds."""

    name = "time"

    def __init__(self, minimum: float = 0.0) -> None:
        self._minimum = minimum

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Units from the largest to the smallest; a bare number means seconds."""
        if isinstance(value, int | float):  # a default
            return float(value)
        match = _DURATION.fullmatch(value)
        if match is None or not value:
            self.fail(f"'{visible(value)}' is no time such as 90s, 10m, 1h30m or 250ms.", param, ctx)
        seconds = sum(float(number) * unit for number, unit in zip(match.groups(), _UNITS, strict=True) if number)
        if seconds < self._minimum:
            self.fail(f"{value} is too short; at least {self._minimum:g}s.", param, ctx)
        return seconds


_NUMBER = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)"
_DURATION = re.compile(rf"{_NUMBER}|(?:{_NUMBER}h)?(?:{_NUMBER}m)?(?:{_NUMBER}s)?(?:{_NUMBER}ms)?")
_UNITS = (1, 3600, 60, 1, 0.001)


def repository_options(function: _Function, *, by_environment: bool = True, traces: bool = True) -> _Function:
    """-C, --server, --timeout, --reconnect-for and --trace; they may stand before or after the command.

    Only those before it read the environment, so that what is typed always wins. Not `traces`: for a command that never
    connects, and means something else by --trace.
    """
    if traces:
        function = trace_option(by_environment=by_environment)(function)
    for decorate in (
        option(
            "--reconnect-for",
            type=Duration(),
            metavar="TIME",
            help="How long a lost connection is tried again.  [10s; 60s where something is written]",
            said_each_time=not by_environment,
        ),
        option(
            "--timeout",
            type=Duration(minimum=0.1),
            metavar="TIME",
            help="Deadline of one answer.  [30s]",
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


def trace_option(*, by_environment: bool) -> Callable[[_Function], _Function]:
    """--trace, whose file is made when a connection is opened."""
    return option(
        "--trace",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Write down every message, without secrets.",
        said_each_time=not by_environment,
    )


def with_context(
    function: Callable[..., Any] | None = None,
    *,
    reconnect_for: float = DEFAULT_RECONNECT_FOR,
    traces: bool = True,
) -> Callable[..., Any]:
    """Adds the repository options, and hands the command a `Context` instead of them.

    `@with_context`, or `@with_context(reconnect_for=60)` where seconds mean more than the usual ones.
    """
    if function is None:
        return partial(with_context, reconnect_for=reconnect_for, traces=traces)
    decorated = function

    @wraps(decorated)
    def command(**said: Any) -> Any:
        given = {name: said.pop(name) for name in _COMMON if traces or name != "trace"}
        outer = click.get_current_context().find_root().obj or {}
        found = {name: outer.get(name) if value is None else value for name, value in given.items()}
        with _closing(_context_of(**found, usual_reconnect_for=reconnect_for)) as context:
            return decorated(context, **said)

    return repository_options(command, by_environment=False, traces=traces)


@contextmanager
def folder_context(folder: Path, trace: Path | None) -> Iterator["Context"]:
    """For a command that makes its own folder, and has no options of a repository but --trace."""
    outer = click.get_current_context().find_root().obj or {}
    with _closing(make_context(folder, trace=trace or outer.get("trace"))) as context:
        yield context


@contextmanager
def _closing(context: "Context") -> Iterator["Context"]:
    try:
        yield context
    finally:
        context.progress.close()
        if context.trace:
            context.trace.close()


def _context_of(
    directory: str | None,
    server: str | None,
    timeout: float | None,
    reconnect_for: float | None,
    usual_reconnect_for: float,
    trace: Path | None = None,
) -> "Context":
    reconnect_for = usual_reconnect_for if reconnect_for is None else reconnect_for
    return make_context(
        Path(directory or "."),
        server,
        timeout,
        upwards=not directory,
        reconnect_for=reconnect_for,
        trace=trace,
    )


def make_context(
    start: Path,
    server: str | None = None,
    timeout: float | None = None,
    *,
    upwards: bool = False,
    reconnect_for: float = DEFAULT_RECONNECT_FOR,
    trace: Path | None = None,
) -> "Context":
    """The real world as a use case gets it."""
    from syncer.cli.progress import Bars
    from syncer.workflow import Context, Tracing

    def now() -> datetime:
        return datetime.now(UTC)

    def warn(text: str) -> None:
        click.echo(f"warning: {text}", err=True)

    return Context(
        start=start,
        upwards=upwards,
        server=server,
        environ=os.environ,
        now=now,
        random=secrets.token_bytes,
        clock=time.monotonic,
        progress=Bars(),
        warn=warn,
        timeout=timeout or DEFAULT_TIMEOUT,
        reconnect_for=reconnect_for,
        trace=Tracing(trace, now, warn) if trace else None,
        cache_folder=_cache_folder(),
    )


def _cache_folder() -> Path | None:
    """Where parsed files are kept: as SYNCER_CACHE_DIR says (nowhere if it is empty), else among the user's caches."""
    from platformdirs import user_cache_path

    said = os.environ.get("SYNCER_CACHE_DIR")
    try:
        folder = user_cache_path("syncer", appauthor=False) if said is None else Path(said).absolute()
    except (RuntimeError, OSError):  # no home, as of a user without a name in a container; no current folder
        return None
    is_usable = folder.is_absolute() and said != ""  # older versions of platformdirs: relative if there is no home
    return folder / "parsed" if is_usable else None
