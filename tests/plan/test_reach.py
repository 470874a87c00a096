"""A config that reaches nobody any more: by its own categories, or by what becomes of these."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model.address import Address, Kind, domain_address
from syncer.model.plan import Guard
from syncer.model.state import CategoryRef, Desired, DesiredDomain, Devices, Entry, Live, LiveObject, Policy
from syncer.plan import guards
from tests.plan import factories as make
from tests.plan.factories import HQ, planned
from tests.plan.test_laws import laws

SPARE = make.live_category("Spare", 6)
DOMAIN = domain_address("example.com")
PHONES = make.live_config("PHONE", "phones", 11, categories=[HQ])
Asked = Mapping[Address, make.Known]


def found(wanted: Desired, there: Live, *only: str) -> tuple[Guard, ...]:
    steps = planned(wanted, there, *only).steps
    asked = guards.devices_to_find(steps, there)
    addresses = {one.address for one in asked.things}
    assert addresses <= there.devices.keys(), "a test must say what is asked for"
    assert set(asked.fxs) <= there.fxs.keys(), "and whose devices with FXS interfaces"
    known = {address: of for address, of in there.devices.items() if address in addresses}
    fxs = {id_: of for id_, of in there.fxs.items() if id_ in asked.fxs}
    return guards.check(steps, replace(there, devices=known, fxs=fxs), wanted.policy)


def held(
    *there: LiveObject, devices: Asked, only: Iterable[str] = (), policy: Policy | None = None, **said: Any
) -> list[str]:
    """The messages where a domain document says this of a domain that holds that."""
    wanted = make.desired(make.domain(**said), policy=policy)
    return [guard.message for guard in found(wanted, make.live(make.live_domain(*there), devices=devices), *only)]


def phones(*categories: str, **said: Any) -> list[Entry]:
    return [make.config("PHONE", "phones", categories=categories, **said)]


SILENT = "1 config would reach no device any more, now 2 devices"
BOTH: Asked = {HQ.address: 2, SPARE.address: 0, DOMAIN: 9}


class TestItsOwnCategories:
    def test_to_a_category_without_devices(self) -> None:
        assert held(HQ, SPARE, PHONES, devices=BOTH, configs=phones("Spare")) == [SILENT]

    def test_the_guard_that_asks_for_a_number(self) -> None:
        wanted = make.desired(make.domain(configs=phones("Spare")))
        (guard,) = found(wanted, make.live(make.live_domain(HQ, SPARE, PHONES), devices=BOTH))
        assert guard == Guard("unreached", SILENT, "unreached", 1, (PHONES.address,))

    def test_to_a_category_with_devices(self) -> None:
        devices = {HQ.address: 2, SPARE.address: 1}
        assert held(HQ, SPARE, PHONES, devices=devices, configs=phones("Spare")) == []

    def test_who_reached_nobody_may_go_on_like_that(self) -> None:
        devices = {HQ.address: 0, SPARE.address: 0}
        assert held(HQ, SPARE, PHONES, devices=devices, configs=phones("Spare")) == []

    def test_to_a_new_category(self) -> None:
        categories = [make.category("HQ"), make.category("New")]
        assert held(HQ, PHONES, devices={HQ.address: 2}, categories=categories, configs=phones("New")) == [SILENT]

    def test_to_a_category_that_is_not_used_for_configs(self) -> None:
        unused = make.live_category("Spare", 6, config=False)
        assert held(HQ, unused, PHONES, devices={HQ.address: 2}, configs=phones("Spare")) == [SILENT]

    def test_to_a_category_that_the_plan_puts_to_use(self) -> None:
        unused = make.live_category("Spare", 6, config=False)
        categories = [make.category("HQ"), make.category("Spare", config=True)]
        devices = {HQ.address: 2, SPARE.address: 1}
        assert held(HQ, unused, PHONES, devices=devices, categories=categories, configs=phones("Spare")) == []

    def test_from_everyone_to_nobody(self) -> None:
        everyone = make.live_config("PHONE", "phones", 11)
        assert held(HQ, SPARE, everyone, devices=BOTH, configs=phones("Spare")) == [
            "1 config would reach no device any more, now 9 devices"
        ]

    def test_a_domain_without_devices_has_nobody_to_lose(self) -> None:
        everyone = make.live_config("PHONE", "phones", 11)
        assert held(HQ, SPARE, everyone, devices={**BOTH, DOMAIN: 0}, configs=phones("Spare")) == []

    def test_to_everyone_loses_nobody_and_asks_nobody(self) -> None:
        assert held(HQ, PHONES, devices={}, configs=phones()) == []

    def test_more_categories_lose_nobody_and_ask_nobody(self) -> None:
        assert held(HQ, SPARE, PHONES, devices={}, configs=phones("HQ", "Spare")) == []

    def test_one_of_two_categories_goes(self) -> None:
        both = make.live_config("PHONE", "phones", 11, categories=[HQ, SPARE])
        assert held(HQ, SPARE, both, devices=BOTH, configs=phones("Spare")) == [SILENT]
        assert held(HQ, SPARE, both, devices=BOTH, configs=phones("HQ")) == []

    def test_other_fields_ask_nobody(self) -> None:
        assert held(HQ, PHONES, devices={}, configs=phones("HQ", gk1="new")) == []

    def test_a_delete_is_another_guards_business(self) -> None:
        there = (HQ, PHONES, make.live_config("NTP", "a", 1), *(make.live_config("NTP", "b", n) for n in range(2, 6)))
        assert held(*there, devices={}, configs=phones("HQ", absent=True)) == []

    def test_what_others_do_with_ignored_categories_is_theirs(self) -> None:
        policy = make.policy(ignore={"config[*]": ("categories",)})
        assert held(HQ, SPARE, PHONES, devices={}, policy=policy, configs=phones("Spare", gk1="x")) == []

    def test_what_only_leaves_out_is_not_done(self) -> None:
        said: dict[str, Any] = {"configs": [*phones("Spare"), make.config("NTP", "x", categories=["HQ"])]}
        assert held(HQ, SPARE, PHONES, devices={}, only=["config[*/NTP/*]"], **said) == []

    def test_the_category_is_renamed_in_the_same_plan(self) -> None:
        """It keeps its devices, and they are asked for by the name that it has now."""
        renames = [make.category("Central", renamed_from="HQ"), make.category("HQ", id=6, renamed_from="Spare")]
        said: dict[str, Any] = {"categories": renames, "devices": BOTH}
        renames[0] = make.category("Central", id=5, renamed_from="HQ")
        assert held(HQ, SPARE, PHONES, configs=phones("Central"), **said) == []
        assert held(HQ, SPARE, PHONES, configs=phones("HQ"), **said) == [SILENT]

    def test_in_a_renamed_domain(self) -> None:
        document = make.domain(
            "new.example",
            renamed_from="example.com",
            configs=[make.config("PHONE", "phones", domain="new.example", categories=["Spare"])],
        )
        there = make.live(make.live_domain(HQ, SPARE, PHONES), devices=BOTH)
        (guard,) = found(make.desired(document), there)
        assert (guard.message, [str(a) for a in guard.addresses]) == (SILENT, ["config[new.example/PHONE/phones]"])


class TestWhatBecomesOfItsCategories:
    UNUSED = (make.category("HQ", config=False),)

    def test_of_a_config_that_stays_as_it_is(self) -> None:
        devices = {HQ.address: 2}
        assert held(HQ, PHONES, devices=devices, categories=self.UNUSED, configs=phones("HQ")) == [SILENT]

    def test_of_configs_that_the_files_do_not_name_whatever_their_type(self) -> None:
        dect = make.live_config("DECT", "d", 12, categories=[HQ])
        wanted = make.desired(make.domain(categories=self.UNUSED))
        (guard,) = found(wanted, make.live(make.live_domain(HQ, PHONES, dect), devices={HQ.address: 2}))
        assert guard.message == "2 configs would reach no device any more, now 2 devices"
        assert (guard.count, guard.addresses) == (2, (PHONES.address, dect.address))

    def test_another_category_still_has_devices(self) -> None:
        both = make.live_config("PHONE", "phones", 11, categories=[HQ, SPARE])
        devices = {HQ.address: 2, SPARE.address: 1}
        assert held(HQ, SPARE, both, devices=devices, categories=[*self.UNUSED, make.category("Spare")]) == []
        assert held(HQ, SPARE, both, devices=BOTH, categories=[*self.UNUSED, make.category("Spare")]) == [SILENT]

    def test_nobody_names_it_and_nobody_is_asked(self) -> None:
        other = make.live_config("NTP", "x", 1, categories=[SPARE])
        everyone = make.live_config("NTP", "y", 2)
        there = (HQ, SPARE, other, everyone)
        assert held(*there, devices={}, categories=[*self.UNUSED, make.category("Spare")]) == []

    def test_it_was_not_used_before(self) -> None:
        unused = make.live_category("HQ", 5, config=False)
        assert held(unused, PHONES, devices={}, categories=[make.category("Central", renamed_from="HQ")]) == []

    def test_renamed_and_no_longer_used(self) -> None:
        gone = [make.category("Central", renamed_from="HQ", config=False)]
        assert held(HQ, PHONES, devices={HQ.address: 2}, categories=gone) == [SILENT]

    def test_a_reference_that_only_says_a_name(self) -> None:
        named = make.live_config("PHONE", "phones", 11, categories=[CategoryRef(None, "HQ")])
        assert held(HQ, named, devices={HQ.address: 2}, categories=self.UNUSED) == [SILENT]

    def test_a_config_with_ignored_categories(self) -> None:
        policy = make.policy(ignore={"config[*]": ("categories",)})
        said: dict[str, Any] = {"categories": self.UNUSED, "policy": policy, "devices": {HQ.address: 2}}
        assert held(HQ, PHONES, configs=phones(gk1="x"), **said) == [SILENT]

    def test_ignored_categories_of_which_only_a_name_is_known_while_that_changes(self) -> None:
        policy = make.policy(ignore={"config[*]": ("categories",)})
        named = make.live_config("PHONE", "phones", 11, categories=[CategoryRef(None, "HQ")])
        renames = [make.category("Central", renamed_from="HQ")]
        assert held(HQ, named, devices={}, policy=policy, categories=renames, configs=phones(gk1="x")) == []

    def test_a_config_that_goes_in_the_same_plan(self) -> None:
        there = (HQ, PHONES, *(make.live_config("NTP", f"{n}", n) for n in range(1, 5)))
        assert held(*there, devices={}, categories=self.UNUSED, configs=phones("HQ", absent=True)) == []

    def test_a_config_that_leaves_it_in_the_same_plan(self) -> None:
        devices = {HQ.address: 2, SPARE.address: 1}
        categories = [*self.UNUSED, make.category("Spare")]
        assert held(HQ, SPARE, PHONES, devices=devices, categories=categories, configs=phones("Spare")) == []

    def test_configs_of_other_domains_have_other_ids(self) -> None:
        twin_hq = make.live_category("HQ", 5, domain="b.example", domain_id=2)
        twin = make.live_config("PHONE", "b", 12, domain="b.example", domain_id=2, categories=[twin_hq])
        there = make.live(
            make.live_domain(HQ, PHONES),
            make.live_domain(twin_hq, twin, name="b.example", number=2),
            devices={HQ.address: 2, twin_hq.address: 2},
        )
        (guard,) = found(make.desired(make.domain(categories=self.UNUSED)), there)
        assert guard.addresses == (PHONES.address,)

    def test_a_deleted_category_is_another_guards_business(self) -> None:
        spare = [make.live_category(f"c{n}", 20 + n) for n in range(4)]
        categories = [make.category("HQ", absent=True)]
        told = held(HQ, *spare, PHONES, devices={HQ.address: 0}, categories=categories)
        assert len(told) == 1
        assert "is deleted while configs still name it" in told[0]


class TestWhatCannotBeAsked:
    ODD = make.live_category("a,b", 7)
    IN_ODD = make.live_config("PHONE", "phones", 11, categories=[ODD])
    UNTOLD = "whether 1 config would still reach devices cannot be checked for category[example.com/a,b]"

    def test_from_there_to_nobody(self) -> None:
        devices: Asked = {self.ODD.address: None, SPARE.address: 0}
        assert held(self.ODD, SPARE, self.IN_ODD, devices=devices, configs=phones("Spare")) == [self.UNTOLD]

    def test_from_there_to_somebody(self) -> None:
        devices: Asked = {self.ODD.address: None, SPARE.address: 1}
        assert held(self.ODD, SPARE, self.IN_ODD, devices=devices, configs=phones("Spare")) == []

    def test_from_somebody_to_there(self) -> None:
        devices: Asked = {self.ODD.address: None, HQ.address: 2}
        assert held(HQ, self.ODD, PHONES, devices=devices, configs=phones("a,b")) == [self.UNTOLD]

    def test_from_nobody_to_there(self) -> None:
        devices: Asked = {self.ODD.address: None, HQ.address: 0}
        assert held(HQ, self.ODD, PHONES, devices=devices, configs=phones("a,b")) == []

    def test_what_stays_needs_no_answer_where_nobody_is_lost(self) -> None:
        both = make.live_config("PHONE", "phones", 11, categories=[self.ODD, SPARE])
        devices: Asked = {self.ODD.address: None, SPARE.address: 0}
        assert held(self.ODD, SPARE, both, devices=devices, configs=phones("a,b")) == []

    def test_one_number_for_all(self) -> None:
        other = make.live_config("NTP", "other", 12, categories=[HQ])
        wanted = make.desired(
            make.domain(configs=[*phones("Spare"), make.config("NTP", "other", categories=["Spare"])])
        )
        devices: Asked = {self.ODD.address: None, SPARE.address: 0, HQ.address: 2}
        there = make.live(make.live_domain(HQ, SPARE, self.ODD, self.IN_ODD, other), devices=devices)
        (guard,) = found(wanted, there)
        assert guard.message == f"{SILENT}; {self.UNTOLD}"
        assert (guard.count, guard.addresses) == (2, (other.address, PHONES.address))

    def test_many_are_folded(self) -> None:
        odd = [make.live_category(f"a,{number}", 20 + number) for number in range(7)]
        there = make.live_config("PHONE", "phones", 11, categories=odd)
        devices: Asked = {SPARE.address: 0, **{one.address: None for one in odd}}
        (message,) = held(SPARE, *odd, there, devices=devices, configs=phones("Spare"))
        assert message.endswith("category[example.com/a,3], category[example.com/a,4] and 2 more")

    @pytest.mark.parametrize(
        "ref, told",
        [(CategoryRef(99, None), "the category with id 99"), (CategoryRef(None, "a\x1b"), r"category a\x1b")],
    )
    def test_references_to_what_is_not_there(self, ref: CategoryRef, told: str) -> None:
        there = make.live_config("PHONE", "phones", 11, categories=[ref])
        assert held(SPARE, there, devices={SPARE.address: 0}, configs=phones("Spare")) == [
            f"whether 1 config would still reach devices cannot be checked for {told}"
        ]

    def test_two_categories_with_one_name(self) -> None:
        """Devices are asked for by the name, and may all be the other one's."""
        twin = make.live_category("Spare", 8)
        named = make.live_config("PHONE", "phones", 11, categories=[HQ, SPARE])
        said: dict[str, Any] = {"categories": [make.category("HQ", config=False)]}
        devices = {HQ.address: 2, SPARE.address: 1}
        assert held(HQ, SPARE, twin, named, devices=devices, **said) == [
            "whether 1 config would still reach devices cannot be checked for category[example.com/Spare]"
        ]
        assert held(HQ, SPARE, twin, named, devices=BOTH, **said) == [SILENT]


