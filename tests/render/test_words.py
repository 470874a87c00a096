"""Which words of two texts stand out."""

from hypothesis import given
from hypothesis import strategies as st

from syncer.render.words import Pieces, marked

LINE = st.text("ab /.-→é", max_size=80)


def _joined(pieces: Pieces) -> str:
    return "".join(text for text, _ in pieces)


def _standing_out(pieces: Pieces) -> list[str]:
    return [text for text, differs in pieces if differs]


def test_one_word_of_a_long_line() -> None:
    old, new = marked("mod cmd HTTP0 /force-tls /port 8080", "mod cmd HTTP0 /force-tls /port 9090")
    assert (_standing_out(old), _standing_out(new)) == (["8080"], ["9090"])


def test_words_that_come_and_go() -> None:
    old, new = marked("config change LLDP0 /enable on", "config change LLDP0 /enable on /quiet")
    assert (_standing_out(old), _standing_out(new)) == ([], [" /quiet"])


def test_short_texts_need_no_marks() -> None:
    assert marked("172.16.0.1", "172.16.0.2") == ((("172.16.0.1", False),), (("172.16.0.2", False),))


def test_texts_that_have_little_in_common_are_not_covered_with_marks() -> None:
    old, new = marked("ptbtime1.ptb.de of the PTB in Brunswick", "a quite different time server, elsewhere")
    assert (_standing_out(old), _standing_out(new)) == ([], [])


@given(LINE, LINE)
def test_nothing_is_lost_or_added(before: str, after: str) -> None:
    old, new = marked(before, after)
    assert (_joined(old), _joined(new)) == (before, after)


@given(LINE)
def test_equal_texts_have_no_difference(text: str) -> None:
    assert marked(text, text)[0] == marked(text, text)[1]
    assert not _standing_out(marked(text, text)[0])
