"""What an export writes, and what it says of what it cannot write."""

import stat
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from syncer.errors import SyncerError
from syncer.files import rendering
from syncer.files.export import Exported, export
from syncer.files.rendering import Variable
from syncer.model.address import category_address, config_address, domain_address
from syncer.model.state import CategoryRef, LiveDomain, LiveObject
from syncer.model.values import Secret
from tests.files.conftest import Repository

HQ = CategoryRef(5, "Phones HQ")
NONE: Mapping[str, Any] = {}
UNDESCRIBED = "the service has a value that the API does not describe"


def _config(
    number: int,
    config_type: str,
    desc: str,
    fields: Mapping[str, Any] = NONE,
    extra: Mapping[str, Any] = NONE,
    categories: tuple[CategoryRef, ...] = (),
    domain: str = "example.com",
) -> LiveObject:
    return LiveObject(config_address(domain, config_type, desc), number, 1, fields, extra, categories)


def _domain(
    *configs: LiveObject,
    name: str = "example.com",
    categories: Sequence[str] = ("Phones HQ",),
    number: int = 1,
    **fields: Any,
) -> LiveDomain:
    return LiveDomain(
        LiveObject(domain_address(name), number, number, fields),
        is_instance=False,
        categories=tuple(
            LiveObject(category_address(name, one), 5 + place, 1, {"config": True})
            for place, one in enumerate(categories)
        ),
        configs=configs,
    )


def _export(repository: Repository, *domains: LiveDomain, **options: Any) -> Exported:
    return export(domains, repository.root / "domains", root=repository.root, **options)


def _notes(repository: Repository, config: LiveObject, **options: Any) -> tuple[str, ...]:
    return _export(repository, _domain(config), **options).notes


GOLDEN = """\
# yaml-language-server: $schema=../schemas/domain.schema.json
domain: example.com
deployAdminPasswords: true
categories:
  - name: Phones HQ
    config: true
configs:
  - type: PHONE
    desc: HQ phones
    categories: [Phones HQ]
    extra:
      newField: {a: [1, 1.5, null, true], "yes": "a: b"}
      "0": x
    gk1: 172.16.0.1
    coder: OPUS-WB
    frameSize: 20
    exclusive: true
    srtpKey: SDES-DTLS
    dialTone: EUROPE-PBX

  - type: EXPERT
    desc: no telnet
    categories: []
    script: |
      config change TELNET0 /off
        $${indented}

      config write

  - type: MEDIA
    categories: []
    turnServer: turn.example.com:3478, b
    turnPassword: {env: SYNCER_SECRET_EXAMPLE_COM_MEDIA_TURN_PASSWORD}
    tosRtp: 0xb8

  - type: TRUST_LIST
    desc: "2024-01-01"
    categories: []
    extra:
      certs: [a, b]
"""


def test_a_domain(repository: Repository) -> None:
    repository.write("schemas/domain.schema.json", "{}")
    exported = _export(
        repository,
        _domain(
            _config(
                1,
                "PHONE",
                "HQ phones",
                {
                    "dialTone": 0,
                    "srtpKey": 0,
                    "gk1": "172.16.0.1",
                    "coder": "OPUS-WB",
                    "frameSize": 20,
                    "exclusive": True,
                },
                {"newField": {"a": [1, 1.5, None, True], "yes": "a: b"}, "0": "x"},
                (HQ,),
            ),
            _config(
                2, "EXPERT", "no telnet", {"script": "config change TELNET0 /off\n  ${indented}\n\nconfig write\n"}
            ),
            _config(
                3, "MEDIA", "", {"turnServer": "turn.example.com:3478, b", "turnPassword": Secret("x"), "tosRtp": 0xB8}
            ),
            _config(4, "TRUST_LIST", "2024-01-01", {}, {"certs": ["a", "b"]}),
            deployAdminPasswords=True,
        ),
    )

    path = repository.root / "domains" / "example.com.yaml"
    assert path.read_text("utf-8") == GOLDEN
    address = config_address("example.com", "MEDIA", "")
    assert exported == Exported(
        (path,), (Variable("SYNCER_SECRET_EXAMPLE_COM_MEDIA_TURN_PASSWORD", address, "turnPassword"),), ()
    )


