"""From files and a live state to a plan: actions, pruning, what must be read."""

from dataclasses import replace

import pytest

from syncer.errors import Place
from syncer.model.address import Action, Kind
from syncer.model.plan import Coverage, FieldDiff, Ignored, Reach, Summary
from syncer.model.state import CategoryRef, Desired, Entry, LiveDomain, LiveObject
from syncer.model.values import Secret
from syncer.plan.planner import Origin, reads_content, wants
from tests.plan import factories as make
from tests.plan.factories import ALL, HQ, ORIGIN, PHONES, THERE, only_step, planned, problems, told


class TestActions:
    def test_nothing_to_do(self) -> None:
        result = planned(make.desired(make.described(THERE)), make.live(THERE))
        assert result.plan.changes == ()
        assert result.plan.summary == Summary(unchanged=3)

    def test_create_everything(self) -> None:
        wanted = make.domain(
            categories=[make.category("HQ")],
            configs=[
                make.config("PHONE", "phones", categories=["HQ"], dialTone="GERMANY", place=Place("a.yaml", 9, 3))
            ],
        )
        result = planned(make.desired(wanted), make.live())
        assert told(result) == [
            ("create", "domain[example.com]"),
            ("create", "category[example.com/HQ]"),
            ("create", "config[example.com/PHONE/phones]"),
        ]
        assert [step.domain_id for step in result.steps] == [None, None, None]
        assert result.plan.summary == Summary(create=3)
        config = result.plan.changes[2]
        assert (config.id, config.base, config.former, config.source) == (None, None, None, "a.yaml:9:3")
        assert config.fingerprint
        assert config.diff == (
            FieldDiff("desc", None, "phones"),
            FieldDiff("categories", None, ["HQ"]),
            FieldDiff("dialTone", None, "GERMANY"),
        )
        assert result.plan.changes[1].diff == (FieldDiff("name", None, "HQ"), FieldDiff("config", None, True))

    def test_create_in_a_domain_that_is_there(self) -> None:
        wanted = make.domain(configs=[make.config("NTP", "time")])
        step = only_step(planned(make.desired(wanted), make.live(THERE)))
        assert (step.domain_id, step.live) == (1, None)

    def test_update(self) -> None:
        wanted = make.domain(configs=[make.config("PHONE", "phones", categories=["HQ"], gk1="172.16.0.2")])
        result = planned(make.desired(wanted), make.live(THERE))
        step = only_step(result)
        assert step.change.diff == (FieldDiff("gk1", "172.16.0.1", "172.16.0.2"),)
        assert (step.change.id, step.domain_id, step.live) == (11, 1, PHONES)
        assert step.change.base
        assert step.change.fingerprint
        assert result.plan.summary == Summary(update=1, unchanged=1, unmanaged=1)

    def test_delete_what_is_to_be_absent(self) -> None:
        wanted = make.domain(
            configs=[make.config("PHONE", "phones", absent=True), make.config("NTP", "x", absent=True)]
        )
        result = planned(make.desired(wanted), make.live(THERE))
        step = only_step(result)
        assert (step.change.action, step.change.id, step.target) == (Action.DELETE, 11, None)
        assert step.change.diff == (
            FieldDiff("desc", "phones", None),
            FieldDiff("categories", ["HQ"], None),
            FieldDiff("gk1", "172.16.0.1", None),
        )
        assert step.change.base
        assert step.change.fingerprint is None
        assert result.plan.summary == Summary(delete=1, unchanged=2, unmanaged=1)

    def test_what_the_files_do_not_name_is_left_alone(self) -> None:
        other = make.live_domain(name="other.example", number=2)
        wanted = make.domain(categories=[], configs=[])
        result = planned(make.desired(wanted), make.live(THERE, other))
        assert result.plan.summary == Summary(unchanged=1, unmanaged=3)

    def test_reach_tells_what_applies_to_everyone(self) -> None:
        wanted = make.domain(configs=[make.config("PHONE", "phones", gk1="172.16.0.1"), make.config("NTP", "x")])
        updated, created = (c.reach for c in planned(make.desired(wanted), make.live(THERE)).plan.changes)
        assert updated == Reach(Coverage(), Coverage(everyone=True))
        assert created == Reach(Coverage(), Coverage(everyone=True))
        back = make.domain(configs=[make.config("PHONE", "phones", categories=["HQ"])])
        everyone = make.live_domain(HQ, make.live_config("PHONE", "phones", 11))
        assert only_step(planned(make.desired(back), make.live(everyone))).change.reach == Reach(
            Coverage(everyone=True), Coverage()
        )

    def test_a_reference_to_nothing_is_not_everyone(self) -> None:
        config = make.live_config("PHONE", "phones", 11, categories=[CategoryRef(99, None)])
        wanted = make.domain(configs=[make.config("PHONE", "phones", absent=True)])
        change = only_step(planned(make.desired(wanted), make.live(make.live_domain(config)))).change
        assert change.reach == Reach(Coverage(), Coverage())

    def test_categories_that_are_left_alone_are_not_everyone(self) -> None:
        entry = make.config("PHONE", "phones", gk1="b", ignore=frozenset({"categories"}))
        change = only_step(planned(make.desired(make.domain(configs=[entry])), make.live(THERE))).change
        assert change.reach == Reach(Coverage(), Coverage())

    def test_only_configs_have_a_reach(self) -> None:
        wanted = make.domain("new.example", categories=[make.category("x")])
        assert [change.reach for change in planned(make.desired(wanted), make.live()).plan.changes] == [None, None]


