"""What `syncer secret` finds and does."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from syncer.errors import Place
from syncer.model.doctor import Status


class Reference(StrEnum):
    """How a file names a secret; LITERAL is the secret itself, which a file must not hold."""

    ENV = "env"
    FILE = "file"
    AGE = "age"
    LITERAL = "literal"


@dataclass(frozen=True, slots=True)
class SecretCheck:
    """One secret of the files: whether it is to be had here and now, and what to do if not."""

    owner: str  # an address, `server[NAME]` or `baseline[NAME/TYPE/desc]`
    field: str
    place: Place
    reference: Reference
    status: Status
    what: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class SecretReport:
    """All secrets in the order of the files; `age_keys` of the `recipients` are such that no ciphertext names."""

    checks: Sequence[SecretCheck]
    recipients: int
    age_keys: int

    def count(self, status: Status) -> int:
        """How many checks ended like that."""
        return sum(check.status is status for check in self.checks)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret that was written; `before` is what stood there, None for nothing."""

    owner: str
    field: str
    place: Place
    recipients: int
    before: Reference | None


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many secrets of how many files were sealed anew, for how many recipients."""

    secrets: int
    files: int
    recipients: int
