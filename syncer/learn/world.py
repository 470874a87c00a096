"""What a recording tells of the objects of the service: when each was seen, and when it was gone."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncer.learn import documented
from syncer.learn.leaves import is_number, objects
from syncer.learn.traffic import Heard
from syncer.model.address import Kind
from syncer.model.recording import Direction
from syncer.wire.chunks import Joiner

_MAY_LEAVE_OUT = ("GetProvisioningCategoriesResult", "DomainEdited")  # unless one like it named the object before
NAMED_BY: Mapping[Kind, str] = {Kind.DOMAIN: "name", Kind.CATEGORY: "name", Kind.CONFIG: "desc"}


@dataclass(frozen=True, slots=True)
class Seen:
    """An object at a moment; `whole`: with all its fields."""

    at: int
    kind: Kind
    id: int
    domain_id: int | None
    raw: Mapping[str, Any] = field(repr=False)
    conversation: int = 0
    whole: bool = False
    told_by_us: bool = False  # concluded from a write, not said by the service

    @property
    def name(self) -> str | None:
        """Its name or description."""
        value = self.raw.get(NAMED_BY[self.kind])
        return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class _Listed:
    at: int
    kind: Kind
    conversation: int
    source: tuple[str, int | None]  # the type of the list, and the id of the domain that it is of
    ids: frozenset[int]


class World:
    """The objects of one service in the course of a recording."""

    def __init__(self, heard: Sequence[Heard]) -> None:
        self._seen: dict[tuple[Kind, int], list[Seen]] = {}
        self._names: dict[Kind, frozenset[str]] = {}
        self._ids: dict[Kind, frozenset[int]] = {}
        self._gone: dict[tuple[Kind, int], list[int]] = {}
        self._listed: list[_Listed] = []
        for seen in _Reader(heard, self._gone, self._listed).read():
            self._seen.setdefault((seen.kind, seen.id), []).append(seen)
        self._lists = {kind: [one for one in self._listed if one.kind is kind] for kind in Kind}
        self._first_named: dict[tuple[tuple[str, int | None], int], int] = {}  # by source and id: when
        for one in self._listed:
            for number in one.ids:
                self._first_named.setdefault((one.source, number), one.at)
        self._logins = frozenset(_logins(heard))

    def add(self, seen: Seen) -> None:
        """What a write of the recording made of an object."""
        known = self._seen.setdefault((seen.kind, seen.id), [])
        known.append(seen)
        known.sort(key=lambda one: one.at)
        self._names.clear()
        self._ids.clear()

    def before(self, kind: Kind, number: int, at: int) -> Seen | None:
        """How an object was seen last before."""
        return next((one for one in reversed(self._seen.get((kind, number), [])) if one.at < at), None)

    def whole_before(self, kind: Kind, number: int, at: int) -> Seen | None:
        """The same, with all its fields."""
        known = self._seen.get((kind, number), [])
        return next((one for one in reversed(known) if one.at < at and one.whole), None)

    def after(self, kind: Kind, number: int, at: int) -> Iterator[Seen]:
        """How the service showed it afterwards."""
        return (one for one in self._seen.get((kind, number), []) if one.at > at and not one.told_by_us)

    def keys(self, kind: Kind, number: int) -> frozenset[str]:
        """All fields with which the service ever showed an object."""
        shown = (one for one in self._seen.get((kind, number), []) if not one.told_by_us)
        return frozenset(key for one in shown for key in one.raw)

    def new_after(self, kind: Kind, at: int) -> Iterator[Seen]:
        """Objects that were not seen before, as they were seen first."""
        for (one_kind, _), known in self._seen.items():
            if one_kind is kind and known and known[0].at > at and not known[0].told_by_us:
                yield known[0]

    def gone_after(self, kind: Kind, number: int, at: int) -> int | None:
        """When the service first said, or showed by a list, that it is gone."""
        told = min((when for when in self._gone.get((kind, number), []) if when > at), default=None)
        lists = self._lists[kind]
        for one in lists[bisect_right(lists, at, key=lambda one: one.at) :]:
            if told is not None and told < one.at:
                break
            if number not in one.ids and self._would_list(one, number):
                return one.at
        return told

    def _would_list(self, missing: _Listed, number: int) -> bool:
        """Whether a list would name an object if it were there; another login may see less, some lists leave out."""
        mt, domain_id = missing.source
        known = self._seen.get((missing.kind, number), [])
        here = [one for one in known if one.conversation == missing.conversation and one.at < missing.at]
        if self._first_named.get((missing.source, number), missing.at) < missing.at:
            return bool(here)
        is_of_it = missing.kind is Kind.DOMAIN or any(one.domain_id == domain_id for one in here)
        return bool(here) and is_of_it and mt not in _MAY_LEAVE_OUT

    def names(self, kind: Kind) -> frozenset[str]:
        """All that objects of a kind were called; of domains, the login's too."""
        if kind not in self._names:
            seen = (one for (one_kind, _), known in self._seen.items() if one_kind is kind for one in known)
            also = self._logins if kind is Kind.DOMAIN else frozenset()
            self._names[kind] = also | {one.name for one in seen if one.name}
        return self._names[kind]

    def ids(self, kind: Kind) -> frozenset[int]:
        """All ids of a kind."""
        if kind not in self._ids:
            self._ids[kind] = frozenset(number for one_kind, number in self._seen if one_kind is kind)
        return self._ids[kind]


