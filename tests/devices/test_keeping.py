"""What a backup keeps of a config, and that it comes back as it was."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.devices.keeping import Undecodable, held_secrets, kept, returned, returned_config
from syncer.model.address import Kind, domain_address
from syncer.model.backup import RawDomain
from syncer.model.fields import fields_of
from syncer.model.state import CategoryRef, LiveObject
from syncer.model.values import Secret
from syncer.wire.cipher import encrypt
from tests.devices.test_codec_laws import KEY, decoded, profile, raw_configs
from tests.files.backups import CATEGORY, manifest

DOMAIN = LiveObject(domain_address("example.com"), 1, 1)
HALVES = ("\ud83d", "a\udc00b", "\udcff", "grüße \N{OLD KEY}")
ALARM = {
    "id": 7,
    "domainId": 1,
    "type": "ALARM_SERVER",
    "url": "http://x/",
    "z": 1.0,
    "a": [1, {"x": None}],
    "port": "",
}


def seal(text: str) -> str:
    return text[::-1]


def as_read_again(line: Mapping[str, Any]) -> dict[str, Any]:
    """Through a file, which is ASCII."""
    document: dict[str, Any] = json.loads(json.dumps(line).encode("ascii"))
    return document


def nothing(_: str) -> str | None:
    raise AssertionError("no secret is sealed")


def alarm(**fields: Any) -> LiveObject:
    """A config with secrets that one session encrypted."""
    cipher = encrypt("geheim", "http://x/", KEY)
    return decoded({**ALARM, "logPassword": cipher, **fields}, {}, profile())


@st.composite
def nasty(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """(a config as the service may give it, what of it means unset): halves of characters, broken secrets, and all."""
    raw = draw(raw_configs())
    raw |= draw(st.dictionaries(st.sampled_from(("desc", "newField", *HALVES)), st.sampled_from(HALVES), max_size=3))
    fields = fields_of(Kind.CONFIG, raw["type"])
    for name in [name for name, field in fields.items() if field.secret and draw(st.booleans())]:
        seed = raw.get(str(fields[name].seed))
        cipher = encrypt(draw(st.sampled_from(HALVES)), seed if isinstance(seed, str) else "", KEY)
        raw[name] = draw(st.sampled_from((cipher, cipher, "no hex", " ", 5, {"syncer-secret": "left out"}, "", None)))
    unset = (
        draw(st.sets(st.sampled_from(sorted(raw.keys() & fields.keys())), max_size=2)) if raw.keys() & fields else ()
    )
    return raw, {raw["type"]: {name: raw[name] for name in unset}}


def comparable(config: LiveObject) -> dict[str, Any]:
    """The fields with the texts of secrets: of two that are not known nobody says that they are one."""
    return {name: ("secret", one.plain) if isinstance(one, Secret) else one for name, one in config.fields.items()}


@given(nasty())
def test_what_is_kept_comes_back_as_it_was(drawn: tuple[dict[str, Any], dict[str, Any]]) -> None:
    raw, unset = drawn
    config = decoded(raw, {}, profile(reads_back_unset=unset))
    line = as_read_again(kept(config, seal))
    again = returned_config(line, DOMAIN, manifest(reads_back=unset), seal)
    assert comparable(again) == comparable(config)
    assert (again.extra, again.categories) == (config.extra, config.categories)
    assert (again.address, again.id, again.domain_id) == (config.address, config.id, config.domain_id)
    assert all(isinstance(again.extra[name], type(one)) for name, one in config.extra.items())


@given(nasty(), st.sampled_from((None, seal)), st.booleans())
def test_all_but_secrets_is_as_it_came(
    drawn: tuple[dict[str, Any], Any], by: Callable[[str], str] | None, plaintext: bool
) -> None:
    raw, _ = drawn
    secrets = {name for name, field in fields_of(Kind.CONFIG, raw["type"]).items() if field.secret}
    line = kept(decoded(raw, {}, profile()), by, plaintext=plaintext)
    assert list(line) == list(raw)
    assert json.dumps({n: v for n, v in line.items() if n not in secrets}) == json.dumps(
        {n: v for n, v in raw.items() if n not in secrets}
    )
    for name in secrets & line.keys():
        assert isinstance(line[name], dict) or not line[name]


@pytest.mark.parametrize(
    "by, plaintext, line",
    [
        (seal, False, {"syncer-secret": "sealed", "age": "mieheg"}),
        (seal, True, {"syncer-secret": "sealed", "age": "mieheg"}),
        (None, True, {"syncer-secret": "plaintext", "value": "geheim"}),
        (None, False, {"syncer-secret": "left out"}),
    ],
)
def test_a_secret_in_a_line(by: Callable[[str], str] | None, plaintext: bool, line: object) -> None:
    assert kept(alarm(), by, plaintext=plaintext) == {**ALARM, "logPassword": line}


def test_a_secret_that_the_server_did_not_give() -> None:
    assert kept(alarm(logPassword="no hex"), seal)["logPassword"] == {"syncer-secret": "unreadable"}
    assert "logPassword" not in kept(decoded(ALARM, {}, profile()), seal)  # write-only


def test_what_looks_like_ours_is_not_believed() -> None:
    """The service may give anything, so also what a line would have."""
    config = alarm(logPassword={"syncer-secret": "plaintext", "value": "mine"})
    assert kept(config, None)["logPassword"] == {"syncer-secret": "unreadable"}


def test_long_values_that_came_in_pieces_are_kept() -> None:
    config = decoded({"id": 7, "type": "EXPERT"}, {"script": "mod cmd\n" * 9}, profile())
    assert kept(config, None)["script"] == "mod cmd\n" * 9


@pytest.mark.parametrize(
    "held, text",
    [
        ({"syncer-secret": "sealed", "age": "mieheg"}, "geheim"),
        ({"syncer-secret": "plaintext", "value": "geheim"}, "geheim"),
        ({"syncer-secret": "left out"}, None),
        ({"syncer-secret": "unreadable"}, None),
    ],
)
def test_a_secret_comes_back(held: object, text: str | None) -> None:
    found = returned_config({**ALARM, "logPassword": held}, DOMAIN, manifest(), seal).fields["logPassword"]
    assert isinstance(found, Secret)
    assert found.plain == text


def test_a_secret_that_nobody_can_open_is_not_known() -> None:
    line = {**ALARM, "logPassword": {"syncer-secret": "sealed", "age": "x"}}
    found = returned_config(line, DOMAIN, manifest(), lambda _: None).fields["logPassword"]
    assert found != Secret(None)
    assert found.plain is None


@pytest.mark.parametrize(
    "held",
    [
        "a1b2",
        5,
        [1],
        {"x": 1},
        {"syncer-secret": "sealed"},
        {"syncer-secret": "sealed", "age": 5},
        {"syncer-secret": "sealed", "value": "x"},
        {"syncer-secret": "plaintext", "value": "x", "age": "y"},
        {"syncer-secret": "left out", "value": "x"},
        {"syncer-secret": "hidden"},
        {"syncer-secret": ["sealed"], "age": "x"},
        {"syncer-secret": None},
    ],
)
def test_a_secret_that_syncer_never_wrote(held: object) -> None:
    line = {**ALARM, "logPassword": held}
    with pytest.raises(Undecodable, match="a config with a secret that is not as syncer writes it"):
        returned_config(line, DOMAIN, manifest(), nothing)
    with pytest.raises(Undecodable):
        list(held_secrets(line))


def test_how_a_line_holds_its_secrets() -> None:
    assert list(held_secrets(kept(alarm(), seal))) == [("sealed", "mieheg")]
    assert list(held_secrets({"type": "NEW", "logPassword": "anything"})) == []
    assert list(held_secrets({"type": 5})) == []


def test_a_domain_comes_back_with_the_names_that_its_categories_have() -> None:
    raw = RawDomain(
        1,
        {"id": 1, "name": "example.com", "isInstanceDomain": True, "deployAdminPasswords": True, "new": 1},
        iter([CATEGORY]),
        iter([{**ALARM, "categories": [{"id": 3, "name": "an old name"}]}]),
    )
    domain = returned(raw, manifest(), nothing)
    assert (domain.name, domain.is_instance, domain.is_read) == ("example.com", True, True)
    assert (domain.domain.fields, domain.domain.extra) == ({"deployAdminPasswords": True}, {"new": 1})
    assert [(one.address.name, one.fields) for one in domain.categories] == [("Phones HQ", {"config": True})]
    assert domain.configs[0].categories == (CategoryRef(3, "Phones HQ"),)


@pytest.mark.parametrize(
    "line, what",
    [
        ({"id": 7}, "a config without a text type"),
        ({"type": "ALARM_SERVER"}, "a config without a number id"),
        ({"id": True, "type": "ALARM_SERVER"}, "a config without a number id"),
        ({"id": 7, "type": "ALARM_SERVER", "categories": 5}, "a config whose categories are no list"),
    ],
)
def test_lines_that_are_no_configs(line: dict[str, Any], what: str) -> None:
    with pytest.raises(Undecodable, match=what):
        returned_config(line, DOMAIN, manifest(), nothing)
