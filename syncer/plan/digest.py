"""Digests of states, keyed with the login's password, so that a plan tells nothing and can still be checked."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from syncer.model.state import Desired, DesiredDomain, Entry, LiveObject, Policy, Target
from syncer.model.values import Secret

_COST = {"n": 1 << 15, "r": 8, "p": 1, "maxmem": 64 << 20}  # about 0.1 s and 32 MiB a guess


@lru_cache(maxsize=4)  # a saved plan is checked, planned again and applied with one key
def derive_key(password: str, salt: str) -> bytes:
    """The key of a plan's digests; `salt` is hex."""
    return hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=bytes.fromhex(salt), dklen=32, **_COST)


def keyed(key: bytes, value: Any) -> str:
    """Hex HMAC-SHA-256 over the canonical form of plain data with secrets in it."""
    return hmac.new(key, canonical(value).encode(), hashlib.sha256).hexdigest()


def canonical(value: Any) -> str:
    """JSON in one spelling: 1, 1.0 and true stay apart, the order of keys does not matter."""
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        # a ciphertext differs from session to session, so what cannot be decrypted counts as one value
        return {"secret": value.plain, "readable": value.plain is not None}
    raise TypeError(f"{type(value).__name__} is no plain data")


def base_of(live: LiveObject, ignored: frozenset[str]) -> Mapping[str, Any]:
    """What of a live object a plan relies on: its own fields, categories by id; nothing ignored or read-only."""
    address = live.address
    return {
        # the domain has its own base: renaming it makes no other object's stale
        "named": [address.kind, address.type, address.name or (address.domain if address.kind == "domain" else "")],
        "id": live.id,
        "fields": {name: value for name, value in live.fields.items() if name not in ignored},
        "extra": {name: value for name, value in live.extra.items() if name not in ignored},
        "categories": []
        if "categories" in ignored
        else sorted(str(ref.name if ref.id is None else ref.id) for ref in live.categories),
    }


def target_of(target: Target, ignored: frozenset[str]) -> Mapping[str, Any]:
    """What an object is to become; nothing ignored, since others may change that meanwhile."""
    return {
        "address": str(target.address),
        "fields": {name: value for name, value in target.fields.items() if name not in ignored},
        "extra": {name: value for name, value in target.extra.items() if name not in ignored},
        "categories": sorted(target.categories),
    }


def files_of(desired: Desired, profile_digest: str) -> list[Any]:
    """The resolved desired state, the policy and the wire profile; no comments, no layout."""
    domains = sorted(map(_domain, desired.domains), key=lambda one: str(one[0]["address"]))
    return [profile_digest, _policy(desired.policy), domains]


def _domain(domain: DesiredDomain) -> list[Any]:
    partial = [sorted(domain.partial)] if domain.partial else []  # none in plans of before there were baselines
    return [_entry(domain.entry), _entries(domain.categories), _entries(domain.configs), *partial]


def _entries(entries: tuple[Entry, ...] | None) -> list[Any] | None:
    return (
        None if entries is None else sorted(map(_entry, entries), key=lambda one: (str(one["address"]), str(one["id"])))
    )


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "address": str(entry.address),
        "fields": dict(entry.fields),
        "extra": dict(entry.extra),
        "categories": None if entry.categories is None else sorted(entry.categories),
        "id": entry.id,
        "renamed_from": entry.renamed_from,
        "absent": entry.absent,
        "ignore": sorted(entry.ignore),
    }


def _policy(policy: Policy) -> dict[str, Any]:
    limits = policy.limits
    return {
        "prune": sorted(policy.prune),
        "limits": [limits.deletes, limits.deletes_percent, limits.updates, limits.updates_percent],
        "protect": sorted(policy.protect),
        "ignore": {glob: sorted(names) for glob, names in policy.ignore.items()},
        "mask": {glob: sorted(names) for glob, names in policy.mask.items()},
    }
