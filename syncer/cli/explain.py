"""`syncer explain`."""

import click

from syncer.cli.output import colours, width


@click.command()
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """What a warning of `syncer validate` means, and what to do about it; without CODE a list of all."""
    from syncer import workflow
    from syncer.model.lint import RULES
    from syncer.render.verdict import render_rule, render_rules

    if code is None:
        told = render_rules(RULES.values(), width=width(), color=colours())
    else:
        told = render_rule(workflow.explain(code), width=width(), color=colours())
    click.echo(told, color=True)
