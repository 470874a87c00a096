"""Small builders of live and desired state; values are given as files spell them and come out in normal form."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from syncer.errors import Place, ProblemsError
from syncer.model.address import Address, Kind, category_address, config_address, domain_address
from syncer.model.fields import fields_of
from syncer.model.state import (
    CategoryRef,
    Desired,
    DesiredDomain,
    Devices,
    Entry,
    Limits,
    Live,
    LiveDomain,
    LiveObject,
    Policy,
)
from syncer.plan.planner import Origin, Planned, make_plan
from syncer.plan.steps import Step

Known = Devices | int | Iterable[int] | None  # what a test says of the devices of a category or domain

DOMAIN = "example.com"
PLACE = Place("domains/example.yaml", 3, 5)
ORIGIN = Origin(
    server_name="production",
    server_url="wss://apps.example.com/example.com/devices/innovaphone-devices-api",
    password="correct horse",
    profile_digest="profile",
    now="2026-01-02T03:04:05+00:00",
    salt="00112233445566778899aabbccddeeff",
)


def normal_fields(kind: Kind, config_type: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The normal forms of values as files or the service spell them, None for unset."""
    fields = fields_of(kind, config_type)
    return {name: fields[name].normal(value) for name, value in values.items()}


def _live_fields(kind: Kind, config_type: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in normal_fields(kind, config_type, values).items() if value is not None}


def refs(*categories: LiveObject) -> tuple[CategoryRef, ...]:
    """References to live categories."""
    return tuple(CategoryRef(category.id, category.address.name) for category in categories)


def live_category(
    name: str,
    number: int,
    *,
    domain: str = DOMAIN,
    domain_id: int = 1,
    config: bool = True,
    extra: Mapping[str, Any] | None = None,
) -> LiveObject:
    """A category as the service holds it."""
    fields = _live_fields(Kind.CATEGORY, "", {"config": config})
    return LiveObject(category_address(domain, name), number, domain_id, fields, extra or {})


def live_config(
    config_type: str,
    desc: str,
    number: int,
    *,
    domain: str = DOMAIN,
    domain_id: int = 1,
    categories: Iterable[LiveObject | CategoryRef] = (),
    extra: Mapping[str, Any] | None = None,
    **fields: Any,
) -> LiveObject:
    """A config as the service holds it, completely read."""
    return LiveObject(
        config_address(domain, config_type, desc),
        number,
        domain_id,
        _live_fields(Kind.CONFIG, config_type, fields),
        extra or {},
        tuple(one if isinstance(one, CategoryRef) else refs(one)[0] for one in categories),
    )


def live_domain(
    *content: LiveObject,
    name: str = DOMAIN,
    number: int = 1,
    instance: bool = False,
    read: bool = True,
    extra: Mapping[str, Any] | None = None,
    **fields: Any,
) -> LiveDomain:
    """A domain as the service holds it, with categories and configs."""
    return LiveDomain(
        LiveObject(domain_address(name), number, number, _live_fields(Kind.DOMAIN, "", fields), extra or {}),
        instance,
        tuple(one for one in content if one.address.kind is Kind.CATEGORY),
        tuple(one for one in content if one.address.kind is Kind.CONFIG),
        read,
    )


def live(
    *domains: LiveDomain,
    admin: bool = True,
    write_only: Iterable[str] = (),
    devices: Mapping[Address, Known] | None = None,
    fxs: Mapping[int, Iterable[int]] | None = None,
) -> Live:
    """What the service holds; `devices` are ids of phones, or a number of them, all online.

    `fxs` are ids of devices with FXS interfaces, by the id of their domain.
    """
    found = {address: _devices(of) for address, of in (devices or {}).items()}
    return Live(domains, admin, frozenset(write_only), found, {id_: frozenset(of) for id_, of in (fxs or {}).items()})


def _devices(known: Known) -> Devices | None:
    if known is None or isinstance(known, Devices):
        return known
    ids = frozenset(range(1, known + 1) if isinstance(known, int) else known)
    return Devices(dict.fromkeys(ids, "PHONE"), ids)


