"""Which documents there are in the files: those of domains, and baselines."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from syncer.files.baselines import Baseline, read_baseline, usable
from syncer.files.documents import BROKEN, Map
from syncer.files.entries import name_of
from syncer.files.sources import Source, Spot
from syncer.files.wording import kind_of


@dataclass(frozen=True, slots=True)
class DomainDocument:
    """A document of a domain ("" where it does not say which). Not whole: reading broke off in it."""

    domain: str
    node: Map
    spot: Spot
    is_whole: bool


@dataclass(slots=True)
class Outline:
    """The documents of all files, baselines read already. Not whole: not everything could be read."""

    domains: dict[str, list[DomainDocument]] = field(default_factory=dict)
    baselines: list[Baseline] = field(default_factory=list)
    is_whole: bool = True


def outline(sources: Iterable[Source]) -> Outline:
    """Every document of the files; one that is neither a domain's nor a baseline is told."""
    found = Outline()
    for source in sources:
        parsed = source.read()
        found.is_whole &= parsed.complete
        for index, document in enumerate(parsed.documents):
            is_whole = parsed.complete or index + 1 < len(parsed.documents)
            if is_whole or "domain" in (document or ()):  # else it may have stood in what could not be read
                _add(found, document, Spot(source, (index,)), is_whole)
    if found.is_whole:
        used = usable(found.baselines, found.domains)
        found.is_whole = len(used) == len(found.baselines)
        found.baselines = used
    return found


def _add(found: Outline, document: Any, spot: Spot, is_whole: bool) -> None:
    if document is None or document is BROKEN:
        return
    if not isinstance(document, Map):
        spot.problem(f"a document is a mapping, not {kind_of(document)}", "begin it with domain: NAME")
    elif "baseline" in document:
        baseline = read_baseline(document, spot)
        found.is_whole &= baseline is not None
        found.baselines += [baseline] if baseline is not None else []
    else:
        domain = name_of(document, spot)
        found.is_whole &= bool(domain)
        found.domains.setdefault(domain, []).append(DomainDocument(domain, document, spot, is_whole))
