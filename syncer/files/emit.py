"""Data to YAML text that people can read, and that every tool reads as the same data.

libyaml's emitter escapes every emoji and knows no blank lines. What it would decide about quoting is little, and stands
here: a text without quotes must be one that YAML 1.1 and 1.2 both read as just this text.
"""

import json
import re
from typing import Any

LITERAL_AT_MOST = 10  # lines of a text that stands in the YAML file itself
_PLAIN = re.compile(r"(?:[^\W_]|\.{0,2}/)(?:(?:[\w ./+()@%=~;,?!&'*-]|:(?=\S))*[\w./+()@%=~;,?!&'*-])?")
_NOT_IN_FLOW = re.compile("[:,?!&'*]")
_READS_AS_OTHER = re.compile(r"y|n|yes|no|on|off|true|false|null|[0-9][0-9a-foxz_.,:+t -]*", re.IGNORECASE)
_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_VARIABLE = re.compile(r"(?<!\$)\$\{[\w.]+\}")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}


def text(value: str, *, in_flow: bool = False) -> str:
    """A text on one line, in quotes where it needs them; `${` is reserved, so it is doubled up to `$${`."""
    return written(value.replace("${", "$${"), in_flow=in_flow)


def written(value: str, *, in_flow: bool = False) -> str:
    """A text that has its variables in it already, on one line, in quotes where it needs them."""
    constant = value if in_flow else _VARIABLE.sub("variable", value)
    plain = _PLAIN.fullmatch(constant) and value.isprintable() and not (in_flow and _NOT_IN_FLOW.search(value))
    if plain and (not _READS_AS_OTHER.fullmatch(value) or _IPV4.fullmatch(value)):
        return value
    return _quoted(value)


def _quoted(escaped: str) -> str:
    """In double quotes; what does not print is written as an escape, so that a reviewer sees it."""
    if escaped.isprintable():
        return '"' + escaped.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return '"' + "".join(_escape(c) for c in escaped) + '"'


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def flow(value: Any) -> str:
    """JSON data on one line."""
    if isinstance(value, str):
        return text(value, in_flow=True)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{text(key, in_flow=True)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return json.dumps(value)


def block(value: str, indent: str, at_most: int = LITERAL_AT_MOST) -> str:
    """A text as the value of a key: over several lines as it is where that says the same, else on one."""
    if not fits_literal(value, at_most):
        return text(value)
    whole, mark = (value[:-1], "|") if value.endswith("\n") else (value, "|-")
    lines = whole.replace("${", "$${").split("\n")
    return mark + "".join(f"\n{indent}{line}" if line else "\n" for line in lines)


def fits_literal(value: str, at_most: int = LITERAL_AT_MOST) -> bool:
    """Whether a text can stand over several lines, at most so many."""
    lines = value.removesuffix("\n").split("\n")
    return (
        "\n" in value
        and len(lines) <= at_most
        and not value.startswith((" ", "\n"))
        and not value.endswith("\n\n")
        and all(line.isprintable() and not line.isspace() for line in lines)
    )