class TestOrigin:
    def test_the_plan_says_where_it_comes_from(self) -> None:
        plan = planned(make.desired(), make.live()).plan
        assert (plan.server_name, plan.server_url) == (ORIGIN.server_name, ORIGIN.server_url)
        assert (plan.created, plan.salt, plan.only, plan.guards) == (ORIGIN.now, ORIGIN.salt, (), ())

    @pytest.mark.parametrize("changes", [{"password": "other"}, {"salt": "ff" * 16}])
    def test_every_digest_depends_on_password_and_salt(self, changes: dict[str, str]) -> None:
        wanted = make.desired(make.domain(configs=[make.config("PHONE", "phones", categories=["HQ"])]))
        other: Origin = replace(ORIGIN, **changes)
        one = planned(wanted, make.live(THERE)).plan
        two = planned(wanted, make.live(THERE), origin=other).plan
        assert one.files_digest != two.files_digest
        assert one.changes[0].base != two.changes[0].base
        assert one.changes[0].fingerprint != two.changes[0].fingerprint

    def test_neither_password_nor_key_shows(self) -> None:
        result = planned(make.desired(), make.live())
        assert ORIGIN.password not in repr(ORIGIN)
        assert repr(result.key) not in repr(result)

    def test_another_objects_change_leaves_the_bases_alone(self) -> None:
        wanted = make.desired(make.domain(configs=[make.config("PHONE", "phones", categories=["HQ"])]))
        other = make.live_domain(
            make.live_category("HQ", 5, config=False, extra={"x": 1}),
            PHONES,
            make.live_config("NTP", "x", 12),
            deployAdminPasswords=True,
            extra={"y": 2},
        )
        bases = {only_step(planned(wanted, make.live(one))).change.base for one in (THERE, other)}
        assert len(bases) == 1


