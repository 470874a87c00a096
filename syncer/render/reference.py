"""The field reference as Markdown, text or JSON, and the list of schemas. No text ends in a newline."""

import json
from collections.abc import Mapping
from typing import Any

from syncer.model.reference import Labels, Reference, Row, Section
from syncer.render.document import as_json
from syncer.render.terminal import Page, Style, padded

_TITLE = "Field reference"
_MARKUP = frozenset("\\`*_[]<>$")  # GitHub takes $ for mathematics
_INTRODUCTION = """\
Everything that people may write, in domain documents and in `syncer.yaml`. Made from the JSON Schemas by
`syncer docs fields --format markdown`; editors show the same on hover.

What it means that a field is left out: *unset*: it is to be unset on the server, the same as null, `""` and false;
*left alone*: it stays as it is on the server; a value: that one.
"""


def render_names(schemas: Mapping[str, str], *, width: int | None = None, color: bool = False) -> str:
    """The schemas with what each describes."""
    page = Page(width, color)
    room = max(map(len, schemas))
    for name, about in schemas.items():
        page.put((f"{padded(name, room)}  ", Style.BOLD), about)
    return page.text


def render_text(reference: Reference, *, width: int | None = None, color: bool = False) -> str:
    """For a terminal."""
    page = Page(width, color)
    for section in reference.sections:
        page.gap()
        page.put(("", Style.PLAIN), section.title, Style.BOLD)
        page.put(("  ", Style.PLAIN), _about(section))
        for row in section.rows:
            page.put((f"  {row.name}  ", Style.CYAN), f"({_in_brief(row)})", Style.DIM, "      ")
            page.put(("      ", Style.PLAIN), row.about + _example_text(row))
    for labels in reference.labels:
        page.gap()
        page.put(("", Style.PLAIN), f"Labels of {labels.name}", Style.BOLD)
        page.put(("  ", Style.PLAIN), ", ".join(f"{label} ({number})" for label, number in labels.numbers.items()))
    return page.text


def render_json(reference: Reference) -> str:
    """For programs."""
    return as_json(reference.document())


def render_markdown(reference: Reference) -> str:
    """For GitHub."""
    labelled = {labels.name for labels in reference.labels}
    parts = [f"# {_TITLE}\n\n{_INTRODUCTION}"]
    parts += [_section(section, labelled) for section in reference.sections]
    parts += [_labels(labels) for labels in reference.labels]
    return "\n".join(parts).rstrip("\n")


def _about(section: Section) -> str:
    return f"{section.about} ({section.devices})" if section.devices else section.about


def _in_brief(row: Row) -> str:
    secret = ["secret"] if row.secret else []
    left_out = [row.left_out if row.left_out == "required" else f"left out: {row.left_out}"] if row.left_out else []
    return "; ".join([row.value, *secret, *left_out])


def _example_text(row: Row) -> str:
    return f" Example: {_written(row.example)}" if row.example is not None else ""


def _section(section: Section, labelled: set[str]) -> str:
    devices = f"For {section.devices}.\n\n" if section.devices else ""
    rows = "".join(_row(row, labelled) for row in section.rows)
    head = "| field | value | if left out | what it is |\n| --- | --- | --- | --- |\n"
    return f"## {section.title}\n\n{_escaped(section.about)}\n\n{devices}{head}{rows}"


def _row(row: Row, labelled: set[str]) -> str:
    value = f"[{row.value}](#labels-of-{row.name.lower()})" if row.name in labelled else _escaped(row.value)
    name = f"`{row.name}`" + (" (secret)" if row.secret else "")
    example = f" Example: {_code(_written(row.example))}" if row.example is not None else ""
    return f"| {name} | {value} | {row.left_out} | {_escaped(row.about)}{example} |\n"


def _labels(labels: Labels) -> str:
    rows = "".join(f"| {number} | `{label}` |\n" for label, number in labels.numbers.items())
    return f"## Labels of {labels.name}\n\n| number | label |\n| --- | --- |\n{rows}"


def _written(example: Any) -> str:
    """As YAML has it, on one line."""
    return example.rstrip("\n") if isinstance(example, str) else json.dumps(example, ensure_ascii=False)


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _escaped(text: str) -> str:
    """Nothing in it is Markdown."""
    return _cell("".join(f"\\{c}" if c in _MARKUP else c for c in text))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
