"""A watch over real websockets: what it tells of drift, through whatever becomes of server, connection and files."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from syncer import workflow
from syncer.devices.following import Follower
from syncer.emulator import Store, When
from syncer.emulator.faults import Garbage, Ignore, Refuse, Stall
from syncer.errors import LoginRefused, ProblemsError, UnreachableServer
from syncer.model.watch import About, Sighting
from syncer.workflow import watching as watching_module
from syncer.workflow.metrics import Silence
from syncer.workflow.receivers import Hidden
from tests.cli.running import PASSWORD
from tests.workflow.watched import DOCUMENT, PHONES, TIME, Count, Rig, Watched, _cheap, context_of, rigged, watching

__all__ = ["_cheap"]

EVIL = {"ntp1": "evil"}
GOOD = {"ntp1": "ptb"}


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rigged(tmp_path) as rig:
        yield rig


async def test_drift_is_told_and_that_it_is_gone(rig: Rig) -> None:
    async with watching(rig) as watched:
        assert watched.drifted == []
        rig.store.update_config(rig.time, EVIL)
        await watched.seen(TIME)
        rig.store.update_config(rig.phones, {"gk1": "10.0.0.1"})
        await watched.seen(TIME, PHONES)
        rig.store.update_config(rig.time, GOOD)
        await watched.seen(PHONES)
    told = [([str(a) for a in one.new], [str(a) for a in one.gone]) for one in watched.sightings]
    assert told == [([], []), ([TIME], []), ([PHONES], []), ([], [TIME])]
    assert watched.remarks() == []


async def test_the_same_is_told_once(rig: Rig) -> None:
    """Whatever happens to things that are in step, or that were told."""
    async with watching(rig) as watched:
        rig.store.update_config(rig.time, EVIL)
        await watched.seen(TIME)
        rig.store.update_config(rig.time, EVIL)
        rig.store.update_config(rig.phones, {"gk1": "172.16.0.1"})
        rig.store.add_config(1, {"type": "NTP", "desc": "nobody's"})
        rig.store.update_config(rig.time, {"ntp1": "worse"})
        await watched.until(lambda one: len(one.sightings) == 3)
        assert [str(address) for address in watched.sightings[-1].new] == [TIME]
        assert watched.sightings[-1].plan.changes[0].diff[0].before == "worse"


async def test_what_is_deleted_or_never_there(rig: Rig) -> None:
    async with watching(rig) as watched:
        rig.store.delete_config(rig.time)
        await watched.seen(TIME)
        rig.store.add_config(1, {"type": "NTP", "desc": "time", **GOOD})
        await watched.seen()
        rig.store.update_category(1, {"name": "Lab"})
        await watched.seen("category[example.com/HQ]", PHONES)


async def test_a_domain_that_comes_and_goes(rig: Rig) -> None:
    new = "domain[new.example.com]"
    rig.write(DOCUMENT + "---\ndomain: new.example.com\n")
    async with watching(rig) as watched:
        assert watched.drifted == [new]
        number = rig.store.add_domain("new.example.com")
        await watched.seen()
        rig.store.delete_domain(number)
        await watched.seen(new)


async def test_only(rig: Rig) -> None:
    async with watching(rig, only=("config[*/PHONE/*]",)) as watched:
        rig.store.update_config(rig.time, EVIL)
        rig.store.update_config(rig.phones, {"gk1": "10.0.0.1"})
        await watched.seen(PHONES)


async def test_once(rig: Rig) -> None:
    watched = Watched()
    assert not await workflow.watch(context_of(rig.root), workflow.Watching(once=True), watched)
    rig.store.update_config(rig.time, EVIL)
    assert await workflow.watch(context_of(rig.root), workflow.Watching(once=True), watched)
    assert [len(one.new) for one in watched.sightings] == [0, 1]


# Beginnings that fail.


async def test_a_server_that_is_not_there(rig: Rig) -> None:
    (rig.root / "syncer.yaml").write_text((rig.root / "syncer.yaml").read_text().replace(str(rig.port), "1"))
    with pytest.raises(UnreachableServer, match="the connection was refused"):
        await workflow.watch(context_of(rig.root), workflow.Watching(), Watched())


async def test_a_wrong_password(rig: Rig) -> None:
    with pytest.raises(LoginRefused):
        await workflow.watch(context_of(rig.root, SYNCER_PASSWORD="wrong"), workflow.Watching(), Watched())


async def test_broken_files(rig: Rig) -> None:
    rig.write("domain: [")
    with pytest.raises(ProblemsError):
        await workflow.watch(context_of(rig.root), workflow.Watching(), Watched())


async def test_files_that_cannot_be_compared(rig: Rig) -> None:
    rig.store.add_config(1, {"type": "NTP", "desc": "time"})
    with pytest.raises(ProblemsError, match="time"):
        await workflow.watch(context_of(rig.root), workflow.Watching(), Watched())


# Connections.


async def test_a_connection_that_is_cut(rig: Rig) -> None:
    """What drifted meanwhile is told once it is back."""
    async with watching(rig) as watched:
        rig.cut()
        rig.store.update_config(rig.time, EVIL)
        await watched.seen(TIME)
        await watched.remarked(About.BACK)
    assert watched.remarks() == [
        "connection lost: the connection was lost during a pause; trying again",
        "connected again",
    ]


async def test_a_service_that_restarts(rig: Rig) -> None:
    async with watching(rig) as watched:
        await rig.stop()
        await watched.until(lambda one: len(one.remarks(About.LOST)) == 2)
        await asyncio.sleep(3600)
        rig.store.update_config(rig.time, EVIL)
        await rig.start()
        await watched.seen(TIME)
    assert watched.remarks() == [
        "connection lost: the connection was lost during a pause (code 1001); trying again",
        "still not connected: the connection was refused; trying again",
        "connected again",
    ]


async def test_a_service_that_is_not_well(rig: Rig) -> None:
    async with watching(rig) as watched:
        rig.running.emulator.faults.add(Garbage(), When(mt="AppChallenge"))
        rig.cut()
        await watched.until(lambda one: len(one.remarks(About.LOST)) == 2)
        assert watched.remarks(About.LOST)[1].startswith("still not connected: a broken message came during the login")
        rig.running.emulator.faults.clear()
        await watched.remarked(About.BACK)


async def test_a_password_that_is_changed_is_not_tried_all_the_time(rig: Rig) -> None:
    loop, count = asyncio.get_running_loop(), Count(rig.running)
    async with watching(rig) as watched:
        rig.store.password = "another"
        rig.cut()
        await watched.until(lambda one: len(one.remarks(About.LOST)) == 2)
        assert watched.remarks(About.LOST)[1] == (
            "still not connected: the login to innovaphone-devices-api of example.com was refused "
            "(wrong app, domain or password); trying again now and then"
        )
        begun = loop.time()
        await asyncio.sleep(3600)
        assert 4 <= count.by_type["AppLogin"] <= 15
        rig.store.password = PASSWORD
        await watched.remarked(About.BACK)
        assert loop.time() <= begun + 3600 + 600


async def test_a_server_that_says_nothing_any_more(rig: Rig) -> None:
    """Half open: nothing tells of it but that a question is not answered."""
    async with watching(rig, context_of(rig.root, timeout=2.0)) as watched:
        rig.running.emulator.faults.add(Stall(), When(mt="GetUserInfo"))
        begun = asyncio.get_running_loop().time()
        await watched.remarked(About.LOST)
        assert asyncio.get_running_loop().time() - begun < 60
        assert watched.remarks(About.LOST)[0].startswith("connection lost: no answer to Get")
        rig.running.emulator.faults.clear()
        await watched.remarked(About.BACK)


async def test_a_quiet_service_is_not_given_up(rig: Rig) -> None:
    count = Count(rig.running)
    async with watching(rig) as watched:
        await asyncio.sleep(100)
        assert watched.remarks() == []
    assert count.by_type["AppLogin"] == 1
    assert count.by_type["GetUserInfo"] == 1 + 3


async def test_events_that_are_not_sent(tmp_path: Path) -> None:
    """From time to time all is read anew."""
    state = tmp_path / "state.sqlite"
    async with rigged(tmp_path, state=state) as rig, watching(rig, recheck=60.0) as watched:
        begun = asyncio.get_running_loop().time()
        with Store(state, password=PASSWORD) as silent:
            silent.update_config(rig.time, EVIL)
        await watched.seen(TIME)
        assert asyncio.get_running_loop().time() - begun <= 61


async def test_two_hundred_connections(rig: Rig) -> None:
    """Nothing of an earlier one stays."""
    async with watching(rig) as watched:
        tasks = len(asyncio.all_tasks())
        for times in range(1, 201):
            rig.cut()
            await watched.remarked(About.BACK, times)
        assert len(asyncio.all_tasks()) <= tasks + 4
        gc.collect()
        assert sum(isinstance(one, Follower) for one in gc.get_objects()) <= 2
        rig.store.update_config(rig.time, EVIL)
        await watched.seen(TIME)


async def test_a_flood(rig: Rig) -> None:
    """As many reads as there were moments to read in, and the truth at the end."""
    count = Count(rig.running)
    async with watching(rig) as watched:
        for number in range(10_000):
            rig.store.update_config(rig.time, {"ntp1": str(number)})
            if number % 500 == 0:
                await asyncio.sleep(0.01)
        await watched.until(lambda one: one.sightings[-1].plan.changes[:1] and _live(one) == "9999")
        rig.store.update_config(rig.time, GOOD)
        await watched.seen()
    assert count.by_type["GetDeviceConfig"] < 200
    assert count.by_type["GetUserInfo"] < 10


def _live(watched: Watched) -> object:
    return watched.sightings[-1].plan.changes[0].diff[0].before


# Files.


async def test_files_that_change(rig: Rig) -> None:
    async with watching(rig) as watched:
        rig.write(DOCUMENT.replace("ptb", "dcf77"))
        await watched.seen(TIME)
        rig.write(DOCUMENT)
        await watched.seen()
        (rig.root / "domains" / "more.yaml").write_text(
            "domain: example.com\nconfigs: [{type: NTP, desc: x, categories: []}]\n"
        )
        await watched.seen("config[example.com/NTP/x]")


async def test_a_script_that_changes(rig: Rig) -> None:
    (rig.root / "domains" / "script.txt").write_text("one")
    rig.write(DOCUMENT + "  - {type: EXPERT, desc: e, categories: [], script: {file: script.txt}}\n")
    rig.store.add_config(1, {"type": "EXPERT", "desc": "e", "script": "one"})
    async with watching(rig) as watched:
        assert watched.drifted == []
        (rig.root / "domains" / "script.txt").write_text("two!")
        await watched.seen("config[example.com/EXPERT/e]")
        (rig.root / "domains" / "script.txt").unlink()
        await watched.remarked(About.FILES)
        (rig.root / "domains" / "script.txt").write_text("one")
        await watched.seen()


async def test_files_that_break(rig: Rig) -> None:
    async with watching(rig) as watched:
        rig.write(DOCUMENT.replace("desc", "dsc"))
        await watched.remarked(About.FILES)
        rig.store.update_config(rig.time, EVIL)
        await watched.seen(TIME)  # by the last sound ones
        rig.write(DOCUMENT.replace("ptb", "evil"))
        await watched.seen()
        await watched.remarked(About.FILES, 2)
    broken, mended = watched.remarks(About.FILES)
    assert broken.startswith(
        "the files cannot be used, the last sound ones stay in force: domains/example.com.yaml:5:17: unknown field dsc"
    )
    assert mended == "the files are sound again"


async def test_a_server_that_is_named_otherwise(rig: Rig) -> None:
    path = rig.root / "syncer.yaml"
    before = path.read_text()
    async with watching(rig) as watched:
        path.write_text(before.replace("SYNCER_PASSWORD", "OTHER"))
        await watched.remarked(About.SETTINGS)
        rig.store.update_config(rig.time, EVIL)
        await watched.seen(TIME)
        path.write_text(f"# a comment\n{before}")
        await watched.remarked(About.SETTINGS, 2)
    assert watched.remarks() == [
        "the settings of the server have changed; they are used after a restart",
        "the settings of the server are the old ones again",
    ]


async def test_a_policy_that_changes(rig: Rig) -> None:
    path = rig.root / "syncer.yaml"
    async with watching(rig) as watched:
        rig.store.update_config(rig.time, EVIL)
        await watched.seen(TIME)
        path.write_text(path.read_text() + 'policy: {ignore: {"config[*/NTP/*]": [ntp1]}}\n')
        await watched.seen()


async def test_what_cannot_be_compared_for_a_while(rig: Rig) -> None:
    async with watching(rig) as watched:
        number = rig.store.add_config(1, {"type": "NTP", "desc": "time"})
        await watched.remarked(About.INCOMPARABLE)
        rig.store.update_config(number, EVIL)
        rig.store.update_config(rig.time, EVIL)
        await asyncio.sleep(30)
        rig.store.delete_config(number)
        await watched.seen(TIME)
        await watched.remarked(About.COMPARABLE)
    assert len(watched.remarks()) == 2


async def test_a_server_that_refuses_to_be_read(rig: Rig) -> None:
    async with watching(rig) as watched:
        rig.running.emulator.faults.add(Refuse("not now"), When(mt="GetDomains"))
        rig.store.update_category(1, {"name": "Lab"})
        await watched.remarked(About.LOST)
        rig.running.emulator.faults.clear()
        await watched.seen("category[example.com/HQ]", PHONES)
    assert watched.remarks()[0] == "the server cannot be read: GetDomains was refused: not now; trying again"
    assert watched.remarks()[-1] == "connected again"


async def test_an_answer_that_never_comes(rig: Rig) -> None:
    async with watching(rig, context_of(rig.root, timeout=2.0)) as watched:
        rig.running.emulator.faults.add(Ignore(), When(mt="GetDeviceConfig", nth=1))
        rig.store.update_config(rig.time, EVIL)
        await watched.seen(TIME)
    assert watched.remarks() == [
        "connection lost: no answer to GetDeviceConfig within 2 s; trying again",
        "connected again",
    ]


# Whoever measures, and whoever is told.


class Measured(Silence):
    """The latest of each, and how many events came."""

    def __init__(self) -> None:
        self.is_connected: list[bool] = []
        self.counts = (0, 0)
        self.drifted = -1
        self.are_sound = True
        self.events = 0

    def connected(self, *, is_connected: bool) -> None:
        self.is_connected.append(is_connected)

    def checked(self, at: float, drifted: int) -> None:
        self.drifted = drifted

    def devices(self, total: int, online: int) -> None:
        self.counts = (total, online)

    def heard(self) -> None:
        self.events += 1

    def files(self, *, are_sound: bool) -> None:
        self.are_sound = are_sound


async def test_what_is_measured(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    gauges = Measured()

    @asynccontextmanager
    async def measured(_: str | None) -> AsyncIterator[Measured]:
        yield gauges

    monkeypatch.setattr(watching_module, "open_gauges", measured)
    phone = rig.store.add_device(1, {"hwId": "1", "online": True})
    rig.store.add_device(1, {"hwId": "2", "online": False})
    async with watching(rig, metrics=":0") as watched:
        assert (gauges.counts, gauges.drifted, gauges.is_connected) == ((2, 1), 0, [True])
        count = Count(rig.running)
        for number in range(1000):
            rig.store.update_device(phone, {"online": number % 2 == 0})
        await asyncio.sleep(5)
        assert (gauges.counts, gauges.events) == ((2, 0), 1000)
        assert "GetDevices" not in count.by_type
        rig.store.update_config(rig.time, EVIL)
        rig.write("domain: [")
        await watched.remarked(About.FILES)
        assert (gauges.drifted, gauges.are_sound) == (1, False)
        rig.cut()
        await watched.remarked(About.BACK)
        assert gauges.is_connected == [True, False, True]
    assert gauges.is_connected[-1] is False


async def test_others_are_told(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is news, by whoever knows how."""
    offered: list[Sighting] = []

    @asynccontextmanager
    async def teller(*_: object) -> AsyncIterator[SimpleNamespace]:
        yield SimpleNamespace(tell=offered.append)

    monkeypatch.setattr(watching_module, "open_teller", teller)
    async with watching(rig, telling=workflow.Telling("true")) as watched:
        rig.store.update_config(rig.time, EVIL)
        await watched.seen(TIME)
    assert offered == watched.sightings


async def test_a_command_gets_no_secret_that_the_files_name(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor one that they name later."""
    hidden: list[Hidden] = []

    @asynccontextmanager
    async def teller(*args: Any) -> AsyncIterator[SimpleNamespace]:
        hidden.append(args[-1])
        yield SimpleNamespace(tell=lambda _: None)

    monkeypatch.setattr(watching_module, "open_teller", teller)
    context = context_of(rig.root, TURN="secret")
    async with watching(rig, context) as watched:
        assert not hidden[0]()
        rig.write(DOCUMENT + "  - {type: MEDIA, desc: m, categories: [], turnPassword: {env: TURN}}\n")
        await watched.seen("config[example.com/MEDIA/m]")
        assert hidden[0]() == {"TURN"}
