"""What planning and applying need of a Devices service, whoever provides it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from syncer.errors import RequestRefused
from syncer.model.address import Action, Address, Kind
from syncer.model.state import LiveObject, Target


@dataclass(frozen=True, slots=True)
class UserInfo:
    """Rights of the login."""

    admin: bool


@dataclass(frozen=True, slots=True)
class DomainHead:
    """A domain as GetDomains lists it, with the categories embedded there."""

    domain: LiveObject
    is_instance: bool
    categories: tuple[LiveObject, ...]


@dataclass(frozen=True, slots=True)
class Device:
    """A phone or gateway."""

    id: int
    hw_id: str
    name: str
    domain_id: int
    product: str
    version: str
    type: str
    online: bool
    raw: Mapping[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """GetDevices: all devices, or those of domains (ids) and categories (names, which cannot hold a comma)."""

    domain_ids: tuple[int, ...] = ()
    categories: tuple[str, ...] = ()
    subcategories: tuple[str, ...] = ()
    unassigned: bool | None = None


def devices_of(thing: LiveObject) -> DeviceFilter | None:
    """What asks for the devices of a domain or category; None where the API cannot filter by the category's name."""
    if thing.address.kind is Kind.DOMAIN:
        return DeviceFilter((thing.id,))
    name = thing.address.name
    # A service may trim what stands between the commas, and would then count another category's devices, or none.
    return DeviceFilter((thing.domain_id,), (name,)) if name and "," not in name and name == name.strip() else None


@dataclass(frozen=True, slots=True)
class Write:
    """One write: what to do to which object, what it is now and shall be, and the live categories that it names."""

    action: Action
    address: Address
    domain_id: int | None = None
    id: int | None = None
    before: LiveObject | None = None
    target: Target | None = None
    categories: Mapping[str, LiveObject] = field(default_factory=dict)

    @property
    def operation(self) -> str:
        """The name of the operation in a wire profile."""
        return f"{self.action}_{self.address.kind}"


Tick = Callable[[int], None]


class Service(Protocol):
    """A Devices service after the login. Everything raises ServerError."""

    @property
    def write_only(self) -> frozenset[str]:
        """Secrets that the service never returns."""

    async def user_info(self) -> UserInfo:
        """Rights of the login."""

    async def domains(self) -> list[DomainHead]:
        """All domains that the login may see."""

    async def categories(self, domains: Sequence[DomainHead]) -> list[tuple[LiveObject, ...]]:
        """The categories of each domain."""

    async def config_heads(self, domains: Sequence[DomainHead]) -> list[tuple[LiveObject, ...]]:
        """The configs of each domain, common fields only."""

    async def configs(self, heads: Sequence[LiveObject], tick: Tick | None = None) -> list[LiveObject | RequestRefused]:
        """Each config with all its fields, or what the service said instead (that it is gone, most likely)."""

    async def devices(self, filters: Sequence[DeviceFilter], tick: Tick | None = None) -> list[tuple[Device, ...]]:
        """The devices that each filter selects."""

    async def fxs_devices(self, domain_ids: Sequence[int], tick: Tick | None = None) -> list[tuple[Device, ...]]:
        """The devices with FXS interfaces that each domain has."""

    def check(self, write: Write) -> frozenset[str]:
        """The operations of the wire profile that the write takes; SyncerError if it has no words for it."""

    def spell(self, write: Write) -> Sequence[Mapping[str, Any]]:
        """The messages of a write in their order, for people: no secret is in them. SyncerError like `check`."""

    async def write(self, write: Write) -> int | None:
        """Send a write, once at most; the id of a new object where the service tells it.

        RequestRefused where it says no, NotSent where nothing of it left us.
        """

    async def renew(self) -> None:
        """Give up a connection on which a request met with silence; the next request opens another one.

        Of several callers who saw the same silence only the first ends something: call it after each SilentServer.
        """
