"""What is live in the domains that a self-test looks at: domains, categories, configs, devices."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from syncer.apply import wording
from syncer.devices.interface import Device, DomainHead, Service, devices_of
from syncer.model.address import Kind
from syncer.model.selftest import PREFIX
from syncer.model.state import CategoryRef, LiveObject
from syncer.model.values import Secret
from syncer.plan.diff import differences, same, view_of_live

Key = tuple[Kind, int, int]  # the kind, the domain's id (a domain's own), the id

_TAG = re.compile(rf"{PREFIX}[0-9a-f]{{8}}(?![0-9a-f])")


def key_of(one: LiveObject) -> Key:
    """What an object is known by as long as it lives."""
    return (one.address.kind, one.domain_id, one.id)


def own_name(one: LiveObject) -> str:
    """What it is called, of whichever kind it is."""
    return one.address.domain if one.address.kind is Kind.DOMAIN else one.address.name


def is_tagged(one: LiveObject) -> bool:
    """Whether it has the name of something that a self-test made, whichever."""
    return _TAG.match(own_name(one)) is not None


@dataclass(frozen=True, slots=True)
class Scope:
    """Which domains are read with their content, by their ids (None: all); of others only that they are there."""

    inside: frozenset[int] | None

    def has(self, one: LiveObject) -> bool:
        """Whether an object is among what is read."""
        return self.inside is None or one.address.kind is Kind.DOMAIN or one.domain_id in self.inside


EVERYWHERE = Scope(None)


@dataclass(frozen=True, slots=True)
class Survey:
    """Domains, categories and configs (common fields only), as they were read in one go."""

    heads: tuple[DomainHead, ...]
    objects: Mapping[Key, LiveObject]
    scope: Scope = EVERYWHERE

    def of(self, kind: Kind) -> list[LiveObject]:
        """All of one kind."""
        return [one for one in self.objects.values() if one.address.kind is kind]

    def refs(self, config: LiveObject) -> frozenset[int | str]:
        """The categories that a config names, by id; by name, or as nothing, where they cannot be told by id."""
        return frozenset(self._ref(ref, config.domain_id) for ref in config.categories)

    def _ref(self, ref: CategoryRef, domain_id: int) -> int | str:
        if ref.id is not None:
            return ref.id
        named = (c for c in self.of(Kind.CATEGORY) if (c.domain_id, c.address.name) == (domain_id, ref.name))
        return next((one.id for one in named), ref.name or "")

    def labels(self, refs: Iterable[int | str], domain_id: int) -> list[str]:
        """References in words."""
        return sorted(self._label(ref, domain_id) for ref in refs)

    def _label(self, ref: int | str, domain_id: int) -> str:
        found = self.objects.get((Kind.CATEGORY, domain_id, ref)) if isinstance(ref, int) else None
        return f"{found.address.name} (id {ref})" if found else f"id {ref}" if isinstance(ref, int) else ref


async def take_survey(service: Service, scope: Scope) -> Survey:
    """Read it all now."""
    heads = await service.domains()
    watched = [head for head in heads if scope.inside is None or head.domain.id in scope.inside]
    categories, configs = await asyncio.gather(service.categories(watched), service.config_heads(watched))
    found = [head.domain for head in heads]
    found += [one for listed in (*categories, *configs) for one in listed]
    return Survey(tuple(heads), {key_of(one): one for one in found}, scope)


async def take_devices(service: Service, heads: Iterable[DomainHead]) -> Mapping[int, Device]:
    """The devices of domains, by their ids."""
    filters = [asked for head in heads if (asked := devices_of(head.domain))]
    return {device.id: device for listed in await service.devices(filters) for device in listed}


def moved(then: Survey, one: LiveObject, now: Survey, there: LiveObject) -> str:
    """How an object differs from what it was, in words; "" if it does not."""
    if one == there:
        return ""
    before, after = _view(then, one), _view(now, there)
    for name in before.keys() & after.keys():
        if _same_secret(before[name], after[name]):
            del before[name], after[name]
    if same(before, after) and one.address.type == there.address.type and then.refs(one) == now.refs(there):
        return ""
    address = one.address
    return wording.moved(differences(before, after, address.kind, address.type, frozenset()))


def unlike(then: Survey, one: LiveObject, now: Survey, there: LiveObject) -> bool:
    """Whether an object differs from what it was."""
    return bool(moved(then, one, now, there))


def _view(survey: Survey, one: LiveObject) -> dict[str, Any]:
    """Categories count by their id: another object's name is not this one's."""
    view = view_of_live(replace(one, categories=()))
    if one.address.kind is Kind.CONFIG:
        view["categories"] = sorted(map(str, survey.refs(one)))
    return view


def _same_secret(before: Any, after: Any) -> bool:
    """A mask decrypts to something else in each session, and stands for one and the same."""
    if not isinstance(before, Secret) or not isinstance(after, Secret):
        return False
    return before == after or before.plain == after.plain or (before.raw is not None and before.raw == after.raw)
