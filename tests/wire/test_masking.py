"""Nothing that is secret is left of a message, and what is not secret stays."""

import base64
import json
from typing import Any

import pytest

from syncer.wire.masking import TraceMasking, masked, masked_text
from syncer.wire.messages import encode
from syncer.wire.scrubbing import Scrubber

SECRET = "t0p s3cret"
LOGIN = {
    "mt": "AppLogin",
    "app": "innovaphone-devices-api",
    "domain": "example.com",
    "sip": "alice",
    "guid": "0" * 32,
    "dn": "Alice Admin",
    "digest": "d1" * 32,
    "info": {"appobj": "x", "unlicensed": True},
    "pbxObj": "devices",
}


def test_a_login() -> None:
    assert masked(LOGIN) == {
        "mt": "AppLogin",
        "app": "innovaphone-devices-api",
        "domain": "example.com",
        "sip": "***",
        "guid": "***",
        "dn": "***",
        "digest": "***",
        "info": {"appobj": "***", "unlicensed": True},
        "pbxObj": "***",
    }
    assert masked({"mt": "AppChallengeResult", "challenge": "abc"}) == {"mt": "AppChallengeResult", "challenge": "***"}


@pytest.mark.parametrize(
    "message",
    [
        {"mt": "GetUserInfoResult", "key": SECRET},
        {"mt": "GetProvisioningCodeResult", "code": SECRET},
        {"mt": "EditDeviceConfig", "config": {"type": "MEDIA", "turnPassword": SECRET}},
        {"mt": "EditDeviceConfig", "config": {"logPassword": SECRET, "logUser": SECRET}},
        {"mt": "EditDeviceConfig", "TURNPASSWORD": [{"value": [SECRET]}]},
        {"mt": "X", "newPasswordOfAll": SECRET, "accessToken": SECRET, "clientSecret": SECRET, "sessionKey": SECRET},
        {"mt": "X", "api-key": SECRET, "private_key": SECRET, "Kennwort": SECRET, "session": SECRET, "psk": SECRET},
        {"mt": "X", "Authorization": f"Basic {SECRET}", "cookie": SECRET, "pin": SECRET},
        {"mt": "SetDeviceConfigValue", "name": "turnPassword", "value": SECRET},
        {"mt": "SetDeviceConfigValue", "path": ["config", "turnPassword"], "value": SECRET},
        {"mt": "SetDeviceConfigValue", "path": "/config/turnPassword", "value": {"text": SECRET}},
        {"mt": "Set", "fields": [{"name": "turnPassword", "value": SECRET}]},
        {"mt": "Set", "fields": ["turnPassword"], "values": [SECRET]},
        {"mt": "Set", "fields": [{"id": 1, "name": "turnPassword", "value": SECRET}]},
        {"mt": "SetPassword", "to": SECRET},
        {"mt": "SetDeviceConfigValue", "name": "script", "value": f"config x /password {SECRET}"},
        {"mt": "EditDeviceConfig", "script": f"config x /password {SECRET}"},
        {"mt": "GetDeviceConfigValueResult", "name": "script", "value": SECRET},
        {"mt": "X", "anything": "x" * 600 + SECRET},
        {"mt": "X", "x" * 600 + SECRET: 1},
        {"mt": "X", "note": json.dumps({"password": SECRET})},
        {"mt": "X", "note": json.dumps({"in": json.dumps({"password": SECRET})})},
        {"mt": "X", "note": "token=t0p-s3cret"},
        {"mt": "X", "url": "https://admin:s3cret@example.com/"},
        {"mt": "X", "url": "https:///admin:s3cret@example.com/"},
        {"mt": "X", "url": "https://example.com/?session=s3cret"},
        {"mt": "X", "url": "turn:user:s3cret@example.com"},
        {"mt": "X", "note": "AGE-SECRET-KEY-1s3cret"},
        {"mt": "X", "note": "age-encryption.org/v1\n-> X25519 s3cret"},
        {"mt": "X", "note": "YWdlLWVuY3J5cHRpb24ub3Jns3cret"},
        {"mt": "X", "note": "-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----"},
    ],
    ids=json.dumps,
)
def test_no_secret_is_left(message: dict[str, Any]) -> None:
    for copy in (masked(message), Scrubber().message(message)):
        assert "s3cret" not in encode(copy)
        assert copy["mt"] == message["mt"]


