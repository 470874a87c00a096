"""Drift that is taken back while watching: when, when not, and how that ends."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from syncer import workflow
from syncer.emulator import When
from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.faults import Refuse
from syncer.emulator.service import Service
from syncer.errors import Interrupted, UsageProblem
from syncer.model.watch import About
from syncer.workflow.context import open_repository
from syncer.workflow.locking import locked
from tests.workflow.watched import DOCUMENT, PHONES, TIME, Count, Rig, Watched, _cheap, context_of, rigged, watching

__all__ = ["_cheap"]

EVIL = {"ntp1": "evil"}
UPDATE = When(operation="update_config")


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rigged(tmp_path) as rig:
        rig.prove()
        yield rig


def ntp1(rig: Rig) -> object:
    found = rig.store.config(rig.time)
    assert found is not None
    return found.fields["ntp1"]


def journals(rig: Rig) -> list[Path]:
    return sorted((rig.root / ".syncer" / "journal").glob("*.jsonl"))


async def test_drift_is_taken_back(rig: Rig) -> None:
    """And what that writes is no drift; nor is the connection that it is written on one that was lost."""
    async with watching(rig, apply=True) as watched:
        rig.store.update_config(rig.time, EVIL)
        await watched.remarked(About.APPLIED)
        await watched.seen()
    assert ntp1(rig) == "ptb"
    assert watched.remarks() == [f"put back: {TIME}"]
    assert [len(one.new) for one in watched.sightings] == [0, 1, 0]
    assert len(journals(rig)) == 1


async def test_drift_that_is_there_at_the_start(rig: Rig) -> None:
    rig.store.update_config(rig.time, EVIL)
    async with watching(rig, apply=True) as watched:
        await watched.seen()
    assert ntp1(rig) == "ptb"


async def test_only_what_is_chosen(rig: Rig) -> None:
    async with watching(rig, apply=True, only=("config[*/PHONE/*]",)) as watched:
        rig.store.update_config(rig.time, EVIL)
        rig.store.update_config(rig.phones, {"gk1": "10.0.0.1"})
        await watched.remarked(About.APPLIED)
        await watched.seen()
    assert ntp1(rig) == "evil"
    assert watched.remarks() == [f"put back: {PHONES}"]


async def test_not_without_being_told(rig: Rig) -> None:
    async with watching(rig) as watched:
        rig.store.update_config(rig.time, EVIL)
        await watched.seen(TIME)
        await asyncio.sleep(60)
    assert ntp1(rig) == "evil"


async def test_once_is_no_apply(rig: Rig) -> None:
    with pytest.raises(UsageProblem, match="--once only looks"):
        await workflow.watch(context_of(rig.root), workflow.Watching(once=True, apply=True), Watched())


async def test_what_a_guard_holds_back(rig: Rig) -> None:
    """It is told once, with what would let it through, and not tried again before something else drifts."""
    (rig.root / "wire" / "conventional.verified.json").unlink()
    count = Count(rig.running)
    async with watching(rig, apply=True) as watched:
        rig.store.update_config(rig.time, EVIL)
        await watched.remarked(About.HELD)
        logins = count.by_type["AppLogin"]
        await asyncio.sleep(100)
        assert count.by_type["AppLogin"] <= logins + 1  # the session that goes on
        rig.store.update_config(rig.phones, {"gk1": "10.0.0.1"})
        await watched.seen(TIME, PHONES)
        await asyncio.sleep(30)
        rig.prove()
        rig.store.update_config(rig.phones, {"gk1": "10.0.0.2"})
        await watched.remarked(About.APPLIED)
    held = watched.remarks(About.HELD)
    assert len(held) == 1
    assert held[0].startswith("drift is not taken back: held back, nothing was written:\n")
    assert "--unverified-wire" in held[0]
    assert held[0].endswith("; left so until something else drifts: `syncer apply` has these options")
    assert ntp1(rig) == "ptb"


async def test_somebody_who_keeps_changing_it(rig: Rig) -> None:
    """The pauses grow, and only for what is fought about."""
    async with watching(rig, apply=True) as watched:
        loop = asyncio.get_running_loop()
        times = []
        for number in range(1, 5):
            rig.store.update_config(rig.time, EVIL)
            await watched.remarked(About.APPLIED, number)
            times.append(loop.time())
        rig.store.update_config(rig.time, EVIL)
        rig.store.update_config(rig.phones, {"gk1": "10.0.0.1"})
        await watched.remarked(About.APPLIED, 5)
        assert loop.time() < times[-1] + 60
        await watched.seen(TIME)
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert [round(pause / 60) for pause in pauses] == [1, 2, 4]
    assert watched.remarks(About.APPLIED)[-1] == f"put back: {PHONES}"
    assert watched.remarks(About.FOUGHT) == [
        f"somebody else keeps changing {TIME}; put back again in {minutes} min at the soonest"
        for minutes in (1, 2, 4, 8)
    ]


async def test_two_watches_that_want_different_things(rig: Rig, tmp_path: Path) -> None:
    """Both give way, and both say why."""
    other = shutil.copytree(rig.root, tmp_path / "other")
    (other / "domains" / "example.com.yaml").write_text(DOCUMENT.replace("ptb", "theirs"), "utf-8")
    count = Count(rig.running)
    async with watching(rig, apply=True) as one, watching(rig, context_of(other), apply=True) as two:
        begun = asyncio.get_running_loop().time()
        for each in (one, two):
            await each.remarked(About.FOUGHT, 2)
        assert asyncio.get_running_loop().time() >= begun + 60
        assert 3 <= count.by_type["EditDeviceConfig"] <= 8


async def test_what_needs_something_that_is_fought_about(rig: Rig) -> None:
    """It waits with it: a config cannot name a category that is not there."""
    spare = "category[example.com/Spare]"
    with_spare = DOCUMENT.replace("  - name: HQ\n", "  - name: HQ\n  - name: Spare\n")
    rig.write(with_spare)
    async with watching(rig, apply=True) as watched:
        await watched.remarked(About.APPLIED)
        await watched.seen()
        rig.store.delete_category(_number_of(rig, "Spare"))
        await watched.remarked(About.FOUGHT)
        rig.write(with_spare.replace("[HQ]", "[HQ, Spare]"))
        await watched.seen(spare, PHONES)
        await watched.remarked(About.APPLIED, 2)
        await watched.seen()
    assert watched.remarks(About.APPLIED) == [f"put back: {spare}", f"put back: {spare}, {PHONES}"]
    assert watched.remarks(About.HELD) == []


def _number_of(rig: Rig, name: str) -> int:
    return next(one.id for one in rig.store.categories(1) if one.name == name)


async def test_what_fails_is_tried_again_later(rig: Rig) -> None:
    rig.running.emulator.faults.add(Refuse("not now"), UPDATE)
    count = Count(rig.running)
    async with watching(rig, apply=True) as watched:
        rig.store.update_config(rig.time, EVIL)
        await watched.remarked(About.HELD)
        await asyncio.sleep(400)
        assert len(watched.remarks(About.HELD)) == 1
        assert 2 <= count.by_type["EditDeviceConfig"] <= 4
        rig.running.emulator.faults.clear()
        await watched.remarked(About.APPLIED)
    why = f"{TIME}: refused: update_config was refused: not now: the server is as it was"
    assert watched.remarks(About.HELD) == [f"drift is not taken back: {why}; tried again later"]


async def test_another_apply_at_work(rig: Rig) -> None:
    context = context_of(rig.root)
    async with watching(rig, apply=True) as watched:
        with locked(context, open_repository(context), "apply"):
            rig.store.update_config(rig.time, EVIL)
            await watched.remarked(About.HELD)
        await watched.remarked(About.APPLIED)
    assert "another syncer apply is at work on production" in watched.remarks(About.HELD)[0]


async def test_not_by_broken_files_nor_on_another_server(rig: Rig) -> None:
    async with watching(rig, apply=True) as watched:
        rig.write(DOCUMENT.replace("desc", "dsc"))
        await watched.remarked(About.FILES)
        rig.store.update_config(rig.time, EVIL)
        await watched.seen(TIME)
        await asyncio.sleep(20)
        assert ntp1(rig) == "evil"
        rig.write(DOCUMENT)
        await watched.seen()


class Once:
    """Something that is done when a message comes, the first time."""

    def __init__(self, number: signal.Signals) -> None:
        self._number, self._is_done = number, False

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        if not self._is_done:
            self._is_done = True
            os.kill(os.getpid(), self._number)
        return handle(call)


async def test_the_end_of_a_service_that_is_writing(rig: Rig) -> None:
    """What is under way comes to its end, and nothing is left half done."""
    rig.running.emulator.faults.add(Once(signal.SIGTERM), UPDATE)
    watched = Watched()
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    rig.store.update_config(rig.time, EVIL)
    rig.store.update_config(rig.phones, {"gk1": "10.0.0.1"})
    assert await workflow.watch(context_of(rig.root), workflow.Watching(apply=True), watched)
    assert before == (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT))
    assert ntp1(rig) == "evil"
    assert watched.remarks() == ["interrupted while drift was taken back: the server is as it was"]


async def test_the_end_of_a_service_that_is_about_to_write(rig: Rig) -> None:
    rig.store.update_config(rig.time, EVIL)
    rig.running.emulator.faults.add(Once(signal.SIGTERM), When(mt="GetDeviceConfig", nth=3))
    assert await workflow.watch(context_of(rig.root), workflow.Watching(apply=True), Watched())
    assert ntp1(rig) == "evil"
    assert journals(rig) == []


async def test_a_person_who_ends_it_while_it_writes(rig: Rig) -> None:
    rig.store.update_config(rig.time, EVIL)
    rig.store.update_config(rig.phones, {"gk1": "10.0.0.1"})
    rig.running.emulator.faults.add(Once(signal.SIGINT), UPDATE)
    with pytest.raises(Interrupted, match="interrupted while drift was taken back: the server is as it was"):
        await workflow.watch(context_of(rig.root), workflow.Watching(apply=True), Watched())
    assert ntp1(rig) == "evil"


async def test_the_end_of_a_service_that_waits(rig: Rig) -> None:
    async with watching(rig) as watched:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait([watched.task])
        assert watched.task.result() is False
