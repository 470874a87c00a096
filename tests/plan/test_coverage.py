"""How many devices each change touches, before and after."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from syncer.model.address import Address, Kind, category_address, domain_address
from syncer.model.plan import Coverage, Reach
from syncer.model.state import CategoryRef, Desired, DesiredDomain, Devices, Live, LiveObject
from syncer.plan.coverage import counted, devices_to_count, uncounted
from syncer.plan.parts import Wanted
from tests.plan import factories as make
from tests.plan.factories import ALL, HQ, planned
from tests.plan.test_laws import laws
from tests.plan.test_reach import FITTING, GATEWAYS, SPARE, cases, typed

DOMAIN = domain_address("example.com")
NOBODY = Coverage(0, 0)
KNOWN: Mapping[Address, make.Known] = {
    HQ.address: Devices({1: "PHONE", 2: "PHONE", 3: "GW"}, frozenset({1, 3})),
    SPARE.address: Devices({3: "GW", 4: "PHONE"}, frozenset({3})),
    GATEWAYS.address: Devices({5: "GW"}),
    DOMAIN: Devices({1: "PHONE", 2: "PHONE", 3: "GW", 4: "PHONE", 5: "GW", 6: "VA"}, frozenset({1, 3, 6})),
}


def reached(
    wanted: DesiredDomain,
    *there: LiveObject,
    known: Mapping[Address, make.Known] = KNOWN,
    fxs: Iterable[int] = (3, 5),
    **said: Any,
) -> dict[str, Reach | None]:
    """The reach of every change, of what it asks for and nothing else."""
    live = make.live(make.live_domain(*there), devices=known, fxs={1: fxs})
    steps = planned(make.desired(wanted, policy=make.policy(**said)), live).steps
    return {str(step.change.address): step.change.reach for step in counted(steps, only_asked(live, steps))}


def only_asked(live: Live, steps: Any) -> Live:
    asked = devices_to_count(steps, live)
    things = {one.address for one in asked.things}
    devices = {address: of for address, of in live.devices.items() if address in things}
    return replace(live, devices=devices, fxs={id_: of for id_, of in live.fxs.items() if id_ in asked.fxs})


def config_reach(kind: str, before: Iterable[LiveObject], after: Iterable[str], **options: Any) -> Reach | None:
    """Of an update of one config, from these categories to those; its gatekeeper changes as well."""
    there = make.live_config(kind, "x", 11, categories=before)
    document = make.domain(configs=[make.config(kind, "x", categories=after, extra={"changed": 1})])
    (reach,) = reached(document, HQ, SPARE, GATEWAYS, there, **options).values()
    return reach


class TestConfigs:
    def test_the_same_before_and_after(self) -> None:
        assert config_reach("NTP", [HQ], ["HQ"]) == Reach(Coverage(3, 2), Coverage(3, 2))

    def test_a_device_of_two_categories_counts_once(self) -> None:
        assert config_reach("NTP", [HQ], ["HQ", "Spare"]) == Reach(Coverage(3, 2), Coverage(4, 2))

    def test_phones(self) -> None:
        assert config_reach("PHONE", [HQ], ["HQ", "Spare"]) == Reach(Coverage(2, 1), Coverage(3, 1))

    def test_devices_with_fxs_interfaces(self) -> None:
        assert config_reach("FXS_PHONE", [HQ], ["Gateways"]) == Reach(Coverage(1, 1), Coverage(1, 0))

    def test_a_type_that_syncer_does_not_know_is_for_all(self) -> None:
        assert config_reach("DECT", [HQ], ["Spare"]) == Reach(Coverage(3, 2), Coverage(2, 1))

    def test_everyone(self) -> None:
        assert config_reach("NTP", [HQ], []) == Reach(Coverage(3, 2), Coverage(6, 3, everyone=True))
        assert config_reach("PHONE", [], ["HQ"]) == Reach(Coverage(3, 1, everyone=True), Coverage(2, 1))

    def test_to_nobody(self) -> None:
        assert config_reach("PHONE", [HQ], ["Gateways"]) == Reach(Coverage(2, 1), NOBODY)

    def test_a_device_that_does_not_tell_its_type_may_be_a_phone(self) -> None:
        known = {**KNOWN, HQ.address: Devices({1: "", 2: "GW"})}
        assert config_reach("PHONE", [HQ], ["HQ"], known=known) == Reach(Coverage(1, 0), Coverage(1, 0))

    def test_ignored_categories_are_those_that_are_there(self) -> None:
        assert config_reach("NTP", [HQ], ["Spare"], ignore={"*": ("categories",)}) == Reach(
            Coverage(3, 2), Coverage(3, 2)
        )

    def test_create_and_delete(self) -> None:
        there = make.live_config("NTP", "old", 11, categories=[HQ])
        document = make.domain(
            configs=[make.config("NTP", "new", categories=["Spare"]), make.config("NTP", "old", absent=True)]
        )
        assert reached(document, HQ, SPARE, there) == {
            "config[example.com/NTP/new]": Reach(NOBODY, Coverage(2, 1)),
            "config[example.com/NTP/old]": Reach(Coverage(3, 2), NOBODY),
        }

    def test_a_new_category_has_no_devices_and_one_that_is_not_used_reaches_none(self) -> None:
        unused = make.live_category("Spare", 6, config=False)
        document = make.domain(
            categories=[make.category("HQ"), make.category("Spare"), make.category("New")],
            configs=[make.config("NTP", "x", categories=["HQ", "New"]), make.config("NTP", "y", categories=["Spare"])],
        )
        assert reached(document, HQ, unused) == {
            "category[example.com/New]": Reach(NOBODY, NOBODY),
            "config[example.com/NTP/x]": Reach(NOBODY, Coverage(3, 2)),
            "config[example.com/NTP/y]": Reach(NOBODY, NOBODY),
        }

    def test_in_a_domain_that_this_plan_makes(self) -> None:
        name = "new.example"
        configs = [make.config("NTP", "all", domain=name), make.config("NTP", "a", domain=name, categories=["A"])]
        document = make.domain(name, categories=[make.category("A", domain=name)], configs=configs)
        assert reached(document) == {
            "domain[new.example]": Reach(NOBODY, NOBODY),
            "category[new.example/A]": Reach(NOBODY, NOBODY),
            "config[new.example/NTP/a]": Reach(NOBODY, NOBODY),
            "config[new.example/NTP/all]": Reach(NOBODY, replace(NOBODY, everyone=True)),
        }


class TestWhatBecomesOfItsCategories:
    PHONES = make.live_config("PHONE", "x", 11, categories=[HQ])

    def test_no_longer_used(self) -> None:
        document = make.domain(
            categories=[make.category("HQ", config=False)],
            configs=[make.config("PHONE", "x", categories=["HQ"], gk1="new")],
        )
        assert reached(document, HQ, self.PHONES) == {
            "category[example.com/HQ]": Reach(Coverage(3, 2), NOBODY),
            "config[example.com/PHONE/x]": Reach(Coverage(2, 1), NOBODY),
        }

    def test_used_from_now_on(self) -> None:
        unused = make.live_category("HQ", 5, config=False)
        document = make.domain(categories=[make.category("HQ", config=True)])
        assert reached(document, unused, self.PHONES) == {
            "category[example.com/HQ]": Reach(NOBODY, Coverage(3, 2)),
        }

    def test_one_that_is_not_used_has_devices_all_the_same(self) -> None:
        unused = make.live_category("HQ", 5, config=False)
        for entry in (make.category("HQ", absent=True), make.category("Central", renamed_from="HQ")):
            (reach,) = reached(make.domain(categories=[entry]), unused).values()
            assert reach == Reach(Coverage(3, 2), NOBODY if entry.absent else Coverage(3, 2))

    @pytest.mark.parametrize("refs", [HQ, CategoryRef(None, "HQ")])
    def test_a_renamed_one_keeps_its_devices(self, refs: LiveObject | CategoryRef) -> None:
        there = make.live_config("PHONE", "x", 11, categories=[refs])
        document = make.domain(
            categories=[make.category("Central", renamed_from="HQ")],
            configs=[make.config("PHONE", "x", categories=["Central"], gk1="new")],
        )
        assert reached(document, HQ, there) == {
            "category[example.com/Central]": Reach(Coverage(3, 2), Coverage(3, 2)),
            "config[example.com/PHONE/x]": Reach(Coverage(2, 1), Coverage(2, 1)),
        }

    def test_two_swap_their_names(self) -> None:
        document = make.domain(
            categories=[
                make.category("Spare", id=5, renamed_from="HQ"),
                make.category("HQ", id=6, renamed_from="Spare"),
            ],
            configs=[make.config("PHONE", "x", categories=["HQ"])],
        )
        assert reached(document, HQ, SPARE, self.PHONES)["config[example.com/PHONE/x]"] == Reach(
            Coverage(2, 1), Coverage(1, 0)
        )

    def test_deleted_with_its_config(self) -> None:
        found = reached(make.domain(categories=[], configs=[]), HQ, self.PHONES, prune=ALL)
        assert found == {
            "config[example.com/PHONE/x]": Reach(Coverage(2, 1), NOBODY),
            "category[example.com/HQ]": Reach(Coverage(3, 2), NOBODY),
        }


class TestDomains:
    def test_all_devices_of_it(self) -> None:
        found = reached(make.domain("new.example", renamed_from="example.com", deployAdminPasswords=True))
        assert found == {"domain[new.example]": Reach(Coverage(6, 3), Coverage(6, 3))}

    def test_a_config_and_a_category_of_one_that_is_renamed(self) -> None:
        name = "new.example"
        document = make.domain(
            name,
            renamed_from="example.com",
            categories=[make.category("HQ", domain=name, config=False)],
            configs=[make.config("NTP", "x", domain=name, categories=[])],
        )
        found = reached(document, HQ, make.live_config("NTP", "x", 11, categories=[HQ]))
        assert found["category[new.example/HQ]"] == Reach(Coverage(3, 2), NOBODY)
        assert found["config[new.example/NTP/x]"] == Reach(Coverage(3, 2), Coverage(6, 3, everyone=True))

    def test_deleted(self) -> None:
        assert reached(make.domain(absent=True)) == {"domain[example.com]": Reach(Coverage(6, 3), NOBODY)}


UNKNOWN = Coverage()


class TestWhatCannotBeCounted:
    @staticmethod
    def told(*there: LiveObject, known: Mapping[Address, make.Known], then: Iterable[str] = ()) -> list[str]:
        wanted = make.desired(make.domain(configs=[make.config("NTP", "x", categories=then)]))
        live = make.live(make.live_domain(*there), devices=known)
        steps = planned(wanted, live).steps
        return list(uncounted(steps, only_asked(live, steps)))

    @pytest.mark.parametrize(
        "name, why",
        [
            ("a,b", "the API cannot filter by a name with a comma"),
            (" a", "the API cannot filter by an empty name, or one with blanks around it"),
            ("", "the API cannot filter by an empty name, or one with blanks around it"),
        ],
    )
    def test_by_its_name(self, name: str, why: str) -> None:
        odd = make.live_category(name, 7)
        known = {**KNOWN, odd.address: None}
        there = make.live_config("NTP", "x", 11, categories=[odd, HQ])
        document = make.domain(configs=[make.config("NTP", "x", categories=["HQ"])])
        assert reached(document, HQ, odd, there, known=known) == {
            "config[example.com/NTP/x]": Reach(UNKNOWN, Coverage(3, 2))
        }
        assert self.told(HQ, odd, there, known=known, then=["HQ"]) == [
            f"the devices of {odd.address.shown} cannot be counted: {why}"
        ]

    def test_many_are_told_once_and_folded(self) -> None:
        odd = [make.live_category(f"a,{number}", 20 + number) for number in range(7)]
        known = {one.address: None for one in odd}
        there = make.live_config("NTP", "x", 11, categories=odd)
        (note,) = self.told(*odd, there, known=known, then=["a,1"])
        assert note.startswith("the devices of category[example.com/a,0], category[example.com/a,1], ")
        assert note.endswith("/a,4] and 2 more cannot be counted: the API cannot filter by a name with a comma")

    def test_two_categories_with_one_name(self) -> None:
        twin = make.live_category("HQ", 8)
        there = make.live_config("NTP", "x", 11, categories=[HQ])
        document = make.domain(configs=[make.config("NTP", "x", categories=["Spare"])])
        assert reached(document, HQ, twin, SPARE, there) == {
            "config[example.com/NTP/x]": Reach(UNKNOWN, Coverage(2, 1))
        }
        (note,) = self.told(HQ, twin, SPARE, there, known=KNOWN, then=["Spare"])
        why = "the API filters by name, and several categories have this one"
        assert note == f"the devices of category[example.com/HQ] cannot be counted: {why}"

    def test_nobody_has_the_name_of_two_categories(self) -> None:
        twin = make.live_category("HQ", 8)
        there = make.live_config("NTP", "x", 11, categories=[HQ])
        known = {**KNOWN, HQ.address: 0}
        assert reached(make.domain(configs=[make.config("NTP", "x")]), HQ, twin, there, known=known) == {
            "config[example.com/NTP/x]": Reach(NOBODY, Coverage(6, 3, everyone=True))
        }
        assert self.told(HQ, twin, there, known=known) == []

    def test_a_reference_to_what_is_not_there(self) -> None:
        there = make.live_config("NTP", "x", 11, categories=[CategoryRef(99, None)])
        document = make.domain(configs=[make.config("NTP", "x")])
        assert reached(document, there) == {"config[example.com/NTP/x]": Reach(UNKNOWN, Coverage(6, 3, everyone=True))}
        assert self.told(there, known=KNOWN) == [
            "the devices of the category with id 99 cannot be counted: it is not known which category that is"
        ]

    def test_what_the_service_did_not_tell(self) -> None:
        assert config_reach("NTP", [HQ], [], known={}) == Reach(UNKNOWN, Coverage(everyone=True))
        there = make.live_config("NTP", "x", 11, categories=[HQ])
        assert self.told(HQ, there, known={}) == []

    def test_nobody_says_who_has_fxs_interfaces(self) -> None:
        there = make.live_config("FXS_PHONE", "x", 11, categories=[HQ])
        live = make.live(make.live_domain(HQ, there), devices={**KNOWN, HQ.address: 0})
        steps = planned(make.desired(make.domain(configs=[make.config("FXS_PHONE", "x")])), live).steps
        assert [step.change.reach for step in counted(steps, live)] == [Reach(NOBODY, Coverage(everyone=True))]


def test_what_is_asked_for_and_only_once() -> None:
    unused = make.live_category("Unused", 9, config=False)
    configs = [
        make.live_config("FXS_PHONE", "a", 11, categories=[HQ]),
        make.live_config("NTP", "b", 12, categories=[HQ, SPARE, unused]),
        make.live_config("FXS_PHONE", "c", 13, categories=[]),
        make.live_config("NTP", "same", 14, categories=[GATEWAYS]),
    ]
    live = make.live(make.live_domain(HQ, SPARE, GATEWAYS, unused, *configs))
    document = make.domain(
        configs=[
            make.config("FXS_PHONE", "a", categories=["HQ"], gk1="x"),
            make.config("NTP", "b", categories=["Spare", "Unused"]),
            make.config("FXS_PHONE", "c", categories=["HQ"]),
        ]
    )
    steps = planned(make.desired(document), live).steps
    asked = devices_to_count(steps, live)
    assert sorted(one.address for one in asked.things) == [HQ.address, SPARE.address, DOMAIN]
    assert (len(asked.things), asked.fxs) == (3, (1,))
    assert asked.without(Wanted((HQ,), ())) == Wanted(tuple(one for one in asked.things if one != HQ), (1,))
    assert asked.without(asked) == Wanted()
    assert devices_to_count((), live) == Wanted()


def test_everything_else_of_a_step_stays() -> None:
    live = make.live(make.live_domain(HQ, make.live_config("NTP", "x", 11, categories=[HQ])), devices=KNOWN)
    (step,) = planned(make.desired(make.domain(configs=[make.config("NTP", "x")])), live).steps
    (again,) = counted((step,), live)
    assert replace(again, change=replace(again.change, reach=step.change.reach)) == step


@laws
@given(cases())
def test_counts_are_those_of_everyone_who_gets_the_config(case: tuple[Live, DesiredDomain]) -> None:
    """Against the rule itself: a device counts where it has a category of the config that is used for configs."""
    live, document = case
    steps = planned(Desired((document,)), live).steps
    (domain,) = live.domains
    entries = {entry.renamed_from or entry.address.name: entry for entry in document.categories or ()}
    old_names = {entry.address.name: old for old, entry in entries.items()}
    now = {c.address.name for c in domain.categories if c.fields.get("config")}
    then = {name for name, entry in entries.items() if entry.fields.get("config")}
    online = frozenset[int]().union(*(of.online for of in live.devices.values() if of))

    def coverage(names: Iterable[str] | None, used: set[str], fitting: frozenset[int]) -> Coverage:
        """By names of now; None: everyone."""
        addresses = [DOMAIN] if names is None else [category_address("example.com", name) for name in set(names) & used]
        found = [Devices() if one.name == "new" else live.devices[one] for one in addresses]
        if None in found:
            return Coverage(everyone=names is None)
        ids = frozenset(id_ for of in found if of for id_ in of.types) & fitting
        return Coverage(len(ids), len(typed(ids, online).online), names is None)

    for step in counted(steps, only_asked(live, steps)):
        address = step.change.address
        fitting = FITTING.get(address.type, FITTING["NTP"])
        if address.kind is Kind.CATEGORY:
            name = [old_names[address.name]]
            if step.live and (name[0] in now) == (name[0] in then):  # it is not about what configs reach
                assert step.change.reach == Reach(*[coverage(name, set(name), fitting)] * 2)
                continue
            before, after = coverage(name if step.live else [], now, fitting), coverage(name, then, fitting)
        else:
            assert step.live
            assert step.target
            (config,) = (one for one in domain.configs if one.id == step.live.id)
            names = [ref.name or "" for ref in config.categories]
            before = coverage(names or None, now, fitting)
            after = coverage([old_names[name] for name in step.target.categories] or None, then, fitting)
        assert step.change.reach == Reach(before, after)
