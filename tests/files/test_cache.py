"""What is kept of parsed files: never anything but a way to be faster."""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from syncer.errors import ProblemsError
from syncer.files import cache as cache_module
from syncer.files import sources
from syncer.files.cache import Cache
from syncer.files.documents import Map, Parsed, parse
from syncer.files.load import load_desired
from syncer.files.resolved import resolved_text
from syncer.files.settings import load_settings
from syncer.model.state import Desired
from tests.files.conftest import SETTINGS, Repository
from tests.files.layouts import texts

TEXT = """# a comment
domain: example.com
vars: {host: media.example.com, ports: [1, 2.5, null, true, "0x1F", 0x1F]}
categories:
  - name: Phones
configs:
  - &phone
    type: PHONE
    desc: HQ
    categories: [Phones]
    gk1: ${vars.host}
  - <<: *phone
    desc: Büro ☎
---
domain: b.example.com
"""
PIECES = (
    TEXT,
    "domain: example.com\nconfigs:\n  - {type: NTP, desc: time, categories: [], ntp1: ptbtime1.ptb.de}\n",
    "domain: c.example.com\nvars: {a: x}\nconfigs:\n  - {type: NTP, desc: '${vars.a}', categories: [], ntp1: ''}\n",
    "baseline: all\ndomains: ['*']\nconfigs:\n  - {type: NTP, desc: more, categories: [], ntp1: '${vars.a}'}\n",
    "baseline: hidden\ndomains: [c.example.com]\nconfigs:\n  - {type: NTP, desc: x, categories: [], ntp1: 5}\n",
    "domain: d.example.com\nconfigs:\n  - {type: MEDIA, desc: m, categories: [], turnPassword: hunter2}\n",
    "domain: e.example.com\nconfigs:\n  - {type: PHONE, desc: p, categories: [], frameSize: 5, gk1: a, gk1: b}\n",
    "domain: f.example.com\nconfigs: [}\n",
    "domain: g.example.com\ndeployAdminPasswords: 'yes'\nsince: 2024-01-01\n",
    "",
)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """An empty one."""
    return Cache(tmp_path / "cache")


def entries(folder: Path) -> list[Path]:
    """The files of a cache."""
    return sorted(folder.iterdir()) if folder.is_dir() else []


def described(value: Any) -> Any:
    """A value with all that may differ: classes, and the places of mappings."""
    if isinstance(value, Map):
        return value.line, value.column, {key: described(item) for key, item in value.items()}
    return [described(item) for item in value] if isinstance(value, list) else (type(value), value)


def assert_same(found: Parsed | None, wanted: Parsed) -> None:
    """Nothing of it was lost."""
    assert found is not None
    assert described(found.documents) == described(wanted.documents)
    assert (found.mistakes, found.complete, found.variables) == ([], True, wanted.variables)


def put(cache: Cache, text: str = TEXT) -> Parsed:
    """Parse a text and keep it."""
    parsed = parse(text)
    cache.keep([(text, parsed)])
    return parsed


def loaded(root: Path, cache: Cache | None) -> Desired:
    """What the files say."""
    read = load_settings(root, cache)
    return load_desired(read, read.server(None), {}, cache=cache)


def outcome(root: Path, cache: Cache | None) -> tuple[Desired, str] | str:
    """What a person gets of the files: the state with its places, or the problems."""
    try:
        read = load_settings(root, cache)
        return loaded(root, cache), resolved_text(read, read.server(None), None, cache)
    except ProblemsError as exc:
        return str(exc)


def test_it_gives_back_what_was_parsed(cache: Cache) -> None:
    assert cache.find(TEXT) is None
    put(cache)
    assert_same(cache.find(TEXT), parse(TEXT))


@settings(deadline=None)
@given(texts())
def test_whatever_was_parsed_comes_back(drawn: tuple[str, int]) -> None:
    parsed = parse(drawn[0])
    assume(not parsed.mistakes)
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache(Path(folder, "cache"))
        cache.keep([(drawn[0], parsed)])
        assert_same(cache.find(drawn[0]), parsed)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4))
