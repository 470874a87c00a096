"""The field reference: what people may write, section by section, made from the schemas."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One field. `value` says what may stand there, `left_out` what it means that nothing does."""

    name: str
    value: str
    left_out: str
    about: str
    example: Any = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """The fields of one mapping; `devices`, of a config type: which ones it is for."""

    title: str
    about: str
    rows: tuple[Row, ...]
    devices: str = ""

    def document(self) -> dict[str, Any]:
        """As JSON data."""
        rows = [asdict(row) for row in self.rows]
        return {"title": self.title, "about": self.about, "devices": self.devices, "fields": rows}


@dataclass(frozen=True, slots=True)
class Labels:
    """Names that stand for the numbers of a field."""

    name: str
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Reference:
    """The whole of it."""

    sections: tuple[Section, ...]
    labels: tuple[Labels, ...]

    def document(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "sections": [one.document() for one in self.sections],
            "labels": {one.name: dict(one.numbers) for one in self.labels},
        }
