"""Field encryption, to the letter of appwebsocket-vectors.json, and what no vector says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.wire.cipher import decrypt, encrypt

# Session key of the vectors' session: challenge 0123456789012345, password instance-pw.
KEY = "a5a76e6677b5da69964d38b60b66bc44e5809103a64f9b2bcfc814f3becb95fc"
URL = "https://logs.example.com/up"
TURN = "turn.example.com:3478"

VECTORS = [  # appwebsocket-vectors.json, "sessions", "cases": all of them
    (URL, "s3cr3t", "0a4ef43f0a75"),
    (TURN, "pässwörd ☎ 😀", "736fc047025eb03530e3580682115e304d4d94"),
    (URL, "", ""),
]

# Halves that stand for a byte in surrogateescape are those bytes, so they have a test of their own.
texts = st.text(st.characters(exclude_characters=[chr(c) for c in range(0xDC80, 0xDD00)], exclude_categories=()))


@pytest.mark.parametrize("seed, plain, cipher", VECTORS)
def test_ciphers_of_the_vendors_client(seed: str, plain: str, cipher: str) -> None:
    assert encrypt(plain, seed, KEY) == cipher
    assert decrypt(cipher, seed, KEY) == plain


@pytest.mark.parametrize(
    "seed, plain, cipher",
    [
        ("https://logs.example.com/new", "s3cr3t", "3b302e65511c"),
        ("", "s3cr3t", "ce0eb51a805c"),
    ],
    ids=["another seed", "no seed"],
)
def test_other_seeds(seed: str, plain: str, cipher: str) -> None:
    """Computed with another RC4 than syncer's."""
    assert encrypt(plain, seed, KEY) == cipher
    assert decrypt(cipher, seed, KEY) == plain


@pytest.mark.parametrize(
    "seed, cipher",
    [
        # Computed with another RC4 than syncer's, its key cut to 256 bytes.
        ("s" * 250, "6768d9e1a044"),  # six bytes of `:` and session key are left
        ("s" * 256, "676862e1a009"),  # nothing of the session key is left
        ("s" * 300, "676862e1a009"),
        ("s" * 100_000, "676862e1a009"),
    ],
)
def test_a_key_is_cut_to_256_bytes(seed: str, cipher: str) -> None:
    assert encrypt("s3cr3t", seed, KEY) == cipher
    assert decrypt(cipher, seed, KEY) == "s3cr3t"


def test_a_key_is_cut_between_the_bytes_of_a_character() -> None:
    assert encrypt("s3cr3t", "s" + "ä" * 127 + "ö", KEY) == encrypt("s3cr3t", "s" + "ä" * 127 + "Ãx", KEY)


def test_upper_case_hex_is_read_and_never_written() -> None:
    assert decrypt("0A4EF43F0A75", URL, KEY) == "s3cr3t"
    assert encrypt("ÿ" * 50, URL, KEY).islower()


@pytest.mark.parametrize("cipher", ["0", "0a4", "zz", "0a4ef43f0a7g", "s3cr3t", "٣٣", "0x0a", "\ud800", "-1"])
def test_what_is_no_hex_is_a_value_error_that_does_not_quote_it(cipher: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal") as caught:
        decrypt(cipher, URL, KEY)
    assert "s3cr3t" not in str(caught.value)


def test_bytes_that_are_no_utf_8_come_back_as_they_were() -> None:
    """A password that somebody once typed in Latin-1: 63 61 66 e9."""
    cipher = "60cd02dd"
    plain = decrypt(cipher, TURN, KEY)
    assert plain == "caf\udce9"
    assert encrypt(plain, TURN, KEY) == cipher


# Halves of surrogate pairs spelled as bytes, and what may stand around them.
HALVES = [
    b"\xed\xa0\x80",
    b"\xed\xb2\x80",
    b"\xed\xb3\xbf",
    b"\xed\xa0\xbd\xed\xb8\x80",
    b"\xff",
    b"\xc3",
    b"\xa4",
    b"a",
]


def cipher_of(data: bytes) -> str:
    """The cipher of bytes: RC4 only lays a stream of bytes over them, which a text of NULs lays bare."""
    stream = bytes.fromhex(encrypt("\x00" * len(data), "", KEY))
    return bytes(a ^ b for a, b in zip(data, stream, strict=True)).hex()


@given(st.binary() | st.lists(st.sampled_from(HALVES)).map(b"".join))
def test_any_bytes_survive(data: bytes) -> None:
    """Whatever another tool wrote, writing it back gives the same."""
    assert encrypt(decrypt(cipher_of(data), "", KEY), "", KEY) == cipher_of(data)


@pytest.mark.parametrize("data", [b"\xed\xa0\x80", b"\xed\xb2\x80", b"\xed\xb2\x80\xff", b"\xed\xa0\xbd\xed\xb8\x80"])
def test_halves_of_pairs_spelled_as_bytes_survive(data: bytes) -> None:
    assert encrypt(decrypt(cipher_of(data), "", KEY), "", KEY) == cipher_of(data)


@given(texts, st.text(max_size=300), st.text(st.sampled_from("0123456789abcdef"), min_size=64, max_size=64))
def test_any_text_survives_with_any_seed(plain: str, seed: str, key: str) -> None:
    assert decrypt(encrypt(plain, seed, key), seed, key) == plain


@given(st.text(st.sampled_from("\udc80\udcc3\udca4\udcff\ud800ä")))
def test_escaped_bytes_are_the_bytes_that_they_stand_for(plain: str) -> None:
    """They come from an environment variable that is no UTF-8; twice the way is the same as once."""
    once = decrypt(encrypt(plain, "", KEY), "", KEY)
    assert encrypt(once, "", KEY) == encrypt(plain, "", KEY)


def test_neither_seed_nor_key_is_needed() -> None:
    """`DevicesClient.check` encodes with an empty key, before any login."""
    assert decrypt(encrypt("s3cr3t", "", ""), "", "") == "s3cr3t"
