"""What `plan` and `show` have in common: how a plan is printed, and what is told after it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from syncer.cli.nextstep import Said, next_step
from syncer.cli.options import Glob, expand_option, option
from syncer.cli.output import PLAN_FORMATS, colours, show_plan, width
from syncer.errors import UsageProblem
from syncer.model.plan import Plan
from syncer.render.viewpoint import PLAN, Viewpoint

_Function = TypeVar("_Function", bound=Callable[..., Any])
_LISTS = click.Choice(["unmanaged", "ignored"])


@dataclass(frozen=True, slots=True)
class Look:
    """How a plan is to be shown; UsageProblem for what does not go together."""

    form: str
    expand: bool
    lists: Sequence[str]

    def __post_init__(self) -> None:
        if self.lists and self.form not in ("text", "json"):
            raise UsageProblem(f"--list is for text, and json has both lists anyway; --format {self.form} has none")


def showing_options(function: _Function) -> _Function:
    """--format, --expand and --list, of which a `Look` is made."""
    decorators = [
        option("--format", "form", type=PLAN_FORMATS, default="text", show_default=True, help="How to print it."),
        expand_option,
        option("--list", "lists", type=_LISTS, multiple=True, help="Name what is left alone; may be said twice."),
    ]
    for decorate in reversed(decorators):
        function = decorate(function)
    return function


def comparing_options(function: _Function) -> _Function:
    """--only, --since, --base and --no-reach."""
    decorators = [
        option(
            "--only",
            type=Glob(),
            multiple=True,
            metavar="GLOB",
            help="Only these addresses; may be said more than once.",
        ),
        option(
            "--since",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Tell your changes from drift, by a record of `apply --record`.",
        ),
        option("--base", metavar="REF", help="The same, by the files of a git revision that was applied."),
        option("--no-reach", is_flag=True, help="Do not ask which devices the changes reach."),
    ]
    for decorate in reversed(decorators):
        function = decorate(function)
    return function


def present(plan: Plan, look: Look, folder: str = "", viewpoint: Viewpoint = PLAN) -> None:
    """The plan on stdout, and the lists that were asked for."""
    show_plan(plan, look.form, expand=look.expand, folder=folder, viewpoint=viewpoint)
    if look.form == "text" and look.lists:
        from syncer.render.lists import render_lists

        click.echo(f"\n{render_lists(plan, look.lists, width=width(), color=colours())}", color=True)


def tell_next(plan: Plan, look: Look, said: Said) -> None:
    """On stderr, so that stdout is the plan and nothing else; programs, which read other forms, need no advice."""
    if look.form == "text":
        click.echo(f"\n{next_step(plan, said)}", err=True)
