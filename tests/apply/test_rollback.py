"""A failure is taken back: what is live afterwards is what was live before, or it is named."""

from typing import Any

import pytest

from syncer.apply.transaction import Course, OnError, Transaction
from syncer.emulator.faults import Drop, NoEffect, OtherEffect, Refuse
from syncer.emulator.state import Fields
from syncer.model.address import Kind
from syncer.model.journal import Begun, Ended, Phase
from syncer.model.plan import Ending, Report, Result
from syncer.model.state import Desired, Policy
from syncer.model.values import Secret
from tests.apply.bench import HOME, Bench, Meanwhile, category, config, desired, domain, open_bench, reasons, results

OTHER = "other.example.com"
OLD = "old.example.com"
OPERATIONS = [f"{action}_{kind}" for action in ("create", "update", "delete") for kind in Kind]


def fill(bench: Bench) -> None:
    """What is there before: something to update and to delete of each kind, and something of others."""
    store = bench.store
    home = store.instance.id
    phones = store.add_category(home, "phones", True)
    store.add_category(home, "spare", True, {"x-spare": 7})
    store.add_category(home, "foreign", False)
    unknown = {"x-unknown": [1, {"a": None}], "coder": "G711A"}
    store.add_config(home, {"type": "NTP", "desc": "time", "ntp1": "old", **unknown}, [phones])
    store.add_config(home, {"type": "NTP", "desc": "former name", "ntp1": "old"}, [phones])
    store.add_config(home, {"type": "EXPERT", "desc": "gone", "script": "s" * 100_000, "x-gone": True}, [phones])
    store.add_config(home, {"type": "NTP", "desc": "foreign", "ntp1": "theirs"})
    store.add_domain(OLD)


def wanted() -> Desired:
    """A plan with all nine operations, two renames, and a script in pieces."""
    home = domain(
        fields={"deployAdminPasswords": True},
        categories=[
            category("phones HQ", renamed_from="phones"),
            category("new", fields={"config": True}),
            category("spare", absent=True),
        ],
        configs=[
            config("NTP", "time", {"ntp1": "new"}, categories=("phones HQ", "new")),
            config("NTP", "new name", {"ntp1": "old"}, categories=("phones HQ",), renamed_from="former name"),
            config("MEDIA", "made", {"turnServer": "t", "turnUser": "u", "turnPassword": Secret("geheim")}),
            config("EXPERT", "made", {"script": "n" * 100_000}, categories=("new",)),
            config("EXPERT", "gone", absent=True),
        ],
    )
    return desired(home, domain(OTHER, (), ()), domain(OLD, None, None, absent=True), policy=Policy())


def content(bench: Bench) -> dict[str, Any]:
    """All that the store holds, by names: what is made again has another id."""
    return {one.name: (_set(one.fields), *_inside(bench, one.id)) for one in bench.store.domains()}


def _set(fields: Fields) -> list[tuple[str, Any]]:
    """What is not unset: missing, false and empty are one and the same."""
    return sorted((name, value) for name, value in fields.items() if value not in (None, False, ""))


def _inside(bench: Bench, domain_id: int) -> tuple[Any, Any, Any]:
    categories = bench.store.categories(domain_id)
    names = {one.id: one.name for one in categories}
    configs = [
        (
            one.fields["type"],
            one.fields.get("desc"),
            _set(one.fields),
            sorted(names[number] for number in one.categories),
        )
        for one in bench.store.configs(domain_id)
    ]
    return (
        sorted((str(one.name), _set(one.fields)) for one in categories),
        sorted(configs, key=lambda one: one[:2]),
        bench.store.devices(domain_id),
    )


