"""What was read for a backup, written: as it came, and as YAML for people."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from syncer.devices.interface import Tick
from syncer.devices.keeping import returned_config
from syncer.devices.snapshot import with_names
from syncer.devices.steady import Steady
from syncer.files.archives import Archiver, as_line
from syncer.files.rendering import Exporter, Inside, Keeps, TooLarge, twins_among
from syncer.files.spools import Scratch, told_of_folder
from syncer.model.backup import DEVICES, DOMAINS, Manifest, categories_of, configs_of
from syncer.model.state import LiveObject
from syncer.workflow.spooling import Spooled
from syncer.workflow.tallying import Tally

_MOST_NOTES = 200
_YAML = "yaml"


@dataclass(slots=True)
class Notes:
    """What could not be kept or said: the first of them, and how many more."""

    first: list[str] = field(default_factory=list)
    more: int = 0

    def add(self, notes: Iterable[str]) -> None:
        """Take some more."""
        for note in notes:
            if len(self.first) < _MOST_NOTES:
                self.first.append(note)
            else:
                self.more += 1

    @property
    def all(self) -> tuple[str, ...]:
        """For a manifest."""
        return (*self.first, *([f"only in the YAML: {self.more} more"] if self.more else []))


@dataclass(frozen=True, slots=True)
class Archived:
    """Keeps a rendering in a backup file."""

    archiver: Archiver

    def keep(self, name: str, text: str | Iterable[str]) -> None:
        """Take a file."""
        with self.archiver.entry(f"{_YAML}/{name}") as file:
            for piece in [text] if isinstance(text, str) else text:
                file.write(piece)


@dataclass(frozen=True, slots=True)
class Several:
    """Keeps a rendering in several places."""

    keepers: Sequence[Keeps]

    def keep(self, name: str, text: str | Iterable[str]) -> None:
        """Take a file, whose pieces can be taken more than once."""
        for keeper in self.keepers:
            keeper.keep(name, text)


def write_json(archiver: Archiver, steady: Steady, spooled: Spooled, tick: Tick) -> None:
    """Everything as it came."""
    _write(archiver, DOMAINS, (as_line(head.domain.raw) for head in steady.heads))
    for head in steady.heads:
        number = head.domain.id
        _write(archiver, categories_of(number), (as_line(one.raw) for one in steady.categories[number]))
        _write(archiver, configs_of(number), spooled.configs(number), tick)
    _write(archiver, DEVICES, spooled.devices())


def _write(archiver: Archiver, name: str, lines: Iterable[str], tick: Tick | None = None) -> None:
    with archiver.entry(name) as file:
        for line in lines:
            file.write(line)
            if tick:
                tick(1)


@dataclass(slots=True)
class Rendering:
    """The YAML of what was read; counts the secrets on the way. `folder`: where what is under way is kept.

    `too_large`: what there is no YAML of.
    """

    steady: Steady
    spooled: Spooled
    manifest: Manifest
    folder: Path
    tally: Tally
    notes: Notes
    exporter: Exporter[Keeps]
    too_large: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        steady: Steady,
        spooled: Spooled,
        manifest: Manifest,
        keepers: Sequence[Keeps],
        folder: Path,
    ) -> "Rendering":
        """One that renders into several places."""
        exporter = Exporter[Keeps](Several(keepers), "", manifest.write_only, Scratch(folder))
        tally = Tally(manifest.secrets, manifest.write_only)
        return cls(steady, spooled, manifest, folder, tally, Notes(), exporter)

    def write(self, tick: Tick) -> None:
        """All domains."""
        twins = twins_among(head.domain for head in self.steady.heads)
        for head in self.steady.heads:
            categories = self.steady.categories[head.domain.id]
            configs = self._configs(head.domain, {one.id: one.address.name for one in categories}, tick)
            inside = Inside(categories, configs, self.spooled.twins(head.domain.id))
            try:
                with told_of_folder(self.folder):
                    self.exporter.render(head.domain, inside, twins)
            except TooLarge as exc:
                self.too_large.append(str(exc))
                self.notes.add([f"{exc}; it is in the backup as JSON only"])
            self._take_notes()

    def _configs(self, domain: LiveObject, names: dict[int, str], tick: Tick) -> Iterator[LiveObject]:
        for text in self.spooled.configs(domain.id):
            line = self.tally.line(domain.address.domain, json.loads(text))
            yield with_names(returned_config(line, domain, self.manifest, lambda _: None), names)
            self._take_notes()
            tick(1)

    def _take_notes(self) -> None:
        self.notes.add(f"only in the YAML: {note}" for note in self.exporter.notes)
        self.exporter.notes.clear()
        self.exporter.variables.clear()
