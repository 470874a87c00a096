"""Field encryption of AppWebsocket: RC4 keyed with `seed:sessionKey`.

The service demands it; it is obfuscation, and TLS protects. RC4 uses at most the first 256 bytes of a key. Bytes that
are no UTF-8 and halves of surrogate pairs survive the way there and back, so that no value of another tool is damaged.
"""

from Crypto.Cipher import ARC4

_KEY_BYTES = 256


def encrypt(text: str, seed: str, session_key: str) -> str:
    """Lower-case hex of the encrypted text."""
    return _rc4(_to_bytes(text), seed, session_key).hex()


def decrypt(cipher: str, seed: str, session_key: str) -> str:
    """The text of a hex cipher; ValueError if it is no hex."""
    data = _rc4(bytes.fromhex(cipher), seed, session_key)
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "surrogateescape")
    # A half that stands for a byte in surrogateescape would come back as that byte.
    return text if _to_bytes(text) == data else data.decode("utf-8", "surrogateescape")


def _rc4(data: bytes, seed: str, session_key: str) -> bytes:
    key = _to_bytes(f"{seed}:{session_key}")[:_KEY_BYTES]
    result: bytes = ARC4.new(key).encrypt(data)  # the protocol's cipher, see the module's docstring
    return result


def _to_bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")  # gives back what decrypt could not read
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
