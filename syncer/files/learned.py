"""A learned wire profile as a file that people review: each operation on a line, with where it comes from above it."""

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from syncer.errors import SyncerError, some, visible
from syncer.files.plans import write_private
from syncer.model.learned import Finding, Learned

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # as the schema of wire profiles has it
_PLAIN = re.compile(r"[$/A-Za-z][\w$./-]*", re.ASCII)  # what YAML reads as this text without quotes
_SUFFIXES = (".yaml", ".yml")
_MANY = 6  # messages that are named
_HEAD = """\
Learned by `syncer wire learn`: how this server is told to write. In parentheses the messages of the recording that
show it. `syncer wire verify` proves it on the server; until then `syncer apply` refuses to use it.
"""
_WIDTH = 1 << 16  # columns, so that nothing is folded


def check_target(path: Path, *, force: bool) -> str:
    """The name of the profile that is going to be written there; SyncerError if it cannot or must not be."""
    name = path.stem if path.suffix in _SUFFIXES else ""
    if not _NAME.fullmatch(name):
        raise SyncerError(
            f"{visible(path)} is no name for a wire profile; take letters, digits, dots, hyphens and underscores, "
            "and .yaml at the end: wire/production.yaml"
        )
    if path.is_dir() or (path.exists() and not force):
        raise SyncerError(f"{visible(path)} is there already; name another file, or overwrite it with --force")
    return name


def learned_text(learned: Learned, name: str) -> str:
    """The profile as YAML. Its comments have nothing of the recording but numbers."""
    document = CommentedMap(learned.document(name))
    document.yaml_set_start_comment(_HEAD)
    operations = CommentedMap()
    for finding in learned.findings:
        operations[finding.operation] = _entry(finding)
        operations.yaml_set_comment_before_after_key(finding.operation, before=_told(finding), indent=2)
    document["operations"] = operations
    yaml = YAML()
    yaml.width = _WIDTH
    text = io.StringIO()
    yaml.dump(document, text)
    return text.getvalue()


def write_learned(path: Path, text: str) -> None:
    """Write it, readable by its owner only; SyncerError if it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise SyncerError(f"the folder {visible(path.parent)} cannot be made: {exc.strerror}") from exc
    write_private(path, text)


def _entry(finding: Finding) -> CommentedMap:
    return CommentedMap({key: _flow(value) for key, value in finding.entry.items()})


def _flow(value: Any) -> Any:
    if isinstance(value, Mapping):
        flow = CommentedMap({_flow(key): _flow(part) for key, part in value.items()})
        flow.fa.set_flow_style()
        return flow
    if isinstance(value, list | tuple):
        items = CommentedSeq(map(_flow, value))
        items.fa.set_flow_style()
        return items
    return value if not isinstance(value, str) or _PLAIN.fullmatch(value) else DoubleQuotedScalarString(value)


def _told(finding: Finding) -> str:
    return f"{finding.confidence} ({some(finding.messages, _MANY)})"
