"""A backup file as it is written and read again."""

import json
import stat
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from syncer.errors import SyncerError
from syncer.files.archives import as_line, new_archive, open_archive
from syncer.files.plans import strict_json
from syncer.files.schemas import complaints
from syncer.model.backup import (
    DEVICES,
    DOMAINS,
    MANIFEST,
    Counts,
    SecretsAre,
    categories_of,
    configs_of,
    from_document,
    to_document,
)
from tests.files.backups import CATEGORY, CONFIGS, DEVICE, NTP, PHONE, YAML, backup, manifest

MIB = 1024 * 1024


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    with open_archive(backup(tmp_path / "a.zip")) as archive:
        (domain,) = archive.domains()
        assert (domain.id, domain.raw["name"]) == (1, "example.com")
        assert list(domain.categories) == [CATEGORY]
        assert list(domain.configs) == [PHONE, NTP]
        assert list(archive.devices()) == [DEVICE]
        assert b"".join(archive.pieces(YAML)).decode() == "domain: example.com\n# grüße\n"
        assert [one.name for one in archive.manifest.files] == [DOMAINS, categories_of(1), CONFIGS, DEVICES, YAML]


def test_other_tools_can_read_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(backup(tmp_path / "a.zip")) as opened:
        assert opened.testzip() is None
        assert opened.namelist()[-1] == MANIFEST
        lines = opened.read(CONFIGS).decode("ascii").splitlines()
    assert [json.loads(line) for line in lines] == [PHONE, NTP]


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    assert stat.S_IMODE(backup(tmp_path / "a.zip").stat().st_mode) == 0o600


def test_backups_of_one_state_differ_in_their_manifests_only(tmp_path: Path) -> None:
    one, same = backup(tmp_path / "1.zip"), backup(tmp_path / "2.zip")
    later = backup(tmp_path / "3.zip", created="2026-11-26T16:00:00Z")
    assert one.read_bytes() == same.read_bytes()
    with zipfile.ZipFile(one) as first, zipfile.ZipFile(later) as second:
        pairs = list(zip(first.infolist(), second.infolist(), strict=True))
    assert [a.filename for a, b in pairs if a.CRC != b.CRC] == [MANIFEST]
    assert {one.date_time for pair in pairs for one in pair} == {(1980, 1, 1, 0, 0, 0)}


def test_the_manifest_is_a_document_of_ours_there_and_back(tmp_path: Path) -> None:
    written = manifest(
        secrets=SecretsAre.SEALED,
        recipients=("age1abc",),
        reads_back={"PHONE": {"frameSize": 0}},
        write_only=frozenset({"logPassword"}),
        notes=("a \ud83d half",),
        admin=False,
    )
    document = strict_json(json.dumps(to_document(written)))
    assert list(complaints("backup", document)) == []
    assert from_document(document) == written
    with new_archive(tmp_path / "a.zip") as archiver:
        archiver.finish(written)
    with open_archive(tmp_path / "a.zip") as archive:
        assert archive.manifest == written
        assert list(archive.devices()) == []


def test_lines_keep_what_json_can_say() -> None:
    odd = {"b": 1.0, "a": 1, "\ud83d": "\udc00\u2028\x7f\x00", "n": 10**30, "": [None, True, -0.0, {"x": []}]}
    assert as_line(odd).isascii()
    assert as_line(odd).count("\n") == 1
    assert list(json.loads(as_line(odd)).items()) == list(odd.items())


@pytest.mark.parametrize(
    "name, why",
    [
        ("../x", "a name that climbs out of its folder"),
        (DOMAINS.upper(), "a name that is there already"),
        (MANIFEST, "a name that is there already"),
        (f"json/D{10**1200}/configs.jsonl", "too long a name"),
    ],
)
def test_an_archiver_writes_no_name_that_it_would_not_read(tmp_path: Path, name: str, why: str) -> None:
    with new_archive(tmp_path / "a.zip") as archiver:
        with archiver.entry(DOMAINS):
            pass
        with pytest.raises(SyncerError, match=f"{why}: {name[:200]}"), archiver.entry(name):
            pass


def test_large_ones_with_zip64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More files, and more bytes, than the first zip could count; its limits are lowered so that a few are enough."""
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 3)
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    path = backup(tmp_path / "a.zip")
    assert b"PK\x06\x06" in path.read_bytes()
    monkeypatch.undo()
    with open_archive(path) as archive:
        assert list(archive.objects(CONFIGS)) == [PHONE, NTP]


def test_a_large_one_is_never_in_memory(tmp_path: Path) -> None:
    """Some 40 MiB in objects of 20 KiB: the peak is that of a few pieces, there and back."""
    count, script = 2048, "mod cmd UP0 " * 1700
    tracemalloc.start()
    try:
        with new_archive(tmp_path / "a.zip") as archiver:
            with archiver.entry(configs_of(1)) as file:
                for number in range(count):
                    file.write(as_line({"id": number, "type": "EXPERT", "script": script}))
            archiver.finish(manifest(counts=Counts(0, 0, count, 0)))
        with open_archive(tmp_path / "a.zip") as archive:
            assert archive.manifest.files[0].size > 32 * MIB
            assert sum(1 for _ in archive.objects(configs_of(1))) == count
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12 * MIB


def test_all_of_it_or_nothing(tmp_path: Path) -> None:
    path = backup(tmp_path / "a.zip")
    before = path.read_bytes()
    with new_archive(path) as archiver, archiver.entry(DOMAINS) as file:
        file.write("half of it")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
