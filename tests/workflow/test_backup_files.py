"""The domains of a backup as a service would give them."""

from pathlib import Path

import pytest
from pyrage import x25519

from syncer.errors import ProblemsError
from syncer.files.archives import open_archive
from syncer.files.sealing import KEY_FILE, Sealer
from syncer.model.state import CategoryRef
from syncer.model.values import Secret
from syncer.workflow.backup_files import live_domains
from tests.files.backups import CONFIGS, PHONE, backup, edited, replaced

IDENTITY = x25519.Identity.generate()
RECIPIENT = str(IDENTITY.to_public())
SEALED = Sealer([RECIPIENT], {}).seal("geheim \ud83d")


def test_live_domains(tmp_path: Path) -> None:
    media = {
        "id": 14,
        "type": "MEDIA",
        "turnServer": "t.example.com",
        "turnPassword": {"syncer-secret": "sealed", "age": SEALED},
    }
    path, key = backup(tmp_path / "a.zip", [PHONE, media]), tmp_path / "key.txt"
    key.write_text(str(IDENTITY))
    with open_archive(path) as archive:
        (domain,) = live_domains(archive, Sealer((), {KEY_FILE: str(key)}).unseal)
    assert [str(one.address) for one in domain.objects] == [
        "domain[example.com]",
        "category[example.com/Phones HQ]",
        "config[example.com/PHONE/HQ phones]",
        "config[example.com/MEDIA/]",
    ]
    assert domain.is_instance
    assert domain.configs[0].categories == (CategoryRef(3, "Phones HQ"),)
    assert domain.configs[1].fields["turnPassword"] == Secret("geheim \ud83d")


def test_live_domains_of_a_backup_that_makes_no_sense(tmp_path: Path) -> None:
    path = edited(backup(tmp_path / "a.zip"), replaced(CONFIGS, b'"id":13', b'"id":"13"'), forge=True)
    with open_archive(path) as archive, pytest.raises(ProblemsError) as caught:
        list(live_domains(archive, lambda _: None))
    assert str(caught.value) == (
        f"{path}: json/domains.jsonl: in the domain with id 1: a config without a number id; "
        "take another copy of it, or make it anew"
    )
