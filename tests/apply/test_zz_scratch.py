from syncer.model.state import Policy
from syncer.model.address import Kind
from tests.apply.test_doubles import *
from tests.apply.test_doubles import _nth_create
from tests.apply.bench import *

def pruned(*servers):
    return desired(domain(categories=[], configs=[config("NTP", "", {"ntp1": s}) for s in servers] + [config("NTP", "zz")]), policy=Policy(prune=frozenset({Kind.CONFIG})))

@pytest.mark.parametrize("before, after", [(("b","b"),("b",)), (("a","b"),("b",)), (("b","b","b"),("b",)), (("a","b","c"), ()), (("b","b","b"), ())])
async def test_del(before, after):
    async with open_bench() as bench:
        make(bench, *before)
        bench.store.add_config(1, {"type": "NTP", "desc": "gone"})
        bench.fault(Refuse(), "delete_config", len(before) - len(after) + 1)
        w = desired(domain(categories=[], configs=[config("NTP", "", {"ntp1": s}) for s in after]), policy=Policy(prune=frozenset({Kind.CONFIG})))
        report = await restore(bench, w)
        print(report)
        print(there(bench) if 0 else [(o.id, o.fields) for o in bench.store.configs(1)])
        assert sorted(o.fields["ntp1"] for o in bench.store.configs(1) if "ntp1" in o.fields) == sorted(before)
        assert report.ending is Ending.ROLLED_BACK

from syncer.emulator.faults import *
from syncer.model.plan import Ending
from tests.apply.bench import config
BASE = sorted(PROFILES)

@pytest.mark.parametrize("profile", BASE)
@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_other_effect(profile, nth):
    async with open_bench(profile) as bench:
        make(bench, "b")
        bench.fault(OtherEffect("ntp1", "zz"), "create_config", nth)
        report = await restore(bench, clocks("b", "c", "d", "e"), OnError.STOP)
        print(report.failure, reasons_of(report), [o.result for o in report.outcomes])
        assert "reads back otherwise" in report.failure
        assert not any("somebody" in r for r in [o.reason for o in report.outcomes])

@pytest.mark.parametrize("profile", BASE)
@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("action", [Drop(), Close(Moment.HANDLED), Close(Moment.BEFORE), Close(Moment.REPLIED), Close(Moment.HANDLED, abrupt=True), Ignore(), Postpone(0.5), Postpone(1.5), OtherEffect("ntp1", "zz"), Garbage(), Misdirect(1), Refuse(), NoEffect()])
@pytest.mark.parametrize("wanted", [("b", "b", "b", "b"), ("a", "b", "c", "d")])
async def test_any(profile, nth, action, wanted):
    async with open_bench(profile, timeout=0.3) as bench:
        bench.pauses = (0.1, 0.2)
        make(bench, "b")
        bench.fault(action, "create_config", nth)
        report = await restore(bench, clocks(*wanted))
        creates = len(bench.faults.writes("create_config"))
        await asyncio.sleep(1.6 if isinstance(action, Postpone) else 0)
        print(report.ending, report.failure, creates)
        left = sorted(there(bench))
        assert [o.id for o in bench.store.configs(1)][0] == 1 and bench.store.configs(1)[0].fields["ntp1"] == "b"
        assert creates <= 3
        if all_applied(report):
            assert left == sorted(wanted), (left, report)
        elif report.ending is Ending.ROLLED_BACK:
            assert left == ["b"] or isinstance(action, Postpone), (left, report)
        else:
            print("PARTWAY", left, report)

def stranger(bench, server):
    return Meanwhile(lambda: make(bench, server))

@pytest.mark.parametrize("profile", BASE)
@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("server", ["b", "c", "z"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("extra", [None, Close(Moment.HANDLED), Close(Moment.BEFORE), Refuse()])
async def test_stranger(profile, nth, server, after, extra):
    async with open_bench(profile, timeout=0.3) as bench:
        make(bench, "b")
        ids = []
        def come():
            ids.append(bench.store.add_config(1, {"type": "NTP", "ntp1": server, "domainName": "theirs"} if server != "c" else {"type": "NTP", "ntp1": server}))
        if extra:
            bench.fault(extra, "create_config", nth)
        bench.fault(Meanwhile(come, afterwards=after), "create_config", nth)
        report = await restore(bench, clocks("a", "b", "c", "d"))
        print(report.ending, report.failure)
        left = [(o.id, o.fields["ntp1"]) for o in bench.store.configs(1)]
        print(left, ids)
        assert left[0] == (1, "b")
        assert ids[0] in [i for i, _ in left], "a stranger was deleted"
        if report.ending is Ending.ROLLED_BACK:
            assert len(left) == 2
        assert not all_applied(report)
