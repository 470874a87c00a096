"""Files alone: what is wrong with them, and what is legal and probably wrong."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from syncer.errors import ProblemsError, reading_order
from syncer.files.lint import lint
from syncer.files.load import Loaded, load
from syncer.files.sealing import KEY_FILE, Opener
from syncer.files.secrets import References
from syncer.files.settings import Server, Settings, load_settings
from syncer.model.lint import Verdict
from syncer.workflow.context import Context, Told, moved, prefix_of, roots_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to validate: the repositories that `paths` are in, or the usual one; with their secrets or without."""

    paths: Sequence[Path] = ()
    secrets: bool = True


_EVERYTHING = Wanted()


def validate_files(context: Context, wanted: Wanted = _EVERYTHING) -> Verdict:
    """Every problem of every file; where there is none, every warning. Nothing where no path is in a repository.

    Of several servers those that `context` does not name are looked at, too. Sealed secrets are left unread where no
    age key is named, which is told.
    """
    roots = roots_of(context, wanted.paths)
    if not roots:
        context.warn("none of these paths is in a configuration repository, so nothing was checked")
    verdicts = [verdict for root in roots for verdict in _of(context, root, wanted)]
    context.progress.close()
    return Verdict(
        _sorted(problem for one in verdicts for problem in one.problems),
        _sorted(warning for one in verdicts for warning in one.warnings),
        sum(one.domains for one in verdicts),
        sum(one.categories for one in verdicts),
        sum(one.configs for one in verdicts),
    )


def _of(context: Context, root: Path, wanted: Wanted) -> Iterator[Verdict]:
    """One verdict for each server of a repository that has files of its own."""
    prefix = prefix_of(context, root) if wanted.paths else ""
    try:
        settings = load_settings(root, context.cache)
    except ProblemsError as exc:
        yield Verdict(moved(exc.problems, prefix))
        return
    done = context.progress.phase("reading files", None)
    for server in _servers(context, settings):
        verdict = _judged(context, settings, server, wanted)
        yield replace(verdict, problems=moved(verdict.problems, prefix), warnings=moved(verdict.warnings, prefix))
    done(1)


def _sorted(told: Iterable[Told]) -> tuple[Told, ...]:
    """Each once, in the order of the files: two servers may share some."""
    return tuple(sorted(set(told), key=reading_order))


def _servers(context: Context, settings: Settings) -> list[Server]:
    """The one that is named; else one for each set of files."""
    if context.server is not None:
        return [settings.server(context.server)]
    return list({server.files or settings.files: server for server in settings.servers.values()}.values())


def _judged(context: Context, settings: Settings, server: Server, wanted: Wanted) -> Verdict:
    opener = Opener(context.environ if wanted.secrets else {}, required=False)
    references = References(settings.root, context.environ if wanted.secrets else None, opener)
    try:
        loaded = load(settings, server, references, cache=context.cache)
    except ProblemsError as exc:
        return Verdict(exc.problems)
    if opener.left and wanted.secrets:
        secrets = "a secret is" if opener.left == 1 else f"{opener.left} secrets are"
        context.warn(f"{secrets} sealed with age and not checked: {KEY_FILE} names no key file, which a plan needs")
    return _counted(loaded, settings)


def _counted(loaded: Loaded, settings: Settings) -> Verdict:
    domains = loaded.desired.domains
    return Verdict(
        (),
        lint(loaded, settings.lint_ignored),
        len(domains),
        sum(len(domain.categories or ()) for domain in domains),
        sum(len(domain.configs or ()) for domain in domains),
    )
