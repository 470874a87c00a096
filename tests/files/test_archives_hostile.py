"""Backup files as accidents and enemies leave them, and what a person reads."""

import json
import os
import random
import struct
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from syncer.errors import ProblemsError
from syncer.files import archive_lines, archive_manifest, archive_zip
from syncer.files.archives import open_archive
from syncer.model.backup import DEVICES, DOMAINS, MANIFEST, categories_of
from tests.files.backups import CONFIGS, YAML, backup, edited, forged, manifested, replaced

CUT_OFF = "FILE: the backup is cut off, or something was added to it; take another copy of it, or make it anew"
DAMAGED = "; take another copy of it, or make it anew"
NEWER = "a newer syncer (syncer-backup/2; this one knows syncer-backup/1)"
EDITED = "; take another copy of it, or make it anew: what was edited is no backup"
NO_UNPACKING = "; do not unpack it; take a backup that syncer made"
DIGEST = "it was edited or damaged: its digest is not that of the manifest"


def read(path: Path) -> None:
    """All of it, as a restore and a check do."""
    with open_archive(path) as archive:
        for domain in archive.domains():
            list(domain.categories)
            list(domain.configs)
        list(archive.devices())
        for one in archive.manifest.files:
            for _ in archive.pieces(one.name):
                pass


def told(path: Path) -> str:
    with pytest.raises(ProblemsError) as caught:
        read(path)
    return str(caught.value).replace(str(path), "FILE")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return backup(tmp_path / "a.zip")


def test_cut_off_anywhere(path: Path, tmp_path: Path) -> None:
    whole, cut = path.read_bytes(), tmp_path / "cut.zip"
    for length in (*range(4, len(whole), 7), len(whole) - 1):
        cut.write_bytes(whole[:length])
        assert told(cut) == CUT_OFF, length


def test_something_was_added(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\n")
    assert told(path) == CUT_OFF


def test_any_byte_changed(path: Path, tmp_path: Path) -> None:
    """Noticed, but where it says nothing of what is kept, as a time in a header does."""
    whole, other = path.read_bytes(), tmp_path / "other.zip"
    unnoticed = 0
    for at in range(0, len(whole), 5):
        other.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        with suppress(ProblemsError):
            read(other)
            unnoticed += 1
    assert unnoticed < len(whole) // 5 // 2


def test_bytes_of_chance(path: Path, tmp_path: Path) -> None:
    chance, other = random.Random(7), tmp_path / "other.zip"
    for _ in range(200):
        content = bytearray(path.read_bytes())
        for _ in range(chance.randint(1, 8)):
            content[chance.randrange(len(content))] = chance.choice((0, 0xFF, chance.randrange(256)))
        other.write_bytes(content)
        with suppress(ProblemsError):
            read(other)


@pytest.mark.parametrize(
    "content, what",
    [
        (b"", "FILE: the backup is empty; make it anew"),
        (b"domain: example.com\n", "FILE: this is no backup; name another file"),
        (b"PK\x07\x08" + bytes(100), "FILE: this is no backup; name another file"),
        (b"PK\x05\x06" + bytes(18), f"FILE: this is a zip without {MANIFEST}, so no backup; name another file"),
        (b'{\n  "format": "syncer-plan/1",', "FILE: this is a saved plan, not a backup; name another file"),
        (
            b'{"entry":"opened","format":"syncer-journal/1"}\n',
            "FILE: this is the journal of an apply, for `syncer journal show`, not a backup; name another file",
        ),
        (b'{"format": "syncer-backup/1"', "FILE: this is the manifest of a backup, not a backup; name another file"),
        (b'{"format": "syncer-thing/1"', "FILE: this is no backup; name another file"),
    ],
)
def test_what_is_no_backup(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    assert told(path) == what


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert told(tmp_path / "none.zip") == "FILE: there is no such file; correct the name"
    assert told(tmp_path) == "FILE: not a file; name a file"
    assert told(tmp_path / "pipe") == "FILE: not a file; name a file"
    with pytest.raises(ProblemsError, match="there is no such file"):
        read(tmp_path / "a\0b")


def test_another_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as other:
        other.writestr("word/document.xml", "<a/>")
    assert told(tmp_path / "a.zip") == f"FILE: this is a zip without {MANIFEST}, so no backup; name another file"


def test_a_line_was_changed(path: Path) -> None:
    edited(path, replaced(CONFIGS, b"172.16.0.1", b"172.16.0.9"))
    assert told(path) == f"FILE: {CONFIGS}: {DIGEST}{DAMAGED}"


def test_a_line_was_added(path: Path) -> None:
    edited(path, replaced(CONFIGS, b"\n", b"\n{}\n"))
    assert told(path) == f"FILE: `{CONFIGS}`: not as large as its manifest says{DAMAGED}"


def test_files_are_missing_and_surplus(path: Path) -> None:
    edited(path, lambda files: (files.pop(CONFIGS), files.update({"new.txt": b""})))
    assert told(path) == f"FILE: `{CONFIGS}`: missing{DAMAGED}\nFILE: `new.txt`: not in its manifest{DAMAGED}"


def test_a_file_that_the_manifest_should_name(path: Path) -> None:
    edited(path, lambda files: files.pop(categories_of(1)), forge=True)
    assert told(path) == f"FILE: {categories_of(1)}: it is missing{DAMAGED}"
    edited(path, lambda files: files.pop(DOMAINS), forge=True)
    assert told(path) == f"FILE: {DOMAINS}: it is missing{DAMAGED}"


def manifest_edited(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, bytes]], None]:
    """An edit of the manifest by somebody who does not know of its digest."""

    def edit(files: dict[str, bytes]) -> None:
        document = json.loads(files[MANIFEST])
        change(document)
        files[MANIFEST] = json.dumps(document).encode()

    return edit


