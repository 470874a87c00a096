"""The record after an apply: what it tells, and what it keeps of the one before."""

import json
from typing import Any

import pytest

from syncer.errors import Place
from syncer.model.address import Kind
from syncer.model.record import Fingerprint, Record, from_document, to_document
from syncer.model.state import Desired, Entry
from syncer.model.values import Secret
from syncer.plan.record import opens
from tests.plan import factories as make
from tests.plan.factories import ALL, HQ, ORIGIN, planned
from tests.plan.test_whose import files, live, live_phones, phones, record


def told(made: Record) -> dict[str, dict[str, Any]]:
    """Its objects by address, as the document has them."""
    return {one["address"]: one for one in to_document(made)["objects"]}


def ntp(**said: Any) -> Entry:
    return make.config("NTP", "time", **said)


MEDIA = make.config("MEDIA", "m", turnServer="t", turnPassword=Secret("geheim"))
PHONES = "config[example.com/PHONE/phones]"
TIME = "config[example.com/NTP/time]"


def test_what_it_tells_of_each_entry() -> None:
    entries = [
        phones(gk1="a", gk2=None, dialTone="GERMANY", extra={"new": [1], "old": None}),
        make.config("NTP", "gone", absent=True),
        make.config("NTP", "two", id=7, ignore=frozenset({"tz"}), ntp1="x", tz="mine"),
    ]
    made = record(files(*entries, deployAdminPasswords=True, policy=make.policy(prune=ALL)))
    assert told(made) == {
        "category[example.com/HQ]": {"address": "category[example.com/HQ]"},
        "config[example.com/NTP/gone]": {"address": "config[example.com/NTP/gone]", "absent": True},
        "config[example.com/NTP/two]": {
            "address": "config[example.com/NTP/two]",
            "id": 7,
            "categories": [],
            "fields": {"ntp1": "x"},
            "ignore": ["tz"],
        },
        PHONES: {
            "address": PHONES,
            "categories": ["HQ"],
            "fields": {"dialTone": 15, "gk1": "a", "gk2": None},
            "extra": {"new": [1], "old": None},
        },
        "domain[example.com]": {
            "address": "domain[example.com]",
            "fields": {"deployAdminPasswords": True},
            "prunes": ["category", "config", "domain"],
        },
    }
    assert made.complete


def test_it_is_the_same_in_whatever_order_the_files_are() -> None:
    one = record(files(phones(categories=["HQ", "B"], gk1="a", gk2="b"), MEDIA, ntp()))
    other = record(files(ntp(), MEDIA, phones(categories=["B", "HQ"], gk2="b", gk1="a")))
    assert json.dumps(to_document(one)) == json.dumps(to_document(other))


def test_the_policy_is_that_of_the_apply() -> None:
    policy = make.policy(mask={"config[*]": ("gk1", "inner")}, ignore={"config[*]": ("gk2", "categories")})
    made = told(record(files(phones(gk1="geheim", gk2="x", extra={"a": {"inner": "geheim"}}), policy=policy)))[PHONES]
    assert sorted(made["fingerprints"]) == ["a", "gk1"]
    assert made["ignore"] == ["categories", "gk2"]
    assert made.keys() == {"address", "fingerprints", "ignore"}


def test_a_mask_by_the_former_name_counts() -> None:
    policy = make.policy(mask={"config[*/old]": ("gk1",)})
    entry = make.config("PHONE", "new", renamed_from="old", gk1="geheim")
    assert "geheim" not in json.dumps(to_document(record(files(entry, policy=policy))))


def test_a_fingerprint_is_bound_to_its_place() -> None:
    other = make.config("MEDIA", "n", turnServer="t", turnPassword=Secret("geheim"))
    made = told(record(files(MEDIA, other)))
    prints = {json.dumps(one["fingerprints"]) for one in made.values() if "fingerprints" in one}
    assert len(prints) == 2


