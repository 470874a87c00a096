"""The tests' own client against the values of appwebsocket-vectors.json, copied here as literals.

"digest" there: strings published in the vendor's SDK documentation. "sessions": the vendor's JavaScript client.
"""

import pytest

from tests.emulator.rawclient import APP, NO_GUID, decrypt, encrypt, sha256

KEY = sha256("innovaphoneAppSessionKey:0123456789012345:instance-pw")


@pytest.mark.parametrize(
    "text, digest",
    [
        ("pbxadminapi:::::0123456789abcdef:pwd", "a205299ed2ef2786c311e0be1b14db343f2cadd906a6ae7b564eee34bda5e9a1"),
        ("pbxadminapi:::::{}:0123456789abcdef:pwd", "57b23fe824b9222a7ac879597cb509bcdc865a1bfeb057d9d12118cef0c3ba34"),
        (
            'pbxadminapi:::::{"cn":"Test User"}:0123456789abcdef:pwd',
            "96db3c3f657230c2b68194becc6d2a77f05de9f79f01fc81e9ca0fb196b10d9d",
        ),
        (
            f"{APP}:example.com:{APP}:{NO_GUID}:Admin:0123456789012345:instance-pw",
            "86b313a3fa40c410732cc5598a776252fcf13dcb47b9543ae7d317e66a9c31ba",
        ),
    ],
)
def test_digest(text: str, digest: str) -> None:
    assert sha256(text) == digest


@pytest.mark.parametrize(
    "seed, plain, cipher",
    [
        ("https://logs.example.com/up", "s3cr3t", "0a4ef43f0a75"),
        ("turn.example.com:3478", "pässwörd ☎ 😀", "736fc047025eb03530e3580682115e304d4d94"),
        ("https://logs.example.com/up", "", ""),
    ],
)
def test_field_encryption(seed: str, plain: str, cipher: str) -> None:
    assert encrypt(plain, seed, KEY) == cipher
    assert decrypt(cipher, seed, KEY) == plain
