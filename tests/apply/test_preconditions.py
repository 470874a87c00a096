"""What others do between the plan and a write: found before anything is sent, and told."""

from collections.abc import Callable
from typing import Any

import pytest

from syncer.emulator import Store
from syncer.emulator.faults import Refuse
from syncer.errors import RequestRefused, StalePlan, SyncerError
from syncer.model.state import Desired, Policy
from syncer.model.values import Secret
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

Edit = Callable[[Store], object]
GONE = "gone.example.com"
FIELDS = {"turnServer": "turn.example.com", "turnUser": "me", "turnPassword": Secret("hunter2")}


def fill(store: Store) -> None:
    """Ids: domains 2 gone, 3 left; categories 1 Phones, 2 Old; configs 1 phone, 2 media, 3 old."""
    store.add_domain(GONE)
    store.add_domain("left.example.com")
    store.add_category(1, "Phones")
    store.add_category(1, "Old")
    store.add_config(1, {"type": "PHONE", "desc": "phone", "gk1": "1.1.1.1", "recordingUrl": "http://r"}, [1])
    store.add_config(1, {"type": "MEDIA", "desc": "media", "turnServer": "turn.example.com", "turnPassword": "old-one"})
    store.add_config(1, {"type": "EXPERT", "desc": "old", "script": "x"})


def phone(**entry: Any) -> Desired:
    """An update of the phone's config alone."""
    one = config("PHONE", "phone", {"gk1": "2.2.2.2", "recordingUrl": "http://r"}, categories=("Phones",), **entry)
    return desired(domain(categories=None, configs=[one]))


def media() -> Desired:
    """An update of the media config alone."""
    return desired(domain(categories=None, configs=[config("MEDIA", "media", FIELDS)]))


def only(*, categories: Any = (), configs: Any = ()) -> Desired:
    """The home domain with these."""
    return desired(domain(categories=categories, configs=configs))


def each(*edits: Edit) -> Edit:
    """One edit after the other."""
    return lambda store: [edit(store) for edit in edits]


CREATE = only(configs=[config("NTP", "new")])
CREATE_NAMING = only(categories=[category("Phones")], configs=[config("NTP", "new", categories=("Phones",))])
CREATE_CATEGORY = only(categories=[category("New")])
CREATE_DOMAIN = desired(domain("new.example.com", None, None))
RENAME_CATEGORY = only(categories=[category("Phones 2", renamed_from="Phones")])
RENAME_DOMAIN = desired(domain("right.example.com", None, None, renamed_from="left.example.com"))
DELETE = only(configs=[config("EXPERT", "old", absent=True)])
DELETE_CATEGORY = only(categories=[category("Old", absent=True)])
DELETE_DOMAIN = desired(domain(GONE, (), (), absent=True))

