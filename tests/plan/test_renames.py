"""Which renames are suggested, and which are not: a suggestion that is mostly wrong is read by nobody."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from syncer.errors import Place
from syncer.model.address import Kind
from syncer.model.plan import Rename
from syncer.model.state import Desired, Entry, Live, LiveObject, Policy
from syncer.model.values import Secret
from syncer.plan.likeness import name_likeness
from syncer.plan.renames import Search, likely_renames
from tests.plan import factories as make
from tests.plan.factories import planned
from tests.plan.test_laws import laws

HQ = make.live_category("HQ", 5)
PRUNE = make.policy(prune=[Kind.CATEGORY, Kind.CONFIG])
TURN: dict[str, Any] = {"turnServer": "turn.example.com", "turnUser": "syncer", "turnPassword": Secret("pw")}


def suggested(wanted: Desired, there: Live, *only: str) -> list[tuple[str, str]]:
    """(new address, former address) of each."""
    return [(str(one.address), str(one.former)) for one in renames(wanted, there, *only)]


def renames(wanted: Desired, there: Live, *only: str) -> tuple[Rename, ...]:
    search = planned(wanted, there, *only).search
    assert search is not None
    return likely_renames(search)


def of_configs(
    entries: Iterable[Entry], there: Iterable[LiveObject], policy: Policy | None = None
) -> list[tuple[str, str]]:
    """Names only, of configs in a domain with the category HQ."""
    wanted = make.desired(make.domain(configs=list(entries)), policy=policy)
    found = renames(wanted, make.live(make.live_domain(HQ, make.live_category("Lab", 6), *there)))
    return [(one.address.name, one.former.name) for one in found]


def of_categories(
    entries: Iterable[Entry],
    there: Iterable[LiveObject],
    configs: Iterable[Entry] | None = None,
    policy: Policy | None = None,
) -> list[tuple[str, str]]:
    """Names only, of categories."""
    wanted = make.domain(categories=list(entries), configs=None if configs is None else list(configs))
    found = renames(make.desired(wanted, policy=policy), make.live(make.live_domain(*there)))
    return [(one.address.name, one.former.name) for one in found if one.address.kind is Kind.CATEGORY]


class TestConfigs:
    @pytest.mark.parametrize("policy", [None, PRUNE], ids=["unmanaged", "deleted"])
    def test_the_same_content_under_another_name(self, policy: Policy | None) -> None:
        there = make.live_config("MEDIA", "media", 11, **TURN)
        entry = make.config("MEDIA", "turn for everyone", place=Place("a.yaml", 9, 3), **TURN)
        wanted = make.desired(make.domain(configs=[entry]), policy=policy)
        (found,) = renames(wanted, make.live(make.live_domain(there)))
        assert str(found.address) == "config[example.com/MEDIA/turn for everyone]"
        assert str(found.former) == "config[example.com/MEDIA/media]"
        assert found.source == "a.yaml:9:3"

    def test_what_is_to_be_absent_and_comes_back_by_another_name(self) -> None:
        entries = [make.config("MEDIA", "media", absent=True), make.config("MEDIA", "turn", **TURN)]
        assert of_configs(entries, [make.live_config("MEDIA", "media", 11, **TURN)]) == [("turn", "media")]

    def test_a_similar_name_and_most_of_the_content(self) -> None:
        there = make.live_config("MEDIA", "media servers", 11, stunServer="stun.example.com", **TURN)
        entry = make.config("MEDIA", "new media servers", stunServer="stun2.example.com", **TURN)
        assert of_configs([entry], [there]) == [("new media servers", "media servers")]

    def test_the_same_words_and_nothing_else(self) -> None:
        there = make.live_config("PHONE", "Phones-HQ", 11, categories=[HQ], gk1="a")
        assert of_configs([make.config("PHONE", "phones hq", categories=["HQ"], gk1="b")], [there])

    def test_fields_that_a_new_entry_may_leave_out_do_not_count(self) -> None:
        there = make.live_config(
            "PHONE", "phones", 11, categories=[HQ], gk1="172.16.0.1", coder="OPUS-WB", dialTone="GERMANY", srtpKey=1
        )
        entry = make.config("PHONE", "telephones at home", categories=["HQ"], gk1="172.16.0.1")
        assert of_configs([entry], [there]) == [("telephones at home", "phones")]

    @pytest.mark.parametrize("config_type", ["PHONE", "EXPERT", "NTP"])
    def test_nothing_set_on_both_sides_is_nothing_in_common(self, config_type: str) -> None:
        assert of_configs([make.config(config_type, "new")], [make.live_config(config_type, "old", 11)]) == []

    def test_switches_and_labels_alone_say_nothing(self) -> None:
        usual: dict[str, Any] = {"coder": "OPUS-WB", "dialTone": "GERMANY", "exclusive": True}
        there = make.live_config("PHONE", "phones of the first hour", 11, **usual)
        assert of_configs([make.config("PHONE", "guests", **usual)], [there]) == []

    def test_what_many_have_says_nothing(self) -> None:
        """Thirty sites with one gatekeeper; one more comes, and one is nobody's business."""
        entries = [make.config("PHONE", f"site {n}", categories=["HQ"], gk1="172.16.0.1") for n in range(30)]
        there = [make.live_config("PHONE", f"site {n}", n, categories=[HQ], gk1="172.16.0.1") for n in range(29)] + [
            make.live_config("PHONE", "by hand", 90, categories=[HQ], gk1="172.16.0.1")
        ]
        assert of_configs(entries, there) == []

    def test_for_other_devices_is_something_else(self) -> None:
        there = make.live_config("MEDIA", "media lab", 11, categories=[make.live_category("Lab", 6)], **TURN)
        assert of_configs([make.config("MEDIA", "media", categories=["HQ"], **TURN)], [there]) == []
        assert of_configs([make.config("MEDIA", "media", **TURN)], [there]) == []

    def test_another_script_is_another_config(self) -> None:
        there = make.live_config("EXPERT", "disable telnet", 11, categories=[HQ], script="config rem TELNET0\n")
        entry = make.config("EXPERT", "disable http", categories=["HQ"], script="config rem HTTP0\n")
        assert of_configs([entry], [there], PRUNE) == []

    def test_another_type_or_domain(self) -> None:
        there = make.live_config("PHONE", "phones", 11, gk1="172.16.0.1")
        assert of_configs([make.config("FXS_PHONE", "Phones", gk1="172.16.0.1")], [there]) == []
        elsewhere = make.domain("b.example", configs=[make.config("PHONE", "x", domain="b.example", gk1="172.16.0.1")])
        both = make.live(make.live_domain(there), make.live_domain(name="b.example", number=2))
        assert suggested(make.desired(make.domain(configs=[]), elsewhere), both) == []

    def test_secrets_count_by_equality(self) -> None:
        only_secret: dict[str, Any] = {"logUrl": "https://log.example.com", "logUser": "u"}
        there = [
            make.live_config("ALARM_SERVER", "old one", 11, logPassword=Secret("one"), **only_secret),
            make.live_config("ALARM_SERVER", "old two", 12, logPassword=Secret("two"), **only_secret),
        ]
        entry = make.config("ALARM_SERVER", "new", logPassword=Secret("two"), **only_secret)
        assert of_configs([entry], there) == [("new", "old two")]

    def test_a_secret_that_cannot_be_read_is_like_no_other(self) -> None:
        there = make.live_config("MEDIA", "old", 11, turnPassword=Secret(None, "00"))
        assert of_configs([make.config("MEDIA", "new", turnPassword=Secret(None, "00"))], [there]) == []

    def test_a_secret_that_is_never_returned_says_nothing(self) -> None:
        there = make.live_config("MEDIA", "old", 11, turnServer="t")
        entry = make.config("MEDIA", "new", turnServer="t", turnPassword=Secret("x"), turnUser="t")
        live = make.live(make.live_domain(there), write_only=["turnPassword", "turnUser"])
        assert len(suggested(make.desired(make.domain(configs=[entry])), live)) == 1

    def test_unknown_types_by_what_they_hold(self) -> None:
        there = make.live_config("TRUST", "old", 11, extra={"list": [{"a": 1}], "more": 1})
        assert of_configs([make.config("TRUST", "new", extra={"list": [{"a": 1}]})], [there]) == [("new", "old")]
        assert of_configs([make.config("TRUST", "new", extra={"list": [{"a": True}]})], [there]) == []

    def test_the_best_match_wins(self) -> None:
        there = [
            make.live_config("MEDIA", "media", 11, stunServer="s", **TURN),
            make.live_config("MEDIA", "media two", 12, **TURN),
        ]
        entries = [make.config("MEDIA", "turn", stunServer="s", **TURN)]
        assert of_configs(entries, there) == [("turn", "media")]

    def test_of_two_that_are_equally_likely_neither(self) -> None:
        there = [make.live_config("MEDIA", name, n, **TURN) for n, name in enumerate(("left", "right"))]
        assert of_configs([make.config("MEDIA", "turn", **TURN)], there) == []
        entries = [make.config("MEDIA", name, **TURN) for name in ("left", "right")]
        assert of_configs(entries, [make.live_config("MEDIA", "turn", 1, **TURN)]) == []

    def test_one_that_is_lost_before_one_that_stays(self) -> None:
        there = [make.live_config("MEDIA", name, n, **TURN) for n, name in enumerate(("left", "right"))]
        entries = [make.config("MEDIA", "turn", **TURN), make.config("MEDIA", "right", absent=True)]
        assert of_configs(entries, there) == [("turn", "right")]

    def test_two_with_one_address_cannot_be_named(self) -> None:
        there = [make.live_config("MEDIA", "media", n, **TURN) for n in (11, 12)]
        assert of_configs([make.config("MEDIA", "turn", **TURN)], there) == []

    def test_what_has_no_name_cannot_be_named(self) -> None:
        assert of_configs([make.config("MEDIA", "turn", **TURN)], [make.live_config("MEDIA", "", 11, **TURN)]) == []

    def test_what_says_its_former_name_knows_better(self) -> None:
        entry = make.config("MEDIA", "turn", renamed_from="gone already", **TURN)
        assert of_configs([entry], [make.live_config("MEDIA", "media", 11, **TURN)]) == []

    def test_only_what_was_chosen(self) -> None:
        wanted = make.desired(make.domain(configs=[make.config("MEDIA", "turn", **TURN), make.config("NTP", "t")]))
        live = make.live(make.live_domain(make.live_config("MEDIA", "media", 11, **TURN)))
        assert suggested(wanted, live, "config[*/NTP/*") == []
        assert len(suggested(wanted, live, "config[*/turn]")) == 1

    def test_a_domain_that_is_renamed_itself(self) -> None:
        entry = make.config("MEDIA", "turn", domain="new.example", **TURN)
        wanted = make.desired(make.domain("new.example", renamed_from="example.com", configs=[entry]))
        live = make.live(make.live_domain(make.live_config("MEDIA", "media", 11, **TURN)))
        assert suggested(wanted, live) == [("config[new.example/MEDIA/turn]", "config[new.example/MEDIA/media]")]


