"""Field encryption against a second RC4, written here from the algorithm's description."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.wire.cipher import decrypt, encrypt

texts = st.text(st.characters(exclude_categories=["Cs"]))


def rc4(key: bytes, data: bytes) -> bytes:
    box = list(range(256))
    j = 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(out)


@pytest.mark.parametrize(
    "key, plain, cipher",
    [("Key", "Plaintext", "bbf316e8d940af0ad3"), ("Wiki", "pedia", "1021bf0420")],
)
def test_the_second_one_is_an_rc4(key: str, plain: str, cipher: str) -> None:
    """Published test vectors of RC4."""
    assert rc4(key.encode(), plain.encode()).hex() == cipher


def test_the_second_one_passes_the_vectors() -> None:
    """appwebsocket-vectors.json, "sessions", "cases"; the key is SHA-256 of the session's challenge and password."""
    key = hashlib.sha256(b"innovaphoneAppSessionKey:0123456789012345:instance-pw").hexdigest()
    assert rc4(f"https://logs.example.com/up:{key}".encode(), b"s3cr3t").hex() == "0a4ef43f0a75"
    plain = "pässwörd ☎ 😀".encode()
    assert rc4(f"turn.example.com:3478:{key}".encode(), plain).hex() == "736fc047025eb03530e3580682115e304d4d94"


@given(texts, texts | texts.map(lambda text: text + "ä😀" * 60), st.binary(min_size=32, max_size=32))
def test_both_say_the_same(plain: str, seed: str, key: bytes) -> None:
    """Also with keys of more than 256 bytes, of which the first 256 count."""
    cut = f"{seed}:{key.hex()}".encode()[:256]
    cipher = rc4(cut, plain.encode()).hex()
    assert encrypt(plain, seed, key.hex()) == cipher
    assert decrypt(cipher, seed, key.hex()) == plain
