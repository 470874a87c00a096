"""A believable service with a repository whose plan holds all nine operations, a rename, pieces and passwords."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyrage

from syncer import resources
from syncer.emulator import Store
from syncer.wire.profile import Profile, load
from tests.reliability.scenario import Contents
from tests.reliability.served import PASSWORD

OLD = {"log": "old-log-secret", "turn": "old-turn-secret", "leaving": "leaving-log-secret"}
NEW = {"log": OLD["log"], "turn": "new-turn-secret", "fresh": "fresh-turn-secret"}
SECRETS = (PASSWORD, *OLD.values(), *NEW.values())
DELETES = 5  # of the plan
SCRIPT = "".join(f"config add MODULE{number} /line {number} ä😀\n" for number in range(100))

_CONVENTIONAL = resources.wire_profile("conventional")
assert _CONVENTIONAL is not None
PROFILE_TEXT = _CONVENTIONAL.replace("60000", "2048").replace("name: conventional", "name: small")
PROFILE: Profile = load(PROFILE_TEXT, "small.yaml")

_SETTINGS = """version: 1
servers:
  production:
    url: {url}
    password: {{env: SYNCER_PASSWORD}}
    wire_profile: wire/small.yaml
files: [domains]
policy:
  prune: [config]
  limits: {{deletes: 100, deletes_percent: 100}}
"""

DOCUMENTS = {
    "example.com": """
domain: example.com
deployAdminPasswords: true
categories:
  - name: HQ
    config: true
  - {name: New, renamed_from: Old}
  - {name: Doomed, state: absent}
  - {name: Fresh, config: false, extra: {colour: green}}
  - {name: Flipped, config: false}
configs:
  - type: PHONE
    desc: HQ phones
    categories: [HQ]
    gk1: 172.16.0.2
  - type: ALARM_SERVER
    desc: log
    categories: [HQ]
    url: http://alarm2.example.com
    logUrl: http://log.example.com
    logUser: phones
    logPassword: {env: LOG_PASSWORD}
  - type: EXPERT
    desc: new script
    renamed_from: old script
    categories: [New]
    script: {file: ../scripts/long.txt}
  - type: MEDIA
    desc: media
    categories: [HQ, Fresh]
    turnServer: turn.example.com
    turnUser: syncer
    turnPassword: {env: TURN_PASSWORD}
  - type: NTP
    desc: time
    categories: [New]
    ntp1: ptbtime1.ptb.de
  - {type: ALARM_SERVER, desc: leaving, state: absent}
  - type: MEDIA
    desc: new media
    categories: [Fresh]
    turnServer: turn.example.com
    turnUser: fresh
    turnPassword: {env: FRESH_PASSWORD}
  - {type: FXS_PHONE, desc: new fax, categories: [Fresh, New]}
  - {type: NTP, desc: unset, categories: [HQ], ntp2: null}
""",
    "gone.example.com": """
domain: gone.example.com
state: absent
categories: [{name: Last, state: absent}]
configs: [{type: NTP, desc: there, state: absent}]
""",
    "fresh.example.com": """
