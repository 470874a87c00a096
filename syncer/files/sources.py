"""The files themselves: which ones, their text within limits, and the problems found in them."""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from syncer.errors import Place, Problem, some, visible
from syncer.files.documents import Items, Parsed, Steps, parse, position
from syncer.files.syntax import line_and_column

if TYPE_CHECKING:
    from syncer.files.cache import Cache

MIB = 1024 * 1024
MAX_YAML = 64 * MIB
SETTINGS = "syncer.yaml"
_ENDINGS = (".yaml", ".yml")
_NAMED_AT_MOST = 3
_SHOWN_AT_MOST = 60


class Unreadable(Exception):
    """A file that cannot be used; line and column are 0 where it is the whole file."""

    def __init__(self, what: str, hint: str = "", line: int = 0, column: int = 0) -> None:
        self.what, self.hint, self.line, self.column = what, hint, line, column
        super().__init__(what)


def read_bytes(path: Path, limit: int, if_larger: str = "split it") -> bytes:
    """The content of a regular file; Unreadable if there is none, or more than `limit` bytes of it."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise Unreadable("not a file", "name a file")
        if about.st_size > limit:
            raise _too_large(limit, if_larger)
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the name
        raise Unreadable(*why_unreadable(exc)) from exc
    if len(content) > limit:
        raise _too_large(limit, if_larger)
    return content


def read_text(path: Path, limit: int, if_larger: str = "split it") -> str:
    """The UTF-8 text of a file, to the letter; `if_larger`: what to do about one that is too large."""
    return decode(read_bytes(path, limit, if_larger))


def decode(content: bytes) -> str:
    """UTF-8 as text, line ends untouched."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as exc:
        before = content[: exc.start].decode("utf-8")
        line, column = line_and_column(before, len(before))
        raise Unreadable("no UTF-8 text", "save it as UTF-8", line, column) from exc


def _too_large(limit: int, hint: str) -> Unreadable:
    return Unreadable(f"larger than {limit // MIB} MiB", hint)


def why_unreadable(exc: OSError | ValueError) -> tuple[str, str]:
    """(why a file cannot be read, what to do); ValueError stands for a NUL in its name."""
    if isinstance(exc, FileNotFoundError | NotADirectoryError | ValueError):
        return "there is no such file", "correct the name"
    if exc.errno == errno.ELOOP:
        return "a symbolic link that leads back to itself", "point it to a file"
    return f"cannot be read: {exc.strerror}", "check its permissions"


def is_inside(root: Path, path: Path) -> bool:
    """Whether a path stays in the repository, symbolic links followed."""
    try:
        return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))
    except (OSError, ValueError):
        return False


def beside(root: Path, folder: Path, name: str) -> Path | None:
    """The path that a file in `folder` names, None if it is absolute or leads out of the repository."""
    path = folder / name
    return path if not Path(name).is_absolute() and "\0" not in name and is_inside(root, path) else None


