"""Laws of the codec: what is written and read again is what was meant, and what nobody changed is not disturbed.

The service is the few lines of `kept` here: it keeps what it is sent, as protocol.md and the wire profile say.
"""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from syncer import resources
from syncer.devices.decode import config as decode_config
from syncer.devices.encode import Encoded, encode
from syncer.devices.interface import Write
from syncer.model.address import Action, Kind, category_address, config_address
from syncer.model.fields import config_types, fields_of
from syncer.model.state import CategoryRef, LiveObject, Target
from syncer.wire.cipher import encrypt
from syncer.wire.messages import size
from syncer.wire.profile import Profile, load
from tests.strategies import UNKNOWN_TYPES, extras, known_fields, spellings, texts, unset_spellings

KEY = "a5a76e6677b5da69964d38b60b66bc44e5809103a64f9b2bcfc814f3becb95fc"
OTHER_KEY = "8d8cf3924ad8eea78c55b0068663e295ae068a9105f366c8a2a3ec40a22001fe"
CATEGORIES = {
    name: LiveObject(category_address("example.com", name), number, 1, {"config": True})
    for number, name in enumerate(("Phones HQ", "Old", "a,b"), 3)
}
IDENTITY = ("id", "domainId")
SMALL = 1024  # bytes of a message, the least that a profile may say


def profile(**changes: Any) -> Profile:
    """The conventional one with a few settings changed."""
    document = load(resources.wire_profile("conventional") or "", "conventional")
    update = {name: changes.pop(name) for name in ("sends", "unset") if name in changes}
    operations = {name: replace(one, **update) for name, one in document.operations.items()}
    return replace(document, operations=operations, **changes)


PROFILES = [
    profile(sends=sends, unset=unset, max_message_bytes=most)
    for sends in ("whole", "changed")
    for unset in (None, "omit", "empty", "null")
    for most in (60_000, SMALL)
]


@st.composite
def raw_configs(draw: st.DrawFn) -> dict[str, Any]:
    """A config as a service may give it: known fields in any spelling, set or unset, unknown ones, secrets."""
    config_type = draw(st.sampled_from((*config_types(), *UNKNOWN_TYPES)))
    fields = fields_of(Kind.CONFIG, config_type)
    raw: dict[str, Any] = {"id": 7, "domainId": 1, "type": config_type, "desc": draw(texts())}
    named = draw(st.lists(st.sampled_from(sorted(CATEGORIES)), unique=True))
    raw["categories"] = [{"id": CATEGORIES[n].id, "name": n, "config": True} for n in named]
    set_fields = draw(known_fields(Kind.CONFIG, config_type))
    for name, value in set_fields.items():
        if fields[name].secret:
            raw[name] = encrypt(value.plain, str(set_fields.get(str(fields[name].seed), "")), KEY)
        else:
            raw[name] = draw(spellings(fields[name], value))
    for name in draw(st.sets(st.sampled_from(sorted(fields)), max_size=3)) if fields else ():
        if name not in raw:
            raw[name] = draw(unset_spellings(fields[name]))
    return raw | draw(extras())


@st.composite
def targets(draw: st.DrawFn, config_type: str) -> Target:
    address = config_address("example.com", config_type, draw(texts()))
    named = draw(st.lists(st.sampled_from(sorted(CATEGORIES)), unique=True))
    extra = {name: value for name, value in draw(extras()).items() if value is not None}
    return Target(address, draw(known_fields(Kind.CONFIG, config_type)), extra, tuple(named))


def decoded(raw: dict[str, Any], values: dict[str, str], by: Profile, key: str = KEY) -> LiveObject:
    return decode_config(raw, values, "example.com", 1, key, by)


def kept(before: dict[str, Any], encoded: Encoded, by: Profile, operation: str) -> dict[str, Any]:
    """What a service has after a write: all that it was sent, or that over what it had; null removes."""
    recognised = by.recognise(json.loads(json.dumps(encoded.message)))
    assert recognised is not None
    assert recognised.operation == operation
    written = dict(recognised.variables["config"])
    for piece in encoded.pieces:
        written[piece["name"]] = written.get(piece["name"], "") + piece["value"]
    changed_only = operation == "update_config" and by.operations[operation].sends == "changed"
    result = {**before, **written} if changed_only else written
    return {name: value for name, value in result.items() if value is not None} | {"id": 7, "domainId": 1}


def meant(target: Target) -> tuple[Any, ...]:
    refs = sorted(CATEGORIES[name].id for name in target.categories)
    return target.address, dict(target.fields), json.dumps(target.extra, sort_keys=True), refs


