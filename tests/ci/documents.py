"""CI files as YAML."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


def document(path: Path) -> Any:
    """A YAML file."""
    return YAML(typ="safe").load(path.read_text("utf-8"))