def test_an_empty_domain_is_said_to_be_empty(repository: Repository) -> None:
    _export(repository, _domain(categories=()))

    text = (repository.root / "domains" / "example.com.yaml").read_text("utf-8")
    assert text == "domain: example.com\ndeployAdminPasswords: false\ncategories: []\nconfigs: []\n"


def test_a_domain_whose_content_was_not_read_says_nothing_of_it(repository: Repository) -> None:
    live = LiveDomain(
        LiveObject(domain_address("x"), 1, 1), is_instance=False, categories=(), configs=(), is_read=False
    )
    _export(repository, live)

    assert (repository.root / "domains" / "x.yaml").read_text() == "domain: x\ndeployAdminPasswords: false\n"


SCRIPT = "".join(f"config add line{n}\n" for n in range(12))


@pytest.mark.parametrize("script", [SCRIPT, SCRIPT.replace("\n", "\r\n"), "a\rb", "x" * 5_000_000, "\ufeff\0\n" * 11])
def test_a_long_script_stands_in_a_file_to_the_letter(repository: Repository, script: str) -> None:
    exported = _export(repository, _domain(_config(1, "EXPERT", "No telnet: HQ/B", {"script": script})))

    path = repository.root / "domains" / "scripts" / "example.com" / "No-telnet-HQ-B.txt"
    assert exported.files == (repository.root / "domains" / "example.com.yaml", path)
    assert path.read_bytes() == script.encode()
    (config,) = repository.load().domains[0].configs or ()
    assert config.fields == {"script": script}


def test_scripts_of_one_name_have_files_of_their_own(repository: Repository) -> None:
    names = ["a", "A", "a", "", "../a", "CON"]
    configs = [_config(n, "EXPERT", name, {"script": f"{n}\n" * 11}) for n, name in enumerate(names)]

    exported = _export(repository, _domain(*configs))

    found = [path.name for path in exported.files[1:]]
    assert found == ["a.txt", "A-2.txt", "a-3.txt", "script.txt", "a-4.txt", "x-CON.txt"]


@pytest.mark.parametrize(
    "fields, left, why",
    [
        ({"frameSize": 10}, ["frameSize"], UNDESCRIBED),
        ({"dialTone": 99}, ["dialTone"], UNDESCRIBED),
        ({"gk1": 5}, ["gk1"], UNDESCRIBED),
        ({"coder": "OPUS-FB"}, ["coder"], UNDESCRIBED),
        ({"gk1": "a\ud800"}, ["gk1"], "it holds half a character (a lone surrogate)"),
    ],
)
def test_what_a_file_cannot_say_is_left_as_it_is(
    repository: Repository, fields: Mapping[str, Any], left: list[str], why: str
) -> None:
    notes = _notes(repository, _config(1, "PHONE", "a", fields))

    assert notes == tuple(f"config[example.com/PHONE/a]: {name} is left as it is (ignore): {why}" for name in left)
    (config,) = repository.load().domains[0].configs or ()
    assert (config.fields, sorted(config.ignore)) == ({}, left)


def test_broken_rules_are_left_as_they_are(repository: Repository) -> None:
    ports = {"rtpFirst": 5000, "rtpNum": 200, "natFirst": 5100, "natNum": 50}
    notes = _notes(repository, _config(1, "MEDIA", "a", ports | {"tosRtp": 0}))

    assert notes[0] == (
        "config[example.com/MEDIA/a]: rtpFirst is left as it is (ignore): "
        "the ports for RTP (5000-5199) and NAT (5100-5149) overlap"
    )
    (config,) = repository.load().domains[0].configs or ()
    assert config.fields == {"tosRtp": 0}
    assert config.ignore == set(ports)


@pytest.mark.parametrize(
    "secret, why",
    [
        (Secret(None, raw="xx"), "it cannot be decrypted"),
        (Secret("a\0"), "no environment variable can hold it"),
        (Secret("\ud800"), "no environment variable can hold it"),
        ("text", "it cannot be decrypted"),
    ],
)
def test_secrets_that_cannot_be_referred_to(repository: Repository, secret: Any, why: str) -> None:
    notes = _notes(repository, _config(1, "ALARM_SERVER", "a", {"logPassword": secret}))

    assert notes == (f"config[example.com/ALARM_SERVER/a]: logPassword is left as it is (ignore): {why}",)
    (config,) = repository.load().domains[0].configs or ()
    assert config.ignore == {"logPassword"}