async def applied(bench: Bench, on_error: OnError = OnError.ROLLBACK, parallelism: int = 1) -> Report:
    """Plan and apply."""
    return await bench.apply(wanted(), parallelism, on_error=on_error)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_whatever_is_refused_the_server_is_as_it_was(bench: Bench, operation: str) -> None:
    fill(bench)
    before = content(bench)
    bench.fault(Refuse("no"), operation, nth=1)
    report = await applied(bench)
    assert report.count(Result.REFUSED) == 1
    assert content(bench) == before
    assert report.ending is Ending.ROLLED_BACK
    assert report.leaves_as_it_was
    assert report.failure.endswith(f"refused: {operation} was refused: no")
    assert set(results(report).values()) <= {"refused", "rolled back", "not tried"}


@pytest.mark.parametrize("parallelism", [1, 8])
@pytest.mark.parametrize("action", [NoEffect(), Drop(), Refuse("no", handled=True)], ids=lambda a: type(a).__name__)
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_however_one_fails_nothing_is_half(operation: str, action: Any, parallelism: int) -> None:
    async with open_bench(timeout=0.3) as bench:
        fill(bench)
        before = content(bench)
        bench.fault(action, operation, nth=1)
        report = await applied(bench, parallelism=parallelism)
        bench.faults.clear()
        if isinstance(action, Drop):  # it landed, and that is found out
            assert report.ending is Ending.APPLIED
            assert await bench.is_settled(wanted())
        else:
            assert report.ending is Ending.ROLLED_BACK
            assert content(bench) == before


async def test_in_reverse_order_and_announced(bench: Bench) -> None:
    fill(bench)
    bench.fault(Refuse("no"), "delete_domain")
    await applied(bench)
    announced = [(e.phase, e.change) for e in bench.journal if isinstance(e, Begun)]
    forward = [change for phase, change in announced if phase is Phase.APPLY]
    back = [change for phase, change in announced if phase is Phase.ROLLBACK]
    assert forward == sorted(forward)
    assert len(back) == len(forward) - 1
    last = len(forward) - 1
    writes = [write.operation for write in bench.faults.writes()]
    undone = {"create": "delete", "delete": "create", "update": "update"}
    expected = [f"{undone[op.split('_')[0]]}_{op.split('_')[1]}" for op in writes[:last] if op]
    assert sorted(writes[last + 1 :], key=str) == sorted(expected)
    kinds = [str(op).split("_")[1] for op in writes[last + 1 :]]
    assert kinds == [
        "category",
        "config",
        "config",
        "config",
        "config",
        "config",
        "category",
        "category",
        "domain",
        "domain",
    ]
    told = [e.change for e in bench.journal if isinstance(e, Ended) and e.phase is Phase.ROLLBACK]
    assert told == back


async def test_what_others_changed_since_is_left_to_them_and_named(bench: Bench) -> None:
    fill(bench)
    ntp = bench.stored("NTP", "time")
    assert ntp is not None
    bench.fault(Meanwhile(lambda: bench.store.update_config(ntp.id, {"ntp1": "theirs"})), "delete_config")
    bench.fault(Refuse("no"), "delete_category")
    report = await applied(bench)
    assert report.ending is None  # a category cannot go while that config names it
    assert bench.fields("NTP", "time")["ntp1"] == "theirs"
    told = reasons(report)[f"config[{HOME}/NTP/time]"]
    assert told == "not rolled back: somebody changed it since (ntp1: new -> theirs)"
    assert results(report)[f"config[{HOME}/NTP/time]"] == "applied"
    assert bench.stored("EXPERT", "gone") is not None


async def test_a_secret_comes_back(bench: Bench) -> None:
    """From memory: the journal holds none."""
    bench.store.add_config(bench.store.instance.id, {"type": "MEDIA", "desc": "m"})
    first = desired(domain(configs=[config("MEDIA", "m", {"turnUser": "u", "turnPassword": Secret("first")})]))
    await bench.apply(first)
    second = [
        config("MEDIA", "m", {"turnUser": "v", "turnPassword": Secret("second")}),
        config("NTP", "x", {"ntp1": "x"}),
    ]
    bench.fault(Refuse("no"), "create_config")
    report = await bench.apply(desired(domain(configs=second)), on_error=OnError.ROLLBACK)
    assert report.ending is Ending.ROLLED_BACK
    assert await bench.is_settled(first)
    assert "second" not in repr(bench.journal)
    assert "first" not in repr(bench.journal)


