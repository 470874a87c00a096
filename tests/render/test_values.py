"""Values as texts."""

import time
from typing import Any

import pytest

from syncer.model.plan import HIDDEN
from syncer.render.values import clipped, line_pair, one_line, pair, path_text, value_text


@pytest.mark.parametrize(
    "value, text",
    [
        (None, "(unset)"),
        (dict(HIDDEN), "(secret)"),
        (True, "true"),
        (0, "0"),
        (1.5, "1.5"),
        (float("inf"), "inf"),
        ("172.16.0.1", "172.16.0.1"),
        ("OPUS-WB", "OPUS-WB"),
        ("0xb8", "0xb8"),
        ("CET-1CEST-2,M3.5.0/2", "CET-1CEST-2,M3.5.0/2"),
        ("two words", "two words"),
        ([], "[]"),
        ({}, "{}"),
        (["a", "b, c", 1, None, True], '[a, "b, c", 1, null, true]'),
        ({"a": {"b c": ["[d]"]}}, '{a: {b c: ["[d]"]}}'),
        ({"inner": dict(HIDDEN)}, "{inner: (secret)}"),
    ],
)
def test_values_read_as_people_write_them(value: Any, text: str) -> None:
    assert value_text(value) == text


@pytest.mark.parametrize(
    "value, text",
    [
        ("", '""'),
        ("1", '"1"'),
        ("-1.5e3", '"-1.5e3"'),
        ("true", '"true"'),
        ("null", '"null"'),
        ("(unset)", '"(unset)"'),
        ("[]", '"[]"'),
        (" a", '" a"'),
        ("a  b", '"a  b"'),
        ("a → b", '"a → b"'),
        ("a (live)", '"a (live)"'),
        ("a (files) b", '"a (files) b"'),
        ('say "x"', '"say \\"x\\""'),
        ("a\nb", '"a\\nb"'),
        ("a\\nb", '"a\\\\nb"'),
        ("a\x1b[1m\u202e\ud800", '"a\\x1b[1m\\u202e\\ud800"'),
    ],
)
def test_what_could_be_mistaken_is_quoted(value: str, text: str) -> None:
    assert value_text(value) == text


def test_a_long_text_is_cut_with_its_length_told() -> None:
    assert value_text("x" * 1_000_000) == f'"{"x" * 300}"… (1000000 characters)'


def test_long_texts_are_cut_around_their_first_difference() -> None:
    before = "x" * 1_000_000
    assert pair(before, before + "y") == (
        f'(999980 alike) …"{"x" * 20}"',
        f'(999980 alike) …"{"x" * 20}y"',
    )


def test_long_lists_show_where_they_differ() -> None:
    before = [f"Category {i}" for i in range(50)]
    assert pair(before, [*before, "X"]) == ("[(50 alike)]", "[(50 alike), X]")
    assert pair(before, [*before[:10], "X"])[1] == "[(10 alike), X]"


def test_a_list_without_end_is_never_made_whole() -> None:
    began = time.perf_counter()
    text = value_text(list(range(1_000_000)))
    assert time.perf_counter() - began < 0.5
    assert len(text) < 1100
    assert text.endswith("… (1000000 entries)")


def test_deep_nesting_is_harmless() -> None:
    value: list[Any] = []
    other: list[Any] = []
    for _ in range(100_000):
        value, other = [value], [other]
    assert "…" in value_text(value)
    assert "…" in pair(value, other)[1]


def test_a_number_of_any_size_is_harmless() -> None:
    assert "characters" in value_text(16**10_000)


@pytest.mark.parametrize(
    "before, after, shown",
    [
        ("café", "cafe\u0301", ("caf\\xe9", "cafe\\u0301")),
        ("abc", "ab\u034fc", ("abc", '"ab\\u034fc"')),
        ("abc", "a\u2800bc", ("abc", '"a\\u2800bc"')),
        ("Zürich", "Zug", ("Zürich", "Zug")),
        ("☎", "☎\ufe0f", ("☎", '"☎\\ufe0f"')),
        ("1", 1, ('"1"', "1")),
    ],
)
def test_look_alikes_are_told_apart(before: Any, after: Any, shown: tuple[str, str]) -> None:
    assert pair(before, after) == shown


def test_lines_are_not_quoted() -> None:
    assert line_pair('say "x" 1\t', "1 ") == ('say "x" 1\\t', "1\\x20")
    assert clipped("x" * 301) == "x" * 300 + "… (301 characters)"
    assert line_pair("x" * 400 + "a", "x" * 400 + "b") == (
        f"(380 alike) …{'x' * 20}a",
        f"(380 alike) …{'x' * 20}b",
    )


def test_names_cannot_push_text_aside() -> None:
    assert one_line("a   b\nc") == "a \\x20\\x20b\\nc"


@pytest.mark.parametrize("path", ["gk1", "extra.a.b[0]", 'extra["a.b"][2].c', "extra.ü"])
def test_paths_stand_as_they_are(path: str) -> None:
    assert path_text(path) == path


@pytest.mark.parametrize("path", ["a  b", "gk1  1 → 2", "", "a\x1b"])
def test_other_paths_are_quoted(path: str) -> None:
    assert path_text(path).startswith('"')
    assert path_text(path).isprintable()
