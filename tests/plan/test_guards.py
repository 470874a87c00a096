"""What holds an apply back."""

from dataclasses import replace

import pytest

from syncer.errors import GuardRefused
from syncer.model.address import Kind
from syncer.model.plan import Guard
from syncer.model.state import CategoryRef, Desired, Limits, Live, LiveObject
from syncer.plan import guards
from syncer.plan.confirm import Confirmed, let_through, refuse_held
from syncer.plan.parts import Wanted
from tests.plan import factories as make
from tests.plan.factories import ALL, HQ, PHONES, THERE, planned

# Limits that never speak, where other guards are tested.
QUIET = Limits(deletes=1000, deletes_percent=100)


def found(wanted: Desired, there: Live, *only: str) -> tuple[Guard, ...]:
    return guards.check(planned(wanted, there, *only).steps, there, wanted.policy)


def names(wanted: Desired, there: Live, *only: str) -> list[tuple[str, list[str]]]:
    """(guard, addresses) of each."""
    return [(one.name, [str(address) for address in one.addresses]) for one in found(wanted, there, *only)]


def ntps(count: int, start: int = 1) -> list[LiveObject]:
    return [make.live_config("NTP", f"n{number:03}", number) for number in range(start, start + count)]


def without(gone: int, of: int, **limits: int) -> tuple[Guard, ...]:
    """Guards where so many of so many configs are deleted."""
    entries = [make.config("NTP", f"n{number:03}", absent=True) for number in range(1, gone + 1)]
    policy = make.policy(limits=Limits(**limits))
    return found(make.desired(make.domain(configs=entries), policy=policy), make.live(make.live_domain(*ntps(of))))


def changing(changed: int, of: int, **limits: int) -> tuple[Guard, ...]:
    """Guards where so many of so many configs are updated."""
    entries = [make.config("NTP", f"n{number:03}", ntp1="x") for number in range(1, changed + 1)]
    policy = make.policy(limits=Limits(**limits))
    return found(make.desired(make.domain(configs=entries), policy=policy), make.live(make.live_domain(*ntps(of))))


