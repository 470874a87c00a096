"""A person, or a failure of our own, ends an apply: what is under way finishes, nothing more leaves."""

import asyncio

import pytest

from syncer.apply.transaction import Transaction
from syncer.emulator.faults import Delay, Refuse
from syncer.model.plan import Outcome, Result
from syncer.model.state import Desired
from tests.apply.bench import Bench, Meanwhile, config, desired, domain, results

NAMES = [f"{i:02}" for i in range(20)]


def many() -> Desired:
    """Configs to create."""
    return desired(domain(configs=[config("NTP", name) for name in NAMES]))


async def started(bench: Bench, wanted: Desired) -> Transaction:
    """An apply that was planned."""
    planned, live = await bench.plan(wanted)
    return bench.transaction(planned, live, wanted.policy)


def there(bench: Bench) -> list[bool]:
    """Which configs the store holds."""
    return [bench.stored("NTP", name) is not None for name in NAMES]


async def test_before_it_begins(bench: Bench) -> None:
    transaction = await started(bench, many())
    transaction.stop()
    report = await transaction.run()
    assert report.interrupted
    assert report.count(Result.NOT_TRIED) == len(NAMES)
    assert bench.faults.seen == []
    assert bench.outcomes == []


async def test_what_is_under_way_finishes(bench: Bench) -> None:
    transaction = await started(bench, many())
    bench.fault(Delay(0.05), "create_config")
    bench.fault(Meanwhile(transaction.stop), "create_config", nth=6)
    report = await transaction.run()
    assert report.interrupted
    sent = {write.message["config"]["desc"] for write in bench.faults.writes()}
    assert 6 <= len(sent) <= 6 + 7
    assert there(bench) == [name in sent for name in NAMES]
    assert [outcome.result is Result.APPLIED for outcome in report.outcomes] == [name in sent for name in NAMES]
    assert report.count(Result.NOT_TRIED) == len(NAMES) - len(sent)
    assert len(bench.outcomes) == len(sent)


async def test_at_the_first_write_of_a_level(bench: Bench) -> None:
    wanted = desired(domain(fields={"deployAdminPasswords": True}, configs=[config("NTP", name) for name in NAMES]))
    transaction = await started(bench, wanted)
    bench.fault(Meanwhile(transaction.stop), "update_domain")
    report = await transaction.run()
    assert list(results(report).values()) == ["applied"] + ["not tried"] * len(NAMES)
    assert not any(there(bench))


async def test_a_failure_is_no_interruption(bench: Bench) -> None:
    transaction = await started(bench, many())
    bench.fault(Refuse(), "create_config", nth=3)
    report = await transaction.run()
    assert not report.interrupted
    assert report.count(Result.REFUSED) == 1
    assert there(bench) == [outcome.result is Result.APPLIED for outcome in report.outcomes]


async def test_a_failure_while_others_are_under_way(bench: Bench) -> None:
    transaction = await started(bench, many())
    bench.fault(Delay(0.05), "create_config")
    bench.fault(Refuse(), "create_config", nth=2)
    report = await transaction.run()
    assert there(bench) == [outcome.result is Result.APPLIED for outcome in report.outcomes]
    assert len(bench.faults.writes()) == 1 + report.count(Result.APPLIED) < len(NAMES)


async def test_who_is_told_may_fail(bench: Bench) -> None:
    """A closed pipe, say: nothing more leaves, and nothing goes on behind our back."""
    told: list[Outcome] = []

    def tell(outcome: Outcome) -> None:
        told.append(outcome)
        if len(told) == 3:
            raise BrokenPipeError

    planned, live = await bench.plan(many())
    bench.fault(Delay(0.02), "create_config")
    transaction = bench.transaction(planned, live, many().policy, on_outcome=tell)
    with pytest.raises(BrokenPipeError):
        await transaction.run()
    sent = len(bench.faults.writes())
    assert sent <= 3 + 7
    assert sum(there(bench)) == sent
    assert len(told) == sent
    await asyncio.sleep(0.05)
    assert len(bench.faults.writes()) == sent


async def test_leaving_at_once(bench: Bench) -> None:
    """The second Ctrl-C: the task is cancelled, and so is all that it started; what was done is still told."""
    transaction = await started(bench, many())
    bench.fault(Delay(0.2), "create_config")
    running = asyncio.create_task(transaction.run())
    await asyncio.sleep(0.1)
    running.cancel()
    report = await running
    assert report.interrupted
    assert report.outcomes[0].result is Result.UNKNOWN
    assert report.outcomes[0].reason == "interrupted while it was under way"
    assert {outcome.result for outcome in report.outcomes[1:]} == {Result.NOT_TRIED}
    await asyncio.sleep(0.25)
    assert len(bench.faults.writes()) == 1
