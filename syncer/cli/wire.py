"""`syncer wire`: how writes are spelled on the wire of one server."""

import click

from syncer.cli.lazy import LazyGroup

_COMMANDS = {
    "learn": "syncer.cli.wire_learn",
    "scrub": "syncer.cli.wire_scrub",
    "verify": "syncer.cli.wire_verify",
    "show": "syncer.cli.wire_show",
}


@click.command(cls=LazyGroup, commands_in=_COMMANDS)
def wire() -> None:
    """Wire profiles: how writes are spelled on the wire of one server."""
