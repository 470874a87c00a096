"""What a backup says about itself (schemas/backup.schema.json)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FORMAT = "syncer-backup/1"


class SecretsAre(StrEnum):
    """What became of the secrets of a backup."""

    SEALED = "sealed"  # age-encrypted to recipients
    LEFT_OUT = "left out"
    PLAINTEXT = "plaintext"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many objects a backup holds."""

    domains: int = 0
    categories: int = 0
    configs: int = 0
    devices: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in a backup: bytes, and their SHA-256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The first file of a backup. `domain` is the login's; `admin`: it could read every domain.

    `reads_back`: what the service gave for unset fields, by config type, and `write_only`, the secrets that it never
    returned, both of the wire profile that it was read with (design.md, section 6). `notes`: what could not be kept.
    """

    server_name: str
    server_url: str
    domain: str
    admin: bool
    created: str  # RFC 3339
    syncer: str  # the version that made it
    secrets: SecretsAre
    counts: Counts
    files: tuple[Stored, ...]
    recipients: tuple[str, ...] = ()
    reads_back: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    write_only: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
