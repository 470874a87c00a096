"""The normal form of values, and how they are spelled in files and on the wire."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model.address import Kind
from syncer.model.fields import Field, Hardware, config_types, fields_of, hardware_of, hex_byte
from syncer.model.values import Secret, is_unset

BY_NAME = {name: field for config_type in config_types() for name, field in fields_of(Kind.CONFIG, config_type).items()}


@pytest.mark.parametrize("field", BY_NAME.values(), ids=lambda f: f.name)
@pytest.mark.parametrize("value", [None, "", False])
def test_unset_is_one_and_the_same(field: Field, value: Any) -> None:
    assert is_unset(value)
    assert field.normal(value) is None
    assert field.accepts(None)


@pytest.mark.parametrize(
    "name, value, normal",
    [
        ("frameSize", 0, None),  # outside its range, so nothing else than unset
        ("frameSize", 20, 20),
        ("frameSize", 20.0, 20),
        ("rtpNum", 0, None),
        ("natNum", 0, 0),  # inside its range
        ("dialTone", "GERMANY", 15),
        ("dialTone", 15, 15),
        ("dialTone", 15.0, 15),
        ("dialTone", 0, 0),
        ("srtpKey", "0", 0),
        ("srtpKey", "SDES-DTLS", 0),
        ("srtpCipher", 5, 5),
        ("tosRtp", "0xb8", 0xB8),
        ("tosRtp", "0XB8", 0xB8),
        ("tosRtp", 184, 0xB8),
        ("tosRtp", "0x00", 0),
        ("exclusive", True, True),
        ("gk1", "0", "0"),
        ("script", " \n", " \n"),
        # what fits no field's type passes through as it is
        ("dialTone", "MARS", "MARS"),
        ("dialTone", 99, 99),
        ("tosRtp", "high", "high"),
        ("frameSize", "20", "20"),
        ("gk1", 5, 5),
        ("gk1", ["a"], ["a"]),
        ("frameSize", 20.5, 20.5),
    ],
)
def test_normal_form(name: str, value: Any, normal: Any) -> None:
    found = BY_NAME[name].normal(value)

    assert found == normal
    assert type(found) is type(normal)


@pytest.mark.parametrize(
    "name, normal, wire, file",
    [
        ("dialTone", 15, 15, "GERMANY"),
        ("dialTone", 0, 0, "EUROPE-PBX"),
        ("dialTone", 99, 99, 99),
        ("srtpKey", 4, "4", "No encryption"),
        ("tosRtp", 184, "0xb8", "0xb8"),
        ("tosRtp", 5, "0x05", "0x05"),
        ("frameSize", 20, 20, 20),
        ("exclusive", True, True, True),
        ("gk1", "172.16.0.1", "172.16.0.1", "172.16.0.1"),
        ("dialTone", "MARS", "MARS", "MARS"),
    ],
)
def test_spellings(name: str, normal: Any, wire: Any, file: Any) -> None:
    field = BY_NAME[name]

    assert field.wire_form(normal) == wire
    assert type(field.wire_form(normal)) is type(wire)
    assert field.file_form(normal) == file


@pytest.mark.parametrize(
    "name, accepted, refused",
    [
        ("dialTone", [0, 26], [27, -1, "GERMANY", True]),
        ("srtpKey", [0, 4], [5, "0"]),
        ("coder", ["G711A", "OPUS-WB"], ["g711a", 1]),
        ("frameSize", [20, 80], [19, 81, 0, True, "20", 20.5]),
        ("rtpFirst", [2052, 65534], [2051, 65535]),
        ("natNum", [0, 100000], [-1]),
        ("tosSig", [0, 255], [256, -1, "0xb8", True]),
        ("exclusive", [True], [1, "true"]),
        ("gk1", ["a", "0"], [1, True, ["a"]]),
        ("profile", ["strict"], ["lax"]),
        ("logPassword", [Secret("x")], ["x", {"env": "X"}]),
    ],
)
def test_what_a_file_may_say(name: str, accepted: list[Any], refused: list[Any]) -> None:
    field = BY_NAME[name]

    assert [value for value in accepted if not field.accepts(value)] == []
    assert [value for value in refused if field.accepts(value)] == []


@pytest.mark.parametrize(
    "name, expected",
    [
        ("srtpKey", "one of SDES-DTLS (0), DTLS-SDES (1), SDES (2), DTLS (3), No encryption (4)"),
        ("profile", "one of normal, fast, secure, strict"),
        ("tosRtp", 'a byte from 0x00 to 0xff, like 0xb8 or "0xb8"'),
        ("frameSize", "a whole number from 20 to 80"),
        ("natNum", "a whole number from 0 up"),
        ("exclusive", "true or false"),
        ("gk1", "a text"),
        ("script", "a text or {file: PATH}"),
        ("logPassword", "a reference to a secret: {env: NAME}, {file: PATH} or {age: CIPHERTEXT}"),
    ],
)
def test_what_is_expected_in_words(name: str, expected: str) -> None:
    assert BY_NAME[name].expected == expected


@given(st.integers(0, 255))
def test_a_byte_survives_its_spelling(value: int) -> None:
    assert BY_NAME["tosRtp"].normal(hex_byte(value)) == value


@given(st.sampled_from(sorted(BY_NAME)), st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()))
def test_the_normal_form_is_its_own(name: str, value: Any) -> None:
    field = BY_NAME[name]
    normal = field.normal(value)

    again = field.normal(normal)

    assert again is normal or again == normal


def test_a_secret_shows_nothing() -> None:
    secret = Secret("hunter2", raw="a1b2")

    assert "hunter2" not in f"{secret} {secret!r}"
    assert "a1b2" not in f"{secret} {secret!r}"
    assert secret == Secret("hunter2")
    assert Secret(None) != Secret(None)  # what cannot be read is equal to nothing


def test_which_devices_a_type_is_for() -> None:
    said = {name: hardware_of(name) for name in (*config_types(), "DECT", "other", "")}
    assert {name: one for name, one in said.items() if one != Hardware()} == {
        "FXS_PHONE": Hardware(fxs=True),
        "PHONE": Hardware(frozenset({"PHONE"})),
    }
    words = (Hardware(), Hardware(fxs=True), Hardware(frozenset({"VA", "GW"})))
    assert [one.shown for one in words] == ["", " with FXS interfaces", " of type GW or VA"]
