"""Our JSON Schemas at work: references written in once, errors in our own words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from syncer import resources
from syncer.errors import visible
from syncer.files.wording import did_you_mean, kind_of, meant, shown

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_LOCAL = "#/"
_OTHER = ".schema.json"
_SAYS_NOTHING = frozenset({"title", "description", "default", "examples"})  # annotations
_CLASSES = {"string": str, "boolean": bool, "null": type(None)}


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a schema does not accept, and where below the value that was checked."""

    path: tuple[str | int, ...]
    what: str
    hint: str = ""
    of_key: bool = False


@cache
def inlined(name: str, pointer: str = "") -> Any:
    """A schema, or the part of it at `pointer` (like `$defs/name`), with its references written in.

    jsonschema resolves a reference anew for each value, which takes longer than checking the value. References lead
    to a place in the same schema, or to the whole of another one of ours.
    """
    root = resources.described(name)
    return _inline(_part(root, pointer), root, ())


def _inline(part: Any, root: Mapping[str, Any], within: tuple[str, ...]) -> Any:
    if isinstance(part, list):
        return [_inline(item, root, within) for item in part]
    if not isinstance(part, dict):
        return part
    target = part.get("$ref")
    if isinstance(target, str) and target.endswith(_OTHER):
        return inlined(target.removesuffix(_OTHER))
    if not isinstance(target, str) or not target.startswith(_LOCAL) or target in within:
        return {key: value if key == "$defs" else _inline(value, root, within) for key, value in part.items()}
    found = _inline(_part(root, target.removeprefix(_LOCAL)), root, (*within, target))
    beside = {key: _inline(value, root, within) for key, value in part.items() if key != "$ref"}
    return found | beside if beside.keys() <= _SAYS_NOTHING else beside | {"allOf": [found, *beside.get("allOf", ())]}


def _part(root: Any, pointer: str) -> Any:
    for step in pointer.split("/") if pointer else ():
        root = root[step]
    return root


def validator(schema: Mapping[str, Any]) -> "Draft202012Validator":
    """A validator to keep: making one costs more than using it."""
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema)


class Judge:
    """A schema that judges many values. One that says only their types does without jsonschema."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._classes = _classes(schema)

    def accepts(self, value: Any) -> bool:
        """Whether nothing is wrong with a value."""
        if self._classes is not None:
            return isinstance(value, self._classes)
        return self._validator.is_valid(value)

    def errors(self, value: Any) -> Iterable["ValidationError"]:
        """All that is wrong with it."""
        return () if self.accepts(value) else self._validator.iter_errors(value)

    @cached_property
    def _validator(self) -> "Draft202012Validator":
        return validator(self._schema)


def _classes(schema: Mapping[str, Any]) -> tuple[type, ...] | None:
    """What a value may be, if that is all that a schema says; not of numbers, which are less simple."""
    says = {key for key in schema if key not in _SAYS_NOTHING and not key.startswith("x-")}
    named: Any = schema.get("type")
    names = named if isinstance(named, list) else [named]
    return tuple(_CLASSES[name] for name in names) if says == {"type"} and _CLASSES.keys() >= {*names} else None


def complaints(name: str, document: Any) -> Iterator[Complaint]:
    """Everything that is wrong with a document of ours."""
    for error in validator(inlined(name)).iter_errors(document):
        yield from in_words(error)


def in_words(error: "ValidationError", of: str = "the document") -> Iterator[Complaint]:
    """A schema's error for people, `of` being what was checked. Texts are quoted only where a schema lists choices."""
    path = tuple(error.absolute_path)
    name = visible(next((step for step in reversed(path) if isinstance(step, str)), of), 60)
    if path and isinstance(path[-1], int):
        name = f"an item of {name}"
    schema: Any = error.schema
    instance: Any = error.instance
    wanted: Any = error.validator_value
    match error.validator:
        case "additionalProperties" if isinstance(instance, dict):
            yield from _unknown(path, instance, schema.get("properties", {}))
        case "required":
            for missing in (key for key in wanted if key not in instance):
                yield Complaint(path, f"{missing} is missing", f"{missing} is {meant_at(schema, missing)}")
        case "type" if instance is None:
            yield Complaint(path, f"nothing stands after {name}", f"it is {meant(schema)}", of_key=True)
        case "type":
            yield Complaint(path, f"{name} is {kind_of(instance)}, not {meant(schema)}", _respelled(error))
        case "enum" | "const":
            choices = [choice for choice in schema.get("enum", ()) if isinstance(choice, str)]
            what = f"{name}: {shown(instance)} is not {meant(schema)}"
            yield Complaint(path, what, did_you_mean(instance, choices))
        case "minimum" | "maximum":
            yield Complaint(path, f"{name}: {shown(instance)} is not {meant(schema)}")
        case "uniqueItems":
            yield Complaint(path, f"{name} lists something twice", "keep one of them")
        case "pattern" if "propertyNames" in error.absolute_schema_path:
            yield Complaint(path, f"{visible(instance, 60)} cannot be a name here", "use letters, digits, . _ -")
        case "minLength" | "minItems" | "minProperties":
            yield Complaint(path, f"{name} is empty", _example(schema))
        case _:
            yield Complaint(path, f"{name} is not what it should be", _example(schema))


def meant_at(schema: Mapping[str, Any], key: str) -> str:
    """What a property is to be."""
    return meant(schema.get("properties", {}).get(key, {"type": "string"}))


def _unknown(path: tuple[str | int, ...], found: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[Complaint]:
    for key in found.keys() - known.keys():
        hint = did_you_mean(key, known) or f"known here: {', '.join(known)}"
        yield Complaint((*path, key), f"unknown key {visible(key, 60)}", hint, of_key=True)


def _respelled(error: "ValidationError") -> str:
    types: Any = error.validator_value
    names = [types] if isinstance(types, str) else types
    if "array" in names and isinstance(error.instance, str):
        return "put it in brackets, like [one] or [one, another]"
    return "put it in quotes" if "string" in names and isinstance(error.instance, bool | int | float) else ""


def _example(schema: Mapping[str, Any]) -> str:
    """One that fits on a line, else the first sentence of the description."""
    scalars = [example for example in schema.get("examples", ()) if not isinstance(example, list | dict)]
    if scalars:
        return f"for example {shown(scalars[0])}"
    sentence = str(schema.get("description", "")).partition(". ")[0].rstrip(".")
    return sentence[:1].lower() + sentence[1:]