def found(live: LiveObject) -> tuple[Any, ...]:
    extra = {name: value for name, value in live.extra.items() if value is not None}
    refs = sorted(ref.id for ref in live.categories if ref.id is not None)
    return live.address, dict(live.fields), json.dumps(extra, sort_keys=True), refs


def fits(encoded: Encoded, by: Profile) -> bool:
    """Whether all of it fits with a `src` of any length that a session may give."""
    frames = ({**message, "src": "9" * 20} for message in (encoded.message, *encoded.pieces))
    return all(size(frame) <= by.max_message_bytes for frame in frames)


def may_be_too_large(target: Target) -> bool:
    """A desc, and what is no text, goes in the message itself."""
    return size({"": [target.address.name, target.extra, list(target.categories)]}) > SMALL // 2


@given(st.data(), st.sampled_from(PROFILES))
def test_an_update_makes_what_was_meant(data: st.DataObject, by: Profile) -> None:
    raw = data.draw(raw_configs())
    before = decoded(raw, {}, by)
    target = data.draw(targets(raw["type"]).filter(lambda one: not may_be_too_large(one)))
    write = Write(Action.UPDATE, before.address, 1, 7, before, target, CATEGORIES)
    encoded = encode(write, by, KEY)
    assert fits(encoded, by)
    assert found(decoded(kept(raw, encoded, by, "update_config"), {}, by)) == meant(target)


@given(st.data(), st.sampled_from(PROFILES))
def test_a_create_makes_what_was_meant(data: st.DataObject, by: Profile) -> None:
    config_type = data.draw(st.sampled_from((*config_types(), *UNKNOWN_TYPES)))
    target = data.draw(targets(config_type).filter(lambda one: not may_be_too_large(one)))
    encoded = encode(Write(Action.CREATE, target.address, 1, target=target, categories=CATEGORIES), by, KEY)
    assert fits(encoded, by)
    assert found(decoded(kept({}, encoded, by, "create_config"), {}, by)) == meant(target)


@given(raw_configs(), st.sampled_from([one for one in PROFILES if one.max_message_bytes > SMALL]))
def test_what_nobody_changed_is_written_as_it_came(raw: dict[str, Any], by: Profile) -> None:
    """To the letter, in whatever spelling; only changed fields are sent where a profile says so."""
    before = decoded(raw, {}, by)
    names = tuple(ref.name for ref in before.categories if ref.name is not None)
    target = Target(before.address, before.fields, before.extra, names)
    encoded = encode(Write(Action.UPDATE, before.address, 1, 7, before, target, CATEGORIES), by, KEY)
    written = encoded.message["config"]
    if by.operations["update_config"].sends == "changed":
        assert written == {name: raw[name] for name in ("type", "desc", "categories")}
    else:
        secrets = {name for name, one in fields_of(Kind.CONFIG, raw["type"]).items() if one.secret}
        unset = {name for name in secrets if not raw.get(name)}  # left alone
        expected = {name: value for name, value in raw.items() if name not in (*IDENTITY, *unset)}
        assert json.dumps(written, sort_keys=True) == json.dumps(expected, sort_keys=True)


@given(raw_configs(), st.sampled_from([one for one in PROFILES if one.operations["update_config"].sends == "whole"]))
def test_secrets_survive_into_the_next_session(raw: dict[str, Any], by: Profile) -> None:
    """A ciphertext means nothing there, so it is made anew; the secret is the same."""
    before = decoded(raw, {}, by)
    names = tuple(ref.name for ref in before.categories if ref.name is not None)
    target = Target(before.address, before.fields, before.extra, names)
    encoded = encode(Write(Action.UPDATE, before.address, 1, 7, before, target, CATEGORIES), by, OTHER_KEY)
    after = decoded(kept(raw, encoded, by, "update_config"), {}, by, OTHER_KEY)
    assert after.fields == before.fields


@given(raw_configs())
def test_categories_that_are_left_alone_stay(raw: dict[str, Any]) -> None:
    """Also one that nobody knows any more: a list that loses its last category would mean everyone."""
    by = PROFILES[0]
    before = replace(decoded(raw, {}, by), categories=(CategoryRef(99, None), CategoryRef(4, "Old")))
    target = Target(before.address, before.fields, before.extra, (), before.categories)
    encoded = encode(Write(Action.UPDATE, before.address, 1, 7, before, target, CATEGORIES), by, KEY)
    assert encoded.message["config"]["categories"] == [{"id": 99}, {"id": 4, "name": "Old"}]
