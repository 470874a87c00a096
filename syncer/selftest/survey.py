"""What is live in the domains that a self-test watches, and whether others' objects are as they were."""

import asyncio
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from syncer.apply import wording
from syncer.devices.interface import DomainHead, Service, Tick
from syncer.errors import RequestRefused
from syncer.model.address import Kind
from syncer.model.selftest import PREFIX, Damage
from syncer.model.state import CategoryRef, LiveObject
from syncer.model.values import Secret
from syncer.plan.diff import differences, same, view_of_live

Key = tuple[Kind, int, int]  # the kind, the domain's id (a domain's own), the id

_GONE = "it is gone"
_UNREADABLE = "it cannot be read any more"
_TAG = re.compile(rf"{PREFIX}[0-9a-f]{{8}}(?![0-9a-f])")


def key_of(one: LiveObject) -> Key:
    """What an object is known by as long as it lives."""
    return (one.address.kind, one.domain_id, one.id)


def is_tagged(one: LiveObject) -> bool:
    """Whether it has the name of something that a self-test made, whichever."""
    address = one.address
    return _TAG.match(address.domain if address.kind is Kind.DOMAIN else address.name) is not None


@dataclass(frozen=True, slots=True)
class Scope:
    """Which domains are read with their content, by their ids; of all others only that they are there."""

    inside: frozenset[int]


@dataclass(frozen=True, slots=True)
class Survey:
    """Domains, categories and configs (common fields only), as they were read in one go."""

    heads: tuple[DomainHead, ...]
    objects: Mapping[Key, LiveObject]

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


async def take_survey(service: Service, scope: Scope | None) -> Survey:
    """Read it all now; without a scope, in every domain."""
    heads = await service.domains()
    watched = [head for head in heads if scope is None or head.domain.id in scope.inside]
    categories, configs = await asyncio.gather(service.categories(watched), service.config_heads(watched))
    found = [head.domain for head in heads]
    found += [one for listed in (*categories, *configs) for one in listed]
    return Survey(tuple(heads), {key_of(one): one for one in found})


@dataclass(frozen=True, slots=True)
class Before:
    """What others had when the self-test began: listed, and each config with all its fields.

    `everywhere`: what was listed in every domain that the login sees.
    """

    survey: Survey
    configs: Mapping[Key, LiveObject]
    everywhere: Survey

    def has(self, one: LiveObject) -> bool:
        """Whether it was there before."""
        return key_of(one) in self.survey.objects

    def without(self, keys: Collection[Key]) -> "Before":
        """The same, but for some that are nobody's."""
        objects = {key: one for key, one in self.survey.objects.items() if key not in keys}
        configs = {key: one for key, one in self.configs.items() if key not in keys}
        return replace(self, survey=replace(self.survey, objects=objects), configs=configs)

    def other_with_id(self, mine: LiveObject) -> LiveObject | None:
        """Something of another kind with the same id, which an operation of the wrong kind would hit."""
        others = self.everywhere.objects.values()
        return next((one for one in others if one.id == mine.id and one.address.kind is not mine.address.kind), None)

    def whole(self, key: Key) -> LiveObject:
        """An object with all that is known of it."""
        return self.configs.get(key) or self.survey.objects[key]

    def damages(self, now: Survey) -> tuple[Damage, ...]:
        """What of it is gone, or listed otherwise, now."""
        found = []
        for key, one in self.survey.objects.items():
            there = now.objects.get(key)
            how = _GONE if there is None else _moved(self.survey, one, now, there)
            if how:
                found.append(Damage(one.address, one.id, how))
        return tuple(found)

    async def deep_damages(self, service: Service, now: Survey) -> tuple[Damage, ...]:
        """The same, with all fields of all configs."""
        found = list(self.damages(now))
        told = {(one.address, one.id) for one in found}
        whole = {key: one for key, one in self.configs.items() if (one.address, one.id) not in told}
        read = await _read_configs(service, [now.objects[key] for key in whole])
        for (key, one), answer in zip(whole.items(), read, strict=True):
            if how := _UNREADABLE if isinstance(answer, RequestRefused) else _moved(self.survey, one, now, answer):
                found.append(Damage(one.address, key[2], how))
        return tuple(found)


async def _read_configs(service: Service, heads: list[LiveObject]) -> list[LiveObject | RequestRefused]:
    """Those that are refused are asked for once more."""
    found = await service.configs(heads)
    refused = [number for number, one in enumerate(found) if isinstance(one, RequestRefused)]
    again = await service.configs([heads[number] for number in refused])
    return [again[refused.index(number)] if number in refused else one for number, one in enumerate(found)]


async def take_before(service: Service, scope: Scope, tick: Tick | None = None) -> Before:
    """What is there now, with all fields of all configs.

    RequestRefused where one cannot be read, since it could not be watched.
    """
    everywhere = await take_survey(service, None)
    survey = await take_survey(service, scope)
    configs = {}
    for one in await service.configs(survey.of(Kind.CONFIG), tick):
        if isinstance(one, RequestRefused):
            raise one
        configs[key_of(one)] = one
    return Before(survey, configs, everywhere)


def _moved(then: Survey, one: LiveObject, now: Survey, there: LiveObject) -> str:
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
    return bool(_moved(then, one, now, there))


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