def test_a_number_that_is_a_secret() -> None:
    assert masked({"mt": "X", "pin": 1234}) == {"mt": "X", "pin": "***"}
    assert Scrubber().message({"mt": "X", "pin": 1234, "password": 0}) == {"mt": "X", "pin": 1, "password": 0}


def test_whether_a_secret_is_set_stays() -> None:
    message = {"mt": "X", "turnPassword": "", "logPassword": None, "hasPassword": False, "deployAdminPasswords": True}
    assert masked(message) == Scrubber().message(message) == message


@pytest.mark.parametrize(
    "message",
    [
        {"mt": "GetDeviceConfigsResult", "src": "1", "configs": [{"id": 1, "type": "EXPERT", "desc": "script"}]},
        {"mt": "GetDeviceConfigsResult", "configs": [{"id": 1, "desc": "turnPassword"}, {"id": 2, "desc": "phones"}]},
        {"mt": "GetProvisioningCategoriesResult", "categories": [{"id": 1, "name": "script"}, {"id": 2, "name": "HQ"}]},
        {"mt": "EditDeviceConfig", "config": {"id": 1, "desc": "password", "type": "NTP", "categories": ["token"]}},
        {"mt": "GetDevicesResult", "devices": [{"id": 1, "hwId": "IP111", "name": "Key West"}], "last": True},
        {"mt": "EditDeviceConfig", "config": {"gk1": "10.0.0.1", "coder": "OPUS-WB", "srtpKey": 1, "tosRtp": "0xb8"}},
        {"mt": "EditDeviceConfig", "config": {"url": "https://example.com:443/path", "desc": "Tür 😀 \ud83d"}},
    ],
    ids=json.dumps,
)
def test_what_is_no_secret_stays(message: dict[str, Any]) -> None:
    assert masked(message) == Scrubber().message(message) == message


def test_an_entry_of_a_list_that_is_called_like_a_secret_hides_no_others() -> None:
    message = {"mt": "GetProvisioningCategoriesResult", "categories": [{"id": 1, "name": "token"}, {"name": "HQ"}]}
    assert masked(message)["categories"] == [{"id": 1, "name": "***"}, {"name": "HQ"}]


def test_scripts_are_told_by_their_length_in_a_trace() -> None:
    piece = {"mt": "SetDeviceConfigValue", "name": "script", "value": "x" * 123}
    assert masked(piece) == {"mt": "SetDeviceConfigValue", "name": "script", "value": "(123 characters)"}


def test_a_hostile_depth() -> None:
    deep: Any = SECRET
    for _ in range(900):
        deep = {"a": [deep]}
    assert "s3cret" not in encode(masked({"mt": "X", "a": deep}))


def test_a_text_under_no_name() -> None:
    assert masked_text("wss://u:p@example.com/a?b=c") == "wss://***@example.com/a?***"
    assert masked_text("the connection was lost") == "the connection was lost"


