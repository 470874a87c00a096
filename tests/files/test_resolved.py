"""`show --resolved`: what the files say in the end, told with places, and valid as it is."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.errors import Place, SyncerError
from syncer.files.emit import flow
from syncer.files.resolved import resolved_text
from syncer.files.settings import load_settings
from syncer.model.state import DesiredDomain, Entry
from tests.files.conftest import SETTINGS, Repository
from tests.files.test_emit import TEXTS

BASELINE = """\
baseline: german sites
domains: ["*"]
vars: {tz: CET-1CEST}
categories:
  - {name: Phones, config: true}
configs:
  - {type: NTP, desc: time, categories: [], ntp1: "ntp.${domain.name}", tz: "${vars.tz}", extra: {a: 1}}
  - type: EXPERT
    categories: [Phones]
    script: {file: ../scripts/a.txt}
"""
DOMAIN = """\
domain: example.com
vars: {turn: TURN, ntp: "$${literal}"}
categories: []
configs:
  - {type: NTP, desc: time, ntp2: "${vars.ntp}", extra: {b: [2, {c: null}]}}
  - type: MEDIA
    categories: [Phones]
    turnServer: turn.example.com
    turnPassword: {env: "${vars.turn}_PASSWORD"}
    tosRtp: 0xb8
  - type: EXPERT
    desc: own
    categories: []
    script: |
      a
      b
---
domain: other.example.com
deployAdminPasswords: false
---
domain: example.com
deployAdminPasswords: true
extra: {x: 1}
"""
RESOLVED = """\
domain: example.com  # domains/a.yaml:1:1
deployAdminPasswords: true  # domains/a.yaml:22:23
extra: {x: 1}  # domains/a.yaml:23:8
categories:
  - name: Phones  # baselines/b.yaml:5:5
    config: true
configs:
  - type: NTP  # domains/a.yaml:5:5
    desc: time
    categories: []  # baselines/b.yaml:7:41
    ntp1: ntp.example.com  # baselines/b.yaml:7:51
    tz: CET-1CEST  # baselines/b.yaml:3:12
    ntp2: "$${literal}"  # domains/a.yaml:2:25
    extra: {a: 1, b: [2, {c: null}]}
  - type: MEDIA  # domains/a.yaml:6:5
    categories: [Phones]
    turnServer: turn.example.com
    turnPassword: {env: TURN_PASSWORD}
    tosRtp: "0xb8"
  - type: EXPERT  # domains/a.yaml:11:5
    desc: own
    categories: []
    script: |
      a
      b
  - type: EXPERT  # baselines/b.yaml:8:5
    categories: [Phones]
    script: {file: scripts/a.txt}
---
domain: other.example.com  # domains/a.yaml:18:1
deployAdminPasswords: false
---
# Only baselines name categories and configs of this domain, so what else it has is not syncer's business.
baseline: for other.example.com
domains: [other.example.com]
categories:
  - name: Phones  # baselines/b.yaml:5:5
    config: true
