"""What a person sees in an editor, from yaml-language-server itself, in the repository that `syncer init` makes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer import workflow
from syncer.model.address import Kind
from syncer.model.fields import config_types, fields_of
from tests.schemas.documents import BASELINES, BROKEN_TEXTS, GOOD_TEXTS
from tests.schemas.languageserver import LanguageServer, running
from tests.schemas.tools import SERVER, needs_server

pytestmark = needs_server
MODELINE = "# yaml-language-server: $schema=../schemas/domain.schema.json\n"
WIRE = "# yaml-language-server: $schema=../schemas/wire-profile.schema.json\n"
SETTINGS = "# yaml-language-server: $schema=schemas/syncer.schema.json\n"
COMMON = {"desc", "categories", "renamed_from", "id", "state", "ignore", "extra"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new repository."""
    root = tmp_path_factory.mktemp("editors") / "phones"
    workflow.init(root)
    return root


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[LanguageServer]:
    """The server, with that repository open."""
    with running(SERVER, root) as server:
        yield server


@pytest.fixture(scope="module")
def domain(root: Path) -> Path:
    """Its domain document."""
    return root / "domains" / "example.com.yaml"


def config(config_type: str, line: str) -> str:
    """A document with one config, and one line of it."""
    return f"{MODELINE}domain: x\nconfigs:\n  - type: {config_type}\n    {line}"


def test_what_init_makes_has_no_problem(server: LanguageServer, root: Path, domain: Path) -> None:
    assert server.problems(domain) == []
    assert server.problems(root / "syncer.yaml") == []


def test_nothing_is_underlined_in_a_good_document(server: LanguageServer, domain: Path) -> None:
    texts = [*GOOD_TEXTS.values(), *BASELINES]
    told = server.problems_of(domain, [MODELINE + text for text in texts])
    assert [(text, one) for text, one in zip(texts, told, strict=True) if one] == []


def test_something_is_underlined_in_a_broken_document(server: LanguageServer, domain: Path) -> None:
    told = server.problems_of(domain, [MODELINE + text for text in BROKEN_TEXTS.values()])
    assert [name for name, one in zip(BROKEN_TEXTS, told, strict=True) if not one] == []


def test_a_document_is_begun_as_a_domains_or_as_a_baseline(server: LanguageServer, domain: Path) -> None:
    assert {"domain", "baseline", "vars", "configs"} <= set(server.completions(domain, f"{MODELINE}|"))


def test_a_baseline_is_completed_and_explained(server: LanguageServer, domain: Path) -> None:
    head = f"{MODELINE}baseline: german sites\n"
    offered = server.completions(domain, f"{head}|").keys()
    assert offered - {"baseline"} == {"domains", "vars", "categories", "configs"}
    assert "as globs: \\* is any text" in server.hover(domain, f"{head}dom|ains: ['*']\n")
    inside = f"{head}domains: ['*']\nconfigs:\n  - type: PHONE\n    |"
    assert COMMON | fields_of(Kind.CONFIG, "PHONE").keys() == set(server.completions(domain, inside))


@pytest.mark.parametrize(
    "config_type, line, told",
    [
        ("PHONE", "gkid: x", "Property gkid is not allowed."),
        ("PHONE", "frameSize: 10", "Value is below the minimum of 20."),
        (
            "PHONE",
            "srtpKey: SDES_DTLS",
            'Value is not accepted. Valid values: "SDES-DTLS", "DTLS-SDES", "SDES", "DTLS", "No encryption".',
        ),
        (
            "MEDIA",
            "turnPassword: hunter2",
            "A secret is written as a reference: {env: NAME}, {file: PATH} or {age: CIPHERTEXT}.",
        ),
    ],
)
def test_what_is_said_of_a_mistake(
    server: LanguageServer, domain: Path, config_type: str, line: str, told: str
) -> None:
    assert server.problems(domain, config(config_type, line)) == [f"5: {told}"]


@pytest.mark.parametrize("config_type", config_types())
def test_the_fields_of_the_type_are_offered_and_no_others(
    server: LanguageServer, domain: Path, config_type: str
) -> None:
    offered = server.completions(domain, config(config_type, "|"))
    assert set(offered) == COMMON | fields_of(Kind.CONFIG, config_type).keys()


def test_what_is_written_already_is_not_offered_again(server: LanguageServer, domain: Path) -> None:
    assert "gk1" not in server.completions(domain, config("PHONE", "gk1: pbx.example.com\n    |"))


def test_types_are_offered(server: LanguageServer, domain: Path) -> None:
    assert set(server.completions(domain, f"{MODELINE}domain: x\nconfigs:\n  - type: |")) == set(config_types())