class TestCategories:
    OLD = make.live_category("Phones", 5)

    def used(self, name: str = "phones", number: int = 11) -> LiveObject:
        return make.live_config("PHONE", name, number, categories=[self.OLD], gk1="a")

    @pytest.mark.parametrize("policy", [None, PRUNE], ids=["unmanaged", "deleted"])
    def test_what_the_same_configs_use(self, policy: Policy | None) -> None:
        configs = [make.config("PHONE", "phones", categories=["Headquarters"], gk1="a")]
        found = of_categories([make.category("Headquarters")], [self.OLD, self.used()], configs, policy)
        assert found == [("Headquarters", "Phones")]

    def test_not_while_a_config_still_names_it(self) -> None:
        configs = [
            make.config("PHONE", "phones", categories=["Telephones"], gk1="a"),
            make.config("PHONE", "more", categories=["Phones"], gk1="a"),
        ]
        there = [self.OLD, self.used(), self.used("more", 12)]
        assert of_categories([make.category("Telephones")], there, configs) == []
        assert of_categories([make.category("Telephones")], there, configs[:1]) == [("Telephones", "Phones")]

    def test_the_better_name_where_configs_cannot_tell(self) -> None:
        old = [make.live_category("Phones Berlin", 5), make.live_category("Gateways", 6)]
        config = make.live_config("PHONE", "phones", 11, categories=old, gk1="a")
        configs = [make.config("PHONE", "phones", categories=["Telephones Berlin"], gk1="a")]
        found = of_categories([make.category("Telephones Berlin")], [*old, config], configs)
        assert found == [("Telephones Berlin", "Phones Berlin")]

    def test_a_nearly_equal_name(self) -> None:
        assert of_categories([make.category("Reception")], [make.live_category("Recption", 5)])
        assert of_categories([make.category("phones / HQ")], [make.live_category("Phones HQ", 5)])

    @pytest.mark.parametrize(
        "old, new",
        [
            ("Floor 1", "Floor 2"),
            ("Floor", "Floor 2"),
            ("Floor A", "Floor B"),
            ("Phones HQ", "Phones Berlin"),
            ("Phones first floor", "Phones third floor"),
            ("a", "b"),
            ("", "x"),
            ("!", "?"),
        ],
    )
    def test_siblings_are_not_the_same(self, old: str, new: str) -> None:
        """`config: true` is what all of them have in common."""
        assert of_categories([make.category(new)], [make.live_category(old, 5)], policy=PRUNE) == []

    def test_one_for_something_else(self) -> None:
        assert of_categories([make.category("Reception", config=False)], [make.live_category("Recption", 5)]) == []

    def test_what_its_configs_left_for_another_is_not_renamed(self) -> None:
        there = [self.OLD, make.live_category("Lab", 6), self.used()]
        configs = [make.config("PHONE", "phones", categories=["Lab"], gk1="a")]
        assert of_categories([make.category("Phonez"), make.category("Lab")], there, configs) == []

    def test_a_split_has_no_single_heir(self) -> None:
        there = [self.OLD, self.used("p", 11), self.used("q", 12)]
        configs = [make.config("PHONE", n, categories=[c], gk1="a") for n, c in (("p", "Hamburg"), ("q", "Bremen"))]
        assert of_categories([make.category("Hamburg"), make.category("Bremen")], there, configs) == []

    def test_a_config_of_a_renamed_category(self) -> None:
        there = make.live_domain(
            self.OLD, self.used(), make.live_config("MEDIA", "media", 12, categories=[self.OLD], **TURN)
        )
        configs = [
            make.config("PHONE", "phones", categories=["Headquarters"], gk1="a"),
            make.config("MEDIA", "turn", categories=["Headquarters"], **TURN),
        ]
        wanted = make.desired(make.domain(categories=[make.category("Headquarters")], configs=configs))
        assert suggested(wanted, make.live(there)) == [
            ("category[example.com/Headquarters]", "category[example.com/Phones]"),
            ("config[example.com/MEDIA/turn]", "config[example.com/MEDIA/media]"),
        ]


