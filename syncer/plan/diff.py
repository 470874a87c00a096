"""Field-level differences between what is live and what shall be. The only module that uses deepdiff."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from syncer.model.address import Kind
from syncer.model.fields import fields_of
from syncer.model.plan import HIDDEN, FieldDiff
from syncer.model.state import CategoryRef, LiveObject, Target
from syncer.plan.digest import canonical

_NAME_FIELD = {Kind.DOMAIN: "name", Kind.CATEGORY: "name", Kind.CONFIG: "desc"}


def view_of_live(live: LiveObject) -> dict[str, Any]:
    """A live object as comparable data; `extra` keeps its own level."""
    return _view(live, [_ref_name(ref) for ref in live.categories])


def view_of_target(target: Target) -> dict[str, Any]:
    """A target in the same form."""
    return _view(target, [*target.categories, *map(_ref_name, target.kept_refs)])


def _view(thing: LiveObject | Target, categories: list[str]) -> dict[str, Any]:
    address = thing.address
    name = address.domain if address.kind is Kind.DOMAIN else address.name
    view: dict[str, Any] = {_NAME_FIELD[address.kind]: name} if name else {}
    if address.kind is Kind.CONFIG:
        view["categories"] = sorted(set(categories))
    view.update(thing.fields)
    # null removes an unknown field, so one that is null is one that is not there
    if extra := {name: value for name, value in thing.extra.items() if value is not None}:
        view["extra"] = extra
    return view


def _ref_name(ref: CategoryRef) -> str:
    return ref.name if ref.name is not None else f"#{ref.id}"


def same(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Equal, with what syncer does not know compared to the letter (1 is not true there)."""
    extra, other = before.get("extra"), after.get("extra")
    return before == after and (extra is other or canonical(extra) == canonical(other))


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], kind: Kind, config_type: str, hidden: frozenset[str]
) -> tuple[FieldDiff, ...]:
    """All differences of two views, in the order of the schema, unknown fields last; `hidden` fields show no value.

    Empty if and only if the two are the `same`.
    """
    found = _found(before, after, hidden | _secrets(kind, config_type))
    fields = fields_of(kind, config_type)
    order = {name: i for i, name in enumerate((_NAME_FIELD[kind], "categories", *fields))}
    ranked = sorted(found, key=lambda one: (order.get(one.path, len(order)), one.path))
    return tuple(_in_file_form(one, kind, config_type) for one in ranked)


def _secrets(kind: Kind, config_type: str) -> frozenset[str]:
    return frozenset(name for name, field in fields_of(kind, config_type).items() if field.secret)


PathStep = str | int  # a key, or an index of a list


def _found(before: Mapping[str, Any], after: Mapping[str, Any], hidden: frozenset[str]) -> Iterator[FieldDiff]:
    old, new = by_field(before), by_field(after)
    for steps in old.keys() | new.keys():
        value, wanted = old.get(steps, NOTHING), new.get(steps, NOTHING)
        if not alike(steps, value, wanted):
            value, wanted = _shown(value), _shown(wanted)
            if not hidden.isdisjoint(steps):
                yield FieldDiff(_path(steps), _hide(value), _hide(wanted))
            elif isinstance(value, dict | list) and type(value) is type(wanted) and steps != ("categories",):
                yield from _deep(steps, value, wanted)
            else:
                yield FieldDiff(_path(steps), value, wanted)


class _Nothing:
    """Stands for a field that is not there."""


NOTHING = _Nothing()


def alike(steps: tuple[PathStep, ...], one: Any, other: Any) -> bool:
    """Whether two values at `steps` of a view are equal; what syncer does not know is compared to the letter."""
    return bool(one == other and (len(steps) == 1 or one is other or canonical(one) == canonical(other)))


def _shown(value: Any) -> Any:
    return None if value is NOTHING else value


