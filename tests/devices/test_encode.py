"""What a write says in each style of a wire profile."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.devices import decode
from syncer.devices.encode import Encoded, Unspellable, encode
from syncer.devices.interface import Write
from syncer.model.address import Action, Address, category_address, config_address, domain_address
from syncer.model.state import CategoryRef, LiveObject, Target
from syncer.model.values import Secret
from syncer.wire.profile import Profile, load
from tests.devices.played import CONVENTIONAL
from tests.transport.scripted import KEY, KEY_AGAIN

DOMAIN = domain_address("example.com")
MISSING = object()


def profile(
    *, sends: str = "whole", unset: str | None = None, refs: str = "objects", most: int = 60_000, more: str = ""
) -> Profile:
    """A learned profile; `more` is YAML at its top level."""
    style = f', unset: "{unset}"' if unset else ""
    return load(
        f"""
format: syncer-wire/1
name: learned
origin: learned
max_message_bytes: {most}
category_refs: {refs}
operations:
  create_config: {{request: {{mt: Add, config: $config}}, response: none{style}}}
  update_config: {{request: {{mt: Edit, id: $id, config: $config}}, response: none, sends: {sends}{style}}}
  send_value: {{request: {{mt: Value, name: $name, value: $chunk, index: $index, last: $last}}, response: none}}
{more}
""",
        "learned.yaml",
    )


def live(kind: str, raw: Mapping[str, Any], by: Profile = CONVENTIONAL, key: str = KEY) -> LiveObject:
    """A config as it was read."""
    return decode.config({"id": 7, "type": kind, **raw}, {}, "example.com", 1, key, by)


def target(before: LiveObject, **fields: Any) -> Target:
    """What it is, but for these fields; None unsets."""
    values = {name: value for name, value in {**before.fields, **fields}.items() if value is not None}
    return Target(before.address, values, before.extra, kept_refs=before.categories)


def update(before: LiveObject, after: Target) -> Write:
    return Write(Action.UPDATE, after.address, 1, 7, before, after)


def updated(by: Profile, kind: str, raw: Mapping[str, Any], key: str = KEY, **fields: Any) -> dict[str, Any]:
    """The config that is written where these fields change."""
    before = live(kind, raw, by)
    config = encode(update(before, target(before, **fields)), by, key).message["config"]
    assert isinstance(config, dict)
    return {name: value for name, value in config.items() if name not in ("type", "desc", "categories")}


def created(by: Profile, kind: str, **fields: Any) -> dict[str, Any]:
    address = config_address("example.com", kind, "d")
    config = encode(Write(Action.CREATE, address, 1, target=Target(address, fields, {})), by, KEY).message["config"]
    assert isinstance(config, dict)
    return {name: value for name, value in config.items() if name not in ("type", "desc", "categories")}


class TestWhole:
    """All that is there goes back, as it came."""

    RAW: Mapping[str, Any] = {
        "desc": "HQ",
        "gk1": "172.16.0.1",
        "gk2": "",
        "gkId": None,
        "coder": "OPUS-WB",
        "frameSize": 0,
        "exclusive": False,
        "audioOnly": "yes",
        "srtpKey": 1,
        "srtpCipher": "00",
        "dialTone": "15",
        "newField": {"a": [1, None, 2.5]},
        "other": None,
    }

    def test_nothing_is_disturbed(self) -> None:
        """Whatever a server spells otherwise than the API document stays as it is."""
        raw = {name: value for name, value in self.RAW.items() if name != "desc"}
        assert updated(profile(), "PHONE", self.RAW) == raw
        assert updated(profile(), "PHONE", self.RAW, gk1="172.16.0.2") == {**raw, "gk1": "172.16.0.2"}

    def test_what_changes_is_spelled_as_documented(self) -> None:
        found = updated(profile(), "PHONE", self.RAW, srtpKey=3, srtpCipher=None, dialTone=0, frameSize=40, gk2="x")
        assert [found.get(name, MISSING) for name in ("srtpKey", "srtpCipher", "dialTone", "frameSize", "gk2")] == [
            *("3", "", 0, 40),
            "x",
        ]
        media = updated(profile(), "MEDIA", {"tosRtp": "0xB8", "tosSig": "0XB8"}, tosRtp=9)
        assert media == {"tosRtp": "0x09", "tosSig": "0XB8"}

    def test_what_a_server_gives_for_unset_goes_back(self) -> None:
        by = profile(more="reads_back: {unset: {PHONE: {frameSize: 30}}}")
        assert updated(by, "PHONE", {"frameSize": 30, "gk1": "a"}, gk1="b") == {"frameSize": 30, "gk1": "b"}

    def test_secrets_are_encrypted_for_this_connection(self) -> None:
        raw = {"url": "https://logs.example.com/up", "logPassword": "0a4ef43f0a75", "logUser": "u"}
        assert updated(profile(), "ALARM_SERVER", raw, key=KEY_AGAIN) == {**raw, "logPassword": "58dbbdc3ba2b"}

    def test_secrets_are_encrypted_anew_for_a_new_seed(self) -> None:
        raw = {"url": "https://logs.example.com/up", "logPassword": "0a4ef43f0a75"}
        found = updated(profile(), "ALARM_SERVER", raw, url="https://logs.example.com/new")
        assert found == {"url": "https://logs.example.com/new", "logPassword": "3b302e65511c"}

    def test_a_seed_that_is_unset(self) -> None:
        raw = {"url": "https://logs.example.com/up", "logPassword": "0a4ef43f0a75"}
        assert updated(profile(), "ALARM_SERVER", raw, url=None) == {"url": "", "logPassword": "ce0eb51a805c"}

    def test_no_secret(self) -> None:
        assert updated(profile(), "ALARM_SERVER", {"url": "u"}, url="v") == {"url": "v"}

    def test_a_value_that_came_in_pieces_goes_back(self) -> None:
        before = decode.config({"id": 7, "type": "EXPERT"}, {"script": "s", "new": "n"}, "d", 1, KEY, CONVENTIONAL)
        config = encode(update(before, target(before)), profile(), KEY).message["config"]
        assert config == {"type": "EXPERT", "desc": "", "categories": [], "script": "s", "new": "n"}

    def test_an_unknown_field_that_is_removed_is_left_out(self) -> None:
        before = live("NTP", {"a": 1, "b": 2})
        after = Target(before.address, {}, {"a": 1})
        assert "b" not in encode(update(before, after), profile(), KEY).message["config"]


class TestChanged:
    """Only what differs, but always type, desc and categories."""

    BY = profile(sends="changed")

    def test_nothing(self) -> None:
        before = live("PHONE", {"desc": "HQ", "gk1": "a", "categories": [{"id": 3, "name": "Phones"}], "new": [1]})
        assert encode(update(before, target(before)), self.BY, KEY).message == {
            "mt": "Edit",
            "id": 7,
            "config": {"type": "PHONE", "desc": "HQ", "categories": [{"id": 3, "name": "Phones"}]},
        }

    def test_what_differs(self) -> None:
        raw = {"gk1": "a", "gk2": "b", "dialTone": 4, "exclusive": True, "frameSize": 20}
        assert updated(self.BY, "PHONE", raw, gk1="c", dialTone=0) == {"gk1": "c", "dialTone": 0}

    def test_what_is_unset_is_said(self) -> None:
        """Leaving it out would say nothing."""
        raw = {"gk1": "a", "exclusive": True, "frameSize": 20, "srtpKey": "1", "dialTone": 4}
        unset: dict[str, Any] = dict.fromkeys(raw)
        expected = {"gk1": "", "exclusive": False, "frameSize": 0, "srtpKey": "", "dialTone": None}
        for style in (None, "omit", "empty"):
            assert updated(profile(sends="changed", unset=style), "PHONE", raw, **unset) == expected
        assert updated(profile(sends="changed", unset="null"), "PHONE", raw, **unset) == unset

    def test_as_the_server_gives_it_for_unset(self) -> None:
        by = profile(sends="changed", more="reads_back: {unset: {PHONE: {dialTone: 26, frameSize: 30}}}")
        assert updated(by, "PHONE", {"dialTone": 4, "frameSize": 20}, dialTone=None, frameSize=None) == {
            "dialTone": 26,
            "frameSize": 30,
        }

    SECRET: Mapping[str, Any] = {
        "url": "https://logs.example.com/up",
        "logUser": "a",
        "logPassword": "0a4ef43f0a75",
    }

    @pytest.mark.parametrize(
        "fields, expected",
        [
            ({"logUser": "b"}, {"logUser": "b"}),
            ({"logPassword": Secret("n3w")}, {"logPassword": "174ee0"}),
            (
                {"url": "https://logs.example.com/new"},
                {"url": "https://logs.example.com/new", "logPassword": "3b302e65511c"},
            ),
            ({"url": None}, {"url": "", "logPassword": "ce0eb51a805c"}),
            ({"logPassword": None}, {"logPassword": ""}),
            ({"url": None, "logPassword": None}, {"url": "", "logPassword": ""}),
        ],
    )
    def test_secrets(self, fields: dict[str, Any], expected: dict[str, Any]) -> None:
        assert updated(self.BY, "ALARM_SERVER", self.SECRET, **fields) == expected

    def test_no_secret_and_a_new_seed(self) -> None:
        assert updated(self.BY, "ALARM_SERVER", {"url": "u"}, url="v") == {"url": "v"}

    @pytest.mark.parametrize(
        "before, after, written",
        [
            ({"a": 1}, {"a": 1}, {}),
            ({"a": 1}, {"a": 2}, {"a": 2}),
            ({"a": 1}, {"a": True}, {"a": True}),
            ({"a": 1}, {"a": 1.0}, {"a": 1.0}),
            ({"a": {"b": 1}}, {"a": {"b": 1, "c": None}}, {"a": {"b": 1, "c": None}}),
            ({"a": 1, "b": 2}, {"b": 2}, {"a": None}),
            ({}, {"a": None}, {"a": None}),
            ({"a": None}, {}, {"a": None}),
        ],
    )
    def test_unknown_fields(self, before: dict[str, Any], after: dict[str, Any], written: dict[str, Any]) -> None:
        found = live("NTP", before)
        config = encode(update(found, Target(found.address, {}, after)), self.BY, KEY).message["config"]
        assert json.dumps(config) == json.dumps({"type": "NTP", "desc": "", "categories": [], **written})


class TestUnset:
    """How an unset field is written."""

    RAW: Mapping[str, Any] = {"gk1": "a", "exclusive": True, "frameSize": 20, "srtpKey": "1", "dialTone": 4}

    @pytest.mark.parametrize(
        "style, expected",
        [
            (None, {"gk1": "", "exclusive": False, "srtpKey": ""}),
            ("omit", {}),
            ("empty", {"gk1": "", "exclusive": False, "frameSize": 0, "srtpKey": ""}),
            ("null", {"gk1": None, "exclusive": None, "frameSize": None, "srtpKey": None, "dialTone": None}),
        ],
    )
    def test_in_a_whole_update(self, style: str | None, expected: dict[str, Any]) -> None:
        unset: dict[str, Any] = dict.fromkeys(self.RAW)
        assert updated(profile(unset=style), "PHONE", self.RAW, **unset) == expected

    @pytest.mark.parametrize(
        "style, expected",
        [
            (None, {"stunServer": "", "setRtpPorts": False, "tosRtp": ""}),
            ("omit", {}),
            ("empty", {"stunServer": "", "setRtpPorts": False, "tosRtp": "", "rtpFirst": 0}),
            ("null", {"stunServer": None, "setRtpPorts": None, "tosRtp": None, "rtpFirst": None, "natNum": None}),
        ],
    )
    def test_in_a_create(self, style: str | None, expected: dict[str, Any]) -> None:
        found = created(profile(unset=style), "MEDIA")
        names = ("stunServer", "setRtpPorts", "tosRtp", "rtpFirst", "natNum")
        assert {name: found[name] for name in names if name in found} == expected

    @pytest.mark.parametrize("style", [None, "omit", "empty", "null"])
    def test_what_is_not_optional_is_left_to_the_service(self, style: str | None) -> None:
        assert created(profile(unset=style), "NTP", ntp1="a") == {"ntp1": "a"}

    @pytest.mark.parametrize(
        "style, expected",
        [(None, {"logPassword": ""}), ("omit", {}), ("empty", {"logPassword": ""}), ("null", {"logPassword": None})],
    )
    def test_a_secret(self, style: str | None, expected: dict[str, Any]) -> None:
        raw = {"url": "https://logs.example.com/up", "logPassword": "0a4ef43f0a75"}
        found = updated(profile(unset=style), "ALARM_SERVER", raw, logPassword=None)
        assert found == {"url": raw["url"], **expected}


class TestCategoryRefs:
    """How a config names its categories."""

    PHONES = LiveObject(category_address("example.com", "Phones"), 3, 1, {"config": True})
    PLAIN = LiveObject(category_address("example.com", "Plain"), 4, 1)

    def refs(self, style: str, *kept: CategoryRef) -> Any:
        address = config_address("example.com", "NTP", "")
        write = Write(
            Action.CREATE,
            address,
            1,
            target=Target(address, {}, {}, ("Plain", "Phones"), kept),
            categories={"Phones": self.PHONES, "Plain": self.PLAIN},
        )
        return encode(write, profile(refs=style), KEY).message["config"]["categories"]

    @pytest.mark.parametrize(
        "style, expected",
        [
            ("objects", [{"id": 4, "name": "Plain", "config": False}, {"id": 3, "name": "Phones", "config": True}]),
            ("ids", [4, 3]),
            ("names", ["Plain", "Phones"]),
        ],
    )
    def test_of_the_files(self, style: str, expected: list[Any]) -> None:
        assert self.refs(style) == expected

    @pytest.mark.parametrize(
        "style, ref, expected",
        [
            ("objects", CategoryRef(9, "x"), {"id": 9, "name": "x"}),
            ("objects", CategoryRef(9, None), {"id": 9}),
            ("objects", CategoryRef(None, "x"), {"name": "x"}),
            ("ids", CategoryRef(9, "x"), 9),
            ("ids", CategoryRef(0, None), 0),
            ("names", CategoryRef(9, "x"), "x"),
            ("names", CategoryRef(None, "x"), "x"),
        ],
    )
    def test_that_are_left_alone(self, style: str, ref: CategoryRef, expected: Any) -> None:
        assert self.refs(style, ref)[2:] == [expected]

    @pytest.mark.parametrize(
        "style, ref, what",
        [
            ("objects", CategoryRef(None, None), "a name"),
            ("ids", CategoryRef(None, "x"), "an id"),
            ("names", CategoryRef(9, None), "a name"),
        ],
    )
    def test_that_cannot_be_said(self, style: str, ref: CategoryRef, what: str) -> None:
        """Leaving one out might leave none: every device of the domain."""
        with pytest.raises(Unspellable) as caught:
            self.refs(style, ref)
        assert str(caught.value) == (
            f"config[example.com/NTP/]: it has a category without {what}, which the wire profile learned cannot say"
        )


class TestPieces:
    """Values too large for the message go ahead."""

    def encoded(
        self, by: Profile, kind: str = "EXPERT", /, extra: Mapping[str, Any] | None = None, **fields: Any
    ) -> Encoded:
        address = config_address("example.com", kind, "d")
        return encode(Write(Action.CREATE, address, 1, target=Target(address, fields, extra or {})), by, KEY)

    @staticmethod
    def joined(found: Encoded) -> dict[str, str]:
        values: dict[str, str] = {}
        for piece in found.pieces:
            values[piece["name"]] = values.get(piece["name"], "") + piece["value"]
        return values

    @staticmethod
    def sizes(found: Encoded) -> list[int]:
        """Bytes on the wire, `src` included, however long it may be."""
        messages = [{**message, "src": str(2**64)} for message in (*found.pieces, found.message)]
        return [
            len(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass"))
            for message in messages
        ]

    def test_what_fits_stays(self) -> None:
        found = self.encoded(profile(most=1024), script="x" * 900)
        assert found.pieces == ()
        assert found.message["config"]["script"] == "x" * 900

    def test_what_does_not_fit_goes_ahead(self) -> None:
        found = self.encoded(profile(most=1024), script="x" * 1000)
        assert self.joined(found) == {"script": "x" * 1000}
        assert found.message["config"] == {"type": "EXPERT", "desc": "d", "categories": []}
        assert [(piece["index"], piece["last"]) for piece in found.pieces] == [(0, False), (1, True)]

    def test_the_largest_first_and_no_more_than_needed(self) -> None:
        extra = {"large": "y" * 2000, "small": "z" * 100, "list": ["x" * 50]}
        found = self.encoded(profile(most=1024), script="x" * 1500, extra=extra)
        assert list(self.joined(found)) == ["large", "script"]
        assert found.message["config"] == {
            "type": "EXPERT",
            "desc": "d",
            "categories": [],
            "small": "z" * 100,
            "list": ["x" * 50],
        }

    @given(st.text(min_size=1, max_size=300, alphabet=st.characters()), st.integers(600, 3000))
    def test_every_piece_fits(self, text: str, most: int) -> None:
        found = self.encoded(profile(most=max(most, 1024)), script=text * 20, extra={"new": text * 7})
        config = found.message["config"]
        assert {**self.joined(found), **{n: config[n] for n in ("script", "new") if n in config}} == {
            "script": text * 20,
            "new": text * 7,
        }
        assert max(self.sizes(found)) <= max(most, 1024)

    def test_halves_of_pairs_fit_too(self) -> None:
        """They force escapes for all of the message."""
        found = self.encoded(profile(most=1024), script="ü\ud800" * 1000)
        assert self.joined(found) == {"script": "ü\ud800" * 1000}
        assert max(len(json.dumps(p, separators=(",", ":"))) for p in found.pieces) <= 1024 - 32

    @pytest.mark.parametrize(
        "fields, extra",
        [({}, {"list": ["x" * 2000]}), ({"script": "y" * 5000}, {"list": ["x" * 2000]}), ({}, {"n" * 2000: "x"})],
    )
    def test_what_cannot_be_cut(self, fields: dict[str, Any], extra: dict[str, Any]) -> None:
        with pytest.raises(Unspellable) as caught:
            self.encoded(profile(most=1024), "EXPERT", extra=extra, **fields)
        assert str(caught.value) == "config[example.com/EXPERT/d]: too large for a message of 1024 bytes"

    def test_a_desc_is_never_cut(self) -> None:
        address = config_address("example.com", "NTP", "d" * 2000)
        with pytest.raises(Unspellable):
            encode(Write(Action.CREATE, address, 1, target=Target(address, {}, {})), profile(most=1024), KEY)

    def test_a_profile_without_pieces(self) -> None:
        by = load(
            "{format: syncer-wire/1, name: none, origin: learned, max_message_bytes: 1024, operations: "
            "{create_config: {request: {mt: Add, config: $config}, response: none}}}",
            "none.yaml",
        )
        with pytest.raises(Unspellable) as caught:
            self.encoded(by, script="x" * 2000)
        assert str(caught.value) == "config[example.com/EXPERT/d]: too large for a message of 1024 bytes"


NARROW = load(
    """
