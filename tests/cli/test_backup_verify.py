"""`syncer backup verify`, run as a person runs it: no repository, no server."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from pyrage import x25519

from syncer.files.sealing import KEY_FILE, Sealer
from syncer.model.backup import DEVICES, DOMAINS, MANIFEST, Counts, SecretsAre, categories_of
from tests.cli.running import syncer
from tests.files.backups import CATEGORY, CONFIGS, NTP, PHONE, YAML, backup, edited, manifested, replaced

IDENTITY, OTHER = x25519.Identity.generate(), x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())
ALARM = {"id": 14, "type": "ALARM_SERVER", "desc": "alarms", "categories": [], "url": "https://x.example/y"}
DAMAGED = "; take another copy of it, or make it anew"
WHOLE = """\
a.zip is whole.
  server    production  wss://apps.example.com/example.com/devices/innovaphone-devices-api
  login     example.com, which reads every domain
  made      2026-11-25T16:00:00Z by syncer 1.2.3
  holds     1 domain, 1 category, 2 configs, 1 device
  secrets   none (left out)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return backup(tmp_path / "a.zip")


def with_secret(held: object) -> list[dict[str, Any]]:
    return [PHONE, {**ALARM, "logPassword": held}]


def sealed() -> dict[str, str]:
    return {"syncer-secret": "sealed", "age": Sealer([RECIPIENT], {}).seal("geheim")}


async def test_a_whole_one(path: Path) -> None:
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent)
    assert (done.code, done.out, done.err) == (0, WHOLE, "")
    assert list(path.parent.iterdir()) == [path]


async def test_a_whole_one_for_programs(path: Path) -> None:
    done = await syncer("backup", "verify", "--format", "json", "a.zip", cwd=path.parent)
    assert (done.code, done.err) == (0, "")
    told = json.loads(done.out)
    assert (told["format"], told["file"], told["ok"], told["problems"]) == ("syncer-backup-check/1", "a.zip", True, [])
    assert told["manifest"]["counts"] == {"domains": 1, "categories": 1, "configs": 2, "devices": 1}
    assert told["manifest"]["created"] == "2026-11-25T16:00:00Z"
    assert "files" not in told["manifest"]


async def test_a_damaged_one(path: Path) -> None:
    edited(path, replaced(CONFIGS, b"172.16.0.1", b"172.16.0.9"))
    edited(path, replaced(YAML, b"domain", b"domaim"))
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent)
    what = "it was edited or damaged: its digest is not that of the manifest"
    assert done.code == 1
    assert done.out == WHOLE.replace("is whole.", "is damaged.")
    assert done.err == f"a.zip: {CONFIGS}: {what}{DAMAGED}\na.zip: {YAML}: {what}{DAMAGED}\n"


async def test_a_damaged_one_for_programs(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 100)  # noqa: ASYNC240
    done = await syncer("backup", "verify", "--format", "json", "a.zip", cwd=path.parent)
    told = json.loads(done.out)
    assert (done.code, done.err) == (1, "")
    assert (told["ok"], told["manifest"], told["secrets_found"]) == (False, None, {})
    what = "the backup is cut off, or something was added to it"
    assert told["problems"] == [{"what": what, "hint": DAMAGED.removeprefix("; ")}]


@pytest.mark.parametrize(
    "content, what",
    [
        (b"", "a.zip: the backup is empty; make it anew"),
        (b"{}", "a.zip: this is no backup; name another file"),
        (b'{"format": "syncer-plan/1"}', "a.zip: this is a saved plan, not a backup; name another file"),
        (None, "a.zip: there is no such file; correct the name"),
    ],
)
async def test_what_is_no_backup(tmp_path: Path, content: bytes | None, what: str) -> None:
    if content is not None:
        (tmp_path / "a.zip").write_bytes(content)
    done = await syncer("backup", "verify", "a.zip", cwd=tmp_path)
    assert (done.code, done.out, done.err) == (1, "", f"{what}\n")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read all")
