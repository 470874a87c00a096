"""Wire profiles: how the write messages of one server are spelled. Data, never code.

A request template holds `$name` where a value goes, whole; `$merge: $config` lays an object's fields into the message.
`Profile.render` makes a message of values, `Profile.recognise` takes the values out of a message again.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from syncer import resources
from syncer.errors import Place, Problem, ProblemsError, visible

MERGE = "$merge"
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")  # of a list, RFC 6901
SEND_VALUE = "send_value"
BUILT_IN = "conventional"

_DEEPEST = 60  # levels of a profile
_MOST_VALUES = 10_000
_LONG_TEXT = 100  # characters that count as one value more
_EXCESS = f"more than {_MOST_VALUES} values, aliases counted with what they stand for"

# What each operation must carry to do its work at all, and what else it may carry.
_NEEDS: Mapping[str, frozenset[str]] = {
    "create_domain": frozenset({"name"}),
    "update_domain": frozenset({"id"}),
    "delete_domain": frozenset({"id"}),
    "create_category": frozenset({"name"}),
    "update_category": frozenset({"id"}),
    "delete_category": frozenset({"id"}),
    "create_config": frozenset({"config"}),
    "update_config": frozenset({"id", "config"}),
    "delete_config": frozenset({"id"}),
    SEND_VALUE: frozenset({"name", "chunk"}),
}
OPERATIONS = tuple(_NEEDS)
# What an object that is laid into a message never has, so these are the message's own.
ENVELOPE = frozenset({"id", "domainId", "mt", "src"})
_MAY: Mapping[str, frozenset[str]] = {
    "domain": frozenset({"id", "domain_id", "name", "deployAdminPasswords", "extra"}),
    "category": frozenset({"id", "domain_id", "name", "config", "extra"}),
    "config": frozenset({"id", "domain_id", "config", "categories"}),  # the last where they stand outside the object
    "value": frozenset({"name", "chunk", "index", "last", "id", "domain_id"}),
}


@dataclass(frozen=True, slots=True)
class Response:
    """Which message answers, and where in it the new id and the error stand (JSON Pointers)."""

    mt: str
    id: str | None
    error: str | None
    match: Literal["src", "mt"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `response` None awaits nothing."""

    name: str
    request: Mapping[str, Any]
    response: Response | None
    sends: Literal["whole", "changed"]
    unset: Literal["omit", "empty", "null"] | None

    @property
    def placeholders(self) -> frozenset[str]:
        """Names of the values that the template takes."""
        return frozenset(_placeholders(self.request))


