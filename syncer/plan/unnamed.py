"""What the files manage and do not name, though it is live and stays: a plan without differences hides it."""

from collections.abc import Iterator, Sequence

from syncer.errors import some, visible
from syncer.model.address import Address, Kind
from syncer.model.fields import config_types
from syncer.model.state import Desired, DesiredDomain, Entry, Live, LiveDomain, LiveObject
from syncer.plan.choosing import is_named
from syncer.plan.match import match

_NAMED_AT_MOST = 10


def notes_on_unnamed(desired: Desired, live: Live, only: Sequence[str]) -> tuple[str, ...]:
    """One note, or none; protected objects have one of their own."""
    found = sorted(address for address in _unnamed(desired, live) if is_named(only, address))
    if not found:
        return ()
    are = "object is" if len(found) == 1 else "objects are"
    return (f"{len(found)} live {are} not in the files, left alone: {some(found, _NAMED_AT_MOST, visible)}",)


def _unnamed(desired: Desired, live: Live) -> Iterator[Address]:
    contents = {id(one.entry): one for one in desired.domains}
    by_id = {one.domain.id: one for one in live.domains}
    for pair in match([one.entry for one in desired.domains], [one.domain for one in live.domains]).pairs:
        if pair.live is not None and not pair.entry.absent:
            yield from _of_domain(desired, contents[id(pair.entry)], by_id[pair.live.id])


def _of_domain(desired: Desired, said: DesiredDomain, live: LiveDomain) -> Iterator[Address]:
    for kind, entries, there in (
        (Kind.CATEGORY, said.categories, live.categories),
        (Kind.CONFIG, said.configs, live.configs),
    ):
        if said.manages(kind):
            yield from (one.address for one in _left(desired, kind, entries or (), there))


def _left(desired: Desired, kind: Kind, entries: Sequence[Entry], live: Sequence[LiveObject]) -> Iterator[LiveObject]:
    """What no entry means and no pruning takes."""
    for one in match(entries, live).unmatched:
        is_pruned = kind in desired.policy.prune and (kind is Kind.CATEGORY or one.address.type in config_types())
        if not is_pruned and not desired.policy.protected(one.address):
            yield one
