"""The examples after a typical edit, with somebody else's clicks in between: what the README's plan is about."""

from collections.abc import Callable
from pathlib import Path

from syncer.cli.demo import _set_up
from syncer.cli.options import make_context

RECORD = "applied.json"
COMMAND = ("plan", "--since", RECORD)
_PHONES = "domains/example.com-phones.yaml"
_CLICKED = {_PHONES: {"dialTone: GERMANY": "dialTone: EUROPE-PBX", "frameSize: 20": "frameSize: 30"}}
_PROFILE = """\
  - type: TLS_PROFILE
    desc: Gateways
    categories: [Gateways]
    profile: strict
"""
_NO_PROFILE = """\
  - type: TLS_PROFILE
    desc: Gateways
    state: absent
"""
_FIRST_ALARM = "  - type: ALARM_SERVER\n"
_CLOCK = """\
  - type: NTP
    desc: Gateways
    categories: [Gateways]
    ntp1: 172.16.0.30

"""
_RENAME = "    renamed_from: Meeting rooms  # renamed in place, so that it keeps its id; can go afterwards\n"
_EDITED = {
    _PHONES: {
        "gk2: 172.16.0.2": "gk2: 172.16.0.3",
        "frameSize: 20": "frameSize: 40",
        _RENAME: "    # once Meeting rooms\n",  # a plan would remind of it
    },
    "scripts/quality-of-service.txt": {"/signaling-tos 0x60": "/signaling-tos 0x68"},
    "domains/example.com.yaml": {_PROFILE: _NO_PROFILE, _FIRST_ALARM: _CLOCK + _FIRST_ALARM},
}


def prepare(folder: Path, syncer: Callable[..., object]) -> None:
    """Apply the examples with a record, change something on the server, edit the files. `syncer` runs a command."""
    _set_up(make_context(folder))
    syncer("apply", "--yes", "--record", RECORD)
    before = {name: (folder / name).read_bytes() for name in _CLICKED}
    _edit(folder, _CLICKED)
    syncer("apply", "--yes")
    for name, content in before.items():
        (folder / name).write_bytes(content)
    _edit(folder, _EDITED)


def _edit(folder: Path, edits: dict[str, dict[str, str]]) -> None:
    for name, replacements in edits.items():
        text = (folder / name).read_bytes().decode()
        for old, new in replacements.items():
            assert old in text, (name, old)
            text = text.replace(old, new, 1)
        (folder / name).write_bytes(text.encode())
