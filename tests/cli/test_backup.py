"""`syncer backup --out`, as a person runs it."""

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from syncer import resources
from syncer.emulator import Emulator, Running, Store, When
from syncer.emulator.faults import Close, Refuse, Stall
from tests.cli.running import PASSWORD, begin, repository, syncer
from tests.cli.sealed import IDENTITY, OTHER, RECIPIENT

DOCUMENT = "domain: example.com\n"
HUSH = "hush-hush ü"
NOTE = "only in the YAML: config[example.com/TRUST_LIST/certificates]: torn is left out: a file cannot hold it"
NOTED = f"note: {NOTE}\n"
LEFT_OUT = (
    "warning: 2 secrets (config[example.com/MEDIA/media]: turnPassword, config[example.com/ALARM_SERVER/alarms]: "
    "logPassword) are left out of the backup, since nobody is named to seal for; name somebody with --recipient, "
    "or in age_recipients of syncer.yaml\n"
)


def _fill(store: Store) -> None:
    store.add_domain("customer.example.com", password="customer-pw")
    phones = store.add_category(store.instance.id, "Phones")
    for kind, desc, fields in (
        ("EXPERT", "script", {"script": "config write\n" * 9_000}),
        ("MEDIA", "media", {"turnServer": "turn.example.com", "turnPassword": HUSH}),
        ("ALARM_SERVER", "alarms", {"url": "https://alarm.example.com", "logPassword": HUSH}),
        ("TRUST_LIST", "certificates", {"certs": ["a", {"b": 1.5}], "torn": "\ud800"}),
    ):
        store.add_config(store.instance.id, {"type": kind, "desc": desc, "newField": [None], **fields}, [phones])
    store.add_device(store.instance.id, {"hwId": "0090330000aa"}, [phones])
    store.add_device(None, {"hwId": "0090330000bb"})


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    with Store(":memory:", password=PASSWORD) as store:
        _fill(store)
        async with Emulator(store).start() as service:
            yield service


@pytest.fixture
def repo(tmp_path: Path, running: Running) -> Path:
    policy = "policy: {mask: {'config[*/EXPERT/*]': [script]}}\n"
    return repository(tmp_path / "r", running.url, DOCUMENT, policy=policy)


def _objects(path: Path, name: str) -> list[dict[str, Any]]:
    with ZipFile(path) as archive:
        return [json.loads(line) for line in archive.read(name).splitlines()]


def _everything(path: Path) -> bytes:
    with ZipFile(path) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


def _left(repo: Path) -> set[str]:
    """What stands in the repository and does not belong there."""
    return {path.name for path in repo.iterdir()} - {"syncer.yaml", "domains", ".syncer"}


async def test_everything_in_one_file(repo: Path, running: Running) -> None:
    done = await syncer("backup", "--out", "b.zip", cwd=repo)
    assert (done.code, done.err) == (0, LEFT_OUT + NOTED)
    first, *rest = done.out.splitlines()
    assert first.startswith("wrote b.zip (")
    assert rest == [
        f"  domains: 2, categories: 1, configs: 4, devices: 2; of production ({running.url})",
        "  secrets: 2 left out",
    ]
    path = repo / "b.zip"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert _left(repo) == {"b.zip"}
    script, media, _, unknown = _objects(path, "json/D1/configs.jsonl")
    assert script["script"] == "config write\n" * 9_000  # masked for people, whole here
    assert media["turnPassword"] == {"syncer-secret": "left out"}
    assert (unknown["certs"], unknown["torn"], unknown["newField"]) == (["a", {"b": 1.5}], "\ud800", [None])
    assert {one["hwId"] for one in _objects(path, "json/devices.jsonl")} == {"0090330000aa", "0090330000bb"}
    assert [one["name"] for one in _objects(path, "json/domains.jsonl")] == ["example.com", "customer.example.com"]
    with ZipFile(path) as archive:
        yaml = archive.read("yaml/example.com.yaml").decode()
        assert archive.read("yaml/scripts/example.com/script.txt").decode() == "config write\n" * 9_000
        assert "yaml/customer.example.com.yaml" in archive.namelist()
    assert "turnPassword: {env: SYNCER_SECRET_EXAMPLE_COM_MEDIA_MEDIA_TURN_PASSWORD}" in yaml
    assert "script: {file: scripts/example.com/script.txt}" in yaml
    assert (await syncer("backup", "verify", "b.zip", cwd=repo)).code == 0


