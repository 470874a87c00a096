"""One apply at a time for each server of a repository: held by real processes, also ones that are killed."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from syncer.errors import Locked, SyncerError
from syncer.files.locks import Holder, lock_server

MINE = Holder(os.getpid(), "bert", "elsewhere", "syncer apply", "2026-01-01T12:00:12+00:00")
AT_NOON = "2026-01-01T12:00:00+00:00"
THEN = "wait for it to end, or end it; nothing was written"
UNKNOWN = f"another syncer is at work on production; {THEN}"
HOLD = """
import subprocess, sys
from pathlib import Path
from syncer.files.locks import Holder, lock_server
root, server, pid, host, since = sys.argv[1:6]
import os
with lock_server(Path(root), server, Holder(int(pid) or os.getpid(), "anna", host, "syncer apply", since)):
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    print("held", flush=True)
    sys.stdin.read()
    child.stdin.close()
    child.wait()
"""

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and signals of POSIX")
needs_user = pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may write everywhere")


@contextmanager
def holding(
    root: Path, server: str = "production", *, pid: int = 4711, host: str = "buildhost", since: str = AT_NOON
) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a lock (pid 0: it tells its own), and has a child of its own."""
    command = [sys.executable, "-c", HOLD, str(root), server, str(pid), host, since]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def refused(root: Path, mine: Holder = MINE, server: str = "production") -> str:
    """What is told where another holds it."""
    with pytest.raises(Locked) as caught, lock_server(root, server, mine):
        pass
    assert "\n" not in str(caught.value)
    return str(caught.value)


def is_free(root: Path, server: str = "production") -> bool:
    with lock_server(root, server, MINE):
        return True


def files(root: Path) -> dict[str, Path]:
    """The lock and what stands beside it, by their endings."""
    return {path.suffix: path for path in (root / ".syncer" / "locks").iterdir()}


def test_another_process_holds_it(tmp_path: Path) -> None:
    with holding(tmp_path):
        told = refused(tmp_path)
        assert is_free(tmp_path, "local")
    assert told == f"another syncer apply is at work on production: process 4711 of anna on buildhost, for 12 s; {THEN}"
    assert is_free(tmp_path)


@needs_posix
def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    """Nor does the child that outlives it; and its name does not stand for whoever holds the lock next."""
    with holding(tmp_path, pid=0, host=MINE.host) as killed:
        assert f"process {killed.pid} of anna" in refused(tmp_path)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert json.loads(files(tmp_path)[".json"].read_text())["pid"] == killed.pid
        with lock_server(tmp_path, "production", MINE):
            assert json.loads(files(tmp_path)[".json"].read_text())["pid"] == os.getpid()
            assert f"process {os.getpid()} of bert" in refused(tmp_path)


@needs_posix
def test_one_that_took_over_and_did_not_tell_its_name_yet(tmp_path: Path) -> None:
    import fcntl

    with holding(tmp_path, pid=0, host=MINE.host) as killed:
        killed.send_signal(signal.SIGKILL)
    with files(tmp_path)[".lock"].open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert refused(tmp_path) == UNKNOWN


def test_nothing_stays_but_the_lock(tmp_path: Path) -> None:
    with suppress(ZeroDivisionError), lock_server(tmp_path, "production", MINE):
        assert json.loads(files(tmp_path)[".json"].read_text()) == {
            "pid": os.getpid(),
            "user": "bert",
            "host": "elsewhere",
            "command": "syncer apply",
            "since": "2026-01-01T12:00:12+00:00",
        }
        raise ZeroDivisionError
    assert set(files(tmp_path)) <= {".lock"}
    assert (tmp_path / ".syncer" / ".gitignore").read_text() == "*\n"


@needs_posix
def test_for_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with lock_server(tmp_path, "production", MINE):
            modes = {stat.S_IMODE(path.stat().st_mode) for path in files(tmp_path).values()}
            folder = stat.S_IMODE((tmp_path / ".syncer" / "locks").stat().st_mode)
    finally:
        os.umask(before)
    assert (modes, folder) == ({0o600}, 0o700)


NAMES = ["", ".", "..", "a/b", "a\\b", "a b", "A b", "a_b", "é", "e\u0301", "con", "\0", "\ud800", "x" * 300, "x" * 301]


def test_a_lock_for_every_name(tmp_path: Path) -> None:
    with ExitStack() as held:
        for name in NAMES:
            held.enter_context(lock_server(tmp_path, name, MINE))
        found = [path.name for path in (tmp_path / ".syncer").rglob("*.lock")]
    assert [path.name for path in tmp_path.iterdir()] == [".syncer"]
    assert len({name.lower() for name in found}) == len(NAMES)
    assert all(name.isascii() and len(name) < 80 for name in found)


def test_a_hostile_name_is_told_harmlessly(tmp_path: Path) -> None:
    with lock_server(tmp_path, "a\x1b[31m", MINE):
        assert refused(tmp_path, server="a\x1b[31m").startswith(r"another syncer apply is at work on a\x1b[31m: ")


