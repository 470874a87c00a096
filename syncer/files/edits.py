"""Changes to the layout of a document that keep its comments: whatever loses its place moves to what comes next."""

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy

from syncer.files.laying import lay_out
from syncer.files.layout import Alias, Collection, Document, Item, Line, Node, Scalar

_MERGE = "<<"


def item_of(line: str) -> Item:
    """The key and value that some lines of YAML hold."""
    root = lay_out(line).documents[0].root
    assert isinstance(root, Collection)  # noqa: S101  (it was written here)
    return root.items[0]


def entry_of(lines: str) -> Item:
    """The first item of the list that some lines of YAML hold."""
    entries = item_of(lines).value
    assert isinstance(entries, Collection)  # noqa: S101  (it was written here)
    return entries.items[0]


def put(mapping: Collection, new: Item) -> None:
    """Say a key and its value; the comments of what was said before stay."""
    before = mapping.item(new.name or "")
    if before is None:
        mapping.items.append(new)
    elif not _put_names(before, new):
        behind = before.value.comment if not _is_block(before.value) else ""
        above = [Line(behind)] if behind and _is_literal(new.value) else []  # nothing can stand behind its last line
        new.value.comment = "" if above else behind
        before.lead += [*before.under, *before.tail, *_comments(before.value), *above]
        before.under, before.tail, before.value = [], [], new.value


def _put_names(before: Item, new: Item) -> bool:
    """A list of plain texts keeps the items that it is still to have, with their comments."""
    old, wanted = before.value, new.value
    if not isinstance(old, Collection) or not isinstance(wanted, Collection) or old.mapping or wanted.mapping:
        return False
    names = [item.value.value for item in wanted.items if isinstance(item.value, Scalar)]
    there = [_text_of(item.value) for item in old.items]
    if old.odd or None in there or not there or not names or len(names) != len(wanted.items):
        return False
    for item in [item for item, name in zip(old.items, there, strict=True) if name not in names]:
        remove(old, item)
    old.items += [item for item, name in zip(wanted.items, names, strict=True) if name not in there]
    return True


def _text_of(value: Node) -> str | None:
    is_text = isinstance(value, Scalar) and "${" not in value.value and not value.properties
    return value.value if is_text and isinstance(value, Scalar) else None


def remove(within: Collection, gone: Item, *, with_comments: bool = False) -> None:
    """Take out a key or an item. Its comments stay, unless they are meant to go: then only what is a blank line off."""
    index = next(index for index, item in enumerate(within.items) if item is gone)
    kept = _apart(gone.lead) if with_comments else [*gone.lead, *_behind(gone), *_inside(gone)]
    del within.items[index]
    if index < len(within.items):
        within.items[index].lead[:0] = kept
    else:
        within.foot[:0] = kept


def _apart(lead: Sequence[Line]) -> list[Line]:
    """Of what is above an entry what an empty line divides from it, that line included."""
    blank = max((number for number, line in enumerate(lead) if not line.text), default=-1)
    return list(lead[: blank + 1])


def _behind(item: Item) -> Iterator[Line]:
    if item.comment:
        yield Line(item.comment)


def _inside(item: Item) -> Iterator[Line]:
    """Every comment of a value that goes, and those around it."""
    yield from (line for line in (*item.under, *_comments(item.value)) if line.text)
    if item.value.comment and not _is_block(item.value):
        yield Line(item.value.comment)
    yield from (line for line in item.tail if line.text)


def _comments(value: Node) -> Iterator[Line]:
    """Those inside a value."""
    if isinstance(value, Scalar) and _is_literal(value):
        header = value.raw.partition("\n")[0]
        if "#" in header:
            yield Line(header[header.index("#") :])
    if not isinstance(value, Collection):
        return
    if value.comment and not value.flow:
        yield Line(value.comment)
    yield from (line for line in (*value.head, *value.inside) if line.text)
    for item in value.items:
        yield from (line for line in item.lead if line.text)
        if item.key is not None and item.key.comment:
            yield Line(item.key.comment)
        yield from _behind(item)
        yield from _inside(item)
    yield from (line for line in value.foot if line.text)


def _is_literal(value: Node) -> bool:
    return isinstance(value, Scalar) and value.style in ("|", ">")


def _is_block(value: Node) -> bool:
    return isinstance(value, Collection) and not value.flow


