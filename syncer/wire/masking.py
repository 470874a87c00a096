"""Messages without their secrets: for traces, and for recordings that are shared.

Masked is what stands under the name of a secret, however deep. Where a message has such a name as a value
(`{"mt":"SetValue","name":"turnPassword","value":…}`), all its other texts are masked, since any may be the secret; an
object of a list that has an `id` speaks for itself alone. In every text: keys and ciphertexts of age, private keys,
user and password of urls, and what follows a `?` or `#` in them. Empty texts, booleans and null stay: they tell whether
something is set, not what.
"""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeGuard

from syncer.resources import schema

MASK = "***"
LONGEST = 500  # characters of a text that is looked into; longer ones are scripts, and may hold anything
_MAX_DEPTH = 100  # levels; what is deeper is masked whole, since a hostile message may have thousands
IN_TEXT = "secrets within texts"  # what is counted where it is no field

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
_GENERAL = {
    "pin",
    "user",
    "username",
    "cookie",
    "pass",
    "pw",
    "auth",
    "session",
}  # as names of fields; as values they may mean anything
_NAMES = _GENERAL | {"authorization", "loguser", "turnuser", "apikey", "privatekey", "psk", "sessionid"}
_LOGIN = {"sip", "guid", "dn", "info", "pbxobj"}  # of AppLogin and its result: who logs in
_OWN = {"mt", "src"}
_CONTENT = {"desc", "categories"}  # of a config; what is called like a field there means none

_PATH = re.compile(r"[\w.:$/\[\]-]{1,100}")
_ASSIGNED = r"(?:password|passwd|passphrase|pwd|secret|token|credential)\w*(?:\\*[\"'])?\s*[=:]\s*"
_IN_TEXT = tuple(  # the last group is the secret; texts that are looked into are short, so none of these takes long
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        r"(-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z))",  # armor of age, private keys
        r"(age-secret-key-[a-z0-9-]+)",
        r"(age-encryption\.org/.*)",
        r"(YWdlLWVuY3J5cHRpb24ub3Jn[\w+/=-]*)",  # the same in base64, as syncer seals
        r"(?<!/)//+([^\s/?#]+)@",  # user and password of a url
        r"[a-z]:([^\s/?#@:]+:[^\s/?#@]+)@",  # turn:user:password@host
        r"(?<!/)//[^\s?#]*[?#](\S+)",  # what follows a path in a url
        rf"{_ASSIGNED}\\*[\"'](.+?)(?:\\*[\"']|\Z)",
        rf"{_ASSIGNED}(?!\\*[\"'])([^\s\"'&,;}}\\]+)",
    )
)


def masked(message: Mapping[str, Any]) -> dict[str, Any]:
    """A copy for a trace: secrets are `***`, and scripts, pieces of values and long texts are told by their length."""
    return _Traced().message(message)


def masked_text(text: str) -> str:
    """A text for a trace that stands under no name, such as a url or the reason of an error."""
    return _Traced().looked_into(text)


