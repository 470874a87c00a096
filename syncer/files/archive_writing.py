"""A backup file, written: all of it or nothing, and the former one stays until then."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Protocol, cast
from zipfile import ZIP_DEFLATED, ZipFile

from syncer.errors import ProblemsError, SyncerError, visible
from syncer.files.archive_left import hold, remove_left
from syncer.files.archive_manifest import manifest_text
from syncer.files.archive_names import folded, wrong_name
from syncer.files.archive_zip import BAD, open_zip
from syncer.files.plans import create_beside, sync_folder
from syncer.model.backup import MANIFEST, Manifest, Stored

_LEVEL = 3  # of deflate: two to three times as fast as the usual 6, and a tenth larger, or a fourth for scripts
_START = 200


class Writable(Protocol):
    """A file of a backup under way."""

    def write(self, text: str) -> None:
        """Add to it."""


class Archiver:
    """Writes a backup's files one after the other, the manifest last.

    `zipfile` dates what it is not told the time of 1980-01-01: backups of one state differ in their manifests only.
    """

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._stored: list[Stored] = []
        self._names = {folded(MANIFEST)}
        self.is_finished = False

    @contextmanager
    def entry(self, name: str) -> Iterator[Writable]:
        """A new file, to be written before the next one is begun. SyncerError for a name that could not be read."""
        if (why := wrong_name(name)) or folded(name) in self._names:
            what = why or "a name that is there already"  # of an id that the server gave
            raise SyncerError(f"the backup cannot have this file, {what}: {visible(name)}")
        self._names.add(folded(name))
        with self._archive.open(name, "w", force_zip64=True) as file:
            entry = _Entry(file)
            yield entry
        self._stored.append(Stored(name, entry.size, entry.digest.hexdigest()))

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest with the files that there are; nothing can follow."""
        text = manifest_text(replace(manifest, files=tuple(self._stored)))
        with self._archive.open(MANIFEST, "w", force_zip64=True) as file:
            file.write(text.encode("ascii"))
        self.is_finished = True


class _Entry:
    """Hashes and counts what it is given."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest, self.size = file, hashlib.sha256(), 0

    def write(self, text: str) -> None:
        content = text.encode("utf-8")
        self.digest.update(content)
        self.size += len(content)
        self._file.write(content)


@contextmanager
def new_archive(path: Path) -> Iterator[Archiver]:
    """A new backup, which is there as a whole once the block ended after `finish`; until then nothing changes.

    SyncerError where something is that is no backup, or if it cannot be written.
    """
    target = _Target(path)
    try:
        archive = ZipFile(cast("IO[bytes]", target), "w", ZIP_DEFLATED, compresslevel=_LEVEL)
        archiver = Archiver(archive)
        try:
            yield archiver
            archive.close()
        finally:
            archive.fp = None  # of one that failed nothing more is written
        if archiver.is_finished:
            target.keep()
    finally:
        target.drop()


class _Target:
    """The new file under a temporary name, with failures in words for people."""

    def __init__(self, path: Path) -> None:
        self._path, self._replaces = path, os.path.lexists(path) if path.name else False
        self._is_kept, self._held = False, None
        with self._told():
            self._check()
            remove_left(path)
            descriptor, self._temporary = create_beside(path)
            self._file = os.fdopen(descriptor, "wb")
        with suppress(OSError):  # not every file system has locks
            self._held = hold(self._temporary)

    def write(self, content: bytes) -> int:
        with self._told():
            return self._file.write(content)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        with self._told():  # what waits to be written is written first
            return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def flush(self) -> None:
        with self._told():
            self._file.flush()

    def keep(self) -> None:
        """Put it where it belongs, to last through a power cut."""
        with self._told():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._check()  # minutes may have passed
            self._temporary.replace(self._path)
            self._is_kept = True
            sync_folder(self._path.parent)

    def drop(self) -> None:
        """Remove it, if it was not kept."""
        with suppress(OSError):  # what could not be written before
            self._file.close()
        with suppress(OSError):
            if not self._is_kept:  # else the name may be somebody else's by now
                self._temporary.unlink(missing_ok=True)
        if self._held is not None:
            os.close(self._held)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            left = "the former backup is as it was" if self._replaces else "no backup was made"
            raise SyncerError(f"{visible(self._path)} cannot be written: {exc.strerror}; {left}") from exc

    def _check(self) -> None:
        if not self._path.name:
            raise SyncerError("a file name is missing")
        if self._path.is_symlink():
            raise SyncerError(f"{visible(self._path)} is a symbolic link; name the file itself")
        if os.path.lexists(self._path) and not _may_be_replaced(self._path):
            raise SyncerError(f"{visible(self._path)} is there, and is no backup; remove it, or name another file")


def _may_be_replaced(path: Path) -> bool:
    """A backup of whatever version, or nothing yet."""
    try:
        if path.is_file() and path.stat().st_size == 0:
            return True
        with open_zip(path) as opened, opened.open(MANIFEST) as file:
            return b'"syncer-backup/' in file.read(_START)
    except (ProblemsError, OSError, *BAD):
        return False
