"""Journals on disk: what survives a crash, a full disk and a broken file, and what a person reads."""

import errno
import json
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.errors import JournalFailed, ProblemsError, SyncerError
from syncer.files import journals
from syncer.files.journals import JournalFile, SaysNothing, ending_in, journals_of, read_journal
from syncer.model.journal import Begun, Closed, Ended, Entry, History, Image, Phase, to_line
from syncer.model.plan import Ending, Result
from tests.model.journals import beginning, entries, histories, plan_of, write_of

NAME = "20261123T195622.123456Z-1a2b3c4d"
CLOSED = Closed(Ending.APPLIED, "2026-11-23T20:00:00+00:00")
KEEP = "keep it, since it may tell what was written; see where things stand with `syncer plan`"
WRITABLE = "see to it that it can be written: without a journal, syncer writes nothing to a server"
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights and limits")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[JournalFile]:
    with JournalFile.create(tmp_path / "journal", NAME) as made:
        yield made


def _write(path: Path, *written: Entry) -> Path:
    path.write_text("".join(json.dumps(to_line(entry)) + "\n" for entry in written))
    return path


def _fill(journal: JournalFile, *written: Entry) -> None:
    for entry in written:
        journal.append(entry)


def _told(path: Path) -> str:
    with pytest.raises(ProblemsError) as caught:
        read_journal(path)
    return str(caught.value).replace(str(path), "FILE")


def test_what_was_written_is_read(journal: JournalFile) -> None:
    first = [*beginning(2), *write_of(0, Result.APPLIED, reason="\ud83d\x1b[2J"), CLOSED]
    _fill(journal, *first)
    journal.sync()

    history = read_journal(journal.path)

    assert [history.opened, *history.entries] == first
    assert history.ending is Ending.APPLIED
    assert journal.path.name == f"{NAME}.jsonl"
    assert journal.path.read_bytes().isascii()


@posix
def test_a_journal_is_its_owners(journal: JournalFile) -> None:
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700


def test_a_journal_is_never_written_over(journal: JournalFile) -> None:
    with pytest.raises(
        JournalFailed, match=rf"^the journal .*{NAME}.jsonl cannot be made: File exists; see to it that"
    ):
        JournalFile.create(journal.path.parent, NAME)


@posix
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(JournalFailed, match="cannot be made: File exists"):
        JournalFile.create(tmp_path, NAME)
    target = _write(tmp_path / "target", *beginning(1))
    (tmp_path / "link.jsonl").symlink_to(target)
    with pytest.raises(JournalFailed, match="cannot be opened: "):
        JournalFile.reopen(tmp_path / "link.jsonl")


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "no/such"])
def test_a_journal_that_cannot_be_made(tmp_path: Path, name: str) -> None:
    with pytest.raises(JournalFailed, match=r"cannot be made: .*; see to it that it can be written: without a journal"):
        JournalFile.create(tmp_path, name)


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("")
    with pytest.raises(JournalFailed, match="cannot be made: "):
        JournalFile.create(tmp_path / "journal", NAME)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(histories())
def test_any_history_is_read_as_it_was_written(tmp_path: Path, history: History) -> None:
    path = tmp_path / "a.jsonl"
    path.unlink(missing_ok=True)
    with JournalFile.create(tmp_path, "a") as journal:
        _fill(journal, history.opened, *history.entries)
    assert read_journal(path) == history


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(histories(), st.integers(0), st.booleans())
def test_a_journal_that_was_cut_anywhere_reads_as_its_beginning(
    tmp_path: Path, history: History, at: int, resumed: bool
) -> None:
    path = _write(tmp_path / "a.jsonl", history.opened, *history.entries)
    content = path.read_bytes()
    cut = at % (len(content) + 1)
    path.write_bytes(content[:cut])

    try:
        read = read_journal(path)
    except SaysNothing:
        assert cut < content.index(b"\n")
        return

    assert read.opened == history.opened
    assert read.entries == history.entries[: len(read.entries)]
    assert len(read.entries) >= content[:cut].count(b"\n") - 1
    if resumed:
        with JournalFile.reopen(path) as journal:
            journal.append(CLOSED)
        assert read_journal(path) == History(read.opened, (*read.entries, CLOSED))


@pytest.mark.parametrize("tail", [b"{", b'{"entry": "beg', b"\0" * 300, b"\xff\xfe", b"[" * 100_000, b"NaN"])
def test_one_torn_last_line_is_left_out(tmp_path: Path, tail: bytes) -> None:
    path = _write(tmp_path / "a.jsonl", *beginning(1))
    whole = path.read_bytes()
    path.write_bytes(whole + tail)

    assert len(read_journal(path).entries) == 1
    with JournalFile.reopen(path):
        pass
    assert path.read_bytes() == whole