@dataclass(frozen=True, slots=True)
class Recognised:
    """A message taken apart by the template of an operation."""

    operation: str
    variables: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Profile:
    """A wire profile that passed its schema and makes sense."""

    name: str
    origin: Literal["conventional", "learned"]
    max_message_bytes: int
    category_refs: Literal["objects", "ids", "names"]
    operations: Mapping[str, Operation]
    reads_back_unset: Mapping[str, Mapping[str, Any]]
    write_only: frozenset[str]
    digest: str
    source: str = field(compare=False)

    def operation(self, name: str) -> Operation | None:
        """The operation, None where this profile cannot do it."""
        return self.operations.get(name)

    def render(self, name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The message of an operation, without `src`."""
        message: dict[str, Any] = _fill(self.operations[name].request, variables)
        return message

    def recognise(self, message: Mapping[str, Any]) -> Recognised | None:
        """Which operation a message is and the values in it, None if it is none of this profile's.

        Of several that would do, the one that says all of the message and has a name for most of it: one `mt` may
        create without an id, and update.
        """
        plain = {key: value for key, value in message.items() if key != "src"}
        similar: list[Recognised] = []
        exact: list[Recognised] = []
        for operation in self.operations.values():
            variables: dict[str, Any] = {}
            if _take(operation.request, plain, variables):
                found = Recognised(operation.name, variables | {"src": message.get("src")})
                (exact if _fill(operation.request, variables) == plain else similar).append(found)
        return max(exact, key=lambda found: len(found.variables), default=similar[0] if similar else None)

    def reply(self, name: str, *, id: int | None, error: str | None, src: Any) -> dict[str, Any] | None:  # noqa: A002
        """What a service that speaks this profile answers; None where it answers nothing."""
        response = self.operations[name].response
        if response is None:
            return None
        message: dict[str, Any] = {"mt": response.mt}
        if response.match == "src" and src is not None:
            message["src"] = src
        if error is not None:
            _put(message, response.error or "/error", error)
        elif id is not None and response.id is not None:
            _put(message, response.id, id)
        return message


def point(message: Any, pointer: str | None) -> Any:
    """The value at a JSON Pointer, None where there is none."""
    if pointer is None:
        return None
    value = message
    for step in _steps(pointer):
        if isinstance(value, list) and _INDEX.fullmatch(step) and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return None
    return value


@cache
def builtin(name: str) -> Profile:
    """A profile that comes with syncer; KeyError if there is none of that name."""
    text = resources.wire_profile(name)
    if text is None:
        raise KeyError(name)
    return load(text, name)


def load(text: str, source: str) -> Profile:
    """A profile from YAML text; ProblemsError with every mistake, `source` being the file that is named."""
    document = _parse(text, source)
    if not isinstance(document, dict):  # told without quoting it: it may be any file, a secret's too
        raise ProblemsError([Problem(Place(source), "no wire profile", "name a YAML file with format: syncer-wire/1")])
    problems = [Problem(Place(source), what) for what in (*_against_schema(document), *_senseless(document))]
    if problems:
        raise ProblemsError(problems)
    return _build(document, source)


def _parse(text: str, source: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        _refuse_bombs(YAML(typ="safe", pure=False).parse(text))
        document = YAML(typ="safe", pure=False).load(text)
        _refuse_excess(document)
        json.dumps(document, allow_nan=False)  # refuses dates and other things that no message can carry
    except MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        place = Place(source, mark.line + 1, mark.column + 1) if mark else Place(source)
        raise ProblemsError([Problem(place, f"no YAML: {visible(exc.problem)}", "correct the syntax")]) from exc
    except (YAMLError, ValueError, TypeError, RecursionError) as exc:
        raise ProblemsError([Problem(Place(source), f"no usable YAML: {visible(exc)}", "correct the file")]) from exc
    return document


def _refuse_bombs(events: Iterable[Any]) -> None:
    """Before it is loaded: libyaml's loader crashes over a great depth, and merge keys copy what aliases stand for."""
    from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent

    size = 0  # of all so far, aliases counted with what they stand for
    sizes: dict[str, int] = {}
    opened: list[tuple[str | None, int]] = []
    for event in events:
        if isinstance(event, CollectionEndEvent):
            anchor, before = opened.pop()
            if anchor:
                sizes[anchor] = size - before
            continue
        if isinstance(event, CollectionStartEvent):
            opened.append((event.anchor, size))
        if isinstance(event, ScalarEvent):
            one = 1 + len(event.value) // _LONG_TEXT
            if event.anchor:
                sizes[event.anchor] = one
        else:
            one = sizes.get(event.anchor, 1) if isinstance(event, AliasEvent) else 1
        size += one
        if len(opened) > _DEEPEST:
            raise ValueError(f"nested more than {_DEEPEST} levels deep")
        if size > _MOST_VALUES:
            raise ValueError(_EXCESS)


def _refuse_excess(document: Any) -> None:
    """Aliases may stand for themselves; and keys of messages are texts."""
    waiting, seen = [document], 0
    while waiting:
        value = waiting.pop()
        seen += 1
        if seen > _MOST_VALUES:
            raise ValueError(_EXCESS)
        if isinstance(value, dict):
            if no_texts := [key for key in value if not isinstance(key, str)]:
                raise ValueError(f"{no_texts[0]!r} stands where only a text may stand; put it in quotes")
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _against_schema(document: Any) -> Iterator[str]:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    for error in Draft202012Validator(resources.schema("wire-profile")).iter_errors(document):
        told = best_match([error])  # what is wrong with the alternative that was meant
        where = "/".join(map(str, told.absolute_path)) or "the profile"
        what = told.message if told.validator else "it holds src, which every message gets of its own"
        yield f"{visible(where)}: {visible(what)}"


def _senseless(document: Any) -> Iterator[str]:
    operations = document.get("operations") if isinstance(document, dict) else None
    if not isinstance(operations, dict):
        return
    if str(document.get("name")).endswith("\n"):  # which `$` in the schema's pattern lets pass
        yield "name: ends in a line break"
    for name, operation in operations.items():
        if name in _NEEDS and isinstance(operation, dict) and isinstance(operation.get("request"), dict):
            yield from _senseless_operation(name, operation)


def _senseless_operation(name: str, operation: Mapping[str, Any]) -> Iterator[str]:
    used = frozenset(_placeholders(operation["request"]))
    may = _MAY[name.partition("_")[2]]
    for missing in sorted(_NEEDS[name] - used):
        yield f"operations/{name}: the request has no ${missing}, so it could not do its work"
    for unknown in sorted(used - may):
        known = ", ".join(f"${value}" for value in sorted(may))
        yield f"operations/{name}: ${visible(unknown)} is not known; known here: {known}"
    for value in _merged(operation["request"]):
        if value != ("$config" if name.endswith("_config") else "$extra"):
            yield f"operations/{name}: $merge takes $config of a config, or $extra"
    for key in _dollar_keys(operation["request"]):
        yield f"operations/{name}: {visible(key)} is no key that syncer knows; only $merge begins with $"
    response = operation.get("response")
    pointers = response if isinstance(response, dict) else {}
    for part in ("id", "error"):
        if str(pointers.get(part)).split("/")[1:2] in (["mt"], ["src"]):
            yield f"operations/{name}: response/{part} points into the message's own mt or src"


def _build(document: Mapping[str, Any], source: str) -> Profile:
    reads_back = document.get("reads_back", {})
    canonical = json.dumps(document, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return Profile(
        name=document["name"],
        origin=document["origin"],
        max_message_bytes=int(document.get("max_message_bytes", 60000)),  # a schema takes 6e4 for an integer
        category_refs=document.get("category_refs", "objects"),
        operations={name: _build_operation(name, value) for name, value in document["operations"].items()},
        reads_back_unset=reads_back.get("unset", {}),
        write_only=frozenset(reads_back.get("write_only", ())),
        digest=hashlib.sha256(canonical.encode()).hexdigest(),
        source=source,
    )


def _build_operation(name: str, value: Mapping[str, Any]) -> Operation:
    answer = value["response"]
    response = (
        None
        if answer == "none"
        else Response(answer["mt"], answer.get("id"), answer.get("error"), answer.get("match", "src"))
    )
    unset: Any = value.get("unset") or ("null" if "unset" in value else None)  # YAML reads an unquoted null as none
    return Operation(name, value["request"], response, value.get("sends", "whole"), unset)


def _name(value: Any) -> str | None:
    return value[1:] if isinstance(value, str) and value.startswith("$") and len(value) > 1 else None


def _placeholders(template: Any) -> Iterator[str]:
    if isinstance(template, dict):
        for value in template.values():
            yield from _placeholders(value)
    elif isinstance(template, list):
        for value in template:
            yield from _placeholders(value)
    elif (name := _name(template)) is not None:
        yield name


def _dollar_keys(template: Any) -> Iterator[str]:
    if isinstance(template, dict):
        yield from (key for key in template if key.startswith("$") and key != MERGE)
    inside = template.values() if isinstance(template, dict) else template if isinstance(template, list) else ()
    for value in inside:
        yield from _dollar_keys(value)


def _merged(template: Any) -> Iterator[Any]:
    if isinstance(template, dict):
        for key, value in template.items():
            if key == MERGE:
                yield value
            else:
                yield from _merged(value)
    elif isinstance(template, list):
        for value in template:
            yield from _merged(value)


def _fill(template: Any, variables: Mapping[str, Any]) -> Any:
    if isinstance(template, dict):
        merged = _name(template.get(MERGE))
        laid_in = dict(variables.get(merged) or {}) if merged else {}
        return laid_in | {key: _fill(value, variables) for key, value in template.items() if key != MERGE}
    if isinstance(template, list):
        return [_fill(value, variables) for value in template]
    name = _name(template)
    return template if name is None else variables.get(name)


def _take(template: Any, value: Any, variables: dict[str, Any]) -> bool:
    """Match `value` against `template`, collecting what stands for placeholders. Missing keys are tolerated."""
    name = _name(template)
    if name is not None:
        return bool(variables.setdefault(name, value) == value)
    if isinstance(template, dict):
        return isinstance(value, dict) and _take_object(template, value, variables)
    if isinstance(template, list):
        return isinstance(value, list) and _take_list(template, value, variables)
    return bool(template == value) and isinstance(template, bool) == isinstance(value, bool)


def _take_object(template: Mapping[str, Any], value: Mapping[str, Any], variables: dict[str, Any]) -> bool:
    for key, part in template.items():
        if key == MERGE:
            variables[str(_name(part))] = {k: v for k, v in value.items() if k not in template and k not in ENVELOPE}
        elif key in value:
            if not _take(part, value[key], variables):
                return False
        elif _name(part) is None:
            return False  # a constant of the template must be there
    return True


def _take_list(template: list[Any], value: list[Any], variables: dict[str, Any]) -> bool:
    return len(template) == len(value) and all(_take(t, v, variables) for t, v in zip(template, value, strict=True))


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _put(message: dict[str, Any], pointer: str, value: Any) -> None:
    *way, last = _steps(pointer)
    place = message
    for step in way:
        place = place.setdefault(step, {})
    place[last] = value
