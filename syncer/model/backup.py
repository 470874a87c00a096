"""What a backup says about itself (schemas/backup.schema.json), and how it is laid out.

A zip: `json/domains.jsonl`, `json/D<id>/categories.jsonl` and `json/D<id>/configs.jsonl` for each domain, and
`json/devices.jsonl` hold objects as the service gave them, one a line in the order of their ids; `yaml/` holds the same
for people, as `syncer export` writes it; `manifest.json`, the last file, says what the others hold.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from syncer.errors import Problem

FORMAT = "syncer-backup/1"
MANIFEST = "manifest.json"
DOMAINS = "json/domains.jsonl"
DEVICES = "json/devices.jsonl"
_DIGEST = "sha256"


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

    @property
    def total(self) -> int:
        """All of them."""
        return self.domains + self.categories + self.configs + self.devices


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in a backup: bytes, and their SHA-256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The last file of a backup. `domain` is the login's; `admin`: it could read every domain.

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


@dataclass(frozen=True, slots=True)
class RawDomain:
    """A domain of a backup as the service gave it; its categories and configs can be taken once."""

    id: int
    raw: Mapping[str, Any]
    categories: Iterator[dict[str, Any]]
    configs: Iterator[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of a backup found. `manifest` None: it is so broken that not even that can be read.

    `secrets`: how many there are, by how they are kept; `remarks`: what is no mistake, and good to know.
    """

    file: str
    manifest: Manifest | None = None
    problems: tuple[Problem, ...] = ()
    secrets: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def categories_of(domain_id: int) -> str:
    """The file with the categories of a domain."""
    return f"json/D{domain_id}/categories.jsonl"


def configs_of(domain_id: int) -> str:
    """The file with the configs of a domain."""
    return f"json/D{domain_id}/configs.jsonl"


def to_document(manifest: Manifest) -> dict[str, Any]:
    """The manifest as plain JSON data, with its own digest."""
    files = [{"name": one.name, "size": one.size, "sha256": one.sha256} for one in manifest.files]
    document = {"format": FORMAT, **about(manifest), "files": files}
    return document | {_DIGEST: digest_of(document)}


def about(manifest: Manifest) -> dict[str, Any]:
    """What a manifest says of the backup as a whole, as plain JSON data."""
    return {
        "created": manifest.created,
        "syncer": manifest.syncer,
        "server": {
            "name": manifest.server_name,
            "url": manifest.server_url,
            "domain": manifest.domain,
            "admin": manifest.admin,
        },
        "secrets": {"are": str(manifest.secrets), "recipients": list(manifest.recipients)},
        "counts": asdict(manifest.counts),
        "reads_back": {
            "unset": {kind: dict(fields) for kind, fields in manifest.reads_back.items()},
            "write_only": sorted(manifest.write_only),
        },
        "notes": list(manifest.notes),
    }


def from_document(document: Mapping[str, Any]) -> Manifest:
    """The manifest of a document that its schema accepts."""
    server, secrets, counts = document["server"], document["secrets"], document["counts"]
    reads_back = document["reads_back"]
    return Manifest(
        server_name=server["name"],
        server_url=server["url"],
        domain=server["domain"],
        admin=server["admin"],
        created=document["created"],
        syncer=document["syncer"],
        secrets=SecretsAre(secrets["are"]),
        counts=Counts(**{name: int(count) for name, count in counts.items()}),
        files=tuple(Stored(one["name"], int(one["size"]), one["sha256"]) for one in document["files"]),
        recipients=tuple(secrets["recipients"]),
        reads_back=reads_back["unset"],
        write_only=frozenset(reads_back["write_only"]),
        notes=tuple(document["notes"]),
    )


def digest_of(document: Mapping[str, Any]) -> str:
    """SHA-256 of a manifest's canonical form without its digest: it tells of damage and of edits, not who made it."""
    rest = {key: value for key, value in document.items() if key != _DIGEST}
    canonical = json.dumps(rest, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
