"""What files say, in normal form."""

from pathlib import Path

import pytest

from syncer.errors import Place
from syncer.files.load import load_desired
from syncer.files.settings import load_settings
from syncer.model.address import config_address
from syncer.model.state import Entry
from syncer.model.values import Secret
from tests.files.conftest import SETTINGS, Repository

DESIGN = """\
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
    gk1: 172.16.0.1
    coder: OPUS-WB
    srtpKey: SDES-DTLS       # label or number; the same for srtpCipher and dialTone
    dialTone: GERMANY
  - type: EXPERT
    desc: no telnet
    categories: [Phones HQ]
    script: {file: scripts/no-telnet.txt}
  - type: MEDIA
    desc: media
    categories: []           # every device of the domain: legal, and never silent
    turnServer: turn.example.com
    turnUser: syncer
    turnPassword: {env: TURN_PASSWORD}
    tosRtp: 0xb8             # YAML reads a number; syncer means the string "0xb8"
  - {type: NTP, desc: old clock, state: absent}   # deleted if it exists
"""


def test_the_example_of_the_design(repository: Repository) -> None:
    repository.write("domains/scripts/no-telnet.txt", "mod cmd X\r\nend")
    repository.write("domains/hq.yaml", DESIGN)

    (domain,) = repository.load({"TURN_PASSWORD": "hunter2"}).domains

    assert domain.entry.fields == {"deployAdminPasswords": True}
    assert domain.entry.place == Place("domains/hq.yaml", 2, 1)
    assert [(c.address.name, c.fields) for c in domain.categories or ()] == [("Phones HQ", {"config": True})]
    phone, expert, media, ntp = domain.configs or ()
    assert phone == Entry(
        config_address("example.com", "PHONE", "HQ phones"),
        Place("domains/hq.yaml", 8, 5),
        {"gk1": "172.16.0.1", "coder": "OPUS-WB", "srtpKey": 0, "dialTone": 15},
        categories=("Phones HQ",),
    )
    assert expert.fields == {"script": "mod cmd X\r\nend"}
    assert media.fields == {
        "turnServer": "turn.example.com",
        "turnUser": "syncer",
        "turnPassword": Secret("hunter2"),
        "tosRtp": 0xB8,
    }
    assert media.categories == ()
    assert (ntp.absent, ntp.categories, str(ntp.place)) == (True, None, "domains/hq.yaml:26:5")


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "---\n---\n...\n", "\ufeff"])
def test_an_empty_file_says_nothing(repository: Repository, text: str) -> None:
    repository.write("domains/a.yaml", text)

    assert repository.load().domains == ()


def test_missing_and_empty_differ(repository: Repository) -> None:
    repository.write("domains/a.yaml", "domain: a\n---\ndomain: b\ncategories: []\nconfigs: []\n")

    a, b = repository.load().domains

    assert (a.categories, a.configs) == (None, None)
    assert (b.categories, b.configs) == ((), ())


def test_a_byte_order_mark_is_no_character(repository: Repository) -> None:
    repository.write("domains/a.yaml", "\ufeffdomain: a")

    assert repository.load().domains[0].entry.place == Place("domains/a.yaml", 1, 1)


def test_left_out_and_unset_differ(repository: Repository) -> None:
    entry = repository.config("type: PHONE\ncategories: []\ngk1:\ngk2: ''\nexclusive: false\nframeSize: 0\ndialTone: 0")

    assert entry.fields == {"gk1": None, "gk2": None, "exclusive": None, "frameSize": None, "dialTone": 0}


def test_a_whole_number_may_be_written_with_a_point(repository: Repository) -> None:
    entry = repository.config("type: PHONE\ncategories: []\nframeSize: 20.0\ndialTone: 15.0\nid: 7.0")

    assert entry.fields == {"frameSize": 20, "dialTone": 15}
    assert (repr(entry.fields["frameSize"]), repr(entry.fields["dialTone"]), repr(entry.id)) == ("20", "15", "7")


