"""Likely renames of a plan: what is read for them, and that nothing comes of it where it cannot be read."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncer import workflow
from syncer.emulator import Emulator, Running, Store, When
from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.faults import Garbage, Ignore, Refuse
from syncer.emulator.service import Service
from syncer.model.plan import Plan, Result
from tests.cli.running import PASSWORD, repository
from tests.reliability.harness import Silence

DOCUMENT = """\
domain: example.com
configs:
  - {type: NTP, desc: time, categories: [], ntp1: ptb}
  - {type: NTP, desc: known, categories: [], ntp1: same}
"""
RENAMED = [("config[example.com/NTP/time]", "config[example.com/NTP/clock]", "domains/example.com.yaml:3:5")]


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    with Store(":memory:", password=PASSWORD) as store:
        store.add_config(1, {"type": "NTP", "desc": "known", "ntp1": "same"})
        store.add_config(1, {"type": "NTP", "desc": "clock", "ntp1": "ptb"})
        store.add_config(1, {"type": "PHONE", "desc": "phones", "gk1": "ptb"})
        async with Emulator(store).start() as service:
            yield service


class Seen:
    """Which configs are read."""

    def __init__(self, running: Running) -> None:
        self.ids: list[object] = []
        running.emulator.faults.add(self._note, When(mt="GetDeviceConfig"))

    def _note(self, call: Call, handle: Handler, _: Service) -> Answer:
        self.ids.append(call.message["id"])
        return handle(call)


async def plan(tmp_path: Path, running: Running, document: str = DOCUMENT, *only: str, patience: float = 30.0) -> Plan:
    repo = repository(tmp_path / "repo", running.url, document)
    return await workflow.plan(context_in(repo, patience), workflow.PlanOptions(only, reach=False))


def context_in(repo: Path, patience: float = 30.0) -> workflow.Context:
    return workflow.Context(
        start=repo,
        upwards=False,
        server=None,
        environ={"SYNCER_PASSWORD": PASSWORD},
        now=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        random=bytes,
        clock=asyncio.get_running_loop().time,
        progress=Silence(),
        warn=lambda _: None,
        timeout=patience,
    )


def told(plan: Plan) -> list[tuple[str, str, str | None]]:
    return [(str(one.address), str(one.former), one.source) for one in plan.renames]


async def test_what_is_unmanaged_is_read_where_it_may_be_the_same(tmp_path: Path, running: Running) -> None:
    seen = Seen(running)
    assert told(await plan(tmp_path, running)) == RENAMED
    assert seen.ids == [1, 2]  # not the one of another type


@pytest.mark.parametrize("only", ["config[*/known]", "domain[*"])
async def test_nothing_is_read_for_what_was_not_chosen(tmp_path: Path, running: Running, only: str) -> None:
    seen = Seen(running)
    assert told(await plan(tmp_path, running, DOCUMENT, only)) == []
    assert seen.ids == [1]


async def test_nothing_is_read_where_nothing_is_created(tmp_path: Path, running: Running) -> None:
    seen = Seen(running)
    assert told(await plan(tmp_path, running, DOCUMENT.replace("time,", "clock,"))) == []
    assert seen.ids == [1, 2]  # both are in the files


async def test_one_that_is_gone_meanwhile(tmp_path: Path, running: Running) -> None:
    running.emulator.faults.add(Refuse("gone"), When(mt="GetDeviceConfig", nth=2))
    made = await plan(tmp_path, running)
    assert (told(made), made.summary.create) == ([], 1)


async def test_a_saved_plan_has_its_own(tmp_path: Path, running: Running) -> None:
    saved = await plan(tmp_path, running)
    seen, shown = Seen(running), list[Plan]()

    def agree(plan: Plan) -> bool:
        shown.append(plan)
        return True

    report = await workflow.apply(
        context_in(tmp_path / "repo"),
        saved,
        workflow.Wishes(workflow.Confirmed(unverified_wire=True)),
        agree,
        lambda _: None,
    )
    assert report.count(Result.APPLIED) == 1
    assert [told(one) for one in shown] == [RENAMED]
    assert 2 not in seen.ids  # what was likely renamed is not read again


@pytest.mark.parametrize("fault", [Ignore(), Garbage()], ids=["silence", "nonsense"])
async def test_what_cannot_be_read_is_in_no_plans_way(
    tmp_path: Path, running: Running, fault: Ignore | Garbage
) -> None:
    running.emulator.faults.add(fault, When(mt="GetDeviceConfig", nth=2))
    made = await plan(tmp_path, running, patience=2.0 if isinstance(fault, Ignore) else 30.0)
    assert (told(made), made.summary.create, made.summary.unmanaged) == ([], 1, 2)
