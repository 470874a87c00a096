"""`syncer drift`, as a person and a nightly job run it."""

import json
import re
import shlex
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from syncer.emulator import Running
from tests.cli.running import Done, repository, syncer

DOCUMENT = """\
domain: example.com
categories:
  - name: HQ
configs:
  - {type: PHONE, desc: phones, categories: [HQ], gk1: 172.16.0.1, gk2: 172.16.0.2}
  - {type: NTP, desc: time, categories: [HQ], ntp1: ptbtime1.ptb.de}
  - {type: NTP, desc: old clock, state: absent}
"""
POLICY = "policy: {limits: {deletes: 10, deletes_percent: 100}}\n"
PHONES = "config[example.com/PHONE/phones]"
FORMATS = ["text", "json", "markdown", "html", "github", "gitlab", "junit"]
IN_UTC = re.compile(r"Since the apply of \d{4}-\d\d-\d\d \d\d:\d\d UTC \(applied\.json\): ")


@pytest.fixture
async def repo(tmp_path: Path, running: Running) -> Path:
    """A repository that was just applied."""
    made = repository(tmp_path / "repo", running.url, DOCUMENT, policy=POLICY)
    done = await syncer("apply", "--yes", "--unverified-wire", "--record", "applied.json", cwd=made)
    assert done.code == 0, done.err
    return made


def click(running: Running) -> None:
    """What somebody does in the Devices App: one config differs, one is gone, one is there again."""
    store = running.emulator.store
    by_desc = {one.fields["desc"]: one for one in store.configs(1)}
    store.update_config(by_desc["phones"].id, {"gk1": "172.16.0.9"})
    store.delete_config(by_desc["time"].id)
    store.add_config(1, {"type": "NTP", "desc": "old clock", "ntp1": "192.0.2.1"}, [])


def edit(repo: Path, before: str, after: str) -> None:
    path = repo / "domains" / "example.com.yaml"
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))


def spoken(text: str) -> str:
    """Without line breaks, wherever they are."""
    return " ".join(text.split())


async def test_in_step(repo: Path) -> None:
    done = await syncer("drift", cwd=repo)
    assert (done.code, done.err) == (0, "\nNext: nothing to do\n")
    assert done.out.startswith("Drift of production (ws://")
    assert done.out.endswith("\n\nIn step. 5 as the files say, 0 unmanaged.\n")


async def test_who_is_out_of_step(repo: Path, running: Running) -> None:
    click(running)
    done = await syncer("drift", "--no-reach", cwd=repo)
    assert done.code == 2
    told, _, rest = done.out.partition("\n\n")[2].partition("Apply held back:\n  ! unverified-wire: ")
    assert told == (
        "example.com: 1 differs, 1 missing, 1 not in the files\n\n"
        f"  ~ differs  {PHONES}  domains/example.com.yaml:5:5\n"
        "      gk1  172.16.0.1 (files) → 172.16.0.9 (live)\n\n"
        "  - missing  config[example.com/NTP/time]  domains/example.com.yaml:6:5\n"
        "      - categories  [HQ]\n"
        "      - ntp1        ptbtime1.ptb.de\n\n"
        "  + not in the files  config[example.com/NTP/old clock]  domains/example.com.yaml:7:5\n"
        "      reaches every device of example.com\n"
        "      + categories  (every device)\n"
        "      + ntp1        192.0.2.1\n\n"
    )
    assert rest.endswith(
        "\n\nWhether the files or the server moved cannot be told: drift --since RECORD or --base REF tells.\n"
        "Drift: 1 differs, 1 missing, 1 not in the files; 2 in step, 0 unmanaged.\n"
    )


@pytest.mark.parametrize("form", FORMATS)
async def test_the_exit_code_is_the_same_in_every_format(repo: Path, running: Running, form: str) -> None:
    assert (await syncer("drift", "--format", form, cwd=repo)).code == 0
    click(running)
    found = await syncer("drift", "--format", form, cwd=repo)
    assert found.code == 2
    assert "172.16.0.9" in found.out
    assert form == "text" or found.err == ""