def test_one_is_not_true(repository: Repository) -> None:
    """1 == True in Python, so what was accepted for one must not pass for the other."""
    repository.write(
        "domains/a.yaml",
        "domain: x\nconfigs:\n"
        "  - {type: PHONE, desc: a, categories: [], exclusive: true}\n"
        "  - {type: PHONE, desc: b, categories: [], exclusive: 1}\n",
    )

    assert repository.problems() == ["domains/a.yaml:4:55: exclusive: 1 is not true or false"]


def test_common_keys(repository: Repository) -> None:
    entry = repository.config(
        "type: NTP\ncategories: [B, A]\nid: 12\nrenamed_from: old\nignore: [tz, categories]\nextra: {a: {b: [1, null]}}"
    )

    assert (entry.categories, entry.id, entry.renamed_from) == (("B", "A"), 12, "old")
    assert entry.ignore == {"tz", "categories"}
    assert entry.extra == {"a": {"b": [1, None]}}
    assert type(entry.extra["a"]) is dict
    assert type(entry.extra["a"]["b"]) is list
    assert entry.address.name == ""


def test_categories_may_be_left_to_the_server(repository: Repository) -> None:
    assert repository.config("type: NTP\nignore: [categories]").categories is None


def test_an_unknown_type_keeps_all_under_extra(repository: Repository) -> None:
    entry = repository.config(
        "type: TRUST_LIST\ndesc: certs\ncategories: []\nignore: [whatever]\nextra: {certs: [a], fax: true}"
    )

    assert entry.address == config_address("example.com", "TRUST_LIST", "certs")
    assert (entry.fields, entry.extra) == ({}, {"certs": ["a"], "fax": True})


def test_an_extra_that_another_type_knows(repository: Repository) -> None:
    assert repository.config("type: PHONE\ncategories: []\nextra: {fax: true}").extra == {"fax": True}


def test_what_begins_a_variable_is_doubled_up(repository: Repository) -> None:
    entry = repository.config(
        "type: NTP\ndesc: a$${b}\ncategories: []\ntz: $$${x} $y $$\nextra: {'$${k}': [\"$${v}\"]}"
    )

    assert entry.address.name == "a${b}"
    assert entry.fields == {"tz": "$${x} $y $$"}
    assert entry.extra == {"${k}": ["${v}"]}


def test_a_script_is_taken_to_the_letter(repository: Repository) -> None:
    content = "\ufeffa\r\nb\r${x}\n\n"
    repository.write("scripts/x.txt", content)

    assert repository.config("type: EXPERT\ncategories: []\nscript: {file: ../scripts/x.txt}").fields == {
        "script": content
    }


def test_an_empty_script_is_unset(repository: Repository) -> None:
    repository.write("domains/x.txt", "")

    assert repository.config("type: EXPERT\ncategories: []\nscript: {file: x.txt}").fields == {"script": None}


@pytest.mark.parametrize(
    "content, secret",
    [("pw", "pw"), ("pw\n", "pw"), ("pw\r\n", "pw"), ("pw\n\n", "pw\n"), (" pw \n", " pw "), ("${x}", "${x}")],
)
def test_a_secrets_file_loses_one_newline(repository: Repository, content: str, secret: str) -> None:
    repository.write("password.txt", content)

    entry = repository.config("type: ALARM_SERVER\ncategories: []\nlogPassword: {file: ../password.txt}")

    assert entry.fields == {"logPassword": Secret(secret)}


