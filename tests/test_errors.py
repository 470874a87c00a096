"""Failures: their texts, harmless for a terminal, their order and their exit codes."""

import inspect
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer import errors
from syncer.errors import (
    JournalFailed,
    Locked,
    Place,
    Problem,
    ProblemsError,
    ServerError,
    SyncerError,
    UnreachableServer,
    visible,
)


@pytest.mark.parametrize(
    "text, shown",
    [
        ("plain, with blanks", "plain, with blanks"),
        ("Grüße ☎ 😀", "Grüße ☎ 😀"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b2J", r"\x9b2J"),
        ("a\u202eb\u2066c\u200fd", r"a\u202eb\u2066c\u200fd"),
        ("a\x00b\x7fc", r"a\x00b\x7fc"),
        ("one\ntwo\r\nthree\tfour", r"one\ntwo\r\nthree\tfour"),
        ("a\u2028b\u2029c\x85d", r"a\u2028b\u2029c\x85d"),
        ("a\u00a0b\u3000c\u200bd\ufeffe", r"a\xa0b\u3000c\u200bd\ufeffe"),
        ("\ud800x\udfff", r"\ud800x\udfff"),
        ("\U000e0041", r"\U000e0041"),
        ("##[error]x ###[y ##vso[task.complete]", r"#\x23[error]x ##\x23[y #\x23vso[task.complete]"),
        ("## a # [b] ##teamcity[x]", r"## a # [b] #\x23teamcity[x]"),
        ("", ""),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_visible_takes_anything() -> None:
    assert (visible(5), visible(None), visible(["\x1b"])) == ("5", "None", r"['\x1b']")


@pytest.mark.parametrize(
    "text, limit, shown",
    [
        ("x" * 300, 300, "x" * 300),
        ("x" * 301, 300, "x" * 300 + "… (301 characters)"),
        ("abc", 2, "ab… (3 characters)"),
        ("\x1b\x1b", 1, r"\x1b… (2 characters)"),
        ("😀😀", 1, "😀… (2 characters)"),
    ],
)
def test_visible_is_cut(text: str, limit: int, shown: str) -> None:
    assert visible(text, limit) == shown


def test_visible_is_cut_to_300_unless_told_otherwise() -> None:
    assert visible("x" * 10_000_000) == "x" * 300 + "… (10000000 characters)"


@given(st.text(st.characters(exclude_categories=())))
def test_whatever_is_shown_is_one_printable_line(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert len(f"{shown}x".splitlines()) == 1
    shown.encode()


@pytest.mark.parametrize(
    "place, shown",
    [
        (Place("a.yaml"), "a.yaml"),
        (Place("a.yaml", 3, 7), "a.yaml:3:7"),
        (Place("a.yaml", 3), "a.yaml:3:0"),
        (Place("\x1b[2J\n.yaml", 1, 1), r"\x1b[2J\n.yaml:1:1"),
    ],
)
def test_places(place: Place, shown: str) -> None:
    assert str(place) == shown


@pytest.mark.parametrize(
    "problem, shown",
    [
        (Problem(None, "what"), "what"),
        (Problem(None, "what", "do that"), "what; do that"),
        (Problem(Place("a.yaml", 3, 7), "what"), "a.yaml:3:7: what"),
        (Problem(Place("a.yaml", 3, 7), "what", "do that"), "a.yaml:3:7: what; do that"),
    ],
)
def test_problems(problem: Problem, shown: str) -> None:
    assert str(problem) == shown


IN_ORDER = (
    Problem(None, "no place comes first"),
    Problem(Place("a.yaml"), "the whole file"),
    Problem(Place("a.yaml", 2, 9), "by number"),
    Problem(Place("a.yaml", 10, 1), "a"),
    Problem(Place("a.yaml", 10, 1), "b"),
    Problem(Place("a.yaml", 10, 2), "a"),
    Problem(Place("b.yaml", 1, 1), "the next file"),
)


def test_problems_are_told_in_the_order_of_the_files_and_once() -> None:
    for seed in range(20):
        shuffled = random.Random(seed).sample(IN_ORDER * 2, len(IN_ORDER) * 2)
        error = ProblemsError(iter(shuffled))
        assert error.problems == IN_ORDER
        assert str(error) == "\n".join(map(str, IN_ORDER))


def test_the_same_mistake_with_another_hint_is_another_problem() -> None:
    place = Place("a.yaml", 1, 1)
    told = ProblemsError([Problem(place, "what", "this"), Problem(place, "what", "that")]).problems
    assert {problem.hint for problem in told} == {"this", "that"}


def test_a_journal_that_fails_is_named() -> None:
    error = JournalFailed("j\x1b.jsonl", "cannot be written: no space", "make room")
    assert str(error) == r"the journal j\x1b.jsonl cannot be written: no space; make room"
    assert (error.path, error.what, error.hint) == ("j\x1b.jsonl", "cannot be written: no space", "make room")
    assert str(JournalFailed("j", "is gone")) == "the journal j is gone"


def test_a_lock_tells_what_is_known_of_its_holder() -> None:
    then = "wait for it to end, or end it; nothing was written"
    error = Locked("prod\x1b", "syncer apply", "process 7 of anna on host")
    assert str(error) == rf"another syncer apply is at work on prod\x1b: process 7 of anna on host; {then}"
    assert str(Locked("production")) == f"another syncer is at work on production; {then}"


def test_server_errors_name_the_server() -> None:
    error = UnreachableServer("wss://apps.example.com/\x1b", "no such host", "check the name")
    assert str(error) == r"wss://apps.example.com/\x1b: no such host; check the name"
    assert (error.server, error.what, error.hint) == ("wss://apps.example.com/\x1b", "no such host", "check the name")
    assert str(ServerError("wss://a", "silence")) == "wss://a: silence"


EXIT_CODES = {
    "SyncerError": 1,
    "ProblemsError": 1,
    "UsageProblem": 64,
    "Declined": 1,
    "Locked": 1,
    "JournalFailed": 1,
    "ServerError": 1,
    "UnreachableServer": 1,
    "UntrustedCertificate": 1,
    "LoginRefused": 1,
    "MissingRight": 1,
    "ConnectionLost": 1,
    "NotSent": 1,
    "SilentServer": 1,
    "RequestRefused": 1,
    "BrokenMessage": 1,
    "StalePlan": 3,
    "GuardRefused": 4,
    "RolledBack": 5,
    "ApplyFailed": 6,
    "Interrupted": 130,
}


def test_exit_codes() -> None:
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, Exception)]
    assert {c.__name__: c.exit_code for c in classes if issubclass(c, SyncerError)} == EXIT_CODES
    assert all(issubclass(c, SyncerError) for c in classes)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = [line for line in str(errors.__doc__).splitlines() if line.startswith(("SyncerError", "├", "└", "│"))]
    names = [line.strip("├└│─ ").split()[0] for line in drawn]
    assert sorted(names) == sorted(EXIT_CODES)
    below_server = itertools.dropwhile(lambda line: "ServerError" not in line, drawn)
    told = [line.strip("├└│─ ").split()[0] for line in list(below_server)[1:] if line.startswith("│")]
    ours = (c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, ServerError))
    assert sorted(told) == sorted(c.__name__ for c in ours if c is not ServerError)
