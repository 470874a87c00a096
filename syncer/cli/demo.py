"""`syncer demo`: the whole cycle on the embedded service, with the examples, in a temporary folder."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from syncer.cli.options import make_context, option
from syncer.cli.output import show_plan, show_report
from syncer.errors import SyncerError
from syncer.model.plan import Plan, Result


@click.command()
@option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Do it in this new folder, and leave it.")
def demo(keep: Path | None) -> None:
    """Try it all: plan, apply, drift and repair, on a service that is built in."""
    with _folder(keep) as folder:
        _tell(f"A configuration repository and a service with 200 devices, in {folder}")
        _set_up(folder)
        _tell("syncer plan: what the files say, against what is live")
        _plan(folder)
        _tell("syncer apply --yes: every write read back")
        _apply(folder)
        _tell("syncer plan: nothing left to do")
        _expect(not _plan(folder).changes, "the plan after an apply is not empty")
        _tell("Somebody changes a phone configuration by hand. syncer plan finds it")
        _drift(folder)
        _expect(len(_plan(folder).changes) == 1, "the drift was not found")
        _tell("syncer apply --yes: repaired")
        _apply(folder)
        _expect(not _plan(folder).changes, "the drift was not repaired")
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


def _set_up(folder: Path) -> None:
    """The examples, and the embedded service with the state that its installation has today."""
    from syncer import emulator, workflow

    workflow.copy_examples(folder)
    with emulator.Store(workflow.embedded_data(make_context(folder))) as store:
        store.load(folder / "installation")
    shutil.rmtree(folder / "installation")


def _plan(folder: Path) -> Plan:
    from syncer import workflow

    plan = asyncio.run(workflow.plan(make_context(folder)))
    show_plan(plan, "text")
    return plan


def _apply(folder: Path) -> None:
    from syncer import workflow

    wishes = workflow.Wishes()
    report = asyncio.run(workflow.apply(make_context(folder), None, wishes, lambda _: True, lambda _: None))
    show_report(report, "text")
    _expect(report.count(Result.APPLIED) == len(report.outcomes), "not everything was applied")


def _drift(folder: Path) -> None:
    """What a colleague does in the Devices App on a Friday afternoon."""
    from syncer import emulator, workflow

    with emulator.Store(workflow.embedded_data(make_context(folder))) as store:
        domain = store.instance
        phones = [c for c in store.configs(domain.id) if c.fields["type"] == "PHONE"]
        store.update_config(phones[0].id, {"gk1": "192.0.2.99", "dialTone": 2})


def _expect(met: bool, otherwise: str) -> None:
    if not met:
        raise SyncerError(f"the demo failed: {otherwise}; please report it")