async def test_another_effect_is_taken_back(bench: Bench) -> None:
    fill(bench)
    before = content(bench)
    bench.fault(OtherEffect("ntp1", "9.9.9.9"), "update_config", nth=1)
    report = await applied(bench)
    assert report.ending is Ending.ROLLED_BACK
    assert content(bench) == before


@pytest.mark.parametrize("field, value", [("desc", "elsewhere"), ("type", "PHONE")])
async def test_what_was_made_in_another_place_is_taken_back(bench: Bench, field: str, value: str) -> None:
    fill(bench)
    before = content(bench)
    bench.fault(OtherEffect(field, value), "create_config", nth=1)
    report = await applied(bench)
    assert report.ending is Ending.ROLLED_BACK
    assert content(bench) == before


async def test_what_was_made_in_another_place_without_an_id_is_named() -> None:
    async with open_bench("changed") as bench:
        fill(bench)
        bench.fault(OtherEffect("desc", "elsewhere"), "create_config", nth=1)
        report = await applied(bench)
        assert report.ending is not Ending.ROLLED_BACK
        assert "elsewhere] is new (id " in str(reasons(report))


async def test_what_the_wire_profile_must_not_say_is_left(bench: Bench) -> None:
    fill(bench)
    bench.fault(Refuse("no"), "update_config")
    bench.refusal = lambda used: "not proven" if "delete_category" in used else ""
    report = await applied(bench)
    assert report.ending is Ending.PART_WAY
    assert reasons(report)[f"category[{HOME}/new]"] == "not rolled back: not proven"
    assert bench.category("new") is not None
    assert bench.category("phones") is not None


async def test_what_somebody_made_at_the_same_moment_is_found(bench: Bench) -> None:
    """No reading before a write can prevent it, and a reply with an id would hide it."""
    twin = {"type": "NTP", "desc": "twin", "ntp1": "theirs"}
    bench.fault(Meanwhile(lambda: bench.store.add_config(1, twin), afterwards=True), "create_config", nth=2)
    configs = [config("NTP", name, {"ntp1": "ours"}) for name in ("first", "twin")]
    report = await bench.apply(desired(domain(configs=configs)), on_error=OnError.ROLLBACK)
    assert report.failure.endswith("somebody made the same meanwhile: id 2, id 3")
    assert report.ending is Ending.ROLLED_BACK
    assert bench.fields("NTP", "twin") == {"ntp1": "theirs"}
    assert bench.stored("NTP", "first") is None


async def test_going_on_never_says_that_nothing_was_written(bench: Bench) -> None:
    """The first object that is left was moved: no stale plan, since an earlier run has written."""
    fill(bench)
    before = content(bench)
    planned, live = await bench.plan(wanted())
    bench.fault(Refuse("no"), "create_config", nth=1)
    first = bench.transaction(planned, live, Policy())
    assert (await first.run()).ending is Ending.STOPPED
    bench.faults.clear()
    jobs = [(n, step) for n, step in enumerate(planned.steps) if n not in first.touched()]
    ntp = bench.stored("NTP", "foreign")
    assert ntp is not None
    address = jobs[0][1].change.address
    bench.store.add_config(1, {"type": address.type, "desc": address.name})
    again = Transaction(
        first._setting, live, Course(jobs, earlier=first.touched()), lambda _: None, lambda _: lambda _: None
    )
    report = await again.run()
    assert report.ending is Ending.ROLLED_BACK
    assert "somebody created it meanwhile" in report.failure
    theirs = bench.stored(address.type, address.name)
    assert theirs is not None
    bench.store.delete_config(theirs.id)
    assert content(bench) == before