class Masking(ABC):
    """A walk through one message after the other; `counts` has how many texts and numbers of a field were masked."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._mt = ""
        self._about = ""  # the field whose value may be any of the texts

    @abstractmethod
    def secret(self, text: str) -> str:
        """What a secret becomes."""

    @abstractmethod
    def long(self, text: str) -> str:
        """What becomes of a text that may hold anything."""

    @abstractmethod
    def number(self, number: object) -> object:
        """What a secret number becomes."""

    def message(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """A copy without secrets."""
        mt = message.get("mt")
        self._mt = mt if isinstance(mt, str) else ""
        self._about = _about(message) or ("passwords" if _is_about_passwords(self._mt) else "")
        return {self._key(key): self._member(key, value, under="", depth=1) for key, value in message.items()}

    def _member(self, key: str, value: object, under: str, depth: int) -> Any:
        """What becomes of a member; `under` is the name of the secret that it is, or is a part of."""
        if depth == 1 and key in _OWN and isinstance(value, str):
            return self._text(value, key)
        return self._value(value, key, under or (key if self._is_secret(key, value) else ""), depth)

    def _value(self, value: object, name: str, under: str, depth: int) -> Any:
        if isinstance(value, str):
            if under or (self._about and value.lower() not in _known_fields()):
                return self._counted(under or self._about, value)
            return self._text(value, name)
        if isinstance(value, Mapping | list | tuple) and depth >= _MAX_DEPTH:
            return self.secret(MASK)
        if isinstance(value, Mapping):
            return {self._key(key): self._member(key, inner, under, depth + 1) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._entry(inner, name, under, depth + 1) for inner in value]
        if under and not isinstance(value, bool) and value is not None:
            self.counts[under] += 1
            return self.number(value)
        return value

    def _entry(self, value: object, name: str, under: str, depth: int) -> Any:
        """Of a list."""
        outside = self._about
        self._about = outside or (_about(value) if _is_of_its_own(value) else "")
        try:
            return self._value(value, name, under, depth)
        finally:
            self._about = outside

    def _counted(self, field: str, text: str) -> str:
        if not text:
            return text
        self.counts[field] += 1
        return self.long(text) if field.lower() in _scripts() else self.secret(text)

    def _key(self, key: str) -> str:
        return self.long(key) if len(key) > LONGEST else self.looked_into(key)

    def _text(self, text: str, name: str) -> str:
        is_piece = name == "value" and self._mt == "GetDeviceConfigValueResult"
        if not text or not (len(text) > LONGEST or name.lower() in _scripts() or is_piece):
            return self.looked_into(text)
        self.counts[name] += 1
        return self.long(text)

    def looked_into(self, text: str) -> str:
        """A text without the secrets that are recognised within texts."""
        for pattern in _IN_TEXT:
            text = pattern.sub(self._within, text)
        return text

    def _within(self, found: re.Match[str]) -> str:
        self.counts[IN_TEXT] += 1
        start, end = found.start(1) - found.start(), found.end(1) - found.start()
        return found[0][:start] + self.secret(found[1]) + found[0][end:]

    def _is_secret(self, key: str, value: object) -> bool:
        name = key.lower()
        if name == "key":  # may also say which field is meant
            return not isinstance(value, str) or value.lower() not in _known_fields()
        if name == "code":
            return "provision" in self._mt.lower()
        return is_secret_name(name) or (name in _LOGIN and self._mt.startswith("AppLogin"))


class _Traced(Masking):
    def secret(self, text: str) -> str:  # noqa: ARG002
        return MASK

    def long(self, text: str) -> str:
        return f"({len(text)} characters)"

    def number(self, number: object) -> object:  # noqa: ARG002
        return MASK


def is_secret_name(name: str) -> bool:
    """Whether what stands under that name is a secret, or the user that a password belongs to."""
    name = name.lower().replace("-", "").replace("_", "")
    if name in _secret_fields() or name in _NAMES:
        return True
    return name not in _known_fields() and any(part in name for part in _PARTS)


def _is_about_passwords(mt: str) -> bool:
    return any(part in mt.lower() for part in _OF_PASSWORDS)


def _about(value: Mapping[str, Any]) -> str:
    """The secret or script that it names in a text, as the name or path of a field; "" if none, secrets first."""
    left: list[object] = [inner for key, inner in value.items() if key not in _OWN | _CONTENT]
    script = ""
    while left:
        one = left.pop()
        if isinstance(one, Mapping):
            left += [inner for key, inner in one.items() if key not in _CONTENT]
        elif isinstance(one, list | tuple):
            left += [inner for inner in one if not _is_of_its_own(inner)]
        elif isinstance(one, str) and _PATH.fullmatch(one):
            name = re.split(r"[^\w]+", one.strip("[]/"))[-1]
            if name.lower() in _scripts():
                script = name
            elif name.lower() not in _GENERAL and is_secret_name(name):
                return name
    return script


def _is_of_its_own(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether an entry of a list is an object of the service, whose name says nothing of the others."""
    return isinstance(value, Mapping) and "id" in value


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
