"""`syncer restore`: what a person reads, and what becomes of the server."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncer.emulator import Emulator, Store
from syncer.files.sealing import KEY_FILE, Sealer
from syncer.model.state import CategoryRef, LiveDomain
from syncer.model.values import Secret
from tests.backups import write_backup
from tests.cli.running import syncer
from tests.cli.sealed import IDENTITY, RECIPIENT
from tests.plan.factories import live_category, live_config, live_domain

SETTINGS = """\
version: 1
servers:
  local: {url: 'emulator:.syncer/local.sqlite', domain: instance.example}
  other: {url: 'emulator:.syncer/other.sqlite', domain: other.example}
files: [domains]
policy:
  protect: ["config[*/EXPERT/*]"]
"""
HQ = live_category("HQ", 5, domain="old.example")
OLD = live_domain(
    HQ,
    live_config("PHONE", "phones", 11, domain="old.example", categories=[HQ], recordingUrl="https://rec.old.example/"),
    live_config("TRUST_LIST", "roots", 12, domain="old.example", extra={"certs": ["a"]}),
    live_config("ALARM_SERVER", "alarms", 13, domain="old.example", url="https://a", logPassword=Secret("geheim")),
    name="old.example",
    number=2,
)
INSTANCE = live_domain(name="instance.example", number=1, instance=True)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with two servers and no files."""
    (tmp_path / ".syncer").mkdir()
    (tmp_path / "syncer.yaml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "key.txt").write_text(str(IDENTITY), encoding="utf-8")
    return tmp_path


@contextmanager
def stored(repo: Path, server: str = "local") -> Iterator[Store]:
    """What a server holds."""
    domain = {"local": "instance.example", "other": "other.example"}[server]
    with Store(repo / ".syncer" / f"{server}.sqlite", instance_domain=domain) as store:
        yield store


def sealed(repo: Path, *domains: LiveDomain) -> None:
    """`night.zip`, of the server `local`."""
    seal = Sealer((RECIPIENT,), {}).seal
    url = "emulator:.syncer/local.sqlite"
    write_backup(repo / "night.zip", *domains, seal=seal, server_name="local", server_url=url, recipients=(RECIPIENT,))


def things(repo: Path, server: str = "local") -> list[str]:
    """What is on a server, in words."""
    with stored(repo, server) as store:
        found = []
        for domain in store.domains():
            found.append(domain.name)
            found += [f"{domain.name}/{one.name}" for one in store.categories(domain.id)]
            found += [f"{domain.name}/{one.fields['type']}/{one.fields['desc']}" for one in store.configs(domain.id)]
        return found


ALL = [
    "instance.example",
    "old.example",
    "old.example/HQ",
    "old.example/ALARM_SERVER/alarms",
    "old.example/PHONE/phones",
    "old.example/TRUST_LIST/roots",
]


async def test_a_plan_is_saved_and_then_restored_exactly(repo: Path) -> None:
    sealed(repo, INSTANCE, OLD)
    key = {KEY_FILE: "key.txt"}
    planned = await syncer("restore", "night.zip", "--out", "plan.json", cwd=repo, environ=key)
    assert (planned.code, things(repo)) == (0, ["instance.example"])
    assert planned.err == "saved: plan.json\n\nNext: syncer restore night.zip plan.json\n"
    assert planned.out.startswith("Plan for local (emulator:.syncer/local.sqlite)\n\nold.example: 5 to create\n")
    assert "  + create  config[old.example/PHONE/phones]\n" in planned.out  # no place in any file
    assert planned.out.endswith(
        "Note: restores the backup night.zip: local as it was at 2026-01-01T00:00:00+00:00\n"
        "Note: syncer does not know the config type TRUST_LIST, and none is live here: made as they were:\n"
        "      config[old.example/TRUST_LIST/roots]\n"
        "Note: categories are made without devices: which device belongs to which category is to be said\n"
        "      again by hand\n\n"
        "Plan: 5 to create, 0 to update, 0 to delete; 1 unchanged, 0 unmanaged.\n"
    )
    shown = await syncer("restore", "night.zip", "plan.json", cwd=repo, environ=key)
    assert (shown.code, things(repo)) == (1, ["instance.example"])
    assert shown.err == "error: there is no terminal to ask on; say --yes to apply this; nothing was written\n"
    done = await syncer("restore", "night.zip", "plan.json", "--yes", cwd=repo, environ=key)
    assert (done.code, sorted(things(repo))) == (0, sorted(ALL))
    assert done.out.endswith("Applied: 5 created, 0 updated, 0 deleted.\n")
    with stored(repo) as store:
        alarms = next(one for one in store.configs(2) if one.fields["type"] == "ALARM_SERVER")
        assert alarms.fields["logPassword"] == "geheim"
    again = await syncer("restore", "night.zip", "plan.json", "--yes", cwd=repo, environ=key)
    assert again.code == 3
    assert again.err.startswith("the server moved on since the plan was made:\n")
    nothing = await syncer("restore", "night.zip", "--yes", cwd=repo, environ=key)
    assert (nothing.code, nothing.err) == (0, "")
    assert nothing.out.endswith("No changes. 6 unchanged, 0 unmanaged.\n")


async def test_a_saved_plan_is_of_one_backup_and_of_what_was_said_with_it(repo: Path) -> None:
    sealed(repo, INSTANCE, OLD)
    said = ("--into", "old.example=new.example", "--prune")
    planned = await syncer("restore", "night.zip", *said, "--out", "plan.json", cwd=repo)
    assert planned.err.endswith("Next: syncer restore --into old.example=new.example --prune night.zip plan.json\n")
    stale = (
        "error: the backup, --into, --prune, the key of its secrets, the policy, the wire profile or a password "
        "changed since the plan was made; plan again, and have it reviewed again\n"
    )
    forgotten = await syncer("restore", "night.zip", "plan.json", "--yes", cwd=repo)
    assert (forgotten.code, forgotten.err) == (3, stale)
    sealed(repo, INSTANCE, live_domain(name="old.example", number=2))
    other = await syncer("restore", "night.zip", "plan.json", *said, "--yes", cwd=repo)
    assert (other.code, other.err, things(repo)) == (3, stale, ["instance.example"])


async def test_only_some_of_it(repo: Path) -> None:
    sealed(repo, INSTANCE, OLD)
    with stored(repo) as store:
        store.add_category(store.add_domain("old.example"), "HQ")
    cut = await syncer("restore", "night.zip", "--only", "config[*/PHONE/*]", "--out", "plan.json", cwd=repo)
    assert "Plan: 1 to create, 0 to update, 0 to delete; 0 unchanged, 0 unmanaged." in cut.out
    assert "secrets afterwards" not in cut.out  # of what it does not make
    done = await syncer("restore", "night.zip", "plan.json", "--yes", cwd=repo)
    assert (done.code, things(repo)[-1]) == (0, "old.example/PHONE/phones")
    nobody = await syncer("restore", "night.zip", "--only", "config[x]", cwd=repo)
    assert (nobody.code, nobody.err) == (
        1,
        "--only config[x] names nothing in the backup or on the server; correct it\n",
    )


async def test_what_only_does_not_name_is_in_nobodys_way(repo: Path) -> None:
    """Neither a config whose category nobody could tell, nor a domain that is not there; nothing is said of them."""
    sealed(repo, INSTANCE, OLD, live_domain(name="gone.example", number=3))
    with stored(repo) as store:
        owner = store.add_domain("new.example")
        store.add_category(owner, "HQ")
        store.add_category(owner, "HQ")
    said = ("restore", "night.zip", "--into", "old.example=new.example", "--yes")
    stopped = await syncer(*said, cwd=repo)
    told = "night.zip: config[new.example/PHONE/phones]: 2 categories are named HQ; rename one of them on the server\n"
    assert (stopped.code, stopped.err) == (1, told)
    done = await syncer(*said, "--prune", "--only", "config[*/TRUST_LIST/*]", cwd=repo)
    assert (done.code, things(repo)[-1]) == (0, "new.example/TRUST_LIST/roots")
    assert "mention" not in done.out


async def test_a_login_that_may_not_see_all_of_the_backup(repo: Path) -> None:
    ntp = live_config("NTP", "n", 31, domain="mine.example")
    sealed(repo, INSTANCE, OLD, live_domain(ntp, name="mine.example", number=3))
    with stored(repo) as store:
        store.add_domain("mine.example", password="mine")
        store.add_domain("old.example")
        async with Emulator(store).start() as running:
            server = f"{{url: '{running.url}', domain: mine.example, password: {{env: PW}}}}"
            settings = f"version: 1\nservers: {{local: {server}}}\nfiles: [domains]\n"
            (repo / "syncer.yaml").write_text(settings, encoding="utf-8")
            said = ("restore", "night.zip", "--yes", "--unverified-wire")
            all_of_it = await syncer(*said, cwd=repo, environ={"PW": "mine"})
            assert (all_of_it.code, all_of_it.err) == (
                1,
                (
                    "night.zip: domain[old.example] is not there, or the login has no right to it; log in with the "
                    "instance's password, or with that of this domain\n"
                ),
            )
            for prune in ((), ("--prune",)):
                only = ("--only", "*mine.example*", *prune)
                mine = await syncer(*said, *only, cwd=repo, environ={"PW": "mine"})
                assert (mine.code, things(repo)) == (
                    0,
                    ["instance.example", "mine.example", "mine.example/NTP/n", "old.example"],
                )


async def test_a_category_that_is_left_out_and_needed(repo: Path) -> None:
    sealed(repo, INSTANCE, OLD)
    done = await syncer("restore", "night.zip", "--only", "config[*/PHONE/*]", cwd=repo)
    assert (done.code, done.err) == (
        1,
        (
            "--only leaves out category[old.example/HQ], which config[old.example/PHONE/phones] needs; widen --only\n"
            "--only leaves out domain[old.example], which config[old.example/PHONE/phones] needs; widen --only\n"
        ),
    )


async def test_a_customer_moves_to_another_server_under_another_name(repo: Path) -> None:
    sealed(repo, INSTANCE, OLD)
    said = ("--server", "other", "--into", "old.example=new.example")
    done = await syncer("restore", "night.zip", *said, "--yes", "--no-reach", cwd=repo)
    assert done.code == 0
    assert sorted(things(repo, "other")) == sorted(
        ["other.example", *(one.replace("old.", "new.") for one in ALL if one.startswith("old."))]
    )
    told = " ".join(done.out.split())
    assert "Note: restores the backup night.zip: local as it was at 2026-01-01T00:00:00+00:00, old.example into" in told
    assert "Note: the backup is of another server than this: emulator:.syncer/local.sqlite" in told
    assert "this is another server than that of the backup, and may not know them at all" in told
    assert (
        "1 field still mentions old.example and stays as it is: config[new.example/PHONE/phones] recordingUrl" in told
    )
    assert "set these secrets afterwards, since the backup does not tell them: config[new.example/ALARM_SERVER/" in told
    assert f"1 secret is sealed for {RECIPIENT} and cannot be opened here, so it is left alone; {KEY_FILE}" in told


async def test_the_own_domain_of_another_instance_is_no_customer(repo: Path) -> None:
    sealed(repo, live_domain(live_config("NTP", "n", 1), name="instance.example", number=1, instance=True))
    done = await syncer("restore", "night.zip", "--server", "other", "--yes", cwd=repo)
    assert (done.code, things(repo, "other")) == (0, ["other.example"])
    assert (
        "Note: instance.example was the own domain of the backup's instance, and there is none here: it is left out; "
        "--into instance.example=NAME restores what it held into another"
    ) in " ".join(done.out.split())
    said = ("--server", "other", "--into", "instance.example=other.example")
    done = await syncer("restore", "night.zip", *said, "--yes", cwd=repo)
    assert (done.code, things(repo, "other")) == (0, ["other.example", "other.example/NTP/n"])


@pytest.mark.parametrize(
    "said, told",
    [
        (["night.zip", "plan.json", "--only", "x"], "--only is for a new plan; a saved one is restored as it is"),
        (["night.zip", "plan.json", "--out", "x"], "--out is for a new plan; a saved one is restored as it is"),
        (["night.zip", "--out", "x", "--yes"], "--out only plans, and --yes has nothing to agree to; say one of them"),
        (["night.zip", "--into", "new.example"], "--into new.example is not like old.example=new.example"),
        (["night.zip", "--into", "old.example="], "--into old.example= is not like old.example=new.example"),
        (
            ["night.zip", "--into", "odl.example=x"],
            "--into: the backup has no domain odl.example; did you mean old.example?",
        ),
        (["night.zip", "--into", "zz=x"], "--into: the backup has no domain zz; it has instance.example, old.example"),
        (
            ["night.zip", "--into", "a=b", "--into", "a=c"],
            "--into says twice into what a is restored",
        ),
        (
            ["night.zip", "--into", "a=b", "--into", "c=b"],
            "--into restores two domains into b, which has room for one",
        ),
    ],
)
async def test_wrong_usage(repo: Path, said: list[str], told: str) -> None:
    sealed(repo, INSTANCE, OLD)
    done = await syncer("restore", *said, cwd=repo)
    assert (done.code, done.err, done.out) == (64, f"error: {told}\n", "")


async def test_files_that_are_no_backups(repo: Path) -> None:
    sealed(repo, INSTANCE, OLD)
    whole = (repo / "night.zip").read_bytes()
    (repo / "cut.zip").write_bytes(whole[: len(whole) // 2])
    for file, told in (
        ("none.zip", "none.zip: there is no such file; correct the name\n"),
        ("syncer.yaml", "syncer.yaml: this is no backup; name another file\n"),
        ("cut.zip", "cut.zip: "),
    ):
        done = await syncer("restore", file, "--yes", cwd=repo)
        assert (done.code, done.out, done.err[: len(told)]) == (1, "", told)


async def test_a_key_file_that_cannot_be_used_is_told(repo: Path) -> None:
    sealed(repo, INSTANCE, OLD)
    (repo / "bad.txt").write_text("no key")
    done = await syncer("restore", "night.zip", "--yes", cwd=repo, environ={KEY_FILE: "bad.txt"})
    assert (done.code, things(repo)) == (1, ["instance.example"])
    assert "bad.txt" in done.err
    assert "no key" not in done.err


async def test_configs_that_might_end_up_with_every_device(repo: Path) -> None:
    lost = live_config("NTP", "lost", 21, domain="old.example", categories=[CategoryRef(77, None)])
    found = live_config("NTP", "found", 22, domain="old.example", categories=[HQ])
    sealed(repo, live_domain(HQ, lost, found, name="old.example", number=2))
    done = await syncer("restore", "night.zip", "--yes", cwd=repo)
    assert (done.code, done.err, things(repo)) == (
        1,
        (
            "night.zip: config[old.example/NTP/lost] is for the category with id 77, which is not in the backup; make "
            "this config by hand, and restore the others with --only\n"
        ),
        ["instance.example"],
    )
    only = ("--only", "domain[*]", "--only", "category[*]", "--only", "config[*/NTP/found]")
    assert (await syncer("restore", "night.zip", "--yes", *only, cwd=repo)).code == 0
    assert things(repo)[-1] == "old.example/NTP/found"


async def test_prune_is_guarded(repo: Path) -> None:
    sealed(repo, INSTANCE, live_domain(HQ, name="old.example", number=2))
    with stored(repo) as store:
        owner = store.add_domain("old.example")
        for desc in ("a", "b"):
            store.add_config(owner, {"type": "NTP", "desc": desc})
        store.add_config(owner, {"type": "ZZ", "desc": "unknown"})
        store.add_domain("kept.example")
    left = await syncer("restore", "night.zip", "--yes", cwd=repo)
    assert left.out.endswith("Applied: 1 created, 0 updated, 0 deleted.\n")
    assert "; 2 unchanged, 4 unmanaged." in left.out
    held = await syncer("restore", "night.zip", "--prune", "--yes", cwd=repo)
    assert held.code == 4
    assert held.err.endswith("go on all the same with --confirm-deletes 2\n")
    done = await syncer("restore", "night.zip", "--prune", "--yes", "--confirm-deletes", "2", cwd=repo)
    assert done.code == 0
    assert things(repo) == [
        "instance.example",
        "old.example",
        "old.example/HQ",
        "old.example/ZZ/unknown",
        "kept.example",
    ]


async def test_what_is_protected_stays(repo: Path) -> None:
    sealed(
        repo, INSTANCE, live_domain(live_config("EXPERT", "e", 1, domain="old.example"), name="old.example", number=2)
    )
    with stored(repo) as store:
        store.add_config(store.add_domain("old.example"), {"type": "EXPERT", "desc": "e", "script": "live"})
    done = await syncer("restore", "night.zip", "--out", "plan.json", cwd=repo)
    assert done.err == (
        "saved: plan.json\n\nNext: change what nothing overrides, and plan again\n"
        "  protected: restore what nothing holds back with --only\n"
    )
    assert (await syncer("restore", "night.zip", "plan.json", "--yes", cwd=repo)).code == 4


async def test_json_is_the_report(repo: Path) -> None:
    sealed(repo, INSTANCE, OLD)
    done = await syncer("restore", "night.zip", "--yes", "--format", "json", cwd=repo)
    assert (done.code, len(json.loads(done.out)["outcomes"])) == (0, 5)


async def test_it_holds_what_syncer_itself_kept(repo: Path) -> None:
    """A whole round: no file is needed, and a second backup differs in nothing."""
    sealed(repo, INSTANCE, OLD)
    key = {KEY_FILE: "key.txt"}
    assert (await syncer("restore", "night.zip", "--yes", cwd=repo, environ=key)).code == 0
    kept = await syncer("backup", "--out", "day.zip", "--recipient", RECIPIENT, cwd=repo)
    assert kept.code == 0, kept.err
    shutil.rmtree(repo / ".syncer")
    (repo / ".syncer").mkdir()
    assert (await syncer("restore", "day.zip", "--yes", cwd=repo, environ=key)).code == 0
    assert (await syncer("backup", "--out", "later.zip", "--recipient", RECIPIENT, cwd=repo)).code == 0
    same = await syncer("backup", "diff", "day.zip", "later.zip", "--detailed-exitcode", cwd=repo, environ=key)
    assert (same.code, same.out.splitlines()[-1]) == (0, "No changes. 6 the same.")


async def test_plans_of_files_and_of_backups_are_not_mistaken_for_one_another(repo: Path) -> None:
    sealed(repo, INSTANCE, OLD)
    (repo / "domains").mkdir()
    (repo / "domains" / "a.yaml").write_text("domain: old.example\n")
    assert (await syncer("restore", "night.zip", "--out", "restore.json", cwd=repo)).code == 0
    assert (await syncer("plan", "--out", "plan.json", cwd=repo)).code == 0
    wrong = await syncer("apply", "restore.json", "--yes", cwd=repo)
    assert (wrong.code, wrong.err) == (
        3,
        (
            "error: the plan restores a backup (night.zip: local as it was at 2026-01-01T00:00:00+00:00); apply it "
            "with `syncer restore FILE PLAN.json`, and its --into and --prune, if any\n"
        ),
    )
    wrong = await syncer("restore", "night.zip", "plan.json", "--yes", cwd=repo)
    told = "error: the plan is of the files and restores no backup; apply it with `syncer apply PLAN.json`\n"
    assert (wrong.code, wrong.err, things(repo)) == (3, told, ["instance.example"])


async def test_a_restore_that_was_cut_off_is_taken_back(repo: Path) -> None:
    sealed(repo, INSTANCE, OLD)
    done = await syncer("restore", "night.zip", "--yes", cwd=repo)
    assert done.code == 0
    with stored(repo) as store:
        store.delete_config(3)
    (journal,) = (repo / ".syncer" / "journal").glob("*.jsonl")
    lines = journal.read_text("utf-8").splitlines(keepends=True)
    journal.write_text("".join(lines[:-2]), "utf-8")  # neither what came of the last write nor the end
    waiting = await syncer("restore", "night.zip", "--yes", cwd=repo)
    assert (waiting.code, "syncer recover" in waiting.err) == (1, True)
    onwards = await syncer("recover", "--resume", "--yes", cwd=repo)
    assert onwards.code == 3
    assert onwards.err.endswith(
        "error: a restore was cut off (night.zip: local as it was at 2026-01-01T00:00:00+00:00), and only backups say "
        "how it goes on: take it back with `syncer recover --rollback`, and restore again\n"
    )
    back = await syncer("recover", "--rollback", "--yes", "--confirm-deletes", "4", cwd=repo)
    assert (back.code, things(repo)) == (0, ["instance.example"])
    assert (await syncer("restore", "night.zip", "--yes", cwd=repo)).code == 0


async def test_what_is_masked_is_not_shown_under_another_name_either(repo: Path) -> None:
    """Neither in the plan, nor in the journal, nor by the recovery of what was cut off."""
    masked = SETTINGS.replace('protect: ["config[*/EXPERT/*]"]', "mask: {'config[old.example/EXPERT/*]': [script]}")
    (repo / "syncer.yaml").write_text(masked, encoding="utf-8")
    expert = live_config("EXPERT", "e", 21, domain="old.example", script="confidential")
    sealed(repo, INSTANCE, live_domain(expert, name="old.example", number=2))
    said = ("restore", "night.zip", "--into", "old.example=new.example")
    planned = await syncer(*said, "--out", "plan.json", cwd=repo)
    done = await syncer(*said, "plan.json", "--yes", cwd=repo)
    assert (done.code, things(repo)[-1]) == (0, "new.example/EXPERT/e")
    (journal,) = (repo / ".syncer" / "journal").glob("*.jsonl")
    lines = journal.read_text("utf-8").splitlines(keepends=True)
    journal.write_text("".join(lines[:-2]), "utf-8")
    back = await syncer("recover", "--rollback", "--yes", "--confirm-deletes", "2", cwd=repo)
    assert (back.code, things(repo)) == (0, ["instance.example"])
    assert "- script      (secret removed)" in back.out
    told = (planned, done, back)
    kept = ((repo / "plan.json").read_text("utf-8"), journal.read_text("utf-8"))
    assert "confidential" not in "".join([*(one.out + one.err for one in told), *kept])