class TestPrune:
    EXTRA = make.live_config("NTP", "extra", 12)
    UNKNOWN = make.live_config("DECT", "new", 13)
    LIVE = make.live(make.live_domain(HQ, PHONES, EXTRA, UNKNOWN))

    def deletes(self, wanted: Desired) -> list[str]:
        result = planned(wanted, self.LIVE)
        return [str(change.address) for change in result.plan.changes if change.action is Action.DELETE]

    @pytest.mark.parametrize(
        "prune, deleted",
        [
            ((), []),
            ((Kind.CONFIG,), ["config[example.com/NTP/extra]", "config[example.com/PHONE/phones]"]),
            ((Kind.CATEGORY,), ["category[example.com/HQ]"]),
            ((Kind.DOMAIN,), []),
        ],
    )
    def test_only_the_kinds_of_the_policy(self, prune: tuple[Kind, ...], deleted: list[str]) -> None:
        wanted = make.desired(make.domain(categories=[], configs=[]), policy=make.policy(prune=prune))
        assert self.deletes(wanted) == deleted

    def test_only_what_no_entry_means(self) -> None:
        configs = [make.config("PHONE", "phones", categories=["HQ"], gk1="172.16.0.1")]
        wanted = make.desired(make.domain(configs=configs), policy=make.policy(prune=[Kind.CONFIG]))
        assert self.deletes(wanted) == ["config[example.com/NTP/extra]"]

    def test_a_missing_key_is_not_syncers_business(self) -> None:
        wanted = make.desired(make.domain(), policy=make.policy(prune=ALL))
        assert self.deletes(wanted) == []
        assert planned(wanted, self.LIVE).plan.summary == Summary(unchanged=1, unmanaged=4)
        only_configs = make.desired(make.domain(configs=[]), policy=make.policy(prune=ALL))
        assert self.deletes(only_configs) == ["config[example.com/NTP/extra]", "config[example.com/PHONE/phones]"]

    def test_never_a_config_of_an_unknown_type(self) -> None:
        wanted = make.desired(make.domain(configs=[]), policy=make.policy(prune=ALL))
        assert planned(wanted, self.LIVE).plan.summary.unmanaged == 2

    def test_an_unknown_type_goes_if_it_is_named_absent(self) -> None:
        wanted = make.desired(make.domain(configs=[make.config("DECT", "new", absent=True)]))
        assert self.deletes(wanted) == ["config[example.com/DECT/new]"]

    def test_a_pruned_object_has_no_source(self) -> None:
        wanted = make.desired(make.domain(configs=[]), policy=make.policy(prune=ALL))
        assert {change.source for change in planned(wanted, self.LIVE).plan.changes} == {None}

    def test_a_domain_that_no_document_names(self) -> None:
        other = make.live_domain(name="other.example", number=2)
        wanted = make.desired(make.domain(), policy=make.policy(prune=[Kind.DOMAIN]))
        result = planned(wanted, make.live(THERE, other))
        assert told(result) == [("delete", "domain[other.example]")]
        assert only_step(result).domain_id == 2
        unpruned = planned(make.desired(make.domain()), make.live(THERE, other))
        assert unpruned.plan.summary == Summary(unchanged=1, unmanaged=3)

    def test_what_is_ignored_does_not_make_a_delete_stale(self) -> None:
        policy = make.policy(prune=ALL, ignore={"*": ("gk1",)})
        wanted = make.desired(make.domain(configs=[]), policy=policy)
        bases = set()
        for gk1 in ("a", "b"):
            live = make.live(make.live_domain(make.live_config("PHONE", "x", 1, gk1=gk1)))
            step = only_step(planned(wanted, live))
            assert step.ignored == {"gk1"}
            bases.add(step.change.base)
        assert len(bases) == 1


