"""Making the record of what was applied: entries of the files, with secrets and masked fields as fingerprints."""

import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from syncer.model.address import Address, Kind
from syncer.model.fields import fields_of
from syncer.model.record import Fingerprint, Record, Recorded
from syncer.model.state import Desired, DesiredDomain, Entry, Policy
from syncer.model.values import Secret
from syncer.plan.digest import derive_key, keyed
from syncer.plan.images import holds
from syncer.plan.steps import Step
from syncer.plan.target import found_at

_CHECK = "syncer-record"  # what a record's `check` is a digest of


@dataclass(frozen=True, slots=True)
class Applied:
    """An apply that is to be recorded: which server, when (RFC 3339), what was asked for, and what was not done of it.

    `fresh_salt` is for a record that cannot keep its own; `names` are those of the live domains, by id.
    """

    server_name: str
    server_url: str
    now: str
    password: str = field(repr=False)
    fresh_salt: str
    only: Sequence[str]
    undone: Sequence[Step]
    names: Mapping[int, str]


def opens(record: Record, password: str) -> bytes | None:
    """The key of a record's fingerprints; None if they were made with another password."""
    key = derive_key(password, record.salt)
    return key if is_digest(keyed(key, _CHECK), record.check) else None


def is_digest(ours: str, theirs: str) -> bool:
    """Whether a file has the digest that it should have; it may have anything."""
    return hmac.compare_digest(ours.encode(), theirs.encode("utf-8", "surrogatepass"))


def recorded(old: Record | None, desired: Desired, applied: Applied) -> Record:
    """The record after an apply: what it did not look at, or did not do, is as `old` says."""
    key = opens(old, applied.password) if old else None
    kept = () if old is None else old.objects if key else tuple(map(_unchecked, old.objects))
    salt = old.salt if old and key else applied.fresh_salt
    key = key or derive_key(applied.password, salt)
    done = tuple(_done(desired, applied, key, kept))
    is_whole = not applied.only and not applied.undone
    return Record(
        applied.server_name,
        applied.server_url,
        applied.now,
        salt,
        keyed(key, _CHECK),
        is_whole or (old is not None and old.complete),
        (*done, *_still_told(kept, done, desired, applied)),
    )


def _done(desired: Desired, applied: Applied, key: bytes, kept: Iterable[Recorded]) -> Iterator[Recorded]:
    """The entries that are as the files say now."""
    pruned = _Pruned(desired.policy, applied, kept)
    undone = {str(step.change.address) for step in applied.undone}
    for domain in desired.domains:
        for entry in domain.entries:
            addresses = _addresses(entry, domain)
            if str(entry.address) not in undone and _is_meant(addresses, applied.only):
                prunes = pruned.of(domain) if entry is domain.entry else frozenset[Kind]()
                yield Recorded(_without_secrets(entry, addresses, desired.policy, key), prunes)


def _addresses(entry: Entry, domain: DesiredDomain) -> tuple[Address, ...]:
    """All that policies and --only may know an entry by: its new and its old names."""
    own = [one for one in (entry.address, entry.former) if one]
    old = domain.entry.renamed_from
    moved = [replace(one, domain=old) for one in own if old is not None and one.kind is not Kind.DOMAIN]
    return (*own, *moved)


def _is_meant(addresses: Iterable[Address], only: Sequence[str]) -> bool:
    return not only or any(address.matches(glob) for glob in only for address in addresses)


class _Pruned:
    """The kinds of which nothing is left that the files do not describe; where not all was done, as it was before."""

    def __init__(self, policy: Policy, applied: Applied, kept: Iterable[Recorded]) -> None:
        self._prune, self._only = policy.prune, applied.only
        self._before = {one.entry.address: one.prunes for one in kept}
        deletes = (step.change.address for step in applied.undone if step.target is None)
        self._left = {(one.kind, "" if one.kind is Kind.DOMAIN else one.domain) for one in deletes}

    def of(self, domain: DesiredDomain) -> frozenset[Kind]:
        """Those of a domain, which may have had another name."""
        names = (domain.entry.address, domain.entry.former)
        before = {kind for name in names if name for kind in self._before.get(name, ())}
        return frozenset(
            kind
            for kind in Kind
            if (kind is Kind.DOMAIN or domain.manages(kind))
            and kind in (before if self._is_part(kind, domain.name) else self._prune)
        )

    def _is_part(self, kind: Kind, domain: str) -> bool:
        return bool(self._only) or (kind, "" if kind is Kind.DOMAIN else domain) in self._left


def _without_secrets(entry: Entry, addresses: Sequence[Address], policy: Policy, key: bytes) -> Entry:
    """The entry as a record tells it; of one that is to be absent, only that."""
    if entry.absent:
        return Entry(entry.address, entry.place, id=entry.id, absent=True)
    known = fields_of(entry.address.kind, entry.address.type)
    hidden = policy.masked(*addresses) | {name for name, one in known.items() if one.secret}
    ignore = entry.ignore | policy.ignored(*addresses)

    def told(name: str, value: Any) -> Any:
        is_hidden = name in hidden or isinstance(value, Secret) or holds(value, hidden)
        return Fingerprint(fingerprint_of(entry, name, value, key)) if is_hidden and value is not None else value

    return replace(
        entry,
        fields={name: told(name, value) for name, value in entry.fields.items() if name not in ignore},
        extra={name: told(name, value) for name, value in entry.extra.items() if name not in ignore},
        categories=None if "categories" in ignore else entry.categories,
        renamed_from=None,
        ignore=ignore,
    )


def fingerprint_of(entry: Entry, name: str, value: Any, key: bytes) -> str:
    """Of one field of one object, so that nobody sees which objects share a password."""
    return keyed(key, ["record", str(entry.address), entry.id, name, value])


def _unchecked(one: Recorded) -> Recorded:
    """Without digests that nobody can check any more, since they were made with another password."""

    def told(values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: Fingerprint(None) if isinstance(v, Fingerprint) else v for name, v in values.items()}

    return replace(one, entry=replace(one.entry, fields=told(one.entry.fields), extra=told(one.entry.extra)))


def _still_told(
    kept: Iterable[Recorded], done: Iterable[Recorded], desired: Desired, applied: Applied
) -> Iterator[Recorded]:
    """What an earlier record says of objects that this apply did not look at, or could not change."""
    replaced = {_key(one.entry) for one in done} | {(str(one), None) for one in _left_names(done, desired)}
    undone = {str(address) for step in applied.undone for address in _found_at(step, applied.names)}
    for one in kept:
        is_out_of_scope = not _is_meant([one.entry.address], applied.only)
        if (is_out_of_scope or str(one.entry.address) in undone) and _key(one.entry) not in replaced:
            yield one


def _key(entry: Entry) -> tuple[str, int | None]:
    return str(entry.address), entry.id


def _left_names(done: Iterable[Recorded], desired: Desired) -> Iterator[Address]:
    """Names that renamed objects no longer have."""
    now = {one.entry.address for one in done}
    for domain in desired.domains:
        named = {entry.address for entry in domain.entries}
        for entry in domain.entries:
            if entry.address in now and entry.former is not None and entry.former not in named:
                yield entry.former


def _found_at(step: Step, names: Mapping[int, str]) -> tuple[Address, ...]:
    own = (step.change.address, *(found_at(step.live, names) if step.live else ()))
    return own if step.change.former is None else (*own, step.change.former)