@pytest.mark.parametrize("said", [["--recipient", RECIPIENT], []])
async def test_secrets_are_sealed(repo: Path, said: Sequence[str]) -> None:
    """For whom it was said, else for those of syncer.yaml."""
    others = [str(OTHER.to_public()), RECIPIENT] if not said else [str(OTHER.to_public())]
    with (repo / "syncer.yaml").open("a") as file:
        file.write(f"age_recipients: [{', '.join(others)}]\n")
    (repo / "key.txt").write_text(f"{IDENTITY}\n")
    done = await syncer("backup", "--out", "b.zip", *said, cwd=repo)
    assert (done.code, done.err) == (0, NOTED)
    assert f"  secrets: 2 sealed for {'1 recipient' if said else '2 recipients'}\n" in done.out
    assert HUSH.encode() not in _everything(repo / "b.zip")
    for config in _objects(repo / "b.zip", "json/D1/configs.jsonl")[1:3]:
        name = "turnPassword" if config["type"] == "MEDIA" else "logPassword"
        assert config[name].keys() == {"syncer-secret", "age"}


async def test_in_clear_only_with_the_word(repo: Path) -> None:
    environ = {"SYNCER_PLAINTEXT_SECRETS": "1", "SYNCER_OUT": "b.zip"}
    done = await syncer("backup", cwd=repo, environ=environ)
    assert (done.code, done.err) == (0, LEFT_OUT + NOTED)
    done = await syncer("backup", "--plaintext-secrets", cwd=repo, environ=environ)
    assert done.code == 0
    warning = "warning: 2 secrets are in the backup in clear (--plaintext-secrets); guard it like a password\n"
    assert done.err == warning + NOTED
    assert _objects(repo / "b.zip", "json/D1/configs.jsonl")[1]["turnPassword"]["value"] == HUSH
    assert HUSH not in done.out + done.err


async def test_what_the_service_never_tells(repo: Path) -> None:
    """As the wire profile says."""
    text = resources.wire_profile("conventional") or ""
    (repo / "wire.yaml").write_text(f"{text}\nreads_back: {{write_only: [logPassword]}}\n")
    settings = (repo / "syncer.yaml").read_text()
    (repo / "syncer.yaml").write_text(settings.replace("files:", "    wire_profile: wire.yaml\nfiles:"))
    done = await syncer("backup", "--out", "b.zip", "--recipient", RECIPIENT, cwd=repo)
    assert done.code == 0
    assert done.err.startswith("warning: the service never tells logPassword, so no such secret is in the backup\n")
    assert "logPassword is left as it is (ignore): the service never tells it\n" in done.err


async def test_only_what_the_login_can_read(repo: Path, running: Running) -> None:
    url = running.url
    (repo / "syncer.yaml").write_text(
        f"version: 1\nservers:\n  production: {{url: '{url}', domain: customer.example.com, "
        "password: {env: SYNCER_PASSWORD}}\nfiles: [domains]\n"
    )
    done = await syncer("backup", "--out", "b.zip", cwd=repo, environ={"SYNCER_PASSWORD": "customer-pw"})
    assert (done.code, done.err) == (0, "")
    assert "  domains: 1, categories: 0, configs: 0, devices: 0; of production" in done.out
    assert "  only what the login to customer.example.com can read\n" in done.out


async def test_json(repo: Path, running: Running) -> None:
    done = await syncer("backup", "--out", "b.zip", "--format", "json", cwd=repo)
    document = json.loads(done.out)
    assert document.pop("size") == (repo / "b.zip").stat().st_size
    assert document.pop("created").startswith("20")
    assert document == {
        "format": "syncer-backed-up/1",
        "file": "b.zip",
        "server": {"name": "production", "url": running.url, "admin": True},
        "counts": {"domains": 2, "categories": 1, "configs": 4, "devices": 2},
        "secrets": {"are": "left out", "kept": 0, "left_out": 2, "unreadable": 0, "never_told": []},
        "warnings": [LEFT_OUT.removeprefix("warning: ").strip()],
        "notes": [NOTE],
        "git": None,
    }


USAGE = [
    ([], "say where to: --out FILE, --git DIR, or both"),
    (["--out", "b.zip", "--recipient", "age1", "--plaintext-secrets"], "say one of the two"),
    (["--git", "h", "--plaintext-secrets"], "--plaintext-secrets goes with --out; no secret is ever in git"),
    (["--out", "b.zip", "--recipient", "nobody"], "--recipient: this is no recipient that syncer can seal for; write"),
    (["--out", "b.zip", "verify", "b.zip"], "options stand behind the command: syncer backup verify …"),
]


@pytest.mark.parametrize("args,said", USAGE)
async def test_wrong_usage(repo: Path, args: Sequence[str], said: str) -> None:
    done = await syncer("backup", *args, cwd=repo)
    assert (done.code, done.out) == (64, "")
    assert said in done.err
    assert _left(repo) == set()


