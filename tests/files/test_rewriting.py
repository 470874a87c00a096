"""Several files changed at once: all or none, modes and links kept, nothing left behind."""

import os
import stat
from pathlib import Path

import pytest

from syncer.errors import SyncerError
from syncer.files.rewriting import Rewrite, rewrite


def _files(folder: Path) -> list[Path]:
    paths = [folder / "a.yaml", folder / "b.yaml"]
    for path in paths:
        path.write_bytes(b"old\r\n")
    return paths


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _rewrites(paths: list[Path]) -> list[Rewrite]:
    return [Rewrite(path, b"old\r\n", path.name.encode()) for path in paths]


def test_all_of_them(tmp_path: Path) -> None:
    paths = _files(tmp_path)
    paths[0].chmod(0o640)
    mode = paths[0].stat().st_mode  # not quite that on Windows
    rewrite(_rewrites(paths))
    assert [path.read_bytes() for path in paths] == [b"a.yaml", b"b.yaml"]
    assert paths[0].stat().st_mode == mode
    assert _names(tmp_path) == ["a.yaml", "b.yaml"]


def test_through_a_link(tmp_path: Path) -> None:
    _, target = _files(tmp_path)
    link = tmp_path / "link.yaml"
    link.symlink_to("b.yaml")
    rewrite(_rewrites([link]))
    assert link.is_symlink()
    assert target.read_bytes() == b"link.yaml"


def test_one_that_changed_meanwhile(tmp_path: Path) -> None:
    paths = _files(tmp_path)
    paths[1].write_bytes(b"new")
    with pytest.raises(
        SyncerError, match=r"b\.yaml was changed meanwhile; nothing was written, run the command again$"
    ):
        rewrite(_rewrites(paths))
    assert [path.read_bytes() for path in paths] == [b"old\r\n", b"new"]
    assert _names(tmp_path) == ["a.yaml", "b.yaml"]


@pytest.mark.parametrize("after", [b"new", None])
def test_one_that_is_write_protected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bytes | None) -> None:
    paths = _files(tmp_path)
    paths[1].chmod(0o444)
    monkeypatch.setattr(os, "access", lambda path, _: bool(path.stat().st_mode & stat.S_IWUSR))  # root may everything
    with pytest.raises(SyncerError, match=r"b\.yaml is write-protected; nothing was written$"):
        rewrite([*_rewrites(paths[:1]), Rewrite(paths[1], b"old\r\n", after)])
    assert [path.read_bytes() for path in paths] == [b"old\r\n", b"old\r\n"]
    assert _names(tmp_path) == ["a.yaml", "b.yaml"]


def test_one_that_is_gone(tmp_path: Path) -> None:
    paths = _files(tmp_path)
    paths[1].unlink()
    with pytest.raises(SyncerError, match=r"b\.yaml: there is no such file; nothing was written$"):
        rewrite(_rewrites(paths))
    assert _names(tmp_path) == ["a.yaml"]


@pytest.mark.parametrize("problem", [OSError(28, "No space left on device", "b.yaml"), KeyboardInterrupt()])
def test_one_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: BaseException) -> None:
    paths = _files(tmp_path)
    paths[0].chmod(0o640)
    replace = Path.replace

    def fail_at_b(self: Path, target: Path) -> Path:
        if target.name == "b.yaml":
            raise problem
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail_at_b)
    told = r"^b\.yaml cannot be written: No space left on device; nothing was written$|^$"
    with pytest.raises((SyncerError, KeyboardInterrupt), match=told):
        rewrite(_rewrites(paths))
    assert [path.read_bytes() for path in paths] == [b"old\r\n", b"old\r\n"]
    assert stat.S_IMODE(paths[0].stat().st_mode) == 0o640
    assert _names(tmp_path) == ["a.yaml", "b.yaml"]


def test_what_cannot_be_put_back_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = _files(tmp_path)
    replace = Path.replace
    calls = []

    def fail_after_one(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) > 1:
            raise OSError(5, "Input/output error", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail_after_one)
    with pytest.raises(
        SyncerError, match=r"b\.yaml cannot be written: Input/output error; 1 of 2 files were replaced$"
    ):
        rewrite(_rewrites(paths))
    assert paths[0].read_bytes() == b"a.yaml"
    assert _names(tmp_path) == ["a.yaml", "b.yaml"]
