"""What the service knows, as plain frozen data. Secrets are in clear text here, encrypted only on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncer.errors import SyncerError

Fields = Mapping[str, Any]


class StateError(SyncerError):
    """The state cannot become what was asked; the text says why."""


@dataclass(frozen=True, slots=True)
class Domain:
    """`fields` are `name`, `deployAdminPasswords`, `hasRentalProducts` and unknown ones."""

    id: int
    instance: bool
    fields: Fields

    @property
    def name(self) -> str:
        """The domain's name, unique in the service."""
        return str(self.fields["name"])


@dataclass(frozen=True, slots=True)
class Category:
    """`fields` are `name`, `config` and unknown ones."""

    id: int
    domain_id: int
    fields: Fields

    @property
    def name(self) -> Any:
        """The category's name; two of a domain may have the same."""
        return self.fields.get("name")


@dataclass(frozen=True, slots=True)
class Config:
    """`fields` are `type`, `desc`, those of the type and unknown ones. No categories: every device of the domain."""

    id: int
    domain_id: int
    fields: Fields
    categories: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Device:
    """`domain_id` is None while the device is not assigned; `fxs` among the fields tells of FXS interfaces."""

    id: int
    domain_id: int | None
    fields: Fields
    categories: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A provisioning code; `device_id` is None until a device has used it."""

    code: str
    domain_id: int
    category_id: int
    valid_until: int
    device_id: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """One object before and after; None where it did not or does not exist."""

    before: Domain | Config | Device | None
    after: Domain | Config | Device | None


@dataclass(frozen=True, slots=True)
class Provisioned:
    """A device used a provisioning code."""

    code: str
    device: Device


Happening = Change | Provisioned
