"""Every guard: that it is in the plan, and that phones fall silent where nobody heeds it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from syncer import resources
from syncer.emulator import PASSWORD, Store
from syncer.errors import GuardRefused, StalePlan
from syncer.files.settings import Server, Settings
from syncer.model.address import Kind
from syncer.model.plan import Guard, Plan
from syncer.model.state import Desired, Limits, Policy
from syncer.plan.confirm import Confirmed, refuse_held
from syncer.plan.saved import check_origin, select
from syncer.wire.profile import load as load_profile
from syncer.workflow.connecting import Connected
from syncer.workflow.context import Repository
from syncer.workflow.counting import count_devices
from syncer.workflow.planning import find_guards
from tests.apply.bench import HOME, PLACE, URL, Bench, all_applied, category, config, desired, domain
from tests.reliability.harness import Silence

GK = "172.16.0.1"


def effective(store: Store) -> dict[str, dict[str, Any]]:
    """What each device gets: the fields of the configs that apply to it, by their type and description.

    A config applies by the categories of the device that are used for configs, or to every device of the domain if it
    has none. Who is in no domain gets nothing.
    """
    got: dict[str, dict[str, Any]] = {str(device.fields["hwId"]): {} for device in store.devices(None)}
    for one in store.domains():
        used = {c.id for c in store.categories(one.id) if c.fields.get("config")}
        for device in store.devices(one.id):
            got[str(device.fields["hwId"])] = {
                f"{c.fields['type']} {c.fields.get('desc', '')}": c.fields
                for c in store.configs(one.id)
                if not c.categories or used & set(c.categories) & set(device.categories)
            }
    return got


def who(store: Store, what: str) -> set[str]:
    """The devices that get a config."""
    return {hw_id for hw_id, configs in effective(store).items() if what in configs}


def phone(bench: Bench, hw_id: str, *categories: str, in_domain: str = HOME) -> int:
    """A phone with categories."""
    owner = bench.store.domain_named(in_domain)
    assert owner
    ids = [found.id for name in categories if (found := bench.category(name, in_domain))]
    assert len(ids) == len(categories)
    return bench.store.add_device(owner.id, {"hwId": hw_id, "type": "PHONE"}, ids)


def setting(bench: Bench, kind: str, desc: str, *categories: str, in_domain: str = HOME, **fields: Any) -> int:
    """A config of the store."""
    owner = bench.store.domain_named(in_domain)
    assert owner
    ids = [found.id for name in categories if (found := bench.category(name, in_domain))]
    assert len(ids) == len(categories)
    return bench.store.add_config(owner.id, {"type": kind, "desc": desc, **fields}, ids)


@pytest.fixture
async def office(bench: Bench) -> Bench:
    """Two phones of HQ with a gatekeeper and a time server, one of the lab, and a category that nobody has."""
    for name in ("HQ", "Lab", "Spare"):
        bench.store.add_category(1, name)
    phone(bench, "a", "HQ")
    phone(bench, "b", "HQ")
    phone(bench, "lab", "Lab")
    setting(bench, "PHONE", "phones", "HQ", gk1=GK)
    setting(bench, "NTP", "time", "HQ", ntp1="ptb")
    return bench


ALL_THREE = (category("HQ"), category("Lab"), category("Spare"))
PHONES = config("PHONE", "phones", {"gk1": GK}, categories=("HQ",))
TIME = config("NTP", "time", {"ntp1": "ptb"}, categories=("HQ",))


def repository(emulator: str | None = ":memory:", root: Path = Path()) -> Repository:
    """The least that guards need of it."""
    url = URL if emulator else "wss://apps.example.com/x/devices/y"
    server = Server("test", url, None, None, None, None, "conventional", False, None, PLACE, emulator)
    return Repository(Settings(root, {"test": server}, (), Policy()), server)


async def held(bench: Bench, wanted: Desired, saved: Plan | None = None) -> tuple[Plan, tuple[Guard, ...]]:
    """The plan that an apply comes to, and its guards, as `syncer plan` and `syncer apply` find them."""
    planned, live = await bench.plan(wanted)
    if saved is not None:
        check_origin(saved, URL, PASSWORD, wanted, bench.profile.digest)
        planned = select(saved, planned)
    connected = Connected(bench.service, bench.profile, PASSWORD)
    counted = await count_devices(Silence(), bench.service, planned.steps, live, reach=False)
    found = find_guards(repository(), connected, planned.steps, counted.live, wanted.policy)
    return planned.plan.with_guards(found), found


async def guards_of(bench: Bench, wanted: Desired) -> dict[str, tuple[str | None, int | None]]:
    """What lets each guard through, by its name; and that the plan is refused as it is."""
    plan, found = await held(bench, wanted)
    with pytest.raises(GuardRefused):
        refuse_held(plan, Confirmed())
    assert len({guard.name for guard in found}) == len(found)
    return {guard.name: (guard.confirm, guard.count) for guard in found}


async def carried_out(bench: Bench, wanted: Desired) -> None:
    """Without any guard."""
    report = await bench.apply(wanted)
    assert all_applied(report), report


async def refused_at_the_write(bench: Bench, wanted: Desired, why: str) -> None:
    """What must not be deleted is asked for again right before it."""
    left = bench.contents()
    with pytest.raises(StalePlan, match=why):
        await bench.apply(wanted)
    assert bench.contents() == left


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nobody asks again, either."""

    async def nothing(*_: object) -> str:
        return ""

    monkeypatch.setattr("syncer.apply.carry.occupied", nothing)
    return monkeypatch


