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


ODDLY = """\
# head
format: syncer-wire/1   # fmt
reads_back:
    # measured by Ann
    unset:   # what is not set
        PHONE:            # phones
            frameSize: 0  # since firmware 14
    # the one that the service keeps
    write_only:
      - logPassword   # never comes back

# what follows
name:   "p"
origin: learned
operations:
    delete_config:
        request: {mt: DelX,   id: $id}
        response: none
# tail
"""


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "...\n"])
def test_only_the_block_changes_and_its_comments_stay(bom: str, end: str, last: str) -> None:
    text = bom + (ODDLY + last).replace("\n", end)
    new = completed(text, {"PHONE": {"frameSize": 0, "gkId": "-"}}, ["logPassword", "turnPassword"])
    wanted = ODDLY.replace("# phones\n", '# phones\n            gkId: "-"\n').replace(
        "      - log", "      - turnPassword\n      - log"
    )
    assert new == bom + (wanted + last).replace("\n", end)
    assert load(new.removeprefix(bom), "p").write_only == {"logPassword", "turnPassword"}


@pytest.mark.parametrize("tail", ["", "\n", "...\n", "\n# tail\n"])
def test_where_there_is_none_it_is_put_at_the_end(tail: str) -> None:
    text = TEXT.rstrip("\n") + tail
    new = completed(text, {"PHONE": {"frameSize": 0}}, [])
    assert new.startswith(TEXT.rstrip("\n"))
    if not tail.startswith("."):
        assert load(new, "p").reads_back_unset == {"PHONE": {"frameSize": 0}}
        assert new.startswith(text)


def test_mixed_line_ends_stay_as_they_are() -> None:
    text = TEXT.replace("name: learned\n", "name: learned\r\n")
    assert completed(text, {"PHONE": {"frameSize": 0}}, []).startswith(text)


@pytest.mark.parametrize("indent", [None, 2, 4])
def test_json_stays_as_it_was_laid_out(indent: int | None) -> None:
    document = {"format": "syncer-wire/1", "name": "ä", "operations": {"x": [1, True, None]}}
    text = json.dumps(document, indent=indent, ensure_ascii=False) + "\n"
    new = completed(text, {}, ["logPassword"])
    wanted = {**document, "reads_back": {"write_only": ["logPassword"]}}
    assert new == json.dumps(wanted, indent=indent, ensure_ascii=False) + "\n"
    assert completed(new, {}, []) == text


def test_a_mapping_in_braces() -> None:
    new = completed("# head\n{format: syncer-wire/1, name: p, operations: {}}\n", {}, ["logPassword"])
    assert new == "# head\n{format: syncer-wire/1, name: p, operations: {}, reads_back: {write_only: [logPassword]}}\n"


def test_a_link_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "real.yaml", tmp_path / "p.yaml"
    real.write_text("old")
    link.symlink_to("real.yaml")
    write_profile(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"


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
    with pytest.raises(ProblemsError, match="the receipt is cut off"):
        write_receipt(tmp_path / "file", "wss://a", receipt)