def loosen(item: Item) -> None:
    """Make a block of a flow, so that it can hold anything; comments stay."""
    node = item.value
    if isinstance(node, Collection) and node.flow:
        item.comment = item.comment or node.comment
        node.flow, node.odd, node.comment, node.head, node.inside = False, False, "", [*item.under, *node.inside], []
        item.under = []
        for one in node.items:
            if one.key is not None:
                one.comment, one.key.comment = one.comment or one.key.comment, ""
            if isinstance(one.value, Collection) and one.value.flow and not one.value.raw:  # `[key: value]`
                loosen(one)


def append(entries: Item, new: Item) -> None:
    """Add an item to a list, an empty line before it where the others have one."""
    loosen(entries)
    node = entries.value
    assert isinstance(node, Collection)  # noqa: S101  (the file was read)
    others = node.items[1:]
    if any(line.text == "" for item in others for line in item.lead[:1]):
        new.lead[:0] = [Line("")]
    node.items.append(new)


def close(entries: Item) -> None:
    """Write `[]` for a list that has no items any more; what was said around them stays below it."""
    node = entries.value
    if isinstance(node, Collection) and not node.items:
        entries.tail += [*node.head, *node.foot]
        entries.value = Collection(mapping=node.mapping, flow=True, raw="[]", comment=node.comment)
        if entries.comment:
            entries.value.comment, entries.comment = entries.comment, ""


def detach(document: Document, going: Iterable[Node]) -> None:
    """Write out what the rest of a document takes from anchors in nodes that are to go or to change."""
    names = {name for node in going for name in _anchors(node)}
    if names:
        _write_out(document.root, names, {})


def _anchors(node: Node) -> Iterator[str]:
    yield from (part[1:] for part in node.properties.split() if part.startswith("&"))
    if isinstance(node, Collection):
        for item in node.items:
            yield from _anchors(item.value)


def _write_out(node: Node, names: set[str], known: dict[str, Node]) -> None:
    """In the order of the text, since a name may be given anew."""
    for name in _anchors_of(node):
        if name in names:
            known[name] = node
    if not isinstance(node, Collection):
        return
    for item in node.items:
        if isinstance(item.value, Alias) and item.value.name in known and item.name != _MERGE:
            comment = item.value.comment
            item.value = _bare(known[item.value.name])
            item.value.comment = comment
            node.odd, node.raw = False, ""
        _write_out(item.value, names, known)
    merge = node.item(_MERGE) if node.mapping else None
    if merge is not None and any(one.name in known for one in _merged(merge.value)):
        _write_out_merge(node, merge, known)


def _anchors_of(node: Node) -> list[str]:
    return [part[1:] for part in node.properties.split() if part.startswith("&")]


def _merged(value: Node) -> list[Alias]:
    values = [item.value for item in value.items] if isinstance(value, Collection) and not value.mapping else [value]
    return [one for one in values if isinstance(one, Alias)]


def _write_out_merge(node: Collection, merge: Item, known: dict[str, Node]) -> None:
    aliases = _merged(merge.value)
    for one in aliases:
        source = known.get(one.name)
        if isinstance(source, Collection):
            node.items += [_bare_item(item) for item in source.items if node.item(item.name or "") is None]
    left = [one for one in aliases if one.name not in known]
    if isinstance(merge.value, Collection) and left:
        merge.value.items = [item for item in merge.value.items if item.value in left]
        merge.value.odd, merge.value.raw = False, ""
    else:
        remove(node, merge)


def _bare(node: Node) -> Node:
    """A copy without anchors and comments."""
    copy = deepcopy(node)
    for one in _all(copy):
        one.properties = " ".join(part for part in one.properties.split() if not part.startswith("&"))
        one.comment = ""
        if isinstance(one, Collection):
            one.head, one.foot = [], []
            for item in one.items:
                item.lead, item.under, item.tail, item.comment = [], [], [], ""
    return copy


def _bare_item(item: Item) -> Item:
    return Item(_bare(item.value), deepcopy(item.key))


def _all(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Collection):
        for item in node.items:
            yield from _all(item.value)


def own_up(document: Document, item: Item) -> None:
    """Write a value out where it only stands for another one."""
    if isinstance(item.value, Alias):
        _write_out(document.root, {item.value.name}, {})
