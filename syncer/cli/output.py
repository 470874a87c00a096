"""Writing results: to stdout, in colour only on a terminal."""

import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

import click

from syncer.model.plan import Plan, Report
from syncer.render.viewpoint import PLAN, Viewpoint

FORMATS = click.Choice(["text", "json"])
PLAN_FORMATS = click.Choice(["text", "json", "markdown", "html", "github", "gitlab", "junit"])
_WIDTH = 100  # where no terminal says another


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person is there; a stream may be closed, and then it is None."""
    return stream is not None and stream.isatty()


def drop_stdout() -> None:
    """Nothing more can be told there, not even by the interpreter at its end."""
    _redirect_to_nowhere(sys.stdout)


def _redirect_to_nowhere(stream: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


class _Lasting:
    """A stream that nothing fails at: once it cannot be written any more, what is told there goes nowhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Take it, one way or the other."""
        try:
            return self._stream.write(text)
        except OSError:
            self._drop()
            return len(text)

    def flush(self) -> None:
        """Pass on what can be."""
        try:
            self._stream.flush()
        except OSError:
            self._drop()

    def _drop(self) -> None:
        with suppress(OSError):  # one that is no file
            _redirect_to_nowhere(self._stream)


@contextmanager
def lasting_stderr() -> Iterator[None]:
    """A terminal may be closed and a pipe's reader end while an apply is under way, which must go on to its end."""
    before = sys.stderr
    if before is not None:
        sys.stderr = cast("TextIO", _Lasting(before))
    try:
        yield
    finally:
        if before is not None:
            sys.stderr.flush()
        sys.stderr = before


def printed(show: Callable[[], None]) -> str:
    """Print what was done; why stdout did not take it, "" if it did: that must not change the exit code."""
    try:
        show()
        if sys.stdout is not None:  # None where it was closed from the beginning
            sys.stdout.flush()
    except OSError as exc:
        drop_stdout()
        return exc.strerror or "it cannot be written to"
    return ""


def colours(stream: TextIO | None = None) -> bool:
    """Whether a stream, stdout if none is named, is a terminal that wants colours."""
    is_there = is_terminal(stream or sys.stdout)
    return is_there and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Columns to write in."""
    return shutil.get_terminal_size((_WIDTH, 24)).columns if is_terminal(sys.stdout) else _WIDTH


def show_plan(
    plan: Plan,
    form: str,
    *,
    expand: bool = False,
    folder: str = "",
    compared: bool = False,
    viewpoint: Viewpoint = PLAN,
) -> None:
    """The plan on stdout; `folder` leads from the top of the git work tree to the repository, and ends in a slash.

    `compared`: with something else than a third side, as text may say.
    """
    if form == "text":
        from syncer.render import text

        shown = text.render_plan(plan, viewpoint, width=width(), color=colours(), expand=expand, compared=compared)
    else:
        use_utf8()
        shown = _rendered(plan, form, viewpoint, expand=expand, folder=folder)
    click.echo(shown, color=True)


def use_utf8() -> None:
    """What readers of everything but text take, whatever the locale says."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not is_terminal(sys.stdout):
        sys.stdout.reconfigure(encoding="utf-8")


def _rendered(plan: Plan, form: str, viewpoint: Viewpoint, *, expand: bool, folder: str) -> str:
    """Each renderer is imported only where it is wanted: `syncer --help` has a tenth of a second."""
    match form:
        case "markdown":
            from syncer.render import markdown

            return markdown.render_plan(plan, viewpoint, expand=expand)
        case "html":
            from syncer.render import html

            return html.render_plan(plan, viewpoint)
        case "github":
            from syncer.render import github

            return github.render_plan(plan, folder, viewpoint)
        case "gitlab":
            from syncer.render import gitlab

            return gitlab.render_plan(plan, folder, viewpoint)
        case "junit":
            from syncer.render import junit

            return junit.render_plan(plan, folder, viewpoint)
        case _:  # whoever reads JSON knows one document, of a plan
            from syncer.render import document

            return document.render_plan(plan)


def show_report(report: Report, form: str) -> None:
    """What an apply did, on stdout."""
    if form == "json":
        from syncer.render.document import render_report as as_document

        click.echo(as_document(report))
        return
    from syncer.render.text import render_report

    click.echo(render_report(report, width=width(), color=colours()), color=True)
