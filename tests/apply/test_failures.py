"""Whatever a server does with a write: outcomes are true, nothing is sent twice, nothing hangs."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from syncer.emulator.exchange import Answer, Call, Handler
from syncer.emulator.faults import (
    Action,
    AfterNext,
    Binary,
    Close,
    Double,
    Drop,
    Garbage,
    Ignore,
    Moment,
    Nested,
    NoEffect,
    OtherEffect,
    Oversized,
    Refuse,
    Stall,
)
from syncer.emulator.service import Service
from syncer.errors import ConnectionLost, SilentServer
from syncer.model.address import Kind
from syncer.model.plan import Result
from syncer.model.state import Desired, Policy
from tests.apply.bench import (
    Bench,
    Meanwhile,
    all_applied,
    category,
    config,
    desired,
    domain,
    open_bench,
    reasons,
    results,
)

APPLIED, UNCHANGED, REFUSED, FAILED = Result.APPLIED, Result.UNCHANGED, Result.REFUSED, Result.FAILED
NAMES = ("a", "b", "c")  # in this order; b is the one that something happens to


@dataclass(frozen=True)
class Case:
    """What the server does with one write, what that is to be called, and whether it was done in truth."""

    action: Action
    result: Result
    done: bool
    told: dict[str, str] | str  # by what the write is: a create, an update, or a delete


def cases() -> Iterator[tuple[str, Case]]:
    """All of them, named."""
    ok = "the server reported no error, but "
    other = {"create": "it is not there", "delete": "it is still there"}
    kept = "it reads back otherwise: ntp1 is old instead of new"
    silent = "no answer to {mt} within 0.3 s"
    lost = "the connection was lost during {mt}{how}"
    yield "error", Case(Refuse("no \x1b[31mway"), REFUSED, done=False, told="{op} was refused: no \\x1b[31mway")
    yield (
        "error, yet done",
        Case(Refuse("oops", handled=True), FAILED, done=True, told="{op} was refused: oops; yet it was done"),
    )
    yield "no effect", Case(NoEffect(), UNCHANGED, False, {k: ok + v for k, v in {**other, "update": kept}.items()})
    yield "reply dropped", Case(Drop(), APPLIED, True, silent + "; {found}")
    yield (
        "not handled",
        Case(Ignore(), UNCHANGED, False, {k: f"{silent}; {v}" for k, v in {**other, "update": kept}.items()}),
    )
    for how, abrupt in ((" (code 1008)", False), ("", True)):
        name = "gone" if abrupt else "closed"
        told = lost.replace("{how}", how)
        yield (
            f"{name} before",
            Case(
                Close(Moment.BEFORE, abrupt),
                UNCHANGED,
                False,
                {k: f"{told}; {v}" for k, v in {**other, "update": kept}.items()},
            ),
        )
        yield f"{name} when handled", Case(Close(Moment.HANDLED, abrupt), APPLIED, True, told + "; {found}")
        yield f"{name} after the reply", Case(Close(Moment.REPLIED, abrupt), APPLIED, True, "")
    # nothing is heard on that connection any more, so another one is asked
    yield (
        "stalls before",
        Case(
            Stall(Moment.BEFORE),
            UNCHANGED,
            False,
            {k: f"{silent}; {v}" for k, v in {**other, "update": kept}.items()},
        ),
    )
    yield "stalls when handled", Case(Stall(Moment.HANDLED), APPLIED, True, silent + "; {found}")
    yield "stalls after the reply", Case(Stall(Moment.REPLIED), APPLIED, True, "")
    broken = "a broken message came during {mt}: "
    yield "garbage", Case(Garbage(), APPLIED, True, broken + "not JSON; {found}")
    yield "binary", Case(Binary(), APPLIED, True, broken + "a binary frame; {found}")
    yield "nested", Case(Nested(), APPLIED, True, broken + "nested too deeply; {found}")
    yield (
        "too big",
        Case(Oversized(2 << 20), APPLIED, True, "a message of more than 1048576 bytes came during {mt}; {found}"),
    )
    yield "twice", Case(Double(), APPLIED, True, "")
    yield "late", Case(AfterNext(), APPLIED, True, silent + "; {found}")


CASES = dict(cases())
MESSAGES = {"create": "AddDeviceConfig", "update": "EditDeviceConfig", "delete": "DeleteDeviceConfig"}


def three(bench: Bench, action: str) -> Desired:
    """A plan of three configs to create, to update, or to delete."""
    if action != "create":
        for name in NAMES:
            bench.store.add_config(1, {"type": "NTP", "desc": name, "ntp1": "old"})
    new = [config("NTP", name, {"ntp1": "new"}, absent=action == "delete") for name in NAMES]
    return desired(domain(categories=None, configs=new))


def is_done(bench: Bench, action: str, name: str) -> bool:
    """Whether the store holds what the plan means."""
    found = bench.stored("NTP", name)
    if action == "delete":
        return found is None
    return found is not None and found.fields.get("ntp1") == "new"


@pytest.mark.parametrize("action", MESSAGES)
@pytest.mark.parametrize("case", CASES)
async def test_one_write(hasty: Bench, case: str, action: str) -> None:
    bench, expected = hasty, CASES[case]
    wanted = three(bench, action)
    bench.fault(expected.action, f"{action}_config", nth=2)
    async with asyncio.timeout(4):
        report = await bench.apply(wanted, parallelism=1)
    goes_on = expected.result is APPLIED
    assert list(results(report).values()) == ["applied", expected.result, "applied" if goes_on else "not tried"]
    assert [is_done(bench, action, name) for name in NAMES] == [True, expected.done, goes_on]
    assert len(bench.faults.writes()) == (3 if goes_on else 2)
    told = expected.told if isinstance(expected.told, str) else expected.told[action]
    told = told.replace("{op}", f"{action}_config").replace("{mt}", MESSAGES[action])
    told = told.replace("{found}", "it is gone all the same" if action == "delete" else "found by reading")
    assert list(reasons(report).values()) == ([told] if told else [])


@pytest.mark.parametrize("case", CASES)
async def test_many_writes_at_once(hasty: Bench, case: str) -> None:
    """One of eight that are under way: what is told of each is true, and each was sent once at most."""
    bench, expected = hasty, CASES[case]
    names = [f"{i:02}" for i in range(24)]
    bench.fault(expected.action, "create_config", nth=5)
    async with asyncio.timeout(6):
        report = await bench.apply(desired(domain(configs=[config("NTP", name, {"ntp1": "new"}) for name in names])))
    sent = [write.message["config"]["desc"] for write in bench.faults.writes()]
    assert len(sent) == len(set(sent))
    for name, outcome in zip(names, report.outcomes, strict=True):
        there = bench.stored("NTP", name) is not None
        match outcome.result:
            case Result.APPLIED:
                assert there
            case Result.FAILED:
                assert there
                assert "yet it was done" in outcome.reason
            case Result.UNCHANGED | Result.REFUSED:
                assert not there
            case Result.NOT_TRIED:
                assert name not in sent
            case other:
                raise AssertionError(other)
    # a connection that closes takes others with it that were under way
    assert report.count(expected.result) >= 1
    assert all_applied(report) <= (expected.result is APPLIED)


@pytest.mark.parametrize("field, value, told", [
    ("ntp1", "9.9.9.9", "ntp1 is 9.9.9.9 instead of new"),
    ("tz", "UTC", "tz is UTC instead of (unset)"),
    ("desc", "other", "desc is other instead of b"),
    ("newField", {"a": [1]}, None),
    pytest.param("ntp1", "x" * 100, f"ntp1 is {'x' * 60}… (100 characters) instead of new", id="long"),
])  # fmt: skip
@pytest.mark.parametrize("action", ["create", "update"])
async def test_another_effect(bench: Bench, action: str, field: str, value: object, told: str | None) -> None:
    wanted = three(bench, action)
    bench.fault(OtherEffect(field, value), f"{action}_config", nth=2)
    report = await bench.apply(wanted)
    if told is None and action == "create":  # what the service adds to a new object is its own business
        assert all_applied(report)
        return
    if told is None:
        told = "extra.newField is {'a': [1]} instead of (unset)"
    elif field == "tz" and action == "create":  # not optional, so left to the service's default
        assert all_applied(report)
        return
    assert reasons(report) == {
        "config[example.com/NTP/b]": f"the server reported no error, but it reads back otherwise: {told}"
    }


async def test_categories_that_did_not_arrive(bench: Bench) -> None:
    """The worst of all: a config for every device."""
    categories = [category("A"), category("B")]
    wanted = desired(domain(categories=categories, configs=[config("NTP", "n", categories=("A", "B"))]))
    bench.fault(OtherEffect("categories", []), "create_config")
    told = "the server reported no error, but it reads back otherwise: categories is [] instead of [A, B]"
    assert reasons(await bench.apply(wanted)) == {"config[example.com/NTP/n]": told}


async def test_ignored_categories_that_were_lost(bench: Bench) -> None:
    bench.store.add_category(1, "A")
    bench.store.add_config(1, {"type": "NTP", "desc": "n"}, [1])
    entry = config("NTP", "n", {"ntp1": "x"}, ignore=frozenset({"categories"}))
    bench.fault(OtherEffect("categories", []), "update_config")
    told = "the server reported no error, but it reads back otherwise: categories is [] instead of [A]"
    assert list(reasons(await bench.apply(desired(domain(categories=None, configs=[entry])))).values()) == [told]


@pytest.mark.parametrize("operation, field, value, told", [
    ("create_category", "config", True, "config is true instead of (unset)"),
    ("update_category", "config", False, "config is (unset) instead of true"),
    ("create_domain", "deployAdminPasswords", True, "deployAdminPasswords is true instead of (unset)"),
    ("update_domain", "deployAdminPasswords", False, "deployAdminPasswords is (unset) instead of true"),
    ("update_domain", "new", 1, "extra.new is 1 instead of (unset)"),
    ("update_category", "name", "Other", "name is Other instead of C"),
])  # fmt: skip
async def test_another_effect_on_domains_and_categories(
    bench: Bench, operation: str, field: str, value: object, told: str
) -> None:
    bench.store.add_category(1, "C", config=False)
    wanted = desired(
        domain(
            fields={"deployAdminPasswords": True},
            categories=[category("New", fields={"config": None}), category("C", fields={"config": True})],
            configs=None,
        ),
        domain("new.example.com", None, None),
    )
    bench.fault(OtherEffect(field, value), operation)
    report = await bench.apply(wanted)
    assert list(reasons(report).values()) == [f"the server reported no error, but it reads back otherwise: {told}"]


@pytest.mark.parametrize(
    "action", [Drop(), Close(Moment.HANDLED), Close(Moment.HANDLED, abrupt=True), Close(Moment.REPLIED)]
)
async def test_lost_replies_of_every_operation(hasty: Bench, action: Action) -> None:
    """All is done in the end, each was sent once, and what refers to a new id has found it."""
    bench = hasty
    bench.store.add_domain("gone.example.com")
    bench.store.add_category(1, "old")
    bench.store.add_category(1, "gone")
    bench.store.add_config(1, {"type": "NTP", "desc": "old"}, [1])
    bench.store.add_config(1, {"type": "NTP", "desc": "gone"}, [2])
    new = "new.example.com"
    wanted = desired(
        domain(
            fields={"deployAdminPasswords": True},
            categories=[category("renamed", renamed_from="old"), category("new"), category("gone", absent=True)],
            configs=[config("NTP", "old", categories=("renamed", "new")), config("NTP", "gone", absent=True)],
        ),
        domain(new, [category("new", new)], [config("NTP", "new", {"ntp1": "x"}, new, categories=("new",))]),
        domain("gone.example.com", (), (), absent=True),
        policy=Policy(prune=frozenset({Kind.CONFIG})),
    )
    for operation in bench.profile.operations:
        bench.fault(action, operation)
    async with asyncio.timeout(10):
        assert all_applied(await bench.apply(wanted))
    assert len(bench.faults.writes()) == 10
    assert {write.operation for write in bench.faults.writes()} == bench.profile.operations.keys() - {"send_value"}
    bench.faults.clear()
    assert await bench.is_settled(wanted)


async def test_a_write_whose_connection_is_gone_before_it_leaves(bench: Bench) -> None:
    """Closed right after the reading that precedes it."""
    wanted = three(bench, "create")
    bench.fault(Close(Moment.REPLIED), mt="GetDeviceConfigs", nth=2)
    report = await bench.apply(wanted)
    assert {str(outcome.result) for outcome in report.outcomes} <= {"unchanged", "not tried", "applied"}
    for name, outcome in zip(NAMES, report.outcomes, strict=True):
        assert is_done(bench, "create", name) == (outcome.result is APPLIED)


async def test_pieces_that_are_cut_off(hasty: Bench) -> None:
    script = "x" * 200_000
    hasty.fault(Close(Moment.BEFORE), "send_value", nth=2)
    report = await hasty.apply(desired(domain(configs=[config("EXPERT", "e", {"script": script})])))
    assert list(results(report).values()) == ["unchanged"]
    assert next(iter(reasons(report).values())).endswith("; it is not there")
    assert hasty.store.configs(1) == []


async def test_pieces_that_are_lost(hasty: Bench) -> None:
    script = "abc" * 100_000
    hasty.fault(Ignore(), "send_value", nth=2)
    report = await hasty.apply(desired(domain(configs=[config("EXPERT", "e", {"script": script})])))
    (told,) = reasons(report).values()
    assert told.startswith("the server reported no error, but it reads back otherwise: script is abcabc")
    assert len(told) < 300


async def test_without_a_reply_only_reading_tells() -> None:
    async with open_bench("changed", timeout=0.3) as bench:
        bench.store.add_config(1, {"type": "NTP", "desc": "a", "ntp1": "old"})
        bench.fault(NoEffect(), "update_config")
        report = await bench.apply(desired(domain(configs=[config("NTP", "a", {"ntp1": "new"})])))
        assert list(reasons(report).values()) == [
            "the server reported no error, but it reads back otherwise: ntp1 is old instead of new"
        ]


@dataclass(frozen=True)
class OtherId:
    """The reply tells another id than that of the new object, as with a profile that points at something else."""

    number: int

    def __call__(self, call: Call, handle: Handler, _: Service, /) -> Answer:
        (frame,) = handle(call).frames
        assert isinstance(frame, dict)
        return Answer(({**frame, "id": self.number},))


@pytest.mark.parametrize("number", [1, 77])
async def test_a_wrong_id_in_the_reply_does_no_harm(bench: Bench, number: int) -> None:
    bench.store.add_config(1, {"type": "NTP", "desc": "other", "ntp1": "x"})
    bench.fault(OtherId(number), "create_config")
    assert all_applied(await bench.apply(three(bench, "create")))
    assert bench.fields("NTP", "other") == {"ntp1": "x"}


async def test_two_at_the_new_address_are_not_told_apart(hasty: Bench) -> None:
    """Somebody made the same in the moment in which our reply was lost."""
    hasty.fault(Drop(), "create_config")
    hasty.fault(Meanwhile(lambda: hasty.store.add_config(1, {"type": "NTP", "desc": "a"})), "create_config")
    report = await hasty.apply(desired(domain(configs=[config("NTP", "a", {"ntp1": "x"})])))
    assert [str(outcome.result) for outcome in report.outcomes] == ["unknown"]
    assert list(reasons(report).values()) == [
        "no answer to AddDeviceConfig within 0.3 s; 2 are live at its address now: id 1, id 2"
    ]


async def test_a_delete_is_not_done_because_reading_is_refused(bench: Bench) -> None:
    bench.store.add_config(1, {"type": "NTP", "desc": "a"})
    bench.fault(NoEffect(), "delete_config")
    bench.fault(Meanwhile(lambda: bench.fault(Refuse("busy"), mt="GetDeviceConfig")), "delete_config")
    report = await bench.apply(desired(domain(configs=[config("NTP", "a", absent=True)])))
    assert list(results(report).values()) == ["unknown"]
    why = "config[example.com/NTP/a] (id 1) was refused: busy"
    assert list(reasons(report).values()) == [f"reading it back failed: {why}; whether it was done is not known"]


async def test_a_server_that_is_gone_for_good(hasty: Bench) -> None:
    hasty.fault(Close(), mt="AppChallenge")
    hasty.fault(Close(Moment.HANDLED), "create_config")
    async with asyncio.timeout(4):
        report = await hasty.apply(three(hasty, "create"))
    assert list(results(report).values()) == ["unknown", "not tried", "not tried"]
    (told,) = reasons(report).values()
    assert told.startswith(
        "the connection was lost during AddDeviceConfig (code 1008); "
        "reading it back failed: the connection was lost during AddDeviceConfig (code 1008), and reconnecting for "
    )
    assert told.endswith("the connection was lost during the login (code 1008); whether it was done is not known")


@pytest.mark.parametrize("action, error", [(Stall(), SilentServer), (Close(), ConnectionLost)])
async def test_a_server_that_fails_before_the_first_write(hasty: Bench, action: Action, error: type[Exception]) -> None:
    planned, live = await hasty.plan(three(hasty, "update"))
    hasty.fault(action, mt="GetDeviceConfig")
    with pytest.raises(error):
        await hasty.transaction(planned, live, Policy()).run()
    assert hasty.faults.writes() == []
