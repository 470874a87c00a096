"""Applying exactly a saved plan."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.errors import ProblemsError, StalePlan
from syncer.model.plan import Plan, from_document, to_document
from syncer.model.state import CategoryRef, Desired, Live
from syncer.plan.planner import Planned
from syncer.plan.saved import check_origin, select
from tests import strategies
from tests.plan import factories as make
from tests.plan.factories import HQ, ORIGIN, PHONES, planned, told

WANTED = make.desired(
    make.domain(
        categories=[make.category("HQ"), make.category("new")],
        configs=[make.config("PHONE", "phones", categories=["HQ"], gk1="x"), make.config("NTP", "old", absent=True)],
    )
)
OLD = make.live_config("NTP", "old", 12, ntp1="a")
LIVE = make.live(make.live_domain(HQ, PHONES, OLD))


def saved(wanted: Desired = WANTED, there: Live = LIVE, *only: str) -> Plan:
    """A plan as a file gives it back."""
    return from_document(to_document(planned(wanted, there, *only).plan))


def again(there: Live, wanted: Desired = WANTED, plan: Plan | None = None) -> Planned:
    """What is applied of the saved plan on what is live now."""
    return select(plan or saved(wanted), planned(wanted, there, *(plan.only if plan else ())))


def stale(there: Live, wanted: Desired = WANTED) -> str:
    with pytest.raises(StalePlan) as caught:
        again(there, wanted)
    assert caught.value.exit_code == 3
    return str(caught.value)


class TestOrigin:
    def check(
        self,
        plan: Plan,
        *,
        url: str = ORIGIN.server_url,
        password: str = ORIGIN.password,
        profile: str = "profile",
        wanted: Desired = WANTED,
    ) -> None:
        check_origin(plan, url, password, wanted, profile)

    def test_nothing_changed(self) -> None:
        self.check(saved())

    def test_only_is_no_part_of_the_files(self) -> None:
        self.check(saved(WANTED, LIVE, "config[*PHONE*]"))

    def test_another_server(self) -> None:
        with pytest.raises(StalePlan, match=r"made for wss://apps\.example\.com/.*, not for wss://b"):
            self.check(saved(), url="wss://b")

    @pytest.mark.parametrize("changes", [{"password": "other"}, {"profile": "other"}, {"wanted": make.desired()}])
    def test_another_password_profile_or_other_files(self, changes: dict[str, object]) -> None:
        with pytest.raises(StalePlan, match="changed since the plan was made"):
            self.check(saved(), **changes)  # type: ignore[arg-type]

    def test_another_salt_is_no_way_around(self) -> None:
        with pytest.raises(StalePlan):
            self.check(replace(saved(), salt="ff" * 16))


class TestSelect:
    def test_the_same_server(self) -> None:
        result = again(LIVE)
        assert result == planned(WANTED, LIVE)

    def test_changes_of_others_elsewhere(self) -> None:
        there = make.live(
            make.live_domain(HQ, PHONES, OLD, make.live_config("EXPERT", "theirs", 13), deployAdminPasswords=True)
        )
        assert told(again(there)) == told(planned(WANTED, LIVE))

    def test_a_changed_object(self) -> None:
        other = replace(PHONES, fields={"gk1": "y"})
        assert "update config[example.com/PHONE/phones]: changed on the server" in stale(
            make.live(make.live_domain(HQ, other, OLD))
        )

    def test_every_stale_change_is_told(self) -> None:
        text = stale(make.live(make.live_domain(HQ, replace(PHONES, fields={}), replace(OLD, fields={}))))
        assert text.splitlines()[1:3] == [
            "  update config[example.com/PHONE/phones]: changed on the server",
            "  delete config[example.com/NTP/old]: changed on the server",
        ]

    def test_an_object_that_is_gone(self) -> None:
        text = stale(make.live(make.live_domain(HQ, PHONES)))
        assert "delete config[example.com/NTP/old]: no longer what would be done" in text
        assert "update config" in stale(make.live(make.live_domain(HQ, OLD)))

    def test_somebody_created_it_meanwhile(self) -> None:
        text = stale(make.live(make.live_domain(HQ, make.live_category("new", 6), PHONES, OLD)))
        assert "create category[example.com/new]: no longer what would be done" in text

    def test_somebody_did_it_already(self) -> None:
        done = replace(PHONES, fields={"gk1": "x"})
        assert "no longer what would be done" in stale(make.live(make.live_domain(HQ, done, OLD)))

    def test_the_same_address_with_another_id(self) -> None:
        text = stale(make.live(make.live_domain(HQ, replace(PHONES, id=99), OLD)))
        assert "update config[example.com/PHONE/phones]: no longer what would be done" in text

    def test_ignored_fields_are_of_no_interest(self) -> None:
        entry = make.config("PHONE", "phones", categories=[], gk1="x")
        ignore = {"config[*]": ("gk2", "categories", "new")}
        wanted = make.desired(make.domain(configs=[entry]), policy=make.policy(ignore=ignore))
        other = replace(PHONES, fields={**PHONES.fields, "gk2": "theirs"}, categories=(), extra={"new": 1})
        assert len(again(make.live(make.live_domain(HQ, other, OLD)), wanted).steps) == 1

    def test_the_fields_that_the_entry_leaves_alone_are(self) -> None:
        entry = make.config("PHONE", "phones", categories=["HQ"], gk1="x")
        wanted = make.desired(make.domain(configs=[entry]))
        other = replace(PHONES, fields={**PHONES.fields, "coder": "G722"})
        assert "changed on the server" in stale(make.live(make.live_domain(HQ, other, OLD)), wanted)

    def test_more_differences_are_left_alone_and_told(self) -> None:
        wanted = make.desired(
            make.domain(
                configs=[
                    make.config("PHONE", "phones", categories=["HQ"], gk1="x"),
                    make.config("NTP", "old", ntp1="a"),
                ]
            )
        )
        there = make.live(make.live_domain(HQ, PHONES, replace(OLD, fields={"ntp1": "theirs"})))
        result = again(there, wanted)
        assert told(result) == [("update", "config[example.com/PHONE/phones]")]
        assert result.plan.notes == ("1 more difference(s) since the plan was made are left alone",)
        assert result.plan.summary.update == 1
        assert len(result.steps) == 1

    def test_a_change_that_now_needs_another(self) -> None:
        """Its category was deleted meanwhile, so the plan would have to create it: nobody reviewed that."""
        wanted = make.desired(
            make.domain(categories=[make.category("HQ")], configs=[make.config("NTP", "time", categories=["HQ"])])
        )
        text = stale(make.live(make.live_domain()), wanted)
        assert "config[example.com/NTP/time]: it now needs category[example.com/HQ] as well" in text

    def test_only_stays_only(self) -> None:
        plan = saved(WANTED, LIVE, "config[*]")
        result = again(LIVE, plan=plan)
        assert told(result) == [
            ("update", "config[example.com/PHONE/phones]"),
            ("delete", "config[example.com/NTP/old]"),
        ]
        assert result.plan.only == ("config[*]",)

    def test_names_that_an_address_cannot_be_parsed_from(self) -> None:
        document = make.domain("a/b", configs=[make.config("X/Y", "z", domain="a/b")])
        there = make.live(make.live_domain(name="a/b"))
        assert len(again(there, make.desired(document), saved(make.desired(document), there)).steps) == 1

    def test_the_order_that_the_server_lists_categories_in(self) -> None:
        both = (CategoryRef(5, "HQ"), CategoryRef(6, "B"))
        b = make.live_category("B", 6)
        entry = make.config("PHONE", "phones", categories=["B", "HQ"], gk1="x")
        wanted = make.desired(make.domain(configs=[entry]))
        first = make.live(make.live_domain(HQ, b, replace(PHONES, categories=both)))
        second = make.live(make.live_domain(b, HQ, replace(PHONES, categories=both[::-1])))
        assert len(again(second, wanted, saved(wanted, first)).steps) == 1


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_a_saved_plan_is_applied_whole_where_nothing_changed(data: st.DataObject) -> None:
    there = make.live(*data.draw(strategies.live_states()))
    wanted = data.draw(strategies.desired_states(there.domains))
    now = planned(wanted, there)
    assert select(from_document(to_document(now.plan)), now) == now


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_a_saved_plan_never_does_anything_else(data: st.DataObject) -> None:
    """Whatever happened meanwhile: stale, or exactly the changes that were reviewed."""
    there = data.draw(strategies.live_states())
    wanted = data.draw(strategies.desired_states(there))
    plan = from_document(to_document(planned(wanted, make.live(*there)).plan))
    then = data.draw(strategies.neighbours(there))
    numbers = {one.name: one.domain.id for one in there}
    live = make.live(*(one for one in then if numbers.get(one.name) == one.domain.id))
    try:
        result = select(plan, planned(wanted, live))
    except (StalePlan, ProblemsError):
        return
    reviewed = {str(one.address): one for one in plan.changes}
    assert len(result.steps) == len(plan.changes)
    for step in result.steps:
        before = reviewed[str(step.change.address)]
        assert (step.change.action, step.change.id) == (before.action, before.id)
        assert (step.change.base, step.change.fingerprint) == (before.base, before.fingerprint)