GATEWAYS = make.live_category("Gateways", 7)
MIXED: Asked = {
    HQ.address: Devices({1: "PHONE", 2: "PHONE", 3: "GW"}),
    SPARE.address: Devices({4: "PHONE"}),
    GATEWAYS.address: Devices({5: "GW"}),
    DOMAIN: Devices({1: "PHONE", 2: "PHONE", 3: "GW", 4: "PHONE", 5: "GW"}),
}


class TestTheDevicesThatATypeIsFor:
    """HQ has two phones and a gateway with FXS interfaces, the other categories have what they are called by."""

    def held(self, kind: str, then: str, devices: Asked = MIXED, fxs: Iterable[int] = (3, 5)) -> list[str]:
        there = make.live_domain(HQ, SPARE, GATEWAYS, make.live_config(kind, "x", 11, categories=[HQ]))
        live = make.live(there, devices=devices, fxs={1: fxs})
        wanted = make.desired(make.domain(configs=[make.config(kind, "x", categories=[then])]))
        return [guard.message for guard in found(wanted, live)]

    def test_phones_to_a_category_of_gateways(self) -> None:
        assert self.held("PHONE", "Gateways") == [
            "1 config would reach no device of type PHONE any more, now 2 devices"
        ]
        assert self.held("PHONE", "Spare") == []

    def test_analog_phones_to_a_category_of_phones(self) -> None:
        assert self.held("FXS_PHONE", "Spare") == [
            "1 config would reach no device with FXS interfaces any more, now 1 device"
        ]
        assert self.held("FXS_PHONE", "Gateways") == []
        assert self.held("FXS_PHONE", "Spare", fxs=()) == []

    @pytest.mark.parametrize("kind", ["NTP", "EXPERT", "DECT"])
    def test_other_types_known_or_not_are_for_all(self, kind: str) -> None:
        assert self.held(kind, "Gateways") == self.held(kind, "Spare") == []

    def test_a_device_that_does_not_tell_its_type_may_be_a_phone(self) -> None:
        devices = {**MIXED, GATEWAYS.address: Devices({5: ""})}
        assert self.held("PHONE", "Gateways", devices) == []

    def test_none_at_all_is_told_as_that(self) -> None:
        devices = {**MIXED, SPARE.address: 0}
        assert self.held("PHONE", "Spare", devices) == ["1 config would reach no device any more, now 3 devices"]

    def test_only_gateways_get_what_is_for_phones_and_then_nobody(self) -> None:
        devices = {**MIXED, HQ.address: Devices({3: "GW"}), SPARE.address: 0}
        assert self.held("PHONE", "Spare", devices) == ["1 config would reach no device any more, now 1 device"]

    def test_each_kind_of_silence_is_told(self) -> None:
        configs = [make.live_config(kind, "x", 11 + n, categories=[HQ]) for n, kind in enumerate(("PHONE", "NTP"))]
        empty = make.live_category("Empty", 8)
        there = make.live_domain(HQ, GATEWAYS, empty, *configs)
        wanted = make.desired(
            make.domain(
                configs=[
                    make.config("PHONE", "x", categories=["Gateways"]),
                    make.config("NTP", "x", categories=["Empty"]),
                ]
            )
        )
        (guard,) = found(wanted, make.live(there, devices={**MIXED, empty.address: 0}))
        assert guard.message == (
            "1 config would reach no device of type PHONE any more, now 2 devices; "
            "1 config would reach no device any more, now 3 devices"
        )
        assert (guard.count, set(guard.addresses)) == (2, {one.address for one in configs})


