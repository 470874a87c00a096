"""Devices of a plan, asked of a service: what is asked, how often, and what becomes of it when it is not told."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syncer import workflow
from syncer.devices.interface import Tick
from syncer.emulator import Emulator, Running, Store, When
from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.faults import Action, Garbage, Ignore, Refuse
from syncer.emulator.service import Service
from syncer.errors import Declined, RequestRefused
from syncer.model.plan import Coverage, Plan, Reach
from tests.cli.running import PASSWORD, repository

DOCUMENT = """\
domain: example.com
categories:
  - name: HQ
  - name: Lab
  - name: Spare
    config: false
  - name: Upstairs, left
  - name: New
configs:
  - {type: PHONE, desc: phones, categories: [HQ], gk1: new}
  - {type: PHONE, desc: twin, categories: [HQ], gk1: new}
  - {type: FXS_PHONE, desc: analog, categories: [HQ, Lab], gk1: new}
  - {type: MEDIA, desc: media, categories: [], stunServer: new}
  - {type: NTP, desc: upstairs, categories: ["Upstairs, left"], ntp1: new}
  - {type: NTP, desc: same, categories: [Spare], ntp1: ptb}
"""
CALM = DOCUMENT.replace("    config: false\n", "")  # no guard depends on any device
ONLINE: dict[str, Any] = {"online": True}
NOBODY = Coverage(0, 0)
PATIENCE = 2.0  # seconds; where a service says nothing


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    with Store(":memory:", password=PASSWORD) as store:
        hq, lab, spare, left = (store.add_category(1, name) for name in ("HQ", "Lab", "Spare", "Upstairs, left"))
        for hw_id, fields, categories in (
            ("phone-1", {"type": "PHONE"} | ONLINE, [hq]),
            ("phone-2", {"type": "PHONE"}, [hq, lab]),
            ("gateway", {"type": "GW", "fxs": True} | ONLINE, [lab]),
            ("spare", {"type": "PHONE"}, [spare, left]),
            ("other", {"type": "VA"}, []),
        ):
            store.add_device(1, {"hwId": hw_id} | fields, categories)
        store.add_config(1, {"type": "PHONE", "desc": "phones", "gk1": "old"}, [hq])
        store.add_config(1, {"type": "FXS_PHONE", "desc": "analog", "gk1": "old"}, [hq, lab])
        store.add_config(1, {"type": "MEDIA", "desc": "media", "stunServer": "old"}, [lab])
        store.add_config(1, {"type": "NTP", "desc": "upstairs", "ntp1": "old"}, [left])
        store.add_config(1, {"type": "NTP", "desc": "same", "ntp1": "ptb"}, [spare])
        async with Emulator(store).start() as service:
            yield service


class Recorder:
    """What comes in of a message type, as it came; handled as ever."""

    def __init__(self, running: Running) -> None:
        self.asked: list[dict[str, Any]] = []
        for mt in ("GetDevices", "GetFilteredDevices"):
            running.emulator.faults.add(self, When(mt=mt))

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        self.asked.append({name: value for name, value in call.message.items() if name != "src"})
        return handle(call)


class Phases:
    """Progress that is remembered: what was announced, and how much of it came."""

    def __init__(self) -> None:
        self.told: dict[str, list[int | None]] = {}

    def phase(self, name: str, total: int | None) -> Tick:
        """Start counting."""
        counts = self.told[name] = [total, 0]

        def tick(count: int) -> None:
            counts[1] = (counts[1] or 0) + count

        return tick

    def say(self, line: str) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def context(root: Path, progress: workflow.Progress | None = None, timeout: float = 30.0) -> workflow.Context:
    return workflow.Context(
        start=root,
        upwards=False,
        server=None,
        environ={"SYNCER_PASSWORD": PASSWORD},
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        random=bytes,
        clock=lambda: 0.0,
        progress=progress or Phases(),
        warn=lambda _: None,
        timeout=timeout,
    )


@pytest.fixture
def repo(tmp_path: Path, running: Running) -> Path:
    return repository(tmp_path / "repo", running.url, DOCUMENT, more="    insecure: true\n")


def rewritten(repo: Path, document: str) -> Path:
    (repo / "domains" / "example.com.yaml").write_text(document, encoding="utf-8")
    return repo


def reaches(plan: Plan) -> dict[str, Reach | None]:
    """By the last part of the address."""
    return {str(change.address).partition("example.com/")[2].rstrip("]"): change.reach for change in plan.changes}


async def test_every_change_tells_its_devices(repo: Path, running: Running) -> None:
    plan = await workflow.plan(context(repo))
    assert reaches(plan) == {
        "New": Reach(NOBODY, NOBODY),
        "Spare": Reach(Coverage(1, 0), NOBODY),
        "PHONE/phones": Reach(Coverage(2, 1), Coverage(2, 1)),
        "PHONE/twin": Reach(NOBODY, Coverage(2, 1)),
        "FXS_PHONE/analog": Reach(Coverage(1, 1), Coverage(1, 1)),
        "MEDIA/media": Reach(Coverage(2, 1), Coverage(5, 2, everyone=True)),
        "NTP/upstairs": Reach(Coverage(), Coverage()),
    }
    why = "the API cannot filter by a name with a comma"
    assert plan.notes == (f"the devices of category[example.com/Upstairs, left] cannot be counted: {why}",)
    # the config that stays as it is loses its device with its category
    (guard,) = (guard for guard in plan.guards if guard.name == "unreached")
    assert guard.message == "1 config would reach no device any more, now 1 device"


async def test_each_question_is_asked_once(repo: Path, running: Running) -> None:
    recorder, progress = Recorder(running), Phases()
    await workflow.plan(context(repo, progress))
    asked = [json.dumps(one, separators=(",", ":")) for one in recorder.asked]
    assert sorted(asked) == [
        '{"mt":"GetDevices","domainIds":"1","categories":"HQ"}',
        '{"mt":"GetDevices","domainIds":"1","categories":"Lab"}',
        '{"mt":"GetDevices","domainIds":"1","categories":"Spare"}',  # for the guard, too
        '{"mt":"GetDevices","domainIds":"1"}',
        '{"mt":"GetFilteredDevices","domainId":1,"justFxs":true}',
    ]
    assert progress.told["asking for devices"] == [5, 5]


async def test_without_reach_only_guards_ask(repo: Path, running: Running) -> None:
    recorder = Recorder(running)
    plan = await workflow.plan(context(repo), workflow.PlanOptions(reach=False))
    assert recorder.asked == [{"mt": "GetDevices", "domainIds": "1", "categories": "Spare"}]
    assert [guard.name for guard in plan.guards if guard.name == "unreached"] == ["unreached"]
    assert reaches(plan)["MEDIA/media"] == Reach(Coverage(), Coverage(everyone=True))
    assert reaches(plan)["Spare"] is None
    assert plan.notes == ()


async def test_without_reach_and_guards_nobody_asks(repo: Path, running: Running) -> None:
    recorder, progress = Recorder(running), Phases()
    await workflow.plan(context(rewritten(repo, CALM), progress), workflow.PlanOptions(reach=False))
    assert recorder.asked == []
    assert "asking for devices" not in progress.told


async def test_no_changes_ask_nothing(repo: Path, running: Running) -> None:
    recorder = Recorder(running)
    await workflow.plan(context(rewritten(repo, "domain: example.com\n")))
    assert recorder.asked == []


async def test_a_guard_asks_who_has_fxs_interfaces(repo: Path, running: Running) -> None:
    """From the lab, where the gateway is, to two phones."""
    recorder = Recorder(running)
    document = "domain: example.com\nconfigs: [{type: FXS_PHONE, desc: analog, categories: [HQ], gk1: old}]\n"
    plan = await workflow.plan(context(rewritten(repo, document)), workflow.PlanOptions(reach=False))
    assert {"mt": "GetFilteredDevices", "domainId": 1, "justFxs": True} in recorder.asked
    (guard,) = (guard for guard in plan.guards if guard.name == "unreached")
    assert guard.message == "1 config would reach no device with FXS interfaces any more, now 1 device"


@pytest.mark.parametrize(
    "fault, why",
    [
        (Refuse("no right"), "GetDevices was refused: no right"),
        (Garbage(), ""),
        (Ignore(), "no answer to GetDevices within 2 s"),
    ],
    ids=["refused", "garbage", "silence"],
)
async def test_what_is_not_told_is_not_counted(repo: Path, running: Running, fault: Action, why: str) -> None:
    running.emulator.faults.add(fault, When(mt="GetDevices"))
    plan = await workflow.plan(context(rewritten(repo, CALM), timeout=PATIENCE))
    assert reaches(plan)["PHONE/phones"] == Reach(Coverage(), Coverage())
    assert reaches(plan)["MEDIA/media"] == Reach(Coverage(), Coverage(everyone=True))
    assert reaches(plan)["New"] == Reach(NOBODY, NOBODY)
    assert plan.notes[0].startswith(f"not every device could be counted: {why}")


async def test_an_old_service_does_not_know_who_has_fxs_interfaces(repo: Path, running: Running) -> None:
    running.emulator.faults.add(Ignore(), When(mt="GetFilteredDevices"))
    plan = await workflow.plan(context(rewritten(repo, CALM), timeout=PATIENCE))
    assert reaches(plan)["FXS_PHONE/analog"] == Reach(Coverage(), Coverage())
    assert reaches(plan)["PHONE/phones"] == Reach(Coverage(2, 1), Coverage(2, 1))
    assert plan.notes[0].startswith("not every device could be counted: ")


async def test_what_a_guard_needs_must_be_told(repo: Path, running: Running) -> None:
    running.emulator.faults.add(Refuse("no right"), When(mt="GetDevices"))
    for reach in (True, False):
        with pytest.raises(RequestRefused, match="GetDevices was refused: no right"):
            await workflow.plan(context(repo), workflow.PlanOptions(reach=reach))


async def declined(repo: Path, saved: Plan | None, **wishes: Any) -> Plan:
    """The plan that an apply shows before it asks."""
    shown: list[Plan] = []

    def agree(plan: Plan) -> bool:
        shown.append(plan)
        return False

    said = workflow.Wishes(workflow.Confirmed(unverified_wire=True), **wishes)
    with pytest.raises(Declined):
        await workflow.apply(context(repo), saved, said, agree, lambda _: None)
    return shown[0]


async def test_a_saved_plan_outlives_devices_that_come_and_go(repo: Path, running: Running) -> None:
    saved = await workflow.plan(context(rewritten(repo, CALM)))
    running.emulator.store.add_device(1, {"hwId": "newcomer", "type": "PHONE"}, [1])
    shown = await declined(repo, saved)
    assert reaches(saved)["PHONE/phones"] == Reach(Coverage(2, 1), Coverage(2, 1))
    assert reaches(shown)["PHONE/phones"] == Reach(Coverage(3, 1), Coverage(3, 1))


async def test_an_apply_without_reach(repo: Path, running: Running) -> None:
    recorder = Recorder(running)
    shown = await declined(rewritten(repo, CALM), None, reach=False)
    assert recorder.asked == []
    assert reaches(shown)["PHONE/phones"] == Reach(Coverage(), Coverage())
