"""Backup files for tests of what reads them, made of live objects; of a service, `syncer backup` makes them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from syncer.devices.keeping import kept
from syncer.files.archives import as_line, new_archive
from syncer.model.address import Kind
from syncer.model.backup import DEVICES, DOMAINS, Counts, Manifest, SecretsAre, categories_of, configs_of
from syncer.model.fields import fields_of
from syncer.model.state import LiveDomain, LiveObject
from syncer.model.values import Secret

URL = "wss://apps.example.com/example.com/devices/innovaphone-devices-api"
_NAME = {Kind.DOMAIN: "name", Kind.CATEGORY: "name", Kind.CONFIG: "desc"}


def write_backup(
    path: Path,
    *domains: LiveDomain,
    seal: Callable[[str], str] | None = None,
    plaintext: bool = False,
    **manifest: Any,
) -> Path:
    """A backup that holds these domains; keywords are the manifest's."""
    with new_archive(path) as archiver:
        with archiver.entry(DOMAINS) as file:
            for one in domains:
                file.write(as_line({**raw_of(one.domain), "isInstanceDomain": one.is_instance}))
        for one in domains:
            with archiver.entry(categories_of(one.domain.id)) as file:
                for category in one.categories:
                    file.write(as_line(raw_of(category)))
            with archiver.entry(configs_of(one.domain.id)) as file:
                for config in one.configs:
                    raw = LiveObject(config.address, config.id, config.domain_id, config.fields, raw=raw_of(config))
                    file.write(as_line(kept(raw, seal, plaintext=plaintext)))
        with archiver.entry(DEVICES):
            pass
        said: dict[str, Any] = {
            "server_name": "production",
            "server_url": URL,
            "domain": "example.com",
            "admin": True,
            "created": "2026-01-01T00:00:00+00:00",
            "syncer": "0",
            "secrets": SecretsAre.SEALED if seal else SecretsAre.PLAINTEXT if plaintext else SecretsAre.LEFT_OUT,
            "counts": _counts(domains),
            "files": (),
        }
        archiver.finish(Manifest(**said | manifest))
    return path


def _counts(domains: tuple[LiveDomain, ...]) -> Counts:
    return Counts(len(domains), sum(len(one.categories) for one in domains), sum(len(one.configs) for one in domains))


def raw_of(one: LiveObject) -> dict[str, Any]:
    """An object as a service gives it; secrets as they are in the object."""
    address = one.address
    known = fields_of(address.kind, address.type)
    raw: dict[str, Any] = {"id": one.id}
    if address.kind is not Kind.DOMAIN:
        raw["domainId"] = one.domain_id
    if name := address.domain if address.kind is Kind.DOMAIN else address.name:
        raw[_NAME[address.kind]] = name
    if address.kind is Kind.CONFIG:
        raw["type"] = address.type
        raw["categories"] = [{"id": ref.id, "name": ref.name} for ref in one.categories]
    spelled = {
        name: value.plain if isinstance(value, Secret) else known[name].wire_form(value)
        for name, value in one.fields.items()
    }
    return {**raw, **one.extra, **spelled}
