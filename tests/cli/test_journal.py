"""`syncer journal` as a person meets it: what it lists, shows and deletes, without any server."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from syncer.files.journals import JournalFile
from syncer.model.journal import Closed, Entry, Phase
from syncer.model.plan import Ending, Result
from tests.cli.running import repository, syncer
from tests.model.journals import beginning, write_of

URL = "wss://127.0.0.1:1/example.com/devices/innovaphone-devices-api"
OLD, MIDDLE, NEW = (f"2026112{day}T195622.123456Z-1a2b3c4d" for day in (1, 2, 3))
APPLIED = Closed(Ending.APPLIED, "2026-11-23T20:00:00+00:00")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return repository(tmp_path / "repo", URL, "domain: example.com\n")


def _folder(repo: Path) -> Path:
    return repo / ".syncer" / "journal"


def _write(repo: Path, name: str, *more: Entry, server: str = "production") -> Path:
    with JournalFile.create(_folder(repo), name) as journal:
        for entry in (*beginning(2, server_name=server, server_url=URL), *more):
            journal.append(entry)
    return journal.path


def _three(repo: Path) -> None:
    """Applied, broken, and unfinished."""
    _write(repo, OLD, *write_of(0, Result.APPLIED), *write_of(1, Result.APPLIED), APPLIED)
    _write(repo, MIDDLE).write_text('{"entry": "\\u001b[2J"}\n')
    _write(repo, NEW, *write_of(0, Result.APPLIED), *write_of(1, None))
    (_folder(repo) / "README").write_text("not a journal")


async def test_no_journal_yet(repo: Path) -> None:
    listed = await syncer("journal", "list", cwd=repo)
    assert (listed.code, listed.out, listed.err) == (0, "There is no journal.\n", "")
    shown = await syncer("journal", "show", cwd=repo)
    assert (shown.code, shown.out) == (1, "")
    assert shown.err == "error: there is no journal here yet; `syncer apply` makes one\n"
    named = await syncer("journal", "show", "x", cwd=repo)
    assert (named.code, named.err) == (1, "error: there is no journal x; there is none yet\n")
    pruned = await syncer("journal", "prune", cwd=repo)
    assert (pruned.code, pruned.out) == (0, "nothing to delete\n")


async def test_list(repo: Path) -> None:
    _three(repo)
    done = await syncer("journal", "list", cwd=repo)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == f"{NEW}  unfinished  2026-11-23T19:56:22+00:00"
    assert "1 applied, 1 unknown; run `syncer recover`" in " ".join(line.strip() for line in lines[1:3])
    assert f"{MIDDLE}  broken" in lines
    assert r".jsonl:1:1:entry:\x1b[2Jisnotoneof" in "".join(done.out.split())  # where it is wrapped, its path decides
    assert f"{OLD}  applied  2026-11-23T19:56:22+00:00" in lines


async def test_list_for_programs(repo: Path) -> None:
    _three(repo)
    done = await syncer("journal", "list", "--format", "json", cwd=repo)
    journals = json.loads(done.out)["journals"]
    assert [(one["name"], one["state"]) for one in journals] == [
        (NEW, "unfinished"),
        (MIDDLE, "broken"),
        (OLD, "applied"),
    ]
    assert (journals[0]["summary"]["unknown"], journals[2]["summary"]["applied"]) == (1, 2)


async def test_only_one_server(repo: Path) -> None:
    _write(repo, OLD, APPLIED, server="other")
    _write(repo, NEW, APPLIED)
    done = await syncer("journal", "list", "--server", "other", "--format", "json", cwd=repo)
    assert [one["name"] for one in json.loads(done.out)["journals"]] == [OLD]
    shown = await syncer("--server", "other", "journal", "show", cwd=repo)
    assert shown.out.startswith(f"Journal {OLD}: applied\n")
    pruned = await syncer("journal", "prune", "--keep", "0", "--server", "other", cwd=repo)
    assert pruned.out == f"deleted {OLD}\n"
    assert [path.stem for path in _folder(repo).iterdir()] == [NEW]


async def test_show_the_newest_one_by_name_or_by_file(repo: Path) -> None:
    _three(repo)
    newest = await syncer("journal", "show", cwd=repo)
    assert newest.code == 0
    assert newest.out.startswith(f"Journal {NEW}: unfinished; run `syncer recover`\nPlan for production ({URL})\n")
    assert "=> apply     begun, and what came of it is not told\n" in newest.out
    assert newest.out.endswith("\n1 applied, 1 unknown.\n")
    for name in (OLD, f"{OLD}.jsonl", str(_folder(repo) / f"{OLD}.jsonl"), f".syncer/journal/{OLD}.jsonl"):
        assert (await syncer("journal", "show", name, cwd=repo)).out.startswith(f"Journal {OLD}: applied\n"), name
    parsed = json.loads((await syncer("journal", "show", OLD, "--format", "json", cwd=repo)).out)
    assert [change["writes"][0]["result"] for change in parsed["changes"]] == ["applied", "applied"]


async def test_show_a_file_that_lies_elsewhere(repo: Path, tmp_path: Path) -> None:
    path = _write(repo, OLD, APPLIED)
    shutil.copy(path, tmp_path / "sent.jsonl")
    assert (await syncer("journal", "show", "sent.jsonl", cwd=tmp_path)).out.startswith("Journal sent: applied\n")


async def test_show_what_is_not_there(repo: Path) -> None:
    _three(repo)
    done = await syncer("journal", "show", "2026\x1b", cwd=repo)
    assert (done.code, done.out) == (1, "")
    assert done.err == f"error: there is no journal 2026\\x1b; there are {NEW}, {MIDDLE}, {OLD}\n"
    by_path = await syncer("journal", "show", "./none.jsonl", cwd=repo)
    assert (by_path.code, by_path.err) == (1, "none.jsonl: there is no such file; correct the name\n")
    long = await syncer("journal", "show", "x" * 3000, cwd=repo)
    assert long.code == 1


async def test_show_names_the_newest_of_many(repo: Path) -> None:
    for number in range(12):
        (_folder(repo)).mkdir(parents=True, exist_ok=True)
        (_folder(repo) / f"{number:02}.jsonl").write_text("")
    done = await syncer("journal", "show", "none", cwd=repo)
    assert done.err == (
        "error: there is no journal none; there are 11, 10, 09, 08, 07, 06, 05, 04, 03, 02 and 2 older ones\n"
    )


async def test_show_a_broken_one(repo: Path) -> None:
    _three(repo)
    done = await syncer("journal", "show", MIDDLE, cwd=repo)
    assert done.code == 1
    assert done.err.startswith(f"{_folder(repo) / MIDDLE}.jsonl:1:1: entry: ")
    assert done.err.endswith("keep it, since it may tell what was written; see where things stand with `syncer plan`\n")


async def test_prune_keeps_the_newest_and_whatever_is_not_finished(repo: Path) -> None:
    _three(repo)
    names = [f"202611{day:02}T000000.000000Z-00000000" for day in (10, 11, 12)]
    for name in names:
        _write(repo, name, APPLIED)
    done = await syncer("journal", "prune", "--keep", "2", cwd=repo)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        f"deleted {names[1]}\ndeleted {names[0]}\n"
        f"kept {NEW}: it is unfinished; run `syncer recover`\n"
        f"kept {MIDDLE}: it is broken; see `syncer journal list`\n"
    )
    left = sorted(path.stem for path in _folder(repo).glob("*.jsonl"))
    assert left == sorted([names[2], OLD, MIDDLE, NEW])
    assert (await syncer("journal", "prune", "--keep", "0", cwd=repo)).code == 0
    assert sorted(path.stem for path in _folder(repo).glob("*.jsonl")) == [MIDDLE, NEW]
    assert (_folder(repo) / "README").exists()


async def test_prune_keeps_ten_unless_told_otherwise(repo: Path) -> None:
    for number in range(11):
        _write(repo, f"{number:02}", APPLIED)
    assert (await syncer("journal", "prune", cwd=repo)).out == "deleted 00\n"


async def test_prune_takes_no_negative_number(repo: Path) -> None:
    assert (await syncer("journal", "prune", "--keep", "-1", cwd=repo)).code == 64


async def test_a_journal_that_an_apply_has_open_stays(repo: Path) -> None:
    with JournalFile.create(_folder(repo), NEW) as journal:
        for entry in (*beginning(2), *write_of(0, None, Phase.APPLY)):
            journal.append(entry)
        done = await syncer("journal", "prune", "--keep", "0", cwd=repo)
        assert done.out == f"nothing to delete\nkept {NEW}: it is unfinished; run `syncer recover`\n"
        assert journal.path.exists()


async def test_outside_of_a_repository(tmp_path: Path) -> None:
    done = await syncer("journal", "list", cwd=tmp_path)
    assert done.code == 1
    assert done.err.startswith("error: no syncer.yaml in ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
async def test_a_folder_that_is_a_file(repo: Path) -> None:
    (repo / ".syncer").mkdir()
    _folder(repo).write_text("")
    done = await syncer("journal", "list", cwd=repo)
    assert done.code == 1
    assert done.err == f"error: the folder of journals {_folder(repo)} cannot be read: Not a directory\n"