async def test_json_is_the_plan_that_puts_the_server_back(repo: Path, running: Running) -> None:
    click(running)
    told = json.loads((await syncer("drift", "--format", "json", cwd=repo)).out)
    planned = json.loads((await syncer("plan", "--format", "json", cwd=repo)).out)
    own = ("created", "salt", "seal", "files_digest", "changes")
    assert {name: told[name] for name in told if name not in own} == {n: planned[n] for n in planned if n not in own}
    differing = [(one["action"], one["address"], one["diff"], one["reach"]) for one in told["changes"]]
    assert differing == [(one["action"], one["address"], one["diff"], one["reach"]) for one in planned["changes"]]
    assert {"path": "gk1", "before": "172.16.0.9", "after": "172.16.0.1"} in told["changes"][0]["diff"]


async def test_it_can_be_applied_as_a_plan(repo: Path, running: Running) -> None:
    running.emulator.store.add_config(1, {"type": "PHONE", "desc": "by hand"}, [])
    click(running)
    (repo / "drift.json").write_text((await syncer("drift", "--format", "json", cwd=repo)).out)
    applied = await syncer("apply", "drift.json", "--yes", "--unverified-wire", "--confirm-deletes", "1", cwd=repo)
    assert applied.code == 0, applied.err
    assert (await syncer("drift", cwd=repo)).code == 0


async def test_in_junit_all_drift_fails(repo: Path, running: Running) -> None:
    in_step = ET.fromstring((await syncer("drift", "--format", "junit", cwd=repo)).out)  # noqa: S314
    click(running)
    drifted = ET.fromstring((await syncer("drift", "--format", "junit", cwd=repo)).out)  # noqa: S314
    assert (in_step.get("name"), in_step.get("failures")) == ("syncer drift", "0")
    assert [one.get("message") for one in drifted.iter("failure") if one.get("type") == "drift"] == [
        f"differs: {PHONES}",
        "missing: config[example.com/NTP/time]",
        "not in the files: config[example.com/NTP/old clock]",
    ]


async def test_whose_it_is_and_since_when(repo: Path, running: Running) -> None:
    click(running)
    edit(repo, "gk2: 172.16.0.2", "gk2: 172.16.0.3")
    done = await syncer("drift", "--since", "applied.json", cwd=repo)
    assert done.code == 2
    assert "gk1  172.16.0.1 (files) → 172.16.0.9 (live)  (drift)" in done.out
    assert "gk2  172.16.0.3 (files) → 172.16.0.2 (live)  (yours)" in done.out
    assert IN_UTC.search(spoken(done.out)), done.out
    assert "2 drift (the server moved), 1 yours and drift (the server moved some fields" in spoken(done.out)


async def test_a_record_of_a_part_tells_only_of_that(repo: Path, running: Running) -> None:
    click(running)
    only = ("--only", "config[example.com/NTP/time]", "--unverified-wire")
    assert (await syncer("apply", "--yes", *only, "--record", "part.json", cwd=repo)).code == 0
    done = await syncer("drift", "--since", "part.json", cwd=repo)
    assert done.code == 2
    assert "Note: whose some differences are cannot be told: part.json tells only of a part" in spoken(done.out)
    assert "(part.json): of 2 it cannot be told. Drift: 1 differs, 0 missing, 1 not in the files" in spoken(done.out)


async def test_what_only_the_files_moved_is_to_be_applied(repo: Path) -> None:
    edit(repo, "gk2: 172.16.0.2", "gk2: 172.16.0.3")
    done = await syncer("drift", "--since", "applied.json", cwd=repo)
    assert done.code == 2
    assert "1 yours (the files moved, and were not applied yet)." in spoken(done.out)
    assert done.err == "\nNext: syncer wire verify\nthen: syncer apply\n"


async def test_what_is_left_alone_is_named_and_is_no_drift(repo: Path, running: Running) -> None:
    store = running.emulator.store
    store.add_config(1, {"type": "PHONE", "desc": "by\x1b[2Jhand"}, [])
    store.add_category(1, "Lab")
    store.add_config(store.add_domain("other.example.com"), {"type": "PHONE", "desc": "theirs"}, [])
    done = await syncer("drift", "--list", "unmanaged", cwd=repo)
    assert (done.code, done.err) == (0, "\nNext: nothing to do\n")
    assert (
        "Note: 2 live objects are not in the files, left alone: category[example.com/Lab], "
        "config[example.com/PHONE/by\\x1b[2Jhand]"
    ) in spoken(done.out)
    assert (
        "In step. 5 as the files say, 3 unmanaged.\n\nUnmanaged (live, not in the files, left alone): 3\n" in done.out
    )
    limited = await syncer("drift", "--only", "category[*", cwd=repo)
    assert "Note: 1 live object is not in the files, left alone: category[example.com/Lab]" in spoken(limited.out)


