"""Devices that a plan reaches, as a person asks for them or not."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from syncer.emulator import Emulator, Running, Store, When
from syncer.emulator.faults import Refuse
from tests.cli.running import PASSWORD, repository, syncer

DOCUMENT = """\
domain: example.com
configs:
  - {type: PHONE, desc: phones, categories: [HQ], gk1: new}
  - {type: MEDIA, desc: media, categories: [], stunServer: new}
"""


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    with Store(":memory:", password=PASSWORD) as store:
        hq = store.add_category(1, "HQ")
        for hw_id, kind in (("a", "PHONE"), ("b", "PHONE"), ("c", "GW")):
            store.add_device(1, {"hwId": hw_id, "type": kind, "online": hw_id != "b"}, [hq])
        store.add_config(1, {"type": "PHONE", "desc": "phones", "gk1": "old"}, [hq])
        async with Emulator(store).start() as service:
            yield service


def reaches(printed: str) -> list[Any]:
    return [change["reach"] for change in json.loads(printed)["changes"]]


def side(devices: int | None, online: int | None, *, everyone: bool = False) -> dict[str, Any]:
    return {"devices": devices, "online": online, "everyone": everyone}


async def test_plan(tmp_path: Path, running: Running) -> None:
    repo = repository(tmp_path / "repo", running.url, DOCUMENT)
    planned = await syncer("plan", "--format", "json", cwd=repo)
    assert reaches(planned.out) == [
        {"before": side(2, 1), "after": side(2, 1)},
        {"before": side(0, 0), "after": side(3, 2, everyone=True)},
    ]
    unasked = await syncer("plan", "--no-reach", "--format", "json", cwd=repo)
    assert reaches(unasked.out) == [
        {"before": side(None, None), "after": side(None, None)},
        {"before": side(None, None), "after": side(None, None, everyone=True)},
    ]


async def test_apply_without_asking(tmp_path: Path, running: Running) -> None:
    """What nobody asks, nobody can refuse."""
    running.emulator.faults.add(Refuse("no right"), When(mt="GetDevices"))
    repo = repository(tmp_path / "repo", running.url, DOCUMENT)
    note = "not every device could be counted: GetDevices was refused: no right"
    assert note in (await syncer("plan", cwd=repo)).out
    done = await syncer("apply", "--yes", "--unverified-wire", "--no-reach", cwd=repo)
    assert (done.code, "GetDevices" in done.out + done.err) == (0, False), done.err
