"""From files and a live state to a plan: ports, secrets, types that syncer does not know."""

import json
from typing import Any

import pytest

from syncer.model.plan import HIDDEN, FieldDiff, to_document
from syncer.model.state import Desired, Live
from syncer.model.values import Secret
from tests.plan import factories as make
from tests.plan.factories import THERE, only_step, planned, problems


class TestPorts:
    def media(self, **values: Any) -> Desired:
        return make.desired(make.domain(configs=[make.config("MEDIA", "m", **values)]))

    @pytest.mark.parametrize(
        "values, what",
        [
            ({"rtpFirst": 65000, "rtpNum": 536}, "rtpFirst 65000 + rtpNum 536 goes past port 65535"),
            ({"natFirst": 65000, "natNum": 536}, "natFirst 65000 + natNum 536 goes past port 65535"),
            (
                {"rtpFirst": 2052, "rtpNum": 128, "natFirst": 2179, "natNum": 1},
                "the ports for RTP (2052-2179) and NAT (2179-2179) overlap",
            ),
        ],
    )
    def test_rules(self, values: dict[str, int], what: str) -> None:
        assert problems(self.media(**values), make.live()) == [
            f"domains/example.yaml:3:5: config[example.com/MEDIA/m]: {what}; correct it"
        ]

    @pytest.mark.parametrize(
        "values",
        [
            {"rtpFirst": 65000, "rtpNum": 535},
            {"rtpFirst": 2052, "rtpNum": 128, "natFirst": 2180, "natNum": 1},
            {"rtpFirst": 2052, "rtpNum": 128, "natFirst": 2100, "natNum": 0},
            {"rtpFirst": 65534, "natNum": 9999},
        ],
    )
    def test_limits(self, values: dict[str, int]) -> None:
        assert len(planned(self.media(**values), make.live()).steps) == 2

    def test_rules_see_what_others_set(self) -> None:
        there = make.live_domain(make.live_config("MEDIA", "m", 1, natFirst=3000, natNum=10))
        ignore = frozenset({"natFirst", "natNum"})
        wanted = self.media(rtpFirst=2990, rtpNum=128, ignore=ignore)
        assert "overlap" in problems(wanted, make.live(there))[0]

    def test_what_others_do_with_their_own_fields_is_theirs(self) -> None:
        values = {"rtpFirst": 2052, "rtpNum": 128, "natFirst": 2052, "natNum": 1}
        there = make.live_domain(make.live_config("MEDIA", "m", 1, stunServer="a", **values))  # type: ignore[arg-type]
        wanted = self.media(stunServer="b", ignore=frozenset(values))
        assert only_step(planned(wanted, make.live(there))).change.diff == (FieldDiff("stunServer", "a", "b"),)

    def test_on_create_nobody_else_has_set_them(self) -> None:
        values = {"rtpFirst": 65000, "rtpNum": 536}
        assert "goes past port 65535" in problems(self.media(**values, ignore=frozenset(values)), make.live())[0]


