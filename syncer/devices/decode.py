"""Objects of the API document to live objects in normal form."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

from syncer.devices.interface import Device, DomainHead
from syncer.model.address import Kind, category_address, config_address, domain_address
from syncer.model.fields import OWN_KEYS, fields_of
from syncer.model.state import CategoryRef, LiveObject
from syncer.model.values import Secret, is_unset
from syncer.wire.cipher import decrypt
from syncer.wire.profile import Profile

_DEEPEST = 64  # levels of what is in a field


class Undecodable(ValueError):
    """An object without what every object of its sort has; the text names what is missing, not the object."""


def domain_head(raw: Any) -> DomainHead:
    """A domain of GetDomainsResult with its embedded categories."""
    name = _text(raw, "name", "a domain")
    number = _number(raw, "id", "a domain")
    known, extra = _split(Kind.DOMAIN, "", raw)
    domain = LiveObject(domain_address(name), number, number, known, extra, raw=raw)
    embedded = raw.get("categories")
    categories = tuple(category(c, domain) for c in embedded) if isinstance(embedded, list) else ()
    return DomainHead(domain, raw.get("isInstanceDomain") is True, categories)


def category(raw: Any, domain: LiveObject) -> LiveObject:
    """A category object, embedded or of GetProvisioningCategoriesResult."""
    address = category_address(domain.address.domain, _text(raw, "name", "a category"))
    known, extra = _split(Kind.CATEGORY, "", raw)
    return LiveObject(address, _number(raw, "id", "a category"), domain.id, known, extra, raw=raw)


def config_head(raw: Any, domain: LiveObject) -> LiveObject:
    """A config of GetDeviceConfigsResult: common fields only."""
    if not _is_shallow(raw):
        raise Undecodable("a config with a value nested too deeply")
    desc = raw.get("desc") if isinstance(raw, dict) else None
    address = config_address(
        domain.address.domain, _text(raw, "type", "a config"), desc if isinstance(desc, str) else ""
    )
    return LiveObject(
        address, _number(raw, "id", "a config"), domain.id, categories=_refs(raw), complete=False, raw=raw
    )


def config(
    raw: Any, values: Mapping[str, str], domain_name: str, domain_id: int, key: str, profile: Profile
) -> LiveObject:
    """A config of GetDeviceConfigResult; `values` came in pieces, `key` is the session key of the reply."""
    kind = _text(raw, "type", "a config")
    whole = {**raw, **{name: value for name, value in values.items() if name not in OWN_KEYS[Kind.CONFIG]}}
    desc = whole.get("desc")
    known, extra = _split(Kind.CONFIG, kind, whole, profile.reads_back_unset.get(kind, {}))
    for field in fields_of(Kind.CONFIG, kind).values():
        if field.secret and field.name in known:
            known[field.name] = _secret(known[field.name], whole.get(str(field.seed)), key)
            if known[field.name] == Secret(""):
                del known[field.name]
    return LiveObject(
        config_address(domain_name, kind, desc if isinstance(desc, str) else ""),
        _number(raw, "id", "a config"),
        domain_id,
        known,
        extra,
        _refs(whole),
        raw=whole,
    )


def device(raw: Any) -> Device:
    """A device object; only its id is sure."""
    number = _number(raw, "id", "a device")
    texts = {name: value if isinstance(value := raw.get(name), str) else "" for name in _DEVICE_TEXTS}
    domain_id = raw.get("domainId")
    return Device(
        id=number,
        hw_id=texts["hwId"],
        name=texts["name"],
        domain_id=domain_id if isinstance(domain_id, int) else 0,
        product=texts["product"],
        version=texts["version"],
        type=texts["type"],
        online=raw.get("online") is True,
        raw=raw,
    )


_DEVICE_TEXTS = ("hwId", "name", "product", "version", "type")


def merge_categories(lists: Iterable[Iterable[LiveObject]]) -> tuple[LiveObject, ...]:
    """Categories from several lists, one for each id; later lists know more of the same category."""
    by_id: dict[int, LiveObject] = {}
    for listed in lists:
        for one in listed:
            by_id[one.id] = one
    return tuple(by_id[number] for number in sorted(by_id))


def _split(
    kind: Kind, config_type: str, raw: Mapping[str, Any], unset: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(known fields in normal form, unset ones left out; unknown fields as they came)."""
    fields = fields_of(kind, config_type)
    own = OWN_KEYS[kind]
    known: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, value in raw.items():
        field = fields.get(name)
        if isinstance(value, dict | list) and name not in own and not _is_shallow(value):
            raise Undecodable(f"a {kind} with a value nested too deeply")
        if field is None:
            if name not in own:
                extra[name] = value
        elif not _reads_unset(name, value, unset) and (normal := field.normal(value)) is not None:
            known[name] = normal
    return known, extra


def _is_shallow(value: Any, levels: int = _DEEPEST) -> bool:
    """Deeper values could be read, and then neither compared nor written again."""
    if not isinstance(value, dict | list):
        return True
    inside = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_shallow(one, levels - 1) for one in inside)


def _reads_unset(name: str, value: Any, unset: Mapping[str, Any] | None) -> bool:
    return bool(unset) and unset is not None and name in unset and value == unset[name]


def _secret(value: Any, seed: Any, key: str) -> Secret:
    if isinstance(value, str):
        try:
            return Secret(decrypt(value, seed if isinstance(seed, str) else "", key), raw=value)
        except ValueError:
            pass
    return Secret(None, raw=value if isinstance(value, str) else None)


def _refs(raw: Mapping[str, Any]) -> tuple[CategoryRef, ...]:
    listed = raw.get("categories")
    if is_unset(listed):
        return ()
    if not isinstance(listed, list):
        raise Undecodable("a config whose categories are no list")
    return tuple(_ref(one) for one in listed)


def _ref(raw: Any) -> CategoryRef:
    if isinstance(raw, dict):
        number, name = raw.get("id"), raw.get("name")
        return CategoryRef(number if _is_number(number) else None, name if isinstance(name, str) else None)
    if _is_number(raw):
        return CategoryRef(raw, None)
    if isinstance(raw, str):
        return CategoryRef(None, raw)
    raise Undecodable("a config with a category that is no object")


def _number(raw: Any, name: str, what: str) -> int:
    value = raw.get(name) if isinstance(raw, dict) else None
    if not _is_number(value):
        raise Undecodable(f"{what} without a number {name}")
    return value


def _is_number(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(raw: Any, name: str, what: str) -> str:
    value = raw.get(name) if isinstance(raw, dict) else None
    if not isinstance(value, str):
        raise Undecodable(f"{what} without a text {name}")
    return value
