"""Live changes written back into the files that are there."""

import contextlib
import os
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

from syncer.errors import Place, ProblemsError, SyncerError, some, visible
from syncer.files.discreet import Discretion
from syncer.files.documents import parse
from syncer.files.holders import all_files
from syncer.files.layout import unified
from syncer.files.load import Loaded, load
from syncer.files.rendering import Variable
from syncer.files.rewriting import Rewrite, rewrite
from syncer.files.sealing import Opener
from syncer.files.secrets import References
from syncer.files.sources import MAX_YAML, Unreadable, decode, is_inside, read_bytes, shown_path
from syncer.files.writeback import Writeback, Written, named_files
from syncer.model.address import Address, Kind
from syncer.model.state import Entry, Live
from syncer.model.values import Secret
from syncer.model.writeback import DomainCorrections
from syncer.plan.choosing import is_named, refuse_globs_of_nothing
from syncer.plan.writeback import chosen, corrections
from syncer.workflow.connecting import connect
from syncer.workflow.context import Context, Repository, open_repository
from syncer.workflow.exporting import default_folder, would_be_read
from syncer.workflow.formatting import Reformatted, discretion_of
from syncer.workflow.planning import read_server

_NAMED_AT_MOST = 10
_ROUNDS = 10  # what one round changes may be an anchor, a script or a name for something else

_HIDDEN = "what changes in values that are hidden is not shown"


@dataclass(frozen=True, slots=True)
class Updated:
    """Files that are, or are to be, changed; variables to be set; what the files cannot say."""

    changed: tuple[Reformatted, ...]
    variables: tuple[Variable, ...]
    notes: tuple[str, ...]


async def update(
    context: Context, out: Path | None = None, *, check: bool = False, only: Sequence[str] = ()
) -> Updated:
    """Bring the files to what is live, so that a plan right after it is empty. `check`: write nothing.

    New domains get files in `out`. `only`: nothing but these addresses. ProblemsError where the files have mistakes.
    """
    repository = open_repository(context)
    _load(context, repository, Written(), None)  # mistakes are told before anything is asked
    async with connect(context, repository) as connected:
        live = await read_server(context, connected, lambda _: True, lambda _: True)
    context.progress.phase("comparing", None)
    written = written_back(context, repository, live, out or default_folder(repository), only)
    if out is not None and not would_be_read(repository, out):
        _refuse_new(written, out)
    rewrites = list(_rewrites(repository, written))
    discretion = discretion_of(repository.settings)
    changed = tuple(_for_people(repository, one, discretion, is_script=one.path in written.scripts) for one in rewrites)
    if not check:
        rewrite(rewrites)
    return Updated(changed, tuple(written.variables.values()), tuple(written.notes))


def written_back(
    context: Context, repository: Repository, live: Live, folder: Path | None, only: Sequence[str] = ()
) -> Written:
    """What the files are to be, round after round until they say what is live of what `only` names.

    Where there is no `folder` for new domains, these are left alone.
    """
    written = Written()
    loaded = _load(context, repository, written, live)
    refuse_globs_of_nothing(only, loaded.desired, live)
    left = _left(loaded, only)
    others = _of_other_servers(repository, {source.path for source in loaded.sources})
    whole = {domain.name: _managed(loaded, domain.name, frozenset(Kind)) for domain in loaded.desired.domains}
    back: set[Address] = set()  # where what is named is, once it is called as it is live
    for _ in range(_ROUNDS):
        prune = loaded.desired.policy.prune
        now = {one.name: _managed(loaded, one.name, prune) for one in loaded.desired.domains}
        kinds = {name: whole.get(name, frozenset()) | now[name] for name in now}
        found = _housed(chosen(corrections(loaded.desired, live, kinds), only), folder, written)
        back |= {one.live.address for domain in found for one in domain.entries if one.live is not None}
        before = dict(written.documents), dict(written.scripts)
        Writeback(repository.root, folder or repository.root, loaded, live.write_only, others).write(found, written)
        if before == (written.documents, written.scripts):
            after = _left(loaded, only)
            _refuse_others(left, {key: after[key] for key in after if key in left or key[0] not in back})
            return written
        try:
            loaded = _load(context, repository, written, live)
        except ProblemsError as exc:
            widen = "; widen --only" if only else ""
            raise SyncerError(f"the files would have mistakes then, so nothing was written{widen}:\n{exc}") from exc
    raise SyncerError(f"the files cannot be brought to say what is live of {_named(found)}; nothing was written")


