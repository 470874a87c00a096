"""Several objects at one address: each is made once, and a rollback takes no other for it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from syncer.apply.transaction import OnError
from syncer.devices.snapshot import read_live
from syncer.emulator import Moment, When
from syncer.emulator.faults import Action, Close, NoEffect, OtherEffect, Refuse
from syncer.errors import StalePlan
from syncer.model.address import Kind
from syncer.model.plan import Ending, Report
from syncer.model.state import Desired, Policy
from syncer.plan.fitting import fit
from syncer.plan.planner import reads_content, wants
from tests.apply.bench import PROFILES, Bench, Meanwhile, all_applied, category, config, desired, domain, open_bench
from tests.apply.bench import reasons as reasons_of


def clocks(*servers: str) -> Desired:
    """Configs without a desc, which differ in one field."""
    return desired(domain(categories=None, configs=[config("NTP", "", {"ntp1": server}) for server in servers]))


def there(bench: Bench) -> list[str]:
    """What the store has of them, in the order in which it came."""
    owner = bench.store.domains()[0]
    return [one.fields["ntp1"] for one in bench.store.configs(owner.id)]


async def restore(bench: Bench, wanted: Desired, on_error: OnError = OnError.ROLLBACK) -> Report:
    """Plan for what is live, and apply."""
    live = await read_live(bench.service, reads_content(wanted), wants(wanted))
    planned, live = await bench.plan(fit(wanted, live).desired)
    return await bench.transaction(planned, live, wanted.policy, on_error=on_error).run()


def make(bench: Bench, *servers: str) -> None:
    for server in servers:
        bench.store.add_config(1, {"type": "NTP", "ntp1": server})


@pytest.mark.parametrize("profile", sorted(PROFILES))
@pytest.mark.parametrize("before", [(), ("b",), ("x",), ("b", "a")])
async def test_each_is_made_once(profile: str, before: Sequence[str]) -> None:
    """Also where no reply tells an id."""
    async with open_bench(profile) as bench:
        make(bench, *before)
        assert all_applied(await restore(bench, clocks("a", "b", "b", "c")))
        assert sorted(there(bench)) == ["a", "b", "b", "c"]
        live = await read_live(bench.service, lambda _: True, lambda _: True)
        planned, _ = await bench.plan(fit(clocks("a", "b", "b", "c"), live).desired)
        assert planned.plan.changes == ()


@pytest.mark.parametrize("profile", ["conventional", "changed"])
@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_one_whose_answer_is_lost_is_found_and_not_made_again(profile: str, nth: int) -> None:
    async with open_bench(profile) as bench:
        make(bench, "b")
        bench.faults.add(*_nth_create(Close(Moment.HANDLED), nth))
        assert all_applied(await restore(bench, clocks("a", "b", "b", "b")))
        assert sorted(there(bench)) == ["a", "b", "b", "b"]


def _nth_create(action: Action, nth: int) -> tuple[Action, When]:
    return action, When(operation="create_config", nth=nth)


@pytest.mark.parametrize("profile", ["conventional", "changed"])
@pytest.mark.parametrize("action", [Refuse(), NoEffect(), Close(Moment.BEFORE)])
@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_a_rollback_takes_back_what_was_made_and_nothing_beside_it(
    profile: str, action: Action, nth: int
) -> None:
    """The one that was there is just what was to be made."""
    async with open_bench(profile) as bench:
        make(bench, "b")
        bench.faults.add(*_nth_create(action, nth))
        report = await restore(bench, clocks("b", "b", "b", "b"))
        assert report.ending is Ending.ROLLED_BACK
        assert [one.id for one in bench.store.configs(1)] == [1]


async def test_what_somebody_makes_there_meanwhile_is_no_surprise_that_is_kept_quiet() -> None:
    async with open_bench() as bench:
        make(bench, "b")
        bench.fault(Meanwhile(lambda: make(bench, "z")), "create_config", 2)
        report = await restore(bench, clocks("a", "b", "c"), OnError.STOP)
        assert list(reasons_of(report).values()) == ["somebody made the same meanwhile: id 1, id 2, id 3, id 4"]


async def test_what_came_between_plan_and_apply_is_not_taken_for_one_of_them() -> None:
    async with open_bench() as bench:
        make(bench, "b")
        wanted = clocks("a", "b")
        live = await read_live(bench.service, reads_content(wanted), wants(wanted))
        planned, live = await bench.plan(fit(wanted, live).desired)
        make(bench, "z")
        with pytest.raises(StalePlan, match=r"somebody created it meanwhile \(id 2\)"):
            await bench.transaction(planned, live, wanted.policy).run()


@pytest.mark.parametrize("profile", ["conventional", "changed"])
@pytest.mark.parametrize("nth", [1, 2])
async def test_one_that_reads_back_otherwise_is_ours_and_nobody_is_blamed(profile: str, nth: int) -> None:
    async with open_bench(profile) as bench:
        make(bench, "b")
        bench.faults.add(*_nth_create(OtherEffect("ntp1", "z"), nth))
        report = await restore(bench, clocks("b", "c", "d"))
        assert report.failure.endswith(f"it reads back otherwise: ntp1 is z instead of {'cd'[nth - 1]}")
        assert (report.ending, there(bench)) == (Ending.ROLLED_BACK, ["b"])


@pytest.mark.parametrize("profile", ["conventional", "changed"])
@pytest.mark.parametrize("action", [Refuse("exists"), Close(Moment.BEFORE)])
async def test_what_somebody_made_in_place_of_ours_is_not_taken_back(profile: str, action: Action) -> None:
    async with open_bench(profile) as bench:
        make(bench, "b")
        bench.fault(action, "create_config", 1)
        bench.fault(Meanwhile(lambda: make(bench, "z")), "create_config", 1)
        report = await restore(bench, clocks("b", "c"))
        assert report.failure.endswith("ntp1 is z instead of c; whether that is ours is not known")
        assert (report.ending, there(bench)) == (None, ["b", "z"])


@pytest.mark.parametrize("before, after", [("bb", "b"), ("ab", "b"), ("bbb", "b"), ("bbb", ""), ("abc", "")])
async def test_those_that_were_deleted_beside_others_are_made_again(before: str, after: str) -> None:
    """What is beside one that is gone is not that one, however equal they are."""
    async with open_bench() as bench:
        make(bench, *before, "last")
        bench.fault(Refuse(), "delete_config", len(before) - len(after) + 1)
        wanted = replace(clocks(*after), policy=Policy(prune=frozenset({Kind.CONFIG})))
        report = await restore(bench, wanted)
        assert report.ending is Ending.ROLLED_BACK
        assert sorted(there(bench)) == sorted([*before, "last"])


async def test_categories_of_one_name() -> None:
    wanted = desired(domain(categories=[category("HQ"), category("HQ")], configs=None))
    async with open_bench() as bench:
        assert all_applied(await restore(bench, wanted))
        assert [one.name for one in bench.store.categories(1)] == ["HQ", "HQ"]