@pytest.mark.parametrize(
    "policy, code, notes",
    [
        (
            "{prune: [config]}",
            2,
            ["Note: 1 live object is not in the files, left alone: config[example.com/FAX/by hand]"],
        ),
        (
            "{protect: ['config[*/PHONE/by hand*']}",
            0,
            [
                "Note: 1 live object is not in the files, left alone: config[example.com/FAX/by hand]",
                "Note: 1 protected object is not in the files and left alone: config[example.com/PHONE/by hand]",
            ],
        ),
    ],
)
async def test_what_the_policy_says_of_what_is_not_in_the_files(
    repo: Path, running: Running, policy: str, code: int, notes: list[str]
) -> None:
    settings = repo / "syncer.yaml"
    settings.write_text(settings.read_text().replace(POLICY, f"policy: {policy}\n"))
    for kind in ("PHONE", "FAX"):  # the latter is a type that syncer does not know, so it is never pruned
        running.emulator.store.add_config(1, {"type": kind, "desc": "by hand"}, [])
    done = await syncer("drift", cwd=repo)
    assert done.code == code
    assert [spoken(note) for note in re.findall(r"Note: .*\n(?: +.*\n)*", done.out)] == notes
    assert ("+ not in the files  config[example.com/PHONE/by hand]" in done.out) == (code == 2)


async def test_guards_hold_an_apply_back_not_the_drift(repo: Path, running: Running) -> None:
    settings = repo / "syncer.yaml"
    settings.write_text(settings.read_text().replace(POLICY, 'policy: {protect: ["config[*/PHONE/*]"]}\n'))
    click(running)
    done = await syncer("drift", "--only", PHONES, cwd=repo)
    assert done.code == 2
    assert "(apply held back: protected)" in done.out
    assert "Apply held back:\n  ! protected: " in done.out
    assert "else, to put the server back: change what nothing overrides, and plan again\n" in done.err


async def test_the_ways_out_work(repo: Path, running: Running) -> None:
    click(running)
    assert (await syncer("wire", "verify", "--yes", cwd=repo)).code == 0
    found = await syncer("drift", "-C", str(repo), "--only", PHONES, cwd=repo.parent)
    adopt, apply = [line.partition(": ")[2] for line in found.err.strip().splitlines()]
    kept = repo.parent / "kept"
    shutil.copytree(repo, kept)
    for way in (adopt, f"{apply} --yes"):
        words = [str(kept) if word == str(repo) and way == adopt else word for word in shlex.split(way)[1:]]
        assert (await syncer(*words, cwd=repo.parent)).code == 0
        folder = kept if way == adopt else repo
        assert (await syncer("drift", "--only", PHONES, cwd=folder)).code == 0
        assert (await syncer("drift", cwd=folder)).code == 2


async def test_adopting_writes_the_files_and_then_all_is_in_step(repo: Path, running: Running) -> None:
    click(running)
    shown = await syncer("drift", "--adopt", "--check", cwd=repo)
    assert (repo / "domains" / "example.com.yaml").read_text() == DOCUMENT
    done = await syncer("drift", "--adopt", cwd=repo)
    assert (shown.code, done.code, done.err) == (2, 0, "")
    assert shown.out == done.out
    assert "-  - {type: PHONE, desc: phones, categories: [HQ], gk1: 172.16.0.1, gk2: 172.16.0.2}\n" in done.out
    after = await syncer("drift", cwd=repo)
    assert after.code == 0, after.out
    again = await syncer("drift", "--adopt", "--check", cwd=repo)
    assert (again.code, again.out, again.err) == (0, "", "the files say what is live already\n")


