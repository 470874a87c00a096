"""What can go wrong while a backup is written: the former one survives, nothing is left behind, and it is told."""

import errno
import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from syncer.errors import SyncerError
from syncer.files import archive_lines, archive_manifest
from syncer.files.archives import as_line, new_archive, open_archive
from syncer.files.plans import create_beside
from syncer.model.backup import DOMAINS
from tests.files.backups import backup, manifest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return backup(tmp_path / "a.zip")


def written(path: Path, count: int = 1) -> None:
    with new_archive(path) as archiver:
        with archiver.entry(DOMAINS) as file:
            for _ in range(count):
                file.write(os.urandom(1000).hex())
        archiver.finish(manifest())


def told(path: Path) -> str:
    with pytest.raises(SyncerError) as caught:
        written(path)
    return str(caught.value).replace(str(path), "FILE")


def fails(number: int) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise OSError(number, os.strerror(number))

    return fail


class FullDisk:
    """A file on a disk with room for so many bytes."""

    def __init__(self, file: Any, room: int) -> None:
        self._file, self._room = file, room

    def write(self, content: bytes) -> int:
        if self._file.tell() + len(content) > self._room:
            fails(errno.ENOSPC)()
        return int(self._file.write(content))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@pytest.mark.parametrize("room", [0, 10, 100, 1000, 10_000, 16_000, 40_000])
def test_a_full_disk(path: Path, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    """Wherever it fills up: in a header, in the content, where an entry is closed, or in the directory."""
    before, opened = path.read_bytes(), os.fdopen
    monkeypatch.setattr(os, "fdopen", lambda *args: FullDisk(opened(*args), room))
    with pytest.raises(SyncerError) as caught:
        written(path, 100)
    assert str(caught.value) == (f"{path} cannot be written: No space left on device; the former backup is as it was")
    gc.collect()  # a zip that is forgotten tries to write its end
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("call", ["fsync", "open"])
def test_a_disk_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    monkeypatch.setattr(os, call, fails(errno.EIO))
    assert told(tmp_path / "new.zip") == "FILE cannot be written: Input/output error; no backup was made"
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("raised", [KeyboardInterrupt, ConnectionResetError, SyncerError("the server is gone")])
def test_whatever_happens_meanwhile(path: Path, raised: Any) -> None:
    """It is passed on as it is: a lost connection is no full disk."""
    before = path.read_bytes()

    def interrupted() -> None:
        with new_archive(path) as archiver, archiver.entry(DOMAINS) as file:
            file.write("x" * 100_000)
            raise raised

    with pytest.raises(raised if isinstance(raised, type) else SyncerError) as caught:
        interrupted()
    assert "cannot be written" not in str(caught.value)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_backup_of_any_version_and_an_empty_file_are_replaced(path: Path, tmp_path: Path) -> None:
    written(path)
    (tmp_path / "empty").touch(0o644)
    written(tmp_path / "empty")
    assert (tmp_path / "empty").stat().st_mode & 0o777 == 0o600
    for one in (path, tmp_path / "empty"):
        with open_archive(one) as archive:
            assert [stored.name for stored in archive.manifest.files] == [DOMAINS]


def test_nothing_else_is_replaced(tmp_path: Path) -> None:
    for name, content in (("a.txt", b"mine"), ("cut.zip", backup(tmp_path / "a.zip").read_bytes()[:-9])):
        (tmp_path / name).write_bytes(content)
        assert told(tmp_path / name) == "FILE is there, and is no backup; remove it, or name another file"
        assert (tmp_path / name).read_bytes() == content
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        assert told(tmp_path / name) == "FILE is there, and is no backup; remove it, or name another file"
    assert told(Path("/dev/null")) == "FILE is there, and is no backup; remove it, or name another file"


def test_what_came_there_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"

    def meanwhile() -> None:
        with new_archive(path) as archiver:
            path.write_text("mine")
            archiver.finish(manifest())

    with pytest.raises(SyncerError, match="is there, and is no backup"):
        meanwhile()
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_a_symbolic_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    before, link = path.read_bytes(), tmp_path / "latest.zip"
    link.symlink_to(path)
    assert told(link) == "FILE is a symbolic link; name the file itself"
    assert path.read_bytes() == before
    link.unlink()
    link.symlink_to(tmp_path / "nowhere")
    assert told(link) == "FILE is a symbolic link; name the file itself"


def test_names_that_are_none(tmp_path: Path) -> None:
    assert told(Path()) == "a file name is missing"
    assert told(tmp_path / "none" / "a.zip") == (
        "FILE cannot be written: No such file or directory; no backup was made"
    )
    assert told(tmp_path / ("x" * 300)).endswith("cannot be written: File name too long; no backup was made")


def test_what_an_earlier_crash_left_goes(path: Path) -> None:
    """It is as large as a backup, and may hold secrets."""
    descriptor, left = create_beside(path)
    os.close(descriptor)
    of_another, there = create_beside(path.with_name("b.zip"))
    os.close(of_another)
    written(path)
    assert sorted(path.parent.iterdir()) == sorted([path, *([left] if sys.platform == "win32" else []), there])


def test_what_another_backup_is_writing_stays(path: Path) -> None:
    with new_archive(path) as slow:
        written(path)
        slow.finish(manifest(syncer="slow"))
    with open_archive(path) as archive:
        assert archive.manifest.syncer == "slow"
    assert list(path.parent.iterdir()) == [path]


def test_it_writes_nothing_that_it_could_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_manifest, "MAX_ENTRIES", 1)
    assert told(tmp_path / "a.zip") == "the backup would have 1 files, more than could be read again"
    deep: Any = {}
    for _ in range(400):
        deep = {"a": deep}
    with pytest.raises(SyncerError, match="nested too deeply to be kept"):
        as_line(deep)
    monkeypatch.setattr(archive_lines, "MAX_LINE", 1024 * 1024)
    with pytest.raises(SyncerError, match="an object of more than 1 MiB, too large to be kept"):
        as_line({"script": "\N{OLD KEY}" * 100_000})
    assert list(tmp_path.iterdir()) == []
