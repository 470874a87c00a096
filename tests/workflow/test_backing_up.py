"""Backups of the embedded service: what goes wrong while they are written, and what is too much."""

import asyncio
import errno
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn
from zipfile import ZipFile

import pytest

from syncer import workflow
from syncer.cli.options import make_context
from syncer.devices.steady import Steady, read_steady
from syncer.emulator import Store
from syncer.errors import SyncerError
from syncer.files import rendering
from syncer.model.backed_up import BackedUp
from syncer.render.backed_up import backed_up_document, render_backed_up
from syncer.workflow import backing_up
from syncer.workflow.backup_writing import Notes

SETTINGS = "version: 1\nservers:\n  local: {url: 'emulator:.syncer/e.sqlite'}\nfiles: [domains]\n"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "r"
    (root / ".syncer").mkdir(parents=True)
    (root / "syncer.yaml").write_text(SETTINGS)
    with Store(root / ".syncer" / "e.sqlite") as store:
        for number in range(30):
            store.add_config(store.instance.id, {"type": "NTP", "desc": f"time {number}", "ntp1": "x" * 100})
        script = {"type": "EXPERT", "desc": "long", "script": "config write\n" * 20}
        store.add_config(store.instance.id, script)
    return root


def _back_up(repo: Path, **more: Any) -> BackedUp:
    return workflow.back_up(make_context(repo), workflow.BackingUp(repo / "b.zip", **more))


def _raise(exc: BaseException) -> Callable[..., NoReturn]:
    def raising(*_: object, **__: object) -> NoReturn:
        raise exc

    return raising


NO_SPACE = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
WHEN = [
    (backing_up, "write_json", KeyboardInterrupt(), KeyboardInterrupt, "^$"),
    (tempfile, "TemporaryFile", NO_SPACE, SyncerError, "a temporary file in"),
    (rendering._Pieces, "__iter__", NO_SPACE, SyncerError, "No space left on device; nothing was changed"),
]


@pytest.mark.parametrize("where,name,exc,caught,said", WHEN, ids=["ctrl-c", "no room", "no room any more"])
def test_what_ends_it_leaves_the_former_one(
    repo: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: Any,
    name: str,
    exc: BaseException,
    caught: type[BaseException],
    said: str,
) -> None:
    _back_up(repo)
    former, before = (repo / "b.zip").read_bytes(), sorted(repo.rglob("*"))
    monkeypatch.setattr(where, name, _raise(exc))
    with pytest.raises(caught, match=said):
        _back_up(repo)
    assert (repo / "b.zip").read_bytes() == former
    assert sorted(repo.rglob("*")) == before


def test_a_domain_that_no_yaml_file_can_hold(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file has it as JSON. In git it would look deleted, so nothing is committed."""
    monkeypatch.setattr(rendering, "MAX_YAML", 1000)
    done = _back_up(repo, git=repo / "h")
    too_large = "domain[example.com] is more than the 0 MiB that a file may have"
    assert done.notes == (f"{too_large}; it is in the backup as JSON only",)
    with ZipFile(repo / "b.zip") as archive:
        assert "yaml/example.com.yaml" not in archive.namelist()
        assert len(archive.read("json/D1/configs.jsonl").splitlines()) == 31
        assert json.loads(archive.read("manifest.json"))["notes"] == list(done.notes)
    assert not (repo / "h" / "domains").exists()
    assert render_backed_up(done).splitlines()[-1] == f"{repo / 'h'}: nothing was committed: {too_large}"
    assert json.loads(backed_up_document(done))["git"]["failure"] == f"nothing was committed: {too_large}"


def test_configs_of_one_name_are_told_apart(repo: Path) -> None:
    with Store(repo / ".syncer" / "e.sqlite") as store:
        first = store.configs(store.instance.id)[0].id
        twin = store.add_config(store.instance.id, {"type": "NTP", "desc": "time 0"})
    _back_up(repo)
    with ZipFile(repo / "b.zip") as archive:
        lines = archive.read("yaml/example.com.yaml").decode().splitlines()
    assert [line.strip() for line in lines if line.startswith("    id: ")] == [f"id: {first}", f"id: {twin}"]


def test_the_yaml_is_that_of_an_export(repo: Path) -> None:
    _back_up(repo)
    asyncio.run(workflow.export(make_context(repo), repo / "exported"))
    with ZipFile(repo / "b.zip") as archive:
        kept = {name.removeprefix("yaml/"): archive.read(name) for name in archive.namelist() if "yaml/" in name}
    files = [path for path in (repo / "exported").rglob("*") if path.is_file()]
    assert kept == {path.relative_to(repo / "exported").as_posix(): path.read_bytes() for path in files}


def test_what_never_kept_still_is_told(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def restless(*said: Any) -> Steady:
        return replace(await read_steady(*said), devices_moved=True, fields_moved=True, strange=("A", "B\x1b"))

    monkeypatch.setattr(backing_up, "read_steady", restless)
    done = _back_up(repo)
    assert done.notes == (
        "devices came and went all the time, so their list is that of one moment of the reading",
        "fields that syncer does not know changed all the time, so they are as at one moment of the reading",
        "events that syncer does not know came all the time, and it did not wait for their end: A, B\\x1b",
    )
    with ZipFile(repo / "b.zip") as archive:
        assert json.loads(archive.read("manifest.json"))["notes"] == list(done.notes)


def test_notes_are_bounded() -> None:
    notes = Notes()
    for number in range(1000):
        notes.add([f"note {number}"])
    assert len(notes.all) == 201
    assert notes.all[-1] == "only in the YAML: 800 more"