async def test_the_wrong_half_of_a_key_is_not_repeated(repo: Path) -> None:
    done = await syncer("backup", "--out", "b.zip", "--recipient", str(IDENTITY), cwd=repo)
    assert done.code == 64
    assert done.err.startswith("error: --recipient: this is a secret key; make a new one")
    assert str(IDENTITY) not in done.err


@pytest.mark.parametrize(
    "out,said",
    [
        ("nowhere/b.zip", "nowhere/b.zip cannot be written: No such file or directory; no backup was made"),
        ("syncer.yaml", "syncer.yaml is there, and is no backup; remove it, or name another file"),
        ("domains", "domains is there, and is no backup; remove it, or name another file"),
    ],
)
async def test_where_no_backup_can_be_is_told_before_anything(
    repo: Path, running: Running, out: str, said: str
) -> None:
    running.emulator.faults.add(Refuse("nothing was to be asked"), When())
    done = await syncer("backup", "--out", out, cwd=repo)
    assert (done.code, done.out, done.err) == (1, "", f"error: {said}\n")
    assert _left(repo) == set()


async def _former(repo: Path) -> bytes:
    """A backup that is there already."""
    assert (await syncer("backup", "--out", "b.zip", cwd=repo)).code == 0
    return (repo / "b.zip").read_bytes()


async def test_what_fails_leaves_the_former_one(repo: Path, running: Running) -> None:
    former = await _former(repo)
    running.emulator.faults.add(Refuse("locked"), When(mt="GetDeviceConfig"))
    done = await syncer("backup", "--out", "b.zip", cwd=repo)
    assert (done.code, done.out) == (1, "")
    assert "(id 1) was refused: locked; check the rights of the login" in done.err
    assert (repo / "b.zip").read_bytes() == former
    assert _left(repo) == {"b.zip"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_interrupted_while_it_reads(repo: Path, running: Running, number: int) -> None:
    former = await _former(repo)
    stalled = asyncio.Event()

    class Told(Stall):
        def __call__(self, *args: Any) -> Any:
            stalled.set()
            return super().__call__(*args)

    running.emulator.faults.add(Told(), When(mt="GetDeviceConfig"))
    child = begin("backup", "--out", "b.zip", cwd=repo)
    await stalled.wait()
    os.kill(child.pid, number)
    done = await child.ended()
    assert (done.code, done.out, done.err) == (130, "", "\ninterrupted\n")
    assert (repo / "b.zip").read_bytes() == former
    assert _left(repo) == {"b.zip"}


async def test_a_full_disk(repo: Path) -> None:
    """A limit on the size of files stands for the disk, too small for what is read."""
    former = await _former(repo)
    process = await asyncio.create_subprocess_exec(
        "sh",
        "-c",
        'ulimit -f 40; exec "$0" -m syncer.cli.main backup --out b.zip',
        sys.executable,
        cwd=repo,
        env=os.environ | {"SYNCER_PASSWORD": PASSWORD, "PYTHONUTF8": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = (text.decode() for text in await process.communicate())
    assert (process.returncode, out) == (1, ""), err
    assert err == "error: a temporary file in . cannot be written or read: File too large; nothing was changed\n"
    assert (repo / "b.zip").read_bytes() == former
    assert _left(repo) == {"b.zip"}


async def test_a_lost_connection_is_told_and_all_is_read_again(repo: Path, running: Running) -> None:
    running.emulator.faults.add(Close(abrupt=True), When(mt="GetDeviceConfig", nth=2))
    done = await syncer("backup", "--out", "b.zip", "--recipient", RECIPIENT, cwd=repo)
    assert done.code == 0
    assert done.err.startswith("warning: the connection was lost during GetDeviceConfig")
    assert done.err.endswith("what changed since is not known, so everything is read again\n" + NOTED)
    assert len(_objects(repo / "b.zip", "json/D1/configs.jsonl")) == 4


async def test_a_file_and_a_history_at_once(repo: Path) -> None:
    done = await syncer("backup", "--out", "b.zip", "--git", "../h", "--recipient", RECIPIENT, cwd=repo)
    assert done.code == 0
    assert done.out.splitlines()[-1].startswith("../h: ")
    with ZipFile(repo / "b.zip") as archive:
        yaml = archive.read("yaml/example.com.yaml")
    assert (repo.parent / "h" / "domains" / "example.com.yaml").read_bytes() == yaml
    again = await syncer("backup", "--git", "../h", cwd=repo)
    assert (again.code, again.out.splitlines()[-1]) == (0, "../h: nothing changed, no commit")
