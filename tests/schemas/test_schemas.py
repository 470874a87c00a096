"""The schemas as editors and the field reference use them: each field is described, with examples that hold."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from syncer import resources
from syncer.files.schemas import inlined
from syncer.model.address import Kind
from syncer.model.fields import config_types, fields_of

NAMES = resources.schema_names()
NO_SCHEMAS = frozenset({"examples", "defaultSnippets", "x-labels", "if"})
each_schema = pytest.mark.parametrize("name", NAMES)


def parts(part: Any, where: str = "", leave: frozenset[str] = NO_SCHEMAS) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every mapping of a schema that may be one itself, by its place; not conditions."""
    if isinstance(part, dict):
        yield where, part
        for key, value in part.items():
            if key not in leave:
                yield from parts(value, f"{where}/{key}", leave)
    elif isinstance(part, list):
        for index, item in enumerate(part):
            yield from parts(item, f"{where}/{index}", leave)


def used(name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The parts of a schema whose references are written in."""
    yield from parts(inlined(name), leave=NO_SCHEMAS | {"$defs"})


def properties(name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every property of a schema by its place, references written in; not those that are forbidden."""
    for where, part in used(name):
        if where.endswith("/properties"):
            yield from ((f"{where}/{key}", value) for key, value in part.items() if value is not False)


def is_shown(schema: Mapping[str, Any]) -> bool:
    """Whether a person sees what may stand there: by choices, an example, or because its parts show it."""
    if schema.keys() & {"const", "enum", "examples"} or schema.get("type") in ("boolean", ["boolean", "null"]):
        return True
    if any(isinstance(schema.get(key), dict) for key in ("properties", "additionalProperties")):
        return True
    inner = [schema.get("items"), schema.get("then")]
    inner += [one for key in ("allOf", "anyOf", "oneOf") for one in schema.get(key, ())]
    return any(is_shown(one) for one in inner if isinstance(one, dict))


@each_schema
def test_it_is_a_schema_of_the_draft_and_says_what_it_describes(name: str) -> None:
    schema = resources.schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"https://innovaphone-syncer.invalid/schemas/{name}.schema.json"
    assert schema["title"]
    assert schema["description"]


@each_schema
def test_nothing_is_fetched(name: str) -> None:
    for where, part in parts(resources.schema(name)):
        target = part.get("$ref", "#/")
        is_plan = name in ("drift", "journal") and target == "plan.schema.json"
        assert target.startswith("#/$defs/") or target == "#/" or is_plan, where


@each_schema
def test_every_property_is_described(name: str) -> None:
    undescribed = [where for where, schema in properties(name) if not schema.get("description")]
    assert undescribed == []


@each_schema
def test_every_property_shows_what_may_stand_there(name: str) -> None:
    of_any_type = "/allOf/7/else/properties/type"  # editors would offer an example of it to every config
    bare = [where for where, schema in properties(name) if not is_shown(schema) and not where.endswith(of_any_type)]
    assert bare == []


@each_schema
def test_every_example_holds(name: str) -> None:
    wrong = [
        (where, example)
        for where, schema in used(name)
        for example in schema.get("examples", ())
        if not Draft202012Validator(schema).is_valid(example)
    ]
    assert wrong == []


@each_schema
def test_defaults_hold(name: str) -> None:
    for where, schema in used(name):
        assert "default" not in schema or Draft202012Validator(schema).is_valid(schema["default"]), where


@each_schema
def test_every_choice_is_explained_or_none(name: str) -> None:
    for where, schema in parts(resources.schema(name)):
        assert len(schema.get("enumDescriptions", schema.get("enum", ()))) == len(schema.get("enum", ())), where


@each_schema
def test_mappings_with_known_keys_take_no_others(name: str) -> None:
    open_ones = [
        where
        for where, schema in parts(resources.schema(name))
        if schema.get("type") in ("object", ["object", "null"])
        and "properties" in schema
        and schema.get("additionalProperties") is not False
    ]
    assert open_ones == (["/$defs/operation/properties/request"] if name == "wire-profile" else [])


@each_schema
def test_a_description_is_a_sentence_that_is_short_enough_to_hover(name: str) -> None:
    for where, schema in parts(resources.schema(name)):
        text = schema.get("description", ".")
        if isinstance(text, str):
            assert text.endswith("."), where
            assert len(text) <= 200, where


def test_what_is_left_alone_says_so() -> None:
    schema = resources.schema("domain")
    fields = {name: field for kind in config_types() for name, field in fields_of(Kind.CONFIG, kind).items()}
    for name, field in fields.items():
        told = schema["$defs"][f"field_{name}"]["description"].endswith(" Left alone if not written.")
        assert told is not field.optional, name


def test_labels_are_what_may_be_chosen() -> None:
    labelled = {name: one for name, one in resources.schema("domain")["$defs"].items() if "x-labels" in one}
    assert sorted(labelled) == ["field_dialTone", "field_srtpCipher", "field_srtpKey"]
    for one in labelled.values():
        choices, numbers, variable = one["anyOf"]
        assert variable == {"$ref": "#/$defs/variable"}
        assert choices["enum"] == list(one["x-labels"])
        assert choices["enumDescriptions"] == [f"{number} on the wire" for number in one["x-labels"].values()]
        assert (numbers["minimum"], numbers["maximum"]) == (0, len(one["x-labels"]) - 1)


def test_they_are_written_as_people_write() -> None:
    """UTF-8, with a newline at the end, and no line that grows without need."""
    for path in Path(resources.directory("schemas")).glob("*.schema.json"):
        text = path.read_text("utf-8")
        assert text.endswith("}\n")
        assert json.loads(text)