STALE: dict[str, tuple[Desired, Edit, str]] = {
    "changed": (phone(), lambda s: s.update_config(1, {"gk1": "3.3.3.3"}), "gk1: 1.1.1.1 -> 3.3.3.3"),
    "done by hand": (phone(), lambda s: s.update_config(1, {"gk1": "2.2.2.2"}), "gk1: 1.1.1.1 -> 2.2.2.2"),
    "something else of it changed": (phone(), lambda s: s.update_config(1, {"new": [1]}), "extra.new: (unset) -> [1]"),
    "labelled": (phone(), lambda s: s.update_config(1, {"dialTone": 3}), "dialTone: (unset) -> UK"),
    "for others": (phone(), lambda s: s.update_config(1, {}, [1, 2]), "categories: [Phones] -> [Old, Phones]"),
    "for everyone": (phone(), lambda s: s.update_config(1, {}, []), "categories: [Phones] -> []"),
    "renamed": (phone(), lambda s: s.update_config(1, {"desc": "other"}), "desc: phone -> other"),
    "secret changed": (
        media(),
        lambda s: s.update_config(2, {"turnPassword": "zzz"}),
        "turnPassword: (secret) -> (secret)",
    ),
    "seed changed": (media(), lambda s: s.update_config(2, {"turnServer": "t2"}), "turnServer: turn.example.com -> t2"),
    "secret gone": (media(), lambda s: s.update_config(2, {"turnPassword": ""}), "turnPassword: (secret) -> (unset)"),
    "gone": (phone(), lambda s: s.delete_config(1), "it is gone"),
    "in another domain": (
        phone(),
        each(lambda s: s.delete_config(1), lambda s: s.add_config(2, {"type": "PHONE"})),
        "it is gone",
    ),
    "created": (
        CREATE,
        lambda s: s.add_config(1, {"type": "NTP", "desc": "new"}),
        "somebody created it meanwhile (id 4)",
    ),
    "name taken": (
        RENAME_CATEGORY,
        lambda s: s.add_category(1, "Phones 2"),
        "somebody took its new name meanwhile (id 3)",
    ),
    "category gone": (CREATE_NAMING, lambda s: s.delete_category(1), "its category Phones is not there"),
    "category replaced": (
        CREATE_NAMING,
        each(lambda s: s.delete_category(1), lambda s: s.add_category(1, "Phones")),
        "its category Phones is not there",
    ),
    "category created": (CREATE_CATEGORY, lambda s: s.add_category(1, "New"), "somebody created it meanwhile (id 3)"),
    "category changed": (RENAME_CATEGORY, lambda s: s.update_category(1, {"config": False}), "config: true -> (unset)"),
    "category renamed": (RENAME_CATEGORY, lambda s: s.update_category(1, {"name": "X"}), "name: Phones -> X"),
    "category to rename gone": (RENAME_CATEGORY, lambda s: s.delete_category(1), "it is gone"),
    "domain created": (
        CREATE_DOMAIN,
        lambda s: s.add_domain("new.example.com"),
        "somebody created it meanwhile (id 4)",
    ),
    "domain changed": (
        RENAME_DOMAIN,
        lambda s: s.update_domain(3, {"deployAdminPasswords": True}),
        "deployAdminPasswords",
    ),
    "domain gone": (RENAME_DOMAIN, lambda s: s.delete_domain(3), "it is gone"),
    "deleted already": (DELETE, lambda s: s.delete_config(3), "it is gone"),
    "changed before it is deleted": (DELETE, lambda s: s.update_config(3, {"script": "y"}), "script: x -> y"),
    "category named now": (
        DELETE_CATEGORY,
        lambda s: s.update_config(2, {}, [2]),
        "it must not be deleted: config[example.com/MEDIA/media] names it now",
    ),
    "category with devices now": (
        DELETE_CATEGORY,
        lambda s: s.add_device(1, {"hwId": "1"}, [2]),
        "it must not be deleted: it has 1 device now",
    ),
    "category that cannot be counted": (
        only(categories=[category("a,b", absent=True)]),
        lambda _: None,
        "it must not be deleted: whether it has devices cannot be checked",
    ),
    "config in the domain now": (
        DELETE_DOMAIN,
        lambda s: s.add_config(2, {"type": "NTP", "desc": "n"}),
        f"it must not be deleted: config[{GONE}/NTP/n] is in it now",
    ),
    "category in the domain now": (
        DELETE_DOMAIN,
        lambda s: s.add_category(2, "c"),
        f"it must not be deleted: category[{GONE}/c] is in it now",
    ),
    "devices in the domain now": (
        DELETE_DOMAIN,
        each(lambda s: s.add_device(2, {"hwId": "1"}), lambda s: s.add_device(2, {"hwId": "2"})),
        "it must not be deleted: it has 2 devices now",
    ),
}


@pytest.mark.parametrize("case", STALE)
async def test_before_the_first_write_the_plan_is_stale(bench: Bench, case: str) -> None:
    wanted, edit, told = STALE[case]
    fill(bench.store)
    if "cannot be counted" in case:
        bench.store.add_category(1, "a,b")
    planned, live = await bench.plan(wanted)
    assert len(planned.steps) == 1
    edit(bench.store)
    left = bench.contents()
    with pytest.raises(StalePlan) as caught:
        await bench.transaction(planned, live, wanted.policy).run()
    address = planned.steps[0].change.address
    assert told in str(caught.value)
    assert str(caught.value).startswith(f"{address}: ")
    assert str(caught.value).endswith("; nothing was written. Plan again and review it")
    assert bench.faults.writes() == []
    assert bench.outcomes == []
    assert bench.contents() == left
    for secret in ("hunter2", "old-one", "zzz"):
        assert secret not in str(caught.value)


