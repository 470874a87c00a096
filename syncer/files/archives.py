"""A backup file, read. Nothing of it is unpacked onto a disk, and no more than a line of it is in memory.

Its digests tell of damage and of edits; they do not tell who made it: whoever edits a file can write a manifest that
fits. Keep backups where nobody else can write.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from syncer.errors import Place, Problem, ProblemsError, visible
from syncer.files.archive_lines import as_line as as_line
from syncer.files.archive_lines import objects_in
from syncer.files.archive_manifest import read_manifest
from syncer.files.archive_writing import Archiver as Archiver
from syncer.files.archive_writing import Writable as Writable
from syncer.files.archive_writing import new_archive as new_archive
from syncer.files.archive_zip import DAMAGED, open_zip, told_of
from syncer.files.sources import MIB, Unreadable
from syncer.model.backup import DEVICES, DOMAINS, Manifest, RawDomain, Stored, categories_of, configs_of

_PIECE = MIB


class Archive:
    """A backup that has exactly the files which its manifest names. Whatever is wrong in them is a ProblemsError."""

    def __init__(self, path: Path, opened: ZipFile) -> None:
        self._path, self._opened = path, opened
        self.manifest: Manifest = read_manifest(opened, path)

    def objects(self, name: str) -> Iterator[dict[str, Any]]:
        """The objects of a file. Until it ended without an error, what it gave may have been edited."""
        lines = objects_in(self.pieces(name))
        while True:
            try:
                found = next(lines, None)
            except Unreadable as exc:
                raise self.problem(name, exc.what, exc.hint or DAMAGED, exc.line) from exc
            if found is None:
                return
            yield found

    def domains(self) -> Iterator[RawDomain]:
        """The domains, each with what is in it."""
        for line, raw in enumerate(self.objects(DOMAINS), 1):
            id_ = raw.get("id")
            if not isinstance(id_, int) or isinstance(id_, bool):
                raise self.problem(DOMAINS, "a domain without a number id", DAMAGED, line)
            yield RawDomain(id_, raw, self.objects(categories_of(id_)), self.objects(configs_of(id_)))

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""
        return name in self._stored

    def devices(self) -> Iterator[dict[str, Any]]:
        """The devices, none where the backup has no file of them."""
        return self.objects(DEVICES) if self.has(DEVICES) else iter(())

    def pieces(self, name: str) -> Iterator[bytes]:
        """The content of a file, which has the size and the digest of the manifest once all of it was taken."""
        stored = self._stored.get(name)
        if stored is None:
            raise self.problem(name, "it is missing", DAMAGED)
        digest, size = hashlib.sha256(), 0
        with told_of(self._path):
            file = self._opened.open(name)
        with file:
            while True:
                with told_of(self._path):
                    piece = file.read(_PIECE)
                if not piece:
                    break
                size += len(piece)
                if size > stored.size:
                    break
                digest.update(piece)
                yield piece
        if size != stored.size or digest.hexdigest() != stored.sha256:
            raise self.problem(name, "it was edited or damaged: its digest is not that of the manifest", DAMAGED)

    def problem(self, name: str, what: str, hint: str, line: int = 0) -> ProblemsError:
        """What is wrong with a file in it, or with a line of that."""
        where = f"{visible(name, 200)}:{line}" if line else visible(name, 200)
        return ProblemsError([Problem(Place(str(self._path)), f"{where}: {what}", hint)])

    @cached_property
    def _stored(self) -> dict[str, Stored]:
        return {one.name: one for one in self.manifest.files}


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """A backup to read; ProblemsError for anything else, and for one that has other files than its manifest says."""
    with open_zip(path) as opened:
        yield Archive(path, opened)