class TestProtected:
    @pytest.mark.parametrize("gone", [True, False], ids=["delete", "update"])
    async def test_a_protected_config(self, office: Bench, gone: bool) -> None:
        policy = Policy(protect=("config[*/PHONE/*]",), limits=Limits(deletes_percent=60))
        entry = replace(PHONES, absent=True) if gone else replace(PHONES, categories=("Lab",))
        wanted = desired(domain(categories=None, configs=[entry]), policy=policy)
        assert await guards_of(office, wanted) == {"protected": (None, None)}
        assert who(office.store, "PHONE phones") == {"a", "b"}
        await carried_out(office, wanted)
        assert who(office.store, "PHONE phones") == (set() if gone else {"lab"})

    async def test_one_that_vanished_from_the_files_and_would_be_pruned(self, office: Bench) -> None:
        policy = Policy(prune=frozenset({Kind.CONFIG}), protect=("*phones]",), limits=Limits(deletes_percent=60))
        wanted = desired(domain(categories=None, configs=[TIME]), policy=policy)
        assert await guards_of(office, wanted) == {"protected": (None, None)}
        await carried_out(office, wanted)
        assert who(office.store, "PHONE phones") == set()

    async def test_one_that_vanished_from_the_files_and_stays_is_told(self, office: Bench) -> None:
        wanted = desired(domain(categories=None, configs=[TIME]), policy=Policy(protect=("*phones]",)))
        plan, found = await held(office, wanted)
        assert found == ()
        assert plan.notes == (
            "1 protected object is not in the files and left alone: config[example.com/PHONE/phones]",
        )


