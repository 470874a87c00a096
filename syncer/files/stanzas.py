"""Whom an age file is sealed for, as far as its header tells without a key.

https://age-encryption.org/v1: a stanza for each recipient. One of an age key is of use to its owner only and names
nobody; one of an SSH key begins with four bytes of a hash of the public key.
"""

import base64
import binascii
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

HEADER = "age-encryption.org/"
PASSPHRASE = "scrypt"  # noqa: S105
AGE_KEY = "X25519"
_SSH = "ssh-"
_GREASE = "-grease"  # means nothing: it keeps readers from believing that they know all types
_TAG_BYTES = 4


class Stanza(NamedTuple):
    """One recipient: the type of its key, and for SSH keys which one it is."""

    type: str
    tag: str = ""


def stanzas(sealed: bytes) -> list[Stanza]:
    """Those of a binary age file; empty where the header cannot be read."""
    header, end, _ = sealed.partition(b"\n---")
    return list(_stanzas(header.decode("ascii", "replace").split("\n"))) if end else []


def _stanzas(lines: Iterable[str]) -> Iterator[Stanza]:
    for line in lines:
        if not line.startswith("-> "):
            continue
        kind, *arguments = line.split(" ")[1:]
        if not kind.endswith(_GREASE):
            yield Stanza(kind, arguments[0] if kind.startswith(_SSH) and arguments else "")


def stanza_of(recipient: str) -> Stanza:
    """What sealing for a recipient, which was accepted before, puts into the header."""
    if not recipient.startswith(_SSH):
        return Stanza(AGE_KEY)
    kind, key = recipient.split()[:2]
    digest = hashlib.sha256(binascii.a2b_base64(key)).digest()[:_TAG_BYTES]
    return Stanza(kind, base64.b64encode(digest).decode("ascii").rstrip("="))


def has_zero(recipient: str) -> bool:
    """Whether a part of an SSH key is all zeros, on which age's library ends the process (age 0.12)."""
    try:
        rest = binascii.a2b_base64(recipient.split()[1])
    except (IndexError, ValueError):
        return False
    while rest:
        end = 4 + int.from_bytes(rest[:4], "big")
        part, rest = rest[4:end], rest[end:]
        if part and not any(part):
            return True
    return False


def differences(found: Sequence[Stanza], recipients: Sequence[str]) -> list[str]:
    """How a header differs from what sealing for `recipients` makes, in words; empty where nothing can be told."""
    wanted = {recipient: stanza_of(recipient) for recipient in recipients}
    count, named = Counter(found)[Stanza(AGE_KEY)], Counter(wanted.values())[Stanza(AGE_KEY)]
    told = [f"sealed for {counted(count)}, age_recipients has {named}"] if count != named else []
    missing = [recipient for recipient, stanza in wanted.items() if stanza not in found]
    told += [f"not sealed for {_short(recipient)}" for recipient in missing if recipient.startswith(_SSH)]
    others = [stanza for stanza in found if stanza not in wanted.values() and stanza.type != AGE_KEY]
    return [*told, *(f"sealed for another key, of type {stanza.type}" for stanza in others)]


def counted(age_keys: int) -> str:
    """`1 age key`."""
    return f"{age_keys} age key{'' if age_keys == 1 else 's'}"


def _short(recipient: str) -> str:
    kind, key, *comment = recipient.split()
    return f"{kind} {comment[0]}" if comment else f"{kind} …{key[-8:]}"