class TestLimits:
    def test_deletes_within_the_limits(self) -> None:
        assert without(10, 100) == ()
        assert without(3, 10) == ()

    def test_more_deletes_than_the_limit(self) -> None:
        (guard,) = without(11, 100)
        assert (guard.name, guard.confirm, guard.count) == ("deletes", "deletes", 11)
        assert guard.message == "11 deletes are more than the limit of 10"
        assert len(guard.addresses) == 11

    def test_a_larger_share_than_the_limit(self) -> None:
        (guard,) = without(4, 10)
        assert (guard.confirm, guard.count) == ("deletes", 4)
        assert guard.message == "4 deletes are 40 % of the 10 configs of example.com, over 30 %"

    @pytest.mark.parametrize(
        "gone, of, held", [(3, 10, False), (31, 100, True), (30, 100, False), (1, 3, True), (1, 4, False)]
    )
    def test_the_share_is_strictly_more(self, gone: int, of: int, held: bool) -> None:
        assert bool(without(gone, of, deletes=1000)) == held

    def test_all_of_a_kind(self) -> None:
        for limits in ({}, {"deletes": 1000, "deletes_percent": 100}):
            (guard,) = without(1, 1, **limits)
            assert guard.message == "1 delete takes every config of example.com"
            assert (guard.confirm, guard.count) == ("deletes", 1)

    def test_all_of_several(self) -> None:
        (guard,) = without(2, 2)
        assert guard.message == "2 deletes take every config of example.com"
        assert [str(address) for address in guard.addresses] == [
            "config[example.com/NTP/n001]",
            "config[example.com/NTP/n002]",
        ]

    def test_a_kind_is_not_a_type(self) -> None:
        there = make.live(make.live_domain(*ntps(9), PHONES))
        wanted = make.desired(make.domain(configs=[make.config("PHONE", "phones", absent=True)]))
        assert found(wanted, there) == ()

    def test_a_limit_of_none_at_all(self) -> None:
        (guard,) = without(1, 100, deletes=0)
        assert guard.message == "1 delete is more than the limit of 0"

    def test_shares_are_of_each_domain_and_the_number_is_of_the_whole_plan(self) -> None:
        other = [make.live_config("NTP", f"n{n:03}", 100 + n, domain="b.example", domain_id=2) for n in range(1, 11)]
        there = make.live(make.live_domain(*ntps(2)), make.live_domain(*other, name="b.example", number=2))
        wanted = make.desired(
            make.domain(configs=[make.config("NTP", "n001", absent=True)]),
            make.domain("b.example", configs=[make.config("NTP", "n001", domain="b.example", absent=True)]),
        )
        (guard,) = found(wanted, there)
        assert guard.message == "1 delete is 50 % of the 2 configs of example.com, over 30 %"
        assert guard.count == 2

    def test_every_kind_counts_for_itself(self) -> None:
        categories = [make.live_category(f"c{n}", n) for n in range(1, 3)]
        there = make.live(
            make.live_domain(*categories, *ntps(4)), devices={category.address: 0 for category in categories}
        )
        wanted = make.desired(
            make.domain(
                categories=[make.category("c1", absent=True)], configs=[make.config("NTP", "n001", absent=True)]
            )
        )
        (guard,) = found(wanted, there)
        assert guard.message == "1 delete is 50 % of the 2 categories of example.com, over 30 %"
        assert guard.count == 2

    def test_domains_are_counted_among_all_domains(self) -> None:
        domains = [make.live_domain(name=f"d{n}.example", number=n) for n in range(1, 3)]
        there = make.live(*domains, devices={domains[0].domain.address: 0})
        wanted = make.desired(make.domain("d1.example", absent=True))
        (guard,) = found(wanted, there)
        assert guard.message == "1 delete is 50 % of the 2 domains, over 30 %"
        more = make.live(
            *domains,
            *(make.live_domain(name=f"d{n}.example", number=n) for n in range(3, 6)),
            devices={domains[0].domain.address: 0},
        )
        assert found(wanted, more) == ()

    def test_updates_have_no_limit_unless_one_is_set(self) -> None:
        assert changing(100, 100) == ()

    @pytest.mark.parametrize("changed, held", [(5, False), (6, True)])
    def test_more_updates_than_the_limit(self, changed: int, held: bool) -> None:
        assert bool(changing(changed, 10, updates=5)) == held

    @pytest.mark.parametrize("changed, held", [(5, False), (6, True), (10, True)])
    def test_a_larger_share_of_updates_than_the_limit(self, changed: int, held: bool) -> None:
        assert bool(changing(changed, 10, updates_percent=50)) == held

    def test_updates_tell_their_number(self) -> None:
        (guard,) = changing(10, 10, updates=2, updates_percent=99)
        assert (guard.name, guard.confirm, guard.count) == ("updates", "updates", 10)
        assert guard.message == (
            "10 updates are more than the limit of 2; 10 updates change every config of example.com"
        )

    @pytest.mark.parametrize("limits", [{"updates": 1000}, {"updates_percent": 100}])
    def test_all_of_a_kind_where_updates_have_a_limit(self, limits: dict[str, int]) -> None:
        (guard,) = changing(1, 1, **limits)
        assert guard.message == "1 update changes every config of example.com"
        assert (guard.confirm, guard.count) == ("updates", 1)
        assert changing(1, 2, **limits) == ()
        assert changing(3, 3, **limits)[0].message == "3 updates change every config of example.com"

    @pytest.mark.parametrize("of, held", [(1, True), (2, True), (3, True), (4, False)])
    def test_small_sets_of_updates_count_too(self, of: int, held: bool) -> None:
        assert bool(changing(1, of, updates_percent=30)) == held

    @pytest.mark.parametrize("percent, of, held", [(0.57, 10_000, False), (0.56, 10_000, True), (0, 100, True)])
    def test_a_share_is_exact(self, percent: float, of: int, held: bool) -> None:
        """0.57 * 10000 is 5699.99… for a computer."""
        steps = planned(
            make.desired(make.domain(configs=[make.config("NTP", f"n{n:03}", absent=True) for n in range(1, 58)])),
            make.live(make.live_domain(*ntps(of))),
        ).steps[: 57 if of > 100 else 1]
        policy = make.policy(limits=Limits(deletes=1000, deletes_percent=percent))
        assert bool(guards.check(steps, make.live(make.live_domain(*ntps(of))), policy)) == held

    def test_absent_and_pruned_count_alike_and_together(self) -> None:
        entries = [make.config("NTP", f"n{n:03}", ntp1="x") for n in range(1, 8)]
        entries += [make.config("NTP", "n008", absent=True), make.config("NTP", "n009", absent=True)]
        policy = make.policy(prune=[Kind.CONFIG])
        there = make.live(make.live_domain(*ntps(10)))
        assert found(make.desired(make.domain(configs=entries), policy=policy), there) == ()  # 3 of 10
        (guard,) = found(make.desired(make.domain(configs=entries[1:]), policy=policy), there)
        assert (guard.message, guard.count) == (
            "4 deletes are 40 % of the 10 configs of example.com, over 30 %",
            4,
        )

    def test_only_what_is_chosen_counts_among_all_that_is_there(self) -> None:
        entries = [make.config("NTP", f"n{n:03}", absent=True) for n in range(1, 11)]
        wanted, there = make.desired(make.domain(configs=entries)), make.live(make.live_domain(*ntps(10)))
        assert found(wanted, there)[0].count == 10
        assert found(wanted, there, "*n001]", "*n002]", "*n003]") == ()
        assert found(wanted, there, "*n001]", "*n002]", "*n003]", "*n004]")[0].count == 4

    def test_creates_and_updates_are_no_deletes(self) -> None:
        wanted = make.desired(make.domain(configs=[make.config("NTP", f"x{n}") for n in range(50)]))
        assert found(wanted, make.live(make.live_domain())) == ()

    def test_a_domain_that_is_renamed_is_still_the_same_domain(self) -> None:
        entries = [make.config("NTP", "n001", domain="new.example", absent=True)]
        entries += [make.config("NTP", f"n{n:03}", domain="new.example", ntp1="x") for n in range(2, 6)]
        policy = make.policy(limits=Limits(updates_percent=30))
        wanted = make.desired(make.domain("new.example", renamed_from="example.com", configs=entries), policy=policy)
        there = make.live(make.live_domain(*ntps(10)), make.live_domain(name="b.example", number=2))
        (guard,) = found(wanted, there)
        assert guard.message == (
            "1 update is 50 % of the 2 domains, over 30 %; "
            "4 updates are 40 % of the 10 configs of example.com, over 30 %"
        )

    def test_a_name_cannot_obey_the_terminal(self) -> None:
        name = "\x1b[2J"
        there = make.live(make.live_domain(make.live_config("NTP", "x", 1, domain=name), name=name))
        wanted = make.desired(make.domain(name, configs=[make.config("NTP", "x", domain=name, absent=True)]))
        assert found(wanted, there)[0].message == r"1 delete takes every config of \x1b[2J"


