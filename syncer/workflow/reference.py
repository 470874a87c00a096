"""The field reference, made from the schemas: they are the one place where a field is described."""

from collections.abc import Iterator, Mapping
from typing import Any

from syncer.files.schemas import inlined
from syncer.files.wording import shown
from syncer.model.address import Kind
from syncer.model.fields import Field, config_types, fields_of, hardware_of
from syncer.model.reference import Labels, Reference, Row, Section

_REQUIRED = "required"
_UNSET = "unset"
_LEFT_ALONE = "left alone"
_TYPE = "Which fields it has. A type that syncer does not know keeps all of them under extra."
_SAID_BESIDE = " Left alone if not written."  # by a column of its own
_COMMON = "config_other"
_WORDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
}


def field_reference() -> Reference:
    """Domain documents, their config types, then syncer.yaml."""
    labels = {one.name: one.labels for kind in config_types() for one in _fields(kind).values() if one.labels}
    return Reference(
        (*_of_documents(), *_of_settings()), tuple(Labels(name, numbers) for name, numbers in sorted(labels.items()))
    )


def _of_documents() -> Iterator[Section]:
    yield _section("Domain document", inlined("domain", "$defs/domain"), fields_of(Kind.DOMAIN))
    yield _section("Baseline", inlined("domain", "$defs/baseline"), {})
    yield _section("Category", inlined("domain", "$defs/category"), fields_of(Kind.CATEGORY))
    common = inlined("domain", f"$defs/{_COMMON}")
    yield _section("Config", _of_any_type(common, inlined("domain", "$defs/config")["description"]), {})
    for name in config_types():
        yield _of_type(name, common["properties"])


def _of_any_type(common: Mapping[str, Any], about: str) -> Mapping[str, Any]:
    """The keys that configs of all types have."""
    properties = {**common["properties"], "type": {"description": _TYPE, "enum": config_types()}}
    return {**common, "description": about, "properties": properties}


def _of_type(name: str, common: Mapping[str, Any]) -> Section:
    schema = inlined("domain", f"$defs/config_{name}")
    own = {key: value for key, value in schema["properties"].items() if key not in common}
    return Section(name, schema["description"], _rows({"properties": own}, _fields(name)), _devices(name))


def _fields(config_type: str) -> Mapping[str, Field]:
    return fields_of(Kind.CONFIG, config_type)


def _devices(config_type: str) -> str:
    shown_as = hardware_of(config_type).shown
    return f"devices{shown_as}" if shown_as else "devices of every type"


def _of_settings() -> Iterator[Section]:
    schema = inlined("syncer")
    yield _section("syncer.yaml", schema, {})
    yield _section("servers.NAME", schema["properties"]["servers"]["additionalProperties"], {})
    policy = schema["properties"]["policy"]
    yield _section("policy", policy, {})
    for name, value in policy["properties"].items():
        if "properties" in value:
            yield _section(f"policy.{name}", value, {})


def _section(title: str, schema: Mapping[str, Any], known: Mapping[str, Field]) -> Section:
    return Section(title, str(schema["description"]), _rows(schema, known))


def _rows(schema: Mapping[str, Any], known: Mapping[str, Field]) -> tuple[Row, ...]:
    required = schema.get("required", ())
    return tuple(_row(name, value, known.get(name), name in required) for name, value in schema["properties"].items())


def _row(name: str, schema: Mapping[str, Any], known: Field | None, required: bool) -> Row:
    about = schema["description"].removesuffix(_SAID_BESIDE)
    example = next(iter(schema.get("examples", ())), None)
    if known is None:
        left_out = _REQUIRED if required else shown(schema["default"]) if "default" in schema else ""
        return Row(name, _value(schema), left_out, about, example)
    left_out = _UNSET if known.optional else _LEFT_ALONE
    value = "a label, or its number" if known.labels else known.expected
    return Row(name, value, left_out, about, example, known.secret)


def _value(schema: Mapping[str, Any]) -> str:
    """What may stand there, as far as a few words can say it."""
    if "const" in schema:
        return shown(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(shown(choice) for choice in schema["enum"] if choice)
    types = schema.get("type", "object")
    name = next(one for one in ([types] if isinstance(types, str) else types) if one != "null")
    if name == "array":
        return f"a list, each {_value(schema['items'])}"
    if name == "object" and schema.get("maxProperties") == 1:
        return "one of " + ", ".join(f"{{{key}: …}}" for key in schema["properties"])
    return _WORDS[name] + _range(schema)


def _range(schema: Mapping[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None:
        return ""
    return f" from {low} up" if high is None else f" from {low} to {high}"
