"""Receipts: which operations of a wire profile were proven on which server."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from syncer.errors import SyncerError, visible
from syncer.files.plans import read_json, write_private

FORMAT = "syncer-receipt/1"


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


def write_receipt(path: Path, url: str, receipt: Receipt) -> None:
    """Put the receipt of one server beside those of others; SyncerError if that is not possible."""
    receipts = {**read_receipts(path), url: receipt}
    servers = {
        url: {"profile": one.profile, "date": one.date, "operations": sorted(one.operations)}
        for url, one in sorted(receipts.items())
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise SyncerError(f"{visible(path.parent)} cannot be made: {visible(exc.strerror)}") from exc
    write_private(path, json.dumps({"format": FORMAT, "servers": servers}, indent=2) + "\n")
