"""Plan files and receipts in, private files out."""

import os
import stat
import sys
from pathlib import Path

import pytest

from syncer.errors import ProblemsError, SyncerError
from syncer.files import plans
from syncer.files.plans import read_json, write_beside, write_plan, write_private
from syncer.files.receipts import Receipt, read_receipts

RECEIPT = (
    '{"format": "syncer-receipt/1", "servers": {"wss://h/d/a": '
    '{"profile": "ab", "date": "2026-01-01T00:00:00Z", "operations": ["create_config", "update_config"]}}}'
)
TOLD = "FILE: the receipt"
NEWER = "a newer syncer (syncer-receipt/2; this one knows syncer-receipt/1)"
RECORD = "a record of what was last applied, for `syncer plan --since`"
JOURNAL = "FILE: this is the journal of an apply, for `syncer journal show`, not the receipt; name another file"


def _told(path: Path, content: bytes | str) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ProblemsError) as caught:
        read_json(path, "receipt", "the receipt")
    return str(caught.value).replace(str(path), "FILE")


def test_receipts(tmp_path: Path) -> None:
    path = tmp_path / "x.verified.json"
    path.write_text(RECEIPT)

    assert read_receipts(path) == {
        "wss://h/d/a": Receipt("ab", "2026-01-01T00:00:00Z", frozenset({"create_config", "update_config"}))
    }


def test_no_receipt_is_no_problem(tmp_path: Path) -> None:
    assert read_receipts(tmp_path / "none.json") == {}


@pytest.mark.parametrize(
    "content, told",
    [
        ("", "FILE: the receipt is empty; make it anew"),
        (" \n", "FILE: the receipt is empty; make it anew"),
        ("domain: x\n", "FILE:1:1: the receipt is no JSON: Expecting value; make it anew"),
        ('{"a": {}', "FILE:1:9: the receipt is cut off; make it anew"),
        ('{"a": "b', "FILE:1:7: the receipt is cut off; make it anew"),
        ('{\n "a": }', "FILE:2:7: the receipt is no JSON: Expecting value; make it anew"),
        ("[]", "FILE: the receipt: the document is a list, not a mapping; make it anew"),
        ('{"format": "syncer-receipt/1"}', f"{TOLD}: servers is missing; servers is a mapping"),
        ('\ufeff{"format": "syncer-receipt/1"}', f"{TOLD}: servers is missing; servers is a mapping"),
        ('{"format": "syncer-receipt/2", "servers": {}}',
         f"FILE: the receipt was made by {NEWER}; update syncer"),
        ('{"format": "syncer-receipt/0", "servers": {}}',
         "FILE: the receipt, at format: format: syncer-receipt/0 is not syncer-receipt/1; make it anew"),
        ('{"format": "syncer-plan/7"}', "FILE: this is a saved plan, not the receipt; name another file"),
        ('{"format": "syncer-record/1"}',
         f"FILE: this is {RECORD}, not the receipt; name another file"),
        ('{"entry": "opened", "format": "syncer-journal/1"}', JOURNAL),
        ('{"entry": "opened", "format": "syncer-journal/1"}\n{"entry": "before"}\n', JOURNAL),
        ('{"format": "syncer-receipt/1", "servers": {"a": {"profile": 1, "date": "", "operations": []}}}',
         f"{TOLD}, at servers/a/profile: profile is a number, not a text; put it in quotes"),
        ('{"format": "syncer-receipt/1", "servers": {"a": {"profile": "", "date": ""}}}',
         f"{TOLD}, at servers/a: operations is missing; operations is a list"),
        ('{"format": NaN}', "FILE: the receipt is no usable JSON: NaN is no number; make it anew"),
        ("[" * 100_000, "FILE: the receipt is no usable JSON: nested too deeply; make it anew"),
        ("[" * 500 + "]" * 500, "FILE: the receipt is no usable JSON: nested too deeply; make it anew"),
        ('{"a": ' * 500 + "1" + "}" * 500, "FILE: the receipt is no usable JSON: nested too deeply; make it anew"),
        (b'{"a": "\xff"}', "FILE:1:8: no UTF-8 text; save it as UTF-8"),
        (
            b"PK\x03\x04\x14\0",
            (
                "FILE: this is a zip, such as a backup, not the receipt; name another file; "
                "`syncer restore` takes a backup"
            ),
        ),
    ],
)  # fmt: skip
def test_a_broken_document(tmp_path: Path, content: bytes | str, told: str) -> None:
    assert _told(tmp_path / "x.json", content) == told