class TestLimits:
    async def test_more_deletes_than_the_limit(self, office: Bench) -> None:
        for number in range(40):
            setting(office, "MEDIA", f"{number}", "HQ", turnServer="turn")
        gone = [config("MEDIA", f"{number}", absent=True) for number in range(11)]
        wanted = desired(domain(categories=None, configs=gone))
        assert await guards_of(office, wanted) == {"deletes": ("deletes", 11)}
        await carried_out(office, wanted)
        assert who(office.store, "MEDIA 10") == set()
        assert who(office.store, "MEDIA 11") == {"a", "b"}

    async def test_a_larger_share_than_the_limit(self, office: Bench) -> None:
        wanted = desired(domain(categories=None, configs=[replace(PHONES, absent=True)]))
        assert await guards_of(office, wanted) == {"deletes": ("deletes", 1)}
        await carried_out(office, wanted)
        assert who(office.store, "PHONE phones") == set()

    async def test_all_of_a_kind(self, office: Bench) -> None:
        policy = Policy(prune=frozenset({Kind.CONFIG}), limits=Limits(deletes=100, deletes_percent=100))
        wanted = desired(domain(categories=None, configs=[]), policy=policy)
        assert await guards_of(office, wanted) == {"deletes": ("deletes", 2)}
        await carried_out(office, wanted)
        assert effective(office.store) == {"a": {}, "b": {}, "lab": {}}

    @pytest.mark.parametrize(
        "limits", [Limits(updates=1), Limits(updates_percent=99), Limits(updates=2), Limits(updates_percent=100)]
    )
    async def test_updates(self, office: Bench, limits: Limits) -> None:
        """Beyond the limit, or all of a kind where there is one."""
        slips = [replace(PHONES, fields={}), replace(TIME, fields={"ntp1": "typo"})]
        wanted = desired(domain(categories=None, configs=slips), policy=Policy(limits=limits))
        assert await guards_of(office, wanted) == {"updates": ("updates", 2)}
        assert effective(office.store)["a"]["PHONE phones"]["gk1"] == GK
        await carried_out(office, wanted)
        assert not effective(office.store)["a"]["PHONE phones"].get("gk1")

    async def test_nothing_but_the_exact_number_lets_through(self, office: Bench) -> None:
        plan, _ = await held(office, desired(domain(categories=None, configs=[replace(PHONES, absent=True)])))
        for wrong in (Confirmed(deletes=2), Confirmed(deletes=0), Confirmed(updates=1, unreached=1)):
            with pytest.raises(GuardRefused):
                refuse_held(plan, wrong)
        refuse_held(plan, Confirmed(deletes=1, updates=7))


class TestUnreached:
    async def test_by_its_own_categories(self, office: Bench) -> None:
        wanted = desired(domain(categories=None, configs=[replace(PHONES, categories=("Spare",))]))
        assert await guards_of(office, wanted) == {"unreached": ("unreached", 1)}
        assert who(office.store, "PHONE phones") == {"a", "b"}
        await carried_out(office, wanted)
        assert who(office.store, "PHONE phones") == set()

    @pytest.mark.parametrize("configs", [None, (PHONES, TIME)], ids=["unmanaged", "unchanged"])
    async def test_by_a_categorys_flag(self, office: Bench, configs: Iterable[Any] | None) -> None:
        categories = [category("HQ", fields={"config": None}), *ALL_THREE[1:]]
        wanted = desired(domain(categories=categories, configs=configs))
        assert await guards_of(office, wanted) == {"unreached": ("unreached", 2)}
        await carried_out(office, wanted)
        assert effective(office.store) == {"a": {}, "b": {}, "lab": {}}

    async def test_a_category_whose_devices_cannot_be_asked_for(self, office: Bench) -> None:
        office.store.add_category(1, "HQ, 1st floor")
        phone(office, "c", "HQ, 1st floor")
        setting(office, "PHONE", "floor", "HQ, 1st floor", gk1=GK)
        entry = config("PHONE", "floor", {"gk1": GK}, categories=("Spare",))
        wanted = desired(domain(categories=None, configs=[entry]))
        assert await guards_of(office, wanted) == {"unreached": ("unreached", 1)}
        await carried_out(office, wanted)
        assert who(office.store, "PHONE floor") == set()

    async def test_devices_are_asked_for_only_where_they_decide(self, office: Bench) -> None:

        def asked() -> list[str]:
            return sorted(s.message["categories"] for s in office.faults.seen if s.mt == "GetDevices")

        harmless = desired(domain(categories=None, configs=[replace(PHONES, fields={}, categories=("HQ", "Spare"))]))
        assert (await held(office, harmless))[1] == ()
        assert asked() == []
        await held(office, desired(domain(categories=None, configs=[replace(PHONES, categories=("Spare", "Lab"))])))
        assert asked() == ["HQ", "Lab", "Spare"]