def test_domains_are_never_guessed() -> None:
    wanted = make.desired(make.domain("new.example"), policy=make.policy(prune=[Kind.DOMAIN]))
    assert suggested(wanted, make.live(make.live_domain(name="new-example", number=2))) == []


class TestReading:
    def search(self, count: int) -> Search:
        heads = [LiveObject(make.live_config("NTP", f"{n:04}", n).address, n, 1, complete=False) for n in range(count)]
        other = LiveObject(make.live_config("PHONE", "p", 1).address, 9999, 1, complete=False)
        wanted = make.desired(make.domain(configs=[make.config("NTP", "new", ntp1="ptb")]))
        search = planned(wanted, make.live(make.live_domain(*heads, other))).search
        assert search is not None
        return search

    def test_only_what_could_be_one(self) -> None:
        assert [one.id for one in self.search(3).unread] == [0, 1, 2]
        assert len(self.search(500).unread) == 200

    def test_nothing_is_likely_before_it_is_read(self) -> None:
        search = self.search(1)
        assert likely_renames(search) == ()
        read = make.live_config("NTP", "0000", 0, ntp1="ptb")
        assert len(likely_renames(search.with_read([read]))) == 1


NAMES = ("media", "Media", "media 1", "media 2", "turn", "turn servers", "turn server", "")
SERVERS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {"turnServer": "a"}, {"turnServer": "b"}, {"turnServer": "a", "turnUser": "u"}]
)
CATEGORIES = st.sampled_from([(), ("HQ",), ("HQ", "Lab")])


