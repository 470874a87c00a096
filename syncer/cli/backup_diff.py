"""`syncer backup diff`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncer.cli.loop import run
from syncer.cli.options import option, with_context
from syncer.cli.showing import Look, present, showing_options
from syncer.model.address import Action
from syncer.render.viewpoint import PLAN

if TYPE_CHECKING:
    from syncer.workflow import Context

_DIFFERENCES = 2
_WORDS = {Action.CREATE: "added", Action.UPDATE: "changed", Action.DELETE: "removed"}
CHANGES = replace(
    PLAN,
    noun="comparison",
    title="Changes of",
    whole="all changes",
    again="syncer backup diff",
    names=_WORDS,
    verbs=_WORDS,
    counts={action: (word, word) for action, word in _WORDS.items()},
    nothing="No changes. {} the same",
    same="the same",
    deleted="which is not there any more",
    of_files=False,
)


@click.command()
@click.argument("before", metavar="BACKUP", type=click.Path(path_type=Path))
@click.argument("after", metavar="[BACKUP]", required=False, type=click.Path(path_type=Path))
@showing_options
@option("--detailed-exitcode", is_flag=True, help="Exit 2 if there are differences.")
@with_context
def diff(context: "Context", before: Path, after: Path | None, detailed_exitcode: bool, **shown: Any) -> int:
    """What changed from one backup to another; with one, from that until now.

    Two backups are compared without a server, and anywhere. Ids do not count: what was restored is what it was.
    """
    from syncer import workflow

    look = Look(**shown)
    plan = run(workflow.diff_backups(context, before, after))
    context.progress.close()
    present(plan, look, viewpoint=CHANGES)
    return _DIFFERENCES if detailed_exitcode and plan.changes else 0