HUNTER = "Hunter2!x"
_UNDER_NAMES = (
    *("tlsKey", "encKey", "authKey", "wifiKey", "preSharedKey", "enc_key", "api-key", "sharedKey", "secretKey"),
    *("P\u0430ssword", "pass word", "pass.word", "PASSWORD2", "p_a_s_s", "pwd1", "adminPw", "admin_pw", "pw2", "pass2"),
    *("adminPass", "sipPass", "authPin", "userPin", "PINcode", "keys", "jwt", "hash", "nonce", "salt", "otp", "ha1"),
    *("signature", "community", "wpa", "Set-Cookie", "X-Auth", "Authorization", "code", "bindPw", "sessionKey"),
)
_BESIDE_NAMES = (
    *(
        "turnPassword",
        "/config/turnPassword",
        "config/turnPassword/",
        "config.turnPassword[0]",
        "config['turnPassword']",
    ),
    *(
        " turnPassword ",
        "turnPassword=",
        "x" * 100 + ".turnPassword",
        "pin",
        "pw",
        "logPin",
        "Cookie",
        "update",
        "script",
    ),
)
_TEXTS = (
    "password {} is wrong",
    "wrong password '{}'",
    "password is {}",
    "Password for {}",
    "turnPassword {}",
    "turnPassword:{}",
    "digest {} expected {}",
    "Authorization: Bearer {}",
    "Bearer {}",
    "https://u:{}@h/p?x={}#{}",
    "https://u:p/{}@h/",
    "https://admin:a {}@h/",
    "turn:u:{}@h",
    "u:{}@h",
    "/path?k={}",
    "http://h/p;pwd={}",
    "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END",
    "mod cmd xml-info PHONE /pwd {} /user admin,{}",
    "PHONE0 /key {}",
    "<password>{}</password>",
    "<user name='x' pwd='{}'/>",
    "user=a&pass={}&pw={}&pin={}&psk={}",
    "password:\n  {}",
    "password => {}",
    "password: 'it\\'s {}'",
    "password=a;{}",
    "password=a,{}",
    "password=a&{}",
    'password=a"{}',
    "password=a'{}",
    "password%3D{}",
    '{{"password":"a{}',
    '{{"p\\u0061ssword":"{}"}}',
)
_AS_JSON: tuple[Any, ...] = (
    {"turnPassword": HUNTER, "a": 1},
    json.dumps({"turnPassword": HUNTER}),
    {"key": HUNTER},
    {"mt": "AppLogin", "digest": HUNTER, "challenge": HUNTER},
    {"pw": HUNTER, "pin": HUNTER, "psk": HUNTER},
    {"Passwort": HUNTER, "kennwort": HUNTER},
    {"passwords": [HUNTER]},
    {"password": {"v": HUNTER}},
    {"name": "turnPassword", "value": HUNTER},
    ["turnPassword", HUNTER],
    {"password": f'a"{HUNTER}'},
    {"password": f"a'{HUNTER}"},
    {"password": f"a\\{HUNTER}"},
    {"m": json.dumps({"password": f'a"b{HUNTER}'})},
)
_PACKED = (json.dumps({"turnPassword": HUNTER}), f"-----BEGIN PRIVATE KEY-----\n{HUNTER}", json.dumps([{"a": HUNTER}]))
REVIEWED: list[dict[str, Any]] = [
    *({"mt": "X", "config": {name: HUNTER}} for name in _UNDER_NAMES),
    *({"mt": "X", name: [{"value": HUNTER}]} for name in _UNDER_NAMES),
    *({"mt": "X", "name": name, "value": HUNTER} for name in _BESIDE_NAMES),
    *({"mt": "SetDeviceConfigValue", "path": name, "chunk": HUNTER, "index": 3} for name in _BESIDE_NAMES),
    *({"mt": "X", "errorText": text.format(*[HUNTER] * 4)} for text in _TEXTS),
    *({"mt": "X", "config": json.dumps(said)} for said in _AS_JSON),
    *({"mt": "X", "config": base64.b64encode(said.encode()).decode()} for said in _PACKED),
    {"mt": "X", "values": [["turnPassword", HUNTER]]},
    {"mt": "X", "values": [{"k": "turnPassword", "v": HUNTER}, {"k": "url", "v": "http://x"}]},
    {"mt": "X", "set": ["turnPassword", "=", HUNTER]},
    {"mt": "X", "desc": "turnPassword", "value": HUNTER},
    {"mt": "X", "headers": [{"name": "Cookie", "value": HUNTER}, {"name": "Authorization", "value": HUNTER}]},
    {"mt": "X", "passwords": {HUNTER: 1}},
    {"mt": "X", "turnPassword": {HUNTER: True}},
    {"mt": "DevicesLoginResult", "digest": HUNTER, "info": HUNTER},
    {"mt": "X", "msg": {"mt": "AppLogin", "sip": HUNTER, "guid": HUNTER, "dn": HUNTER, "info": {"a": HUNTER}}},
    {"mt": "ProvisionResult", "result": {"code": HUNTER, "provCode": HUNTER}},
    {"mt": "DeviceAdded", "device": {"code": HUNTER}},
    {"mt": "GetDeviceConfigValueResult", "name": "foo", "data": HUNTER},
    {"mt": "X", "config": {"type": "EXPERT2", "update": f"config change CMD0 /pass {HUNTER}"}},
    {"mt": "X", "config": {"type": "LDAP", "tree": {"lines": [HUNTER]}}},
    {"mt": "X", "configs": [{"type": "LDAP", "desc": "a", "update": HUNTER}]},
    {"mt": "GetLoginInfoResult", "url": f"https://h/d/i/passthrough/0090/{HUNTER}/x", "key": HUNTER},
]


