"""Receipts: which operations of a wire profile were proven on which server."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from syncer.files.plans import read_json


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was proven on one server: the profile's digest, when (RFC 3339), and the operations."""

    profile: str
    date: str
    operations: frozenset[str]


def read_receipts(path: Path) -> Mapping[str, Receipt]:
    """Receipts by server url; none where there is no file. ProblemsError if it is broken."""
    if not path.exists():
        return {}
    servers = read_json(path, "receipt", "the receipt")["servers"]
    return {
        url: Receipt(value["profile"], value["date"], frozenset(value["operations"])) for url, value in servers.items()
    }
