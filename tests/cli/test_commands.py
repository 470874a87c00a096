"""The commands as a person meets them: what they print, and their exit codes."""

import json
import stat
from pathlib import Path

import pytest

from syncer.emulator import Running
from tests.cli.running import PASSWORD, repository, syncer

DOCUMENT = """\
domain: example.com
categories:
  - name: HQ
configs:
  - {type: PHONE, desc: phones, categories: [HQ], gk1: 172.16.0.1, dialTone: GERMANY}
  - {type: NTP, desc: time, categories: [], ntp1: ptbtime1.ptb.de}
"""


@pytest.fixture
def repo(tmp_path: Path, running: Running) -> Path:
    return repository(tmp_path / "repo", running.url, DOCUMENT)


async def test_plan_apply_plan(repo: Path, running: Running) -> None:
    planned = await syncer("plan", cwd=repo)
    assert (planned.code, planned.err) == (0, "\nNext: syncer wire verify\nthen: syncer apply\n")
    assert "Plan: 3 to create, 0 to update, 0 to delete; 1 unchanged, 0 unmanaged." in planned.out
    assert "reaches every device of example.com" in planned.out
    assert (await syncer("plan", "--detailed-exitcode", cwd=repo)).code == 2
    assert not running.emulator.store.configs(1)
    applied = await syncer("apply", "--yes", "--unverified-wire", cwd=repo)
    assert applied.code == 0
    assert applied.err == (
        "(1/3) + created  category[example.com/HQ]\n"
        "(2/3) + created  config[example.com/NTP/time]\n"
        "(3/3) + created  config[example.com/PHONE/phones]\n"
    )
    assert applied.out.endswith("Applied: 3 created, 0 updated, 0 deleted.\n")
    again = await syncer("plan", "--detailed-exitcode", cwd=repo)
    assert again.code == 0
    assert "No changes. 4 unchanged, 0 unmanaged." in again.out


async def test_an_unverified_wire_profile_is_refused(repo: Path, running: Running) -> None:
    done = await syncer("apply", "--yes", cwd=repo)
    assert done.code == 4
    assert done.err == (
        "held back, nothing was written:\n"
        "  the wire profile conventional is not verified on this server for create_category, create_config: "
        "prove it with `syncer wire verify`; go on all the same with --unverified-wire\n"
    )
    assert not running.emulator.store.categories(1)
    by_environment = await syncer("apply", "--yes", cwd=repo, environ={"SYNCER_UNVERIFIED_WIRE": "1"})
    assert by_environment.code == 4


async def test_a_receipt_lets_the_operations_through_that_it_names(repo: Path, running: Running) -> None:
    from syncer.wire.profile import builtin

    receipt = {
        "profile": builtin("conventional").digest,
        "date": "2026-11-01T00:00:00+00:00",
        "operations": ["create_category"],
    }
    path = repo / "wire" / "conventional.verified.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"format": "syncer-receipt/1", "servers": {running.url: receipt}}))
    partly = await syncer("apply", "--yes", cwd=repo)
    assert partly.code == 4
    assert "is not verified on this server for create_config:" in partly.err
    only = await syncer("apply", "--yes", "--only", "category[*", cwd=repo)
    assert only.code == 0, only.err
    receipt["profile"] = "0" * 64
    path.write_text(json.dumps({"format": "syncer-receipt/1", "servers": {running.url: receipt}}))
    assert (await syncer("apply", "--yes", cwd=repo)).code == 4


async def test_without_a_terminal_and_without_yes_nothing_happens(repo: Path, running: Running) -> None:
    done = await syncer("apply", "--unverified-wire", cwd=repo, environ={"SYNCER_YES": "1"})
    assert done.code == 1
    assert done.err == ("error: there is no terminal to ask on; say --yes to apply this; nothing was written\n")
    assert not running.emulator.store.categories(1)