def by_field(view: Mapping[str, Any]) -> dict[tuple[PathStep, ...], Any]:
    """Field by field, the unknown ones beside the known."""
    fields: dict[tuple[PathStep, ...], Any] = {(name,): value for name, value in view.items() if name != "extra"}
    return fields | {("extra", name): value for name, value in view.get("extra", {}).items()}


def _hide(value: Any) -> Any:
    return None if value is None else dict(HIDDEN)


def _deep(steps: tuple[PathStep, ...], before: Any, after: Any) -> Iterator[FieldDiff]:
    """Differences inside an unknown structure; the whole of it where they cannot be told piece by piece."""
    pieces = [] if _is_deep(before) or _is_deep(after) else list(_pieces(steps, before, after))
    # a null that comes or goes would show as nothing that becomes nothing
    if not pieces or any(one.before is None and one.after is None for one in pieces):
        pieces = [FieldDiff(_path(steps), before, after)]
    yield from pieces


def _is_deep(value: Any, levels: int = 30) -> bool:
    """Whether nobody could read a path into it, and deepdiff takes a second to find one."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_is_deep(one, levels - 1) for one in inside)


def _pieces(steps: tuple[PathStep, ...], before: Any, after: Any) -> Iterator[FieldDiff]:
    from deepdiff import DeepDiff

    old, new = (json.loads(canonical(value)) for value in (before, after))  # plain types, in one order
    tree = DeepDiff(
        old,
        new,
        view="tree",
        threshold_to_diff_deeper=0,
        zip_ordered_iterables=True,
        ignore_private_variables=False,
        custom_operators=[_WholeTexts()],
    )
    for levels in tree.values():
        for level in levels:
            path = _path((*steps, *level.path(output_format="list")))
            yield FieldDiff(path, _value(level.t1), _value(level.t2))


class _WholeTexts:
    """Tells deepdiff not to compare texts line by line: scripts have megabytes, and renderers do that better."""

    def match(self, level: Any) -> bool:
        return isinstance(level.t1, str) and isinstance(level.t2, str)

    def give_up_diffing(self, level: Any, diff_instance: Any) -> bool:
        if level.t1 != level.t2:
            diff_instance.custom_report_result("text_changed", level)
        return True


_PLAIN_KEY = re.compile(r"[^\W\d][\w-]*")


def _path(steps: Iterable[PathStep]) -> str:
    """`extra.a[0]`; a key that could be mistaken for something else is quoted: `extra["a.b"]`."""
    return "".join(map(_path_step, steps)).removeprefix(".")


_IN_PATH = re.compile(r'\.?([^\W\d][\w-]*)|\[([0-9]+)\]|\[("(?:[^"\\]|\\.)*")\]')


def steps_of(path: str) -> tuple[PathStep, ...]:
    """What a difference's `path` was made of."""
    found = _IN_PATH.finditer(path)
    return tuple(one[1] or (int(one[2]) if one[2] else json.loads(one[3])) for one in found)


def value_at(view: Mapping[str, Any], steps: tuple[PathStep, ...]) -> Any:
    """What a view has there, NOTHING if nothing."""
    here: Any = view
    for step in steps:
        if isinstance(here, Mapping) and isinstance(step, str):
            here = here.get(step, NOTHING)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            here = here[step]
        else:
            return NOTHING
    return here


def _path_step(step: PathStep) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_KEY.fullmatch(step) else f"[{json.dumps(step)}]"


def _value(value: Any) -> Any:
    return None if type(value).__name__ == "NotPresent" else value


def _in_file_form(diff: FieldDiff, kind: Kind, config_type: str) -> FieldDiff:
    before, after = (as_shown(diff.path, value, kind, config_type) for value in (diff.before, diff.after))
    return FieldDiff(diff.path, before, after)


def as_shown(path: str, value: Any, kind: Kind, config_type: str) -> Any:
    """A value that may be shown, as people write it; None for NOTHING."""
    field = fields_of(kind, config_type).get(path)
    return _shown(value) if field is None or field.secret else field.file_form(_shown(value))