class TestProtected:
    GLOB = "config[example.com/PHONE/*]"

    def guarded(self, *configs: object, glob: str = GLOB, prune: bool = False) -> list[tuple[str, list[str]]]:
        policy = make.policy(protect=[glob], limits=QUIET, prune=[Kind.CONFIG] if prune else [])
        wanted = make.desired(make.domain(configs=configs), policy=policy)  # type: ignore[arg-type]
        return names(wanted, make.live(THERE))

    def test_update_and_delete(self) -> None:
        update = make.config("PHONE", "phones", categories=["HQ"], gk1="x")
        held = [("protected", ["config[example.com/PHONE/phones]"])]
        assert self.guarded(update) == held
        assert self.guarded(make.config("PHONE", "phones", absent=True))[0] == held[0]
        assert self.guarded(prune=True)[0] == held[0]

    def test_nothing_overrides_it(self) -> None:
        policy = make.policy(protect=["*"])
        wanted = make.desired(make.domain(deployAdminPasswords=True), policy=policy)
        (guard,) = found(wanted, make.live(THERE))
        assert guard.confirm is None
        assert not Confirmed(deletes=1, updates=1, unverified_wire=True).covers(guard)

    def test_what_stays_as_it_is_and_what_is_new(self) -> None:
        same = make.config("PHONE", "phones", categories=["HQ"], gk1="172.16.0.1")
        assert self.guarded(same, make.config("PHONE", "new")) == []

    def test_the_old_and_the_new_address_of_a_rename(self) -> None:
        rename = make.config("PHONE", "tel", renamed_from="phones", categories=["HQ"], gk1="172.16.0.1")
        held = [("protected", ["config[example.com/PHONE/tel]"])]
        for glob in ("*phones]", "*tel]"):
            assert self.guarded(rename, glob=glob) == held
        assert self.guarded(rename, glob="*other]") == []

    @pytest.mark.parametrize("glob", ["config[example.com/PHONE/*]", "config[new.example/PHONE/*]"])
    def test_the_old_and_the_new_name_of_its_domain(self, glob: str) -> None:
        entry = make.config("PHONE", "phones", domain="new.example", categories=["HQ"], gk1="x")
        wanted = make.desired(
            make.domain("new.example", renamed_from="example.com", configs=[entry]),
            policy=make.policy(protect=[glob]),
        )
        assert names(wanted, make.live(THERE)) == [("protected", ["config[new.example/PHONE/phones]"])]

    def test_renaming_a_domain_touches_only_the_domain(self) -> None:
        document = make.domain("new.example", renamed_from="example.com")
        for glob, held in (("domain[example.com]", True), ("domain[new.example]", True), ("config[*]", False)):
            wanted = make.desired(document, policy=make.policy(protect=[glob]))
            assert bool(found(wanted, make.live(THERE))) == held

    def test_renaming_a_domain_takes_nothing_out_of_protection(self) -> None:
        document = make.domain("new.example", renamed_from="example.com")
        wanted = make.desired(document, policy=make.policy(protect=["config[example.com/PHONE/phones]"]))
        assert names(wanted, make.live(THERE)) == [("protected", ["config[example.com/PHONE/phones]"])]

    def test_what_only_leaves_out_is_not_touched(self) -> None:
        update = make.config("PHONE", "phones", categories=["HQ"], gk1="x")
        wanted = make.desired(make.domain(configs=[update]), policy=make.policy(protect=[self.GLOB]))
        assert found(wanted, make.live(THERE), "category[*]") == ()