class TestUpdate:
    def test_the_salt_and_the_fingerprints_stay(self) -> None:
        first = record(files(MEDIA))
        second = record(files(MEDIA), first, fresh_salt="cd" * 16, now="later")
        assert to_document(second) == to_document(first) | {"time": "later"}

    def test_another_password_is_a_new_salt(self) -> None:
        first = record(files(MEDIA, ntp()))
        second = record(files(MEDIA, ntp()), first, fresh_salt="cd" * 16, password="new", only=["*NTP*"])
        assert (second.salt, opens(second, ORIGIN.password)) == ("cd" * 16, None)
        assert opens(second, "new")
        (kept,) = (one.entry for one in second.objects if one.entry.address.type == "MEDIA")
        assert kept.fields["turnPassword"] == Fingerprint(None)
        assert told(second)[str(MEDIA.address)]["fingerprints"] == {"turnPassword": None}

    def test_what_was_not_looked_at_is_kept(self) -> None:
        first = record(files(phones(gk1="a"), ntp(ntp1="a")))
        second = record(files(phones(gk1="b"), ntp(ntp1="b")), first, only=["*NTP*"])
        assert told(second)[PHONES] == told(first)[PHONES]
        assert told(second)[TIME]["fields"] == {"ntp1": "b"}
        assert second.complete

    def test_what_the_files_no_longer_name_is_gone(self) -> None:
        first = record(files(phones(), ntp()))
        assert TIME not in told(record(files(phones()), first))
        assert TIME in told(record(files(phones()), first, only=["*PHONE*"]))

    @pytest.mark.parametrize("action", ["update", "create", "delete"])
    def test_what_was_not_done_is_kept(self, action: str) -> None:
        then, there = files(phones(gk1="a")), live(live_phones(gk1="a"))
        now = {"update": phones(gk1="b"), "create": phones(gk1="b"), "delete": phones(absent=True)}[action]
        steps = planned(files(now), there if action != "create" else live()).steps
        second = record(files(now), record(then), undone=steps)
        assert told(second)[PHONES] == told(record(then))[PHONES]

    def test_what_was_not_created_is_not_told(self) -> None:
        now = files(phones(), ntp())
        steps = planned(now, live(live_phones())).steps
        first, second = record(now, undone=steps), record(now, record(files(phones())), undone=steps)
        assert TIME not in told(first)
        assert not first.complete
        assert TIME not in told(second)
        assert second.complete

    def test_a_part_is_completed_by_the_whole(self) -> None:
        first = record(files(phones(), ntp()), only=["*NTP*"])
        assert told(first).keys() == {TIME}
        assert not first.complete
        assert not record(files(phones(), ntp()), first, only=["*PHONE*"]).complete
        assert record(files(phones(), ntp()), first).complete

    def test_a_rename_takes_the_old_name_away(self) -> None:
        first = record(files(phones()))
        renamed = files(make.config("PHONE", "new", categories=["HQ"], renamed_from="phones"))
        assert told(record(renamed, first, only=["*new]"])).keys() == {
            "category[example.com/HQ]",
            "config[example.com/PHONE/new]",
            "domain[example.com]",
        }

    def test_a_rename_that_was_not_done_keeps_it(self) -> None:
        renamed = files(make.config("PHONE", "new", categories=["HQ"], renamed_from="phones"))
        steps = planned(renamed, make.live(make.live_domain(HQ, live_phones()))).steps
        second = told(record(renamed, record(files(phones())), undone=steps))
        assert PHONES in second
        assert "config[example.com/PHONE/new]" not in second


class TestPruned:
    """The kinds of which nothing was left that the files did not describe."""

    NOW = files(policy=make.policy(prune=[Kind.CONFIG]))

    @staticmethod
    def prunes(made: Record) -> list[str] | None:
        pruned: list[str] | None = told(made)["domain[example.com]"].get("prunes")
        return pruned

    def test_as_the_policy_says(self) -> None:
        assert self.prunes(record(self.NOW)) == ["config"]
        assert self.prunes(record(self.NOW, record(files()))) == ["config"]
        assert self.prunes(record(files(), record(self.NOW))) is None

    def test_a_part_says_what_was_said_before(self) -> None:
        assert self.prunes(record(self.NOW, record(files()), only=["domain*"])) is None
        assert self.prunes(record(self.NOW, record(self.NOW), only=["domain*"])) == ["config"]

    def test_so_does_an_apply_that_left_some_there(self) -> None:
        steps = planned(self.NOW, live(live_phones())).steps
        assert self.prunes(record(self.NOW, record(files()), undone=steps)) is None
        assert self.prunes(record(self.NOW, record(self.NOW), undone=steps)) == ["config"]

    def test_a_domain_that_is_left_is_everyones(self) -> None:
        now = files(policy=make.policy(prune=[Kind.DOMAIN]))
        there = make.live(make.live_domain(HQ), make.live_domain(name="b.example.com", number=2))
        assert self.prunes(record(now, undone=planned(now, there).steps)) is None
        assert self.prunes(record(now)) == ["domain"]


def test_a_record_survives_its_document() -> None:
    made = record(files(MEDIA, phones(gk2=None, extra={"x": {"y": 1.0}})))
    assert from_document(json.loads(json.dumps(to_document(made))), Place("applied.json")) == made


def test_a_domain_whose_configs_are_not_described() -> None:
    then: Desired = make.desired(make.domain(categories=[]), policy=make.policy(prune=[Kind.CATEGORY, Kind.CONFIG]))
    assert told(record(then))["domain[example.com]"]["prunes"] == ["category"]
