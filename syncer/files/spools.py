"""What is read of a server before it is written in order: lines in a temporary file that nobody else can open."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from syncer.errors import SyncerError, visible


class Spool:
    """Lines by domain (None: of none) and number; a later one takes the place of an earlier one."""

    def __init__(self, file: IO[bytes], folder: Path) -> None:
        self._file, self._folder = file, folder
        self._places: dict[int | None, dict[int, int]] = {}

    def put(self, domain: int | None, number: int, line: str) -> None:
        """Add a line, which ends as lines do."""
        with told_of_folder(self._folder):
            self._places.setdefault(domain, {})[number] = self._file.seek(0, 2)
            self._file.write(line.encode("ascii"))

    def drop(self, domain: int | None, number: int) -> None:
        """Forget a line, if there is one."""
        self._places.get(domain, {}).pop(number, None)

    def forget(self, domain: int | None) -> None:
        """Forget those of a domain."""
        self._places.pop(domain, None)

    def clear(self) -> None:
        """Forget all, and give their room back."""
        self._places.clear()
        with told_of_folder(self._folder):
            self._file.seek(0)
            self._file.truncate()

    def count(self, domain: int | None) -> int:
        """How many lines there are."""
        return len(self._places.get(domain, ()))

    def lines(self, domain: int | None) -> Iterator[str]:
        """In the order of their numbers."""
        places = self._places.get(domain, {})
        for number in sorted(places):
            with told_of_folder(self._folder):
                self._file.seek(places[number])
                line = self._file.readline()
            yield line.decode("ascii")


class Scratch:
    """Makes places for texts that are under way, in the same folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self) -> IO[str]:
        """A new one, gone once it is closed."""
        with told_of_folder(self._folder):
            return tempfile.TemporaryFile("w+", encoding="utf-8", newline="", dir=self._folder)


@contextmanager
def new_spool(folder: Path) -> Iterator[Spool]:
    """A spool in a folder, which is gone afterwards, also after a crash where the system allows it."""
    with ExitStack() as stack:
        with told_of_folder(folder):
            file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        stack.callback(_close, file)
        yield Spool(file, folder)


def _close(file: IO[bytes]) -> None:
    with suppress(OSError):  # what waits to be written cannot be, and nobody wants it any more
        file.close()


@contextmanager
def told_of_folder(folder: Path) -> Iterator[None]:
    """Failures of temporary files in words for people."""
    try:
        yield
    except OSError as exc:
        raise SyncerError(
            f"a temporary file in {visible(folder)} cannot be written or read: {exc.strerror}; nothing was changed"
        ) from exc
