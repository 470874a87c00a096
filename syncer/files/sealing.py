"""Secrets that must be kept on disk, sealed with age: for the recipients in syncer.yaml, readable with their keys only.

A sealed text is a binary age file in base64, on one line: `base64 -d | age -d -i KEYFILE` opens it without syncer.
What people put into the files themselves may also be armored, as `age -a` writes it.

Nothing binds a ciphertext to its place: whoever may change the files can copy it into another field, and whoever has
the key then sends it there. That is what a review is for; `syncer secret check` tells of copies.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from syncer.errors import SyncerError, visible
from syncer.files.sources import MIB, Unreadable, read_bytes
from syncer.files.stanzas import HEADER, PASSPHRASE, has_zero, stanzas

if TYPE_CHECKING:
    from pyrage import ssh, x25519

    Recipient: TypeAlias = x25519.Recipient | ssh.Recipient
    Identity: TypeAlias = x25519.Identity | ssh.Identity

KEY_FILE = "SYNCER_AGE_KEY_FILE"
EXAMPLE = "write a public key: age1… (from age-keygen), or that of an SSH key, ssh-ed25519 … or ssh-rsa …"
_SECRET_KEY = "AGE-SECRET-KEY-"  # noqa: S105
_SSH_KEY = "-----BEGIN "
_ARMOR = ("-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----")
_SEALED = (HEADER, _ARMOR[0])
_NOT_FOR_US = "No matching keys found"
ANEW = "seal the secret anew with `syncer secret set`"


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

    if text.startswith("ssh-") and has_zero(text):
        raise ValueError("no recipient")
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


class NoKey(Unreadable):
    """There is no key file, which is no mistake of the files."""


class Opener:
    """Opens `{age: CIPHERTEXT}` with the key file that the environment names, which is read once.

    Not `required`: for whoever asks, no key file is no problem, as where files are checked by somebody without one;
    `left` is how many ciphertexts were then left as they are.
    """

    def __init__(self, environ: Mapping[str, str], *, required: bool = True) -> None:
        self.required = required
        self._left: set[str] = set()
        self._name = environ.get(KEY_FILE)
        self._keys: list[Identity] | Unreadable | None = None
        self._texts: dict[str, str] = {}  # a baseline's is asked for once a domain

    def open(self, written: str) -> str:
        """The text that was sealed; Unreadable tells why not, and nothing of what is in there."""
        if written not in self._texts:
            sealed, keys = sealed_bytes(written), self._all_keys()
            if isinstance(keys, Unreadable):
                raise keys
            self._texts[written] = self._opened(sealed, keys)
        return self._texts[written]

    def open_if_possible(self, written: str) -> str | None:
        """As `open`; None where there is no key file, and none is required."""
        try:
            return self.open(written)
        except NoKey:
            if self.required:
                raise
            self._left.add(written)
            return None

    @property
    def left(self) -> int:
        """How many ciphertexts there was no key for."""
        return len(self._left)

    def opens_as_former(self, written: str, recipients: Sequence[str]) -> bool:
        """Whether a key of ours opens it that is not among `recipients`; of SSH keys that cannot be told."""
        from pyrage import x25519

        keys = self._all_keys()
        ours = [] if isinstance(keys, Unreadable) else [key for key in keys if isinstance(key, x25519.Identity)]
        former = [key for key in ours if str(key.to_public()) not in recipients]
        try:
            self._opened(sealed_bytes(written), former)
        except Unreadable:
            return False
        return True

    def _all_keys(self) -> "list[Identity] | Unreadable":
        if self._keys is None:
            try:
                what = f"the secret is sealed with age, and {KEY_FILE} names no key file"
                self._keys = _identities(self._name) or NoKey(what, "set it to the file with your age key")
            except SyncerError as exc:
                self._keys = Unreadable(str(exc))
        return self._keys

    def _opened(self, sealed: bytes, keys: "list[Identity]") -> str:
        import pyrage

        try:
            opened: bytes = pyrage.decrypt(sealed, keys)
            return opened.decode("utf-8")
        except pyrage.DecryptError as exc:
            raise self._why(str(exc), sealed) from None
        except UnicodeError:
            raise Unreadable("the secret that is sealed here is no UTF-8 text", ANEW) from None

    def _why(self, told: str, sealed: bytes) -> Unreadable:
        """pyrage has one exception for everything, and its text is all that tells them apart."""
        if told != _NOT_FOR_US:
            return Unreadable("the age ciphertext is damaged", f"restore it from git, or {ANEW}")
        if any(stanza.type == PASSPHRASE for stanza in stanzas(sealed)):
            return Unreadable("the secret is sealed with a passphrase, not for a recipient", ANEW)
        what = f"the secret is sealed for somebody else: no key in {visible(self._name)} opens it"
        return Unreadable(what, "name another key file, or let somebody with a key for it run `syncer secret rotate`")


def sealed_bytes(written: str) -> bytes:
    """The binary age file of a ciphertext in base64 or armor, however it is wrapped; Unreadable if it is none."""
    text = written.strip()
    if text.startswith(_ARMOR[0]) and text.endswith(_ARMOR[1]):
        text = text.removeprefix(_ARMOR[0]).removesuffix(_ARMOR[1])
    try:
        sealed = base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        sealed = b""
    if not sealed.startswith(HEADER.encode()):
        raise Unreadable("this is no age ciphertext", ANEW)
    return sealed


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
