"""From files and a live state to a plan: references, renames, domains, `--only`."""

from dataclasses import replace

import pytest

from syncer.model.plan import HIDDEN, FieldDiff, Summary
from syncer.model.state import CategoryRef, Live
from syncer.plan.choosing import cut_off
from tests.plan import factories as make
from tests.plan.factories import ALL, HQ, PHONES, THERE, only_step, planned, problems, told


class TestCategories:
    def test_an_unknown_category_with_the_nearest_one(self) -> None:
        wanted = make.desired(make.domain(configs=[make.config("NTP", "x", categories=["HQs", "nothing like it"])]))
        assert problems(wanted, make.live(THERE)) == [
            "domains/example.yaml:3:5: config[example.com/NTP/x]: there is no category HQs; did you mean HQ?",
            (
                "domains/example.yaml:3:5: config[example.com/NTP/x]: there is no category nothing like it; "
                "add it to the domain's categories"
            ),
        ]

    def test_an_unknown_category_of_a_config_that_is_there(self) -> None:
        wanted = make.desired(make.domain(configs=[make.config("PHONE", "phones", categories=["HQs"])]))
        assert "there is no category HQs; did you mean HQ?" in problems(wanted, make.live(THERE))[0]

    def test_what_is_to_be_absent_need_not_say_its_categories(self) -> None:
        wanted = make.desired(make.domain(configs=[make.config("PHONE", "phones", categories=None, absent=True)]))
        assert len(planned(wanted, make.live(THERE)).steps) == 1

    def test_a_category_of_another_domain_is_unknown(self) -> None:
        other = make.domain("b.example", configs=[make.config("NTP", "x", domain="b.example", categories=["HQ"])])
        assert "there is no category HQ" in problems(make.desired(make.domain(), other), make.live(THERE))[0]

    def test_a_category_that_the_same_plan_creates_or_renames(self) -> None:
        categories = [make.category("new"), make.category("Central", renamed_from="HQ")]
        configs = [make.config("NTP", "x", categories=["new", "Central"])]
        result = planned(make.desired(make.domain(categories=categories, configs=configs)), make.live(THERE))
        assert told(result) == [
            ("update", "category[example.com/Central]"),
            ("create", "category[example.com/new]"),
            ("create", "config[example.com/NTP/x]"),
        ]

    def test_the_old_name_of_a_renamed_category_is_unknown(self) -> None:
        wanted = make.domain(
            categories=[make.category("Central", renamed_from="HQ")],
            configs=[make.config("NTP", "x", categories=["HQ"])],
        )
        assert "there is no category HQ" in problems(make.desired(wanted), make.live(THERE))[0]

    def test_a_category_that_is_not_there_and_to_be_absent_is_unknown(self) -> None:
        wanted = make.domain(
            categories=[make.category("gone", absent=True)], configs=[make.config("NTP", "x", categories=["gone"])]
        )
        assert "there is no category gone" in problems(make.desired(wanted), make.live(THERE))[0]

    def test_a_name_that_two_categories_have(self) -> None:
        there = make.live(make.live_domain(HQ, make.live_category("HQ", 6)))
        wanted = make.desired(make.domain(configs=[make.config("NTP", "x", categories=["HQ"])]))
        assert problems(wanted, there) == [
            (
                "domains/example.yaml:3:5: config[example.com/NTP/x]: 2 categories are named HQ; "
                "rename one of them on the server"
            )
        ]

    def test_two_categories_with_one_name_that_nobody_uses_are_no_problem(self) -> None:
        there = make.live(make.live_domain(HQ, make.live_category("HQ", 6)))
        assert planned(make.desired(make.domain(configs=[make.config("NTP", "x")])), there)

    def test_a_rename_makes_no_change_of_the_configs(self) -> None:
        wanted = make.domain(
            categories=[make.category("Central", renamed_from="HQ")],
            configs=[make.config("PHONE", "phones", categories=["Central"], gk1="172.16.0.1")],
        )
        result = planned(make.desired(wanted), make.live(THERE))
        change = only_step(result).change
        assert str(change.former) == "category[example.com/HQ]"
        assert change.diff == (FieldDiff("name", "HQ", "Central"),)
        assert result.plan.summary == Summary(update=1, unchanged=2)

    def test_a_rename_makes_no_change_of_configs_that_name_categories_without_ids(self) -> None:
        config = make.live_config("NTP", "x", 1, categories=[CategoryRef(None, "HQ")])
        wanted = make.domain(
            categories=[make.category("Central", renamed_from="HQ")],
            configs=[make.config("NTP", "x", categories=["Central"])],
        )
        result = planned(make.desired(wanted), make.live(make.live_domain(HQ, config)))
        assert told(result) == [("update", "category[example.com/Central]")]

    def test_ignored_categories_need_not_be_known(self) -> None:
        policy = make.policy(ignore={"config[*]": ("categories",)})
        wanted = make.desired(
            make.domain(configs=[make.config("PHONE", "phones", categories=["nowhere"], gk1="b")]), policy=policy
        )
        step = only_step(planned(wanted, make.live(THERE)))
        assert step.target
        assert step.target.kept_refs == PHONES.categories
        assert [one.path for one in step.change.diff] == ["gk1"]

    @pytest.mark.parametrize("there", [make.live(), make.live(THERE)])
    def test_everyone_is_never_the_result_of_something_left_out(self, there: Live) -> None:
        entry = make.config("NTP", "x", categories=None, ignore=frozenset({"categories"}))
        told = problems(make.desired(make.domain(configs=[entry])), there)
        assert told == [
            (
                "domains/example.yaml:3:5: config[example.com/NTP/x] does not say its categories; "
                "name them, or write categories: [] for every device of the domain"
            )
        ]

    def test_categories_may_be_left_out_where_they_are_ignored_and_live(self) -> None:
        entry = make.config("PHONE", "phones", categories=None, gk1="172.16.0.1", ignore=frozenset({"categories"}))
        assert planned(make.desired(make.domain(configs=[entry])), make.live(THERE)).plan.changes == ()


