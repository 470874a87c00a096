"""A `renamed_from` that has done its work on the server is told: the files alone cannot show it."""

from syncer.model.state import Desired, Entry
from tests.plan import factories as make
from tests.plan.factories import planned


def _files(*configs: Entry) -> Desired:
    return make.desired(make.domain(configs=list(configs)))


def test_where_the_new_name_is_live() -> None:
    there = make.live(make.live_domain(make.live_config("NTP", "new", 1), make.live_config("NTP", "b", 2)))
    wanted = _files(make.config("NTP", "new", renamed_from="old"), make.config("NTP", "b", renamed_from="a"))

    (note,) = planned(wanted, there).plan.notes

    assert note == (
        "renamed_from has done its work here and can go once every server has seen it: "
        "config[example.com/NTP/b], config[example.com/NTP/new]"
    )


def test_not_where_it_is_yet_to_be_done_or_there_is_nothing_to_rename() -> None:
    there = make.live(make.live_domain(make.live_config("NTP", "old", 1)))
    wanted = _files(make.config("NTP", "new", renamed_from="old"), make.config("NTP", "b", renamed_from="a"))

    result = planned(wanted, there).plan

    assert (result.notes, result.summary.update, result.summary.create) == ((), 1, 1)


def test_many_are_one_note() -> None:
    live = [make.live_config("NTP", f"new {number}", number) for number in range(1, 10)]
    wanted = _files(*(make.config("NTP", f"new {number}", renamed_from=f"old {number}") for number in range(1, 10)))

    (note,) = planned(wanted, make.live(make.live_domain(*live))).plan.notes

    assert note.endswith(", config[example.com/NTP/new 5] and 4 more")
