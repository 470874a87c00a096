"""Placeholders say as much of a recording as has to be learned, and nothing of its secrets."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from syncer.wire.scrubbing import Scrubber

# Also halves of surrogate pairs, where a text was cut between them.
TEXTS = st.text(st.characters(exclude_categories=()))


def _script(scrubber: Scrubber, text: str) -> str:
    message = scrubber.message({"mt": "SetDeviceConfigValue", "name": "script", "value": text})
    return str(message["value"])


def _bytes(text: str, **style: Any) -> int:
    return len(json.dumps(text, **style).encode("utf-8", "surrogatepass"))


def test_equal_secrets_get_equal_placeholders_that_do_not_tell_their_length() -> None:
    scrubber = Scrubber()
    first = scrubber.message({"mt": "A", "turnPassword": "5" * 40, "logPassword": "6"})
    second = scrubber.message({"mt": "B", "config": {"logPassword": "5" * 40}})
    assert first == {"mt": "A", "turnPassword": "secret-1", "logPassword": "secret-2"}
    assert second == {"mt": "B", "config": {"logPassword": "secret-1"}}
    assert scrubber.counts == {"turnPassword": 1, "logPassword": 2}


def test_a_secret_in_a_text_gets_the_same_placeholder() -> None:
    message = Scrubber().message({"mt": "A", "password": "pw", "note": "token=pw, url https://u:p@h/"})
    assert message == {"mt": "A", "password": "secret-1", "note": "token=secret-1, url https://secret-2@h/"}


def test_a_script_keeps_its_lines_and_lengths() -> None:
    assert _script(Scrubber(), 'mod cmd "ä"\n😀') == "xxxxxxxx\t\xd7\t\n😀"


@given(TEXTS)
def test_pieces_take_as_many_bytes(text: str) -> None:
    shown = _script(Scrubber(), text)
    assert len(shown) == len(text)
    assert _bytes(shown, ensure_ascii=False) == _bytes(text, ensure_ascii=False)
    assert _bytes(shown) == _bytes(text)


@given(TEXTS, st.integers(0, 20))
def test_pieces_of_a_script_are_still_pieces_of_it(text: str, cut: int) -> None:
    """Cut anywhere, also between the halves of a pair: joined and repaired they are the masked whole."""
    units = text.encode("utf-16-le", "surrogatepass")
    whole = units.decode("utf-16-le", "surrogatepass")  # pairs repaired
    halves = [
        units[: 2 * cut].decode("utf-16-le", "surrogatepass"),
        units[2 * cut :].decode("utf-16-le", "surrogatepass"),
    ]
    joined = "".join(_script(Scrubber(), half) for half in halves)
    assert joined.encode("utf-16-le", "surrogatepass") == _script(Scrubber(), whole).encode(
        "utf-16-le", "surrogatepass"
    )
