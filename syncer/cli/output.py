"""Writing results: to stdout, in colour only on a terminal."""

import os
import shutil
import sys
from typing import TextIO

import click

from syncer.model.plan import Plan, Report

FORMATS = click.Choice(["text", "json"])
_WIDTH = 100  # where no terminal says another


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person is there; a stream may be closed, and then it is None."""
    return stream is not None and stream.isatty()


def drop_stdout() -> None:
    """Nothing more can be told there, not even by the interpreter at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def colours() -> bool:
    """Whether stdout is a terminal that wants colours."""
    return is_terminal(sys.stdout) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Columns to write in."""
    return shutil.get_terminal_size((_WIDTH, 24)).columns if is_terminal(sys.stdout) else _WIDTH


def show_plan(plan: Plan, form: str) -> None:
    """The plan on stdout."""
    if form == "json":
        from syncer.render.document import render_plan as as_document

        click.echo(as_document(plan))
        return
    from syncer.render.terminal import render_plan

    click.echo(render_plan(plan, width=width(), color=colours()), color=True)


def show_report(report: Report, form: str) -> None:
    """What an apply did, on stdout."""
    if form == "json":
        from syncer.render.document import render_report as as_document

        click.echo(as_document(report))
        return
    from syncer.render.terminal import render_report

    click.echo(render_report(report, width=width(), color=colours()), color=True)
