"""The third side of a plan, read: a record of what was last applied, or the files of a git revision."""

from collections.abc import Callable
from pathlib import Path

from syncer.errors import Place, Problem, ProblemsError, UsageProblem, visible
from syncer.files.records import read_record
from syncer.model.plan import Since, Third
from syncer.model.record import Record
from syncer.plan.record import opens
from syncer.plan.third import ThirdSide, side_of_files, side_of_record
from syncer.workflow.context import Context, Repository

Opened = Callable[[str], ThirdSide]  # with the login password


def refuse_two(since: Path | None, base: str | None) -> None:
    """There is one third side at most."""
    if since is not None and base is not None:
        raise UsageProblem("--since and --base both say what to compare with; name one of them")


def read_third(context: Context, repository: Repository, since: Path | None, base: str | None) -> Opened | None:
    """Read what is named, which takes no server; None where nothing is."""
    if since is not None:
        return _record(repository, since)
    return _revision(context, repository, base) if base is not None else None


def _record(repository: Repository, path: Path) -> Opened:
    record = read_record(path)
    refuse_stranger(path, record, repository)
    since = Since(Third.RECORD, str(path), record.time)
    return lambda password: side_of_record(since, record, opens(record, password))


def _revision(context: Context, repository: Repository, ref: str) -> Opened:
    from syncer.files.revision import read_revision

    done = context.progress.phase(f"reading the files of {visible(ref)}", None)
    revision = read_revision(repository.settings, repository.server, ref, context.environ)
    done(1)
    side = side_of_files(Since(Third.REVISION, ref, revision.commit), revision.desired, revision.prune)
    return lambda _: side


def refuse_stranger(path: Path, record: Record, repository: Repository) -> None:
    """ProblemsError for a record of another server."""
    url = repository.server.url
    if record.server_url != url:
        what = f"the record is of {visible(record.server_url)}, not of {visible(url)}"
        raise ProblemsError([Problem(Place(str(path)), what, "name the record of this server, or another --server")])