LATER: dict[str, tuple[Edit, str, str]] = {
    "changed": (
        lambda s: s.update_config(1, {"gk1": "3.3.3.3"}),
        "config[example.com/PHONE/phone]",
        "it was changed meanwhile: gk1: 1.1.1.1 -> 3.3.3.3",
    ),
    "gone": (lambda s: s.delete_config(1), "config[example.com/PHONE/phone]", "it is gone"),
    "secret": (
        lambda s: s.update_config(2, {"turnPassword": "zzz"}),
        "config[example.com/MEDIA/media]",
        "it was changed meanwhile: turnPassword: (secret) -> (secret)",
    ),
    "created": (
        lambda s: s.add_config(1, {"type": "NTP", "desc": "new"}),
        "config[example.com/NTP/new]",
        "somebody created it meanwhile (id 4)",
    ),
    "category": (
        lambda s: s.add_category(1, "New"),
        "category[example.com/New]",
        "somebody created it meanwhile (id 3)",
    ),
    "deleted": (lambda s: s.delete_config(3), "config[example.com/EXPERT/old]", "it is gone"),
    "in use": (
        lambda s: s.add_device(1, {"hwId": "1"}, [2]),
        "category[example.com/Old]",
        "it must not be deleted: it has 1 device now",
    ),
}


@pytest.mark.parametrize("case", LATER)
async def test_later_it_is_a_failure_and_the_rest_is_not_tried(bench: Bench, case: str) -> None:
    edit, address, told = LATER[case]
    fill(bench.store)
    wanted = desired(
        domain(
            fields={"deployAdminPasswords": True},
            categories=[category("Phones"), category("New"), category("Old", absent=True)],
            configs=[
                config("PHONE", "phone", {"gk1": "2.2.2.2", "recordingUrl": "http://r"}, categories=("Phones",)),
                config("MEDIA", "media", FIELDS),
                config("NTP", "new"),
                config("EXPERT", "old", absent=True),
            ],
        )
    )
    planned, live = await bench.plan(wanted)
    bench.fault(Meanwhile(lambda: edit(bench.store)), "update_domain")
    report = await bench.transaction(planned, live, wanted.policy, parallelism=1).run()
    order = [str(change.address) for change in planned.plan.changes]
    found = results(report)
    assert list(found) == order
    here = order.index(address)
    assert set(list(found.values())[:here]) == {"applied"}
    assert set(list(found.values())[here:]) == {"not tried"}
    assert reasons(report) == {address: told}
    assert len(bench.faults.writes()) == here
    assert [str(one.address) for one in bench.outcomes] == order[: here + 1]


@pytest.mark.parametrize("profile", ["conventional", "changed"])
async def test_ignored_fields_stay_as_others_leave_them(profile: str) -> None:
    """Neither stale nor written back, however they changed after the plan was made."""
    async with open_bench(profile) as bench:
        fill(bench.store)
        bench.store.update_config(1, {"seen": 1, "gone": 1})
        ignored = frozenset({"recordingUrl", "exclusive", "seen", "gone", "come", "categories"})
        wanted = phone(ignore=ignored)
        planned, live = await bench.plan(wanted)
        now = {"recordingUrl": "http://other", "exclusive": True, "seen": 2, "come": 3, "gone": None}
        bench.store.update_config(1, now, [1, 2])
        assert all_applied(await bench.transaction(planned, live, wanted.policy).run())
        found = bench.stored("PHONE", "phone")
        assert found is not None
        assert found.categories == (1, 2)
        assert found.fields == {"type": "PHONE", "desc": "phone", "gk1": "2.2.2.2", **now}


async def test_ignored_by_policy(bench: Bench) -> None:
    fill(bench.store)
    policy = Policy(ignore={"config[*/PHONE/*]": ("recordingUrl",)})
    wanted = Desired(phone().domains, policy)
    planned, live = await bench.plan(wanted)
    bench.store.update_config(1, {"recordingUrl": "http://other"})
    assert all_applied(await bench.transaction(planned, live, policy).run())
    assert bench.fields("PHONE", "phone") == {"gk1": "2.2.2.2", "recordingUrl": "http://other"}