def test_a_last_line_that_lacks_only_its_end_counts(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", *beginning(1), Begun(0, Phase.APPLY))
    path.write_bytes(path.read_bytes()[:-1])

    assert read_journal(path).begun == {0}
    with JournalFile.reopen(path) as journal:
        journal.append(CLOSED)
    assert read_journal(path).entries[1:] == (Begun(0, Phase.APPLY), CLOSED)


def test_a_backup_is_no_journal_that_may_be_deleted(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"PK\x03\x04\x14\0")
    assert _told(tmp_path / "a.jsonl") == (
        "FILE: this is a zip, such as a backup, not the journal; name another file; `syncer restore` takes a backup"
    )


@pytest.mark.parametrize("content", [b"", b"\0\0", b'{"entry": "opened", "fo'])
def test_a_journal_that_breaks_off_at_once_says_that_nothing_was_written(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jsonl").write_bytes(content)
    assert _told(tmp_path / "a.jsonl") == (
        "FILE: the journal breaks off before its first entry is whole; "
        "nothing was written to a server under it, so it may be deleted"
    )
    with pytest.raises(SaysNothing):
        read_journal(tmp_path / "a.jsonl")


def _line(number: int, **changed: Any) -> str:
    written = [*beginning(1), *write_of(0, Result.APPLIED), CLOSED]
    return json.dumps({**to_line(written[number]), **changed})


BEGINNING = [_line(0), _line(1)]


@pytest.mark.parametrize(
    "lines, told",
    [
        ([_line(1)], "FILE:1:1: a journal begins with the entry opened"),
        ([*BEGINNING, _line(0)], "FILE:3:1: a journal is opened only once"),
        ([_line(0), _line(2)], "FILE:2:1: change 0 is begun, but not told as it was before"),
        ([*BEGINNING, _line(2, change=1)], "FILE:3:1: change: the plan has no change 1"),
        ([*BEGINNING, _line(3, change=10**30)], f"FILE:3:1: change: the plan has no change {10**30}"),
        ([_line(0), _line(1, change=0.0)], "FILE:2:1: change: the plan has no change 0.0"),
        ([*BEGINNING, _line(2, change=-1)], "FILE:3:1: begun/change: change: -1 is not a whole number from 0 up"),
        ([*BEGINNING, _line(2, change=True)], "FILE:3:1: begun/change: change is true, not a whole number from 0 up"),
        ([*BEGINNING, "", _line(2)], "FILE:3:1: no JSON: Expecting value"),
        ([*BEGINNING, '{"entry": "beg', _line(2)], "FILE:3:11: no JSON: Unterminated string starting at"),
        ([*BEGINNING, "[" * 100_000], "FILE:3:1: nested too deeply"),
        ([*BEGINNING, '{"entry": NaN}'], "FILE:3:1: NaN is no number"),
        ([*BEGINNING, '{"entry": 1e999}'], "FILE:3:1: a number beyond all bounds is no number"),
        ([*BEGINNING, '{"entry": "\udcff"}'], "FILE:3:1: no UTF-8 text"),
        ([*BEGINNING, "[]"], "FILE:3:1: entry: null is not one of opened, before, begun, ended, closed"),
        ([*BEGINNING, '{"entry": "\\u001b[2J"}'],
         r"FILE:3:1: entry: \x1b[2J is not one of opened, before, begun, ended, closed"),
        ([*BEGINNING, '{"entry": {}}'],
         "FILE:3:1: entry: a mapping is not one of opened, before, begun, ended, closed"),
        ([*BEGINNING, _line(3, result="done")],
         ("FILE:3:1: ended/result: result: done is not one of applied, unchanged, refused, failed, unknown, "
          "rolled back, not tried")),
        ([_line(0, format="syncer-journal/2")],
         "FILE:1:1: opened/format: format: syncer-journal/2 is not syncer-journal/1"),
        ([_line(0, plan={})], "FILE:1:1: opened/plan: changes is missing"),
        ([_line(0), _line(1, image={})], "FILE:2:1: before/image: address is missing"),
        ([_line(0), _line(1, address=["planet", "a", "b", "c"])],
         "FILE:2:1: before/address/0: an item of address: planet is not one of domain, category, config"),
        ([*BEGINNING, _line(4, more=1)], "FILE:3:1: closed/more: unknown key more"),
    ],
)  # fmt: skip
def test_a_broken_journal(tmp_path: Path, lines: list[str], told: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))
    assert _told(path).splitlines()[0] == f"{told}; {KEEP}"


def test_an_address_in_the_plan_that_is_none(tmp_path: Path) -> None:
    opened = to_line(beginning(1)[0])
    opened["plan"]["changes"][0]["address"] = "config[\x1b"
    (tmp_path / "a.jsonl").write_text(json.dumps(opened) + "\n")
    assert _told(tmp_path / "a.jsonl") == rf"FILE:1:1: config[\x1b is no address; {KEEP}"


def test_a_journal_that_is_not_there_or_none(tmp_path: Path) -> None:
    assert _told(tmp_path / "none.jsonl") == "FILE: there is no such file; correct the name"
    assert _told(tmp_path) == "FILE: not a file; name a file"
    with pytest.raises(JournalFailed, match=r"cannot be opened: there is no such file; correct the name$"):
        JournalFile.reopen(tmp_path / "none.jsonl")


def test_a_journal_that_is_too_large_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "MAX_READ", 2**20)
    (tmp_path / "a.jsonl").write_bytes(b" " * (2**20 + 1))
    assert _told(tmp_path / "a.jsonl") == "FILE: larger than 1 MiB; split it"


