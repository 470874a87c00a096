"""The configs that a self-test makes, derived from the schema: every field of every type is set, changed and unset.

All values are harmless: hosts below `.invalid`, which RFC 2606 keeps from existing, and scripts of comments.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from syncer.model.address import Kind
from syncer.model.fields import Field, Wire, config_types, fields_of
from syncer.model.values import Secret

EXPERT = "EXPERT"
ODD = "ä€😀"  # of two, three and four bytes in UTF-8, the last a surrogate pair in UTF-16


@dataclass(frozen=True, slots=True)
class Edit:
    """An update: the config's desc and fields as they are to be, in words what it is about.

    Optional fields that it leaves out are to be unset; others are left as they are.
    """

    what: str
    desc: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Specimen:
    """A config and what becomes of it; `what` says what is special about it."""

    type: str
    desc: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    what: str = ""


def empty_expert(tag: str, number: int) -> Specimen:
    """The config that would do nothing to any device, were it to reach one."""
    desc = f"{tag} empty {number}"
    return Specimen(EXPERT, desc, {"script": ""}, (Edit("another desc", f"{desc} {ODD}"),), "with an empty script")


def specimens(tag: str) -> tuple[Specimen, ...]:
    """One of each type, but for scripts."""
    return tuple(_specimen(kind, tag) for kind in config_types() if kind != EXPERT)


def long_expert(tag: str, message_bytes: int) -> Specimen:
    """A script larger than two messages, another such one, and one that is short again."""
    desc = f"{tag} script {ODD}"
    return Specimen(
        EXPERT,
        desc,
        {"script": script(tag, 2 * message_bytes)},
        (
            Edit("another long script", desc, {"script": script(f"{tag} again", 2 * message_bytes)}),
            Edit("a short script", desc, {"script": script(tag, 1)}),
        ),
        "with a script larger than a message",
    )


def script(tag: str, size: int) -> str:
    """At least `size` bytes of comments, with all that is hard to carry."""
    line = f"# {tag} \"quoted\" 'too' \\ \\n \\u0041 ${{x}} <&> {ODD}\r\n# {ODD * 9}\n"
    return line * (size // len(line.encode()) + 1)


def _specimen(kind: str, tag: str) -> Specimen:
    """Half of the fields are set, then the other half, and once more with other values: what is unset reads the same.

    Each field is unset by an update that it was set before: an update gives back what it leaves as it is.
    """
    fields = fields_of(Kind.CONFIG, kind)
    tied = _tied(fields)
    some = {name for number, name in enumerate(fields) if number % 2 == 0} | tied
    others, rest = fields.keys() - some, some - tied
    desc = f"{tag} {kind} {ODD}"
    first, second, third = (_values(fields, tag, turn) for turn in (1, 2, 3))
    edits = list(_secret_edits(fields, desc, _only(some, first), tag))
    steady = _only(tied, edits[-1].fields) if edits else {}
    edits += [
        Edit("other fields, those of before unset", desc, _only(others, third) | steady),
        Edit("those again, with other values", desc, _only(rest, second) | steady),
        Edit("the others again, with other values", desc, _only(others, second) | steady),
        Edit("every field, and another desc", f"{desc} 2", third | steady),
    ]
    if tied:
        edits.append(Edit("no secret any more", f"{desc} 2", _only(others | rest, third)))
        edits.append(Edit("every field again, with other values", f"{desc} 2", second | steady))
        edits.append(Edit("no secret again", f"{desc} 2", _only(others | rest, second)))
    return Specimen(kind, desc, _only(some, first), tuple(edits))


def _only(names: Collection[str], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in names}


def _tied(fields: Mapping[str, Field]) -> set[str]:
    """Secrets, what seeds them, and the names that they belong to."""
    secrets = [one for one in fields.values() if one.secret]
    users = {name for name in fields if secrets and name.endswith("User")}
    return {one.name for one in secrets} | {str(one.seed) for one in secrets} | users


def _secret_edits(fields: Mapping[str, Field], desc: str, values: Mapping[str, Any], tag: str) -> Iterator[Edit]:
    """What seeds a secret changes without it, then it changes alone."""
    values = dict(values)
    for one in fields.values():
        if one.secret:
            seed = fields[str(one.seed)]
            values = values | {seed.name: _value(seed, tag, 2)}
            yield Edit(f"another {seed.name}, the same {one.name}", desc, values)
            values = values | {one.name: _value(one, tag, 2)}
            yield Edit(f"another {one.name}", desc, values)


def _values(fields: Mapping[str, Field], tag: str, turn: int) -> dict[str, Any]:
    return {name: value for name, one in fields.items() if (value := _value(one, tag, turn)) is not None}


def _value(one: Field, tag: str, turn: int) -> Any:
    """A value in normal form; others in other turns, as far as there are so many."""
    if one.secret:
        return Secret(f'{tag} "{turn}" {ODD}')
    if one.labels:
        return _other(sorted(one.labels.values()), turn)
    if one.choices:
        return _other(one.choices, turn)
    if one.wire is Wire.HEX_BYTE:
        return (0xB8, 0x08, 0x60)[turn % 3]
    if one.type == "boolean":
        return True
    if one.type == "integer":
        return _number(one, turn)
    return _text(one, tag, turn)


def _other(values: Any, turn: int) -> Any:
    return values[(turn + 1) % len(values)]


def _number(one: Field, turn: int) -> int:
    """The example, so that numbers that belong together fit together; another time the double of all of them."""
    example: int = one.examples[0]
    other = example * 2 if one.maximum is None or example * 2 <= one.maximum else one.minimum or 0
    return other if turn % 2 else example


def _text(one: Field, tag: str, turn: int) -> str:
    example = str(one.examples[0]) if one.examples else ""
    if example.startswith("https:"):
        return f"https://{tag}-{turn}.invalid/{one.name}?a=1&b=%20"
    if one.name.endswith("User"):
        return f"{tag} {turn} {ODD}"
    if one.name == "tz":
        return (example, "UTC0", "EST5EDT")[turn % 3]
    return f"{tag}-{turn}-{one.name.lower()}.invalid"