class TestCategoryInUse:
    def guarded(
        self, there: list[LiveObject], *, devices: int | None = 0, **said: object
    ) -> list[tuple[str, list[str]]]:
        """Guards where HQ is deleted, of this live state and these configs in the files."""
        live = make.live(make.live_domain(HQ, make.live_category("B", 6), *there), devices={HQ.address: devices})
        categories = [make.category("HQ", absent=True), make.category("B")]
        policy = said.pop("policy", None) or make.policy(limits=QUIET)
        wanted = make.desired(make.domain(categories=categories, **said), policy=policy)  # type: ignore[arg-type]
        return names(wanted, live)

    HELD = ("category-in-use", ["config[example.com/PHONE/phones]"])

    def test_nobody_names_it(self) -> None:
        other = make.live_config("NTP", "x", 1, categories=[CategoryRef(6, "B")])
        assert self.guarded([other, make.live_config("NTP", "y", 2)]) == []

    def test_an_unmanaged_config_names_it(self) -> None:
        assert self.guarded([PHONES]) == [self.HELD]
        assert self.guarded([PHONES], configs=[]) == [self.HELD]

    def test_a_config_of_an_unknown_type_names_it(self) -> None:
        dect = make.live_config("DECT", "x", 1, categories=[HQ])
        assert self.guarded([dect]) == [("category-in-use", ["config[example.com/DECT/x]"])]

    def test_a_config_names_it_among_others(self) -> None:
        both = make.live_config("NTP", "x", 1, categories=[HQ, CategoryRef(6, "B")])
        assert self.guarded([both]) == [("category-in-use", ["config[example.com/NTP/x]"])]

    def test_a_config_that_only_says_its_name(self) -> None:
        named = make.live_config("NTP", "x", 1, categories=[CategoryRef(None, "HQ")])
        assert self.guarded([named]) == [("category-in-use", ["config[example.com/NTP/x]"])]

    def test_an_id_counts_more_than_an_old_name(self) -> None:
        stale = make.live_config("NTP", "x", 1, categories=[CategoryRef(6, "HQ")])
        assert self.guarded([stale]) == []
        moved = make.live_config("NTP", "x", 1, categories=[CategoryRef(5, "B")])
        assert self.guarded([moved]) == [("category-in-use", ["config[example.com/NTP/x]"])]

    @pytest.mark.parametrize("gk1", ["172.16.0.1", "changed"])
    def test_a_config_of_the_files_still_names_it(self, gk1: str) -> None:
        assert self.guarded([PHONES], configs=[make.config("PHONE", "phones", categories=["HQ"], gk1=gk1)]) == [
            self.HELD
        ]

    def test_a_config_that_starts_to_name_it(self) -> None:
        other = make.live_config("PHONE", "phones", 11)
        wanted = [make.config("PHONE", "phones", categories=["HQ"])]
        assert self.guarded([other], configs=wanted) == [self.HELD, ("unreached", self.HELD[1])]

    def test_a_new_config_names_it(self) -> None:
        assert self.guarded([], configs=[make.config("PHONE", "phones", categories=["HQ", "B"])]) == [self.HELD]

    def test_a_config_that_keeps_it_since_categories_are_ignored(self) -> None:
        policy = make.policy(limits=QUIET, ignore={"config[*]": ("categories",)})
        for gk1 in ("172.16.0.1", "changed"):
            entry = make.config("PHONE", "phones", categories=[], gk1=gk1)
            assert self.guarded([PHONES], configs=[entry], policy=policy) == [self.HELD]

    def test_a_config_that_drops_it_in_the_same_plan(self) -> None:
        assert self.guarded([PHONES], configs=[make.config("PHONE", "phones", categories=["B"])]) == []

    def test_a_config_that_goes_in_the_same_plan(self) -> None:
        there = [PHONES, make.live_config("NTP", "stays", 12)]
        assert self.guarded(there, configs=[make.config("PHONE", "phones", absent=True)]) == []

    def test_a_pruned_category(self) -> None:
        policy = make.policy(prune=[Kind.CATEGORY], limits=QUIET)
        live = make.live(THERE, devices={HQ.address: 0})
        assert self.HELD in names(make.desired(make.domain(categories=[]), policy=policy), live)

    def test_it_has_devices(self) -> None:
        assert self.guarded([], devices=1) == [("category-in-use", ["category[example.com/HQ]"])]

    def test_whether_it_has_devices_is_not_known(self) -> None:
        assert self.guarded([], devices=None) == [("category-in-use", ["category[example.com/HQ]"])]

    def test_its_devices_were_not_counted(self) -> None:
        wanted = make.desired(make.domain(categories=[make.category("HQ", absent=True)]))
        there = make.live(make.live_domain(HQ))
        assert ("category-in-use", ["category[example.com/HQ]"]) in names(wanted, there)

    def test_the_messages(self) -> None:
        wanted = make.desired(
            make.domain(categories=[make.category("HQ", absent=True)]), policy=make.policy(limits=QUIET)
        )
        spare = make.live_category("B", 6)

        def messages(*content: LiveObject, devices: int | None) -> list[str]:
            live = make.live(make.live_domain(HQ, spare, *content), devices={HQ.address: devices})
            assert all(guard.confirm is None for guard in found(wanted, live))
            return [guard.message for guard in found(wanted, live)]

        assert messages(PHONES, devices=1) == [
            (
                "category[example.com/HQ] is deleted while configs still name it; "
                "a config left without a category applies to every device"
            ),
            "category[example.com/HQ] is deleted while it has 1 device; they would lose it for good",
        ]
        assert messages(devices=2) == [
            "category[example.com/HQ] is deleted while it has 2 devices; they would lose it for good"
        ]
        assert messages(devices=None) == ["whether category[example.com/HQ] has devices cannot be checked"]

    def test_ids_of_other_domains_are_other_ids(self) -> None:
        """A service may count ids in each domain."""
        twin_hq = make.live_category("HQ", 5, domain="b.example", domain_id=2)
        twin = make.live_config("PHONE", "phones", 11, domain="b.example", domain_id=2, categories=[twin_hq])
        there = make.live(
            make.live_domain(HQ, make.live_category("B", 6), PHONES),
            make.live_domain(twin_hq, twin, name="b.example", number=2),
            devices={HQ.address: 0},
        )
        wanted = make.desired(
            make.domain(categories=[make.category("HQ", absent=True), make.category("B")]),
            make.domain("b.example", configs=[make.config("PHONE", "phones", domain="b.example", absent=True)]),
            policy=make.policy(limits=QUIET),
        )
        assert self.HELD in names(wanted, there)

    def test_ids_of_configs_and_categories_are_other_ids(self) -> None:
        same_id = make.live_config("PHONE", "phones", HQ.id, categories=[HQ])
        assert self.guarded([same_id]) == [self.HELD]

    def test_updates_and_creates_of_categories_are_free(self) -> None:
        wanted = make.desired(
            make.domain(categories=[make.category("Central", renamed_from="HQ"), make.category("new")])
        )
        assert found(wanted, make.live(THERE)) == ()