SAID = {"pid": 1, "user": "anna", "host": "h", "command": "syncer apply", "since": AT_NOON}


@pytest.mark.parametrize(
    "said",
    [
        "",
        "{",
        '{"pid": 1',
        "[]",
        "null",
        "7",
        "[" * 100_000,
        '{"pid": 1}',
        "\ud800",
        json.dumps(SAID | {"pid": "1"}),
        json.dumps(SAID | {"pid": True}),
        json.dumps(SAID | {"pid": -1}),
        json.dumps(SAID | {"pid": 10**400}),
        "9" * 5000,
        json.dumps(SAID | {"user": None}),
        json.dumps(SAID | {"more": 1}),
        json.dumps(SAID | {"user": "x" * 100_000}),
    ],
)
def test_a_holder_that_cannot_be_read(tmp_path: Path, said: str) -> None:
    with lock_server(tmp_path, "production", MINE):
        files(tmp_path)[".json"].write_bytes(said.encode("utf-8", "surrogatepass"))
        assert refused(tmp_path) == UNKNOWN


def test_no_holder_at_all(tmp_path: Path) -> None:
    with lock_server(tmp_path, "production", MINE):
        files(tmp_path)[".json"].unlink()
        assert refused(tmp_path) == UNKNOWN


@needs_posix
def test_a_holder_that_is_no_file(tmp_path: Path) -> None:
    with lock_server(tmp_path, "production", MINE):
        beside = files(tmp_path)[".json"]
        beside.unlink()
        os.mkfifo(beside)
        assert refused(tmp_path) == UNKNOWN


def test_a_hostile_holder(tmp_path: Path) -> None:
    hostile = {"pid": 7, "user": "\x1b[2J\n\u202e", "host": "h" * 1000, "command": "a\r\nb", "since": AT_NOON}
    with lock_server(tmp_path, "production", MINE):
        files(tmp_path)[".json"].write_text(json.dumps(hostile))
        told = refused(tmp_path)
    assert told.startswith("another a\\r\\nb is at work on production: process 7 of \\x1b[2J\\n\\u202e on hhh")
    assert len(told) < 300


@pytest.mark.parametrize(
    "since, age",
    [
        (AT_NOON, ", for 12 s"),
        ("2026-01-01T12:00:12Z", ", for 0 s"),
        ("2027-01-01T12:00:00Z", ", for 0 s"),
        ("2026-01-01T11:58:13Z", ", for 119 s"),
        ("2026-01-01T11:58:12Z", ", for 2 min"),
        ("2026-01-01T14:00:00+03:00", ", for 60 min"),
        ("2026-01-01T10:00:00Z", ", for 2 h"),
        ("2025-12-01T10:00:00Z", ", for 31 d"),
        ("2026-01-01T12:00:00", ""),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_for_how_long(tmp_path: Path, since: str, age: str) -> None:
    other = Holder(7, "anna", "h", "syncer recover", since)
    with lock_server(tmp_path, "production", other):
        assert (
            refused(tmp_path) == f"another syncer recover is at work on production: process 7 of anna on h{age}; {THEN}"
        )


def broken(root: Path) -> str:
    with pytest.raises(SyncerError) as caught, lock_server(root, "production", MINE):
        pass
    assert caught.value.exit_code == 1
    assert not isinstance(caught.value, Locked)
    return str(caught.value)


@needs_posix
def test_a_link_to_elsewhere(tmp_path: Path) -> None:
    """Neither the lock nor what stands beside it touches the target."""
    target = tmp_path / "target"
    target.write_text("precious")
    with lock_server(tmp_path, "production", MINE):
        beside, lock = files(tmp_path)[".json"], files(tmp_path)[".lock"]
    beside.symlink_to(target)
    assert is_free(tmp_path)
    lock.unlink(missing_ok=True)
    lock.symlink_to(target)
    assert broken(tmp_path).startswith(f"the lock {lock} cannot be had: ")
    assert target.read_text() == "precious"


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    with lock_server(tmp_path, "production", MINE):
        lock = files(tmp_path)[".lock"]
    lock.unlink(missing_ok=True)
    lock.mkdir()
    assert "cannot be had: " in broken(tmp_path)
    assert broken(tmp_path).endswith("; nothing was written")


@pytest.mark.parametrize("name", [".syncer", ".syncer/locks"])
def test_a_file_in_place_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    assert "cannot be made or written" in broken(tmp_path)


@needs_posix
@needs_user
def test_a_folder_that_nobody_may_write(tmp_path: Path) -> None:
    assert is_free(tmp_path)
    folder = tmp_path / ".syncer" / "locks"
    for path in folder.iterdir():
        path.unlink()
    folder.chmod(0o500)
    try:
        assert "Permission denied" in broken(tmp_path)
    finally:
        folder.chmod(0o700)


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who cannot tell its name holds no lock: another apply would be refused without a reason."""

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert "cannot be written: No space left on device" in broken(tmp_path)
    assert is_free(tmp_path)
    assert set(files(tmp_path)) <= {".lock"}
