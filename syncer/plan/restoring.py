"""What a backup holds, as a goal: exact, and by names, since its ids mean nothing on any other day."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from syncer.errors import Place, Problem, ProblemsError, visible
from syncer.model.address import Address, Kind
from syncer.model.fields import fields_of
from syncer.model.state import CategoryRef, Desired, DesiredDomain, Entry, LiveDomain, LiveObject, Policy
from syncer.model.values import Secret
from syncer.plan.choosing import is_named

_OTHERS = "restore the others with --only"


@dataclass(frozen=True, slots=True)
class Held:
    """What a backup holds of the domains that are meant; `place` is its file.

    `write_only`: secrets that its service never returned, so that nobody knows whether they were set.
    """

    place: Place
    domains: tuple[LiveDomain, ...]
    write_only: frozenset[str] = frozenset()


def desired_of(held: Held, policy: Policy, only: Sequence[str] = ()) -> Desired:
    """The goal; ProblemsError with everything that cannot be restored.

    What `only` does not name is in nobody's way: a domain of which it names nothing is left out, unless something is to
    be pruned there, and so is every config that it does not name.
    """
    domains = [domain for domain in held.domains if policy.prune or any(is_named(only, a) for a in _addresses(domain))]
    domains = [_with_named_configs(domain, only) for domain in domains]
    broken = (one for domain in domains for one in _broken(domain))
    problems = [*_twice(domains, held.place), *(Problem(held.place, what, hint) for what, hint in broken)]
    if problems:
        raise ProblemsError(problems)
    return Desired(tuple(_described(domain, held) for domain in domains), policy, held=True)


def _with_named_configs(domain: LiveDomain, only: Sequence[str]) -> LiveDomain:
    return replace(domain, configs=tuple(one for one in domain.configs if is_named(only, one.address)))


def _addresses(domain: LiveDomain) -> Iterator[Address]:
    return (one.address for one in domain.objects)


def _twice(domains: Sequence[LiveDomain], place: Place) -> Iterator[Problem]:
    for address, times in Counter(domain.domain.address for domain in domains).items():
        if times > 1:
            yield Problem(place, f"{address.shown} is {times} times in the backup", "restore others with --only")


def _broken(domain: LiveDomain) -> Iterator[tuple[str, str]]:
    """Which configs cannot be made by what the backup says, and what to do.

    A list of categories that lost one might be empty, and then the config would be for every device.
    """
    count = Counter(category.address.name for category in domain.categories)
    for config in domain.configs:
        for ref in config.categories:
            there = 0 if ref.name is None else count[ref.name]
            if there != 1:
                yield _why(config, ref, there)


def _why(config: LiveObject, ref: CategoryRef, there: int) -> tuple[str, str]:
    if ref.name is not None:
        called = f"category {visible(ref.name)}"
    else:
        called = "a category without name and id" if ref.id is None else f"the category with id {ref.id}"
    if not there:
        what = f"{config.address.shown} is for {called}, which is not in the backup"
        return what, f"make this config by hand, and {_OTHERS}"
    what = f"{config.address.shown} is for {called}, and {there} in the backup have that name"
    return what, f"{_OTHERS}, or give one of them another name on the server and make a new backup"


def _described(domain: LiveDomain, held: Held) -> DesiredDomain:
    return DesiredDomain(
        entry_of(domain.domain, held.place, held.write_only),
        tuple(entry_of(one, held.place, held.write_only) for one in domain.categories),
        tuple(entry_of(one, held.place, held.write_only) for one in domain.configs),
    )


def entry_of(held: LiveObject, place: Place, write_only: frozenset[str]) -> Entry:
    """All that is known of an object: what it did not have is to be unset; secrets that nobody knows are left alone."""
    known = fields_of(held.address.kind, held.address.type)
    untold = frozenset(
        name for name, field in known.items() if field.secret and _is_untold(held.fields.get(name), name in write_only)
    )
    return Entry(
        held.address,
        place,
        {name: held.fields.get(name) for name in known if name not in untold},
        {name: value for name, value in held.extra.items() if value is not None},
        tuple(sorted({ref.name for ref in held.categories if ref.name is not None}))
        if held.address.kind is Kind.CONFIG
        else None,
        ignore=untold,
    )


def _is_untold(value: Any, never_told: bool) -> bool:
    return never_told if value is None else isinstance(value, Secret) and value.plain is None


def moved(domains: Sequence[LiveDomain], new_names: Mapping[str, str]) -> tuple[LiveDomain, ...]:
    """The domains that have a new name, under that."""
    return tuple(_moved(domain, new_names[domain.name]) for domain in domains if domain.name in new_names)


def masked_as_before(policy: Policy, domains: Iterable[LiveDomain], new_names: Mapping[str, str]) -> Policy:
    """What may not be shown of a domain is not shown under its new name either, nor of others of its type there."""
    mask = defaultdict(set, {glob: set(names) for glob, names in policy.mask.items()})
    for domain in domains:
        for one in domain.objects if domain.name in new_names else ():
            if names := policy.masked(one.address):
                name = "" if one.address.kind is Kind.DOMAIN else "*"
                mask[str(replace(one.address, domain=new_names[domain.name], name=name))] |= names
    return replace(policy, mask={glob: tuple(sorted(names)) for glob, names in mask.items()})


def _moved(domain: LiveDomain, name: str) -> LiveDomain:
    def there(one: LiveObject) -> LiveObject:
        return replace(one, address=replace(one.address, domain=name))

    return replace(
        domain,
        domain=there(domain.domain),
        categories=tuple(map(there, domain.categories)),
        configs=tuple(map(there, domain.configs)),
    )
