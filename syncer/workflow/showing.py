"""Wire profiles and traces, to be looked at; no network."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from syncer import resources
from syncer.errors import Place, Problem, ProblemsError, SyncerError, visible
from syncer.files.receipts import read_receipts
from syncer.files.settings import find_root
from syncer.files.sources import Unreadable, read_text, shown_path
from syncer.files.tracelines import read_trace
from syncer.model.wire import ProfileView, Proof, Spelling, TraceEntry
from syncer.wire.profile import OPERATIONS, Operation, Profile, load
from syncer.workflow.connecting import PROFILE_BYTES
from syncer.workflow.context import Context, open_repository

_BUILT_IN = "built in"


def show_profile(context: Context, wanted: str | None) -> ProfileView:
    """A wire profile with its proofs: a file, a built-in one by its name, or that of the server that is meant."""
    chosen, source = _configured(context) if wanted is None else _chosen(wanted)
    text = _text(chosen)
    profile = load(text, source)
    folder = _receipts_folder(context, chosen)
    return _view(profile, text, tuple(_proofs(folder, profile)) if folder else ())


def show_trace(path: Path) -> Iterator[TraceEntry]:
    """What a trace tells, line by line; ProblemsError for what is no trace."""
    return read_trace(path)


def _configured(context: Context) -> tuple[Path | str, str]:
    """The profile of the server, and where it is, for people."""
    repository = open_repository(context)
    chosen = repository.server.wire_profile
    return chosen, shown_path(repository.root, chosen) if isinstance(chosen, Path) else _BUILT_IN


def _chosen(wanted: str) -> tuple[Path | str, str]:
    path = Path(wanted)
    is_built_in = path.name == wanted and not path.exists() and resources.wire_profile(wanted) is not None
    return (wanted, _BUILT_IN) if is_built_in else (path, wanted)


def _receipts_folder(context: Context, chosen: Path | str) -> Path | None:
    """Beside the profile; a built-in's receipts are in the repository, if there is one."""
    if isinstance(chosen, Path):
        return chosen.parent
    with suppress(SyncerError):
        return find_root(context.start, upwards=context.upwards) / "wire"
    return None


def _text(chosen: Path | str) -> str:
    try:
        if isinstance(chosen, Path):
            return read_text(chosen, PROFILE_BYTES)
    except Unreadable as exc:
        place, hint = Place(str(chosen), exc.line, exc.column), exc.hint or "name a file, or `conventional`"
        raise ProblemsError([Problem(place, exc.what, hint)]) from exc
    text = resources.wire_profile(chosen)
    if text is None:
        what = f"there is no built-in wire profile {visible(chosen)}"
        raise ProblemsError([Problem(None, what, "name a file, or `conventional`")])
    return text


def _proofs(folder: Path, profile: Profile) -> Iterator[Proof]:
    for url, receipt in sorted(read_receipts(folder / f"{profile.name}.verified.json").items()):
        is_current = receipt.profile == profile.digest
        yield Proof(url, receipt.date, _in_order(receipt.operations), is_current)


def _in_order(operations: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in OPERATIONS if name in operations)


def _view(profile: Profile, text: str, proofs: tuple[Proof, ...]) -> ProfileView:
    return ProfileView(
        name=profile.name,
        origin=profile.origin,
        source=profile.source,
        digest=profile.digest,
        max_message_bytes=profile.max_message_bytes,
        category_refs=profile.category_refs,
        operations=tuple(_spelling(one) for name in OPERATIONS if (one := profile.operation(name))),
        lacking=tuple(name for name in OPERATIONS if profile.operation(name) is None),
        unset=profile.reads_back_unset,
        write_only=tuple(sorted(profile.write_only)),
        proofs=proofs,
        text=text,
    )


def _spelling(operation: Operation) -> Spelling:
    answer = operation.response
    match_by = "mt" if answer and answer.match == "mt" else None  # by `src` is what is usual
    told = {"mt": answer.mt, "id": answer.id, "error": answer.error, "match": match_by} if answer else {}
    response = {name: value for name, value in told.items() if value} if answer else None
    sends = operation.sends if operation.name.startswith("update") else None
    return Spelling(operation.name, operation.request, response, sends, operation.unset)