async def test_a_change_beside_an_ignored_one_is_told_alone(bench: Bench) -> None:
    fill(bench.store)
    wanted = phone(ignore=frozenset({"recordingUrl", "seen"}))
    planned, live = await bench.plan(wanted)
    bench.store.update_config(1, {"recordingUrl": "http://other", "seen": 1, "gk2": "4.4.4.4"})
    with pytest.raises(StalePlan, match=r"meanwhile: gk2: \(unset\) -> 4\.4\.4\.4; nothing"):
        await bench.transaction(planned, live, wanted.policy).run()


async def test_changes_of_other_objects_do_not_matter(bench: Bench) -> None:
    fill(bench.store)
    wanted = phone()
    planned, live = await bench.plan(wanted)
    store = bench.store
    store.update_category(1, {"name": "Telephones", "colour": "red"})
    store.update_config(2, {"turnUser": "other"})
    store.update_domain(1, {"new": 1})
    store.add_config(1, {"type": "NTP", "desc": "n"})
    store.add_device(1, {"hwId": "1"}, [1])
    store.delete_domain(2)
    assert all_applied(await bench.transaction(planned, live, wanted.policy).run())
    found = bench.stored("PHONE", "phone")
    assert found is not None
    assert (found.fields["gk1"], found.categories) == ("2.2.2.2", (1,))


async def test_a_masked_field_is_not_told(bench: Bench) -> None:
    fill(bench.store)
    policy = Policy(mask={"config[*/PHONE/*]": ("gk1",)})
    wanted = Desired(phone().domains, policy)
    planned, live = await bench.plan(wanted)
    bench.store.update_config(1, {"gk1": "3.3.3.3"})
    with pytest.raises(StalePlan, match=r"gk1: \(secret\) -> \(secret\)"):
        await bench.transaction(planned, live, policy).run()


async def test_a_mask_holds_while_the_domain_is_renamed(bench: Bench) -> None:
    """The glob names the config as it was before its domain is renamed by the same plan."""
    owner = bench.store.add_domain("old.example.com")
    number = bench.store.add_config(owner, {"type": "EXPERT", "desc": "e", "script": "before"})
    policy = Policy(mask={"config[old.example.com/*]": ("script",)})
    new = domain("new.example.com", None, [config("EXPERT", "e", {"script": "after"}, "new.example.com")],
                 renamed_from="old.example.com")  # fmt: skip
    wanted = desired(new, policy=policy)
    planned, live = await bench.plan(wanted)
    bench.fault(Meanwhile(lambda: bench.store.update_config(number, {"script": "foreign"})), "update_domain")
    report = await bench.transaction(planned, live, policy).run()
    assert reasons(report) == {
        "config[new.example.com/EXPERT/e]": "it was changed meanwhile: script: (secret) -> (secret)"
    }


async def test_an_object_that_cannot_be_read_is_not_taken_for_gone(bench: Bench) -> None:
    fill(bench.store)
    wanted = phone()
    planned, live = await bench.plan(wanted)
    bench.fault(Refuse("storage is on fire"), mt="GetDeviceConfig")
    with pytest.raises(RequestRefused, match="storage is on fire") as caught:
        await bench.transaction(planned, live, wanted.policy).run()
    assert caught.value.exit_code == 1
    assert bench.faults.writes() == []


@pytest.mark.parametrize("at_first", [True, False])
async def test_what_has_no_words_any_more_is_not_tried(at_first: bool) -> None:
    """An ignored field that has grown, say, past what a message of this profile can hold."""
    async with open_bench("names") as bench:
        fill(bench.store)
        wanted = phone(ignore=frozenset({"blob"}))
        if not at_first:
            wanted = desired(
                domain(fields={"deployAdminPasswords": True}, configs=wanted.domains[0].configs, categories=None)
            )
        planned, live = await bench.plan(wanted)
        bench.store.update_config(1, {"blob": [0] * 40_000})
        running = bench.transaction(planned, live, wanted.policy).run()
        told = "config[example.com/PHONE/phone]: too large for a message of 60000 bytes"
        if at_first:
            with pytest.raises(SyncerError, match="too large for a message") as caught:
                await running
            assert (caught.value.exit_code, str(caught.value)) == (1, told)
        else:
            report = await running
            assert list(results(report).values()) == ["applied", "not tried"]
            assert list(reasons(report).values()) == [told]
        assert bench.fields("PHONE", "phone")["gk1"] == "1.1.1.1"
        assert bench.faults.writes("update_config") == []
