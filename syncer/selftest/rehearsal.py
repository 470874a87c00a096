"""A service that does everything as it should, without a server: for seeing what a self-test would send."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncer.devices.interface import Device, DeviceFilter, DomainHead, Tick, UserInfo, Write
from syncer.errors import RequestRefused
from syncer.model.address import Action, Kind, domain_address
from syncer.model.state import CategoryRef, LiveObject
from syncer.selftest.spelling import shortened
from syncer.selftest.survey import Key, key_of

_FIRST_ID = 10**15  # no number of a config is that large

Spell = Callable[[Write], Sequence[Mapping[str, Any]]]
OnMessages = Callable[[Sequence[Mapping[str, Any]]], None]


@dataclass(slots=True)
class Rehearsal:
    """Implements `devices.interface.Service`; `on_messages` gets those of each write, with words for ids."""

    spelled: Spell
    on_messages: OnMessages
    objects: dict[Key, LiveObject] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    write_only: frozenset[str] = frozenset()

    def add_domain(self, name: str) -> LiveObject:
        """A domain that is there."""
        number = self._next_id()
        domain = LiveObject(domain_address(name), number, number)
        self._keep(domain)
        return domain

    def _next_id(self) -> int:
        return _FIRST_ID + len(self.names)

    def _keep(self, one: LiveObject) -> None:
        address = one.address
        self.objects[key_of(one)] = one
        self.names.setdefault(one.id, f"<id of {address.domain if address.kind is Kind.DOMAIN else address.name}>")

    async def user_info(self) -> UserInfo:
        """May do everything."""
        return UserInfo(admin=True)

    async def domains(self) -> list[DomainHead]:
        """All."""
        return [DomainHead(one, False, ()) for one in self.objects.values() if one.address.kind is Kind.DOMAIN]

    async def categories(self, domains: Sequence[DomainHead]) -> list[tuple[LiveObject, ...]]:
        """Of each domain."""
        return [self._inside(head, Kind.CATEGORY) for head in domains]

    async def config_heads(self, domains: Sequence[DomainHead]) -> list[tuple[LiveObject, ...]]:
        """Of each domain."""
        return [self._inside(head, Kind.CONFIG) for head in domains]

    def _inside(self, head: DomainHead, kind: Kind) -> tuple[LiveObject, ...]:
        return tuple(
            one for one in self.objects.values() if one.domain_id == head.domain.id and one.address.kind is kind
        )

    async def configs(
        self,
        heads: Sequence[LiveObject],
        tick: Tick | None = None,  # noqa: ARG002
    ) -> list[LiveObject | RequestRefused]:
        """As they were written."""
        return [self.objects[key_of(head)] for head in heads]

    async def devices(
        self,
        filters: Sequence[DeviceFilter],
        tick: Tick | None = None,  # noqa: ARG002
    ) -> list[tuple[Device, ...]]:
        """There are none."""
        return [() for _ in filters]

    async def fxs_devices(
        self,
        domain_ids: Sequence[int],
        tick: Tick | None = None,  # noqa: ARG002
    ) -> list[tuple[Device, ...]]:
        """There are none."""
        return [() for _ in domain_ids]

    def check(self, write: Write) -> frozenset[str]:
        """SyncerError if the profile has no words for it."""
        self.spelled(write)
        return frozenset({write.operation})

    def spell(self, write: Write) -> Sequence[Mapping[str, Any]]:
        """The messages."""
        return self.spelled(write)

    async def write(self, write: Write) -> int | None:
        """Do it, and tell what was sent."""
        self.on_messages([shortened(message, self.names) for message in self.spelled(write)])
        if write.action is Action.DELETE and write.before is not None:
            del self.objects[key_of(write.before)]
            return None
        number = self._next_id() if write.id is None else write.id
        self._keep(self._made(write, number))
        return number

    def _made(self, write: Write, number: int) -> LiveObject:
        assert write.target is not None  # noqa: S101  (it is no delete)
        target = write.target
        domain_id = number if write.address.kind is Kind.DOMAIN else write.domain_id or 0
        refs = tuple(CategoryRef(write.categories[name].id, name) for name in target.categories)
        return LiveObject(target.address, number, domain_id, target.fields, target.extra, refs, raw=dict(target.fields))

    async def renew(self) -> None:
        """Nothing is ever lost."""