@pytest.mark.parametrize("fields", [{}, {"logPassword": Secret("x")}])
def test_secrets_that_the_service_never_tells(repository: Repository, fields: Mapping[str, Any]) -> None:
    notes = _notes(repository, _config(1, "ALARM_SERVER", "a", fields), write_only=frozenset({"logPassword"}))

    why = "the service never tells it"
    assert notes == (f"config[example.com/ALARM_SERVER/a]: logPassword is left as it is (ignore): {why}",)


@pytest.mark.parametrize(
    "refs, shown",
    [
        ((HQ, CategoryRef(9, None)), "#9"),
        ((CategoryRef(9, "Phones HQ"),), "Phones HQ"),  # the name of another
        ((CategoryRef(9, "gone"),), "gone"),
        ((CategoryRef(6, "twice"),), "twice"),
    ],
)
def test_references_that_no_name_stands_for(repository: Repository, refs: tuple[CategoryRef, ...], shown: str) -> None:
    live = _domain(_config(1, "NTP", "a", {}, {}, refs), categories=("Phones HQ", "twice", "twice"))

    notes = _export(repository, live).notes

    why = f"no name stands for just the category {shown}"
    assert notes == (f"config[example.com/NTP/a]: categories is left as it is (ignore): {why}",)
    desired = repository.load().domains[0]
    (config,) = desired.configs or ()
    assert config.categories is None
    assert config.ignore == {"categories"}
    assert [entry.id for entry in desired.categories or ()] == [None, 6, 7]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {"\udc00": 1}, {"k" * 1100: 1}])
def test_unknown_fields_that_yaml_cannot_hold(repository: Repository, value: Any) -> None:
    notes = _notes(repository, _config(1, "NTP", "a", {}, {"new": [value], "fine": 1, "nothing": None, "mt": 1}))

    assert notes == (
        "config[example.com/NTP/a]: new is left out: a file cannot hold it",
        "config[example.com/NTP/a]: mt is left out: a file cannot hold it",
    )
    (config,) = repository.load().domains[0].configs or ()
    assert config.extra == {"fine": 1}


def test_unknown_fields_that_are_too_deep(repository: Repository) -> None:
    def nested(levels: int) -> Any:
        return [nested(levels - 1)] if levels else []

    notes = _notes(repository, _config(1, "NTP", "a", {}, {"deep": nested(85), "deeper": nested(120)}))

    assert notes == ("config[example.com/NTP/a]: deeper is left out: a file cannot hold it",)
    (config,) = repository.load().domains[0].configs or ()
    assert config.extra == {"deep": nested(85)}


def test_objects_that_no_file_can_name(repository: Repository) -> None:
    live = _domain(
        _config(11, "NTP", "\ud800"),
        _config(12, "", "a"),
        LiveObject(config_address("example.com", "NTP", "b"), 13, 1, complete=False),
        categories=("", "\ud800", "fine"),
    )

    exported = _export(repository, live, _domain(name="", number=7))

    assert exported.notes == (
        "category[example.com/] (id 5) is left out: a file cannot hold its name",
        "category[example.com/\\ud800] (id 6) is left out: a file cannot hold its name",
        "config[example.com/NTP/\\ud800] (id 11) is left out: a file cannot hold its name",
        "config[example.com//a] (id 12) is left out: a file cannot hold its name",
        "config[example.com/NTP/b] (id 13) is left out: it was not read completely",
        "domain[] (id 7) is left out: a file cannot hold its name",
    )
    (domain,) = repository.load().domains
    assert [entry.address.name for entry in domain.categories or ()] == ["fine"]
    assert domain.configs == ()


def test_ids_stand_only_where_they_are_needed(repository: Repository) -> None:
    _export(
        repository,
        _domain(_config(1, "NTP", "a"), _config(2, "NTP", "a"), _config(3, "NTP", "b")),
        _domain(name="twice", number=8, deployAdminPasswords=True),
        _domain(name="twice", number=9),
    )

    one, three, two = repository.load().domains  # the second file's name ends in -2, which sorts first
    assert [entry.id for entry in one.configs or ()] == [1, 2, None]
    assert (one.entry.id, two.entry.id, three.entry.id) == (None, 8, 9)
    assert two.entry.fields == {"deployAdminPasswords": True}
    assert three.entry.fields == {"deployAdminPasswords": None}