def _logins(heard: Sequence[Heard]) -> Iterator[str]:
    """The domains that were logged in to."""
    return (name for one in heard if one.mt == "AppLogin" and isinstance(name := one.message.get("domain"), str))


class _Reader:
    """Takes documented replies and all events apart."""

    def __init__(self, heard: Sequence[Heard], gone: dict[tuple[Kind, int], list[int]], listed: list[_Listed]) -> None:
        self._heard, self._gone, self._listed = heard, gone, listed
        self._asked: dict[tuple[int, Any], Mapping[str, Any]] = {}
        self._pieces: dict[tuple[int, Any], Joiner] = {}
        self._items: dict[tuple[int, Any, str], list[Mapping[str, Any]]] = {}

    def read(self) -> Iterator[Seen]:
        """Each time that an object was seen."""
        for one in self._heard:
            key = (one.conversation, _src(one.message))
            if one.frame.direction is Direction.SENT:
                self._asked[key] = one.message
                continue
            match one.mt:
                case "GetDomainsResult":
                    yield from self._domains(one, key)
                case "GetProvisioningCategoriesResult" | "GetProvisioningCategories":
                    yield from self._list(one, key, Kind.CATEGORY, "categories")
                case "GetDeviceConfigsResult":
                    yield from self._list(one, key, Kind.CONFIG, "configs")
                case documented.VALUE_PIECE:
                    self._piece(one, key)
                case "GetDeviceConfigResult":
                    yield from self._config(one, key)
                case mt if documented.is_event(mt):
                    yield from self._event(one)

    def _domains(self, one: Heard, key: tuple[int, Any]) -> Iterator[Seen]:
        for domain in _dicts(one.message.get("domains")):
            if is_number(domain.get("id")):
                yield from self._domain(one, domain, "GetDomains")
        self._end_of_list(one, key, Kind.DOMAIN, _dicts(one.message.get("domains")), None)

    def _domain(self, one: Heard, raw: Mapping[str, Any], source: str) -> Iterator[Seen]:
        """With its categories, where it names them."""
        yield Seen(one.at, Kind.DOMAIN, raw["id"], raw["id"], raw, one.conversation)
        categories = [c for c in _dicts(raw.get("categories")) if is_number(c.get("id"))]
        for category in categories:
            yield Seen(one.at, Kind.CATEGORY, category["id"], raw["id"], category, one.conversation)
        if isinstance(raw.get("categories"), list):
            ids = frozenset(category["id"] for category in categories)
            self._listed.append(_Listed(one.at, Kind.CATEGORY, one.conversation, (source, raw["id"]), ids))

    def _list(self, one: Heard, key: tuple[int, Any], kind: Kind, name: str) -> Iterator[Seen]:
        asked = self._asked.get(key, {}).get("domainId")
        domain_id = asked if is_number(asked) else None
        items = list(_dicts(one.message.get(name)))
        for raw in items:
            if is_number(raw.get("id")):
                own = raw.get("domainId")
                yield Seen(one.at, kind, raw["id"], own if is_number(own) else domain_id, raw, one.conversation)
        self._end_of_list(one, key, kind, items, domain_id)

    def _end_of_list(
        self, one: Heard, key: tuple[int, Any], kind: Kind, items: Iterable[Mapping[str, Any]], domain_id: int | None
    ) -> None:
        so_far = self._items.setdefault((*key, one.mt), [])
        so_far.extend(items)
        if one.message.get("last") is True:
            ids = frozenset(raw["id"] for raw in so_far if is_number(raw.get("id")))
            self._listed.append(_Listed(one.at, kind, one.conversation, (one.mt, domain_id), ids))
            self._items.pop((*key, one.mt))

    def _piece(self, one: Heard, key: tuple[int, Any]) -> None:
        name, value = one.message.get("name"), one.message.get("value")
        if isinstance(name, str) and isinstance(value, str):
            self._pieces.setdefault(key, Joiner()).add(name, value)

    def _config(self, one: Heard, key: tuple[int, Any]) -> Iterator[Seen]:
        raw = one.message.get("config")
        pieces = self._pieces.pop(key, Joiner()).values()
        if isinstance(raw, dict) and is_number(raw.get("id")):
            own = raw.get("domainId", self._asked.get(key, {}).get("domainId"))
            whole = {**raw, **pieces}
            domain_id = own if is_number(own) else None
            yield Seen(one.at, Kind.CONFIG, raw["id"], domain_id, whole, one.conversation, whole=True)

    def _event(self, one: Heard) -> Iterator[Seen]:
        """The fields of most events are not documented: an id, perhaps in an object."""
        kind = documented.noun(one.mt)
        found = next((raw for _, raw in objects(one.message) if is_number(raw.get("id"))), None)
        if kind is None or found is None:
            return
        if documented.is_end_of(one.mt):
            self._gone.setdefault((kind, found["id"]), []).append(one.at)
        elif kind is Kind.DOMAIN:
            yield from self._domain(one, found, one.mt)
        else:
            own = found.get("domainId")
            yield Seen(one.at, kind, found["id"], own if is_number(own) else None, found, one.conversation)


def _dicts(value: Any) -> Iterator[Mapping[str, Any]]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def _src(message: Mapping[str, Any]) -> Any:
    src = message.get("src")
    return src if isinstance(src, str | int) else None
