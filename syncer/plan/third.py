"""The third side of a plan: what files and server once agreed on, as a record or a revision of the files tells it."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace

from syncer.errors import visible
from syncer.model.address import Address, Kind, domain_address
from syncer.model.plan import Change, Since
from syncer.model.record import Record
from syncer.model.state import Desired, Entry


@dataclass(frozen=True, slots=True)
class ThirdSide:
    """What the files said when they and the server were last the same.

    `entries` by the text of their address and, where they have one, id. `pruned`: by a domain's name, the kinds of
    which nothing was left there that the files did not describe. `complete`: what is not among the entries was not in
    the files. `key`: of the Fingerprints in it, None if they cannot be checked. `blind` and `partial` say for people
    why something cannot be told: a value that is not known here, an object of which nothing is.
    """

    since: Since
    entries: Mapping[tuple[str, int | None], Entry]
    pruned: frozenset[tuple[str, Kind]]
    complete: bool = True
    key: bytes | None = field(default=None, repr=False)
    blind: str = ""
    partial: str = ""

    @property
    def unclear(self) -> str:
        """Why nothing can be told of one of several objects with one address, or of one that has another id now."""
        name = visible(self.since.name)
        return f"whose some differences are cannot be told: {name} does not say which object is meant by an address"


def side_of_record(since: Since, record: Record, key: bytes | None) -> ThirdSide:
    """A record; `key` None if the login password is no longer the one that it was made with."""
    name = visible(since.name)
    blind = f"the login password changed since {name} was made" if key is None else f"{name} or the server hides values"
    return ThirdSide(
        since,
        {(str(one.entry.address), one.entry.id): one.entry for one in record.objects},
        frozenset((one.entry.address.domain, kind) for one in record.objects for kind in one.prunes),
        record.complete,
        key,
        f"whose some differences of secrets and masked fields are cannot be told: {blind}; "
        f"`syncer apply --record {name}` mends that",
        f"whose some differences are cannot be told: {name} tells only of a part, since it was begun with --only or by "
        f"an apply that stopped; `syncer apply --record {name}` without --only completes it",
    )


def side_of_files(since: Since, then: Desired, prune: Set[Kind]) -> ThirdSide:
    """What the files of a revision said, `prune` of its policy; a Secret that is not known any more has no text."""
    described = {(d.name, kind) for d in then.domains for kind in Kind if kind is Kind.DOMAIN or d.manages(kind)}
    return ThirdSide(
        since,
        {(str(entry.address), entry.id): entry for entry in then.entries},
        frozenset((name, kind) for name, kind in described if kind in prune),
        blind="whose some differences of secrets are cannot be told: git does not keep what variables and other files "
        f"held at {visible(since.name)}, or the server does not say it",
    )


class Names:
    """By which names the third side knows what may have been renamed since."""

    def __init__(self, third: ThirdSide, desired: Desired) -> None:
        self._there = {text for text, _ in third.entries}
        self._former = {entry.address: entry.former for entry in desired.entries if entry.former is not None}
        self._domains = {a.domain: former.domain for a, former in self._former.items() if a.kind is Kind.DOMAIN}
        self._categories = self._renamed(a for a in self._former if a.kind is Kind.CATEGORY)

    def _renamed(self, addresses: Iterable[Address]) -> dict[tuple[str, str], str]:
        """New names by domain and former name, of categories that the third side has under their former ones."""
        return {
            (address.domain, self._former[address].name): address.name
            for address in addresses
            if not (self._has(address) and self._has(self._former[address]))
        }

    def _has(self, address: Address) -> bool:
        return any(str(replace(address, domain=name)) in self._there for name in self.domains(address.domain))

    def domains(self, domain: str) -> tuple[str, ...]:
        """The names that a domain may have there: its former one, too, unless it is another domain's by now.

        A record may have the new name of the domain, and the old one of what an apply with --only did not look at.
        """
        former = self._domains.get(domain)
        is_apart = former is not None and {str(domain_address(domain)), str(domain_address(former))} <= self._there
        return (domain,) if former is None or is_apart else (domain, former)

    def of(self, change: Change) -> Iterator[str]:
        """The texts of the addresses that an object may have there, the likeliest first."""
        own = (change.address, change.former, self._former.get(change.address))
        for address in dict.fromkeys(one for one in own if one is not None):
            domains = (address.domain,) if address.kind is Kind.DOMAIN else self.domains(address.domain)
            yield from (str(replace(address, domain=domain)) for domain in domains)

    def category(self, domain: str, name: str) -> str:
        """Today's name of a category."""
        return self._categories.get((domain, name), name)
