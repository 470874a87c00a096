"""Trace files: private, complete up to the latest line, never in the way."""

import errno
import os
from pathlib import Path

import pytest

from syncer.errors import SyncerError
from syncer.files.traces import TraceFile

LINE = '{"time":"2026-05-04T09:30:00Z","event":"opened"}'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.trace"


@pytest.fixture
def warnings() -> list[str]:
    return []


def test_each_line_is_there_at_once_and_only_for_us(path: Path, warnings: list[str]) -> None:
    file = TraceFile(path, warnings.append)
    for count in (1, 2):
        file.write(LINE)
        assert path.read_text() == f"{LINE}\n" * count
    assert path.stat().st_mode & 0o777 == 0o600
    file.close()
    file.close()
    file.write(LINE)
    assert path.read_text() == f"{LINE}\n" * 2
    assert warnings == []


def test_a_trace_of_earlier_is_replaced_and_no_longer_for_others(path: Path, warnings: list[str]) -> None:
    path.write_text(f"{LINE}\n{LINE}\n")
    path.chmod(0o644)
    TraceFile(path, warnings.append).close()
    assert path.read_text() == ""
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content",
    [
        "version: 1\n",
        "{}",
        '{"format": "syncer-plan/1"}',
        '{"time":"2026-05-04T09:30:00Z","level":"info","msg":"of another program"}\n',
        '{"time":"today","event":"start"}\n',
        '{"time":',
        '{"time":"2026-05-04T09:30:00Z","event":"' + "x" * (1 << 17) + '"}\n',
    ],
)
def test_a_file_that_is_no_trace_is_left(path: Path, warnings: list[str], content: str) -> None:
    path.write_text(content)
    with pytest.raises(SyncerError) as caught:
        TraceFile(path, warnings.append)
    assert str(caught.value) == (
        f"the trace {path} cannot be written: it exists, and is no trace that could be replaced; name another file"
    )
    assert path.read_text() == content


def test_what_is_no_file(tmp_path: Path, warnings: list[str]) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "a.trace")
    os.mkfifo(tmp_path / "pipe")
    for name, why in {
        "link": "it is a symbolic link, which is not followed",
        "pipe": "not a file",
        ".": "Is a directory",
        "none/a.trace": "No such file or directory",
        "a\0b": "embedded null byte",
    }.items():
        with pytest.raises(SyncerError) as caught:
            TraceFile(tmp_path / name, warnings.append)
        assert f"cannot be written: {why}; name another file" in str(caught.value)
    assert not (tmp_path / "a.trace").exists()


def test_a_full_disk_ends_the_trace_with_one_warning(
    path: Path, warnings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = TraceFile(path, warnings.append)
    file.write(LINE)

    def full(_file: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        file.write(LINE)
    file.write(LINE)
    file.close()
    assert warnings == [f"{path} cannot be written any more, so the trace ends there: No space left on device"]
    assert path.read_text() == f"{LINE}\n"