domain: fresh.example.com
categories: [{name: First}]
configs: [{type: NTP, desc: first, categories: [First], ntp1: ptbtime2.ptb.de}]
""",
}


def fill(store: Store) -> None:
    """What is there before."""
    home = store.instance.id
    store.replace_domain(home, {"name": store.instance.name, "deployAdminPasswords": False, "motto": "unknown to us"})
    names = ("HQ", "Old", "Doomed", "Flipped")
    hq, old, doomed, _ = (store.add_category(home, name, extra={"colour": name}) for name in names)
    phones = {"type": "PHONE", "desc": "HQ phones", "gk1": "172.16.0.1", "newField": {"a": [1, None]}}
    store.add_config(home, phones, [hq])
    log = {"type": "ALARM_SERVER", "desc": "log", "url": "http://alarm.example.com", "logUrl": "http://log.example.com"}
    store.add_config(home, {**log, "logUser": "phones", "logPassword": OLD["log"], "newField": True}, [hq])
    store.add_config(home, {"type": "EXPERT", "desc": "old script", "script": SCRIPT[::-1], "unknown": 1}, [old])
    media = {"type": "MEDIA", "desc": "media", "turnServer": "turn.example.com", "turnUser": "syncer"}
    store.add_config(home, {**media, "turnPassword": OLD["turn"]}, [])
    store.add_config(home, {"type": "NTP", "desc": "time", "ntp1": "ptbtime1.ptb.de"}, [old])
    leaving = {"type": "ALARM_SERVER", "desc": "leaving", "logUser": "x", "logPassword": OLD["leaving"], "new": "x"}
    store.add_config(home, leaving, [doomed])
    store.add_config(home, {"type": "NTP", "desc": "unset", "ntp1": "one", "ntp2": "two", "zone": [1]}, [hq])
    store.add_config(home, {"type": "TRUST_LIST", "desc": "foreign", "anything": {"b": 1.5}}, [hq, old])
    store.add_device(home, {"hwId": "0090330a0b0c", "name": "HQ 1", "online": True}, [hq, old])
    gone = store.add_domain("gone.example.com", {"deployAdminPasswords": True, "size": 3})
    last = store.add_category(gone, "Last", extra={"colour": "grey"})
    store.add_config(gone, {"type": "NTP", "desc": "there", "ntp1": "three"}, [last])
    quiet = store.add_domain("quiet.example.com", {"deployAdminPasswords": True})
    store.add_config(quiet, {"type": "ALARM_SERVER", "desc": "log", "url": "x", "logPassword": "quiet"}, [])
    store.add_device(quiet, {"hwId": "0090330a0b0d"})


def write(root: Path, url: str, age: "Age | None" = None) -> None:
    """The repository."""
    for folder in ("domains", "scripts", "wire"):
        (root / folder).mkdir(parents=True)
    recipients = f"age_recipients: [{age.recipient}]\n" if age else ""
    (root / "syncer.yaml").write_text(_SETTINGS.format(url=url) + recipients, "utf-8")
    (root / "wire" / "small.yaml").write_text(PROFILE_TEXT, "utf-8")
    (root / "scripts" / "long.txt").write_text(SCRIPT, "utf-8")
    for name, document in DOCUMENTS.items():
        (root / "domains" / f"{name}.yaml").write_text(document, "utf-8")


class Age:
    """A key that a repository seals for."""

    def __init__(self, folder: Path) -> None:
        identity = pyrage.x25519.Identity.generate()
        self.recipient = str(identity.to_public())
        self.key_file = folder / "age.key"
        self.key_file.write_text(f"{identity}\n")


def environ(age: Age | None = None) -> Mapping[str, str]:
    """What the commands need."""
    found = {
        "SYNCER_PASSWORD": PASSWORD,
        "LOG_PASSWORD": NEW["log"],
        "TURN_PASSWORD": NEW["turn"],
        "FRESH_PASSWORD": NEW["fresh"],
    }
    return found | ({"SYNCER_AGE_KEY_FILE": str(age.key_file)} if age else {})


def journals(root: Path) -> Sequence[Path]:
    """Oldest first."""
    return sorted((root / ".syncer" / "journal").glob("*.jsonl"))


def told_secrets(root: Path, texts: Sequence[str] = ()) -> Iterator[str]:
    """Secrets that stand in plain in what syncer keeps or prints."""
    kept = [path.read_bytes() for path in (root / ".syncer").rglob("*") if path.is_file()]
    for secret in SECRETS:
        if any(secret.encode() in one for one in [*kept, *(text.encode() for text in texts)]):
            yield secret


def mode(path: Path) -> int:
    """Its permission bits."""
    return os.stat(path).st_mode & 0o777  # noqa: PTH116


def without_secrets(found: Contents) -> Contents:
    """Contents as they can be compared where nobody could restore a password."""
    return {
        key: [
            [{name: value for name, value in fields.items() if name not in ("logPassword", "turnPassword")}, categories]
            for fields, categories in things
        ]
        for key, things in found.items()
    }
