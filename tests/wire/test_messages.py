"""JSON text of messages: what is read, what is refused, and how it is written."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.wire.messages import MalformedMessage, decode, encode, repair_pairs, size

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=4), inside, max_size=4),
    max_leaves=10,
)


def test_a_message_literally() -> None:
    text = '{"mt":"DeviceUpdate","device":{"id":18446744073709551615,"name":"Gr\\u00fc\\u00dfe \\ud83d\\ude00"}}'
    assert decode(text) == {"mt": "DeviceUpdate", "device": {"id": 18446744073709551615, "name": "Grüße 😀"}}


REFUSED: list[tuple[str | bytes, str]] = [
    (b'{"mt":"AppLoginResult"}', "a binary frame"),
    (b"", "a binary frame"),
    ("", "not JSON"),
    ("{", "not JSON"),
    ('{"mt":"X"} x', "not JSON"),
    ("{'mt':'X'}", "not JSON"),
    ('{"mt":"X","a":"\n"}', "not JSON"),
    ('\ufeff{"mt":"X"}', "not JSON"),
    ('{"mt":"X","a":' + "9" * 5000 + "}", "not JSON"),
    ('{"mt":"X","a":NaN}', "NaN is not JSON"),
    ('{"mt":"X","a":-Infinity}', "-Infinity is not JSON"),
    ('{"mt":"X","a":1e999}', "a number too large to write again"),
    ("[" * 100_000, "nested too deeply"),
    ('{"mt":"X","a":' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply"),
    ('{"a":' * 100_000, "nested too deeply"),
    ('["mt"]', "not a JSON object"),
    ("null", "not a JSON object"),
    ('"mt"', "not a JSON object"),
    ("{}", "an object without a message type"),
    ('{"mt":null}', "an object without a message type"),
    ('{"mt":1}', "an object without a message type"),
    ('{"MT":"X"}', "an object without a message type"),
]


@pytest.mark.parametrize("frame, why", REFUSED, ids=[f"{why}-{i}" for i, (_, why) in enumerate(REFUSED)])
def test_what_is_no_message(frame: str | bytes, why: str) -> None:
    with pytest.raises(MalformedMessage) as caught:
        decode(frame)
    assert str(caught.value) == why


def test_lone_halves_of_pairs_are_read() -> None:
    """A piece of a value may end inside a pair, which strict decoders refuse."""
    read = decode('{"mt":"GetDeviceConfigValueResult","name":"script","value":"\\ud83d"}')
    assert read["value"] == "\ud83d"


def test_compact_and_without_needless_escapes() -> None:
    message = {"mt": "X", "a": [1, 1.5, True, None], "text": 'ä ☎ 😀 \u2028 / " \\ \n\x00\x7f'}
    text = '{"mt":"X","a":[1,1.5,true,null],"text":"ä ☎ 😀 '
    assert encode(message) == text + '\u2028 / \\" \\\\ \\n\\u0000\x7f"}'


def test_lone_halves_force_escapes() -> None:
    assert encode({"mt": "X", "a": "ä\ud83d", "b": "😀"}) == '{"mt":"X","a":"\\u00e4\\ud83d","b":"\\ud83d\\ude00"}'


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_json_cannot_say_is_not_written(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode({"mt": "X", "a": number})


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=5))
def test_every_message_is_read_as_it_was_written(fields: dict[str, Any]) -> None:
    message = fields | {"mt": "X"}
    text = encode(message)
    assert decode(text) == repaired(json.loads(json.dumps(message)))
    assert size(message) == len(text.encode())


def repaired(value: Any) -> Any:
    """JSON's escapes join halves that stand next to each other."""
    if isinstance(value, str):
        return repair_pairs(value)
    if isinstance(value, list):
        return [repaired(one) for one in value]
    if isinstance(value, dict):
        return {repair_pairs(key): repaired(one) for key, one in value.items()}
    return value


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", ""),
        ("ascii", "ascii"),
        ("ä😀", "ä😀"),
        ("\ud83d\ude00", "😀"),
        ("a\ud83d\ude00\ud83d", "a😀\ud83d"),
        ("\ude00", "\ude00"),
        ("😀\ud83d", "😀\ud83d"),
    ],
)
def test_repaired_pairs(text: str, expected: str) -> None:
    assert repair_pairs(text) == expected
