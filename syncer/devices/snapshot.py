"""The live state, read as far as a plan or an export needs it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from syncer.devices.interface import Device, Service, Tick, devices_of
from syncer.errors import RequestRefused
from syncer.model.address import Address
from syncer.model.state import CategoryRef, Devices, Live, LiveDomain, LiveObject

Total = Callable[[int], Tick]  # told how many configs are going to be read, gives what counts them


async def read_live(
    service: Service,
    choose: Callable[[LiveObject], bool],
    wanted: Callable[[LiveObject], bool],
    progress: Total | None = None,
) -> Live:
    """Every domain that the login sees; those that `choose` picks with their content, `wanted` configs complete.

    Domains that were not chosen come without categories and configs. A config that is listed and cannot be read is an
    error: to take it for gone would create it a second time.
    """
    info, heads = await asyncio.gather(service.user_info(), service.domains())
    chosen = [head for head in heads if choose(head.domain)]
    categories, listed = await asyncio.gather(service.categories(chosen), service.config_heads(chosen))
    asked = [head for heads_of_one in listed for head in heads_of_one if wanted(head)]
    answers = await service.configs(asked, progress(len(asked)) if progress else None)
    found = {(config.domain_id, config.id): config for config in map(_or_raise, answers)}
    content = {
        head.domain.id: LiveDomain(head.domain, head.is_instance, of_domain, _named(of_domain, heads_of_one, found))
        for head, of_domain, heads_of_one in zip(chosen, categories, listed, strict=True)
    }
    return Live(
        tuple(content.get(h.domain.id) or LiveDomain(h.domain, h.is_instance, (), (), is_read=False) for h in heads),
        info.admin,
        service.write_only,
    )


def _named(
    categories: tuple[LiveObject, ...],
    heads: tuple[LiveObject, ...],
    found: dict[tuple[int, int], LiveObject],
) -> tuple[LiveObject, ...]:
    """Configs as complete as they were read, their references with the names of the categories."""
    names = {category.id: category.address.name for category in categories}
    return tuple(with_names(found.get((head.domain_id, head.id), head), names) for head in heads)


def _or_raise(answer: LiveObject | RequestRefused) -> LiveObject:
    if isinstance(answer, RequestRefused):
        raise answer
    return answer


def with_names(config: LiveObject, names: dict[int, str]) -> LiveObject:
    """A category is what its id says; the name that a config carries may be an old one."""
    refs = tuple(
        CategoryRef(ref.id, names.get(ref.id) if ref.id is not None else ref.name) for ref in config.categories
    )
    return config if refs == config.categories else replace(config, categories=refs)


async def find_devices(
    service: Service, objects: Sequence[LiveObject], tick: Tick | None = None
) -> dict[Address, Devices | None]:
    """The devices that each domain or category has; None where that cannot be asked. `tick` counts answers."""
    filters = {one.address: devices_of(one) for one in objects}
    askable = {address: asked for address, asked in filters.items() if asked is not None}
    answers = await service.devices(list(askable.values()), tick) if askable else []
    found = dict(zip(askable, map(_told_apart, answers), strict=True))
    return {address: found.get(address) for address in filters}


def _told_apart(listed: Sequence[Device]) -> Devices:
    return Devices({one.id: one.type for one in listed}, frozenset(one.id for one in listed if one.online))


async def find_fxs(service: Service, domain_ids: Sequence[int], tick: Tick | None = None) -> dict[int, frozenset[int]]:
    """The ids of the devices with FXS interfaces that each domain has. `tick` counts answers."""
    answers = await service.fxs_devices(domain_ids, tick) if domain_ids else []
    return {id_: frozenset(one.id for one in listed) for id_, listed in zip(domain_ids, answers, strict=True)}