async def test_a_saved_plan_is_private_shown_and_applied(repo: Path, running: Running) -> None:
    saved = await syncer("plan", "--out", "plan.json", "--format", "json", cwd=repo)
    assert saved.code == 0
    assert saved.err == "saved: plan.json\n"
    assert json.loads(saved.out) == json.loads((repo / "plan.json").read_text())
    assert stat.S_IMODE((repo / "plan.json").stat().st_mode) == 0o600
    shown = await syncer("show", "plan.json", cwd=repo)
    assert shown.out == (await syncer("plan", cwd=repo)).out
    applied = await syncer("apply", "plan.json", "--yes", "--unverified-wire", "--format", "json", cwd=repo)
    assert applied.code == 0, applied.err
    assert {one["result"] for one in json.loads(applied.out)["outcomes"]} == {"applied"}
    twice = await syncer("apply", "plan.json", "--yes", "--unverified-wire", cwd=repo)
    assert twice.code == 3
    assert twice.err.startswith("the server moved on since the plan was made:\n  create category[example.com/HQ]:")


async def test_a_saved_plan_is_stale_once_the_files_change(repo: Path) -> None:
    await syncer("plan", "--out", "plan.json", cwd=repo)
    document = repo / "domains" / "example.com.yaml"
    document.write_text(document.read_text().replace("GERMANY", "US"))
    done = await syncer("apply", "plan.json", "--yes", "--unverified-wire", cwd=repo)
    assert done.code == 3
    assert done.err == (
        "error: the files, the policy, the wire profile or a password changed since the plan was made; "
        "plan again, and have it reviewed again\n"
    )


async def test_deletes_need_the_exact_number(repo: Path, running: Running) -> None:
    assert (await syncer("apply", "--yes", "--unverified-wire", cwd=repo)).code == 0
    (repo / "domains" / "example.com.yaml").write_text(
        "domain: example.com\nconfigs:\n"
        "  - {type: PHONE, desc: phones, state: absent}\n  - {type: NTP, desc: time, state: absent}\n"
    )
    planned = await syncer("plan", cwd=repo)
    assert planned.code == 0
    assert "confirm with --confirm-deletes 2" in planned.out
    for wrong in ([], ["--confirm-deletes", "1"], ["--confirm-deletes", "3"]):
        refused = await syncer("apply", "--yes", "--unverified-wire", *wrong, cwd=repo)
        assert refused.code == 4
        assert "2 deletes take every config of example.com" in refused.err
    by_environment = {"SYNCER_CONFIRM_DELETES": "2"}
    assert (await syncer("apply", "--yes", "--unverified-wire", cwd=repo, environ=by_environment)).code == 4
    assert len(running.emulator.store.configs(1)) == 2
    agreed = await syncer("apply", "--yes", "--unverified-wire", "--confirm-deletes", "2", cwd=repo)
    assert agreed.code == 0, agreed.err
    assert not running.emulator.store.configs(1)


async def test_deleting_a_category_that_phones_live_in_is_never_done(repo: Path, running: Running) -> None:
    store = running.emulator.store
    category = store.add_category(1, "Old")
    store.add_category(1, "HQ")
    store.add_device(1, {"hwId": "009033000001", "type": "PHONE"}, [category])
    store.add_config(1, {"type": "PHONE", "desc": "unmanaged"}, [category])
    (repo / "domains" / "example.com.yaml").write_text(
        "domain: example.com\ncategories:\n  - {name: HQ}\n  - {name: Old, state: absent}\n"
    )
    done = await syncer("apply", "--yes", "--unverified-wire", "--confirm-deletes", "1", cwd=repo)
    assert done.code == 4
    assert "while configs still name it; a config left without a category applies to every device" in done.err
    assert "is deleted while it has 1 device; they would lose it for good" in done.err
    assert done.err.count("nothing overrides this") == 2
    assert len(store.categories(1)) == 2


async def test_wrong_usage_is_64(repo: Path) -> None:
    for args in (["plan", "--no-such-option"], ["nonsense"], ["apply", "--parallelism", "0"], ["show"]):
        assert (await syncer(*args, cwd=repo)).code == 64, args
    (repo / "plan.json").write_text("{}")
    assert (await syncer("apply", "plan.json", "--only", "*", cwd=repo)).code == 64
    other = await syncer("--server", "test", "plan", cwd=repo)
    assert other.code == 64
    assert other.err == "error: syncer.yaml has no server test; it has production\n"


