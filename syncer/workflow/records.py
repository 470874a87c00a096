"""Keeping the record of what was last applied."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from syncer.errors import Place, Problem, ProblemsError, SyncerError, visible
from syncer.files.records import read_record, write_record
from syncer.model.plan import Ending, Report, Result
from syncer.model.record import Record
from syncer.plan.record import Applied, recorded
from syncer.plan.steps import Step
from syncer.workflow.connecting import Connected
from syncer.workflow.context import Context, Repository
from syncer.workflow.planning import Prepared
from syncer.workflow.since import refuse_stranger


@dataclass(frozen=True, slots=True)
class Recording:
    """A record that an apply is to write: its file, and what is in it so far."""

    path: Path
    old: Record | None


def open_recording(path: Path | None, repository: Repository) -> Recording | None:
    """Before anything is written to a server: what is there must fit, and the file must have its folder."""
    if path is None:
        return None
    if not path.parent.is_dir():
        raise ProblemsError(
            [Problem(Place(str(path)), "the record has no folder to be in", "make it, or name another")]
        )
    if not os.path.lexists(path):  # `Path.exists` fails at odd names
        return Recording(path, None)
    old = read_record(path)
    refuse_stranger(path, old, repository)
    return Recording(path, old)


def keep_record(
    context: Context,
    repository: Repository,
    connected: Connected,
    recording: Recording | None,
    prepared: Prepared,
    report: Report,
) -> None:
    """Write down what was applied, or already equal; what was rolled back or is not known leaves the file alone."""
    if recording is None:
        return
    if report.ending not in (Ending.APPLIED, Ending.STOPPED):
        context.warn(f"the record {visible(recording.path)} was left as it is{_why(report)}")
        return
    applied = Applied(
        repository.server.name,
        repository.server.url,
        context.now().isoformat(timespec="seconds"),
        connected.password,
        context.random(16).hex(),
        prepared.plan.only,
        (*_undone(prepared.planned.steps, report), *prepared.left),
        {one.domain.id: one.name for one in prepared.live.domains},
    )
    try:
        write_record(recording.path, recorded(recording.old, prepared.desired, applied))
    except SyncerError as exc:
        if not report.outcomes:
            raise
        context.warn(f"{exc}; the server is as told, so `syncer apply --record` again writes it")


def _undone(steps: Sequence[Step], report: Report) -> list[Step]:
    results = [outcome.result for outcome in report.outcomes]
    return [step for step, result in zip(steps, results, strict=True) if result is not Result.APPLIED]


def _why(report: Report) -> str:
    if report.ending in (Ending.ROLLED_BACK, Ending.NOTHING_WRITTEN):
        return ", as the server was"
    return ": what the server is like now is not known; `syncer apply --record` again writes it"
