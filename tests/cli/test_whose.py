"""Whose a difference is, as a person meets it: records, revisions and sealed plans at the command line."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from syncer.emulator import Emulator, Running, Store, When
from syncer.emulator.faults import Refuse
from tests.cli.running import PASSWORD, Done, repository, syncer

DOCUMENT = """\
domain: example.com
categories:
  - name: HQ
configs:
  - {type: PHONE, desc: phones, categories: [HQ], gk1: 172.16.0.1, gk2: 172.16.0.2}
  - {type: MEDIA, desc: media, categories: [HQ], turnServer: turn, turnPassword: {env: TURN}}
  - {type: EXPERT, desc: script, categories: [HQ], script: geheimes Skript}
"""
POLICY = 'policy: {prune: [config], mask: {"config[*/EXPERT/*]": [script]}}\n'
TURN = "geheimes Kennwort"
PHONES = "config[example.com/PHONE/phones]"
GIT = dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"), "a@b.example")


@pytest.fixture
def repo(tmp_path: Path, running: Running) -> Path:
    return repository(tmp_path / "repo", running.url, DOCUMENT, policy=POLICY)


async def run(repo: Path, *args: str, **environ: str) -> Done:
    done = await syncer(*args, cwd=repo, environ={"TURN": TURN, **environ})
    assert TURN not in done.out + done.err
    return done


async def apply(repo: Path, *args: str, **environ: str) -> Done:
    return await run(repo, "apply", "--yes", "--unverified-wire", *args, **environ)


async def planned(repo: Path, *args: str, **environ: str) -> dict[str, Any]:
    done = await run(repo, "plan", "--format", "json", *args, **environ)
    assert done.code == 0, done.err
    document: dict[str, Any] = json.loads(done.out)
    return document


def whose(plan: dict[str, Any]) -> dict[str, Any]:
    return {change["address"]: change["whose"] for change in plan["changes"]}


def edit(repo: Path, before: str, after: str) -> None:
    path = repo / "domains" / "example.com.yaml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def set_live(running: Running, desc: str, **fields: str) -> None:
    """As somebody does in the Devices App."""
    store = running.emulator.store
    (config,) = (one for one in store.configs(1) if one.fields["desc"] == desc)
    store.update_config(config.id, fields)


def git(repo: Path, *arguments: str) -> str:
    environ = {**os.environ, **GIT, "GIT_CONFIG_GLOBAL": os.devnull}
    return subprocess.run(["git", *arguments], cwd=repo, env=environ, check=True, capture_output=True, text=True).stdout


def commit(repo: Path) -> str:
    git(repo, "init", "-q")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "x")
    return git(repo, "rev-parse", "HEAD").strip()


class TestRecord:
    async def test_yours_drift_and_both(self, repo: Path, running: Running) -> None:
        applied = await apply(repo, "--record", "applied.json")
        assert (applied.code, json.loads((repo / "applied.json").read_text())["complete"]) == (0, True)
        assert (await planned(repo, "--since", "applied.json"))["changes"] == []

        edit(repo, "gk1: 172.16.0.1", "gk1: 10.0.0.1")
        plan = await planned(repo, "--since", "applied.json")
        assert whose(plan) == {PHONES: "yours"}
        assert plan["since"]["third"] == "record"
        assert plan["since"]["name"] == "applied.json"

        set_live(running, "phones", gk1="192.168.0.1", gk2="192.168.0.2")
        (change,) = (await planned(repo, "--since", "applied.json"))["changes"]
        assert change["whose"] == "both"
        assert [(one["path"], one["whose"], one.get("was")) for one in change["diff"]] == [
            ("gk1", "both", "172.16.0.1"),
            ("gk2", "drift", None),
        ]
        plain = await planned(repo)
        assert plain["since"] is None
        assert whose(plain) == {PHONES: None}

    async def test_no_secret_is_in_it(self, repo: Path) -> None:
        await apply(repo, "--record", "applied.json")
        text = (repo / "applied.json").read_text()
        assert TURN not in text
        assert "geheim" not in text
        assert PASSWORD not in text

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
    async def test_an_apply_with_nothing_to_do_writes_it_too(self, repo: Path) -> None:
        await apply(repo)
        assert (await apply(repo, "--record", "applied.json")).code == 0
        assert stat.S_IMODE((repo / "applied.json").stat().st_mode) == 0o600
        before = json.loads((repo / "applied.json").read_text())
        assert (await apply(repo, "--record", "applied.json")).code == 0
        after = json.loads((repo / "applied.json").read_text())
        assert after | {"time": ""} == before | {"time": ""}

    async def test_another_secret_in_the_environment(self, repo: Path) -> None:
        await apply(repo, "--record", "applied.json")
        plan = await planned(repo, "--since", "applied.json", TURN="ein anderes")
        assert whose(plan) == {"config[example.com/MEDIA/media]": "yours"}

    async def test_a_saved_plan_records_what_it_did(self, repo: Path, running: Running) -> None:
        await apply(repo, "--record", "applied.json")
        edit(repo, "gk1: 172.16.0.1", "gk1: 10.0.0.1")
        assert (await run(repo, "plan", "--since", "applied.json", "--out", "plan.json")).code == 0
        set_live(running, "media", turnServer="elsewhere")
        done = await apply(repo, "plan.json", "--record", "applied.json")
        assert done.code == 0, done.err
        assert "(yours)" in done.out
        plan = await planned(repo, "--since", "applied.json")
        assert whose(plan) == {"config[example.com/MEDIA/media]": "drift"}

    async def test_rolled_back(self, tmp_path: Path) -> None:
        repo, done = await failing(tmp_path, "rollback")
        assert done.code == 5
        assert "warning: the record applied.json was left as it is, as the server was\n" in done.err
        assert not (repo / "applied.json").exists()

    async def test_stopped(self, tmp_path: Path) -> None:
        repo, done = await failing(tmp_path, "stop")
        assert done.code == 6
        record = json.loads((repo / "applied.json").read_text())
        assert not record["complete"]
        assert [one["address"] for one in record["objects"]] == ["category[example.com/HQ]", "domain[example.com]"]

    @pytest.mark.parametrize(
        "content, told",
        [
            ('{"format": "syncer-record/2"}', "the record was made by a newer syncer (syncer-record/2; "),
            ('{"format": "syncer-record/1", "server": {', "the record is cut off; restore it from git, or remove it"),
        ],
    )
    async def test_one_that_does_not_fit(self, repo: Path, running: Running, content: str, told: str) -> None:
        (repo / "applied.json").write_text(content)
        for command in (
            ["plan", "--since", "applied.json"],
            ["apply", "--yes", "--unverified-wire", "--record", "applied.json"],
        ):
            done = await run(repo, *command)
            assert done.code == 1
            assert done.out == ""
            assert told in done.err
            assert len(done.err.splitlines()) == 1
        assert not running.emulator.store.configs(1)
        assert (repo / "applied.json").read_text() == content

    async def test_one_of_another_server(self, repo: Path, running: Running) -> None:
        await apply(repo, "--record", "applied.json")
        document = json.loads((repo / "applied.json").read_text())
        document["server"]["url"] = "wss://other\u202e/x/y"
        (repo / "applied.json").write_text(json.dumps(document))
        edit(repo, "gk1: 172.16.0.1", "gk1: 10.0.0.1")
        for command in (["plan", "--since", "applied.json"], ["apply", "--yes", "--record", "applied.json"]):
            done = await run(repo, *command)
            assert (done.code, done.out) == (1, "")
            assert done.err == (
                f"applied.json: the record is of wss://other\\u202e/x/y, not of {running.url}; "
                "name the record of this server, or another --server\n"
            )

    async def test_no_record_there(self, repo: Path) -> None:
        done = await run(repo, "plan", "--since", "nowhere.json")
        assert (done.code, done.err) == (1, "nowhere.json: there is no such file; correct the name\n")

    async def test_no_folder_for_it(self, repo: Path, running: Running) -> None:
        done = await apply(repo, "--record", "nowhere/applied.json")
        assert done.code == 1
        assert done.err == "nowhere/applied.json: the record has no folder to be in; make it, or name another\n"
        assert not running.emulator.store.configs(1)

    async def test_one_that_cannot_be_written(self, repo: Path) -> None:
        name = "x" * 300
        done = await apply(repo, "--record", name)
        assert done.code == 0
        assert "Applied: 4 created" in done.out
        why = f"{name} cannot be written: File name too long"
        assert f"warning: {why}; the server is as told, so `syncer apply --record` again writes it\n" in done.err
        again = await apply(repo, "--record", name)
        assert (again.code, again.err) == (1, f"error: {why}\n")

    async def test_another_login_password(self, repo: Path) -> None:
        await apply(repo, "--record", "applied.json")
        record = json.loads((repo / "applied.json").read_text())
        (repo / "applied.json").write_text(json.dumps({**record, "check": "00" * 32}))  # as with another password
        plan = await planned(repo, "--since", "applied.json", TURN="ein anderes")
        assert whose(plan) == {"config[example.com/MEDIA/media]": None}
        assert any("the login password changed since applied.json was made" in note for note in plan["notes"])
        await apply(repo, "--record", "applied.json")
        assert json.loads((repo / "applied.json").read_text())["salt"] != record["salt"]


async def failing(tmp_path: Path, on_error: str) -> tuple[Path, Done]:
    """An apply that fails at its first config."""
    with Store(":memory:", password=PASSWORD) as store:
        async with Emulator(store).start() as service:
            service.emulator.faults.add(Refuse("no"), When(operation="create_config"))
            repo = repository(tmp_path / "repo", service.url, DOCUMENT, policy=POLICY)
            return repo, await apply(repo, "--record", "applied.json", "--on-error", on_error)


class TestRevision:
    async def test_yours_and_drift(self, repo: Path, running: Running) -> None:
        head = commit(repo)
        await apply(repo)
        edit(repo, "gk1: 172.16.0.1", "gk1: 10.0.0.1")
        set_live(running, "media", turnServer="elsewhere")
        plan = await planned(repo, "--base", "HEAD")
        assert whose(plan) == {PHONES: "yours", "config[example.com/MEDIA/media]": "drift"}
        assert plan["since"] == {"third": "revision", "name": "HEAD", "at": head}
        assert git(repo, "status", "--porcelain") == " M domains/example.com.yaml\n"

    async def test_a_secret_of_then_is_not_known(self, repo: Path) -> None:
        commit(repo)
        await apply(repo)
        plan = await planned(repo, "--base", "HEAD", TURN="ein anderes")
        assert whose(plan) == {"config[example.com/MEDIA/media]": None}
        assert sum("git does not keep" in note for note in plan["notes"]) == 1

    async def test_no_such_revision(self, repo: Path) -> None:
        commit(repo)
        done = await run(repo, "plan", "--base", "nowhere\x1b[31m")
        assert (done.code, done.out) == (1, "")
        assert done.err == "error: git knows no revision nowhere\\x1b[31m; correct it, or fetch it first\n"

    async def test_problems_are_told_where_they_are(self, repo: Path) -> None:
        edit(repo, "name: HQ", "nam: HQ")
        commit(repo)
        edit(repo, "nam: HQ", "name: HQ")
        done = await run(repo, "plan", "--base", "HEAD")
        assert done.code == 1
        assert done.err.splitlines()[0].startswith("HEAD:domains/example.com.yaml:3:5: ")

    async def test_no_git_repository(self, repo: Path) -> None:
        done = await run(repo, "plan", "--base", "HEAD", GIT_CEILING_DIRECTORIES=str(repo.parent))
        assert done.code == 1
        assert "is in no work tree of git, which --base needs" in done.err

    async def test_no_git(self, repo: Path) -> None:
        commit(repo)
        done = await run(repo, "plan", "--base", "HEAD", PATH=str(repo))
        assert (done.code, done.err) == (
            1,
            "error: git is not installed, which --base needs; install it, or use --since FILE\n",
        )


async def test_only_one_third_side(repo: Path) -> None:
    done = await run(repo, "plan", "--since", "a", "--base", "b")
    assert done.code == 64
    assert "--since and --base both say what to compare with; name one of them" in done.err


class TestSavedPlan:
    @pytest.fixture
    async def plan(self, repo: Path) -> dict[str, Any]:
        assert (await run(repo, "plan", "--out", "plan.json")).code == 0
        document: dict[str, Any] = json.loads((repo / "plan.json").read_text())
        return document

    async def refused(self, repo: Path, running: Running, content: str | bytes) -> Done:
        (repo / "plan.json").write_bytes(content if isinstance(content, bytes) else content.encode())
        done = await apply(repo, "plan.json")
        assert done.out == ""
        assert len(done.err.splitlines()) == 1
        assert not running.emulator.store.configs(1)
        return done

    async def test_reformatted(self, repo: Path, plan: dict[str, Any]) -> None:
        (repo / "plan.json").write_text(json.dumps(plan, sort_keys=True, indent=9, ensure_ascii=False))
        assert (await apply(repo, "plan.json")).code == 0

    async def test_from_stdout(self, repo: Path) -> None:
        (repo / "plan.json").write_text((await run(repo, "plan", "--format", "json")).out)
        assert (await apply(repo, "plan.json")).code == 0

    @pytest.mark.parametrize("what", ["note", "kind", "seal", "no seal", "whose"])
    async def test_edited(self, repo: Path, running: Running, plan: dict[str, Any], what: str) -> None:
        match what:
            case "note":
                plan["notes"].append("this was reviewed by the chief")
            case "kind":
                plan["changes"][0]["kind"] = "config"
            case "seal":
                plan["seal"] = "00" * 32
            case "no seal":
                del plan["seal"]
            case "whose":
                plan["changes"][0]["whose"] = "drift"
        done = await self.refused(repo, running, json.dumps(plan))
        assert done.code == 3
        assert done.err.startswith("error: the plan file was edited after it was made")
        assert done.err.endswith("; plan again, and have it reviewed again\n")

    async def test_of_another_server(self, repo: Path, running: Running, plan: dict[str, Any]) -> None:
        plan["server"]["url"] = "wss://other/x/y"
        done = await self.refused(repo, running, json.dumps(plan))
        assert done.code == 3
        assert done.err.startswith("error: the plan was made for wss://other/x/y, not for ")

    @pytest.mark.parametrize(
        "content, told",
        [
            ("", "plan.json: the saved plan is empty; make it anew with `syncer plan --out`"),
            ('{"format": "syncer-plan/1", "ser', "plan.json:1:29: the saved plan is cut off; make it anew"),
            ('{"format": "syncer-plan/2", "more": 1}',
             "plan.json: the saved plan was made by a newer syncer (syncer-plan/2; this one knows syncer-plan/1)"),
            ('{"format": "syncer-record/1"}', "plan.json: this is a record of what was last applied, for "),
            ('{"entry": "opened"}\n{"entry": "closed"}\n', "plan.json: this is the journal of an apply, for "),
            ("[" * 900 + "]" * 900, "plan.json: the saved plan is no usable JSON: nested too deeply; make it anew"),
            (b"\xff\xfe{\0}\0", "plan.json:1:1: no UTF-8 text; save it as UTF-8"),
        ],
    )  # fmt: skip
    async def test_none(self, repo: Path, running: Running, content: str | bytes, told: str) -> None:
        done = await self.refused(repo, running, content)
        assert done.code == 1
        assert done.err.startswith(told)

    async def test_a_folder_and_500_mb(self, repo: Path) -> None:
        (repo / "folder").mkdir()
        assert (await apply(repo, "folder")).err == "folder: not a file; name a file\n"
        with (repo / "huge").open("wb") as file:
            file.truncate(500 * 1024 * 1024)  # a hole
        huge = "huge: larger than 64 MiB; make it anew with `syncer plan --out`\n"
        assert (await apply(repo, "huge")).err == huge
        assert (await run(repo, "show", "huge")).err == huge
