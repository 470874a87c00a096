"""What is watched: two domains with some configs of every sort, as files and as what the second client writes."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

DOMAINS = ("example.com", "berlin.example.com")
CATEGORIES = ("Phones", "Meeting rooms", "Gateways")
PHONES = 40  # in each domain
SCRIPTS = 5
_SCRIPT = "config change HTTP0 /force-tls on\n" * 600  # goes ahead in pieces

SETTINGS = """\
version: 1
servers:
  watched: {{url: "ws://127.0.0.1:{proxy}/example.com/devices/innovaphone-devices-api", password: {{env: SOAK}}}}
  direct: {{url: "ws://127.0.0.1:{direct}/example.com/devices/innovaphone-devices-api", password: {{env: SOAK}}}}
files: [domains]
policy:
  prune: [config, category]
"""

Config = Mapping[str, Any]  # as in the files: `categories` are names


def configs() -> Iterator[Config]:
    """Those of one domain."""
    for number in range(PHONES):
        category = CATEGORIES[number % 2]
        yield {"type": "PHONE", "desc": f"phones {number}", "categories": [category], "gk1": "172.16.0.1"}
    for number in range(SCRIPTS):
        yield {"type": "EXPERT", "desc": f"script {number}", "categories": ["Gateways"], "script": _SCRIPT}
    yield {"type": "NTP", "desc": "time", "categories": [], "ntp1": "ptbtime1.ptb.de"}
    yield {"type": "MEDIA", "desc": "media", "categories": [], "turnServer": "turn.example.com", "tosRtp": "0xb8"}


def write(folder: Path, proxy: int, direct: int) -> None:
    """The repository."""
    (folder / "domains").mkdir(parents=True)
    (folder / "syncer.yaml").write_text(SETTINGS.format(proxy=proxy, direct=direct), "utf-8")
    for domain in DOMAINS:
        write_domain(folder, domain, "172.16.0.1")


def write_domain(folder: Path, domain: str, gatekeeper: str) -> None:
    """One document, which is JSON and so YAML; the first phones have that gatekeeper."""
    first, *others = configs()
    document = {
        "domain": domain,
        "categories": [{"name": name} for name in CATEGORIES],
        "configs": [{**first, "gk1": gatekeeper}, *others],
    }
    unfinished = folder / "domains" / f".{domain}.tmp"
    unfinished.write_text(json.dumps(document), "utf-8")
    unfinished.replace(folder / "domains" / f"{domain}.yaml")
