"""Messages without their secrets: for traces, and for recordings that are shared.

Masked is what stands under the name of a secret, however deep. Where a message has such a name as a value
(`{"mt":"SetValue","name":"turnPassword","value":…}`), all its other texts are masked, since any may be the secret. In
every text: keys and ciphertexts of age, private keys, user and password of urls, and what follows a `?` or `#` in them.
Empty texts, booleans and null stay: they tell whether something is set, not what.
"""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

from syncer.resources import schema

MASK = "***"
LONGEST = 500  # characters of a text that is looked into; longer ones are scripts, and may hold anything
_MAX_DEPTH = 100  # levels; what is deeper is masked whole, since a hostile message may have thousands
IN_TEXT = "secrets within texts"  # what is counted where it is no field

_PARTS = (
    "password",
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
_GENERAL = {"pin", "user", "username", "cookie"}  # as names of fields; as values they may mean anything
_NAMES = _GENERAL | {"authorization", "loguser", "turnuser", "apikey", "privatekey"}
_LOGIN = {"sip", "guid", "dn", "info", "pbxobj"}  # of AppLogin and its result: who logs in
_OWN = {"mt", "src"}

_PATH = re.compile(r"[\w.:$/\[\]-]{1,100}")
_IN_TEXT = tuple(  # the last group is the secret; texts that are looked into are short, so none of these takes long
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        r"(-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z))",  # armor of age, private keys
        r"(age-secret-key-[a-z0-9-]+)",
        r"(age-encryption\.org/.*)",
        r"(YWdlLWVuY3J5cHRpb24ub3Jn[\w+/=-]*)",  # the same in base64, as syncer seals
        r"//([^\s/?#]+)@",  # user and password of a url
        r"[a-z]:([^\s/?#@:]+:[^\s/?#@]+)@",  # turn:user:password@host
        r"//[^\s?#]*[?#](\S+)",  # what follows a path in a url
        r"(?:password|passwd|passphrase|pwd|secret|token|credential)\w*[\"']?\s*[=:]\s*[\"']?([^\s\"'&,;}]+)",
    )
)


def masked(message: Mapping[str, Any]) -> dict[str, Any]:
    """A copy for a trace: secrets are `***`, and scripts, pieces of values and long texts are told by their length."""
    return _Traced().message(message)


def scrubbed(message: Mapping[str, Any], counts: Counter[str] | None = None) -> dict[str, Any]:
    """A copy to share: each masked text is as many `x`, so that keys, types, numbers and lengths are the message's own.

    The same text always gets the same mask. `counts` gets, for each field, how many texts or numbers of it were masked.
    """
    return _Scrubbed(counts).message(message)


def masked_text(text: str) -> str:
    """A text for a trace that stands under no name, such as a url or the reason of an error."""
    return _Traced().looked_into(text)