class TestDomainInUse:
    SPARE = make.live_domain(name="spare.example", number=9)
    NAMED = ("domain-in-use", ["domain[example.com]"])

    def guarded(self, there: object, *, devices: int | None = 0, **said: object) -> list[tuple[str, list[str]]]:
        """Guards where example.com is deleted."""
        counts = {THERE.domain.address: devices, HQ.address: 0}
        live = make.live(there, self.SPARE, devices=counts)  # type: ignore[arg-type]
        policy = make.policy(limits=QUIET, prune=[Kind.CATEGORY, Kind.CONFIG])
        wanted = make.desired(make.domain(absent=True, **said), policy=policy)  # type: ignore[arg-type]
        return [one for one in names(wanted, live) if one[0] != "deletes"]

    def test_an_empty_one(self) -> None:
        assert self.guarded(make.live_domain()) == []

    def test_it_holds_something(self) -> None:
        held = ["category[example.com/HQ]", "config[example.com/PHONE/phones]"]
        assert self.guarded(THERE) == [("domain-in-use", held)]
        assert self.guarded(THERE, configs=[]) == [("domain-in-use", ["category[example.com/HQ]"])]

    def test_what_it_holds_goes_in_the_same_plan(self) -> None:
        assert self.guarded(THERE, categories=[], configs=[]) == []

    def test_what_another_domain_holds_has_other_ids(self) -> None:
        same_id = make.live_config("PHONE", "phones", 11, domain="b.example", domain_id=2)
        other = make.live_domain(same_id, name="b.example", number=2)
        live = make.live(make.live_domain(PHONES), other, devices={THERE.domain.address: 0})
        wanted = make.desired(
            make.domain(absent=True),
            make.domain("b.example", configs=[make.config("PHONE", "phones", domain="b.example", absent=True)]),
            policy=make.policy(limits=QUIET),
        )
        assert ("domain-in-use", ["config[example.com/PHONE/phones]"]) in names(wanted, live)

    def test_ids_of_configs_and_categories_are_other_ids(self) -> None:
        there = make.live_domain(HQ, make.live_config("DECT", "x", HQ.id))
        assert self.guarded(there, categories=[], configs=[]) == [("domain-in-use", ["config[example.com/DECT/x]"])]

    def test_creating_elsewhere_is_no_concern(self) -> None:
        live = make.live(make.live_domain(), self.SPARE, devices={THERE.domain.address: 0})
        spare = make.domain("spare.example", categories=[make.category("a", domain="spare.example")])
        wanted = make.desired(make.domain(absent=True), spare, policy=make.policy(limits=QUIET))
        assert found(wanted, live) == ()

    def test_a_config_of_an_unknown_type_is_not_pruned_with_it(self) -> None:
        dect = make.live_config("DECT", "x", 1)
        assert self.guarded(make.live_domain(dect), categories=[], configs=[]) == [
            ("domain-in-use", ["config[example.com/DECT/x]"])
        ]

    def test_the_instances_own(self) -> None:
        assert self.guarded(make.live_domain(instance=True)) == [self.NAMED]

    def test_one_that_was_not_read(self) -> None:
        assert self.guarded(make.live_domain(read=False)) == [self.NAMED]

    @pytest.mark.parametrize("devices", [1, None])
    def test_one_with_devices_or_nobody_knows(self, devices: int | None) -> None:
        assert self.guarded(make.live_domain(), devices=devices) == [self.NAMED]

    def test_a_pruned_one(self) -> None:
        live = make.live(THERE, self.SPARE, devices={THERE.domain.address: 0})
        wanted = make.desired(make.domain("spare.example"), policy=make.policy(prune=ALL, limits=QUIET))
        assert [one for one in names(wanted, live) if one[0] == "domain-in-use"] == [
            ("domain-in-use", ["category[example.com/HQ]", "config[example.com/PHONE/phones]"])
        ]

    def test_nothing_overrides_any_of_them(self) -> None:
        live = make.live(make.live_domain(PHONES, instance=True, read=False), self.SPARE)
        wanted = make.desired(make.domain(absent=True), policy=make.policy(limits=QUIET))
        assert [(one.name, one.confirm) for one in found(wanted, live)] == [("domain-in-use", None)] * 4


