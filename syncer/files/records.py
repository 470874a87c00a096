"""Records on disk: what was last applied, to be committed or kept by a pipeline."""

import json
from pathlib import Path

from syncer.errors import Place, Problem, ProblemsError
from syncer.files.plans import read_json, write_private
from syncer.model.record import Record, from_document, to_document

_WHAT = "the record"
_REMEDY = "restore it from git, or remove it, and `syncer apply --record` makes it anew"


def read_record(path: Path) -> Record:
    """A record; ProblemsError for a file that is none."""
    document, place = read_json(path, "record", _WHAT, _REMEDY), Place(str(path))
    try:
        return from_document(document, place)
    except ValueError as exc:
        raise ProblemsError([Problem(place, f"{_WHAT}: {exc}", _REMEDY)]) from exc


def write_record(path: Path, record: Record) -> None:
    """Write it at once or not at all, its owner's only, as everything that we write; git does not keep that mode.

    Nothing is in it that is not in the files. SyncerError if it cannot be written.
    """
    write_private(path, json.dumps(to_document(record), indent=2, ensure_ascii=True) + "\n")
