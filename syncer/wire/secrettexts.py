"""Secrets within texts: recognised by what stands around them, or remembered from where they stood by name."""

import base64
import binascii
import re
from collections.abc import Callable

_LEAST_REMEMBERED = 6  # characters; shorter ones come up in texts by chance
_MOST_REMEMBERED = 10_000  # of one connection or recording
_LONGEST_REMEMBERED = 4096

_NAMED = r"(?:password|passwort|kennwort|passwd|passphrase|pwd|secret|token|credential|challenge|digest)\w{0,40}"
_CALLED = r"(?<![a-z])(?:pass|pw|pin|psk|key|jwt|otp|auth|session[ _-]?(?:key|id)|cookie|user)"
_IS = r"(?:\\*[\"'])?\s*(?:=>|[=:]|%3d)\s*"
_ASSIGNED = rf"(?:{_NAMED}|{_CALLED}){_IS}"
_SMALL_WORDS = "a|an|and|as|at|by|can|does|for|from|has|in|is|must|not|of|on|or|that|the|to|too|was|with|wrong"
_URL = r"(?<!/)//[^\s?#]{0,200}"
_IN_TEXT = tuple(  # the last group is the secret; texts that are looked into are short, so none of these takes long
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        r"(-----BEGIN [A-Z ]{1,40}-----.*?(?:-----END [A-Z ]{1,40}-----|\Z))",  # armor of age, private keys
        r"(age-secret-key-[a-z0-9-]+)",
        r"(age-encryption\.org/.*)",
        r"(YWdlLWVuY3J5cHRpb24ub3Jn[\w+/=-]*)",  # the same in base64, as syncer seals
        r"(?<!/)//+([^\s/?#]{1,200})@",  # user and password of a url
        r"(?<!/)//+([^\s/?#:@]{1,100}:(?!\d{1,5}(?:[/\s?#]|\Z))[^\r\n]{0,200})@",  # a password with a slash, a blank
        r"[a-z]:([^\s/?#@:]{1,100}:[^\s/?#@]{1,100})@",  # turn:user:password@host
        r"(?<![\w@:/.+-])(?!(?:sips?|mailto|h323|tel):)([^\s/?#@:\"']{1,100}:[^\s/?#@]{1,100})@",  # user:password@host
        rf"{_URL}[?#](\S+)",  # what follows a path in a url
        r"\?([\w.%-]{1,40}=\S+)",
        r"(?:authorization|cookie)\s*[=:]\s*([^\r\n]+)",
        r"\b(?:bearer|basic)\s+(\S+)",
        r"/(?:pwd|pass|pw|passwd|password|key|pin|psk|secret|user)\s+(\S+)",  # in a gateway's commands
        rf"<(?:[\w.-]{{1,20}}:)?(?:{_NAMED}|{_CALLED})(?:\s[^<>]{{0,100}})?>([^<]+)",
        rf"{_ASSIGNED}\\*\"((?:\\.|[^\"\\])+)",
        rf"{_ASSIGNED}\\*'((?:\\.|[^'\\])+)",
        rf"{_ASSIGNED}(?!\\*[\"'])(\S*[^\s,;])",
        rf"{_NAMED}\s+[\"']([^\"']+)",
        rf"{_NAMED}\s+(?:is|was|ist|war|lautet|for|of|expected)\s+[\"']?([^\s\"',;()]+)",
        rf"{_NAMED}\s+(?!(?:{_SMALL_WORDS})\b)[\"']?([^\s\"',;()]+)",
    )
)

# What all of them have in it; most keys and values are but words.
_SUSPICIOUS = re.compile(r"[^\w.-]|age-secret-key|YWdlLWVu", re.IGNORECASE)

JSON_BEGINS = ("{", "[", '"')
_PACKED = re.compile(r"[\w+/-]{8,}={0,2}", re.ASCII)
_URL_SAFE = str.maketrans("-_", "+/")

Replace = Callable[[str], str]


def replaced(text: str, secret: Replace) -> str:
    """A text in which `secret` has replaced what looks like one."""
    if not _SUSPICIOUS.search(text):
        return text

    def within(found: re.Match[str]) -> str:
        start, end = found.start(1) - found.start(), found.end(1) - found.start()
        return found[0][:start] + secret(found[1]) + found[0][end:]

    for pattern in _IN_TEXT:
        text = pattern.sub(within, text)
    return text


def is_packed(text: str) -> bool:
    """Whether a text is base64 of JSON or of a key, and so is masked whole: it cannot be told in part."""
    if not _PACKED.fullmatch(text):
        return False
    plain = text.rstrip("=").translate(_URL_SAFE)
    try:
        inner = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode().lstrip()
    except (binascii.Error, ValueError):
        return False
    return inner.startswith("-----BEGIN") or (inner.startswith(JSON_BEGINS) and ":" in inner)


class Remembered:
    """Secrets that are recognised wherever they come up again, in capitals or not."""

    def __init__(self) -> None:
        self._by_beginning: dict[str, set[str]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, secret: str) -> None:
        """Unless it is too short, or too much is remembered already."""
        folded = _folded(secret)
        if not _LEAST_REMEMBERED <= len(secret) <= _LONGEST_REMEMBERED or self._count >= _MOST_REMEMBERED:
            return
        same = self._by_beginning.setdefault(folded[:_LEAST_REMEMBERED], set())
        self._count += folded not in same
        same.add(folded)

    def replaced(self, text: str, secret: Replace) -> str:
        """The text with `secret` of each of them in it instead."""
        folded, done, at = _folded(text), 0, 0
        parts: list[str] = []
        while at <= len(folded) - _LEAST_REMEMBERED:
            length = self._length_at(folded, at)
            if length:
                parts += [text[done:at], secret(text[at : at + length])]
                done = at = at + length
            else:
                at += 1
        return text if not parts else "".join([*parts, text[done:]])

    def _length_at(self, folded: str, at: int) -> int:
        """Of the longest that begins there, 0 if none does."""
        same = self._by_beginning.get(folded[at : at + _LEAST_REMEMBERED], ())
        return max((len(one) for one in same if folded.startswith(one, at)), default=0)


def _folded(text: str) -> str:
    folded = text.lower()
    return folded if len(folded) == len(text) else text
