"""Secrets that must be kept on disk, sealed with age: for the recipients in syncer.yaml, readable with their keys only.

A sealed text is a binary age file in base64, on one line: `base64 -d | age -d -i KEYFILE` opens it without syncer.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from syncer.errors import SyncerError, visible
from syncer.files.sources import MIB, Unreadable, read_bytes

if TYPE_CHECKING:
    from pyrage import ssh, x25519

    Recipient: TypeAlias = x25519.Recipient | ssh.Recipient
    Identity: TypeAlias = x25519.Identity | ssh.Identity

KEY_FILE = "SYNCER_AGE_KEY_FILE"
EXAMPLE = "write a public key: age1… (from age-keygen), or that of an SSH key, ssh-ed25519 … or ssh-rsa …"
_SECRET_KEY = "AGE-SECRET-KEY-"  # noqa: S105
_SSH_KEY = "-----BEGIN "
_SEALED = ("age-encryption.org/", "-----BEGIN AGE ENCRYPTED FILE")


def wrong_recipient(recipient: str) -> tuple[str, str] | None:
    """What is wrong with a recipient, and what to do; quotes nothing of it, since it may be the wrong half of a key."""
    if recipient.strip().upper().startswith(_SECRET_KEY):
        return "this is a secret key", f"make a new one, since this one was written down; {EXAMPLE}"
    try:
        _recipient(recipient)
    except ValueError:
        return "this is no recipient that syncer can seal for", EXAMPLE
    return None


def _recipient(text: str) -> "Recipient":
    from pyrage import RecipientError, ssh, x25519

    try:
        return ssh.Recipient.from_str(text) if text.startswith("ssh-") else x25519.Recipient.from_str(text)
    except (RecipientError, UnicodeError) as exc:
        raise ValueError("no recipient") from exc


class Sealer:
    """Seals for recipients that `load_settings` accepted; unseals with the key file that the environment names."""

    def __init__(self, recipients: Sequence[str], environ: Mapping[str, str]) -> None:
        self._names, self._environ = tuple(recipients), environ
        self._recipients: list[Recipient] = []
        self._identities: list[Identity] | None = None

    @property
    def can_seal(self) -> bool:
        """Whether there is somebody to seal for; else `seal` must not be called."""
        return bool(self._names)

    def seal(self, text: str) -> str:
        """The ciphertext, another one each time; halves of surrogate pairs are kept."""
        import pyrage

        if not self._recipients:
            self._recipients = [_recipient(name) for name in self._names]
        sealed = pyrage.encrypt(text.encode("utf-8", "surrogatepass"), self._recipients)
        return base64.b64encode(sealed).decode("ascii")

    def unseal(self, ciphertext: str) -> str | None:
        """The text; None if there is no key file or no key in it that fits, or the ciphertext was tampered with.

        SyncerError if there is a key file that cannot be used; it never quotes any of it.
        """
        if self._identities is None:
            self._identities = _identities(self._environ.get(KEY_FILE))
        if not self._identities:
            return None
        import pyrage

        try:
            sealed = base64.b64decode(ciphertext.encode("ascii"), validate=True)
            opened: bytes = pyrage.decrypt(sealed, self._identities)
            return opened.decode("utf-8", "surrogatepass")
        except (pyrage.DecryptError, binascii.Error, UnicodeError):
            return None


def _identities(name: str | None) -> "list[Identity]":
    """The keys of a file; SyncerError if it cannot be used. Causes are not told on, since they may hold the key."""
    if not name:
        return []
    try:
        return _parsed(read_bytes(Path(name), MIB).decode("utf-8"))
    except Unreadable as exc:
        raise _unusable(name, exc.what, f"set {KEY_FILE} to one that can be read") from exc
    except UnicodeError:
        raise _unusable(name, "no UTF-8 text", "write it with age-keygen") from None
    except _Unusable as exc:
        raise _unusable(name, exc.what, exc.hint) from None


class _Unusable(Exception):
    """Why a key file is of no use, without anything of what it holds."""

    def __init__(self, what: str, hint: str = "write it with age-keygen") -> None:
        self.what, self.hint = what, hint
        super().__init__(what)


def _unusable(name: str, what: str, hint: str) -> SyncerError:
    return SyncerError(f"the age key file {visible(name)}: {what}; {hint}")


def _parsed(text: str) -> "list[Identity]":
    from pyrage import IdentityError, ssh

    start = text.lstrip()
    if start.startswith(_SEALED):
        raise _Unusable("it is encrypted itself", f"decrypt it, and set {KEY_FILE} to the result")
    if start.startswith(_SSH_KEY):
        try:
            return [ssh.Identity.from_buffer(start.encode("utf-8"))]
        except IdentityError:
            what = "its SSH key cannot be used; it is encrypted, broken, or neither ed25519 nor RSA"
            raise _Unusable(what, "use one without a passphrase, or an age key") from None
    lines = ((number, line.strip()) for number, line in enumerate(text.splitlines(), 1))
    found = [_identity(number, line) for number, line in lines if line and not line.startswith("#")]
    if not found:
        raise _Unusable("there is no key in it")
    return found


def _identity(number: int, line: str) -> "Identity":
    from pyrage import IdentityError, x25519

    try:
        return x25519.Identity.from_str(line)
    except IdentityError:
        raise _Unusable(f"line {number} is no age key") from None
