"""Backup files: their domains as a service would give them, and whether one is whole. No network, no repository."""

from collections.abc import Iterator
from pathlib import Path

from syncer.devices.keeping import Undecodable, Unseal, returned
from syncer.errors import ProblemsError, visible
from syncer.files.archive_zip import DAMAGED
from syncer.files.archives import Archive, open_archive
from syncer.model.backup import DOMAINS, Checked, RawDomain
from syncer.model.state import LiveDomain
from syncer.workflow.backup_check import Check
from syncer.workflow.context import Context


def verify_backup(context: Context, path: Path) -> Checked:
    """Everything that can be known of a backup without its server; what is wrong with it is in there."""
    try:
        with open_archive(path) as archive:
            total = archive.manifest.counts.total + len(archive.manifest.files)
            tick = context.progress.phase("checking the backup", total)
            return Check(archive, context.environ, tick).run(str(path))
    except ProblemsError as exc:
        return Checked(str(path), problems=exc.problems)


def live_domains(archive: Archive, unseal: Unseal) -> Iterator[LiveDomain]:
    """The domains of a backup in normal form; ProblemsError for what no service gives."""
    return (live_domain(archive, domain, unseal) for domain in archive.domains())


def live_domain(archive: Archive, domain: RawDomain, unseal: Unseal) -> LiveDomain:
    """One of them."""
    try:
        return returned(domain, archive.manifest, unseal)
    except Undecodable as exc:
        raise archive.problem(DOMAINS, f"in the domain with id {domain.id}: {visible(exc)}", DAMAGED) from exc
