"""Corrections written into the files that people wrote: where they belong, with everything else left as it was."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncer.files.baselines import LISTS
from syncer.files.corrected import Corrector, Own, overlay
from syncer.files.describe import Description, describe_categories
from syncer.files.documents import Map
from syncer.files.editing import Editor
from syncer.files.edits import append, detach, entry_of, remove
from syncer.files.export import Texts
from syncer.files.formatting import formatted
from syncer.files.layout import Collection, Item
from syncer.files.load import Loaded
from syncer.files.names import Names
from syncer.files.outline import DomainDocument
from syncer.files.publishing import schema_line
from syncer.files.rendering import SCRIPTS, Exporter, Scripts, Variable, category_ids, list_lines, twins_among
from syncer.model.address import Kind
from syncer.model.state import DesiredDomain, Entry, LiveDomain, LiveObject
from syncer.model.writeback import Correction, DomainCorrections

_NAMES = ("type", "desc", "name")  # what an address has of an entry


@dataclass(slots=True)
class Written:
    """What is to stand in files (None: the file is to go), scripts apart, and what is to be told."""

    documents: dict[Path, str | None] = field(default_factory=dict)
    scripts: dict[Path, str] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)


class Writeback:
    """One round of corrections to what was loaded; `folder` is for files of new domains.

    `others`: scripts that files of other servers name.
    """

    def __init__(
        self, root: Path, folder: Path, loaded: Loaded, write_only: frozenset[str], others: Set[Path] = frozenset()
    ) -> None:
        self._root, self._folder, self._loaded, self._write_only = root, folder, loaded, write_only
        self._others = others
        self._editor = Editor()
        self._correctors: dict[Path, Corrector] = {}
        self._variable_names = Names()
        self._references = list(_references(loaded))
        for key, name, _ in self._references:
            if key == "env":
                self._variable_names.take(name)

    def write(self, corrections: Iterable[DomainCorrections], into: Written) -> None:
        """Everything that can be written, as new texts of files."""
        for one in corrections:
            if one.desired is None and one.live is not None:
                self._new_domain(one.live, into)
            elif one.desired is not None and one.live is None:
                for document in self._documents(one.desired):
                    self._editor.drop(document)
            elif one.desired is not None and one.live is not None:
                self._domain(one.desired, one.live, one)
        into.documents |= self._editor.texts()
        for corrector in self._correctors.values():
            exporter = corrector.exporter
            into.scripts |= exporter.keeper.texts | corrector.changed
            into.variables |= {one.name: one for one in exporter.variables}
            into.notes |= dict.fromkeys(exporter.notes)

    def _new_domain(self, live: LiveDomain, into: Written) -> None:
        exporter = self._exporter(self._folder)
        exporter.schema_line = schema_line("domain", self._folder, self._root)
        for path in self._folder.glob("*.y*ml"):
            exporter.file_names.take(path.stem)
        exporter.domain(live, twins_among([live.domain]))
        for path in [path for path in exporter.keeper.texts if path.suffix == ".yaml"]:
            into.documents[path] = formatted(exporter.keeper.texts[path], "domain")
            del exporter.keeper.texts[path]
        into.scripts |= exporter.keeper.texts
        into.variables |= {one.name: one for one in exporter.variables}
        into.notes |= dict.fromkeys(exporter.notes)

    def _domain(self, desired: DesiredDomain, live: LiveDomain, found: DomainCorrections) -> None:
        scene = _Scene(desired, live, self._documents(desired))
        removed: list[tuple[Correction, DomainDocument, int]] = []
        for one in found.entries:
            place = scene.positions.get(id(one.entry))
            if one.kind is Kind.DOMAIN:
                self._head(one, scene)
            elif place is None:
                self._override(one, scene)
            elif one.live is None:
                removed.append((one, *place))
            else:
                self._correct(one, scene, *place)
        for gone, document, index in removed:
            self._remove(gone, document, index)
        for new in found.new:
            self._add(new, scene)

    def _head(self, one: Correction, scene: "_Scene") -> None:
        """What the documents of a domain say of it itself: each that says it, or else the first."""
        for document in scene.documents:
            is_first = document is scene.documents[0]
            steps = [
                step
                for step in one.steps
                if _says(document.node, step) or (is_first and not any(_says(d.node, step) for d in scene.documents))
            ]
            own = Own(Item(self._editor.root(document)), self._resolved(document, document.node), {})
            corrector = self._corrector(document)
            part = Correction(one.entry, one.live, steps, one.id if is_first else None)
            corrector.correct(part, self._described(one.live, scene), own, scene.twins)

    def _correct(self, one: Correction, scene: "_Scene", document: DomainDocument, index: int) -> None:
        item = self._editor.entry(document, one.kind, index)
        node = self._resolved(document, document.node[LISTS[one.kind]][index])
        own = Own(item, node, self._under(one.entry, document))
        going = [found.value for steps in one.steps if (found := own.mapping.item(_key(one.kind, steps))) is not None]
        detach(self._editor.document(document), going)
        self._corrector(document).correct(one, self._described(one.live, scene), own, scene.twins)

    def _remove(self, one: Correction, document: DomainDocument, index: int) -> None:
        """An entry that is not live; where a baseline names it too, it stays as one that is absent."""
        item = self._editor.entry(document, one.kind, index)
        detach(self._editor.document(document), [item.value])
        if self._under(one.entry, document):
            item.value = entry_of(overlay(one.entry.address, ["state: absent"])).value
        else:
            entries = self._editor.entries(document, one.kind).value
            assert isinstance(entries, Collection)  # noqa: S101  (the file was read)
            remove(entries, item, with_comments=True)

    def _override(self, one: Correction, scene: "_Scene") -> None:
        """What a baseline says of this domain is overridden in its own document."""
        document = self._home(scene, one.kind)
        new = entry_of(overlay(one.entry.address, [] if one.live is not None else ["state: absent"]))
        if one.live is not None:
            own = Own(new, {}, self._under(one.entry, document))
            self._corrector(document).correct(one, self._described(one.live, scene), own, scene.twins)
        append(self._editor.entries(document, one.kind), new)

    def _add(self, one: LiveObject, scene: "_Scene") -> None:
        kind = one.address.kind
        document = self._home(scene, kind)
        corrector = self._corrector(document)
        needed = one.address.name if kind is Kind.CATEGORY else one.address.type
        if corrector.exporter.can_name(one, needed) and corrector.exporter.is_complete(one):
            keys = corrector.exporter.entry(one, self._described(one, scene), scene.twins, corrector.scripts)
            append(self._editor.entries(document, kind), entry_of("".join(list_lines(LISTS[kind], [keys], apart=""))))

    def _home(self, scene: "_Scene", kind: Kind) -> DomainDocument:
        """The document that new entries go to."""
        found = next((one for one in scene.documents if self._editor.has(one, kind)), None)
        return found or scene.documents[0]

    def _under(self, entry: Entry, document: DomainDocument) -> Mapping[str, Any]:
        """What a baseline says of the entry."""
        given = self._loaded.behind[document.domain].given(entry.address)
        return {} if given is None else {key: value for key, value in given.items() if key not in _NAMES}

    def _resolved(self, document: DomainDocument, node: Map) -> Map:
        """A node with its variables replaced."""
        value: Map = self._loaded.behind[document.domain].scope.resolve(node, document.spot).value
        return value

    def _described(self, one: LiveObject | None, scene: "_Scene") -> Description:
        assert one is not None  # noqa: S101
        description = self._exporter(self._folder).described(one)
        if one.address.kind is Kind.CONFIG:
            describe_categories(description, one, category_ids(scene.live.categories))
        return description

    def _documents(self, desired: DesiredDomain) -> list[DomainDocument]:
        """Those of the domain; of two domains with one name, those with its id."""
        is_alone = sum(one.name == desired.name for one in self._loaded.desired.domains) == 1
        documents = self._loaded.found.domains[desired.name]
        return [one for one in documents if is_alone or one.node.get("id") == desired.entry.id]

    def _corrector(self, document: DomainDocument) -> Corrector:
        path = document.spot.source.path
        if path not in self._correctors:
            scripts = Scripts(path.stem)
            for file in (path.parent / SCRIPTS / path.stem).glob("*"):
                scripts.names.take(file.stem)
            exporter = self._exporter(path.parent)
            self._correctors[path] = Corrector(self._root, exporter, scripts, self._is_shared)
        return self._correctors[path]

    def _exporter(self, out: Path) -> Exporter[Texts]:
        return Exporter(Texts(out), "", self._write_only, variable_names=self._variable_names)

    def _is_shared(self, file: Path) -> bool:
        return file in self._others or sum(key == "file" and path == file for key, _, path in self._references) > 1


class _Scene:
    """One domain, in the files and live. `positions`: where the domain's own entries stand, by their `id()`."""

    def __init__(self, desired: DesiredDomain, live: LiveDomain, documents: list[DomainDocument]) -> None:
        self.live, self.documents = live, documents
        self.twins = twins_among([live.domain, *live.categories, *live.configs])
        self.positions: dict[int, tuple[DomainDocument, int]] = {}
        for kind, entries in ((Kind.CATEGORY, desired.categories), (Kind.CONFIG, desired.configs)):
            places = [(one, index) for one in documents for index, _ in enumerate(one.node.get(LISTS[kind]) or ())]
            # a domain's own entries come first, in the order of its documents
            self.positions |= {id(entry): place for entry, place in zip(entries or (), places, strict=False)}