configs:
  - type: NTP  # baselines/b.yaml:7:5
    desc: time
    categories: []
    ntp1: ntp.other.example.com
    tz: CET-1CEST  # baselines/b.yaml:3:12
    extra: {a: 1}
  - type: EXPERT  # baselines/b.yaml:8:5
    categories: [Phones]
    script: {file: scripts/a.txt}"""


@pytest.fixture
def filled(repository: Repository) -> Repository:
    """A repository with a baseline, variables, a secret and a script."""
    repository.write("syncer.yaml", SETTINGS.replace("[domains]", "[domains, baselines]"))
    repository.write("baselines/b.yaml", BASELINE)
    repository.write("scripts/a.txt", "mod cmd ${vars.tz}")
    repository.write("domains/a.yaml", DOMAIN)
    return repository


def resolved(repository: Repository, wanted: str | None = None) -> str:
    settings = load_settings(repository.root)
    return resolved_text(settings, settings.server(None), wanted)


def without_places(domains: tuple[DesiredDomain, ...]) -> list[DesiredDomain]:
    return [
        DesiredDomain(_moved(one.entry), _all_moved(one.categories), _all_moved(one.configs), one.partial)
        for one in domains
    ]


def _all_moved(entries: tuple[Entry, ...] | None) -> tuple[Entry, ...] | None:
    return None if entries is None else tuple(map(_moved, entries))


def _moved(entry: Entry) -> Entry:
    return replace(entry, place=Place(""))


def test_everything_with_its_place(filled: Repository) -> None:
    """No secret is read for it: TURN_PASSWORD is not set here."""
    assert resolved(filled) == RESOLVED


def test_it_says_the_same_again(filled: Repository) -> None:
    environ = {"TURN_PASSWORD": "hunter2"}
    before = filled.load(environ)
    text = resolved(filled)

    filled.write("all.yaml", text)
    filled.write("syncer.yaml", SETTINGS.replace("[domains]", "[all.yaml]"))

    assert "hunter2" not in text
    assert without_places(filled.load(environ).domains) == without_places(before.domains)


def test_what_is_masked_is_not_shown(repository: Repository) -> None:
    repository.write("syncer.yaml", SETTINGS + "policy: {mask: {'config[*/EXPERT/*]': [script, new, desc]}}\n")
    repository.write(
        "domains/a.yaml",
        "domain: x\nvars: {community: hush1}\nconfigs:\n"
        "  - {type: EXPERT, desc: a, categories: [], script: '${vars.community}!', extra: {new: hush2, old: seen}}\n"
        "---\nbaseline: b\ndomains: [x]\nconfigs: [{type: EXPERT, desc: b, categories: [], script: hush3}]\n",
    )

    text = resolved(repository)

    assert "hush" not in text
    assert text.count('script: "(secret)"') == 2
    assert "old: seen" in text


def test_of_one_domain(filled: Repository) -> None:
    assert resolved(filled, "other.*").startswith("domain: other.example.com  # domains/a.yaml:18:1\n")
    assert resolved(filled, "example.com").count("domain: ") == 1


def test_of_a_domain_that_is_not_there(filled: Repository) -> None:
    with pytest.raises(SyncerError) as caught:
        resolved(filled, "exampel.com")

    assert str(caught.value) == "the files name no domain exampel.com; did you mean example.com?"


def test_domains_that_ids_tell_apart(repository: Repository) -> None:
    repository.write("domains/a.yaml", "domain: x\nid: 1\nconfigs: []\n---\ndomain: x\nid: 2\ncategories: []")

    first, second = resolved(repository).split("\n---\n")

    assert first == "domain: x  # domains/a.yaml:1:1\nid: 1\nconfigs: []"
    assert second == "domain: x  # domains/a.yaml:5:1\nid: 2\ncategories: []"


def test_a_domain_to_delete_has_nothing_of_a_baseline(filled: Repository) -> None:
    filled.write("domains/a.yaml", "domain: x\nstate: absent")

    assert resolved(filled) == "domain: x  # domains/a.yaml:1:1\nstate: absent"


VALUES = TEXTS | st.none() | st.integers() | st.booleans()


@given(VALUES, VALUES, TEXTS.filter(bool))
def test_any_value_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, value: str | int | None, variable: str | int | None, name: str
) -> None:
    repository = Repository(tmp_path_factory.mktemp("law"))
    entry = f"{{type: OTHER, desc: {flow(name)}, categories: [], extra: {{a: {flow(value)}, b: '${{vars.v}}'}}}}"
    repository.write("domains/b.yaml", f"baseline: b\ndomains: [x]\nconfigs: [{entry}]")
    repository.write("domains/x.yaml", f"domain: x\nvars: {{v: {flow(variable)}}}\nconfigs: []")
    before = repository.load()
    text = resolved(repository)

    for path in Path(repository.root, "domains").iterdir():
        path.unlink()
    repository.write("domains/all.yaml", text)

    assert without_places(repository.load().domains) == without_places(before.domains)