class TestDomains:
    RENAMED = make.domain(
        "new.example",
        renamed_from="example.com",
        categories=[make.category("HQ", domain="new.example")],
        configs=[make.config("PHONE", "phones", domain="new.example", categories=["HQ"], gk1="172.16.0.1")],
    )

    def test_a_rename_changes_only_the_domain(self) -> None:
        result = planned(make.desired(self.RENAMED), make.live(THERE))
        change = only_step(result).change
        assert (str(change.address), str(change.former), change.id) == ("domain[new.example]", "domain[example.com]", 1)
        assert change.diff == (FieldDiff("name", "example.com", "new.example"),)
        assert result.plan.summary == Summary(update=1, unchanged=2)

    def test_what_changes_in_it_has_the_new_address_and_keeps_its_base(self) -> None:
        configs = [make.config("PHONE", "phones", domain="new.example", categories=["HQ"], gk1="b")]
        result = planned(make.desired(replace(self.RENAMED, configs=tuple(configs))), make.live(THERE))
        assert told(result) == [
            ("update", "domain[new.example]"),
            ("update", "config[new.example/PHONE/phones]"),
        ]
        assert result.plan.changes[1].former is None
        before = planned(
            make.desired(make.domain(configs=[replace(configs[0], address=PHONES.address)])), make.live(THERE)
        )
        assert result.plan.changes[1].base == only_step(before).change.base

    def test_policies_may_name_the_old_domain_or_the_new(self) -> None:
        for name in ("example.com", "new.example"):
            glob = f"config[{name}/*]"
            policy = make.policy(ignore={glob: ("gk1",)}, mask={glob: ("gk2",)})
            entry = make.config("PHONE", "phones", domain="new.example", categories=["HQ"], gk1="b", gk2="c")
            wanted = make.desired(replace(self.RENAMED, configs=(entry,)), policy=policy)
            assert planned(wanted, make.live(THERE)).plan.changes[1].diff == (FieldDiff("gk2", None, HIDDEN),)

    def test_without_the_right_to_it(self) -> None:
        wanted = make.desired(
            make.domain("b.example", configs=[make.config("NTP", "x", domain="b.example", categories=["?"])])
        )
        assert problems(wanted, make.live(THERE, admin=False)) == [
            (
                "domains/example.yaml:3:5: domain[b.example] is not there, or the login has no right to it; "
                "log in with the instance's password, or with that of this domain"
            )
        ]

    def test_without_the_right_to_it_nothing_can_be_absent_from_it(self) -> None:
        wanted = make.desired(make.domain("b.example", absent=True, categories=[], configs=[]))
        assert planned(wanted, make.live(THERE, admin=False)).plan.changes == ()

    def test_absent(self) -> None:
        wanted = make.domain(
            absent=True,
            categories=[make.category("HQ", absent=True)],
            configs=[make.config("PHONE", "phones", absent=True)],
        )
        assert told(planned(make.desired(wanted), make.live(THERE))) == [
            ("delete", "config[example.com/PHONE/phones]"),
            ("delete", "category[example.com/HQ]"),
            ("delete", "domain[example.com]"),
        ]
        assert planned(make.desired(wanted), make.live()).plan.summary == Summary(unchanged=3)

    @pytest.mark.parametrize("there", [make.live(), make.live(THERE)])
    def test_absent_with_something_present_in_it(self, there: Live) -> None:
        wanted = make.domain(absent=True, categories=[make.category("HQ")], configs=[make.config("NTP", "x")])
        told = problems(make.desired(wanted), there)
        assert len(told) == 2
        for text, address in zip(told, ("category[example.com/HQ]", "config[example.com/NTP/x]"), strict=True):
            assert text == (
                f"domains/example.yaml:3:5: {address} is to be present in a domain that is to be absent; "
                "remove it, or the domain's `state: absent`"
            )

    def test_two_domains_with_one_name_and_no_id(self) -> None:
        there = make.live(make.live_domain(), make.live_domain(number=2))
        assert "domain[example.com] is live 2 times: id 1, id 2" in problems(make.desired(make.domain()), there)[0]

    def test_two_domains_with_one_name_are_told_apart_by_id(self) -> None:
        twin = make.live_domain(make.live_config("NTP", "x", 9, domain_id=2, ntp1="a"), number=2)
        documents = [
            make.domain(id=2, configs=[make.config("NTP", "x", ntp1="b")]),
            make.domain(id=1, configs=[make.config("PHONE", "phones", categories=["HQ"], gk1="c")]),
        ]
        result = planned(make.desired(*documents), make.live(THERE, twin))
        assert sorted((step.domain_id, step.change.id) for step in result.steps if step.live) == [(1, 11), (2, 9)]
        assert len(result.steps) == 2

    def test_read_only_fields_are_no_fields(self) -> None:
        one = make.live_domain(HQ, PHONES)
        other = replace(one, domain=replace(one.domain, raw={"hasRentalProducts": True}), is_instance=True)
        wanted = make.desired(make.described(one))
        assert planned(wanted, make.live(other)).plan == planned(wanted, make.live(one)).plan