def test_loading_is_the_same_with_and_without(pieces: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repository = Repository(Path(folder))
        for number, piece in enumerate(pieces):
            repository.write(f"domains/{number}.yaml", piece)
        without = outcome(repository.root, None)
        for _ in ("cold", "warm"):
            assert outcome(repository.root, Cache(Path(folder, "cache"))) == without
        kept = "".join(path.read_text("utf-8") for path in entries(Path(folder, "cache")))
        assert "hunter2" not in kept


def test_what_is_kept_is_not_parsed_again(
    repository: Repository, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write("domains/a.yaml", TEXT)
    first = loaded(repository.root, cache)

    def parsed_again(*_: object) -> Parsed:
        raise AssertionError

    monkeypatch.setattr(sources, "parse", parsed_again)
    assert loaded(repository.root, cache) == first


def test_another_text_is_another_entry(repository: Repository, cache: Cache) -> None:
    path = repository.write("domains/a.yaml", TEXT)
    before = outcome(repository.root, cache)
    about = path.stat()
    path.write_text(TEXT.replace("HQ", "QH"), "utf-8")
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert outcome(repository.root, cache) != before
    assert outcome(repository.root, cache) == outcome(repository.root, None)


def test_a_problem_that_appears_later_has_its_place(repository: Repository, cache: Cache) -> None:
    repository.write("domains/a.yaml", TEXT)
    outcome(repository.root, cache)
    repository.write("domains/b.yaml", "domain: example.com\nconfigs: [{type: PHONE, desc: HQ, categories: []}]\n")
    told = outcome(repository.root, cache)
    assert "domains/b.yaml:2:11" in str(told)
    repository.write("domains/a.yaml", TEXT.replace("gk1: ${vars.host}", "gk1: ${vars.ghost}"))
    repository.write("domains/b.yaml", "")
    assert str(outcome(repository.root, cache)).startswith("domains/a.yaml:11:10: unknown variable vars.ghost")


def test_nothing_of_files_with_a_problem_is_kept(repository: Repository, tmp_path: Path) -> None:
    repository.write("domains/a.yaml", TEXT)
    repository.write("domains/b.yaml", PIECES[5])
    outcome(repository.root, Cache(tmp_path / "cache"))
    assert [path.read_text("utf-8") for path in entries(tmp_path / "cache") if "MEDIA" in path.read_text("utf-8")] == []
    assert all("example.com" not in path.read_text("utf-8") for path in entries(tmp_path / "cache"))


def test_secrets_that_were_looked_up_are_not_in_it(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "turn.txt").write_text("from-a-file\n", "utf-8")
    for number, said in enumerate(("{env: TURN}", "{file: ../turn.txt}")):
        config = f"{{type: MEDIA, desc: m, categories: [], turnServer: t, turnPassword: {said}}}"
        repository.write(f"domains/{number}.yaml", f"domain: d{number}.example.com\nconfigs:\n  - {config}\n")
    read = load_settings(repository.root)
    cache = Cache(tmp_path / "cache")
    load_desired(read, read.server(None), {"TURN": "from-outside"}, cache=cache)
    kept = "".join(path.read_text("utf-8") for path in entries(tmp_path / "cache"))
    assert '"env":"TURN"' in kept
    assert "from-outside" not in kept
    assert "from-a-file" not in kept


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda entry: entry[:0],
    "cut off": lambda entry: entry[: len(entry) // 2],
    "without its end": lambda entry: entry[:-1],
    "longer": lambda entry: entry + b" ",
    "another host": lambda entry: entry.replace(b"media.example.com", b"media.example.org"),
    "without a digest": lambda entry: entry.partition(b"\n")[2],
    "no text": lambda entry: bytes(range(256)) + entry,
    "deep": lambda entry: b"[" * 1_000_000 + entry,
}


@pytest.mark.parametrize("change", DAMAGES.values(), ids=DAMAGES)
def test_a_broken_entry_is_none_and_is_written_anew(
    cache: Cache, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    parsed = put(cache)
    (entry,) = entries(tmp_path / "cache")
    whole = entry.read_bytes()
    entry.write_bytes(change(whole))
    assert entry.read_bytes() != whole
    assert cache.find(TEXT) is None
    put(cache)
    assert entry.read_bytes() == whole
    assert_same(cache.find(TEXT), parsed)


@pytest.mark.parametrize("body", ["null", '[{"a":{}},{}]', "[" * 100_000, "[NaN", "\x00"])
def test_an_entry_that_only_looks_whole_is_none(cache: Cache, tmp_path: Path, body: str) -> None:
    put(cache)
    (entry,) = entries(tmp_path / "cache")
    content = f"[false,[1,1]]\n{body}".encode()
    entry.write_bytes(cache_module._digest(entry.name, content) + b"\n" + content)
    assert cache.find(TEXT) is None


def test_an_entry_of_another_text_is_none(cache: Cache, tmp_path: Path) -> None:
    put(cache, "domain: a.example.com\n")
    (other,) = entries(tmp_path / "cache")
    put(cache)
    mine = next(path for path in entries(tmp_path / "cache") if path != other)
    mine.write_bytes(other.read_bytes())
    assert cache.find(TEXT) is None


def test_an_entry_of_another_version_is_none(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    put(cache)
    monkeypatch.setattr(cache_module, "__version__", "0.0.0")
    assert cache.find(TEXT) is None
    monkeypatch.undo()
    assert cache.find(TEXT) is not None
    monkeypatch.setattr(cache_module, "FORMAT", 0)
    assert cache.find(TEXT) is None


def test_a_new_form_has_a_new_number() -> None:
    written = hashlib.sha256(cache_module._encoded("", parse(TEXT))).hexdigest()[:12]
    assert (cache_module.FORMAT, written) == (1, "0b3fbda3977a"), (
        "raise FORMAT, so that nobody reads what was kept in the old form"
    )


def test_what_is_no_file_is_none(cache: Cache, tmp_path: Path) -> None:
    put(cache)
    (entry,) = entries(tmp_path / "cache")
    entry.unlink()
    entry.mkdir()
    assert cache.find(TEXT) is None
    put(cache)
    entry.rmdir()
    os.mkfifo(entry)
    assert cache.find(TEXT) is None


def test_only_its_owner_reads_it(cache: Cache, tmp_path: Path) -> None:
    put(cache)
    (entry,) = entries(tmp_path / "cache")
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700
    assert entry.stat().st_mode & 0o777 == 0o600


def test_where_others_may_write_nothing_is_read_or_written(cache: Cache, tmp_path: Path) -> None:
    put(cache)
    (tmp_path / "cache").chmod(0o770)
    again = Cache(tmp_path / "cache")
    assert again.find(TEXT) is None
    put(again, "domain: a.example.com\n")
    assert len(entries(tmp_path / "cache")) == 1


def test_a_folder_of_somebody_else_is_not_used(cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(cache)
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)
    again = Cache(tmp_path / "cache")
    assert again.find(TEXT) is None
    put(again, "domain: a.example.com\n")
    assert len(entries(tmp_path / "cache")) == 1


@pytest.mark.parametrize("name", ["file", "file/below", "nowhere", "nowhere/below", "loop", "nul\0byte"])
def test_without_a_folder_it_does_without(repository: Repository, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    (tmp_path / "nowhere").symlink_to(tmp_path / "missing" / "more")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    repository.write("domains/a.yaml", TEXT)
    for _ in ("cold", "warm"):
        assert outcome(repository.root, Cache(tmp_path / name)) == outcome(repository.root, None)


def test_a_full_disk_leaves_nothing_behind(cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    put(cache)
    assert entries(tmp_path / "cache") == []
    assert cache.find(TEXT) is None


def test_a_link_to_a_folder_is_as_good(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "cache").symlink_to(tmp_path / "elsewhere")
    cache = Cache(tmp_path / "cache")
    assert_same(put(cache), parse(TEXT))
    assert_same(cache.find(TEXT), parse(TEXT))
    assert len(entries(tmp_path / "elsewhere")) == 1


def test_old_entries_go(cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MOST_ENTRIES", 204)
    monkeypatch.setattr(cache_module, "_is_time", lambda _: True)
    old = ["domain: old.example.com\n"] + [f"domain: old{number}.example.com\n" for number in range(4)]
    for text in old:
        put(cache, text)
    for path in entries(tmp_path / "cache"):
        os.utime(path, (0, 0))
    new = [f"domain: d{number}.example.com\n" for number in range(200)]
    cache.keep((text, parse(text)) for text in new)
    assert len(entries(tmp_path / "cache")) == 102
    assert all(cache.find(text) is None for text in old)


def test_what_is_not_ours_stays(cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SYNCER_CACHE_DIR may name a folder in which there are other files, or one with links to other places."""
    monkeypatch.setattr(cache_module, "MOST_ENTRIES", 0)
    monkeypatch.setattr(cache_module, "_is_time", lambda _: True)
    (tmp_path / "cache").mkdir(mode=0o700)
    for name in ("thesis.odt", "a" * 63, "unfinished-1234"):
        (tmp_path / "cache" / name).write_text("", "utf-8")
    (tmp_path / "cache" / ("b" * 64)).mkdir()
    put(cache)
    assert [path.name for path in entries(tmp_path / "cache")] == ["a" * 63, "b" * 64, "thesis.odt"]


def test_a_number_that_json_cannot_say_is_not_kept(cache: Cache, tmp_path: Path) -> None:
    put(cache, f"a: 0x{'f' * 5000}\n")
    assert entries(tmp_path / "cache") == []


def test_aliases_are_not_written_out(cache: Cache, tmp_path: Path) -> None:
    levels = "\n".join(f"l{n + 1}: &l{n + 1} [{', '.join([f'*l{n}'] * 9)}]" for n in range(5))
    put(cache, f"l0: &l0 [a]\n{levels}\n")
    assert entries(tmp_path / "cache") == []


def test_writers_and_readers_do_not_meet(tmp_path: Path) -> None:
    wanted = described(parse(TEXT).documents)

    def work(_: int) -> bool:
        cache = Cache(tmp_path / "cache")
        put(cache)
        found = cache.find(TEXT)
        return found is not None and described(found.documents) == wanted

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(64)))
    assert len(entries(tmp_path / "cache")) == 1


def test_processes_share_it(tmp_path: Path, cache_folder: Path) -> None:
    (tmp_path / "domains").mkdir()
    (tmp_path / "syncer.yaml").write_text(SETTINGS, "utf-8")
    for number in range(20):
        (tmp_path / "domains" / f"{number}.yaml").write_text(f"domain: d{number}.example.com\n", "utf-8")
    command = [sys.executable, "-m", "syncer.cli.main", "-C", str(tmp_path), "validate"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    assert [(*process.communicate(), process.returncode)[2] for process in running] == [0, 0, 0]
    assert len(entries(cache_folder / "parsed")) == 21
