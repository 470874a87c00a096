"""Objects as the API document shows them, and the encryption of their secrets on the way."""

from collections.abc import Iterable, Mapping
from typing import Any

from syncer.emulator.state import Category, Config, Device, Domain, Fields
from syncer.wire import cipher
from syncer.wire.profile import Profile

UNASSIGNED = 0  # the `domainId` of a device without a domain, as in the document's example

# The document: "encrypted with the AppWebsocket encryption function and url (turnServer) value as seed".
_SECRETS = {"ALARM_SERVER": ("logPassword", "url"), "MEDIA": ("turnPassword", "turnServer")}
_NOT_SHOWN = frozenset({"fxs"})  # our way to say which devices `justFxs` finds; the document has no such field
_UNSET = (None, "", False)


def domain_object(domain: Domain, categories: Iterable[Category]) -> dict[str, Any]:
    """A domain of GetDomainsResult."""
    return {
        "id": domain.id,
        "hasRentalProducts": False,
        "deployAdminPasswords": False,
        **domain.fields,
        "isInstanceDomain": domain.instance,
        "categories": [{"id": category.id, **category.fields} for category in categories],
    }


def category_object(category: Category) -> dict[str, Any]:
    """A category of GetProvisioningCategoriesResult."""
    return {"id": category.id, "domainId": category.domain_id, **category.fields}


def _embedded(categories: Iterable[Category]) -> list[dict[str, Any]]:
    """Categories as configs and devices carry them."""
    return [
        {"id": c.id, "name": c.fields["name"], "config": c.fields.get("config"), "domainId": c.domain_id}
        for c in categories
    ]


def config_summary(config: Config, categories: Iterable[Category]) -> dict[str, Any]:
    """The common fields, all that lists and events have of a config."""
    summary: dict[str, Any] = {"id": config.id, "domainId": config.domain_id, "type": config.fields["type"]}
    if "desc" in config.fields:
        summary["desc"] = config.fields["desc"]
    summary["categories"] = _embedded(categories)
    return summary


def config_object(config: Config, categories: Iterable[Category], key: str, profile: Profile) -> dict[str, Any]:
    """A whole config, its secrets encrypted with the session's key, read back as the profile says it is."""
    shown = {"id": config.id, "domainId": config.domain_id, "categories": _embedded(categories), **config.fields}
    kind = config.fields["type"]
    if kind in _SECRETS:
        secret, seed = _SECRETS[kind]
        if isinstance(shown.get(secret), str):
            shown[secret] = cipher.encrypt(shown[secret], _seed(shown, seed), key)
    for name, value in profile.reads_back_unset.get(kind, {}).items():
        if shown.get(name) in _UNSET:
            shown[name] = value
    for name in profile.write_only:
        shown.pop(name, None)
    return shown


def with_secrets_decrypted(fields: Fields, sent: Iterable[str], key: str) -> dict[str, Any]:
    """`fields` of a config with those secrets in clear text that were `sent`; ValueError where one is no hex."""
    plain = dict(fields)
    secret, seed = _SECRETS.get(str(fields.get("type")), ("", ""))
    if secret and secret in sent and isinstance(plain.get(secret), str):
        plain[secret] = cipher.decrypt(plain[secret], _seed(plain, seed), key)
    return plain


def _seed(fields: Mapping[str, Any], name: str) -> str:
    seed = fields.get(name)
    return seed if isinstance(seed, str) else ""


def device_object(device: Device, categories: Iterable[Category] | None) -> dict[str, Any]:
    """A device, with its categories unless None."""
    shown: dict[str, Any] = {"id": device.id, "domainId": device.domain_id or UNASSIGNED}
    shown |= {name: value for name, value in device.fields.items() if name not in _NOT_SHOWN}
    return shown if categories is None else shown | {"categories": _embedded(categories)}