class TestInUse:
    async def test_a_category_that_a_config_names(self, office: Bench, request: pytest.FixtureRequest) -> None:
        """The service takes it from the config, which is then for every device."""
        setting(office, "PHONE", "test", "Spare", gk1="10.9.9.9")
        wanted = desired(domain(categories=[*ALL_THREE[:2], category("Spare", absent=True)], configs=None))
        assert await guards_of(office, wanted) == {"category-in-use": (None, None), "deletes": ("deletes", 1)}
        await refused_at_the_write(office, wanted, "names it now")
        assert who(office.store, "PHONE test") == set()
        request.getfixturevalue("unchecked")
        await carried_out(office, wanted)
        assert who(office.store, "PHONE test") == {"a", "b", "lab"}

    async def test_a_category_that_has_devices(self, office: Bench, request: pytest.FixtureRequest) -> None:
        """They lose it for good: to make it anew does not bring them back."""
        phones = replace(PHONES, categories=("Lab",)), replace(TIME, categories=("Lab",))
        wanted = desired(domain(categories=[category("HQ", absent=True), *ALL_THREE[1:]], configs=phones))
        assert await guards_of(office, wanted) == {"category-in-use": (None, None), "deletes": ("deletes", 1)}
        request.getfixturevalue("unchecked")
        await carried_out(office, wanted)
        assert who(office.store, "PHONE phones") == {"lab"}
        back = desired(domain(categories=ALL_THREE, configs=[PHONES, TIME]))
        await carried_out(office, back)
        assert who(office.store, "PHONE phones") == set()

    async def test_that_devices_are_asked_for_again_at_the_write(self, office: Bench) -> None:
        wanted = desired(domain(categories=[*ALL_THREE[:2], category("Spare", absent=True)], configs=None))
        phone(office, "c", "Spare")
        await refused_at_the_write(office, wanted, "it has 1 device now")

    @pytest.mark.parametrize("holds", ["a config", "a category", "a device"])
    async def test_a_domain(self, bench: Bench, holds: str, request: pytest.FixtureRequest) -> None:
        number = bench.store.add_domain("b.example")
        bench.store.add_domain("c.example")
        bench.store.add_domain("d.example")
        match holds:
            case "a config":
                setting(bench, "PHONE", "phones", in_domain="b.example", gk1=GK)
            case "a category":
                bench.store.add_category(number, "HQ")
            case _:
                phone(bench, "b", in_domain="b.example")
        wanted = desired(domain("b.example", None, None, absent=True))
        assert await guards_of(bench, wanted) == {"domain-in-use": (None, None)}
        await refused_at_the_write(bench, wanted, "it has 1 device now" if holds == "a device" else "is in it now")
        if holds != "a device":
            phone(bench, "b", in_domain="b.example")
        request.getfixturevalue("unchecked")
        await carried_out(bench, wanted)
        assert [device.fields["hwId"] for device in bench.store.devices(None)] == ["b"]
        assert effective(bench.store) == {"b": {}}

    async def test_the_instances_own_domain(self, office: Bench, unchecked: pytest.MonkeyPatch) -> None:
        """The emulator refuses that by itself; nobody knows whether every service does."""
        office.store.add_domain("b.example")
        wanted = desired(domain(categories=None, configs=None, absent=True))
        _, found = await held(office, wanted)
        messages = [guard.message for guard in found if guard.name == "domain-in-use" and guard.confirm is None]
        assert "domain[example.com] is the instance's own domain" in messages
        planned, live = await office.plan(wanted)
        assert not all_applied(await office.transaction(planned, live, wanted.policy).run())
        assert who(office.store, "PHONE phones") == {"a", "b"}
        office.store._db.change("UPDATE domain SET instance = 0")
        planned, live = await office.plan(wanted)
        await office.transaction(planned, live, wanted.policy).run()
        assert effective(office.store) == {"a": {}, "b": {}, "lab": {}}


