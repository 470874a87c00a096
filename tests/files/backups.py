"""Small backups, and what somebody may do to them."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from syncer.files.archives import as_line, new_archive
from syncer.model.backup import (
    DEVICES,
    DOMAINS,
    MANIFEST,
    Counts,
    Manifest,
    SecretsAre,
    categories_of,
    configs_of,
    digest_of,
)

CREATED = "2026-11-25T16:00:00Z"
CATEGORY = {"id": 3, "domainId": 1, "name": "Phones HQ", "config": True}
PHONE = {"id": 12, "domainId": 1, "type": "PHONE", "desc": "HQ phones", "categories": [CATEGORY], "gk1": "172.16.0.1"}
NTP = {"id": 13, "domainId": 1, "type": "NTP", "desc": "time", "categories": [], "ntp1": "ptbtime1.ptb.de"}
DEVICE = {"id": 7, "domainId": 1, "name": "reception", "hwId": "009033000001", "online": True}
CONFIGS = configs_of(1)
YAML = "yaml/example.com.yaml"
Files = dict[str, bytes]


def manifest(**changes: Any) -> Manifest:
    """That of `backup`, with other values."""
    usual: dict[str, Any] = {
        "server_name": "production",
        "server_url": "wss://apps.example.com/example.com/devices/innovaphone-devices-api",
        "domain": "example.com",
        "admin": True,
        "created": CREATED,
        "syncer": "1.2.3",
        "secrets": SecretsAre.LEFT_OUT,
        "counts": Counts(1, 1, 2, 1),
        "files": (),
    }
    return Manifest(**usual | changes)


def backup(path: Path, configs: Sequence[Mapping[str, Any]] = (PHONE, NTP), **changes: Any) -> Path:
    """A backup of one domain, one category, its configs and one device."""
    with new_archive(path) as archiver:
        for name, objects in (
            (DOMAINS, [{"id": 1, "name": "example.com", "isInstanceDomain": True}]),
            (categories_of(1), [CATEGORY]),
            (CONFIGS, configs),
            (DEVICES, [DEVICE]),
        ):
            with archiver.entry(name) as file:
                for one in objects:
                    file.write(as_line(one))
        with archiver.entry(YAML) as file:
            file.write("domain: example.com\n# grüße\n")
        archiver.finish(manifest(**{"counts": Counts(1, 1, len(configs), 1)} | changes))
    return path


def edited(path: Path, edit: Callable[[Files], object], *, forge: bool = False) -> Path:
    """The backup with other files in it; `forge`: with a manifest that fits."""
    with zipfile.ZipFile(path) as old:
        files = {name: old.read(name) for name in old.namelist()}
    edit(files)
    if forge:
        files[MANIFEST] = forged(files)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in files.items():
            new.writestr(name, content)
    return path


def forged(files: Files) -> bytes:
    """The manifest for other files."""
    document = json.loads(files[MANIFEST])
    document["files"] = [
        {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
        if name != MANIFEST
    ]
    return json.dumps(document | {"sha256": digest_of(document)}).encode()


def replaced(name: str, old: bytes, new: bytes) -> Callable[[Files], None]:
    """An edit of one file."""

    def edit(files: Files) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new)

    return edit


def manifested(change: Callable[[dict[str, Any]], object]) -> Callable[[Files], None]:
    """An edit of the manifest, with the digest that it needs."""

    def edit(files: Files) -> None:
        document = json.loads(files[MANIFEST])
        change(document)
        files[MANIFEST] = json.dumps(document | {"sha256": digest_of(document)}).encode()

    return edit
