"""Backups: all that a login can read, in one file, in a history in git, or in both.

What is read waits in a temporary file, so that no more than a few configs are in memory, and is written in order from
there once the server was seen to keep still.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from syncer import __version__
from syncer.devices.events import Unread
from syncer.devices.interface import Tick
from syncer.devices.keeping import Seal
from syncer.devices.steady import Steady, Told, read_steady
from syncer.errors import SyncerError, UsageProblem, some, visible
from syncer.files.archives import Archiver, new_archive
from syncer.files.local import LOCAL
from syncer.files.rendering import Keeps
from syncer.files.sealing import Sealer, wrong_recipient
from syncer.files.spools import Spool, new_spool
from syncer.model.backed_up import BackedUp, Committed
from syncer.model.backup import Counts, Manifest, SecretsAre
from syncer.workflow.backup_writing import Archived, Rendering, write_json
from syncer.workflow.connecting import connect, login_domain, profile_of
from syncer.workflow.context import Context, Repository, open_repository, private_folder
from syncer.workflow.history import commit, history_of
from syncer.workflow.spooling import Spooled
from syncer.workflow.tallying import told_of_secrets

if TYPE_CHECKING:
    from syncer.files.history import History

_MOVING_DEVICES = "devices came and went all the time, so their list is that of one moment of the reading"
_MOVING_FIELDS = "fields that syncer does not know changed all the time, so they are as at one moment of the reading"
_STRANGE = "events that syncer does not know came all the time, and it did not wait for their end: "
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class BackingUp:
    """What to write: a file, a history, or both; secrets for `recipients`, else for those of syncer.yaml."""

    out: Path | None = None
    git: Path | None = None
    recipients: tuple[str, ...] = ()
    plaintext: bool = False


def back_up(context: Context, wishes: BackingUp) -> BackedUp:
    """Read everything and write it; whatever fails, a former backup is as it was.

    Not a coroutine: nothing is awaited while it is written, and Ctrl-C is to end that at once.
    """
    repository = open_repository(context)
    sealing = _Sealing.of(context, repository, wishes)
    with _places(context, repository, wishes) as places:
        spooled = Spooled(places.spool, sealing.seal, plaintext=wishes.plaintext)
        created = context.now().isoformat(timespec="seconds")
        steady = asyncio.run(_read(context, repository, spooled))
        manifest = _manifest(repository, steady, spooled, sealing, created)
        done = _write(context, places, steady, spooled, manifest)
    size = wishes.out.stat().st_size if wishes.out else 0
    return replace(done, out=wishes.out, size=size, git=wishes.git)


async def _read(context: Context, repository: Repository, spooled: Spooled) -> Steady:
    unread = Unread()

    def configs(total: int | None) -> Tick:
        return context.progress.phase("reading configs", total)

    context.progress.phase("reading the server", None)
    async with connect(context, repository, unread.note) as connected:
        return await read_steady(connected.service, unread, spooled, Told(configs, context.warn))


def _manifest(repository: Repository, steady: Steady, spooled: Spooled, sealing: "_Sealing", created: str) -> Manifest:
    profile, server = profile_of(repository.server), repository.server
    return Manifest(
        server_name=server.name,
        server_url=server.url,
        domain=login_domain(server),
        admin=steady.admin,
        created=created,
        syncer=__version__,
        secrets=sealing.are,
        counts=Counts(
            domains=len(steady.heads),
            categories=sum(map(len, steady.categories.values())),
            configs=sum(spooled.count(head.domain.id) for head in steady.heads),
            devices=spooled.device_count,
        ),
        files=(),
        recipients=sealing.recipients,
        reads_back=profile.reads_back_unset,
        write_only=profile.write_only,
        notes=tuple(_notes(steady)),
    )


def _notes(steady: Steady) -> Iterator[str]:
    """What of it is not of the same moment as all the rest."""
    if steady.devices_moved:
        yield _MOVING_DEVICES
    if steady.fields_moved:
        yield _MOVING_FIELDS
    if steady.strange:
        yield _STRANGE + some(steady.strange, _SHOWN, visible)


def _write(context: Context, places: "_Places", steady: Steady, spooled: Spooled, manifest: Manifest) -> BackedUp:
    total = manifest.counts.configs
    keepers: list[Keeps] = []
    if places.archiver is not None:
        write_json(places.archiver, steady, spooled, context.progress.phase("writing configs", total))
        keepers.append(Archived(places.archiver))
    if places.history is not None:
        keepers.append(places.history)
    rendering = Rendering.of(steady, spooled, manifest, keepers, places.folder)
    rendering.write(context.progress.phase("writing YAML", total))
    secrets = rendering.tally.result
    warnings = tuple(told_of_secrets(secrets)) if places.archiver is not None else ()  # git never has any
    notes = (*manifest.notes, *rendering.notes.all)
    if places.archiver is not None:
        context.progress.phase("closing the file", None)
        places.archiver.finish(replace(manifest, notes=(*warnings, *notes)))
    history = _commit(context, places.history, manifest.counts, rendering.too_large)
    return BackedUp(manifest, secrets, warnings, notes, history=history)


def _commit(context: Context, history: "History | None", counts: Counts, too_large: Sequence[str]) -> Committed | None:
    if history is None:
        return None
    if too_large:  # git would say that it was deleted
        return Committed(failure=f"nothing was committed: {too_large[0]}")
    try:
        made = commit(context, history, counts)
    except SyncerError as exc:  # the file is not lost for it
        return Committed(failure=str(exc))
    return Committed(made.id, made.subject) if made else Committed()


@dataclass(frozen=True, slots=True)
class _Sealing:
    """What becomes of secrets."""

    are: SecretsAre
    recipients: tuple[str, ...] = ()
    seal: Seal | None = None

    @classmethod
    def of(cls, context: Context, repository: Repository, wishes: BackingUp) -> "_Sealing":
        """As it was asked for; quotes nothing of what is no recipient, since it may be the wrong half of a key."""
        if wishes.plaintext:
            return cls(SecretsAre.PLAINTEXT)
        for recipient in wishes.recipients:
            if wrong := wrong_recipient(recipient):
                raise UsageProblem(f"--recipient: {wrong[0]}; {wrong[1]}")
        recipients = wishes.recipients or repository.settings.age_recipients
        if not recipients or wishes.out is None:
            return cls(SecretsAre.LEFT_OUT)
        return cls(SecretsAre.SEALED, tuple(recipients), Sealer(recipients, context.environ).seal)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a backup goes, and waits until it is complete."""

    folder: Path
    spool: Spool
    archiver: Archiver | None
    history: "History | None"


@contextmanager
def _places(context: Context, repository: Repository, wishes: BackingUp) -> Iterator[_Places]:
    """What is wrong with them is told before anything is read."""
    with ExitStack() as stack:
        archiver = stack.enter_context(new_archive(wishes.out)) if wishes.out else None
        history = stack.enter_context(history_of(context, repository, wishes.git)) if wishes.git else None
        folder = wishes.out.parent if wishes.out else _local(repository)
        yield _Places(folder, stack.enter_context(new_spool(folder)), archiver, history)


def _local(repository: Repository) -> Path:
    folder = repository.root / LOCAL
    private_folder(repository.root, folder)
    return folder
