"""The rendering of a server in a git repository: one commit a run, of what changed and of nothing else.

What is kept waits in `.syncer/` until the commit, so a run that ends before leaves no trace.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from syncer.errors import SyncerError, some, visible
from syncer.files.history_changes import changes
from syncer.files.history_marker import MARKER, Marker, is_name, read_marker
from syncer.files.history_message import Files, Message, first_message, message_of_changes, message_of_files
from syncer.files.history_remains import STAGED, exchange, note, noted
from syncer.files.history_tree import OURS, Standing, WorkTree, is_new, work_tree
from syncer.files.local import LOCAL, private_folder
from syncer.files.locks import Holder, lock_server
from syncer.files.sources import is_inside
from syncer.model.backup import Counts

_ATTRIBUTES = ".gitattributes"
_TO_THE_LETTER = "* -text\n"  # line ends of scripts are the server's
_ENDING = ".yaml"
_SCRIPTS = "scripts/"
_NOBODY = ("syncer", "syncer@localhost")  # who commits where git knows nobody
_SHOWN_AT_MOST = 5
_WAITING = Path(LOCAL, "history")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that was made: its hash, and its message in two parts."""

    id: str
    subject: str
    body: str


@dataclass(slots=True)
class History:
    """Keeps files until `commit`. `notes` are for people, and known after it."""

    marker: Marker
    tree: WorkTree
    waiting: Path
    before: Marker | None
    notes: tuple[str, ...] = ()
    _names: set[str] = field(default_factory=set)

    def keep(self, name: str, text: str | Iterable[str], /) -> None:
        """A file of the rendering, named as in the folder of an export; SyncerError if it cannot be kept."""
        if not is_name(name):
            raise SyncerError(f"{visible(name)} is no name that a file in a history can have")
        self._write(name, text)
        self._names.add(name)

    def commit(self, now: datetime, counts: Counts, tick: Callable[[int], None] = lambda _: None) -> Commit | None:
        """Commit what was kept, and that the rest is gone; None where git has all of it already.

        `counts` are told by the first commit; `tick` counts the files that are compared.
        SyncerError if that cannot be done; then the work tree is as before.
        """
        self._write(_ATTRIBUTES, _TO_THE_LETTER)
        self._write(MARKER, self.marker.text(self._names))
        with _told(self.tree.folder):
            standing = self.tree.standing()
            files = self._files(standing)
            self.notes = tuple(self._notes(standing, files))
            if not files.all:
                return None
            self._refuse_strangers(files)
            message = self._message(files, counts, tick)
            return self._committed(files, message, now)

    def _write(self, name: str, text: str | Iterable[str]) -> None:
        path = self._staged / name
        with _told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.writelines([text] if isinstance(text, str) else text)

    @property
    def _staged(self) -> Path:
        return self.waiting / STAGED

    def _files(self, standing: Standing) -> Files:
        kept = self._names | {_ATTRIBUTES, MARKER}
        there = kept & standing.tracked
        changed = [name for name in there if not _are_same(self._staged / name, self.tree.ours / name)]
        gone = (self.before.files if self.before else frozenset()) - kept
        return Files(sorted(kept - there), sorted(changed), sorted(gone & standing.tracked))

    def _refuse_strangers(self, files: Files) -> None:
        """What a person put where a file is to go stays, unless it says the same."""
        ours = self.tree.ours
        if there := [
            f"{OURS}/{name}"
            for name in files.added
            if os.path.lexists(ours / name) and not _are_same(self._staged / name, ours / name)
        ]:
            raise SyncerError(
                f"git does not know what is in the way in {visible(self.tree.folder)}: "
                f"{some(there, _SHOWN_AT_MOST, visible)}; move it away, or commit it"
            )

    def _notes(self, standing: Standing, files: Files) -> Iterator[str]:
        strangers = [f"{OURS}/{name}" for name in standing.strangers if name not in files.added]
        if strangers:
            yield f"not in git, and left alone: {some(strangers, _SHOWN_AT_MOST, visible)}"

    def _message(self, files: Files, counts: Counts, tick: Callable[[int], None]) -> Message:
        if self.before is None:
            return first_message(self.marker.server_name, counts)
        documents = sorted({document for name in files.all if (document := _document_of(name))})
        try:
            return message_of_changes(changes(self.tree.ours, self._staged, documents, tick), files)
        except SyncerError as exc:  # somebody edited it
            return message_of_files(files, exc)

    def _committed(self, files: Files, message: Message, now: datetime) -> Commit | None:
        swap, head = exchange(self.tree.ours, self.waiting), self.tree.head()
        takes, brings = (*files.removed, *files.changed, *files.added), (*files.added, *files.changed)
        note(self.waiting, head, takes, brings)
        try:
            swap.take(takes)
            swap.bring(brings)
            self.tree.update_index(files.all)
            if not self.tree.is_to_be_committed():
                return None
            text = message.text(self.marker, now)
            commit = self.tree.commit(text, now, _NOBODY)
        except BaseException:
            if self.tree.head() == head:
                swap.undo()
                with suppress(SyncerError):  # it may be what failed, having changed nothing
                    self.tree.update_index(files.all)
            raise
        subject, _, body = text.partition("\n\n")
        return Commit(commit, subject, body)


