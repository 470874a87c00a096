"""What `syncer validate` found, in each form: places that reports cannot take, and colours."""

import json
from typing import Any

import pytest

from syncer.errors import Place, Problem
from syncer.model.lint import LintWarning, Verdict
from syncer.render import sarif, verdict_github
from syncer.render.verdict import render_json, render_text

WARNING = LintWarning(Place("domains/a.yaml", 3, 5), "it is odd", "change it", "everyone")


def _verdict(place: Place | None) -> Verdict:
    return Verdict((Problem(place, "it is wrong", "correct it"),))


def test_colours() -> None:
    told = render_text(Verdict(warnings=(WARNING,), domains=2, categories=1, configs=0), color=True)

    assert told == (
        "\x1b[1mdomains/a.yaml:3:5: \x1b[0m\x1b[33mwarning: \x1b[0mit is odd; change it\x1b[2m [everyone]\x1b[0m\n"
        "\x1b[32mvalid\x1b[0m: 2 domains, 1 category, 0 configs\n"
        "\x1b[33m1 warning; `syncer explain CODE` tells more\x1b[0m"
    )


def test_of_mistakes_text_says_nothing() -> None:
    """They are told as those of every command are."""
    assert render_text(_verdict(None)) == ""


def test_a_text_of_another_hand_is_one_harmless_line() -> None:
    odd = LintWarning(Place("a\n::error::.yaml", 1, 1), "x\u202ey\x1b[0m", "", "everyone")

    first, *_ = render_text(Verdict(warnings=(odd,))).splitlines()

    assert first == "a\\n::error::.yaml:1:1: warning: x\\u202ey\\x1b[0m [everyone]"


PLACES: list[tuple[Place | None, str]] = [
    (None, "it is wrong; correct it"),
    (Place("/etc/x.yaml", 4, 2), "/etc/x.yaml:4:2: it is wrong; correct it"),
    (Place("../x.yaml", 4, 2), "../x.yaml:4:2: it is wrong; correct it"),
    (Place("a\x1b.yaml", 4, 2), "a\\x1b.yaml:4:2: it is wrong; correct it"),
]


@pytest.mark.parametrize("place, told", PLACES)
def test_sarif_of_what_has_no_place_in_the_work_tree(place: Place | None, told: str) -> None:
    (result,) = json.loads(sarif.render_verdict(_verdict(place), "sub/"))["runs"][0]["results"]

    assert result["message"]["text"] == told
    assert _location(result) == ("sub/syncer.yaml", {"startLine": 1, "startColumn": 1})


def _location(result: Any) -> tuple[str, dict[str, int]]:
    place = result["locations"][0]["physicalLocation"]
    return place["artifactLocation"]["uri"], place["region"]


def test_sarif_spells_a_path_as_a_uri() -> None:
    (result,) = json.loads(sarif.render_verdict(_verdict(Place("ü b#1%.yaml", 7, 0))))["runs"][0]["results"]

    assert _location(result) == ("%C3%BC%20b%231%25.yaml", {"startLine": 7, "startColumn": 1})


@pytest.mark.parametrize("place, told", PLACES)
def test_an_annotation_of_what_has_no_place_in_the_work_tree(place: Place | None, told: str) -> None:
    first, _ = verdict_github.render_verdict(_verdict(place), "sub/").splitlines()

    assert first == f"::error title=invalid%3A a mistake::{told}"


def test_json_without_a_place() -> None:
    (found,) = json.loads(render_json(_verdict(None)))["findings"]

    assert (found["file"], found["line"], found["column"]) == (None, None, None)