async def test_one_that_may_not_be_read(path: Path) -> None:
    path.chmod(0)  # noqa: ASYNC240
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent)
    assert (done.code, done.err) == (1, "a.zip: cannot be read: Permission denied; check its permissions\n")


async def test_a_newer_one(path: Path) -> None:
    edited(path, manifested(lambda document: document.update(format="syncer-backup/2")))
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent)
    assert (done.code, done.out) == (1, "")
    newer = "the backup was made by a newer syncer (syncer-backup/2; this one knows syncer-backup/1)"
    assert done.err == f"a.zip: {newer}; update syncer\n"


async def test_what_a_file_says_cannot_steer_a_terminal(path: Path) -> None:
    nasty = "\x1b[31m\n::error::x\u202e"
    backup(path, notes=(nasty,), server_name=nasty, recipients=(nasty,), created=nasty, domain=nasty)
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent)
    assert done.code == 0
    assert not {"\x1b", "\u202e"} & set(done.out)
    assert not any(line.lstrip().startswith("::") for line in done.out.splitlines())
    edited(path, lambda files: files.update({f"../{nasty}": b""}), forge=True)
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent)
    climbs = "a name with characters that nobody sees: `../\\x1b[31m\\n::error::x\\u202e`"
    assert done.err == f"a.zip: {climbs}; do not unpack it; take a backup that syncer made\n"


async def test_notes_and_rights_are_told(path: Path) -> None:
    backup(path, admin=False, notes=("the devices could not be read",))
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent)
    assert "  login     example.com, which may not read every domain\n" in done.out
    assert "  note      the devices could not be read\n" in done.out


async def test_sealed_secrets(path: Path) -> None:
    backup(path, with_secret(sealed()), secrets=SecretsAre.SEALED, recipients=(RECIPIENT,))
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent)
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith(
        f"  secrets   1 sealed\n  for       {RECIPIENT}\n"
        f"  remark    to restore the secrets, set {KEY_FILE} to a key file that opens them\n"
    )


@pytest.mark.parametrize("identity, what", [(IDENTITY, "has a key that opens"), (OTHER, "has no key that opens")])
async def test_whether_the_key_fits(path: Path, identity: x25519.Identity, what: str) -> None:
    backup(path, with_secret(sealed()), secrets=SecretsAre.SEALED, recipients=(RECIPIENT,))
    (path.parent / "key.txt").write_text(str(identity))
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent, environ={KEY_FILE: "key.txt"})
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith(f"  remark    key.txt {what} the secrets\n")
    assert "geheim" not in done.out


async def test_a_key_file_that_is_none_is_no_fault_of_the_backup(path: Path) -> None:
    backup(path, with_secret(sealed()), secrets=SecretsAre.SEALED, recipients=(RECIPIENT,))
    (path.parent / "key.txt").write_text("AGE-SECRET-KEY-no")
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent, environ={KEY_FILE: "key.txt"})
    assert (done.code, done.err) == (0, "")
    assert "  remark    the age key file key.txt: line 1 is no age key; write it with age-keygen\n" in done.out


async def test_plain_and_unreadable_secrets(path: Path) -> None:
    plain = {"syncer-secret": "plaintext", "value": "geheim"}
    more = {**ALARM, "id": 15, "logPassword": {"syncer-secret": "unreadable"}}
    backup(path, [*with_secret(plain), more], secrets=SecretsAre.PLAINTEXT)
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent)
    assert (done.code, done.err) == (0, "")
    assert "  secrets   1 plaintext, 1 unreadable\n" in done.out
    assert "  remark    the server did not give 1 secret, so the backup does not have them\n" in done.out
    assert "  remark    whoever can read the file can read 1 secret\n" in done.out
    assert "geheim" not in done.out


