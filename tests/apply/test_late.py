"""Writes that arrive late: after their deadline, or after the answer to what was asked next."""

from collections.abc import Callable

import pytest

from syncer.apply.transaction import OnError
from syncer.emulator.faults import Action, Ignore, Postpone, Refuse
from syncer.model.plan import Ending, Result
from syncer.model.state import Desired
from tests.apply.bench import Bench, Meanwhile, all_applied, config, desired, domain, open_bench, reasons, results

LATE = 0.45  # seconds; the deadline of `hasty` is 0.3


def wanted(action: str) -> Desired:
    """One change of a config."""
    return desired(domain(categories=None, configs=[config("NTP", "n", {"ntp1": "new"}, absent=action == "delete")]))


def fill(bench: Bench, action: str) -> None:
    if action != "create":
        bench.store.add_config(1, {"type": "NTP", "desc": "n", "ntp1": "old"})


@pytest.mark.parametrize("action", ["create", "update", "delete"])
async def test_it_is_waited_for(hasty: Bench, action: str) -> None:
    fill(hasty, action)
    hasty.pauses = (0.05, 0.1, 0.2)
    hasty.fault(Postpone(LATE), f"{action}_config")
    report = await hasty.apply(wanted(action), on_error=OnError.ROLLBACK)
    assert all_applied(report)
    assert next(iter(reasons(report).values())).startswith("no answer to ")
    assert (hasty.stored("NTP", "n") is None) is (action == "delete")
    assert len(hasty.faults.writes()) == 1


async def test_one_that_awaits_no_answer_is_waited_for() -> None:
    async with open_bench("changed") as bench:
        fill(bench, "update")
        bench.pauses = (0.05, 0.3)
        bench.fault(Postpone(0.2), "update_config")
        assert all_applied(await bench.apply(wanted("update"), on_error=OnError.ROLLBACK))
        assert bench.fields("NTP", "n")["ntp1"] == "new"


@pytest.mark.parametrize("action", [None, Refuse()])
async def test_what_is_done_or_refused_is_not_waited_for(hasty: Bench, action: Action | None) -> None:
    hasty.pauses = (100.0,)
    fill(hasty, "update")
    if action:
        hasty.fault(action, "update_config")
    assert all_applied(await hasty.apply(wanted("update"))) is (action is None)


def _make(bench: Bench) -> None:
    bench.store.add_config(1, {"type": "NTP", "desc": "n", "ntp1": "new"})


def _change(bench: Bench) -> None:
    bench.store.update_config(1, {"ntp1": "new"})


def _delete(bench: Bench) -> None:
    bench.store.delete_config(1)


@pytest.mark.parametrize("action, land", [("create", _make), ("update", _change), ("delete", _delete)])
async def test_one_that_arrives_before_the_rollback_is_taken_back(
    hasty: Bench, action: str, land: Callable[[Bench], None]
) -> None:
    fill(hasty, action)
    before = hasty.stored("NTP", "n")
    hasty.fault(Ignore(), f"{action}_config", nth=1)
    planned, live = await hasty.plan(wanted(action))
    transaction = hasty.transaction(planned, live, wanted(action).policy, on_error=OnError.ROLLBACK)
    hasty.fault(Meanwhile(lambda: land(hasty)), mt="GetUserInfo", nth=1)
    report = await transaction.run()
    assert report.ending is Ending.ROLLED_BACK, reasons(report)
    assert set(results(report).values()) == {Result.ROLLED_BACK}
    after = hasty.stored("NTP", "n")
    assert (after and after.fields) == (before and before.fields)
