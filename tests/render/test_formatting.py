"""The diff of a file for people."""

from syncer.render.formatting import render_file_diff


def test_colours_only_where_they_are_wanted() -> None:
    plain = render_file_diff("a.yaml", "a\nb\n", "a\nc\n", ["a note"], color=False)
    painted = render_file_diff("a.yaml", "a\nb\n", "a\nc\n", ["a note"], color=True)

    assert plain == "--- a.yaml\n+++ a.yaml\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ a note"
    assert "\x1b[31m-b\x1b[0m" in painted
    assert "\x1b[32m+c\x1b[0m" in painted


def test_nothing_that_a_terminal_would_obey() -> None:
    shown = render_file_diff("\x1b[2Jname", "\x1b[31mred\n", "\u202egreen\r\n", color=False)

    assert shown.replace("\n", "").isprintable()
    assert "\\x1b[31mred" in shown
    assert "\\u202egreen\\r" in shown


def test_what_is_too_much_is_counted() -> None:
    shown = render_file_diff("a.yaml", "a\n" * 4000, "b\n" * 4000, color=False)

    assert shown.endswith("\\ all in all 4000 lines less, 4000 lines more")
