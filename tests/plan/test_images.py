"""Images: nothing in them that must not be read, and all that is needed to compare and to restore."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from syncer.model.journal import Before, to_line
from syncer.model.values import Secret
from syncer.plan.images import image_of, object_of, same_image
from tests.plan.factories import live_config

KEY = b"k" * 32
NOBODY: frozenset[str] = frozenset()


def seal(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").hex()


def unseal(ciphertext: str) -> str:
    return bytes.fromhex(ciphertext).decode("utf-16", "surrogatepass")


MEDIA = replace(
    live_config("MEDIA", "m", 4, turnUser="u", extra={"x": 1, "hidden": "h1", "deep": [{"hidden": "h2"}]}),
    fields={"turnUser": "u", "turnPassword": Secret("geheim"), "turnServer": "t"},
)


def test_what_must_not_be_read_is_not_there() -> None:
    image = image_of(MEDIA, frozenset({"hidden", "turnServer"}), KEY, None)
    line = json.dumps(to_line(Before(0, MEDIA.address, None, 1, NOBODY, image)))
    assert not any(secret in line for secret in ("geheim", "h1", "h2", '"t"'))
    assert image.fields == {"turnUser": "u"}
    assert image.extra == {"x": 1}
    assert {name: one.ciphertext for name, one in image.sealed.items()} == dict.fromkeys(
        ["turnPassword", "turnServer", "hidden", "deep"]
    )


def test_what_is_the_same_now_is_not_lost() -> None:
    image = image_of(MEDIA, NOBODY, KEY, None)
    assert object_of(image, MEDIA, KEY, None) == (MEDIA, NOBODY)


def test_what_is_otherwise_now_is_lost_without_a_recipient() -> None:
    image = image_of(MEDIA, NOBODY, KEY, None)
    other = replace(MEDIA, fields={**MEDIA.fields, "turnPassword": Secret("other")})
    for now in (other, None):
        found, lost = object_of(image, now, KEY, None)
        assert lost == {"turnPassword"}
        assert "turnPassword" not in found.fields


def test_with_a_recipient_it_comes_back() -> None:
    image = image_of(MEDIA, frozenset({"deep"}), KEY, seal)
    assert object_of(image, None, KEY, unseal) == (MEDIA, NOBODY)
    assert object_of(image, None, KEY, lambda _: None)[1] == {"turnPassword", "deep"}


def test_a_secret_that_nobody_can_read_is_not_sealed() -> None:
    unreadable = replace(MEDIA, fields={"turnPassword": Secret(None, "9f3c")})
    image = image_of(unreadable, NOBODY, KEY, seal)
    assert image.sealed["turnPassword"].ciphertext is None
    assert "9f3c" not in json.dumps(to_line(Before(0, MEDIA.address, None, 1, NOBODY, image)))


def test_equal_secrets_of_two_objects_do_not_look_equal() -> None:
    one, other = (image_of(replace(MEDIA, id=number), NOBODY, KEY, None).sealed for number in (4, 5))
    assert one["turnPassword"].fingerprint != other["turnPassword"].fingerprint


@given(st.text(), st.text())
def test_images_are_the_same_if_the_objects_are(first: str, second: str) -> None:
    one, other = (replace(MEDIA, fields={"turnPassword": Secret(text)}) for text in (first, second))
    assert same_image(image_of(one, NOBODY, KEY, seal), image_of(other, NOBODY, KEY, seal)) == (first == second)


def test_a_sealed_value_is_bound_to_its_field() -> None:
    """Who can edit a journal cannot have a secret shown under another name, or as another object's."""
    image = image_of(MEDIA, NOBODY, KEY, seal)
    moved = replace(image, fields={}, sealed={"turnServer": image.sealed["turnPassword"]})
    for edited in (moved, replace(image, id=5)):
        found, lost = object_of(edited, None, KEY, unseal)
        assert lost == edited.sealed.keys()
        assert "geheim" not in repr({**found.fields, **found.extra})


@given(st.text())
def test_whatever_is_sealed_there_by_others_is_lost(text: str) -> None:
    image = image_of(MEDIA, NOBODY, KEY, lambda _: seal(text))
    assert object_of(image, None, KEY, unseal)[1] == {"turnPassword"}
