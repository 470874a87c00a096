"""`syncer demo`: the whole cycle on the embedded service, with the examples, in a temporary folder."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncer.cli.loop import run
from syncer.cli.options import folder_context, option, trace_option
from syncer.cli.output import show_plan, show_report
from syncer.errors import SyncerError
from syncer.model.plan import Plan, Result
from syncer.render.viewpoint import DRIFT

if TYPE_CHECKING:
    from syncer.workflow import Context


@click.command()
@trace_option(by_environment=False)
@option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Do it in this new folder, and leave it.")
def demo(keep: Path | None, trace: Path | None) -> None:
    """Try it all: plan, apply, drift and repair, on a service that is built in."""
    with _folder(keep) as folder, folder_context(folder, trace) as context:
        _tell(f"A configuration repository and a service with 200 devices, in {folder}")
        _set_up(context)
        _tell("syncer plan: what the files say, against what is live")
        _plan(context)
        _tell("syncer apply --yes: every write read back")
        _apply(context)
        _tell("syncer plan: nothing left to do")
        _expect(not _plan(context).changes, "the plan after an apply is not empty")
        _tell("Somebody changes a phone configuration by hand. syncer drift finds it")
        _click(context)
        _expect(_drifted(context) == 1, "the drift was not found")
        _tell("syncer apply --yes: repaired")
        _apply(context)
        _expect(not _drifted(context), "the drift was not repaired")
    if keep is not None:
        _tell(f"It is yours to play with: cd {keep} && syncer plan")


def _tell(text: str) -> None:
    click.secho(f"\n# {text}\n", bold=True)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="syncer-demo-") as temporary:
            yield Path(temporary)
        return
    if keep.exists():
        raise SyncerError(f"{keep} exists already; name a new folder")
    yield keep


def _set_up(context: "Context") -> None:
    """The examples, and the embedded service with the state that its installation has today."""
    from syncer import emulator, workflow

    workflow.copy_examples(context.start)
    with emulator.Store(workflow.embedded_data(context)) as store:
        store.load(context.start / "installation")
    shutil.rmtree(context.start / "installation")


def _plan(context: "Context") -> Plan:
    from syncer import workflow

    plan = run(workflow.plan(context))
    context.progress.close()
    show_plan(plan, "text")
    return plan


def _drifted(context: "Context") -> int:
    """How many are out of step."""
    from syncer import workflow

    found = run(workflow.drift(context, workflow.PlanOptions()))
    context.progress.close()
    show_plan(found, "text", viewpoint=DRIFT)
    return len(found.changes)


def _apply(context: "Context") -> None:
    from syncer import workflow

    wishes = workflow.Wishes()
    report = run(workflow.apply(context, None, wishes, lambda _: True, lambda _: None))
    context.progress.close()
    show_report(report, "text")
    _expect(report.count(Result.APPLIED) == len(report.outcomes), "not everything was applied")


def _click(context: "Context") -> None:
    """What a colleague does in the Devices App on a Friday afternoon."""
    from syncer import emulator, workflow

    with emulator.Store(workflow.embedded_data(context)) as store:
        domain = store.instance
        phones = [c for c in store.configs(domain.id) if c.fields["type"] == "PHONE"]
        store.update_config(phones[0].id, {"gk1": "192.0.2.99", "dialTone": 2})


def _expect(met: bool, otherwise: str) -> None:
    if not met:
        raise SyncerError(f"the demo failed: {otherwise}; please report it")