Places = Mapping[str, frozenset[int]]  # what devices a category has
TYPES = {1: "PHONE", 2: "GW", 3: "PHONE", 4: "DECT"}  # of all devices there are
FXS = frozenset({2})
FITTING = {"NTP": frozenset(TYPES), "PHONE": frozenset({1, 3}), "FXS_PHONE": FXS}


@st.composite
def cases(draw: st.DrawFn) -> tuple[Live, DesiredDomain]:
    """A domain and what becomes of it; devices are known for some of the categories."""
    names = ("a", "b", "c,d", "e")
    used = draw(st.lists(st.booleans(), min_size=4, max_size=4))
    categories = [make.live_category(n, i, config=u) for i, (n, u) in enumerate(zip(names, used, strict=True), 1)]
    some = st.lists(st.sampled_from(categories), max_size=3, unique_by=lambda c: c.id)
    configs = [
        make.live_config(draw(st.sampled_from(list(FITTING))), f"n{n}", n, categories=draw(some))
        for n in range(1, draw(st.integers(1, 3)) + 1)
    ]
    placed = {
        c.address: None if "," in c.address.name else draw(st.frozensets(st.integers(1, 3), max_size=2))
        for c in categories
    }
    placed[DOMAIN] = frozenset(TYPES)  # of an unknown category in an empty domain more is known than is asked
    online = draw(st.frozensets(st.sampled_from(list(TYPES))))
    devices = {address: None if of is None else typed(of, online) for address, of in placed.items()}
    renames = draw(st.booleans())
    entries = [
        make.category("new a", renamed_from="a", config=draw(st.booleans()))
        if renames and c.address.name == "a"
        else make.category(c.address.name, config=draw(st.booleans()))
        for c in categories
    ]
    then = [*(entry.address.name for entry in entries), "new"]
    named = st.lists(st.sampled_from(then), max_size=3, unique=True)
    wanted = [
        make.config(c.address.type, c.address.name, categories=draw(named)) for c in configs if draw(st.booleans())
    ]
    document = make.domain(categories=[*entries, make.category("new")], configs=wanted)
    return make.live(make.live_domain(*categories, *configs), devices=devices, fxs={1: FXS}), document