def test_the_manifest_was_edited(path: Path) -> None:
    edited(path, manifest_edited(lambda document: document["server"].update(name="other")))
    assert told(path) == f"FILE: {MANIFEST} was edited: its digest is that of another one{EDITED}"


@pytest.mark.parametrize(
    "change, what",
    [
        (lambda d: d.update(counts=None), "at counts: nothing stands after counts"),
        (lambda d: d["counts"].update(configs=-1), "at counts/configs: configs: -1 is not a whole number"),
        (lambda d: d["counts"].update(configs=10**400), "at counts/configs: configs: "),
        (lambda d: d["counts"].update(configs="2"), "at counts/configs: configs is a text, not"),
        (lambda d: d["counts"].update(configs=True), "at counts/configs: configs is true, not"),
        (lambda d: d["secrets"].update(are="open"), "at secrets/are: are: open is not one of"),
        (lambda d: d.update({"\x1b[31m": 1}), "at \\x1b[31m: unknown key \\x1b[31m"),
        (lambda d: d.pop("server"), "manifest.json: server is missing"),
        (lambda d: d.update(files={}), "at files: files is a mapping, not a list"),
        (lambda d: d["files"][0].update(size=1.5), "at files/0/size: size is a number, not a whole number"),
        (lambda d: d["files"].append(7), "at files/0: an item of files is a number, not a mapping"),
        (lambda d: d.update(format="plan"), "at format: format: plan is not syncer-backup/1"),
    ],
)  # fmt: skip
def test_a_manifest_of_wrong_types(path: Path, change: Callable[[dict[str, Any]], object], what: str) -> None:
    edited(path, manifested(change))
    assert what in told(path)
    assert told(path).endswith(EDITED)


@pytest.mark.parametrize(
    "said, what",
    [
        ("syncer-backup/2", f"the backup was made by {NEWER}; update syncer"),
        ("syncer-plan/1", "this is a saved plan, not the backup; name another file"),
    ],
)  # fmt: skip
def test_other_formats(path: Path, said: str, what: str) -> None:
    edited(path, manifest_edited(lambda document: document.update(format=said, more={})))
    assert told(path) == f"FILE: {what}"


