"""Secrets put into YAML text to the letter: only the characters of the value change.

ruamel's nodes tell where each value begins and ends. What they cannot tell well (aliases, merged keys, odd layouts) is
caught at the end: the new text must read as the old one but for what was meant.
"""

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from syncer.files.documents import Steps, parse, plain
from syncer.files.emit import text as as_yaml

_BLOCK_HEADER = re.compile(r"[^\n]*?[|>][-+0-9]*")
_KEEPS_BREAKS = re.compile(r"[^\n]*?[|>][0-9]*\+")
AGE = "age"


class Unspliceable(Exception):
    """The text is laid out in a way that leaves no place for just this value."""


class Edit(NamedTuple):
    """Characters from `start` up to `end`, and what is to stand there instead."""

    start: int
    end: int
    new: str


def with_age(text: str, steps: Steps, ciphertext: str, order: Sequence[str]) -> str:
    """The text with `{age: ciphertext}` as the value at `steps`; a new key goes behind those before it in `order`."""
    *above, key = steps
    holder = _node_at(_roots(text), above)
    value = _own(holder, key)
    edits = _replacing(text, value, ciphertext) if value else [_adding(text, holder, str(key), ciphertext, order)]
    documents = plain(parse(text).documents)
    _at(documents, above)[key] = {AGE: ciphertext}
    return _spliced(text, edits, documents)


def with_ages(text: str, ciphertexts: Mapping[str, str]) -> str:
    """The text with other ciphertexts for those that stand in its `{age: …}`."""
    found = {node.start_mark.index: node for node in _age_scalars(_roots(text)) if node.value in ciphertexts}
    edits = [edit for node in found.values() for edit in _scalar(text, node, ciphertexts[node.value])]
    return _spliced(text, edits, _exchanged(plain(parse(text).documents), ciphertexts))


def _spliced(text: str, edits: Sequence[Edit], meant: Any) -> str:
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.new + text[edit.end :]
    parsed = parse(text)
    if parsed.mistakes or plain(parsed.documents) != meant:
        raise Unspliceable
    return text


def _roots(text: str) -> list[Any]:
    from ruamel.yaml import YAML

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an anchor given twice is legal
        return list(YAML(typ="safe", pure=False).compose_all(text))


def _node_at(roots: Sequence[Any], steps: Sequence[str | int]) -> Any:
    node = roots[int(steps[0])]
    for step in steps[1:]:
        node = node.value[step] if isinstance(step, int) else _own(node, step)
        if node is None:
            raise Unspliceable
    return node


def _own(mapping: Any, key: str | int) -> Any:
    """The value of a key that stands in the mapping itself, None if there is none."""
    return next((value for name, value in mapping.value if name.value == key), None)


def _at(documents: Any, steps: Sequence[str | int]) -> Any:
    for step in steps:
        documents = documents[step]
    return documents


def _replacing(text: str, node: Any, ciphertext: str) -> list[Edit]:
    """Of a reference only its two words, so that the layout and comments around them stay."""
    if node.id == "scalar":
        return _scalar(text, node, f"{{{AGE}: {_quoted(ciphertext)}}}", quoted=False)
    if node.id == "mapping" and len(node.value) == 1 and all(part.id == "scalar" for part in node.value[0]):
        key, value = node.value[0]
        return [Edit(key.start_mark.index, key.end_mark.index, AGE), *_scalar(text, value, ciphertext)]
    return [Edit(node.start_mark.index, _end(text, node), f"{{{AGE}: {_quoted(ciphertext)}}}")]


def _scalar(text: str, node: Any, new: str, *, quoted: bool = True) -> list[Edit]:
    """Another scalar in place of one; the comment behind the `|` of a block stays."""
    new = _quoted(new) if quoted else new
    start, end = node.start_mark.index, node.end_mark.index
    if node.style not in ("|", ">"):
        return [Edit(start, end, new if start < end or text[start - 1 : start].isspace() else f" {new}")]
    header = _BLOCK_HEADER.match(text, start)
    behind = len(text[start:end].split("\n")[0].rstrip("\r"))
    if header is None:
        raise Unspliceable
    return [Edit(start, header.end(), new), Edit(start + behind, start + len(text[start:end].rstrip()), "")]


def _adding(text: str, holder: Any, key: str, ciphertext: str, order: Sequence[str]) -> Edit:
    """A key of its own behind the one before it."""
    name, value = _predecessor(holder, key, order)
    written = f"{key}: {{{AGE}: {_quoted(ciphertext)}}}"
    end = _end(text, value)
    if holder.flow_style:
        return Edit(end, end, f", {written}")
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    newline = "\r\n" if "\r\n" in text else "\n"
    at = line_end - text.endswith("\r", 0, line_end)
    return Edit(at, at, f"{newline}{' ' * name.start_mark.column}{written}")


def _predecessor(holder: Any, key: str, order: Sequence[str]) -> tuple[Any, Any]:
    """The key and value to stand behind: the last one before `key` in `order`, else the last that there is."""
    there = [pair for pair in holder.value if pair[1].start_mark.index > pair[0].start_mark.index]  # no alias
    before = {name: index for index, name in enumerate(order[: order.index(key)])}
    if not there:
        raise Unspliceable
    known = [pair for pair in there if pair[0].value in before]
    name, value = max(known, key=lambda pair: before[pair[0].value]) if known else there[-1]
    return name, value


def _end(text: str, node: Any) -> int:
    """Where a value ends; the mark of a block is where the next thing begins."""
    if node.id != "scalar" and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    if node.id != "scalar" or node.style not in ("|", ">"):
        return end
    keeps = _KEEPS_BREAKS.match(text, start)
    content = text[start:end]
    return start + len(content.removesuffix("\n").removesuffix("\r") if keeps else content.rstrip())


def _age_scalars(nodes: Sequence[Any]) -> Iterator[Any]:
    """The values of all `age` keys, each once."""
    waiting, seen = list(nodes), set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen or node.id == "scalar":
            continue
        seen.add(id(node))
        if node.id == "sequence":
            waiting += node.value
            continue
        waiting += [value for _, value in node.value]
        yield from (value for key, value in node.value if key.value == AGE and value.id == "scalar")


def _exchanged(value: Any, ciphertexts: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_exchanged(item, ciphertexts) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: ciphertexts.get(item, item) if key == AGE and isinstance(item, str) else _exchanged(item, ciphertexts)
        for key, item in value.items()
    }


def _quoted(ciphertext: str) -> str:
    return as_yaml(ciphertext, in_flow=True)
