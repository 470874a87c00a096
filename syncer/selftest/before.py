"""What others had when a self-test began, and whether it is as it was."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from syncer.devices.interface import Device, Service, Tick
from syncer.errors import RequestRefused
from syncer.model.address import Kind, domain_address
from syncer.model.selftest import Damage
from syncer.model.state import LiveObject
from syncer.selftest.survey import EVERYWHERE, Key, Scope, Survey, key_of, moved, take_devices, take_survey

_GONE = "it is gone"
_UNREADABLE = "it cannot be read any more"


@dataclass(frozen=True, slots=True)
class Before:
    """All that was listed in every domain that the login sees, devices too; watched configs with all their fields."""

    survey: Survey
    configs: Mapping[Key, LiveObject]
    devices: Mapping[int, Device]

    def has(self, one: LiveObject) -> bool:
        """Whether it was there before."""
        return key_of(one) in self.survey.objects

    def without(self, keys: Collection[Key]) -> "Before":
        """The same, but for some that are nobody's."""
        objects = {key: one for key, one in self.survey.objects.items() if key not in keys}
        configs = {key: one for key, one in self.configs.items() if key not in keys}
        return replace(self, survey=replace(self.survey, objects=objects), configs=configs)

    def other_with_id(self, mine: LiveObject) -> str:
        """Something of another kind with the same id, which an operation of the wrong kind would hit; "" for none."""
        others = (one for one in self.survey.objects.values() if one.id == mine.id)
        other = next((one for one in others if one.address.kind is not mine.address.kind), None)
        return other.address.shown if other else "a device" if mine.id in self.devices else ""

    def twin(self, mine: LiveObject) -> str:
        """One of the same kind with the same id in another domain; "" for none."""
        kind, domain_id, number = key_of(mine)
        twins = (key for key in self.survey.objects if key[0] is kind and key[2] == number and key[1] != domain_id)
        return next((self.survey.objects[key].address.shown for key in twins), "")

    def whole(self, key: Key) -> LiveObject:
        """An object with all that is known of it."""
        return self.configs.get(key) or self.survey.objects[key]

    def damages(self, now: Survey) -> tuple[Damage, ...]:
        """What of it is gone, or listed otherwise, now, as far as that was read."""
        found = []
        for key, one in self.survey.objects.items():
            there = now.objects.get(key)
            if not now.scope.has(one):
                continue
            how = _GONE if there is None else moved(self.survey, one, now, there)
            if how:
                found.append(Damage(one.address, one.id, how))
        return tuple(found)

    async def deep_damages(self, service: Service, now: Survey) -> tuple[Damage, ...]:
        """The same, with all fields of all watched configs, and devices that are not what they were."""
        found = list(self.damages(now))
        told = {(one.address, one.id) for one in found}
        whole = {key: one for key, one in self.configs.items() if (one.address, one.id) not in told}
        read = await _read_configs(service, [now.objects[key] for key in whole])
        for (key, one), answer in zip(whole.items(), read, strict=True):
            if how := _UNREADABLE if isinstance(answer, RequestRefused) else moved(self.survey, one, now, answer):
                found.append(Damage(one.address, key[2], how))
        return (*found, *self._of_devices(await take_devices(service, now.heads)))

    def _of_devices(self, now: Mapping[int, Device]) -> Iterator[Damage]:
        names = {head.domain.id: head.domain.address.domain for head in self.survey.heads}
        for number, one in self.devices.items():
            if how := _moved_device(one, now.get(number)):
                yield Damage(domain_address(names.get(one.domain_id, "")), number, how, one.name)


def _moved_device(one: Device, now: Device | None) -> str:
    if now is None:
        return _GONE
    if now.domain_id != one.domain_id:
        return "it is in another domain"
    return f"name: {one.name} -> {now.name}" if now.name != one.name else ""


async def _read_configs(service: Service, heads: list[LiveObject]) -> list[LiveObject | RequestRefused]:
    """Those that are refused are asked for once more."""
    found = await service.configs(heads)
    refused = [number for number, one in enumerate(found) if isinstance(one, RequestRefused)]
    again = await service.configs([heads[number] for number in refused])
    return [again[refused.index(number)] if number in refused else one for number, one in enumerate(found)]


async def take_before(service: Service, scope: Scope, tick: Tick | None = None) -> Before:
    """What is there now, with all fields of the configs in `scope`.

    RequestRefused where one cannot be read, since it could not be watched.
    """
    survey = await take_survey(service, EVERYWHERE)
    configs = {}
    for one in await service.configs([one for one in survey.of(Kind.CONFIG) if scope.has(one)], tick):
        if isinstance(one, RequestRefused):
            raise one
        configs[key_of(one)] = one
    return Before(survey, configs, await take_devices(service, survey.heads))
