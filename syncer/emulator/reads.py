"""The read messages of the API document, each with all its parameters."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from syncer.emulator import objects
from syncer.emulator.chunking import in_messages
from syncer.emulator.request import Request, own_domain
from syncer.emulator.session import Refusal, Scope
from syncer.emulator.state import Category, Config, Device

Replies = Iterable[dict[str, Any]]

_PHONES = frozenset({"PHONE", "FXS_PHONE"})
_MAJOR = "13r3"  # what a real service adds to the document's fields
_ROLLOUT_SECONDS = 7 * 24 * 3600
_CODE_SECONDS = 15 * 60


def get_user_info(request: Request) -> Replies:
    """Who is logged in; silence for the name that this release does not know."""
    if request.message["mt"] not in request.service.options.user_info:
        return
    yield request.reply(key=request.session.user_key, admin=request.session.admin, major=_MAJOR)


def get_domains(request: Request) -> Replies:
    """The domains that the login has a right to."""
    service, session = request.service, request.session
    if request.flag("recvUpdates"):
        session.subscriptions.domains = request.echo
    domains = (domain for domain in service.store.domains() if session.sees(domain.id))
    shown = (objects.domain_object(domain, service.store.categories(domain.id)) for domain in domains)
    yield from request.pages("domains", shown)


def get_provisioning_categories(request: Request) -> Replies:
    """The categories for device configurations; with type PHONE those that a phone config would reach."""
    domain_id, store = request.domain(), request.service.store
    kind = request.text("type")
    categories = [category for category in store.categories(domain_id) if category.fields.get("config")]
    if kind == "PHONE":
        phones = [config for config in store.configs(domain_id) if config.fields["type"] in _PHONES]
        categories = [c for c in categories if any(c.id in p.categories or not p.categories for p in phones)]
    yield from request.pages("categories", map(objects.category_object, categories))


def get_devices(request: Request) -> Replies:
    """Devices by domain, category and subcategory, the unassigned ones as the document's note says."""
    domains, unassigned = _wanted_domains(request), request.flag("unassigned")
    categories = frozenset(request.list_in_text("categories"))
    subcategories = frozenset(request.list_in_text("subcategories"))
    filtered = bool(domains is not None or categories)
    scope = Scope(
        domains=frozenset() if unassigned and not filtered else domains, unassigned=unassigned or not filtered
    )
    if request.flag("recvUpdates"):
        request.session.subscriptions.devices = (scope, request.echo)
    yield from request.pages("devices", _found_devices(request, scope, categories, subcategories))


def _wanted_domains(request: Request) -> frozenset[int] | None:
    texts = request.list_in_text("domainIds")
    if not all(text.isascii() and text.isdecimal() and len(text) < 19 for text in texts):
        raise Refusal("domainIds is not a list of ids")
    ids = frozenset(map(int, texts))
    for domain_id in ids:
        if not request.session.sees(domain_id):
            raise Refusal("no right to this domain")
        if request.service.store.domain(domain_id) is None:
            raise Refusal("unknown domain")
    return ids if texts else None


def _found_devices(
    request: Request, scope: Scope, categories: frozenset[str], subcategories: frozenset[str]
) -> Iterator[dict[str, Any]]:
    store = request.service.store
    for domain in store.domains():
        if scope.holds(domain.id) and request.session.sees(domain.id):
            by_id = {category.id: category for category in store.categories(domain.id)}
            for device in store.devices(domain.id):
                named = {by_id[id_].fields["name"] for id_ in device.categories}
                below = _strings(device.fields.get("subcategories"))
                if (not categories or categories & named) and (not subcategories or subcategories & below):
                    yield _device(request, device, by_id)
    if scope.unassigned and request.session.sees(None):
        for device in store.devices(None):
            yield _device(request, device, {})


def _strings(value: Any) -> frozenset[str]:
    return frozenset(item for item in value if isinstance(item, str)) if isinstance(value, list) else frozenset()


def _device(request: Request, device: Device, categories: Mapping[int, Category]) -> dict[str, Any]:
    embedded = [categories[id_] for id_ in device.categories] if request.service.options.device_categories else None
    return objects.device_object(device, embedded)