@pytest.mark.parametrize(
    "content, what",
    [
        (b"", f"{MANIFEST}:1:1: no JSON: Expecting value{EDITED}"),
        (b"\xff", f"{MANIFEST}: no UTF-8 text{EDITED}"),
        (b'{"a": 1, "a": 2}', f"{MANIFEST}: no usable JSON: an object has a key twice{EDITED}"),
        (b'{"a": NaN}', f"{MANIFEST}: no usable JSON: NaN is no number{EDITED}"),
        (b"[" * 100_000, f"{MANIFEST}: no usable JSON: nested too deeply{EDITED}"),
        (b"[" * 500 + b"]" * 500, f"{MANIFEST}: no usable JSON: nested too deeply{EDITED}"),
        (b"[]", f"{MANIFEST}: the document is a list, not a mapping{EDITED}"),
    ],
)
def test_a_manifest_that_is_none(path: Path, content: bytes, what: str) -> None:
    edited(path, lambda files: files.update({MANIFEST: content}))
    assert told(path) == f"FILE: {what}"


def test_a_manifest_beyond_all_bounds(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_manifest, "MAX_MANIFEST", 100)
    assert told(path) == f"FILE: {MANIFEST} is larger than any manifest{DAMAGED}"


def test_a_manifest_names_a_file_twice(path: Path) -> None:
    edited(path, manifested(lambda document: document["files"].append(document["files"][0])))
    assert told(path) == f"FILE: {MANIFEST} names a file twice{DAMAGED}"