class _Masking(ABC):
    """A walk through one message."""

    def __init__(self, counts: Counter[str] | None = None) -> None:
        self._counts = Counter() if counts is None else counts

    @abstractmethod
    def secret(self, text: str) -> str:
        """What a secret becomes."""

    @abstractmethod
    def long(self, text: str) -> str:
        """What becomes of a text that may hold anything."""

    @abstractmethod
    def number(self) -> object:
        """What a secret number becomes."""

    def message(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """A copy without secrets."""
        mt = message.get("mt")
        self._mt = mt if isinstance(mt, str) else ""
        self._names_a_secret = _names_a_secret(message)
        return {self._key(key): self._member(key, value, under="", depth=1) for key, value in message.items()}

    def _member(self, key: str, value: object, under: str, depth: int) -> Any:
        """What becomes of a member; `under` is the name of the secret that it is, or is a part of."""
        if depth == 1 and key in _OWN and isinstance(value, str):
            return self._text(value, key)
        return self._value(value, key, under or (key if self._is_secret(key, value) else ""), depth)

    def _value(self, value: object, name: str, under: str, depth: int) -> Any:
        if isinstance(value, str):
            if under or (self._names_a_secret and value.lower() not in _known_fields()):
                return self._count(under or name, value)
            return self._text(value, name)
        if isinstance(value, Mapping | list | tuple) and depth >= _MAX_DEPTH:
            return self.secret(MASK)
        if isinstance(value, Mapping):
            return {self._key(key): self._member(key, inner, under, depth + 1) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._value(inner, name, under, depth + 1) for inner in value]
        if under and not isinstance(value, bool) and value is not None:
            self._counts[under] += 1
            return self.number()
        return value

    def _count(self, field: str, text: str) -> str:
        if not text:
            return text
        self._counts[field] += 1
        return self.secret(text)

    def _key(self, key: str) -> str:
        return self.long(key) if len(key) > LONGEST else self.looked_into(key)

    def _text(self, text: str, name: str) -> str:
        is_piece = name == "value" and self._mt == "GetDeviceConfigValueResult"
        if not text or not (len(text) > LONGEST or name.lower() in _scripts() or is_piece):
            return self.looked_into(text)
        self._counts[name] += 1
        return self.long(text)

    def looked_into(self, text: str) -> str:
        """A text without the secrets that are recognised within texts."""
        for pattern in _IN_TEXT:
            text = pattern.sub(self._within, text)
        return text

    def _within(self, found: re.Match[str]) -> str:
        self._counts[IN_TEXT] += 1
        start, end = found.start(1) - found.start(), found.end(1) - found.start()
        return found[0][:start] + self.secret(found[1]) + found[0][end:]

    def _is_secret(self, key: str, value: object) -> bool:
        name = key.lower()
        if name == "key":  # may also say which field is meant
            return not isinstance(value, str) or value.lower() not in _known_fields()
        if name == "code":
            return "provision" in self._mt.lower()
        return is_secret_name(name) or (name in _LOGIN and self._mt.startswith("AppLogin"))


class _Traced(_Masking):
    def secret(self, text: str) -> str:  # noqa: ARG002
        return MASK

    def long(self, text: str) -> str:
        return f"({len(text)} characters)"

    def number(self) -> object:
        return MASK


class _Scrubbed(_Masking):
    def secret(self, text: str) -> str:
        return "x" * len(text)

    def long(self, text: str) -> str:
        return "x" * len(text)

    def number(self) -> object:
        return 0


def is_secret_name(name: str) -> bool:
    """Whether what stands under that name is a secret, or the user that a password belongs to."""
    name = name.lower()
    if name in _secret_fields() or name in _NAMES:
        return True
    return name not in _known_fields() and any(part in name for part in _PARTS)


def _names_a_secret(message: Mapping[str, Any]) -> bool:
    """Whether it is about a secret that it names in a text: its type, or the name or path of a field."""
    mt = message.get("mt")
    if isinstance(mt, str) and any(part in mt.lower() for part in _OF_PASSWORDS):
        return True
    left: list[object] = [value for key, value in message.items() if key not in _OWN]
    while left:
        value = left.pop()
        if isinstance(value, Mapping):
            left += value.values()
        elif isinstance(value, list | tuple):
            left += value
        elif isinstance(value, str) and _PATH.fullmatch(value):
            name = re.split(r"[^\w]+", value.strip("[]/"))[-1].lower()
            if name in _scripts() or (name not in _GENERAL and is_secret_name(name)):
                return True
    return False


@cache
def _descriptions() -> Mapping[str, Mapping[str, Any]]:
    """What the schema says of each field of the service's objects, by the field's name in lower case."""
    definitions: Mapping[str, Mapping[str, Any]] = schema("domain")["$defs"]
    return {n.removeprefix("field_").lower(): d for n, d in definitions.items() if n.startswith("field_")}


@cache
def _known_fields() -> frozenset[str]:
    return frozenset(_descriptions()) | {"config", "deployadminpasswords"}


@cache
def _secret_fields() -> frozenset[str]:
    return frozenset(name for name, description in _descriptions().items() if description.get("x-secret"))


@cache
def _scripts() -> frozenset[str]:
    return frozenset(name for name, description in _descriptions().items() if description.get("x-file"))
