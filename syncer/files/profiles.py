"""Wire profiles as files that people keep: what was measured is written into them, their comments stay."""

import io
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from syncer.files.plans import write_private

_WIDE = 1 << 16  # columns, so that no line is folded that was not


def completed(text: str, unset: Mapping[str, Mapping[str, Any]], write_only: Iterable[str]) -> str:
    """The text of a profile with another `reads_back`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    yaml = YAML(typ="rt")
    yaml.preserve_quotes, yaml.width = True, _WIDE
    document = yaml.load(text)
    reads_back = document.setdefault("reads_back", CommentedMap())
    _put(reads_back, "unset", {kind: _in_flow(values) for kind, values in unset.items()})
    _put(reads_back, "write_only", sorted(write_only))
    if not reads_back:
        del document["reads_back"]
    out = io.StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def write_profile(path: Path, text: str) -> None:
    """Write a profile that is there already; it stays as public as it was. SyncerError if that is not possible."""
    mode = path.stat().st_mode & 0o777
    write_private(path, text)
    path.chmod(mode)


def _put(reads_back: MutableMapping[str, Any], name: str, value: Any) -> None:
    if value:
        reads_back[name] = value
    else:
        reads_back.pop(name, None)


def _in_flow(values: Mapping[str, Any]) -> Any:
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    found = CommentedMap(
        {name: DoubleQuotedScalarString(one) if isinstance(one, str) else one for name, one in values.items()}
    )
    found.fa.set_flow_style()
    return found