def test_labels_are_offered_and_not_their_numbers(server: LanguageServer, domain: Path) -> None:
    labels = fields_of(Kind.CONFIG, "PHONE")["dialTone"].labels
    assert set(server.completions(domain, config("PHONE", "dialTone: |"))) == {*labels, "null"}


def test_references_are_offered_for_a_secret(server: LanguageServer, domain: Path) -> None:
    offered = server.completions(domain, config("MEDIA", "turnPassword: |"))
    assert offered["{env: …}"] == "\n  env: ${1:NAME}"
    assert set(offered) == {"{env: …}", "{file: …}", "{age: …}", '""', "null"}


@pytest.mark.parametrize(
    "config_type, line, shown",
    [
        ("PHONE", "gk|1: pbx", "Primary gatekeeper: the PBX that the phones register with."),
        ("PHONE", "dial|Tone: GERMANY", "Dial tone, by country and kind of exchange. Left alone if not written."),
        ("PHONE", "dial|Tone: GERMANY", "* `GERMANY`: 15 on the wire\n* `EUROPE-PBX`: 0 on the wire\n"),
        ("PHONE", "dial|Tone: 15", "Dial tone, by its number: 15 is GERMANY."),
        ("PHONE", "cod|er: G722", "* `G722`: G.722, wideband"),
        ("PHONE", "frame|Size: 20", "Frame size in milliseconds, 20 to 80."),
        ("PHONE", "excl|usive: true", "Use the preferred coder and no other."),
        ("MEDIA", "tos|Rtp: 0xb8", "Type of service of RTP packets"),
        ("MEDIA", "turn|Password: {env: X}", "Password at the TURN server: a reference, never the password itself."),
        ("EXPERT", "scr|ipt: {file: a.txt}", "Update script of the devices"),
        ("NTP", "t|z: UTC0", "CET-1CEST-2,M3.5.0/2,M10.5.0/3"),
        ("NTP", "categ|ories: []", "an empty list means every device of the domain."),
    ],
)
def test_a_field_is_explained(server: LanguageServer, domain: Path, config_type: str, line: str, shown: str) -> None:
    assert shown in server.hover(domain, config(config_type, line))


def test_every_known_field_is_explained(server: LanguageServer, domain: Path) -> None:
    values = {"boolean": "true", "integer": "0"}
    for config_type in config_types():
        for name, field in fields_of(Kind.CONFIG, config_type).items():
            value = "{env: X}" if field.secret else values.get(field.type, "''")
            assert "Source: " in server.hover(domain, config(config_type, f"{name[0]}|{name[1:]}: {value}")), name


def test_the_type_tells_what_the_config_is_for(server: LanguageServer, domain: Path) -> None:
    shown = server.hover(domain, f"{MODELINE}domain: x\nconfigs:\n  - ty|pe: MEDIA\n")
    assert "STUN, TURN, type of service, and the ports of RTP and NAT." in shown


def test_what_is_a_domains_is_not_offered_to_a_baseline_nor_the_other_way(server: LanguageServer, domain: Path) -> None:
    of_domain = server.completions(domain, f"{MODELINE}domain: x\n|").keys()
    assert {"vars", "categories", "configs", "deployAdminPasswords"} <= of_domain
    assert not of_domain & {"domains", "baseline"}
    of_baseline = server.completions(domain, f"{MODELINE}baseline: x\n|").keys()
    assert not of_baseline & {"domain", "deployAdminPasswords"}


def test_settings_are_completed_and_explained(server: LanguageServer, root: Path) -> None:
    path = root / "syncer.yaml"
    head = f"{SETTINGS}version: 1\nfiles: [domains]\n"
    assert {"prune", "limits", "protect", "ignore", "mask"} <= set(server.completions(path, f"{head}policy:\n  |"))
    offered = server.completions(path, f"{head}servers:\n  production:\n    |")
    assert {"url", "app", "domain", "password", "ca_file", "wire_profile", "insecure", "files"} <= set(offered)
    assert "Kinds that are deleted" in server.hover(path, f"{head}policy:\n  pru|ne: []\n")


def test_wire_profiles_are_completed_and_explained(server: LanguageServer, root: Path) -> None:
    path = root / "wire" / "production.yaml"
    head = f"{WIRE}format: syncer-wire/1\nname: production\norigin: learned\n"
    assert "delete_config" in server.completions(path, f"{head}operations:\n  |")
    assert "How the categories of a config are written." in server.hover(path, f"{head}category_|refs: ids\n")