@pytest.mark.parametrize("message", REVIEWED, ids=lambda message: json.dumps(message)[:100])
def test_nothing_is_left_that_a_review_found(message: dict[str, Any]) -> None:
    for copy in (masked(message), Scrubber().message(message)):
        assert HUNTER not in encode(copy)
        assert copy["mt"] == message["mt"]


@pytest.mark.parametrize("value", [12345678, {"v": 12345678}, [12345678]])
def test_numbers_beside_the_name_of_a_secret(value: Any) -> None:
    message = {
        "mt": "SetValue",
        "id": 7,
        "domainId": 1,
        "name": "turnPassword",
        "value": value,
        "index": 2,
        "last": True,
    }
    for copy in (masked(message), Scrubber().message(message)):
        assert "12345678" not in encode(copy)
        assert {**copy, "value": value, "name": "turnPassword"} == message


def test_the_pieces_of_a_value_keep_their_length() -> None:
    for field, text in (("name", "value"), ("field", "text"), ("of", "chunk"), ("field", "part")):
        message = {"mt": "Piece", field: "updateScript", text: "mod /pwd x", "number": 3, "last": False}
        assert Scrubber().message(message) == {**message, text: "x" * 10}
        assert masked(message) == {**message, text: "(10 characters)"}


@pytest.mark.parametrize(
    "message",
    [
        {"mt": "Set", "name": "gk1", "value": "10.0.0.1"},
        {"mt": "Set", "category": {"name": "HQ", "config": True}, "domain": 1, "do": "add"},
        {"mt": "Category", "do": "add", "domain": "example.com", "values": {"name": "HQ", "config": True}},
        {"mt": "GetDevicesResult", "devices": [{"id": 1, "name": "pin", "mac": "009033000001"}]},
        {"mt": "XResult", "error": {"code": 5, "text": "no such category"}},
        {"mt": "X", "config": json.dumps({"type": "NTP", "ntp1": "a"})},
        {"mt": "X", "note": "[1, 2"},
    ],
    ids=json.dumps,
)
def test_what_a_bug_report_is_read_for_stays(message: dict[str, Any]) -> None:
    assert masked(message) == Scrubber().message(message) == message


def test_secrets_of_earlier_messages_are_known_when_they_are_quoted() -> None:
    masking = TraceMasking()
    masking.message({"mt": "AppLogin", "digest": "21cc307d" * 8, "sip": "example.com"})
    masking.message({"mt": "AppChallengeResult", "challenge": "CHALLENGE1234567"})
    said = f"example.com expected {'21CC307D' * 8}, not CHALLENGE1234567"
    assert masking.looked_into(said) == "example.com expected ***, not ***"
    assert masking.message({"mt": "X", "src": "CHALLENGE1234567", "a": {"21cc307d" * 8: said}}) == {
        "mt": "X",
        "src": "***",
        "a": {"***": "example.com expected ***, not ***"},
    }


def test_what_is_only_a_word_does_not_change_names() -> None:
    masking = TraceMasking()
    masking.message({"mt": "AppChallengeResult", "challenge": "categories"})
    assert masking.message({"mt": "X", "categories": [1]}) == {"mt": "X", "categories": [1]}


def test_secrets_of_later_messages_are_known_by_a_scrubber_that_was_told() -> None:
    scrubber = Scrubber()
    early, late = {"mt": "A", "url": "/x/0e6ff4c7-7a88"}, {"mt": "B", "key": "0e6ff4c7-7a88"}
    for message in (early, late):
        scrubber.notice(message)
    assert scrubber.counts == {}
    assert scrubber.message(early) == {"mt": "A", "url": "/x/secret-1"}
    assert scrubber.message(late) == {"mt": "B", "key": "secret-1"}


def test_as_many_members_as_there_were() -> None:
    assert len(masked({"mt": "X", "passwords": {HUNTER: 1, "other2": 2}})["passwords"]) == 2


@pytest.mark.parametrize("text", ["secretpwd" * 55, "//a" * 166, "a:" * 250, "password" + "\\" * 490, "{[" * 250])
def test_no_text_takes_long(text: str) -> None:
    """A pattern that goes back and forth would take minutes for so much of it, which nobody would overlook."""
    many = {f"a{number}": text for number in range(2000)}
    assert len(masked({"mt": "X", **many, "long": text * 2000})) == len(many) + 2
