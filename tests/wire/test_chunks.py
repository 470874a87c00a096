"""Values in pieces: joined from any cutting, cut into pieces that fit."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.wire.chunks import Joiner, TooLarge, split

texts = st.text(st.characters(exclude_categories=["Cs"])) | st.text(st.sampled_from('a"\\\n\x00ä☎😀\U0010ffff'))
halves = st.text(st.sampled_from("a\ud83d\ude00ä"))


def units(text: str) -> list[str]:
    """The UTF-16 code units of a text, each as the character that JSON's escapes make of it."""
    data = text.encode("utf-16-le", "surrogatepass")
    return [chr(int.from_bytes(data[i : i + 2], "little")) for i in range(0, len(data), 2)]


def joined(*pieces: str) -> str:
    joiner = Joiner()
    for piece in pieces:
        joiner.add("script", piece)
    return joiner.values()["script"]


def json_bytes(text: str) -> int:
    """What a text takes in a message. A lone half of a pair cannot be UTF-8, so it forces escapes."""
    try:
        return len(json.dumps(text, ensure_ascii=False).encode()) - 2
    except UnicodeEncodeError:
        return len(json.dumps(text)) - 2


@given(st.data())
def test_any_cutting_joins_to_the_value(data: st.DataObject) -> None:
    """Also inside a surrogate pair, and with empty pieces."""
    value = data.draw(texts)
    whole = units(value)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)))))
    pieces = ["".join(whole[a:b]) for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert joined(*pieces) == value


@pytest.mark.parametrize(
    "pieces, value",
    [
        (("mod cmd UP0 \ud83d", "\ude00\r\n"), "mod cmd UP0 😀\r\n"),
        (("\ud83d", "", "\ude00"), "😀"),
        (("\ud83d", "\ud83d", "\ude00", "\ude00"), "\ud83d😀\ude00"),  # a lone half stays as it is
        (("\ude00", "\ud83d"), "\ude00\ud83d"),
        (("", ""), ""),
    ],
)
def test_pairs_are_repaired_after_joining(pieces: tuple[str, ...], value: str) -> None:
    assert joined(*pieces) == value


def test_values_by_name() -> None:
    joiner = Joiner()
    for name, piece in (("script", "a"), ("url", "x"), ("script", "b"), ("url", ""), ("script", "c")):
        joiner.add(name, piece)
    assert joiner.values() == {"script": "abc", "url": "x"}


def test_every_piece_costs_even_an_empty_one() -> None:
    joiner = Joiner()
    assert joiner.add("script", "") > 0
    assert joiner.add("script", "xyz") - joiner.add("script", "") == 3
    assert joiner.characters == 3 * joiner.add("", "") + 3 * len("script") + 3


@given(texts | halves, st.integers(12, 60))
def test_pieces_fit_and_join_to_the_value(value: str, room: int) -> None:
    pieces = list(split(value, room))
    assert all(json_bytes(piece) <= room for piece in pieces)
    assert "".join(pieces) == value
    assert all(pieces) or pieces == [""]


@given(texts, st.integers(12, 60))
def test_no_piece_tears_a_character(value: str, room: int) -> None:
    for piece in split(value, room):
        piece.encode()  # half a pair would raise


@given(texts, st.integers(12, 60))
def test_pieces_are_not_needlessly_small(value: str, room: int) -> None:
    """One more character would not have fitted, give or take what the largest takes."""
    pieces = list(split(value, room))
    for one, following in pairwise(pieces):
        assert json_bytes(one + following[0]) > room or json_bytes(one) > room - 12


def test_an_empty_value_is_one_piece() -> None:
    assert list(split("", 12)) == [""]


@pytest.mark.parametrize("room", [11, 0, -5])
def test_room_for_no_character(room: int) -> None:
    with pytest.raises(TooLarge, match="no room for a single character"):
        list(split("a", room))


@pytest.mark.parametrize("character, most", [("a", 35), ("\n", 70), ("\x00", 205), ("😀", 145), ("\ud800", 205)])
def test_a_long_value_in_large_pieces(character: str, most: int) -> None:
    """A script of two million characters at the default size of messages, cut quickly."""
    value = character * 2_000_000
    pieces = list(split(value, 59_900))
    assert len(pieces) <= most
    assert "".join(pieces) == value