class TestRenames:
    def test_in_place(self) -> None:
        wanted = make.domain(configs=[make.config("PHONE", "tel", renamed_from="phones", categories=["HQ"], gk1="x")])
        change = only_step(planned(make.desired(wanted), make.live(THERE))).change
        assert (str(change.former), change.id) == ("config[example.com/PHONE/phones]", 11)
        assert change.diff == (FieldDiff("desc", "phones", "tel"), FieldDiff("gk1", "172.16.0.1", "x"))

    def test_policies_hold_for_both_names(self) -> None:
        entry = make.config("PHONE", "tel", renamed_from="phones", categories=["HQ"], gk1="x", gk2="y")
        policy = make.policy(ignore={"*phones]": ("gk1",)}, mask={"*phones]": ("gk2",)})
        wanted = make.desired(make.domain(configs=[entry]), policy=policy)
        assert only_step(planned(wanted, make.live(THERE))).change.diff == (
            FieldDiff("desc", "phones", "tel"),
            FieldDiff("gk2", None, HIDDEN),
        )

    def test_the_former_object_is_not_pruned(self) -> None:
        entry = make.config("PHONE", "tel", renamed_from="phones", categories=["HQ"], gk1="172.16.0.1")
        wanted = make.desired(make.domain(configs=[entry]), policy=make.policy(prune=ALL))
        assert told(planned(wanted, make.live(THERE))) == [("update", "config[example.com/PHONE/tel]")]


