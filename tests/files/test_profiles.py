"""What a self-test writes into a profile and beside it."""

import json
from pathlib import Path

import pytest

from syncer.errors import ProblemsError, SyncerError
from syncer.files.profiles import completed, write_profile
from syncer.files.receipts import Receipt, read_receipts, write_receipt
from syncer.wire.profile import load

TEXT = """\
# Learned on Monday.
format: syncer-wire/1
name: learned
origin: learned
operations:
  delete_config:  # seen twice
    request: {mt: "Erase", id: $id, really: 'yes'}
    response: {mt: Erased, error: /error}
    unset: "null"
"""
ODD = {"coder": "no", "gkId": "0x10", "gk1": "12:30", "gk2": "", "frameSize": 0, "dialTone": "${x}\n# ä"}


def test_what_was_measured_is_put_in_and_the_rest_stays() -> None:
    text = completed(TEXT, {"PHONE": {"frameSize": 0, "coder": ""}}, ["turnPassword", "logPassword"])
    assert text == TEXT + (
        'reads_back:\n  unset:\n    PHONE: {frameSize: 0, coder: ""}\n'
        "  write_only:\n  - logPassword\n  - turnPassword\n"
    )


def test_values_come_back_as_they_were() -> None:
    text = completed(completed(TEXT, {"PHONE": ODD}, []), {"PHONE": ODD}, [])
    profile = load(text, "x")
    assert profile.reads_back_unset == {"PHONE": ODD}
    assert profile.operations == load(TEXT, "x").operations


def test_what_is_no_longer_so_goes() -> None:
    text = completed(TEXT, {"PHONE": {"frameSize": 0}}, ["logPassword"])
    assert completed(text, {}, ["logPassword"]).endswith("reads_back:\n  write_only:\n  - logPassword\n")
    assert completed(text, {}, []) == TEXT


def test_a_profile_stays_as_public_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("old")
    path.chmod(0o644)
    write_profile(path, "new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o644)


def test_receipts_of_other_servers_stay(tmp_path: Path) -> None:
    path = tmp_path / "wire" / "learned.verified.json"
    one, two = (Receipt("d", "2026-01-01T00:00:00+00:00", frozenset({name})) for name in ("a", "b"))
    write_receipt(path, "wss://a", one)
    write_receipt(path, "wss://b", two)
    write_receipt(path, "wss://a", two)
    assert read_receipts(path) == {"wss://a": two, "wss://b": two}
    assert json.loads(path.read_text())["format"] == "syncer-receipt/1"


def test_a_receipt_that_cannot_be_written_or_read(tmp_path: Path) -> None:
    receipt = Receipt("d", "2026-01-01T00:00:00+00:00", frozenset())
    (tmp_path / "file").write_text("{")
    with pytest.raises(SyncerError, match="cannot be made"):
        write_receipt(tmp_path / "file" / "p.verified.json", "wss://a", receipt)
    with pytest.raises(ProblemsError, match="the receipt is no JSON"):
        write_receipt(tmp_path / "file", "wss://a", receipt)
