"""What a backup reads, on its way: each config as a backup keeps it, with no secret that was not asked for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from syncer.devices.interface import Device
from syncer.devices.keeping import Seal, kept
from syncer.files.archives import as_line
from syncer.files.spools import Spool
from syncer.model.address import Address
from syncer.model.state import LiveObject

_DEVICES = None  # where they are in the spool: in no domain


@dataclass(slots=True)
class Spooled:
    """A keeper of what `read_steady` reads. Without `seal` secrets are left out, or kept as they are."""

    spool: Spool
    seal: Seal | None
    plaintext: bool
    _names: dict[int, dict[int, int]] = field(default_factory=dict)  # hashes of types and descs

    def keep(self, config: LiveObject) -> int:
        """Take a config; its size in characters."""
        line = as_line(kept(config, self.seal, plaintext=self.plaintext))
        self.spool.put(config.domain_id, config.id, line)
        self._names.setdefault(config.domain_id, {})[config.id] = _hash(config.address)
        return len(line)

    def drop(self, domain_id: int, config_id: int) -> None:
        """A config is gone."""
        self.spool.drop(domain_id, config_id)
        self._names.get(domain_id, {}).pop(config_id, None)

    def keep_devices(self, devices: Sequence[Device]) -> None:
        """Take the list of devices."""
        self.spool.forget(_DEVICES)
        for number, device in enumerate(devices):
            self.spool.put(_DEVICES, number, as_line(device.raw))

    def clear(self) -> None:
        """It is begun anew."""
        self.spool.clear()
        self._names.clear()

    def configs(self, domain_id: int) -> Iterator[str]:
        """The lines of a domain's configs, in the order of ids."""
        return self.spool.lines(domain_id)

    def devices(self) -> Iterator[str]:
        """The lines of the devices."""
        return self.spool.lines(_DEVICES)

    def count(self, domain_id: int) -> int:
        """How many configs of a domain there are."""
        return self.spool.count(domain_id)

    @property
    def device_count(self) -> int:
        """How many devices there are."""
        return self.spool.count(_DEVICES)

    def twins(self, domain_id: int) -> "Twins":
        """The addresses that several configs of a domain have."""
        counted = Counter(self._names.get(domain_id, {}).values())
        return Twins(frozenset(one for one, count in counted.items() if count > 1))


@dataclass(frozen=True, slots=True)
class Twins:
    """Addresses, told by hashes: one too many would cost an `id` that is not needed."""

    hashes: frozenset[int]

    def __contains__(self, address: object) -> bool:
        return isinstance(address, Address) and _hash(address) in self.hashes


def _hash(address: Address) -> int:
    """Without the domain, whose name may change while it is read."""
    return hash((address.type, address.name))
