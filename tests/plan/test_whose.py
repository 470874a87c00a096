"""Whose a difference is: the files', the server's, or both's."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.errors import Place
from syncer.model.address import Kind
from syncer.model.plan import HIDDEN, Change, Since, Third, Whose, from_document, to_document
from syncer.model.record import Record
from syncer.model.record import from_document as record_from
from syncer.model.record import to_document as record_document
from syncer.model.state import Desired, DesiredDomain, Entry, Live, LiveDomain, Policy
from syncer.model.values import Secret
from syncer.plan.diff import steps_of, value_at
from syncer.plan.planner import Planned
from syncer.plan.record import Applied, opens, recorded
from syncer.plan.third import ThirdSide, side_of_files, side_of_record
from syncer.plan.whose import told_whose
from tests import strategies
from tests.plan import factories as make
from tests.plan.factories import ALL, HQ, ORIGIN, described, planned
from tests.plan.test_laws import Service

SINCE = Since(Third.RECORD, "applied.json", "2026-01-01T00:00:00+00:00")
REVISION = Since(Third.REVISION, "main", "ab" * 20)
YOURS, DRIFT, BOTH = Whose.YOURS, Whose.DRIFT, Whose.BOTH
PRUNE = make.policy(prune=[Kind.CONFIG])


def record(then: Desired, old: Record | None = None, **changed: Any) -> Record:
    """What is recorded after an apply of those files, as a file gives it back."""
    applied = Applied(
        **{
            "server_name": "production",
            "server_url": ORIGIN.server_url,
            "now": "2026-01-01T00:00:00+00:00",
            "password": ORIGIN.password,
            "fresh_salt": "ab" * 16,
            "only": (),
            "undone": (),
            "names": {1: make.DOMAIN},
            **changed,
        }
    )
    made = record_document(recorded(old, then, applied))
    return record_from(json.loads(json.dumps(made)), Place("applied.json"))


def side(then: Desired, password: str = ORIGIN.password, **changed: Any) -> ThirdSide:
    made = record(then, **changed)
    return side_of_record(SINCE, made, opens(made, password))


def told(wanted: Desired, there: Live, third: ThirdSide, *only: str) -> Planned:
    return told_whose(planned(wanted, there, *only), third, wanted, there)


def only_change(result: Planned) -> Change:
    (change,) = result.plan.changes
    assert change is result.steps[0].change
    return change


def whose(result: Planned) -> Mapping[str, tuple[Whose | None, Mapping[str, Whose | None]]]:
    """By address: whose the change is, and whose its differences."""
    return {str(c.address): (c.whose, {one.path: one.whose for one in c.diff}) for c in result.plan.changes}


def files(*configs: Entry, policy: Policy | None = None, **said: Any) -> Desired:
    return make.desired(make.domain(categories=[make.category("HQ")], configs=configs, **said), policy=policy)


def phones(**said: Any) -> Entry:
    return make.config("PHONE", "phones", **{"categories": ["HQ"], **said})


def live(*content: Any, **said: Any) -> Live:
    return make.live(make.live_domain(HQ, *content, **said))


def live_phones(**said: Any) -> Any:
    return make.live_config("PHONE", "phones", 11, **{"categories": [HQ], **said})


class TestUpdate:
    def test_the_files_moved(self) -> None:
        change = only_change(told(files(phones(gk1="b")), live(live_phones(gk1="a")), side(files(phones(gk1="a")))))
        assert (change.whose, change.diff[0].whose, change.diff[0].was) == (YOURS, YOURS, None)

    def test_the_server_moved(self) -> None:
        result = told(files(phones(gk1="a")), live(live_phones(gk1="b")), side(files(phones(gk1="a"))))
        assert (only_change(result).whose, only_change(result).diff[0].whose) == (DRIFT, DRIFT)
        assert result.plan.since == SINCE
        assert result.plan.notes == ()

    def test_both_moved_and_the_third_value_is_told_as_people_write_it(self) -> None:
        then, now = files(phones(dialTone="GERMANY")), files(phones(dialTone="FRANCE"))
        change = only_change(told(now, live(live_phones(dialTone="ITALY-ROME")), side(then)))
        (diff,) = change.diff
        assert (diff.before, diff.after, diff.was, diff.whose) == ("ITALY-ROME", "FRANCE", "GERMANY", BOTH)

    def test_both_moved_from_nothing(self) -> None:
        (diff,) = only_change(told(files(phones(gk1="a")), live(live_phones(gk1="b")), side(files(phones())))).diff
        assert (diff.whose, diff.was) == (BOTH, None)

    def test_one_field_each(self) -> None:
        then, now = files(phones(gk1="a", gk2="a")), files(phones(gk1="b", gk2="a"))
        result = told(now, live(live_phones(gk1="a", gk2="c")), side(then))
        assert whose(result) == {"config[example.com/PHONE/phones]": (BOTH, {"gk1": YOURS, "gk2": DRIFT})}

    def test_an_unset_field(self) -> None:
        then = files(phones(gk1="a", gk2="a"))
        assert only_change(told(files(phones()), live(live_phones(gk1="a", gk2="a")), side(then))).whose is YOURS
        assert only_change(told(then, live(live_phones()), side(then))).whose is DRIFT

    def test_categories(self) -> None:
        b = make.live_category("B", 6)
        domain = [make.category("HQ"), make.category("B")]
        then = make.desired(make.domain(categories=domain, configs=[phones()]))
        now = make.desired(make.domain(categories=domain, configs=[phones(categories=["HQ", "B"])]))
        assert only_change(told(now, live(b, live_phones()), side(then))).whose is YOURS
        assert only_change(told(then, live(b, live_phones(categories=[HQ, b])), side(then))).whose is DRIFT
        assert only_change(told(now, live(b, live_phones(categories=[b])), side(then))).diff[0].was == ["HQ"]

    def test_what_the_files_did_not_name_before_is_theirs_now(self) -> None:
        assert only_change(told(files(phones(gk1="b")), live(live_phones(gk1="a")), side(files()))).whose is YOURS

    def test_a_field_that_was_left_alone_before_is_theirs_now(self) -> None:
        change = only_change(told(files(phones(coder="G722")), live(live_phones(coder="x")), side(files(phones()))))
        assert change.whose is YOURS

    def test_a_field_that_was_ignored_before_is_theirs_now(self) -> None:
        then = files(phones(gk1="a", gk2="a", ignore=frozenset({"gk2"})))
        change = only_change(told(files(phones(gk1="a", gk2="b")), live(live_phones(gk1="a", gk2="c")), side(then)))
        assert change.whose is YOURS

    def test_an_ignored_field_never_counts(self) -> None:
        ignoring = make.policy(ignore={"config[*]": ("gk2",)})
        then, now = files(phones(gk1="a", gk2="a"), policy=ignoring), files(phones(gk1="b"), policy=ignoring)
        result = told(now, live(live_phones(gk1="a", gk2="theirs")), side(then))
        assert whose(result) == {"config[example.com/PHONE/phones]": (YOURS, {"gk1": YOURS})}

    def test_unknown_fields_place_by_place(self) -> None:
        then = files(phones(extra={"x": {"a": 1, "b": [1, 2]}}))
        now = files(phones(extra={"x": {"a": 2, "b": [1, 2]}}))
        result = told(now, live(live_phones(extra={"x": {"a": 1, "b": [1, 3]}})), side(then))
        assert whose(result)["config[example.com/PHONE/phones]"] == (BOTH, {"extra.x.a": YOURS, "extra.x.b[1]": DRIFT})

    def test_unknown_fields_to_the_letter(self) -> None:
        then = files(phones(extra={"x": True}))
        change = only_change(told(files(phones(extra={"x": 2})), live(live_phones(extra={"x": 1})), side(then)))
        assert (change.whose, change.diff[0].was) == (BOTH, True)

    def test_an_unknown_field_that_was_removed(self) -> None:
        then = files(phones(extra={"x": None}))
        assert only_change(told(then, live(live_phones(extra={"x": 1})), side(then))).whose is DRIFT

    def test_what_was_to_be_absent_and_is_there_again(self) -> None:
        then = files(phones(absent=True))
        change = only_change(told(files(phones(gk1="a")), live(live_phones()), side(then)))
        assert (change.whose, change.diff[0].whose) == (BOTH, BOTH)


class TestCreate:
    def test_new_in_the_files(self) -> None:
        change = only_change(told(files(phones(gk1="a")), live(), side(files())))
        assert change.whose is YOURS
        assert {one.whose for one in change.diff} == {YOURS}

    def test_somebody_deleted_it(self) -> None:
        change = only_change(told(files(phones(gk1="a")), live(), side(files(phones(gk1="a")))))
        assert change.whose is DRIFT
        assert {one.whose for one in change.diff} == {DRIFT}

    def test_somebody_deleted_it_and_the_files_moved(self) -> None:
        change = only_change(told(files(phones(gk1="b")), live(), side(files(phones(gk1="a")))))
        assert change.whose is BOTH
        assert {one.path: (one.whose, one.was) for one in change.diff}["gk1"] == (BOTH, "a")

    def test_somebody_deleted_it_and_the_files_say_less(self) -> None:
        change = only_change(told(files(phones()), live(), side(files(phones(gk1="a")))))
        assert change.whose is BOTH
        assert {one.whose for one in change.diff} == {DRIFT}

    def test_it_was_to_be_absent(self) -> None:
        assert only_change(told(files(phones()), live(), side(files(phones(absent=True))))).whose is YOURS

    def test_what_is_ignored_does_not_count(self) -> None:
        ignoring = make.policy(ignore={"config[*]": ("gk2", "categories")})
        then, now = files(phones(gk2="a"), policy=ignoring), files(phones(gk2="b"), policy=ignoring)
        assert only_change(told(now, live(), side(then))).whose is DRIFT


class TestDelete:
    def test_the_files_no_longer_name_it(self) -> None:
        change = only_change(told(files(policy=PRUNE), live(live_phones(gk1="a")), side(files(phones(gk1="a")))))
        assert change.whose is YOURS
        assert {one.whose for one in change.diff} == {YOURS}

    def test_the_files_no_longer_name_it_and_somebody_changed_it(self) -> None:
        change = only_change(told(files(policy=PRUNE), live(live_phones(gk1="b")), side(files(phones(gk1="a")))))
        assert change.whose is BOTH
        by_path = {one.path: (one.whose, one.was) for one in change.diff}
        assert by_path == {"desc": (YOURS, None), "categories": (YOURS, None), "gk1": (BOTH, "a")}

    def test_somebody_made_it(self) -> None:
        assert only_change(told(files(policy=PRUNE), live(live_phones()), side(files(policy=PRUNE)))).whose is DRIFT

    @pytest.mark.parametrize("kind", ["record", "files"])
    def test_what_was_left_alone_until_the_policy_said_to_delete_it(self, kind: str) -> None:
        change = only_change(told(files(policy=PRUNE), live(live_phones()), third_of(files(), kind)))
        assert change.whose is YOURS  # nobody knows whether it was there before

    def test_somebody_made_it_in_a_domain_that_is_renamed(self) -> None:
        now = make.desired(make.domain("b.example.com", configs=[], renamed_from="example.com"), policy=PRUNE)
        result = told(now, live(live_phones()), side(files(policy=PRUNE)))
        assert whose(result)["config[b.example.com/PHONE/phones]"][0] is DRIFT

    def test_somebody_made_a_domain(self) -> None:
        pruning = make.policy(prune=[Kind.DOMAIN])
        there = make.live(make.live_domain(HQ), make.live_domain(name="b.example.com", number=2))
        for then, expected in ((pruning, DRIFT), (None, YOURS)):
            for kind in ("record", "files"):
                result = told(files(policy=pruning), there, third_of(files(policy=then), kind))
                assert whose(result)["domain[b.example.com]"][0] is expected

    def test_the_files_did_not_look_at_configs_before(self) -> None:
        then = make.desired(make.domain(categories=[make.category("HQ")]))
        assert only_change(told(files(policy=PRUNE), live(live_phones()), side(then))).whose is YOURS

    def test_the_files_say_that_it_is_to_go(self) -> None:
        for then in (files(), files(phones())):
            assert only_change(told(files(phones(absent=True)), live(live_phones()), side(then))).whose is YOURS

    def test_somebody_made_it_again(self) -> None:
        then = files(phones(absent=True))
        assert only_change(told(then, live(live_phones()), side(then))).whose is DRIFT

    def test_a_secret_that_the_service_never_tells(self) -> None:
        media = make.config("MEDIA", "m", turnServer="t", turnPassword=Secret("geheim"))
        there = make.live(make.live_domain(HQ, make.live_config("MEDIA", "m", 5, turnServer="t")),
                          write_only=["turnPassword"])  # fmt: skip
        assert only_change(told(files(policy=PRUNE), there, side(files(media)))).whose is YOURS


class TestRenames:
    def test_a_config_that_the_files_rename(self) -> None:
        now = files(make.config("PHONE", "new", categories=["HQ"], gk1="b", renamed_from="phones"))
        result = told(now, live(live_phones(gk1="a")), side(files(phones(gk1="a"))))
        assert whose(result) == {"config[example.com/PHONE/new]": (YOURS, {"desc": YOURS, "gk1": YOURS})}

    def test_a_config_that_was_deleted_before_its_rename(self) -> None:
        now = files(make.config("PHONE", "new", categories=["HQ"], renamed_from="phones"))
        assert only_change(told(now, live(), side(files(phones())))).whose is BOTH

    def test_a_rename_that_somebody_took_back(self) -> None:
        now = files(make.config("PHONE", "new", categories=["HQ"], renamed_from="phones"))
        assert whose(told(now, live(live_phones()), side(now))) == {
            "config[example.com/PHONE/new]": (DRIFT, {"desc": DRIFT})
        }

    @pytest.mark.parametrize("is_done", [False, True])
    def test_a_renamed_category_within_configs(self, *, is_done: bool) -> None:
        then = files(phones(gk1="a"))
        categories = [make.category("Office", renamed_from="HQ")]
        now = make.desired(make.domain(categories=categories, configs=[phones(gk1="b", categories=["Office"])]))
        office = make.live_category("Office", 5) if is_done else HQ
        there = make.live(make.live_domain(office, live_phones(gk1="a", categories=[office])))
        assert whose(told(now, there, side(then)))["config[example.com/PHONE/phones]"] == (YOURS, {"gk1": YOURS})

    def test_a_renamed_category_within_a_config_whose_categories_moved(self) -> None:
        categories = [make.category("Office", renamed_from="HQ"), make.category("B")]
        now = make.desired(make.domain(categories=categories, configs=[phones(categories=["Office", "B"])]))
        result = told(now, live(make.live_category("B", 6), live_phones()), side(files(phones())))
        assert whose(result)["config[example.com/PHONE/phones]"] == (YOURS, {"categories": YOURS})

    def test_a_renamed_domain(self) -> None:
        now = make.desired(
            make.domain(
                "b.example.com",
                categories=[make.category("HQ", domain="b.example.com")],
                configs=[make.config("PHONE", "phones", domain="b.example.com", categories=["HQ"], gk1="b")],
                renamed_from="example.com",
            )
        )
        result = told(now, live(live_phones(gk1="c")), side(files(phones(gk1="b"))))
        assert whose(result) == {
            "domain[b.example.com]": (YOURS, {"name": YOURS}),
            "config[b.example.com/PHONE/phones]": (DRIFT, {"gk1": DRIFT}),
        }

    def test_a_domain_whose_rename_was_applied_alone(self) -> None:
        def renamed(gk1: str) -> Desired:
            phones = make.config("PHONE", "phones", domain="b.example.com", categories=["HQ"], gk1=gk1)
            categories = [make.category("HQ", domain="b.example.com")]
            return make.desired(
                make.domain("b.example.com", categories=categories, configs=[phones], renamed_from="example.com")
            )

        def there(gk1: str) -> Live:
            hq = make.live_category("HQ", 5, domain="b.example.com")
            config = make.live_config("PHONE", "phones", 11, domain="b.example.com", categories=[hq], gk1=gk1)
            return make.live(make.live_domain(hq, config, name="b.example.com"))

        then = record(renamed("a"), record(files(phones(gk1="a"))), only=["domain[*"])
        third = side_of_record(SINCE, then, opens(then, ORIGIN.password))
        assert only_change(told(renamed("b"), there("a"), third)).whose is YOURS
        assert only_change(told(renamed("a"), there("c"), third)).whose is DRIFT

    def test_a_category_whose_rename_was_applied_alone(self) -> None:
        categories = [make.category("Office", renamed_from="HQ"), make.category("B")]
        office = make.live_category("Office", 5)

        def now(*names: str) -> Desired:
            return make.desired(make.domain(categories=categories, configs=[phones(categories=names)]))

        then = record(now("Office"), record(files(phones())), only=["category[*"])
        third = side_of_record(SINCE, then, opens(then, ORIGIN.password))
        there = make.live(make.live_domain(office, make.live_category("B", 6), live_phones(categories=[office])))
        assert only_change(told(now("Office", "B"), there, third)).whose is YOURS

    def test_the_former_name_of_a_domain_is_that_of_another_by_now(self) -> None:
        new, old = "b.example.com", make.DOMAIN
        then = make.desired(make.domain(new, configs=[], renamed_from=old), make.domain(old, configs=[phones()]))
        phones_of_new = make.config("PHONE", "phones", domain=new)
        now = make.desired(
            make.domain(new, configs=[phones_of_new], renamed_from=old), make.domain(old, configs=[phones()])
        )
        there = make.live(make.live_domain(name=new, number=2), make.live_domain(HQ, live_phones()))
        assert only_change(told(now, there, side(then))).whose is YOURS

    def test_which_of_two_that_have_one_address_is_known_is_not_clear(self) -> None:
        there = live(live_phones(gk1="b"), replace(live_phones(gk1="x"), id=12))
        result = told(files(phones(gk1="a", id=11), policy=PRUNE), there, side(files(phones(gk1="a"), policy=PRUNE)))
        assert [(c.id, c.whose, {one.whose for one in c.diff}) for c in result.plan.changes] == [
            (11, None, {None}),
            (12, None, {None}),
        ]
        assert result.plan.notes[-1] == (
            "whose some differences are cannot be told: applied.json does not say which object is meant by an address"
        )

    def test_ids_that_changed(self) -> None:
        then = files(phones(gk1="a", id=11), phones(gk1="x", id=12))
        there = live(replace(live_phones(gk1="b"), id=21), replace(live_phones(gk1="x"), id=22))
        now = files(phones(gk1="a", id=21), phones(gk1="x", id=22))
        assert only_change(told(now, there, side(then))).whose is None
        assert only_change(told(files(phones(gk1="a")), live(), side(then))).whose is None

    def test_somebody_made_a_third_of_that_address(self) -> None:
        then = files(phones(gk1="a", id=11), phones(gk1="x", id=12), policy=PRUNE)
        there = live(live_phones(gk1="a"), *(replace(live_phones(gk1="x"), id=number) for number in (12, 13)))
        assert only_change(told(then, there, side(then))).whose is DRIFT

    def test_a_rename_that_was_done_and_a_new_object_with_the_former_name(self) -> None:
        then = files(make.config("PHONE", "new", categories=["HQ"], gk1="a", renamed_from="phones"))
        there = live(live_phones(), make.live_config("PHONE", "new", 12, categories=[HQ], gk1="b"))
        assert only_change(told(then, there, side(then))).whose is DRIFT

    def test_two_of_one_address_are_told_apart_by_their_ids(self) -> None:
        then = files(phones(gk1="a", id=11), phones(gk1="x", id=12))
        there = live(live_phones(gk1="b"), replace(live_phones(gk1="x"), id=12))
        result = told(files(phones(gk1="a", id=11), phones(gk1="y", id=12)), there, side(then))
        assert [(c.id, c.whose) for c in result.plan.changes] == [(11, DRIFT), (12, YOURS)]


class TestSecrets:
    @staticmethod
    def media(password: str) -> Entry:
        return make.config("MEDIA", "m", turnServer="t", turnPassword=Secret(password))

    @staticmethod
    def there(password: str | None) -> Live:
        return live(make.live_config("MEDIA", "m", 21, turnServer="t", turnPassword=Secret(password)))

    @pytest.mark.parametrize(
        "then, now, there, expected", [("a", "b", "a", YOURS), ("a", "a", "b", DRIFT), ("a", "b", "c", BOTH)]
    )
    def test_by_their_fingerprints(self, then: str, now: str, there: str, expected: Whose) -> None:
        made = record(files(self.media(then)))
        result = told(
            files(self.media(now)), self.there(there), side_of_record(SINCE, made, opens(made, ORIGIN.password))
        )
        (diff,) = only_change(result).diff
        assert diff.whose is expected
        assert diff.was == (HIDDEN if expected is BOTH else None)

    def test_another_login_password_since(self) -> None:
        then = files(self.media("a"), phones(gk1="a"))
        there = live(make.live_config("MEDIA", "m", 21, turnServer="x", turnPassword=Secret("a")), live_phones(gk1="a"))
        now = files(self.media("b"), phones(gk1="b"))
        result = told(now, there, side(then, "another password"))
        assert whose(result) == {
            "config[example.com/MEDIA/m]": (None, {"turnServer": DRIFT, "turnPassword": None}),
            "config[example.com/PHONE/phones]": (YOURS, {"gk1": YOURS}),
        }
        (note,) = result.plan.notes
        assert note == (
            "whose some differences of secrets and masked fields are cannot be told: the login password changed since "
            "applied.json was made; `syncer apply --record applied.json` mends that"
        )

    def test_digests_that_are_none(self) -> None:
        made = record(files(self.media("a")))
        text = json.dumps(record_document(made))
        digest = json.loads(text)["objects"][1]["fingerprints"]["turnPassword"]
        odd = record_from(json.loads(text.replace(digest, "\\u00fc\\ud800")), Place("applied.json"))
        third = side_of_record(SINCE, odd, opens(odd, ORIGIN.password))
        assert only_change(told(files(self.media("a")), self.there("b"), third)).whose is BOTH
        assert opens(replace(made, check="ü\ud800"), ORIGIN.password) is None

    def test_one_that_cannot_be_read_on_the_server(self) -> None:
        result = told(files(self.media("a")), self.there(None), side(files(self.media("a"))))
        assert only_change(result).whose is None
        assert len(result.plan.notes) == 1

    def test_masked_by_the_policy_now_and_then(self) -> None:
        masking = make.policy(mask={"config[*]": ("gk1", "x")})
        for then_policy in (None, masking):
            then = files(phones(gk1="geheim", extra={"x": ["geheim"]}), policy=then_policy)
            there = live(live_phones(gk1="b", extra={"x": ["b"]}))
            change = only_change(told(files(phones(gk1="c", extra={"x": ["c"]}), policy=masking), there, side(then)))
            assert {(one.path, one.whose, json.dumps(one.was)) for one in change.diff} == {
                ("gk1", BOTH, json.dumps(HIDDEN)),
                ("extra.x", BOTH, json.dumps(HIDDEN)),
            }

    def test_masked_then_and_not_now(self) -> None:
        then = files(phones(gk1="a"), policy=make.policy(mask={"config[*]": ("gk1",)}))
        assert only_change(told(files(phones(gk1="b")), live(live_phones(gk1="a")), side(then))).whose is YOURS
        assert only_change(told(files(phones(gk1="b")), live(live_phones(gk1="c")), side(then))).diff[0].was == HIDDEN

    def test_files_of_the_past_whose_secrets_are_not_known(self) -> None:
        unknown = make.config("MEDIA", "m", turnServer="t", turnPassword=Secret(None))
        result = told(files(self.media("b")), self.there("a"), side_of_files(REVISION, files(unknown), ALL))
        assert only_change(result).whose is None
        assert "git does not keep what variables and other files held at main" in result.plan.notes[0]
        lost = told(files(self.media("b")), live(), side_of_files(REVISION, files(unknown), ALL))
        assert only_change(lost).whose is DRIFT

    def test_a_secret_file_of_the_past(self) -> None:
        third = side_of_files(REVISION, files(self.media("a")), ALL)
        assert only_change(told(files(self.media("b")), self.there("a"), third)).whose is YOURS


class TestAPartOfARecord:
    def test_what_it_does_not_tell_of_cannot_be_told(self) -> None:
        third = side(files(phones(gk1="a")), only=["config[*]"])
        now = files(phones(gk1="b"), make.config("NTP", "time"), policy=PRUNE)
        there = live(live_phones(gk1="a"), make.live_config("NTP", "theirs", 12))
        result = told(now, there, third)
        assert {a: one for a, (one, _) in whose(result).items()} == {
            "config[example.com/PHONE/phones]": YOURS,
            "config[example.com/NTP/time]": None,
            "config[example.com/NTP/theirs]": None,
        }
        (note,) = result.plan.notes
        assert note == (
            "whose some differences are cannot be told: applied.json tells only of a part, since it was begun with "
            "--only or by an apply that stopped; `syncer apply --record applied.json` without --only completes it"
        )


def test_what_is_told_survives_the_document() -> None:
    now = files(phones(gk1="b", gk2="x"), make.config("NTP", "time"))
    result = told(now, live(live_phones(gk1="c", gk2="y")), side(files(phones(gk1="a", gk2="x"))))
    assert from_document(json.loads(json.dumps(to_document(result.plan)))) == result.plan


@settings(max_examples=60, deadline=None)
@given(st.lists(strategies.texts() | st.sampled_from(strategies.EXTRA_KEYS), min_size=1, max_size=3), st.integers(0, 3))
def test_a_path_is_read_as_it_was_written(keys: list[str], index: int) -> None:
    from syncer.plan.diff import _path

    steps: tuple[str | int, ...] = ("extra", *keys, index)
    assert steps_of(_path(steps)) == steps
    inside: Any = [0, 1, 2, 3]
    for key in reversed(("extra", *keys)):
        inside = {key: inside}
    assert value_at(inside, steps) == index


def everything(result: Planned) -> set[Whose | None]:
    """Whose anything is."""
    changes = result.plan.changes
    return {change.whose for change in changes} | {one.whose for change in changes for one in change.diff}


few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
KINDS = st.sampled_from(("record", "files"))


def third_of(then: Desired, kind: str) -> ThirdSide:
    return side(then) if kind == "record" else side_of_files(REVISION, then, then.policy.prune)


@few
@given(st.data(), KINDS)
def test_files_that_did_not_move_have_only_drift(data: st.DataObject, kind: str) -> None:
    there = make.live(*data.draw(strategies.live_states()))
    wanted = data.draw(strategies.desired_states(there.domains))
    assert everything(told(wanted, there, third_of(wanted, kind))) <= {DRIFT}


@few
@given(st.data(), KINDS)
def test_a_server_that_did_not_move_has_only_yours(data: st.DataObject, kind: str) -> None:
    there = make.live(*data.draw(strategies.live_states()))
    wanted = data.draw(strategies.desired_states(there.domains))
    then = Desired(tuple(map(described, there.domains)), wanted.policy)
    assert everything(told(wanted, there, third_of(then, kind))) <= {YOURS}


@few
@given(st.data(), KINDS)
def test_after_an_apply_edits_of_the_files_are_yours(data: st.DataObject, kind: str) -> None:
    there = make.live(*data.draw(strategies.live_states()))
    then = data.draw(strategies.desired_states(there.domains))
    applied = Service(there).carry_out(planned(then, there).steps)
    third = third_of(then, kind)
    assert told(then, applied, third).plan.changes == ()
    now = replace(data.draw(strategies.desired_states(applied.domains)), policy=then.policy)
    assert everything(told(now, applied, third)) <= {YOURS}


@few
@given(st.data(), KINDS)
def test_after_an_apply_edits_on_the_server_are_drift(data: st.DataObject, kind: str) -> None:
    there = make.live(*data.draw(strategies.live_states()))
    then = data.draw(strategies.desired_states(there.domains))
    applied = Service(there).carry_out(planned(then, there).steps)
    moved = live_again(data.draw(strategies.neighbours(applied.domains)), applied)
    result = told_or_none(then, moved, third_of(then, kind))
    assert result is None or everything(result) <= {DRIFT}


def live_again(domains: Iterable[LiveDomain], before: Live) -> Live:
    return replace(before, domains=tuple(domains))


def told_or_none(wanted: Desired, there: Live, third: ThirdSide) -> Planned | None:
    """None where the files do not fit what somebody made of the server."""
    from syncer.errors import ProblemsError

    try:
        return told(wanted, there, third)
    except ProblemsError:
        return None


def marked(one: DesiredDomain, mark: str) -> DesiredDomain:
    """With a secret in each place that may hold one."""

    def with_mark(entry: Entry) -> Entry:
        hidden = {"logPassword": Secret(mark)} if entry.address.type == "EXPERT" else {}
        return replace(
            entry, fields={**entry.fields, **hidden, "script": mark}, extra={**entry.extra, "newField": {"a": mark}}
        )

    return replace(one, configs=one.configs and tuple(map(with_mark, one.configs)))


@few
@given(st.data())
def test_no_secret_and_nothing_masked_is_in_a_record(data: st.DataObject) -> None:
    there = data.draw(strategies.live_states())
    drawn = data.draw(strategies.desired_states(there))
    masked = make.policy(mask={"*": ("script", "newField")})
    wanted = Desired(tuple(marked(one, "TOP-SECRET") for one in drawn.domains), masked)
    assert "TOP-SECRET" not in json.dumps(record_document(record(wanted)))
