"""What lists said when it was read, to tell what a later one says otherwise."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from syncer.devices.interface import DomainHead
from syncer.model.state import LiveObject

MOST_MOVED = 6  # named; more would fill the memory with names


class Seen:
    """Digests of domains and configs as they were listed. `moved`: some of what was found otherwise, for people."""

    def __init__(self) -> None:
        self.moved: dict[str, None] = {}
        self._domains: dict[int, int] = {}
        self._configs: dict[int, dict[int, int]] = {}

    def note(self, what: str) -> None:
        """Something is not as it was."""
        if len(self.moved) < MOST_MOVED:
            self.moved[what] = None

    def domains(self, heads: Sequence[DomainHead], categories: Sequence[Sequence[LiveObject]]) -> dict[int, list[int]]:
        """Take a list of all domains with their categories; those that are gone, with the configs that were read."""
        before, self._domains = self._domains, {}
        for head, inside in zip(heads, categories, strict=True):
            digest = _digest([head.domain.raw, *(one.raw for one in inside)])
            self._domains[head.domain.id] = digest
            if before.get(head.domain.id) != digest:
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
        return [head for head in listed if known.get(head.id) != _digest(head.raw)], gone

    def read(self, head: LiveObject) -> None:
        """It was read after it was listed so."""
        self._configs[head.domain_id][head.id] = _digest(head.raw)

    def refused(self, head: LiveObject) -> None:
        """It was listed, and could not be read."""
        self._configs[head.domain_id].pop(head.id, None)


def _digest(raw: Any) -> int:
    """Of JSON data, whatever the order in which categories come."""
    text = json.dumps(_ordered(raw), sort_keys=True).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest())


def _ordered(raw: Any) -> Any:
    if isinstance(raw, list):
        return [_ordered(one) for one in raw]
    categories = raw.get("categories") if isinstance(raw, Mapping) else None
    if not isinstance(categories, list):
        return raw
    return {**raw, "categories": sorted(json.dumps(one, sort_keys=True) for one in categories)}