def _key(kind: Kind, steps: tuple[str, ...]) -> str:
    return "domain" if kind is Kind.DOMAIN and steps == ("name",) else steps[0]


def _says(node: Mapping[str, Any], steps: tuple[str, ...]) -> bool:
    if steps == ("name",):
        return True
    inside = node.get(steps[0])
    return steps[0] in node and (len(steps) == 1 or (isinstance(inside, Mapping) and steps[1] in inside))


def _references(loaded: Loaded) -> Iterator[tuple[str, str, Path]]:
    """`env` or `file`, the name, and for a file where it is, of every such reference in the files."""
    for domain, documents in loaded.found.domains.items():
        behind = loaded.behind[domain]
        for document in documents:
            yield from _below(
                behind.scope.resolve(document.node, document.spot).value, document.spot.source.path.parent
            )
        for given in (one for kind in LISTS for one in behind.rest(kind, frozenset())):
            yield from _below(given.node, given.spot.source.path.parent)


def named_files(documents: Any, folder: Path) -> frozenset[Path]:
    """What documents in a folder refer to as files."""
    return frozenset(path for key, _, path in _below(documents, folder) if key == "file")


def _below(value: Any, folder: Path) -> Iterator[tuple[str, str, Path]]:
    if isinstance(value, dict):
        for key, inside in value.items():
            if key in ("env", "file") and isinstance(inside, str):
                yield key, inside, (folder / inside).resolve()
            yield from _below(inside, folder)
    elif isinstance(value, list):
        for inside in value:
            yield from _below(inside, folder)
