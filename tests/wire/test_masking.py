"""Nothing that is secret is left of a message, and what is not secret stays."""

import json
from typing import Any

import pytest

from syncer.wire.masking import masked, masked_text
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
