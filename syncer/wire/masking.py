"""Messages without their secrets: for traces, and for recordings that are shared.

Rather too much is masked than too little. Masked is what stands under the name of a secret, however deep. Where a
message has such a name as a value (`{"mt":"SetValue","name":"turnPassword","value":…}`), all its other texts and
numbers are masked, since any may be the secret; an object of a list that has an `id` speaks for itself alone. What
stands beside any other name of a field that is not one of the service's, and such a field of a config, is told by its
length: a script may have any name. Texts are looked into: for JSON, for what looks like a secret, and for secrets that
stood under their name anywhere before. Empty texts, booleans and null stay: they tell whether something is set, not
what.
"""

import json
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from syncer.wire.secretnames import is_about_passwords, is_secret_name, known_fields, script_fields
from syncer.wire.secretplaces import CONTENT, OWN, VALUES, about_of, belongs_to, is_of_its_own
from syncer.wire.secrettexts import JSON_BEGINS, Remembered, is_packed, replaced

MASK = "***"
LONGEST = 500  # characters of a text that is looked into; longer ones are scripts, and may hold anything
_MAX_DEPTH = 100  # levels; what is deeper is masked whole, since a hostile message may have thousands
IN_TEXT = "secrets within texts"  # what is counted where it is no field

_LOGIN = {"sip", "guid", "dn", "info", "pbxobj"}  # of AppLogin and its result: who logs in
_USERS = {"user", "username", "loguser", "turnuser"} | _LOGIN  # masked, but no secrets to be found elsewhere
_OF_CONFIGS = {"type", "desc", "categories", "name", "domain", "domainid", "id", "mt", "src"}
_CONFIGS = {"config", "configs"}
_KEPT_KEYS = VALUES | {"name", "type", "id", "mt"}  # within a secret
_PLACES = re.compile(r"(?:^|[a-z_-])(?:ids?|index|last|src|domain|seq|offset|count|number)$", re.IGNORECASE)


def masked(message: Mapping[str, Any]) -> dict[str, Any]:
    """A copy for a trace: secrets are `***`, and scripts, pieces of values and long texts are told by their length."""
    return TraceMasking().message(message)


def masked_text(text: str) -> str:
    """A text for a trace that stands under no name, such as a url or the reason of an error."""
    return TraceMasking().looked_into(text)


