"""A repository with somebody to seal secrets for, whose key is beside it."""

from pathlib import Path

import pytest
from pyrage import x25519

from syncer.files.holders import ciphertexts, read_holders
from syncer.files.sealing import KEY_FILE, Opener
from syncer.files.settings import load_settings

IDENTITY = x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())
OTHER = x25519.Identity.generate()
PLAIN = "correct horse ü {battery}: 'staple' # ${x}"
MEDIA = "config[example.com/MEDIA/media]"
DOCUMENT = """\
# the customer's own words
domain: example.com
categories: []

configs:
  # calls from outside
  - type: MEDIA   # STUN and TURN
    desc: media
    categories: []
    turnServer: turn.example.com  # the seed
    tosRtp: 0xb8

  - {type: ALARM_SERVER, desc: alarms, categories: [], url: 'https://x.example/y', logPassword: {env: LOG}}  # old
  - {type: NTP, desc: time, categories: [], ntp1: t.example.com, tz: CET-1}
"""


def new_repository(folder: Path) -> Path:
    """With somebody to seal for, whose key is beside it."""
    root = folder / "repo"
    (root / "domains").mkdir(parents=True)
    (root / "domains" / "a.yaml").write_text(DOCUMENT, encoding="utf-8")
    (root / "syncer.yaml").write_text(
        f"version: 1\nservers:\n  local:\n    url: emulator:.syncer/e.sqlite  # here\nfiles: [domains]\n"
        f"age_recipients:\n  - {RECIPIENT}\n"
    )
    (folder / "key.txt").write_text(f"{IDENTITY}\n")
    return root


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository of its own."""
    return new_repository(tmp_path)


def opened(repo: Path) -> dict[tuple[str, str], str]:
    """What everything that is sealed says, by owner and field."""
    held = ciphertexts(read_holders(load_settings(repo)))
    opener = Opener({KEY_FILE: str(repo.parent / "key.txt")})
    return {(holder.owner, name): opener.open(text) for text, pairs in held.items() for holder, name in pairs}