def shown_path(root: Path, path: Path) -> str:
    """A path as problems name it: from the repository's root, with slashes."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


class Source:
    """One YAML file, its documents, and what is wrong with them; `text` to take for what it holds."""

    def __init__(self, root: Path, path: Path, text: str | None = None, cache: "Cache | None" = None) -> None:
        self.path, self._given, self._cache = path, text, cache
        self.name = shown_path(root, path)
        self.variables = False  # whether a text in it holds a `${`
        self._told: dict[Problem, dict[str, None]] = {}  # with the domains for which it was told
        self._text = ""
        self._fresh: Parsed | None = None
        self._located: Items | None = None

    def read(self) -> Parsed:
        """The documents; mistakes become problems of this source."""
        try:
            text = read_text(self.path, MAX_YAML) if self._given is None else self._given
            self._text = text.removeprefix("\ufeff")
        except Unreadable as exc:
            self.tell(Problem(Place(self.name, exc.line, exc.column), exc.what, exc.hint))
            return Parsed(complete=False)
        parsed = self._cache.find(self._text) if self._cache else None
        if parsed is None:
            parsed = self._fresh = parse(self._text)
        self.variables = parsed.variables
        for mistake in parsed.mistakes:
            self.tell(Problem(Place(self.name, mistake.line, mistake.column), mistake.what, mistake.hint))
        return parsed

    @property
    def fresh(self) -> tuple[str, Parsed] | None:
        """The text and what it holds, where that had to be parsed."""
        return None if self._fresh is None else (self._text, self._fresh)

    @property
    def text(self) -> str:
        """What was read."""
        return self._text

    def tell(self, problem: Problem, domain: str = "") -> None:
        """Note what is wrong; `domain`: with what a baseline says, as it is in that domain."""
        self._told.setdefault(problem, {})[domain] = None

    @property
    def problems(self) -> list[Problem]:
        """What was told, each once; what is wrong only in some domains names them."""
        return [for_domains(one, domains) for one, domains in self._told.items()]

    def place(self, path: Steps, *, of_key: bool = False) -> Place:
        """Where something stands. The places of all values are looked up only now, by reading the text once more."""
        if self._located is None:
            self._located = parse(self._text, located=True).documents
        return Place(self.name, *position(self._located, path, of_key=of_key))


_Told = TypeVar("_Told", bound=Problem)


def for_domains(problem: _Told, domains: Iterable[str]) -> _Told:
    """A problem that names the domains for which it was told, unless "" is among them."""
    domains = list(domains)
    if "" in domains:
        return problem
    named = some(domains, _NAMED_AT_MOST, lambda name: visible(name, _SHOWN_AT_MOST))
    return replace(problem, what=f"{problem.what} (for {named})")


@dataclass(frozen=True, slots=True)
class Spot:
    """A value in a source, by its path; problems are told there.

    `origins`: what of it was said elsewhere, by key or index. `domain`: for which a baseline's value is looked at.
    """

    source: Source
    path: Steps
    origins: Mapping[str | int, "Spot"] | None = None
    domain: str = ""

    def at(self, *steps: str | int) -> "Spot":
        """A value below, where it was said."""
        if self.origins is None or not steps:
            return Spot(self.source, (*self.path, *steps), None, self.domain)
        first, *rest = steps
        below = self.origins.get(first) or Spot(self.source, (*self.path, first), None, self.domain)
        return below.at(*rest) if rest else below

    def elsewhere(self, *steps: str | int) -> Place | None:
        """Where the value at `steps` was said, None if it was here."""
        if self.origins is None:
            return None
        spot = self.at(*steps)
        is_here = spot.source is self.source and spot.path[: len(self.path)] == self.path
        return None if is_here else spot.place()

    def problem(self, what: str, hint: str = "", *, of_key: bool = False) -> None:
        """Tell what is wrong here."""
        self.source.tell(Problem(self.place(of_key=of_key), what, hint), self.domain)

    def place(self, *, of_key: bool = False) -> Place:
        """Where this stands."""
        return self.source.place(self.path, of_key=of_key)


def find_files(
    root: Path, patterns: tuple[str, ...], place_of: Callable[[int], Place]
) -> tuple[list[Path], list[Problem]]:
    """The YAML files that folders, single files and globs name, each once, in the order of their names.

    `place_of` tells where a pattern stands, by its index.
    """
    found: dict[str, Path] = {}
    problems: list[Problem] = []
    for index, pattern in enumerate(patterns):
        matches = list(named_by(root, pattern))
        if not matches:
            hint = "create it, or correct `files`"
            problems.append(Problem(place_of(index), f"files: there is nothing at {visible(pattern)}", hint))
        for path in matches:
            _collect(root, path, found, problems)
    return sorted(found.values(), key=lambda path: shown_path(root, path)), problems


def is_anything(root: Path, pattern: str) -> bool:
    """Whether a folder, a single file or a glob names something that is there."""
    return any(True for _ in named_by(root, pattern))


def named_by(root: Path, pattern: str) -> Iterator[Path]:
    """What a folder, a single file or a glob names of what is there."""
    path = root / pattern
    if os.path.lexists(path):
        yield path
    elif any(special in pattern for special in "*?["):
        try:
            found = [path for path in sorted(root.glob(pattern)) if path.suffix in _ENDINGS or path.is_dir()]
            yield from (path for path in found if "/." in f"/{pattern}" or not _is_hidden(root, path))
        except (ValueError, NotImplementedError, OSError):
            return


def _is_hidden(root: Path, path: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)


def _collect(root: Path, path: Path, found: dict[str, Path], problems: list[Problem]) -> None:
    """Add a file, or all files below a folder; what begins with a dot is not looked into."""
    top, settings = os.path.realpath(root), os.path.realpath(root / SETTINGS)
    waiting, seen = [path], set()
    while waiting:
        here = waiting.pop()
        real = os.path.realpath(here)
        if not Path(real).is_relative_to(top):
            place = Place(shown_path(root, here))
            problems.append(Problem(place, "leads out of the repository", "keep it inside"))
        elif here.is_dir():
            if real not in seen:  # a link may lead back up
                seen.add(real)
                waiting += _inside_folder(root, here, problems)
        elif real != settings and (real not in found or not here.is_symlink()):
            found[real] = here  # by its own name rather than by a link's


def _inside_folder(root: Path, folder: Path, problems: list[Problem]) -> list[Path]:
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208  (names are all that is needed)
    except OSError as exc:
        problems.append(Problem(Place(shown_path(root, folder)), f"cannot be read: {exc.strerror}", "check it"))
        return []
    paths = [folder / name for name in names if not name.startswith(".")]
    return [path for path in paths if path.suffix in _ENDINGS or path.is_dir()]