class TestUnverifiedWire:
    async def test_a_profile_that_is_wrong(self, office: Bench, tmp_path: Path) -> None:
        """It says that an update holds only what changes; this service takes what is left out for unset."""
        office.store.update_config(1, {"gk2": "172.16.0.2"})
        text = resources.wire_profile("conventional")
        assert text
        wrong = load_profile(text.replace("sends: whole", "sends: changed"), "wrong.yaml")
        office.service._profile = wrong
        wanted = desired(domain(categories=None, configs=[replace(PHONES, fields={"gk1": GK, "gk2": "172.16.0.3"})]))
        planned, live = await office.plan(wanted)
        where = repository(emulator=None, root=tmp_path)
        connected = Connected(office.service, wrong, PASSWORD)
        counted = await count_devices(Silence(), office.service, planned.steps, live, reach=False)
        (guard,) = find_guards(where, connected, planned.steps, counted.live, wanted.policy)
        assert (guard.name, guard.confirm) == ("unverified-wire", "unverified-wire")
        assert not all_applied(await office.apply(wanted))
        assert not effective(office.store)["a"]["PHONE phones"].get("gk1")


MOVE = desired(domain(categories=None, configs=[replace(PHONES, categories=("Lab",))]))
DROP = desired(
    domain(categories=[*ALL_THREE[:2], category("Spare", absent=True)], configs=None),
    policy=Policy(limits=Limits(deletes_percent=50)),
)
UNUSE = desired(domain(categories=[*ALL_THREE[:2], category("Spare", fields={"config": None})], configs=None))
FEWER = desired(
    domain(categories=None, configs=[replace(PHONES, absent=True)]), policy=Policy(limits=Limits(deletes_percent=50))
)


def _lab_phone_leaves(bench: Bench) -> None:
    (device,) = [d for d in bench.store.devices(1) if d.fields["hwId"] == "lab"]
    bench.store.update_device(device.id, {}, [])


LATER: Mapping[str, tuple[Desired, Any, str]] = {
    "the devices that a config was to reach went": (MOVE, _lab_phone_leaves, "--confirm-unreached 1"),
    "a category got devices": (DROP, lambda bench: phone(bench, "c", "Spare"), "they would lose it for good"),
    "a config names a category": (DROP, lambda bench: setting(bench, "NTP", "x", "Spare"), "still name it"),
    "the devices of a config's category came": (
        UNUSE,
        lambda bench: (setting(bench, "NTP", "x", "Spare"), phone(bench, "c", "Spare")),
        "--confirm-unreached 1",
    ),
    "fewer are left": (FEWER, lambda bench: bench.store.delete_config(2), "takes every config"),
}


@pytest.mark.parametrize("what", LATER)
async def test_a_saved_plan_is_guarded_by_what_is_there_when_it_is_applied(office: Bench, what: str) -> None:
    wanted, meanwhile, why = LATER[what]
    saved, found = await held(office, wanted)
    assert found == ()
    refuse_held(saved, Confirmed())
    assert (await held(office, wanted, saved))[1] == ()
    meanwhile(office)
    plan, _ = await held(office, wanted, saved)
    with pytest.raises(GuardRefused, match=why):
        refuse_held(plan, Confirmed())


async def test_a_number_for_a_saved_plan_is_that_of_when_it_is_applied(office: Bench) -> None:
    """Also where the saved plan claims another, or none."""
    wanted = desired(domain(categories=[category("HQ", fields={"config": None}), *ALL_THREE[1:]], configs=None))
    saved, found = await held(office, wanted)
    assert [guard.count for guard in found] == [2]
    setting(office, "MEDIA", "new", "HQ")
    for claimed in (saved, replace(saved, guards=())):
        plan, _ = await held(office, wanted, claimed)
        with pytest.raises(GuardRefused, match="--confirm-unreached 3"):
            refuse_held(plan, Confirmed(unreached=2))
        refuse_held(plan, Confirmed(unreached=3))