@contextmanager
def open_history(
    folder: Path, server_name: str, server_url: str, environ: Mapping[str, str], holder: Holder
) -> Iterator[History]:
    """The history of a server in a folder, which is made where it is not there; nobody else has it meanwhile.

    SyncerError where the folder is something else, another server's, or a person is at work in it.
    """
    folder = Path(os.path.realpath(folder))
    marker = Marker(server_name, server_url)
    with _told(folder):
        new = is_new(folder, environ)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not is_inside(folder, folder / LOCAL):
            raise SyncerError(f"{visible(folder / LOCAL)} leads out of {visible(folder)}; remove the symbolic link")
    with lock_server(folder, str(folder), holder):
        with _told(folder):
            tree = work_tree(folder, environ, new=new)
            _put_back(tree, folder / _WAITING)
            before = _before(tree, marker)
        with _waiting_room(folder) as waiting:
            yield History(marker, tree, waiting, before)


def _before(tree: WorkTree, mine: Marker) -> Marker | None:
    """The mark of what is there, None for nothing; SyncerError where that is not ours."""
    tree.standing()
    if tree.ours.is_symlink():
        raise SyncerError(f"{visible(tree.ours)} is a symbolic link; remove it")
    path = tree.ours / MARKER
    if path.exists():
        before = read_marker(path)
        before.check(mine, path)
        return before
    if os.path.lexists(tree.ours) and any(tree.ours.iterdir()):
        raise SyncerError(f"{visible(tree.ours)} is there, and no history of syncer's; name another folder with --git")
    return None


def _put_back(tree: WorkTree, waiting: Path) -> None:
    """What a run had begun that was killed before its commit."""
    tree.check_idle()
    remains = noted(waiting)
    if remains is not None and remains.head == tree.head() and (names := remains.put_back(tree.ours, waiting)):
        tree.update_index(names)


@contextmanager
def _waiting_room(folder: Path) -> Iterator[Path]:
    """An empty folder beside what is kept; what a killed run left in it goes."""
    waiting = folder / _WAITING
    shutil.rmtree(waiting, ignore_errors=True)
    private_folder(folder, waiting)
    try:
        yield waiting
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise SyncerError(f"{visible(exc.filename or path)} cannot be read or written: {exc.strerror}") from exc


def _are_same(one: Path, other: Path) -> bool:
    if other.is_symlink() or not other.is_file() or one.stat().st_size != other.stat().st_size:
        return False
    return one.read_bytes() == other.read_bytes()


def _document_of(name: str) -> str:
    """The domain's file that a file is or belongs to; "" where that is none."""
    if name.startswith(_SCRIPTS):
        return name.split("/")[1] + _ENDING
    return name if name.endswith(_ENDING) else ""
