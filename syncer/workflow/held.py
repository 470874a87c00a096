"""What a backup holds, read for a restore or a comparison."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from syncer.devices.keeping import Undecodable, Unseal, returned_config
from syncer.devices.snapshot import with_names
from syncer.errors import visible
from syncer.files.archive_zip import DAMAGED
from syncer.files.archives import Archive, open_archive
from syncer.files.sealing import Sealer
from syncer.model.backup import Manifest, configs_of
from syncer.model.state import LiveDomain, LiveObject
from syncer.workflow.backup_files import live_domain, live_domains


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup, read. `sealed`: how many secrets could not be opened with the keys that are here."""

    manifest: Manifest
    domains: tuple[LiveDomain, ...]
    sealed: int = 0


class Unsealer:
    """Opens secrets with the key file that the environment names, and counts those that it cannot open."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._sealer = Sealer((), environ)
        self.failed = 0

    def __call__(self, ciphertext: str) -> str | None:
        """The text, None without a key that fits; SyncerError for a key file that cannot be used."""
        text = self._sealer.unseal(ciphertext)
        self.failed += text is None
        return text


def read_backup(file: Path, environ: Mapping[str, str]) -> Backup:
    """All of it; ProblemsError for a file that is none, is damaged, or has something that no service would give."""
    unseal = Unsealer(environ)
    with open_archive(file) as archive:
        domains = tuple(live_domains(archive, unseal))
        return Backup(archive.manifest, domains, unseal.failed)


def stream_domains(archive: Archive, unseal: Unseal) -> Iterator[tuple[LiveDomain, Iterator[LiveObject]]]:
    """Each domain without its configs, and these one by one, to be taken before the next domain; else as above."""
    for raw in archive.domains():
        domain = live_domain(archive, replace(raw, configs=iter(())), unseal)
        yield domain, _configs(archive, domain, unseal)


def _configs(archive: Archive, domain: LiveDomain, unseal: Unseal) -> Iterator[LiveObject]:
    names = {one.id: one.address.name for one in domain.categories}
    file = configs_of(domain.domain.id)
    for number, line in enumerate(archive.objects(file), 1):
        try:
            yield with_names(returned_config(line, domain.domain, archive.manifest, unseal), names)
        except Undecodable as exc:
            raise archive.problem(file, visible(exc), DAMAGED, number) from exc