@st.composite
def edits(draw: st.DrawFn) -> tuple[Live, tuple[Entry, ...], Policy]:
    """Configs that have much in common, and files that have some of them under other names."""
    categories = {"HQ": HQ, "Lab": make.live_category("Lab", 6)}
    there = [
        make.live_config("MEDIA", name, n, categories=[categories[c] for c in draw(CATEGORIES)], **draw(SERVERS))
        for n, name in enumerate(draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=5)))
    ]
    counts = Counter(one.address.name for one in there)
    entries = tuple(
        make.config(
            "MEDIA",
            name,
            categories=draw(CATEGORIES),
            renamed_from=draw(st.sampled_from([None, None, "nothing"])),
            **draw(SERVERS),
        )
        for name in draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=2, max_size=5))
        if counts[name] < 2
    )
    live = make.live(make.live_domain(*categories.values(), *there))
    return live, entries, draw(st.sampled_from([make.policy(), PRUNE]))


@settings(laws, max_examples=200)
@given(edits())
def test_each_once_and_only_what_can_be_done(edit: tuple[Live, tuple[Entry, ...], Policy]) -> None:
    there, entries, policy = edit
    search = planned(make.desired(make.domain(configs=entries), policy=policy), there).search
    assert search is not None
    found = {one.address: one.former for one in likely_renames(search)}
    event(f"{len(found)} suggested")
    assert len(set(found.values())) == len(found) == len(likely_renames(search))
    assert found.keys() <= {step.change.address for step in search.creates}
    assert set(found.values()) <= {one.address for one in search.loose}
    assert all(entry.renamed_from is None for entry in entries if entry.address in found)
    followed = [replace(e, renamed_from=found[e.address].name) if e.address in found else e for e in entries]
    result = planned(make.desired(make.domain(configs=followed), policy=policy), there)
    renamed = {change.address: change.former for change in result.plan.changes if change.former}
    assert {address: former for address, former in renamed.items() if address in found} == found