class Masking(ABC):
    """A walk through one message after the other; `counts` has how many texts and numbers of a field were masked."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._remembered = Remembered()
        self._mt = ""
        self._about = ""  # the field whose value may be any of the texts
        self._in_config = False

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
        """A copy without secrets, nor those of messages before it."""
        counts, known = self.counts.copy(), len(self._remembered)
        copy = self._whole(message, 1)
        if len(self._remembered) > known:  # what was remembered last may also stand before it
            self.counts = counts
            copy = self._whole(message, 1)
        return copy

    def notice(self, message: Mapping[str, Any]) -> None:
        """Remember the secrets of a message that is masked later, for messages that come before it."""
        counts = self.counts.copy()
        self._whole(message, 1)
        self.counts = counts

    def looked_into(self, text: str) -> str:
        """A text without the secrets that are recognised within texts, and without those that are remembered."""
        text = replaced(text, self._found)
        return self._remembered.replaced(text, self._within)

    def _whole(self, message: Mapping[str, Any], depth: int) -> dict[str, Any]:
        """A message, or what may be one in a text."""
        mt = message.get("mt")
        mt = mt if isinstance(mt, str) else self._mt
        with self._where(mt=mt, about=about_of(message) or ("passwords" if is_about_passwords(mt) else "")):
            return self._object(message, "", "", depth)

    @contextmanager
    def _where(
        self, *, mt: str | None = None, about: str | None = None, in_config: bool | None = None
    ) -> Iterator[None]:
        """What holds for a while."""
        outside = self._mt, self._about, self._in_config
        self._mt = self._mt if mt is None else mt
        self._about = self._about if about is None else about
        self._in_config = self._in_config if in_config is None else in_config
        try:
            yield
        finally:
            self._mt, self._about, self._in_config = outside

    def _object(self, value: Mapping[str, Any], name: str, under: str, depth: int) -> dict[str, Any]:
        mt, belongs = value.get("mt"), belongs_to(value)
        is_config = self._in_config or (depth > 1 and name.lower() in _CONFIGS) or _is_config(value, depth)
        copy: dict[str, Any] = {}
        with self._where(mt=mt if isinstance(mt, str) else None, in_config=is_config and name not in CONTENT):
            for key, inner in value.items():
                kept = self._key(key, under)
                kept = kept if kept not in copy else f"{kept} ({len(copy)})"
                of = under or (belongs if key.lower() in VALUES and self._is_value(belongs, inner) else "")
                copy[kept] = self._member(key, inner, of, depth)
        return copy

    def _member(self, key: str, value: object, under: str, depth: int) -> Any:
        """What becomes of a member; `under` is the name of the secret, or script, that it is, or is a part of."""
        if depth == 1 and key in OWN and isinstance(value, str):
            return self._text(value, key, depth)
        return self._value(value, key, under or (key if self._is_secret(key, value) else ""), depth)

    def _value(self, value: object, name: str, under: str, depth: int) -> Any:
        if isinstance(value, str):
            return self._string(value, name, under, depth)
        if isinstance(value, Mapping | list | tuple) and depth >= _MAX_DEPTH:
            return self.secret(MASK)
        if isinstance(value, Mapping):
            return self._object(value, name, under, depth + 1)
        if isinstance(value, list | tuple):
            return [self._entry(inner, name, under, depth + 1) for inner in value]
        if isinstance(value, bool) or value is None:
            return value
        field = under or (self._about if not _PLACES.search(name) else "")
        if not field or not self._is_mine(field):
            return value
        self.counts[field] += 1
        return self.number(value)

    def _string(self, text: str, name: str, under: str, depth: int) -> str:
        if under:
            return self._counted(under, text, is_known=True)
        if self._about and text.lower() not in known_fields():
            return self._counted(self._about, text, is_known=False)
        if text and self._in_config and name.lower() not in known_fields() | _OF_CONFIGS:
            self.counts[name] += 1
            return self.long(text)
        return self._text(text, name, depth)

    def _entry(self, value: object, name: str, under: str, depth: int) -> Any:
        """Of a list."""
        about = self._about or (about_of(value) if is_of_its_own(value) else "")
        with self._where(about=about):
            return self._value(value, name, under, depth)

    def _is_value(self, field: str, value: object) -> bool:
        """Whether it is what a field has; an object that is no secret has fields of its own."""
        return not isinstance(value, Mapping) or self._is_mine(field)

    def _is_mine(self, field: str) -> bool:
        """Whether a number may be a secret of that field: in scripts and their like there are none."""
        return field == "passwords" or is_secret_name(field) or field.lower() in _LOGIN | {"code"}

    def _counted(self, field: str, text: str, *, is_known: bool) -> str:
        if not text:
            return text
        self.counts[field] += 1
        if not self._is_mine(field):
            return self.long(text)
        if is_known and field.lower() not in _USERS and text.lower() not in known_fields():
            self._remembered.add(text)
        return self.secret(text)

    def _key(self, key: str, under: str) -> str:
        if under and under not in _LOGIN and key.lower() not in known_fields() | _KEPT_KEYS and self._is_mine(under):
            return key if is_secret_name(key) else self.secret(key)
        return self.long(key) if len(key) > LONGEST else self._own(key)

    def _own(self, text: str) -> str:
        """A text of the protocol, such as a key, which stays but for what cannot be one."""
        return self._remembered.replaced(replaced(text, self._found), self._unless_a_word)

    def _text(self, text: str, name: str, depth: int) -> str:
        is_piece = name == "value" and self._mt == "GetDeviceConfigValueResult"
        if text and (len(text) > LONGEST or name.lower() in script_fields() or is_piece):
            self.counts[name] += 1
            return self.long(text)
        if name in OWN:
            return self._own(text)
        if is_packed(text):
            self.counts[IN_TEXT] += 1
            return self.long(text)
        return self._json(text, name, depth) if text.lstrip().startswith(JSON_BEGINS) else self.looked_into(text)

    def _json(self, text: str, name: str, depth: int) -> str:
        """A text that says something as JSON."""
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            return self.looked_into(text)
        if isinstance(said, Mapping):
            copy: Any = self._whole(said, depth + 1) if depth < _MAX_DEPTH else self.secret(MASK)
        else:
            about = about_of({"": said}) if isinstance(said, list) else ""
            with self._where(about=self._about or about):
                copy = self._value(said, name, "", depth + 1)
        if copy == said:
            return self.looked_into(text)
        separators = (", ", ": ") if '": ' in text else (",", ":")
        return json.dumps(copy, separators=separators, ensure_ascii=text.isascii())

    def _found(self, text: str) -> str:
        """A secret within a text; what is but a word is not looked for elsewhere."""
        if not text.isalpha():
            self._remembered.add(text)
        return self._within(text)

    def _within(self, text: str) -> str:
        self.counts[IN_TEXT] += 1
        return self.secret(text)

    def _unless_a_word(self, text: str) -> str:
        return text if text.isalpha() else self._within(text)

    def _is_secret(self, key: str, value: object) -> bool:
        name = key.lower()
        if name == "key":  # may also say which field is meant
            return not isinstance(value, str) or value.lower() not in known_fields()
        if name == "code":
            return not isinstance(value, int) or "provision" in self._mt.lower()  # numbers are of errors
        return is_secret_name(key) or (name in _LOGIN and "login" in self._mt.lower())


class TraceMasking(Masking):
    """For a trace of one connection."""

    def secret(self, text: str) -> str:  # noqa: ARG002
        return MASK

    def long(self, text: str) -> str:
        return f"({len(text)} characters)"

    def number(self, number: object) -> object:  # noqa: ARG002
        return MASK


def _is_config(value: Mapping[str, Any], depth: int) -> bool:
    return depth > 1 and isinstance(value.get("type"), str) and "categories" in value and "hwId" not in value