class TestDevicesToFind:
    def test_categories_and_domains_up_for_deletion(self) -> None:
        wanted = make.domain(
            absent=True,
            categories=[make.category("HQ", absent=True)],
            configs=[make.config("PHONE", "phones", absent=True)],
        )
        there = make.live(THERE)
        steps = planned(make.desired(wanted), there).steps
        assert guards.devices_to_find(steps, there) == Wanted((HQ, THERE.domain))

    def test_nothing_else(self) -> None:
        wanted = make.domain(
            deployAdminPasswords=True,
            categories=[make.category("HQ", renamed_from="Old"), make.category("B")],
            configs=[make.config("PHONE", "phones", categories=["HQ", "B"], gk1="x")],
        )
        old = make.live_category("Old", 5)
        there = make.live(make.live_domain(old, make.live_config("PHONE", "phones", 11, categories=[old])))
        steps = planned(make.desired(wanted), there).steps
        assert len(steps) == 4
        assert guards.devices_to_find(steps, there) == Wanted()

    def test_what_is_found_is_what_the_guard_looks_up_also_in_renamed_domains(self) -> None:
        """Two domains that swap names: what is asked for has its live address, which is another's new one."""
        twin = make.live_category("HQ", 6, domain="b.example", domain_id=2)
        there = make.live(make.live_domain(HQ), make.live_domain(twin, name="b.example", number=2))
        wanted = make.desired(
            make.domain(
                "b.example",
                id=1,
                renamed_from="example.com",
                categories=[make.category("HQ", domain="b.example", absent=True)],
            ),
            make.domain(id=2, renamed_from="b.example", categories=[make.category("HQ", absent=True)]),
            policy=make.policy(limits=QUIET),
        )
        steps = planned(wanted, there).steps
        assert {one.id for one in guards.devices_to_find(steps, there).things} == {5, 6}
        there = make.live(*there.domains, devices={HQ.address: 1, twin.address: 0})
        held = [one for one in guards.check(steps, there, wanted.policy) if one.name == "category-in-use"]
        assert [(one.name, [str(address) for address in one.addresses]) for one in held] == [
            ("category-in-use", ["category[b.example/HQ]"])
        ]