def test_a_document_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError, match=r"there is no such file; correct the name$"):
        read_json(tmp_path / "x.json", "plan", "saved plan")


def test_a_document_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "MAX_JSON", 1024 * 1024)

    assert _told(tmp_path / "x.json", b" " * (1024 * 1024 + 1)) == "FILE: larger than 1 MiB; make it anew"


def test_wherever_a_document_is_cut_off(tmp_path: Path) -> None:
    for length in range(1, len(RECEIPT)):
        assert _told(tmp_path / "x.json", RECEIPT[:length]).endswith(": the receipt is cut off; make it anew")


def test_500_mb_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    with path.open("wb") as file:
        file.truncate(500 * 1024 * 1024)  # a hole
    with pytest.raises(ProblemsError, match=r"x.json: larger than 64 MiB; make it anew$"):
        read_json(path, "plan", "the saved plan")


def test_a_plan_takes_the_place_of_a_plan_and_of_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for there in ("", '{"format": "syncer-plan/1"', '{\n  "format": "syncer-plan/2"}'):
        path.write_text(there)
        write_plan(path, "new")
        assert path.read_text() == "new"
        path.unlink()
    for there in ("domain: example.com\n", '{"format": "syncer-record/1"}', "new"):
        path.write_text(there)
        with pytest.raises(
            SyncerError, match=r"x.json is there, and is no saved plan; remove it, or name another file$"
        ):
            write_plan(path, "plan")
        assert path.read_text() == there


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes with names")
def test_a_plan_never_takes_the_place_of_a_device(tmp_path: Path) -> None:
    """As root, `--out /dev/null` would make a file of it."""
    os.mkfifo(tmp_path / "x")
    with pytest.raises(SyncerError, match="x is there, and is no saved plan"):
        write_plan(tmp_path / "x", "plan")
    assert (tmp_path / "x").is_fifo()


def test_a_plan_that_could_not_be_read_again_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "MAX_JSON", 1024 * 1024)
    with pytest.raises(SyncerError, match=r"the plan would be larger than 1 MiB; plan in parts with --only$"):
        write_plan(tmp_path / "x.json", " " * (1024 * 1024 + 1))
    assert not list(tmp_path.iterdir())


def test_a_folder_instead_of_a_document(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError, match=r": not a file; name a file$"):
        read_json(tmp_path, "plan", "the saved plan")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_a_private_file_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old")
    path.chmod(0o644)

    write_private(path, "a\r\nü\n")

    assert path.read_bytes() == "a\r\nü\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["plan.json"]  # noqa: PTH208


def test_what_a_crash_left_behind_is_not_in_the_way(tmp_path: Path) -> None:
    left = [write_beside(tmp_path / "plan.json", b"half") for _ in range(1001)]

    write_private(tmp_path / "plan.json", "whole")

    assert (tmp_path / "plan.json").read_text() == "whole"
    assert {path.read_text() for path in left} == {"half"}
    assert len(list(tmp_path.iterdir())) == len(left) + 1


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old")

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(SyncerError, match=r"plan.json cannot be written: No space left on device$"):
        write_private(path, "new")

    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["plan.json"]  # noqa: PTH208


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SyncerError, match=r"plan.json cannot be written: No such file or directory$"):
        write_private(tmp_path / "nowhere" / "plan.json", "")


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "plan.json").mkdir()

    with pytest.raises(SyncerError, match=r"plan.json cannot be written: Is a directory$"):
        write_private(tmp_path / "plan.json", "")
    assert os.listdir(tmp_path) == ["plan.json"]  # noqa: PTH208