def renamed(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.update({name: files.pop(YAML)})


@pytest.mark.parametrize(
    "name, why",
    [
        ("../x", "a name that climbs out of its folder: `../x`"),
        ("yaml/../../x", "a name that climbs out of its folder: `yaml/../../x`"),
        ("yaml\\..\\x", "a name that climbs out of its folder: `yaml\\..\\x`"),
        ("/etc/passwd", "an absolute name: `/etc/passwd`"),
        ("C:/x", "an absolute name: `C:/x`"),
        ("C:x", "an absolute name: `C:x`"),
        ("\\\\host\\share\\x", "a name that not every system takes: `\\\\host\\share\\x`"),
        ("yaml/x:stream", "a name that not every system takes: `yaml/x:stream`"),
        ("yaml/./x", "a name that not every system takes: `yaml/./x`"),
        ("yaml//x", "a name that not every system takes: `yaml//x`"),
        ("yaml/", "a name that not every system takes: `yaml/`"),
        ("yaml/x.", "a name that not every system takes: `yaml/x.`"),
        ("yaml/\x1b[31m", "a name with characters that nobody sees: `yaml/\\x1b[31m`"),
        ("yaml/\u202etxt.exe", "a name with characters that nobody sees: `yaml/\\u202etxt.exe`"),
        ("JSON/DOMAINS.jsonl", "a name that is there twice: `JSON/DOMAINS.jsonl`"),
        ("y" * 1001, f"too long a name: `{'y' * 100}… (1001 characters)`"),
    ],
)
def test_names_that_nobody_should_unpack(path: Path, name: str, why: str) -> None:
    edited(path, renamed(name), forge=True)
    assert told(path) == f"FILE: {why}{NO_UNPACKING}"


def test_a_name_with_a_nul(path: Path) -> None:
    edited(path, renamed("yaml/x_y"), forge=True)
    path.write_bytes(path.read_bytes().replace(b"yaml/x_y", b"yaml/x\0y"))
    assert told(path) == f"FILE: a name with characters that nobody sees: `yaml/x\\x00y`{NO_UNPACKING}"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as opened:
        opened.writestr(CONFIGS, "{}\n")
    assert told(path) == f"FILE: a name that is there twice: `{CONFIGS}`{NO_UNPACKING}"


def test_many_bad_names_are_told_as_one(path: Path) -> None:
    edited(path, lambda files: files.update({f"../{n}": b"" for n in range(8)}), forge=True)
    assert told(path) == (
        "FILE: a name that climbs out of its folder: `../0`, `../1`, `../2`, `../3`, `../4` and 3 more" + NO_UNPACKING
    )


def test_folders_that_another_program_adds_hold_nothing(path: Path) -> None:
    """As `zip -r` does with a backup that was unpacked."""
    with zipfile.ZipFile(path, "a") as opened:
        for name, mode in (("json/", 0o40755), ("json/D1/", 0), ("yaml/", 0o40700)):
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            opened.writestr(info, "")
    with open_archive(path) as archive:
        assert len(list(archive.objects(CONFIGS))) == 2


@pytest.mark.parametrize(
    "name, why",
    [
        ("../", "a name that climbs out of its folder: `../`"),
        ("/", "no name: `/`"),
        ("yaml//", "a name that not every system takes: `yaml//`"),
    ],
)
def test_folders_that_nobody_should_make(path: Path, name: str, why: str) -> None:
    edited(path, lambda files: files.update({name: b""}), forge=True)
    assert told(path) == f"FILE: {why}{NO_UNPACKING}"


def test_a_symbolic_link(path: Path) -> None:
    def link(opened: zipfile.ZipFile) -> None:
        info = zipfile.ZipInfo("yaml/link")
        info.external_attr = 0o120777 << 16
        opened.writestr(info, "/etc/passwd")

    with zipfile.ZipFile(path, "a") as opened:
        link(opened)
    assert told(path) == f"FILE: no plain file: `yaml/link`{NO_UNPACKING}"


def directory_entries(content: bytes) -> Iterator[int]:
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        yield at
        at = content.find(b"PK\x01\x02", at + 1)


def patched(path: Path, offset: int, form: str, value: int) -> None:
    """Change a field of every entry in the zip's directory."""
    content = bytearray(path.read_bytes())
    for at in directory_entries(bytes(content)):
        struct.pack_into(form, content, at + offset, value)
    path.write_bytes(content)


@pytest.mark.parametrize(
    "offset, value, why",
    [
        (8, 1, "encrypted with a password, as syncer never does"),
        (8, 0x41, "encrypted with a password, as syncer never does"),
        (10, 12, "packed in a way that syncer never uses"),
        (10, 99, "packed in a way that syncer never uses"),
    ],
)
def test_entries_as_syncer_never_writes_them(path: Path, offset: int, value: int, why: str) -> None:
    patched(path, offset, "<H", value)
    names = f"`{DOMAINS}`, `{categories_of(1)}`, `{CONFIGS}`, `{DEVICES}`, `{YAML}` and 1 more"
    assert told(path) == f"FILE: {why}: {names}{NO_UNPACKING}"


def test_a_bomb_that_says_so(path: Path) -> None:
    """More than deflate can pack."""
    patched(path, 24, "<I", 0xFFFFFFF0)
    assert told(path) == f"FILE: it is made to unpack to far more than it holds{NO_UNPACKING}"


def test_a_bomb_of_entries_that_share_their_bytes(path: Path) -> None:
    edited(path, lambda files: files.update({f"yaml/{n}": b"" for n in range(20)}), forge=True)
    patched(path, 20, "<I", 1000)
    assert told(path) == f"FILE: it is made to unpack to far more than it holds{NO_UNPACKING}"


def test_a_bomb_of_honest_size(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_zip, "MAX_TOTAL", 100)
    assert told(path) == "FILE: it would unpack to more than 0 GiB, which no backup does; name another file"


def test_a_bomb_that_lies(path: Path) -> None:
    """It holds a megabyte where zip and manifest agree on a few bytes: no more than those are taken."""

    def edit(files: dict[str, bytes]) -> None:
        files[YAML] = bytes(1 << 20)
        document = json.loads(forged(files))
        for one in document["files"]:
            one["size"] = 10 if one["name"] == YAML else one["size"]
        files[MANIFEST] = json.dumps(document).encode()
        manifested(lambda _: None)(files)

    edited(path, edit)
    content = bytearray(path.read_bytes())
    for at in directory_entries(bytes(content)):
        if content[at + 46 :].startswith(YAML.encode()):
            struct.pack_into("<I", content, at + 24, 10)
    path.write_bytes(content)
    assert told(path) == f"FILE: the backup is damaged: Bad CRC-32 for file '{YAML}'{DAMAGED}"


def test_more_files_than_anybody_has(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_zip, "MAX_ENTRIES", 3)
    assert told(path) == "FILE: it has more than 3 files, which no backup has; name another file"
    content = bytearray(path.read_bytes())
    struct.pack_into("<H", content, len(content) - 12, 2)  # it says two, and has six
    path.write_bytes(content)
    assert told(path) == "FILE: it has more than 3 files, which no backup has; name another file"


@pytest.mark.parametrize(
    "line, what",
    [
        (b"", "no JSON: Expecting value"),
        (b"{", "no JSON: Expecting property name enclosed in double quotes"),
        (b"[]", "no JSON object"),
        (b"7", "no JSON object"),
        (b'{"id": NaN}', "no usable JSON: NaN is no number"),
        (b'{"id": 1e999}', "no usable JSON: a number beyond all bounds is no number"),
        (b'{"id": 1, "id": 2}', "no usable JSON: an object has a key twice"),
        (b'{"a":' * 400 + b"1" + b"}" * 400, "no usable JSON: nested too deeply"),
        (b'{"a":' * 100_000, "no usable JSON: nested too deeply"),
        (b'{"a": "\xc3\xbc"}', "no ASCII, as which syncer writes it"),
    ],
)
def test_lines_that_are_no_objects(path: Path, line: bytes, what: str) -> None:
    edited(path, replaced(CONFIGS, b"\n", b"\n" + line + b"\n"), forge=True)
    assert told(path) == f"FILE: {CONFIGS}:2: {what}{DAMAGED}"


def test_a_number_of_too_many_digits(path: Path) -> None:
    edited(path, replaced(CONFIGS, b"\n", b'\n{"id": ' + b"1" * 5000 + b"}\n"), forge=True)
    assert f"FILE: {CONFIGS}:2: no usable JSON: Exceeds the limit" in told(path)


def test_a_last_line_without_its_end(path: Path) -> None:
    edited(path, lambda files: files.update({DEVICES: files[DEVICES].rstrip()}), forge=True)
    assert told(path) == f"FILE: {DEVICES}:1: it is cut off{DAMAGED}"


def test_a_line_without_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_lines, "MAX_LINE", 1 << 20)
    edited(path, lambda files: files.update({DEVICES: b"x" * (5 << 20)}), forge=True)
    assert told(path) == f"FILE: {DEVICES}:1: longer than 1 MiB{DAMAGED}"


def test_an_object_of_too_many_values(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long text is one value; brackets are many."""
    monkeypatch.setattr(archive_lines, "_LONG", 1000)
    edited(path, replaced(DEVICES, b'"reception"', b'"' + b'[]\\"' * 1000 + b'"'), forge=True)
    read(path)
    edited(path, replaced(DEVICES, b'"hwId":', b'"x":[' + b"[]," * 1000 + b'[]],"hwId":'), forge=True)
    assert told(path) == f"FILE: {DEVICES}:1: more values than an object can have{DAMAGED}"


@pytest.mark.parametrize("id_", [b'"1"', b"true", b"null", b"1.0"])
def test_a_domain_without_a_number(path: Path, id_: bytes) -> None:
    edited(path, replaced(DOMAINS, b'"id":1', b'"id":' + id_), forge=True)
    assert told(path) == f"FILE: {DOMAINS}:1: a domain without a number id{DAMAGED}"
