"""In which order writes leave, and how many at a time; told from what the service received."""

from itertools import groupby, pairwise

import pytest

from syncer.emulator.faults import Delay
from syncer.model.state import Desired
from tests.apply.bench import Bench, Seen, all_applied, category, config, desired, domain, open_bench

WAIT = 0.04  # seconds from a write to its reply
SEVERAL = 12
OPERATIONS = [
    "update_domain",
    "create_domain",
    "update_category",
    "create_category",
    "update_config",
    "create_config",
    "delete_config",
    "delete_category",
    "delete_domain",
]


def prepare(bench: Bench) -> Desired:
    """Three of everything to update, to create, and to delete."""
    three = [f"{i}" for i in range(3)]
    for name in three:
        owner = bench.store.add_domain(f"update{name}")
        bench.store.add_domain(f"delete{name}")
        bench.store.add_category(owner, "update", config=False)
        bench.store.add_category(owner, "delete")
        bench.store.add_config(owner, {"type": "PHONE", "desc": "update"})
        bench.store.add_config(owner, {"type": "PHONE", "desc": "delete"})
    domains = [
        domain(
            where := f"update{name}",
            [
                category("update", where, fields={"config": True}),
                category("create", where),
                category("delete", where, absent=True),
            ],
            [
                config("PHONE", "update", {"gk1": "1"}, where, categories=("update",)),
                config("PHONE", "create", None, where, categories=("create",)),
                config("PHONE", "delete", None, where, absent=True),
            ],
            fields={"deployAdminPasswords": True},
        )
        for name in three
    ]
    domains += [domain(f"create{name}", None, None) for name in three]
    domains += [domain(f"delete{name}", (), (), absent=True) for name in three]
    return desired(*domains)


async def test_levels(bench: Bench) -> None:
    assert all_applied(await bench.apply(prepare(bench)))
    operations = [write.operation for write in bench.faults.writes()]
    assert [(name, len(list(group))) for name, group in groupby(operations)] == [(name, 3) for name in OPERATIONS]


async def test_the_first_write_of_each_operation_is_read_back_before_anything_else(any_bench: Bench) -> None:
    bench, wanted = any_bench, prepare(any_bench)
    for operation in OPERATIONS:
        if bench.profile.operations[operation].response:
            bench.fault(Delay(WAIT), operation, nth=1)
    assert all_applied(await bench.apply(wanted))
    for operation in OPERATIONS:
        first, second, *_ = bench.faults.writes(operation)
        after = bench.faults.seen[bench.faults.seen.index(first) + 1 : bench.faults.seen.index(second)]
        assert reads(after, operation)
        if bench.profile.operations[operation].response:
            assert after[0].at - first.at >= WAIT * 0.9


def reads(seen: list[Seen], operation: str) -> bool:
    """Whether these messages read what the operation may have changed, before any of them writes."""
    if any(one.operation for one in seen):
        return False
    read = {one.mt for one in seen}
    match operation.partition("_")[2]:
        case "config":
            return bool(read & {"GetDeviceConfig", "GetDeviceConfigs"})
        case "category":
            return {"GetDomains", "GetProvisioningCategories"} <= read
        case _:
            return "GetDomains" in read


@pytest.mark.parametrize("parallelism, wait", [(1, 0.02), (3, 0.1), (8, 0.15)])
async def test_then_so_many_at_a_time(bench: Bench, parallelism: int, wait: float) -> None:
    operations = ("create_config", "create_category")
    for operation in operations:
        bench.fault(Delay(wait), operation)
    names = [f"{i:02}" for i in range(SEVERAL)]
    wanted = desired(domain(categories=map(category, names), configs=[config("NTP", name) for name in names]))
    assert all_applied(await bench.apply(wanted, parallelism))
    for operation in operations:
        times = [write.at for write in bench.faults.writes(operation)]
        assert len(times) == SEVERAL
        assert times[1] - times[0] >= wait * 0.9
        # the reply to each takes that long, so those that came within it were under way together
        assert max(sum(at - wait * 0.9 < one <= at for one in times) for at in times) == parallelism


async def test_a_match_by_message_type_has_one_request_at_a_time() -> None:
    async with open_bench("changed") as bench:
        bench.fault(Delay(WAIT), "create_config")
        assert all_applied(await bench.apply(desired(domain(configs=[config("NTP", f"{i}") for i in range(4)]))))
        times = [write.at for write in bench.faults.writes("create_config")]
        assert min(later - earlier for earlier, later in pairwise(times)) >= WAIT * 0.9


async def test_many_share_what_they_read(bench: Bench) -> None:
    """Thousands of creates or deletes cannot list a domain each."""
    names = [f"{i:03}" for i in range(100)]
    assert all_applied(await bench.apply(desired(domain(configs=[config("NTP", name) for name in names]))))
    assert len([s for s in bench.faults.seen if s.mt == "GetDeviceConfigs"]) <= 5
    gone = [config("NTP", name, absent=True) for name in names]
    assert all_applied(await bench.apply(desired(domain(configs=gone))))
    assert len([s for s in bench.faults.seen if s.mt == "GetDeviceConfigs"]) <= 60