class TestOnly:
    WANTED = make.desired(
        make.domain(
            categories=[make.category("HQ", config=False), make.category("new")],
            configs=[
                make.config("PHONE", "phones", categories=["HQ"], gk1="b"),
                make.config("NTP", "time", categories=["new"]),
            ],
        )
    )

    def test_what_the_globs_choose(self) -> None:
        result = planned(self.WANTED, make.live(THERE), "config[*/PHONE/*]", "category[*new]")
        assert told(result) == [("create", "category[example.com/new]"), ("update", "config[example.com/PHONE/phones]")]
        assert result.plan.only == ("config[*/PHONE/*]", "category[*new]")
        assert (result.plan.summary.create, result.plan.summary.update) == (1, 1)

    def test_a_glob_that_names_nothing(self) -> None:
        told = ["--only nothing names nothing in the files or on the server; correct it"]
        assert problems(self.WANTED, make.live(THERE), "nothing") == told

    def test_either_name_of_a_rename_chooses_it(self) -> None:
        entry = make.config("PHONE", "tel", renamed_from="phones", categories=["HQ"])
        wanted = make.desired(make.domain(configs=[entry]))
        for glob in ("*tel]", "*phones]"):
            assert len(planned(wanted, make.live(THERE), glob).steps) == 1

    def test_the_rest_does_not_change_the_files_digest(self) -> None:
        digests = {planned(self.WANTED, make.live(THERE), *only).plan.files_digest for only in ((), ("*new*",))}
        assert len(digests) == 1

    @pytest.mark.parametrize(
        "only, cut, needs",
        [
            ("config[*NTP*]", "category[example.com/new]", "config[example.com/NTP/time]"),
        ],
    )
    def test_a_new_category_is_needed(self, only: str, cut: str, needs: str) -> None:
        assert problems(self.WANTED, make.live(THERE), only) == [
            f"--only leaves out {cut}, which {needs} needs; widen --only"
        ]

    def test_an_updated_category_is_not_needed(self) -> None:
        assert len(planned(self.WANTED, make.live(THERE), "config[*PHONE*]").steps) == 1

    def test_a_renamed_category_is_needed(self) -> None:
        wanted = make.domain(
            categories=[make.category("Central", renamed_from="HQ")],
            configs=[make.config("NTP", "x", categories=["Central"])],
        )
        assert problems(make.desired(wanted), make.live(THERE), "config[*]") == [
            "--only leaves out category[example.com/Central], which config[example.com/NTP/x] needs; widen --only"
        ]

    def test_a_new_domain_is_needed(self) -> None:
        wanted = make.domain("b.example", configs=[make.config("NTP", "x", domain="b.example")])
        assert problems(make.desired(wanted), make.live(), "config[*]") == [
            "--only leaves out domain[b.example], which config[b.example/NTP/x] needs; widen --only"
        ]

    def test_a_renamed_domain_is_needed(self) -> None:
        config = make.config("PHONE", "phones", domain="new.example", categories=["HQ"])
        wanted = make.desired(make.domain("new.example", renamed_from="example.com", configs=[config]))
        assert "--only leaves out domain[new.example]" in problems(wanted, make.live(THERE), "config[*]")[0]
        gone = make.desired(
            make.domain("new.example", renamed_from="example.com", configs=[replace(config, absent=True)])
        )
        assert len(planned(gone, make.live(THERE), "config[*]").steps) == 1

    def test_a_category_goes_only_with_what_takes_its_name_away(self) -> None:
        configs = [make.config("PHONE", "phones", categories=["B"])]
        there = make.live_domain(HQ, make.live_category("B", 6), PHONES)
        wanted = make.desired(
            make.domain(categories=[make.category("B"), make.category("HQ", absent=True)], configs=configs)
        )
        assert problems(wanted, make.live(there), "category[*]") == [
            "--only leaves out config[example.com/PHONE/phones], which category[example.com/HQ] needs; widen --only"
        ]
        gone = make.desired(
            make.domain(
                categories=[make.category("HQ", absent=True)], configs=[make.config("PHONE", "phones", absent=True)]
            )
        )
        assert "which category[example.com/HQ] needs" in problems(gone, make.live(there), "category[*]")[0]
        assert len(planned(gone, make.live(there), "config[*]").steps) == 1

    def test_a_category_goes_without_what_never_named_it(self) -> None:
        """Ids may be the same in another domain, and for another kind."""
        twin_hq = make.live_category("HQ", HQ.id, domain="b.example", domain_id=2)
        twin = make.live_config("PHONE", "phones", 11, domain="b.example", domain_id=2, categories=[twin_hq])
        other = make.live_config("NTP", "x", 12, categories=[CategoryRef(6, "B")])
        there = make.live(
            make.live_domain(HQ, make.live_category("B", 6), other),
            make.live_domain(twin_hq, twin, name="b.example", number=2),
        )
        wanted = make.desired(
            make.domain(categories=[make.category("HQ", absent=True)], configs=[make.config("NTP", "x", absent=True)]),
            make.domain("b.example", configs=[make.config("PHONE", "phones", domain="b.example", absent=True)]),
        )
        assert told(planned(wanted, there, "category[*]")) == [("delete", "category[example.com/HQ]")]

    def test_a_config_goes_without_what_names_a_category_of_its_id(self) -> None:
        there = make.live(make.live_domain(HQ, PHONES, make.live_config("NTP", "x", HQ.id)))
        configs = [make.config("PHONE", "phones", absent=True), make.config("NTP", "x", absent=True)]
        assert len(planned(make.desired(make.domain(configs=configs)), there, "*NTP*").steps) == 1

    def test_a_domain_goes_without_what_others_hold(self) -> None:
        elsewhere = make.live_category("HQ", 5, domain="b.example", domain_id=2)
        there = make.live(make.live_domain(), make.live_domain(elsewhere, name="b.example", number=2))
        other = make.domain("b.example", categories=[make.category("HQ", domain="b.example", absent=True)])
        wanted = make.desired(make.domain(absent=True), other)
        assert told(planned(wanted, there, "domain[*]")) == [("delete", "domain[example.com]")]

    def test_a_domain_goes_only_with_what_it_holds(self) -> None:
        wanted = make.desired(make.domain(absent=True, categories=[], configs=[]), policy=make.policy(prune=ALL))
        assert problems(wanted, make.live(THERE), "domain[*]") == [
            "--only leaves out category[example.com/HQ], which domain[example.com] needs; widen --only",
            "--only leaves out config[example.com/PHONE/phones], which domain[example.com] needs; widen --only",
        ]

    @pytest.mark.parametrize("kind", ["category", "config"])
    def test_a_name_that_a_left_out_rename_frees(self, kind: str) -> None:
        """Who takes it must wait until it is free: a create, and a rename."""
        if kind == "category":
            there = make.live(make.live_domain(HQ, make.live_category("B", 6)))
            moved, taken = make.category("New", id=5, renamed_from="HQ"), make.category("HQ")
            wanted = make.desired(make.domain(categories=[moved, taken]))
            renamed = make.desired(make.domain(categories=[moved, replace(taken, id=6, renamed_from="B")]))
        else:
            clocks = [make.live_config("NTP", name, number) for number, name in ((5, "HQ"), (6, "B"))]
            there = make.live(make.live_domain(*clocks))
            moved, taken = make.config("NTP", "New", id=5, renamed_from="HQ"), make.config("NTP", "HQ")
            wanted = make.desired(make.domain(configs=[moved, taken]))
            renamed = make.desired(make.domain(configs=[moved, replace(taken, id=6, renamed_from="B")]))
        for files in (wanted, renamed):
            steps = planned(files, there).steps
            first, then = sorted(steps, key=lambda step: step.change.address != moved.address)
            assert list(cut_off([then], steps)) == [(taken.address, moved.address)]
            assert list(cut_off([first], steps)) == list(cut_off(steps, steps)) == []
            assert len(planned(files, there, str(taken.address)).steps) == 2  # the old name of a rename chooses it
        assert problems(renamed, there, "*/B]") == [
            f"--only leaves out {moved.address}, which {taken.address} needs; widen --only"
        ]

    def test_a_domain_name_that_a_left_out_rename_frees(self) -> None:
        wanted = make.desired(make.domain("old.example", id=1, renamed_from="example.com"), make.domain())
        steps = planned(wanted, make.live(THERE)).steps
        (create,) = [step for step in steps if step.live is None]
        assert [str(needed) for _, needed in cut_off([create], steps)] == ["domain[old.example]"]

    def test_an_update_that_stays_where_it_is_needs_no_free_name(self) -> None:
        there = make.live(make.live_domain(HQ, make.live_category("HQ", 6)))
        entries = [make.category("New", id=5, renamed_from="HQ"), make.category("HQ", id=6, config=False)]
        steps = planned(make.desired(make.domain(categories=entries)), there).steps
        (stays,) = [step for step in steps if step.change.former is None]
        assert list(cut_off([stays], steps)) == []