def test_a_secrets_file_may_be_anywhere(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("vault") / "password"
    path.write_text("pw")

    entry = repository.config(f"type: ALARM_SERVER\ncategories: []\nlogPassword: {{file: '{path.as_posix()}'}}")

    assert entry.fields == {"logPassword": Secret("pw")}


@pytest.mark.parametrize("unset", ["", "''", "null"])
def test_a_secret_may_be_unset(repository: Repository, unset: str) -> None:
    entry = repository.config(f"type: ALARM_SERVER\ncategories: []\nlogPassword: {unset}")

    assert entry.fields == {"logPassword": None}


def test_anchors_and_merges(repository: Repository) -> None:
    configs = repository.configs(
        """\
domain: example.com
configs:
  - &phone
    type: PHONE
    desc: a
    categories: &all []
    gk1: 172.16.0.1
    gk2: 172.16.0.2
  - <<: *phone
    desc: b
    gk2: 172.16.0.3
  - <<: [{type: NTP, desc: c}, {desc: d, tz: CET}]
    categories: *all
"""
    )

    assert [(c.address.type, c.address.name, c.fields) for c in configs] == [
        ("PHONE", "a", {"gk1": "172.16.0.1", "gk2": "172.16.0.2"}),
        ("PHONE", "b", {"gk1": "172.16.0.1", "gk2": "172.16.0.3"}),
        ("NTP", "c", {"tz": "CET"}),
    ]


def test_a_problem_in_what_was_merged_is_told_where_it_stands(repository: Repository) -> None:
    told = repository.config_problems("<<: {tz: 5}\ntype: NTP\ncategories: []")

    assert told == ["domains/a.yaml:3:14: tz is a number, not a text; put it in quotes"]


FOUND = ["domains/a.yaml", "domains/deep/b.yml"]


@pytest.mark.parametrize(
    "patterns, found",
    [
        ("[domains]", FOUND),
        ("[domains/]", FOUND),
        ("[./domains, domains/a.yaml, 'domains/*']", FOUND),
        ("['domains/**/*.yml']", ["domains/deep/b.yml"]),
        ("['**']", [*FOUND, "other/c.yaml"]),
        ("[.]", [*FOUND, "other/c.yaml"]),
        ("[other, domains/deep]", ["domains/deep/b.yml", "other/c.yaml"]),
        ("[domains/.hidden.yaml]", ["domains/.hidden.yaml"]),
        ("[domains/read.me]", ["domains/read.me"]),
    ],
)
def test_which_files_are_read(repository: Repository, patterns: str, found: list[str]) -> None:
    names = ["domains/a.yaml", "domains/deep/b.yml", "other/c.yaml", "domains/.hidden.yaml", "domains/.git/x.yaml"]
    for name in [*names, "domains/read.me"]:
        repository.write(name, f"domain: {name}")
    (repository.root / "domains" / "again").symlink_to(repository.root / "domains")
    (repository.root / "domains" / "same.yaml").symlink_to("a.yaml")
    repository.write("syncer.yaml", SETTINGS.replace("[domains]", patterns))

    assert [domain.name for domain in repository.load().domains] == found


def test_files_of_a_server_come_before_those_of_all(repository: Repository) -> None:
    repository.write("a/a.yaml", "domain: a")
    repository.write("b/b.yaml", "domain: b")
    repository.write(
        "syncer.yaml",
        "version: 1\nservers: {a: {url: 'emulator:x', files: [a]}, b: {url: 'emulator:x'}}\nfiles: [b]\n",
    )
    settings = load_settings(repository.root)

    names = [load_desired(settings, settings.server(name), {}).domains[0].name for name in ("a", "b")]

    assert names == ["a", "b"]


@pytest.mark.parametrize("pattern", ["nix", "*.nix", "nix/**", "domains/nix.yaml", "**x"])
def test_files_that_are_not_there(repository: Repository, pattern: str) -> None:
    repository.write("syncer.yaml", SETTINGS.replace("[domains]", f"['{pattern}']"))

    told = f"syncer.yaml:5:9: files: there is nothing at {pattern}; create it, or correct `files`"
    assert repository.problems() == [told]


def test_files_of_a_server_that_are_not_there(repository: Repository) -> None:
    repository.write("syncer.yaml", SETTINGS.replace("    url", "    files: [nix]\n    url"))

    told = "syncer.yaml:4:13: files: there is nothing at nix; create it, or correct `files`"
    assert repository.problems() == [told]


def test_a_folder_without_files_says_nothing(repository: Repository) -> None:
    assert repository.load().domains == ()


def test_the_policy_comes_along(repository: Repository) -> None:
    repository.write("syncer.yaml", SETTINGS + "policy: {protect: ['config[*/EXPERT/*]']}\n")

    assert repository.load().policy.protect == ("config[*/EXPERT/*]",)


def test_paths_are_shown_with_slashes(repository: Repository) -> None:
    repository.write("domains/deep/er/a.yaml", "domain: [")

    (told,) = repository.problems()

    assert told.startswith("domains/deep/er/a.yaml:2:1: ")
    assert str(Path(repository.root)) not in told
