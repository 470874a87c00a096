"""The manifest of a backup, there and back: the only part of it that is in memory as a whole."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from syncer.errors import Place, Problem, ProblemsError, SyncerError, some, visible
from syncer.files.archive_zip import DAMAGED, MAX_ENTRIES, MAX_MANIFEST, is_folder, told_of
from syncer.files.plans import is_deep, of_another_format, unique_json
from syncer.files.schemas import complaints
from syncer.files.sources import Unreadable, decode
from syncer.model.backup import MANIFEST, Manifest, digest_of, from_document, to_document

_WHAT = "the backup"
_MOST_SHOWN = 5
_EDITED = "take another copy of it, or make it anew: what was edited is no backup"


def manifest_text(manifest: Manifest) -> str:
    """The manifest as it is written, a file a line; SyncerError if it could not be read again."""
    document = to_document(manifest)
    files = document.pop("files")
    rows = ",\n".join(f"    {json.dumps(one)}" for one in files)
    text = f'{json.dumps(document, indent=2)[:-2]},\n  "files": [\n{rows}\n  ]\n}}\n'
    if len(files) >= MAX_ENTRIES or len(text) > MAX_MANIFEST:
        raise SyncerError(f"the backup would have {len(files)} files, more than could be read again")
    return text


def read_manifest(opened: ZipFile, path: Path) -> Manifest:
    """The manifest of a backup that has exactly the files which it names; ProblemsError for anything else."""
    with told_of(path):
        document = _document(opened)
    place = Place(str(path))
    problems = of_another_format(document, path, "backup", _WHAT) or [
        Problem(place, told, _EDITED) for told in _wrong(document)
    ]
    if problems:
        raise ProblemsError(problems)
    manifest = from_document(document)
    if problems := [Problem(place, told, DAMAGED) for told in _differing(manifest, opened)]:
        raise ProblemsError(problems)
    return manifest


def _document(opened: ZipFile) -> Any:
    with opened.open(MANIFEST) as file:
        content = file.read(MAX_MANIFEST + 1)
    if len(content) > MAX_MANIFEST:
        raise Unreadable(f"{MANIFEST} is larger than any manifest", DAMAGED)
    try:
        document = unique_json(decode(content))
    except Unreadable as exc:
        raise Unreadable(f"{MANIFEST}: {exc.what}", _EDITED) from exc
    except json.JSONDecodeError as exc:
        raise Unreadable(f"{MANIFEST}:{exc.lineno}:{exc.colno}: no JSON: {exc.msg}", _EDITED) from exc
    except (ValueError, RecursionError) as exc:
        why = "nested too deeply" if isinstance(exc, RecursionError) else visible(exc)
        raise Unreadable(f"{MANIFEST}: no usable JSON: {why}", _EDITED) from exc
    if is_deep(document):
        raise Unreadable(f"{MANIFEST}: no usable JSON: nested too deeply", _EDITED)
    return document


def _wrong(document: Any) -> Iterator[str]:
    is_whole = True
    for one in complaints("backup", _sampled(document)):
        where, is_whole = "/".join(map(str, one.path)), False
        yield f"{MANIFEST}, at {visible(where)}: {one.what}" if where else f"{MANIFEST}: {one.what}"
    if is_whole and document["sha256"] != digest_of(document):
        yield f"{MANIFEST} was edited: its digest is that of another one"


def _sampled(document: Any) -> Any:
    """With only the files that are described wrongly: jsonschema takes seconds for a hundred thousand."""
    files = document.get("files") if isinstance(document, dict) else None
    if not isinstance(files, list):
        return document
    return document | {"files": [one for one in files if not _is_stored(one)][:_MOST_SHOWN]}


def _is_stored(one: Any) -> bool:
    if not isinstance(one, dict) or one.keys() != {"name", "size", "sha256"}:
        return False
    size = one["size"]
    return isinstance(one["name"], str) and isinstance(one["sha256"], str) and type(size) is int and size >= 0


def _differing(manifest: Manifest, opened: ZipFile) -> Iterator[str]:
    """Files that are in one of zip and manifest only, or not as large as they should be."""
    files = (one for one in opened.infolist() if one.filename != MANIFEST and not is_folder(one))
    there: Mapping[str, int] = {one.filename: one.file_size for one in files}
    named = {one.name: one.size for one in manifest.files}
    if len(named) < len(manifest.files):
        yield f"{MANIFEST} names a file twice"
    for what, names in (
        ("missing", [name for name in named if name not in there]),
        ("not in its manifest", [name for name in there if name not in named]),
        ("not as large as its manifest says", [name for name in named if there.get(name, named[name]) != named[name]]),
    ):
        if names:
            yield f"{some(names, _MOST_SHOWN, lambda name: f'`{visible(name, 100)}`')}: {what}"
