"""What comes from baselines and variables: places of differences, and what is nobody's to prune."""

from dataclasses import replace

from syncer.errors import Place
from syncer.model.address import Kind
from syncer.model.plan import FieldDiff
from syncer.model.state import Desired
from syncer.plan.digest import canonical, files_of
from tests.plan.factories import (
    PLACE,
    config,
    desired,
    domain,
    live,
    live_category,
    live_config,
    live_domain,
    only_step,
    planned,
    policy,
    problems,
    told,
)

ELSEWHERE = Place("baselines/german.yaml", 9, 5)


class Origins:
    """Some fields stand elsewhere."""

    def __init__(self, *names: str | tuple[str, ...]) -> None:
        self._elsewhere = {(name,) if isinstance(name, str) else name for name in names}

    def elsewhere(self, *steps: str | int) -> Place | None:
        return ELSEWHERE if any(steps[: len(one)] == one for one in self._elsewhere) else None


def test_a_difference_names_its_place_where_it_is_not_the_entrys() -> None:
    entry = config(
        "PHONE", "hq", gk1="b", gk2="b", extra={"x": {"y": 2}}, origins=Origins("gk1", "categories", ("extra", "x"))
    )
    there = live(live_domain(live_config("PHONE", "hq", 5, gk1="a", gk2="a", gkId="a", extra={"x": {"y": 1}})))

    step = only_step(planned(desired(domain(configs=[entry])), there))

    assert step.change.source == str(PLACE)
    assert step.change.diff == (
        FieldDiff("gk1", "a", "b", source=str(ELSEWHERE)),
        FieldDiff("gk2", "a", "b"),
        FieldDiff("gkId", "a", None),
        FieldDiff("extra.x.y", 1, 2, source=str(ELSEWHERE)),
    )


def test_so_does_that_of_something_new() -> None:
    entry = config("NTP", "time", ntp1="a", origins=Origins("ntp1"))

    step = only_step(planned(desired(domain(configs=[entry])), live(live_domain())))

    assert {one.path: one.source for one in step.change.diff} == {
        "desc": None,
        "categories": None,
        "ntp1": str(ELSEWHERE),
    }


def test_a_category_that_is_nowhere_is_told_where_it_was_said() -> None:
    entry = config("NTP", "time", categories=["HQ"], origins=Origins("categories"))

    assert problems(desired(domain(configs=[entry])), live(live_domain())) == [
        f"{ELSEWHERE}: config[example.com/NTP/time]: there is no category HQ; add it to the domain's categories"
    ]


def _partial(*kinds: Kind) -> Desired:
    one = domain(categories=[], configs=[config("NTP", "time")])
    prune = policy(prune=[Kind.CATEGORY, Kind.CONFIG])
    return desired(replace(one, partial=frozenset(kinds)), policy=prune)


def test_nothing_is_pruned_for_what_only_baselines_name() -> None:
    there = live(live_domain(live_category("HQ", 3), live_config("NTP", "old", 5)))
    new = ("create", "config[example.com/NTP/time]")

    assert told(planned(_partial(Kind.CONFIG, Kind.CATEGORY), there)) == [new]
    assert told(planned(_partial(Kind.CONFIG), there)) == [new, ("delete", "category[example.com/HQ]")]
    assert told(planned(_partial(Kind.CATEGORY), there)) == [new, ("delete", "config[example.com/NTP/old]")]
    assert [str(one) for one in planned(_partial(Kind.CONFIG, Kind.CATEGORY), there).plan.unmanaged] == [
        "category[example.com/HQ]",
        "config[example.com/NTP/old]",
    ]


def test_it_is_part_of_the_files_digest() -> None:
    digests = {canonical(files_of(_partial(*kinds), "profile")) for kinds in ((), (Kind.CONFIG,), (Kind.CATEGORY,))}

    assert len(digests) == 3


def test_where_something_was_said_is_not() -> None:
    """A plan stays good where an entry moves to a baseline, word by word."""
    own = config("NTP", "time", ntp1="a")
    given = replace(own, place=ELSEWHERE, origins=Origins("ntp1"))

    first, second = (files_of(desired(domain(configs=[entry])), "profile") for entry in (own, given))

    assert canonical(first) == canonical(second)