async def test_of_another_secret_nothing_can_be_adopted(tmp_path: Path, running: Running) -> None:
    repo = repository(
        tmp_path / "repo",
        running.url,
        "domain: example.com\nconfigs:\n"
        '  - {type: ALARM_SERVER, desc: log, categories: [], url: "http://log/", logPassword: {env: LOG}}\n',
    )
    environ = {"LOG": "ours"}
    assert (await syncer("apply", "--yes", "--unverified-wire", cwd=repo, environ=environ)).code == 0
    store = running.emulator.store
    store.update_config(store.configs(1)[0].id, {"logPassword": "theirs"})
    found = await syncer("drift", cwd=repo, environ=environ)
    assert found.code == 2
    assert "logPassword  (secret differs)\n" in found.out
    assert "--adopt" not in found.err
    done = await syncer("drift", "--adopt", cwd=repo, environ=environ)
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith(
        "nothing to write\nnote: config[example.com/ALARM_SERVER/log]: logPassword on the server"
    )
    assert "theirs" not in found.out + found.err + done.err


@pytest.mark.parametrize("own", ["", "configs:\n  - {type: NTP, desc: old clock, state: absent}  # ours\n"])
async def test_what_a_baseline_says_is_absent_can_be_adopted(tmp_path: Path, running: Running, own: str) -> None:
    running.emulator.store.add_config(1, {"type": "NTP", "desc": "old clock", "ntp1": "192.0.2.1"}, [])
    repo = repository(tmp_path / "repo", running.url, f"domain: example.com\n{own}")
    baseline = 'baseline: all\ndomains: ["*"]\nconfigs:\n  - {type: NTP, desc: old clock, state: absent}\n'
    (repo / "domains" / "baseline.yaml").write_text(baseline)
    assert (await syncer("drift", cwd=repo)).code == 2
    done = await syncer("drift", "--adopt", cwd=repo)
    assert done.code == 0, done.err
    assert "state: present" in (repo / "domains" / "example.com.yaml").read_text()
    assert (repo / "domains" / "baseline.yaml").read_text() == baseline
    after = await syncer("drift", cwd=repo)
    assert after.code == 0, after.out


async def test_a_rename_that_was_not_applied_can_be_taken_back(repo: Path) -> None:
    """Named as the files call it, which nothing is called any more once they say what is live."""
    edit(repo, "desc: phones,", "desc: desks, renamed_from: phones,")
    only = ("--only", "config[example.com/PHONE/desks]")
    assert "live as config[example.com/PHONE/phones]" in (await syncer("drift", *only, cwd=repo)).out
    done = await syncer("drift", "--adopt", *only, cwd=repo)
    assert done.code == 0, done.err
    assert (repo / "domains" / "example.com.yaml").read_text() == DOCUMENT


async def test_adopting_some(repo: Path, running: Running) -> None:
    click(running)
    assert (await syncer("drift", "--adopt", "--only", PHONES, cwd=repo)).code == 0
    assert (repo / "domains" / "example.com.yaml").read_text() == DOCUMENT.replace("172.16.0.1", "172.16.0.9")
    after = await syncer("drift", cwd=repo)
    assert "Drift: 0 differ, 1 missing, 1 not in the files; 3 in step, 0 unmanaged." in after.out


@pytest.mark.parametrize(
    "environ",
    [
        {"SYNCER_SINCE": "applied.json", "SYNCER_NO_REACH": "1"},
        {"SYNCER_BASE": "HEAD", "SYNCER_EXPAND": "1"},
        {"SYNCER_FORMAT": "html", "SYNCER_LIST": "unmanaged"},
    ],
)
async def test_variables_for_reports_are_not_in_the_way(repo: Path, running: Running, environ: dict[str, str]) -> None:
    """What a report advises must work where it was made."""
    click(running)
    done = await syncer("drift", "--adopt", "--check", cwd=repo, environ=environ)
    assert (done.code, done.err) == (2, "")


async def test_new_domains_go_where_out_says(repo: Path, running: Running) -> None:
    running.emulator.store.add_domain("other.example.com")
    done = await syncer("drift", "--adopt", "--out", "domains/new", cwd=repo)
    assert done.code == 0, done.err
    assert [path.name for path in (repo / "domains" / "new").iterdir()] == ["other.example.com.yaml"]


