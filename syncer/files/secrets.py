"""References in files: secrets by variable, by file or sealed with age, scripts by file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncer.errors import Place, Problem, ProblemsError, visible
from syncer.files.documents import BROKEN
from syncer.files.sealing import ANEW, Opener, sealed_bytes
from syncer.files.sources import MIB, Spot, Unreadable, beside, read_text
from syncer.model.fields import REFERENCE
from syncer.model.values import Secret

MAX_SCRIPT = 16 * MIB
MAX_SECRET = MIB


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is to be found: a variable, a file, or here, sealed."""

    place: Place
    env: str | None = None
    file: Path | None = None
    age: str | None = field(default=None, repr=False)

    def read(self, environ: Mapping[str, str]) -> str:
        """The secret; ProblemsError that says what is missing, never what is there."""
        try:
            return self._read(environ)
        except Unreadable as exc:
            raise ProblemsError([Problem(self.place, exc.what, exc.hint)]) from exc

    def _read(self, environ: Mapping[str, str]) -> str:
        if self.env is not None:
            return _from_environment(self.env, environ)
        return _from_file(self.file) if self.age is None else _checked(Opener(environ).open(self.age))


def secret_ref(value: Mapping[str, Any], spot: Spot) -> SecretRef:
    """The reference that a file spells as `{env: NAME}`, `{file: PATH}` or `{age: CIPHERTEXT}`; tells what is none."""
    file = value.get("file")
    path = spot.source.path.parent / file if file is not None else None
    age = value.get("age")
    try:
        if age is not None:
            sealed_bytes(age)
    except Unreadable as exc:
        spot.problem(exc.what, exc.hint)
    return SecretRef(spot.place(), value.get("env"), path, age)


def resolved(value: Mapping[str, Any], folder: Path, environ: Mapping[str, str], opener: Opener) -> str | None:
    """The secret of a reference in a file of `folder`, None where the opener needs no key and has none.

    Unreadable says what is missing.
    """
    if "env" in value:
        return _from_environment(value["env"], environ)
    return _from_file(folder / value["file"]) if "file" in value else _opened(value["age"], opener)


def _from_environment(name: str, environ: Mapping[str, str]) -> str:
    value = environ.get(name)
    if value:
        return value
    state = "empty" if value == "" else "not set"
    hint = f"write its name alone: {visible(name[1:])}" if name.startswith("$") else "set it to the secret"
    raise Unreadable(f"the environment variable {visible(name)} is {state}", hint)


def _from_file(path: Path | None) -> str:
    if path is None:
        raise Unreadable("no secret is named here", f"write {REFERENCE}")
    try:
        text = read_text(path, MAX_SECRET)
    except Unreadable as exc:
        raise Unreadable(f"the secret's file {visible(path)}: {exc.what}", exc.hint) from exc
    secret = _without_newline(text)
    if not secret:
        raise Unreadable(f"the secret's file {visible(path)} is empty", "write the secret into it")
    return secret


def _opened(ciphertext: str, opener: Opener) -> str | None:
    text = opener.open_if_possible(ciphertext)
    return None if text is None else _checked(text)


def _checked(text: str) -> str:
    secret = _without_newline(text)
    if not secret:
        raise Unreadable("the secret that is sealed here is empty", ANEW)
    return secret


def _without_newline(text: str) -> str:
    """Without the one that editors and `echo` put at the end."""
    return text.removesuffix("\n") if not text.endswith("\r\n") else text.removesuffix("\r\n")


class References:
    """Resolves the references of all files; one file is read once.

    `environ` None: of files of the past, of which only the repository's own are known; other secrets have no text.
    What is sealed is opened by `opener`; where that needs no key and has none, such a secret has no text either.
    """

    def __init__(self, root: Path, environ: Mapping[str, str] | None, opener: Opener | None = None) -> None:
        self._root, self._environ = root, environ
        self._opener = opener or Opener(environ or {})
        self._files: dict[Path, str | Unreadable] = {}
        self._secret_files: set[Path] = set()
        self._variables: set[str] = set()

    @property
    def files(self) -> frozenset[Path]:
        """Every file that was looked for, whether it is there or not."""
        return frozenset(self._secret_files.union(self._files))

    @property
    def variables(self) -> frozenset[str]:
        """Every variable of the environment that a secret was looked for in."""
        return frozenset(self._variables)

    def secret(self, value: Mapping[str, Any], spot: Spot) -> Any:
        """The Secret of a reference, BROKEN once the problem was told."""
        if self._environ is None:
            return self._past_secret(value, spot)
        if "env" in value:
            self._variables.add(value["env"])
        if "file" in value:
            self._secret_files.add(spot.source.path.parent / value["file"])
        try:
            return Secret(resolved(value, spot.source.path.parent, self._environ, self._opener))
        except Unreadable as exc:
            spot.problem(exc.what, exc.hint)
            return BROKEN

    def _past_secret(self, value: Mapping[str, Any], spot: Spot) -> Secret:
        try:
            if "age" in value:
                return Secret(_opened(value["age"], self._opener))
            folder = spot.source.path.parent
            return Secret(_from_file(beside(self._root, folder, value["file"]) if "file" in value else None))
        except Unreadable:
            return Secret(None)

    def assume(self, texts: Mapping[Path, str]) -> None:
        """Take these for the contents of files, whatever is in them."""
        self._files.update(texts)

    def script(self, name: str, spot: Spot) -> Any:
        """The text of a file in the repository, to the letter; BROKEN once the problem was told."""
        path = beside(self._root, spot.source.path.parent, name)
        if path is None:
            hint = "name a file inside it, relative to this one"
            spot.problem(f"the file {visible(name)} is outside the repository", hint)
            return BROKEN
        if path not in self._files:
            self._files[path] = _script(path)
        content = self._files[path]
        if isinstance(content, str):
            return content
        where = f" at {content.line}:{content.column}" if content.line else ""
        spot.problem(f"the file {visible(name)}: {content.what}{where}", content.hint)
        return BROKEN


def _script(path: Path) -> str | Unreadable:
    try:
        return read_text(path, MAX_SCRIPT)
    except Unreadable as exc:
        return exc