def category(name: str, *, domain: str = DOMAIN, place: Place = PLACE, **said: Any) -> Entry:
    """A category of the files; `config` is its field, everything else is of Entry."""
    values = {"config": said.pop("config")} if "config" in said else {}
    return Entry(category_address(domain, name), place, normal_fields(Kind.CATEGORY, "", values), **said)


_OF_ENTRY = frozenset(Entry.__dataclass_fields__)


def config(
    config_type: str,
    desc: str,
    *,
    domain: str = DOMAIN,
    categories: Iterable[str] | None = (),
    place: Place = PLACE,
    **said: Any,
) -> Entry:
    """A config of the files; names of Entry are its own, everything else is a field."""
    own = {name: said.pop(name) for name in _OF_ENTRY & said.keys()}
    fields = normal_fields(Kind.CONFIG, config_type, said)
    names = None if categories is None else tuple(categories)
    return Entry(config_address(domain, config_type, desc), place, fields, categories=names, **own)


def domain(
    name: str = DOMAIN,
    *,
    categories: Iterable[Entry] | None = None,
    configs: Iterable[Entry] | None = None,
    place: Place = PLACE,
    **said: Any,
) -> DesiredDomain:
    """A domain document; `deployAdminPasswords` is its field, everything else is of Entry."""
    values = {"deployAdminPasswords": said.pop("deployAdminPasswords")} if "deployAdminPasswords" in said else {}
    return DesiredDomain(
        Entry(domain_address(name), place, normal_fields(Kind.DOMAIN, "", values), **said),
        None if categories is None else tuple(categories),
        None if configs is None else tuple(configs),
    )


def policy(
    *,
    prune: Iterable[Kind] = (),
    limits: Limits | None = None,
    protect: Iterable[str] = (),
    ignore: Mapping[str, tuple[str, ...]] | None = None,
    mask: Mapping[str, tuple[str, ...]] | None = None,
) -> Policy:
    """What syncer may do."""
    return Policy(frozenset(prune), limits or Limits(), tuple(protect), ignore or {}, mask or {})


def desired(*domains: DesiredDomain, policy: Policy | None = None) -> Desired:
    """All that the files say."""
    return Desired(domains, policy or Policy())


def planned(wanted: Desired, there: Live, *only: str, origin: Origin = ORIGIN) -> Planned:
    """The plan from `there` to `wanted`."""
    return make_plan(wanted, there, origin, only)


def only_step(result: Planned) -> Step:
    """The one step of a plan that has exactly one."""
    assert len(result.steps) == 1, [str(step.change.address) for step in result.steps]
    return result.steps[0]


def problems(wanted: Desired, there: Live, *only: str) -> list[str]:
    """What stands in the way of a plan that cannot be made."""
    with pytest.raises(ProblemsError) as caught:
        planned(wanted, there, *only)
    return [str(problem) for problem in caught.value.problems]


def told(result: Planned) -> list[tuple[str, str]]:
    """(action, address) of every change, in order."""
    return [(str(change.action), str(change.address)) for change in result.plan.changes]


def entry_of(thing: LiveObject, *, place: Place = PLACE) -> Entry:
    """A complete description of a live object, as an export writes it; left out stays left out."""
    fields: dict[str, Any] = dict.fromkeys(fields_of(thing.address.kind, thing.address.type))
    names = tuple(sorted({ref.name for ref in thing.categories if ref.name is not None}))
    return Entry(
        thing.address,
        place,
        fields | dict(thing.fields),
        dict(thing.extra),
        names if thing.address.kind is Kind.CONFIG else None,
    )


def described(one: LiveDomain) -> DesiredDomain:
    """A domain document that says exactly what is live."""
    return DesiredDomain(entry_of(one.domain), tuple(map(entry_of, one.categories)), tuple(map(entry_of, one.configs)))


# A domain with a category and a config, as most tests need it.
ALL = frozenset(Kind)
HQ = live_category("HQ", 5)
PHONES = live_config("PHONE", "phones", 11, categories=[HQ], gk1="172.16.0.1")
THERE = live_domain(HQ, PHONES)
