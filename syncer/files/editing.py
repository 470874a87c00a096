"""The files as they are being changed: where documents, lists and entries of what was loaded stand in their layouts."""

from collections.abc import Iterable
from pathlib import Path

from syncer.files.baselines import LISTS
from syncer.files.edits import close, item_of, loosen, own_up
from syncer.files.formatting import formatted, rendered
from syncer.files.laying import lay_out
from syncer.files.layout import Collection, Document, Item, Layout, unified
from syncer.files.outline import DomainDocument
from syncer.model.address import Kind


class Editor:
    """Lays out a file when something of it is asked for; what is asked for is going to be changed."""

    def __init__(self) -> None:
        self._layouts: dict[Path, Layout] = {}
        self._documents: dict[Path, list[Document]] = {}  # as they were
        self._items: dict[tuple[int, Kind], list[Item]] = {}

    def document(self, found: DomainDocument) -> Document:
        """A whole document."""
        path = found.spot.source.path
        if path not in self._layouts:
            layout = self._layouts[path] = lay_out(unified(found.spot.source.text))
            self._documents[path] = list(layout.documents)
        return self._documents[path][int(found.spot.path[0])]

    def drop(self, found: DomainDocument) -> None:
        """Take a document out of its file."""
        document, layout = self.document(found), self._layouts[found.spot.source.path]
        layout.documents = [one for one in layout.documents if one is not document]

    def root(self, found: DomainDocument) -> Collection:
        """The mapping of a document, as a block."""
        document = self.document(found)
        item = Item(document.root)
        loosen(item)
        document.comment = document.comment or item.comment
        return _collection(item)

    def has(self, found: DomainDocument, kind: Kind) -> bool:
        """Whether a document has the list of a kind."""
        return LISTS[kind] in found.node or self.root(found).item(LISTS[kind]) is not None

    def entries(self, found: DomainDocument, kind: Kind) -> Item:
        """The list of a kind, as a block; a new one where there is none."""
        root = self.root(found)
        if root.item(LISTS[kind]) is None:
            root.items.append(item_of(f"{LISTS[kind]}: []\n"))
        entries = next(item for item in root.items if item.name == LISTS[kind])
        own_up(self.document(found), entries)
        loosen(entries)
        self._items.setdefault((id(root), kind), list(_collection(entries).items))
        return entries

    def entry(self, found: DomainDocument, kind: Kind, index: int) -> Item:
        """An entry by its place in the list as it was read."""
        self.entries(found, kind)
        item = self._items[id(self.root(found)), kind][index]
        own_up(self.document(found), item)
        return item

    def texts(self) -> dict[Path, str | None]:
        """The files in their canonical form; None for one of which no document is left."""
        return {path: _text(layout) for path, layout in self._layouts.items()}


def _collection(item: Item) -> Collection:
    assert isinstance(item.value, Collection)  # noqa: S101  (the file was read)
    return item.value


def _text(layout: Layout) -> str | None:
    if not layout.documents:
        return None
    _close_lists(document.root for document in layout.documents)
    return formatted(rendered(layout), "domain")


def _close_lists(roots: Iterable[object]) -> None:
    for root in roots:
        if isinstance(root, Collection):
            for item in root.items:
                if item.name in LISTS.values():
                    close(item)
