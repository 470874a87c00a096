"""Secrets, and the value that a field has when it has none."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret in memory: comparable, never printed, not JSON.

    `plain` is None where the service gave something that cannot be decrypted (`raw`).
    """

    plain: str | None = field(repr=False)
    raw: str | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        return "(secret)"

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Secret) and self.plain is not None and self.plain == other.plain)

    def __hash__(self) -> int:
        return hash(self.plain)


def is_unset(value: object) -> bool:
    """Missing, null, "" and false are one and the same for a field that syncer knows."""
    return value is None or value is False or value == ""