async def test_problems_of_files_are_all_told_and_nothing_is_sent(repo: Path, running: Running) -> None:
    (repo / "domains" / "example.com.yaml").write_text(DOCUMENT.replace("GERMANY", "GERMNY").replace("gk1", "gk9"))
    (repo / "domains" / "other.yaml").write_text("domain: example.com\nconfigs: nothing\n")
    for command in (["validate"], ["plan"], ["apply", "--yes"]):
        done = await syncer(*command, cwd=repo)
        assert done.code == 1
        lines = done.err.splitlines()
        assert len(lines) == 3
        assert lines[0].startswith("domains/example.com.yaml:5:51: ")
        assert "did you mean" in lines[0]
        assert lines[1].startswith("domains/example.com.yaml:5:78: ")
        assert "did you mean GERMANY?" in lines[1]
        assert lines[2].startswith("domains/other.yaml:2:10: ")


async def test_a_plan_file_that_is_none(repo: Path) -> None:
    for text in ("", "{}", "[]", "{", "\x00", '{"format": "syncer-plan/2"}'):
        (repo / "plan.json").write_text(text)
        done = await syncer("show", "plan.json", cwd=repo)
        assert done.code == 1
        assert "plan.json" in done.err
    assert (await syncer("apply", "missing.json", "--yes", cwd=repo)).code == 1


async def test_a_foreign_domain_and_a_login_without_the_right(tmp_path: Path, running: Running) -> None:
    running.emulator.store.add_domain("kunde.example.com", password=PASSWORD + "2")
    document = "domain: kunde.example.com\n---\ndomain: example.com\n"
    url = running.url.replace("/example.com/", "/kunde.example.com/")
    repo = repository(tmp_path / "r", url, document)
    done = await syncer("plan", cwd=repo, environ={"SYNCER_PASSWORD": PASSWORD + "2"})
    assert done.code == 1
    assert done.err == (
        "domains/example.com.yaml:3:1: domain[example.com] is not there, or the login has no right to it; "
        "log in with the instance's password, or with that of this domain\n"
    )


async def test_export_then_plan_is_empty(tmp_path: Path, running: Running) -> None:
    store = running.emulator.store
    category = store.add_category(1, "Büro 1. OG, links")
    store.add_config(1, {"type": "MEDIA", "turnServer": "t", "turnPassword": "s3cr3t-turn"}, [category])
    store.add_config(1, {"type": "TRUST", "desc": "new ${x}", "list": [{"a": 1}]})
    store.add_config(1, {"type": "EXPERT", "desc": "e", "script": "line\r\n" * 30}, [])
    repo = repository(tmp_path / "r", running.url, "")
    (repo / "domains" / "example.com.yaml").unlink()
    exported = await syncer("export", cwd=repo)
    assert exported.code == 0, exported.err
    assert "s3cr3t-turn" not in exported.out + exported.err
    variable = next(line.split()[0] for line in exported.out.splitlines() if line.startswith("  SYNCER_"))
    planned = await syncer("plan", "--detailed-exitcode", cwd=repo, environ={variable: "s3cr3t-turn"})
    assert planned.code == 0, planned.out + planned.err
    again = await syncer("export", cwd=repo)
    assert again.code == 1
    assert "--force" in again.err


async def test_init_refuses_a_folder_that_has_it_already(tmp_path: Path) -> None:
    assert (await syncer("init", "x", cwd=tmp_path)).code == 0
    again = await syncer("init", "x", cwd=tmp_path)
    assert again.code == 1
    assert again.err.endswith("exists already; init needs a folder without syncer's files\n")
    nowhere = await syncer("plan", cwd=tmp_path)
    assert nowhere.code == 1
    assert "run `syncer init`" in nowhere.err


async def test_ws_to_another_machine_needs_a_word(tmp_path: Path) -> None:
    repo = repository(tmp_path / "r", "ws://apps.example.com/example.com/devices/api", DOCUMENT)
    done = await syncer("plan", cwd=repo)
    assert done.code == 1
    assert "insecure: true" in done.err


async def test_the_demo(tmp_path: Path) -> None:
    done = await syncer("demo", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert "Plan: 6 to create, 6 to update, 1 to delete; 38 unchanged, 2 unmanaged, 2 with ignored fields." in done.out
    assert "gk1       172.16.0.1 (files) → 192.0.2.99 (live)" in done.out
    assert done.out.count("No changes. 51 unchanged, 2 unmanaged, 2 with ignored fields.") == 1
    assert done.out.endswith("\nIn step. 51 as the files say, 2 unmanaged, 2 with ignored fields.\n")
