"""The canonical form of the files that people write."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from syncer.errors import Place, Problem
from syncer.files.discreet import Discretion
from syncer.files.documents import parse
from syncer.files.formatting import formatted
from syncer.files.holders import all_files
from syncer.files.layout import NotLaidOut, unified
from syncer.files.rewriting import Rewrite, rewrite
from syncer.files.settings import Settings, load_settings
from syncer.files.sources import MAX_YAML, SETTINGS, Unreadable, decode, is_inside, read_bytes, shown_path
from syncer.workflow.context import Context, moved, prefix_of, roots_of

_LEFT_ALONE = "left as it is; write it more simply"


@dataclass(frozen=True, slots=True)
class Reformatted:
    """A file in another form, for people: secrets are masked in both texts, and `notes` tell what no line shows."""

    name: str
    before: str
    after: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Formatted:
    """The files that are, or are to be, changed; problems of those that are left alone; how many were looked at."""

    changed: tuple[Reformatted, ...]
    problems: tuple[Problem, ...]
    count: int


def format_files(context: Context, paths: Sequence[Path] = (), *, check: bool = False) -> Formatted:
    """Bring syncer.yaml and all files of all servers, or those at `paths`, into their form. `check`: write nothing."""
    each = [_format_repository(context, root, paths, check=check) for root in roots_of(context, paths)]
    return Formatted(
        tuple(changed for one in each for changed in one.changed),
        tuple(problem for one in each for problem in one.problems),
        sum(one.count for one in each),
    )


def _format_repository(context: Context, root: Path, paths: Sequence[Path], *, check: bool) -> Formatted:
    settings = load_settings(root)
    found, problems = _files(settings, paths)
    tick = context.progress.phase("formatting", len(found))
    prefix = prefix_of(context, root) if paths else ""
    rewrites: list[Rewrite] = []
    for done, path in enumerate(found, 1):
        rewritten = _formatted(settings.root, path, problems)
        rewrites += [rewritten] if rewritten is not None else []
        tick(done)
    if not check:
        rewrite(rewrites)
    return Formatted(tuple(_told(settings, prefix, rewrites)), moved(problems, prefix), len(found))


def _told(settings: Settings, prefix: str, rewrites: Sequence[Rewrite]) -> Iterator[Reformatted]:
    discretion = discretion_of(settings) if rewrites else Discretion(settings.policy, ())
    for one in rewrites:
        yield _for_people(prefix + shown_path(settings.root, one.path), one, discretion)


def discretion_of(settings: Settings) -> Discretion:
    """What is not to be shown of the files of a repository."""
    return Discretion(settings.policy, _readable(all_files(settings)[0]))


def _readable(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        with contextlib.suppress(Unreadable):  # told where the file itself is read
            yield decode(read_bytes(path, MAX_YAML))


def _files(settings: Settings, paths: Sequence[Path]) -> tuple[list[Path], list[Problem]]:
    found, problems = all_files(settings)
    own = settings.root / SETTINGS
    if not is_inside(settings.root, own):
        problems.append(Problem(Place(SETTINGS), "leads out of the repository", "keep it inside"))
    else:
        found = [own, *found]
    if not paths:
        return found, problems
    wanted = [path.resolve() for path in paths]
    return [path for path in found if _is_among(path.resolve(), wanted)], problems


def _is_among(path: Path, wanted: Iterable[Path]) -> bool:
    return any(path == one or one in path.parents for one in wanted)


def _formatted(root: Path, path: Path, problems: list[Problem]) -> Rewrite | None:
    """What to write; None where nothing is to be, be it that a problem was told."""
    name = shown_path(root, path)
    try:
        content = read_bytes(path, MAX_YAML)
        text = decode(content)
    except Unreadable as exc:
        problems.append(Problem(Place(name, exc.line, exc.column), exc.what, exc.hint))
        return None
    mistakes = parse(text.removeprefix("\ufeff")).mistakes
    problems += [Problem(Place(name, m.line, m.column), m.what, m.hint) for m in mistakes]
    if mistakes:
        return None
    try:
        after = formatted(text, "syncer" if path.name == SETTINGS and path.parent == root else "domain")
    except NotLaidOut as exc:
        problems.append(Problem(Place(name, exc.line, 1 if exc.line else 0), exc.what, _LEFT_ALONE))
        return None
    return Rewrite(path, content, after.encode()) if after.encode() != content else None


def _for_people(name: str, rewritten: Rewrite, discretion: Discretion) -> Reformatted:
    before, after = ((content or b"").decode() for content in (rewritten.before, rewritten.after))
    shown = discretion.masked(unified(before)), discretion.masked(after)
    return Reformatted(name, *shown, tuple(_notes(before, differs=shown[0] != shown[1])))


def _notes(before: str, *, differs: bool) -> Iterator[str]:
    if before.startswith("\ufeff"):
        yield "its byte order mark goes"
    if "\r" in before:
        yield "its lines end in newlines from now on"
    if not differs and "\r" not in before and not before.startswith("\ufeff"):
        yield "only how a hidden value is written, which is not shown"
