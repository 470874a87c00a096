"""What a recording taught about the writes of a service: for a table, and for a wire profile."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Confidence(StrEnum):
    """How sure a recording makes of something."""

    SHOWN = "shown"  # what it did is in the recording
    ANSWERED = "answered"  # the service took it; what it did is not in the recording
    SENT = "sent"  # neither


@dataclass(frozen=True, slots=True)
class Finding:
    """One operation: its entry in a wire profile, the messages (by number) that show it, and why it is thought so."""

    operation: str
    entry: Mapping[str, Any]
    messages: tuple[int, ...]
    confidence: Confidence
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One of several spellings of the same thing, and the messages (by number) that have it."""

    told: str
    messages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What cannot be told, since the recording says it in several ways; the operation is left out."""

    what: str
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """What a recording does not show, and the click that would."""

    what: str
    click: str


@dataclass(frozen=True, slots=True)
class Learned:
    """All that a recording taught. `settings`: top level entries of the profile besides its operations."""

    url: str
    findings: tuple[Finding, ...]
    settings: Mapping[str, Any]
    setting_evidence: Mapping[str, str]
    missing: tuple[Missing, ...]
    contradictions: tuple[Contradiction, ...]
    remarks: tuple[str, ...]

    def document(self, name: str) -> dict[str, Any]:
        """The wire profile, without `reads_back`, which `syncer wire verify` measures."""
        operations = {finding.operation: dict(finding.entry) for finding in self.findings}
        return {"format": "syncer-wire/1", "name": name, "origin": "learned", **self.settings, "operations": operations}
