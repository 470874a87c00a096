"""Records on disk."""

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from syncer.errors import Place, ProblemsError, SyncerError
from syncer.files.records import read_record, write_record
from syncer.model.address import config_address
from syncer.model.record import Fingerprint, Record, Recorded, to_document
from syncer.model.state import Entry

ENTRY = Entry(
    config_address("example.com", "MEDIA", "m"),
    Place("applied.json"),
    {"turnServer": "t\u202e", "turnPassword": Fingerprint("ab")},
    {"new": Fingerprint(None)},
    (),
)
RECORD = Record("production", "wss://h/d/a", "2026-01-01T00:00:00+00:00", "ab" * 16, "cd", True, (Recorded(ENTRY),))
DOCUMENT = to_document(RECORD)
NEWER = "a newer syncer (syncer-record/2; this one knows syncer-record/1)"
REMEDY = "restore it from git, or remove it, and `syncer apply --record` makes it anew"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("applied.json")


def told(path: Path, content: str | bytes | dict[str, Any]) -> str:
    """What a person reads of a record that is none."""
    text = json.dumps(content) if isinstance(content, dict) else content
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ProblemsError) as caught:
        read_record(path)
    return str(caught.value)


def test_written_and_read(path: Path) -> None:
    write_record(path, RECORD)
    assert read_record(path) == RECORD
    assert path.read_text().isascii()  # nothing that an editor or a pull request would show otherwise than it is
    assert path.read_text().endswith("}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_its_owners_only(path: Path) -> None:
    write_record(path, RECORD)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_is_not_there(path: Path) -> None:
    with pytest.raises(SyncerError, match=r"applied.json cannot be written: No such file or directory$"):
        write_record(path.parent / "nowhere" / path, RECORD)


@pytest.mark.parametrize(
    "content, expected",
    [
        ("", f"applied.json: the record is empty; {REMEDY}"),
        ("<<<<<<< HEAD\n{}", f"applied.json:1:1: the record is no JSON: Expecting value; {REMEDY}"),
        (json.dumps(DOCUMENT, indent=2)[:100], f"applied.json:6:3: the record is cut off; {REMEDY}"),
        (DOCUMENT | {"format": "syncer-record/2"},
         f"applied.json: the record was made by {NEWER}; update syncer"),
        ({"format": "syncer-plan/1"}, "applied.json: this is a saved plan, not the record; name another file"),
        (DOCUMENT | {"objects": [{"address": "config[x"}]},
         f"applied.json: the record: config[x is no address; {REMEDY}"),
        (DOCUMENT | {"complete": 1},
         f"applied.json: the record, at complete: complete is a number, not true or false; {REMEDY}"),
        ("[" * 100_000, f"applied.json: the record is no usable JSON: nested too deeply; {REMEDY}"),
        (DOCUMENT | {"objects": json.loads("[" * 900 + "]" * 900)},
         f"applied.json: the record is no usable JSON: nested too deeply; {REMEDY}"),
    ],
)  # fmt: skip
def test_what_is_none(path: Path, content: str | dict[str, Any], expected: str) -> None:
    assert told(path, content) == expected


def test_a_folder_in_its_place(path: Path) -> None:
    path.mkdir()
    with pytest.raises(ProblemsError, match=r"^applied.json: not a file; name a file$"):
        read_record(path)