def test_domains_with_hostile_names(repository: Repository) -> None:
    names = ["../../etc/passwd", ".hidden", "a/b", "a\\b", "Con", "MÜLLER.example", "müller.example", "\n", "x" * 500]
    exported = _export(repository, *(_domain(name=name, number=n) for n, name in enumerate(names)))

    assert [path.name for path in exported.files] == [
        "etc-passwd.yaml",
        "hidden.yaml",
        "a-b.yaml",
        "a-b-2.yaml",
        "x-Con.yaml",
        "MÜLLER.example.yaml",
        "müller.example-2.yaml",
        "domain.yaml",
        f"{'x' * 120}.yaml",
    ]
    assert {path.parent for path in exported.files} == {repository.root / "domains"}
    assert sorted(domain.name for domain in repository.load().domains) == sorted(names)


def test_variables_have_names_of_their_own(repository: Repository) -> None:
    configs = [
        _config(n, "ALARM_SERVER", name, {"logPassword": Secret(str(n))})
        for n, name in enumerate(["Büro 1", "büro-1", "電話", ""])
    ]

    exported = _export(repository, _domain(*configs))

    prefix = "SYNCER_SECRET_EXAMPLE_COM_ALARM_SERVER"
    assert [one.name for one in exported.variables] == [
        f"{prefix}_BURO_1_LOG_PASSWORD",
        f"{prefix}_BURO_1_LOG_PASSWORD_2",
        f"{prefix}_LOG_PASSWORD",
        f"{prefix}_LOG_PASSWORD_2",
    ]
    found = repository.load({one.name: str(n) for n, one in enumerate(exported.variables)}).domains[0].configs
    assert [entry.fields["logPassword"] for entry in found or ()] == [Secret(str(n)) for n in range(4)]


def test_no_secret_is_written(repository: Repository) -> None:
    fields = {"logPassword": Secret("hunter2", raw="a1b2c3"), "url": "https://x"}
    exported = _export(repository, _domain(_config(1, "ALARM_SERVER", "a", fields)))

    text = "".join(path.read_text() for path in exported.files)
    assert "hunter2" not in text + str(exported)
    assert "a1b2c3" not in text + str(exported)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_files_are_their_owners(repository: Repository) -> None:
    exported = _export(repository, _domain(_config(1, "EXPERT", "a", {"script": SCRIPT})))

    assert {stat.S_IMODE(path.stat().st_mode) for path in exported.files} == {0o600}


def test_files_that_exist_are_not_overwritten(repository: Repository) -> None:
    live = _domain(_config(1, "EXPERT", "a", {"script": SCRIPT}))
    script = repository.write("domains/scripts/example.com/a.txt", "mine")

    with pytest.raises(SyncerError) as caught:
        _export(repository, live)

    assert str(caught.value) == (
        f"nothing was written, since these exist already: {script}; "
        "choose another folder, or say --force to replace them"
    )
    assert not (repository.root / "domains" / "example.com.yaml").exists()
    assert _export(repository, live, force=True).files[1] == script
    assert script.read_text() == SCRIPT


def test_a_link_that_leads_out_is_not_followed(
    repository: Repository, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (repository.root / "domains" / "scripts").symlink_to(outside)

    with pytest.raises(SyncerError, match=r"leads out of .*; remove the symbolic link$"):
        _export(repository, _domain(_config(1, "EXPERT", "a", {"script": SCRIPT})))

    assert list(outside.rglob("*.txt")) == []


def test_a_folder_that_cannot_be_made(repository: Repository) -> None:
    (repository.root / "file").touch()

    with pytest.raises(SyncerError, match=r"file/out cannot be made: Not a directory$"):
        export([_domain()], repository.root / "file" / "out", root=repository.root)


def test_a_domain_that_no_file_may_hold(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "MAX_YAML", 1024 * 1024)
    live = _domain(_config(1, "NTP", "a", {"tz": "x" * (1024 * 1024)}))

    with pytest.raises(SyncerError, match=r"^domain\[example.com\] is more than the 1 MiB that a file may have$"):
        _export(repository, live)


def test_another_folder_of_the_repository(repository: Repository) -> None:
    repository.write("schemas/domain.schema.json", "{}")
    exported = export([_domain()], repository.root / "a" / "b", root=repository.root)

    first = Path(exported.files[0]).read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=../../schemas/domain.schema.json"
