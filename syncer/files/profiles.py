"""Wire profiles as files that people keep: what was measured is written into them, all else stays to the letter."""

import io
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from syncer.files.plans import write_private

_WIDE = 1 << 16  # columns, so that no line is folded that was not
_BOM = "\ufeff"
_HEAD = re.compile(r"""(['"]?)reads_back\1[ \t]*:""")
_INDENTED = re.compile(r"^( +)[^ #\n-]", re.MULTILINE)
_ITEM = re.compile(r"^( *)[^ #\n].*:[ \t]*(?:#.*)?\n(?:[ \t]*#.*\n)*( *)- ", re.MULTILINE)  # the first of a list
_FLOW = re.compile(r"(?:[ \t]*#[^\n]*\n|\s|%[^\n]*\n|---)*\{")

Unset = Mapping[str, Mapping[str, Any]]


def completed(text: str, unset: Unset, write_only: Iterable[str]) -> str:
    """The text of a profile with another `reads_back`; nobody else's lines change.

    What becomes of an odd text cannot be known: load it, and compare, before it is written.
    """
    bom, text = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    reads_back = _reads_back(unset, write_only)
    if _is_json(text):
        return bom + _json(text, reads_back)
    if _FLOW.match(text):
        return bom + _flow(text, reads_back)
    return bom + _lines(text, reads_back)


def _reads_back(unset: Unset, write_only: Iterable[str]) -> dict[str, Any]:
    found = {"unset": {kind: dict(values) for kind, values in unset.items()}, "write_only": sorted(write_only)}
    return {name: value for name, value in found.items() if value}


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _json(text: str, reads_back: Mapping[str, Any]) -> str:
    document = {**json.loads(text), "reads_back": reads_back}
    if not reads_back:
        del document["reads_back"]
    inner = re.search(r"\n([ \t]+)\S", text)
    written = json.dumps(document, indent=inner[1] if inner else None, ensure_ascii=text.isascii())
    return _with_ending(written, text) + text[len(text.rstrip()) :]


def _flow(text: str, reads_back: Mapping[str, Any]) -> str:
    """A mapping in braces, with the comments that ruamel can keep."""
    yaml = _yaml(2)
    document = yaml.load(text)
    document.pop("reads_back", None)
    if reads_back:
        document["reads_back"] = reads_back
    return _with_ending(_dumped(yaml, document), text)


def _lines(text: str, reads_back: Mapping[str, Any]) -> str:
    lines = re.split(r"(?<=\n)", text)
    start = next((number for number, line in enumerate(lines) if _HEAD.match(line)), None)
    if start is None:
        start = end = next((number for number, line in enumerate(lines) if line.startswith("...")), len(lines))
    else:
        end = _end_of_block(lines, start)
    block = _with_ending(_block("".join(lines[start:end]).replace("\r\n", "\n"), reads_back), text)
    before, after = "".join(lines[:start]), "".join(lines[end:])
    gap = _with_ending("\n", text) if block and before and not before.endswith("\n") else ""
    return before + gap + block + after


def _end_of_block(lines: list[str], start: int) -> int:
    """Behind its last line that is indented; comments at the margin belong to what follows."""
    end = start + 1
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if line.startswith((" ", "\t")) and line.strip():
            end = number + 1
        elif line.strip() and not line.startswith("#"):
            break
    return end


def _block(old: str, reads_back: Mapping[str, Any]) -> str:
    """The lines of `reads_back`, with the indentation and comments that it had."""
    from ruamel.yaml.comments import CommentedMap

    if not reads_back:
        return ""
    yaml = _yaml_like(old)
    is_plain = re.search(r"[&*]", old) is None  # what an alias stands for must not be changed in place
    document = (yaml.load(old) if is_plain else None) or CommentedMap()
    _merge(document, {"reads_back": reads_back})
    return _dumped(yaml, document)


def _yaml_like(block: str) -> Any:
    """A writer that indents as a block does."""
    inner, item = _INDENTED.search(block), _ITEM.search(block)
    yaml = _yaml(len(inner[1]) if inner else 2)
    if item:
        offset = len(item[2]) - len(item[1])
        yaml.indent(sequence=offset + 2, offset=offset)
    return yaml


def _merge(old: Any, new: Mapping[str, Any]) -> None:
    """Make one mapping the other, in place, so that comments on what stays stay: those behind its last line, too."""
    for name in [name for name in old if name not in new]:
        del old[name]
    for name, value in new.items():
        there = old.get(name)
        if isinstance(value, Mapping) and isinstance(there, Mapping):
            _merge(there, value)
        elif isinstance(value, list) and isinstance(there, list):
            _merge_list(there, value)
        elif name in old and (isinstance(there, bool) is not isinstance(value, bool) or there != value):
            old[name] = _node(value)
    for name in reversed([name for name in new if name not in old]):
        old.insert(0, name, _node(new[name]))


def _merge_list(old: Any, new: list[Any]) -> None:
    for number in reversed(range(len(old))):
        if old[number] not in new:
            del old[number]
    for value in reversed([one for one in new if one not in old]):
        old.insert(0, value)


def _node(value: Any) -> Any:
    """A value as it is written anew: those of one type on one line, texts in quotes."""
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, str):
        return DoubleQuotedScalarString(value)
    if not isinstance(value, Mapping):
        return value
    found = CommentedMap({name: _node(one) for name, one in value.items()})
    if not any(isinstance(one, Mapping | list) for one in value.values()):
        found.fa.set_flow_style()
    return found


def _yaml(indent: int) -> Any:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.preserve_quotes, yaml.width = True, _WIDE
    yaml.indent(mapping=indent)
    return yaml


def _dumped(yaml: Any, document: Any) -> str:
    out = io.StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def _with_ending(written: str, text: str) -> str:
    """With the line ends of the rest."""
    return written.replace("\n", "\r\n") if text.count("\r\n") * 2 > text.count("\n") else written


def write_profile(path: Path, text: str) -> None:
    """Write a profile that is there already, where a link leads; it stays as public as it was. SyncerError if not."""
    path = path.resolve()
    mode = path.stat().st_mode & 0o777
    write_private(path, text)
    path.chmod(mode)