async def test_a_new_domain_goes_where_it_is_read(repo: Path, running: Running) -> None:
    running.emulator.store.add_domain("other.example.com")
    done = await syncer("drift", "--adopt", "--out", "elsewhere", cwd=repo)
    assert_failed(
        done,
        "elsewhere is in none of the folders that `files` names, so new domains would not be read there; "
        "nothing was written; say another one with --out",
    )
    assert not (repo / "elsewhere").exists()


async def test_without_a_folder_new_domains_are_left_alone(repo: Path, running: Running) -> None:
    settings = repo / "syncer.yaml"
    settings.write_text(settings.read_text().replace("files: [domains]", "files: [domains/example.com.yaml]"))
    running.emulator.store.add_domain("other.example.com")
    click(running)
    done = await syncer("drift", "--adopt", cwd=repo)
    assert done.code == 0
    assert done.err == (
        "note: not written, since `files` names no folder for new domains: domain[other.example.com]; "
        "say one with --out DIR\n"
    )
    assert (await syncer("drift", cwd=repo)).code == 0


@pytest.mark.parametrize(
    "args, told",
    [
        (("--check",), "--check goes with --adopt"),
        (("--out", "x"), "--out goes with --adopt"),
        (
            ("--adopt", "--format", "json"),
            "--adopt shows what it writes into files: with it go --only, --out and --check",
        ),
        (("--adopt", "--since", "applied.json"), "with it go --only, --out and --check, nothing else"),
        (("--adopt", "--base", "HEAD"), "with it go --only, --out and --check, nothing else"),
        (("--adopt", "--list", "unmanaged"), "with it go --only, --out and --check, nothing else"),
        (("--since", "applied.json", "--base", "HEAD"), "--since and --base both say what to compare with"),
        (("--list", "unmanaged", "--format", "html"), "--list is for text"),
    ],
)
async def test_what_does_not_go_together(repo: Path, args: tuple[str, ...], told: str) -> None:
    done = await syncer("drift", *args, cwd=repo)
    assert (done.code, done.out) == (64, "")
    assert told in done.err


def assert_failed(done: Done, told: str) -> None:
    assert (done.code, done.out) == (1, "")
    assert told in done.err
    assert "Next" not in done.err


@pytest.mark.parametrize("adopt", [(), ("--adopt",)])
async def test_a_glob_of_nothing(repo: Path, adopt: tuple[str, ...]) -> None:
    done = await syncer("drift", *adopt, "--only", "config[x", cwd=repo)
    assert_failed(done, "--only config[x names nothing in the files or on the server; correct it")


@pytest.mark.parametrize("adopt", [(), ("--adopt",)])
async def test_mistakes_in_files(repo: Path, adopt: tuple[str, ...]) -> None:
    edit(repo, "gk1: 172.16.0.1", "gk9: 172.16.0.1")
    assert_failed(await syncer("drift", *adopt, cwd=repo), "domains/example.com.yaml:5:51: unknown field gk9")


async def test_a_record_that_is_no_help(repo: Path) -> None:
    record = json.loads((repo / "applied.json").read_text())
    assert_failed(await syncer("drift", "--since", "none.json", cwd=repo), "none.json: there is no such file")
    (repo / "other.json").write_text(json.dumps(record | {"server": {"name": "x", "url": "wss://other.example/a/b"}}))
    done = await syncer("drift", "--since", "other.json", cwd=repo)
    assert_failed(done, "other.json: the record is of wss://other.example/a/b, not of ws://")
    (repo / "broken.json").write_text("{}")
    assert_failed(await syncer("drift", "--since", "broken.json", cwd=repo), "broken.json")
    assert_failed(await syncer("drift", "--base", "HEAD", cwd=repo), "git")


@pytest.mark.parametrize("args", [("--format", "json"), ("--adopt",)])
async def test_a_server_that_is_not_there(tmp_path: Path, args: tuple[str, ...]) -> None:
    repo = repository(tmp_path / "repo", "ws://127.0.0.1:1/example.com/devices/innovaphone-devices-api", DOCUMENT)
    done = await syncer("drift", "--reconnect-for", "0", *args, cwd=repo)
    assert_failed(done, "error: ws://127.0.0.1:1/example.com/devices/innovaphone-devices-api: ")


async def test_a_refused_login(repo: Path) -> None:
    done = await syncer("drift", cwd=repo, environ={"SYNCER_PASSWORD": "wrong"})
    assert_failed(done, "login")