def get_filtered_devices(request: Request) -> Replies:
    """Devices of one domain by FXS interfaces, types and hardware ids."""
    domain_id, store = request.domain(), request.service.store
    just_fxs, types = request.flag("justFxs"), request.texts("types")
    hardware = {text.lower() for text in request.list_in_text("hwIds")}
    by_id = {category.id: category for category in store.categories(domain_id)}
    yield from request.pages(
        "devices",
        (
            _device(request, device, by_id)
            for device in store.devices(domain_id)
            if (not just_fxs or device.fields.get("fxs"))
            and (not types or device.fields.get("type") in types)
            and (not hardware or str(device.fields.get("hwId")).lower() in hardware)
        ),
    )


def get_device_configs(request: Request) -> Replies:
    """The configs of a domain, common fields only."""
    domain_id, store = request.domain(), request.service.store
    if request.flag("recvUpdates"):
        request.session.subscriptions.configs[domain_id] = request.echo
    by_id = {category.id: category for category in store.categories(domain_id)}
    configs = store.configs(domain_id)
    shown = (objects.config_summary(config, [by_id[id_] for id_ in config.categories]) for config in configs)
    yield from request.pages("configs", shown)


def get_device_config(request: Request) -> Replies:
    """One config with its values, the long ones ahead in pieces."""
    service, session = request.service, request.session
    config, categories = _config(request)
    shown = objects.config_object(config, categories, session.key or "", service.profile)
    return in_messages(request, shown, service.options.chunk_size)


def _config(request: Request) -> tuple[Config, list[Category]]:
    domain_id = own_domain(request.session, request.message.get("domainId"))
    config_id = request.identifier("id")
    found = request.service.store.config_and_categories(config_id) if config_id is not None else None
    if found is None or found[0].domain_id != domain_id:
        raise Refusal("unknown config")
    return found


def get_unassigned_devices_count(request: Request) -> Replies:
    """How many devices have no domain, as far as the login sees them."""
    store = request.service.store
    yield request.reply(count=len(store.devices(None)) if request.session.sees(None) else 0)


def get_provisioning_code(request: Request) -> Replies:
    """A new code for a category; DeviceProvisioned follows when a device uses it."""
    domain_id, service = request.domain(), request.service
    name, rollout = request.text("category"), request.flag("rollout")
    request.text("sip")
    request.flag("administrative")
    category = next((c for c in service.store.categories(domain_id) if c.fields["name"] == name), None)
    if category is None:
        raise Refusal("unknown category")
    code = f"{int(service.token(8), 16) % 10**12:012}"
    valid_until = int(service.clock()) + (_ROLLOUT_SECONDS if rollout else _CODE_SECONDS)
    service.store.add_code(code, domain_id, category.id, valid_until)
    request.session.subscriptions.codes[code] = request.echo
    yield request.reply(code=code, validUntil=valid_until)


def get_provisioned_device(request: Request) -> Replies:
    """The device that used a code; DeviceProvisioned follows if none has yet."""
    domain_id, service = request.domain(), request.service
    code = service.store.code(request.text("code"))
    if code is None or code.domain_id != domain_id:
        raise Refusal("unknown code")
    device = service.store.device(code.device_id) if code.device_id is not None else None
    if device is not None:
        yield request.reply(code=code.code, device=objects.device_object(device, service.store.categories_of(device)))
        return
    if code.valid_until < service.clock():
        raise Refusal("the code is no longer valid")
    request.session.subscriptions.codes[code.code] = request.echo
    yield request.reply(code=code.code)


READS: Mapping[str, Callable[[Request], Replies]] = {
    "GetUserInfo": get_user_info,
    "GetLoginInfo": get_user_info,
    "GetDomains": get_domains,
    "GetProvisioningCategories": get_provisioning_categories,
    "GetDevices": get_devices,
    "GetFilteredDevices": get_filtered_devices,
    "GetDeviceConfigs": get_device_configs,
    "GetDeviceConfig": get_device_config,
    "GetUnassignedDevicesCount": get_unassigned_devices_count,
    "GetProvisioningCode": get_provisioning_code,
    "GetProvisionedDevice": get_provisioned_device,
}