def typed(ids: Iterable[int], online: frozenset[int]) -> Devices:
    """These devices."""
    types = {id_: TYPES[id_] for id_ in ids}
    return Devices(types, online & frozenset(types))


def _worlds(live: Live) -> Iterator[tuple[Places, frozenset[int]]]:
    """Every way in which the devices may be, that agrees with all that the service can tell."""
    known = {address.name: of for address, of in live.devices.items() if address.kind is Kind.CATEGORY}
    everyone = frozenset((live.devices[DOMAIN] or Devices()).types)
    unknown = [frozenset[int](), *(frozenset({one}) for one in everyone)]
    choices = [unknown if of is None else [frozenset(of.types)] for of in known.values()]
    for choice in product(*choices):
        yield dict(zip(known, choice, strict=True)), everyone


def _silenced(live: Live, document: DesiredDomain, places: Places, everyone: frozenset[int]) -> set[str]:
    """Straight from the rule: who reaches devices now, and none when everything is as the files say."""
    (domain,) = live.domains
    now = {c.address.name for c in domain.categories if c.fields.get("config")}
    entries = {(e.renamed_from or e.address.name): e for e in document.categories or ()}
    then = {e.address.name for e in entries.values() if e.fields.get("config")}
    moved = {e.address.name: places.get(old, frozenset()) for old, e in entries.items()}
    wanted = {e.address.name: e.categories for e in document.configs or ()}

    def reach(names: Iterable[str], used: set[str], of: Places) -> frozenset[int]:
        listed = list(names)
        return frozenset(d for n in listed if n in used for d in of[n]) if listed else everyone

    silenced = set()
    for config in domain.configs:
        old = [ref.name or "" for ref in config.categories]
        stays = tuple(entries[name].address.name for name in old)
        new = wanted.get(config.address.name) or () if config.address.name in wanted else stays
        before, after = reach(old, now, places), reach(new, then, moved)
        if any(before & fitting and not after & fitting for fitting in (FITTING["NTP"], FITTING[config.address.type])):
            silenced.add(config.address.name)
    return silenced


