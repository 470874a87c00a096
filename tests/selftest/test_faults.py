"""Every fault of the emulator: whatever happens, what the self-test says of the server afterwards is true."""

from pathlib import Path

import pytest

from syncer.emulator.faults import (
    Action,
    AfterNext,
    Binary,
    Close,
    Delay,
    Double,
    Drop,
    Endless,
    Garbage,
    Ignore,
    Misdirect,
    Moment,
    NoEffect,
    OtherEffect,
    Postpone,
    Refuse,
    Stall,
    When,
)
from syncer.model.selftest import SelfTest
from syncer.workflow.verifying import Trial
from tests.selftest.rig import SHORT, WrongId, open_rig

STRIDE = 97  # of about 350 messages
DEADLINE = 2.0  # seconds, where only one answer is waited for in vain
FAULTS: dict[str, Action] = {
    "lie": NoEffect(),
    "silence": Ignore(),
    "lost reply": Drop(),
    "wrong src": Misdirect(),
    "wrong id": WrongId(),
    "categories lost": OtherEffect("categories", []),
    "other desc": OtherEffect("desc", "x"),
    "other name": OtherEffect("name", "x"),
    "doubled": Double(),
    "refused": Refuse(),
    "refused and done": Refuse(handled=True),
    "garbage": Garbage(),
    "binary": Binary(),
    "endless": Endless(),
    "lost before": Close(),
    "lost after": Close(Moment.HANDLED, abrupt=True),
    "lost after the reply": Close(Moment.REPLIED, abrupt=True),
    "stalled": Stall(),
    "stalled after": Stall(Moment.HANDLED),
    "late": Postpone(0.05),
    "delayed": Delay(0.05),
    "out of order": AfterNext(),
}
# Of each write the first, which is the most dangerous one; and the second.
WRITES = ["create_category", "create_config", "update_config", "update_category", "delete_category", "delete_config"]
OF_WRITES = ["lie", "silence", "lost reply", "wrong id", "categories lost", "refused and done", "lost before"]


@pytest.mark.parametrize("name", FAULTS)
async def test_any_message(name: str, tmp_path: Path) -> None:
    number = list(FAULTS).index(name)
    stride = 2 * STRIDE if name == "endless" else STRIDE
    for nth in range(3 + (number * 13) % stride, 350, stride):
        async with open_rig(tmp_path / str(nth)) as rig:
            rig.timeout = SHORT / 4 if name == "endless" else SHORT  # without end it takes 20 times that
            rig.faults.add(FAULTS[name], When(nth=nth))
            await rig.told(Trial(domains=True))


@pytest.mark.parametrize("name", OF_WRITES)
@pytest.mark.parametrize("operation", WRITES)
async def test_first_writes(operation: str, name: str, tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.timeout = SHORT
        rig.fault(FAULTS[name], operation, 1)
        await rig.told()


async def test_a_lost_connection_is_made_anew_and_what_landed_counts(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.fault(Close(Moment.HANDLED), "create_category", 1)
        test = await rig.told()
        assert isinstance(test, SelfTest)
        assert test.exit_code == 0
        note = next(step.note for step in test.steps if step.operation == "create_category")
        assert note.endswith("; found by reading")


async def test_a_server_that_stays_away_leaves_what_is_named(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.reconnect_for = 0.2
        rig.fault(Close(Moment.HANDLED), "create_config", 1)
        rig.on_passed = lambda step: (
            rig.faults.add(Close(), When(mt="AppLogin")) if step.operation == "create_category" else None
        )
        test = await rig.told()
        assert isinstance(test, SelfTest)
        assert test.exit_code == 6
        assert {str(one.address.kind) for one in test.leftovers} == {"category", "config"}
        assert "whether it is still there could not be read: " in test.leftovers[0].why


async def test_what_was_never_seen_may_still_come(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.timeout = DEADLINE
        rig.fault(Ignore(), "create_config", 1)
        test = await rig.told()
        assert isinstance(test, SelfTest)
        assert test.exit_code == 5
        assert test.may_come == f"config[example.com/EXPERT/{test.intent.tag} empty 1]"


async def test_what_was_seen_does_not_come_again(tmp_path: Path) -> None:
    async with open_rig(tmp_path) as rig:
        rig.timeout = DEADLINE
        rig.fault(Ignore(), "update_config", 1)
        test = await rig.told()
        assert isinstance(test, SelfTest)
        assert (test.exit_code, test.may_come) == (5, "")