@pytest.mark.parametrize(
    "held, what",
    [
        ("a1b2", f"{CONFIGS}:2: a config with a secret that is not as syncer writes it"),
        (
            {"syncer-secret": "sealed", "age": "bm9uZQ=="},
            f"{CONFIGS}:2: a config with a secret that nobody can open: this is no age ciphertext",
        ),
        (
            {"syncer-secret": "plaintext", "value": "geheim"},
            f"{MANIFEST}: it says of secrets: left out, and 1 are: plaintext",
        ),
    ],
)
async def test_secrets_that_are_not_as_they_should_be(path: Path, held: object, what: str) -> None:
    backup(path, with_secret(held))
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent)
    assert (done.code, done.err) == (1, f"a.zip: {what}{DAMAGED}\n")


@pytest.mark.parametrize(
    "name, old, new, what",
    [
        (CONFIGS, b'"id":13', b'"id":12', f"{CONFIGS}:2: the id 12, which another one has"),
        (CONFIGS, b'"id":13', b'"id":"13"', f"{CONFIGS}:2: a config without a number id"),
        (CONFIGS, b'"type":"NTP"', b'"type":5', f"{CONFIGS}:2: a config without a text type"),
        (categories_of(1), b'"name"', b'"nome"', f"{categories_of(1)}:1: a category without a text name"),
        (DEVICES, b'"id"', b'"ID"', f"{DEVICES}:1: a device without a number id"),
        (DEVICES, b"\n", b'\n{"id":7,"hwId":"009033000001"}\n', f"{DEVICES}:2: the id 7, which another one has"),
        (DOMAINS, b'"name"', b'"nome"', f"{DOMAINS}:1: a domain without a text name"),
        (DEVICES, b"\n", b'\n{"id":8}\n', f"{MANIFEST}: of devices it promises 1, and there are 2"),
    ],
)  # fmt: skip
async def test_a_forged_one_that_makes_no_sense(path: Path, name: str, old: bytes, new: bytes, what: str) -> None:
    edited(path, replaced(name, old, new), forge=True)
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent)
    assert done.code == 1
    assert f"a.zip: {what}{DAMAGED}\n" in done.err


async def test_many_mistakes_are_counted(path: Path) -> None:
    backup(path, [{"id": number} for number in range(9)])
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent)
    lines = done.err.splitlines()
    assert len(lines) == 6
    assert f"a.zip: {CONFIGS}: 4 more objects are wrong{DAMAGED}" in lines


async def test_a_file_of_no_domain(path: Path) -> None:
    edited(path, lambda files: files.update({"json/D2/configs.jsonl": b""}), forge=True)
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent)
    assert (done.code, done.err) == (
        1,
        f"a.zip: json/D2/configs.jsonl: it belongs to no domain of the backup{DAMAGED}\n",
    )


async def test_a_category_that_is_not_there_is_told_and_no_damage(path: Path) -> None:
    """A service may give such a config, and then every backup has it."""
    backup(path, [{**PHONE, "categories": [CATEGORY, {"id": 9}]}, NTP], counts=Counts(1, 1, 2, 1))
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent)
    assert (done.code, done.err) == (0, "")
    lost = "config[example.com/PHONE/HQ phones]"
    assert f"  remark    naming a category that the backup does not have: {lost}\n" in done.out


async def test_objects_that_say_to_be_of_another_domain_are_told_and_no_damage(path: Path) -> None:
    """As above."""
    backup(path, [{**PHONE, "domainId": 9}, {**NTP, "domainId": None}])
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent)
    assert (done.code, done.err) == (0, "")
    assert "remark    said by the server to be of another domain than the one that lists them: 1\n" in done.out


async def test_a_device_of_several_pieces_of_hardware_is_no_damage(path: Path) -> None:
    edited(path, replaced(DEVICES, b"\n", b'\n{"id":7,"hwId":"009033000002"}\n'), forge=True)
    edited(path, manifested(lambda document: document["counts"].update(devices=2)))
    done = await syncer("backup", "verify", "a.zip", cwd=path.parent)
    assert (done.code, done.err) == (0, "")