class TestVeryMany:
    """What very many have in common is no reason to compare each with each."""

    MANY = 90

    def test_names_without_words(self, monkeypatch: pytest.MonkeyPatch) -> None:
        compared = counting(monkeypatch)
        there = [make.live_config("PHONE", "!" * n, n, categories=[HQ], gk1="a") for n in range(1, self.MANY)]
        entries = [make.config("PHONE", "?" * n, categories=["HQ"], gk1="a") for n in range(1, self.MANY)]
        assert of_configs(entries, there) == []
        assert compared == []

    def test_the_same_words(self, monkeypatch: pytest.MonkeyPatch) -> None:
        compared = counting(monkeypatch)
        there = [make.live_category(f"a{'!' * n}b", n) for n in range(1, self.MANY)]
        entries = [make.category(f"a{'?' * n}b") for n in range(1, self.MANY)]
        assert of_categories(entries, there) == []
        assert compared == []

    def test_categories_whose_configs_tell(self, monkeypatch: pytest.MonkeyPatch) -> None:
        compared = counting(monkeypatch)
        numbers = range(1, self.MANY)
        categories = [make.live_category(f"old {n}", n) for n in numbers]
        there = [make.live_config("PHONE", f"p{n}", n, categories=[categories[n - 1]]) for n in numbers]
        entries = [make.config("PHONE", f"p{n}", categories=[f"neu {n}"]) for n in numbers]
        found = of_categories([make.category(f"neu {n}") for n in numbers], [*categories, *there], entries)
        assert set(found) == {(f"neu {n}", f"old {n}") for n in numbers}
        assert compared == []


def counting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that are compared from now on."""
    compared: list[str] = []

    def likeness(one: str, other: str) -> float:
        compared.append(one)
        return name_likeness(one, other)

    monkeypatch.setattr("syncer.plan.renames.name_likeness", likeness)
    return compared
