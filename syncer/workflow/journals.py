"""The journals of a repository: which there are, what they say, and which may go."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from syncer.errors import ProblemsError, SyncerError, visible
from syncer.files.journals import ENDING, journals_of, read_journal
from syncer.files.settings import find_root
from syncer.model.journal import BROKEN, UNFINISHED, History, Kept
from syncer.model.plan import Ending
from syncer.workflow.context import Context

_MOST_NAMES = 10  # told of those that there are


@dataclass(frozen=True, slots=True)
class Pruned:
    """Names of journals: those that went, newest first, and those that stay since they are not finished."""

    deleted: tuple[str, ...]
    unfinished: tuple[str, ...]
    broken: tuple[str, ...]


def journal_folder(root: Path) -> Path:
    """Where a repository keeps its journals."""
    return root / ".syncer" / "journal"


def list_journals(context: Context) -> tuple[Kept, ...]:
    """Newest first; where the context names a server, only that one's and those of which it is not known."""
    return tuple(kept for _, kept in _newest_first(context))


def show_journal(context: Context, name: str | None) -> tuple[Kept, History]:
    """The journal of that name, or in that file; without a name the newest. SyncerError if there is none.

    ProblemsError if it is broken.
    """
    path = _newest(context) if name is None else _named(context, name)
    history = read_journal(path)
    return Kept(path.stem, history), history


def prune_journals(context: Context, keep: int) -> Pruned:
    """Delete all finished journals but the newest `keep`; SyncerError if one cannot be deleted.

    One that an apply has open has no ending yet, so it stays.
    """
    journals = list(_newest_first(context))
    may_be_recovered = _newest_of_each_server(journals)
    finished = [
        (path, kept)
        for path, kept in journals
        if kept.state not in (UNFINISHED, BROKEN) and not (kept.state == Ending.STOPPED and path in may_be_recovered)
    ]
    for path, _ in finished[keep:]:
        try:
            path.unlink(missing_ok=True)
        except OSError as exc:
            raise SyncerError(f"{visible(path)} cannot be deleted: {exc.strerror}") from exc
    return Pruned(
        tuple(kept.name for _, kept in finished[keep:]),
        tuple(kept.name for _, kept in journals if kept.state == UNFINISHED),
        tuple(kept.name for _, kept in journals if kept.state == BROKEN),
    )


def _newest_of_each_server(journals: Sequence[tuple[Path, Kept]]) -> set[Path]:
    """A stopped apply that was the last one can still be rolled back or resumed."""
    newest: dict[str, Path] = {}
    for path, kept in journals:
        if kept.history is not None:
            newest.setdefault(kept.history.plan.server_url, path)
    return set(newest.values())


def _newest_first(context: Context) -> Iterator[tuple[Path, Kept]]:
    for path in reversed(_journals(context)):
        try:
            history = read_journal(path)
        except ProblemsError as exc:
            yield path, Kept(path.stem, None, str(exc))
            continue
        if context.server in (None, history.plan.server_name):
            yield path, Kept(path.stem, history)


def _journals(context: Context) -> list[Path]:
    return journals_of(journal_folder(find_root(context.start, upwards=context.upwards)))


def _newest(context: Context) -> Path:
    """The newest of the server that is meant; a broken one is not passed over."""
    for path in reversed(_journals(context)):
        if context.server is None or _is_of(path, context.server):
            return path
    raise SyncerError("there is no journal here yet; `syncer apply` makes one")


def _is_of(path: Path, server: str) -> bool:
    try:
        return read_journal(path).plan.server_name == server
    except ProblemsError:
        return True


def _named(context: Context, name: str) -> Path:
    """By name, or by the path of its file."""
    path = Path(name)
    if name != path.name or (path.suffix == ENDING and os.path.isfile(path)):  # noqa: PTH113  (never fails)
        return path
    journals = _journals(context)
    for journal in journals:
        if journal.stem == name.removesuffix(ENDING):
            return journal
    raise SyncerError(f"there is no journal {visible(name)}; {_told(journals)}")


def _told(journals: Sequence[Path]) -> str:
    if not journals:
        return "there is none yet"
    newest = [visible(path.stem) for path in reversed(journals[-_MOST_NAMES:])]
    more = f" and {len(journals) - len(newest)} older ones" if len(journals) > len(newest) else ""
    return f"there are {', '.join(newest)}{more}"
