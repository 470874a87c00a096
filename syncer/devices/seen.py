"""What lists said when it was read, to tell what a later one says otherwise."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from syncer.devices.interface import DomainHead
from syncer.model.address import Kind
from syncer.model.fields import OWN_KEYS, fields_of
from syncer.model.state import LiveObject

MOST_MOVED = 6  # named; more would fill the memory with names
_HALF = 8  # bytes of a digest


class Seen:
    """Digests of categories and configs as they were listed.

    What is listed of a domain itself needs none: the latest list has it as it was at the time of that list.
    `moved`: some of what was found otherwise, for people. `restless`: something was otherwise in fields that nobody
    knows alone, such as a count or a time; once they are `overlooked` that is nothing.
    """

    def __init__(self) -> None:
        self.moved: dict[str, None] = {}
        self.restless = False
        self.overlooked = False
        self._domains: dict[int, bytes] = {}
        self._configs: dict[int, dict[int, bytes]] = {}

    def begin(self) -> None:
        """Another round of lists."""
        self.moved.clear()
        self.restless = False

    def note(self, what: str) -> None:
        """Something is not as it was."""
        if len(self.moved) < MOST_MOVED:
            self.moved[what] = None

    def domains(self, heads: Sequence[DomainHead], categories: Sequence[Sequence[LiveObject]]) -> dict[int, list[int]]:
        """Take a list of all domains with their categories; those that are gone, with the configs that were read."""
        before, self._domains = self._domains, {}
        for head, inside in zip(heads, categories, strict=True):
            digest = self._domains[head.domain.id] = _digest(Kind.CATEGORY, [one.raw for one in inside])
            if self._differs(before.get(head.domain.id), digest):
                self.note(head.domain.address.shown)
        gone = before.keys() - self._domains.keys()
        for domain_id in gone:
            self.note(f"domain {domain_id}")
        return {domain_id: list(self._configs.pop(domain_id, {})) for domain_id in gone}

    def configs(self, domain_id: int, listed: Sequence[LiveObject]) -> tuple[list[LiveObject], list[int]]:
        """Of a list of configs those that were not read as they are listed now; and the ids that are gone."""
        known = self._configs.setdefault(domain_id, {})
        gone = list(known.keys() - {head.id for head in listed})
        for config_id in gone:
            del known[config_id]
            self.note(f"config {config_id} of domain {domain_id}")
        return [head for head in listed if self._differs(known.get(head.id), _of_config(head))], gone

    def read(self, head: LiveObject) -> None:
        """It was read after it was listed so."""
        self._configs[head.domain_id][head.id] = _of_config(head)

    def refused(self, head: LiveObject) -> None:
        """It was listed, and could not be read."""
        self._configs[head.domain_id].pop(head.id, None)

    def _differs(self, before: bytes | None, now: bytes) -> bool:
        if before is None or before[:_HALF] != now[:_HALF]:
            return True
        self.restless |= before != now
        return before != now and not self.overlooked


def _of_config(head: LiveObject) -> bytes:
    return _digest(Kind.CONFIG, [head.raw])


def _digest(kind: Kind, raws: Sequence[Any]) -> bytes:
    """Of the fields that somebody knows, then of all, whatever the order in which categories come."""
    known = [_known(kind, raw) for raw in raws]
    return _hash(known) + _hash([_ordered(raw) for raw in raws])


def _known(kind: Kind, raw: Mapping[str, Any]) -> dict[str, Any]:
    names = OWN_KEYS[kind] | fields_of(kind, str(raw.get("type"))).keys()
    known = {name: value for name, value in raw.items() if name in names}
    refs = known.get("categories")
    if isinstance(refs, list):
        known["categories"] = [_known(Kind.CATEGORY, one) if isinstance(one, dict) else one for one in refs]
    return _ordered(known)


def _hash(found: Any) -> bytes:
    return hashlib.blake2b(json.dumps(found, sort_keys=True).encode(), digest_size=_HALF).digest()


def _ordered(raw: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(raw.get("categories"), list):
        return dict(raw)
    return {**raw, "categories": sorted(json.dumps(one, sort_keys=True) for one in raw["categories"])}