format: syncer-wire/1
name: narrow
origin: learned
operations:
  create_domain: {request: {mt: A, name: $name}, response: none}
  update_domain: {request: {mt: B, id: $id, deployAdminPasswords: $deployAdminPasswords}, response: none}
  create_category: {request: {mt: C, name: $name}, response: none}
  update_category: {request: {mt: D, id: $id, name: $name}, response: none}
""",
    "narrow.yaml",
)


class TestRefusals:
    """What a template has no place for is told before anything is sent; afterwards it would look like a failure."""

    @pytest.mark.parametrize(
        "before, after, what",
        [
            (None, ("domain", "a", {"deployAdminPasswords": True}, {}), "create_domain|deployAdminPasswords"),
            (None, ("domain", "a", {}, {"x": 1}), "create_domain|extra"),
            (None, ("category", "a", {"config": True}, {}), "create_category|config"),
            (("domain", "a", {}, {}), ("domain", "b", {}, {}), "update_domain|name"),
            (("domain", "a", {}, {"x": 1}), ("domain", "a", {}, {"x": 2}), "update_domain|extra"),
            (("domain", "a", {}, {"x": 1}), ("domain", "a", {}, {}), "update_domain|extra"),
            (("category", "a", {"config": True}, {}), ("category", "a", {}, {}), "update_category|config"),
        ],
    )
    def test_no_place(self, before: tuple[Any, ...] | None, after: tuple[Any, ...], what: str) -> None:
        operation, _, name = what.partition("|")
        write = self.write(before, after)
        with pytest.raises(Unspellable) as caught:
            encode(write, NARROW, KEY)
        assert str(caught.value) == f"{write.address}: {operation} of the wire profile has no place for {name}"

    @pytest.mark.parametrize(
        "before, after",
        [
            (None, ("domain", "a", {}, {})),
            (None, ("category", "a", {}, {})),
            (("domain", "a", {}, {"x": 1}), ("domain", "a", {"deployAdminPasswords": True}, {"x": 1})),
            (("category", "a", {"config": True}, {"x": 1}), ("category", "b", {"config": True}, {"x": 1})),
        ],
    )
    def test_what_does_not_change_needs_no_place(self, before: tuple[Any, ...] | None, after: tuple[Any, ...]) -> None:
        encode(self.write(before, after), NARROW, KEY)

    @staticmethod
    def address(kind: str, name: str) -> Address:
        return domain_address(name) if kind == "domain" else category_address("example.com", name)

    def write(self, before: tuple[Any, ...] | None, after: tuple[Any, ...]) -> Write:
        kind, name, fields, extra = after
        goal = Target(self.address(kind, name), fields, extra)
        if before is None:
            return Write(Action.CREATE, goal.address, 1, target=goal)
        found = LiveObject(self.address(kind, before[1]), 7, 1, before[2], before[3])
        return Write(Action.UPDATE, goal.address, 1, 7, found, goal)

    @pytest.mark.parametrize("sends", ["whole", "changed"])
    def test_a_secret_that_cannot_be_decrypted(self, sends: str) -> None:
        """Its ciphertext means nothing in this session, or with another seed."""
        before = live("ALARM_SERVER", {"url": "u", "logPassword": "no hex"})
        with pytest.raises(Unspellable) as caught:
            encode(update(before, target(before, url="v")), profile(sends=sends), KEY)
        assert str(caught.value) == (
            "config[example.com/ALARM_SERVER/]: the live logPassword cannot be decrypted, "
            "so it cannot be written back; give it in the files"
        )

    def test_it_may_be_replaced_or_removed(self) -> None:
        raw = {"url": "https://logs.example.com/up", "logPassword": "no hex"}
        found = updated(profile(), "ALARM_SERVER", raw, logPassword=Secret("s3cr3t"))
        assert found["logPassword"] == "0a4ef43f0a75"
        assert updated(profile(), "ALARM_SERVER", raw, logPassword=None)["logPassword"] == ""

    def test_an_operation_that_is_missing(self) -> None:
        with pytest.raises(Unspellable) as caught:
            encode(Write(Action.DELETE, DOMAIN, 1, 1), NARROW, KEY)
        assert str(caught.value) == (
            "domain[example.com]: the wire profile narrow has no delete_domain; learn it with `syncer wire learn`"
        )


APART = """
format: syncer-wire/1
name: apart
origin: learned
category_refs: ids
operations:
  create_config: {request: {mt: Add, categoryIds: $categories, $merge: $config}, response: none}
"""


def creation(domain: str = "example.com") -> Write:
    address = config_address(domain, "NTP", "time")
    category = LiveObject(category_address(domain, "Phones"), 5, 1)
    after = Target(address, {"ntp1": "a"}, {}, ("Phones",))
    return Write(Action.CREATE, address, 1, target=after, categories={"Phones": category})


def test_categories_may_stand_apart_from_the_config() -> None:
    message = encode(creation(), load(APART, "apart.yaml"), KEY).message
    assert message == {"mt": "Add", "categoryIds": [5], "type": "NTP", "desc": "time", "ntp1": "a"}


def test_a_create_that_names_no_domain_is_for_that_of_the_login() -> None:
    by = load(APART, "apart.yaml")
    assert encode(creation(), by, KEY, "example.com").message["mt"] == "Add"
    with pytest.raises(Unspellable, match=r"names no domain, so it would be made in example\.com"):
        encode(creation("other.example"), by, KEY, "example.com")
