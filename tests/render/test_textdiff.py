"""Unified diffs, bounded in size and time."""

import time

from hypothesis import given
from hypothesis import strategies as st

from syncer.render.textdiff import MOST_LINES, DiffLine, TextDiff, line_count, text_diff

BIG = "".join(f"config change MODULE{i} /some-option /another-option\n" for i in range(100_000))


def _text(diff: TextDiff) -> str:
    return "\n".join(f"{'' if line.sign == '@' else line.sign}{line.text}" for line in diff.lines)


def test_a_change_stands_between_three_lines_of_context() -> None:
    before = "".join(f"line {i}\n" for i in range(1, 31))
    after = before.replace("line 5\n", "line five\n").replace("line 25\n", "line 25\nline 25b\n")
    assert _text(text_diff(before, after)) == (
        "@@ -2,7 +2,7 @@\n line 2\n line 3\n line 4\n-line 5\n+line five\n line 6\n line 7\n line 8\n"
        "@@ -23,6 +23,7 @@\n line 23\n line 24\n line 25\n+line 25b\n line 26\n line 27\n line 28"
    )


def test_a_new_text_needs_no_place() -> None:
    assert text_diff("", "a\nb\n") == TextDiff((DiffLine("+", "a"), DiffLine("+", "b")), 0, 0, 2)
    assert text_diff("a\n", "") == TextDiff((DiffLine("-", "a"),), 0, 1, 0)


def test_what_is_hard_to_see_is_shown() -> None:
    assert _text(text_diff("a \nb\r\nc\n", "a\nb\nc")) == (
        "@@ -1,3 +1,3 @@\n-a\\x20\n-b\\r\n-c\n+a\n+b\n+c\n\\no newline at the end"
    )


def test_only_a_newline_ends_a_line() -> None:
    diff = text_diff("a\x0b\u2028\x85b\r\n", "c\n")
    assert [line.text for line in diff.lines] == ["@@ -1 +1 @@", "a\\x0b\\u2028\\x85b\\r", "c"]


def test_lines_that_replace_each_other_are_cut_where_they_differ() -> None:
    diff = text_diff("x" * 5000 + "a\nb\n", "x" * 5000 + "c\nb\n")
    assert [line.text for line in diff.lines[1:3]] == [f"(4980 alike) …{'x' * 20}{end}" for end in "ac"]


def test_many_lines_are_counted() -> None:
    diff = text_diff("", BIG)
    assert (len(diff.lines), diff.left_out, diff.removed, diff.added) == (MOST_LINES, 100_000 - MOST_LINES, 0, 100_000)


def test_of_a_large_replacement_both_sides_are_shown() -> None:
    before, after = ("".join(f"{letter}{i}\n" for i in range(1000)) for letter in "ab")
    diff = text_diff(before, after)
    signs = [line.sign for line in diff.lines]
    assert (signs.count("-"), signs.count("+")) == (100, 98)
    assert DiffLine("\\", "and 900 more removed") in diff.lines
    assert (diff.left_out, diff.removed, diff.added) == (1802, 1000, 1000)


def test_a_small_change_of_a_big_text_is_found_at_once() -> None:
    began = time.perf_counter()
    diff = text_diff(BIG, BIG.replace("MODULE50000 ", "MODULE "))
    assert time.perf_counter() - began < 2
    assert (len(diff.lines), diff.removed, diff.added) == (9, 1, 1)


def test_too_much_to_compare_is_counted() -> None:
    began = time.perf_counter()
    diff = text_diff(BIG, BIG.replace("config", "CONFIG"))
    assert time.perf_counter() - began < 2
    assert diff == TextDiff((), 0, 100_000, 100_000)


def test_lines_are_counted_with_the_last_one() -> None:
    assert [line_count(text) for text in ("", "a", "a\n", "a\nb", "\n\n")] == [0, 1, 1, 2, 2]


@given(st.text("ab\n", max_size=60), st.text("ab\n", max_size=60))
def test_a_diff_leads_from_one_text_to_the_other(before: str, after: str) -> None:
    diff = text_diff(before, after)
    assert line_count(before) - diff.removed == line_count(after) - diff.added
    assert [line.sign for line in diff.lines].count("-") == diff.removed
    assert [line.sign for line in diff.lines].count("+") == diff.added
    assert bool(diff.lines) == (before != after)