class TestReading:
    def reads(self, wanted: Desired, there: LiveDomain = THERE) -> list[int]:
        choose = wants(wanted)
        return [one.id for one in there.configs if choose(replace(one, fields={}, complete=False))]

    NTP = make.live_config("NTP", "time", 12)
    THERE = make.live_domain(HQ, PHONES, NTP, make.live_config("NTP", "", 13))

    def test_domains_that_an_entry_may_mean(self) -> None:
        other = make.live_domain(name="other.example", number=2).domain
        chosen = reads_content(make.desired(make.domain()))
        assert (chosen(THERE.domain), chosen(other)) == (True, False)
        renamed = reads_content(make.desired(make.domain("new.example", renamed_from="example.com")))
        assert (renamed(THERE.domain), renamed(other)) == (True, False)
        pruned = reads_content(make.desired(make.domain(), policy=make.policy(prune=[Kind.DOMAIN])))
        assert (pruned(THERE.domain), pruned(other)) == (True, True)
        assert not reads_content(make.desired())(THERE.domain)

    def test_configs_that_an_entry_may_mean(self) -> None:
        assert self.reads(make.desired(make.domain(configs=[make.config("NTP", "time")])), self.THERE) == [12]
        assert self.reads(make.desired(make.domain(configs=[make.config("NTP", "")])), self.THERE) == [13]
        renamed = make.config("NTP", "new", renamed_from="time")
        assert self.reads(make.desired(make.domain(configs=[renamed])), self.THERE) == [12]
        absent = make.config("NTP", "time", absent=True)
        assert self.reads(make.desired(make.domain(configs=[absent])), self.THERE) == [12]
        elsewhere = make.domain("b.example", configs=[make.config("NTP", "time", domain="b.example")])
        assert self.reads(make.desired(elsewhere), self.THERE) == []

    def test_configs_of_a_renamed_domain(self) -> None:
        wanted = make.domain(
            "new.example", renamed_from="example.com", configs=[make.config("NTP", "time", domain="new.example")]
        )
        assert self.reads(make.desired(wanted), self.THERE) == [12]

    def test_all_configs_where_they_may_be_pruned(self) -> None:
        policy = make.policy(prune=[Kind.CONFIG])
        assert self.reads(make.desired(make.domain(configs=[]), policy=policy), self.THERE) == [11, 12, 13]
        assert self.reads(make.desired(make.domain(), policy=policy), self.THERE) == []
        assert self.reads(make.desired(make.domain(configs=[])), self.THERE) == []


def test_every_problem_is_told_at_once() -> None:
    wanted = make.desired(
        make.domain(
            categories=[make.category("HQ", id=77)],
            configs=[make.config("NTP", "x", categories=["?"]), make.config("MEDIA", "m", rtpFirst=65534, rtpNum=128)],
        ),
        make.domain("b.example"),
    )
    assert len(problems(wanted, make.live(THERE, admin=False))) == 4


def test_an_id_that_is_not_live_is_no_create() -> None:
    wanted = make.desired(make.domain(configs=[make.config("PHONE", "phones", id=12)]))
    assert "id 12 is not live at this address (live there: id 11)" in problems(wanted, make.live(THERE))[0]


def test_two_with_one_address_are_changed_by_id() -> None:
    twin = make.live_config("PHONE", "phones", 12, gk1="b")
    entries = [make.config("PHONE", "phones", id=12, gk1="c"), make.config("PHONE", "phones", id=11, gk1="d")]
    result = planned(make.desired(make.domain(configs=entries)), make.live(make.live_domain(HQ, PHONES, twin)))
    assert [(c.id, c.diff[-1]) for c in result.plan.changes] == [
        (11, FieldDiff("gk1", "172.16.0.1", "d")),
        (12, FieldDiff("gk1", "b", "c")),
    ]


class TestLeftAlone:
    EXTRA = make.live_config("NTP", "extra", 12)
    OTHER = make.live_domain(name="other.example", number=2)

    def test_unmanaged_by_address(self) -> None:
        there = make.live(make.live_domain(HQ, self.EXTRA, PHONES), self.OTHER)
        result = planned(make.desired(make.domain(configs=[])), there)
        assert list(map(str, result.plan.unmanaged)) == [
            "category[example.com/HQ]",
            "config[example.com/NTP/extra]",
            "config[example.com/PHONE/phones]",
            "domain[other.example]",
        ]
        assert result.plan.summary == Summary(unchanged=1, unmanaged=4)

    def test_two_with_one_address_are_two(self) -> None:
        there = make.live(make.live_domain(*(make.live_config("NTP", "x", n) for n in (1, 2))))
        plan = planned(make.desired(make.domain()), there).plan
        assert (len(plan.unmanaged), plan.summary.unmanaged) == (2, 2)

    def test_what_is_deleted_is_not_left_alone(self) -> None:
        wanted = make.desired(make.domain(configs=[]), policy=make.policy(prune=[Kind.CONFIG]))
        assert list(map(str, planned(wanted, make.live(THERE)).plan.unmanaged)) == ["category[example.com/HQ]"]

    def test_only_as_far_as_only_looks(self) -> None:
        there = make.live(make.live_domain(HQ, PHONES, self.EXTRA), self.OTHER)
        policy = make.policy(ignore={"*": ("gk1",)})
        configs = [make.config("PHONE", "phones", categories=["HQ"]), make.config("MEDIA", "gone", absent=True)]
        wanted = make.desired(make.domain(configs=configs), policy=policy)
        everything = planned(wanted, there).plan
        assert everything.summary == Summary(unchanged=3, unmanaged=3)
        assert len(everything.ignored) == 1
        ntp = planned(wanted, there, "config[*/NTP/*").plan
        assert ntp.summary == Summary(unmanaged=1)
        assert (ntp.unmanaged, ntp.ignored) == ((self.EXTRA.address,), ())
        phones = planned(wanted, there, "config[*/PHONE/*", "config[*/MEDIA/*").plan
        assert phones.summary == Summary(unchanged=2)
        assert phones.ignored == everything.ignored


