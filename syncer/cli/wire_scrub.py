"""`syncer wire scrub`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.options import option, with_context
from syncer.cli.output import colours, width

if TYPE_CHECKING:
    from syncer.workflow import Context


@click.command()
@click.argument("recording", type=click.Path(path_type=Path))
@option("--out", type=click.Path(path_type=Path), metavar="FILE", required=True, help="File to write.")
@option("--force", is_flag=True, said_each_time=True, help="Overwrite a file that exists.")
@with_context(traces=False)
def scrub(context: "Context", recording: Path, out: Path, force: bool) -> None:
    """Write a recording again without passwords, digests and keys, so that it can be shared.

    RECORDING is a HAR file of a browser, or a text with messages. Names, addresses and domains stay in it.
    """
    from syncer.render.wire import render_scrubbed
    from syncer.workflow.recordings import scrub as scrub_it

    done = scrub_it(context, recording, out, force=force)
    context.progress.close()
    click.echo(render_scrubbed(done, width=width(), color=colours()), color=True)
