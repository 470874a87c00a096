"""All files of a server to its desired state, or every problem of every file at once."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from syncer.errors import ProblemsError
from syncer.files.cache import Cache
from syncer.files.entries import Part, Reader
from syncer.files.inheritance import Inheritance, inheritance_of
from syncer.files.merge import Merged, merged
from syncer.files.outline import Outline, outline
from syncer.files.sealing import Opener
from syncer.files.secrets import References
from syncer.files.settings import Server, Settings
from syncer.files.sources import Source, find_files
from syncer.files.variables import Room
from syncer.model.state import Desired


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the files say, and the documents that say it; by domain what stands behind its documents.

    `sources`: all files, read. `domains`: those of `desired`, with their places.
    """

    desired: Desired
    found: Outline
    behind: Mapping[str, Inheritance]
    sources: Sequence[Source]
    domains: tuple[Merged, ...]


def load_desired(
    settings: Settings,
    server: Server,
    environ: Mapping[str, str] | None,
    opener: Opener | None = None,
    cache: Cache | None = None,
) -> Desired:
    """What the files of a server say; ProblemsError with all that is wrong in them.

    `environ` None: the files are of the past, so secrets that are not among them are not known.
    `opener` opens what is sealed; by default with the key that the environment names.
    """
    return load(settings, server, References(settings.root, environ, opener), cache=cache).desired


@contextmanager
def _without_collector() -> Iterator[None]:
    """Nothing that is read becomes garbage, and looking for some would take a quarter of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_without_collector()
def load(
    settings: Settings,
    server: Server,
    references: References,
    edited: Mapping[Path, str | None] | None = None,
    cache: Cache | None = None,
) -> Loaded:
    """The same, with the documents. `edited`: texts to take for those of files, None for one that is to go."""
    patterns = server.files or settings.files
    paths, problems = find_files(settings.root, patterns, partial(settings.place_of_files, server))
    edited = edited or {}
    there = [path for path in dict.fromkeys((*paths, *edited)) if path not in edited or edited[path] is not None]
    sources = [Source(settings.root, path, edited.get(path), cache) for path in there]
    found = outline(sources)
    room = Room()
    behind = {domain: _behind(domain, found, room) for domain in found.domains}
    domains = merged(_parts(found, behind, Reader(references)))
    problems += [problem for source in sources for problem in source.problems]
    if problems:
        raise ProblemsError(problems)
    if cache is not None:
        cache.keep(source.fresh for source in sources)
    desired = Desired(tuple(one.domain for one in domains), settings.policy)
    return Loaded(desired, found, behind, sources, domains)


def _behind(domain: str, found: Outline, room: Room) -> Inheritance:
    own = [(document.node, document.spot) for document in found.domains[domain]]
    return inheritance_of(domain, own, found.baselines if domain else (), room, sure=found.is_whole)


def _parts(found: Outline, behind: Mapping[str, Inheritance], reader: Reader) -> Iterator[Part]:
    """What the files say, document by document."""
    for domain, documents in found.domains.items():
        for document in documents:
            part = reader.part(document.node, document.spot, behind[domain])
            if part is not None:
                part.sure &= document.is_whole
                yield part