def _housed(found: list[DomainCorrections], folder: Path | None, written: Written) -> list[DomainCorrections]:
    """Without new domains if no folder is for them, which is told."""
    homeless = [one.live.domain.address for one in found if one.desired is None and one.live and folder is None]
    if homeless:
        named = some(homeless, _NAMED_AT_MOST, visible)
        note = f"not written, since `files` names no folder for new domains: {named}; say one with --out DIR"
        written.notes[note] = None
    return [one for one in found if one.desired is not None or folder is not None]


def _left(loaded: Loaded, only: Sequence[str]) -> dict[tuple[Address, int | None], Entry]:
    """What the files say of all that is not named, wherever it stands."""
    entries = (entry for entry in loaded.desired.entries if not is_named(only, entry.address))
    return {(entry.address, entry.id): replace(entry, place=Place("")) for entry in entries}


def _refuse_others(
    before: dict[tuple[Address, int | None], Entry], after: dict[tuple[Address, int | None], Entry]
) -> None:
    """SyncerError where something else than what was named would say something else."""
    for key in dict.fromkeys((*before, *after)):
        if before.get(key) != after.get(key):
            address, _ = key
            raise SyncerError(f"this would change {address.shown}, too; nothing was written; widen --only")


def _of_other_servers(repository: Repository, own: Set[Path]) -> frozenset[Path]:
    """The scripts that files of other servers name."""
    found: frozenset[Path] = frozenset()
    for path in all_files(repository.settings)[0]:
        if path not in own:
            with contextlib.suppress(Unreadable):  # told by commands for that server
                found |= named_files(parse(decode(read_bytes(path, MAX_YAML))).documents, path.parent)
    return found


def _managed(loaded: Loaded, name: str, kinds: frozenset[Kind]) -> frozenset[Kind]:
    """Of these kinds those that the domain's documents have a list of."""
    domains = [one for one in loaded.desired.domains if one.name == name]
    return frozenset(kind for kind in kinds if any(one.manages(kind) for one in domains))


def _named(found: list[DomainCorrections]) -> str:
    domains = [one.desired or one.live for one in found]
    return visible(", ".join(sorted({one.name for one in domains if one is not None})))


def _load(context: Context, repository: Repository, written: Written, live: Live | None) -> Loaded:
    """The files as they would be, new variables set to what is live."""
    environ = dict(context.environ) | _secrets(written, live)
    references = References(repository.root, environ, Opener(environ))
    references.assume(written.scripts)
    return load(repository.settings, repository.server, references, written.documents)


def _secrets(written: Written, live: Live | None) -> dict[str, str]:
    domains = live.domains if live else ()
    by_address = {config.address: config.fields for domain in domains for config in domain.configs}
    values = {one.name: by_address.get(one.address, {}).get(one.field) for one in written.variables.values()}
    return {name: value.plain for name, value in values.items() if isinstance(value, Secret) and value.plain}


def _refuse_new(written: Written, folder: Path) -> None:
    """SyncerError where there are files of new domains: nothing in the folder would be read."""
    if any(path.parent == folder for path in written.documents):
        told = f"{visible(folder)} is in none of the folders that `files` names, so new domains would not be read there"
        raise SyncerError(f"{told}; nothing was written; say another one with --out")


def _rewrites(repository: Repository, written: Written) -> Iterator[Rewrite]:
    """The files that change, checked to be inside the repository."""
    for path, text in {**written.documents, **written.scripts}.items():
        if not is_inside(repository.root, path):
            raise SyncerError(f"{visible(path)} leads out of the repository; nothing was written")
        before = read_bytes(path, MAX_YAML) if os.path.lexists(path) else None
        after = None if text is None else text.encode()
        if before != after:
            yield Rewrite(path, before, after)


def _for_people(repository: Repository, one: Rewrite, discretion: Discretion, *, is_script: bool) -> Reformatted:
    name = shown_path(repository.root, Path(os.path.normpath(one.path)))  # a script is named from the file that has it
    before, after = (decode(content or b"") for content in (one.before, one.after))
    notes = ["a new file"] if one.before is None else ["the file goes"] if one.after is None else []
    if is_script:
        hidden = discretion.hides_scripts
        shown = ("", "") if hidden else (before, after)
    else:
        before = unified(before)
        hidden = discretion.hidden(before) != discretion.hidden(after)
        shown = discretion.masked(before), discretion.masked(after)
    return Reformatted(name, *shown, (*notes, _HIDDEN) if hidden else tuple(notes))
