"""`syncer export --update`, as a person runs it, against the embedded service."""

from pathlib import Path
from typing import Any

import pytest

from syncer.emulator import Store
from tests.cli.running import syncer

SETTINGS = "version: 1\nservers:\n  local: {url: 'emulator:.syncer/e.sqlite'}\nfiles: [domains]\n"
DOCUMENT = """\
# our own
domain: example.com
vars: {gatekeeper: 172.16.0.1}  # the PBX
categories:
  - name: Phones HQ  # upstairs
    config: true
configs:
  # the phones
  - type: PHONE
    desc: HQ
    categories: [Phones HQ]  # all of them
    gk1: ${vars.gatekeeper}
    # never G711
    coder: OPUS-WB

  - type: EXPERT
    desc: script
    categories: []
    script: {file: ../scripts/a.txt}  # apart

  # going
  - type: NTP
    desc: old clock
    categories: []
    ntp1: old
  - type: MEDIA
    desc: media
    categories: []
    turnServer: turn.example.com
    turnPassword: {env: TURN}
"""
TURN = {"TURN": "the-turn-secret"}


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A repository that was just applied."""
    for name, content in (("syncer.yaml", SETTINGS), ("domains/a.yaml", DOCUMENT), ("scripts/a.txt", "one\ntwo\n")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    done = await syncer("apply", "--yes", cwd=tmp_path, environ=TURN)
    assert done.code == 0, done.err
    return tmp_path


def _change(folder: Path, desc: str, **fields: Any) -> None:
    """Somebody else's click on one config; None unsets."""
    with Store(folder / ".syncer" / "e.sqlite") as store:
        config = next(one for one in store.configs(store.instance.id) if one.fields["desc"] == desc)
        changed = {name: value for name, value in ({**config.fields, **fields}).items() if value is not None}
        store.replace_config(config.id, changed)


async def test_nothing_changed(folder: Path) -> None:
    done = await syncer("export", "--update", cwd=folder, environ=TURN)

    assert (done.code, done.out) == (0, "")
    assert done.err == "the files say what is live already\n"
    assert (folder / "domains" / "a.yaml").read_text() == DOCUMENT


async def test_what_is_masked_is_not_shown(folder: Path) -> None:
    (folder / "syncer.yaml").write_text(SETTINGS + "policy: {mask: {'config[*/EXPERT/*]': [script, gk1]}}\n")
    _change(folder, "HQ", gk1="hush1", gk2="10.0.0.10")
    _change(folder, "script", script="hush2\n")
    with Store(folder / ".syncer" / "e.sqlite") as store:
        store.add_config(store.instance.id, {"type": "EXPERT", "desc": "short", "script": "hush3\nhush4"}, [])
        store.add_config(store.instance.id, {"type": "EXPERT", "desc": "long", "script": "hush5\n" * 40}, [])

    shown = await syncer("export", "--update", "--check", cwd=folder, environ=TURN)
    done = await syncer("export", "--update", cwd=folder, environ=TURN)
    plan = await syncer("plan", "--detailed-exitcode", cwd=folder, environ=TURN)

    assert (shown.code, done.code, plan.code) == (2, 0, 0), plan.out
    assert "hush" not in shown.out + shown.err + done.out + done.err
    assert "two" not in done.out
    assert "+++ scripts/a.txt\n\\ what changes in values that are hidden is not shown\n" in done.out
    assert "+    gk2: 10.0.0.10\n" in done.out
    assert done.out.count("\\ what changes in values that are hidden is not shown\n") == 3
    assert (folder / "scripts" / "a.txt").read_text() == "hush2\n"


async def test_changes_are_shown_then_written_and_the_plan_is_empty(folder: Path) -> None:
    _change(folder, "HQ", gk1="10.0.0.9", coder=None, gk2="10.0.0.10")
    _change(folder, "script", script="one\n2\n")
    with Store(folder / ".syncer" / "e.sqlite") as store:
        gone = next(one for one in store.configs(store.instance.id) if one.fields["desc"] == "old clock")
        store.delete_config(gone.id)
        store.add_config(store.instance.id, {"type": "NTP", "desc": "new clock", "ntp1": "new"}, [])

    shown = await syncer("export", "--update", "--check", cwd=folder, environ=TURN)
    assert (folder / "domains" / "a.yaml").read_text() == DOCUMENT
    done = await syncer("export", "--update", cwd=folder, environ=TURN)
    plan = await syncer("plan", "--detailed-exitcode", cwd=folder, environ=TURN)

    assert (shown.code, done.code, plan.code) == (2, 0, 0), plan.out
    assert shown.out == done.out
    assert "-two\n+2\n" in done.out
    assert (folder / "scripts" / "a.txt").read_text() == "one\n2\n"
    text = (folder / "domains" / "a.yaml").read_text()
    assert (
        text
        == """\
# our own
domain: example.com
vars: {gatekeeper: 172.16.0.1}  # the PBX
categories:
  - name: Phones HQ  # upstairs
    config: true
configs:
  # the phones
  - type: PHONE
    desc: HQ
    categories: [Phones HQ]  # all of them
    gk1: 10.0.0.9
    gk2: 10.0.0.10
    # never G711

  - type: EXPERT
    desc: script
    categories: []
    script: {file: ../scripts/a.txt}  # apart

  - type: MEDIA
    desc: media
    categories: []
    turnServer: turn.example.com
    turnPassword: {env: TURN}

  - type: NTP
    desc: new clock
    categories: []
    ntp1: new
"""
    )


async def test_a_secret_is_never_written(folder: Path) -> None:
    done = await syncer("export", "--update", cwd=folder, environ={"TURN": "another"})

    assert (done.code, done.out) == (0, "")
    assert "note: config[example.com/MEDIA/media]: turnPassword on the server is not what the files give" in done.err
    assert "set TURN to it" in done.err
    assert "secret" not in done.out + done.err.replace("secrets", "")
    assert (folder / "domains" / "a.yaml").read_text() == DOCUMENT


async def test_mistakes_in_files_come_first(folder: Path) -> None:
    (folder / "domains" / "a.yaml").write_text(DOCUMENT + "    nonsense: 1\n")

    done = await syncer("export", "--update", cwd=folder, environ=TURN)

    assert (done.code, done.out) == (1, "")
    assert "domains/a.yaml:31:5: unknown field nonsense" in done.err


@pytest.mark.parametrize("args", [["--check"], ["--update", "--force"]])
async def test_what_does_not_go_together(folder: Path, args: list[str]) -> None:
    done = await syncer("export", *args, cwd=folder, environ=TURN)

    assert done.code == 64
    assert "--update" in done.err