@laws
@given(cases())
def test_held_are_those_that_may_fall_silent_and_no_others(case: tuple[Live, DesiredDomain]) -> None:
    live, document = case
    told = [guard for guard in found(make.desired(document), live) if guard.name == "unreached"]
    held_back = {address.name for guard in told for address in guard.addresses}
    worlds = [_silenced(live, document, *world) for world in _worlds(live)]
    assert held_back == set().union(*worlds)
    certain = set.intersection(*worlds)
    assert all(guard.count == len(held_back) and guard.confirm == "unreached" for guard in told)
    messages = [reason for guard in told for reason in guard.message.split("; ")]
    assert sum(int(text.split()[0]) for text in messages if "would reach no device" in text) == len(certain)


def test_a_rollback_names_categories_as_they_are_called_while_it_is_written() -> None:
    """It takes a rename of a category back after the configs that name it; and some references have no name."""
    central = make.live_category("Central", 5)
    there = make.live(
        make.live_domain(central, SPARE, make.live_config("PHONE", "phones", 11, categories=[central, SPARE])),
        devices={central.address: 2, SPARE.address: 0},
    )
    back = make.category("HQ", renamed_from="Central")
    steps = planned(make.desired(make.domain(categories=[back, make.category("Spare")])), there).steps
    before = make.config("PHONE", "phones", categories=["HQ"])
    (_, update) = planned(
        make.desired(make.domain(categories=[back, make.category("Spare")], configs=[before])), there
    ).steps
    assert update.target
    for target, silent in (
        (replace(update.target, categories=("Central",)), False),
        (replace(update.target, categories=("Spare",)), True),
        (replace(update.target, categories=(), kept_refs=(CategoryRef(6, None),)), True),
        (replace(update.target, categories=(), kept_refs=(CategoryRef(5, None),)), False),
    ):
        told = guards.check((replace(update, target=target), *steps), there, Policy())
        assert [guard.name for guard in told] == ["unreached"] * silent
