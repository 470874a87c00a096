"""Desired state, as the files say; live state, as the service says."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Protocol

from syncer.errors import Place
from syncer.model.address import Address, Kind


class Origins(Protocol):
    """Knows where the files say what an entry does not say itself."""

    def elsewhere(self, *steps: str | int) -> Place | None:
        """Where the value at `steps` of the entry stands, None if in the entry itself."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One object that the files describe.

    `fields` holds what is written, in normal form: a known field that is missing here was left out, None is an
    explicit unset. `extra` holds fields that syncer does not know, as written; None removes. `categories` are names.
    `origins` only where some of it comes from a baseline or a variable.
    """

    address: Address
    place: Place
    fields: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    categories: tuple[str, ...] | None = None
    id: int | None = None
    renamed_from: str | None = None
    absent: bool = False
    ignore: frozenset[str] = frozenset()
    origins: Origins | None = field(default=None, compare=False, repr=False)

    def place_of(self, *steps: str | int) -> Place:
        """Where what it says at `steps` stands; the entry's own place unless a baseline or a variable says it."""
        return (self.origins and self.origins.elsewhere(*steps)) or self.place

    @property
    def former(self) -> Address | None:
        """The address before the rename that the entry asks for."""
        if self.renamed_from is None:
            return None
        here = self.address
        if here.kind is Kind.DOMAIN:
            return Address(here.kind, self.renamed_from)
        return Address(here.kind, here.domain, here.type, self.renamed_from)


@dataclass(frozen=True, slots=True)
class DesiredDomain:
    """A domain of the files. `categories` or `configs` None: not syncer's business; empty: there are to be none.

    Of a kind in `partial` only baselines name any, so all that they do not name is not syncer's business.
    """

    entry: Entry
    categories: tuple[Entry, ...] | None
    configs: tuple[Entry, ...] | None
    partial: frozenset[Kind] = frozenset()

    def manages(self, kind: Kind) -> bool:
        """Whether what is live and not in the files would be one too many."""
        entries = self.categories if kind is Kind.CATEGORY else self.configs
        return kind is not Kind.DOMAIN and entries is not None and kind not in self.partial

    @property
    def name(self) -> str:
        """The domain's name."""
        return self.entry.address.domain

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Its own and all that are in it."""
        return (self.entry, *(self.categories or ()), *(self.configs or ()))


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond these an apply must be confirmed; percent of the live objects of a kind in a domain. None: no limit."""

    deletes: int = 10
    deletes_percent: float = 30
    updates: int | None = None
    updates_percent: float | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What syncer may do."""

    prune: frozenset[Kind] = frozenset()
    limits: Limits = field(default_factory=Limits)
    protect: tuple[str, ...] = ()
    ignore: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mask: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def ignored(self, *addresses: Address) -> frozenset[str]:
        """Fields of the object that are left to others."""
        return _named(self.ignore, addresses)

    def masked(self, *addresses: Address) -> frozenset[str]:
        """Fields of the object that are shown only as changed."""
        return _named(self.mask, addresses)

    def protected(self, *addresses: Address) -> bool:
        """Whether any of the addresses may not be changed or deleted."""
        return any(address.matches(glob) for glob in self.protect for address in addresses)


def _named(by_glob: Mapping[str, tuple[str, ...]], addresses: tuple[Address, ...]) -> frozenset[str]:
    names = (fields for glob, fields in by_glob.items() if any(address.matches(glob) for address in addresses))
    return frozenset(name for fields in names for name in fields)


@dataclass(frozen=True, slots=True)
class Desired:
    """All that the files of one server say.

    `held`: a service held it once, and no files say it: nothing of it is doubted, and nothing of it is a rename.
    """

    domains: tuple[DesiredDomain, ...]
    policy: Policy = field(default_factory=Policy)
    held: bool = False

    @property
    def called(self) -> str:
        """What says it, for people."""
        return "the backup" if self.held else "the files"

    @property
    def entries(self) -> Iterator[Entry]:
        """Everything that they name."""
        return (entry for domain in self.domains for entry in domain.entries)


@dataclass(frozen=True, slots=True)
class CategoryRef:
    """A category as a config names it; `name` is None where the service gave only an id that no category has."""

    id: int | None
    name: str | None


@dataclass(frozen=True, slots=True)
class LiveObject:
    """One object of the service.

    `fields`: the known ones in normal form, unset ones left out. `extra`: the unknown ones, as they came. `complete` is
    False for a config of which only the common fields were read. `raw`: the service's object, untouched.
    """

    address: Address
    id: int
    domain_id: int
    fields: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    categories: tuple[CategoryRef, ...] = ()
    complete: bool = True
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class LiveDomain:
    """A domain of the service; `configs` holds complete objects only where they were asked for.

    `is_read` False: its categories and configs were not read at all.
    """

    domain: LiveObject
    is_instance: bool
    categories: tuple[LiveObject, ...]
    configs: tuple[LiveObject, ...]
    is_read: bool = True

    @property
    def name(self) -> str:
        """The domain's name."""
        return self.domain.address.domain

    @property
    def objects(self) -> tuple[LiveObject, ...]:
        """Itself and all that was read of what is in it."""
        return (self.domain, *self.categories, *self.configs)


@dataclass(frozen=True, slots=True)
class Devices:
    """Devices by their ids: the hardware type of each, "" where the service does not tell it, and who is online."""

    types: Mapping[int, str] = field(default_factory=dict)
    online: frozenset[int] = frozenset()

    def only(self, ids: Set[int]) -> "Devices":
        """Those of them that are among these."""
        return Devices({id_: kind for id_, kind in self.types.items() if id_ in ids}, self.online & ids)

    @classmethod
    def all_of(cls, several: Sequence["Devices"]) -> "Devices":
        """All of these together, each device once."""
        if len(several) == 1:
            return several[0]
        types = {id_: kind for one in several for id_, kind in one.types.items()}
        return cls(types, frozenset[int]().union(*(one.online for one in several)))

    def __len__(self) -> int:
        return len(self.types)


@dataclass(frozen=True, slots=True)
class Live:
    """What the service holds, as far as it was read. `admin`: the login may see and make every domain."""

    domains: tuple[LiveDomain, ...]
    admin: bool = True
    write_only: frozenset[str] = frozenset()  # secrets that the service never returns
    # Of categories and domains, as far as they were asked for; None where the API has no words to ask.
    devices: Mapping[Address, Devices | None] = field(default_factory=dict)
    fxs: Mapping[int, frozenset[int]] = field(default_factory=dict)  # devices with FXS interfaces, by domain's id

    @property
    def objects(self) -> Iterator[LiveObject]:
        """Everything that was read."""
        return (one for domain in self.domains for one in domain.objects)


@dataclass(frozen=True, slots=True)
class Target:
    """What an object is to become: every field that it shall have, in normal form, unset ones left out."""

    address: Address
    fields: Mapping[str, Any]
    extra: Mapping[str, Any]
    categories: tuple[str, ...] = ()
    kept_refs: tuple[CategoryRef, ...] = ()  # live categories that are left alone, since the field is ignored
