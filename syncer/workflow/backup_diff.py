"""What changed between two backups, or since one."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from syncer.errors import SyncerError, visible
from syncer.files.archives import open_archive
from syncer.files.settings import find_root, load_settings
from syncer.model.plan import Plan
from syncer.model.state import Live, LiveDomain, LiveObject, Policy
from syncer.model.values import Secret
from syncer.plan.comparing import Side, compare
from syncer.plan.diff import view_of_live
from syncer.plan.digest import canonical
from syncer.plan.planner import Origin
from syncer.workflow.connecting import connect
from syncer.workflow.context import Context, open_repository
from syncer.workflow.held import Unsealer, stream_domains
from syncer.workflow.planning import read_server

_Domains = Iterator[tuple[LiveDomain, Iterator[LiveObject]]]  # each with its configs beside it
_Digests = defaultdict[bytes, list[bytes]]  # of what is at an address, by that of the address
_SIZE = 16  # bytes of a digest
_NEW_SALT = 16  # bytes


@dataclass(frozen=True, slots=True)
class _Source:
    """Something that holds domains and is read twice, so that what is equal need not be held. `told` is for people."""

    told: str
    server_name: str
    server_url: str
    write_only: frozenset[str]
    read: Callable[[], AbstractContextManager[_Domains]]


async def diff_backups(context: Context, before: Path, after: Path | None) -> Plan:
    """A plan that leads from a backup to another one, or to what is live; `after` None needs a repository."""
    if after is not None:
        return _diff(context, _backup(context, before), _backup(context, after), _policy(context))
    repository, old = open_repository(context), _backup(context, before)
    async with connect(context, repository) as connected:
        live = await read_server(context, connected, lambda _: True, lambda _: True)
    now = context.now().isoformat(timespec="seconds")
    new = _Source(f"what is live at {now}", repository.server.name, repository.server.url, live.write_only, _of(live))
    return _diff(context, old, new, repository.settings.policy)


def _policy(context: Context) -> Policy:
    """What a repository wants masked, if there is one here: two files are compared anywhere."""
    try:
        root = find_root(context.start, upwards=context.upwards)
    except SyncerError:
        return Policy()
    return load_settings(root, context.cache).policy


def _backup(context: Context, file: Path) -> _Source:
    unseal = Unsealer(context.environ)
    with open_archive(file) as archive:
        manifest = archive.manifest

    @contextmanager
    def read() -> Iterator[_Domains]:
        with open_archive(file) as archive:
            yield stream_domains(archive, unseal)

    told = f"{visible(file)} ({visible(manifest.server_name)} as it was at {visible(manifest.created)})"
    return _Source(told, manifest.server_name, manifest.server_url, manifest.write_only, read)


def _of(live: Live) -> Callable[[], AbstractContextManager[_Domains]]:
    @contextmanager
    def read() -> Iterator[_Domains]:
        yield ((replace(domain, configs=()), iter(domain.configs)) for domain in live.domains)

    return read


def _diff(context: Context, before: _Source, after: _Source, policy: Policy) -> Plan:
    done = context.progress.phase("comparing", None)
    old, new = _digests(before), _digests(after)
    differ = {where for where in old.keys() | new.keys() if sorted(old.get(where, ())) != sorted(new.get(where, ()))}
    equal = sum(len(digests) for where, digests in old.items() if where not in differ)
    sides = [Side(tuple(_domains(source, differ)), source.write_only) for source in (before, after)]
    now, salt = context.now().isoformat(timespec="seconds"), context.random(_NEW_SALT)
    origin = Origin(after.server_name, after.server_url, "", "", now, salt.hex())
    plan = compare(sides[0], sides[1], policy, origin, context.random(2 * _NEW_SALT), equal)
    done(1)
    return replace(plan, notes=(*_told(before, after), *plan.notes))


def _told(before: _Source, after: _Source) -> Iterator[str]:
    yield f"from {before.told} to {after.told}"
    if before.server_url != after.server_url:
        yield f"these are two servers: {visible(before.server_url)} and {visible(after.server_url)}"


def _digests(source: _Source) -> _Digests:
    """Of all configs; one with a secret that is not known is like no other, so that it is looked at."""
    found: _Digests = defaultdict(list)
    with source.read() as domains:
        for domain, configs in domains:
            for config in configs:
                is_untold = any(isinstance(one, Secret) and one.plain is None for one in config.fields.values())
                content = _digest([source.told, config.id] if is_untold else view_of_live(config))
                found[_where(domain, config)].append(content)
    return found


def _domains(source: _Source, differ: set[bytes]) -> Iterator[LiveDomain]:
    with source.read() as domains:
        for domain, configs in domains:
            yield replace(domain, configs=tuple(one for one in configs if _where(domain, one) in differ))


def _where(domain: LiveDomain, config: LiveObject) -> bytes:
    return _digest([domain.name, config.address.type, config.address.name])


def _digest(value: object) -> bytes:
    return hashlib.blake2b(canonical(value).encode(), digest_size=_SIZE).digest()
