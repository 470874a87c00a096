"""Every rendering of every plan of the corpus, to the letter."""

from difflib import unified_diff
from itertools import islice
from pathlib import PurePath

import pytest

from tests.render.corpus import CORPUS
from tests.render.goldens import FOLDER, everything, kept, stored

_MOST_LINES, _LONGEST_LINE = 60, 200


@pytest.mark.parametrize("plan, name", [*everything()])
def test_looks_as_it_is_stored(plan: str, name: str) -> None:
    before, after = stored(plan, name), kept(plan, name)
    if before != after:
        pytest.fail(_told(f"{plan}/{name}", before, after), pytrace=False)


def _told(golden: str, before: str, after: str) -> str:
    lines = unified_diff(before.split("\n"), after.split("\n"), "stored", "rendered", lineterm="")
    shown = "\n".join(ascii(line)[1:-1][:_LONGEST_LINE] for line in islice(lines, _MOST_LINES))
    return (
        f"{golden} is not what is stored. If it is to be so: python -m tests.render.goldens, and read the diff\n{shown}"
    )


def test_no_golden_is_a_stray() -> None:
    there = {path.relative_to(FOLDER) for path in FOLDER.rglob("*") if path.is_file()}
    assert there == {PurePath(plan, name) for plan, name in everything()}


def test_there_are_thirty_plans() -> None:
    assert len(CORPUS) >= 30


def test_a_difference_is_shown_and_how_to_accept_it() -> None:
    told = _told("empty/100.txt", "a\nb\x1b\n", "a\nc" + "x" * 1000)
    assert told.split("\n")[0].endswith("python -m tests.render.goldens, and read the diff")
    assert "-b\\x1b" in told
    assert max(map(len, told.split("\n"))) <= _LONGEST_LINE
