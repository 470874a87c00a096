"""Live state as files: load them again and plan, and there is nothing to do."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from syncer.errors import SyncerError, some, visible
from syncer.files.plans import write_private
from syncer.files.publishing import schema_line
from syncer.files.rendering import Exporter, Variable, twins_among
from syncer.files.sources import is_inside
from syncer.model.state import LiveDomain

_SHOWN_PATHS = 20


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, which variables are to be set, and what the files could not say."""

    files: tuple[Path, ...]
    variables: tuple[Variable, ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class Texts:
    """Keeps a rendering in memory, by the paths that it is to have in a folder."""

    out: Path
    texts: dict[Path, str] = field(default_factory=dict)

    def keep(self, name: str, text: str | Iterable[str]) -> None:
        """Take a file."""
        self.texts[self.out / name] = text if isinstance(text, str) else "".join(text)


def export(
    domains: Sequence[LiveDomain],
    out: Path,
    *,
    root: Path,
    force: bool = False,
    write_only: frozenset[str] = frozenset(),
) -> Exported:
    """Write one file a domain into `out`; SyncerError before anything is written where a file is there already."""
    exporter = Exporter(Texts(out), schema_line("domain", out, root), write_only)
    twins = twins_among(domain.domain for domain in domains)
    texts: dict[Path, str] = {}
    for domain in domains:
        exporter.domain(domain, twins)
        texts |= _taken(exporter.keeper)
    if not force:
        _refuse_existing(texts)
    for path, content in texts.items():
        _write(out, path, content)
    return Exported(tuple(texts), tuple(exporter.variables), tuple(exporter.notes))


def _taken(kept: Texts) -> dict[Path, str]:
    """The files of a domain, its own before its scripts."""
    texts, kept.texts = kept.texts, {}
    return dict(sorted(texts.items(), key=lambda one: one[0].suffix != ".yaml"))


def _refuse_existing(paths: Iterable[Path]) -> None:
    existing = [visible(path) for path in paths if os.path.lexists(path)]
    if existing:
        raise SyncerError(
            f"nothing was written, since these exist already: {some(existing, _SHOWN_PATHS)}; "
            "choose another folder, or say --force to replace them"
        )


def _write(out: Path, path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise SyncerError(f"{visible(path.parent)} cannot be made: {exc.strerror}") from exc
    if not is_inside(out, path.parent):
        raise SyncerError(f"{visible(path.parent)} leads out of {visible(out)}; remove the symbolic link")
    write_private(path, content)