class TestSecrets:
    def wanted(self, **values: Any) -> Desired:
        return make.desired(make.domain(configs=[make.config("ALARM_SERVER", "a", **values)]))

    def there(self, *write_only: str, **values: Any) -> Live:
        return make.live(make.live_domain(make.live_config("ALARM_SERVER", "a", 1, **values)), write_only=write_only)

    def test_they_are_compared_and_never_shown(self) -> None:
        there = self.there(logPassword=Secret("hunter2", raw="beef"), url="x")
        assert planned(self.wanted(logPassword=Secret("hunter2"), url="x"), there).plan.changes == ()
        result = planned(self.wanted(logPassword=Secret("correct horse"), url="x"), there)
        assert only_step(result).change.diff == (FieldDiff("logPassword", HIDDEN, HIDDEN),)
        text = json.dumps(to_document(result.plan)) + repr(result)
        assert not any(word in text for word in ("hunter2", "correct horse", "beef"))

    def test_a_new_one_is_another_fingerprint(self) -> None:
        prints = {
            only_step(planned(self.wanted(logPassword=Secret(text)), self.there())).change.fingerprint
            for text in ("a", "b")
        }
        assert len(prints) == 2

    def test_one_that_cannot_be_read_is_replaced(self) -> None:
        there = self.there(logPassword=Secret(None, raw="zz"))
        assert only_step(planned(self.wanted(logPassword=Secret("a")), there)).change.diff == (
            FieldDiff("logPassword", HIDDEN, HIDDEN),
        )

    def test_one_that_cannot_be_read_and_is_ignored_is_left(self) -> None:
        there = self.there(logPassword=Secret(None, raw="zz"))
        wanted = self.wanted(logPassword=Secret("a"), ignore=frozenset({"logPassword"}))
        assert planned(wanted, there).plan.changes == ()

    def test_what_the_service_never_returns_makes_no_difference_of_its_own(self) -> None:
        wanted = self.wanted(logPassword=Secret("a"), url="x")
        assert planned(wanted, self.there("logPassword", url="x")).plan.changes == ()
        assert len(planned(wanted, self.there(url="x")).plan.changes) == 1
        step = only_step(planned(wanted, self.there("logPassword", url="y")))
        assert [one.path for one in step.change.diff] == ["url"]
        assert step.target
        assert step.target.fields["logPassword"] == Secret("a")

    def test_what_is_never_returned_and_ignored_may_be_lost_and_is_told(self) -> None:
        wanted = self.wanted(url="x", ignore=frozenset({"logPassword"}))
        assert planned(wanted, self.there("logPassword", url="x")).plan.notes == ()
        told = "the service never returns logPassword, so this update may lose it; give it here"
        notes = planned(wanted, self.there("logPassword", url="y")).plan.notes
        assert notes == (f"config[example.com/ALARM_SERVER/a]: {told}",)

    def test_what_the_service_returns_all_the_same_is_compared(self) -> None:
        there = self.there("logPassword", logPassword=Secret("b"))
        assert len(planned(self.wanted(logPassword=Secret("a")), there).plan.changes) == 1
        assert len(planned(self.wanted(), there).plan.changes) == 1
        assert planned(self.wanted(logPassword=Secret("b")), there).plan.changes == ()

    def test_on_create_it_is_written(self) -> None:
        result = planned(
            self.wanted(logPassword=Secret("a")), make.live(make.live_domain(), write_only=["logPassword"])
        )
        assert FieldDiff("logPassword", None, HIDDEN) in only_step(result).change.diff


class TestUnknownTypes:
    @pytest.mark.parametrize(
        "config_type, near", [("PHON", "; did you mean PHONE?"), ("phone", "; did you mean PHONE?"), ("DECT", "")]
    )
    def test_creating_one_warns(self, config_type: str, near: str) -> None:
        wanted = make.desired(make.domain(configs=[make.config(config_type, "x", extra={"a": 1})]))
        result = planned(wanted, make.live(THERE))
        assert result.plan.notes == (
            f"config[example.com/{config_type}/x]: syncer does not know this type and creates it as written{near}",
        )
        assert only_step(result).change.diff[-1] == FieldDiff("extra.a", None, 1)

    def test_creating_a_known_one_does_not(self) -> None:
        wanted = make.desired(make.domain(configs=[make.config("PHONE", "x")]))
        assert planned(wanted, make.live()).plan.notes == ()

    def test_one_that_is_there_is_no_news(self) -> None:
        there = make.live_domain(make.live_config("DECT", "x", 1, extra={"a": 1, "b": 2}))
        wanted = make.desired(make.domain(configs=[make.config("DECT", "x", extra={"a": 2})]))
        result = planned(wanted, make.live(there))
        assert result.plan.notes == ()
        assert only_step(result).change.diff == (FieldDiff("extra.a", 1, 2),)