class TestIgnored:
    def ignored(self, entry: Entry, live: LiveObject, *fields: str, write_only: tuple[str, ...] = ()) -> list[str]:
        """Names of the fields that are told."""
        wanted = make.desired(make.domain(configs=[entry]), policy=make.policy(ignore={"config[*": fields}))
        there = make.live(make.live_domain(HQ, live), write_only=write_only)
        return [name for one in planned(wanted, there).plan.ignored for name in one.fields]

    def test_what_would_be_changed(self) -> None:
        live = make.live_config("PHONE", "p", 11, gk1="a", gk2="b", gkId="c", coder="G722", recordingUrl="r")
        entry = make.config("PHONE", "p", gk1="a", gk2="x", gkId="c")
        assert self.ignored(entry, live, "recordingUrl", "gk1", "gk2", "coder") == ["gk2", "recordingUrl"]
        assert self.ignored(entry, live) == []

    def test_by_the_entry(self) -> None:
        entry = make.config("PHONE", "phones", categories=["HQ"], gk1="b", ignore=frozenset({"gk1"}))
        plan = planned(make.desired(make.domain(configs=[entry])), make.live(THERE)).plan
        assert plan.ignored == (Ignored(PHONES.address, ("gk1",)),)

    def test_beside_a_change(self) -> None:
        entry = make.config("PHONE", "phones", categories=[], gk1="b", ignore=frozenset({"gk1"}))
        plan = planned(make.desired(make.domain(configs=[entry])), make.live(THERE)).plan
        assert (plan.summary.update, plan.ignored) == (1, (Ignored(PHONES.address, ("gk1",)),))

    def test_categories_only_where_some_are_said(self) -> None:
        said = make.config("PHONE", "phones", categories=[], gk1="172.16.0.1")
        assert self.ignored(said, PHONES, "categories") == ["categories"]
        assert self.ignored(replace(said, categories=None), PHONES, "categories") == []

    def test_unknown_fields_to_the_letter(self) -> None:
        live = make.live_config("PHONE", "p", 11, extra={"a": 1, "b": {"c": [1]}})
        entry = make.config("PHONE", "p", extra={"a": True, "b": {"c": [1]}})
        assert self.ignored(entry, live, "a", "b") == ["a"]

    def test_not_a_secret_that_nobody_can_compare(self) -> None:
        live = make.live_config("MEDIA", "m", 11)
        entry = make.config("MEDIA", "m", turnPassword=Secret("x"))
        assert self.ignored(entry, live, "turnPassword", write_only=("turnPassword",)) == []
        assert self.ignored(entry, live, "turnPassword") == ["turnPassword"]

    def test_nothing_of_what_is_created_or_deleted(self) -> None:
        created = make.config("PHONE", "new", gk1="a")
        assert self.ignored(created, make.live_config("NTP", "x", 1), "gk1") == []
        assert self.ignored(make.config("PHONE", "phones", absent=True), PHONES, "gk1") == []
