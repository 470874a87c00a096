"""Guards at the command line: a person says the exact number each time, and nothing in the environment says it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from syncer.emulator import Emulator, Running, Store, When
from syncer.emulator.faults import Refuse
from tests.cli.running import PASSWORD, repository, syncer

DOCUMENT = """\
domain: example.com
categories:
  - name: HQ
  - name: Lab
configs:
  - {type: PHONE, desc: phones, categories: [HQ], gk1: 172.16.0.1}
  - {type: NTP, desc: time, categories: [HQ], ntp1: ptb}
"""
LIMITED = "policy: {limits: {updates: 1}}\n"
EVERY = {
    "SYNCER_YES": "1",
    "SYNCER_CONFIRM_DELETES": "2",
    "SYNCER_CONFIRM_UPDATES": "2",
    "SYNCER_CONFIRM_UNREACHED": "2",
    "SYNCER_UNVERIFIED_WIRE": "1",
}


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    with Store(":memory:", password=PASSWORD) as store:
        hq = store.add_category(1, "HQ")
        store.add_category(1, "Lab")
        store.add_device(1, {"hwId": "a", "type": "PHONE"}, [hq])
        store.add_config(1, {"type": "PHONE", "desc": "phones", "gk1": "172.16.0.1"}, [hq])
        store.add_config(1, {"type": "NTP", "desc": "time", "ntp1": "ptb"}, [hq])
        async with Emulator(store).start() as service:
            yield service


CASES = {
    "deletes": ("{type: ", "{state: absent, type: ", "2 deletes take every config of example.com"),
    "updates": ("[HQ]", "[HQ, Lab]", "2 updates are more than the limit of 1"),
    "unreached": ("[HQ]", "[Lab]", "2 configs would reach no device any more, now 1 device"),
}


@pytest.mark.parametrize("guard", CASES)
async def test_only_the_exact_number_and_only_when_it_is_said(tmp_path: Path, running: Running, guard: str) -> None:
    old, new, why = CASES[guard]
    policy = LIMITED if guard == "updates" else ""
    repo = repository(tmp_path / "repo", running.url, DOCUMENT.replace(old, new), policy=policy)
    planned = await syncer("plan", cwd=repo)
    assert (planned.code, why in planned.out) == (0, True), planned.out
    option = f"--confirm-{guard}"
    before = running.emulator.store.configs(1)
    for said in ([], [option, "1"], [option, "3"]):
        done = await syncer("apply", "--yes", "--unverified-wire", *said, cwd=repo, environ=EVERY)
        assert (done.code, why in done.err, f"{option} 2" in done.err) == (4, True, True), done.err
    assert running.emulator.store.configs(1) == before
    for left_out in ("--unverified-wire", "--yes"):
        agreed = [word for word in ("--yes", "--unverified-wire") if word != left_out]
        done = await syncer("apply", *agreed, option, "2", cwd=repo, environ=EVERY)
        assert done.code == (4 if left_out == "--unverified-wire" else 1), done.err
    assert running.emulator.store.configs(1) == before
    done = await syncer("apply", "--yes", "--unverified-wire", option, "2", cwd=repo)
    assert done.code == 0, done.err
    assert running.emulator.store.configs(1) != before


async def test_a_saved_plan_is_checked_again(tmp_path: Path, running: Running) -> None:
    """The lab had a phone when the plan was made and reviewed; it has none when the plan is applied."""
    store = running.emulator.store
    phone = store.add_device(1, {"hwId": "lab", "type": "PHONE"}, [2])
    repo = repository(tmp_path / "repo", running.url, DOCUMENT.replace("[HQ]", "[Lab]"))
    planned = await syncer("plan", "--out", "plan.json", cwd=repo)
    assert "no device any more" not in planned.out
    store.delete_device(phone)
    done = await syncer("apply", "plan.json", "--yes", "--unverified-wire", cwd=repo, environ=EVERY)
    assert (done.code, "--confirm-unreached 2" in done.err) == (4, True), done.err
    store.add_device(1, {"hwId": "lab", "type": "PHONE"}, [2])
    done = await syncer("apply", "plan.json", "--yes", "--unverified-wire", "--confirm-unreached", "9", cwd=repo)
    assert done.code == 0, done.err  # a number that nothing asks for does no harm


async def test_devices_that_may_not_be_counted_are_an_error(tmp_path: Path, running: Running) -> None:
    """A check that was asked for and cannot be made: nothing is planned as if it had been."""
    running.emulator.faults.add(Refuse("no right"), When(mt="GetDevices"))
    repo = repository(tmp_path / "repo", running.url, DOCUMENT.replace("[HQ]", "[Lab]"))
    for command in (["plan"], ["apply", "--yes", "--unverified-wire", "--confirm-unreached", "2"]):
        done = await syncer(*command, cwd=repo)
        assert (done.code, done.out) == (1, "")
        assert "GetDevices was refused: no right" in done.err
    same = repository(tmp_path / "same", running.url, DOCUMENT.replace("172.16.0.1", "172.16.0.2"))
    assert (await syncer("plan", cwd=same)).code == 0
