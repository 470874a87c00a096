"""Field-level differences between what is live and what shall be. The only module that uses deepdiff."""

from collections.abc import Iterator, Mapping
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
    view: dict[str, Any] = {_NAME_FIELD[address.kind]: address.domain if address.kind is Kind.DOMAIN else address.name}
    if address.kind is Kind.CONFIG:
        view["categories"] = sorted(set(categories))
    view.update(thing.fields)
    if thing.extra:
        view["extra"] = thing.extra
    return view


def _ref_name(ref: CategoryRef) -> str:
    return ref.name if ref.name is not None else f"#{ref.id}"


def same(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Equal, with what syncer does not know compared to the letter (1 is not true there)."""
    return before == after and canonical(before.get("extra")) == canonical(after.get("extra"))


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], kind: Kind, config_type: str, hidden: frozenset[str]
) -> tuple[FieldDiff, ...]:
    """All differences of two views, in the order of the schema, unknown fields last; `hidden` fields show no value."""
    found = {d.path: d for d in _found(before, after, hidden | _secrets(kind, config_type))}
    fields = fields_of(kind, config_type)
    order = {name: i for i, name in enumerate((_NAME_FIELD[kind], "categories", *fields))}
    ranked = sorted(found.values(), key=lambda d: (order.get(d.path, len(order)), d.path))
    return tuple(_in_file_form(d, kind, config_type) for d in ranked)


def _secrets(kind: Kind, config_type: str) -> frozenset[str]:
    return frozenset(name for name, field in fields_of(kind, config_type).items() if field.secret)


def _found(before: Mapping[str, Any], after: Mapping[str, Any], hidden: frozenset[str]) -> Iterator[FieldDiff]:
    shown_before, shown_after = dict(before), dict(after)
    for name in (hidden | {"categories"}) & (before.keys() | after.keys()):
        old, new = shown_before.pop(name, None), shown_after.pop(name, None)
        if old != new:
            yield FieldDiff(name, _hide(old), _hide(new)) if name in hidden else FieldDiff(name, old, new)
    for name in {n for n in hidden if n in {**before.get("extra", {}), **after.get("extra", {})}}:
        old, new = _without(shown_before, name), _without(shown_after, name)
        if canonical(old) != canonical(new):
            yield FieldDiff(f"extra.{name}", _hide(old), _hide(new))
    if shown_before != shown_after or canonical(shown_before.get("extra")) != canonical(shown_after.get("extra")):
        yield from _deep(shown_before, shown_after)


def _without(view: dict[str, Any], name: str) -> Any:
    """Take an unknown field out of a view."""
    extra = dict(view.get("extra", {}))
    value = extra.pop(name, None)
    view["extra"] = extra
    return value


def _hide(value: Any) -> Any:
    return None if value is None else dict(HIDDEN)


def _deep(before: dict[str, Any], after: dict[str, Any]) -> Iterator[FieldDiff]:
    from deepdiff import DeepDiff

    before.setdefault("extra", {})
    after.setdefault("extra", {})
    operators = [_WholeTexts()]
    tree = DeepDiff(
        before, after, view="tree", threshold_to_diff_deeper=0, zip_ordered_iterables=True, custom_operators=operators
    )
    for levels in tree.values():
        for level in levels:
            yield FieldDiff(_path(level.path(output_format="list")), _value(level.t1), _value(level.t2))


class _WholeTexts:
    """Tells deepdiff not to compare texts line by line: scripts have megabytes, and renderers do that better."""

    def match(self, level: Any) -> bool:
        return isinstance(level.t1, str) and isinstance(level.t2, str)

    def give_up_diffing(self, level: Any, diff_instance: Any) -> bool:
        if level.t1 != level.t2:
            diff_instance.custom_report_result("text_changed", level)
        return True


def _path(steps: list[Any]) -> str:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return path.removeprefix(".")


def _value(value: Any) -> Any:
    return None if type(value).__name__ == "NotPresent" else value


def _in_file_form(diff: FieldDiff, kind: Kind, config_type: str) -> FieldDiff:
    field = fields_of(kind, config_type).get(diff.path)
    if field is None or field.secret:
        return diff
    return FieldDiff(diff.path, field.file_form(diff.before), field.file_form(diff.after))
