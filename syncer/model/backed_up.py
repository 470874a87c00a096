"""What a run of `syncer backup` made, and what became of the secrets."""

from dataclasses import dataclass
from pathlib import Path

from syncer.model.backup import Manifest, SecretsAre


@dataclass(frozen=True, slots=True)
class SecretsKept:
    """How many secrets there are, by what became of them.

    `first`: where the first of those stand that are not in the backup, by why. `never_told`: fields that the service
    keeps to itself, of configs that may have one.
    """

    are: SecretsAre
    kept: int = 0
    left_out: int = 0
    unreadable: int = 0
    first_left_out: tuple[str, ...] = ()
    first_unreadable: tuple[str, ...] = ()
    never_told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of the history: the new commit with its subject, None where nothing changed, or why there is none."""

    id: str | None = None
    subject: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A run that succeeded. `manifest`: of what was read; `size`: bytes of the file `out`; `warnings`
    are of secrets; `notes` of what could not be kept, or not be said in YAML.
    """

    manifest: Manifest
    secrets: SecretsKept
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    out: Path | None = None
    size: int = 0
    git: Path | None = None
    history: Committed | None = None
