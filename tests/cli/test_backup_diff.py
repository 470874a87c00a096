"""`syncer backup diff`: anywhere for two files, in a repository for one."""

import json
from pathlib import Path

import pytest

from syncer.emulator import Store
from syncer.files.sealing import KEY_FILE, Sealer
from syncer.model.state import LiveDomain
from syncer.model.values import Secret
from tests.backups import write_backup
from tests.cli.running import syncer
from tests.cli.sealed import IDENTITY, RECIPIENT
from tests.plan.factories import live_category, live_config, live_domain

HQ = live_category("HQ", 5)
OLD_SECRET = "geheim"


def state(gk1: str, secret: str = OLD_SECRET, *, number: int = 10) -> LiveDomain:
    """A domain with three configs, one of which has a secret."""
    return live_domain(
        HQ,
        live_config("PHONE", "phones", number, categories=[HQ], gk1=gk1),
        live_config("NTP", "time", number + 1, ntp1="a"),
        live_config("ALARM_SERVER", "alarms", number + 2, url="https://a", logPassword=Secret(secret)),
        instance=True,
    )


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Two backups, of one server, of two nights."""
    seal = Sealer((RECIPIENT,), {}).seal
    (tmp_path / "key.txt").write_text(str(IDENTITY), encoding="utf-8")
    write_backup(tmp_path / "a.zip", state("172.16.0.1"), seal=seal)
    write_backup(tmp_path / "b.zip", state("172.16.0.2", number=70), seal=seal, created="2026-01-02T00:00:00+00:00")
    return tmp_path


TEXT = """\
Changes of production (wss://apps.example.com/example.com/devices/innovaphone-devices-api)

example.com: 1 changed

  ~ changed  config[example.com/PHONE/phones]
      gk1  172.16.0.1 → 172.16.0.2

Note: from a.zip (production as it was at 2026-01-01T00:00:00+00:00) to b.zip (production as it was
      at 2026-01-02T00:00:00+00:00)

Comparison: 0 added, 1 changed, 0 removed; 4 the same.
"""


async def test_two_backups_without_any_repository(two: Path) -> None:
    done = await syncer("backup", "diff", "a.zip", "b.zip", cwd=two, environ={KEY_FILE: "key.txt"})
    assert (done.code, done.out, done.err) == (0, TEXT, "")
    code = await syncer("backup", "diff", "a.zip", "b.zip", "--detailed-exitcode", cwd=two)
    assert code.code == 2
    assert "Note: whether 1 secret changed cannot be told: not on both sides, or sealed for a key" in code.out


async def test_what_is_the_same(two: Path) -> None:
    same = await syncer("backup", "diff", "a.zip", "a.zip", "--detailed-exitcode", cwd=two)
    assert (same.code, same.out.splitlines()[-1]) == (0, "No changes. 5 the same.")


async def test_a_changed_secret_shows_as_changed(two: Path) -> None:
    write_backup(two / "c.zip", state("172.16.0.1", "anders"), seal=Sealer((RECIPIENT,), {}).seal)
    done = await syncer("backup", "diff", "a.zip", "c.zip", cwd=two, environ={KEY_FILE: "key.txt"})
    assert "logPassword  (secret changed)" in done.out
    assert "geheim" not in done.out
    assert "anders" not in done.out


async def test_for_programs(two: Path) -> None:
    done = await syncer("backup", "diff", "a.zip", "b.zip", "--format", "json", cwd=two)
    plan = json.loads(done.out)
    assert [one["diff"][0]["after"] for one in plan["changes"]] == ["172.16.0.2"]
    assert plan["summary"] == {"create": 0, "update": 1, "delete": 0, "unchanged": 4, "unmanaged": 0}
    for form in ("markdown", "html", "github", "gitlab", "junit"):
        done = await syncer("backup", "diff", "a.zip", "b.zip", "--format", form, cwd=two)
        assert (done.code, "phones" in done.out) == (0, True)


async def test_the_mask_of_a_repository_holds_where_there_is_one(two: Path) -> None:
    (two / "syncer.yaml").write_text(
        "version: 1\nservers: {local: {url: 'emulator::memory:'}}\nfiles: [domains]\n"
        'policy: {mask: {"config[*/PHONE/*]": [gk1]}}\n'
    )
    done = await syncer("backup", "diff", "a.zip", "b.zip", cwd=two)
    assert "gk1  (changed)" in done.out or "gk1  (secret changed)" in done.out
    assert "172.16" not in done.out


async def test_from_a_backup_until_now(two: Path) -> None:
    alone = await syncer("backup", "diff", "a.zip", cwd=two)
    assert (alone.code, alone.err.partition(" in ")[0]) == (1, "error: no syncer.yaml")
    (two / "syncer.yaml").write_text(
        "version: 1\nservers: {local: {url: 'emulator:.syncer/e.sqlite'}}\nfiles: [domains]\n"
    )
    (two / ".syncer").mkdir()
    with Store(two / ".syncer" / "e.sqlite", instance_domain="example.com") as store:
        hq = store.add_category(1, "HQ")
        store.add_config(1, {"type": "PHONE", "desc": "phones", "gk1": "172.16.0.1"}, [hq])
        store.add_config(1, {"type": "NTP", "desc": "new"})
        alarms = {"type": "ALARM_SERVER", "desc": "alarms", "url": "https://a", "logPassword": "geheim"}
        store.add_config(1, alarms)
    done = await syncer("backup", "diff", "a.zip", cwd=two, environ={KEY_FILE: "key.txt"})
    assert done.code == 0
    assert done.out.startswith("Changes of local (emulator:.syncer/e.sqlite)\n\nexample.com: 1 added, 1 removed\n")
    told = " ".join(done.out.split())
    assert "from a.zip (production as it was at 2026-01-01T00:00:00+00:00) to what is live at 20" in told
    assert "these are two servers: wss://apps.example.com" in told
    assert done.out.splitlines()[-1] == "Comparison: 1 added, 0 changed, 1 removed; 4 the same."


async def test_files_that_are_no_backups(two: Path) -> None:
    whole = (two / "b.zip").read_bytes()
    (two / "cut.zip").write_bytes(whole[: len(whole) // 2])
    for pair in (["none.zip", "a.zip"], ["a.zip", "none.zip"], ["a.zip", "cut.zip"], ["a.zip", "key.txt"]):
        done = await syncer("backup", "diff", *pair, cwd=two)
        wrong = next(one for one in pair if one != "a.zip")
        assert (done.code, done.out, done.err.partition(": ")[0]) == (1, "", wrong)
    usage = await syncer("backup", "diff", cwd=two)
    assert (usage.code, usage.err.splitlines()[-1]) == (64, "Error: Missing argument 'BACKUP'.")
