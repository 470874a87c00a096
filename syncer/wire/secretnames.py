"""Which names stand for secrets: those of the service's fields, by our schema, and whatever is called like one."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from syncer.resources import schema

_PARTS = (
    "password",
    "passwort",
    "kennwort",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "credential",
    "challenge",
    "digest",
    "sessionkey",
)
_OF_PASSWORDS = ("password", "passwd", "pwd", "secret", "credential")  # in the type of a message
_STRONG = frozenset({"authorization", "loguser", "turnuser", "apikey", "privatekey", "psk", "sessionid"})
_WORDS = frozenset(
    {
        *("pw", "pass", "pin", "pins", "psk", "key", "keys", "auth", "cookie", "cookies", "session", "jwt", "otp"),
        *("hash", "nonce", "salt", "signature", "ha1", "community", "wpa", "user", "username"),
    }
)
_ENDS = ("pw", "pass", "pin", "psk", "key", "keys", "jwt", "otp")
_STARTS = ("pw", "pass", "pin", "psk")
_WORD = re.compile(r"ha1|[A-Z]+(?![a-z])|[A-Z]?[a-z]+")  # of a name in camelCase, or with anything between its words
_NO_LETTER = re.compile(r"[\W_]+")


def is_secret_name(name: str) -> bool:
    """Whether what stands under that name is a secret, or the user that a password belongs to."""
    return is_surely_secret(name) or _is_like_secret(name)


@cache
def is_surely_secret(name: str) -> bool:
    """Whether that name means a secret even where it may be the name of anything, such as a category."""
    plain = _NO_LETTER.sub("", name).lower()
    if plain in known_fields():
        return plain in _secret_fields() or plain in _STRONG
    return plain in _STRONG or any(part in plain for part in _PARTS)


@lru_cache(4096)  # names are a server's, and so may be any number
def _is_like_secret(name: str) -> bool:
    plain = _NO_LETTER.sub("", name).lower()
    if plain in known_fields():
        return False
    words = {word.lower() for word in _WORD.findall(name)}
    # The service's names are ASCII: others may be anything, also what only looks like `password`.
    return not name.isascii() or bool(words & _WORDS) or plain.endswith(_ENDS) or plain.startswith(_STARTS)


def is_about_passwords(mt: str) -> bool:
    """Whether a message of that type sets passwords."""
    return any(part in mt.lower() for part in _OF_PASSWORDS)


@cache
def known_fields() -> frozenset[str]:
    """In lower case, those that are secrets too."""
    return frozenset(_descriptions()) | {"config", "deployadminpasswords"}


@cache
def script_fields() -> frozenset[str]:
    """In lower case: long texts that may hold anything."""
    return frozenset(name for name, description in _descriptions().items() if description.get("x-file"))


@cache
def _secret_fields() -> frozenset[str]:
    return frozenset(name for name, description in _descriptions().items() if description.get("x-secret"))


@cache
def _descriptions() -> Mapping[str, Mapping[str, Any]]:
    """What the schema says of each field of the service's objects, by the field's name in lower case."""
    definitions: Mapping[str, Mapping[str, Any]] = schema("domain")["$defs"]
    return {n.removeprefix("field_").lower(): d for n, d in definitions.items() if n.startswith("field_")}
