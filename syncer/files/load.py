"""All files of a server to its desired state, or every problem of every file at once."""

from collections.abc import Iterator, Mapping

from syncer.errors import Place, ProblemsError
from syncer.files.entries import Part, Reader
from syncer.files.merge import merged
from syncer.files.secrets import References
from syncer.files.settings import Server, Settings
from syncer.files.sources import SETTINGS, Source, Spot, find_files
from syncer.model.state import Desired


def load_desired(settings: Settings, server: Server, environ: Mapping[str, str] | None) -> Desired:
    """What the files of a server say; ProblemsError with all that is wrong in them.

    `environ` None: the files are of the past, so secrets that are not among them are not known.
    """
    named_at = server.place if server.files else Place(SETTINGS)
    paths, problems = find_files(settings.root, server.files or settings.files, named_at)
    sources = [Source(settings.root, path, variables=True) for path in paths]
    reader = Reader(References(settings.root, environ))
    parts: list[Part] = []
    for source in sources:
        parts += _parts(source, reader)
    domains = merged(parts)
    problems += [problem for source in sources for problem in source.problems]
    if problems:
        raise ProblemsError(problems)
    return Desired(domains, settings.policy)


def _parts(source: Source, reader: Reader) -> Iterator[Part]:
    """What a file says, document by document."""
    parsed = source.read()
    for index, document in enumerate(parsed.documents):
        whole = parsed.complete or index + 1 < len(parsed.documents)
        if not whole and "domain" not in (document or ()):
            continue  # it may have stood in what could not be read
        part = reader.part(document, Spot(source, (index,)))
        if part is not None:
            part.sure &= whole
            yield part
