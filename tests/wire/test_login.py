"""Challenge and login, to the letter of appwebsocket-vectors.json."""

import hashlib
from typing import Any

import pytest

from syncer.wire.login import Credentials, digest, login_message, session_key
from syncer.wire.messages import encode

CHALLENGE = "0123456789012345"
PASSWORD = "instance-pw"
CREDENTIALS = Credentials("innovaphone-devices-api", "example.com", PASSWORD)


@pytest.mark.parametrize(
    "info, expected",
    [
        (None, "a205299ed2ef2786c311e0be1b14db343f2cadd906a6ae7b564eee34bda5e9a1"),
        ({}, "57b23fe824b9222a7ac879597cb509bcdc865a1bfeb057d9d12118cef0c3ba34"),
        ({"cn": "Test User"}, "96db3c3f657230c2b68194becc6d2a77f05de9f79f01fc81e9ca0fb196b10d9d"),
    ],
    ids=["without info", "empty info", "info"],
)
def test_digests_of_the_vendors_sdk(info: dict[str, Any] | None, expected: str) -> None:
    """appwebsocket-vectors.json, "digest": all three."""
    assert digest("pbxadminapi", "", "", "", "", "0123456789abcdef", "pwd", info) == expected


def test_app_login_of_the_vendors_client() -> None:
    """appwebsocket-vectors.json, "sessions", "login": the message and the order of its keys."""
    assert encode(login_message(CREDENTIALS, CHALLENGE)) == (
        '{"mt":"AppLogin","app":"innovaphone-devices-api","domain":"example.com","sip":"innovaphone-devices-api",'
        '"guid":"00000000000000000000000000000000","dn":"Admin",'
        '"digest":"86b313a3fa40c410732cc5598a776252fcf13dcb47b9543ae7d317e66a9c31ba",'
        '"pbxObj":"innovaphone-devices-api"}'
    )


def test_app_login_with_info() -> None:
    """The digest is protocol.md's formula, with the compact JSON of `info` between `dn` and challenge."""
    told = login_message(
        Credentials("innovaphone-devices-api", "example.com", PASSWORD, {"appobj": "devices"}), CHALLENGE
    )
    assert told["info"] == {"appobj": "devices"}
    assert told["digest"] == "1e6828e420dfedc91cd5378c5ef766d7a1681d482d254917d1b510d125a826af"


def test_info_is_digested_as_it_is_sent() -> None:
    """No spaces, no needless escapes: what the service hashes is the text that stands in the message."""
    info = {"cn": "Jürgen ☎ 😀", "quoted": 'a"b\\c\n', "n": [1, True, None]}
    text = '{"cn":"Jürgen ☎ 😀","quoted":"a\\"b\\\\c\\n","n":[1,true,null]}'
    login = login_message(Credentials("a", "d", "p", info), "c")
    assert login["digest"] == hashlib.sha256(f"a:d:a:{'0' * 32}:Admin:{text}:c:p".encode()).hexdigest()
    assert encode(login).endswith(f'"info":{text}}}')


def test_session_key() -> None:
    """SHA-256 of innovaphoneAppSessionKey:challenge:password, as the vectors' ciphers imply (see test_cipher)."""
    assert session_key(CHALLENGE, PASSWORD) == "a5a76e6677b5da69964d38b60b66bc44e5809103a64f9b2bcfc814f3becb95fc"


@pytest.mark.parametrize(
    "seed, plain, expected",
    [
        (
            "https://logs.example.com/up",
            "s3cr3t",
            "4c8e03675697d0c3cbfbbb00d75d85534266f4b93d648f21f444c83f76b60e7d",
        ),
        (
            "turn.example.com:3478",
            "pässwörd ☎ 😀",
            "6a403d32312cfb4924fb6fb656cea3c96b94a85347f08ab209d3798c137b4c1e",
        ),
        (
            "https://logs.example.com/up",
            "",
            "197c10afe34e7f7b7608fb65863fbc2d9a30a3c63a86c31f1d7a08b3237acc16",
        ),
    ],
)
def test_session_key_by_the_vectors_hashes(seed: str, plain: str, expected: str) -> None:
    """appwebsocket-vectors.json, "hash" of each case: SHA-256 of seed:sessionKey:plain, found by trying."""
    hashed = hashlib.sha256(f"{seed}:{session_key(CHALLENGE, PASSWORD)}:{plain}".encode())
    assert hashed.hexdigest() == expected


def test_umlauts_and_lone_halves_can_be_digested() -> None:
    formula = f"a:müller.example:a:{'0' * 32}:Admin:c:pässwörd 😀"
    login = login_message(Credentials("a", "müller.example", "pässwörd 😀"), "c")
    assert login["digest"] == hashlib.sha256(formula.encode()).hexdigest()
    assert len(session_key("\ud800", "\udcff")) == 64


def test_credentials_never_show_the_password() -> None:
    for shown in (repr(CREDENTIALS), str(CREDENTIALS), f"{CREDENTIALS}"):
        assert shown == "Credentials(app='innovaphone-devices-api', domain='example.com', info=None)"
    assert PASSWORD not in encode(login_message(CREDENTIALS, CHALLENGE))
