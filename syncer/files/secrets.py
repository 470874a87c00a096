"""References in files: secrets by variable or file, scripts by file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncer.errors import Place, Problem, ProblemsError, visible
from syncer.files.documents import BROKEN
from syncer.files.sources import MIB, Spot, Unreadable, beside, read_text
from syncer.model.values import Secret

MAX_SCRIPT = 16 * MIB
MAX_SECRET = MIB


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is to be found: a variable or a file."""

    place: Place
    env: str | None = None
    file: Path | None = None

    def read(self, environ: Mapping[str, str]) -> str:
        """The secret; ProblemsError that says what is missing, never what is there."""
        try:
            return _from_environment(self.env, environ) if self.env is not None else _from_file(self.file)
        except Unreadable as exc:
            raise ProblemsError([Problem(self.place, exc.what, exc.hint)]) from exc


def secret_ref(value: Mapping[str, Any], spot: Spot) -> SecretRef:
    """The reference that a file spells as `{env: NAME}` or `{file: PATH}`."""
    file = value.get("file")
    path = spot.source.path.parent / file if file is not None else None
    return SecretRef(spot.place(), value.get("env"), path)


def _from_environment(name: str, environ: Mapping[str, str]) -> str:
    value = environ.get(name)
    if value:
        return value
    state = "empty" if value == "" else "not set"
    raise Unreadable(f"the environment variable {visible(name)} is {state}", "set it to the secret")


def _from_file(path: Path | None) -> str:
    if path is None:
        raise Unreadable("no secret is named here", "write {env: NAME} or {file: PATH}")
    try:
        text = read_text(path, MAX_SECRET)
    except Unreadable as exc:
        raise Unreadable(f"the secret's file {visible(path)}: {exc.what}", exc.hint) from exc
    secret = text.removesuffix("\n") if not text.endswith("\r\n") else text.removesuffix("\r\n")
    if not secret:
        raise Unreadable(f"the secret's file {visible(path)} is empty", "write the secret into it")
    return secret


class References:
    """Resolves the references of all files; one file is read once.

    `environ` None: of files of the past, of which only the repository's own are known; other secrets have no text.
    """

    def __init__(self, root: Path, environ: Mapping[str, str] | None) -> None:
        self._root, self._environ = root, environ
        self._files: dict[Path, str | Unreadable] = {}

    def secret(self, value: Mapping[str, Any], spot: Spot) -> Any:
        """The Secret of a reference, BROKEN once the problem was told."""
        if self._environ is None:
            return self._past_secret(value, spot)
        try:
            if "env" in value:
                return Secret(_from_environment(value["env"], self._environ))
            return Secret(_from_file(spot.source.path.parent / value["file"]))
        except Unreadable as exc:
            spot.problem(exc.what, exc.hint)
            return BROKEN

    def _past_secret(self, value: Mapping[str, Any], spot: Spot) -> Secret:
        path = beside(self._root, spot.source.path.parent, value["file"]) if "file" in value else None
        try:
            return Secret(_from_file(path))
        except Unreadable:
            return Secret(None)

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