class TestConfirmed:
    def test_exactly_the_number(self) -> None:
        guard = Guard("deletes", "", "deletes", 3)
        assert Confirmed(deletes=3).covers(guard)
        assert not any(one.covers(guard) for one in (Confirmed(), Confirmed(deletes=4), Confirmed(deletes=2)))
        assert not Confirmed(updates=3, unreached=3, unverified_wire=True).covers(guard)

    @pytest.mark.parametrize("name", ["deletes", "updates", "unreached"])
    def test_each_by_its_own_number(self, name: str) -> None:
        def saying(said: int | None, others: int | None) -> Confirmed:
            numbers = {n: said if n == name else others for n in ("deletes", "updates", "unreached")}
            return Confirmed(numbers["deletes"], numbers["updates"], others is not None, numbers["unreached"])

        guard = Guard(name, "", name, 3)
        assert saying(3, None).covers(guard)
        assert not saying(2, None).covers(guard)
        assert not saying(None, 3).covers(guard)
        assert not Confirmed().covers(Guard(name, "", name))

    def test_every_guard_must_be_let_through(self) -> None:
        """A number that no guard asks for does no harm; one that is wrong lets nothing through."""
        held = (Guard("deletes", "many", "deletes", 3), Guard("unreached", "silent", "unreached", 1))
        plan = replace(planned(make.desired(), make.live()).plan, guards=held)
        refuse_held(plan, Confirmed(deletes=3, updates=9, unreached=1, unverified_wire=True))
        with pytest.raises(GuardRefused) as caught:
            refuse_held(plan, Confirmed(deletes=3, updates=1))
        assert str(caught.value) == (
            "held back, nothing was written:\n  silent; go on all the same with --confirm-unreached 1"
        )
        assert let_through(plan).notes == (
            "many: let through by --confirm-deletes 3",
            "silent: let through by --confirm-unreached 1",
        )

    def test_an_unverified_wire_profile(self) -> None:
        guard = guards.unverified_wire(["create_config", "send_value"], "conventional")
        assert guard.message == (
            "the wire profile conventional is not verified on this server for create_config, send_value: "
            "prove it with `syncer wire verify`"
        )
        assert Confirmed(unverified_wire=True).covers(guard)
        assert not Confirmed(deletes=0, updates=0).covers(guard)

    def test_a_guard_without_override(self) -> None:
        assert not Confirmed(0, 0, unverified_wire=True).covers(Guard("protected", ""))


def test_no_changes_no_guards() -> None:
    wanted = make.desired(
        make.described(THERE), policy=make.policy(protect=["*"], prune=ALL, limits=Limits(0, 0, 0, 0))
    )
    assert found(wanted, make.live(THERE)) == ()