def test_nothing_is_announced_that_could_not_be_read_again(
    journal: JournalFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(journal, *beginning(1))
    monkeypatch.setattr(journals, "MAX_WRITTEN", journal.path.stat().st_size)
    with pytest.raises(JournalFailed, match=r"would be larger than 0 MiB; apply it in parts with --only$"):
        journal.append(Begun(0, Phase.APPLY))
    _fill(journal, Ended(0, Phase.APPLY, Result.NOT_TRIED), CLOSED)  # how it came out is told all the same
    assert len(read_journal(journal.path).entries) == 3


def test_an_object_that_no_file_can_keep(journal: JournalFile) -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    opened, before = beginning(1)
    journal.append(opened)
    address = plan_of(1).changes[0].address
    for value in (deep, float("nan")):
        image = Image(address, 1, 1, {}, {"x": value})
        with pytest.raises(JournalFailed, match="cannot keep an object as it was: it is nested too deeply, or holds"):
            journal.append(Begun(0, Phase.APPLY, image))
    journal.append(before)
    assert read_journal(journal.path).entries == (before,)


def _short(limit: int, error: int | None) -> Any:
    """A disk that takes a few bytes a time, and that is full after so many."""
    real, room = os.write, [limit]

    def write(descriptor: int, content: bytes | memoryview) -> int:
        if room[0] <= 0 and error is not None:
            raise OSError(error, os.strerror(error))
        written = real(descriptor, bytes(content[: min(7, room[0])] if error is not None else content[:7]))
        room[0] -= written
        return written

    return write


def test_short_writes_are_gone_on_with(journal: JournalFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", _short(0, None))
    _fill(journal, *beginning(2))
    assert len(read_journal(journal.path).entries) == 2


@pytest.mark.parametrize(
    "error, told",
    [
        (errno.ENOSPC, "No space left on device; make room for it"),
        (errno.EFBIG, "File too large; make room for it"),
        (errno.EIO, f"Input/output error; {WRITABLE}"),
        (errno.EROFS, f"Read-only file system; {WRITABLE}"),
    ],
)
@pytest.mark.parametrize("room", [0, 1, 30])
def test_a_full_disk_leaves_whole_lines_and_goes_on_when_there_is_room(
    journal: JournalFile, error: int, told: str, room: int
) -> None:
    _fill(journal, *beginning(1))
    whole = journal.path.read_bytes()
    for _ in range(2):
        with pytest.MonkeyPatch.context() as full:
            full.setattr(os, "write", _short(room, error))
            with pytest.raises(JournalFailed) as caught:
                journal.append(Begun(0, Phase.APPLY))
        assert str(caught.value) == f"the journal {journal.path} cannot be written: {told}"
        assert caught.value.path == journal.path
        assert journal.path.read_bytes() == whole

    _fill(journal, Begun(0, Phase.APPLY), CLOSED)

    assert read_journal(journal.path).entries[1:] == (Begun(0, Phase.APPLY), CLOSED)


def test_a_torn_line_that_cannot_be_cut_off_is_cut_off_later(journal: JournalFile) -> None:
    _fill(journal, *beginning(1))
    whole = journal.path.read_bytes()

    def fail(descriptor: int, size: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(os, "write", _short(20, errno.ENOSPC))
        broken.setattr(os, "ftruncate", fail)
        with pytest.raises(JournalFailed, match="No space left"):
            journal.append(Begun(0, Phase.APPLY))
        assert len(journal.path.read_bytes()) == len(whole) + 20
        assert len(read_journal(journal.path).entries) == 1
        with pytest.raises(JournalFailed, match="Input/output error"):
            journal.append(CLOSED)

    journal.append(CLOSED)

    assert read_journal(journal.path).entries[1:] == (CLOSED,)


FULL_DISK = """
import resource, sys
from pathlib import Path
from syncer.errors import JournalFailed
from syncer.files.journals import JournalFile, read_journal
from syncer.model.journal import Begun, Phase
from tests.model.journals import beginning
journal = JournalFile.create(Path(sys.argv[1]), "a")
for entry in beginning(1):
    journal.append(entry)
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (journal.path.stat().st_size + 40, hard))
try:
    journal.append(Begun(0, Phase.APPLY))
except JournalFailed as exc:
    print(exc.what, len(read_journal(journal.path).entries), journal.path.read_bytes()[-1:])
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
journal.append(Begun(0, Phase.APPLY))
journal.sync()
print(len(read_journal(journal.path).entries))
"""


@posix
def test_a_real_limit_of_the_system(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", FULL_DISK, tmp_path], cwd=root, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("cannot be written: File too large 1 b'\\n'\n2\n", "")


def test_a_sync_that_failed_is_never_believed_again(journal: JournalFile) -> None:
    _fill(journal, *beginning(1))

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(os, "fsync", fail)
        with pytest.raises(JournalFailed, match=f"cannot be written: Input/output error; {WRITABLE}$"):
            journal.sync()
    with pytest.raises(JournalFailed, match="cannot be written: Input/output error"):
        journal.sync()
    journal.append(CLOSED)
    assert read_journal(journal.path).ending is Ending.APPLIED


def test_a_sync_runs_beside_appends_and_before_a_close(journal: JournalFile, monkeypatch: pytest.MonkeyPatch) -> None:
    _fill(journal, *beginning(1))
    under_way, go_on = threading.Event(), threading.Event()
    told: list[str] = []

    def slow(descriptor: int) -> None:
        under_way.set()
        go_on.wait(10)
        os.fstat(descriptor)  # EBADF if it was closed meanwhile
        told.append("synced")

    def close() -> None:
        journal.close()
        told.append("closed")

    monkeypatch.setattr(os, "fsync", slow)
    syncing, closing = threading.Thread(target=journal.sync), threading.Thread(target=close)
    syncing.start()
    under_way.wait(10)
    journal.append(Begun(0, Phase.APPLY))
    closing.start()
    time.sleep(0.05)
    assert told == []
    go_on.set()
    syncing.join(10)
    closing.join(10)
    assert told == ["synced", "closed"]
    assert read_journal(journal.path).begun == {0}


def test_a_closed_journal_takes_nothing_more(journal: JournalFile) -> None:
    journal.close()
    journal.close()
    with pytest.raises(JournalFailed, match=r"is closed$"):
        journal.append(CLOSED)
    with pytest.raises(JournalFailed, match=r"is closed$"):
        journal.sync()


def test_journals_are_listed_oldest_first(tmp_path: Path) -> None:
    for name in ("20270101T000000.000000Z-00000000.jsonl", f"{NAME}.jsonl", "README", ".hidden.jsonl", "a.json"):
        (tmp_path / name).write_text("")
    (tmp_path / "20250101T000000.000000Z-00000000.jsonl").mkdir()
    assert [path.name for path in journals_of(tmp_path)] == [
        "20250101T000000.000000Z-00000000.jsonl",
        f"{NAME}.jsonl",
        "20270101T000000.000000Z-00000000.jsonl",
    ]
    assert journals_of(tmp_path / "none") == []


def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("")
    with pytest.raises(SyncerError, match=r"^the folder of journals .*journal cannot be read: Not a directory$"):
        journals_of(tmp_path / "journal")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(entries(0), max_size=3))
def test_the_ending_is_found_without_reading_it_all(tmp_path: Path, more: list[Entry]) -> None:
    path = _write(tmp_path / "a.jsonl", *beginning(1), *more)
    short = [entry for entry in more if not isinstance(entry, Closed) or len(entry.closed) < 100]
    assert ending_in(path) == read_journal(path).ending or short != more


@pytest.mark.parametrize("content", [b"", b"\n", b"[]\n", b'{"entry": "closed"}\n', b"\xff\n", b"[" * 5000])
def test_no_ending_in_what_is_broken(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jsonl").write_bytes(content)
    assert ending_in(tmp_path / "a.jsonl") is None
    assert ending_in(tmp_path / "none.jsonl") is None
    assert ending_in(tmp_path) is None


def test_thousands_of_changes_are_read(tmp_path: Path) -> None:
    changes = 2000
    writes = (entry for number in range(changes) for entry in write_of(number, Result.APPLIED))
    path = _write(tmp_path / "a.jsonl", *beginning(changes), *writes, CLOSED)
    history = read_journal(path)
    assert history.count(Result.APPLIED) == changes
    assert all(history.before(number).change == number for number in range(changes))
