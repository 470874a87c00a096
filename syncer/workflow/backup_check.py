"""Whether a backup is whole: each digest, each object, and what they say of each other. It streams."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, Protocol, TypeVar

from syncer.devices import decode
from syncer.devices.interface import Device, Tick
from syncer.devices.keeping import PLAINTEXT, SEALED, UNREADABLE, Undecodable, held_secrets, returned_config
from syncer.errors import Problem, ProblemsError, SyncerError, plural, some, visible
from syncer.files.archive_zip import DAMAGED
from syncer.files.archives import Archive
from syncer.files.sealing import KEY_FILE, Sealer, sealed_bytes
from syncer.files.sources import Unreadable
from syncer.model.address import Address
from syncer.model.backup import DEVICES, DOMAINS, MANIFEST, Checked, Counts, categories_of, configs_of
from syncer.model.state import CategoryRef, LiveObject

_MOST_TOLD = 5  # of one file
_MOST_NAMED = 3


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


_One = TypeVar("_One", bound=_Numbered)


class Check:
    """Reads a backup from one end to the other; `tick` is told of each object and each file."""

    def __init__(self, archive: Archive, environ: Mapping[str, str], tick: Tick) -> None:
        self._archive, self._environ, self._tick = archive, environ, tick
        self._problems: list[Problem] = []
        self._wrong: Counter[str] = Counter()  # objects by the file that they are in
        self._read: set[str] = set()
        self._secrets: Counter[str] = Counter()
        self._sealed: str | None = None  # one of them
        self._lost: list[Address] = []
        self._elsewhere = 0

    def run(self, file: str) -> Checked:
        """All that was found; `file` is what the backup is called."""
        found = self._objects()
        self._other_files()
        for name, count in self._wrong.items():
            if count > _MOST_TOLD:
                self._tell(name, f"{count - _MOST_TOLD} more objects are wrong")
        if not self._problems:
            self._promises(found)
        return Checked(file, self._archive.manifest, tuple(self._problems), dict(self._secrets), tuple(self._remarks()))

    def _objects(self) -> Counts:
        domains = list(self._each(DOMAINS, lambda raw: decode.domain_head(raw).domain))
        inside = [self._inside(domain) for domain in domains]
        devices = sum(1 for _ in self._each(DEVICES, decode.device)) if self._archive.has(DEVICES) else 0
        categories, configs = (sum(counts) for counts in zip((0, 0), *inside, strict=True))
        return Counts(len(domains), categories, configs, devices)

    def _inside(self, domain: LiveObject) -> tuple[int, int]:
        """How many categories and configs a domain has."""
        refs: set[int | str] = set()
        categories = configs = 0
        for category in self._each(categories_of(domain.id), partial(self._own, domain, decode.category)):
            categories += 1
            refs |= {category.id, category.address.name}
        for config in self._each(configs_of(domain.id), partial(self._own, domain, self._config)):
            configs += 1
            if not all(_key(ref) in refs for ref in config.categories):
                self._lost.append(config.address)
        return categories, configs

    def _each(self, name: str, decoded: Callable[[dict[str, Any]], _One]) -> Iterator[_One]:
        """The objects of a file, decoded; those that cannot be, and ids that come twice, are told."""
        self._read.add(name)
        known: set[object] = set()
        try:
            for line, raw in enumerate(self._archive.objects(name), 1):
                self._tick(1)
                try:
                    one = decoded(raw)
                    if (key := _key_of(one)) in known:
                        raise Undecodable(f"the id {visible(one.id, 30)}, which another one has")
                except Undecodable as exc:
                    self._note(name, line, str(exc))
                else:
                    known.add(key)
                    yield one
        except ProblemsError as exc:
            self._problems += exc.problems
        self._tick(1)

    def _own(
        self, domain: LiveObject, decoded: Callable[[dict[str, Any], LiveObject], _One], raw: dict[str, Any]
    ) -> _One:
        """Decoded; where a service listed it decides, whatever domain it says to be of."""
        self._elsewhere += raw.get("domainId") not in (None, domain.id)
        return decoded(raw, domain)

    def _config(self, raw: dict[str, Any], domain: LiveObject) -> LiveObject:
        for how, text in held_secrets(raw):
            self._secrets[how] += 1
            if how == SEALED:
                self._sealed = _checked_seal(text)
        return returned_config(raw, domain, self._archive.manifest, _no_key)

    def _other_files(self) -> None:
        """Those for people: only their digests can be checked."""
        for name in (one.name for one in self._archive.manifest.files if one.name not in self._read):
            if name.startswith("json/"):
                self._tell(name, "it belongs to no domain of the backup")
            try:
                for _ in self._archive.pieces(name):
                    pass
            except ProblemsError as exc:
                self._problems += exc.problems
            self._tick(1)

    def _promises(self, found: Counts) -> None:
        """Whether the manifest says what is there."""
        manifest = self._archive.manifest
        counted = asdict(found)
        for kind, promised in asdict(manifest.counts).items():
            if counted[kind] != promised:
                self._tell(MANIFEST, f"of {kind} it promises {visible(promised, 30)}, and there are {counted[kind]}")
        for how in sorted(self._secrets.keys() - {str(manifest.secrets), UNREADABLE}):
            self._tell(MANIFEST, f"it says of secrets: {manifest.secrets}, and {self._secrets[how]} are: {how}")

    def _remarks(self) -> Iterator[str]:
        if count := self._secrets[UNREADABLE]:
            yield f"the server did not give {plural(count, 'secret')}, so the backup does not have them"
        if count := self._secrets[PLAINTEXT]:
            yield f"whoever can read the file can read {plural(count, 'secret')}"
        if self._sealed is not None:
            yield self._about_key(self._sealed)
        if self._lost:
            yield f"naming a category that the backup does not have: {some(self._lost, _MOST_NAMED, visible)}"
        if self._elsewhere:
            yield f"said by the server to be of another domain than the one that lists them: {self._elsewhere}"

    def _about_key(self, ciphertext: str) -> str:
        """Whether the key that is here opens a secret, which stands for all of them."""
        name = self._environ.get(KEY_FILE)
        if not name:
            return f"to restore the secrets, set {KEY_FILE} to a key file that opens them"
        try:
            is_ours = Sealer((), self._environ).unseal(ciphertext) is not None
        except SyncerError as exc:
            return str(exc)
        return f"{visible(name)} {'has a key that opens' if is_ours else 'has no key that opens'} the secrets"

    def _note(self, name: str, line: int, what: str) -> None:
        self._wrong[name] += 1
        if self._wrong[name] <= _MOST_TOLD:
            self._tell(name, what, line)

    def _tell(self, name: str, what: str, line: int = 0) -> None:
        self._problems += self._archive.problem(name, what, DAMAGED, line).problems


def _key_of(one: _Numbered) -> object:
    """What only one has: several pieces of hardware may be listed as one device."""
    return (one.id, one.hw_id) if isinstance(one, Device) else one.id


def _checked_seal(ciphertext: str) -> str:
    try:
        sealed_bytes(ciphertext)
    except Unreadable as exc:
        raise Undecodable(f"a config with a secret that nobody can open: {exc.what}") from exc
    return ciphertext


def _no_key(_: str) -> None:
    """Secrets are not opened: whether a backup is whole must not need its key."""


def _key(ref: CategoryRef) -> int | str | None:
    return ref.name if ref.id is None else ref.id
