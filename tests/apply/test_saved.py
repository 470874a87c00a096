"""A saved plan, applied later over a websocket: exactly it, or nothing."""

import json

import pytest

from syncer.emulator import PASSWORD
from syncer.errors import StalePlan
from syncer.model.plan import Plan, Report, from_document, to_document
from syncer.model.state import Desired
from syncer.model.values import Secret
from syncer.plan.saved import check_origin, select
from tests.apply.bench import (
    URL,
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


def wanted() -> Desired:
    """An update of three, and a create."""
    media = {"turnServer": "t", "turnPassword": Secret("correct horse")}
    configs = [
        config("PHONE", "p", {"gk1": "2.2.2.2"}, categories=("HQ",)),
        config("MEDIA", "m", media),
        config("NTP", "n"),
    ]
    return desired(domain(categories=[category("HQ", renamed_from="Old HQ")], configs=configs))


async def saved(bench: Bench) -> Plan:
    """The plan, written and read again."""
    bench.store.add_category(1, "Old HQ")
    bench.store.add_config(1, {"type": "PHONE", "desc": "p", "gk1": "1.1.1.1"}, [1])
    bench.store.add_config(1, {"type": "MEDIA", "desc": "m", "turnServer": "t", "turnPassword": "hunter2"})
    bench.store.add_config(1, {"type": "NTP", "desc": "by hand"})
    planned, _ = await bench.plan(wanted())
    text = json.dumps(to_document(planned.plan))
    assert "hunter2" not in text
    assert "correct horse" not in text
    return from_document(json.loads(text))


async def apply(bench: Bench, plan: Plan) -> Report:
    """As workflow does it."""
    check_origin(plan, URL, PASSWORD, wanted(), bench.profile.digest)
    now, live = await bench.plan(wanted())
    return await bench.transaction(select(plan, now), live, wanted().policy).run()


@pytest.mark.parametrize("profile", ["conventional", "changed"])
async def test_applied_later(profile: str) -> None:
    async with open_bench(profile) as bench:
        assert all_applied(await apply(bench, await saved(bench)))
        assert bench.fields("MEDIA", "m")["turnPassword"] == "correct horse"
        assert await bench.is_settled(wanted())


async def test_only_what_it_holds(bench: Bench) -> None:
    """What others changed meanwhile is left alone, also where the files say otherwise."""
    bench.store.add_config(1, {"type": "NTP", "desc": "n"})
    plan = await saved(bench)
    assert "config[example.com/NTP/n]" not in {str(change.address) for change in plan.changes}
    bench.store.update_config(1, {"ntp1": "by hand"})
    bench.store.update_config(4, {"ntp1": "by hand"})
    report = await apply(bench, plan)
    assert list(results(report)) == [str(change.address) for change in plan.changes]
    assert all_applied(report)
    assert bench.fields("NTP", "n") == bench.fields("NTP", "by hand") == {"ntp1": "by hand"}


async def test_stale_before_anything_is_written(bench: Bench) -> None:
    plan = await saved(bench)
    bench.store.update_config(2, {"turnPassword": "by hand"})
    left = bench.contents()
    with pytest.raises(StalePlan, match=r"update config\[example\.com/MEDIA/m\]: changed on the server"):
        await apply(bench, plan)
    assert bench.faults.writes() == []
    assert bench.contents() == left


async def test_changed_between_the_check_and_the_write(bench: Bench) -> None:
    plan = await saved(bench)
    bench.fault(Meanwhile(lambda: bench.store.update_config(2, {"turnUser": "by hand"})), "update_category")
    report = await apply(bench, plan)
    assert reasons(report) == {"config[example.com/MEDIA/m]": "it was changed meanwhile: turnUser: (unset) -> by hand"}
    assert bench.fields("MEDIA", "m")["turnPassword"] == "hunter2"


async def test_another_password_cannot_check_it(bench: Bench) -> None:
    with pytest.raises(StalePlan, match="a password changed"):
        check_origin(await saved(bench), URL, "other", wanted(), bench.profile.digest)
